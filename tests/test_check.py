"""The script that checks the facts: it finds every falsified cell, and says so where there is nothing to check with."""

import shutil
from pathlib import Path

import pytest

from examples import check
from examples.comparisons import COMPARE
from examples.geometry import Provinces, middle
from examples.originals import Originals

FACTS = check.FACTS
PUBLISHED = check.DATA
SQUARE = [[(100.0, 10.0), (101.0, 10.0), (101.0, 11.0), (100.0, 11.0), (100.0, 10.0)]]


def test_points_are_found_in_their_polygons_and_near_them_at_sea() -> None:
    far = [[(x + 50, y) for x, y in SQUARE[0]]]
    found = Provinces({"01": [SQUARE], "02": [far]})
    assert found.of(10.5, 100.5) == "01"
    assert found.of(10.5, 150.5) == "02"
    assert found.of(10.5, 101.05) == "01"
    assert found.of(10.5, 102.0) is None
    holed = [*SQUARE, [(100.4, 10.4), (100.6, 10.4), (100.6, 10.6), (100.4, 10.6), (100.4, 10.4)]]
    assert Provinces({"01": [holed], "02": [SQUARE]}).of(10.5, 100.5) == "02"
    assert middle([SQUARE]) == (10.5, 100.5)


def test_a_bay_between_two_provinces_is_given_to_none() -> None:
    east = [[(x + 1.1, y) for x, y in SQUARE[0]]]
    assert Provinces({"01": [SQUARE], "02": [east]}).of(10.5, 101.05) is None


def test_the_check_says_when_nothing_is_there_to_check_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check.main(["--data", str(tmp_path / "data")]) == 0
    said = capsys.readouterr().out
    assert "nothing was there to check with" in said
    assert {line.split()[0] for line in said.splitlines()[:-1]} == set(COMPARE)


def test_a_folder_without_the_tables_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        check.main(["--facts", str(tmp_path)])
    assert refused.value.code == 2
    assert "has no sources.csv" in capsys.readouterr().err


def needs_published() -> None:
    if not PUBLISHED.is_dir():
        pytest.skip("the published files are not beside the project")


@pytest.fixture(scope="module")
def originals() -> Originals:
    needs_published()
    return Originals(PUBLISHED, PUBLISHED.parent / "design")


def test_every_fact_matches_its_source(originals: Originals) -> None:
    found = {name: check.outcome(rows, COMPARE[name], originals) for name, rows in check.tables(FACTS).items()}
    assert {name: each.wrong for name, each in found.items() if each.wrong} == {}
    unknown = sum(each.unchecked.total() for each in found.values())
    assert sum(each.checked for each in found.values()) > 100 * unknown


@pytest.mark.parametrize(
    ("name", "column", "false"),
    [
        ("areas", "areaKm2", "1.00"),
        ("areas", "centre", "21.0 105.0"),
        ("areas", "nameEn", "Nowhere"),
        ("areas", "partOf", "R6@1990-01-01"),
        ("areas", "validFrom", "1980-01-01"),
        ("area_succession", "to", "96@2025-07-01"),
        ("agencies", "nameEn", "Ministry of Nothing"),
        ("agencies", "kind", "INSTITUTE"),
        ("areas", "validTo", "2030-01-01"),
        ("responsibilities", "sector", "TOURISM"),
        ("sectors", "name", "Không có"),
        ("products", "nameEn", "Unobtainium"),
        ("digital_economy", "value", "99.99"),
        ("digital_economy", "releasedOn", "2020-01-01"),
        ("digital_economy", "status", "MISSING"),
        ("digital_economy", "area", "96@1997-01-01"),
        ("digital_economy", "breakdown", "ICT"),
        ("targets", "value", "99"),
        ("targets", "comparison", "AT_MOST"),
        ("targets", "byDate", "2024-12-31"),
        ("targets", "legalBasis", "Công văn 1/BTTTT"),
        ("criteria_sets", "appliesTo", "MARKET"),
        ("criteria_sets", "maxPoints", "100"),
        ("criteria_sets", "legalBasis", "Quyết định 1/QĐ-BTTTT ngày 13/12/2021"),
        ("criteria_sets", "nameEn", "DTI of ministries (7 main indices, 31 in all)"),
        ("criteria_sets", "validFrom", "2021-12-14"),
        ("criteria_sets", "validTo", "2024-01-01"),
        ("criteria_sets", "issuedBy", "MOIT"),
        ("criteria_sets", "replaces", "DBI.GROUP@2021"),
        ("criteria", "nameEn", "Nothing"),
        ("criteria", "maxPoints", "64"),
        ("criteria", "criteriaCount", "12"),
        ("maturity_levels", "name", "Không có"),
        ("maturity_levels", "abovePoints", "63"),
        ("maturity_levels", "pillars", "3"),
        ("maturity_levels", "pillarLevel", "9"),
        ("maturity_levels", "pillarPercent", "33"),
        ("crops", "areaThousandHa", "123456.7"),
        ("crops", "productionThousandTonnes", "123456.7"),
        ("crops", "source", "aquaculture-undivided"),
        ("tourism", "value", "123456.7"),
        ("sights", "location", "21.0 105.0"),
        ("sights", "province", "96"),
        ("sights", "name", "Không có"),
        ("sights", "localId", "N1E1"),
        ("companies", "name", "Không có"),
        ("companies", "listedOn", "2001-01-01"),
        ("companies", "inSector", "BANKS"),
        ("sources", "published", "2001-01-01"),
    ],
)
def test_a_falsified_cell_is_found(originals: Originals, name: str, column: str, false: str) -> None:
    """Whatever row is falsified, of a sample of those that can be compared."""
    rows = check.tables(FACTS)[name]
    names = {row["code"]: row["name"] for row in check.read(FACTS / "sectors.csv")}
    chosen = [row for row in rows if row[column] and row[column] != false][:: max(1, len(rows) // 20)]
    chosen = [row for row in chosen if check.outcome([row], COMPARE[name], originals).checked]
    if (name, column) in {("agencies", "nameEn"), ("companies", "inSector"), ("sectors", "name")}:
        chosen = [row for row in chosen if row["source"] in {"ministries-2021", "listed-companies"}]
        chosen = [row for row in chosen if "inSector" not in row or row["inSector"] != false]
    assert chosen
    for row in chosen:
        falsified = {**row, column: false}
        if "sectorName" in falsified:
            falsified["sectorName"] = names[falsified["inSector"]]
        assert check.outcome([falsified], COMPARE[name], originals).wrong, row


def test_the_check_fails_on_a_falsified_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    needs_published()
    folder = tmp_path / "facts"
    shutil.copytree(FACTS, folder)
    for long in ("crops", "sights", "companies", "areas"):
        path = folder / f"{long}.csv"
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(lines[:10]), encoding="utf-8")
    tourism = folder / "tourism.csv"
    text = tourism.read_text(encoding="utf-8")
    assert text.count("01,2015,7831.9,FINAL") == 1
    tourism.write_text(text.replace("01,2015,7831.9,FINAL", "01,2015,7831.8,FINAL"), encoding="utf-8")
    assert check.main(["--facts", str(folder)]) == 1
    assert "value is Decimal('7831.8'), the source has Decimal('7831.9')" in capsys.readouterr().out
