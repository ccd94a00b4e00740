"""What is no request of GraphQL over HTTP is refused with the status that says why, and before it costs anything."""

import asyncio
import json
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import quote

import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import Message

from hub.api.requests import LARGEST_BODY

FARMS: Final = "{ farms { totalCount } }"
ASKED: Final = b'{"query": "{ farms { totalCount } }"}'
JSON: Final = {"content-type": "application/json"}
PATIENCE: Final = 30.0
"""Only ends a test that has failed already."""


def refused(answer: httpx.Response, status: int) -> str:
    """What a refusal says, in English."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    told: dict[str, Any] = answer.json()
    assert set(told) == {"errors"}
    assert told["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert told["errors"][0]["extensions"]["vi"]
    return str(told["errors"][0]["message"])


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "empty"),
        (b"   ", "not JSON"),
        (b"\xef\xbb\xbf" + ASKED, "not JSON"),
        (ASKED.decode().encode("utf-16"), "not JSON"),
        (b"null", "one JSON object"),
        (b"7", "one JSON object"),
        (b"[" + ASKED + b"]", "batches"),
        (b"[" + ASKED + b"," + ASKED + b"]", "batches"),
        (b"[]", "batches"),
        (ASKED + ASKED, "not JSON"),
        (ASKED + b"\0", "not JSON"),
        (b'{"query": "{ farms { totalCount } }\xff"}', "not JSON"),
        (b'{"query": "{ farms { totalCount } } # \xc0\xaf"}', "not JSON"),
        (b'{"query": "{ farms { totalCount } } # \xed\xa0\x80"}', "not JSON"),
        (b'{"query": "{ farms { totalCount } } # \\ud800"}', "not JSON"),
        (b'{"query": "{ farms { totalCount } }", "query": "{ areas { totalCount } }"}', "twice"),
        (b'{"query": "{ farms { totalCount } }", "qu\\u0065ry": "{ areas { totalCount } }"}', "twice"),
        (b'{"query": "{ farms { totalCount } }", "variables": {"a": {"b": 1, "c": 2, "b": 1}}}', "twice"),
        (b'{"query": "{ farms { totalCount } }", "variables": {"a": [{"": 1, "": 2}]}}', "twice"),
        (b'{"query": "{ farms { totalCount } } # \\": :\\\\", "variables": {"a": 1, "a": 1}}', "twice"),
        (b'{"query": "{ farms { totalCount } }", "variables": {"a": NaN}}', "not JSON"),
        (b'{"query": "{ farms { totalCount } }", "variables": {"a": Infinity}}', "not JSON"),
        (b'{"query": "{ farms { totalCount } }", "variables": {"a": -Infinity}}', "not JSON"),
        (b'{"query": "{ farms { totalCount } }", "variables": {"a": 1e999}}', "not JSON"),
        (b'{"query": "{ farms { totalCount } }", "variables": ' + b"[" * 2_000 + b"]" * 2_000 + b"}", "not JSON"),
        (b'{"query": "{ farms { totalCount } }", "variables": ' + b'{"a":' * 2_000 + b"1" + b"}" * 2_001, "not JSON"),
        (b'{"query": "{ farms { totalCount } }", "variables": 0}', "`variables` must be"),
        (b'{"query": "{ farms { totalCount } }", "variables": false}', "`variables` must be"),
        (b'{"query": "{ farms { totalCount } }", "operationName": 0}', "`operationName` must be"),
        (b'{"query": "{ farms { totalCount } }", "operationName": []}', "`operationName` must be"),
        (b'{"query": "{ farms { totalCount } }", "extensions": false}', "`extensions` must be"),
        (b'{"query": "{ farms { totalCount } }", "extensions": "{}"}', "`extensions` must be"),
    ],
)
async def test_a_wrong_body_is_told_what_is_wrong(client: httpx.AsyncClient, body: bytes, says: str) -> None:
    answer = await client.post("/graphql", content=body, headers=JSON)
    assert says in refused(answer, 400)


@pytest.mark.parametrize(
    "body",
    [
        b'{"query": "{ farms(where: {name: {eq: \\"a: \\\\\\\\\\"}}) { totalCount } }"}',
        b'{"query": "{ farms { totalCount } } # \\": \\": {:", "variables": {"a": {"a": [{"a": ":"}, {"a": "\\\\"}]}}}',
        b'{"query": "{ farms { totalCount } }", "variables": null, "operationName": "", "extensions": {}, "id": "1"}',
        b'{"query": "{ farms { totalCount } }", "variables": {"a": ' + b"[" * 1_000 + b"]" * 1_000 + b"}}",
    ],
)
async def test_what_only_looks_wrong_is_answered(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/graphql", content=body, headers=JSON)
    assert (answer.status_code, list(answer.json())) == (200, ["data", "extensions"])


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("query=a&query=a", "twice"),
        ("query=&query=a", "twice"),
        (f"query={quote(FARMS)}&variables=%7B%7D&variables=%7B%7D", "twice"),
        (f"query={quote(FARMS)}%FF", "UTF-8"),
        (f"query={quote(FARMS)}&variables=%7B%22a%22:1,%22a%22:2%7D", "twice"),
        (f"query={quote(FARMS)}&variables=NaN", "not JSON"),
        (f"query={quote(FARMS)}&variables=0", "`variables` must be"),
        (f"query={quote(FARMS)}&extensions=%22x%22", "`extensions` must be"),
        ("query=", "missing"),
    ],
)
async def test_a_wrong_address_is_told_what_is_wrong(client: httpx.AsyncClient, query: str, says: str) -> None:
    assert says in refused(await client.get(f"/graphql?{query}"), 400)


async def test_an_address_is_read_as_utf_8(client: httpx.AsyncClient) -> None:
    query = '{ farms(where: {name: {eq: "Trang trại 7"}}) { nodes { id } } }'
    answer = await client.get(f"/graphql?query={quote(query)}&variables=&operationName=&other=1&other=2")
    assert answer.json()["data"] == {"farms": {"nodes": [{"id": "Farm:A-7"}]}}


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "",
        "text/plain",
        "text/json",
        "application/graphql",
        "application/jsonp",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain; x=application/json",
        "application/json, text/plain",
        "application/json; charset=utf-16",
        "application/json; charset=latin1",
    ],
)
async def test_another_kind_of_body_is_415(client: httpx.AsyncClient, kind: str | None) -> None:
    answer = await client.post("/graphql", content=ASKED, headers={} if kind is None else {"content-type": kind})
    assert "Content-Type" in refused(answer, 415)
    assert answer.headers["accept-post"] == "application/json"


@pytest.mark.parametrize("kind", ["APPLICATION/JSON", 'application/json; charset="UTF-8"', "application/json;a=b"])
async def test_json_is_known_however_it_is_written(client: httpx.AsyncClient, kind: str) -> None:
    assert (await client.post("/graphql", content=ASKED, headers={"content-type": kind})).status_code == 200


async def test_a_compressed_body_is_415(client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", content=ASKED, headers={**JSON, "content-encoding": "gzip"})
    assert "compressed" in refused(answer, 415)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE"])
async def test_another_method_is_405(client: httpx.AsyncClient, method: str) -> None:
    answer = await client.request(method, "/graphql")
    assert method in refused(answer, 405)
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"


async def test_to_read_is_not_to_write(client: httpx.AsyncClient) -> None:
    query = "query Read { __typename } mutation Write { __typename }"
    posted = await client.post("/graphql", json={"query": query, "operationName": "Write"})
    assert posted.json()["data"] == {"__typename": "Mutation"}
    for method in ("GET", "HEAD"):
        read = await client.request(method, "/graphql", params={"query": query, "operationName": "Read"})
        assert read.status_code == 200
        wrote = await client.request(method, "/graphql", params={"query": query, "operationName": "Write"})
        assert (wrote.status_code, wrote.headers["allow"]) == (405, "POST")


# Lengths.


def padded(length: int) -> bytes:
    """A right request of that many bytes."""
    return ASKED + b" " * (length - len(ASKED))


async def test_a_body_may_have_just_the_bound(client: httpx.AsyncClient) -> None:
    assert (await client.post("/graphql", content=padded(LARGEST_BODY), headers=JSON)).status_code == 200
    answer = await client.post("/graphql", content=padded(LARGEST_BODY + 1), headers=JSON)
    assert str(LARGEST_BODY) in refused(answer, 413)


@pytest.mark.parametrize("length", [str(LARGEST_BODY + 1), "999999999", "1" + "0" * 5_000])
async def test_a_body_that_says_that_it_is_too_large_is_not_read(app: Starlette, length: str) -> None:
    sent = list[Message]()

    async def receive() -> Message:
        pytest.fail("it was read")

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json"), (b"content-length", length.encode())]
    await app(scope(headers), receive, send)
    assert sent[0]["status"] == 413
    assert (b"connection", b"close") in sent[0]["headers"]


def scope(headers: list[tuple[bytes, bytes]]) -> dict[str, object]:
    paths = {"path": "/graphql", "raw_path": b"/graphql", "root_path": "", "query_string": b""}
    return {"type": "http", "method": "POST", "headers": headers, **paths}


async def spoken(port: int, *parts: bytes) -> bytes:
    """What comes back until the connection ends, where these parts are sent one after the other."""
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for part in parts:
            writer.write(part)
            await writer.drain()
        answer = await reader.read()
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
        return answer


def head(*lines: str) -> bytes:
    first = ("POST /graphql HTTP/1.1", "host: hub.test", "content-type: application/json")
    return "\r\n".join((*first, *lines, "", "")).encode()


def statuses(answer: bytes) -> list[int]:
    """The statuses of the answers that stand one after the other."""
    return [int(line.split()[1]) for line in answer.splitlines() if line.startswith(b"HTTP/1.1 ")]


def chunk(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(body), body)


async def test_a_large_body_is_answered_before_it_is_sent(port: int) -> None:
    answer = await spoken(port, head("content-length: 1000000000", "expect: 100-continue"))
    assert statuses(answer) == [413]


async def test_chunks_without_a_length_are_read_up_to_the_bound(port: int) -> None:
    answer = await spoken(port, head("transfer-encoding: chunked"), *[chunk(b" " * 1024)] * 65)
    assert statuses(answer) == [413]


async def test_a_request_in_chunks_is_answered(port: int) -> None:
    parts = [chunk(ASKED[at : at + 1]) for at in range(len(ASKED))]
    answer = await spoken(port, head("transfer-encoding: chunked", "connection: close"), *parts, b"0\r\n\r\n")
    assert statuses(answer) == [200]
    assert b'{"data":{"farms":{"totalCount":39}}' in answer


@pytest.mark.parametrize(
    ("lines", "body"),
    [
        (["content-length: 37", "transfer-encoding: chunked"], chunk(ASKED) + b"0\r\n\r\n"),
        (["transfer-encoding: chunked", "content-length: 0"], chunk(ASKED) + b"0\r\n\r\n"),
        (["content-length: 37", "content-length: 36"], ASKED),
        (["content-length: -1"], ASKED),
        (["content-length: many"], ASKED),
        (["content-length: 1" + "0" * 40], ASKED),
        (["transfer-encoding: chunked"], b"many\r\n" + ASKED),
        (["transfer-encoding: chunked"], b"-1\r\n" + ASKED),
    ],
)
async def test_a_length_that_can_be_read_in_two_ways_is_never_answered(
    port: int, lines: list[str], body: bytes
) -> None:
    answer = await spoken(port, head(*lines), body)
    assert statuses(answer) == [400]


async def test_what_stands_behind_a_short_length_is_not_taken_for_the_body(port: int) -> None:
    answer = await spoken(port, head("content-length: 5"), ASKED)
    assert set(statuses(answer)) == {400}
    assert b"totalCount" not in answer


@pytest.mark.parametrize("name", ["accept", "if-none-match", "cookie", "x-request-id", "origin", "accept-encoding"])
async def test_a_very_long_header_harms_nobody(port: int, name: str) -> None:
    values: Iterable[str] = ("a" * 60_000, ",".join(["a"] * 30_000), ";q=" * 20_000)
    for value in values:
        answer = await spoken(port, head(f"{name}: {value}", "content-length: 37", "connection: close"), ASKED)
        assert statuses(answer) in ([[406]] if name == "accept" else [[200]])


async def test_reading_the_head_alone_gives_the_head_alone(port: int) -> None:
    query = quote(json.dumps(FARMS)[1:-1])
    answers = [
        await spoken(port, f"{method} /graphql?query={query} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n".encode())
        for method in ("GET", "HEAD")
    ]
    (told, body), (alone, nothing) = (answer.split(b"\r\n\r\n") for answer in answers)
    assert body.startswith(b'{"data":{"farms":{"totalCount":39}}')
    assert not nothing
    assert {line.split(b":")[0] for line in told.splitlines()} == {line.split(b":")[0] for line in alone.splitlines()}
    assert f"content-length: {len(body)}".encode() in alone
