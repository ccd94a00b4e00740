"""What each fact is compared with: one function for each table, from a row and the originals to a verdict.

A function returns nothing where the row says what its source says, and else what the source says; it raises `Unchecked`
with the reason where there is nothing to compare with.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from examples import criteria, statements
from examples.originals import AQUACULTURE, Figures, Originals, Row, plain, province
from examples.verdicts import OWN, PUBLIC, Compare, Unchecked, Verdict, differs, found

_SEASONS: Final = {
    "ANNUAL": "annual",
    "SPRING": "winter_spring",
    "AUTUMN": "summer_autumn_fall",
    "WINTER": "main_rainy",
}
_FIRST_FIGURES: Final = "1995"
_LAST_OLD: Final = "2025-06-30"
_FIRST_NEW: Final = "2025-07-01"
_HUE_A_CITY: Final = "2025-01-01"
_BEFORE_HUE: Final = "2024-12-31"
_COUNTRY: Final = "VN"
_SPLIT_OFF: Final = {"laichau": "dienbien", "daklak": "daknong", "cantho": "haugiang"}


def _place(text: str) -> tuple[float, float] | None:
    if not text:
        return None
    lat, lon = text.split()
    return float(lat), float(lon)


def area(row: Row, originals: Originals) -> Verdict:
    match row["level"]:
        case "COUNTRY" if row["code"] == _COUNTRY:
            raise Unchecked(PUBLIC)
        case "REGION":
            there = originals.regions[row["code"].removeprefix("R")]
            return differs(
                name=(row["name"], there["Name"]),
                nameEn=(row["nameEn"], there["NameEn"]),
                partOf=(row["partOf"].partition("@")[0], _COUNTRY),
                valid=((row["validFrom"], row["validTo"]), (f"{min(originals.founded.values())}-01-01", _LAST_OLD)),
            )
        case "PROVINCE" if row["validFrom"] == _FIRST_NEW:
            return _new_province(row, originals)
        case "PROVINCE":
            return _old_province(row, originals)
        case level:
            return f"level is {level!r}, the sources have a country, regions and provinces"


def _new_province(row: Row, originals: Originals) -> Verdict:
    code = row["code"]
    if code not in originals.official or "01/7/2025" not in originals.resolution:
        return f"code {code} is not in the official list"
    name = plain(originals.official[code]).removeprefix("thanhpho")
    inner = originals.boundaries.centre(code)
    return differs(
        name=(row["name"], originals.new[code]["Name"]),
        official=(plain(row["name"]), name),
        nameEn=(row["nameEn"], originals.new[code]["NameEn"]),
        validTo=(row["validTo"], ""),
        areaKm2=(Decimal(row["areaKm2"]), originals.surfaces[code]),
        partOf=(row["partOf"].partition("@")[0], _COUNTRY),
        centre=(_place(row["centre"]), inner),
        inside=(originals.boundaries.of(*inner), code),
    )


def _old_province(row: Row, originals: Originals) -> Verdict:
    code = row["code"]
    there = originals.old[code]
    name = province(there["Name"])
    before = row["source"] == "areas-63-hue" and row["validFrom"] < _HUE_A_CITY
    known_as = row["name"] if before and province(row["name"]) in originals.region_of else there["Name"]
    region = originals.regions[row["partOf"].removeprefix("R").partition("@")[0]]["Name"]
    lat, lon = originals.centres[name]
    return differs(
        name=(province(row["name"]), province(known_as)),
        nameEn=(province(row["nameEn"]), name),
        validFrom=(row["validFrom"], _beginning(row, name, originals)),
        validTo=(row["validTo"], _BEFORE_HUE if before else _LAST_OLD),
        areaKm2=(row["areaKm2"], ""),
        partOf=(plain(region), plain(originals.region_of[name])),
        centre=(_place(row["centre"]), (lat, lon)),
        successor=(originals.boundaries.of(lat, lon), originals.mergers[code][0]),
    )


def _beginning(row: Row, name: str, originals: Originals) -> str:
    """The first day by the rule of the README."""
    if row["source"] == "areas-63-hue" and row["name"] == originals.old[row["code"]]["Name"]:
        return _HUE_A_CITY
    year = originals.founded.get(name, _FIRST_FIGURES)
    if row["source"] == "areas-63-hanoi" and row["validFrom"].startswith(year):
        return row["validFrom"]
    return f"{year}-01-01"


def area_succession(row: Row, originals: Originals) -> Verdict:
    old, new = row["from"].partition("@")[0], row["to"].partition("@")[0]
    if not row["to"].endswith(_FIRST_NEW):
        raise Unchecked(PUBLIC)
    alone = [code for code, _ in originals.mergers.values()].count(new) == 1
    apart, _, merged = originals.resolution.partition("**II-")
    listed = plain(apart if alone else merged)
    basis = "60-NQ/TW" if alone else "202/2025/QH15"
    cited = basis in row["legalBasis"] and (alone or basis in originals.gia_lai)
    return differs(
        to=((new, row["share"]), originals.mergers[old]),
        listed=(plain(originals.old[old]["Name"]) in listed, True),
        legalBasis=(cited, True),
    )


def agency(row: Row, originals: Originals) -> Verdict:
    there = originals.ministries.get(plain(row["name"]))
    if there is None:
        raise Unchecked(PUBLIC)
    english = re.sub(r"^national", "", plain(row["nameEn"]).removeprefix("ministryof"))
    ended = row["source"] == "ministries-2021"
    return differs(
        nameEn=(english in plain(there), True),
        kind=(row["kind"], "MINISTERIAL_BODY" if "Ministry-level" in there else "MINISTRY"),
        validTo=(row["validTo"], "2025-02-28" if ended else ""),
        validFrom=(row["validFrom"] in {"", "" if ended else "2025-03-01"}, True),
    )


def public(_: Row, __: Originals) -> Verdict:
    raise Unchecked(PUBLIC)


def sector(row: Row, originals: Originals) -> Verdict:
    match row["source"]:
        case "letter-5473":
            return found(originals.text("domain.md"), re.escape(row["nameEn"].partition(" (")[0]))
        case "listed-companies":
            names = {row["name"] for row in _tidied(originals.companies)}
            return None if row["name"] in names else "no such sector in the source"
        case _:
            raise Unchecked(OWN)


def _tidied(companies: Mapping[str, Row]) -> list[Row]:
    return [{"name": one[column].strip()} for one in companies.values() for column in ("sector", "subsector")]


_TABLES: Final = {
    "products-crops": "Planted area of main annual crops.csv",
    "products-perennial": "Production of main perennial crops.csv",
    "products-livestock": "Main products of livestock.csv",
    "products-aquatic": "Production of aquaculture.csv",
    "aquaculture": "Production of aquaculture.csv",
}


def product(row: Row, originals: Originals) -> Verdict:
    if row["source"] == "products-agriculture":
        crops = {(crop, plain(crop)) for _, _, crop, _ in originals.crops}
        return None if (row["code"], plain(row["nameEn"])) in crops else "no such crop in the source"
    table = originals.statbank(f"{AQUACULTURE}/{_TABLES[row['source']]}")
    texts = [plain(cell) for line in table for cell in line[:2]] + [plain(cell) for cell in table[0]]
    if row["source"] == "aquaculture":
        texts.append(plain(_TABLES[row["source"]]))
    return None if any(plain(row["nameEn"]) in text for text in texts) else "no such product in the source"


def _sum(*figures: Figures) -> Figures:
    """Figures added up, where there are any."""
    sums = [[one for one in column if one is not None] for column in zip(*figures, strict=True)]
    area_, production = (sum(column) if column else None for column in sums)
    return area_ if area_ is None else Decimal(area_), production if production is None else Decimal(production)


def crop(row: Row, originals: Originals) -> Verdict:
    name = _name(row["province"], originals, "canuoc" if row["crop"] != "AQUACULTURE" else "wholecountry")

    def there(place: str) -> Figures:
        if row["crop"] == "AQUACULTURE":
            return originals.aquaculture[place, row["year"]]
        return originals.crops.get((place, row["year"], row["crop"], _SEASONS[row["season"]]), (None, None))

    if row["crop"] == "AQUACULTURE" and row["season"] != "ANNUAL":
        return f"season is {row['season']!r}, the source has years only"
    table, _, how = row["source"].partition("-")
    figures = _sum(there(name), there("hatay")) if name == "hanoi" else there(name)
    joined = name == "hanoi" and there("hatay") != (None, None)
    undivided = name in _SPLIT_OFF and row["year"] < "2004" and there(_SPLIT_OFF[name]) == (None, None)
    expected = "hanoi" if joined else "undivided" if undivided else ""
    return differs(
        areaThousandHa=(_number(row["areaThousandHa"]), figures[0]),
        productionThousandTonnes=(_number(row["productionThousandTonnes"]), figures[1]),
        source=((table, how), ("aquaculture" if row["crop"] == "AQUACULTURE" else "agriculture", expected)),
    )


def _name(code: str, originals: Originals, country: str) -> str:
    return country if code == "VN" else province(originals.old[code]["Name"])


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def turnover(row: Row, originals: Originals) -> Verdict:
    there = originals.turnover[_name(row["province"], originals, "wholecountry"), row["year"]]
    return differs(
        value=(_number(row["value"]), there), status=(row["status"], "MISSING" if there is None else "FINAL")
    )


def sight(row: Row, originals: Originals) -> Verdict:
    lat, lon = (float(part) for part in row["location"].split())
    return differs(
        localId=(row["localId"], f"N{round(lat * 1e5):07d}E{round(lon * 1e5):08d}"),
        name=(plain(row["name"]) in originals.places.get((lat, lon), frozenset()), True),
        province=(row["province"], originals.boundaries.of(lat, lon)),
    )


def company(row: Row, originals: Originals) -> Verdict:
    there = originals.companies.get(row["symbol"])
    if there is None:
        return "no such symbol in the source"
    # The exchange opened in 2000: an earlier day is a defect of the source, and left out.
    listed = there["listingDate"] if there["listingDate"] >= "2000" else ""
    return differs(
        name=(row["name"], " ".join(there["name"].split())),
        exchange=(row["exchange"], there["market"].strip()),
        listedOn=(row["listedOn"], listed),
        inSector=(row["sectorName"] in {there["sector"].strip(), there["subsector"].strip()}, True),
    )


def source(row: Row, originals: Originals) -> Verdict:
    address = row["url"].removeprefix("https://github.com/").replace("%20", " ")
    there = next((one for key, one in originals.index.items() if key.partition("!")[0] == address), None)
    if there is None:
        raise Unchecked(PUBLIC)
    licence = row["licence"].removesuffix("-1.0").removesuffix(".0")
    return differs(published=(row["published"], there["last_change"]), licence=(licence in there["licence"], True))


COMPARE: Final[Mapping[str, Compare]] = {
    "sources": source,
    "areas": area,
    "area_succession": area_succession,
    "agencies": agency,
    "agency_succession": public,
    "responsibilities": statements.responsibility,
    "sectors": sector,
    "products": product,
    "indicators": statements.indicator,
    "digital_economy": statements.digital_economy,
    "targets": statements.target,
    "criteria_sets": criteria.criteria_set,
    "criteria": criteria.criterion,
    "maturity_levels": criteria.maturity_level,
    "crops": crop,
    "tourism": turnover,
    "sights": sight,
    "companies": company,
}
"""The comparison of each table."""
