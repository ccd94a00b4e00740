"""Serving: the port is taken before anything else is done, so that a taken one is known at once."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress

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
            f"không mở được cổng `{settings.port}`: {error.strerror}; hãy dừng chương trình đang giữ nó hoặc đặt HUB_PORT",
            f"port `{settings.port}` cannot be opened: {error.strerror}; stop what holds it, or set HUB_PORT",
        ) from None
    return made


def address(settings: Settings, listening: socket.socket) -> str:
    """The address at which the hub is reached on this machine, or the public one of the settings."""
    port = listening.getsockname()[1]
    return settings.base_url if settings.port == port else f"http://{settings.host}:{port}"


async def serve(app: ASGIApp, listening: socket.socket, ready: Callable[[], Awaitable[None]]) -> None:
    """Serve until told to stop (or until `ready` is done, if it asks so by raising CancelledError)."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", http="httptools"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.02)
    try:
        if not serving.done():
            await ready()
    except asyncio.CancelledError:
        server.should_exit = True
    except BaseException:
        server.should_exit = True
        with suppress(asyncio.CancelledError):
            await serving
        raise
    await serving
