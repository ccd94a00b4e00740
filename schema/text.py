"""Vietnamese text: one stored form, one folded form for searching, one key for sorting.

The sort key compares by code point exactly as a Vietnamese dictionary sorts: letters a ă â b c d đ e ê ... y first
(f, j, w, z in their Latin places), over the whole text; then the tones ngang, huyền, hỏi, ngã, sắc, nặng; then case,
small before capital. Letters of other alphabets come after z by code point.
"""

import re
import unicodedata
from functools import lru_cache

_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_PRIMARY = {letter: chr(ord("A") + place) for place, letter in enumerate(_ALPHABET)}
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
_SHAPES = {"\u0306", "\u0302", "\u031b"}  # breve, circumflex and horn make letters of their own
_SPACE, _PUNCTUATION, _OTHER, _LEVEL = "#", "$", "~", "!"
_WHITE = re.compile(r"\s+")


def stored_text(text: str) -> str:
    """The form in which text is stored: NFC, without blanks at the ends."""
    return unicodedata.normalize("NFC", text).strip()


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """The form in which text is searched: marks off, đ as d, lower case, one space between words.

    >>> fold("Cà  phê ĐẮK LẮK")
    'ca phe dak lak'
    """
    plain = unicodedata.normalize("NFD", text.replace("Đ", "D").replace("đ", "d"))
    bare = "".join(mark for mark in plain if not unicodedata.combining(mark))
    return _WHITE.sub(" ", unicodedata.normalize("NFC", bare).lower()).strip()


def _letters(text: str) -> list[tuple[str, str, str]]:
    """Each letter's primary weight with its tone (0 to 5) and its case (0 small, 1 capital)."""
    composed = unicodedata.normalize("NFC", text)
    if any(map(unicodedata.combining, composed)):  # marks that compose with nothing: read the text as a whole
        return _parted(composed)
    return [_letter(character) for character in composed]


@lru_cache(maxsize=4096)
def _letter(character: str) -> tuple[str, str, str]:
    return _parted(character)[0]


def _parted(text: str) -> list[tuple[str, str, str]]:
    """As `_letters`; tones are parted from the marks that make letters of their own."""
    found: list[tuple[str, str, str]] = []
    base, tone = "", "0"
    for mark in unicodedata.normalize("NFD", text) + "\0":
        if mark in _TONES and base:
            tone = _TONES[mark]
        elif unicodedata.combining(mark) and base:
            base += mark if mark in _SHAPES else ""
        else:
            if base:
                whole = unicodedata.normalize("NFC", base)
                found.append((_primary(whole.lower()), tone, "0" if whole == whole.lower() else "1"))
            base, tone = mark, "0"
    return found


def _primary(letter: str) -> str:
    known = _PRIMARY.get(letter)
    if known is not None:
        return known
    if letter.isspace():
        return _SPACE
    if letter.isascii() and letter.isdigit():
        return letter
    if letter.isascii():
        return f"{_PUNCTUATION}{ord(letter):02x}"
    return f"{_OTHER}{ord(letter[0]):06x}"


@lru_cache(maxsize=65536)
def sort_key(text: str) -> str:
    """An ASCII string that compares by code point as `text` compares in Vietnamese.

    >>> sorted(["Cao Bằng", "Cần Thơ", "Cà Mau", "Đà Nẵng", "Dak"], key=sort_key)
    ['Cà Mau', 'Cao Bằng', 'Cần Thơ', 'Dak', 'Đà Nẵng']
    """
    letters = _letters(_WHITE.sub(" ", text).strip())
    primary = "".join(weight for weight, _, _ in letters)
    tones = "".join(tone for _, tone, _ in letters).rstrip("0")
    cases = "".join(case for _, _, case in letters).rstrip("0")
    return f"{primary}{_LEVEL}{tones}{_LEVEL}{cases}"
