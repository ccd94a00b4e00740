"""Tokens made up for tests: how they are forged, the hostile ones by class, and bytes changed in good ones."""
