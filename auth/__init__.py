"""Who may see which part of the graph: principals, tokens, rules, and the access that follows from them."""
