"""`/graphql` over HTTP: who asks decides the answer, what is wrong is said in one shape, and nothing is ever a 500."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Final

import httpx
import jwt
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.applications import Starlette
from starlette.types import Message

from auth.grants import seed
from auth.rules import defaults
from auth.token import Key, Verifier
from catalog.shelves import Shelf
from hub.api.requests import LARGEST_BODY
from hub.api.schema import schema
from hub.app import application
from hub.compiler.cursors import Cursors
from hub.execution import Bounds, Execution
from hub.services import Services
from hub.settings import Settings
from schema.errors import Unavailable
from schema.graph import Graph, Row
from schema.scalars import parse
from schema.types import MODEL
from tests.oracle.graphs import Record, Stock, clear, load

ISSUER: Final = "https://login.example.vn"
AUDIENCE: Final = "hub"
KEY: Final = ec.generate_private_key(ec.SECP256R1())
OTHER_KEY: Final = ec.generate_private_key(ec.SECP256R1())
CANARY: Final = "canary-in-a-message-that-nobody-may-see"
FARMS: Final = "{ farms(orderBy: [{id: ASC}]) { totalCount nodes { id ownerName } } }"
ID_OF_FAULT: Final = 16

CELLS: Final[dict[str, dict[str, str]]] = {
    "Farm:A-1": {"name": "Trang trại 1", "custodian": "A", "visibility": "OPEN", "areaHa": "12.66", "ownerName": "An"},
    "Farm:A-2": {"name": "Trang trại 2", "custodian": "A", "visibility": "RESTRICTED", "ownerName": "Bình"},
    "Farm:B-1": {"name": "Trang trại 3", "custodian": "B", "visibility": "OPEN", "areaHa": "0.10", "ownerName": "Chi"},
    "Observation:1": {"custodian": "NSO", "visibility": "OPEN", "period": "2024", "value": "1234567890.123456"},
}


def stock() -> Stock:
    records: dict[str, Record] = {}
    for name, cells in CELLS.items():
        kind = MODEL.type(name.partition(":")[0])
        values = {field.name: parse(field, cells.get(field.name, "")) for field in kind.fields.values()}
        records[name] = Record(name, kind, values)
    return Stock(records, [])


def token(*roles: str, key: ec.EllipticCurvePrivateKey = KEY, **claims: object) -> str:
    now = int(time.time())
    said = {"iss": ISSUER, "aud": AUDIENCE, "sub": "an", "roles": roles, "iat": now, "exp": now + 3600, **claims}
    return jwt.encode(said, key, algorithm="ES256", headers={"kid": "k1", "typ": "at+jwt"})


def bearer(text: str) -> dict[str, str]:
    return {"authorization": f"Bearer {text}"}


STEWARD: Final = bearer(token("steward", agency="A"))
DEVELOPER: Final = bearer(token("developer", client_id="app"))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def app(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Starlette]:
    """Give the application over a few records and the first rules, for tokens of an issuer that is not the demo's."""
    await clear(graph, MODEL)
    await seed(graph, defaults(MODEL))
    await load(graph, MODEL, stock())
    folder: Path = tmp_path_factory.mktemp("endpoint")
    execution = Execution(graph, MODEL, schema.graphql, Cursors(b"of these tests"), Bounds())
    verifier = Verifier(ISSUER, AUDIENCE, {"k1": Key("ES256", KEY.public_key())})
    services = Services(Settings(data=folder), graph, None, execution, verifier, None, Shelf(folder / "releases"))
    yield application(services, "http://hub.test")
    await clear(graph, MODEL)


@pytest_asyncio.fixture(loop_scope="session")
async def client(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of that application."""
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as made:
        yield made


async def ask(
    client: httpx.AsyncClient, query: object, headers: dict[str, str] | None = None, **more: object
) -> httpx.Response:
    return await client.post("/graphql", json={"query": query, **more}, headers=headers)


def refused(answer: httpx.Response, code: str, status: int) -> dict[str, Any]:
    """The first error of an answer without data, every error being in the one shape."""
    assert answer.headers["content-type"] == "application/json"
    told = answer.json()
    assert "data" not in told
    assert told["errors"]
    for error in told["errors"]:
        assert error["message"]
        assert error["extensions"]["code"]
        assert error["extensions"]["vi"]
    assert (told["errors"][0]["extensions"]["code"], answer.status_code) == (code, status)
    return told["errors"][0]


async def test_post_and_get_answer_the_same(client: httpx.AsyncClient) -> None:
    query = "query($n: Int) { farms(first: $n, orderBy: [{id: ASC}]) { nodes { id } } }"
    posted = await ask(client, query, variables={"n": 1})
    gotten = await client.get("/graphql", params={"query": query, "variables": '{"n": 1}'})
    assert posted.json()["data"] == {"farms": {"nodes": [{"id": "Farm:A-1"}]}}
    assert gotten.content == posted.content
    assert posted.status_code == gotten.status_code == 200
    assert posted.headers["content-type"] == "application/json"
    assert posted.headers["cache-control"] == "private, no-store"


AGAIN: Final[dict[str, dict[str, Any]]] = {
    "a list": {"query": FARMS},
    "refused fields": {"query": "{ farms { nodes { ownerName } } products { totalCount } }"},
    "refused wholly": {"query": '{ farms(where: {ownerName: {eq: "An"}}) { totalCount } }'},
    "too dear": {"query": "{ farms(first: 100) { nodes { grows(first: 100) { nodes { id name } } } } }"},
    "too large a page": {"query": "{ farms(first: 1000) { totalCount } }"},
    "wrong variables": {"query": "query($n: Int) { farms(first: $n) { totalCount } }", "variables": {"n": "many"}},
    "the second": {"query": "query A { __typename } query B { farms { totalCount } }", "operationName": "B"},
    "the schema too": {"query": "{ farms { totalCount } __schema { queryType { name } } }"},
    "an exact number": {"query": '{ node(id: "Observation:1") { ... on Observation { value } } }'},
}


@pytest.mark.parametrize("name", AGAIN)
async def test_what_is_asked_again_is_answered_with_the_same_bytes_without_strawberry(
    client: httpx.AsyncClient, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {**AGAIN[name], "query": AGAIN[name]["query"] + "  # again"}
    headers = [{}, DEVELOPER, STEWARD]
    first = [await client.post("/graphql", json=asked, headers=each) for each in headers]

    def never(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(schema, "execute", never)
    for one, header in zip(first, headers, strict=True):
        again = await client.post("/graphql", json=asked, headers=header)
        assert (again.content, again.status_code) == (one.content, one.status_code)


async def test_a_mutation_that_was_asked_before_is_not_answered_to_get(client: httpx.AsyncClient) -> None:
    both = 'query Q { farms { totalCount } } mutation M { deleteFarms(input: ["Farm:A-9"]) { ids } }'
    for _ in range(2):
        await ask(client, both, operationName="Q")
        answer = await client.get("/graphql", params={"query": both, "operationName": "M"})
        refused(answer, "BAD_USER_INPUT", 405)
        unnamed = await ask(client, both)
        refused(unnamed, "BAD_USER_INPUT", 400)


async def test_one_query_is_answered_for_each_who_asks(client: httpx.AsyncClient) -> None:
    mine = await ask(client, FARMS, STEWARD)
    theirs = await ask(client, FARMS, DEVELOPER)
    anyones = await ask(client, FARMS)
    assert mine.json()["data"]["farms"] == {
        "totalCount": 3,
        "nodes": [
            {"id": "Farm:A-1", "ownerName": "An"},
            {"id": "Farm:A-2", "ownerName": "Bình"},
            {"id": "Farm:B-1", "ownerName": None},
        ],
    }
    for answer in (theirs, anyones):
        told = answer.json()
        assert answer.status_code == 200
        assert told["data"]["farms"] == {
            "totalCount": 2,
            "nodes": [{"id": "Farm:A-1", "ownerName": None}, {"id": "Farm:B-1", "ownerName": None}],
        }
        assert [error["extensions"]["code"] for error in told["errors"]] == ["FORBIDDEN"]
        assert "ownerName" in told["errors"][0]["message"]
        assert "ownerName" in told["errors"][0]["extensions"]["vi"]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer garbage",
        "Bearer a b",
        "Bearer  a.b.c",
        "Basic YTpi",
        "Token " + token(),
        "Bearer " + token(key=OTHER_KEY),
        "Bearer " + token(iss="https://other.example.vn"),
        "Bearer " + token(aud="other"),
        "Bearer " + token(iat=int(time.time()) - 900, exp=int(time.time()) - 300),
        "Bearer " + token("king"),
        "Bearer " + token()[:-4],
        "Bearer " + "a" * 20_000,
    ],
)
async def test_a_bad_token_is_never_taken_for_none(client: httpx.AsyncClient, header: str) -> None:
    answer = await ask(client, FARMS, {"authorization": header})
    refused(answer, "UNAUTHENTICATED", 401)
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert header[7:40] == "" or header[7:40] not in answer.text


async def test_two_authorization_headers_are_refused(client: httpx.AsyncClient) -> None:
    twice = [("authorization", STEWARD["authorization"]), ("authorization", DEVELOPER["authorization"])]
    answer = await client.post("/graphql", json={"query": FARMS}, headers=twice)
    refused(answer, "BAD_USER_INPUT", 400)


async def test_a_token_elsewhere_than_in_its_header_counts_for_nothing(client: httpx.AsyncClient) -> None:
    text = STEWARD["authorization"].removeprefix("Bearer ")
    anyones = await ask(client, FARMS)
    for name in ("access_token", "token", "authorization"):
        gotten = await client.get("/graphql", params={"query": FARMS, name: text})
        assert gotten.content == anyones.content
        baked = await ask(client, FARMS, {"cookie": f"{name}={text}"})
        assert baked.content == anyones.content


async def test_a_large_body_is_refused_unparsed(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/graphql", content=b"{" * (LARGEST_BODY + 1), headers={"content-type": "application/json"}
    )
    assert str(LARGEST_BODY) in refused(answer, "BAD_USER_INPUT", 413)["message"]


async def test_a_large_address_is_refused(app: Starlette) -> None:
    query = b"query=" + b"x" * LARGEST_BODY
    sent = await answered(app, scope("http", method="GET", headers=[], query_string=query), {})
    assert sent[0]["status"] == 414
    assert str(LARGEST_BODY).encode() in sent[1]["body"]


async def answered(app: Starlette, scope: dict[str, object], message: Message) -> list[Message]:
    """What is sent to one who sends the same message without end."""
    sent = list[Message]()

    async def receive() -> Message:
        sent.append({"type": "received"})
        return message

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


def scope(kind: str, **more: object) -> dict[str, object]:
    return {"type": kind, "path": "/graphql", "raw_path": b"/graphql", "root_path": "", "query_string": b"", **more}


POST: Final = scope("http", method="POST", headers=[(b"content-type", b"application/json")])


async def test_a_body_without_end_is_not_read_to_its_end(app: Starlette) -> None:
    sent = await answered(app, dict(POST), {"type": "http.request", "body": b" " * 1024, "more_body": True})
    received = [message for message in sent if message["type"] == "received"]
    assert len(received) == LARGEST_BODY // 1024 + 1
    assert sent[len(received)]["status"] == 413


async def test_a_body_that_breaks_off_is_no_fault_of_ours(app: Starlette, caplog: pytest.LogCaptureFixture) -> None:
    sent = await answered(app, dict(POST), {"type": "http.disconnect"})
    assert sent[1]["status"] == 400
    assert caplog.records == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b'{"query": "{ farms { totalCount } }\xff"}',
        b'{"query": "\\ud800"}',
        b"{",
        b"null",
        b"5",
        b'"text"',
        b"{}",
        b'{"query": null}',
        b'{"query": ""}',
        b'{"query": 5}',
        b'{"query": ["{ farms { totalCount } }"]}',
        b'{"query": "{ farms { totalCount } }", "variables": "x"}',
        b'{"query": "{ farms { totalCount } }", "variables": [1]}',
        b'{"query": "{ farms { totalCount } }", "variables": NaN}',
        b'{"query": "{ farms { totalCount } }", "operationName": 5}',
        b'{"query": "{ farms { totalCount } }", "operationName": {"a": 1}}',
        b'{"query": "{ farms { totalCount } }", "operationName": "Other"}',
        b'{"query": "query A { farms { totalCount } } query B { farms { totalCount } }"}',
        b'[{"query": "{ farms { totalCount } }"}]',
        b"[]",
        b"[" * 30_000,
        b'{"query": ' * 6_000,
        b'{"query": "query($f: Int) { farms(first: $f) { totalCount } }", "variables": {"f": "many"}}',
        b'{"query": "query($f: Int!) { farms(first: $f) { totalCount } }"}',
        b'{"query": "subscription { farms { totalCount } }"}',
    ],
)
async def test_a_wrong_request_is_told_so(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/graphql", content=body, headers={"content-type": "application/json"})
    refused(answer, "BAD_USER_INPUT", 400)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"query": ""},
        {"query": FARMS, "variables": "{"},
        {"query": FARMS, "variables": "[1]"},
        {"query": FARMS, "operationName": "Other"},
        {"query": "subscription { farms { totalCount } }"},
    ],
)
async def test_a_wrong_address_is_told_so(client: httpx.AsyncClient, params: dict[str, str]) -> None:
    refused(await client.get("/graphql", params=params), "BAD_USER_INPUT", 400)


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_a_body_of_another_kind_is_refused(client: httpx.AsyncClient, kind: str) -> None:
    answer = await client.post("/graphql", content=json.dumps({"query": FARMS}), headers={"content-type": kind})
    refused(answer, "BAD_USER_INPUT", 415)


async def test_a_charset_is_no_other_kind(client: httpx.AsyncClient) -> None:
    kind = "Application/JSON; charset=utf-8"
    answer = await client.post("/graphql", content=json.dumps({"query": FARMS}), headers={"content-type": kind})
    assert answer.status_code == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "QUERY"])
async def test_other_methods_are_refused(client: httpx.AsyncClient, method: str) -> None:
    answer = await client.request(method, "/graphql")
    refused(answer, "BAD_USER_INPUT", 405)
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"


LONG = ("9" * 5_000, "-0." + "9" * 5_000)
NO_DOCUMENTS = ["{", "farms", "{ farms( ) }", "# nothing", "{ a b c " + "d " * 3_000 + "}"]


@pytest.mark.parametrize("query", [*NO_DOCUMENTS, *(f"{{ farms(first: {one}) {{ totalCount }} }}" for one in LONG)])
async def test_a_text_that_is_no_document(client: httpx.AsyncClient, query: str) -> None:
    error = refused(await ask(client, query), "GRAPHQL_PARSE_FAILED", 400)
    assert error["locations"]


@pytest.mark.parametrize(
    "query",
    [
        "{ ships { totalCount } }",
        "{ farms { totalCount(first: 1) } }",
        "{ farms }",
        "{ farms(first: true) { totalCount } }",
        "{ farms(where: {areaHa: {gt: true}}) { totalCount } }",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
    ],
)
async def test_a_document_that_does_not_fit_the_schema(client: httpx.AsyncClient, query: str) -> None:
    for _ in range(2):  # the second time the document is known
        refused(await ask(client, query), "GRAPHQL_VALIDATION_FAILED", 400)


@pytest.mark.parametrize("levels", [30, 300, 600])
@pytest.mark.parametrize(
    ("opening", "closing", "within"),
    [
        ("locatedIn { farms { nodes { ", "} } } ", "{ farms { nodes { %s id %s } } }"),
        ("... on Farm { ", "} ", "{ farms { nodes { %s id %s } } }"),
        ("ofType { ", "} ", "{ __schema { types { fields { type { %s name %s } } } } }"),
        ("{not: ", "}", '{ farms(where: %s {id: {eq: "x"}} %s) { totalCount } }'),
        ("[", "]", '{ farms(where: {id: {in: %s "x" %s}}) { totalCount } }'),
    ],
)
async def test_deep_documents_are_refused(
    client: httpx.AsyncClient, levels: int, opening: str, closing: str, within: str
) -> None:
    answer = await ask(client, within % (opening * levels, closing * levels))
    assert answer.status_code in ({200, 400} if levels == 30 else {400})
    if answer.status_code == 400:
        refused(answer, answer.json()["errors"][0]["extensions"]["code"], 400)


@pytest.mark.parametrize("levels", [300, 900])
async def test_deep_variables_are_refused(client: httpx.AsyncClient, levels: int) -> None:
    where = '{"not": ' * levels + "{}" + "}" * levels
    query = "query($w: FarmWhere) { farms(where: $w) { totalCount } }"
    body = f'{{"query": "{query}", "variables": {{"w": {where}}}}}'
    answer = await client.post("/graphql", content=body, headers={"content-type": "application/json"})
    refused(answer, "BAD_USER_INPUT", 400)


async def test_what_is_too_dear_is_told_its_price(client: httpx.AsyncClient) -> None:
    dear = "{ areas(first: 100) { nodes { farms(first: 100) { nodes { grows(first: 5) { nodes { id } } } } } } }"
    error = refused(await ask(client, dear), "TOO_COSTLY", 400)
    for text in (error["message"], error["extensions"]["vi"]):
        assert "`60100`" in text
        assert "10000" in text
        assert "`areas.farms.grows`" in text


async def test_every_answer_tells_its_cost_and_what_it_might_have_been(client: httpx.AsyncClient) -> None:
    modest = "{ areas(first: 3) { nodes { farms(first: 4) { nodes { id } } } } }"
    dear = "{ areas(first: 100) { nodes { farms(first: 100) { nodes { id } } } } }"
    for _ in range(2):  # the second time neither is read or priced again
        assert (await ask(client, modest)).json()["extensions"] == {"cost": {"records": 15, "bound": 10_000}}
        assert (await ask(client, modest, DEVELOPER)).json()["extensions"]["cost"]["bound"] == 50_000
        assert (await ask(client, dear)).json()["extensions"] == {"cost": {"records": 10_100, "bound": 10_000}}
    assert (await ask(client, "{ __typename }")).json()["extensions"]["cost"]["records"] == 0
    assert (await ask(client, "mutation { __typename }")).json()["extensions"]["cost"]["records"] == 0
    assert "extensions" not in (await ask(client, "{ nothing }")).json()


async def test_a_signed_in_client_may_ask_for_more(client: httpx.AsyncClient) -> None:
    query = "{ areas(first: 100) { nodes { farms(first: 100) { nodes { locatedIn { id } } } } } }"
    refused(await ask(client, query), "TOO_COSTLY", 400)
    assert (await ask(client, query, DEVELOPER)).status_code == 200


def broken(error: Exception) -> Callable[..., object]:
    async def read(*_: object, **__: object) -> list[Row]:
        raise error

    return read


async def test_a_fault_is_masked_and_logged_under_its_id(
    client: httpx.AsyncClient, graph: Graph, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(graph, "read_together", broken(ZeroDivisionError(CANARY)))
    with caplog.at_level(logging.ERROR):
        answer = await ask(client, FARMS)
    error = refused(answer, "INTERNAL", 500)
    found = error["extensions"]["id"]
    assert len(found) == ID_OF_FAULT
    assert found in error["message"]
    assert found in error["extensions"]["vi"]
    assert CANARY not in answer.text + str(answer.headers)
    assert "ZeroDivisionError" not in answer.text
    assert found in caplog.text
    assert CANARY in caplog.text


@pytest.mark.parametrize("part", ["parse", "validate"])
async def test_a_fault_before_execution_is_masked_too(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, part: str
) -> None:
    def broke(*_: object, **__: object) -> None:
        raise ZeroDivisionError(CANARY)

    monkeypatch.setattr(
        {"parse": "hub.api.extension.parse", "validate": "strawberry.schema.schema.validate"}[part], broke
    )
    answer = await ask(client, f"# not seen before: {part}\n{FARMS}")
    found = refused(answer, "INTERNAL", 500)["extensions"]["id"]
    assert CANARY not in answer.text
    assert found in caplog.text
    assert CANARY in caplog.text


async def test_without_the_graph_the_answer_is_503(
    client: httpx.AsyncClient, graph: Graph, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(graph, "read_together", broken(Unavailable("nghỉ", "resting")))
    error = refused(await ask(client, FARMS), "UNAVAILABLE", 503)
    assert (error["message"], error["extensions"]["vi"]) == ("resting", "nghỉ")
    assert caplog.records == []
    monkeypatch.undo()
    assert (await ask(client, FARMS)).status_code == 200


async def test_a_browser_is_shown_the_explorer(client: httpx.AsyncClient) -> None:
    page = await client.get("/graphql", headers={"accept": "text/html,*/*;q=0.8"})
    assert page.status_code == 307
    assert page.headers["location"] == "/explorer"
    shown = await client.get("/explorer", headers={"accept": "text/html"}, follow_redirects=True)
    assert shown.status_code == 200
    assert "<html" in shown.text
    asked = await client.get("/graphql", params={"query": FARMS}, headers={"accept": "text/html,*/*;q=0.8"})
    assert asked.json()["data"]["farms"]["totalCount"] == 2


async def test_the_schema_and_the_pulse_have_addresses(client: httpx.AsyncClient) -> None:
    told = await client.get("/schema.graphql")
    assert told.text == schema.as_str()
    assert told.headers["content-type"].startswith("text/plain")
    assert (await client.get("/healthz")).json() == {"status": "ok"}


async def test_a_web_socket_is_refused(app: Starlette) -> None:
    opening = scope("websocket", headers=[], subprotocols=["graphql-transport-ws"])
    sent = await answered(app, opening, {"type": "websocket.connect"})
    assert [message["type"] for message in sent] == ["websocket.close"]


async def test_sixteen_at_once_are_each_answered_their_own(client: httpx.AsyncClient) -> None:
    askers = [STEWARD, DEVELOPER, {}, bearer("garbage")] * 4
    answers = await asyncio.gather(*(ask(client, FARMS, asker) for asker in askers))
    assert [answer.status_code for answer in answers] == [200, 200, 200, 401] * 4
    assert [answer.json()["data"]["farms"]["totalCount"] for answer in answers if answer.status_code == 200] == [
        3,
        2,
        2,
    ] * 4


async def test_one_operation_is_one_statement(client: httpx.AsyncClient, graph: Graph) -> None:
    query = "{ farms { nodes { locatedIn { observations { nodes { indicator { inSector { name } } } } } } } }"
    await ask(client, query)
    before = graph.statements
    assert (await ask(client, query)).status_code == 200
    assert graph.statements == before + 1


async def test_decimals_are_exact(client: httpx.AsyncClient) -> None:
    answer = await ask(client, "{ farms(orderBy: [{id: ASC}]) { nodes { areaHa } } observations { nodes { value } } }")
    assert b'"nodes":[{"areaHa":12.66},{"areaHa":0.1}]' in answer.content
    assert b'"value":1234567890.123456}' in answer.content


async def test_introspection_is_answered_beside_data(client: httpx.AsyncClient) -> None:
    answer = await ask(client, "{ a: __typename farms { totalCount } __schema { queryType { name } } }")
    assert answer.json()["data"] == {
        "a": "Query",
        "farms": {"totalCount": 2},
        "__schema": {"queryType": {"name": "Query"}},
    }
