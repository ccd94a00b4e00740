"""The declared datasets: what their operations ask is what their columns hold, and no more than the public may see."""

from collections.abc import Iterator
from datetime import date

import pytest
from graphql import FieldNode, OperationDefinitionNode, SelectionSetNode, build_schema, parse, validate

from catalog.columns import Column, column
from catalog.datasets import DATASETS, Dataset, Update
from catalog.metadata import ChartKind
from catalog.periods import coverage, days
from hub.api.schema import schema
from schema.errors import ConfigError, NotFound
from schema.model import Classification, Kind

SCHEMA = build_schema(schema.as_str())
ALL = pytest.mark.parametrize("dataset", DATASETS.values(), ids=DATASETS)


def operation_of(dataset: Dataset) -> OperationDefinitionNode:
    """The dataset's only definition."""
    (only,) = parse(dataset.operation).definitions
    assert isinstance(only, OperationDefinitionNode)
    return only


def leaves(selection: SelectionSetNode, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every selected value."""
    for each in selection.selections:
        assert isinstance(each, FieldNode)
        assert each.alias is None
        if each.selection_set:
            yield from leaves(each.selection_set, (*path, each.name.value))
        else:
            yield (*path, each.name.value)


def test_there_are_the_datasets_that_were_promised() -> None:
    assert set(DATASETS) == {
        "san-luong-cay-trong",
        "diem-den-du-lich",
        "don-vi-hanh-chinh-cap-tinh",
        "ty-trong-kinh-te-so",
        "doanh-nghiep-niem-yet",
        "doanh-thu-du-lich-lu-hanh",
    }


@ALL
def test_an_operation_is_valid(dataset: Dataset) -> None:
    assert validate(SCHEMA, parse(dataset.operation)) == []


@ALL
def test_an_operation_has_one_root_and_its_two_variables(dataset: Dataset) -> None:
    operation = operation_of(dataset)
    (root,) = operation.selection_set.selections
    assert isinstance(root, FieldNode)
    assert root.name.value == dataset.root
    assert [each.variable.name.value for each in operation.variable_definitions or ()] == ["first", "after"]


@ALL
def test_columns_are_exactly_what_the_operation_selects(dataset: Dataset) -> None:
    (root,) = operation_of(dataset).selection_set.selections
    assert isinstance(root, FieldNode)
    assert root.selection_set is not None
    selected = {path for path in leaves(root.selection_set) if "pageInfo" not in path}
    assert {("nodes", *each.path) for each in dataset.columns} == selected


@ALL
def test_fiction_stays_out(dataset: Dataset) -> None:
    operation = operation_of(dataset)
    (root,) = operation.selection_set.selections
    assert isinstance(root, FieldNode)
    (where,) = (each.value for each in root.arguments or () if each.name.value == "where")
    held = {field.name.value: field.value.to_dict() for field in where.fields}  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType, reportUnknownMemberType]
    assert held["origin"]["fields"][0]["value"]["value"] == "FACT"


@ALL
def test_only_open_fields_are_columns(dataset: Dataset) -> None:
    assert {each.classification for each in dataset.columns} == {Classification.OPEN}


@ALL
def test_a_declaration_is_whole(dataset: Dataset) -> None:
    names = [each.name for each in dataset.columns]
    assert len(names) == len(set(names))
    assert set(dataset.key) <= set(names)
    texts = (dataset.title_vi, dataset.title_en, dataset.description_vi, dataset.description_en, *dataset.sources)
    assert all(texts)
    assert dataset.themes
    assert dataset.keywords_vi
    assert dataset.keywords_en
    for each in dataset.columns:
        assert all((each.vi, each.en, each.description_vi, each.description_en))
    if isinstance(dataset.temporal, str):
        assert dataset.temporal in names


@ALL
def test_a_chart_speaks_of_columns(dataset: Dataset) -> None:
    chart = dataset.chart
    named = (chart.x, chart.y, chart.series, chart.latest, *chart.target, *chart.where)
    assert {name for name in named if name} <= {each.name for each in dataset.columns}
    if chart.y:
        assert dataset.column(chart.y).numeric
    if chart.kind is ChartKind.LINE:
        assert chart.series


def test_two_methods_are_told_apart_in_the_digital_economy() -> None:
    dataset = DATASETS["ty-trong-kinh-te-so"]
    assert dataset.chart.series == "indicatorName"
    assert {"indicatorCode", "method", "releasedOn", "targetValues", "targetDates"} <= {
        each.name for each in dataset.columns
    }


def test_what_came_from_openstreetmap_is_odbl() -> None:
    assert {slug for slug, each in DATASETS.items() if each.licence.code == "ODbL-1.0"} == {"diem-den-du-lich"}


def test_a_yearly_dataset_says_so() -> None:
    assert DATASETS["san-luong-cay-trong"].frequency is Update.ANNUAL


def test_an_unknown_column_is_named() -> None:
    with pytest.raises(NotFound, match="`colour`"):
        DATASETS["diem-den-du-lich"].column("colour")


def test_a_column_takes_kind_and_codes_from_the_model() -> None:
    shares = column("Area", "shares", "succeededBy.edges.share", "Phần", "Share")
    assert (shares.kind, shares.many, shares.codes and shares.codes.__name__) == (Kind.CODE, True, "Share")
    value = column("Observation", "value", "value", "Giá trị", "Value")
    assert (value.kind, value.decimals, value.many) == (Kind.DECIMAL, 6, False)
    latitude = column("Area", "latitude", "centre.lat", "Vĩ độ", "Latitude")
    assert (latitude.kind, latitude.decimals) == (Kind.DECIMAL, 6)


def test_a_column_of_no_field_is_refused() -> None:
    for path in ("colour", "partOf.colour", "partOf", "succeededBy.edges.colour"):
        with pytest.raises(ConfigError, match="`Area` has no"):
            column("Area", "colour", path, "Màu", "Colour")


SUCCESSORS: Column = column("Area", "successors", "succeededBy.edges.node.code", "Kế thừa", "Successors")
NAMES: Column = column("Area", "region", "partOf.name", "Vùng", "Region")


def test_a_cell_follows_its_path() -> None:
    edges = [{"node": {"code": "01"}}, {"node": None}, {"node": {"code": "08"}}]
    node = {"partOf": {"name": "Đông Bắc Bộ"}, "succeededBy": {"edges": edges, "pageInfo": {"hasNextPage": False}}}
    assert NAMES.cell(node) == "Đông Bắc Bộ"
    assert SUCCESSORS.cell(node) == ["01", None, "08"]
    assert NAMES.cell({"partOf": None}) is None
    assert SUCCESSORS.cell({"succeededBy": {"edges": [], "pageInfo": {"hasNextPage": False}}}) is None


def test_a_list_cut_short_is_refused() -> None:
    for page in ({"pageInfo": {"hasNextPage": True}}, {}):
        with pytest.raises(ConfigError, match="cut short"):
            SUCCESSORS.cell({"succeededBy": {"edges": [{"node": {"code": "01"}}], **page}})


def test_a_value_that_was_not_selected_is_refused() -> None:
    with pytest.raises(ConfigError, match="`partOf`"):
        NAMES.cell({"name": "Hà Nội"})


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-Q1", date(2024, 1, 1), date(2024, 3, 31)),
        ("2024-Q4", date(2024, 10, 1), date(2024, 12, 31)),
        ("2020/2024", date(2020, 1, 1), date(2024, 12, 31)),
        ("2025-07-01", date(2025, 7, 1), date(2025, 7, 1)),
    ],
)
def test_a_period_covers_days(period: str, first: date, last: date) -> None:
    assert days(period) == (first, last)


def test_coverage_is_the_widest() -> None:
    assert coverage(["2010", "2008-Q2", "2009/2011"]) == (date(2008, 4, 1), date(2011, 12, 31))
    assert coverage([]) is None
    with pytest.raises(ValueError, match="isoformat"):
        days("spring")
