"""Revocation under load: policies one after the other, workers that are asked without pause, and a judge of answers."""
