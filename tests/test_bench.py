"""The comparison's own tools: a client that counts every answer, and a rate that is of all askers together."""

import asyncio
import importlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from auth.grants import seed
from auth.policy import applying
from auth.principal import Action
from auth.rules import defaults
from bench import deciding, keeping, views
from bench.farms import fill
from bench.load import Connection, rate
from schema.graph import Graph
from schema.types import MODEL
from tests.conftest import COLD_SECONDS
from tests.services.servers import Server

REQUESTS = 20
FARMS = 1_000


PARTS = ("__main__", "deciding", "farms", "keeping", "load", "plain", "serving", "views")


@pytest.mark.parametrize("name", PARTS)
def test_every_part_can_be_imported(name: str) -> None:
    assert importlib.import_module(f"bench.{name}").__doc__


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


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def farms(own_server: Server) -> AsyncIterator[tuple[Graph, views.Place]]:
    """Give the graph of the measurements, small."""
    graph = await Graph.connect(own_server.url, own_server.user, own_server.password, statement_timeout=COLD_SECONDS)
    await fill(graph, FARMS)
    await seed(graph, defaults(MODEL))
    yield graph, views.Place(own_server.url, own_server.user, own_server.password, os.getpid())
    await graph.close()


@pytest.mark.parametrize("operation", views.OPERATIONS)
async def test_a_view_answers_what_the_same_where_does(farms: tuple[Graph, views.Place], operation: str) -> None:
    graph, place = farms
    found = await views.measured(graph, place, operation, rounds=1, answers=1)
    assert {name for name, _ in found} == set(views.views())
    answers = {side: await each.answer() for side, each in found.items()}
    all_of_them = answers["no view", False]
    assert all(answer != all_of_them for side, answer in answers.items() if side != ("no view", False))
    if graph.dialect == "neo4j" and operation == "page":
        # an index gives the order, through every view: none looks at all farms for a page of some
        assert 0 < max(side.hits for (_, instead), side in found.items() if not instead) < FARMS
    assert "no view" in views.table(operation, found, 1)


def test_a_view_that_answers_otherwise_ends_the_run() -> None:
    one = {"farms": {"nodes": [{"name": "An", "ownerName": "Lê Thị Hoa"}]}}
    views.agree(one, {"farms": {"nodes": [{"name": "An", "ownerName": "Lê …"}]}})
    others: list[dict[str, Any]] = [{"nodes": [{"name": "Bình"}]}, {"nodes": []}, {"totalCount": 1}]
    for other in others:
        with pytest.raises(RuntimeError, match="differently"):
            views.agree(one, {"farms": other})


async def test_the_hub_answers_alike_with_its_cache_and_without(
    farms: tuple[Graph, views.Place], tmp_path: Path
) -> None:
    _, place = farms
    about = {"url": place.url, "user": place.user, "password": place.password, "folder": str(tmp_path)}
    found = await keeping.measured(about, rounds=1, requests=4)
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
    connections = [Connection(port, b"good") for _ in range(3)]
    assert await rate([each.ask for each in connections], REQUESTS) > 0
    assert bodies == [b"good"] * REQUESTS
    for each in connections:
        each.close()


async def test_an_answer_that_is_none_ends_the_run(toy: tuple[int, list[bytes]]) -> None:
    port, _ = toy
    connection = Connection(port, b"bad")
    with pytest.raises(RuntimeError, match="told"):
        await rate([connection.ask], REQUESTS)
    connection.close()
