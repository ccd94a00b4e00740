"""Comparisons that anyone can run: `make bench`. Every side answers in one run, in turn, and results are ratios."""
