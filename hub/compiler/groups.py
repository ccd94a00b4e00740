"""What groups are made by and of, as statement text: the period of a date, and figures over a group.

A sum is asked for in two halves, each value divided: an engine's own sum ends in an error or a rounded number where it
passes 64 bits, and the halves of values under 2^53 pass them at 2^36 records at the earliest. `hub.figures` joins them.
"""

from collections.abc import Callable
from typing import Final

from hub.compiler.parts import Function, Period

HALF: Final = 2**26
"""What a value is divided by: the high half is the quotient towards zero, the low half the rest, of the same sign."""
_YEAR, _MONTH = len("2026"), len("2026-11")
_LAST_MONTHS: Final = (("03", "-Q1"), ("06", "-Q2"), ("09", "-Q3"), ("12", "-Q4"))


def figure(function: Function, name: str, parameter: Callable[[object], str]) -> str:
    """A function of what has that name over a group; no value at all gives null, or 0 where it counts or adds up."""
    match function:
        case Function.HIGH:
            return f"sum({name} / {parameter(HALF)})"
        case Function.LOW:
            return f"sum({name} % {parameter(HALF)})"
        case _:
            return f"{function.value}({name})"


def period(of: Period, read: str, parameter: Callable[[object], str]) -> str:
    """The year (`2026`), quarter (`2026-Q4`) or month (`2026-11`) of a stored date or instant; null of null."""
    if of is not Period.QUARTER:
        return f"left({read}, {parameter(_MONTH if of is Period.MONTH else _YEAR)})"
    month = f"substring({read}, {parameter(_YEAR + 1)}, {parameter(_MONTH - _YEAR - 1)})"
    cases = [f"WHEN {month} <= {parameter(last)} THEN {parameter(quarter)}" for last, quarter in _LAST_MONTHS]
    return f"left({read}, {parameter(_YEAR)}) + CASE {' '.join(cases)} END"
