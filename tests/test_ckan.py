"""The client of CKAN: whatever the other side does, it is one of our errors, in time, and tells no token."""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from catalog import ckan as module
from catalog.ckan import Ckan
from catalog.datasets import DATASETS
from catalog.mirrors import Mirror
from catalog.shelves import Shelf
from schema.errors import ConfigError, Denied, HubError, InvalidInput, NotFound, Unavailable, UpstreamError

TOKEN = "made-up-secret-of-tests"
Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


def http(body: bytes, status: int = 200, kind: str = "application/json", **more: str) -> Answer:
    """An answer with this body; `more` are headers, `length` instead of the body's own."""
    length = more.pop("length", str(len(body)))
    head = {"Content-Type": kind, "Content-Length": length, "Connection": "close", **more}

    async def write(out: asyncio.StreamWriter) -> None:
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        out.write(f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + body)
        await out.drain()

    return write


def told(result: object, status: int = 200) -> Answer:
    """What CKAN answers where it succeeds."""
    return http(json.dumps({"success": True, "result": result}).encode(), status)


def error(kind: str, status: int, **more: object) -> Answer:
    """What CKAN answers where it does not, in the language of the site."""
    held = {"__type": kind, "message": f"Truy cập bị từ chối {TOKEN}", **more}
    return http(json.dumps({"success": False, "error": held}).encode(), status)


async def reset(out: asyncio.StreamWriter) -> None:
    out.transport.abort()


async def drip(out: asyncio.StreamWriter) -> None:
    """A whole answer, in the end; each byte comes well before a read would be given up."""
    body = json.dumps({"success": True, "result": "x" * 300}).encode()
    out.write(b"HTTP/1.1 200 X\r\nContent-Length: %d\r\n\r\n" % len(body))
    for byte in body:
        out.write(bytes([byte]))
        await out.drain()
        await asyncio.sleep(0.02)


async def chunks(out: asyncio.StreamWriter) -> None:
    """An answer in chunks, which breaks off."""
    out.write(b'HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{"success": true')
    await out.drain()


class Server:
    """Answers each request as the test says; by default as `answer`, else by the last part of its path."""

    def __init__(self) -> None:
        self.answer: Answer = told(None)
        self.answers: dict[str, list[Answer]] = {}
        self.asked: list[str] = []
        self.heads: list[str] = []
        self.bodies: list[bytes] = []
        self.url = ""
        self.over = asyncio.Event()

    async def handle(self, source: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        try:
            head = (await source.readuntil(b"\r\n\r\n")).decode()
            lower = head.lower()
            length = int(lower.partition("content-length:")[2].partition("\r\n")[0] or 0)
            self.bodies.append(await source.readexactly(length))
            action = head.split()[1].rpartition("/")[2]
            self.asked.append(action)
            self.heads.append(lower)
            queue = self.answers.get(action)
            await (queue.pop(0) if queue else self.answer)(out)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client gave up, which is what some tests want
        finally:
            out.close()

    async def never(self, _out: asyncio.StreamWriter) -> None:
        """Answer nothing for as long as the test runs."""
        await self.over.wait()


@pytest_asyncio.fixture
async def server() -> AsyncGenerator[Server]:
    """Give a server that misbehaves as told."""
    server = Server()
    listening = await asyncio.start_server(server.handle, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    yield server
    server.over.set()
    listening.close()
    await listening.wait_closed()


@pytest_asyncio.fixture
async def site(server: Server) -> AsyncGenerator[Ckan]:
    """Give a client of it that is in a hurry."""
    site = Ckan(server.url, TOKEN, answer_seconds=2.0)
    yield site
    site.close()


async def failure(site: Ckan, action: str = "package_patch") -> HubError:
    """The error of a call; no word of it tells the token."""
    with pytest.raises(HubError) as caught:
        await site.call(action, id="x")
    assert TOKEN not in caught.value.vi + caught.value.en + repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.vi != caught.value.en
    return caught.value


async def test_an_answer_is_its_result(server: Server, site: Ckan) -> None:
    server.answer = told({"name": "Đà Nẵng"})
    assert await site.call("package_show", id="x") == {"name": "Đà Nẵng"}
    assert f"authorization: {TOKEN}" in server.heads[0]
    assert json.loads(server.bodies[0]) == {"id": "x"}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (http(b"<html>", 200, "text/html"), UpstreamError),
        (http(b""), UpstreamError),
        (http(b"null"), UpstreamError),
        (http(b"[]"), UpstreamError),
        (http(b'{"success": true}'), UpstreamError),
        (http(b'{"success": false, "error": "no"}'), UpstreamError),
        (http(b'{"success": false}'), UpstreamError),
        (http(b"\xff\xfe"), UpstreamError),
        (http(b"<html>", 404, "text/html"), UpstreamError),
        (http(b"", 301, Location="https://other.example.vn/"), UpstreamError),
        (http(b"<html>", 500, "text/html"), UpstreamError),
        (error("Internal Server Error", 500), UpstreamError),
        (http(b"<html>", 502, "text/html"), Unavailable),
        (http(b"wait", 503, "text/plain"), Unavailable),
        (http(b"", 504), Unavailable),
        (http(b"<html>", 403, "text/html"), Denied),
        (error("Authorization Error", 403), Denied),
        (error("Not Found Error", 404), NotFound),
        (error("Validation Error", 409, name=["Đường dẫn đó đã được sử dụng"]), InvalidInput),
        (error("Search Index Error", 500), Unavailable),
        (error("Search Error", 409), Unavailable),
        (error("Search Query Error", 400), Unavailable),
        (http(b'{"success": true, "result"', length="1000"), Unavailable),
        (reset, Unavailable),
        (chunks, Unavailable),
        (drip, Unavailable),
    ],
)
async def test_each_failure_is_an_error_of_ours(
    server: Server, site: Ckan, answer: Answer, kind: type[HubError]
) -> None:
    server.answer = answer
    assert type(await failure(site)) is kind
    assert server.asked == ["package_patch"]


async def test_no_answer_ends_in_time(server: Server, site: Ckan) -> None:
    server.answer = server.never
    assert type(await failure(site)) is Unavailable


async def test_an_answer_without_end_is_cut(server: Server, site: Ckan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LARGEST", 1000)
    server.answer = told("x" * 2000)
    assert type(await failure(site)) is Unavailable


async def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        url = f"http://127.0.0.1:{door.getsockname()[1]}"
    site = Ckan(url, TOKEN)
    said = await failure(site)
    assert type(said) is Unavailable
    assert url in said.en
    site.close()


async def test_what_ckan_refuses_is_named(server: Server, site: Ckan) -> None:
    server.answer = error("Validation Error", 409, records=["sai `kiểu`"], records_row=7, message="")
    said = await failure(site, "datastore_upsert")
    assert "`datastore_upsert`" in said.en
    assert "records: ['sai 'kiểu''" in said.en
    assert "records_row: 7" in said.vi
    assert "__type" not in said.en


async def test_what_is_not_there_may_be_looked_for(server: Server, site: Ckan) -> None:
    server.answer = error("Not Found Error", 404)
    assert await site.find("package_show", id="x") is None


async def test_a_file_is_sent_whole_under_its_name(server: Server, site: Ckan, tmp_path: Path) -> None:
    path = tmp_path / "any"
    path.write_bytes(b"a,b\n1,2\n")
    await site.upload("resource_create", path, "that.csv", "text/csv", id="x", name="Đà Nẵng")
    assert b'filename="that.csv"' in server.bodies[0]
    assert b"a,b\n1,2\n" in server.bodies[0]
    assert "Đà Nẵng".encode() in server.bodies[0]


async def test_a_file_is_read_back_by_its_hash(server: Server, site: Ckan) -> None:
    body = bytes(range(256)) * 1000
    server.answer = http(body, kind="text/csv")
    assert await site.sha256(f"{server.url}/download/a.csv") == sha256(body).hexdigest()
    assert f"authorization: {TOKEN}" in server.heads[0]
    elsewhere = server.url.replace("127.0.0.1", "localhost")
    assert await site.sha256(f"{elsewhere}/download/a.csv") == sha256(body).hexdigest()
    assert "authorization" not in server.heads[1]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (http(b"<html>", 404, "text/html"), NotFound),
        (http(b"<html>", 403, "text/html"), Denied),
        (http(b"<html>", 500, "text/html"), UpstreamError),
        (http(b"abc", length="1000"), Unavailable),
        (drip, Unavailable),
        (reset, Unavailable),
    ],
)
async def test_a_file_that_does_not_come_back(server: Server, site: Ckan, answer: Answer, kind: type[HubError]) -> None:
    server.answer = answer
    with pytest.raises(HubError) as caught:
        await site.sha256(f"{server.url}/download/a.csv")
    assert type(caught.value) is kind


def mirror(site: Ckan, folder: Path) -> Mirror:
    return Mirror(site, Shelf(folder), "https://data.example.vn", "hub")


async def test_an_organisation_that_was_made_in_spite_of_an_error_is_made_once(
    server: Server, site: Ckan, tmp_path: Path
) -> None:
    absent, publisher = error("Not Found Error", 404), DATASETS["diem-den-du-lich"].publisher
    server.answers = {
        "organization_show": [absent, told({"name": "hub"})],
        "organization_create": [error("Internal Server Error", 500)],
    }
    made = mirror(site, tmp_path)
    await made.organized("hub", publisher)
    await made.organized("hub", publisher)
    assert server.asked == ["organization_show", "organization_create", "organization_show"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (error("Internal Server Error", 500), UpstreamError),
        (error("Authorization Error", 403), Denied),
        (error("Validation Error", 409, name=["x"]), InvalidInput),
        (reset, Unavailable),
    ],
)
async def test_an_organisation_that_was_not_made_is_an_error(
    server: Server, site: Ckan, tmp_path: Path, answer: Answer, kind: type[HubError]
) -> None:
    server.answers = {
        "organization_show": [error("Not Found Error", 404)] * 2,
        "organization_create": [answer],
    }
    with pytest.raises(HubError) as caught:
        await mirror(site, tmp_path).organized("hub", DATASETS["diem-den-du-lich"].publisher)
    assert type(caught.value) is kind


async def test_ckan_going_down_half_way_is_one_error(server: Server, site: Ckan, tmp_path: Path) -> None:
    absent: Mapping[str, Any] = {"organization_show": [error("Not Found Error", 404), reset]}
    server.answers = {**absent, "organization_create": [reset]}
    with pytest.raises(Unavailable):
        await mirror(site, tmp_path).organized("hub", DATASETS["diem-den-du-lich"].publisher)


async def test_a_token_that_ckan_does_not_know_is_a_wrong_setting(server: Server, site: Ckan) -> None:
    server.answer = error("Not Found Error", 404)
    with pytest.raises(ConfigError, match="does not know HUB_CKAN_TOKEN"):
        await site.admit()


async def test_a_dataset_without_a_release_is_not_there_to_be_published(site: Ckan, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="has no release yet: publish it first"):
        await mirror(site, tmp_path).publish(DATASETS["diem-den-du-lich"])
