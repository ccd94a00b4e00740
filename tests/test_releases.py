"""Releases: immutable, whole or not there, new only where the content is, and kept back where the gate says so."""

import asyncio
import csv
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from catalog.columns import column
from catalog.datasets import DATASETS, Dataset, Rows
from catalog.publish import Failed, Published, Unchanged, publish, publish_all
from catalog.releases import Changes, Release
from catalog.screens import Personal, kind_of
from catalog.shelves import Draft, Shelf
from schema.errors import Conflict, HubError, InvalidInput, NotFound, Unavailable

DATASET = DATASETS["doanh-nghiep-niem-yet"]
SLUG = DATASET.slug
NOW = datetime(2026, 11, 22, 3, 4, 5, 678000, tzinfo=UTC)
FACTS = Path(__file__).parents[1] / "examples" / "facts"
Node = Mapping[str, object]


def company(symbol: str, name: str = "Công ty Cổ phần Sữa Việt Nam") -> dict[str, object]:
    """A listed company as GraphQL answers it."""
    return {
        "id": f"Business:NSO-{symbol}",
        "symbol": symbol,
        "name": name,
        "exchange": "HOSE",
        "listedOn": "2006-01-19",
        "inSector": {"code": "FOOD", "name": "Thực phẩm"},
        "source": "Danh sách niêm yết",
    }


COMPANIES = [company(symbol) for symbol in ("AAA", "BBB", "CCC", "DDD", "EEE")]


def rows_of(nodes: Sequence[Node], *, page: int = 2, error: Exception | None = None) -> Rows:
    """Pages of these nodes, whatever the dataset; `error` comes after the first page."""

    async def pages(_dataset: Dataset) -> AsyncIterator[Sequence[Node]]:
        for start in range(0, len(nodes), page):
            if error is not None and start:
                raise error
            yield nodes[start : start + page]
            await asyncio.sleep(0)

    return pages


async def run(shelf: Shelf, nodes: Sequence[Node], dataset: Dataset = DATASET, approved_by: str = "") -> Release:
    """Publish these nodes and give the newest release, new or not."""
    outcome = await publish(
        dataset, rows_of(nodes), shelf, epoch=7, versions={"run": "R1"}, now=NOW, approved_by=approved_by
    )
    return outcome.release


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Give an empty shelf."""
    return Shelf(tmp_path / "shelf")


async def test_a_first_release_holds_every_format(shelf: Shelf) -> None:
    assert shelf.latest(SLUG) is None
    outcome = await publish(DATASET, rows_of(COMPANIES), shelf, epoch=7, versions={"run": "R1"}, now=NOW)
    assert isinstance(outcome, Published)
    release = outcome.release
    assert release == shelf.release(SLUG, 1) == shelf.latest(SLUG)
    assert (release.number, release.rows, release.epoch, release.versions) == (1, 5, 7, {"run": "R1"})
    assert (release.issued, release.temporal) == (NOW, ("2006-01-19", "2006-01-19"))
    assert release.changes == Changes(added=5)
    assert [each.format for each in release.files] == ["csv", "json", "parquet"]
    for each in release.files:
        held = shelf.file(SLUG, 1, each.name).read_bytes()
        assert (sha256(held).hexdigest(), len(held)) == (each.sha256, each.size)
    assert shelf.table(SLUG, 1).column("symbol").to_pylist() == ["AAA", "BBB", "CCC", "DDD", "EEE"]
    assert shelf.slugs() == (SLUG,)


async def test_the_same_content_is_no_new_release(shelf: Shelf) -> None:
    await run(shelf, COMPANIES)
    outcome = await publish(DATASET, rows_of(COMPANIES[::-1], page=3), shelf, epoch=8, versions={"run": "R2"}, now=NOW)
    assert outcome == Unchanged(shelf.release(SLUG, 1))
    assert len(shelf.releases(SLUG)) == 1


async def test_changes_are_counted_by_key_and_the_old_release_stays(shelf: Shelf) -> None:
    first = await run(shelf, COMPANIES)
    held = {each.name: shelf.file(SLUG, 1, each.name).read_bytes() for each in first.files}
    second = await run(shelf, [company("AAA", "Tên mới"), *COMPANIES[1:4], company("ZZZ")])
    assert (second.number, second.rows) == (2, 5)
    assert second.changes == Changes(added=1, changed=1, removed=1)
    found = shelf.difference(SLUG, 2, DATASET.columns, DATASET.key)
    assert found.added == (("Business:NSO-ZZZ",),)
    assert found.changed == (("Business:NSO-AAA",),)
    assert found.removed == (("Business:NSO-EEE",),)
    assert len(shelf.difference(SLUG, 1, DATASET.columns, DATASET.key).added) == 5
    assert shelf.releases(SLUG) == (first, second)
    assert {each.name: shelf.file(SLUG, 1, each.name).read_bytes() for each in first.files} == held


async def test_going_back_is_a_release_too(shelf: Shelf) -> None:
    first = await run(shelf, COMPANIES)
    await run(shelf, COMPANIES[:4])
    third = await run(shelf, COMPANIES)
    assert (third.number, third.content_sha256, third.files) == (3, first.content_sha256, first.files)


async def test_a_changed_schema_is_named(shelf: Shelf) -> None:
    await run(shelf, COMPANIES)
    columns = [each for each in DATASET.columns if each.name not in ("exchange", "sectorName")]
    listed = replace(column("Business", "listedOn", "listedOn", "Niêm yết", "Listed"), unit_en="day")
    columns = [listed if each.name == "listedOn" else each for each in columns]
    changed = replace(DATASET, columns=(*columns, column("Business", "sector", "inSector.name", "Ngành", "Sector")))
    release = await run(shelf, COMPANIES, changed)
    assert release.changes == Changes(
        columns_added=("sector",), columns_removed=("exchange", "sectorName"), columns_changed=("listedOn",)
    )


async def test_extra_files_come_with_the_release(shelf: Shelf) -> None:
    outcome = await publish(
        DATASET,
        rows_of(COMPANIES),
        shelf,
        epoch=7,
        versions={},
        now=NOW,
        extras=lambda _, table: [
            Draft("chart.svg", "svg", "image/svg+xml", lambda path: path.write_text(f"<svg>{table.num_rows}</svg>"))  # pyright: ignore[reportArgumentType]
        ],
    )
    assert shelf.file(SLUG, outcome.release.number, "chart.svg").read_text() == "<svg>5</svg>"


async def test_rows_that_break_off_leave_nothing(shelf: Shelf) -> None:
    broken = rows_of(COMPANIES, error=Unavailable("chính sách vừa đổi", "the policy's epoch moved"))
    with pytest.raises(Unavailable):
        await publish(DATASET, broken, shelf, epoch=7, versions={}, now=NOW)
    assert shelf.releases(SLUG) == ()


@pytest.mark.parametrize("left", [0, 3])
async def test_a_great_loss_asks_for_a_name(shelf: Shelf, left: int) -> None:
    await run(shelf, COMPANIES)
    with pytest.raises(InvalidInput, match=f"has {left} rows, the release before had 5") as refusal:
        await run(shelf, COMPANIES[:left])
    assert f"còn {left} dòng" in refusal.value.vi
    release = await run(shelf, COMPANIES[:left], approved_by="Nguyễn Văn A")
    assert (release.number, release.approved_by) == (2, "Nguyễn Văn A")


async def test_a_fifth_may_go_and_nothing_is_no_first_release(shelf: Shelf) -> None:
    with pytest.raises(InvalidInput, match="has 0 rows"):
        await run(shelf, [])
    await run(shelf, COMPANIES)
    assert (await run(shelf, COMPANIES[:4])).number == 2


async def test_a_key_stands_once(shelf: Shelf) -> None:
    for nodes in ([*COMPANIES, company("AAA", "Tên khác")], [{**company("AAA"), "id": None}]):
        with pytest.raises(InvalidInput, match="repeated or empty key"):
            await run(shelf, nodes)


PERSONAL = [
    ("079200001234", Personal.CITIZEN),
    ("Căn cước 001 085 012 345 cấp năm 2021", Personal.CITIZEN),
    ("012345678", Personal.IDENTITY_CARD),
    ("số CMND: 012345678", Personal.IDENTITY_CARD),
    ("0912345678", Personal.PHONE),
    ("liên hệ 0989.930.930", Personal.PHONE),
    ("ĐT +84 91 234 5678 (chị Lan)", Personal.PHONE),
    ("(024) 3825 1234", Personal.PHONE),
    ("lan.nguyen+hub@example.vn", Personal.EMAIL),
    ("xe 30A-123.45", Personal.PLATE),
    ("51F12345", Personal.PLATE),
]
HARMLESS = [
    "Công ty Cổ phần Xây dựng 47",
    "Quyết định 411/QĐ-TTg ngày 31/3/2022",
    "Nghị quyết 1664/NQ-UBTVQH15, công văn 915/CTK-CSCL",
    "https://baomoi.net.vn/kinh-te-so-c0912345678.epi",
    "N1060501E10755644",
    "Observation:0517/VN@1976-07-02/2020/2024/TOTAL/2025-01-06",
    "Quốc lộ 14B, km 101+500",
    "2025-07-01 08:09:10",
    "0.899999976",
    "100.8423076923077",
    "999999999999",
    "0ee0ee86758d048c4eed457d110d04f153c02e2e",
    "1990 1995 2000 2005 2010",
]


@pytest.mark.parametrize(("text", "kind"), PERSONAL)
async def test_personal_data_stops_a_release_and_is_not_repeated(shelf: Shelf, text: str, kind: Personal) -> None:
    with pytest.raises(InvalidInput, match=r"column `name`, row `Business:NSO-PPP`") as refusal:
        await run(shelf, [*COMPANIES, company("PPP", text)])
    vi, _, en = kind.value.partition(" / ")
    assert en in refusal.value.en
    assert vi in refusal.value.vi
    assert text not in refusal.value.en + refusal.value.vi
    assert shelf.releases(SLUG) == ()


async def test_personal_data_in_an_identifier_is_masked(shelf: Shelf) -> None:
    with pytest.raises(InvalidInput, match=r"column `id`, row `Business:NSO-\*{10}`"):
        await run(shelf, [company("0912345678")])


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_not_personal_passes(text: str) -> None:
    assert kind_of(text) is None


def test_nine_digits_pass_in_an_identifier_only() -> None:
    assert kind_of("123456789", identifier=True) is None
    assert kind_of("123456789") is Personal.IDENTITY_CARD


def test_the_facts_raise_no_alarm() -> None:
    cells = 0
    for path in sorted(FACTS.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as source:
            for row in csv.DictReader(source):
                cells += len(row)
                assert [(path.name, each) for each in row.values() if each and kind_of(each)] == []
    assert cells > 10_000


class Killed(BaseException):
    """Stands for the end of the process: nothing of ours catches it."""


async def test_killed_anywhere_there_is_the_old_state_or_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, point = True, 0
    while reached:
        point += 1
        shelf = Shelf(tmp_path / str(point))
        first = await run(shelf, COMPANIES)
        with monkeypatch.context() as patch:
            calls = _killing(patch, point)
            with suppress(Killed):
                await run(shelf, COMPANIES[:4])
            reached = calls[0] >= point
        state = shelf.releases(SLUG)
        assert state[0] == first
        assert len(state) in (1, 2)
        for release in state:
            for each in release.files:
                assert sha256(shelf.file(SLUG, release.number, each.name).read_bytes()).hexdigest() == each.sha256
        assert (await run(shelf, COMPANIES[:4])).number == 2
    assert point > 10


def _killing(patch: pytest.MonkeyPatch, point: int) -> list[int]:
    """Count the calls that reach the disk and end the process, as it were, at one of them."""
    calls = [0]

    def counted(name: str) -> None:
        real = getattr(os, name)

        def call(*args: object, **named: object) -> object:
            calls[0] += 1
            if calls[0] == point:
                raise Killed
            return real(*args, **named)

        patch.setattr(os, name, call)

    for name in ("fsync", "link", "replace", "unlink"):
        counted(name)
    return calls


SCRIPT = """
import asyncio, os, signal, sys
from pathlib import Path
from catalog.shelves import Shelf
from tests.test_releases import COMPANIES, run

left = int(sys.argv[2])
real = os.fsync

def fsync(handle):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    real(handle)

os.fsync = fsync
asyncio.run(run(Shelf(Path(sys.argv[1])), COMPANIES[:4]))
"""


@pytest.mark.parametrize("point", [1, 5, 8, 9])
async def test_a_real_kill_leaves_a_shelf_that_works(shelf: Shelf, tmp_path: Path, point: int) -> None:
    first = await run(shelf, COMPANIES)
    ended = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SCRIPT, str(tmp_path / "shelf"), str(point), cwd=Path(__file__).parents[1]
    )
    assert await ended.wait() == -signal.SIGKILL
    assert shelf.releases(SLUG)[0] == first
    assert (await run(shelf, COMPANIES[:4])).number == 2


async def test_a_number_is_taken_once(shelf: Shelf) -> None:
    release = await run(shelf, COMPANIES)
    with pytest.raises(Conflict, match="release 1"):
        shelf.add(release, [])
    assert shelf.releases(SLUG) == (release,)


async def test_what_is_not_there_is_not_found(shelf: Shelf) -> None:
    await run(shelf, COMPANIES)
    for slug in ("../etc", "", "a/b", "A", "a--b", SLUG + "\n"):
        with pytest.raises(NotFound):
            shelf.releases(slug)
    for number in (0, 2, -1):
        with pytest.raises(NotFound):
            shelf.release(SLUG, number)
    with pytest.raises(NotFound):
        shelf.file(SLUG, 1, "../000001.json")
    assert shelf.releases("never-published") == ()


async def test_a_dataset_that_fails_does_not_stop_the_others(shelf: Shelf) -> None:
    other = replace(DATASET, slug="other")
    bad = replace(DATASET, slug="bad")

    async def rows(dataset: Dataset) -> AsyncIterator[Sequence[Node]]:
        if dataset.slug == "bad":
            raise ZeroDivisionError
        yield [company("PPP", "0912345678")] if dataset.slug == "other" else COMPANIES
        await asyncio.sleep(0)

    seen: list[str] = []
    outcomes = await publish_all(
        [bad, other, DATASET],
        rows,
        shelf,
        epoch=7,
        versions={},
        now=NOW,
        progress=lambda dataset, outcome: seen.append(f"{dataset.slug} {type(outcome).__name__}"),
    )
    assert seen == ["bad Failed", "other Failed", f"{SLUG} Published"]
    failed = outcomes["other"]
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, HubError)
    assert shelf.slugs() == (SLUG,)
