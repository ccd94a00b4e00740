"""The committed SDL is the schema that is served."""

from pathlib import Path

from graphql import build_schema, validate_schema

from hub.api.schema import schema
from hub.compiler.lookups import singular
from schema.manual import page
from schema.types import MODEL

ROOT = Path(__file__).parent.parent
SDL = ROOT / "schema" / "schema.graphql"


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
    of_records = {f"{what}{of}" for what in ("upsert", "delete") for of in ("Businesses", "Farms", "TouristSites")}
    assert set(read.mutation_type.fields) == {*of_sharing, *of_records}


def test_everything_that_is_declared_is_described_in_both_languages() -> None:
    read = build_schema(SDL.read_text("utf-8"))
    for kind in MODEL.types.values():
        made = read.type_map[kind.name]
        assert made.description == f"{kind.en}. {kind.vi}."
        for field in kind.fields.values():
            assert made.fields[field.name].description == f"{field.en}. {field.vi}."  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType] - an object type
