"""The cache, the rates and the wake-ups of several workers, in Redis. The only module that imports its client.

Nothing waits for Redis: a command has a twentieth of a second, and after three failures in a row none is sent any more
until a probe beside the requests has found it well again. Whatever goes wrong is a value not found, a value not kept,
or a wake-up that nobody hears.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, Final, TypeVar, cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import MaxConnectionsError, RedisError, ResponseError

from hub.wakeups import Topic
from schema.errors import Unavailable

T = TypeVar("T")

PATIENCE: Final = 0.05
"""Seconds for one command, a new connection included."""
_PROBE_PATIENCE: Final = 1.0
_PROBE_PAUSE: Final = 2.0
_FAILURES: Final = 3
_CONNECTIONS: Final = 32
_QUIET_SECONDS: Final = 20.0
"""After so long without a word a listener asks whether the other end is still there."""
_ANSWER_SECONDS: Final = 5.0
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 5.0

_TAKE: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local paid = tonumber(redis.call('GET', KEYS[1]) or now)
local ahead = math.max(paid - now, 0) + tonumber(ARGV[1])
if ahead <= 60000000 then
    redis.call('SET', KEYS[1], string.format('%.0f', now + ahead), 'PX', math.max(math.ceil(ahead / 1000), 1))
end
return ahead
"""
"""By the clock of Redis, for workers' clocks differ."""

log = logging.getLogger("hub")


class SharedRedis:
    """A cache and wake-ups over one Redis; what it keeps there begins with `prefix`."""

    def __init__(self, url: str, prefix: str, patience: float = PATIENCE) -> None:
        self._prefix = prefix
        self._patience = patience
        self._client = _client(url, patience, _CONNECTIONS)
        self._listening = _client(url, _ANSWER_SECONDS, None)
        self._failures = 0
        self._probing: asyncio.Task[None] | None = None
        self._next_probe = 0.0
        self._refusing = False

    @property
    def down(self) -> bool:
        """Whether commands are kept back."""
        return self._failures >= _FAILURES

    async def reach(self) -> None:
        """Look whether it is there, a second at most; it need not be."""
        try:
            async with asyncio.timeout(_PROBE_PATIENCE):
                await self.ping()
        except Exception as error:  # noqa: BLE001 - whatever it is, the hub goes on without
            self._lost(error, _FAILURES)
        else:
            self._found()

    async def ping(self) -> None:
        """Ask it for an answer; whatever is wrong is raised."""
        await cast("Awaitable[object]", self._client.ping())  # pyright: ignore[reportUnknownMemberType] - untyped

    async def confirm(self) -> None:
        """Ask it for an answer; Unavailable, which says what to do, where there is none."""
        try:
            await self.ping()
        except (RedisError, OSError) as error:
            what = type(error).__name__
            raise Unavailable(
                f"Redis không trả lời (`{what}`): hãy xem HUB_REDIS_URL và máy chủ ở đó",
                f"Redis does not answer (`{what}`): check HUB_REDIS_URL and the server there",
            ) from error

    async def close(self) -> None:
        """Close every connection."""
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.gather(self._probing, return_exceptions=True)
        await self._client.aclose()
        await self._listening.aclose()

    async def get(self, key: str) -> bytes | None:
        """What was put there last, or None."""
        found = await self._ask(lambda: self._client.get(self._named("cache", key)))
        return found if isinstance(found, bytes) else None

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        """Keep the value for so many seconds at most."""
        life = max(1, round(seconds * 1000))
        if await self._ask(lambda: self._client.set(self._named("cache", key), value, px=life)) and self._refusing:
            self._refusing = False
            log.warning("redis takes what is to be kept again")

    async def take(self, key: str, price: int) -> int | None:
        """Pay for so many microseconds more, unless that were over a minute ahead, as `hub.rates` has it."""
        name = self._named("rate", key)
        ahead = await self._ask(lambda: cast("Awaitable[object]", self._client.eval(_TAKE, 1, name, str(price))))
        return ahead if isinstance(ahead, int) else None

    async def publish(self, topic: Topic) -> None:
        """Wake all who listen, as far as they can be reached."""
        await self._ask(
            lambda: self._client.publish(self._named("wake", topic), b"")  # pyright: ignore[reportUnknownMemberType] - untyped
        )

    async def listen(self, topic: Topic) -> AsyncGenerator[None]:
        """Yield as soon as it is listened to, also anew after a break, and then when there was a wake-up since."""
        pause = _FIRST_PAUSE
        while True:
            async with aclosing(self._heard(self._named("wake", topic))) as heard:
                try:
                    async for _ in heard:
                        pause = _FIRST_PAUSE
                        yield
                except Exception as error:  # noqa: BLE001 - whatever broke it, it is begun anew
                    log.debug("a listener of redis broke off: %s", type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _heard(self, channel: str) -> AsyncGenerator[None]:
        """Yield once subscribed, and at each message; TimeoutError where the other end is silent to a question too."""
        async with self._listening.pubsub() as channels:  # pyright: ignore[reportUnknownMemberType] - untyped
            subscriber = cast("Any", channels)
            await subscriber.subscribe(channel)
            asked = True
            while True:
                said = await subscriber.get_message(timeout=_ANSWER_SECONDS if asked else _QUIET_SECONDS)
                if said is None:
                    if asked:
                        raise TimeoutError
                    await subscriber.ping()
                asked = said is None
                if said is not None and said["type"] in {"message", "subscribe"}:
                    yield

    async def _ask(self, command: Callable[[], Awaitable[T]]) -> T | None:
        """Send one command; None where there is no answer in time, or there was none to several before."""
        if self.down:
            self._probe()
            return None
        try:
            async with asyncio.timeout(self._patience):
                answer = await command()
        except MaxConnectionsError:  # more at once than there are connections: no fault of the other end
            return None
        except ResponseError as error:  # it is there, and refuses this one: memory full, rights, another type of value
            self._refused(error)
            return None
        except Exception as error:  # noqa: BLE001 - whatever it is, no request may fail for it
            self._lost(error, 1)
            return None
        self._failures = 0
        return answer

    def _probe(self) -> None:
        """Look for it beside the requests, none of which is to wait for it."""
        if self._probing is None and time.monotonic() >= self._next_probe:
            self._probing = asyncio.create_task(self.reach())
            self._probing.add_done_callback(self._probed)

    def _probed(self, _: asyncio.Task[None]) -> None:
        self._probing = None
        self._next_probe = time.monotonic() + _PROBE_PAUSE

    def _lost(self, error: Exception, failures: int) -> None:
        was = self.down
        self._failures += failures
        if self.down and not was:
            self._next_probe = time.monotonic() + _PROBE_PAUSE
            log.warning("redis does not answer (%s): going on without it", type(error).__name__)

    def _found(self) -> None:
        if self.down:
            log.warning("redis answers again")
        self._failures = 0

    def _refused(self, error: ResponseError) -> None:
        if not self._refusing:
            self._refusing = True
            log.warning("redis refuses (%s): going on without it", type(error).__name__)

    def _named(self, kind: str, name: str) -> str:
        return f"{self._prefix}:{kind}:{name}"


def _client(url: str, patience: float, most: int | None) -> Redis:
    """A client that never tries twice: what it is for is soon of no use."""
    return Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - its settings are untyped
        url,
        socket_timeout=patience,
        socket_connect_timeout=patience,
        retry=Retry(NoBackoff(), 0),
        max_connections=most,
        driver_info=None,
        protocol=2,
    )
