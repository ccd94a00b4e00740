"""What workers share: the cache and the wake-ups keep one contract each, in this process and in Redis."""

import asyncio
import logging
import secrets
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from hub import redis as shared_module
from hub.caches import Cache, Memory, Tiered
from hub.redis import SharedRedis
from hub.wakeups import Local, Topic, Wakeups
from tests.services.redis import OwnRedis, own_redis
from tests.services.servers import RedisServer

BOTH: Final = ("local", pytest.param("redis", marks=pytest.mark.services))
PATIENCE: Final = 2.0
"""For a command of a test, on a machine that is busy."""
LATEST: Final = 30.0
"""Only ends a test that has failed already."""


@pytest.fixture
def own(tmp_path: Path) -> Generator[OwnRedis]:
    """Give a Redis that the test may break."""
    with own_redis(tmp_path) as server:
        yield server


@asynccontextmanager
async def shared(url: str, prefix: str, patience: float = PATIENCE) -> AsyncGenerator[SharedRedis]:
    made = SharedRedis(url, prefix, patience)
    try:
        yield made
    finally:
        await made.close()


@asynccontextmanager
async def client(url: str) -> AsyncGenerator[Any]:
    """Give a client of the test's own."""
    made = Redis.from_url(url)  # pyright: ignore[reportUnknownMemberType] - its settings are untyped
    try:
        yield made
    finally:
        await made.aclose()


@pytest_asyncio.fixture(loop_scope="session", params=BOTH)
async def cache(request: pytest.FixtureRequest) -> AsyncGenerator[Cache]:
    """Give each kind of cache in its turn."""
    if request.param == "local":
        yield Memory(8 * 1024 * 1024)
        return
    server: RedisServer = request.getfixturevalue("redis_server")
    async with shared(server.url, server.prefix) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session", params=BOTH)
async def wakeups(request: pytest.FixtureRequest) -> AsyncGenerator[Wakeups]:
    """Give each kind of wake-ups in its turn."""
    if request.param == "local":
        yield Local()
        return
    server: RedisServer = request.getfixturevalue("redis_server")
    async with shared(server.url, f"{server.prefix}-{secrets.token_hex(4)}") as made:
        yield made


def key() -> str:
    return secrets.token_hex(32)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for what no event tells of."""
    async with asyncio.timeout(LATEST):
        while not await condition():  # noqa: ASYNC110 - it is of another process
            await asyncio.sleep(0.01)


async def test_a_value_is_found_until_another_takes_its_place(cache: Cache) -> None:
    one, other = key(), key()
    assert await cache.get(one) is None
    for value in (b"", b"\0\xff\r\n", b"a" * 300_000, "đồng".encode()):
        await cache.put(one, value, 60)
        assert await cache.get(one) == value
    await cache.put(other, b"other", 60)
    assert await cache.get(one) == "đồng".encode()
    assert await cache.get(other) == b"other"


async def test_a_value_lives_for_a_time(cache: Cache) -> None:
    brief, lasting = key(), key()
    await cache.put(lasting, b"lasting", 600)
    await cache.put(brief, b"brief", 0.02)

    async def gone() -> bool:
        return await cache.get(brief) is None

    await until(gone)
    assert await cache.get(lasting) == b"lasting"


async def test_many_at_once_get_each_their_own(cache: Cache) -> None:
    keys = [key() for _ in range(20)]
    for each in keys:
        await cache.put(each, each.encode(), 60)
    found = await asyncio.gather(*(cache.get(each) for each in keys * 3))
    assert {one for one in found if one is not None}
    assert all(one in (None, each.encode()) for one, each in zip(found, keys * 3, strict=True))


async def test_what_was_cancelled_never_answers_another(cache: Cache) -> None:
    """The reply to a command whose asker has gone must not be given to the next."""
    keys = [key() for _ in range(50)]
    for each in keys:
        await cache.put(each, each.encode(), 60)
    right = 0
    for turn in range(600):
        asking = [asyncio.create_task(cache.get(each)) for each in keys[turn % 40 : turn % 40 + 4]]
        for _ in range(turn % 7):
            await asyncio.sleep(0)
        for task in asking[: turn % 4]:
            task.cancel()
        found = await asyncio.gather(*asking, return_exceptions=True)
        for one, each in zip(found, keys[turn % 40 :], strict=False):
            assert isinstance(one, asyncio.CancelledError) or one in (None, each.encode())
            right += one == each.encode()
    assert right > 600


async def test_memory_is_bounded_and_the_least_used_goes_first() -> None:
    memory = Memory(10_000)
    for number in range(100):
        await memory.put(f"{number}", b"v" * 700, 60)
        await memory.get("0")
    kept = [number for number in range(100) if await memory.get(f"{number}") is not None]
    assert kept == [0, *range(92, 100)] or kept == [0, *range(91, 100)]
    await memory.put("large", b"v" * 10_000, 60)
    assert await memory.get("large") is None
    assert await memory.get("0") is not None


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 400), st.integers(0, 3)), max_size=60))
async def test_memory_never_holds_more_than_it_may_nor_longer(steps: list[tuple[int, int, int]]) -> None:
    now = 0.0
    memory = Memory(1_500, lambda: now)
    put: dict[str, tuple[bytes, float]] = {}
    for which, size, seconds in steps:
        value = secrets.token_bytes(size)
        await memory.put(f"{which}", value, seconds)
        put[f"{which}"] = value, now + seconds
        now += 0.5
        found = {name: await memory.get(name) for name in put}
        assert sum(len(one) for one in found.values() if one is not None) <= 1_500
        for name, one in found.items():
            assert one is None or (one == put[name][0] and now < put[name][1])


async def test_a_near_cache_spares_the_far_one() -> None:
    near, far = Memory(10_000), Memory(10_000)
    tiered = Tiered(near, far, 60)
    await far.put("a", b"1", 60)
    assert await tiered.get("a") == b"1"
    assert await near.get("a") == b"1"
    await tiered.put("b", b"2", 60)
    assert (await near.get("b"), await far.get("b")) == (b"2", b"2")
    assert await tiered.get("c") is None


async def test_who_listens_is_woken(wakeups: Wakeups) -> None:
    async with (
        asyncio.timeout(LATEST),
        aclosing(wakeups.listen(Topic.DATA)) as one,
        aclosing(wakeups.listen(Topic.DATA)) as other,
    ):
        await anext(one)  # it listens
        await anext(other)
        for _ in range(3):
            await wakeups.publish(Topic.DATA)
            await anext(one)
            await anext(other)


async def test_topics_are_apart_and_one_who_is_gone_is_missed_by_nobody(wakeups: Wakeups) -> None:
    async with asyncio.timeout(LATEST), aclosing(wakeups.listen(Topic.DATA)) as data:
        await anext(data)
        async with aclosing(wakeups.listen(Topic.POLICY)) as policy:
            await anext(policy)
            await wakeups.publish(Topic.DATA)
            await anext(data)
            waiting = asyncio.ensure_future(anext(policy))
            await wakeups.publish(Topic.DATA)
            await anext(data)
            assert not waiting.done()
            await wakeups.publish(Topic.POLICY)
            await waiting
        await wakeups.publish(Topic.POLICY)


@pytest.mark.services
async def test_keys_begin_with_the_prefix_and_end(redis_server: RedisServer) -> None:
    prefix = f"{redis_server.prefix}-{secrets.token_hex(4)}"
    async with shared(redis_server.url, prefix) as made, client(redis_server.url) as looking:
        await made.put("aa", b"value", 60)
        keys = [name async for name in looking.scan_iter(f"{prefix}*")]
        assert keys == [f"{prefix}:cache:aa".encode()]
        assert 0 < await looking.pttl(keys[0]) <= 60_000


@pytest.mark.services
async def test_nothing_there_at_the_start_is_told_once_and_waited_for_by_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = OwnRedis(tmp_path)
    async with shared(own.url, "t") as made:
        await made.reach()
        for _ in range(50):
            await made.put("a", b"1", 60)
            assert await made.get("a") is None
            await made.publish(Topic.DATA)
        assert made.down
        assert told(caplog) == ["redis does not answer (ConnectionError): going on without it"]


@pytest.mark.services
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP], ids=lambda how: how.name)
async def test_one_that_goes_is_missed_and_one_that_comes_back_is_found(
    own: OwnRedis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, how: signal.Signals
) -> None:
    monkeypatch.setattr(shared_module, "_PROBE_PAUSE", 0.05)
    async with shared(own.url, "t", 1.0) as made:
        await made.reach()
        await made.put("a", b"1", 600)
        assert await made.get("a") == b"1"
        assert told(caplog) == []
        own.send(how)
        for _ in range(3):
            assert await made.get("a") is None
        assert made.down
        sent = [0]

        async def get(_: str) -> None:
            sent[0] += 1

        monkeypatch.setattr(made._client, "get", get)  # pyright: ignore[reportPrivateUsage] - what is sent, if anything
        for _ in range(100):
            assert await made.get("a") is None
        assert sent == [0]  # nothing is even tried
        monkeypatch.undo()
        monkeypatch.setattr(shared_module, "_PROBE_PAUSE", 0.05)
        if how is signal.SIGSTOP:
            own.send(signal.SIGCONT)
        else:
            own.kill()
            own.start()

        async def back() -> bool:
            await made.put("b", b"2", 600)
            return await made.get("b") == b"2"

        await until(back)
    assert [line.partition(" (")[0] for line in told(caplog)] == ["redis does not answer", "redis answers again"]


@pytest.mark.services
async def test_one_whose_memory_is_full_is_told_once_and_goes_on_answering(
    own: OwnRedis, caplog: pytest.LogCaptureFixture
) -> None:
    async with shared(own.url, "t") as made, client(own.url) as looking:
        await made.put("a", b"1", 600)
        await looking.config_set("maxmemory", "1")
        for _ in range(10):
            await made.put("b", b"2", 600)
            assert await made.get("a") == b"1"
        assert not made.down
        assert told(caplog) == ["redis refuses (OutOfMemoryError): going on without it"]
        await looking.config_set("maxmemory", "0")
        await made.put("b", b"2", 600)
        assert await made.get("b") == b"2"
        assert told(caplog)[1:] == ["redis takes what is to be kept again"]


@pytest.mark.services
async def test_a_key_that_holds_something_else_is_as_good_as_none(own: OwnRedis) -> None:
    async with shared(own.url, "t") as made, client(own.url) as looking:
        await looking.rpush("t:cache:a", "x")
        assert await made.get("a") is None
        assert not made.down
        await made.put("a", b"1", 60)
        assert await made.get("a") == b"1"


@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"$5\r\nab", b"*1\r\n$1\r\nx\r\n", b"\0" * 9]
)
async def test_a_stranger_at_that_port_is_as_good_as_none(said: bytes) -> None:
    async def speak(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    async with server, shared(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}", "t", 0.2) as made:
        for _ in range(5):
            assert await made.get("a") is None
            await made.put("a", b"1", 60)


@pytest.mark.services
async def test_a_listener_whose_connection_breaks_is_woken_and_listens_on(own: OwnRedis) -> None:
    async with shared(own.url, "t") as made, asyncio.timeout(LATEST), aclosing(made.listen(Topic.DATA)) as woken:
        await anext(woken)
        own.kill()
        own.start()
        await anext(woken)  # something may have been said meanwhile
        async with client(own.url) as other:
            await other.publish("t:wake:data", b"")
        await anext(woken)


@pytest.mark.services
async def test_a_listener_notices_that_the_other_end_is_silent(
    own: OwnRedis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "hub")
    monkeypatch.setattr(shared_module, "_QUIET_SECONDS", 0.05)
    monkeypatch.setattr(shared_module, "_ANSWER_SECONDS", 0.5)
    async with shared(own.url, "t") as made, asyncio.timeout(LATEST), aclosing(made.listen(Topic.DATA)) as woken:
        await anext(woken)
        waiting = asyncio.ensure_future(anext(woken))
        async with client(own.url) as looking:
            before = (await looking.info("commandstats"))["cmdstat_subscribe"]["calls"]

            async def asked() -> bool:
                stats = await looking.info("commandstats")
                return stats.get("cmdstat_ping", {"calls": 0})["calls"] >= 3

            await until(asked)
            assert not waiting.done()  # it is quiet, and answers
            own.send(signal.SIGSTOP)

            async def gone() -> bool:
                return "a listener of redis broke off: TimeoutError" in caplog.messages

            await until(gone)
            own.send(signal.SIGCONT)
            await waiting
            assert (await looking.info("commandstats"))["cmdstat_subscribe"]["calls"] > before


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the log has of Redis."""
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
