"""The engines that are measured, each started on a folder of its own, and what they tell of their work."""

import asyncio
import subprocess
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from os import environ, sysconf
from pathlib import Path
from typing import Any, Final, cast

from neo4j import AsyncGraphDatabase

from schema.engine import Engine
from schema.graph import Graph, Statement

PATIENCE: Final = 300.0
"""Seconds for a statement: a busy machine makes a measurement long, not void."""
HEAP: Final = "1g"
_NEO4J: Final = Path(__file__).parent.parent / "docker" / "bare" / "neo4j"
_MISSING: Final = 4
"""The exit code of that command where something has to be installed first."""


@dataclass(frozen=True, slots=True)
class Place:
    """A graph server: where it is, the process whose time is counted, and what it is."""

    url: str
    user: str
    password: str = field(repr=False)
    pid: int
    what: str = ""

    async def connect(self) -> Graph:
        """A connection to it."""
        return await Graph.connect(self.url, self.user, self.password, statement_timeout=PATIENCE)

    def about(self, folder: Path) -> dict[str, str]:
        """What a server process is told of it; the folder is for the process's own files."""
        return {"url": self.url, "user": self.user, "password": self.password, "folder": str(folder)}


@asynccontextmanager
async def arcadedb(folder: Path) -> AsyncGenerator[Place]:
    """Start the embedded engine on this folder."""
    engine = Engine(folder, statement_timeout=PATIENCE, heap=HEAP)
    await engine.start()
    try:
        what = f"ArcadeDB embedded {version('arcadedb-embedded')}"
        yield Place(engine.url, engine.user, engine.password, engine.pid, what)
    finally:
        await engine.stop()


@asynccontextmanager
async def neo4j(folder: Path) -> AsyncGenerator[Place | None]:
    """Start Neo4j on this folder from the jars that are here; None, and a line that says why, where there are none."""
    settings = environ | {
        "NEO4J_FOLDER": str(folder),
        "NEO4J_PORT": "",
        "NEO4J_OFFLINE": "1",
        "NEO4J_HEAP": environ.get("NEO4J_HEAP", HEAP),
    }

    def bare(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([_NEO4J, command], env=settings, capture_output=True, text=True, check=False)  # noqa: S603 - ours

    started = await asyncio.to_thread(bare, "up")
    if started.returncode == _MISSING:
        print(f"bỏ qua · skipped: {started.stderr.strip().splitlines()[-1]}")
        yield None
        return
    if started.returncode:
        raise RuntimeError(started.stderr)
    try:
        url, user, file = started.stdout.split()
        pid, password = int(_read(folder / "run" / "pid").split()[0]), _read(Path(file))
        ((what,),) = await _asked(
            url, user, password, "CALL dbms.components() YIELD name, versions RETURN name + ' ' + versions[0]"
        )
        yield Place(url, user, password, pid, str(what))
    finally:
        await asyncio.to_thread(bare, "down")


async def _asked(url: str, user: str, password: str, text: str) -> list[list[object]]:
    graph = await Graph.connect(url, user, password)
    try:
        return await graph.read(text, {})
    finally:
        await graph.close()


def _read(file: Path) -> str:
    return file.read_text("utf-8").strip()


ENGINES: Final[Mapping[str, Callable[[Path], AbstractAsyncContextManager[Place | None]]]] = {
    "arcadedb": arcadedb,
    "neo4j": neo4j,
}


def processor_seconds(pid: int) -> float:
    """What a process has taken of the processors so far."""
    told = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / sysconf("SC_CLK_TCK")


async def hits(place: Place, statements: Iterable[Statement]) -> int:
    """How often Neo4j looks into its store for these statements."""
    connect = cast("Callable[..., Any]", AsyncGraphDatabase.driver)  # pyright: ignore[reportUnknownMemberType] - untyped
    found = 0
    async with connect(place.url, auth=(place.user, place.password)) as driver, driver.session() as session:
        for text, parameters in statements:
            summary = await (await session.run(f"PROFILE {text}", dict(parameters))).consume()
            found += _counted(summary.profile)
    return found


def _counted(step: Mapping[str, Any]) -> int:
    return step["args"].get("DbHits", 0) + sum(_counted(each) for each in step.get("children", ()))
