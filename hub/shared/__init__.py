"""What several workers of one hub share besides the graph: a cache, and wake-ups. Nothing is lost when it is.

No permission may depend on either: a cache may forget or fail at any moment, and a wake-up may never come.
"""
