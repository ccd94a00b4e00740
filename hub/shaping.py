"""From the rows of a statement to the answer: a layout becomes one function, made once per plan.

Rows are positional lists; a layout says which column stands under which response key. A whole number past 32 bits is
an error of the field, not a wrong number; a decimal is a number of exactly its value.
"""

from collections.abc import Callable
from functools import lru_cache
from types import CodeType
from typing import Any, Final, TypeAlias, cast

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
_Made: TypeAlias = Constant | Whole | Object | Cursor | First | Several | Connection | Listed | Sum
_KEPT: Final = 512


def shaper(layout: Object, cursors: Cursors) -> Maker:
    """The function that lays out a root row."""
    return _Shaping(cursors).laid_out(layout)


class _Shaping:
    def __init__(self, cursors: Cursors) -> None:
        self._cursors = cursors

    def laid_out(self, layout: Object) -> Maker:
        names: dict[str, object] = {"__builtins__": {}, "decimal": decimal_number}
        entries: list[str] = []
        for place, (key, shape) in enumerate(layout.entries):
            names[f"key{place}"] = key
            entries.append(f"key{place}: {self._value(shape, f'make{place}', names)}")
        return cast("Maker", eval(_code(f"lambda row: {{{', '.join(entries)}}}"), names))  # noqa: S307 - see `_code`

    def _value(self, shape: Shape, name: str, names: dict[str, object]) -> str:
        """The expression of a value of `row`; what it calls is put under that name."""
        match shape:
            case Cell(column, Kind.DECIMAL, decimals):
                return f"None if row[{column:d}] is None else decimal(row[{column:d}], {decimals:d})"
            case Cell(column):
                return f"row[{column:d}]"
            case Inner(column, layout):
                names[name] = self.laid_out(layout)
                return f"None if row[{column:d}] is None else {name}(row[{column:d}])"
            case _:
                names[name] = self._shape(shape)
                return f"{name}(row)"

    def _shape(self, shape: _Made) -> Maker:  # noqa: PLR0911 - one case and return for each kind of shape
        match shape:
            case Constant():
                return lambda _row, value=shape.value: value
            case Whole():
                return self._whole(shape)
            case Object():
                return self.laid_out(shape)
            case Cursor():
                return self._cursor(shape)
            case First():
                return self._first(shape.column, self.laid_out(shape.object))
            case Several():
                return self._several(shape)
            case Connection():
                return self._connection(shape)
            case Listed():
                every = [self.laid_out(each) for each in shape.objects]
                return lambda row: [make(row) for make in every]
            case Sum():
                return _sum(shape)

    def _whole(self, shape: Whole) -> Maker:
        test, make = shape.test, self.laid_out(shape.object)
        return lambda row: None if row[test] is None else make(row)

    def _first(self, column: int, make: Maker) -> Maker:
        return lambda row: make(row[column][0]) if row[column] else None

    def _several(self, shape: Several) -> Maker:
        makers = [(column, self.laid_out(of)) for column, of in shape.columns]

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
                make = self.laid_out(entry.object)
                return lambda _row, page, _more: [make(each) for each in page]
            case Page():
                return self._page(shape, entry)
            case Groups():
                groups = self._groups(entry)
                return lambda row, _page, _more: groups(row)

    def _groups(self, shape: Groups) -> Maker:
        column, most, path, make = shape.column, shape.most, shape.path, self.laid_out(shape.object)

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


@lru_cache(_KEPT)
def _code(text: str) -> CodeType:
    """Python's own code for an expression over a row: a display is made several times as fast as by calls.

    Such a text is words of this module and numbers of columns; response keys, which askers choose, come by name.
    """
    return compile(text, "<layout>", "eval")


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
