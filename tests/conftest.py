"""What tests share: one server of each engine, and one graph on each, for the whole session."""

import gc
import sys
import warnings
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Generator, Iterable
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import is_hypothesis_test

from schema.engine import USER, Engine
from schema.graph import Graph, Parameters
from schema.types import MODEL
from tests.oracle.operations import PATHS
from tests.oracle.statements import COMPILED, flaws
from tests.services import servers
from tests.services.openid import Provider, openid
from tests.services.servers import NEWEST, CkanServer, RedisServer, Server, empty

STATEMENT_TIMEOUT = 3.0
"""Long for any statement of a test, short for the tests that wait for it."""
COLD_SECONDS = 30.0
"""Neo4j ends a statement when the driver says; one that has just started takes seconds for the first large ones."""

ENGINES = ("arcadedb", pytest.param("neo4j", marks=pytest.mark.services))
"""What is shown on one is shown on the other."""
EVERY_ENGINE = (*ENGINES, pytest.param("neo4j-2026", marks=pytest.mark.services))
"""With the newest Neo4j, where what the compiler writes is held to its meaning; for `server`, which gives it."""

LONGEST = (
    "test_oracle",
    "test_noninterference",
    "test_durability",
    "test_answers",
    "test_demo",
    "test_mirrors",
    "test_revocation",
    "test_cases",
    "test_canaries",
    "test_new_enemy",
    "test_runner",
    "test_bench",
)
"""Modules of over a minute and a half, as the table at the end tells them."""

ENGINE_PARAMETERS = frozenset({"server", "own_server"})
"""The fixtures that give each engine in its turn."""
_FIXTURES = {"arcadedb": "engine", "neo4j": "production", "neo4j-2026": "newest"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--oracle-operations", type=int, help="how many operations the oracle makes up for each engine")
    parser.addoption("--oracle-seed", type=int, default=3, help="the seed that they are made from")
    parser.addoption("--rewrite-cases", action="store_true", help="write what tests/cases expects anew, to be read")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Note with a test the engine that it runs on, if it runs on several.

    Measured coverage makes Python two to three times as slow. So it is measured on one engine, and not where one line
    is run for thousands of cases: in the tests of Hypothesis, and in modules and tests that are marked `no_cover`.
    """
    if not isinstance(item, pytest.Function):
        return
    given = item.callspec.params if hasattr(item, "callspec") else {}
    engines = [given[name] for name in ENGINE_PARAMETERS & given.keys()]
    item.user_properties += [("engine", engine) for engine in engines]
    if is_hypothesis_test(item.obj) or any(engine != "arcadedb" for engine in engines):
        item.add_marker("no_cover")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the modules that take longest, so that no process is left alone with one of them at the end."""
    longest = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: longest.get(item.path.stem, len(longest)))


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Measure no coverage where it is not wanted.

    In a process of its own pytest-cov measures twice, and when it stops the second the first goes on.
    """
    tracing = sys.gettrace()
    if tracing is None or item.get_closest_marker("no_cover") is None:
        return (yield)
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(tracing)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over what was counted in a process of its own."""
    output: dict[str, object] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["paths"] = dict(session.config.stash.get(PATHS, Counter[str]()))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:  # noqa: ANN401 - of a plugin without types
    """Add what a process counted."""
    node.config.stash.setdefault(PATHS, Counter()).update(getattr(node, "workeroutput", {}).get("paths", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Tell what each module took on each engine, and how often the oracle took each path."""
    took = seconds(list(chain.from_iterable(terminalreporter.stats.values())))
    if len(took) > 1:
        terminalreporter.section("seconds of each module, on each engine")
        for name in sorted(took, key=took.__getitem__, reverse=True):
            terminalreporter.line(f"{took[name]:7.1f}  {name}")
        terminalreporter.line(f"{sum(took.values()):7.1f}  all")
    paths = config.stash.get(PATHS, None)
    if paths:
        terminalreporter.section("paths of the oracle")
        for path, times in sorted(paths.items()):
            terminalreporter.line(f"{times:6}  {path}")


def seconds(reports: Iterable[object]) -> dict[str, float]:
    """How long the tests of each module took on each engine, with what they set up; what is shared, the first one."""
    took: defaultdict[str, float] = defaultdict(float)
    for report in reports:
        if isinstance(report, pytest.TestReport):
            engine = dict(report.user_properties).get("engine")
            module = Path(report.nodeid.partition("::")[0]).stem.removeprefix("test_")
            took[f"{module}, {engine}" if engine else module] += report.duration
    return took


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Engine]:
    """Give a running engine on a fresh folder; tests that kill engines make their own."""
    folder: Path = tmp_path_factory.mktemp("engine")
    engine = Engine(folder, statement_timeout=STATEMENT_TIMEOUT, heap="512m")
    await engine.start()
    yield engine
    await engine.stop()


def _watched(text: str, _parameters: Parameters) -> None:
    """Hold every compiled statement that any test sends to what all of them must be."""
    if text.startswith(COMPILED):
        assert flaws(text, MODEL) == [], text


@pytest.fixture(scope="session")
def production(tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    """Give a running Neo4j, which holds nothing; or skip, and say what to install."""
    with servers.neo4j(tmp_path_factory.mktemp("neo4j")) as server:
        yield server


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Generator[RedisServer]:
    """Give a running Redis, on which keys with its prefix are this run's; or skip, and say what to install."""
    with servers.redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="session")
def ckan(tmp_path_factory: pytest.TempPathFactory) -> Generator[CkanServer]:
    """Give a running CKAN, on which its organisation is this run's; or skip, and say what to install."""
    with servers.ckan(tmp_path_factory.mktemp("ckan")) as server:
        yield server


@pytest.fixture(scope="session")
def newest(tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    """Give a running Neo4j of 2026, which holds nothing; or skip, and say what to install."""
    with servers.neo4j(tmp_path_factory.mktemp("newest"), NEWEST) as server:
        yield server


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Generator[Provider]:
    """Give a running OpenID provider; or skip, and say what to install."""
    with openid(tmp_path_factory.mktemp("openid")) as provider:
        yield provider


@pytest.fixture(scope="session", params=ENGINES)
def server(request: pytest.FixtureRequest) -> Server:
    """Give each engine in its turn; whoever uses it, directly or by `graph`, runs on both."""
    shared = servers.of_environment("HUB_TEST_ARCADEDB", USER) if request.param == "arcadedb" else None
    if shared is not None:
        return shared
    found = request.getfixturevalue(_FIXTURES[request.param])
    return Server(found.url, found.user, found.password)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def graph(server: Server) -> AsyncGenerator[Graph]:
    """Give a graph on that server; tests use labels of their own, or clear what they need clear."""
    graph = await Graph.connect(server.url, server.user, server.password, statement_timeout=COLD_SECONDS)
    graph.observer = _watched
    yield graph
    await graph.close()
    with warnings.catch_warnings():
        # The driver leaves a socket to the collector where a read was cancelled while it connected.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=ENGINES)
async def own_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Server]:
    """Give each engine in its turn, for a module that compares and clears whole graphs: an engine of its own, or Neo4j.

    Neo4j Community has one database, so there the module clears what others left, and no other may use it meanwhile.
    """
    if request.param == "arcadedb":
        engine = Engine(tmp_path_factory.mktemp("own"), heap="512m")
        await engine.start()
        yield Server(engine.url, engine.user, engine.password)
        await engine.stop()
    else:
        production: Server = request.getfixturevalue("production")
        empty(production)
        yield production
        empty(production)
