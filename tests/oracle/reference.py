"""The reference answer: graphql-core's own executor over a view in memory, with plain resolvers."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias, cast

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLResolveInfo,
    GraphQLSchema,
    VariableNode,
    build_schema,
    execute_sync,  # pyright: ignore[reportUnknownVariableType] - generic in an unused context
)
from graphql.language import FloatValueNode, IntValueNode

from schema.model import Field, Kind, RecordType
from tests.oracle import lookups
from tests.oracle.aggregates import Figures, Group, groups
from tests.oracle.conditions import fits, ordered, page_size, truth
from tests.oracle.graphs import Record, Tie, Value
from tests.oracle.narrowing import distance, measured
from tests.oracle.views import View

Info: TypeAlias = GraphQLResolveInfo[Any]
CURSOR = "\0cursor"


Pair: TypeAlias = tuple[Record, Tie, str, int | None]
"""An edge: the record, over which tie it was reached, the tag of its cursor, and how far away it is."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a connection, and all that it selects."""

    kind: RecordType
    found: Sequence[Record]
    records: Sequence[tuple[Record, Tie | None]]
    total: int
    next: bool
    previous: bool
    tag: str
    distances: Sequence[int | None]


def plain_schema(text: str) -> GraphQLSchema:
    """The schema of that text, with no resolver and with scalars that pass values on."""
    schema = build_schema(text)
    for name in ("Decimal", "Long", "Date", "DateTime"):
        scalar: Any = schema.type_map[name]
        scalar.serialize = scalar.coerce_output_value = _same
        scalar.parse_value = scalar.coerce_input_value = _value
        scalar.parse_literal = scalar.coerce_input_literal = _literal
    return schema


def _same(value: object) -> object:
    return value


def _type_name(record: Record, *_context: object) -> str:
    return record.type.name


def _value(value: object) -> object:
    return Decimal(repr(value)) if isinstance(value, float) else value


def _literal(node: Any, _variables: object = None) -> object:  # noqa: ANN401 - any value node
    if isinstance(node, (IntValueNode, FloatValueNode)):
        return Decimal(node.value) if isinstance(node, FloatValueNode) else int(node.value)
    return node.value


class Reference:
    """Answers operations over one view. `read` counts the records that answers were made of."""

    def __init__(self, schema: GraphQLSchema, view: View) -> None:
        self._schema = schema
        self._view = view
        self._cursors: Mapping[str, str] = {}
        self._types = {kind.plural: kind for kind in view.model.types.values()}
        self._singular = {kind.name[0].lower() + kind.name[1:]: kind for kind in view.model.types.values()}
        self.read = 0

    def answer(
        self, document: DocumentNode, variables: Mapping[str, Any], cursors: Mapping[str, str]
    ) -> ExecutionResult:
        """The answer; `cursors` says of which record each cursor in the variables is."""
        self._cursors = cursors
        execute = cast("Callable[..., ExecutionResult]", execute_sync)
        return execute(
            self._schema,
            document,
            variable_values=dict(variables),
            field_resolver=self._resolve,
            type_resolver=_type_name,
        )

    def _resolve(self, source: Any, info: Info, **arguments: Any) -> Any:  # noqa: ANN401, PLR0911 - any source, each its own
        match source:
            case None:
                return self._root(info, arguments)
            case Record():
                return self._record(source, info, arguments)
            case Page() if info.field_name == "aggregate":
                found = groups(self._view, source.kind, source.found, arguments.get("groupBy") or [])
                self.read += len(found)
                return found
            case Page():
                return self._page(source, info.field_name)
            case Group() | Figures():
                return source.told(info.field_name)
            case tuple():
                return self._pair(cast("Pair", source), info.field_name)
            case _:
                return source[info.field_name]

    def _root(self, info: Info, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a page or a record
        if info.field_name == "node":
            return self._seen(self._view.record(arguments["id"]))
        if info.field_name == "nodes":
            return [self._seen(self._view.record(one)) for one in arguments["ids"]]
        if info.field_name in self._singular:
            return self._seen(lookups.found(self._view, self._singular[info.field_name], arguments))
        kind = self._types[info.field_name]
        return self._connection(kind, [(one, None) for one in self._view.records(kind.name)], info, arguments)

    def _seen(self, record: Record | None) -> Record | None:
        self.read += record is not None
        return record

    def _record(self, record: Record, info: Info, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401
        name = info.field_name
        if name == "id":
            return record.id
        if not self._view.opens(record.type, name):
            return None
        link = record.type.links.get(name)
        if link is None:
            return shown(record.type.fields[name], self._view.value(record, name))
        ends = self._view.linked(record, link)
        if link.many:
            ends = [(end, tie) for end, tie in ends if fits(link, tie, arguments.get("edge") or {})]
            return self._connection(self._view.model.types[link.target], ends, info, arguments)
        return self._seen(ends[0][0] if ends else None)

    def _connection(
        self,
        kind: RecordType,
        ends: Sequence[tuple[Record, Tie | None]],
        info: Info,
        arguments: Mapping[str, Any],
    ) -> Page:
        where: Mapping[str, Any] = arguments.get("where") or {}
        at = arguments.get("asOf")
        ends = [each for each in ends if at is None or lookups.valid(self._view, each[0], at)]
        wanted = [(end, tie) for end, tie in ends if measured(self._view, end, arguments) is not None]
        found = {end.id: (end, tie) for end, tie in wanted if truth(self._view, where, kind, end) is True}
        line = self._line([end for end, _ in found.values()], kind, arguments)
        given = {name: arguments.get(name) for name in ("after", "before")}
        for name, cursor in given.items():
            line = line if cursor is None else self._cut(line, name, cursor, kind, arguments)
        size, backward = page_size(arguments)
        more = len(line) > size
        line = line[max(0, len(line) - size) :] if backward else line[:size]
        self.read += len(line)
        following = given["before"] is not None if backward else more
        preceding = more if backward else given["after"] is not None
        away = [distance(self._view, one, arguments.get("near")) for one in line]
        selected, page = [end for end, _ in found.values()], [found[one.id] for one in line]
        return Page(kind, selected, page, len(found), following, preceding, _tag(info), away)

    def _cut(
        self, line: Sequence[Record], name: str, cursor: str, kind: RecordType, arguments: Mapping[str, Any]
    ) -> list[Record]:
        """What stands after the record of that cursor, or before it."""
        marked = self._view.record(self._cursors[cursor])
        assert marked is not None
        both = self._line({one.id: one for one in (*line, marked)}.values(), kind, arguments)
        place = both.index(marked)
        return both[place + 1 :] if name == "after" else both[:place]

    def _line(self, records: Iterable[Record], kind: RecordType, arguments: Mapping[str, Any]) -> list[Record]:
        line = ordered(self._view, records, kind, arguments.get("orderBy") or [])
        return sorted(line, key=lambda one: measured(self._view, one, arguments) or ())

    def _page(self, page: Page, name: str) -> Any:  # noqa: ANN401 - any value
        ends = zip(page.records, page.distances, strict=True)
        pairs = [(record, tie, page.tag, away) for (record, tie), away in ends]
        cursors = [f"{CURSOR} {page.tag} {record.id}" for record, _ in page.records]
        told = {
            "hasNextPage": page.next,
            "hasPreviousPage": page.previous,
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        }
        given = {"totalCount": page.total, "nodes": [one for one, _ in page.records], "edges": pairs, "pageInfo": told}
        return given[name]

    def _pair(self, pair: Pair, name: str) -> Any:  # noqa: ANN401 - any value
        record, tie, tag, away = pair
        if name == "distance":
            return away
        if name == "node":
            return record
        if name == "cursor":
            return f"{CURSOR} {tag} {record.id}"
        fields = {
            field.name: field
            for kind in self._view.model.types.values()
            for link in kind.links.values()
            if link.relation == tie.relation
            for field in link.fields
        }
        return shown(fields[name], tie.values[name])


def shown(field: Field, value: Value) -> Any:  # noqa: ANN401 - any value
    """A stored value as an answer shows it."""
    if value is None:
        return None
    if isinstance(value, tuple):
        return {"lat": value[0], "lon": value[1]}
    if field.kind is Kind.DECIMAL and isinstance(value, int):
        return Decimal(value).scaleb(-field.decimals)
    return value


def _tag(info: Info) -> str:
    """The names of the variables that a connection's `after` and `before` are given by, as far as they are."""
    given = [
        argument.value.name.value
        for argument in info.field_nodes[0].arguments or ()
        if argument.name.value in {"after", "before"} and isinstance(argument.value, VariableNode)
    ]
    return ",".join(given) or "-"
