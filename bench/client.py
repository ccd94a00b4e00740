"""Requests, bounded in count and time: so many in flight, over connections that stay open."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

Ask = Callable[[], Awaitable[object]]


class Connection:
    """One HTTP/1.1 connection that sends one request after another; as little client as can be."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._head = f"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\n"
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, body: bytes) -> bytes:
        """The body of one answer; RuntimeError where it is not 200."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(f"{self._head}content-length: {len(body)}\r\n\r\n".encode() + body)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        answer = await reader.readexactly(int(length.split(b":")[1]))
        if b" 200 " not in head[:16]:
            raise RuntimeError(answer[:300].decode())
        return answer

    def close(self) -> None:
        """Close it."""
        if self._streams is not None:
            self._streams[1].close()


@dataclass(frozen=True, slots=True)
class Pace:
    """What a turn came to: its requests, the seconds that all of them took, the median of each one's milliseconds."""

    requests: int
    seconds: float
    median_ms: float

    @property
    def rate(self) -> float:
        """Requests per second, over all askers."""
        return self.requests / self.seconds


async def pace(askers: Sequence[Ask], requests: int, seconds: float = float("inf")) -> Pace:
    """Ask `requests` times, each asker one at a time, none anew after so many seconds; once at least."""
    left = iter(range(requests))
    took: list[float] = []

    async def work(ask: Ask) -> None:
        for _ in left:
            asked = time.perf_counter()
            await ask()
            now = time.perf_counter()
            took.append(now - asked)
            if now - began > seconds:
                return

    began = time.perf_counter()
    await asyncio.gather(*(work(ask) for ask in askers))
    return Pace(len(took), time.perf_counter() - began, 1000 * statistics.median(took))
