"""The `hub` command: one module for each of its words, and how they all speak."""
