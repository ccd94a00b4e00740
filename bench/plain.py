"""The other side: the same list by plain Strawberry, a resolver for each link, DataLoaders, the same driver.

Its statements have the shape that the engine answers fastest (`IN`, not `=`, keeps the order's index). It is written as
Strawberry's guide teaches: types with attributes, one statement for the list, one batched statement for
the areas of the page. It sees what an anonymous asker sees.
"""

from collections.abc import Mapping
from typing import Any

import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.types import Info

from schema.graph import Graph

_LIST = """
MATCH (f:Farm) WHERE f.name_sort >= '' AND f.visibility IN ['OPEN']
RETURN f.id, f.name, f.kind, f.areaHa, f.herdSize, f.foundedOn, f.custodian, f.visibility, f.origin
ORDER BY f.name_sort, f.id LIMIT $first
"""
_AREAS = """
UNWIND $ids AS id MATCH (f:Farm {id: id})-[:FARM_LOCATED_IN]->(a:Area) WHERE a.visibility IN ['OPEN']
RETURN f.id, a.id, a.name
"""


@strawberry.type
class Area:
    """An area, as far as the comparison asks."""

    id: str
    name: str | None


@strawberry.type
class Farm:
    """A farm, as far as the comparison asks."""

    id: str
    name: str | None
    kind: str | None
    area_ha: float | None
    herd_size: int | None
    founded_on: str | None
    custodian: str | None
    visibility: str | None
    origin: str | None

    @strawberry.field
    async def located_in(self, info: Info[Mapping[str, Any], None]) -> Area | None:
        """The area, batched with those of the other farms of the page."""
        return await info.context["areas"].load(self.id)


@strawberry.type
class FarmConnection:
    """A page of farms."""

    nodes: list[Farm]


@strawberry.type
class Query:
    """What the comparison asks."""

    @strawberry.field
    async def farms(self, info: Info[Mapping[str, Any], None], first: int = 20) -> FarmConnection:
        """Farms by name."""
        rows: list[list[Any]] = await info.context["graph"].read(_LIST, {"first": first})
        return FarmConnection(nodes=[_farm(row) for row in rows])


def _farm(row: list[Any]) -> Farm:
    return Farm(
        id=row[0],
        name=row[1],
        kind=row[2],
        area_ha=None if row[3] is None else row[3] / 100,
        herd_size=row[4],
        founded_on=row[5],
        custodian=row[6],
        visibility=row[7],
        origin=row[8],
    )


class _View(GraphQL[Mapping[str, Any], None]):
    graph: Graph

    async def get_context(self, request: object, response: object) -> Mapping[str, Any]:  # noqa: ARG002 - Strawberry's
        async def areas(ids: list[str]) -> list[Area | None]:
            rows: list[list[Any]] = await self.graph.read(_AREAS, {"ids": ids})
            found = {row[0]: Area(id=row[1], name=row[2]) for row in rows}
            return [found.get(each) for each in ids]

        return {"graph": self.graph, "areas": DataLoader(load_fn=areas)}


def application(graph: Graph) -> Starlette:
    """The plain application over this graph."""
    view: GraphQL[Request, Response] = _View(strawberry.Schema(query=Query), graphql_ide=None)  # type: ignore[assignment]
    view.graph = graph  # type: ignore[attr-defined]
    return Starlette(routes=[Route("/graphql", view)])
