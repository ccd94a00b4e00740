"""The oracle: what semantics says an answer is, computed plainly, to hold the compiler to.

graphs      made-up graphs, with the values at which comparisons go wrong
askers      who asks, and the rules
views       what a principal may see of a graph, read straight from the rules
conditions  `where`, `orderBy` and pages over a view, in three truth values
narrowing   `search` over a view, and made up
reference   graphql-core's own executor over a view, with plain resolvers
schemas     the schema
checks      what makes a document refused as a whole, or a field of it null
documents   values as a document writes them
operations  made-up operations, every path counted
comparisons two answers compared, cursors by behaviour

Nothing here knows the compiler; only the declared model and the stored forms of values are shared with it.
"""
