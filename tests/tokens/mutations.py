"""Good tokens with something changed: letters of the text, bytes and bits behind the base64, whole parts."""

import base64
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Final

from tests.tokens.forging import b64

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\0\x7f\xe9\u0110"


def _letters(text: str, chance: Random) -> str:
    changed = list(text)
    for place in chance.sample(range(len(text)), chance.choice((1, 1, 1, 2, 5))):
        changed[place] = chance.choice(LETTERS.replace(text[place], ""))
    return "".join(changed)


def _inserted(text: str, chance: Random) -> str:
    place = chance.randrange(len(text) + 1)
    return text[:place] + chance.choice(LETTERS) + text[place:]


def _dropped(text: str, chance: Random) -> str:
    place = chance.randrange(len(text))
    return text[:place] + text[place + chance.choice((1, 1, 2, 4, 16)) :]


def _cut(text: str, chance: Random) -> str:
    place = chance.randrange(len(text))
    return chance.choice((text[:place], text[place:]))


def _swapped(text: str, chance: Random) -> str:
    one, other = sorted(chance.sample(range(len(text)), 2))
    return text[:one] + text[other] + text[one + 1 : other] + text[one] + text[other + 1 :]


def _bits(text: str, chance: Random) -> str:
    """One to three bits turned in the bytes of a part, spelled well again."""
    parts = text.split(".")
    which = chance.randrange(len(parts))
    raw = bytearray(base64.urlsafe_b64decode(parts[which] + "=" * (-len(parts[which]) % 4)))
    for place in chance.sample(range(len(raw) * 8), chance.choice((1, 1, 2, 3))):
        raw[place // 8] ^= 1 << place % 8
    parts[which] = b64(bytes(raw))
    return ".".join(parts)


def _bytes(text: str, chance: Random) -> str:
    """A byte put in, taken out or repeated in a part, spelled well again."""
    parts = text.split(".")
    which = chance.randrange(len(parts))
    raw = base64.urlsafe_b64decode(parts[which] + "=" * (-len(parts[which]) % 4))
    place = chance.randrange(len(raw))
    middle = chance.choice((b"", bytes([chance.randrange(256)]) + raw[place : place + 1], raw[place : place + 1] * 2))
    parts[which] = b64(raw[:place] + middle + raw[place + 1 :])
    return ".".join(parts)


def _parts(text: str, chance: Random) -> str:
    """The parts in another order, one twice, or one left out."""
    parts = text.split(".")
    return ".".join(chance.choices(parts, k=chance.choice((2, 3, 3, 3, 4))))


HOW: Final[tuple[Callable[[str, Random], str], ...]] = (
    _letters,
    _letters,
    _inserted,
    _dropped,
    _cut,
    _swapped,
    _bits,
    _bits,
    _bytes,
    _parts,
)


def mutations(good: Sequence[str], how_many: int, chance: Random) -> Iterator[tuple[int, str]]:
    """So many changed tokens, each with the place of the good one that it was made from; none is one of these."""
    made = 0
    while made < how_many:
        which = made % len(good)
        changed = chance.choice(HOW)(good[which], chance)
        if changed not in good:
            made += 1
            yield which, changed
