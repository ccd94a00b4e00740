"""The types of the plain resolvers, with a resolver for each link, and how rows become records of them."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import cached_property
from typing import Any, TypeAlias

import strawberry
from strawberry.dataloader import DataLoader

from bench.plain import statements
from bench.plain.context import Asked

Page: TypeAlias = tuple[list[list[Any]], bool]
"""Rows in the order asked, and whether there are more beyond them."""


@strawberry.enum
class Direction(Enum):
    """Of an order."""

    ASC = "ASC"
    DESC = "DESC"


@strawberry.enum
class Grouping(Enum):
    """Of a group."""

    VALUE = "VALUE"


@strawberry.input
class NameOrder:
    """The order that there is."""

    name: Direction


@strawberry.input
class IntFilter:
    """A condition on a whole number."""

    gte: int


@strawberry.input
class DecimalFilter:
    """A condition on a number."""

    gte: float


@strawberry.input
class FarmWhere:
    """Conditions on farms."""

    herd_size: IntFilter | None = None
    area_ha: DecimalFilter | None = None


@strawberry.input
class NearInput:
    """A place and how far from it."""

    lat: float
    lon: float
    within_km: float


@strawberry.input
class AreaGroup:
    """A key of an area."""

    code: Grouping


@strawberry.input
class FarmGroup:
    """A key of a farm."""

    located_in: AreaGroup


@strawberry.interface
class Node:
    """What has a global id."""

    id: strawberry.ID


@strawberry.type
class PageInfo:
    """Where a page stands."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type
class Product(Node):
    """A product."""

    name: str | None
    kind: str | None


@strawberry.type
class Business(Node):
    """A business."""

    name: str | None
    kind: str | None


@strawberry.type
class FarmGrowsEdge:
    """What a farm grows of a product."""

    season: str | None
    area_ha: float | None
    node: Product


@strawberry.type
class FarmGrowsConnection:
    """A page of what a farm grows."""

    edges: list[FarmGrowsEdge]


@strawberry.type
class ProductConnection:
    """A page of products."""

    nodes: list[Product]


@strawberry.type
class BusinessConnection:
    """A page of businesses."""

    nodes: list[Business]


@strawberry.type
class Farm(Node):
    """A farm."""

    name: str | None
    kind: str | None
    area_ha: float | None
    herd_size: int | None
    founded_on: str | None
    custodian: str | None
    visibility: str | None
    origin: str | None

    @strawberry.field
    async def located_in(self, info: Asked) -> "Area | None":
        """The area, batched with those of the other farms of the page."""
        rows = await info.context.rows(statements.AREA_OF_FARM).load(self.id)
        return area(rows[0]) if rows else None

    @strawberry.field
    async def grows(self, info: Asked, first: int = 20) -> FarmGrowsConnection:
        """What it grows, batched likewise."""
        rows = await info.context.rows(statements.GROWN_BY_FARM, first).load(self.id)
        return FarmGrowsConnection(
            edges=[FarmGrowsEdge(season=row[0], area_ha=_number(row[1]), node=product(row[2:])) for row in rows]
        )


@strawberry.type
class FarmEdge:
    """A farm and how far away it is."""

    distance: int | None
    node: Farm


@strawberry.type
class GroupKey:
    """What a group has in common."""

    value: str | None


@strawberry.type
class DecimalAggregate:
    """Of all numbers of a group."""

    sum: float | None
    max: float | None


@strawberry.type
class FarmAggregate:
    """A group of farms."""

    key: list[GroupKey]
    count: int
    area_ha: DecimalAggregate


@strawberry.type
class FarmConnection:
    """Farms; the page is read once, and only where something of it is asked for."""

    page: strawberry.Private[Callable[[], Any]]
    backward: strawberry.Private[bool]
    started: strawberry.Private[bool]

    @cached_property
    def _page(self) -> DataLoader[int, Page]:
        async def load(keys: Sequence[int]) -> list[Page]:
            return [await self.page()] * len(keys)

        return DataLoader(load_fn=load)

    @strawberry.field
    async def nodes(self) -> list[Farm]:
        """The farms."""
        rows, _ = await self._page.load(0)
        return [farm(row) for row in rows]

    @strawberry.field
    async def edges(self) -> list[FarmEdge]:
        """The farms, each with its distance."""
        rows, _ = await self._page.load(0)
        return [FarmEdge(distance=row[-1], node=farm(row)) for row in rows]

    @strawberry.field
    async def page_info(self) -> PageInfo:
        """Where the page stands."""
        rows, more = await self._page.load(0)
        ahead, behind = (self.started, more) if self.backward else (more, self.started)
        return PageInfo(
            has_next_page=ahead,
            has_previous_page=behind,
            start_cursor=_cursor(rows[0]) if rows else None,
            end_cursor=_cursor(rows[-1]) if rows else None,
        )

    @strawberry.field
    async def aggregate(self, info: Asked, group_by: list[FarmGroup]) -> list[FarmAggregate]:  # noqa: ARG002 - the one there is
        """Groups by the code of the area."""
        return [
            FarmAggregate(
                key=[GroupKey(value=code)],
                count=farms,
                area_ha=DecimalAggregate(sum=_number(land), max=_number(most)),
            )
            for code, farms, land, most in await read(info, statements.FARMS_BY_AREA, {})
        ]


@strawberry.type
class Area(Node):
    """An area."""

    name: str | None

    @strawberry.field
    async def farms(
        self,
        info: Asked,
        first: int = 20,
        order_by: list[NameOrder] | None = None,  # noqa: ARG002 - the order there is
    ) -> FarmConnection:
        """Its farms by name, batched with those of the other areas of the page."""
        rows = await info.context.rows(statements.FARMS_OF_AREA, first).load(self.id)

        async def page() -> Page:
            return rows, False

        return FarmConnection(page=page, backward=False, started=False)


@strawberry.type
class AreaConnection:
    """A page of areas."""

    nodes: list[Area]


async def read(info: Asked, text: str, parameters: Mapping[str, object]) -> list[list[Any]]:
    """The rows of a statement."""
    return await info.context.graph.read(text, parameters)


def farm(row: Sequence[Any]) -> Farm:
    """A farm of its row."""
    return Farm(
        id=strawberry.ID(row[0]),
        name=row[1],
        kind=row[2],
        area_ha=_number(row[3]),
        herd_size=row[4],
        founded_on=row[5],
        custodian=row[6],
        visibility=row[7],
        origin=row[8],
    )


def area(row: Sequence[Any]) -> Area:
    """An area of its row."""
    return Area(id=strawberry.ID(row[0]), name=row[1])


def product(row: Sequence[Any]) -> Product:
    """A product of its row."""
    return Product(id=strawberry.ID(row[0]), name=row[1], kind=row[2])


def business(row: Sequence[Any]) -> Business:
    """A business of its row."""
    return Business(id=strawberry.ID(row[0]), name=row[1], kind=row[2])


def place(cursor: str | None) -> tuple[str, str] | None:
    """The sort key and the id that a cursor stands for."""
    if cursor is None:
        return None
    key, identity = json.loads(base64.urlsafe_b64decode(cursor))
    return key, identity


def _cursor(row: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps([row[9], row[0]]).encode()).decode()


def _number(scaled: int | None) -> float | None:
    return None if scaled is None else scaled / 100
