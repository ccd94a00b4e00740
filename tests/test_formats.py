"""Every format of a release reads back to equal rows, and no spreadsheet runs what is in it."""

import csv
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import cast

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.columns import Column
from catalog.formats import FORMATS, arrow_schema, guarded, json_rows, typed, unguarded
from schema.errors import InvalidInput
from schema.model import Kind


def made(name: str, kind: Kind, decimals: int = 0, *, many: bool = False) -> Column:
    """A column that takes the node's value of its own name; of a list, the nodes of that name."""
    path = (name, "nodes", "value") if many else (name,)
    return Column(name, path, kind, name, name, name, name, decimals=decimals, many=many)


COLUMNS = (
    made("key", Kind.CODE),
    made("name", Kind.TEXT),
    made("count", Kind.INT),
    made("turnover", Kind.LONG),
    made("value", Kind.DECIMAL, 6),
    made("day", Kind.DATE),
    made("moment", Kind.INSTANT),
    made("codes", Kind.CODE, many=True),
    made("goals", Kind.DECIMAL, 2, many=True),
)


def node(key: str, **values: object) -> dict[str, object]:
    """A node as GraphQL answers it."""
    lists = {
        name: {
            "nodes": [{"value": each} for each in cast("list[object]", values.pop(name, []))],
            "pageInfo": {"hasNextPage": False},
        }
        for name in ("codes", "goals")
    }
    rest = dict.fromkeys(("name", "count", "turnover", "value", "day", "moment"))
    return {"key": key, **rest, **values, **lists}


NODES = [
    node("a", name="Thừa Thiên Huế", count=-3, turnover=2**53 - 1, value=0.1, day="2025-07-01", codes=["01", "08"]),
    node("b", name='Hoà "Bình",\r\nđảo; Trường Sa', value=Decimal("9007199254.740991"), goals=[20, 30.5]),
    node("c", name="=1+1", moment="2026-11-22T03:04:05.678Z", codes=["=A1", None, "-x"]),
    node("d"),
    node("e", name="", value=-12, codes=[None, None]),
    node("f", name="'=đã có dấu nháy", value=Decimal("-0.000001"), goals=[None, -0.25]),
    node("g", name="NUL\0 giữa chữ\ttab", value=0),
]
FORMULAS = ["=1+1", "+84", "-x", "@cmd", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x", "'=1", "''-2", " =1"]


def written(form: str, table: pa.Table, folder: Path) -> Path:
    """The file of that format."""
    path = folder / f"table.{form}"
    FORMATS[form].write(COLUMNS, table, path)
    return path


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_reads_back_to_equal_rows(form: str, tmp_path: Path) -> None:
    table = typed(COLUMNS, NODES)
    assert FORMATS[form].read(COLUMNS, written(form, table, tmp_path)).equals(table)


@pytest.mark.parametrize("form", FORMATS)
def test_an_empty_table_keeps_its_columns(form: str, tmp_path: Path) -> None:
    table = arrow_schema(COLUMNS).empty_table()
    assert FORMATS[form].read(COLUMNS, written(form, table, tmp_path)).equals(table)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(FORMULAS)
CODES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=";"), max_size=6) | st.sampled_from(
    FORMULAS
)
MADE = st.builds(
    node,
    key=st.just("k"),
    name=st.none() | TEXTS,
    count=st.none() | st.integers(-(2**31), 2**31 - 1),
    turnover=st.none() | st.integers(-(2**53) + 1, 2**53 - 1),
    value=st.none() | st.integers(-(2**53) + 1, 2**53 - 1).map(lambda scaled: Decimal(scaled).scaleb(-6)),
    day=st.none() | st.dates().map(date.isoformat),
    moment=st.none() | st.datetimes().map(lambda each: each.isoformat(timespec="milliseconds").rjust(23, "0") + "Z"),
    codes=st.lists(st.none() | CODES, max_size=3),
    goals=st.lists(st.none() | st.decimals(-1000, 1000, places=2), max_size=3),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(MADE, max_size=4))
def test_all_formats_decode_alike(tmp_path: Path, nodes: list[dict[str, object]]) -> None:
    table = typed(COLUMNS, nodes)
    for form, each in FORMATS.items():
        assert each.read(COLUMNS, written(form, table, tmp_path)).equals(table), form


@pytest.mark.parametrize("text", FORMULAS)
def test_no_spreadsheet_takes_a_cell_for_a_formula(text: str, tmp_path: Path) -> None:
    path = written("csv", typed(COLUMNS, [node("=k", name=text, codes=["x", text])]), tmp_path)
    with path.open(encoding="utf-8", newline="") as source:
        _, row = csv.reader(source)
    assert row[0] == "'=k"
    assert row[1].startswith("'")
    assert row[7].split(";")[1].startswith("'")


@given(TEXTS)
def test_the_guard_comes_off_exactly(text: str) -> None:
    assert unguarded(guarded(text)) == text


def test_plain_text_and_negative_numbers_have_no_guard(tmp_path: Path) -> None:
    path = written("csv", typed(COLUMNS, [node("k", name="Đà Nẵng", count=-3, value=Decimal("-1.50"))]), tmp_path)
    assert path.read_text("utf-8").splitlines()[1] == "k,Đà Nẵng,-3,,-1.5,,,,"


def test_json_numbers_are_exact() -> None:
    (row,) = json_rows(COLUMNS, typed(COLUMNS, [node("k", value=Decimal("9007199254.740991"), goals=[0.1])]))
    assert '"value": 9007199254.740991' in row
    assert json.loads(row, parse_float=Decimal)["goals"] == [Decimal("0.1")]


def test_values_are_typed() -> None:
    (row,) = typed(COLUMNS, [node("k", day="2025-07-01", moment="2026-11-22T03:04:05.678Z")]).to_pylist()
    assert row["day"] == date(2025, 7, 1)
    assert row["moment"] == datetime(2026, 11, 22, 3, 4, 5, 678000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("value", 0.0000001),
        ("value", Decimal("NaN")),
        ("value", "12"),
        ("value", Decimal(10) ** 12),
        ("value", True),
        ("count", 1.5),
        ("count", True),
        ("day", "01/07/2025"),
        ("moment", "lately"),
        ("name", 7),
        ("codes", ["a;b"]),
    ],
)
def test_a_value_that_does_not_fit_is_named(name: str, value: object) -> None:
    with pytest.raises(InvalidInput, match=f"column `{name}`"):
        typed(COLUMNS, [node("k", **{name: value})])
