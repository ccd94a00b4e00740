"""Serving: the port is taken before anything else is done, so that a taken one is known at once."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

import uvicorn
from starlette.types import ASGIApp

from hub.settings import Settings
from schema.errors import ConfigError


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
    return settings.base_url if settings.port == port else f"http://{settings.host}:{port}"


class _Server(uvicorn.Server):
    """A server that says when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        self.up.set()


async def serve(app: ASGIApp, listening: socket.socket, ready: Callable[[], Awaitable[bool]]) -> None:
    """Serve until told to stop; `ready` runs once it can be reached, and says whether to go on."""
    server = _Server(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", http="httptools"))
    async with asyncio.TaskGroup() as group:
        group.create_task(server.serve(sockets=[listening]))
        await server.up.wait()
        try:
            goes_on = await ready()
        except BaseException:
            server.should_exit = True
            raise
        server.should_exit = server.should_exit or not goes_on
