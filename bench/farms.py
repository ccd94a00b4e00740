"""The graph that views are measured on: made-up farms, each in a commune of a province of the country.

The same number gives the same graph. Farms are stored as a load stores them, with their sort keys and masked values.
One in ten is a record of the asker's own agency, and seven in ten are open.
"""

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Final, TypeAlias

from schema.constraints import indexes, uniques
from schema.graph import Graph, Statement
from schema.scalars import Stored, properties
from schema.types import MODEL

FARMS: Final = 20_000
PROVINCES: Final = 34
COMMUNES: Final = 10
"""Of each province."""
OWN: Final = "BENCH.OWN"
COUNTRY: Final = "VN@1976-07-02"
_OTHERS: Final = "BENCH.OTHERS"
_VISIBILITY: Final = ("OPEN",) * 7 + ("SHARED",) * 2 + ("RESTRICTED",)
_KINDS: Final = ("CROP", "LIVESTOCK", "MIXED")
_WORDS: Final = ("An", "Bình", "Châu", "Đông", "Giang", "Hòa", "Lộc", "Minh", "Phú", "Sơn", "Thành", "Xuân")
_FAMILIES: Final = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ")
_LOADED: Final[Mapping[str, Stored]] = {
    "origin": "FICTIONAL",
    "source": "made up for a measurement",
    "sourceFile": "bench/farms.py",
    "sourceRow": 1,
    "run": "bench",
    "updatedAt": "2026-11-22T00:00:00.000Z",
}
"""What a load writes with every record."""
_BATCH: Final = 2_000

_Row: TypeAlias = Mapping[str, object]
_STORE: Final = "UNWIND $rows AS row MERGE (n:{label} {{id: row.id}}) SET n += row.values"
_PUT: Final = """
UNWIND $rows AS row MATCH (n:{label} {{id: row.id}}) MATCH (a:Area {{id: row.area}}) MERGE (n)-[:{relation}]->(a)
"""


def province(number: int) -> str:
    """The code of a province."""
    return f"P{number:02}"


def commune(number: int, part: int) -> str:
    """The code of a commune of that province."""
    return f"P{number:02}C{part}"


def area(code: str) -> str:
    """The id of a province or commune."""
    return f"{code}@2025-07-01"


async def fill(graph: Graph, farms: int = FARMS) -> None:
    """Write the areas, the farms and their places into an empty graph; constraints before, indexes after."""
    await graph.define(uniques(MODEL))
    for label, relation, rows in (
        ("Area", "PART_OF", list(_areas())),
        ("Farm", "FARM_LOCATED_IN", list(_farms(farms))),
    ):
        for start in range(0, len(rows), _BATCH):
            await graph.write(*_statements(label, relation, rows[start : start + _BATCH]), idempotent=True)
    await graph.define(indexes(MODEL, graph.dialect))
    await graph.replan()


def _statements(label: str, relation: str, rows: Sequence[_Row]) -> Iterator[Statement]:
    yield _STORE.format(label=label), {"rows": rows}
    yield _PUT.format(label=label, relation=relation), {"rows": [row for row in rows if row["area"]]}


def _areas() -> Iterator[_Row]:
    yield _area("VN", "COUNTRY", "Việt Nam", "")
    for number in range(1, PROVINCES + 1):
        name = f"{_WORDS[number % len(_WORDS)]} {number}"
        yield _area(province(number), "PROVINCE", f"Tỉnh {name}", COUNTRY)
        for part in range(1, COMMUNES + 1):
            yield _area(commune(number, part), "COMMUNE", f"Xã {name}.{part}", area(province(number)))


def _area(code: str, level: str, name: str, above: str) -> _Row:
    identity = COUNTRY if level == "COUNTRY" else area(code)
    return _row("Area", identity, above, code=code, level=level, name=name, custodian=_OTHERS, visibility="OPEN")


def _farms(farms: int) -> Iterator[_Row]:
    chance = Random("farms")  # noqa: S311 - a fixed seed is the point
    for number in range(farms):
        custodian = OWN if number % 10 == 0 else _OTHERS
        yield _row(
            "Farm",
            f"{custodian}-F{number:06}",
            area(commune(chance.randint(1, PROVINCES), chance.randint(1, COMMUNES))),
            name=f"Trang trại {chance.choice(_WORDS)} {chance.choice(_WORDS)} {number}",
            kind=chance.choice(_KINDS),
            areaHa=chance.randrange(50, 6_000),
            herdSize=chance.randrange(5, 3_000),
            foundedOn=f"{chance.randint(1990, 2025)}-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}",
            yearlyRevenue=chance.randrange(200, 20_000),
            ownerName=f"{chance.choice(_FAMILIES)} {chance.choice(_WORDS)} {chance.choice(_WORDS)}",
            custodian=custodian,
            visibility=chance.choice(_VISIBILITY),
        )


def _row(label: str, identity: str, area: str, **values: Stored) -> _Row:
    """A record with all of its stored properties in the model's order, and the area that it is put in."""
    cells = {**_LOADED, **values}
    stored: dict[str, Stored] = {}
    for name, field in MODEL.types[label].fields.items():
        if name in cells:
            stored |= properties(field, cells[name])
    return {"id": identity, "area": area, "values": stored}
