"""Masks: what a permission may show of a value instead of the value itself.

A field declares which masks it has, the mildest first. The masked value is made when the record is written, and stored
beside the value as a property of its own with its own derived ones, so that filters, order, search and cursors read it
as they read any value. A mask gives a value of the same kind; null stays null.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import floor
from typing import Final, TypeAlias

Masked: TypeAlias = str | int | float | tuple[float, float]
"""A stored value that can be masked."""

CUT: Final = "…"
"""Stands where something was left out."""
_CELLS: Final = 10
"""Cells of a degree, each way."""


@dataclass(frozen=True, slots=True)
class Mask:
    """One way to say less: `name` is a part of the stored property's name, `kinds` the kinds of field it is for."""

    name: str
    vi: str
    en: str
    kinds: frozenset[str]
    hide: Callable[[Masked], Masked]


def rounded(step: int, *, decimals: int = 0) -> Mask:
    """Numbers to a multiple of `step`, towards zero, in the unit of the field, which has `decimals`."""
    stored = step * 10**decimals

    def hide(value: Masked) -> Masked:
        if not isinstance(value, int):
            raise TypeError(value)
        size = abs(value) // stored * stored
        return size if value >= 0 else -size

    kinds = frozenset({"int", "long", "decimal"})
    return Mask(f"to{step}", f"làm tròn xuống bội số của {step}", f"rounded down to a multiple of {step}", kinds, hide)


def first(letters: int) -> Mask:
    """Texts and codes cut after so many characters."""

    def hide(value: Masked) -> Masked:
        text = str(value)
        return text if len(text) <= letters else text[:letters] + CUT

    vi, en = f"{letters} ký tự đầu", f"the first {letters} characters"
    return Mask(f"first{letters}", vi, en, frozenset({"text", "code"}), hide)


def _first_word(value: Masked) -> Masked:
    head, space, _ = str(value).partition(" ")
    return f"{head} {CUT}" if space else head


def _year(value: Masked) -> Masked:
    return f"{str(value)[:4]}-01-01"


def _month(value: Masked) -> Masked:
    return f"{str(value)[:7]}-01"


def _cell(value: Masked) -> Masked:
    if not isinstance(value, tuple):
        raise TypeError(value)
    lat, lon = (
        round((min(floor(degrees * _CELLS), most * _CELLS - 1) + 0.5) / _CELLS, 6)
        for degrees, most in zip(value, (90, 180), strict=True)
    )
    return lat, lon


FIRST_WORD: Final = Mask(
    "firstWord", "từ đầu (họ của người)", "the first word (a person's family name)", frozenset({"text"}), _first_word
)
YEAR: Final = Mask("year", "chỉ năm", "the year alone", frozenset({"date"}), _year)
MONTH: Final = Mask("month", "chỉ tháng và năm", "month and year alone", frozenset({"date"}), _month)
CELL: Final = Mask(
    "cell",
    "tâm ô 0,1 độ (khoảng 11 km)",
    "the middle of its cell of 0.1 degrees (about 11 km)",
    frozenset({"place"}),
    _cell,
)
