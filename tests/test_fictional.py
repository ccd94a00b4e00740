"""The fictional tables: the same seed gives the same bytes, all is marked, and nothing could be taken for real."""

import csv
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from connectors import tabular
from connectors.areas import Areas
from connectors.base import Reference
from connectors.fictional import FICTIONAL
from connectors.rows import read as read_rows
from examples.check import DATA, ROOT
from examples.fictional import market, scoring, surveys
from examples.fictional.tables import FACTS, MARK, generate
from examples.originals import Originals
from schema.scalars import parse
from schema.types import MODEL

FARMS = 300
BUSINESSES = 120
COLUMNS = {
    "agencies": "code,name,nameEn,kind,validFrom,validTo,parent",
    "businesses": (
        "custodian,localId,name,kind,size,foundedOn,website,address,employees,turnover,taxCode,ownerName,ownerPhone,"
        "inSector,locatedIn,offers,visibility"
    ),
    "farms": (
        "custodian,localId,name,kind,areaHa,herdSize,certifications,foundedOn,yearlyRevenue,inspectionNote,ownerName,"
        "ownerPhone,location,locatedIn,visibility"
    ),
    "grows": "farm,product,areaHa,season,yearlyTonnes,supplyTonnes,supplyFrom,supplyTo",
    "sales": "farm,business",
    "sites": (
        "custodian,localId,name,category,location,ticketPrice,openingHours,capacity,locatedIn,operatedBy,visibility"
    ),
    "wants": market.WANTS,
    "programmes": market.PROGRAMMES,
    "stops": market.STOPS,
    "solutions": market.SOLUTIONS,
    "offers": market.OFFERS,
    "teams": market.TEAMS,
    "campaigns": surveys.CAMPAIGNS,
    "assessments": surveys.ASSESSMENTS,
    "answers": surveys.ANSWERS,
    "tasks": surveys.TASKS,
}
TYPES = {
    "agencies": "Agency",
    "businesses": "Business",
    "farms": "Farm",
    "sites": "TouristSite",
    "programmes": "TourismProgramme",
    "solutions": "Solution",
    "offers": "Offer",
    "teams": "Team",
    "campaigns": "Campaign",
    "assessments": "Assessment",
    "tasks": "Task",
}
WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)


def read(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def keys(rows: list[dict[str, str]]) -> list[str]:
    return [f"{row['custodian']}-{row['localId']}" for row in rows]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("fictional")
    generate(made, farms=FARMS, businesses=BUSINESSES, seed=7)
    return made


def test_the_same_seed_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    generate(tmp_path / "again", farms=FARMS, businesses=BUSINESSES, seed=7)
    assert contents(tmp_path / "again") == contents(folder)


def test_another_seed_gives_others(folder: Path, tmp_path: Path) -> None:
    generate(tmp_path, farms=FARMS, businesses=BUSINESSES, seed=8)
    other = contents(tmp_path)
    same = {name for name, data in contents(folder).items() if data == other[name]}
    assert same == {"agencies.csv"}


def test_more_farms_change_no_business_and_no_earlier_farm(folder: Path, tmp_path: Path) -> None:
    generate(tmp_path, farms=FARMS + 50, businesses=BUSINESSES, seed=7)
    assert (tmp_path / "businesses.csv").read_bytes() == (folder / "businesses.csv").read_bytes()
    assert read(tmp_path, "farms")[:FARMS] == read(folder, "farms")


def test_the_command_writes_what_was_asked_for(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "examples.fictional", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603 - our own module
    assert len(read(tmp_path, "farms")) == 2000
    assert len(read(tmp_path, "businesses")) == 500
    refused = subprocess.run([*command, "--farms", "-1"], cwd=ROOT, check=False, capture_output=True)  # noqa: S603
    assert refused.returncode == 2
    assert b"invalid count value: '-1'" in refused.stderr


def test_none_at_all_is_possible(tmp_path: Path) -> None:
    generate(tmp_path, farms=0, businesses=0)
    assert {name: len(read(tmp_path, name)) for name in COLUMNS} == {
        **dict.fromkeys(COLUMNS, 0),
        "agencies": 3,
        "campaigns": 2,
        "tasks": 12,
    }


def test_columns_are_those_of_the_contract(folder: Path) -> None:
    assert {name: ",".join(read(folder, name)[0]) for name in COLUMNS} == COLUMNS


def test_every_cell_reads_by_the_model(folder: Path) -> None:
    for name, kind in TYPES.items():
        fields = MODEL.type(kind).fields
        for row in read(folder, name):
            for column in fields.keys() & row.keys():
                assert parse(fields[column], row[column]) is not None or not row[column], (name, row)
    grown = {field.name: field for field in MODEL.type("Farm").links["grows"].fields}
    for row in read(folder, "grows"):
        assert parse(grown["season"], row["season"]) is not None
        assert parse(grown["yearlyTonnes"], row["yearlyTonnes"]) is not None


def test_every_row_is_a_record_or_a_link_by_its_stream(folder: Path) -> None:
    assert {stream.file for stream in FICTIONAL} == {path.name for path in folder.iterdir()}
    for stream in FICTIONAL:
        table = tabular.source(folder / stream.file)
        good, bad = read_rows(MODEL, stream, table, Reference(Areas([]), {}, {}))
        assert [wrong.problem.en for wrong in bad] == []
        assert len(good) == len(read(folder, stream.file.removesuffix(".csv")))


def test_everything_says_that_it_is_fictional(folder: Path) -> None:
    for name in TYPES:
        assert [row["name"] for row in read(folder, name) if MARK not in row["name"]] == []
    agencies = {row["code"]: row["parent"] for row in read(folder, "agencies")}
    assert agencies == {"DEMO": "", "DEMO.NN": "DEMO", "DEMO.DL": "DEMO"}
    for name in ("businesses", "farms", "sites"):
        assert {row["custodian"] for row in read(folder, name)} <= {"DEMO.NN", "DEMO.DL"}
    for name in ("programmes", "solutions", "offers", "teams", "campaigns", "assessments", "tasks"):
        assert {row["custodian"] for row in read(folder, name)} <= {"DEMO", "DEMO.DL", "DEMO.NN"}
    assert all(MARK in row["legalBasis"] for row in read(folder, "tasks"))


def test_nothing_could_be_somebodys(folder: Path) -> None:
    businesses, farms = read(folder, "businesses"), read(folder, "farms")
    for row in (*businesses, *farms):
        assert len(row["ownerPhone"]) == 10
        assert row["ownerPhone"].startswith("0500")
        assert row["ownerName"] not in row["name"]
    assert all(row["leaderPhone"].startswith("0500") for row in read(folder, "teams"))
    assert all(row["contactPhone"].startswith("0500") for row in read(folder, "assessments"))
    assert all(row["website"].endswith(".example") for row in read(folder, "solutions"))
    for row in businesses:
        code = row["taxCode"]
        check = 10 - sum(weight * int(digit) for weight, digit in zip(WEIGHTS, code[:9], strict=True)) % 11
        assert len(code) == 10
        assert int(code[9]) != check, code
        assert row["website"].endswith(".example")


def test_keys_are_unique_and_links_lead_somewhere(folder: Path) -> None:
    farms, businesses, sites = (read(folder, name) for name in ("farms", "businesses", "sites"))
    areas = {f"{row['code']}@{row['validFrom']}" for row in read(FACTS, "areas") if not row["validTo"]}
    products = {row["code"] for row in read(FACTS, "products")}
    sectors = {row["code"] for row in read(FACTS, "sectors")}
    for rows in (farms, businesses, sites):
        assert len(set(keys(rows))) == len(rows)
        assert {row["locatedIn"] for row in rows} <= areas
    assert {row["inSector"] for row in businesses} <= sectors
    assert {code for row in businesses for code in row["offers"].split(";") if code} <= products
    assert {row["operatedBy"] for row in sites} <= set(keys(businesses))
    grows, sales = read(folder, "grows"), read(folder, "sales")
    assert {row["farm"] for row in (*grows, *sales)} <= set(keys(farms))
    assert {row["product"] for row in grows} <= products
    assert {row["business"] for row in sales} <= set(keys(businesses))
    for rows in (grows, sales):
        assert len({tuple(list(row.values())[:2]) for row in rows}) == len(rows)
    assert {row["farm"] for row in grows} == set(keys(farms))


def test_the_market_leads_somewhere(folder: Path) -> None:
    areas = {f"{row['code']}@{row['validFrom']}" for row in read(FACTS, "areas") if not row["validTo"]}
    products = {row["code"] for row in read(FACTS, "products")}
    businesses, sites = (set(keys(read(folder, name))) for name in ("businesses", "sites"))
    programmes, solutions = (set(keys(read(folder, name))) for name in ("programmes", "solutions"))
    wants, stops, offers = (read(folder, name) for name in ("wants", "stops", "offers"))
    assert {row["business"] for row in wants} <= businesses
    assert {row["product"] for row in wants} <= products
    assert {row["programme"] for row in stops} == programmes
    assert {row["site"] for row in stops} <= sites
    assert {key for row in read(folder, "programmes") for key in row["soldBy"].split(";")} <= businesses
    assert {row["providedBy"] for row in read(folder, "solutions")} <= businesses
    assert {row["ofSolution"] for row in offers} == solutions
    assert {key for row in offers for key in row["inAreas"].split(";") if key} <= areas
    assert {row["inArea"] for row in read(folder, "teams")} <= areas
    assert min(int(row["freeMonths"]) for row in offers) >= 6
    assert all(row["demandFrom"] < row["demandTo"] for row in wants)


def areas() -> dict[str, dict[str, str]]:
    return {f"{row['code']}@{row['validFrom']}": row for row in read(FACTS, "areas")}


def test_surveys_lead_somewhere(folder: Path) -> None:
    assessments, tasks = read(folder, "assessments"), read(folder, "tasks")
    pillars = {f"{row['inSet']}/{row['code']}" for row in read(FACTS, "criteria")}
    assert {row["ofBusiness"] for row in assessments} <= set(keys(read(folder, "businesses")))
    assert {row["inCampaign"] for row in assessments} == set(keys(read(folder, "campaigns")))
    assert {row["helpedBy"] for row in assessments if row["helpedBy"]} <= set(keys(read(folder, "teams")))
    assert any(row["helpedBy"] for row in assessments)
    assert {key for row in assessments for key in row["lacks"].split(";") if key} <= pillars
    assert {row["meets"] for row in read(folder, "solutions")} <= pillars
    answers = [(row["assessment"], row["criterion"]) for row in read(folder, "answers")]
    assert {one for one, _ in answers} <= set(keys(assessments))
    assert {pillar for _, pillar in answers} <= pillars
    assert len(set(answers)) == len(answers)
    demo = {row["code"] for row in read(folder, "agencies")}
    assert {row["ledBy"] for row in tasks} | {row["supportedBy"] for row in tasks} <= demo
    assert {row["inSector"] for row in tasks} <= {row["code"] for row in read(FACTS, "sectors")}


def test_campaigns_use_a_set_in_force_where_the_area_was(folder: Path) -> None:
    (criteria,) = (row for row in read(FACTS, "criteria_sets") if f"{row['code']}@{row['version']}" == surveys.SET)
    there = areas()
    for row in read(folder, "campaigns"):
        assert row["uses"] == surveys.SET
        assert criteria["validFrom"] <= row["opensOn"] < row["closesOn"] <= criteria["validTo"]
        for key in row["inAreas"].split(";"):
            assert there[key]["validFrom"] <= row["opensOn"]
            assert row["closesOn"] <= (there[key]["validTo"] or "9999")


def test_who_assesses_itself_was_invited(folder: Path) -> None:
    campaigns = {f"{row['custodian']}-{row['localId']}": row for row in read(folder, "campaigns")}
    businesses = dict(zip(keys(read(folder, "businesses")), read(folder, "businesses"), strict=True))
    today = {row["from"]: row["to"] for row in read(FACTS, "area_succession")}
    sent = Counter((row["inCampaign"], row["ofBusiness"]) for row in read(folder, "assessments"))
    assert set(sent.values()) == {1}
    for key, row in campaigns.items():
        assert 0 < sum(campaign == key for campaign, _ in sent) <= int(row["invited"])
    for campaign, business in sent:
        row, areas_ = businesses[business], campaigns[campaign]["inAreas"].split(";")
        assert row["foundedOn"] < campaigns[campaign]["opensOn"]
        assert row["size"] != "LARGE"
        assert row["kind"] != "MARKET"
        assert row["locatedIn"] in {today.get(area) for area in areas_} or areas_ == ["VN@1976-07-02"]
    for row in read(folder, "assessments"):
        assert row["custodian"] == businesses[row["ofBusiness"]]["custodian"]
        campaign = campaigns[row["inCampaign"]]
        assert not row["submittedAt"] or campaign["opensOn"] <= row["submittedAt"][:10] <= campaign["closesOn"]


MOST = {"CUSTOMER": 65, "STRATEGY": 25, "TECHNOLOGY": 80, "OPERATIONS": 65, "CULTURE": 50, "DATA": 35}
CONDITIONS = ((20, 4, 1), (64, 4, 2), (128, 4, 3), (192, 5, 4), (256, 6, 5))
"""Of the levels from 1: points to be above, pillars, the level that these must have."""


def pillar_level(pillar: str, points: int) -> int:
    percent = 100 * points / MOST[pillar]
    return 0 if percent < 10 else next(level for level in range(1, 6) if percent <= 20 * level)


def test_levels_and_what_is_lacking_follow_from_the_answers(folder: Path) -> None:
    points: dict[str, dict[str, int]] = {}
    for row in read(folder, "answers"):
        points.setdefault(row["assessment"], {})[row["criterion"].partition("/")[2]] = int(row["points"])
    levels: Counter[int] = Counter()
    for key, row in zip(keys(read(folder, "assessments")), read(folder, "assessments"), strict=True):
        answered = points.get(key, {})
        assert all(0 <= answered[pillar] <= MOST[pillar] for pillar in answered)
        if row["state"] == "DRAFT":
            assert (row["score"], row["level"], row["submittedAt"], row["lacks"]) == ("", "", "", "")
            assert len(answered) < len(MOST)
            continue
        reached = {pillar: pillar_level(pillar, answered[pillar]) for pillar in MOST}
        score = sum(answered.values())
        held = [
            number
            for number, (above, count, least) in enumerate(CONDITIONS, start=1)
            if score > above and sum(level >= least for level in reached.values()) >= count
        ]
        level = max(held, default=0)
        assert (int(row["score"]), int(row["level"])) == (score, level)
        asked = CONDITIONS[level][2] if level < 5 else 0
        lacks = {f"{surveys.SET}/{pillar}" for pillar, there in reached.items() if there < asked}
        assert set(filter(None, row["lacks"].split(";"))) == lacks
        levels[level] += 1
    assert len(levels) >= 5


@pytest.mark.parametrize(
    ("points", "level", "lacking"),
    [
        ((0, 0, 0, 0, 0, 0), 0, 6),
        ((65, 25, 80, 65, 50, 35), 5, 0),
        ((65, 25, 80, 0, 0, 0), 0, 3),  # 170 points, but only three pillars: a level asks for both
        ((13, 5, 16, 13, 0, 0), 1, 6),  # each of four pillars at exactly 20 %: still level 1
        ((14, 6, 17, 14, 50, 0), 2, 5),
        ((5, 2, 8, 5, 5, 3), 0, 4),  # of 80 points 8 are 10 %, and no longer level 0
    ],
)
def test_a_level_asks_for_points_and_for_pillars(points: tuple[int, ...], level: int, lacking: int) -> None:
    scale = scoring.scale(surveys.SET, read(FACTS, "criteria"), read(FACTS, "maturity_levels"))
    given = {pillar.key: some for pillar, some in zip(scale.pillars, points, strict=True)}
    assert scale.level(given) == level
    assert len(scale.lacks(given)) == lacking


def test_the_demonstration_has_hundreds_of_assessments(tmp_path: Path) -> None:
    generate(tmp_path, farms=0)
    per_campaign = Counter(row["inCampaign"] for row in read(tmp_path, "assessments"))
    assert per_campaign.total() >= 300
    assert min(per_campaign.values()) >= 50


def test_some_of_what_is_grown_is_for_sale_and_some_of_it_is_wanted(folder: Path) -> None:
    grows = [row for row in read(folder, "grows") if row["supplyTonnes"]]
    assert 0 < len(grows) < len(read(folder, "grows"))
    assert all(0 <= float(row["supplyTonnes"]) <= float(row["yearlyTonnes"]) for row in grows)
    assert {row["product"] for row in grows} & {row["product"] for row in read(folder, "wants")}


def test_a_share_of_each_visibility(folder: Path) -> None:
    for name, total in (("farms", FARMS), ("businesses", BUSINESSES)):
        found = Counter(row["visibility"] for row in read(folder, name))
        assert found.total() == total
        assert 0.6 < found["OPEN"] / total < 0.8, name
        assert 0.1 < found["SHARED"] / total < 0.3, name
        assert 0.03 < found["RESTRICTED"] / total < 0.2, name
    assert {row["visibility"] for row in read(folder, "sites")} == {"RESTRICTED", "SHARED"}
    restricted = [row for row in read(folder, "farms") if row["visibility"] == "RESTRICTED"]
    assert {row["custodian"] for row in restricted} == {"DEMO.NN"}


def test_a_farm_grows_no_more_land_than_it_has(folder: Path) -> None:
    land = {
        key: float(row["areaHa"]) for key, row in zip(keys(read(folder, "farms")), read(folder, "farms"), strict=True)
    }
    used: Counter[str] = Counter()
    for row in read(folder, "grows"):
        used[row["farm"]] += round(100 * float(row["areaHa"] or 0))
    assert [farm for farm, hundredths in used.items() if hundredths > round(100 * land[farm])] == []


def test_farms_and_sites_lie_in_their_provinces(folder: Path) -> None:
    if not DATA.is_dir():
        pytest.skip("the published boundaries are not beside the project")
    boundaries = Originals(DATA, DATA).boundaries
    for row in (*read(folder, "farms"), *read(folder, "sites")):
        lat, lon = map(float, row["location"].split())
        assert boundaries.of(lat, lon) == row["locatedIn"].partition("@")[0], row
