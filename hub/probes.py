"""Probes: whether each thing that the hub leans on answers now, for `/readyz`, and for `hub check` before a start.

A probe is a name and something to await, which raises where the thing does not work. Probes run side by side, each with
a limit of its own, so that one that hangs holds up nothing and is named like one that refuses.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from auth.grants import current_epoch
from catalog.ckan import Ckan
from catalog.shelves import Shelf
from hub.redis import SharedRedis
from hub.services import Services, data_folder, issuer_keys
from hub.settings import Settings
from schema.engine import Engine, check_version
from schema.errors import ConfigError, HubError, Unavailable
from schema.graph import Graph

_SECONDS: Final = 5.0
_CKAN_SECONDS: Final = 10.0
_ENGINE_SECONDS: Final = 60.0
_RELEASES_SECONDS: Final = 600.0


@dataclass(frozen=True, slots=True)
class Probe:
    """How to find out whether something works; without what is `needed` no request can be answered."""

    name: str
    reach: Callable[[], Awaitable[object]]
    needed: bool = True
    seconds: float = _SECONDS


@dataclass(frozen=True, slots=True)
class Finding:
    """What a probe found: `error` says what is wrong and what to do, None where all is well."""

    name: str
    needed: bool
    ms: float
    error: HubError | None


async def examine(probes: Sequence[Probe]) -> list[Finding]:
    """Run the probes side by side; what they found, in their order. Nothing is raised."""
    return list(await asyncio.gather(*(_examined(probe) for probe in probes)))


def of_services(services: Services) -> list[Probe]:
    """The probes of a hub that runs."""
    graph, settings = services.graph, services.settings
    return [
        Probe("graph", lambda: current_epoch(graph)),
        Probe("data", lambda: asyncio.to_thread(data_folder, settings), needed=False),
        *_others(settings),
    ]


def of_settings(settings: Settings) -> list[Probe]:
    """The probes of what the settings name, before anything is opened."""
    graph = Probe("graph", lambda: _reach_graph(settings))
    if not settings.graph_url:
        graph = Probe("graph", lambda: _try_engine(settings), seconds=_ENGINE_SECONDS)
    shelf = Shelf(settings.data / "releases")
    probes = [
        graph,
        Probe("data", lambda: asyncio.to_thread(data_folder, settings)),
        Probe("releases", lambda: asyncio.to_thread(_verify, shelf), seconds=_RELEASES_SECONDS),
    ]
    if settings.issuer:
        probes.append(Probe("issuer", lambda: asyncio.to_thread(issuer_keys, settings)))
    return [*probes, *_others(settings)]


def _others(settings: Settings) -> list[Probe]:
    """The probes of services without which requests are answered all the same."""
    found: list[Probe] = []
    if settings.redis_url:
        found.append(Probe("redis", lambda: _reach_redis(settings), needed=False))
    if settings.ckan_url:
        found.append(Probe("ckan", lambda: _reach_ckan(settings), needed=False, seconds=_CKAN_SECONDS))
    return found


async def _examined(probe: Probe) -> Finding:
    began = time.perf_counter()
    error: HubError | None = None
    try:
        async with asyncio.timeout(probe.seconds):
            await probe.reach()
    except HubError as found:
        error = found
    except TimeoutError:
        error = Unavailable(
            f"không trả lời trong {probe.seconds:g} giây: hãy kiểm tra địa chỉ và máy chủ",
            f"no answer within {probe.seconds:g} seconds: check the address and the server",
        )
    except Exception as found:  # noqa: BLE001 - whatever it is, it is what this probe found
        kind = type(found).__name__
        error = Unavailable(f"lỗi `{kind}`: {_line(found)}", f"`{kind}`: {_line(found)}")
    return Finding(probe.name, probe.needed, (time.perf_counter() - began) * 1000, error)


async def _reach_graph(settings: Settings) -> None:
    graph = await Graph.connect(
        settings.graph_url, settings.graph_user, settings.graph_password, database=settings.graph_database
    )
    try:
        await graph.read("RETURN 1", {})
    finally:
        await graph.close()


async def _reach_redis(settings: Settings) -> None:
    redis = SharedRedis(settings.redis_url, settings.redis_prefix, patience=_SECONDS)
    try:
        await redis.confirm()
    finally:
        await redis.close()


async def _reach_ckan(settings: Settings) -> None:
    """Find it there; where there is a token, find it taken."""
    with closing(Ckan(settings.ckan_url, settings.ckan_token, answer_seconds=_CKAN_SECONDS)) as site:
        await site.call("status_show")
        if settings.ckan_token:
            await site.admit()


async def _try_engine(settings: Settings) -> None:
    """Start an engine on a folder of its own, unless the hub's folder is another version's."""
    folder = settings.data / "graph"
    if folder.is_dir():
        check_version(folder)
    with TemporaryDirectory(prefix="hub-check-") as own:
        engine = Engine(Path(own), heap=settings.engine_heap)
        try:
            await engine.start()
        finally:
            await engine.stop()


def _verify(shelf: Shelf) -> None:
    """Hold the files of each newest release against their sha256."""
    damaged = [name for slug in shelf.slugs() for name in shelf.damaged(slug)]
    if damaged:
        names = ", ".join(damaged)
        raise ConfigError(
            f"tệp của bản phát hành bị mất hoặc hỏng `{names}`: hãy khôi phục từ bản sao lưu",
            f"files of a release are missing or damaged `{names}`: restore them from the backup",
        )


def _line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "")[:200]
