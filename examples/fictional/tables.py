"""The fictional tables, row by row; the same seed and the same facts give the same bytes."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from typing import Final, TypeAlias

from examples.fictional import market, surveys
from examples.fictional.people import MARK, day, person, tax_code, telephone
from examples.fictional.scoring import Scale, scale

Cells: TypeAlias = Sequence[object]
_Land: TypeAlias = tuple[str, int]
"""A farm's kind, and its hundredths of a hectare."""

FACTS: Final = Path(__file__).parent.parent / "facts"
FARMS: Final = 2000
BUSINESSES: Final = 500
SEED: Final = 2026

AGRICULTURE: Final = "DEMO.NN"
TOURISM: Final = "DEMO.DL"

_AGENCIES: Final = (
    ("DEMO", f"Cơ quan {MARK}", "Agency (fictional)", "GOVERNMENT_BODY", "", "", ""),
    (AGRICULTURE, f"Sở Nông nghiệp {MARK}", "Department of agriculture (fictional)", "DEPARTMENT", "", "", "DEMO"),
    (TOURISM, f"Sở Du lịch {MARK}", "Department of tourism (fictional)", "DEPARTMENT", "", "", "DEMO"),
)
_VISIBILITY: Final = (*("OPEN",) * 7, *("SHARED",) * 2, "RESTRICTED")
_FARM_KINDS: Final = (*("CROP",) * 5, *("LIVESTOCK",) * 2, *("MIXED",) * 2, "AQUACULTURE", "COOPERATIVE")
_GROWN: Final = {
    "CROP": ("CROP",),
    "LIVESTOCK": ("LIVESTOCK",),
    "MIXED": ("CROP", "LIVESTOCK"),
    "AQUACULTURE": ("AQUATIC",),
    "COOPERATIVE": ("CROP",),
}
_CALLED: Final = {
    "CROP": "Trang trại",
    "LIVESTOCK": "Trang trại chăn nuôi",
    "MIXED": "Trang trại tổng hợp",
    "AQUACULTURE": "Trại nuôi thủy sản",
    "COOPERATIVE": "Hợp tác xã nông nghiệp",
}
_CERTIFICATIONS: Final = ("", "", "", "VIETGAP", "VIETGAP", "GLOBALGAP", "ORGANIC", "VIETGAP;ORGANIC")
_NOTES: Final = (
    "",
    "đạt yêu cầu",
    "đạt yêu cầu, cần bổ sung sổ ghi chép",
    "cần khắc phục nơi chứa thuốc bảo vệ thực vật",
    "chưa có mã số vùng trồng",
    "đã khắc phục sau lần kiểm tra trước",
)
_BUSINESSES: Final = (
    ("ENTERPRISE", "Công ty TNHH", "FOOD", AGRICULTURE),
    ("ENTERPRISE", "Công ty Cổ phần", "FARMING", AGRICULTURE),
    ("HOUSEHOLD", "Hộ kinh doanh", "TRADE", AGRICULTURE),
    ("COOPERATIVE", "Hợp tác xã dịch vụ", "AGRICULTURE", AGRICULTURE),
    ("STORE", "Cửa hàng", "RETAIL", AGRICULTURE),
    ("MARKET", "Chợ", "TRADE", AGRICULTURE),
    ("ENTERPRISE", "Công ty Vận tải", "TRANSPORT", AGRICULTURE),
    ("TOURISM_PROVIDER", "Công ty Du lịch", "TRAVEL_LEISURE", TOURISM),
    ("TOURISM_PROVIDER", "Nhà nghỉ cộng đồng", "TOURISM", TOURISM),
)
_SIZES: Final = (("MICRO", 1, 9), ("MICRO", 1, 9), ("SMALL", 10, 99), ("MEDIUM", 100, 199), ("LARGE", 200, 999))
_SITES: Final = (
    ("NATURAL", "Suối"),
    ("CULTURAL", "Nhà văn hóa"),
    ("CRAFT_VILLAGE", "Làng nghề"),
    ("RESORT", "Khu nghỉ dưỡng"),
    ("VIEWPOINT", "Đồi ngắm cảnh"),
)
_SITE_VISIBILITY: Final = (*("RESTRICTED",) * 3, *("SHARED",) * 2)
_RICE_SEASONS: Final = ("SPRING", "AUTUMN", "WINTER")
_PRETTY: Final = ("An Bình", "Bình Minh", "Hòa Phát", "Hương Quê", "Lộc Xuân", "Phú Quý", "Tân Tiến", "Thanh Tâm")
_JITTER: Final = 0.08
"""Degrees; every province's centre lies farther than that from its boundary."""


@dataclass(frozen=True, slots=True)
class _Province:
    key: str
    name: str
    lat: float
    lon: float

    def around(self, chance: Random) -> str:
        lat = self.lat + chance.uniform(-_JITTER, _JITTER)
        lon = self.lon + chance.uniform(-_JITTER, _JITTER)
        return f"{lat:.6f} {lon:.6f}"


class _World:
    """What the made-up records lean on: provinces of today and before, products by kind, a scale of criteria."""

    def __init__(self, facts: Path) -> None:
        self.provinces = [
            _Province(_dated(row), row["name"], *map(float, row["centre"].split()))
            for row in _read(facts / "areas.csv")
            if row["level"] == "PROVINCE" and not row["validTo"]
        ]
        self.country = next(_dated(row) for row in _read(facts / "areas.csv") if row["level"] == "COUNTRY")
        today = {province.key for province in self.provinces}
        self.before = [
            surveys.Place(row["from"], row["to"], date.fromisoformat(row["from"].partition("@")[2]))
            for row in _read(facts / "area_succession.csv")
            if row["to"] in today
        ]
        self.scale: Scale = scale(surveys.SET, _read(facts / "criteria.csv"), _read(facts / "maturity_levels.csv"))
        self.products: dict[str, list[str]] = {}
        for row in _read(facts / "products.csv"):
            self.products.setdefault(row["kind"], []).append(row["code"])


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _dated(row: Mapping[str, str]) -> str:
    """The key of an area: its code does not say when."""
    return f"{row['code']}@{row['validFrom']}"


def _farm_key(number: int) -> str:
    return f"{AGRICULTURE}-F{number:06d}"


def _business(number: int) -> tuple[str, str, str, str]:
    """Kind, form of the name, sector, custodian: by turns, so that the key of a business follows from its number."""
    return _BUSINESSES[number % len(_BUSINESSES)]


def _business_key(number: int) -> str:
    return f"{_business(number)[3]}-B{number:06d}"


def _hundredths(number: int) -> str:
    whole, part = divmod(number, 100)
    return f"{whole}.{part:02d}"


def _farms(world: _World, chance: Random, farms: int) -> Iterator[tuple[_Land, Cells]]:
    """The kind and size of each farm, and its row."""
    for number in range(1, farms + 1):
        kind, province, owner = chance.choice(_FARM_KINDS), chance.choice(world.provinces), person(chance)
        land = chance.randrange(50, 6000)
        herd = chance.randrange(5, 3000) if "LIVESTOCK" in _GROWN[kind] else ""
        yield (
            (kind, land),
            (
                AGRICULTURE,
                f"F{number:06d}",
                f"{_CALLED[kind]} {chance.choice(_PRETTY)} {number} {MARK}",
                kind,
                _hundredths(land),
                herd,
                chance.choice(_CERTIFICATIONS),
                day(chance),
                chance.randrange(200, 20_000),
                chance.choice(_NOTES),
                owner,
                telephone(chance),
                province.around(chance),
                province.key,
                chance.choice(_VISIBILITY),
            ),
        )


def _grows(world: _World, chance: Random, sale: Random, lands: Sequence[_Land]) -> Iterator[Cells]:
    """What each farm grows: its land is shared out among its crops, an output follows from each, some for sale."""
    for number, (kind, land) in enumerate(lands, start=1):
        for source in _GROWN[kind]:
            products = world.products[source]
            grown = chance.sample(products, min(len(products), chance.randint(1, 3)))
            for product in grown:
                season = chance.choice(_RICE_SEASONS) if product == "RICE" else "ANNUAL"
                share = land // (len(grown) * len(_GROWN[kind]))
                used = "" if source == "LIVESTOCK" else _hundredths(share)
                output = share * chance.randrange(100, 900) // 100
                supply = (_hundredths(output // 2), *market.span(sale)) if sale.random() < 1 / 3 else ("", "", "")
                yield _farm_key(number), product, used, season, _hundredths(output), *supply


def _sales(chance: Random, farms: int, businesses: int) -> Iterator[Cells]:
    buyers = [number for number in range(1, businesses + 1) if _business(number)[3] == AGRICULTURE]
    for number in range(1, farms + 1):
        for buyer in chance.sample(buyers, min(len(buyers), chance.randint(0, 3))):
            yield _farm_key(number), _business_key(buyer)


def _businesses(world: _World, chance: Random, businesses: int) -> Iterator[Cells]:
    crops = [*world.products["CROP"], *world.products["LIVESTOCK"], *world.products["AQUATIC"]]
    for number in range(1, businesses + 1):
        kind, form, sector, custodian = _business(number)
        province, (size, least, most) = chance.choice(world.provinces), chance.choice(_SIZES)
        employees = chance.randint(least, most)
        offers = chance.sample(crops, chance.randint(1, 4)) if custodian == AGRICULTURE else []
        yield (
            custodian,
            f"B{number:06d}",
            f"{form} {chance.choice(_PRETTY)} {number} {MARK}",
            kind,
            size,
            day(chance),
            f"https://b{number:06d}.example",
            f"Số {chance.randrange(1, 300)} đường Hư Cấu, {province.name}",
            employees,
            employees * chance.randrange(100, 1500),
            tax_code(chance),
            person(chance),
            telephone(chance),
            sector,
            province.key,
            ";".join(offers),
            chance.choice(_VISIBILITY),
        )


def _sites(world: _World, chance: Random, businesses: int) -> Iterator[Cells]:
    """One site for each ten businesses, each run by a tourism provider where there is one."""
    providers = [number for number in range(1, businesses + 1) if _business(number)[3] == TOURISM]
    for number in range(1, businesses // 10 + 1):
        category, form = chance.choice(_SITES)
        province = chance.choice(world.provinces)
        yield (
            TOURISM,
            f"S{number:06d}",
            f"{form} {chance.choice(_PRETTY)} {number} {MARK}",
            category,
            province.around(chance),
            chance.randrange(0, 40) * 5000,
            f"{chance.randint(6, 9):02d}:00-{chance.randint(16, 21)}:00",
            chance.randrange(50, 5000),
            province.key,
            _business_key(chance.choice(providers)) if providers else "",
            chance.choice(_SITE_VISIBILITY),
        )


def _write(path: Path, header: str, rows: Iterable[Cells]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(header.split(","))
        table.writerows(rows)


_FARM_COLUMNS: Final = (
    "custodian,localId,name,kind,areaHa,herdSize,certifications,foundedOn,yearlyRevenue,inspectionNote,"
    "ownerName,ownerPhone,location,locatedIn,visibility"
)
_BUSINESS_COLUMNS: Final = (
    "custodian,localId,name,kind,size,foundedOn,website,address,employees,turnover,taxCode,"
    "ownerName,ownerPhone,inSector,locatedIn,offers,visibility"
)
_GROWS_COLUMNS: Final = "farm,product,areaHa,season,yearlyTonnes,supplyTonnes,supplyFrom,supplyTo"
_SITE_COLUMNS: Final = (
    "custodian,localId,name,category,location,ticketPrice,openingHours,capacity,locatedIn,operatedBy,visibility"
)


def generate(
    folder: Path, *, farms: int = FARMS, businesses: int = BUSINESSES, seed: int = SEED, facts: Path = FACTS
) -> None:
    """Write the tables into `folder`; each table has its own chance, so that one's size does not change another's."""
    world = _World(facts)
    folder.mkdir(parents=True, exist_ok=True)
    lands: list[_Land] = []

    def chance(table: str) -> Random:
        return Random(f"{seed}/{table}")

    def farm_rows() -> Iterator[Cells]:
        for land, row in _farms(world, chance("farms"), farms):
            lands.append(land)
            yield row

    _write(folder / "agencies.csv", "code,name,nameEn,kind,validFrom,validTo,parent", _AGENCIES)
    traders = list(_businesses(world, chance("businesses"), businesses))
    _write(folder / "businesses.csv", _BUSINESS_COLUMNS, traders)
    _write(folder / "farms.csv", _FARM_COLUMNS, farm_rows())
    _write(folder / "grows.csv", _GROWS_COLUMNS, _grows(world, chance("grows"), chance("supply"), lands))
    _write(folder / "sales.csv", "farm,business", _sales(chance("sales"), farms, businesses))
    _write(folder / "sites.csv", _SITE_COLUMNS, _sites(world, chance("sites"), businesses))
    areas = [province.key for province in world.provinces]
    teams = list(market.teams(chance("teams"), areas, businesses // 20))
    _write(folder / "teams.csv", market.TEAMS, teams)
    for name, header, rows in (
        *_market(world, chance, businesses),
        *_surveys(world, chance, _named(_BUSINESS_COLUMNS, traders), _named(market.TEAMS, teams)),
    ):
        _write(folder / f"{name}.csv", header, rows)


def _named(header: str, rows: Iterable[Cells]) -> list[Mapping[str, str]]:
    """Rows by the names of their columns, with the record's key."""
    named = [dict(zip(header.split(","), map(str, row), strict=True)) for row in rows]
    return [{**row, "key": f"{row['custodian']}-{row['localId']}"} for row in named]


def _market(
    world: _World, chance: Callable[[str], Random], businesses: int
) -> Iterator[tuple[str, str, Iterable[Cells]]]:
    """The tables of the market: some for each twenty businesses, of which most sell, buy or provide something."""
    by_custodian: dict[str, list[str]] = {AGRICULTURE: [], TOURISM: []}
    for number in range(1, businesses + 1):
        by_custodian[_business(number)[3]].append(_business_key(number))
    farming, travelling = by_custodian[AGRICULTURE], by_custodian[TOURISM]
    areas, some = [province.key for province in world.provinces], businesses // 20
    sites = [f"{TOURISM}-S{number:06d}" for number in range(1, businesses // 10 + 1)]
    crops = [*world.products["CROP"], *world.products["AQUATIC"]]
    yield "wants", market.WANTS, market.wants(chance("wants"), farming, crops)
    yield "programmes", market.PROGRAMMES, market.programmes(chance("programmes"), travelling, some)
    yield "stops", market.STOPS, market.stops(chance("stops"), sites, some)
    yield "solutions", market.SOLUTIONS, market.solutions(chance("solutions"), farming, some)
    yield "offers", market.OFFERS, market.offers(chance("offers"), areas, some)


def _surveys(
    world: _World,
    chance: Callable[[str], Random],
    traders: Sequence[Mapping[str, str]],
    helpers: Sequence[Mapping[str, str]],
) -> Iterator[tuple[str, str, Iterable[Cells]]]:
    """The tables of surveys: of the businesses, those that the set of criteria is for."""
    invited = [
        surveys.Business(row["key"], row["custodian"], date.fromisoformat(row["foundedOn"]), row["locatedIn"])
        for row in traders
        if row["size"] != "LARGE" and row["kind"] != "MARKET"
    ]
    teams = [surveys.Team(row["key"], date.fromisoformat(row["foundedOn"]), row["inArea"]) for row in helpers]
    planned = surveys.plan(chance("campaigns"), world.country, world.before, invited)
    made = list(surveys.assessments(chance("assessments"), world.scale, planned, teams))
    yield "campaigns", surveys.CAMPAIGNS, surveys.campaigns(planned)
    yield "assessments", surveys.ASSESSMENTS, (one.row for one in made)
    yield "answers", surveys.ANSWERS, surveys.answers(made)
    leads = {"AGRICULTURE": AGRICULTURE, "TOURISM": TOURISM}
    yield "tasks", surveys.TASKS, surveys.tasks(chance("tasks"), leads)
