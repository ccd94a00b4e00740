"""The compiler: an operation and an access go in, one statement comes out. It does no I/O.

documents   what a GraphQL document asks (fragments, directives, arguments)
frontend    the operation as a tree of parts, and the layout of its answer
lookups     `node`, `nodes`, one record by its natural key
filters     `where` as conditions
narrowing   `search`, `near`, `within` as conditions and keys of the order; `measures`: their text
paging      which page is asked for, between which cursors
aggregates  `aggregate` as keys of groups and figures over them
parts       the tree's parts; `shapes`: the layout's
printer     the tree as statement text and parameters, every label guarded
groups      periods and figures as statement text
dialects    how root blocks are joined on each engine
cursors     sealed values of an order
plans       all of it in one function
"""
