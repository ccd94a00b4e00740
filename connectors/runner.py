"""Running streams: what changed is written batch by batch, each batch with its checkpoint in one transaction.

A run can be killed anywhere: the next one goes on behind the last batch that was written whole, and the graph becomes
what an uninterrupted run would have made. A source that is as it was is not read again. Rows that cannot be read are
kept with their reason; a table with too many of them changes nothing.
"""

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from connectors import batches, rows, sources, statements, tabular
from connectors.areas import AreaRow, Areas
from connectors.base import Named, Reference, Stream
from connectors.leases import Checkpoint, Lease, State, checkpoint, take
from connectors.rows import Bad, Good
from schema.errors import HubError, InvalidInput
from schema.graph import Graph, Statement
from schema.model import Model, RecordType
from schema.scalars import Stored, instant, properties

Progress = Callable[[str, int, int], None]
"""Told after each batch: the stream, the rows that are done, and all rows."""

BATCH: Final = 1_000
"""Rows; a row of some tables is several records, and a statement has a time limit."""
LEASE_SECONDS: Final = 60.0
_IDS: Final = 5_000
_NAMING: Final = frozenset({"Area", "Indicator"})
"""Types whose records are part of what a row means: their names, periods and custodians."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run came to: rows read and put aside, records written and left as they were."""

    stream: str
    run: str
    state: State
    read: int
    written: int
    unchanged: int
    quarantined: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class _Input:
    """What a stream is about to read, and the versions of the data that its rows refer to."""

    stream: Stream
    kind: RecordType
    table: tabular.Source
    citations: Mapping[str, str]
    basis: str
    versions: Mapping[str, int]

    def fingerprint(self, types: Iterable[str]) -> str:
        """Equal as long as neither the files, nor the connector, nor the data of these types changed."""
        found = {name: self.versions.get(name, 0) for name in sorted(types)}
        return hashlib.sha256(json.dumps([self.basis, found]).encode()).hexdigest()

    @property
    def meaning(self) -> str:
        """The fingerprint of a table without bad rows: what it refers to only has to be there."""
        return self.fingerprint((_NAMING & self.versions.keys()) - {self.kind.name})

    @property
    def everything(self) -> str:
        """The fingerprint while anything may still change what the bad rows are."""
        return self.fingerprint(self.versions)

    def raised(self, types: Iterable[str]) -> "_Input":
        """The same after this run itself changed data of these types."""
        own = {name: self.versions[name] + 1 for name in types if name in self.versions}
        return replace(self, versions={**self.versions, **own})


@dataclass(slots=True)
class _Tally:
    read: int
    quarantined: int
    written: int = 0
    unchanged: int = 0

    def props(self, state: State, **more: object) -> dict[str, object]:
        """Properties of the run's record."""
        return {
            "state": state.value,
            "read": self.read,
            "written": self.written,
            "unchanged": self.unchanged,
            "quarantined": self.quarantined,
            **more,
        }


class Runner:
    """Runs streams into one graph."""

    def __init__(
        self,
        graph: Graph,
        model: Model,
        *,
        batch: int = BATCH,
        lease_seconds: float = LEASE_SECONDS,
        progress: Progress | None = None,
    ) -> None:
        self._graph = graph
        self._model = model
        self._batch = batch
        self._lease_seconds = lease_seconds
        self._progress = progress

    async def run(self, stream: Stream, folder: Path) -> RunResult:
        """Load one stream from a folder of tables; InvalidInput where its table is wrong, Conflict where it runs."""
        given = await self._input(stream, folder)
        past = await checkpoint(self._graph, stream.name)
        size, sha256 = len(given.table.content), given.table.sha256
        if past.complete and past.fingerprint in {given.meaning, given.everything}:
            return RunResult(stream.name, past.run, State.UNCHANGED, 0, 0, 0, 0, size, sha256)
        about = {
            "connector": stream.name,
            "version": stream.version,
            "file": given.table.name,
            "bytes": size,
            "sha256": sha256,
            "licence": stream.licence,
            "attribution": stream.attribution,
        }
        lease = await take(self._graph, stream.name, about, self._lease_seconds)
        try:
            tally = await self._load(given, past, lease)
        except BaseException as error:
            await _fail(lease, error)
            raise
        return RunResult(
            stream.name,
            lease.run,
            State.COMPLETE,
            tally.read,
            tally.written,
            tally.unchanged,
            tally.quarantined,
            size,
            sha256,
        )

    async def _input(self, stream: Stream, folder: Path) -> _Input:
        kind = self._model.type(stream.entity)
        table = tabular.source(folder / stream.file)
        files = [table.sha256]
        citations: Mapping[str, str] = {}
        if stream.cited:
            cited = tabular.source(folder / sources.FILE)
            citations = sources.citations(cited)
            files.append(cited.sha256)
        links = [kind.links[stream.link]] if stream.link else [link for link in kind.links.values() if link.outgoing]
        types = sorted({kind.name, *(link.target for link in links)})
        found = await self._graph.read(statements.VERSIONS, {"types": types})
        versions = {str(name): version for name, version in found if isinstance(version, int)}
        basis = json.dumps([stream.name, stream.version, repr(kind), files])
        return _Input(stream, kind, table, citations, basis, {name: versions.get(name, 0) for name in types})

    async def _load(self, given: _Input, past: Checkpoint, lease: Lease) -> _Tally:
        good, bad = await self._rows(given)
        tally = _Tally(len(good) + len(bad), len(bad))
        await self._quarantine(given, bad, lease, tally)
        _refuse(given.stream, tally, bad)
        done = past.rows if not past.complete and past.fingerprint == given.everything else 0
        for start in range(done, len(good), self._batch):
            chunk = good[start : start + self._batch]
            given = await self._write(given, chunk, start + len(chunk), lease, tally)
            self._tell(given.stream, start + len(chunk), len(good))
        ended = tally.props(State.COMPLETE, ended=instant(datetime.now(UTC)))
        final = {
            "fingerprint": given.everything if bad else given.meaning,
            "rows": len(good),
            "complete": True,
        }
        await lease.end((statements.RECORD, {"props": ended}), (statements.ADVANCE, {"checkpoint": final}))
        if done >= len(good):
            self._tell(given.stream, len(good), len(good))
        return tally

    async def _rows(self, given: _Input) -> tuple[list[Good], list[Bad]]:
        """Read the table, in a thread of its own, and look up what its links lead to."""
        reference = Reference(*await self._names(given), given.citations)
        found = await asyncio.to_thread(rows.read, self._model, given.stream, given.table, reference)
        present: set[str] = set()
        for name, ids in rows.targets(self._model, found[0]).items():
            wanted = sorted(ids)
            for start in range(0, len(wanted), _IDS):
                text = statements.present(self._model.type(name))
                there = await self._graph.read(text, {"ids": wanted[start : start + _IDS]})
                present.update(str(row[0]) for row in there)
        return await asyncio.to_thread(rows.settle, self._model, given.stream, found, present)

    async def _names(self, given: _Input) -> tuple[Areas, Mapping[str, Named]]:
        """Areas, and the names of areas and indicators, where the rows of this stream may speak of them."""
        areas: list[AreaRow] = []
        names: dict[str, Named] = {}
        wanted = (_NAMING & given.versions.keys()) - {given.kind.name}
        if "Area" in wanted:
            fields = ("name", "nameEn", "custodian", "code", "level", "validFrom", "validTo")
            for line in await self._graph.read(statements.every(self._model.type("Area"), fields), {}):
                key, name, name_en, custodian, code, level, start, end = (str(value or "") for value in line)
                names[key] = Named(name, name_en, custodian)
                areas.append(AreaRow(key.partition(":")[2], code, name, name_en, level, start, end or None))
        if "Indicator" in wanted:
            text = statements.every(self._model.type("Indicator"), ("name", "nameEn", "custodian"))
            for line in await self._graph.read(text, {}):
                key, *rest = (str(value or "") for value in line)
                names[key] = Named(*rest)
        return Areas(areas), names

    async def _write(self, given: _Input, chunk: Sequence[Good], done: int, lease: Lease, tally: _Tally) -> _Input:
        """Write one batch with its checkpoint; return the input with the versions that this raised."""
        records = [(record, self._provenance(given, one, lease)) for one in chunk for record in one.records]
        found = await batches.changes(self._graph, self._model, records, given.stream.disposition)
        given = given.raised(found.types)
        tally.written += found.written
        tally.unchanged += found.unchanged
        point = {"fingerprint": given.everything, "rows": done, "complete": False}
        await lease.write(
            *((text, {"rows": lines}) for text, lines in found.writes),
            (statements.HOLD_VERSIONS, {"types": sorted(found.types)}),
            (statements.RAISE, {"types": sorted(found.types)}),
            (statements.RECORD, {"props": tally.props(State.RUNNING)}),
            (statements.ADVANCE, {"checkpoint": point}),
        )
        return given

    def _provenance(self, given: _Input, one: Good, lease: Lease) -> Mapping[str, Stored]:
        values: Mapping[str, Stored] = {
            "sourceFile": given.table.name,
            "sourceRow": one.row.number,
            "run": lease.run,
            "updatedAt": instant(datetime.now(UTC)),
        }
        found: dict[str, Stored] = {}
        for name, value in values.items():
            found.update(properties(given.kind.fields[name], value))
        return found

    async def _quarantine(self, given: _Input, bad: Sequence[Bad], lease: Lease, tally: _Tally) -> None:
        """Keep the bad rows; those of the same file that are no longer bad are taken away."""
        same = given.table.sha256
        lines = [
            {
                "id": f"{given.stream.name}/{same[:16]}/{one.row.number}",
                "props": {
                    "stream": given.stream.name,
                    "file": given.table.name,
                    "sha256": same,
                    "row": one.row.number,
                    "raw": one.row.raw,
                    "reasonVi": one.problem.vi,
                    "reason": one.problem.en,
                    "run": lease.run,
                },
            }
            for one in bad
        ]
        first: list[Statement] = [
            (statements.CLEAR_QUARANTINE, {"sha256": same}),
            (statements.RECORD, {"props": tally.props(State.RUNNING)}),
        ]
        for start in range(0, max(len(lines), 1), self._batch):
            await lease.write(*first, (statements.QUARANTINE, {"rows": lines[start : start + self._batch]}))
            first = []

    def _tell(self, stream: Stream, done: int, total: int) -> None:
        if self._progress is not None:
            self._progress(stream.name, done, total)


def _refuse(stream: Stream, tally: _Tally, bad: Sequence[Bad]) -> None:
    """Refuse a table with too many bad rows, before anything of it is written."""
    if len(bad) <= tally.read * stream.bad_share:
        return
    share = f"{stream.bad_share:.0%}"
    first = bad[0].problem
    raise InvalidInput(
        f"`{stream.file}`: {len(bad)} trên {tally.read} dòng sai, quá {share}, nên không ghi gì; trước hết, {first.vi}",
        f"`{stream.file}`: {len(bad)} of {tally.read} rows are bad, over {share}, so nothing is written; "
        f"first, {first.en}",
    )


async def _fail(lease: Lease, error: BaseException) -> None:
    """Note on the run why it ended, and give the lease back; where even that fails, the lease runs out by itself."""
    shown = error.en if isinstance(error, HubError) else type(error).__name__
    props = {"state": State.FAILED.value, "ended": instant(datetime.now(UTC)), "error": shown}
    with suppress(HubError):
        await lease.end((statements.RECORD, {"props": props}))
