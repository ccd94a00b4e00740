"""Rows of a dataset for everyone: each once, over any number of pages, in one state or not at all."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
import pytest_asyncio

from auth.grants import change, seed
from auth.principal import Action
from auth.rules import ANYONE, Kind, Rule, defaults
from auth.token import DemoIssuer
from catalog.datasets import DATASETS
from catalog.shelves import Shelf
from hub import exports, policies
from hub.api.schema import schema
from hub.cli.work import named, publish
from hub.compiler.cursors import Cursors
from hub.execution import Bounds, Execution
from hub.exports import Exports, fingerprint, state
from hub.services import Services
from hub.settings import Settings
from schema.errors import Conflict, Denied, InvalidInput, Unavailable
from schema.graph import Graph
from schema.scalars import parse
from schema.types import MODEL
from tests.oracle.graphs import Record, Stock, clear, load

COMPANIES = DATASETS["doanh-nghiep-niem-yet"]
LISTED = 7
RAISE = "MERGE (v:DataVersion {id: 'Business'}) SET v.version = coalesce(v.version, 0) + 1"


def business(number: int, **cells: str) -> Record:
    """A listed company; `cells` says what is different with it."""
    kind = MODEL.type("Business")
    usual = {"name": "Công ty", "custodian": "A", "visibility": "OPEN", "origin": "FACT", "kind": "ENTERPRISE"}
    told = {**usual, "symbol": f"S{number:02}", "ownerName": "An", **cells}
    return Record(
        f"Business:A-{number:02}", kind, {one.name: parse(one, told.get(one.name, "")) for one in kind.fields.values()}
    )


def stock() -> Stock:
    others = [
        business(90, visibility="RESTRICTED"),
        business(91, visibility="SHARED"),
        business(92, origin="FICTIONAL"),
        business(93, symbol=""),
    ]
    every = [*(business(number) for number in range(LISTED)), *others]
    return Stock({one.id: one for one in every}, [])


@pytest_asyncio.fixture(loop_scope="session")
async def services(graph: Graph, tmp_path: Path) -> AsyncIterator[Services]:
    """Give a hub over a few companies and the first rules."""
    await clear(graph, MODEL)
    await graph.write(("MATCH (n:DataVersion) DETACH DELETE n", {}))
    await seed(graph, defaults(MODEL))
    await load(graph, MODEL, stock())
    await graph.write((RAISE, {}))
    execution = Execution(graph, MODEL, schema.graphql, Cursors(b"of these tests"), Bounds())
    issuer = DemoIssuer(tmp_path)
    yield Services(
        Settings(data=tmp_path), graph, None, execution, issuer.verifier(), issuer, Shelf(tmp_path / "releases")
    )
    await clear(graph, MODEL)
    await graph.write(("MATCH (n:DataVersion) DETACH DELETE n", {}))


async def opened(services: Services) -> Exports:
    return Exports(services.execution, schema.graphql, await state(services.execution, services.graph))


async def rows(services: Services) -> list[Mapping[str, Any]]:
    return [row async for page in (await opened(services)).rows(COMPANIES) for row in page]


@pytest.mark.parametrize("page", [1, 2, 3, LISTED - 1, LISTED, LISTED + 1, 1_000])
async def test_every_row_comes_once_whatever_the_pages(
    services: Services, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(exports, "PAGE", page)
    found = [row["id"] for row in await rows(services)]
    assert sorted(found) == [f"Business:A-{number:02}" for number in range(LISTED)]


async def test_a_page_is_one_statement(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "PAGE", 3)
    at = await opened(services)
    before = services.graph.statements
    pages = [page async for page in at.rows(COMPANIES)]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert services.graph.statements - before == len(pages) + len(["the epoch", "the versions"])


async def test_only_what_may_be_given_out_is_exported(services: Services) -> None:
    """What anyone may read is not yet what may be given out: without that permission there is no file at all."""
    [rule] = [
        rule
        for rule in defaults(MODEL)
        if (rule.type, rule.assignee, rule.action) == ("Business", ANYONE, Action.DISTRIBUTE)
    ]
    forbidden = Rule("no-exchange", Kind.PROHIBITION, "HUB", ANYONE, Action.DISTRIBUTE, "Business", ("exchange",))
    assert "exchange" in (rule.fields or ())
    await change(services.graph, by="a test", add=[forbidden])
    with pytest.raises(Denied, match="Business\\.exchange"):
        await rows(services)
    await change(services.graph, by="a test", remove=[forbidden.id, rule.id])
    with pytest.raises(Denied, match="Business\\.origin"):
        await rows(services)


async def moved(services: Services, after: int, move: Callable[[], Awaitable[object]]) -> int:
    """Export in pages of three and do something after one of them; how many pages came."""
    seen, at = 0, await opened(services)
    try:
        async for _ in at.rows(COMPANIES):
            seen += 1
            if seen == after:
                await move()
    except Conflict:
        return seen
    raise AssertionError("it went on")


@pytest.mark.parametrize("after", [1, 2, 3])
async def test_data_that_changes_in_the_middle_is_a_conflict(
    services: Services, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    monkeypatch.setattr(exports, "PAGE", 3)
    assert await moved(services, after, partial(services.graph.write, (RAISE, {}))) == 3
    assert len(await rows(services)) == LISTED


@pytest.mark.parametrize("after", [1, 2, 3])
async def test_a_policy_that_changes_in_the_middle_is_a_conflict(
    services: Services, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    monkeypatch.setattr(exports, "PAGE", 3)
    other = Rule("other", Kind.PERMISSION, "HUB", "agency:X", Action.READ, "Farm", ("name",))
    assert await moved(services, after, partial(change, services.graph, by="a test", add=[other])) == 3
    assert len(await rows(services)) == LISTED


async def test_an_instant_at_which_a_rule_ends_is_another_state(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = datetime.now(UTC) + timedelta(days=1)
    hidden = Rule(
        "until-tomorrow",
        Kind.PROHIBITION,
        "HUB",
        ANYONE,
        Action.DISTRIBUTE,
        "Business",
        ("exchange",),
        valid_until=ends,
    )
    await change(services.graph, by="a test", add=[hidden])
    with pytest.raises(Denied):
        await rows(services)
    before = await state(services.execution, services.graph)
    later = MagicMock(wraps=datetime)
    later.now.return_value = ends
    monkeypatch.setattr(policies, "datetime", later)
    after = await state(services.execution, services.graph)
    assert (before.epoch, before.versions) == (after.epoch, after.versions)
    assert fingerprint(COMPANIES, before) != fingerprint(COMPANIES, after)
    assert len(await rows(services)) == LISTED


async def test_one_dataset_is_published_and_then_unchanged(
    services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    await publish(services, named([COMPANIES.slug]))
    assert "new release 1, 7 rows" in capsys.readouterr().out
    assert services.shelf.slugs() == (COMPANIES.slug,)
    await publish(services, named([COMPANIES.slug, COMPANIES.slug]))
    said = capsys.readouterr()
    assert said.out.count("unchanged, release 1, 7 rows") == 1
    assert "không đổi, bản 1" in said.out
    assert said.err == ""
    assert len(services.shelf.releases(COMPANIES.slug)) == 1


async def test_a_change_makes_a_new_release_and_a_dataset_that_fails_stops_no_other(
    services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    await publish(services, named([COMPANIES.slug]))
    await load(services.graph, MODEL, Stock({"Business:A-99": business(99)}, []))
    await services.graph.write((RAISE, {}))
    with pytest.raises(Unavailable) as caught:  # the other dataset has no rows at all
        await publish(services, named(["diem-den-du-lich", COMPANIES.slug]))
    assert "`diem-den-du-lich`" in caught.value.en
    assert COMPANIES.slug not in caught.value.en
    said = capsys.readouterr()
    assert "new release 2, 8 rows" in said.out
    assert "diem-den-du-lich" in said.err
    assert services.shelf.slugs() == (COMPANIES.slug,)


def test_a_dataset_that_is_none_is_named_with_those_there_are() -> None:
    assert named([]) == list(DATASETS.values())
    with pytest.raises(InvalidInput, match="`nope`") as caught:
        named([COMPANIES.slug, "nope"])
    assert all(slug in caught.value.en for slug in DATASETS)
