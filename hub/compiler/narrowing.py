"""The arguments that narrow a connection beside `where`: as conditions, and as keys that go before its order.

`search` finds words in the fields declared for it, and ranks by how well they fit (see `parts.Search`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from hub.compiler.filters import Filters, refuse
from hub.compiler.parts import Condition, OrderKey, Search
from schema.errors import InvalidInput
from schema.model import RecordType
from schema.text import fold

LONGEST_SEARCH: Final = 200
"""Characters of a search."""
MOST_WORDS: Final = 8
"""Words of a search."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What the arguments given say: conditions, keys of the order, and what a cursor is bound to by them."""

    conditions: tuple[Condition, ...]
    keys: tuple[OrderKey, ...]
    sealed: tuple[object, ...]


class Narrowing:
    """Reads these arguments of one operation under one access."""

    def __init__(self, filters: Filters) -> None:
        self._filters = filters

    def read(self, given: Mapping[str, Any], kind: RecordType) -> Narrowed:
        """What a connection's arguments say of records of that type; an argument that is null is not there.

        InvalidInput, or Denied where an argument uses what no rule can open.
        """
        if given.get("search") is None:
            return Narrowed((), (), ())
        search = self._search(given["search"], kind)
        return Narrowed((search,), (OrderKey((), None, measure=search),), ("search", search.text))

    def _search(self, given: str, kind: RecordType) -> Search:
        declared = [of for of in kind.fields.values() if of.search]
        fields = tuple(of for of in declared if self._filters.opens(kind, of.name))
        if not fields:
            raise refuse(kind, declared[0].name)
        if len(given) > LONGEST_SEARCH:
            raise InvalidInput(
                f"`search` có `{len(given)}` ký tự, nhiều nhất là {LONGEST_SEARCH}; hãy rút ngắn",
                f"`search` has `{len(given)}` characters, at most {LONGEST_SEARCH} are read; shorten it",
            )
        words = tuple(fold(given).split())
        if not words:
            raise InvalidInput(
                f"`search` là `{given}`, không có từ nào; hãy viết từ cần tìm",
                f"`search` is `{given}`, which has no word; write what to look for",
            )
        if len(words) > MOST_WORDS:
            raise InvalidInput(
                f"`search` có `{len(words)}` từ, nhiều nhất là {MOST_WORDS}; hãy rút ngắn",
                f"`search` has `{len(words)}` words, at most {MOST_WORDS} are read; shorten it",
            )
        return Search(fields, words)
