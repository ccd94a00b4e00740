"""All rows of a table: the good ones in an order in which they can be written, the bad ones with their reasons.

The whole table is looked at before anything of it is written, so a table that is mostly wrong changes nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from connectors import tabular
from connectors.base import Edge, Entity, Reference, Row, Stream
from connectors.records import Record, columns, identities, records
from schema.errors import InvalidInput
from schema.model import Model


@dataclass(frozen=True, slots=True)
class Good:
    """A row and the records that it holds."""

    row: Row
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that is kept aside, and why."""

    row: Row
    problem: InvalidInput


def read(model: Model, stream: Stream, table: tabular.Source, reference: Reference) -> tuple[list[Good], list[Bad]]:
    """Read every row; a second row of the same key is a bad one."""
    good: list[Good] = []
    bad: list[Bad] = []
    seen: dict[str, int] = {}
    for row in tabular.rows(stream, table, columns(model, stream)):
        try:
            found = tuple(records(model, stream, row, reference))
            keys = list(identities(found))
            for place, key in enumerate(keys):
                if key in seen or key in keys[:place]:
                    first = seen.get(key, row.number)
                    raise _wrong(
                        stream, row, f"`{key}` đã có ở dòng {first}", f"`{key}` is there already in row {first}"
                    )
        except InvalidInput as error:
            bad.append(Bad(row, error))
        else:
            seen.update(dict.fromkeys(keys, row.number))
            good.append(Good(row, found))
    return good, bad


def targets(model: Model, good: list[Good]) -> Mapping[str, set[str]]:
    """The ids that links lead to, by type."""
    found: dict[str, set[str]] = defaultdict(set)
    for one in good:
        for kind, record_id in _leads(model, one):
            found[kind].add(record_id)
    return found


def settle(
    model: Model, stream: Stream, found: tuple[list[Good], list[Bad]], present: set[str]
) -> tuple[list[Good], list[Bad]]:
    """Put aside rows that lead to a record that is neither `present` nor in the table; put the others in order.

    A row comes after the rows of the table that it leads to, and else where it stood.
    """
    waiting, bad = found[0], list(found[1])
    inside = {record.id for one in waiting for record in one.records if isinstance(record, Entity)}
    # What the table brings itself counts only once it is placed, so the order is the same on a graph that has a part.
    placed = present - inside
    ordered: list[Good] = []
    while waiting:
        later: list[Good] = []
        for one in waiting:
            if all(record_id in placed for _, record_id in _leads(model, one)):
                ordered.append(one)
                placed |= {record.id for record in one.records if isinstance(record, Entity)}
            else:
                later.append(one)
        if len(later) == len(waiting):
            bad += [Bad(one.row, _dangling(model, stream, one, placed, inside)) for one in later]
            break
        waiting = later
    return ordered, sorted(bad, key=lambda one: one.row.number)


def _leads(model: Model, one: Good) -> Iterator[tuple[str, str]]:
    for record in one.records:
        kind = model.type(record.type)
        if isinstance(record, Edge):
            yield kind.name, record.start
            yield kind.links[record.link].target, record.end
        else:
            for name, ends in record.links.items():
                for end in ends:
                    yield kind.links[name].target, end


def _dangling(model: Model, stream: Stream, one: Good, placed: set[str], inside: set[str]) -> InvalidInput:
    record_id = next(record_id for _, record_id in _leads(model, one) if record_id not in placed)
    if record_id in inside:
        return _wrong(
            stream,
            one.row,
            f"`{record_id}` ở một dòng sai hoặc dẫn vòng về chính nó: hãy sửa dòng đó",
            f"`{record_id}` is in a bad row or leads back to itself: mend that row",
        )
    return _wrong(
        stream,
        one.row,
        f"không có `{record_id}`: hãy nạp nó trước hoặc sửa khóa",
        f"there is no `{record_id}`: load it first or mend the key",
    )


def _wrong(stream: Stream, row: Row, vi: str, en: str) -> InvalidInput:
    return InvalidInput(f"`{stream.file}`: dòng {row.number}: {vi}", f"`{stream.file}`: row {row.number}: {en}")
