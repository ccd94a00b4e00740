"""What the graph is: its types, their values, their store. Imports nothing else of the hub."""
