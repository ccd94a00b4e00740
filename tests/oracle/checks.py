"""What an answer says whatever the records are: which operations are refused, and which fields of them are.

A document is walked as the specification collects fields: fragments followed, directives applied, by concrete type.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
)
from graphql.execution import get_argument_values, get_directive_values, get_variable_values
from graphql.type import GraphQLIncludeDirective, GraphQLSkipDirective

from schema.errors import Denied, InvalidInput
from schema.model import Link, RecordType
from tests.oracle.aggregates import Held, adds_up
from tests.oracle.conditions import checked, checked_edge, page_size
from tests.oracle.narrowing import check
from tests.oracle.views import View


@dataclass(slots=True)
class Verdict:
    """Codes for which the whole operation is refused, and the fields that are null with an error each."""

    codes: set[str] = field(default_factory=set[str])
    closed: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])


class Walk:
    """One walk over one operation for one view."""

    def __init__(self, schema: GraphQLSchema, view: View, document: DocumentNode, given: Mapping[str, Any]) -> None:
        self._schema = schema
        self._view = view
        self._fragments = {
            one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }
        self._operation = next(one for one in document.definitions if isinstance(one, OperationDefinitionNode))
        variables = get_variable_values(schema, self._operation.variable_definitions or (), dict(given))
        if isinstance(variables, list):
            raise variables[0]
        self._variables = variables
        self._held = Held("", "", {})
        self._by: list[Mapping[str, Any]] = []
        self.verdict = Verdict()

    def read(self) -> Verdict:
        """Walk from the root."""
        query = self._schema.query_type
        assert query is not None
        self._selections(self._operation.selection_set, query)
        return self.verdict

    def _selections(self, selections: SelectionSetNode, parent: GraphQLObjectType) -> None:
        for node in self._fields(selections, parent):
            self._field(node, parent)

    def _fields(self, selections: SelectionSetNode, parent: GraphQLObjectType) -> Iterator[FieldNode]:
        for node in selections.selections:
            if self._left_out(node):
                continue
            if isinstance(node, FieldNode):
                yield node
                continue
            inner = self._fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
            assert isinstance(inner, (FragmentDefinitionNode, InlineFragmentNode))
            condition = inner.type_condition
            if condition is None or condition.name.value in {parent.name, *(one.name for one in parent.interfaces)}:
                yield from self._fields(inner.selection_set, parent)

    def _left_out(self, node: Any) -> bool:  # noqa: ANN401 - any selection
        skip = get_directive_values(GraphQLSkipDirective, node, self._variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self._variables)
        return bool(skip and skip["if"]) or bool(include and not include["if"])

    def _field(self, node: FieldNode, parent: GraphQLObjectType) -> None:
        name = node.name.value
        if name.startswith("__"):
            return
        definition = parent.fields[name]
        arguments = get_argument_values(definition, node, self._variables)
        kind = self._view.model.types.get(parent.name)
        if kind is not None and name != "id" and not self._view.opens(kind, name):
            self.verdict.closed.add((kind.name, name))
            return
        of = self._view.model.types.get(parent.name.removesuffix("Aggregate"))
        if of is not None and kind is None and not self._figures(node, of, name):
            return
        inner = cast("Any", get_named_type(definition.type))
        if inner.name == "Node":
            self._named(node, arguments.get("ids") or [arguments["id"]])
            return
        if inner.name == "Area" and parent.name == "Query":
            self._uses("Area", "code", "validFrom", *(["validTo"] if arguments.get("at") else ()))
        elif inner.name.endswith("Connection"):
            target = cast("Any", get_named_type(inner.fields["nodes"].type))
            link = kind.links.get(name) if kind is not None else None
            self._connection(arguments, self._view.model.types[target.name], link)
            outer, self._held = self._held, Held(parent.name, name, arguments.get("where") or {})
            self._selections(cast("SelectionSetNode", node.selection_set), inner)
            self._held = outer
            return
        elif name == "aggregate" and parent.name.endswith("Connection"):
            self._by = arguments.get("groupBy") or []
            grouped = self._view.model.types[inner.name.removesuffix("Aggregate")]
            if not all(self._view.opens(of, used) for of, used in _keys(self._by, grouped, self._view)):
                self.verdict.codes.add("FORBIDDEN")
        if node.selection_set:
            self._selections(node.selection_set, inner)

    def _named(self, node: FieldNode, ids: Sequence[str]) -> None:
        """What is asked of records by their ids, of each type that these name."""
        for one in {of.name for of in map(self._view.model.type_of, ids) if of}:
            self._selections(cast("SelectionSetNode", node.selection_set), cast("Any", self._schema.type_map[one]))

    def _uses(self, of: str, *names: str) -> None:
        """Fields that decide which records are answered."""
        if not all(self._view.opens(self._view.model.types[of], name) for name in names):
            self.verdict.codes.add("FORBIDDEN")

    def _figures(self, node: FieldNode, kind: RecordType, name: str) -> bool:
        """Whether a group's field is answered; noted where it is closed, or does not add up."""
        if name in {"key", "count"}:
            return True
        if not self._view.opens(kind, name):
            self.verdict.closed.add((kind.name, name))
            return False
        field_ = kind.fields[name]
        selected = node.selection_set.selections if node.selection_set else ()
        added = {one.name.value for one in selected if isinstance(one, FieldNode)} & {"sum", "avg"}
        if field_.within and added and not adds_up(self._view.model, field_, kind, self._by, self._held):
            self.verdict.codes.add("BAD_USER_INPUT")
        return True

    def _connection(self, arguments: Mapping[str, Any], kind: RecordType, link: Link | None) -> None:
        try:
            if link is not None and arguments.get("edge") is not None:
                checked_edge(link, arguments["edge"])
            page_size(arguments)
            if arguments.get("where") is not None:
                checked(arguments["where"], kind, self._view)
        except InvalidInput:
            self.verdict.codes.add("BAD_USER_INPUT")
        if arguments.get("asOf"):
            self._uses(kind.name, "validFrom", "validTo")
        try:
            check(self._view, kind, arguments)
        except (Denied, InvalidInput) as error:
            self.verdict.codes.add(error.code)
        used = [*_used(arguments.get("where"), kind, self._view), *_keys(arguments.get("orderBy"), kind, self._view)]
        if not all(self._view.opens(of, name) for of, name in used):
            self.verdict.codes.add("FORBIDDEN")


def _used(where: object, kind: RecordType, view: View) -> Iterator[tuple[RecordType, str]]:
    """Every field and link that a condition names, with its type."""
    if isinstance(where, list):
        for each in cast("list[object]", where):
            yield from _used(each, kind, view)
    if not isinstance(where, Mapping):
        return
    for name, given in cast("Mapping[str, Any]", where).items():
        if name in {"and", "or", "not"}:
            yield from _used(given, kind, view)
        elif name in kind.links:
            yield kind, name
            for each in [one for word, one in given.items() if word != "edge"] if kind.links[name].many else (given,):
                yield from _used(each, view.model.types[kind.links[name].target], view)
        elif name != "id":
            yield kind, name


def _keys(order: Any, kind: RecordType, view: View) -> Iterator[tuple[RecordType, str]]:  # noqa: ANN401 - coerced input
    for each in order or ():
        here, inner = kind, each
        while isinstance(inner, Mapping):
            ((name, inner),) = cast("Mapping[str, Any]", inner).items()
            if name != "id":
                yield here, name
            if name in here.links:
                here = view.model.types[here.links[name].target]
