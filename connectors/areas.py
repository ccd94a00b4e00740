"""The one way from a name or a code to an area: by date and level, tolerant of spelling, never guessing between two.

Codes and names of areas are used again over time, so neither means anything without a date. Spelling may differ in
marks, tone placement (Hoà, Hòa), case, blanks, hyphens, a prefix such as "TP." or "Tỉnh", a suffix such as "City", and
by UTF-8 that was read as Windows-1252 once too often. Forms are tried from the strictest to the loosest; the first that
any area has decides, and two areas in force under it are an answer for a person, not for a program.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Final

from schema.text import fold, stored_text

_TONES: Final = "\u0300\u0301\u0303\u0309\u0323"
_PREFIX: Final = re.compile(
    r"^(?:thành phố|thanh pho|tp|tỉnh|tinh|quận|quan|huyện|huyen|thị xã|thi xa|thị trấn|thi tran|phường|phuong|xã|xa)"
    r"(?:\s*\.\s*|\s+)(?=\D)"
)
_SUFFIX: Final = re.compile(r"\s+(?:city|province|district|commune|ward)$")
_BREAK: Final = re.compile(r"[^\w]+")
_CLOSE: Final = 0.8


@dataclass(frozen=True, slots=True)
class AreaRow:
    """One area in one period of validity (ISO days); `key` is `code@validFrom`."""

    key: str
    code: str
    name: str
    name_en: str
    level: str
    valid_from: str
    valid_to: str | None

    def in_force(self, on: date) -> bool:
        """Whether the area exists on that day."""
        return self.valid_from <= on.isoformat() and (self.valid_to is None or on.isoformat() <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Unresolved:
    """Why no area was found, and which ones a person may choose from (keys)."""

    vi: str
    en: str
    candidates: tuple[str, ...]


class Areas:
    """All areas, ready to be looked up."""

    def __init__(self, rows: Iterable[AreaRow]) -> None:
        self._rows = sorted(rows, key=lambda row: row.key)
        self._keys = {row.key: row for row in self._rows}
        self._codes: dict[str, list[AreaRow]] = defaultdict(list)
        self._names: list[dict[str, list[AreaRow]]] = [defaultdict(list) for _ in _FORMS]
        for row in self._rows:
            self._codes[row.code].append(row)
            for form, names in zip(_FORMS, self._names, strict=True):
                for spelling in {form(name) for name in (row.name, row.name_en) if name}:
                    names[spelling].append(row)

    def resolve(self, text: str, on: date, level: str | None = None) -> str | Unresolved:
        """The key of the one area that `text` (a key, a code or a name) means on that day, at that level if given."""
        text = repaired(stored_text(text))
        if "@" in text:
            row = self._keys.get(text)
            found = [row] if row is not None and level in (None, row.level) else []
            return found[0].key if found else _unknown(text, on, [])
        for table, spelling in self._spellings(text):
            found = [row for row in table.get(spelling, ()) if level in (None, row.level)]
            if found:
                return _only(text, on, found)
        return _unknown(text, on, self._close(text, on))

    def _spellings(self, text: str) -> Iterator[tuple[Mapping[str, list[AreaRow]], str]]:
        """Each table to look in, the strictest first, and how `text` is spelled there."""
        yield self._codes, text
        for form, names in zip(_FORMS, self._names, strict=True):
            yield names, form(text)

    def _close(self, text: str, on: date) -> list[AreaRow]:
        near = get_close_matches(_loose(text), self._names[-1], n=3, cutoff=_CLOSE)
        return [row for name in near for row in self._names[-1][name] if row.in_force(on)]


def _only(text: str, on: date, found: list[AreaRow]) -> str | Unresolved:
    """The one area in force among those found, or the reason why there is not one."""
    now = [row for row in found if row.in_force(on)]
    match now:
        case [row]:
            return row.key
        case []:
            return Unresolved(
                f"`{text}` không có hiệu lực ngày {on}: hãy chọn trong {_listed(found)}",
                f"`{text}` is not in force on {on}: choose from {_listed(found)}",
                tuple(row.key for row in found),
            )
        case _:
            return Unresolved(
                f"`{text}` có thể là nhiều đơn vị ngày {on}: hãy chọn trong {_listed(now)}",
                f"`{text}` may be more than one area on {on}: choose from {_listed(now)}",
                tuple(row.key for row in now),
            )


def _unknown(text: str, on: date, close: list[AreaRow]) -> Unresolved:
    vi = f": gần nhất là {_listed(close)}" if close else ": hãy dùng mã trong danh mục đơn vị hành chính"
    en = f": the nearest are {_listed(close)}" if close else ": use a code of the list of administrative units"
    return Unresolved(
        f"không có đơn vị hành chính `{text}` ngày {on}{vi}",
        f"there is no area `{text}` on {on}{en}",
        tuple(row.key for row in close),
    )


def _listed(rows: list[AreaRow]) -> str:
    return ", ".join(f"`{row.key}` {row.name}" for row in rows)


def repaired(text: str) -> str:
    """`text`, or what it was before its UTF-8 was read as Windows-1252."""
    if text.isascii():
        return text
    raw = bytearray()
    for character in text:
        try:
            raw += character.encode("cp1252")
        except UnicodeEncodeError:
            if ord(character) > 0xFF:  # noqa: PLR2004 - the last of the characters that are one byte
                return text
            raw.append(ord(character))
    try:
        return stored_text(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return text


def _words(text: str) -> str:
    """Lower case, single blanks, and each word's tone at its end, wherever it was placed."""
    found: list[str] = []
    for word in unicodedata.normalize("NFD", text.lower()).split():
        tones = "".join(mark for mark in word if mark in _TONES)
        found.append("".join(mark for mark in word if mark not in _TONES) + tones)
    return unicodedata.normalize("NFC", " ".join(found))


def _bare(text: str) -> str:
    """`text` in lower case without the word that only says what kind of area it is."""
    plain = " ".join(unicodedata.normalize("NFC", text).lower().split())
    return _SUFFIX.sub("", _PREFIX.sub("", plain))


def _spelled(text: str) -> str:
    return _words(_BREAK.sub(" ", unicodedata.normalize("NFC", text)))


def _marked(text: str) -> str:
    return _spelled(_bare(text))


def _folded(text: str) -> str:
    return _BREAK.sub("", fold(text))


def _loose(text: str) -> str:
    return _BREAK.sub("", fold(_bare(text)))


_FORMS: Final[tuple[Callable[[str], str], ...]] = (_spelled, _marked, _folded, _loose)
