"""From a GraphQL operation to the tree of what is read and the layout of the answer.

1. Root fields are collected (fragments, directives, merging: `documents`).
2. Each connection becomes a block: its `where` a condition, its `orderBy` keys that end with the id, its page a limit
   between cursors (`paging`); what else narrows it (`narrowing`) becomes a condition, and a key before the others.
3. What is asked of its records becomes columns of the block's row; links become columns that hold rows or blocks.
4. A field that no rule can open to the asker becomes null with one error; used in `where` or `orderBy`, it is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, cast

from graphql import GraphQLError

from auth.policy import Access
from hub.compiler import lookups, shapes
from hub.compiler.aggregates import Aggregates
from hub.compiler.cursors import Cursors
from hub.compiler.documents import Asked, Operation
from hub.compiler.filters import EDGE, Filters, on_edge, refuse
from hub.compiler.narrowing import Narrowing
from hub.compiler.paging import LARGEST_PAGE, Page, page_of
from hub.compiler.parts import (
    All,
    Block,
    Column,
    Compare,
    Condition,
    Count,
    EdgeValue,
    Form,
    Id,
    Key,
    Near,
    One,
    Operator,
    OrderKey,
    Records,
    Row,
    Value,
)
from schema.errors import InvalidInput
from schema.model import Field, Kind, Link, Model, RecordType

MOST_KEYS = 8
_CURSORS = {"startCursor", "endCursor"}


@dataclass(slots=True)
class _Columns:
    """Columns of a row as they are found: the same column is read once."""

    found: list[Column] = field(default_factory=list[Column])
    known: dict[Column, int] = field(default_factory=dict[Column, int])

    def add(self, column: Value | Id | EdgeValue | Key) -> int:
        if column not in self.known:
            self.known[column] = self.append(column)
        return self.known[column]

    def append(self, column: Column) -> int:
        self.found.append(column)
        return len(self.found) - 1


@dataclass(frozen=True, slots=True)
class Reading:
    """An operation read: the columns of the root row, the layout of the answer, what was refused."""

    columns: tuple[Column, ...]
    shape: shapes.Object
    refused: tuple[GraphQLError, ...]
    resolved: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A mutation's root field, and the records of that type that it wrote."""

    asked: Asked
    kind: RecordType
    ids: tuple[str, ...]


class Frontend:
    """Reads one operation under one access."""

    def __init__(
        self, model: Model, operation: Operation, access: Access, cursors: Cursors, largest: int = LARGEST_PAGE
    ) -> None:
        self._model = model
        self.operation = operation
        self._access = access
        self._cursors = cursors
        self._largest = largest
        self._filters = Filters(model, access)
        self._narrowing = Narrowing(model, self._filters)
        self._plural = {kind.plural: kind for kind in model.types.values()}
        self._singular = {lookups.singular(kind): kind for kind in model.types.values()}
        self._refused: dict[str, GraphQLError] = {}
        self.aggregates = Aggregates(model, operation, self._filters, self._refuse)

    def read(self) -> Reading:
        """Read the whole operation; InvalidInput or Denied where it cannot be answered."""
        columns = _Columns()
        entries: list[tuple[str, shapes.Shape]] = []
        resolved: list[str] = []
        for asked in self.operation.roots():
            if asked.name == "__typename":
                entries.append((asked.key, shapes.Constant("Query")))
            elif asked.name == "node":
                entries.append((asked.key, self._node(asked, columns)))
            elif asked.name == "nodes":
                entries.append((asked.key, self._nodes(asked, columns)))
            elif asked.name in self._singular:
                entries.append((asked.key, self._by_key(asked, self._singular[asked.name], columns)))
            elif asked.name not in self._plural:
                resolved.append(asked.key)
            else:
                kind = self._plural[asked.name]
                entries.append((asked.key, self._connection("Query", asked, kind, None, columns)))
        return Reading(
            tuple(columns.found), shapes.Object(tuple(entries)), tuple(self._refused.values()), tuple(resolved)
        )

    def written(self, written: "Written") -> Reading:
        """Read what is asked of a write: its records, as they are seen afterwards."""
        columns = _Columns()
        entries: list[tuple[str, shapes.Shape]] = []
        payload = self.operation.returned("Mutation", written.asked)
        for each in self.operation.fields([written.asked], payload):
            match each.name:
                case "__typename":
                    entries.append((each.key, shapes.Constant(payload)))
                case "ids":
                    entries.append((each.key, shapes.Constant(list(written.ids))))
                case _:
                    entries.append(
                        (each.key, self._connection(payload, each, written.kind, None, columns, written.ids))
                    )
        return Reading(tuple(columns.found), shapes.Object(tuple(entries)), tuple(self._refused.values()), ())

    def _node(self, asked: Asked, columns: _Columns) -> shapes.Shape:
        given = str(self.operation.arguments("Query", asked)["id"])
        kind = self._model.type_of(given)
        if kind is None:
            return shapes.Constant(None)
        return self._first(asked, kind, lookups.is_id(given), (OrderKey((), None),), columns)

    def _nodes(self, asked: Asked, columns: _Columns) -> shapes.Several:
        ids = [str(one) for one in self.operation.arguments("Query", asked)["ids"]]
        found: dict[str, tuple[int, shapes.Object]] = {}
        for name, named in lookups.by_type(self._model, ids).items():
            own = _Columns()
            own.add(Id())  # the first column, by which each is put in its place
            laid_out = self.object(self._model.types[name], [asked], own)
            row = Row(self._model.types[name], tuple(own.found))
            block = Block(row, condition=lookups.is_id(*named), order=(OrderKey((), None),), limit=len(set(named)))
            found[name] = columns.append(Records(block)), laid_out
        return shapes.Several(tuple(ids), tuple(found.values()))

    def _by_key(self, asked: Asked, kind: RecordType, columns: _Columns) -> shapes.Shape:
        where, order = lookups.by_key(kind, self.operation.arguments("Query", asked))
        return self._first(asked, kind, self._filters.read(where, kind), self._order(order, kind), columns)

    def _first(
        self, asked: Asked, kind: RecordType, condition: Condition, order: tuple[OrderKey, ...], columns: _Columns
    ) -> shapes.First:
        row, laid_out = self._row(kind, [asked])
        return shapes.First(columns.append(Records(Block(row, condition=condition, order=order))), laid_out)

    def _row(self, kind: RecordType, asked: Sequence[Asked]) -> tuple[Row, shapes.Object]:
        columns = _Columns()
        laid_out = self.object(kind, asked, columns)
        return Row(kind, tuple(columns.found)), laid_out

    def object(self, kind: RecordType, asked: Sequence[Asked], columns: _Columns) -> shapes.Object:
        """Lay out a record, adding what it needs to the columns of its row."""
        entries = [(each.key, self._field(kind, each, columns)) for each in self.operation.fields(asked, kind.name)]
        return shapes.Object(tuple(entries))

    def _field(self, kind: RecordType, asked: Asked, columns: _Columns) -> shapes.Shape:
        if asked.name == "__typename":
            return shapes.Constant(kind.name)
        if asked.name == "id":
            return shapes.Cell(columns.add(Id()))
        if not self._filters.opens(kind, asked.name):
            self._refuse(kind, asked)
            return shapes.Constant(None)
        link = kind.links.get(asked.name)
        if link is None:
            return self._value(kind.fields[asked.name], asked, columns)
        target = self._model.types[link.target]
        if link.many:
            return self._connection(kind.name, asked, target, link, columns)
        row, laid_out = self._row(target, [asked])
        return shapes.Inner(columns.append(One(link, row)), laid_out)

    def _refuse(self, kind: RecordType, asked: Asked) -> None:
        denied = refuse(kind, asked.name)
        self._refused.setdefault(denied.en, GraphQLError(denied.en, nodes=asked.node, original_error=denied))

    def _value(self, of: Field, asked: Asked, columns: _Columns) -> shapes.Shape:
        if of.kind is not Kind.PLACE:
            return shapes.Cell(columns.add(Value(of)), of.kind, of.decimals)
        ends = {"lat": Value(of, Form.LAT), "lon": Value(of, Form.LON)}
        entries = [
            (
                each.key,
                shapes.Constant("Place") if each.name == "__typename" else shapes.Cell(columns.add(ends[each.name])),
            )
            for each in self.operation.fields([asked], "Place")
        ]
        return shapes.Whole(columns.add(ends["lat"]), shapes.Object(tuple(entries)))

    def _connection(
        self,
        parent: str,
        asked: Asked,
        kind: RecordType,
        link: Link | None,
        columns: _Columns,
        among: Sequence[str] | None = None,
    ) -> shapes.Connection:
        given = self.operation.arguments(parent, asked)
        where = given.get("where")
        condition = self._filters.read(where, kind) if where else All()
        if given.get("asOf") is not None:
            condition = All((condition, self._filters.read(lookups.valid_at(kind, given["asOf"]), kind)))
        if among is not None:
            condition = All((Compare(None, Form.VALUE, Operator.IN, sorted(among)), condition))
        narrowed = self._narrowing.read(given, kind)
        if narrowed.conditions:
            condition = All((*narrowed.conditions, condition))
        edge = on_edge(link, given[EDGE]) if link is not None and given.get(EDGE) is not None else ()
        order = (*narrowed.keys, *self._order(given.get("orderBy"), kind))
        seal = self._cursors.seal(
            kind.name,
            (link.source, link.name) if link else None,
            [
                ([step.name for step in key.path], key.field and key.field.name, key.descending, key.nulls_first)
                for key in order
                if not key.measure
            ],
            [
                *(_canonical(each) for each in (where, given.get("asOf"), given.get(EDGE))),
                _canonical(among if among is None else sorted(among)),
            ],
            self._access.fingerprint,
            *narrowed.sealed,
        )
        page = page_of(given, order, seal, self._cursors, self._largest)
        block = page.of(Block(Row(kind), link, condition, order, edge=edge))
        return _Connection(self, asked, kind, link).read(block, page, seal, parent, columns)

    def _order(self, given: Sequence[Mapping[str, Any]] | None, kind: RecordType) -> tuple[OrderKey, ...]:
        keys = [self._key(each, kind, ()) for each in given or ()]
        if len(keys) > MOST_KEYS:
            raise InvalidInput(
                f"`orderBy` có `{len(keys)}` khoá, nhiều nhất là {MOST_KEYS}",
                f"`orderBy` has `{len(keys)}` keys, at most {MOST_KEYS} are read",
            )
        for place, key in enumerate(keys):
            if key.field is None and not key.path:  # the id decides: what follows it cannot
                return tuple(keys[: place + 1])
        return (*keys, OrderKey((), None))

    def _key(self, given: Mapping[str, Any], kind: RecordType, path: tuple[Link, ...]) -> OrderKey:
        ((name, direction),) = given.items()
        link = kind.links.get(name)
        if name != "id":
            self._filters.require(kind, name)
        if link is not None:
            return self._key(direction, self._model.types[link.target], (*path, link))
        word = direction.value if isinstance(direction, Enum) else str(direction)
        return OrderKey(
            path, kind.fields.get(name), descending=word.startswith("DESC"), nulls_first=word.endswith("NULLS_FIRST")
        )


class _Connection:
    """Reads what is asked of one connection."""

    def __init__(self, frontend: Frontend, asked: Asked, kind: RecordType, link: Link | None) -> None:
        self._frontend = frontend
        self._asked = asked
        self._kind = kind
        self._link = link
        self._row = _Columns()

    def read(self, block: Block, page: Page, seal: str, parent: str, columns: _Columns) -> shapes.Connection:
        operation = self._frontend.operation
        name = operation.returned(parent, self._asked)
        entries: list[tuple[str, shapes.Nodes | shapes.Page | shapes.Total | shapes.Groups | shapes.Constant]] = []
        total: int | None = None
        rows, more = False, 0
        for each in operation.fields([self._asked], name):
            match each.name:
                case "__typename":
                    entries.append((each.key, shapes.Constant(name)))
                case "totalCount":
                    total = columns.append(Count(block)) if total is None else total
                    entries.append((each.key, shapes.Total(total)))
                case "aggregate":
                    groups, lay_out = self._frontend.aggregates.read(name, each, block)
                    entries.append((each.key, lay_out(columns.append(groups))))
                case "pageInfo":
                    rows, more = True, 1
                    ends = [(end.key, end.name) for end in operation.fields([each], "PageInfo")]
                    cursor = self._cursor(block, seal) if _CURSORS & {end for _, end in ends} else None
                    entries.append((each.key, shapes.Page(tuple(ends), cursor)))
                case "nodes":
                    rows = True
                    entries.append((each.key, shapes.Nodes(self._frontend.object(self._kind, [each], self._row))))
                case _:
                    rows = True
                    edge = self._edge(each, operation.returned(name, each), block, seal)
                    entries.append((each.key, shapes.Nodes(edge)))
        read = replace(block, row=Row(self._kind, tuple(self._row.found)), limit=page.size + more)
        column = columns.append(Records(read)) if rows else None
        return shapes.Connection(column, page.size, page.backward, block.after is not None, tuple(entries))

    def _cursor(self, block: Block, seal: str) -> shapes.Cursor:
        return shapes.Cursor(tuple(self._row.add(Key(number)) for number in range(len(block.order))), seal)

    def _distance(self, block: Block) -> shapes.Shape:
        """How far the record is from where `near` says, in metres; null where nothing is said."""
        numbers = (number for number, key in enumerate(block.order) if isinstance(key.measure, Near))
        number = next(numbers, None)
        return shapes.Constant(None) if number is None else shapes.Cell(self._row.add(Key(number)))

    def _edge(self, asked: Asked, name: str, block: Block, seal: str) -> shapes.Object:
        own = {of.name: of for of in self._link.fields} if self._link else {}
        entries: list[tuple[str, shapes.Shape]] = []
        for each in self._frontend.operation.fields([asked], name):
            match each.name:
                case "__typename":
                    entries.append((each.key, shapes.Constant(name)))
                case "cursor":
                    entries.append((each.key, self._cursor(block, seal)))
                case "node":
                    entries.append((each.key, self._frontend.object(self._kind, [each], self._row)))
                case "distance" if "distance" not in own:
                    entries.append((each.key, self._distance(block)))
                case _:
                    of = own[each.name]
                    entries.append((each.key, shapes.Cell(self._row.add(EdgeValue(of)), of.kind, of.decimals)))
        return shapes.Object(tuple(entries))


def _canonical(where: object) -> object:
    """A `where` as plain JSON, keys sorted, for a cursor's seal."""
    if isinstance(where, dict):
        given = cast("dict[str, object]", where)
        return [[key, _canonical(given[key])] for key in sorted(given)]
    if isinstance(where, list):
        return [_canonical(each) for each in cast("list[object]", where)]
    return where.value if isinstance(where, Enum) else str(where)
