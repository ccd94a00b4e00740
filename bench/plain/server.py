"""The roots that the comparison asks the plain resolvers for, and the application that serves them."""

from typing import Final

import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache

from bench.operations import around
from bench.plain import statements
from bench.plain.context import Asked, Context
from bench.plain.types import (
    AreaConnection,
    BusinessConnection,
    Farm,
    FarmConnection,
    FarmWhere,
    NameOrder,
    NearInput,
    Node,
    Page,
    ProductConnection,
    area,
    business,
    farm,
    place,
    product,
    read,
)
from schema.graph import Graph


@strawberry.type
class Query:
    """What the comparison asks."""

    @strawberry.field
    async def node(self, info: Asked, id: strawberry.ID) -> Node | None:  # noqa: A002 - its name in GraphQL
        """The farm of that id."""
        rows = await read(info, statements.FARM, {"id": id})
        return farm(rows[0]) if rows else None

    @strawberry.field
    async def farms(  # noqa: PLR0913, PLR0917 - the arguments of the list
        self,
        info: Asked,
        first: int = 20,
        last: int | None = None,
        after: str | None = None,
        before: str | None = None,
        where: FarmWhere | None = None,
        search: str | None = None,
        near: NearInput | None = None,
        order_by: list[NameOrder] | None = None,  # noqa: ARG002 - by name, or as the search or the place has it
    ) -> FarmConnection:
        """Farms."""
        size = first if last is None else last
        if search is not None:
            text, parameters = statements.FOUND, statements.words(search)
        elif near is not None:
            text, parameters = statements.NEAREST, around(near.lat, near.lon, near.within_km)
        else:
            text, parameters = statements.farms(
                place(after or before),
                backward=last is not None,
                herd=where.herd_size.gte if where and where.herd_size else None,
                land=round(where.area_ha.gte * 100) if where and where.area_ha else None,
            )

        async def page() -> Page:
            rows = await read(info, text, {**parameters, "first": size + 1})
            return rows[:size][:: 1 if last is None else -1], len(rows) > size

        return FarmConnection(page=page, backward=last is not None, started=bool(after or before))

    @strawberry.field
    async def areas(self, info: Asked, first: int = 20, order_by: list[NameOrder] | None = None) -> AreaConnection:  # noqa: ARG002 - the order there is
        """Areas by name."""
        rows = await read(info, statements.AREAS, {"first": first})
        return AreaConnection(nodes=[area(row) for row in rows])

    @strawberry.field
    async def businesses(
        self,
        info: Asked,
        first: int = 20,
        order_by: list[NameOrder] | None = None,  # noqa: ARG002 - the order there is
    ) -> BusinessConnection:
        """Businesses by name."""
        rows = await read(info, statements.BUSINESSES, {"first": first})
        return BusinessConnection(nodes=[business(row) for row in rows])

    @strawberry.field
    async def products(
        self,
        info: Asked,
        first: int = 20,
        order_by: list[NameOrder] | None = None,  # noqa: ARG002 - the order there is
    ) -> ProductConnection:
        """Products by name."""
        rows = await read(info, statements.PRODUCTS, {"first": first})
        return ProductConnection(nodes=[product(row) for row in rows])


class _View(GraphQL[Context, None]):
    graph: Graph

    async def get_context(self, request: object, response: object) -> Context:  # noqa: ARG002 - Strawberry's
        return Context(self.graph)


schema: Final = strawberry.Schema(query=Query, types=[Farm], extensions=[ParserCache, ValidationCache])
"""A document is parsed and validated when it is first seen, as the guide advises."""


def application(graph: Graph) -> Starlette:
    """The plain application over this graph."""
    view: GraphQL[Request, Response] = _View(schema, graphql_ide=None)  # type: ignore[assignment]
    view.graph = graph  # type: ignore[attr-defined]
    return Starlette(routes=[Route("/graphql", view)])
