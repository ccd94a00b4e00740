"""Sums and averages of stored whole numbers, exact: computed from what the statement gave, outside the database.

A stored number has an absolute value under 2^53. A sum comes in two halves (see `hub.compiler.groups`), so it is exact
however many numbers there are; where it is itself past 2^53 no answer can hold it, and the operation is refused.
"""

from decimal import Decimal

from hub.compiler.groups import HALF
from schema.errors import InvalidInput
from schema.scalars import EXACT_BOUND, decimal_number

FINER = 2
"""Decimals that an average has beyond those of its field."""


def total(high: int, low: int) -> int:
    """The sum of which these are the halves."""
    return high * HALF + low


def held(scaled: int, path: str) -> int:
    """A sum that an answer can hold; InvalidInput where it cannot."""
    if abs(scaled) >= EXACT_BOUND:
        raise InvalidInput(
            f"tổng của `{path}` quá lớn để ghi chính xác; hãy lọc bằng `where` hoặc chia nhóm nhỏ hơn",
            f"the sum of `{path}` is too large to be told exactly; narrow it by `where`, or group it finer",
        )
    return scaled


def mean(scaled: int, count: int, decimals: int) -> float | Decimal:
    """The average of `count` numbers of so many decimals that add up to `scaled`, rounded half even two further."""
    whole, rest = divmod(scaled * 10**FINER, count)
    if 2 * rest > count or (2 * rest == count and whole % 2):
        whole += 1
    return decimal_number(whole, decimals + FINER)
