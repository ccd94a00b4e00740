"""Which page of a list is asked for: `first` and `last`, `after` and `before`.

`first` reads on from where the list starts, or from behind `after`; `last` reads back from where it ends, or from ahead
of `before`. Both cursors may be given; a page lies between them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hub.compiler.cursors import Cursors
from hub.compiler.parts import Block, OrderKey
from schema.errors import InvalidInput
from schema.scalars import Stored

PAGE = 20
LARGEST_PAGE = 100


@dataclass(frozen=True, slots=True)
class Page:
    """The records asked for: how many, from which end, between which cursors (as values of the order's keys)."""

    size: int
    backward: bool
    after: tuple[Stored, ...] | None
    before: tuple[Stored, ...] | None

    def of(self, block: Block) -> Block:
        """The block, read from the end that the page is at; its order is the list's until now."""
        if not self.backward:
            return replace(block, after=self.after, until=self.before, limit=self.size)
        order = tuple(key.turned() for key in block.order)
        return replace(block, order=order, after=self.before, until=self.after, limit=self.size)


def page_of(
    given: Mapping[str, Any], order: Sequence[OrderKey], seal: str, cursors: Cursors, largest: int = LARGEST_PAGE
) -> Page:
    """The page that these arguments of a connection ask for; InvalidInput where they contradict each other."""
    first, last = given.get("first"), given.get("last")
    if first is not None and last is not None:
        raise InvalidInput(
            "không dùng `first` và `last` cùng lúc; hãy bỏ một", "`first` and `last` exclude each other; leave one out"
        )

    def values(name: str) -> tuple[Stored, ...] | None:
        return None if given.get(name) is None else cursors.read(seal, given[name], len(order))

    word, size = ("first", first) if last is None else ("last", last)
    return Page(_sized(word, size, largest), last is not None, values("after"), values("before"))


def _sized(word: str, size: int | None, largest: int) -> int:
    if size is None:
        return PAGE
    if not 0 <= size <= largest:
        raise InvalidInput(
            f"`{word}` là `{size}`, phải từ 0 đến {largest}", f"`{word}` is `{size}`; ask for 0 to {largest}"
        )
    return size
