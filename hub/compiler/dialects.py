"""How the root blocks of a statement are joined: the one thing that differs between the graph engines.

Both forms match before the first block and again after the last that the policy's epoch holds, and that nothing of the
asker's token is revoked; unless both matched, `assemble` gives nothing. Neo4j keeps an index's order inside a subquery,
so its blocks are columns of one row. ArcadeDB walks an index in order only in a MATCH at the top (or the top of a UNION
branch) that has a range on the sort key and ends in RETURN ... ORDER BY ... LIMIT, so there each block is a branch, and
each of its rows a row.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from hub.compiler.parts import Block, Column, Count, Groups, Records
from hub.compiler.printer import Printer

BEFORE = "MATCH (v:PolicyVersion {id: 1}) WHERE v.epoch = $epoch"
AFTER = "MATCH (w:PolicyVersion {id: 1}) WHERE w.epoch = $epoch"
UNREVOKED = " AND NOT EXISTS { MATCH (u:Revocation) WHERE u.id IN $bearer }"
"""Follows both where the asker has a token: nothing of it may be revoked."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One engine's way: `join` prints the root columns as one statement, `assemble` reads its rows back.

    Where it `lifts`, a record's groups, and what holds them, are made by a CALL before the record's row is returned.
    Neo4j takes functions over a group for the outer row's own wherever they stand in an expression, in a COLLECT too,
    and refuses the record's other columns beside them.
    """

    name: str
    join: Callable[[Printer, Sequence[Column]], str]
    assemble: Callable[[list[list[object]], Sequence[Column]], list[object] | None]
    lifts: bool


def _joined_columns(printer: Printer, columns: Sequence[Column]) -> str:
    named = [f"{_subquery(printer, column)} AS r{place}" for place, column in enumerate(columns)]
    names = ", ".join(f"r{place}" for place in range(len(columns))) or "0 AS r0"
    carried = f" WITH {', '.join(named)}" if named else " WITH v.epoch AS epoch"
    holds = UNREVOKED if printer.bearer else ""
    return f"{BEFORE}{holds}{carried} {AFTER}{holds} RETURN {names}"


def _subquery(printer: Printer, column: Column) -> str:
    match column:
        case Records():
            return printer.collect(column.block, None)
        case Count():
            return f"COUNT {{ {printer.count(column.block, None)} }}"
        case Groups():
            return printer.collect_groups(column, None)
        case _:
            raise TypeError(f"{type(column).__name__} does not stand at the root")


def _one_row(rows: list[list[object]], columns: Sequence[Column]) -> list[object] | None:
    return rows[0][: len(columns)] if rows else None


def _joined_branches(printer: Printer, columns: Sequence[Column]) -> str:
    branches = [_branch(printer, place, column) for place, column in enumerate(columns)]
    holds = UNREVOKED if printer.bearer else ""
    first, last = f"{BEFORE}{holds} RETURN -1 AS k, [] AS x", f"{AFTER}{holds} RETURN -2 AS k, [] AS x"
    return " UNION ALL ".join((first, *branches, last))


def _branch(printer: Printer, place: int, column: Column) -> str:
    match column:
        case Records():
            return _rows(printer, place, column.block)
        case Count():
            # counted before the column that is the same for all: grouped by it, no record at all would be no row
            return f"{printer.count(column.block, None)} WITH count(*) AS c RETURN {place} AS k, [c] AS x"
        case Groups():
            groups, row = printer.groups(column, None)
            return f"{groups} RETURN {place} AS k, {row} AS x"
        case _:
            raise TypeError(f"{type(column).__name__} does not stand at the root")


def _rows(printer: Printer, place: int, block: Block) -> str:
    if printer.walks(block):
        return printer.walk(block, f"{place} AS k, ", "x")
    page, row = printer.records(block, None)
    return f"{page} RETURN {place} AS k, {row} AS x"


def _many_rows(rows: list[list[object]], columns: Sequence[Column]) -> list[object] | None:
    found: list[list[object]] = [[] for _ in columns]
    matched = 0
    for place, row in rows:
        if isinstance(place, int) and place >= 0:
            found[place].append(row)
        else:
            matched += 1
    if matched != 2:  # noqa: PLR2004 - the epoch before and the epoch after
        return None
    return [_only(each) if isinstance(column, Count) else each for column, each in zip(columns, found, strict=True)]


def _only(rows: list[object]) -> object:
    (row,) = rows
    return cast("list[object]", row)[0]


DIALECTS = {
    "neo4j": Dialect("neo4j", _joined_columns, _one_row, lifts=True),
    "arcadedb": Dialect("arcadedb", _joined_branches, _many_rows, lifts=False),
}
"""By the name that `Graph.dialect` gives."""
