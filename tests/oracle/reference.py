"""The reference answer: graphql-core's own executor over a view in memory, with plain resolvers."""

from collections.abc import Callable, Mapping, Sequence
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
from tests.oracle.aggregates import Figures, Group, groups
from tests.oracle.conditions import ordered, page_size, truth
from tests.oracle.graphs import Record, Tie, Value
from tests.oracle.views import View

Info: TypeAlias = GraphQLResolveInfo[Any]
CURSOR = "\0cursor"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a connection, and all that it selects."""

    kind: RecordType
    found: Sequence[Record]
    records: Sequence[tuple[Record, Tie | None]]
    total: int
    more: bool
    after: bool
    tag: str


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
                return self._pair(cast("tuple[Record, Tie, str]", source), info.field_name)
            case _:
                return source[info.field_name]

    def _root(self, info: Info, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a page or a record
        if info.field_name == "node":
            return self._seen(self._view.record(arguments["id"]))
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
        found = {end.id: (end, tie) for end, tie in ends if truth(self._view, where, kind, end) is True}
        order: Sequence[Mapping[str, Any]] = arguments.get("orderBy") or []
        after = arguments.get("after")
        behind = [end for end, _ in found.values()]
        if after is not None:
            marked = self._view.record(self._cursors[after])
            assert marked is not None
            line = ordered(self._view, {one.id: one for one in (*behind, marked)}.values(), kind, order)
            behind = line[line.index(marked) + 1 :]
        line = ordered(self._view, behind, kind, order)
        first = page_size(arguments.get("first"))
        page = [found[one.id] for one in line[:first]]
        self.read += len(page)
        return Page(
            kind, [end for end, _ in found.values()], page, len(found), len(line) > first, after is not None, _tag(info)
        )

    def _page(self, page: Page, name: str) -> Any:  # noqa: ANN401 - any value
        pairs = [(record, tie, page.tag) for record, tie in page.records]
        cursors = [f"{CURSOR} {page.tag} {record.id}" for record, _ in page.records]
        ends = {
            "hasNextPage": page.more,
            "hasPreviousPage": page.after,
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        }
        given = {"totalCount": page.total, "nodes": [one for one, _ in page.records], "edges": pairs, "pageInfo": ends}
        return given[name]

    def _pair(self, pair: tuple[Record, Tie, str], name: str) -> Any:  # noqa: ANN401 - any value
        record, tie, tag = pair
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
    """The name of the variable that a connection's `after` is given by, if it is."""
    for argument in info.field_nodes[0].arguments or ():
        if argument.name.value == "after" and isinstance(argument.value, VariableNode):
            return argument.value.name.value
    return "-"
