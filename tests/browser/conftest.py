"""A served site and a browser that may reach nothing else."""

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
import uvicorn
from graphql import build_schema, graphql_sync  # pyright: ignore[reportUnknownVariableType] - half typed
from playwright.async_api import Browser, Page, Route, async_playwright, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route as Door

from catalog.datasets import DATASETS
from catalog.metadata import Dataset
from catalog.publish import publish
from catalog.shelves import Shelf
from hub.api.schema import schema
from hub.pages import Site, handlers, read_queries, routes
from tests.test_pages import NODES, QUERIES

CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_THERE = CHROMIUM.is_file()
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=30_000)
"""A busy machine is no failure."""
STEWARD = "the-token-of-a-steward"
_SDL = build_schema(schema.as_str())


@dataclass
class Visit:
    """A page of its own, with what went wrong on it: refused requests, errors, messages of the console."""

    page: Page
    refused: list[str] = field(default_factory=list[str])
    errors: list[str] = field(default_factory=list[str])


async def _answer(request: Request) -> Response:
    """Stands in for the hub's endpoint: the real schema, a few records, and one field that a steward alone may see."""
    asked = await request.json()
    steward = request.headers.get("authorization") == f"Bearer {STEWARD}"
    farm = {
        "__typename": "Farm",
        "name": "Trang trại hư cấu 1",
        "origin": "FICTIONAL",
        "visibility": "OPEN",
        "areaHa": 3.25,
        "ownerName": "Chủ hư cấu" if steward else None,
        "ownerPhone": None,
        "yearlyRevenue": 120 if steward else None,
        "locatedIn": {"name": "Đà Nẵng"},
    }
    area = {
        "code": "48",
        "name": "Đà Nẵng",
        "nameEn": "Da Nang",
        "areaKm2": 11859.59,
        "partOf": {"name": "Miền Trung"},
    }
    roots = {
        "areas": {"totalCount": 34, "nodes": [area, {**area, "code": "56", "name": "Khánh Hòa", "partOf": None}]},
        "farms": {"totalCount": 1, "nodes": [farm]},
    }
    done = graphql_sync(_SDL, asked["query"], roots, variable_values=asked.get("variables"))
    body: dict[str, object] = {"data": done.data} if done.data is not None else {}
    errors = [{**each.formatted, "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}} for each in done.errors or ()]
    if "ownerName" in asked["query"] and not steward:
        said = {
            "code": "FORBIDDEN",
            "vi": "bạn chưa được xem `Farm.ownerName`",
            "en": "you may not read `Farm.ownerName`",
        }
        errors.append({"message": said["en"], "path": ["farms", "nodes", 0, "ownerName"], "extensions": said})
    return JSONResponse({**body, **({"errors": errors} if errors else {})})


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def base(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[str]:
    """The address of a site that is served while the tests run."""
    shelf = Shelf(tmp_path_factory.mktemp("browser-shelf"))
    for slug, nodes in NODES.items():

        async def rows(
            _dataset: Dataset, held: Sequence[Mapping[str, object]] = nodes
        ) -> AsyncIterator[Sequence[Mapping[str, object]]]:
            yield held

        await publish(DATASETS[slug], rows, shelf, epoch=1, versions={}, now=datetime(2026, 11, 22, tzinfo=UTC))
    site = Site(DATASETS, shelf, "http://127.0.0.1", demo=True, queries=read_queries(QUERIES))
    app = Starlette(
        routes=[*routes(site), Door("/graphql", _answer, methods=["POST"])], exception_handlers=handlers(site)
    )
    async with served(app) as address:
        yield address


@asynccontextmanager
async def served(app: Starlette) -> AsyncGenerator[str]:
    """The address of an application while it is served."""
    door = socket.create_server(("127.0.0.1", 0))  # a browser that comes early waits at it
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[door]))
    yield f"http://127.0.0.1:{door.getsockname()[1]}"
    server.should_exit = True
    await serving


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncGenerator[Browser]:
    """The system's Chromium."""
    if not CHROMIUM_THERE:
        pytest.skip("no /usr/bin/chromium: install Debian's packages chromium and fonts-noto-core")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        await browser.close()


class Visits:
    """Opens pages, each in a profile of its own, and lets none of them reach anything but the site."""

    def __init__(self, browser: Browser, base: str) -> None:
        self._browser = browser
        self.base = base

    @asynccontextmanager
    async def __call__(self, path: str, *, width: int = 1280, scripts: bool = True) -> AsyncGenerator[Visit]:
        """A page at that address; at the end nothing may have been refused, and no error may stand."""
        context = await self._browser.new_context(
            viewport={"width": width, "height": 800}, java_script_enabled=scripts, accept_downloads=True
        )
        visit = Visit(await context.new_page())

        async def guard(route: Route) -> None:
            if route.request.url.startswith((f"{self.base}/", "data:")):
                await route.continue_()
            else:
                visit.refused.append(route.request.url)
                await route.abort()

        await context.route("**/*", guard)
        visit.page.on("pageerror", lambda error: visit.errors.append(str(error)))
        visit.page.on("console", lambda said: visit.errors.append(said.text) if said.type == "error" else None)
        await visit.page.goto(self.base + path)
        yield visit
        await context.close()
        assert visit.refused == []
        assert visit.errors == []


@pytest.fixture
def visits(browser: Browser, base: str) -> Visits:
    """Give a way to open pages of the served site."""
    return Visits(browser, base)
