"""What changes the hub's state at a person's wish: the same code under the API and the pages."""
