"""Servers for tests: those that the environment names, else ones that are started for this run alone."""

import os
import secrets
import signal
import subprocess
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from neo4j import GraphDatabase
from redis import Redis

BARE: Final = Path(__file__).parents[2] / "docker" / "bare"
NEWEST: Final = "2026.08.1"
"""The newest Neo4j that the tests run on, beside the one with long support that `docker/bare/neo4j` starts."""
MISSING: Final = 4
"""The exit code of its commands where something has to be installed first."""
AT_ONCE: Final = 2_000
"""Records that one transaction takes out."""
CKAN_SECONDS: Final = 60.0
"""As long as CKAN itself waits for its index."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where a graph is, and who may come in."""

    url: str
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RedisServer:
    """Where a Redis is, password included, and how the names of this run's keys begin; others may use it too."""

    url: str = field(repr=False)
    prefix: str


@dataclass(frozen=True, slots=True)
class CkanServer:
    """Where a CKAN is, the token of a sysadmin, and the organisation of this run; others may use it too."""

    url: str
    token: str = field(repr=False)
    organization: str

    def call(self, action: str, **parameters: Any) -> Any:  # noqa: ANN401 - what an action gives is CKAN's affair
        """Call one of CKAN's actions by its name."""
        headers = {"Authorization": self.token}
        url = f"{self.url}/api/3/action/{action}"
        answer = httpx.post(url, json=parameters, headers=headers, timeout=CKAN_SECONDS)
        assert answer.status_code == httpx.codes.OK, f"{action}: {answer.text}"
        return answer.json()["result"]


def of_environment(prefix: str, user: str) -> Server | None:
    """The server for tests that the environment names, by that prefix and _URL, _USER and _PASSWORD."""
    url = os.environ.get(f"{prefix}_URL")
    return Server(url, os.environ.get(f"{prefix}_USER", user), os.environ[f"{prefix}_PASSWORD"]) if url else None


@contextmanager
def neo4j(folder: Path, version: str | None = None) -> Generator[Server]:
    """Give an empty Neo4j: the one that is named for tests, else our own with its data in `folder`.

    It is named by HUB_TEST_NEO4J_URL, _USER and _PASSWORD; one of 2026 by HUB_TEST_NEO4J_2026_URL and so on.
    """
    server = of_environment(
        "HUB_TEST_NEO4J" if version is None else f"HUB_TEST_NEO4J_{version.partition('.')[0]}", "neo4j"
    )
    if server is not None:
        empty(server)
        yield server
        return
    with own_neo4j(folder, version) as server:
        empty(server)
        yield server


@contextmanager
def redis(folder: Path) -> Generator[RedisServer]:
    """Give a Redis: that of HUB_TEST_REDIS_URL, from which this run's keys are removed at the end, else our own."""
    if url := os.environ.get("HUB_TEST_REDIS_URL"):
        server = RedisServer(url, f"hub-test-{secrets.token_hex(6)}:")
        yield server
        with redis_client(url) as client:
            for key in client.scan_iter(match=f"{server.prefix}*", count=1000):
                client.unlink(key)
        return
    with running("redis", folder) as (url, password):
        opened = url.replace("//", f"//:{Path(password).read_text('utf-8').strip()}@")
        yield RedisServer(opened, f"hub-test-{secrets.token_hex(6)}:")


def redis_client(url: str, **more: str) -> Any:  # noqa: ANN401 - its types say nothing
    return Redis.from_url(url, **more)  # pyright: ignore[reportUnknownMemberType] - as above


@contextmanager
def ckan(folder: Path) -> Generator[CkanServer]:
    """Give a CKAN: that of HUB_TEST_CKAN_URL and _TOKEN, else our own; at the end its datasets of this run are gone."""
    organization = f"hub-test-{secrets.token_hex(6)}"
    if url := os.environ.get("HUB_TEST_CKAN_URL"):
        server = CkanServer(url.rstrip("/"), os.environ["HUB_TEST_CKAN_TOKEN"], organization)
        server.call("organization_create", name=organization, title="Của một lượt kiểm thử")
        try:
            yield server
        finally:
            _purge(server)
        return
    with running("ckan", folder) as (url, token):
        server = CkanServer(url, Path(token).read_text("utf-8").strip(), organization)
        server.call("organization_create", name=organization, title="Của một lượt kiểm thử")
        yield server


def _purge(server: CkanServer) -> None:
    """Remove the organisation of this run and every dataset of it, deleted, private and draft ones too."""
    everything = {"include_private": True, "include_drafts": True, "include_deleted": True}
    found = server.call("package_search", fq=f"organization:{server.organization}", rows=1000, **everything)
    for dataset in found["results"]:
        server.call("dataset_purge", id=dataset["id"])
    server.call("organization_purge", id=server.organization)


@contextmanager
def running(service: str, folder: Path) -> Generator[list[str]]:
    """Give what the service's command tells; skip, and say what to install, where it cannot be started."""
    try:
        yield told(service, folder)
    finally:
        bare(service, "down", folder)


def told(service: str, folder: Path, **settings: str) -> list[str]:
    """What the service's `up` tells; skip, and say what to install, where it cannot be started."""
    # Only where every service is asked for may a run of tests fetch hundreds of megabytes.
    offline = "0" if os.environ.get("REQUIRE_SERVICES") == "1" else "1"
    done = bare(service, "up", folder, OFFLINE=offline, **settings)
    if done.returncode == MISSING:
        named = f"HUB_TEST_{service.upper()}_URL"
        pytest.skip(f"{done.stderr.strip().splitlines()[-1]}; or name a server that is for tests by {named}")
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@contextmanager
def own_neo4j(folder: Path, version: str | None = None) -> Generator[Server]:
    """Give a Neo4j that runs for this alone, with its data in `folder`."""
    try:
        yield started(folder, **({} if version is None else {"VERSION": version}))
        # Nobody needs its data any more, and to close them would take it ten seconds.
        with suppress(ProcessLookupError):
            os.kill(pid_of(folder), signal.SIGKILL)
    finally:
        bare("neo4j", "down", folder)


def pid_of(folder: Path) -> int:
    """The process of the server of that folder."""
    return int((folder / "run" / "pid").read_text("ascii").split()[0])


def started(folder: Path, **settings: str) -> Server:
    """Start the Neo4j of this folder; or skip, and say what to install."""
    url, user, password = told("neo4j", folder, **settings)
    return Server(url, user, Path(password).read_text("utf-8").strip())


def bare(service: str, command: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command of docker/bare on a folder; its settings are named without the service's own name before them."""
    settings = {"FOLDER": str(folder), "PORT": "", **settings}
    environment = os.environ | {f"{service.upper()}_{name}": value for name, value in settings.items()}
    run = [BARE / service, *command.split()]
    return subprocess.run(run, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - ours


def empty(server: Server) -> None:
    """Take out what tests left, of this run or an earlier one; fail where somebody else's records are."""
    auth = server.user, server.password
    with GraphDatabase.driver(server.url, auth=auth) as driver:  # pyright: ignore[reportUnknownMemberType] - untyped
        found = driver.execute_query("MATCH (n) RETURN count(n), count(CASE WHEN n:OfTests THEN 1 END)").records
        held, ours = found[0].values()
        if held and not ours:
            pytest.fail(f"{server.url} holds {held} records that no test made: tests need a server of their own")
        driver.execute_query("MERGE (:OfTests {id: 1})")
        for _ in range(0, held - ours, AT_ONCE):  # a transaction's memory is bounded
            driver.execute_query("MATCH (n) WHERE NOT n:OfTests WITH n LIMIT $most DETACH DELETE n", most=AT_ONCE)
