"""Names, telephone numbers, tax codes, days: plausible in form, true of nobody."""

from datetime import date, timedelta
from random import Random
from typing import Final

MARK: Final = "(hư cấu)"
"""Stands in the name of everything that is made up."""
_FAMILIES: Final = (
    *("Nguyễn",) * 30, *("Trần",) * 11, *("Lê",) * 9, *("Phạm",) * 7, *("Hoàng",) * 4, *("Phan",) * 4, *("Vũ",) * 3,
    *("Võ",) * 3, *("Đặng",) * 3, *("Bùi",) * 3, *("Đỗ",) * 2, *("Hồ",) * 2, *("Ngô",) * 2, *("Dương",) * 2, "Lý",
    "Đinh", "Mai", "Trương", "Lâm", "Hà",
)  # fmt: skip
_MIDDLES: Final = {
    "M": ("Văn", "Hữu", "Đức", "Công", "Quang", "Minh", "Đình", "Xuân", "Thanh", "Ngọc"),
    "F": ("Thị", "Thị Thu", "Thị Kim", "Ngọc", "Thị Thanh", "Minh", "Thị Hồng", "Thùy", "Thị Mỹ", "Bích"),
}
_GIVEN: Final = {
    "M": ("An", "Bình", "Cường", "Dũng", "Hải", "Hùng", "Khánh", "Long", "Nam", "Phúc", "Sơn", "Thắng", "Tuấn", "Việt"),
    "F": ("Anh", "Chi", "Dung", "Giang", "Hà", "Hạnh", "Hương", "Lan", "Linh", "Mai", "Nga", "Phượng", "Thảo", "Yến"),
}
_WEIGHTS: Final = (31, 29, 23, 19, 17, 13, 7, 5, 3)
_FIRST_DAY: Final = date(1995, 1, 1)
_DAYS: Final = 30 * 365


def person(chance: Random) -> str:
    """Family name, middle name, given name."""
    gender = chance.choice("MF")
    return f"{chance.choice(_FAMILIES)} {chance.choice(_MIDDLES[gender])} {chance.choice(_GIVEN[gender])}"


def telephone(chance: Random) -> str:
    """Ten digits in a range that is assigned to no operator."""
    return f"0500{chance.randrange(10**6):06d}"


def tax_code(chance: Random) -> str:
    """Ten digits whose check digit is wrong, so that nobody has it."""
    stem = f"{chance.randrange(1, 100):02d}{chance.randrange(1, 10**7):07d}"
    right = 10 - sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, stem, strict=True)) % 11
    return f"{stem}{(right + 1 + chance.randrange(9)) % 10}"


def day(chance: Random) -> str:
    """A day of the thirty years from 1995."""
    return (_FIRST_DAY + timedelta(days=chance.randrange(_DAYS))).isoformat()
