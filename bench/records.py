"""The made-up records that everything here is measured on: areas, products, businesses, farms, and their links.

The same sizes give the same records, whatever else is made. They are as a load stores them, with their sort keys and
masked values. One farm in ten is a record of the asker's own agency, and seven records in ten are open; areas and
products all are. Where there are no communes, farms lie in provinces. There are no datasets: they are no part of the
graph.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, TypeAlias

from schema.model import Field
from schema.scalars import Stored, properties
from schema.types import MODEL

SEED: Final = 2026
OWN: Final = "BENCH.OWN"
COUNTRY: Final = "Area:VN@1976-07-02"
RARE: Final = "Ngọc Linh"
"""In the name of one farm in a thousand, each of them open."""
_RARITY: Final = 1_000
_FIRST_RARE: Final = 50
_OTHERS: Final = "BENCH.OTHERS"
_VISIBILITY: Final = ("OPEN",) * 7 + ("SHARED",) * 2 + ("RESTRICTED",)
_KINDS: Final = ("CROP", "LIVESTOCK", "MIXED")
_BUSINESSES: Final = ("ENTERPRISE", "HOUSEHOLD", "COOPERATIVE", "STORE")
_PRODUCTS: Final = ("CROP", "LIVESTOCK", "AQUATIC", "OCOP")
_SEASONS: Final = ("ANNUAL", "SPRING", "AUTUMN", "WINTER")
_WORDS: Final = ("An", "Bình", "Châu", "Đông", "Giang", "Hòa", "Lộc", "Minh", "Phú", "Sơn", "Thành", "Xuân")
_FAMILIES: Final = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ")
_MOST_GROWN: Final = 5
_LOADED: Final[Mapping[str, Stored]] = {
    "origin": "FICTIONAL",
    "source": "made up for a measurement",
    "sourceFile": "bench/records.py",
    "sourceRow": 1,
    "run": "bench",
    "updatedAt": "2026-11-22T00:00:00.000Z",
}
"""What a load writes with every record."""

Cell: TypeAlias = Stored | tuple[float, float]
Row: TypeAlias = Mapping[str, object]
"""A record: `id`, the `area` that it lies in if any, its stored `values`. A link: `from`, `to`, its stored `values`."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many records there are of each type; communes are of each province."""

    farms: int = 200_000
    businesses: int = 5_000
    products: int = 2_000
    provinces: int = 62
    communes: int = 0

    @property
    def areas(self) -> int:
        """The country, its provinces and their communes."""
        return 1 + self.provinces * (1 + self.communes)

    def scaled(self, by: float) -> "Sizes":
        """So many times the farms, businesses and products, but enough of each for a page; the areas stay."""
        return Sizes(*(max(100, round(by * each)) for each in (self.farms, self.businesses, self.products)))


def province(number: int) -> str:
    """The code of a province."""
    return f"P{number:02}"


def commune(number: int, part: int) -> str:
    """The code of a commune of that province."""
    return f"P{number:02}C{part}"


def area(code: str) -> str:
    """The id of a province or commune."""
    return f"Area:{code}@2025-07-01"


def farm(number: int) -> str:
    """The id of a farm."""
    return f"Farm:{_custodian(number)}-F{number:06}"


def product(number: int) -> str:
    """The id of a product."""
    return f"Product:{_code(number)}"


def areas(sizes: Sizes) -> Iterator[Row]:
    """The country, then each province and its communes."""
    yield _area("VN", "COUNTRY", "Việt Nam", "")
    for number in range(1, sizes.provinces + 1):
        name = f"{_WORDS[number % len(_WORDS)]} {number}"
        yield _area(province(number), "PROVINCE", f"Tỉnh {name}", COUNTRY)
        for part in range(1, sizes.communes + 1):
            yield _area(commune(number, part), "COMMUNE", f"Xã {name}.{part}", area(province(number)))


def products(sizes: Sizes) -> Iterator[Row]:
    """The products, all open."""
    chance = _chance("products")
    for number in range(sizes.products):
        yield _row(
            "Product",
            product(number),
            "",
            code=_code(number),
            name=f"Sản phẩm {chance.choice(_WORDS)} {number}",
            kind=chance.choice(_PRODUCTS),
            custodian=_OTHERS,
            visibility="OPEN",
        )


def businesses(sizes: Sizes) -> Iterator[Row]:
    """The businesses, each in an area."""
    chance = _chance("businesses")
    for number in range(sizes.businesses):
        yield _row(
            "Business",
            f"Business:{_OTHERS}-B{number:05}",
            _somewhere(chance, sizes),
            name=f"Công ty {chance.choice(_WORDS)} {chance.choice(_WORDS)} {number}",
            nameEn=f"Company {number}",
            kind=chance.choice(_BUSINESSES),
            foundedOn=_day(chance),
            employees=chance.randrange(1, 500),
            custodian=_OTHERS,
            visibility=chance.choice(_VISIBILITY),
        )


def farms(sizes: Sizes) -> Iterator[Row]:
    """The farms, each in an area."""
    chance = _chance("farms")
    for number in range(sizes.farms):
        rare = number % _RARITY == _FIRST_RARE
        called = RARE if rare else f"{chance.choice(_WORDS)} {chance.choice(_WORDS)}"
        yield _row(
            "Farm",
            farm(number),
            _somewhere(chance, sizes),
            name=f"Trang trại {called} {number}",
            kind=chance.choice(_KINDS),
            areaHa=chance.randrange(50, 6_000),
            herdSize=chance.randrange(5, 3_000),
            foundedOn=_day(chance),
            yearlyRevenue=chance.randrange(200, 20_000),
            ownerName=f"{chance.choice(_FAMILIES)} {chance.choice(_WORDS)} {chance.choice(_WORDS)}",
            location=(round(chance.uniform(9, 23), 6), round(chance.uniform(103, 109), 6)),
            custodian=_custodian(number),
            visibility="OPEN" if rare else chance.choice(_VISIBILITY),
        )


def grows(sizes: Sizes) -> Iterator[Row]:
    """From each farm one to five links to products, if there are products."""
    chance = _chance("grows")
    edge = MODEL.types["Farm"].links["grows"].fields
    for number in range(sizes.farms if sizes.products else 0):
        for grown in chance.sample(range(sizes.products), chance.randint(1, _MOST_GROWN)):
            cells: Mapping[str, Cell] = {
                "areaHa": chance.randrange(10, 2_000),
                "season": chance.choice(_SEASONS),
                "yearlyTonnes": chance.randrange(100, 50_000),
            }
            yield {"from": farm(number), "to": product(grown), "values": _stored(edge, cells)}


def _chance(of: str) -> Random:
    return Random(f"{SEED} {of}")  # noqa: S311 - a fixed seed is the point


def _code(number: int) -> str:
    return f"BENCH{number:05}"


def _custodian(number: int) -> str:
    return OWN if number % 10 == 0 else _OTHERS


def _somewhere(chance: Random, sizes: Sizes) -> str:
    number = chance.randint(1, sizes.provinces)
    return area(commune(number, chance.randint(1, sizes.communes)) if sizes.communes else province(number))


def _day(chance: Random) -> str:
    return f"{chance.randint(1990, 2025)}-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}"


def _area(code: str, level: str, name: str, above: str) -> Row:
    identity = COUNTRY if level == "COUNTRY" else area(code)
    return _row("Area", identity, above, code=code, level=level, name=name, custodian=_OTHERS, visibility="OPEN")


def _row(label: str, identity: str, lies_in: str, **values: Cell) -> Row:
    """A record with all of its stored properties in the model's order, and the area that it is put in."""
    fields = MODEL.types[label].fields.values()
    return {"id": identity, "area": lies_in, "values": _stored(tuple(fields), {**_LOADED, **values})}


def _stored(fields: Sequence[Field], cells: Mapping[str, Cell]) -> Mapping[str, Stored]:
    stored: dict[str, Stored] = {}
    for field in fields:
        if field.name in cells:
            stored |= properties(field, cells[field.name])
    return stored
