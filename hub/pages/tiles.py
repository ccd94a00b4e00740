"""The map of the 34 provinces as a grid of equal squares, with the Hoàng Sa and Trường Sa archipelagos.

A grid claims no border. Both archipelagos stand on every map, named, each in the colour of the province that it is
part of: Hoàng Sa of Đà Nẵng, Trường Sa of Khánh Hòa.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

WIDTH, HEIGHT = 56, 46
CLASSES = 5


@dataclass(frozen=True, slots=True)
class Tile:
    """A province: its code since 2025-07-01, its place in the grid, and its name on two lines."""

    code: str
    row: int
    column: int
    first: str
    second: str

    @property
    def name(self) -> str:
        """The name in one line."""
        return f"{self.first} {self.second}".strip()


@dataclass(frozen=True, slots=True)
class Archipelago:
    """An archipelago: the code of the province that it is part of, that province's name, and its place."""

    code: str
    vi: str
    en: str
    province: str
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Shade:
    """One class of the legend: from the least to the greatest value in it; class 0 is no data."""

    place: int
    least: Decimal
    most: Decimal


TILES = (
    Tile("12", 0, 0, "Lai", "Châu"),
    Tile("15", 0, 1, "Lào", "Cai"),
    Tile("08", 0, 2, "Tuyên", "Quang"),
    Tile("04", 0, 3, "Cao", "Bằng"),
    Tile("11", 1, 0, "Điện", "Biên"),
    Tile("14", 1, 1, "Sơn", "La"),
    Tile("25", 1, 2, "Phú", "Thọ"),
    Tile("19", 1, 3, "Thái", "Nguyên"),
    Tile("20", 1, 4, "Lạng", "Sơn"),
    Tile("01", 2, 2, "Hà", "Nội"),
    Tile("24", 2, 3, "Bắc", "Ninh"),
    Tile("22", 2, 4, "Quảng", "Ninh"),
    Tile("37", 3, 2, "Ninh", "Bình"),
    Tile("33", 3, 3, "Hưng", "Yên"),
    Tile("31", 3, 4, "Hải", "Phòng"),
    Tile("38", 4, 2, "Thanh", "Hóa"),
    Tile("40", 5, 2, "Nghệ", "An"),
    Tile("42", 6, 2, "Hà", "Tĩnh"),
    Tile("44", 7, 2, "Quảng", "Trị"),
    Tile("46", 7, 3, "Huế", ""),
    Tile("48", 8, 3, "Đà", "Nẵng"),
    Tile("51", 9, 3, "Quảng", "Ngãi"),
    Tile("52", 10, 3, "Gia", "Lai"),
    Tile("66", 11, 3, "Đắk", "Lắk"),
    Tile("80", 12, 0, "Tây", "Ninh"),
    Tile("75", 12, 1, "Đồng", "Nai"),
    Tile("68", 12, 2, "Lâm", "Đồng"),
    Tile("56", 12, 3, "Khánh", "Hòa"),
    Tile("82", 13, 0, "Đồng", "Tháp"),
    Tile("79", 13, 1, "Hồ Chí", "Minh"),
    Tile("91", 14, 0, "An", "Giang"),
    Tile("92", 14, 1, "Cần", "Thơ"),
    Tile("86", 14, 2, "Vĩnh", "Long"),
    Tile("96", 15, 1, "Cà", "Mau"),
)
ARCHIPELAGOS = (
    Archipelago("48", "Hoàng Sa", "Hoàng Sa", "Đà Nẵng", 7, 4),
    Archipelago("56", "Trường Sa", "Trường Sa", "Khánh Hòa", 13, 4),
)


def province_code(value: str) -> str:
    """The code in a code, a key or a global id: `48`, `48@2025-07-01`, `Area:48@2025-07-01`."""
    return value.rpartition(":")[2].partition("@")[0]


def shades(values: Mapping[str, Decimal]) -> tuple[Shade, ...]:
    """Classes that hold about as many provinces each; equal values are never parted."""
    ranked = sorted(values.values())
    found: list[Shade] = []
    start = 0
    for place in range(1, CLASSES + 1):
        end = max(start, round(len(ranked) * place / CLASSES))
        while 0 < end < len(ranked) and ranked[end] == ranked[end - 1]:
            end += 1
        if end > start:
            found.append(Shade(place, ranked[start], ranked[end - 1]))
        start = end
    return tuple(found)


def shade_of(value: Decimal | None, classes: tuple[Shade, ...]) -> int:
    """The class of a value; 0 where there is none."""
    if value is None:
        return 0
    return next((each.place for each in classes if each.least <= value <= each.most), 0)
