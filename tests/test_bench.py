"""The comparisons' own tools, small: the same records each time, sides that answer alike, and what ends a run."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from auth.policy import applying
from auth.principal import Action
from bench import deciding, keeping, views
from bench.__main__ import compare
from bench.client import Ask, Connection, Pace, pace
from bench.engines import Place
from bench.floors import FLOORS
from bench.graphs import Kept, fill
from bench.operations import OPERATIONS, Operation
from bench.records import Row, Sizes, areas, businesses, farms, grows, products
from bench.rounds import FLOOR, Figures, Limits, agree, told_of
from schema.graph import Graph
from tests.conftest import COLD_SECONDS
from tests.services.servers import Server

REQUESTS = 20
SIZES = Sizes(farms=600, businesses=40, products=40, provinces=12, communes=5)
DEPTH = 300
IN_FLIGHT = 2
MAKERS = (areas, products, businesses, farms, grows)


def test_a_decision_looks_at_the_askers_own_rules_alone() -> None:
    of = deciding.policy()
    assert len(of.rules) == deciding.RULES
    assert len({rule.assignee for rule in of.rules}) >= deciding.ASSIGNEES
    for name, asker in deciding.askers():
        mine = {"anyone", f"agency:{asker.agency}", f"client:{asker.client}", f"person:{asker.subject}"}
        mine |= {f"role:{role}" for role in asker.roles}
        looked_at = applying(asker, of, deciding.HERE, Action.READ)
        assert 0 < len(looked_at) < deciding.RULES // 50, name
        assert {rule.assignee for rule in looked_at} <= mine


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_the_same_sizes_give_the_same_records(make: Callable[[Sizes], Iterator[Row]]) -> None:
    made = list(make(SIZES))
    assert made == list(make(SIZES))
    ids = [(row.get("id"), row.get("from"), row.get("to")) for row in made]
    assert len(set(ids)) == len(ids)


def test_there_are_as_many_records_as_the_sizes_say_and_what_is_asked_for_is_among_them() -> None:
    made = {make.__name__: list(make(SIZES)) for make in MAKERS}
    assert {name: len(rows) for name, rows in made.items() if name != "grows"} == {
        "areas": SIZES.areas,
        "products": SIZES.products,
        "businesses": SIZES.businesses,
        "farms": SIZES.farms,
    }
    known = {row["id"] for rows in made.values() for row in rows if "id" in row}
    linked = {row[end] for row in made["grows"] for end in ("from", "to")} | {row["area"] for row in made["farms"]}
    assert linked <= known
    assert Sizes().scaled(0.5) == Sizes(100_000, 2_500, 1_000)
    assert Sizes().areas == 63
    whole = Sizes().scaled(0.0001)
    assert (whole.farms, whole.businesses, whole.products) == (100, 100, 100)


def test_a_folder_keeps_its_graph_until_something_of_it_changes(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    kept = Kept(folder, SIZES)
    assert not kept.open(fresh=False)
    kept.data.mkdir()
    (kept.data / "records").touch()
    assert not Kept(folder, SIZES).open(fresh=False), "a load that broke off is no graph"
    assert not kept.data.exists()
    kept.data.mkdir()
    kept.filled()
    assert Kept(folder, SIZES).open(fresh=False)
    assert kept.data.exists()
    assert not Kept(folder, SIZES).open(fresh=True)
    kept.filled()
    assert not Kept(folder, replace(SIZES, farms=1)).open(fresh=False)


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with pytest.raises(ValueError, match="something else"):
        Kept(tmp_path, SIZES).open(fresh=True)
    assert (tmp_path / "data").exists()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def farms_graph(own_server: Server) -> AsyncIterator[tuple[Graph, Place]]:
    """Give the graph of the measurements, small."""
    place = Place(own_server.url, own_server.user, own_server.password, os.getpid())
    graph = await Graph.connect(own_server.url, own_server.user, own_server.password, statement_timeout=COLD_SECONDS)
    await fill(graph, SIZES)
    yield graph, place
    await graph.close()


async def test_all_sides_answer_all_operations_alike_and_are_measured(
    farms_graph: tuple[Graph, Place], capsys: pytest.CaptureFixture[str]
) -> None:
    graph, place = farms_graph
    found = await compare(graph, place, DEPTH, Limits(rounds=1, seconds=0, in_flight=IN_FLIGHT))
    names = ["hub", "statement", FLOOR, "plain"]
    assert list(found) == [each.name for each in OPERATIONS] == list(FLOORS)
    for operation in OPERATIONS:
        sides = found[operation.name]
        assert list(sides) == names
        assert all(figures.paces[0].requests == IN_FLIGHT for figures in sides.values())
        assert sides[FLOOR].times(sides[FLOOR]) == 1
        hits = [figures.hits for figures in sides.values()]
        assert all(hits) if graph.dialect == "neo4j" else not any(hits)
        assert all(told_of(figures, sides[FLOOR])["requests"] == [IN_FLIGHT] for figures in sides.values())
    printed = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[0] for line in printed if line[:1] and line[0] in names] == names * len(OPERATIONS)


@dataclass(frozen=True, slots=True)
class Told:
    """A side that answers as it was told to."""

    answer: object
    pid: int = os.getpid()

    def askers(self, operation: Operation, in_flight: int) -> Sequence[Ask]:  # noqa: ARG002 - a side's
        """None: it is never measured."""
        return []

    async def data(self, operation: Operation) -> object:  # noqa: ARG002 - a side's
        """The answer."""
        return self.answer


async def test_sides_that_answer_otherwise_end_the_run() -> None:
    operation = OPERATIONS[0]
    one = {"nodes": [{"name": "An"}], "pageInfo": {"endCursor": "x"}}
    same = {**one, "pageInfo": {"endCursor": "a cursor of its own"}}
    await agree({"hub": Told(one), FLOOR: Told(same)}, operation)
    for other in ({**one, "nodes": [{"name": "Bình"}]}, {**one, "nodes": []}):
        with pytest.raises(RuntimeError, match="differently"):
            await agree({"hub": Told(one), FLOOR: Told(other)}, operation)
    with pytest.raises(RuntimeError, match="no cursor"):
        await agree({"hub": Told(one), FLOOR: Told({**one, "pageInfo": {"endCursor": None}})}, operation)
    with pytest.raises(RuntimeError, match="holds nothing"):
        await agree({"hub": Told({"nodes": []}), FLOOR: Told({"nodes": []})}, operation)


@pytest.mark.parametrize("operation", views.OPERATIONS)
async def test_a_view_answers_what_the_same_where_does(farms_graph: tuple[Graph, Place], operation: str) -> None:
    graph, place = farms_graph
    found = await views.measured(graph, place, operation, rounds=1, answers=1)
    assert {name for name, _ in found} == set(views.views())
    answers = {side: await each.answer() for side, each in found.items()}
    all_of_them = answers["no view", False]
    others = [answer != all_of_them for side, answer in answers.items() if side != ("no view", False)]
    assert any(others) if operation == "page" else all(others)  # the first three may be open to everyone
    if graph.dialect == "neo4j" and operation == "page":
        # an index gives the order, through every view: none looks at all farms for a page of some
        assert 0 < max(side.hits for (_, instead), side in found.items() if not instead) < SIZES.farms
    assert "no view" in views.table(operation, found, 1)


def test_a_view_that_answers_otherwise_ends_the_run() -> None:
    one = {"farms": {"nodes": [{"name": "An", "ownerName": "Lê Thị Hoa"}]}}
    views.agree(one, {"farms": {"nodes": [{"name": "An", "ownerName": "Lê …"}]}})
    others: list[dict[str, Any]] = [{"nodes": [{"name": "Bình"}]}, {"nodes": []}, {"totalCount": 1}]
    for other in others:
        with pytest.raises(RuntimeError, match="differently"):
            views.agree(one, {"farms": other})


async def test_the_hub_answers_alike_with_its_cache_and_without(
    farms_graph: tuple[Graph, Place], tmp_path: Path
) -> None:
    _, place = farms_graph
    found = await keeping.measured(place.about(tmp_path), rounds=1, requests=4)
    assert {side: len(rates) for side, rates in found.items()} == {"off": 1, "on": 1}


@pytest_asyncio.fixture(loop_scope="session")
async def toy() -> AsyncIterator[tuple[int, list[bytes]]]:
    """Give the port of a server that answers 200 to `good` and 400 to all else, and the bodies that it was sent."""
    bodies: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await _head(reader):
            (length,) = (line[15:] for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
            bodies.append(body := await reader.readexactly(int(length)))
            status = b"200 OK" if body == b"good" else b"400 Bad Request"
            writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 5\r\n\r\ntold\n")
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1], bodies
    server.close()
    await server.wait_closed()


async def _head(reader: asyncio.StreamReader) -> bytes:
    """The next request's head; nothing where there is none."""
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""


async def test_every_request_is_sent_once_over_connections_that_stay(toy: tuple[int, list[bytes]]) -> None:
    port, bodies = toy
    connections = [Connection(port) for _ in range(3)]
    took = await pace([partial(each.ask, b"good") for each in connections], REQUESTS)
    assert took.requests == REQUESTS
    assert bodies == [b"good"] * REQUESTS
    for each in connections:
        each.close()


async def test_a_turn_that_is_over_asks_for_no_more(toy: tuple[int, list[bytes]]) -> None:
    port, bodies = toy
    connections = [Connection(port) for _ in range(3)]
    took = await pace([partial(each.ask, b"good") for each in connections], REQUESTS, seconds=0)
    assert took.requests == len(bodies) == len(connections)
    for each in connections:
        each.close()


def test_ratios_are_medians_of_the_rounds_ratios() -> None:
    one, other = Figures(), Figures()
    for rates in ((10, 20), (30, 10), (5, 5)):
        for figures, rate in zip((one, other), rates, strict=True):
            figures.paces.append(Pace(rate, 1.0, 1.0))
    one.engine_seconds = 9.0
    assert one.times(other) == 1
    assert one.rate == 10
    assert one.engine_ms == 200


async def test_an_answer_that_is_none_ends_the_run(toy: tuple[int, list[bytes]]) -> None:
    port, _ = toy
    connection = Connection(port)
    with pytest.raises(RuntimeError, match="told"):
        await pace([partial(connection.ask, b"bad")], REQUESTS)
    connection.close()
