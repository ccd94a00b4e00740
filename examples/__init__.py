"""What the hub is tried out with: small tables of facts with their sources, and a maker of fictional records."""
