"""Screening for personal data: what no text cell of open data may hold.

Each kind is looked for in its written form (Decree 137/2015 for the citizen's number; the numbering plan for mobile
telephones), narrowly enough that names, symbols, dates and document numbers pass.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

import pyarrow as pa

from catalog.columns import Column
from catalog.formats import rows_of
from schema.errors import InvalidInput
from schema.model import Kind


class Personal(StrEnum):
    """A kind of personal data, as it is named in messages."""

    CITIZEN = "số căn cước / citizen's number"
    IDENTITY_CARD = "số chứng minh nhân dân / identity card number"
    PHONE = "số điện thoại / telephone number"
    EMAIL = "thư điện tử / e-mail address"
    PLATE = "biển số xe / vehicle plate"


@dataclass(frozen=True, slots=True)
class Hit:
    """Where personal data was found; never the value itself."""

    column: str
    row: str
    kind: Personal


Screen: TypeAlias = Callable[[Sequence[Column], Sequence[str], pa.Table], Iterable[Hit]]
"""Looks through a table, given its columns and the names of its key."""

_BIRTHPLACES: Final = frozenset(
    f"{code:03}"
    for code in (
        *(1, 2, 4, 6, 8, 10, 11, 12, 14, 15, 17, 19, 20, 22, *range(24, 28), 30, 31, *range(33, 39), 40, 42),
        *(*range(44, 47), 48, 49, 51, 52, 54, 56, 58, 60, 62, 64, 66, 67, 68, 70, 72, 74, 75, 77, 79, 80),
        *(*range(82, 85), 86, 87, 89, *range(91, 97)),
    )
)
_LAST_CENTURY = "3"
_PASSED = re.compile(r"https?://\S+|\b[0-9a-fA-F]{16,}\b")
"""Addresses of pages, and hashes."""
_NOT_DIGITS = re.compile(r"\D")
_CITIZEN = re.compile(r"(?<![\d.,])0\d\d[ .-]?\d{3}[ .-]?\d{3}[ .-]?\d{3}(?!\d)")
_CARD = re.compile(r"\d{9}|\d{3} \d{3} \d{3}")
_CARD_NAMED = re.compile(r"(?:cmnd|cmt|chứng minh)\D{0,40}(?:\d{9}|\d{3} \d{3} \d{3})(?!\d)", re.IGNORECASE)
_MOBILE = re.compile(
    r"(?<![\d.,])(?:\(?\+?84\)?[ .-]?|0[ -]?)(?:3[2-9]|5[25689]|7[06-9]|8[1-9]|9[0-46-9])(?:[ .-]?\d){7}(?!\d)"
)
_LANDLINE = re.compile(r"(?<![\d.,])\(?(?:\+?84[ .-]?|0)2\d{1,2}\)?[ .-]?\d{3,4}[ .-]?\d{4}(?!\d)")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PLATE = re.compile(r"(?<![\w-])[1-9]\d-?[A-Z]{1,2}\d?[- ]?\d{3}\.?\d{2}(?![\w-])")


def personal(columns: Sequence[Column], key: Sequence[str], table: pa.Table) -> Iterable[Hit]:
    """Every text cell that looks like personal data; code lists, numbers and dates cannot hold any."""
    screened = [column for column in columns if column.kind in (Kind.TEXT, Kind.CODE) and column.codes is None]
    for row in rows_of(table):
        for column in screened:
            cells: list[str | None] = row[column.name] or [] if column.many else [row[column.name]]
            for text in cells:
                kind = kind_of(text, identifier=column.identifier) if text else None
                if kind is not None:
                    yield Hit(column.name, "/".join(str(row[name]) for name in key), kind)


def kind_of(text: str, *, identifier: bool = False) -> Personal | None:
    """The kind of personal data in a text, if any; nine bare digits mean nothing in an identifier."""
    text = _PASSED.sub(" ", text)
    if _EMAIL.search(text):
        return Personal.EMAIL
    if any(_is_citizen(_NOT_DIGITS.sub("", found)) for found in _CITIZEN.findall(text)):
        return Personal.CITIZEN
    if _MOBILE.search(text) or _LANDLINE.search(text):
        return Personal.PHONE
    if _PLATE.search(text):
        return Personal.PLATE
    if _CARD_NAMED.search(text) or (not identifier and _CARD.fullmatch(text.strip())):
        return Personal.IDENTITY_CARD
    return None


def _is_citizen(digits: str) -> bool:
    """Twelve digits: place of birth's registration, sex and century (0 to 3 so far), year of birth, six of a serial."""
    return digits[:3] in _BIRTHPLACES and digits[3] <= _LAST_CENTURY


def refuse(hits: Iterable[Hit]) -> None:
    """Stop a publication at the first personal data found."""
    for hit in hits:
        vi, _, en = hit.kind.partition(" / ")
        row = _masked(hit.row)
        raise InvalidInput(
            f"cột `{hit.column}`, dòng `{row}` có vẻ chứa {vi}: sửa dữ liệu nguồn hoặc bỏ cột, rồi phát hành lại",
            f"column `{hit.column}`, row `{row}` seems to hold a {en}: mend the source or drop the column",
        )


def _masked(key: str) -> str:
    """A row's key that does not show personal data itself."""
    return key if kind_of(key, identifier=True) is None else re.sub(r"\d", "*", key)
