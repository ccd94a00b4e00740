"""What changed between two tables of a dataset: rows by key, and columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

import pyarrow as pa

from catalog.columns import Column
from catalog.formats import json_rows, rows_of

Key: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Keys of the rows that are new, that hold other values, and that are gone."""

    added: tuple[Key, ...]
    changed: tuple[Key, ...]
    removed: tuple[Key, ...]


def difference(columns: Sequence[Column], key: Sequence[str], before: pa.Table, after: pa.Table) -> Difference:
    """Rows by key; values are compared in the columns that both tables have."""
    shared = [column for column in columns if column.name in before.column_names]
    old, new = _prints(shared, key, before), _prints(shared, key, after)
    return Difference(
        tuple(each for each in new if each not in old),
        tuple(each for each, shown in new.items() if each in old and old[each] != shown),
        tuple(each for each in old if each not in new),
    )


def _prints(columns: Sequence[Column], key: Sequence[str], table: pa.Table) -> Mapping[Key, bytes]:
    keys = (tuple(str(row[name]) for name in key) for row in rows_of(table))
    shown = (sha256(row.encode()).digest() for row in json_rows(columns, table))
    return dict(zip(keys, shown, strict=True))
