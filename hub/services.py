"""The composition root: from the settings to running parts, opened in order and closed in the reverse."""

import os
import secrets
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from auth.grants import seed
from auth.rules import defaults
from auth.token import DemoIssuer, Verifier
from catalog.shelves import Shelf
from hub.api.schema import schema
from hub.compiler.cursors import Cursors
from hub.execution import Bounds, Execution
from hub.settings import Settings
from schema.constraints import uniques
from schema.engine import Engine
from schema.errors import ConfigError
from schema.graph import Graph
from schema.types import MODEL

Say = Callable[[str, str], None]
"""Tells a person what happens now, in Vietnamese and English."""


@dataclass(frozen=True, slots=True)
class Services:
    """The running parts of one hub; `engine` is None where the graph is another's, `issuer` where tokens are."""

    settings: Settings
    graph: Graph
    engine: Engine | None
    execution: Execution
    verifier: Verifier
    issuer: DemoIssuer | None
    shelf: Shelf


@asynccontextmanager
async def opened(settings: Settings, say: Say) -> AsyncGenerator[Services]:
    """Open everything; ConfigError or Unavailable, in one line, where something cannot be."""
    _folder(settings.data)
    async with AsyncExitStack() as stack:
        engine: Engine | None = None
        if settings.graph_url:
            say("đang nối tới đồ thị", "connecting to the graph")
            address = (settings.graph_url, settings.graph_user, settings.graph_password)
            database: str | None = settings.graph_database
        else:
            say("đang khởi động máy đồ thị", "starting the graph engine")
            engine = Engine(
                settings.data / "graph", statement_timeout=settings.statement_timeout, heap=settings.engine_heap
            )
            await engine.start()
            stack.push_async_callback(engine.stop)
            address, database = (engine.url, engine.user, engine.password), None
        graph = await Graph.connect(*address, database=database, statement_timeout=settings.statement_timeout)
        stack.push_async_callback(graph.close)
        await graph.define(uniques(MODEL))
        await seed(graph, defaults(MODEL))
        cursors = Cursors(_cursor_secret(settings))
        bounds = Bounds(settings.cost_anonymous, settings.cost_client)
        execution = Execution(graph, MODEL, schema.graphql, cursors, bounds)
        issuer, verifier = _tokens(settings)
        yield Services(settings, graph, engine, execution, verifier, issuer, Shelf(settings.data / "releases"))


def _tokens(settings: Settings) -> tuple[DemoIssuer | None, Verifier]:
    """The verifier that the settings name, or the demo issuer's own, which is for trial alone."""
    if settings.issuer:
        raise ConfigError(
            f"chưa hỗ trợ bên cấp token `{settings.issuer}`; hãy để trống HUB_ISSUER",
            f"the token issuer `{settings.issuer}` is not supported yet; leave HUB_ISSUER empty",
        )
    issuer = DemoIssuer(settings.data)
    return issuer, issuer.verifier()


def _cursor_secret(settings: Settings) -> bytes:
    """The secret of the settings, or one made at the first start and kept for its owner alone."""
    if settings.cursor_secret:
        return settings.cursor_secret.encode()
    kept = settings.data / "cursor.key"
    try:
        descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return kept.read_bytes()
    with os.fdopen(descriptor, "wb") as file:
        file.write(made := secrets.token_bytes(32))
    return made


def _folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigError(
            f"không tạo được thư mục dữ liệu `{folder}`: {error.strerror}; hãy chọn thư mục khác ở HUB_DATA",
            f"the data folder `{folder}` cannot be made: {error.strerror}; choose another in HUB_DATA",
        ) from None
