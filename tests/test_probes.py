"""Probes: what is dead is named, what is alive is not, and `/readyz` tells strangers no more than that."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Final

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from catalog.releases import Changes, Release
from catalog.shelves import Draft, Shelf
from hub.cli.examination import examination
from hub.probes import Probe, examine, of_services, of_settings
from hub.readiness import Readiness
from hub.services import opened
from hub.settings import Settings
from schema.engine import Engine
from schema.errors import HubError, Unavailable
from tests.processes import hub
from tests.test_services import jwks, of_curve

CANARY: Final = "bolt://canary:7687"
NOBODY: Final = "bolt://127.0.0.1:9"
"""The port of a service that nobody runs any more."""


async def fine() -> None:
    """Answer at once."""


async def refuses() -> None:
    """Refuse."""
    raise Unavailable(f"`{CANARY}` nghỉ", f"`{CANARY}` rests")


async def breaks() -> None:
    """Fail as no probe should."""
    raise ZeroDivisionError(f"{CANARY}\nand more")


async def hangs() -> None:
    """Answer never."""
    await asyncio.Event().wait()


async def test_what_is_dead_is_named_and_holds_up_nothing() -> None:
    probes = [Probe("a", fine), Probe("b", refuses), Probe("c", breaks), Probe("d", hangs, seconds=0.01)]
    found = await examine(probes)
    assert [each.name for each in found] == ["a", "b", "c", "d"]
    said = [each.error.en if each.error else "" for each in found]
    assert said == [
        "",
        f"`{CANARY}` rests",
        f"`ZeroDivisionError`: {CANARY}",
        "no answer within 0.01 seconds: check the address and the server",
    ]


async def ready(*probes: Probe) -> httpx.Response:
    app = Starlette(routes=[Route("/readyz", Readiness(probes).answer)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://hub.test") as client:
        return await client.get("/readyz")


@pytest.mark.parametrize(
    ("needed", "other", "expected"),
    [(fine, fine, ("ok", 200)), (fine, refuses, ("degraded", 200)), (refuses, fine, ("failed", 503))],
)
async def test_only_what_is_needed_makes_a_hub_unready(
    needed: Callable[[], Awaitable[None]], other: Callable[[], Awaitable[None]], expected: tuple[str, int]
) -> None:
    answer = await ready(Probe("graph", needed), Probe("redis", other, needed=False))
    told = answer.json()
    assert (told["status"], answer.status_code) == expected
    assert {name: check["status"] for name, check in told["checks"].items()} == {
        "graph": "ok" if needed is fine else "failed",
        "redis": "ok" if other is fine else "failed",
    }
    assert all(set(check) == {"status", "ms"} for check in told["checks"].values())
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("wrong", [refuses, breaks])
async def test_strangers_are_told_no_address(wrong: Callable[[], Awaitable[None]]) -> None:
    assert "canary" not in (await ready(Probe("graph", wrong))).text


async def test_the_log_tells_why_once_for_each_change(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("hub.readiness._KEPT_SECONDS", 0.0)
    states = iter((refuses, refuses, fine, fine, refuses))

    async def changing() -> None:
        await next(states)()

    readiness = Readiness([Probe("graph", changing)])
    app = Starlette(routes=[Route("/readyz", readiness.answer)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://hub.test") as client:
        codes = [(await client.get("/readyz")).status_code for _ in range(5)]
    assert codes == [503, 503, 200, 200, 503]
    assert [record.getMessage() for record in caplog.records] == [
        f"graph failed: `{CANARY}` rests",
        "graph answers again",
        f"graph failed: `{CANARY}` rests",
    ]


async def test_many_who_ask_at_once_are_one_examination(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.readiness._KEPT_SECONDS", 3600.0)
    times = 0

    async def counted() -> None:
        nonlocal times
        times += 1

    app = Starlette(routes=[Route("/readyz", Readiness([Probe("graph", counted)]).answer)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://hub.test") as client:
        answers = await asyncio.gather(*(client.get("/readyz") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert times == 1


def published(data: Path) -> Path:
    """A data folder with one release of one file, which is returned."""
    shelf = Shelf(data / "releases")
    issued = datetime(2026, 11, 22, tzinfo=UTC)

    def write(path: Path) -> None:
        path.write_text("id\n1\n", "utf-8")

    draft = Draft("share.csv", "csv", "text/csv", write)
    shelf.add(Release("share", 1, issued, 1, "", (), Changes(added=1), 1, {}, {}, None, ""), [draft])
    return shelf.file("share", 1, "share.csv")


def settings(engine: Engine, folder: Path, dead: frozenset[str]) -> Settings:
    keys = folder / "keys.json"
    keys.write_bytes(jwks(of_curve()))
    file = folder / "file"
    file.touch()
    data = folder / ("damaged" if "releases" in dead else "whole")
    return Settings(
        data=file if "data" in dead else data,
        graph_url=NOBODY if "graph" in dead else engine.url,
        graph_user=engine.user,
        graph_password=engine.password,
        graph_database=engine.database,
        issuer="https://login.example.vn",
        jwks_file=folder / "nowhere" if "issuer" in dead else keys,
    )


async def test_a_half_dead_set_names_exactly_the_dead(engine: Engine, tmp_path: Path) -> None:
    published(tmp_path / "whole")
    broken = published(tmp_path / "damaged")
    broken.chmod(0o600)
    broken.write_bytes(b"other bytes")
    sets = [
        frozenset(
            name for name, is_dead in zip(("graph", "data", "releases", "issuer"), states, strict=True) if is_dead
        )
        for states in product((False, True), repeat=4)
    ]
    sets = [dead for dead in sets if not {"data", "releases"} <= dead]  # the releases are in the data folder
    found = await asyncio.gather(*(examine(of_settings(settings(engine, tmp_path, dead))) for dead in sets))
    assert [frozenset(each.name for each in each_set if each.error) for each_set in found] == sets


async def test_a_refused_password_and_a_wrong_database_are_told(engine: Engine, tmp_path: Path) -> None:
    whole = settings(engine, tmp_path, frozenset())
    for wrong in ({"graph_password": "hush-hush"}, {"graph_database": "nope"}):
        (graph, *rest) = await examine(of_settings(replace(whole, **wrong)))
        assert graph.error is not None
        assert "hush" not in graph.error.en + graph.error.vi
        assert "\n" not in graph.error.en
        assert [each.error for each in rest] == [None, None, None]


async def test_an_engine_of_this_machine_is_tried_on_a_folder_of_its_own(tmp_path: Path) -> None:
    mine = Settings(data=tmp_path, engine_heap="512m")
    assert [each.error for each in await examine(of_settings(mine))] == [None, None, None]
    assert not (tmp_path / "graph").exists()
    (tmp_path / "graph").mkdir()
    (tmp_path / "graph" / "VERSION").write_text("arcadedb 1.0 layout 0", "utf-8")
    graph, *rest = await examine(of_settings(mine))
    assert graph.error is not None
    assert "arcadedb 1.0" in graph.error.en
    assert [each.error for each in rest] == [None, None]


async def test_the_examination_prints_settings_without_secrets(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hush2\n", "utf-8")
    for name, text in {
        "HUB_GRAPH_PASSWORD": "hush1",
        "HUB_CURSOR_SECRET_FILE": str(secret),
        "HUB_DATA": "here",
        "HUB_PORT": "  ",
    }.items():
        monkeypatch.setenv(name, text)
    await examination(settings(engine, tmp_path, frozenset()))
    out = capsys.readouterr().out
    assert re.findall(r"^  (HUB_\w+)=(.*)$", out, re.MULTILINE) == [
        ("HUB_DATA", "here"),
        ("HUB_GRAPH_PASSWORD", "***"),
        ("HUB_CURSOR_SECRET_FILE", str(secret)),
    ]
    assert "hush" not in out
    assert out.endswith("every service can be used\n")
    with pytest.raises(HubError, match=r"^`data`, `issuer` cannot be used"):
        await examination(settings(engine, tmp_path, frozenset({"data", "issuer"})))


async def test_a_dead_redis_is_named_and_a_hub_is_ready_without(engine: Engine, tmp_path: Path) -> None:
    dead = replace(settings(engine, tmp_path, frozenset()), redis_url="redis://:hush@127.0.0.1:9/0")
    found = await examine(of_settings(dead))
    assert [(each.name, "check HUB_REDIS_URL" in each.error.en) for each in found if each.error] == [("redis", True)]
    assert all("hush" not in each.error.en + each.error.vi for each in found if each.error)
    async with opened(dead, lambda _vi, _en: None) as services:
        answer = await ready(*of_services(services))
    assert answer.status_code == 200
    told = answer.json()
    assert (told["status"], told["checks"]["redis"]["status"]) == ("degraded", "failed")
    assert told["checks"]["graph"]["status"] == told["checks"]["data"]["status"] == "ok"


def test_the_command_names_the_dead_and_ends_with_one(tmp_path: Path) -> None:
    done = hub("check", data=tmp_path, HUB_GRAPH_URL=NOBODY, HUB_GRAPH_PASSWORD="hush")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.endswith("error: `graph` cannot be used: the reasons stand above")
    assert "hush" not in done.stdout + done.stderr
    assert re.search(r"^  data: .* · can be used", done.stdout, re.MULTILINE)
