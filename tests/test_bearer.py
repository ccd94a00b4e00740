"""Hostile tokens at a hub that listens: 401 in one shape, whatever is wrong with them, and nothing breaks."""

import asyncio
import json
import logging
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from auth.grants import seed
from auth.rules import defaults
from auth.token import LONGEST_TOKEN, Key, Verifier
from catalog.shelves import Shelf
from hub.api.schema import schema
from hub.app import application
from hub.cli.server import listen, serve
from hub.compiler.cursors import Cursors
from hub.execution import Bounds, Execution
from hub.services import Services
from hub.settings import Settings
from schema.graph import Graph
from schema.types import MODEL
from tests.oracle.graphs import clear
from tests.tokens.classes import HOSTILE
from tests.tokens.forging import AUDIENCE, CURVE, ISSUER, NOW, said, token
from tests.tokens.mutations import mutations

QUERY: Final = json.dumps({"query": "{ farms { totalCount } }"}).encode()
AT_ONCE: Final = 16
EACH_TIME_ANOTHER: Final = frozenset({"date", "x-request-id"})
LETTERS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=")
"""What a token in a field may be written with."""
EXPIRED: Final = {
    "exp past",
    "exp at the end of the leeway",
    "times: exp long past",
    "times: exp a second past the leeway",
}
"""The tokens of the corpus that were good once: their owner may be told."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as it came over the wire; of the headers, those that may not depend on the token."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def port(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[int]:
    """Give the port of a hub that trusts the issuer of the corpus, at the second for which that is made."""
    await clear(graph, MODEL)
    await seed(graph, defaults(MODEL))
    folder: Path = tmp_path_factory.mktemp("bearer")
    execution = Execution(graph, MODEL, schema.graphql, Cursors(b"of these tests"), Bounds())
    verifier = Verifier(ISSUER, AUDIENCE, {"k1": Key("ES256", CURVE.public_key())}, clock=lambda: NOW)
    settings = Settings(data=folder, port=0)
    services = Services(settings, graph, None, execution, verifier, None, Shelf(folder / "releases"))
    up, done = asyncio.Event(), asyncio.Event()

    async def ready() -> bool:
        up.set()
        await done.wait()
        return False

    with closing(listen(settings)) as listening:
        serving = asyncio.create_task(serve(application(services, "http://hub.test"), listening, ready))
        await up.wait()
        yield listening.getsockname()[1]
        done.set()
        await serving
    await clear(graph, MODEL)


async def asked(port: int, *fields: bytes) -> Answered:
    """Ask by POST with these header fields as they are, over a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [b"POST /graphql HTTP/1.1", b"host: hub.test", b"connection: close", b"content-type: application/json"]
    writer.write(b"\r\n".join([*lines, b"content-length: %d" % len(QUERY), *fields, b"", QUERY]))
    raw = await reader.read(-1)
    writer.close()
    await writer.wait_closed()
    head, _, body = raw.partition(b"\r\n\r\n")
    status, *told = head.decode("latin-1").split("\r\n")
    pairs = (line.split(": ", 1) for line in told)
    headers = tuple(sorted((name.lower(), text) for name, text in pairs if name.lower() not in EACH_TIME_ANOTHER))
    return Answered(int(status.split()[1]), headers, body)


async def told_to(port: int, tokens: Iterable[str]) -> list[Answered]:
    """What each of these tokens is told, in their order, some at once."""
    few = asyncio.Semaphore(AT_ONCE)

    async def one(text: str) -> Answered:
        async with few:
            return await asked(port, b"authorization: Bearer " + text.encode("utf-8", "surrogatepass"))

    return await asyncio.gather(*map(one, tokens))


def may_be_sent(text: str) -> bool:
    """Whether a field of HTTP may hold this: no control letters, and no blanks at its end, which may be cut off."""
    return text == text.rstrip(" \t") and not any(letter < " " or letter == "\x7f" for letter in text)


async def test_a_good_token_is_taken(port: int) -> None:
    (answer,) = await told_to(port, [token()])
    assert (answer.status, json.loads(answer.body)["data"]) == (200, {"farms": {"totalCount": 0}})


async def test_every_hostile_token_is_told_the_same(port: int, caplog: pytest.LogCaptureFixture) -> None:
    sent = {name: text for name, text in HOSTILE.items() if may_be_sent(text)}
    assert len(sent) > 700
    with caplog.at_level(logging.DEBUG):
        answers = dict(zip(sent, await told_to(port, sent.values()), strict=True))
    assert {answer.status for answer in answers.values()} == {401}
    assert all(
        dict(answer.headers)["www-authenticate"] == 'Bearer error="invalid_token"' for answer in answers.values()
    )
    shapes = Counter(answers.values())
    errors = {answer: json.loads(answer.body)["errors"] for answer in shapes}
    assert all(len(each) == 1 and each[0]["extensions"].keys() == {"code", "vi"} for each in errors.values())
    # One that was good once, one that is no token by its letters or its length, and all others.
    by_message = {each[0]["message"].split(":")[0]: answer for answer, each in errors.items()}
    assert by_message.keys() == {
        "the token has expired",
        "the token is not valid",
        "the `Authorization` header is not valid",
    }
    assert len(shapes) == len(by_message)
    assert {name for name in sent if answers[name] == by_message["the token has expired"]} == EXPIRED
    unread = {name for name in sent if answers[name] == by_message["the `Authorization` header is not valid"]}
    assert all(len(sent[name]) > LONGEST_TOKEN or not set(sent[name]) <= LETTERS for name in unread if sent[name])
    faults = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert faults == []
    assert token().split(".")[1][:60] not in caplog.text


async def test_what_no_field_may_hold_is_refused_too(port: int) -> None:
    unsendable = {name: text for name, text in HOSTILE.items() if not may_be_sent(text)}
    assert len(unsendable) > 20
    answers = await told_to(port, unsendable.values())
    told = {name: answer.status for name, answer in zip(unsendable, answers, strict=True)}
    assert {name: status for name, status in told.items() if status not in {400, 401}} == {}


async def test_changed_tokens_are_refused_over_http(port: int) -> None:
    good = [token(), said(client_id="app-1", jti="t1")]
    assert {answer.status for answer in await told_to(port, good)} == {200}
    changed = [text for _, text in mutations(good, 400, random.Random(20261122)) if may_be_sent(text)]
    answers = await told_to(port, changed)
    assert {answer.status for answer in answers} == {401}


async def test_a_good_token_beside_another_header_is_no_token(port: int) -> None:
    good, bad = f"authorization: Bearer {token()}".encode(), b"authorization: Bearer a.b.c"
    for fields in (
        [good, good],
        [good, bad],
        [bad, good],
        [good, b"Authorization: "],
        [b"AUTHORIZATION: Basic YTpi", good],
    ):
        answer = await asked(port, *fields)
        assert (answer.status, json.loads(answer.body)["errors"][0]["extensions"]["code"]) == (400, "BAD_USER_INPUT")
    folded = await asked(port, f"authorization: Bearer\r\n {token()}".encode())
    assert folded.status in {400, 401}
    for name in (b"proxy-authorization", b"x-authorization", b"authentication", b"x-access-token"):
        elsewhere = await asked(port, name + good.removeprefix(b"authorization"), bad)
        assert elsewhere.status == 401
