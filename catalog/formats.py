"""Files of a release: one typed table, written as CSV, JSON and Parquet, which all read back to equal rows.

| kind         | Arrow                | CSV                              | JSON    |
|--------------|----------------------|----------------------------------|---------|
| text, code   | string               | text, guarded against formulas   | string  |
| int, long    | int32, int64         | digits                           | number  |
| decimal      | decimal128(16, n)    | decimal point, no closing zeros  | number  |
| date         | date32               | `2026-11-22`                     | string  |
| instant      | timestamp[ms, UTC]   | `2026-11-22T03:04:05.678Z`       | string  |
| many         | list                 | joined with `;`                  | array   |

An empty text, and a list without a value, are null: CSV has one way to say that nothing is there.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

import pyarrow as pa
import pyarrow.parquet as pq

from catalog.columns import Column
from schema.errors import InvalidInput
from schema.model import Kind
from schema.scalars import instant

Row: TypeAlias = dict[str, Any]
"""A row of a table as Python values: str, int, Decimal, date, datetime, None, or a list of them."""

_DIGITS: Final = 16
_BATCH: Final = 4096
_PARTED: Final = ";"
_FORMULA = re.compile(r"'*\s*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_GUARD: Final = "'"


def typed(columns: Sequence[Column], nodes: Iterable[Mapping[str, object]]) -> pa.Table:
    """The table of these nodes, as GraphQL answers them; InvalidInput names the column whose value does not fit."""
    rows = [{column.name: _cell(column, column.cell(node)) for column in columns} for node in nodes]
    return pa.Table.from_pylist(rows, arrow_schema(columns))


def arrow_schema(columns: Sequence[Column]) -> pa.Schema:
    """The columns as Arrow's types; labels and units travel as the fields' metadata."""
    return pa.schema(
        [pa.field(column.name, _arrow_type(column), metadata={"vi": column.vi, "en": column.en}) for column in columns]
    )


def _arrow_type(column: Column) -> pa.DataType:
    match column.kind:
        case Kind.INT:
            single: pa.DataType = pa.int32()
        case Kind.LONG:
            single = pa.int64()
        case Kind.DECIMAL:
            single = pa.decimal128(_DIGITS, column.decimals)
        case Kind.DATE:
            single = pa.date32()
        case Kind.INSTANT:
            single = pa.timestamp("ms", tz="UTC")
        case _:
            single = pa.string()
    return pa.list_(single) if column.many else single


def _cell(column: Column, value: object) -> object:
    if not column.many:
        return _value(column, value)
    found = [_value(column, each) for each in cast("list[object]", value or [])]
    return found if any(each is not None for each in found) else None


def _value(column: Column, value: object) -> object:
    """One value of GraphQL (or of a file) as Python's."""
    if value is None or value == "":
        return None
    try:
        return _fitting(column, value)
    except (ArithmeticError, ValueError):
        shown = str(value)[:80]
        raise InvalidInput(
            f"cột `{column.name}` không nhận giá trị `{shown}`: sửa khai báo của cột",
            f"column `{column.name}` does not take `{shown}`: mend the column's declaration",
        ) from None


def _fitting(column: Column, value: object) -> object:
    match column.kind, value:
        case ((Kind.INT | Kind.LONG), int()) if not isinstance(value, bool):
            return value
        case Kind.DECIMAL, (int() | float() | Decimal()) if not isinstance(value, bool):
            return _exact(column, Decimal(str(value)))
        case Kind.DATE, str():
            return date.fromisoformat(value)
        case Kind.INSTANT, str():
            return datetime.fromisoformat(value)
        case ((Kind.TEXT | Kind.CODE), str()) if not (column.many and _PARTED in value):
            return value
        case _:
            raise ValueError


def _exact(column: Column, number: Decimal) -> Decimal:
    scaled = number.scaleb(column.decimals)
    if not number.is_finite() or scaled != scaled.to_integral_value() or abs(scaled) >= 10**_DIGITS:
        raise ValueError
    return number


def rows_of(table: pa.Table) -> Iterator[Row]:
    """The table's rows as Python values, a batch at a time."""
    for batch in table.to_batches(max_chunksize=_BATCH):
        yield from batch.to_pylist()


def json_rows(columns: Sequence[Column], table: pa.Table) -> Iterator[str]:
    """Each row as one JSON object with every column, numbers exact."""
    names = [json.dumps(column.name) for column in columns]
    for row in rows_of(table):
        cells = (_json_cell(column, row[column.name]) for column in columns)
        yield "{" + ", ".join(f"{name}: {cell}" for name, cell in zip(names, cells, strict=True)) + "}"


def _json_cell(column: Column, value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_json_cell(column, each) for each in cast("list[object]", value)) + "]"
    if value is None:
        return "null"
    plain = _plain(value)
    return plain if column.numeric else json.dumps(plain, ensure_ascii=False)


def _plain(value: object) -> str:
    """A value as text, without a guard: the same in every text format."""
    match value:
        case Decimal():
            text = format(value, "f")
            return text.rstrip("0").rstrip(".") if "." in text else text
        case datetime():
            return instant(value)
        case date():
            return value.isoformat()
        case _:
            return str(value)


def guarded(text: str) -> str:
    """Text that no spreadsheet takes for a formula; `unguarded` gives back the text exactly."""
    return _GUARD + text if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """The text that was guarded."""
    return text[1:] if text.startswith(_GUARD) and _FORMULA.match(text) else text


def _write_csv(columns: Sequence[Column], table: pa.Table, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(column.name for column in columns)
        for row in rows_of(table):
            writer.writerow(_csv_cell(column, row[column.name]) for column in columns)


def _csv_cell(column: Column, value: object) -> str:
    if isinstance(value, list):
        return _PARTED.join(_csv_cell(column, each) for each in cast("list[object]", value))
    if value is None:
        return ""
    return _plain(value) if column.numeric else guarded(_plain(value))


def _read_csv(columns: Sequence[Column], path: Path) -> pa.Table:
    with path.open(encoding="utf-8", newline="") as source:
        reader = csv.DictReader(source)
        rows = [{column.name: _csv_value(column, row[column.name]) for column in columns} for row in reader]
    return pa.Table.from_pylist(rows, schema=arrow_schema(columns))


def _csv_value(column: Column, text: str) -> object:
    if column.many:
        return _cell(column, [_parsed(column, part) for part in text.split(_PARTED)])
    return _value(column, _parsed(column, text))


def _parsed(column: Column, text: str) -> object:
    if not text or not column.numeric:
        return unguarded(text)
    return Decimal(text) if column.kind is Kind.DECIMAL else int(text)


def _write_json(columns: Sequence[Column], table: pa.Table, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as out:
        parting = "[\n"
        for row in json_rows(columns, table):
            out.write(parting + row)
            parting = ",\n"
        out.write("\n]\n" if table.num_rows else "[]\n")


def _read_json(columns: Sequence[Column], path: Path) -> pa.Table:
    with path.open(encoding="utf-8") as source:
        found = cast("list[dict[str, object]]", json.load(source, parse_float=Decimal))
    rows = [{column.name: _cell(column, row[column.name]) for column in columns} for row in found]
    return pa.Table.from_pylist(rows, schema=arrow_schema(columns))


def _write_parquet(_columns: Sequence[Column], table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, compression="zstd")  # pyright: ignore[reportUnknownMemberType] - half typed


def _read_parquet(_columns: Sequence[Column], path: Path) -> pa.Table:
    return pq.read_table(path)  # pyright: ignore[reportUnknownMemberType] - half typed


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: how it is written and read back; `name` also ends the file's name."""

    name: str
    media_type: str
    write: Callable[[Sequence[Column], pa.Table, Path], None]
    read: Callable[[Sequence[Column], Path], pa.Table]


FORMATS: Mapping[str, Format] = {
    each.name: each
    for each in (
        Format("csv", "text/csv", _write_csv, _read_csv),
        Format("json", "application/json", _write_json, _read_json),
        Format("parquet", "application/vnd.apache.parquet", _write_parquet, _read_parquet),
    )
}
"""Every format by its name."""
