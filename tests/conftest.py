"""What tests share: one engine and one graph for the whole session."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio

from schema.engine import Engine
from schema.graph import Graph, Parameters
from schema.types import MODEL
from tests.oracle.operations import PATHS
from tests.oracle.statements import COMPILED, flaws

STATEMENT_TIMEOUT = 3.0
"""Long for any statement of a test, short for the tests that wait for it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--oracle-operations", type=int, default=300, help="how many operations the oracle makes up")
    parser.addoption("--oracle-seed", type=int, default=1, help="the seed that they are made from")
    parser.addoption("--rewrite-cases", action="store_true", help="write what tests/cases expects anew, to be read")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Tell how often the oracle took each path."""
    paths = config.stash.get(PATHS, None)
    if paths:
        terminalreporter.section("paths of the oracle")
        for path, times in sorted(paths.items()):
            terminalreporter.line(f"{times:6}  {path}")


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


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def graph(engine: Engine) -> AsyncGenerator[Graph]:
    """Give a graph on that engine; tests use labels of their own, or clear what they need clear."""
    graph = await Graph.connect(engine.url, engine.user, engine.password, statement_timeout=STATEMENT_TIMEOUT)
    graph.observer = _watched
    yield graph
    await graph.close()
