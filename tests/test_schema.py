"""The committed SDL is the schema that is served."""

from pathlib import Path

from graphql import GraphQLSchema, build_schema, print_type, validate_schema

from hub.api.schema import schema
from hub.compiler.lookups import singular
from schema.manual import page
from schema.model import RecordType
from schema.types import MODEL

ROOT = Path(__file__).parent.parent
SDL = ROOT / "schema" / "schema.graphql"
A_TYPE = 60
"""Lines that a type may cost before it has a field: its page, filter, order and input, and what writes it."""
A_NAME = 8
"""Lines of a field or link: three where it is described, one in the filter, order, input, group and aggregate."""


def test_the_committed_schema_is_the_one_that_is_built() -> None:
    assert SDL.read_text("utf-8") == schema.as_str() + "\n", "run `make docs`"


def test_the_committed_page_of_the_model_is_the_one_that_is_made() -> None:
    committed = (ROOT / "docs" / "model.md").read_text("utf-8")
    assert committed == page(MODEL), "run `make docs`"
    for kind in MODEL.types.values():
        assert all(f"`{name}`" in committed for name in (*kind.fields, *kind.links))


def test_the_committed_schema_is_whole() -> None:
    read = build_schema(SDL.read_text("utf-8"))
    assert validate_schema(read) == []
    assert set(MODEL.types) <= read.type_map.keys()
    assert read.query_type is not None
    of_the_policy = {"permissions", "permissionHistory"}
    named = {name for kind in MODEL.types.values() for name in (kind.plural, singular(kind))}
    assert set(read.query_type.fields) == {"node", "nodes", *named, *of_the_policy}
    assert read.mutation_type is not None
    of_sharing = {"grantPermission", "prohibit", "revokePermission"}
    custodial = ("Businesses", "Farms", "TouristSites", "TourismProgrammes", "Solutions", "Offers")
    surveyed = ("Campaigns", "Teams", "Assessments", "Tasks")
    of_records = {f"{what}{of}" for what in ("upsert", "delete") for of in (*custodial, *surveyed)}
    assert set(read.mutation_type.fields) == {*of_sharing, *of_records}


def test_everything_that_is_declared_is_described_in_both_languages() -> None:
    read = build_schema(SDL.read_text("utf-8"))
    for kind in MODEL.types.values():
        made = read.type_map[kind.name]
        assert made.description == f"{kind.en}. {kind.vi}."
        for field in kind.fields.values():
            assert made.fields[field.name].description == f"{field.en}. {field.vi}."  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType] - an object type


def of_its_own(read: GraphQLSchema, kind: RecordType) -> int:
    """The lines of the definitions that there are for this type alone; a link's own page is the link's."""
    many = kind.plural[0].upper() + kind.plural[1:]
    parts = ("", "Connection", "Edge", "Where", "Links", "Order", "Group", "Aggregate", "Input")
    names = {*(f"{kind.name}{part}" for part in parts), f"{many}Written", f"{many}Deleted"}
    texts = [print_type(read.type_map[name]) for name in names if name in read.type_map]
    return sum(len(text.splitlines()) + 1 for text in texts)


def test_a_type_costs_few_lines() -> None:
    read = build_schema(SDL.read_text("utf-8"))
    cost = {kind.name: of_its_own(read, kind) for kind in MODEL.types.values()}
    over = {kind.name: cost[kind.name] - A_NAME * (len(kind.fields) + len(kind.links)) for kind in MODEL.types.values()}
    assert min(cost.values()) > A_TYPE
    assert max(over.values()) <= A_TYPE, over
