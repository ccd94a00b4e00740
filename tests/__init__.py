"""The tests: one module for each module of the hub, and what holds for the whole."""
