"""A release on a CKAN site, which is not transactional: brought there in steps, each of which can be run again.

    stage    files and table are made in a private package beside the dataset's own, and read back
    let go   the private package lists them no longer; CKAN keeps what was in it
    flip     one write gives the dataset's package the new resources, version and metadata, and makes it public
    clear    the private package takes the resources of the release before, whose tables and files go there

A reader of the dataset's package so finds nothing or one whole release, never parts of two; the ids of resources are
those of their bytes, so nobody reads a table that is being filled. Whenever the publisher is killed, the next run goes
on from what CKAN shows and ends the same. A package that shows what it should costs one request, and no write.

The hub owns the metadata that it declares. Resources that others added to the package stay.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

import pyarrow as pa

from catalog.ckan import Ckan
from catalog.formats import Row, rows_of
from catalog.metadata import Body, Dataset
from catalog.packages import SUPERSEDED, Package, Resource, extras_of, fields, is_ours, package, record, same_row
from catalog.releases import Release
from catalog.shelves import Shelf
from schema.errors import Conflict, HubError, InvalidInput, NotFound, Unavailable, UpstreamError

_BATCH: Final = 5_000
_LET_GO: Final = "hub_let_go"
"""The extra of the private package that names the resources which it listed last, for the other to take."""

_Shown: TypeAlias = Mapping[str, Any]
"""A package as CKAN shows it."""


@dataclass(frozen=True, slots=True)
class Mirrored:
    """The release that CKAN now has; `changed` says whether anything was written."""

    release: Release
    changed: bool


class Mirror:
    """The datasets of one hub on one CKAN site.

    `organization` is the name of theirs there, empty for the publisher's; `largest` the bytes of a file that it takes.
    """

    def __init__(
        self, site: Ckan, shelf: Shelf, base_url: str, organization: str = "", largest: int = 10 * 2**20
    ) -> None:
        self._site = site
        self._shelf = shelf
        self._base_url = base_url
        self._organization = organization
        self._largest = largest
        self._admitted: set[str] = set()

    async def publish(self, dataset: Dataset) -> Mirrored:
        """Bring the newest release there; NotFound where there is none, Conflict where CKAN has another's package."""
        releases = self._shelf.releases(dataset.slug)
        if not releases:
            raise NotFound(
                f"`{dataset.slug}` chưa có bản phát hành nào: hãy phát hành trước",
                f"`{dataset.slug}` has no release yet: publish it first",
            )
        name = self._organization or dataset.publisher.code.lower()
        wanted = package(dataset, releases, self._base_url, name, self._largest)
        shown = await self._shown(wanted)
        if shown is not None and wanted.equals(shown):
            return Mirrored(releases[-1], changed=False)
        await self.organized(name, dataset.publisher)
        listed = {} if shown is None else {each["id"]: each for each in shown["resources"]}
        fresh = [each for each in wanted.resources if each.id not in listed]
        damaged = [each for each in wanted.resources if each.id in listed and not each.same(listed[each.id])]
        if shown is not None:
            await self._make(dataset, releases[-1], damaged, shown["id"])
        if fresh:
            private = await self._private(wanted)
            await self._discard(private, _stranded(private, {each.id for each in fresh} | listed.keys()))
            await self._make(dataset, releases[-1], fresh, private["id"])
            let_go = [{"key": _LET_GO, "value": " ".join(each.id for each in fresh)}]
            await self._site.call("package_patch", id=private["id"], resources=[], extras=let_go)
        await self._flip(wanted, shown)
        await self._clear(wanted)
        return Mirrored(releases[-1], changed=True)

    async def _shown(self, wanted: Package) -> _Shown | None:
        shown = await self._site.find("package_show", id=wanted.name)
        if shown is not None and extras_of(shown).get("identifier") != wanted.identifier:
            raise Conflict(
                f"CKAN đã có tập dữ liệu `{wanted.name}` không phải là `{wanted.identifier}`: hãy đổi tên nó ở đó, "
                "hoặc sửa HUB_BASE_URL",
                f"CKAN already has a dataset `{wanted.name}` that is not `{wanted.identifier}`: rename it there, "
                "or mend HUB_BASE_URL",
            )
        return shown

    async def organized(self, name: str, publisher: Body) -> None:
        """Have the organisation; what is there stays as it is. CKAN may answer 500 and have made it all the same."""
        if name in self._admitted:
            return
        if await self._site.find("organization_show", id=name) is None:
            await self._settled(
                self._site.call("organization_create", name=name, title=publisher.vi, description=publisher.en),
                lambda: self._site.find("organization_show", id=name),
            )
        self._admitted.add(name)

    async def _settled(self, write: Awaitable[Any], look: Callable[[], Awaitable[Any]]) -> Any:  # noqa: ANN401 - whatever CKAN shows
        """What CKAN shows after a write, which an error does not say was not done; that error where nothing shows."""
        failed: HubError | None = None
        try:
            await write
        except (Conflict, InvalidInput, Unavailable, UpstreamError) as error:
            failed = error
        found = await look()
        if found is None and failed is not None:
            raise failed
        return found

    async def _make(self, dataset: Dataset, release: Release, resources: Sequence[Resource], at: str) -> None:
        """Have the files and the table of these resources in the package of that id, read back."""
        for resource in resources:
            await self._file(at, resource, self._shelf.file(release.slug, release.number, resource.file.name))
            if resource.table:
                await self._table(dataset, resource, self._shelf.table(release.slug, release.number))

    async def _private(self, wanted: Package) -> _Shown:
        """The private package in which this dataset is made ready."""
        body = {
            "title": f"{wanted.body['title']}: nơi chuẩn bị bản phát hành · being made ready",
            "notes": wanted.body["notes"],
            "owner_org": wanted.organization,
            "private": True,
            "state": "active",
        }
        name = f"{wanted.name}--private"
        shown = await self._site.find("package_show", id=name)
        if shown is None:
            shown = await self._settled(
                self._site.call("package_create", name=name, **body),
                lambda: self._site.find("package_show", id=name),
            )
        if not shown["private"] or shown["state"] != "active":
            shown = await self._site.call("package_patch", id=shown["id"], **body)
        return cast("_Shown", shown)

    async def _discard(self, private: _Shown, gone: Sequence[str]) -> None:
        """Delete resources that no package lists, with table and file: only one that is listed can be deleted whole."""
        if not gone:
            return
        taken = [{"id": each, "name": each, "url": "", "clear_upload": True, "datastore_active": True} for each in gone]
        kept = [each for each in private["resources"] if each["id"] not in gone]
        await self._site.call("package_patch", id=private["id"], resources=[*kept, *taken])
        for each in gone:
            await self._site.find("resource_delete", id=each)

    async def _file(self, at: str, resource: Resource, path: Path) -> None:
        """Have CKAN hold a file, byte for byte; where it does already, nothing is sent."""
        held = await self._held(at, resource)
        if held is not None and await self._intact(held, resource):
            return
        action = "resource_create" if held is None else "resource_patch"
        if resource.linked:
            write = self._site.call(action, package_id=at, **resource.body)
        else:
            body = {name: str(resource.body[name]) for name in ("id", "name", "format", "mimetype", "hash", "hub_url")}
            write = self._site.upload(action, path, resource.filename, resource.file.media_type, package_id=at, **body)
        held = await self._settled(write, lambda: self._held(at, resource))
        if held is None or not await self._intact(held, resource):
            raise UpstreamError(
                f"CKAN trả lại tệp `{resource.filename}` khác với tệp đã gửi: hãy phát hành lại",
                f"CKAN gives back another file than `{resource.filename}` that was sent: publish again",
            )

    async def _held(self, at: str, resource: Resource) -> _Shown | None:
        shown = cast("_Shown", await self._site.call("package_show", id=at))
        return next((each for each in shown["resources"] if each["id"] == resource.id), None)

    async def _intact(self, held: _Shown, resource: Resource) -> bool:
        if resource.linked:
            return held["url"] == resource.body["url"]
        try:
            return bool(held["url"]) and await self._site.sha256(held["url"]) == resource.file.sha256
        except NotFound:
            return False

    async def _table(self, dataset: Dataset, resource: Resource, table: pa.Table) -> None:
        """Have the DataStore hold the rows, in their order; a table that is not whole is made anew."""
        filled = await self._filled(dataset, resource, table)
        if filled:
            return
        if filled is not None:
            await self._site.call("datastore_delete", resource_id=resource.id, force=True)
        await self._site.call(
            "datastore_create",
            resource_id=resource.id,
            fields=fields(dataset.columns),
            primary_key=list(dataset.key),
            force=True,  # the resource has a file, so CKAN takes its table for one that is read only
        )
        for start in range(0, table.num_rows, _BATCH):
            await self._site.call(
                "datastore_upsert",
                resource_id=resource.id,
                records=[record(dataset.columns, row) for row in rows_of(table.slice(start, _BATCH))],
                calculate_record_count=start + _BATCH >= table.num_rows,
                force=True,
            )
        if not await self._filled(dataset, resource, table):
            raise UpstreamError(
                f"CKAN trả lại các dòng của `{dataset.slug}` khác với đã gửi: hãy phát hành lại",
                f"CKAN gives back other rows of `{dataset.slug}` than were sent: publish again",
            )

    async def _filled(self, dataset: Dataset, resource: Resource, table: pa.Table) -> bool | None:
        """Whether the DataStore shows these fields and rows, all of them and in this order; None without a table."""
        at = 0
        while True:
            page = await self._site.find(
                "datastore_search", resource_id=resource.id, sort="_id", limit=_BATCH, offset=at
            )
            if page is None:
                return None
            if page["total"] != table.num_rows:
                return False
            kinds = [(each["id"], each["type"], each.get("info")) for each in page["fields"] if each["id"] != "_id"]
            if kinds != [(each["id"], each["type"], each["info"]) for each in fields(dataset.columns)]:
                return False
            records = cast("list[Row]", page["records"])
            rows = rows_of(table.slice(at, len(records)))
            if not all(same_row(dataset.columns, *pair) for pair in zip(rows, records, strict=True)):
                return False
            at += len(records)
            if not records or at == table.num_rows:
                return at == table.num_rows

    async def _flip(self, wanted: Package, shown: _Shown | None) -> None:
        """Change the dataset's package in one write, and read it back; it names what is to be cleared away."""
        old: list[dict[str, Any]] = [] if shown is None else shown["resources"]
        kept = {each.id for each in wanted.resources}
        gone: list[str] = [each["id"] for each in old if is_ours(each)]
        gone += [] if shown is None else extras_of(shown).get(SUPERSEDED, "").split()
        gone = [each for each in dict.fromkeys(gone) if each not in kept]
        body: dict[str, object] = {
            **wanted.body,
            "extras": _listed(wanted.extras, gone),
            "resources": [
                *(dict(each.body) for each in wanted.resources),
                *(each for each in old if not is_ours(each)),
            ],
        }
        if shown is None:
            write = self._created(wanted.id, body)
        else:
            write = self._site.call("package_patch", **{**body, "id": shown["id"]})
        found = await self._settled(write, lambda: self._site.find("package_show", id=wanted.name))
        if found is None or not wanted.equals(_without(found)):
            raise UpstreamError(
                f"CKAN không hiện `{wanted.name}` như đã gửi: hãy phát hành lại",
                f"CKAN does not show `{wanted.name}` as it was sent: publish again",
            )

    async def _created(self, own_id: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever CKAN answers
        """Make the package under our own id, which CKAN takes from its administrators alone, or else under its."""
        try:
            return await self._site.call("package_create", id=own_id, **body)
        except InvalidInput:
            return await self._site.call("package_create", **body)

    async def _clear(self, wanted: Package) -> None:
        """Delete what was superseded, with tables and files, where nobody sees it; then forget that it was."""
        shown = cast("_Shown", await self._site.call("package_show", id=wanted.name))
        gone = extras_of(shown).get(SUPERSEDED, "").split()
        if not gone:
            return
        await self._discard(await self._private(wanted), gone)
        await self._site.call("package_patch", id=shown["id"], extras=_listed(wanted.extras, []))


def _listed(extras: Mapping[str, str], gone: Sequence[str]) -> list[dict[str, str]]:
    whole = {**extras, SUPERSEDED: " ".join(gone)} if gone else extras
    return [{"key": name, "value": value} for name, value in whole.items()]


def _without(shown: _Shown) -> _Shown:
    """The package as it shows without the extra of what is to be cleared away."""
    return {**shown, "extras": [each for each in shown["extras"] if each["key"] != SUPERSEDED]}


def _stranded(private: _Shown, wanted: AbstractSet[str]) -> list[str]:
    """What an earlier run made ready and never flipped, and this one does not want."""
    known = [each["id"] for each in private["resources"]] + extras_of(private).get(_LET_GO, "").split()
    return [each for each in dict.fromkeys(known) if each not in wanted]
