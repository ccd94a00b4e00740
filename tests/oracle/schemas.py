"""The hub's schema as graphql-core holds it: what documents are checked against, and what the hub is given."""

from hub.api.schema import schema

CORE = schema.graphql
