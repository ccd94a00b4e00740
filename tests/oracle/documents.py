"""Values and operations as a document writes them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias


class Word(str):
    """A bare word of the language: an enum's value."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable in the place of a value."""

    name: str


Given: TypeAlias = "str | int | float | Decimal | bool | Variable | Sequence[Given] | Mapping[str, Given] | None"


@dataclass(slots=True)
class Operation:
    """The text of an operation and its variables; `paged` names those that wait for a cursor."""

    text: str
    variables: dict[str, Any]
    paged: Sequence[str]


def literal(given: Given) -> str:  # noqa: PLR0911 - one return for each form
    """A value as it stands in a document."""
    match given:
        case Variable():
            return f"${given.name}"
        case Word():
            return str(given)
        case bool() | str() | None:
            return json.dumps(given, ensure_ascii=False)
        case Mapping():
            return "{" + ", ".join(f"{key}: {literal(one)}" for key, one in given.items()) + "}"
        case int() | float():
            return repr(given)
        case Decimal():
            return format(given, "f")
        case _:
            return "[" + ", ".join(literal(one) for one in given) + "]"


def plain(given: Given) -> Any:  # noqa: ANN401 - as JSON gives it
    """A value as it comes in a request's variables."""
    match given:
        case Mapping():
            return {key: plain(one) for key, one in given.items()}
        case Decimal():
            return float(given) if Decimal(repr(float(given))) == given else given
        case str():
            return str(given)
        case bool() | int() | float() | Variable() | None:
            return given
        case _:
            return [plain(one) for one in given]


def holds_variable(given: Given) -> bool:
    """Whether there is a variable in it."""
    if isinstance(given, Mapping):
        return any(holds_variable(one) for one in given.values())
    if isinstance(given, (list, tuple)):
        return any(holds_variable(one) for one in given)
    return isinstance(given, Variable)
