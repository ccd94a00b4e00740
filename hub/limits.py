"""The bound of an operation: how many records it can read at most, from the document and its variables alone.

One linear pass with memory: each fragment is priced once for each type, however often it is spread, so a small
document cannot make the pricing itself expensive. A connection costs its page for each record that holds it, a to-one
link or `node` one record, an aggregate as many as it can have groups: one without keys, else the product of the lengths
of their code lists, 1,000 where a key has none. What merges by the specification's rules is priced twice: a bound may
be high, never low.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    value_from_ast_untyped,
)

from hub.compiler.aggregates import MOST_GROUPS
from hub.compiler.paging import LARGEST_PAGE, PAGE
from schema.errors import InvalidInput, TooCostly
from schema.model import Model, RecordType

DEEPEST = 24


@dataclass(frozen=True, slots=True)
class Price:
    """Records read at most, the dearest path to them, how many levels there are below, records read ahead of a page.

    `groups` are those of a connection's aggregates, which are there once and not for each record of its page.
    """

    records: int = 0
    path: tuple[str, ...] = ()
    levels: int = 0
    ahead: int = 0
    groups: int = 0


class Pricing:
    """Prices the operations of one document."""

    def __init__(self, model: Model, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._model = model
        self._schema = schema
        self._fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }
        self._known: dict[tuple[str, str], Price] = {}
        self._variables: Mapping[str, Any] = {}

    def price(self, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> Price:
        """The price of one operation with these coerced variables."""
        self._known.clear()
        self._variables = variables
        query = operation.operation is OperationType.QUERY
        root = self._schema.query_type if query else self._schema.mutation_type
        return self._selections(operation.selection_set, root, 0)

    def _selections(self, selections: SelectionSetNode, kind: GraphQLNamedType | None, depth: int) -> Price:
        _check_depth(depth)
        total, dearest, levels, ahead, groups = 0, Price(), 0, 0, 0
        for each in selections.selections:
            if isinstance(each, FieldNode):
                price = self._field(each, kind, depth)
            elif isinstance(each, FragmentSpreadNode):
                price = self._fragment(each.name.value, depth)
            else:
                inline = cast("InlineFragmentNode", each)  # the third kind of selection
                on = self._schema.type_map[inline.type_condition.name.value] if inline.type_condition else kind
                price = self._selections(inline.selection_set, on, depth)
            total += price.records
            groups += price.groups
            dearest = max(dearest, price, key=lambda one: one.records + one.groups)
            levels, ahead = max(levels, price.levels), max(ahead, price.ahead)
        return Price(total, dearest.path, levels, ahead, groups)

    def _fragment(self, name: str, depth: int) -> Price:
        fragment = self._fragments[name]
        on = fragment.type_condition.name.value
        if (name, on) not in self._known:
            self._known[name, on] = self._selections(fragment.selection_set, self._schema.type_map[on], depth + 1)
        known = self._known[name, on]
        _check_depth(depth + 1 + known.levels)  # it may have been priced where it stood less deep
        return replace(known, levels=known.levels + 1)

    def _field(self, node: FieldNode, kind: GraphQLNamedType | None, depth: int) -> Price:
        if (
            node.selection_set is None
            or not isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType))
            or node.name.value not in kind.fields  # introspection reads no record
        ):
            return Price()
        returned = cast("GraphQLNamedType", get_named_type(cast("Any", kind).fields[node.name.value].type))
        inner = self._selections(node.selection_set, returned, depth + 1)
        path, levels = (node.name.value, *inner.path), inner.levels + 1
        if returned.name.endswith("Connection"):
            page = self._page(node) + inner.ahead
            return Price(page * (1 + inner.records) + inner.groups, path, levels)
        if returned.name == "PageInfo":  # one more record says whether there is a next page
            return Price(levels=levels, ahead=1)
        if node.name.value == "aggregate" and kind.name.endswith("Connection"):
            target = self._model.types[returned.name.removesuffix("Aggregate")]
            return Price(path=path, levels=levels, groups=self._groups(node, target))
        if returned.name == "Node" or (
            returned.name in self._model.types and kind.name in {"Query", *self._model.types}
        ):
            number = self._named(node) if node.name.value == "nodes" else 1
            return Price(number * (1 + inner.records), path, levels)
        return replace(inner, levels=levels)

    def _given(self, node: FieldNode, *names: str) -> list[object]:
        """The values of those of these arguments that a field has; of variables, the coerced ones."""
        variables = dict(self._variables)
        return [
            value_from_ast_untyped(each.value, variables) for each in node.arguments or () if each.name.value in names
        ]

    def _groups(self, node: FieldNode, kind: RecordType) -> int:
        """How many groups there can be at most."""
        found = 1
        for given in self._given(node, "groupBy"):
            for key in cast("list[object]", given) if isinstance(given, list) else [given] if given else []:
                found *= self._distinct(key, kind)
        return min(found, MOST_GROUPS)

    def _distinct(self, key: object, kind: RecordType) -> int:
        """How many values a key of groups can have at most, null among them."""
        if not isinstance(key, dict) or len(cast("dict[str, object]", key)) != 1:
            return MOST_GROUPS
        ((name, inner),) = cast("dict[str, object]", key).items()
        if name in kind.links:
            return self._distinct(inner, self._model.types[kind.links[name].target])
        codes = kind.fields[name].codes if name in kind.fields else None
        return len(codes) + 1 if codes is not None else MOST_GROUPS

    def _named(self, node: FieldNode) -> int:
        """How many ids a `nodes` names; one that is not in a list is a list of one."""
        (given,) = self._given(node, "ids")
        return min(len(cast("list[object]", given)), LARGEST_PAGE) if isinstance(given, list) else 1

    def _page(self, node: FieldNode) -> int:
        """The page that is asked for; a size that is no size is refused elsewhere."""
        sizes = [each for each in self._given(node, "first", "last") if isinstance(each, int) and each >= 0]
        return min(max(sizes, default=PAGE), LARGEST_PAGE)


def _check_depth(depth: int) -> None:
    if depth > DEEPEST:
        raise InvalidInput(
            f"truy vấn sâu quá `{DEEPEST}` tầng; hãy chia nhỏ",
            f"the operation is nested over `{DEEPEST}` levels deep; split it",
        )


def check(price: Price, bound: int) -> None:
    """Refuse what could read more than the bound, naming the cost, the bound and the dearest path."""
    if price.records > bound:
        path = ".".join(price.path)
        raise TooCostly(
            f"truy vấn có thể đọc `{price.records}` bản ghi, giới hạn là {bound}; đắt nhất ở `{path}`: "
            "hãy giảm `first` hoặc `last`",
            f"the operation can read `{price.records}` records, the bound is {bound}; the dearest path is `{path}`: "
            "lower its `first` or `last`",
        )
