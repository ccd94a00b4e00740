"""Bringing data in: streams of declared tables, read strictly, written batch by batch with their checkpoint."""
