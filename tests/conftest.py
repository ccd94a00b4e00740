"""What tests share: one engine and one graph for the whole session."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio

from schema.engine import Engine
from schema.graph import Graph

STATEMENT_TIMEOUT = 3.0
"""Long for any statement of a test, short for the tests that wait for it."""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Engine]:
    """Give a running engine on a fresh folder; tests that kill engines make their own."""
    folder: Path = tmp_path_factory.mktemp("engine")
    engine = Engine(folder, statement_timeout=STATEMENT_TIMEOUT, heap="512m")
    await engine.start()
    yield engine
    await engine.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def graph(engine: Engine) -> AsyncGenerator[Graph]:
    """Give a graph on that engine; tests use labels of their own, or clear what they need clear."""
    graph = await Graph.connect(engine.url, engine.user, engine.password, statement_timeout=STATEMENT_TIMEOUT)
    yield graph
    await graph.close()
