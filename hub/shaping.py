"""From the rows of a statement to the answer: a layout becomes one function, made once per plan.

Rows are positional lists; a layout says which column stands under which response key. A whole number past 32 bits is
an error of the field, not a wrong number; a decimal is a number of exactly its value.
"""

from collections.abc import Callable
from typing import Any, TypeAlias, cast

from hub.compiler.cursors import Cursors
from hub.compiler.shapes import (
    Cell,
    Connection,
    Constant,
    Cursor,
    First,
    Groups,
    Inner,
    Listed,
    Nodes,
    Object,
    Page,
    Several,
    Shape,
    Sum,
    Total,
    Whole,
)
from hub.figures import held, mean, total
from schema.errors import InvalidInput
from schema.model import Kind
from schema.scalars import decimal_number

Row: TypeAlias = list[Any]
Maker: TypeAlias = Callable[[Row], Any]


def shaper(layout: Object, cursors: Cursors) -> Maker:
    """The function that lays out a root row."""
    return _Shaping(cursors).object(layout)


class _Shaping:
    def __init__(self, cursors: Cursors) -> None:
        self._cursors = cursors

    def object(self, layout: Object) -> Maker:
        if all(isinstance(shape, Cell) and _as_it_is(shape) for _, shape in layout.entries):
            keys = [key for key, _ in layout.entries]
            columns = [cast("Cell", shape).column for _, shape in layout.entries]
            if columns == list(range(len(columns))):  # the commonest record: its row, keyed
                return lambda row: dict(zip(keys, row, strict=False))
        makers = [(key, self._shape(shape)) for key, shape in layout.entries]
        return lambda row: {key: make(row) for key, make in makers}

    def _shape(self, shape: Shape) -> Maker:  # noqa: C901, PLR0911 - one case and return for each kind of shape
        match shape:
            case Constant():
                return lambda _row, value=shape.value: value
            case Cell():
                return _cell(shape)
            case Whole():
                return self._whole(shape)
            case Inner():
                return self._inner(shape.column, self.object(shape.object))
            case Object():
                return self.object(shape)
            case Cursor():
                return self._cursor(shape)
            case First():
                return self._first(shape.column, self.object(shape.object))
            case Several():
                return self._several(shape)
            case Connection():
                return self._connection(shape)
            case Listed():
                every = [self.object(each) for each in shape.objects]
                return lambda row: [make(row) for make in every]
            case Sum():
                return _sum(shape)

    def _whole(self, shape: Whole) -> Maker:
        test, make = shape.test, self.object(shape.object)
        return lambda row: None if row[test] is None else make(row)

    def _inner(self, column: int, make: Maker) -> Maker:
        return lambda row: None if row[column] is None else make(row[column])

    def _first(self, column: int, make: Maker) -> Maker:
        return lambda row: make(row[column][0]) if row[column] else None

    def _several(self, shape: Several) -> Maker:
        makers = [(column, self.object(of)) for column, of in shape.columns]

        def make(row: Row) -> list[Any]:
            found = {each[0]: one(each) for column, one in makers for each in row[column]}
            return [found.get(name) for name in shape.ids]

        return make

    def _cursor(self, shape: Cursor) -> Maker:
        columns, seal, write = shape.columns, shape.seal, self._cursors.write
        return lambda row: write(seal, [row[column] for column in columns])

    def _connection(self, shape: Connection) -> Maker:
        column, size, step = shape.column, shape.size, -1 if shape.backward else 1
        makers = [(key, self._entry(shape, entry)) for key, entry in shape.entries]

        def make(row: Row) -> dict[str, Any]:
            rows: list[Row] = [] if column is None else row[column]
            page, more = rows[:size][::step], len(rows) > size
            return {key: one(row, page, more) for key, one in makers}

        return make

    def _entry(
        self, shape: Connection, entry: Nodes | Page | Total | Groups | Constant
    ) -> Callable[[Row, list[Row], bool], Any]:
        match entry:
            case Constant():
                return lambda _row, _page, _more, value=entry.value: value
            case Total():
                return lambda row, _page, _more, column=entry.column: row[column]
            case Nodes():
                make = self.object(entry.object)
                return lambda _row, page, _more: [make(each) for each in page]
            case Page():
                return self._page(shape, entry)
            case Groups():
                groups = self._groups(entry)
                return lambda row, _page, _more: groups(row)

    def _groups(self, shape: Groups) -> Maker:
        column, most, path, make = shape.column, shape.most, shape.path, self.object(shape.object)

        def each(row: Row) -> list[Any]:
            rows: list[Row] = row[column]
            if len(rows) > most:
                raise InvalidInput(
                    f"`{path}`: có hơn {most} nhóm; hãy lọc bằng `where`, hoặc nhóm thô hơn bằng `groupBy`",
                    f"`{path}`: there are over {most} groups; narrow them by `where`, or group coarser by `groupBy`",
                )
            return [make(one) for one in rows]

        return each

    def _page(self, shape: Connection, entry: Page) -> Callable[[Row, list[Row], bool], Any]:
        cursor = self._cursor(entry.cursor) if entry.cursor else _nothing
        ahead, behind = ("hasPreviousPage", "hasNextPage") if shape.backward else ("hasNextPage", "hasPreviousPage")
        started = shape.started

        def end(name: str, page: list[Row], more: bool) -> object:  # noqa: FBT001 - handed on as it came
            match name:
                case _ if name == ahead:
                    return more
                case _ if name == behind:
                    return started
                case "startCursor":
                    return cursor(page[0]) if page else None
                case "endCursor":
                    return cursor(page[-1]) if page else None
                case _:
                    return "PageInfo"

        return lambda _row, page, more: {key: end(name, page, more) for key, name in entry.entries}


def _nothing(_row: Row) -> None:
    return None


def _as_it_is(cell: Cell) -> bool:
    return cell.kind is not Kind.DECIMAL


def _cell(shape: Cell) -> Maker:
    column, decimals = shape.column, shape.decimals
    if shape.kind is Kind.DECIMAL:
        return lambda row: None if row[column] is None else decimal_number(row[column], decimals)
    return lambda row: row[column]


def _sum(shape: Sum) -> Maker:
    high, low, count, shared = shape.high, shape.low, shape.count, shape.shared
    decimals, path, average = shape.decimals, shape.path, shape.average

    def make(row: Row) -> object:
        if not row[count] or (shared is not None and row[shared] is None):
            return None
        scaled = total(row[high], row[low])
        if average:
            return mean(scaled, row[count], decimals or 0)
        return held(scaled, path) if decimals is None else decimal_number(held(scaled, path), decimals)

    return make
