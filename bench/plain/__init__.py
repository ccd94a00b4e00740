"""The other side: the same operations by plain Strawberry, resolvers for links, DataLoaders, the same driver.

It is written as Strawberry's guide teaches: types with attributes, a statement for each root, one batched statement for
each level below, a cursor of its own for pages. It sees what an anonymous asker sees.
"""
