"""What a comparison of a row with its source can say."""

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from examples.originals import Originals, Row

Verdict: TypeAlias = str | None
Compare: TypeAlias = Callable[[Row, Originals], Verdict]
"""What compares a row: nothing where it says what its source says, else what the source says."""

PUBLIC: Final = "the source is a public page or law"
OWN: Final = "the hub's own list"


class Unchecked(Exception):
    """There is nothing here to compare the row with, and why."""


def differs(**pairs: tuple[object, object]) -> Verdict:
    """The fields whose value is not the source's."""
    wrong = [f"{name} is {here!r}, the source has {there!r}" for name, (here, there) in pairs.items() if here != there]
    return "; ".join(wrong) or None


def found(text: str, pattern: str) -> Verdict:
    """Nothing where the text has the pattern, whatever the case."""
    return None if re.search(pattern, text, re.IGNORECASE) else f"the text has nothing like {pattern!r}"
