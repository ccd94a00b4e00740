"""The GraphQL face: types derived from the model, the schema, and the endpoint that answers by one statement."""
