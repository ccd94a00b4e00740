"""Publishing to a real CKAN: what a stranger reads there is the release, whenever the publisher was killed."""

import json
import math
import os
import re
import secrets
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Generator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from catalog.ckan import Ckan
from catalog.datasets import DATASETS, Dataset
from catalog.mirrors import Mirror
from catalog.packages import SUPERSEDED, extras_of, fields
from catalog.publish import publish
from catalog.releases import Release
from catalog.shelves import Shelf
from hub.cli.targets import to_ckan
from hub.services import Services
from hub.settings import Settings
from schema.errors import ConfigError, Conflict, Denied, HubError, NotFound, Unavailable
from tests.services.servers import CkanServer

pytestmark = pytest.mark.services

ROOT = Path(__file__).parents[2]
BASE = "https://data.example.vn"
NOW = datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)
READS = {"package_show", "organization_show", "user_show", "datastore_search"}


class Killed(BaseException):
    """The publisher is no more: nothing that follows in it is run."""


class Watched(Ckan):
    """A client that counts what it asks, and may die once CKAN has done so many writes."""

    def __init__(self, site: CkanServer, *, dies_after: float = math.inf, token: str | None = None) -> None:
        super().__init__(site.url, site.token if token is None else token)
        self.asked: list[str] = []
        self._dies_after = dies_after

    @property
    def writes(self) -> list[str]:
        """The actions that were asked and are no reading."""
        return [action for action in self.asked if action not in READS]

    def now(self, action: str, data: Mapping[str, object]) -> Any:  # noqa: ANN401 - as in Ckan
        """Call an action where nothing can be awaited."""
        return super()._call(action, data, None)

    def _call(self, action: str, data: Mapping[str, object], files: Mapping[str, Any] | None) -> Any:  # noqa: ANN401 - as in Ckan
        try:
            return super()._call(action, data, files)
        finally:
            self.asked.append(action)
            if action not in READS:
                self.written()

    def written(self) -> None:
        """After each write: die, where this was the last."""
        if len(self.writes) >= self._dies_after:
            raise Killed


def area(code: str, name: str, km2: float, heirs: Sequence[tuple[str, str, str]] = ()) -> dict[str, object]:
    """A province as the operation answers it; heirs by code, name and legal basis."""
    edges = [
        {"share": "FULL", "legalBasis": basis, "node": {"code": heir, "name": named, "validFrom": "2025-07-01"}}
        for heir, named, basis in heirs
    ]
    return {
        "id": f"Area:{code}",
        "code": code,
        "name": name,
        "nameEn": None,
        "validFrom": "2004-01-01",
        "validTo": "2025-06-30" if heirs else None,
        "partOf": {"code": "VN", "name": "Việt Nam"},
        "areaKm2": km2,
        "population": 8_000_000_123 if km2 > 1000 else None,
        "centre": {"lat": 21.028511, "lon": 105.804817},
        "succeededBy": {"pageInfo": {"hasNextPage": False}, "edges": edges},
        "predecessors": {"pageInfo": {"hasNextPage": False}, "edges": []},
        "source": '=nguồn "một"\\ một; hai',
    }


AREAS = [
    area("01", "Hà Nội", 3359.84),
    area("92", "Cần Thơ", 1440.4, [("92", 'Cần "Thơ"\\', "202/2025/QH15"), ("93", "{Hậu, Giang}", "NULL")]),
    *(area(f"{number:03}", f"Tỉnh {number}", number / 100) for number in range(100, 120)),
]


async def released(shelf: Shelf, dataset: Dataset, nodes: Sequence[Mapping[str, object]]) -> Release:
    """Make a release of these nodes on the hub's own shelf."""

    async def rows(_: Dataset) -> AsyncIterator[Sequence[Mapping[str, object]]]:
        yield nodes

    outcome = await publish(dataset, rows, shelf, epoch=1, versions={}, now=NOW)
    return outcome.release


@pytest.fixture
def dataset(ckan: CkanServer) -> Generator[Dataset]:
    """Give a dataset under a name of its own, and take out of CKAN what came of it."""
    dataset = replace(DATASETS["don-vi-hanh-chinh-cap-tinh"], slug=f"tinh-{secrets.token_hex(4)}")
    yield dataset
    site = Watched(ckan)
    clear(site, dataset.slug)
    site.close()


def clear(site: Watched, slug: str) -> None:
    """Take out of CKAN what came of a dataset."""
    for name in (slug, f"{slug}--private"):
        shown = purged(site, "package_show", name)
        for resource in shown["resources"] if shown else ():
            purged(site, "datastore_delete", resource["id"])
        purged(site, "dataset_purge", name)


def purged(site: Watched, action: str, name: str) -> Any:  # noqa: ANN401 - whatever CKAN answers
    """Call an action on something that may not be there."""
    data: dict[str, object] = {"resource_id" if action.startswith("datastore") else "id": name}
    if action == "datastore_delete":
        data["force"] = True
    try:
        return site.now(action, data)
    except NotFound:
        return None


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Give an empty shelf."""
    return Shelf(tmp_path / "shelf")


def mirror(site: Ckan, shelf: Shelf, ckan: CkanServer, largest: int = 10 * 2**20) -> Mirror:
    return Mirror(site, shelf, BASE, ckan.organization, largest)


async def state(ckan: CkanServer, slug: str) -> dict[str, Any]:
    """All that CKAN has of a dataset, without its times."""
    site = Ckan(ckan.url, ckan.token)
    shown, private = [await site.find("package_show", id=name) for name in (slug, f"{slug}--private")]
    found: dict[str, Any] = {"shown": shown, "private": private["resources"] if private else None, "rows": {}}
    for resource in shown["resources"] if shown else ():
        for name in ("created", "last_modified", "metadata_modified"):
            resource.pop(name, None)
        resource["url"] = resource["url"].partition("/resource/")[2]
        resource["package_id"] = ""
        if resource["datastore_active"]:
            found["rows"][resource["id"]] = (await site.call("datastore_search", resource_id=resource["id"]))["records"]
    if shown:  # CKAN keeps extras in no order
        del shown["metadata_created"], shown["metadata_modified"]
        shown["extras"] = sorted(shown["extras"], key=json.dumps)
    site.close()
    return found


async def tables(site: Ckan, ids: Sequence[str]) -> set[str]:
    """Which of these the DataStore has a table for, whether or not anybody can still ask for it."""
    asked = {"resource_id": "_table_metadata", "filters": {"name": list(ids)}}
    return {each["name"] for each in (await site.call("datastore_search", **asked))["records"]}


async def holds(site: Ckan, shelf: Shelf, dataset: Dataset) -> int:
    """Assert that CKAN shows this asker exactly one whole release, and say which; 0 for no dataset at all."""
    try:
        shown = await site.find("package_show", id=dataset.slug)
    except Denied:
        shown = None
    if shown is None:
        return 0
    release = shelf.release(dataset.slug, int(shown["version"]))
    assert [each["hash"] for each in shown["resources"]] == [each.sha256 for each in release.files]
    for resource in shown["resources"]:
        assert await site.sha256(resource["url"]) == resource["hash"]
    table = await site.call("datastore_search", resource_id=shown["resources"][0]["id"], limit=0)
    assert table["total"] == release.rows
    return release.number


def stranger(ckan: CkanServer, action: str, **asked: str) -> Any:  # noqa: ANN401 - whatever CKAN answers
    """What the command line of ckanapi prints for somebody without a token; numbers exact."""
    command = [Path(sys.executable).parent / "ckanapi", "action", action, "-r", ckan.url]
    done = subprocess.run(  # noqa: S603 - a fixed command
        [*command, *(f"{name}={value}" for name, value in asked.items())], capture_output=True, check=True
    )
    return json.loads(done.stdout, parse_float=Decimal)


async def test_what_a_stranger_reads_is_the_release_row_by_row(
    ckan: CkanServer, dataset: Dataset, shelf: Shelf
) -> None:
    release = await released(shelf, dataset, AREAS)
    site = Watched(ckan)
    done = await mirror(site, shelf, ckan).publish(dataset)
    site.close()
    assert (done.release, done.changed) == (release, True)
    shown = stranger(ckan, "package_show", id=dataset.slug)
    assert (shown["title"], shown["version"], shown["private"]) == (dataset.title_vi, "1", False)
    assert extras_of(shown)["identifier"] == f"{BASE}/data/{dataset.slug}#dataset"
    table = stranger(ckan, "datastore_search", resource_id=shown["resources"][0]["id"], limit="30000", sort="_id")
    told = [{name: value for name, value in each.items() if name != "_id"} for each in table["records"]]
    written = shelf.file(release.slug, 1, f"{dataset.slug}.json").read_text("utf-8")
    assert told == json.loads(written, parse_float=Decimal)
    assert len(told) == len(AREAS) == table["total"]
    assert table["fields"][1:] == [{**each, "info": each["info"]} for each in fields(dataset.columns)]
    public = Ckan(ckan.url)
    assert await holds(public, shelf, dataset) == 1
    with pytest.raises(Denied):
        await public.call("package_show", id=f"{dataset.slug}--private")
    public.close()


async def test_it_is_found_without_accents(ckan: CkanServer, dataset: Dataset, shelf: Shelf) -> None:
    await released(shelf, dataset, AREAS)
    site = Watched(ckan)
    await mirror(site, shelf, ckan).publish(dataset)
    found = await site.call("package_search", q="don vi hanh chinh cap tinh", fq=f"name:{dataset.slug}")
    assert found["count"] == 1
    site.close()


async def test_a_second_run_asks_once_and_writes_nothing(ckan: CkanServer, dataset: Dataset, shelf: Shelf) -> None:
    await released(shelf, dataset, AREAS)
    first, second = Watched(ckan), Watched(ckan)
    await mirror(first, shelf, ckan).publish(dataset)
    before = await first.call("package_show", id=dataset.slug)
    done = await mirror(second, shelf, ckan).publish(dataset)
    assert done.changed is False
    assert second.asked == ["package_show"]
    assert await first.call("package_show", id=dataset.slug) == before
    first.close()
    second.close()


async def test_a_reader_sees_one_whole_release_or_nothing_after_every_write(
    ckan: CkanServer, dataset: Dataset, shelf: Shelf
) -> None:
    public, seen = Ckan(ckan.url), list[int]()

    class Read(Watched):
        """A client after each of whose writes the public has a look."""

        async def call(self, action: str, **data: object) -> Any:  # noqa: ANN401 - as in Ckan
            answer = await super().call(action, **data)
            if action not in READS:
                seen.append(await holds(public, shelf, dataset))
            return answer

        async def upload(self, action: str, path: Path, filename: str, media_type: str, **data: str) -> Any:  # noqa: ANN401 - as in Ckan
            answer = await super().upload(action, path, filename, media_type, **data)
            seen.append(await holds(public, shelf, dataset))
            return answer

    site, made = Read(ckan), list[str]()
    for nodes in (AREAS, AREAS[1:], AREAS):
        await released(shelf, dataset, nodes)
        await mirror(site, shelf, ckan).publish(dataset)
        made.append((await site.call("package_show", id=dataset.slug))["resources"][0]["id"])
    assert await tables(site, made) == {made[0]} == {made[2]}
    assert seen == sorted(seen)
    assert set(seen) == {0, 1, 2, 3}
    assert len(seen) == len(site.writes)
    found = await state(ckan, dataset.slug)
    assert found["private"] == []
    assert SUPERSEDED not in extras_of(found["shown"])
    assert len(found["shown"]["resources"]) == 3
    site.close()
    public.close()


async def killed_after(writes: int, ckan: CkanServer, shelf: Shelf, dataset: Dataset) -> bool:
    """Publish until so many writes are done; whether that was before the end."""
    site = Watched(ckan, dies_after=writes)
    try:
        await mirror(site, shelf, ckan).publish(dataset)
    except Killed:
        return True
    finally:
        site.close()
    return False


async def test_killed_after_any_write_of_a_first_release_the_next_run_ends_the_same(
    ckan: CkanServer, dataset: Dataset, shelf: Shelf
) -> None:
    whole, ends = Watched(ckan), list[dict[str, Any]]()
    died, writes = True, 0
    while died:
        writes += 1
        one = replace(dataset, slug=f"{dataset.slug}-{writes}")
        await released(shelf, one, AREAS)
        died = await killed_after(writes, ckan, shelf, one)
        assert await holds(whole, shelf, one) in {0, 1}
        done = await mirror(whole, shelf, ckan).publish(one)
        assert done.release.number == 1
        assert (await mirror(whole, shelf, ckan).publish(one)).changed is False
        ends.append(json.loads(json.dumps(await state(ckan, one.slug)).replace(one.slug, dataset.slug)))
        clear(whole, one.slug)
    assert len(ends) > 6
    assert [anonymised(each) for each in ends] == [anonymised(ends[0])] * len(ends)
    whole.close()


async def test_killed_after_any_write_of_a_later_release_the_next_run_ends_the_same(
    ckan: CkanServer, dataset: Dataset, shelf: Shelf
) -> None:
    whole = Watched(ckan)
    contents, ends = (AREAS, AREAS[2:]), list[dict[str, Any]]()
    for nodes in (*contents[::-1], *contents):
        await released(shelf, dataset, nodes)
        await mirror(whole, shelf, ckan).publish(dataset)
        ends = [*ends, unnumbered(await state(ckan, dataset.slug))][-2:]
    died, writes = True, 0
    while died:
        writes += 1
        release = await released(shelf, dataset, contents[(writes + 1) % 2])
        died = await killed_after(writes, ckan, shelf, dataset)
        assert await holds(whole, shelf, dataset) in {release.number - 1, release.number}
        await mirror(whole, shelf, ckan).publish(dataset)
        assert unnumbered(await state(ckan, dataset.slug)) == ends[(writes + 1) % 2]
    assert writes > 9
    whole.close()


def unnumbered(found: dict[str, Any]) -> dict[str, Any]:
    """A state without the release's number: contents that come back have their ids again, and a number of their own."""
    text = json.dumps({**found, "shown": {**found["shown"], "version": ""}}, ensure_ascii=False)
    return cast("dict[str, Any]", json.loads(re.sub(r"phát hành \d+|Release \d+|/\d+/", "", text)))


def anonymised(found: dict[str, Any]) -> dict[str, Any]:
    """A state without the ids, which are made from the dataset's name, and what CKAN makes of them."""
    shown = {name: value for name, value in found["shown"].items() if name not in {"id", "creator_user_id"}}
    resources = [{**each, "id": "", "url": ""} for each in shown["resources"]]
    return {"shown": {**shown, "resources": resources}, "private": found["private"], "rows": [*found["rows"].values()]}


PUBLISHER = """
import asyncio, os, signal, sys
from pathlib import Path
from dataclasses import replace
from catalog.datasets import DATASETS
from catalog.shelves import Shelf
from tests.services.test_mirrors import CkanServer, Watched, mirror

class Doomed(Watched):
    def written(self):
        if len(self.writes) >= int(sys.argv[4]):
            os.kill(os.getpid(), signal.SIGKILL)

ckan = CkanServer(sys.argv[1], os.environ["HUB_TEST_CKAN_TOKEN"], sys.argv[2])
dataset = replace(DATASETS["don-vi-hanh-chinh-cap-tinh"], slug=sys.argv[3])
asyncio.run(mirror(Doomed(ckan), Shelf(Path(sys.argv[5])), ckan).publish(dataset))
"""


@pytest.mark.parametrize("writes", [3, 7])
async def test_a_publisher_that_is_really_killed(
    ckan: CkanServer, dataset: Dataset, shelf: Shelf, tmp_path: Path, writes: int
) -> None:
    await released(shelf, dataset, AREAS)
    asked = [ckan.url, ckan.organization, dataset.slug, str(writes), str(tmp_path / "shelf")]
    environment = {**os.environ, "HUB_TEST_CKAN_TOKEN": ckan.token, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", PUBLISHER, *asked], env=environment, check=False)  # noqa: ASYNC221, S603 - ours, and nothing else runs
    assert done.returncode == -signal.SIGKILL
    site = Watched(ckan)
    await mirror(site, shelf, ckan).publish(dataset)
    assert await holds(site, shelf, dataset) == 1
    assert (await state(ckan, dataset.slug))["private"] == []
    site.close()


async def test_what_a_killed_run_left_is_cleared_by_the_next_release(
    ckan: CkanServer, dataset: Dataset, shelf: Shelf
) -> None:
    site = Watched(ckan)
    await released(shelf, dataset, AREAS[2:])
    await mirror(site, shelf, ckan).publish(dataset)
    for writes in (1, 3, 5, 7):  # from the first file to the flip
        await released(shelf, dataset, [*AREAS[2:], area("77", f"Lần {writes}", 7.5)])
        assert await killed_after(writes, ckan, shelf, dataset)
    left: list[str] = [each["id"] for each in (await state(ckan, dataset.slug))["private"]]
    assert left
    await released(shelf, dataset, AREAS)
    await mirror(site, shelf, ckan).publish(dataset)
    assert (await state(ckan, dataset.slug))["private"] == []
    assert await tables(site, left) == set()
    site.close()


async def test_what_was_changed_at_ckan_is_put_right_and_what_was_added_stays(
    ckan: CkanServer, dataset: Dataset, shelf: Shelf
) -> None:
    await released(shelf, dataset, AREAS)
    site = Watched(ckan)
    await mirror(site, shelf, ckan).publish(dataset)
    good = await state(ckan, dataset.slug)
    at = good["shown"]["resources"][0]["id"]
    await site.call("datastore_delete", resource_id=at, force=True)
    await site.call("package_patch", id=dataset.slug, title="Khác", private=True)
    assert (await mirror(site, shelf, ckan).publish(dataset)).changed
    assert anonymised(await state(ckan, dataset.slug)) == anonymised(good)
    added = await site.call("resource_create", package_id=dataset.slug, name="Hướng dẫn", url=f"{BASE}/huong-dan.pdf")
    assert (await mirror(site, shelf, ckan).publish(dataset)).changed is False
    await released(shelf, dataset, AREAS[1:])
    await mirror(site, shelf, ckan).publish(dataset)
    shown = await site.call("package_show", id=dataset.slug)
    assert [each["id"] for each in shown["resources"]][3:] == [added["id"]]
    await site.call("package_delete", id=dataset.slug)
    await mirror(site, shelf, ckan).publish(dataset)
    assert (await site.call("package_show", id=dataset.slug))["state"] == "active"
    site.close()


async def test_a_file_too_large_for_ckan_is_a_link_and_its_rows_are_there(
    ckan: CkanServer, dataset: Dataset, shelf: Shelf
) -> None:
    release = await released(shelf, dataset, AREAS)
    site = Watched(ckan)
    await mirror(site, shelf, ckan, largest=0).publish(dataset)
    assert (await mirror(site, shelf, ckan, largest=0).publish(dataset)).changed is False
    shown = await site.call("package_show", id=dataset.slug)
    urls = [each["url"] for each in shown["resources"]]
    assert urls == [f"{BASE}/data/{dataset.slug}/1/{each.name}" for each in release.files]
    table = await site.call("datastore_search", resource_id=shown["resources"][0]["id"])
    assert table["total"] == len(AREAS)
    await mirror(site, shelf, ckan).publish(dataset)
    assert await holds(site, shelf, dataset) == 1
    site.close()


async def test_an_editor_who_is_no_administrator_may_publish(ckan: CkanServer, dataset: Dataset, shelf: Shelf) -> None:
    await released(shelf, dataset, AREAS)
    site, name = Watched(ckan), f"editor-{secrets.token_hex(4)}"
    await mirror(site, shelf, ckan).organized(ckan.organization, dataset.publisher)
    await site.call("user_create", name=name, email=f"{name}@example.org", password=secrets.token_hex(16))
    token = (await site.call("api_token_create", user=name, name="tests"))["token"]
    editor = Watched(ckan, token=token)
    with pytest.raises(Denied, match="editor's rights"):
        await mirror(editor, shelf, ckan).publish(dataset)
    await site.call("organization_member_create", id=ckan.organization, username=name, role="editor")
    for nodes in (AREAS, AREAS[1:]):
        await released(shelf, dataset, nodes)
        assert (await mirror(editor, shelf, ckan).publish(dataset)).changed
    assert await holds(editor, shelf, dataset) == 2
    await site.call("user_delete", id=name)
    editor.close()
    site.close()


async def test_a_dataset_of_somebody_else_is_left_alone(ckan: CkanServer, dataset: Dataset, shelf: Shelf) -> None:
    await released(shelf, dataset, AREAS)
    site = Watched(ckan)
    await mirror(site, shelf, ckan).organized(ckan.organization, dataset.publisher)
    await site.call("package_create", name=dataset.slug, owner_org=ckan.organization, title="Của người khác")
    site.asked.clear()
    with pytest.raises(Conflict, match="rename it there"):
        await mirror(site, shelf, ckan).publish(dataset)
    assert site.writes == []
    site.close()


async def test_a_token_that_ckan_does_not_know(ckan: CkanServer) -> None:
    for token in ("", "made-up"):
        site = Watched(ckan, token=token)
        with pytest.raises(ConfigError, match="does not know HUB_CKAN_TOKEN"):
            await site.admit()
        site.close()


async def test_the_command_tells_of_each_dataset(
    ckan: CkanServer, dataset: Dataset, shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    await released(shelf, dataset, AREAS)
    settings = Settings(ckan_url=ckan.url, ckan_token=ckan.token, ckan_organization=ckan.organization, base_url=BASE)
    services = cast("Services", SimpleNamespace(settings=settings, shelf=shelf))
    await to_ckan(services, [dataset])
    await to_ckan(services, [dataset])
    never = replace(dataset, slug="chua-tung")
    with pytest.raises(HubError) as caught:
        await to_ckan(services, [never, dataset])
    assert isinstance(caught.value, Unavailable)
    assert "`chua-tung`" in caught.value.vi
    said = capsys.readouterr()
    rows = f"{len(AREAS)} dòng"
    assert f"{dataset.slug}: CKAN nay có bản 1, {rows} · CKAN now has release 1, {len(AREAS)} rows\n" in said.out
    assert said.out.count(f"{dataset.slug}: CKAN đã có bản 1, {rows} · CKAN already has release 1") == 2
    assert "chua-tung: `chua-tung` chưa có bản phát hành nào" in said.err
    assert ckan.token not in said.out + said.err
