"""What a GraphQL document asks: fields collected, fragments and directives applied, arguments coerced.

The only module that uses the internals of graphql-core 3.3 (`collect_fields`, `get_argument_values`, `Executor`), which
already do all of this as the specification says.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetails, collect_fields, collect_subfields
from graphql.execution.values import get_argument_values


@dataclass(frozen=True, slots=True)
class Asked:
    """One response key: the field under it and every place that asks for it (merged by the specification's rules)."""

    key: str
    name: str
    details: Sequence[FieldDetails]

    @property
    def node(self) -> FieldNode:
        """The first place that asks for it, for its arguments and its location."""
        return self.details[0].node


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a valid document, with coerced variables."""

    schema: GraphQLSchema
    executor: Executor[Any]
    raw_variables: Mapping[str, Any]

    @classmethod
    def prepare(
        cls, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any] | None, name: str | None
    ) -> "Operation | list[GraphQLError]":
        """Choose the operation and coerce its variables; errors as graphql-core words them."""
        build = cast(
            "Callable[..., list[GraphQLError] | Executor[Any]]",
            Executor.build,  # pyright: ignore[reportUnknownMemberType] - generic in a context that is not used
        )
        made = build(schema, document, raw_variable_values=dict(variables or {}), operation_name=name)
        return made if isinstance(made, list) else cls(schema, made, dict(variables or {}))

    @property
    def definition(self) -> OperationDefinitionNode:
        """The chosen operation."""
        return self.executor.operation

    @property
    def variables(self) -> Mapping[str, Any]:
        """The coerced variables."""
        return self.executor.variable_values.coerced

    @property
    def is_query(self) -> bool:
        """Whether it only reads."""
        return self.definition.operation is OperationType.QUERY

    def roots(self) -> list[Asked]:
        """The root fields, in order."""
        root = self.schema.query_type if self.is_query else self.schema.mutation_type
        if root is None:  # then the operation is not valid
            return []
        found = collect_fields(
            self.schema, self.executor.fragments, self.executor.variable_values, root, self.definition
        )
        return _asked(found.grouped_field_set)

    def fields(self, asked: Sequence[Asked], type_name: str) -> list[Asked]:
        """The fields asked of an object of that type under any of these response keys."""
        kind = self._object(type_name)
        details = [detail for each in asked for detail in each.details]
        found = collect_subfields(
            self.schema, self.executor.fragments, self.executor.variable_values, self.definition, kind, details
        )
        return _asked(found.grouped_field_set)

    def arguments(self, type_name: str, asked: Asked) -> dict[str, Any]:
        """The coerced arguments of a field of that type; an absent argument is absent."""
        definition = self._object(type_name).fields[asked.name]
        detail = asked.details[0]
        return get_argument_values(
            definition, detail.node, self.executor.variable_values, detail.fragment_variable_values
        )

    def returned(self, type_name: str, asked: Asked) -> str:
        """The name of the type that a field of that type returns, without list and non-null."""
        kind = self._object(type_name).fields[asked.name].type
        while hasattr(kind, "of_type"):
            kind = kind.of_type
        return str(kind)

    def only(self, keys: Sequence[str]) -> DocumentNode:
        """The same document, its operation reduced to these response keys (those that resolvers answer)."""
        kept = [detail.node for each in self.roots() if each.key in keys for detail in each.details]
        definition = OperationDefinitionNode(
            operation=self.definition.operation,
            name=self.definition.name,
            variable_definitions=self.definition.variable_definitions,
            directives=(),
            selection_set=SelectionSetNode(selections=tuple(kept)),
        )
        fragments = [each.definition for each in self.executor.fragments.values()]
        return DocumentNode(definitions=(definition, *fragments))

    def _object(self, name: str) -> GraphQLObjectType:
        kind = self.schema.type_map[name]
        if not isinstance(kind, GraphQLObjectType):
            raise TypeError(f"{name} is no object type")
        return kind


def _asked(grouped: Mapping[str, Sequence[FieldDetails]]) -> list[Asked]:
    return [Asked(key, details[0].node.name.value, details) for key, details in grouped.items()]
