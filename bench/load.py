"""Load, bounded in count: so many requests, so many in flight, over connections that stay open."""

import asyncio
import time
from collections.abc import Awaitable, Callable


class Connection:
    """One HTTP/1.1 connection that sends the same request again and again; as little client as can be."""

    def __init__(self, port: int, body: bytes) -> None:
        self._port = port
        head = f"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\n"
        self._request = f"{head}content-length: {len(body)}\r\n\r\n".encode() + body
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self) -> bytes:
        """The body of one answer; RuntimeError where it is not 200."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(self._request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        body = await reader.readexactly(int(length.split(b":")[1]))
        if b" 200 " not in head[:16]:
            raise RuntimeError(body[:300].decode())
        return body

    def close(self) -> None:
        """Close it."""
        if self._streams is not None:
            self._streams[1].close()


async def rate(askers: list[Callable[[], Awaitable[object]]], requests: int) -> float:
    """Requests per second: `requests` of them, each asker one at a time."""
    left = iter(range(requests))

    async def work(ask: Callable[[], Awaitable[object]]) -> None:
        for _ in left:
            await ask()

    began = time.perf_counter()
    await asyncio.gather(*(work(ask) for ask in askers))
    return requests / (time.perf_counter() - began)
