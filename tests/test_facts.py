"""The tables of facts: their contract, their keys, their links and their sums."""

import csv
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import pairwise

import pytest

from examples import check
from examples.originals import plain
from schema.model import Field, Link, RecordType
from schema.scalars import parse
from schema.types import MODEL

FACTS = check.FACTS

SHAPES = {
    "sources": "id,title,publisher,published,url,licence,licenceUri,retrieved,note",
    "areas": "code,validFrom,validTo,level,name,nameEn,partOf,areaKm2,population,centre,source",
    "area_succession": "from,to,share,legalBasis,source",
    "agencies": "code,name,nameEn,kind,validFrom,validTo,parent,source",
    "agency_succession": "from,to,share,legalBasis,source",
    "responsibilities": "agency,sector,source",
    "sectors": "code,name,nameEn,vsicSection,partOf,source",
    "indicators": (
        "code,name,nameEn,concept,unit,unitEn,decimals,frequency,method,definition,definitionEn,inSector,aboutProduct,"
        "custodian,source"
    ),
    "digital_economy": "indicator,area,period,breakdown,value,status,releasedOn,note,source",
    "targets": "localId,name,nameEn,indicator,area,sector,value,comparison,byDate,legalBasis,source",
    "criteria_sets": (
        "code,version,name,nameEn,appliesTo,maxPoints,legalBasis,validFrom,validTo,issuedBy,replaces,source"
    ),
    "criteria": "inSet,code,name,nameEn,maxPoints,criteriaCount,source",
    "maturity_levels": "ofSet,number,name,nameEn,abovePoints,pillars,pillarLevel,pillarPercent,source",
    "crops": "province,year,crop,season,areaThousandHa,productionThousandTonnes,source",
    "tourism": "province,year,value,status,source",
    "sights": "localId,name,nameEn,category,location,province,source",
    "companies": "symbol,name,exchange,listedOn,inSector,source",
    "products": "code,name,nameEn,kind,hsCode,source",
}
KEYS = {
    "sources": ("id",),
    "areas": ("code", "validFrom"),
    "area_succession": ("from", "to"),
    "agency_succession": ("from", "to"),
    "responsibilities": ("agency", "sector"),
    "digital_economy": ("indicator", "area", "period", "breakdown", "releasedOn"),
    "targets": ("localId",),
    "criteria_sets": ("code", "version"),
    "criteria": ("inSet", "code"),
    "maturity_levels": ("ofSet", "number"),
    "crops": ("province", "year", "crop", "season"),
    "tourism": ("province", "year"),
    "sights": ("localId",),
    "companies": ("symbol",),
}
TYPES = {
    "areas": "Area",
    "agencies": "Agency",
    "sectors": "Sector",
    "indicators": "Indicator",
    "digital_economy": "Observation",
    "targets": "Target",
    "criteria_sets": "CriteriaSet",
    "criteria": "Criterion",
    "maturity_levels": "MaturityLevel",
    "sights": "TouristSite",
    "companies": "Business",
    "products": "Product",
}
LINKED = {
    ("areas", "partOf"): "areas",
    ("area_succession", "from"): "areas",
    ("area_succession", "to"): "areas",
    ("agencies", "parent"): "agencies",
    ("agency_succession", "from"): "agencies",
    ("agency_succession", "to"): "agencies",
    ("responsibilities", "agency"): "agencies",
    ("responsibilities", "sector"): "sectors",
    ("sectors", "partOf"): "sectors",
    ("indicators", "inSector"): "sectors",
    ("indicators", "aboutProduct"): "products",
    ("indicators", "custodian"): "agencies",
    ("digital_economy", "indicator"): "indicators",
    ("targets", "indicator"): "indicators",
    ("targets", "sector"): "sectors",
    ("criteria_sets", "issuedBy"): "agencies",
    ("criteria_sets", "replaces"): "criteria_sets",
    ("criteria", "inSet"): "criteria_sets",
    ("maturity_levels", "ofSet"): "criteria_sets",
    ("crops", "crop"): "products",
    ("companies", "inSector"): "sectors",
}
OLD = date(2025, 6, 30)
NEW = date(2025, 7, 1)
HALF_UNIT = Decimal("0.05")


@cache
def table(name: str) -> list[dict[str, str]]:
    with (FACTS / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def key(name: str, row: dict[str, str]) -> str:
    return "@".join(row[column] for column in KEYS.get(name, ("code",)))


@cache
def keys(name: str) -> frozenset[str]:
    return frozenset(key(name, row) for row in table(name))


def provinces(on: date) -> dict[str, dict[str, str]]:
    """The provinces in force on a day, by code."""
    return {
        row["code"]: row
        for row in table("areas")
        if row["level"] == "PROVINCE" and row["validFrom"] <= on.isoformat() <= (row["validTo"] or "9999-12-31")
    }


def cells() -> Iterator[tuple[str, str]]:
    for name in SHAPES:
        for row in table(name):
            for text in row.values():
                yield name, text


def test_every_table_has_the_columns_of_the_contract() -> None:
    assert {name: ",".join(table(name)[0]) for name in SHAPES} == SHAPES
    assert {path.stem for path in FACTS.glob("*.csv")} == set(SHAPES)


def test_files_are_plain_utf_8_with_unix_lines() -> None:
    for path in FACTS.glob("*.csv"):
        data = path.read_bytes()
        assert not data.startswith(b"\xef\xbb\xbf"), path.name
        assert b"\r" not in data, path.name
        assert data.endswith(b"\n"), path.name


def test_texts_are_nfc_and_trimmed() -> None:
    wrong = [(name, text) for name, text in cells() if text != " ".join(unicodedata.normalize("NFC", text).split())]
    assert wrong == []


def test_every_cell_of_a_field_reads_by_the_model() -> None:
    read = 0
    for name, kind in TYPES.items():
        fields = MODEL.type(kind).fields
        for row in table(name):
            for column, text in row.items():
                if column in fields and column != "source":
                    value = parse(fields[column], text)
                    assert value is not None or not (fields[column].required or text), (name, row)
                    read += 1
    assert read > 5000


def test_succession_cells_read_by_the_edges_of_the_model() -> None:
    for name, kind in (("area_succession", "Area"), ("agency_succession", "Agency")):
        link: Link = MODEL.type(kind).links["succeededBy"]
        edge: dict[str, Field] = {field.name: field for field in link.fields}
        for row in table(name):
            assert parse(edge["share"], row["share"]) is not None
            assert parse(edge["legalBasis"], row["legalBasis"]) is not None


def test_figures_and_their_words_read_by_the_model() -> None:
    observation: RecordType = MODEL.type("Observation")
    season = next(field for field in MODEL.type("Farm").links["grows"].fields if field.name == "season")
    value = observation.fields["value"]
    for row in table("crops"):
        assert parse(season, row["season"]) is not None
        assert [parse(value, row[column]) for column in ("areaThousandHa", "productionThousandTonnes")] != [None, None]
    for row in table("tourism"):
        assert (parse(value, row["value"]) is None) == (row["status"] == "MISSING")
        assert parse(observation.fields["status"], row["status"]) is not None


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_keys_are_unique_and_whole(name: str) -> None:
    found = Counter(key(name, row) for row in table(name))
    assert [one for one, times in found.items() if times > 1] == []
    optional = {"releasedOn"}
    wanted = [column for column in KEYS.get(name, ("code",)) if column not in optional]
    assert all(row[column] for row in table(name) for column in wanted)


@pytest.mark.parametrize(("name", "column"), sorted(LINKED))
def test_links_lead_somewhere(name: str, column: str) -> None:
    known = keys(LINKED[name, column])
    assert [row[column] for row in table(name) if row[column] and row[column] not in known] == []


def test_every_row_names_its_source_and_every_source_is_named() -> None:
    named = {row["source"] for name in SHAPES if name != "sources" for row in table(name)}
    assert keys("sources") == named
    for row in table("sources"):
        assert row["title"], row
        assert row["publisher"], row
        assert row["url"] or "văn bản của cơ quan nhà nước" in row["note"] or row["id"] == "hub-sectors", row


def test_areas_of_figures_are_in_force_when_they_were_compiled() -> None:
    old = {"VN", *provinces(OLD)}
    assert {row["province"] for name in ("crops", "tourism") for row in table(name)} <= old
    assert {row["area"] for row in table("digital_economy")} <= {"VN", *keys("areas")}
    assert {row["area"] for row in table("targets")} == {"VN"}
    assert {row["province"] for row in table("sights")} <= set(provinces(NEW))


def test_there_are_63_provinces_and_then_34() -> None:
    assert len(provinces(OLD)) == 63
    assert len(provinces(NEW)) == 34
    assert len(provinces(date(2024, 12, 31))) == 63
    assert all(row["areaKm2"] and row["centre"] for row in provinces(NEW).values())


def test_a_code_is_used_again_for_another_province() -> None:
    moved = {
        after["name"]: (before["code"], after["code"])
        for after in provinces(NEW).values()
        for before in provinces(OLD).values()
        if plain(before["name"]) == plain(after["name"]) and before["code"] != after["code"]
    }
    assert moved == {
        "An Giang": ("89", "91"),
        "Bắc Ninh": ("27", "24"),
        "Đồng Tháp": ("87", "82"),
        "Gia Lai": ("64", "52"),
        "Lào Cai": ("10", "15"),
        "Quảng Trị": ("45", "44"),
        "Tây Ninh": ("72", "80"),
    }


def test_every_old_province_went_whole_into_a_new_one() -> None:
    old = {key("areas", row) for row in provinces(OLD).values()}
    new = {key("areas", row) for row in provinces(NEW).values()}
    rows = [row for row in table("area_succession") if row["to"] in new]
    assert {row["from"] for row in rows} == old
    assert {row["to"] for row in rows} == new
    assert len(rows) == 63
    assert {row["share"] for row in rows} == {"FULL"}


def test_validity_does_not_overlap_within_a_code() -> None:
    spans: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in table("areas"):
        spans[row["code"]].append((row["validFrom"], row["validTo"] or "9999-12-31"))
    for code, found in spans.items():
        ordered = sorted(found)
        assert all(start <= end for start, end in ordered), code
        assert all(one[1] < two[0] for one, two in pairwise(ordered)), code


def test_the_government_has_14_ministries_3_bodies_and_22_predecessors() -> None:
    government = [row for row in table("agencies") if row["kind"] in {"MINISTRY", "MINISTERIAL_BODY"}]
    today = Counter(row["kind"] for row in government if not row["validTo"])
    assert today == {"MINISTRY": 14, "MINISTERIAL_BODY": 3}
    unchanged = [row for row in government if not row["validTo"] and not row["validFrom"]]
    ended = [row for row in government if row["validTo"]]
    assert len(unchanged) + len(ended) == 22
    assert {row["validTo"] for row in ended} == {"2025-02-28"}
    assert {row["code"] for row in ended} == {row["from"] for row in table("agency_succession")}


def test_the_tables_hold_at_least_what_was_asked_for() -> None:
    assert len(table("sights")) >= 150
    assert len(table("companies")) >= 300
    spans: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in table("crops"):
        if row["province"] != "VN":
            spans[row["crop"], row["province"]].add(row["year"])
    long = {crop for (crop, _), years in spans.items() if len(years) >= 20}
    assert {"RICE", "MAIZE", "SWEET_POTATO", "CASSAVA", "AQUACULTURE"} <= long
    for crop in long:
        assert sum(len(years) >= 20 for (one, _), years in spans.items() if one == crop) >= 40


def sums(name: str, column: str, *parts: str) -> dict[tuple[str, ...], Decimal]:
    """For each part, the sum of the provinces less the country."""
    found: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for row in table(name):
        if row[column]:
            sign = -1 if row["province"] == "VN" else 1
            found[tuple(row[part] for part in parts)] += sign * Decimal(row[column])
    return found


def test_travel_turnover_of_provinces_is_that_of_the_country() -> None:
    assert set(sums("tourism", "value", "year").values()) == {Decimal(0)}


@pytest.mark.parametrize(
    ("crop", "column", "most"),
    [
        ("RICE", "areaThousandHa", "0.3"),
        ("RICE", "productionThousandTonnes", "0.6"),
        ("MAIZE", "areaThousandHa", "0.6"),
        ("MAIZE", "productionThousandTonnes", "0.5"),
        ("SWEET_POTATO", "areaThousandHa", "0"),
        ("SWEET_POTATO", "productionThousandTonnes", "10.5"),
        ("SUGARCANE", "areaThousandHa", "0"),
        ("SUGARCANE", "productionThousandTonnes", "0.3"),
        ("GROUNDNUT", "areaThousandHa", "0"),
        ("GROUNDNUT", "productionThousandTonnes", "0"),
        ("AQUACULTURE", "areaThousandHa", "0.5"),
        ("AQUACULTURE", "productionThousandTonnes", "0.004"),
    ],
)
def test_crops_of_provinces_add_up_to_the_country(crop: str, column: str, most: str) -> None:
    apart = {parts: gap for parts, gap in sums("crops", column, "crop", "year", "season").items() if parts[0] == crop}
    assert apart
    assert max(abs(gap) for gap in apart.values()) <= Decimal(most) + HALF_UNIT
    if crop in {"RICE", "MAIZE"}:
        assert {parts: gap for parts, gap in apart.items() if parts[1] <= "2020" and gap} == {}


def test_rice_of_2015_is_the_published_total() -> None:
    seasons = [row for row in table("crops") if (row["province"], row["year"], row["crop"]) == ("VN", "2015", "RICE")]
    assert sum(Decimal(row["productionThousandTonnes"]) for row in seasons) == Decimal("45091.0")


def test_parts_of_the_digital_economy_add_up() -> None:
    values = {
        (row["period"], row["breakdown"]): Decimal(row["value"])
        for row in table("digital_economy")
        if row["indicator"] == "0517" and row["period"] in {"2025", "2020/2024"}
    }
    for period in ("2025", "2020/2024"):
        assert values[period, "CORE"] + values[period, "DIGITALISED"] == values[period, "TOTAL"]
    sectors = ("AGRICULTURE", "INDUSTRY_CONSTRUCTION", "SERVICES")
    assert sum(values["2025", sector] for sector in sectors) == values["2025", "TOTAL"]


def test_two_methods_are_two_indicators_and_a_revision_is_a_release() -> None:
    rows = [row for row in table("digital_economy") if row["breakdown"] == "TOTAL" and row["area"] == "VN"]
    of_2022 = {(row["indicator"], row["releasedOn"]): row["value"] for row in rows if row["period"] == "2022"}
    assert of_2022 == {
        ("0517", "2023-12-04"): "12.67",
        ("0517", "2025-01-06"): "12.83",
        ("PTIT.SHARE", "2024-12-21"): "14.26",
    }


def test_indicators_have_the_decimals_of_their_figures() -> None:
    decimals = {row["code"]: int(row["decimals"]) for row in table("indicators")}
    found = [(row["indicator"], row["value"]) for row in table("digital_economy")]
    found += [("TOURISM.TRAVEL_TURNOVER", row["value"]) for row in table("tourism")]
    measures = {"areaThousandHa": "AREA", "productionThousandTonnes": "PRODUCTION"}
    found += [
        (f"CROP.{row['crop']}.{measure}", row[column]) for row in table("crops") for column, measure in measures.items()
    ]
    assert [(code, value) for code, value in found if len(value.partition(".")[2]) > decimals[code]] == []


def test_sights_lie_in_viet_nam_and_are_called_so() -> None:
    marked = re.compile("[\u00c0-\u1ef9]")
    for row in table("sights"):
        lat, lon = map(float, row["location"].split())
        assert 8 < lat < 23.5, row
        assert 102 < lon < 110, row
        assert marked.search(row["name"]), row
    near = Counter((plain(row["name"]), row["province"]) for row in table("sights"))
    assert [name for name, times in near.items() if times > 2] == []


def test_pillars_add_up_to_their_set() -> None:
    pillars: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in table("criteria"):
        pillars[row["inSet"]].append(row)
    most = {key("criteria_sets", row): Decimal(row["maxPoints"]) for row in table("criteria_sets") if row["maxPoints"]}
    for name, criteria in (("DBI.SME@2021", 60), ("DTI.COUNTRY@2025", 12)):
        assert sum(Decimal(row["maxPoints"]) for row in pillars[name]) == most[name]
        assert sum(int(row["criteriaCount"]) for row in pillars[name]) == criteria


def test_levels_rise_to_the_whole_of_their_set() -> None:
    levels = sorted(table("maturity_levels"), key=lambda row: int(row["number"]))
    assert [int(row["number"]) for row in levels] == list(range(6))
    assert not any(levels[0][column] for column in ("abovePoints", "pillars", "pillarLevel"))
    for column, most in (("abovePoints", 320), ("pillars", 6), ("pillarLevel", 5), ("pillarPercent", 100)):
        rising = [Decimal(row[column]) for row in levels if row[column]]
        assert rising == sorted(rising)
        assert rising[-1] <= most
    assert Decimal(levels[-1]["pillarPercent"]) == 100


def test_a_set_of_criteria_ends_where_the_next_begins() -> None:
    sets = {key("criteria_sets", row): row for row in table("criteria_sets")}
    followed = [(sets[row["replaces"]], row) for row in sets.values() if row["replaces"]]
    assert len(followed) == 4
    for before, after in followed:
        ends, begins = date.fromisoformat(before["validTo"]), date.fromisoformat(after["validFrom"])
        assert (begins - ends).days == 1
        assert before["code"] == after["code"]
    in_force = {name for name, row in sets.items() if not row["validTo"]}
    assert in_force == {"DBI.SME@2025", "DBI.LARGE@2025", "DTI.COUNTRY@2025", "DTI.MINISTRY@2025", "DTI.PROVINCE@2025"}
