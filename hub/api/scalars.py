"""GraphQL scalars: how inputs are read. Answers need none of this: the plan converts what the store gave."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NewType

import strawberry
from graphql import GraphQLError, ValueNode
from graphql.language import FloatValueNode, IntValueNode
from strawberry.types.scalar import ScalarDefinition, ScalarWrapper

from schema.scalars import instant

LongNumber = NewType("LongNumber", int)
"""A whole number under 2^53."""
GroupValue = NewType("GroupValue", object)
"""The value of a group's key: a number, a text, a code or a date, as its field gives it."""

_LONGEST = 40


def _decimal(value: object) -> Decimal:
    """An exact decimal of a JSON number: a float stands for its shortest decimal form."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise GraphQLError("a decimal is a number")
    try:
        return value if isinstance(value, Decimal) else Decimal(repr(value))
    except InvalidOperation:  # an int of more digits than Python prints
        raise GraphQLError("the number is too large") from None


def _decimal_literal(node: ValueNode, _variables: object = None) -> Decimal:
    if not isinstance(node, (IntValueNode, FloatValueNode)) or len(node.value) > _LONGEST:
        raise GraphQLError("a decimal is a number of at most 40 characters", node)
    return Decimal(node.value)


def _long(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise GraphQLError("a long is a whole number")
    if not -(2**63) <= value < 2**63:
        raise GraphQLError("the number is too large")
    return value


def _long_literal(node: ValueNode, _variables: object = None) -> int:
    if not isinstance(node, IntValueNode) or len(node.value) > _LONGEST:
        raise GraphQLError("a long is a whole number of at most 40 digits", node)
    return int(node.value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise GraphQLError("a date or an instant is a string")
    return value


def _no_input(_: object) -> object:
    raise GraphQLError("this is only answered, never asked with")


SCALARS: dict[object, ScalarDefinition] = {
    Decimal: strawberry.scalar(
        name="Decimal",
        description="An exact decimal, as a JSON number. Số thập phân chính xác.",
        serialize=lambda value: value,
        parse_value=_decimal,
        parse_literal=_decimal_literal,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A day: 2026-11-22. Một ngày.",
        serialize=lambda value: value,
        parse_value=_text,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant: 2026-11-22T03:04:05.678Z. Một thời điểm.",
        serialize=lambda value: instant(value) if isinstance(value, datetime) else value,
        parse_value=_text,
    ),
}
"""The scalars beyond GraphQL's own, by the Python type that stands for them in annotations."""


class _Typed(ScalarWrapper):
    """A scalar with its Python type: `strawberry codegen` finds it nowhere else, and fails on a scalar without."""

    def __init__(self, python: Callable[[Any], Any], definition: ScalarDefinition) -> None:
        super().__init__(python)
        self._scalar_definition = definition


TYPED_SCALARS: dict[object, type | ScalarWrapper | ScalarDefinition] = {
    LongNumber: _Typed(
        LongNumber,
        strawberry.scalar(
            name="Long",
            description="A whole number under 2^53, as a JSON number. Số nguyên lớn.",
            serialize=lambda value: value,
            parse_value=_long,
            parse_literal=_long_literal,
        ),
    ),
    GroupValue: _Typed(
        GroupValue,
        strawberry.scalar(
            name="GroupValue",
            description="A value as its field gives it, or its period. Giá trị như của trường, hoặc kỳ.",
            serialize=lambda value: value,
            parse_value=_no_input,
        ),
    ),
}
"""The scalars that Strawberry's generator of clients does not know by name."""
