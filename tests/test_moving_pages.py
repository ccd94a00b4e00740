"""Pages while others write: what is there throughout is seen once, whatever comes and goes around the cursor."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pytest
import pytest_asyncio
from graphql import parse

from auth.grants import seed
from connectors.statements import remove
from hub.compiler.cursors import Cursors
from hub.execution import Bounds, Execution
from schema.graph import Graph
from schema.types import MODEL
from tests.oracle.askers import PRINCIPALS, RULES
from tests.oracle.conditions import ordered
from tests.oracle.graphs import Record, Stock, Tie, clear, load, made, writes
from tests.oracle.schemas import CORE
from tests.oracle.views import View

FARM: Final = MODEL.types["Farm"]
WHO: Final = PRINCIPALS["steward"]
FIRST: Final = 20
"""Records that come and go, of those that are there when a walk begins."""
MOST_PAGES: Final = 400
"""A walk that goes on for longer goes round and round."""
FORWARD: Final = """
query ($order: [FarmOrder!], $cursor: String, $size: Int) {
  farms(orderBy: $order, after: $cursor, first: $size) { nodes { id } pageInfo { more: hasNextPage cursor: endCursor } }
}
"""
BACKWARD: Final = """
query ($order: [FarmOrder!], $cursor: String, $size: Int) {
  farms(orderBy: $order, before: $cursor, last: $size) {
    nodes { id } pageInfo { more: hasPreviousPage cursor: startCursor }
  }
}
"""
ORDERS: Final[list[list[dict[str, Any]]]] = [
    [{"kind": "DESC"}],
    [{"areaHa": "ASC_NULLS_FIRST"}],
    [{"visibility": "ASC"}, {"herdSize": "DESC_NULLS_FIRST"}, {"id": "DESC"}],
    [{"locatedIn": {"name": "ASC"}}, {"herdSize": "ASC_NULLS_FIRST"}],
]
"""By keys that no page selects, of which many records have the same value or none; also through a link."""


@dataclass(slots=True)
class Others:
    """Those who insert and delete records meanwhile; they never touch those of `stock`, and never use an id again."""

    graph: Graph
    stock: Stock
    chance: random.Random
    there: dict[str, Record] = field(default_factory=dict[str, Record])
    done: Counter[str] = field(default_factory=Counter[str])
    made: int = 0

    async def insert(self, *models: tuple[Record, str]) -> None:
        """Records with all values and links of some that stay, the id right before or behind that one's."""
        new: dict[str, Record] = {}
        ties: list[Tie] = []
        for model, where in models:
            self.made += 1
            stem = model.id if where == "behind" else model.id[:-1] + chr(ord(model.id[-1]) - 1)
            one = replace(model, id=f"{stem}~{self.made}")
            new[one.id] = one
            ties += [replace(tie, source=one.id) for tie in self.stock.ties if tie.source == model.id]
            self.done[f"insert {where}"] += 1
        records, links = writes(MODEL, Stock(new, ties))
        # At once: a record without its links yet would stand elsewhere in an order through a link.
        await self.graph.write(*records, *links)
        self.there |= new

    async def delete(self, *names: str, where: str = "anywhere") -> None:
        gone = [name for name in names if self.there.pop(name, None)]
        self.done[f"delete {where}"] += len(gone)
        if gone:
            await self.graph.write((remove(FARM), {"ids": gone}))

    async def around(self, cursor: str) -> None:
        """Insert on both sides of the record that a cursor points at, or delete it where it is theirs."""
        if cursor in self.stock.records:
            at = self.stock.records[cursor]
            await self.insert((at, "before"), (at, "behind"))
        await self.delete(cursor, where="at")
        if self.graph.dialect == "arcadedb":
            await self.insert(*self.some(3))
        await self.fewer()

    async def fewer(self) -> None:
        """Delete what is over their number."""
        over = max(0, len(self.there) - FIRST)
        await self.delete(*self.chance.sample(list(self.there), over))

    def some(self, number: int) -> list[tuple[Record, str]]:
        """Records to insert beside, and on which side of them."""
        models = self.chance.choices(self.stock.of("Farm"), k=number)
        return [(model, self.chance.choice(("before", "behind"))) for model in models]

    async def anywhere(self) -> None:
        """Go on inserting and deleting while pages are read."""
        while True:
            await self.insert(*self.some(3))
            await self.fewer()

    @asynccontextmanager
    async def at_work(self) -> AsyncGenerator[None]:
        """Have it go on until the end; what fails in it fails the test.

        On ArcadeDB they wait while a page is read: a range of an index that is read during a commit may lack rows
        there (see `docs/operations.md`).
        """
        await self.insert(*self.some(FIRST))
        self.done.clear()
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self.anywhere()) if self.graph.dialect == "neo4j" else None
            yield
            if task is not None:
                task.cancel()
        await self.graph.write((remove(FARM), {"ids": list(self.there)}))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stock(graph: Graph) -> AsyncIterator[Stock]:
    """Give the farms that are there throughout, and the areas that they lie in."""
    whole = made(random.Random(17), MODEL, 30)
    kept = {one.id: one for one in (*whole.of("Area"), *whole.of("Farm"))}
    stock = Stock(kept, [tie for tie in whole.ties if {tie.source, tie.target} <= kept.keys()])
    await clear(graph, MODEL)
    await seed(graph, RULES)
    await load(graph, MODEL, stock)
    yield stock
    await clear(graph, MODEL)


async def walk(execution: Execution, others: Others, text: str, order: list[dict[str, Any]]) -> list[str]:
    """The ids of all pages in the order of reading; others write during each page and between two."""
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        variables = {"order": order, "cursor": cursor, "size": others.chance.choice((1, 4, 7))}
        found = await execution.answer(parse(text), variables, None, WHO)
        assert found.errors is None, found.errors
        assert found.data
        page = found.data["farms"]
        ids = [node["id"] for node in page["nodes"]]
        seen += ids if text == FORWARD else reversed(ids)
        if not page["pageInfo"]["more"]:
            return seen
        cursor = page["pageInfo"]["cursor"]
        await others.around(seen[-1])
    pytest.fail(f"{MOST_PAGES} pages were not all of them")


@pytest.mark.parametrize("text", [FORWARD, BACKWARD], ids=["forward", "backward"])
@pytest.mark.parametrize("order", ORDERS, ids=str)
async def test_what_is_there_throughout_is_seen_exactly_once(
    graph: Graph, stock: Stock, order: list[dict[str, Any]], text: str
) -> None:
    view = View(MODEL, stock, RULES, WHO)
    wanted = [one.id for one in ordered(view, view.records("Farm"), FARM, order)]
    execution = Execution(graph, MODEL, CORE, Cursors(b"of moving pages"), Bounds())
    others = Others(graph, stock, random.Random(f"{order} {text}"))
    async with others.at_work():
        seen = await walk(execution, others, text, order)
    assert [one for one in seen if one in stock.records] == (wanted if text == FORWARD else wanted[::-1])
    assert [one for one, times in Counter(seen).items() if times > 1] == []
    assert set(seen) - set(stock.records), "no page had a record of the others"
    assert all(others.done[what] for what in ("insert before", "insert behind", "delete at", "delete anywhere"))
