"""The log: one record for each request whatever it holds, an id that the asker has too, nothing of what was asked."""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Final, cast

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from auth.token import DemoIssuer
from catalog.shelves import Shelf
from hub import logs
from hub.api.schema import schema
from hub.app import application
from hub.cli.server import address, listen, serve
from hub.compiler.cursors import Cursors
from hub.execution import Bounds, Execution
from hub.observed import Observed
from hub.services import Services
from hub.settings import Settings
from schema.errors import Unavailable
from schema.graph import Graph
from schema.types import MODEL

CANARY: Final = "canary-that-no-line-may-hold"
OWN_ID: Final = re.compile(r"[0-9a-f]{16}")

Ask = Callable[..., Any]


class Broken:
    """A graph that fails as it is told to."""

    dialect: Final = "arcadedb"
    statements: Final = 0

    def __init__(self) -> None:
        self.error: Exception = Unavailable("nghỉ", "resting")

    async def read(self, *_: object) -> list[object]:
        """Fail."""
        raise self.error

    read_together = read


@pytest.fixture
def graph() -> Broken:
    """Give a graph that answers nothing; what is tested here happens before or around it."""
    return Broken()


@pytest.fixture
def app(graph: Broken, tmp_path: Path) -> Starlette:
    """Give the application over that graph."""
    reached = cast("Graph", graph)
    execution = Execution(reached, MODEL, schema.graphql, Cursors(b"of these tests"), Bounds())
    verifier = DemoIssuer(tmp_path).verifier()
    services = Services(Settings(data=tmp_path), reached, None, execution, verifier, None, Shelf(tmp_path / "r"))
    return application(services, "http://hub.test")


@pytest_asyncio.fixture(loop_scope="session")
async def client(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of that application."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://hub.test") as made:
        yield made


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Give the records of the hub, down to those that are not written as a rule."""
    caplog.set_level(logging.DEBUG, "hub")
    return caplog


def only(lines: pytest.LogCaptureFixture) -> logging.LogRecord:
    (record,) = lines.records
    return record


def said(record: logging.LogRecord) -> dict[str, Any]:
    names = ("request_id", "method", "route", "status", "ms", "outcome", "faults")
    return {name: getattr(record, name) for name in names if hasattr(record, name)}


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/vi", ("GET", "/vi", 200, "OK")),
        ("GET", "/", ("GET", "/", 200, "OK")),
        ("GET", f"/data/{CANARY}?token={CANARY}", ("GET", "/data/{slug}", 404, "NOT_FOUND")),
        ("GET", f"/{CANARY}/{CANARY}", ("GET", "-", 404, "NOT_FOUND")),
        ("POST", "/schema.graphql", ("POST", "/schema.graphql", 405, "BAD_USER_INPUT")),
        ("BREW", "/", ("-", "/", 405, "BAD_USER_INPUT")),
        ("PUT", "/graphql", ("PUT", "/graphql", 405, "BAD_USER_INPUT")),
        ("GET", f"/graphql?query={{{CANARY}}}", ("GET", "/graphql", 400, "GRAPHQL_PARSE_FAILED")),
        ("GET", "/graphql?query={farms{nodes{id}}}", ("GET", "/graphql", 503, "UNAVAILABLE")),
    ],
)
async def test_a_request_is_one_line_with_the_template_of_its_address(
    client: httpx.AsyncClient, lines: pytest.LogCaptureFixture, method: str, path: str, expected: tuple[object, ...]
) -> None:
    answer = await client.request(method, path, headers={"referer": CANARY})
    record = only(lines)
    told = said(record)
    assert (told["method"], told["route"], told["status"], told["outcome"]) == expected
    assert told["status"] == answer.status_code
    assert told["request_id"] == answer.headers["x-request-id"]
    assert OWN_ID.fullmatch(told["request_id"])
    assert told["ms"] >= 0
    assert record.levelno == logging.INFO
    assert CANARY not in record.getMessage() + repr(told)


async def test_a_hundred_errors_are_one_line(client: httpx.AsyncClient, lines: pytest.LogCaptureFixture) -> None:
    text = "{" + " ".join(f"f{number}" for number in range(100)) + "}"
    answer = await client.post("/graphql", json={"query": text})
    assert len(answer.json()["errors"]) == 100
    record = only(lines)
    assert said(record)["outcome"] == "GRAPHQL_VALIDATION_FAILED"
    assert record.exc_info is None


async def test_a_bad_token_is_in_no_line(client: httpx.AsyncClient, lines: pytest.LogCaptureFixture) -> None:
    await client.post("/graphql", json={"query": "{ x }"}, headers={"authorization": f"Bearer {CANARY}"})
    record = only(lines)
    assert said(record)["outcome"] == "UNAUTHENTICATED"
    assert CANARY not in repr(vars(record))


async def test_a_fault_has_the_id_of_its_request_everywhere(
    client: httpx.AsyncClient, graph: Broken, lines: pytest.LogCaptureFixture
) -> None:
    graph.error = ZeroDivisionError(CANARY)
    answer = await client.post(
        "/graphql", json={"query": "{farms{nodes{id}}}"}, headers={"x-request-id": "from-proxy.1"}
    )
    (error,) = answer.json()["errors"]
    record = only(lines)
    assert error["extensions"]["id"] == answer.headers["x-request-id"] == said(record)["request_id"] == "from-proxy.1"
    assert "from-proxy.1" in error["message"]
    assert (record.levelno, said(record)["outcome"], said(record)["faults"]) == (logging.ERROR, "INTERNAL", 1)
    assert record.exc_info is not None
    assert record.exc_info[1] is graph.error
    assert CANARY not in answer.text


@pytest.mark.parametrize(
    "given", ["short", "x" * 65, "with space 1", "a/b/c/d/e", "ünïcode-1", "-leading-1", 'quote"12345', ""]
)
async def test_an_id_of_an_unsafe_form_is_not_taken(client: httpx.AsyncClient, given: str) -> None:
    answer = await client.get("/healthz", headers=[(b"x-request-id", given.encode())])
    assert OWN_ID.fullmatch(answer.headers["x-request-id"])


async def test_of_two_ids_none_is_taken(client: httpx.AsyncClient) -> None:
    two = [("x-request-id", "first-id-1"), ("x-request-id", "second-id-2")]
    answer = await client.get("/healthz", headers=two)
    assert OWN_ID.fullmatch(answer.headers["x-request-id"])


async def test_a_pulse_is_not_worth_a_line(client: httpx.AsyncClient, lines: pytest.LogCaptureFixture) -> None:
    await client.get("/healthz")
    assert [record.levelno for record in lines.records] == [logging.DEBUG]


async def test_requests_at_once_keep_their_own_ids(client: httpx.AsyncClient, lines: pytest.LogCaptureFixture) -> None:
    ids = [f"request-{number:02}" for number in range(20)]
    answers = await asyncio.gather(
        *(client.post("/graphql", json={"query": "{x}"}, headers={"x-request-id": each}) for each in ids)
    )
    assert [answer.headers["x-request-id"] for answer in answers] == ids
    assert sorted(said(record)["request_id"] for record in lines.records) == ids


def wrapped(endpoint: Callable[[Request], Any]) -> Starlette:
    routes = [Route("/thing/{name}", endpoint)]
    observed = Middleware(Observed, routes=routes, unexpected=lambda _request, _error: Response("sorry", 500))
    return Starlette(routes=routes, middleware=[observed])


async def get(app: Starlette) -> httpx.Response:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as client:
        return await client.get(f"/thing/{CANARY}")


async def test_a_page_that_fails_is_answered_and_written_once(lines: pytest.LogCaptureFixture) -> None:
    def fails(_: Request) -> Response:
        raise ZeroDivisionError(CANARY)

    answer = await get(wrapped(fails))
    assert (answer.status_code, answer.text) == (500, "sorry")
    record = only(lines)
    assert (said(record)["route"], said(record)["outcome"]) == ("/thing/{name}", "INTERNAL")


async def test_what_is_logged_on_the_way_carries_the_id(capsys: pytest.CaptureFixture[str]) -> None:
    def warns(_: Request) -> Response:
        logging.getLogger("other").warning("beware")
        return PlainTextResponse("fine")

    with logs.written("json"):
        answer = await get(wrapped(warns))
    warning, line = (json.loads(each) for each in capsys.readouterr().err.splitlines())
    assert warning["request_id"] == line["request_id"] == answer.headers["x-request-id"]
    assert (warning["message"], warning["level"], warning["logger"]) == ("beware", "WARNING", "other")
    assert {name: line[name] for name in ("level", "logger", "method", "route", "status", "outcome")} == {
        "level": "INFO",
        "logger": "hub.requests",
        "method": "GET",
        "route": "/thing/{name}",
        "status": 200,
        "outcome": "OK",
    }
    assert re.match(r"\d{4}-\d\d-\d\dT", line["time"])


def streaming(_: Request) -> Response:
    async def half() -> AsyncIterator[str]:
        yield "half"
        raise ZeroDivisionError(CANARY)

    return StreamingResponse(half())


async def test_an_answer_that_breaks_off_is_one_line_of_the_real_server(capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(port=0)
    with logs.written("json"), listen(settings) as opened:

        async def ready() -> bool:
            async with httpx.AsyncClient() as client:
                with pytest.raises(httpx.RemoteProtocolError):
                    await client.get(f"{address(settings, opened)}/thing/1")
            return False

        await serve(wrapped(streaming), opened, ready)
    (line,) = (json.loads(each) for each in capsys.readouterr().err.splitlines())
    assert (line["status"], line["outcome"], line["faults"]) == (200, "INTERNAL", 1)
    assert "ZeroDivisionError" in line["trace"]


async def test_a_request_that_is_cut_off_is_written_too(lines: pytest.LogCaptureFixture) -> None:
    reached = asyncio.Event()

    async def hangs(_: Request) -> Response:
        reached.set()
        await asyncio.Event().wait()
        raise AssertionError("it went on")

    asking = asyncio.create_task(get(wrapped(hangs)))
    await reached.wait()
    asking.cancel()
    await asyncio.wait([asking])
    record = only(lines)
    assert (said(record)["status"], said(record)["outcome"]) == (0, "CUT_OFF")


def test_a_fault_outside_a_request_is_written_at_once(lines: pytest.LogCaptureFixture) -> None:
    found = logs.fault(ZeroDivisionError("of a command"))
    record = only(lines)
    assert found in record.getMessage()
    assert record.exc_info is not None


@pytest.mark.parametrize(
    ("form", "terminal", "is_json"),
    [("", True, False), ("", False, True), ("json", True, True), ("plain", False, False)],
)
async def test_the_form_fits_who_reads(
    *, form: str, terminal: bool, is_json: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    with logs.written(form):
        answer = await get(wrapped(lambda _: PlainTextResponse("fine")))
    (line,) = capsys.readouterr().err.splitlines()
    found = answer.headers["x-request-id"]
    if is_json:
        assert json.loads(line)["request_id"] == found
    else:
        assert re.fullmatch(rf"INFO hub\.requests: request {found} GET /thing/\{{name}} 200 [\d.]+ OK", line)


def test_writing_ends_as_it_began(capsys: pytest.CaptureFixture[str]) -> None:
    root, ours = logging.getLogger(), logging.getLogger("hub")
    before = (root.level, ours.level, list(root.handlers))
    with logs.written("plain"):
        assert (root.level, ours.level) == (logging.WARNING, logging.INFO)
    assert (root.level, ours.level, list(root.handlers)) == before
    logging.getLogger("hub").info("nobody hears this")
    assert capsys.readouterr().err == ""
