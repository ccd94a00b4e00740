"""Periods as figures name them: a year `2024`, a quarter `2024-Q3`, a day `2024-07-01`, a span `2020/2024` of these."""

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import date

_YEAR = re.compile(r"\d{4}")
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")


def days(period: str) -> tuple[date, date]:
    """The first and the last day; ValueError where it is no period."""
    start, slash, end = period.partition("/")
    if slash:
        return days(start)[0], days(end)[1]
    if _YEAR.fullmatch(period):
        return date(int(period), 1, 1), date(int(period), 12, 31)
    if quarter := _QUARTER.fullmatch(period):
        year, last = int(quarter[1]), 3 * int(quarter[2])
        return date(year, last - 2, 1), date(year, last, monthrange(year, last)[1])
    return date.fromisoformat(period), date.fromisoformat(period)


def coverage(periods: Iterable[str]) -> tuple[date, date] | None:
    """The first and the last day of all of them; None where there is none."""
    found = [days(period) for period in periods]
    return (min(start for start, _ in found), max(end for _, end in found)) if found else None
