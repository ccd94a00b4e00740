"""No acknowledged write is lost: the server is killed again and again while the hub writes."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final, TypeAlias

import pytest

from schema.engine import Engine, port_is_free
from schema.errors import Unavailable
from schema.graph import Graph
from tests.services.servers import Server, own_neo4j, pid_of, started

WRITES: Final = 10_000 if os.environ.get("REQUIRE_SERVICES") == "1" else 2_000
"""Fewer where nobody asks for all services: ten thousand and the restarts are a minute and a half of processor time."""
STREAMS: Final = 24
KILLED_AT: Final = (WRITES // 4, WRITES * 2 // 3, WRITES)
"""How many writes are acknowledged when the server is killed; the last ones are those that most easily get lost."""
PATIENCE: Final = 900.0
"""Only ends a test that has failed already."""

UNIQUE: Final = "CREATE CONSTRAINT merged_id IF NOT EXISTS FOR (n:Merged) REQUIRE n.id IS UNIQUE"
MERGED: Final = "MERGE (n:Merged {id: $id})"
CREATED: Final = "CREATE (:Created {id: $id}), (:Half {id: $id})"
"""Without a constraint, so that what was sent twice is there twice, and what was saved in part is seen."""


@dataclass(frozen=True, slots=True)
class Target:
    """A server that can be killed; `come_back` returns when it runs again."""

    server: Server
    kill: Callable[[], None]
    come_back: Callable[[], Awaitable[None]]


Opened: TypeAlias = Callable[[Path], AbstractAsyncContextManager[Target]]


@asynccontextmanager
async def embedded(folder: Path) -> AsyncGenerator[Target]:
    """Give an engine, which its supervisor starts again."""
    engine = Engine(folder, heap="256m")
    await engine.start()
    killed: list[int] = []

    def kill() -> None:
        killed.append(engine.pid)
        os.kill(engine.pid, signal.SIGKILL)

    async def come_back() -> None:
        while engine.restarts < len(killed):  # noqa: ASYNC110 - another process sets no event here
            await asyncio.sleep(0.05)

    try:
        yield Target(Server(engine.url, engine.user, engine.password), kill, come_back)
    finally:
        await engine.stop()


@asynccontextmanager
async def production(folder: Path) -> AsyncGenerator[Target]:
    """Give a Neo4j of our own, which is started again as a supervisor of production would."""
    with own_neo4j(folder) as server:
        port = server.url.rpartition(":")[2]

        def kill() -> None:
            os.kill(pid_of(folder), signal.SIGKILL)

        async def come_back() -> None:
            while not port_is_free(int(port)):  # noqa: ASYNC110 - the system takes a moment to clear what was killed
                await asyncio.sleep(0.05)
            await asyncio.to_thread(started, folder, PORT=port)

        yield Target(server, kill, come_back)


@dataclass(slots=True)
class Log:
    """What the writers were told: of each write that it is saved, or that nobody knows."""

    merged: set[int] = field(default_factory=set[int])
    created: set[int] = field(default_factory=set[int])
    unknown: set[int] = field(default_factory=set[int])
    reached: dict[int, asyncio.Event] = field(default_factory=lambda: {least: asyncio.Event() for least in KILLED_AT})

    def acknowledge(self, kind: set[int], number: int) -> None:
        kind.add(number)
        done = len(self.merged) + len(self.created)
        if done in self.reached:
            self.reached[done].set()


async def merge(graph: Graph, log: Log, number: int) -> None:
    """Save what may be sent again, and send it until it is saved."""
    while number not in log.merged:
        try:
            await graph.write((MERGED, {"id": number}), idempotent=True)
        except Unavailable:
            continue
        log.acknowledge(log.merged, number)


async def create(graph: Graph, log: Log, number: int) -> None:
    """Save what may be sent once only; where nobody knows, leave it."""
    try:
        await graph.write((CREATED, {"id": number}))
    except Unavailable:
        log.unknown.add(number)
    else:
        log.acknowledge(log.created, number)


async def stream(graph: Graph, log: Log, numbers: Iterator[int]) -> None:
    while not log.reached[WRITES].is_set():
        number = next(numbers)
        await (merge if number % 2 else create)(graph, log, number)


@pytest.mark.parametrize(
    "opened", [embedded, pytest.param(production, marks=pytest.mark.services)], ids=["arcadedb", "neo4j"]
)
async def test_a_killed_server_loses_no_acknowledged_write(opened: Opened, tmp_path: Path) -> None:
    log = Log()
    async with asyncio.timeout(PATIENCE), opened(tmp_path) as target:
        graph = await Graph.connect(target.server.url, target.server.user, target.server.password)
        await graph.define([UNIQUE])
        async with asyncio.TaskGroup() as group:
            numbers = count()
            for _ in range(STREAMS):
                group.create_task(stream(graph, log, numbers))
            for least in KILLED_AT:
                await log.reached[least].wait()
                target.kill()
                await target.come_back()
        found = {name: await saved(graph, name) for name in ("Merged", "Created", "Half")}
        await graph.close()
    assert len(log.merged) + len(log.created) >= WRITES
    for name, acknowledged, perhaps in (("Merged", log.merged, set[int]()), ("Created", log.created, log.unknown)):
        assert acknowledged - found[name].keys() == set(), "lost"
        assert found[name].keys() - acknowledged <= perhaps, "saved and refused"
        assert [number for number, times in found[name].items() if times != 1] == [], "saved twice"
    assert found["Created"] == found["Half"], "saved in part"


async def saved(graph: Graph, name: str) -> Counter[object]:
    """How often each id is there."""
    return Counter(number for (number,) in await graph.read(f"MATCH (n:{name}) RETURN n.id", {}))
