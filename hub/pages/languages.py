"""The two languages of every page: which one a reader wants, and how it writes numbers and dates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from babel.numbers import format_decimal

from schema.text import sort_key

_GROUPED = "#,##0"
_MOST_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Language:
    """One language: `t` picks the text written in it."""

    code: str
    label: str
    place: int

    def t(self, vi: str, en: str) -> str:
        """The one of two texts that is in this language."""
        return (vi, en)[self.place]

    def number(self, value: Decimal | float, decimals: int | None = None) -> str:
        """A number as this language writes it, with as many decimals as it has unless said."""
        exact = value if isinstance(value, Decimal) else Decimal(str(value))
        if decimals is None:
            exponent = exact.normalize().as_tuple().exponent
            decimals = min(max(0, -exponent), _MOST_DECIMALS) if isinstance(exponent, int) else 0
        pattern = f"{_GROUPED}.{'0' * decimals}" if decimals else _GROUPED
        return format_decimal(exact, format=pattern, locale=self.code)

    def day(self, value: date | datetime) -> str:
        """A day as dd/MM/yyyy, in both languages."""
        return value.strftime("%d/%m/%Y")

    def bytes(self, size: int) -> str:
        """A file's size, in the unit that suits it."""
        amount = Decimal(size)
        for unit in ("B", "kB", "MB"):
            if amount < 1000:  # noqa: PLR2004 - units go up by a thousand
                return f"{self.number(amount, 0 if unit == 'B' else 1)} {unit}"
            amount /= 1000
        return f"{self.number(amount, 1)} GB"

    def sorted(self, texts: Sequence[str]) -> list[str]:
        """Texts in the order of a Vietnamese dictionary, which suits English as well."""
        return sorted(texts, key=sort_key)


VI = Language("vi", "Tiếng Việt", 0)
EN = Language("en", "English", 1)
LANGUAGES = {each.code: each for each in (VI, EN)}


def other(language: Language) -> Language:
    """The language of the sibling page."""
    return EN if language is VI else VI


def wanted(accept: str) -> Language:
    """The language that an `Accept-Language` header asks for; Vietnamese where it asks for neither."""
    ranked: list[tuple[float, int, Language]] = []
    for place, item in enumerate(accept.split(",")):
        name, _, weight = item.strip().partition(";")
        language = LANGUAGES.get(name.strip().lower().split("-")[0])
        if language is not None:
            ranked.append((-_weight(weight), place, language))
    ranked.sort(key=lambda each: each[:2])
    return ranked[0][2] if ranked and ranked[0][0] < 0 else VI


def _weight(parameter: str) -> float:
    text = parameter.strip().removeprefix("q=")
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
