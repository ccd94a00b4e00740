"""Reading a table strictly: declared encoding and delimiter, a checked header, every row with its line and raw text."""

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from connectors.base import Contract, Row, Stream
from schema.errors import InvalidInput

_BYTES: Final = 256 * 1024 * 1024
_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was read: its name, bytes and their sha256."""

    name: str
    content: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that a table may have, and those that it must have."""

    known: frozenset[str]
    required: frozenset[str]


def source(path: Path) -> Source:
    """Read a file; InvalidInput where it is absent, unreadable or too large."""
    try:
        if path.stat().st_size > _BYTES:
            raise _wrong(path.name, "lớn hơn 256 MB: hãy chia nhỏ", "is larger than 256 MB: split it")
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise _wrong(path.name, f"không đọc được ({reason})", f"cannot be read ({reason})") from error
    return Source(path.name, content, hashlib.sha256(content).hexdigest())


def rows(stream: Stream, table: Source, columns: Columns) -> Iterator[Row]:
    """Yield the rows of a table, ragged ones with their problem; InvalidInput where the table as a whole is wrong."""
    lines = _Lines(io.StringIO(_decoded(table, stream.encoding), newline=""))
    reader = csv.reader(lines, delimiter=stream.delimiter, strict=True)
    header: list[str] | None = None
    any_row = False
    unknown: frozenset[str] = frozenset()
    while True:
        start = lines.number + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise _wrong(
                table.name,
                f"dòng {start}: không phải CSV hợp lệ ({error})",
                f"row {start}: is not valid CSV ({error})",
            ) from error
        raw = lines.taken()
        if cells is None:
            break
        if header is None:
            header = cells
            unknown = _check(stream, table.name, header, columns)
        elif cells:
            any_row = True
            yield _row(stream, table.name, start, header, cells, raw, unknown)
    if header is None:
        raise _wrong(table.name, "rỗng: hãy đặt dòng tiêu đề vào", "is empty: give it a header row")
    if not any_row:
        raise _wrong(
            table.name, "không có dòng nào sau tiêu đề: hãy điền vào", "has no row after its header: fill it in"
        )


class _Lines:
    """The lines of a text, remembering how many were taken and which since the last row."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._buffer: list[str] = []
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        self._buffer.append(line)
        return line

    def taken(self) -> str:
        """Return the raw text of the row that was just read."""
        raw = "".join(self._buffer).rstrip("\r\n")
        self._buffer.clear()
        return raw


def _decoded(table: Source, encoding: str) -> str:
    try:
        text = table.content.decode(encoding)
    except UnicodeDecodeError as error:
        line = table.content.count(b"\n", 0, error.start) + 1
        raise _wrong(
            table.name,
            f"dòng {line}: không phải {encoding.upper()}: hãy lưu lại tệp theo bảng mã đó",
            f"row {line}: is not {encoding.upper()}: save the file in that encoding",
        ) from error
    return text.removeprefix("\ufeff")


def _check(stream: Stream, name: str, header: list[str], columns: Columns) -> frozenset[str]:
    """Check the header and return the columns to pass over; InvalidInput names the first wrong one."""
    for number, column in enumerate(header, 1):
        if header.index(column) != number - 1:
            raise _wrong(name, f"cột `{column}` có hai lần", f"column `{column}` is there twice")
    unknown = [column for column in header if column not in columns.known]
    if unknown and stream.contract is Contract.FREEZE:
        known = ", ".join(sorted(columns.known - set(header))[:_SHOWN])
        raise _wrong(
            name,
            f"cột lạ `{unknown[0]}`: hãy bỏ đi hoặc đổi tên (còn nhận: {known})",
            f"unknown column `{unknown[0]}`: remove or rename it (still known: {known})",
        )
    missing = sorted(columns.required - set(header))
    if missing:
        raise _wrong(name, f"thiếu cột `{missing[0]}`: hãy thêm vào", f"column `{missing[0]}` is missing: add it")
    return frozenset(unknown)


def _row(  # noqa: PLR0913, PLR0917 - one row and where it stands
    stream: Stream, name: str, number: int, header: list[str], cells: list[str], raw: str, unknown: frozenset[str]
) -> Row:
    if len(cells) != len(header):
        problem = _wrong(
            name,
            f"dòng {number}: có {len(cells)} ô, tiêu đề có {len(header)}: hãy kiểm tra dấu phân cách và ngoặc kép",
            f"row {number}: has {len(cells)} cells, the header {len(header)}: check delimiters and quotes",
        )
        return Row(number, {}, raw, problem)
    found = dict(zip(header, cells, strict=True))
    surplus = [column for column in header if column in unknown and found[column].strip()]
    problem = None
    if surplus and stream.contract is Contract.DISCARD_ROW:
        problem = _wrong(
            name,
            f"dòng {number}: cột lạ `{surplus[0]}` có giá trị",
            f"row {number}: unknown column `{surplus[0]}` has a value",
        )
    return Row(number, {column: text for column, text in found.items() if column not in unknown}, raw, problem)


def _wrong(name: str, vi: str, en: str) -> InvalidInput:
    return InvalidInput(f"`{name}`: {vi}", f"`{name}`: {en}")
