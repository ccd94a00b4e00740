"""Publishing: run a dataset's operation, pass the gate, and make a new release where the content is new.

The gate refuses a release that holds personal data, that has two rows of one key, or that lost over a fifth of its rows
against the one before (or all of them), unless a named person approved the loss.
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Final, TypeAlias

import pyarrow as pa

from catalog.changes import difference
from catalog.formats import FORMATS, arrow_schema, json_rows, rows_of, typed
from catalog.metadata import Dataset, Rows
from catalog.periods import coverage
from catalog.releases import Changes, Release, shape_of
from catalog.screens import Screen, personal, refuse
from catalog.shelves import Draft, Shelf
from schema.errors import InvalidInput

_KEPT: Final = 0.8


@dataclass(frozen=True, slots=True)
class Published:
    """A new release was made."""

    release: Release


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The content is that of the newest release, so there is no new one."""

    release: Release


@dataclass(frozen=True, slots=True)
class Failed:
    """The dataset was not published; its releases are as they were."""

    error: Exception


Outcome: TypeAlias = Published | Unchanged | Failed
Extras: TypeAlias = Callable[[Dataset, pa.Table], Sequence[Draft]]
"""Further files of a release, made from its table: charts and maps."""


async def publish(  # noqa: PLR0913 - each is one fact about the release, named at every call
    dataset: Dataset,
    rows: Rows,
    shelf: Shelf,
    *,
    epoch: int,
    versions: Mapping[str, str],
    now: datetime,
    screen: Screen = personal,
    approved_by: str = "",
    extras: Extras | None = None,
) -> Published | Unchanged:
    """Publish a dataset; InvalidInput where the gate refuses it. `approved_by` lets through a loss of rows."""
    pages = [typed(dataset.columns, page) async for page in rows(dataset)]

    def settle() -> Published | Unchanged:
        table = _sorted(dataset, pa.concat_tables([arrow_schema(dataset.columns).empty_table(), *pages]))
        refuse(screen(dataset.columns, dataset.key, table))
        before = shelf.latest(dataset.slug)
        content = content_sha256(dataset, table)
        if before is not None and before.content_sha256 == content:
            return Unchanged(before)
        _refuse_loss(dataset, before, table, approved_by)
        release = Release(
            dataset.slug,
            before.number + 1 if before else 1,
            now,
            table.num_rows,
            content,
            (),
            _changes(dataset, shelf, before, table),
            epoch,
            dict(versions),
            shape_of(dataset.columns),
            _temporal(dataset, table),
            approved_by,
        )
        drafts = [*_drafts(dataset, table), *(extras(dataset, table) if extras else ())]
        return Published(shelf.add(release, drafts))

    return await asyncio.to_thread(settle)


async def publish_all(  # noqa: PLR0913 - as above
    datasets: Iterable[Dataset],
    rows: Rows,
    shelf: Shelf,
    *,
    epoch: int,
    versions: Mapping[str, str],
    now: datetime,
    progress: Callable[[Dataset, Outcome], None] | None = None,
    extras: Extras | None = None,
) -> Mapping[str, Outcome]:
    """Publish each dataset; one that fails is reported and does not stop the others."""
    outcomes: dict[str, Outcome] = {}
    for dataset in datasets:
        try:
            outcome: Outcome = await publish(
                dataset, rows, shelf, epoch=epoch, versions=versions, now=now, extras=extras
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to this dataset and is reported
            outcome = Failed(error)
        outcomes[dataset.slug] = outcome
        if progress:
            progress(dataset, outcome)
    return outcomes


def content_sha256(dataset: Dataset, table: pa.Table) -> str:
    """What the release says, as a hash: its columns and its rows, whatever the files look like."""
    digest = sha256(json.dumps(shape_of(dataset.columns)).encode())
    for row in json_rows(dataset.columns, table):
        digest.update(b"\n" + row.encode())
    return digest.hexdigest()


def _sorted(dataset: Dataset, table: pa.Table) -> pa.Table:
    """The rows by key, so that the order of reading changes nothing; each key once."""
    table = table.sort_by([(name, "ascending") for name in dataset.key])  # pyright: ignore[reportUnknownMemberType]
    last: tuple[object, ...] = ()
    for row in rows_of(table):
        key = tuple(row[name] for name in dataset.key)
        if key == last or None in key:
            shown = "/".join(map(str, key))
            raise InvalidInput(
                f"`{dataset.slug}` có khoá trùng hoặc rỗng `{shown}`: sửa khoá đã khai báo",
                f"`{dataset.slug}` has a repeated or empty key `{shown}`: mend the declared key",
            )
        last = key
    return table


def _refuse_loss(dataset: Dataset, before: Release | None, table: pa.Table, approved_by: str) -> None:
    had = before.rows if before else 0
    if approved_by or (table.num_rows and table.num_rows >= _KEPT * had):
        return
    slug, now = dataset.slug, table.num_rows
    raise InvalidInput(
        f"`{slug}` còn {now} dòng, bản trước có {had}: kiểm tra nguồn, hoặc nêu tên người chấp thuận",
        f"`{slug}` has {now} rows, the release before had {had}: check the source, or name who approves the loss",
    )


def _changes(dataset: Dataset, shelf: Shelf, before: Release | None, table: pa.Table) -> Changes:
    if before is None:
        return Changes(added=table.num_rows)
    found = difference(dataset.columns, dataset.key, shelf.table(dataset.slug, before.number), table)
    old, new = before.columns, shape_of(dataset.columns)
    return Changes(
        len(found.added),
        len(found.changed),
        len(found.removed),
        tuple(name for name in new if name not in old),
        tuple(name for name in old if name not in new),
        tuple(name for name in new if name in old and old[name] != new[name]),
    )


def _temporal(dataset: Dataset, table: pa.Table) -> tuple[str, str] | None:
    if isinstance(dataset.temporal, str):
        values = {str(each) for each in table.column(dataset.temporal).to_pylist() if each is not None}
        covered = coverage(values)
    else:
        covered = dataset.temporal
    return (covered[0].isoformat(), covered[1].isoformat()) if covered else None


def _drafts(dataset: Dataset, table: pa.Table) -> list[Draft]:
    return [
        Draft(f"{dataset.slug}.{each.name}", each.name, each.media_type, partial(each.write, dataset.columns, table))
        for each in FORMATS.values()
    ]
