"""`/graphql` and its neighbours, as clients, browsers and caches meet them."""
