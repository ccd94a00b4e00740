"""A graph server for tests: the one that the environment names, else one that is started for this run alone."""

import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from neo4j import GraphDatabase

NEO4J: Final = Path(__file__).parents[2] / "docker" / "bare" / "neo4j"
NEWEST: Final = "2026.08.1"
"""The newest Neo4j that the tests run on, beside the one with long support that `docker/bare/neo4j` starts."""
MISSING: Final = 4
"""The exit code of that command where something has to be installed first."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where a graph is, and who may come in."""

    url: str
    user: str
    password: str = field(repr=False)


@contextmanager
def neo4j(folder: Path, version: str | None = None) -> Generator[Server]:
    """Give an empty Neo4j: the one that is named for tests, else our own with its data in `folder`.

    It is named by HUB_TEST_NEO4J_URL, _USER and _PASSWORD; one of 2026 by HUB_TEST_NEO4J_2026_URL and so on.
    """
    named = "HUB_TEST_NEO4J" if version is None else f"HUB_TEST_NEO4J_{version.partition('.')[0]}"
    if url := os.environ.get(f"{named}_URL"):
        server = Server(url, os.environ.get(f"{named}_USER", "neo4j"), os.environ[f"{named}_PASSWORD"])
        empty(server)
        yield server
        return
    with own_neo4j(folder, version) as server:
        empty(server)
        yield server


@contextmanager
def own_neo4j(folder: Path, version: str | None = None) -> Generator[Server]:
    """Give a Neo4j that runs for this alone, with its data in `folder`."""
    try:
        yield started(folder, **({} if version is None else {"NEO4J_VERSION": version}))
    finally:
        _command("down", folder)


def started(folder: Path, **settings: str) -> Server:
    """Start the Neo4j of this folder; or skip, and say what to install."""
    done = _command("up", folder, **settings)
    if done.returncode == MISSING:
        pytest.skip(f"{done.stderr.strip()}; or name a server that is for tests by HUB_TEST_NEO4J_URL")
    assert done.returncode == 0, done.stderr
    url, user, password = done.stdout.split(maxsplit=2)
    return Server(url, user, Path(password.rstrip("\n")).read_text("utf-8").strip())


def _command(name: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    # Only where every service is asked for may a run of tests fetch 125 MB.
    offline = "0" if os.environ.get("REQUIRE_SERVICES") == "1" else "1"
    inherited = {name: value for name, value in os.environ.items() if name != "NEO4J_PORT"}
    environment = {**inherited, "NEO4J_FOLDER": str(folder), "NEO4J_OFFLINE": offline, **settings}
    return subprocess.run([NEO4J, name], env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - ours


def empty(server: Server) -> None:
    """Take out what tests left, of this run or an earlier one; fail where somebody else's records are."""
    auth = server.user, server.password
    with GraphDatabase.driver(server.url, auth=auth) as driver:  # pyright: ignore[reportUnknownMemberType] - untyped
        found = driver.execute_query("MATCH (n) RETURN count(n), count(CASE WHEN n:OfTests THEN 1 END)").records
        held, ours = found[0].values()
        if held and not ours:
            pytest.fail(f"{server.url} holds {held} records that no test made: tests need a server of their own")
        driver.execute_query("MERGE (:OfTests {id: 1})")
        driver.execute_query("MATCH (n) WHERE NOT n:OfTests DETACH DELETE n")
