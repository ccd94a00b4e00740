"""`search` over a view: semantics §5, computed plainly; and made-up arguments of it."""

from collections import Counter
from collections.abc import Mapping
from random import Random
from typing import Any

from schema.errors import Denied, InvalidInput
from schema.model import RecordType
from schema.text import fold
from tests.oracle.documents import Given
from tests.oracle.graphs import TEXTS, Record
from tests.oracle.views import View

SEARCHES = ("one word", "several words", "a whole text", "words of several texts", "null")
REFUSED = ("no word in a search", "too many words in a search", "too long a search")
"""What is refused of these arguments."""


def measured(view: View, record: Record, arguments: Mapping[str, Any]) -> tuple[int, ...] | None:
    """The numbers by which a record is ordered first; None where it is not among those that the arguments want."""
    found: list[int] = []
    if arguments.get("search") is not None:
        rank = ranked(_texts(view, record), fold(arguments["search"]))
        if rank is None:
            return None
        found.append(rank)
    return tuple(found)


def _texts(view: View, record: Record) -> list[str]:
    values = [view.value(record, of.name) for of in record.type.fields.values() if of.search]
    return [fold(str(value)) for value in values if value is not None]


def ranked(texts: list[str], asked: str) -> int | None:
    """0: a text is what is asked; 1: starts with it; 2: each word begins a word of a text; 3: is in one; else None."""
    words = asked.split(" ")
    if not all(any(word in text for text in texts) for word in words):
        return None
    if asked in texts:
        return 0
    if any(text.startswith(asked) for text in texts):
        return 1
    begun = all(any(part.startswith(word) for text in texts for part in text.split(" ")) for word in words)
    return 2 if begun else 3


def check(view: View, kind: RecordType, arguments: Mapping[str, Any]) -> None:
    """Raise InvalidInput or Denied where the arguments are refused whatever the records are."""
    given = arguments.get("search")
    if given is not None:
        if not any(view.opens(kind, of.name) for of in kind.fields.values() if of.search):
            raise Denied("tìm kiếm", "search")
        if len(given) > 200 or not 1 <= len(fold(given).split()) <= 8:
            raise InvalidInput("tìm kiếm", "search")


def arguments(random: Random, paths: Counter[str]) -> dict[str, tuple[str, Given]]:
    """Some of these arguments, each with its type in a document."""
    found: dict[str, tuple[str, Given]] = {}
    if random.random() < 0.2:
        found["search"] = "String", _search(random, paths)
    return found


def _search(random: Random, paths: Counter[str]) -> Given:
    """A search that often finds something."""
    if random.random() < 0.04:
        how = _rarest(paths, [f"refused: {why}" for why in REFUSED])
        wrong: dict[str, str] = dict(
            zip(REFUSED, (random.choice(("", "  ", "\u0301")), "a " * 9, "a" * 201), strict=True)
        )
        return wrong[how.removeprefix("refused: ")]
    how = _rarest(paths, [f"search: {how}" for how in SEARCHES])
    if how.endswith("null"):
        return None
    if how.endswith("a whole text"):
        return random.choice(TEXTS)
    words = random.choice(TEXTS).split()
    random.shuffle(words)
    parts = [_part(random, word) for word in words[: 1 if how.endswith("one word") else 3]]
    if how.endswith("words of several texts"):
        parts.append(_part(random, random.choice(random.choice(TEXTS).split())))
    return "  ".join(parts)


def _rarest(paths: Counter[str], some: list[str]) -> str:
    """The path that was taken least often so far, which is counted."""
    chosen = min(some, key=lambda path: paths[path])
    paths[chosen] += 1
    return chosen


def _part(random: Random, word: str) -> str:
    start = random.choice((0, 0, random.randrange(len(word))))
    return word[start : start + random.choice((1, 1, 2, 3))]


def expected() -> list[str]:
    """Every path that enough operations take at least once."""
    return [*(f"search: {how}" for how in SEARCHES), *(f"refused: {how}" for how in REFUSED)]
