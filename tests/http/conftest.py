"""A hub over a few records, asked without a network and at a socket of its own."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import httpx
import pytest
import pytest_asyncio
import uvicorn
from starlette.applications import Starlette

from auth.grants import seed
from auth.rules import defaults
from auth.token import DemoIssuer
from catalog.shelves import Shelf
from hub.api.schema import schema
from hub.app import application
from hub.compiler.cursors import Cursors
from hub.execution import Bounds, Execution
from hub.services import Services
from hub.settings import Settings
from schema.graph import Graph
from schema.scalars import parse
from schema.types import MODEL
from tests.oracle.graphs import Record, Stock, clear, load

FARMS: Final = "{ farms(first: 100, orderBy: [{id: ASC}]) { totalCount nodes { id name } } }"
OWNERS: Final = "{ farms(orderBy: [{id: ASC}]) { nodes { id ownerName } } }"
"""Answered to a visitor in part, with an error."""
NUMBER: Final = 40
"""Of farms: an answer with all of them is worth compressing."""


def stock() -> Stock:
    """Farms of one agency; the first is its own affair."""
    kind, records = MODEL.type("Farm"), dict[str, Record]()
    for number in range(NUMBER):
        visibility = "OPEN" if number else "RESTRICTED"
        cells = {"name": f"Trang trại {number}", "custodian": "A", "visibility": visibility, "ownerName": "An"}
        values = {field.name: parse(field, cells.get(field.name, "")) for field in kind.fields.values()}
        records[f"Farm:A-{number}"] = Record(f"Farm:A-{number}", kind, values)
    return Stock(records, [])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def services(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Services]:
    """Give the parts of that hub."""
    await clear(graph, MODEL)
    await seed(graph, defaults(MODEL))
    await load(graph, MODEL, stock())
    folder: Path = tmp_path_factory.mktemp("http")
    issuer = DemoIssuer(folder)
    execution = Execution(graph, MODEL, schema.graphql, Cursors(b"of these tests"), Bounds())
    yield Services(Settings(data=folder), graph, None, execution, issuer.verifier(), issuer, Shelf(folder / "releases"))
    await clear(graph, MODEL)


@pytest.fixture(scope="module")
def app(services: Services) -> Starlette:
    """Give its application."""
    return application(services, "http://hub.test")


@pytest.fixture(scope="module")
def steward(services: Services) -> dict[str, str]:
    """Give the header of a steward of the farms' agency."""
    assert services.issuer is not None
    return {"authorization": f"Bearer {services.issuer.issue('an', ['steward'], 'A')}"}


@pytest_asyncio.fixture(loop_scope="session")
async def client(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of it."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://hub.test") as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def port(app: Starlette) -> AsyncIterator[int]:
    """Give the port at which it is served, by the parser of HTTP that `hub serve` has."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", http="httptools")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[door]))
        yield door.getsockname()[1]
        server.should_exit = True
        await serving
