"""Canaries: a mark in every secret and protected value; whatever is asked, no answer and no line of the log has it."""

import asyncio
import base64
import json
import logging
import os
import signal
import socket
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import quote

import httpx
import pytest
import pytest_asyncio
from neo4j.exceptions import AuthError, ClientError, CypherSyntaxError, ServiceUnavailable, TransientError
from redis.exceptions import ConnectionError as RedisConnectionError

from auth.token import DemoIssuer
from hub.app import application
from hub.cli.server import listen, serve
from hub.cli.work import named, publish
from hub.services import Services, opened
from hub.settings import Settings, table
from schema.graph import Graph
from schema.scalars import parse
from schema.types import MODEL
from tests.conftest import ENGINES
from tests.oracle.graphs import Record, Stock, load
from tests.services.redis import OwnRedis
from tests.services.servers import own_neo4j, pid_of

pytestmark = [pytest.mark.services, pytest.mark.no_cover]  # a Redis of its own

SECRETS: Final[Mapping[str, str]] = {
    "HUB_CURSOR_SECRET": "canary-cursor-0123456789-abcdefghijk",
    "HUB_CKAN_TOKEN": "canary-ckan-token-of-an-editor",
    "HUB_REDIS_URL": "canary-redis-password",
}
PROTECTED: Final = "canary-protected-owner"
HIDDEN: Final = "canary-hidden-record"
ASKED: Final = "canary-in-what-was-asked"
CLOSED: Final = "canary-in-an-error-of-a-driver"
FARMS: Final = "{ farms(first: 5, orderBy: [{id: ASC}]) { totalCount nodes { id name ownerName } } }"
MEANT: Final = {
    "BAD_USER_INPUT",
    "FORBIDDEN",
    "GRAPHQL_PARSE_FAILED",
    "GRAPHQL_VALIDATION_FAILED",
    "NOT_FOUND",
    "TOO_COSTLY",
    "UNAUTHENTICATED",
}
"""The codes that these requests bring out; INTERNAL and UNAVAILABLE are those of errors beneath, further down."""
PAGES: Final = (
    *("/", "/vi", "/en", "/data", "/en/data", "/developers", "/explorer", "/console", "/en/console"),
    *("/data/doanh-nghiep-niem-yet", "/en/data/doanh-nghiep-niem-yet", "/data/doanh-nghiep-niem-yet/latest/csv"),
    *("/data/doanh-nghiep-niem-yet/latest/json", "/data/doanh-nghiep-niem-yet/latest/parquet"),
    *("/catalog.ttl", "/catalog.jsonld", "/catalog.rdf", "/schema.graphql", "/healthz", "/readyz", "/metrics"),
    *("/nothing", f"/data/{ASKED}", f"/{ASKED}?token={ASKED}", "/data/x/1/data.csv", "/static/0/app.css"),
    *("/..%2f..%2fcursor.key", "/static/x/..%2f..%2fdemo-issuer.pem", "/data/..%2f..%2fcursor.key/latest/csv"),
    *("/.env", "/cursor.key", "/demo-issuer.pem", "/graphql/", "/%00", "/data/" + "a" * 3_000),
)


def record(key: str, of_type: str, **cells: str) -> Record:
    of = MODEL.type(of_type)
    return Record(key, of, {one.name: parse(one, cells.get(one.name, "")) for one in of.fields.values()})


def stock() -> Stock:
    """Open and closed records; what is protected is marked, and so is every text of a record that nobody sees."""
    usual = {"custodian": "A", "visibility": "OPEN", "name": "Trang trại"}
    listed = {"custodian": "A", "visibility": "OPEN", "origin": "FACT", "kind": "ENTERPRISE", "name": "Công ty"}
    records = [
        record("Farm:A-1", "Farm", **usual, ownerName=PROTECTED, ownerPhone=PROTECTED),
        record("Farm:A-2", "Farm", **{**usual, "visibility": "RESTRICTED", "name": HIDDEN}, ownerName=PROTECTED),
        record("Business:A-1", "Business", **listed, symbol="AAA", ownerName=PROTECTED),
        record("Business:A-2", "Business", **{**listed, "visibility": "RESTRICTED", "name": HIDDEN}, symbol="BBB"),
    ]
    return Stock({one.id: one for one in records}, [])


@dataclass
class Hub:
    """A hub that listens, what it stands on, and all that it answered."""

    services: Services
    client: httpx.AsyncClient
    redis: OwnRedis
    kill: Callable[[], None]
    canaries: Mapping[str, str]
    told: list[str] = field(default_factory=list[str])
    codes: set[str] = field(default_factory=set[str])

    async def ask(self, method: str, path: str, **sent: Any) -> httpx.Response:  # noqa: ANN401 - as httpx takes it
        """Ask, and keep the whole answer: status line, header fields, body."""
        answer = await self.client.request(method, path, **sent)
        head = "\n".join(f"{name}: {text}" for name, text in answer.headers.multi_items())
        self.told.append(f"{answer.status_code} {answer.reason_phrase}\n{head}\n\n{answer.content.decode('latin-1')}")
        if "json" in answer.headers.get("content-type", "") and path.startswith("/graphql"):
            errors = answer.json().get("errors", ())
            self.codes |= {each["extensions"]["code"] for each in errors}
        return answer

    async def query(self, text: str, token: str = "", **more: object) -> httpx.Response:
        """Ask the GraphQL address by POST."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return await self.ask("POST", "/graphql", json={"query": text, **more}, headers=headers)

    def found_in(self, texts: Iterator[str] | list[str]) -> set[str]:
        """Which canaries stand in these, plain or in a usual spelling."""
        every = "\n".join(texts)
        return {name for name, text in self.canaries.items() if any(form in every for form in spellings(text))}


def spellings(text: str) -> set[str]:
    raw = text.encode()
    return {text, quote(text, safe=""), base64.b64encode(raw).decode().rstrip("="), raw.hex(), json.dumps(text)[1:-1]}


@pytest.fixture(scope="module", params=ENGINES)
def beneath(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[dict[str, str], int]]:
    """Give the settings of the graph, and the process to kill where it is not the hub's own."""
    if request.param == "arcadedb":
        yield {}, 0
        return
    folder = tmp_path_factory.mktemp("beneath")
    with own_neo4j(folder) as server:
        yield {"HUB_GRAPH_URL": server.url, "HUB_GRAPH_PASSWORD": server.password}, pid_of(folder)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Give what ends all that a test began, however it ends."""
    with ExitStack() as stack:
        yield stack


@pytest_asyncio.fixture(loop_scope="session")
async def hub(beneath: tuple[dict[str, str], int], tmp_path: Path, stack: ExitStack) -> AsyncGenerator[Hub]:
    """Give a hub with a canary in every secret that settings know, on an engine and a Redis of its own."""
    graph_settings, process = beneath
    redis = OwnRedis(tmp_path)
    stack.callback(redis.kill)
    redis.start("--requirepass", SECRETS["HUB_REDIS_URL"])
    with socket.create_server(("127.0.0.1", 0)) as free:
        dead = free.getsockname()[1]
    given = {
        **SECRETS,
        **graph_settings,
        "HUB_DATA": str(tmp_path / "data"),
        "HUB_PORT": "0",
        "HUB_ENGINE_HEAP": "512m",
        "HUB_REDIS_URL": redis.url.replace("redis://", f"redis://:{SECRETS['HUB_REDIS_URL']}@"),
        "HUB_CKAN_URL": f"http://127.0.0.1:{dead}",
    }
    assert {one.variable for one in table() if one.secret} - {"HUB_GRAPH_PASSWORD"} == SECRETS.keys()
    settings = Settings.from_environment(given)
    async with opened(settings, lambda _vi, _en: None) as services:
        engine = services.engine
        await load(services.graph, MODEL, stock())
        await publish(services, named(("doanh-nghiep-niem-yet",)))
        pem = (settings.data / "demo-issuer.pem").read_text("ascii").splitlines()
        canaries = {
            **SECRETS,
            "HUB_GRAPH_PASSWORD": settings.graph_password if engine is None else engine.password,
            "signing key": pem[1],
            "protected value": PROTECTED,
            "hidden record": HIDDEN,
            "error of a driver": CLOSED,
        }
        assert all(len(text) > 12 for text in canaries.values())

        def kill() -> None:
            os.kill(process if engine is None else engine.pid, signal.SIGKILL)

        async with served(services, settings) as client:
            yield Hub(services, client, redis, kill, canaries)


@asynccontextmanager
async def served(services: Services, settings: Settings) -> AsyncGenerator[httpx.AsyncClient]:
    """Give a client of the hub, over a real connection."""
    up, done = asyncio.Event(), asyncio.Event()

    async def ready() -> bool:
        up.set()
        await done.wait()
        return False

    with closing(listen(settings)) as listening:
        base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        serving = asyncio.create_task(serve(application(services, base), listening, ready))
        await up.wait()
        async with httpx.AsyncClient(base_url=base, timeout=60) as client:
            yield client
        done.set()
        await serving


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Give every record of every logger, down to the lowest level."""
    caplog.set_level(logging.NOTSET)
    with ExitStack() as stack:
        for name in ("hub", "schema", "uvicorn", "uvicorn.error", "uvicorn.asgi"):
            stack.enter_context(caplog.at_level(1, name))
        yield caplog


def written(lines: pytest.LogCaptureFixture) -> Iterator[str]:
    """Each record with its traceback and all that it carries."""
    form = logging.Formatter("%(levelname)s %(name)s %(message)s")
    return (f"{form.format(each)} {vars(each)!r}" for each in lines.records)


@asynccontextmanager
async def failing(graph: Graph, error: Exception) -> AsyncGenerator[None]:
    """Have every read of the graph end so, where the driver's own errors come from."""
    inside = cast("Any", graph)
    kept = inside._read_once

    async def read(*_: object) -> None:
        raise error

    inside._read_once = read
    try:
        yield
    finally:
        inside._read_once = kept


async def asked_widely(hub: Hub) -> None:
    """Requests of every kind, good and bad, by each who may ask."""
    issuer = hub.services.issuer
    assert isinstance(issuer, DemoIssuer)
    developer = issuer.issue("app", ["developer"], None, client="app")
    stranger = issuer.issue("mai", ["steward"], "B")
    officer = issuer.issue("an", ["officer"], "B")
    closed = '{ farms(where: {ownerName: {startsWith: "canary"}}) { totalCount } }'
    grouped = "{ farms { aggregate(groupBy: [{field: ownerName}]) { count } } }"
    texts = [
        *(FARMS, closed, grouped, '{ node(id: "Farm:A-2") { id } }', '{ farms(after: "x") { nodes { id } } }'),
        *("{", "{ nothing }", "{ farms(first: true) { totalCount } }", "{ __schema { types { name } } }"),
        "{ areas(first: 100) { nodes { farms(first: 100) { nodes { locatedIn { name } } } } } }",
        f'{{ farms(where: {{name: {{eq: "{ASKED}"}}}}) {{ totalCount }} }}',
        f'{{ farms(where: {{areaHa: {{gt: "{ASKED}"}}}}) {{ totalCount }} }}',
        f'mutation {{ revokePermission(id: "{ASKED}") {{ inForceSince }} }}',
        f'mutation {{ deleteFarms(ids: ["Farm:A-2", "Farm:{ASKED}"], idempotencyKey: "1") {{ deleted }} }}',
        "{ permissions { rules { id assignee } } }",
        "{ permissionHistory { rules { id } } }",
    ]
    for token in ("", developer, stranger, officer):
        for text in texts:
            await hub.query(text, token)
            await hub.ask("GET", "/graphql", params={"query": text, "variables": f'{{"a": "{ASKED}"}}'})
    for bad in (ASKED, f"{developer}x", developer[:-3], "a.b.c"):
        await hub.query(FARMS, bad)
    sent: list[dict[str, Any]] = [
        {"content": ASKED.encode()},
        {"content": b"\xff" + ASKED.encode(), "headers": {"content-type": "application/json"}},
        {"data": {"query": FARMS, "x": ASKED}},
        {"files": {"operations": ASKED.encode()}},
        {"json": [{"query": FARMS}]},
        {"json": {"query": FARMS, "extensions": {"purpose": ASKED + "\n"}}},
        {"json": {"query": FARMS, "operationName": ASKED}},
        {"json": {"query": FARMS}, "headers": {"cookie": ASKED, "referer": ASKED, "x-request-id": "of-a-proxy-1"}},
    ]
    for each in sent:
        await hub.ask("POST", "/graphql", **each)
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", ASKED.upper()):
        await hub.ask(method, "/graphql")
    upgrade = {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "YQ==",
    }
    await hub.ask("GET", "/graphql", headers=upgrade)


async def shared_in_conflict(hub: Hub) -> None:
    """Codes that only who may change something is told."""
    assert hub.services.issuer is not None
    steward = hub.services.issuer.issue("lan", ["steward"], "A")
    grant = "mutation ($i: PermissionInput!) { grantPermission(input: $i) { rules { id } } }"
    of = {"to": "client:app", "type": "Farm", "fields": ["ownerName"], "basisVi": "thử"}
    await hub.query(grant, steward, variables={"i": {**of, "type": "Ship"}})
    await hub.query('mutation { revokePermission(id: "HUB/none") { inForceSince } }', steward)


async def every_page(hub: Hub) -> None:
    for path in PAGES:
        for method in ("GET", "HEAD", "POST"):
            await hub.ask(method, path, headers={"accept": "text/html"})
            await hub.ask(method, path)


ERRORS: Final[tuple[Exception, ...]] = (
    AuthError(CLOSED),
    ClientError(CLOSED),
    CypherSyntaxError(CLOSED),
    ServiceUnavailable(CLOSED),
    TransientError(CLOSED),
    RedisConnectionError(CLOSED),
    socket.gaierror(-2, CLOSED),
    OSError(13, CLOSED, f"/{CLOSED}"),
    TimeoutError(CLOSED),
    KeyError(CLOSED),
    UnicodeDecodeError("utf-8", CLOSED.encode(), 0, 1, CLOSED),
    RecursionError(CLOSED),
    MemoryError(CLOSED),
)


async def test_an_error_beneath_is_masked_and_its_id_finds_the_line(
    hub: Hub, lines: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schema.graph._READ_PATIENCE", 0.0)  # how long a lost server is waited for is another's to show
    assert hub.services.issuer is not None
    owner = await hub.query(FARMS, hub.services.issuer.issue("lan", ["steward"], "A"))
    assert hub.found_in([owner.text]) == {"protected value", "hidden record"}  # who may see them does, and is noticed
    hub.told.clear()
    ids = list[str]()
    for error in ERRORS:
        async with failing(hub.services.graph, error):
            answers = [
                await hub.query(FARMS + f"# {error!r:.20}"),
                await hub.ask("GET", "/graphql", params={"query": FARMS}),
            ]
            await hub.ask("GET", "/readyz")
            await hub.ask("GET", "/metrics")
        told = [each.json()["errors"][0] for each in answers]
        assert {each["extensions"]["code"] for each in told} <= {"INTERNAL", "UNAVAILABLE", "BAD_USER_INPUT"}, error
        ids += [each["extensions"]["id"] for each in told if each["extensions"]["code"] == "INTERNAL"]
    assert len(ids) >= len(ERRORS)
    assert hub.found_in(hub.told) == set()
    faults = [each.getMessage() for each in lines.records if each.name == "hub.requests" and each.exc_info]
    assert all(any(found in line for line in faults) for found in ids)
    # What an error beneath says is for the operator; what else is secret is not even for them.
    assert hub.found_in(written(lines)) <= {"error of a driver"}


async def test_no_answer_and_no_line_has_a_canary(hub: Hub, lines: pytest.LogCaptureFixture) -> None:
    """Whatever is asked; the graph is killed in the end, so this test is the module's last."""
    await asked_widely(hub)
    await shared_in_conflict(hub)
    await every_page(hub)
    hub.redis.kill()
    for _ in range(4):
        await asyncio.gather(*(hub.query(FARMS) for _ in range(3)))
    assert (await hub.ask("GET", "/readyz")).json()["checks"]["redis"]["status"] == "failed"
    hub.kill()
    await asyncio.gather(
        hub.query(FARMS), hub.ask("GET", "/graphql", params={"query": FARMS}), hub.ask("GET", "/metrics")
    )
    await asyncio.gather(*(hub.ask("GET", path) for path in ("/readyz", "/data", "/catalog.ttl", "/healthz", "/")))
    assert len(hub.told) > 250
    assert hub.found_in(hub.told) == set()
    assert hub.found_in(written(lines)) == set()
    ours = [text for text, each in zip(written(lines), lines.records, strict=True) if each.name.startswith("hub")]
    assert [text for text in ours if ASKED in text] == []
    assert any("farms" in text for text in hub.told)
    assert hub.codes >= MEANT
