"""The GraphQL schema: one connection for each declared type, `node`, and what there is to do with the policy."""

import strawberry
from graphql import GraphQLError, GraphQLSchema
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext
from strawberry.types.arguments import StrawberryArgument

from hub.api import sharing
from hub.api.aggregates import declare
from hub.api.extension import Compiled
from hub.api.scalars import SCALARS, TYPED_SCALARS
from hub.api.types import Types
from hub.api.writing import Writing
from schema.model import Model
from schema.types import MODEL


class Schema(strawberry.Schema):
    """A schema whose errors are logged where they are made (`hub.execution.masked`), once."""

    @property
    def graphql(self) -> GraphQLSchema:
        """The same schema as graphql-core knows it."""
        return self._schema

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log nothing: what a request did wrong is told to whoever sent it."""


def build(model: Model) -> Schema:
    """The schema of a model; what reads or writes records is answered by `Compiled`, never by resolvers."""
    types = Types(model)
    declare(types, model)
    ident = StrawberryArgument("id", "id", types.annotation("ID"), description="Global id. Định danh toàn cục.")
    idents = types.argument("ids", "list[ID]", "At most 100. Nhiều nhất 100.")
    roots = [
        types.field(
            "node", "Node | None", "The record of that id, if you may see it. Bản ghi có định danh này.", [ident]
        ),
        types.field("nodes", "list[Node | None]", "The same of several ids, in their order. Theo thứ tự.", [idents]),
        *(
            types.field(
                kind.plural,
                f"{kind.name}Connection",
                f"{kind.en}. {kind.vi}.",
                types.arguments(kind, described=True),
            )
            for kind in model.types.values()
        ),
        *(types.lookup(kind) for kind in model.types.values()),
    ]
    writing = Writing(types, model)
    query = types.make("Query", roots, "What can be read. Những gì có thể đọc.", bases=(sharing.Query,))
    return Schema(
        query=query,
        mutation=types.make(
            "Mutation", writing.fields, "What can be changed. Những gì có thể thay đổi.", bases=(sharing.Mutation,)
        ),
        types=[types.namespace[name] for name in model.types],
        extensions=[Compiled],
        config=StrawberryConfig(scalar_map=SCALARS),
        scalar_overrides=TYPED_SCALARS,
    )


schema = build(MODEL)
"""The hub's schema."""
