"""Tools that make and check clients of a GraphQL server: they are held to the hub's schema and its worked queries."""
