"""Serving: the port is taken before anything else is done, so that a taken one is known at once."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from hub.cli.signals import STOPPING
from hub.settings import Settings
from schema.errors import ConfigError

_GRACE_SECONDS: Final = 10
"""For the answers that are under way when the server stops."""


def listen(settings: Settings) -> socket.socket:
    """A listening socket; ConfigError where the port is taken."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((settings.host, settings.port))
        made.listen(2048)
    except OSError as error:
        made.close()
        raise ConfigError(
            f"không mở được cổng `{settings.port}`: {error.strerror}; "
            "hãy dừng chương trình đang giữ nó, hoặc đặt HUB_PORT",
            f"port `{settings.port}` cannot be opened: {error.strerror}; stop what holds it, or set HUB_PORT",
        ) from None
    return made


def address(settings: Settings, listening: socket.socket) -> str:
    """The address at which the hub is reached on this machine, or the public one of the settings."""
    port = listening.getsockname()[1]
    if settings.port == port:
        return settings.base_url
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """A server that says when it is up, and that keeps Ctrl-C and SIGTERM to itself."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Stop serving at a signal and send it no further, for what was opened before is to be closed after."""
        loop = asyncio.get_running_loop()
        for number in STOPPING:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        self.up.set()


async def serve(app: ASGIApp, listening: socket.socket, ready: Callable[[], Awaitable[bool]]) -> None:
    """Serve until told to stop; `ready` runs once it can be reached, and says whether to go on."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        http="httptools",
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    serving.add_done_callback(lambda _: server.up.set())
    try:
        await server.up.wait()
        if await ready():
            await serving
    finally:
        server.should_exit = True
        await serving
