"""The comparison's own tools: a client that counts every answer, and a rate that is of all askers together."""

import asyncio
import importlib
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from auth.policy import applying
from auth.principal import Action
from bench import deciding
from bench.load import Connection, rate

REQUESTS = 20


@pytest.mark.parametrize("name", ["bench.__main__", "bench.deciding", "bench.load", "bench.plain", "bench.serving"])
def test_every_part_can_be_imported(name: str) -> None:
    assert importlib.import_module(name).__doc__


def test_a_decision_looks_at_the_askers_own_rules_alone() -> None:
    of = deciding.policy()
    assert len(of.rules) == deciding.RULES
    assert len({rule.assignee for rule in of.rules}) >= deciding.ASSIGNEES
    for name, asker in deciding.askers():
        mine = {"anyone", f"agency:{asker.agency}", f"client:{asker.client}", f"person:{asker.subject}"}
        mine |= {f"role:{role}" for role in asker.roles}
        looked_at = applying(asker, of, deciding.HERE, Action.READ)
        assert 0 < len(looked_at) < deciding.RULES // 100, name
        assert {rule.assignee for rule in looked_at} <= mine


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
