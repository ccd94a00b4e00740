"""From the cells of a row to records in stored form: every column by the field or link that the model declares."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final, TypeAlias

from connectors.areas import Unresolved
from connectors.base import Cells, Edge, Entity, Reference, Row, Stream
from connectors.tabular import Columns
from schema.errors import ConfigError, InvalidInput
from schema.model import Field, Kind, Link, Model, RecordType
from schema.scalars import Stored, parse, printable, properties
from schema.text import stored_text

Record: TypeAlias = Entity | Edge

PROVENANCE: Final = ("sourceFile", "sourceRow", "run", "updatedAt")
"""The fields that the runner fills."""

_KEY_LENGTH: Final = 300
_WHOLE: Final = re.compile(r"-?[0-9]+")
_NUMBERS: Final = {
    Kind.INT: _WHOLE,
    Kind.LONG: _WHOLE,
    Kind.DECIMAL: re.compile(r"-?[0-9]+(?:\.[0-9]+)?"),
    Kind.PLACE: re.compile(r"-?[0-9]+(?:\.[0-9]+)? +-?[0-9]+(?:\.[0-9]+)?"),
}
_EXAMPLES: Final = {Kind.INT: "1234", Kind.LONG: "1234", Kind.DECIMAL: "1234.5", Kind.PLACE: "21.0285 105.8542"}


def columns(model: Model, stream: Stream) -> Columns:
    """The columns that a table of this stream may have, and must have."""
    kind = model.type(stream.entity)
    if stream.link:
        link = _own(kind, stream.link)
        if not link.many:
            raise ConfigError(
                f"`{kind.name}.{link.name}` chỉ dẫn tới một bản ghi: hãy đặt nó thành cột của bảng bản ghi",
                f"`{kind.name}.{link.name}` leads to one record at most: make it a column of the records' own table",
            )
        known = {*stream.ends, *(field.name for field in link.fields)}
        required = set(stream.ends)
    else:
        required = {*kind.key_parts, *(field.name for field in kind.fields.values() if field.required)}
        required = {name for name in required if name not in kind.fields or kind.fields[name].required}
        known = {*required, *kind.fields, *(link.name for link in kind.links.values() if link.outgoing)}
        known -= set(PROVENANCE)
    if stream.extra:
        # The table has a shape of its own: its columns are those that the stream names, and no other.
        known = required = set(stream.extra)
    for column, name in stream.renamed.items():
        known, required = known - {name} | {column}, {column if one == name else one for one in required}
    if stream.cited:
        known, required = known | {"source"}, required | {"source"}
    return Columns(frozenset(known), frozenset(required - set(stream.defaults)))


def records(model: Model, stream: Stream, row: Row, reference: Reference) -> list[Record]:
    """What a row says; InvalidInput, naming file, row and column, where any of it cannot be read."""
    if row.problem is not None:
        raise row.problem
    try:
        cells = {stream.renamed.get(column, column): stored_text(text) for column, text in row.cells.items()}
        cells = {**stream.defaults, **cells}
        kind = model.type(stream.entity)
        return [_record(stream, kind, one, reference) for one in stream.reshape(cells, reference)]
    except InvalidInput as error:
        where = f"`{stream.file}`"
        raise InvalidInput(
            f"{where}: dòng {row.number}: {error.vi}", f"{where}: row {row.number}: {error.en}"
        ) from error


def _record(stream: Stream, kind: RecordType, cells: Cells, reference: Reference) -> Record:
    if stream.link:
        link = _own(kind, stream.link)
        start, end = (cells.get(column, "") for column in stream.ends)
        if stream.cited:
            _citation(cells, reference)
        return Edge(
            kind.name,
            link.name,
            _id(kind.name, start, stream.ends[0]),
            _id(link.target, end, stream.ends[1]),
            _stored({field.name: field for field in link.fields}, cells),
        )
    cells = {**cells, **_cited(stream, cells, reference)}
    links = dict(_links(stream, kind, cells, reference))
    found = _stored(kind.fields, {column: text for column, text in cells.items() if column not in PROVENANCE})
    _required(kind, found)
    keyed = {name: targets[0].partition(":")[2] if targets else "" for name, targets in links.items()}
    return Entity(kind.name, _id(kind.name, _key(kind, {**cells, **keyed}), "id"), found, links)


def _own(kind: RecordType, name: str) -> Link:
    """The link of that name that the type itself declares."""
    link = kind.links.get(name)
    if link is None or not link.outgoing:
        raise InvalidInput(f"`{kind.name}` không có liên kết `{name}`", f"`{kind.name}` declares no link `{name}`")
    return link


def _stored(fields: Mapping[str, Field], cells: Cells) -> Mapping[str, Stored]:
    found: dict[str, Stored] = {}
    for name, field in fields.items():
        if name in cells:
            found.update(_properties(field, cells[name]))
    return found


@lru_cache(maxsize=4096)
def _properties(field: Field, text: str) -> Mapping[str, Stored]:
    """Parsed once for all the rows of a table that say the same: most cells are codes, sources, periods.

    Python's own readers of numbers take more than a table may say: exponents, underscores, digits of other scripts.
    """
    number = _NUMBERS.get(field.kind)
    if number is not None and text and not number.fullmatch(text):
        shown = text[:80]
        raise InvalidInput(
            f"`{field.name}`: `{shown}` không phải là số dạng {_EXAMPLES[field.kind]}",
            f"`{field.name}`: `{shown}` is no number like {_EXAMPLES[field.kind]}",
        )
    return properties(field, parse(field, printable(field, text)))


def _required(kind: RecordType, found: Mapping[str, Stored]) -> None:
    for field in kind.fields.values():
        if field.required and found.get(field.name) is None:
            raise InvalidInput(f"`{field.name}` trống: hãy điền vào", f"`{field.name}` is empty: fill it in")


def _cited(stream: Stream, cells: Cells, reference: Reference) -> Cells:
    """The cell that holds the record's source."""
    if stream.cited:
        return {"source": _citation(cells, reference)}
    return {} if cells.get("source") else {"source": stream.attribution}


def _citation(cells: Cells, reference: Reference) -> str:
    key = cells.get("source", "")
    try:
        return reference.sources[key]
    except KeyError:
        raise InvalidInput(
            f"nguồn `{key}` không có trong `sources.csv`: hãy thêm vào",
            f"source `{key}` is not in `sources.csv`: add it",
        ) from None


def _links(
    stream: Stream, kind: RecordType, cells: Cells, reference: Reference
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for link in kind.links.values():
        if link.outgoing and link.name in cells:
            text = cells[link.name]
            parts = [part.strip() for part in text.split(";")] if link.many else [text]
            targets = (_target(stream, link, part, reference) for part in parts if part)
            yield link.name, tuple(dict.fromkeys(targets))


def _target(stream: Stream, link: Link, text: str, reference: Reference) -> str:
    """The id of the record that a link's cell names: an area also by code or name, where the stream says of when."""
    if link.target != "Area" or "@" in text or stream.on is None:
        return _id(link.target, text, link.name)
    found = reference.areas.resolve(text, stream.on, stream.level)
    if isinstance(found, Unresolved):
        raise InvalidInput(f"`{link.name}`: {found.vi}", f"`{link.name}`: {found.en}")
    return f"Area:{found}"


def _key(kind: RecordType, cells: Cells) -> str:
    """The key, built from the columns that the type names; only a field that may be empty may be empty in it."""
    for column in kind.key_parts:
        optional = column in kind.fields and not kind.fields[column].required
        if not cells.get(column) and not optional:
            raise InvalidInput(
                f"`{column}` trống, mà là một phần của khóa: hãy điền vào",
                f"`{column}` is empty and part of the key: fill it in",
            )
    if kind.custodial:
        check_own_id(cells.get("localId", ""))
    return kind.key_of(cells)


def check_own_id(own: str) -> None:
    """InvalidInput where a custodian's own id could be read as part of another custodian's code."""
    if "-" in own:
        raise InvalidInput(
            f"`localId` là `{own[:80]}`: không dùng dấu `-`, hãy thay bằng `_`",
            f"`localId` is `{own[:80]}`: no `-` may be in it, write `_` instead",
        )


def _id(kind: str, key: str, column: str) -> str:
    if not key or len(key) > _KEY_LENGTH or not key.isprintable():
        shown = key[:80]
        raise InvalidInput(
            f"`{column}`: khóa `{shown}` trống, quá dài hoặc có ký tự lạ: hãy sửa lại",
            f"`{column}`: key `{shown}` is empty, too long or has strange characters: mend it",
        )
    return f"{kind}:{key}"


def identities(found: Iterable[Record]) -> Iterator[str]:
    """What makes each record one and the same: a record's id, an edge's ends."""
    for one in found:
        yield one.id if isinstance(one, Entity) else f"{one.type}.{one.link} {one.start} {one.end}"
