"""Two answers compared: values exactly, errors by code, cursors by which record they stand for."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

from graphql import ExecutionResult, GraphQLError

from schema.errors import HubError
from tests.oracle.reference import CURSOR


def code(error: GraphQLError) -> str:
    """The code of an error, from what it was made of if it says none itself."""
    told = (error.extensions or {}).get("code")
    original = error.original_error
    return str(told or (original.code if isinstance(original, HubError) else type(original or error).__name__))


def codes(result: ExecutionResult) -> list[str]:
    """The codes of an answer's errors, sorted."""
    return sorted(code(error) for error in result.errors or ())


@dataclass(slots=True)
class Comparison:
    """Compares answers of the hub with those of the reference, and learns which record each cursor is of."""

    records: dict[str, str] = field(default_factory=dict[str, str])
    by_variable: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def difference(self, found: object, wanted: object, path: str = "") -> str | None:
        """Where the two differ first, in words; None where they are equal."""
        if isinstance(wanted, str) and wanted.startswith(CURSOR):
            return self._cursor(found, wanted, path)
        if isinstance(wanted, dict) and isinstance(found, dict):
            return self._objects(cast("dict[str, Any]", found), cast("dict[str, Any]", wanted), path)
        if isinstance(wanted, list) and isinstance(found, list):
            left, right = cast("list[Any]", found), cast("list[Any]", wanted)
            if len(left) != len(right):
                return f"{path}: {len(left)} entries, wanted {len(right)}: {left} instead of {right}"
            each = (self.difference(a, b, f"{path}[{at}]") for at, (a, b) in enumerate(zip(left, right, strict=True)))
            return next((one for one in each if one), None)
        one, other = cast("Any", found), cast("Any", wanted)
        if _value(one) == _value(other) and isinstance(found, bool) is isinstance(wanted, bool):
            return None
        return f"{path}: {found!r}, wanted {wanted!r}"

    def _objects(self, found: dict[str, Any], wanted: dict[str, Any], path: str) -> str | None:
        if list(found) != list(wanted):
            return f"{path}: keys {list(found)}, wanted {list(wanted)}"
        each = (self.difference(found[key], wanted[key], f"{path}.{key}") for key in wanted)
        return next((one for one in each if one), None)

    def _cursor(self, found: object, wanted: str, path: str) -> str | None:
        _, variables, record = wanted.split(" ", 2)
        if not isinstance(found, str) or not found:
            return f"{path}: {found!r}, wanted a cursor of {record}"
        if self.records.setdefault(found, record) != record:
            return f"{path}: one cursor for both {record} and {self.records[found]}"
        for variable in variables.split(","):
            self.by_variable[variable].append(found)
        return None


def _value(value: object) -> object:
    return Decimal(repr(value)) if isinstance(value, (int, float)) and not isinstance(value, bool) else value
