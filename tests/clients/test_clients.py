"""Client tools accept the schema and the worked queries: Relay, graphql-inspector, Strawberry's generator."""

import ast
from pathlib import Path

import pytest
from graphql import build_schema, parse, print_ast, print_schema
from graphql.utilities import lexicographic_sort_schema
from strawberry.codegen import QueryCodegen
from strawberry.codegen.plugins.python import PythonPlugin

from hub.api.schema import schema
from hub.pages import WorkedQuery, read_queries
from tests.clients.node import Tools, found

ROOT = Path(__file__).resolve().parents[2]
SDL = (ROOT / "schema" / "schema.graphql").read_text("utf-8")
WORKED = read_queries(ROOT / "examples" / "queries")

PAGES = """
fragment FarmList_query on Query
@refetchable(queryName: "FarmListPagesQuery")
@argumentDefinitions(count: {type: "Int", defaultValue: 10}, cursor: {type: "String"}) {
  farms(first: $count, after: $cursor, orderBy: [{name: ASC}]) @connection(key: "FarmList_farms") {
    edges { node { id name ...FarmRow_farm } }
  }
}
"""
ROW = """
fragment FarmRow_farm on Farm
@refetchable(queryName: "FarmRowQuery")
@argumentDefinitions(count: {type: "Int", defaultValue: 5}, cursor: {type: "String"}) {
  yearlyRevenue
  grows(first: $count, after: $cursor) @connection(key: "FarmRow_grows") { edges { season node { id name } } }
}
"""
WRITTEN = """
mutation FarmFormMutation($records: [FarmInput!]!, $key: String!) {
  upsertFarms(input: $records, idempotencyKey: $key) { __typename }
}
"""


@pytest.fixture(scope="module")
def tools() -> Tools:
    """Give the tools; or skip, and say what to install."""
    return found()


def named(text: str, name: str) -> str:
    """A worked query with a name: every tool that makes code asks for one."""
    bare = print_ast(parse(text))
    assert bare.startswith("{")
    return f"query {name} {bare}"


def module(slug: str) -> str:
    return "Worked" + slug.title().replace("-", "")


@pytest.mark.services
def test_relay_compiles_every_worked_query(tools: Tools, tmp_path: Path) -> None:
    modules = {module(query.slug): named(query.text, f"{module(query.slug)}Query") for query in WORKED}
    status, said = tools.relay(tmp_path, SDL, modules)
    assert status == 0, said
    made = {path.name for path in (tmp_path / "artifacts").iterdir()}
    assert made == {f"{name}Query.graphql.js" for name in modules}


@pytest.mark.services
def test_relay_pages_and_refetches_by_the_schema(tools: Tools, tmp_path: Path) -> None:
    """Its `@connection` and `@refetchable` hold a schema to Relay's rules of connections, pages and `node`."""
    status, said = tools.relay(tmp_path, SDL, {"FarmList": PAGES, "FarmRow": ROW, "FarmForm": WRITTEN})
    assert status == 0, said
    pages = (tmp_path / "artifacts" / "FarmListPagesQuery.graphql.js").read_text("utf-8")
    assert "hasNextPage" in pages
    assert "endCursor" in pages
    assert "node(" in (tmp_path / "artifacts" / "FarmRowQuery.graphql.js").read_text("utf-8")


@pytest.mark.services
@pytest.mark.parametrize(
    ("sdl", "text", "complaint"),
    [
        (SDL, "query BrokenQuery { farms { nodes { nothing } } }", "nothing"),
        (SDL.replace("  endCursor: String", "  lastCursor: String"), PAGES.replace("FarmRow_farm", ""), "endCursor"),
    ],
    ids=["a field that is not there", "a page without its end"],
)
def test_relay_would_say_what_is_wrong(tools: Tools, tmp_path: Path, sdl: str, text: str, complaint: str) -> None:
    status, said = tools.relay(tmp_path, sdl, {"Broken" if "Broken" in text else "FarmList": text.replace("...", "")})
    assert status != 0
    assert complaint in said


@pytest.mark.services
def test_inspector_finds_the_worked_queries_valid_and_nothing_changed(tools: Tools) -> None:
    now = print_schema(lexicographic_sort_schema(build_schema(schema.as_str())))
    found_ = tools.inspected(SDL, now, {query.slug: query.text for query in WORKED})
    assert found_ == {"invalid": {}, "changes": []}


@pytest.mark.services
def test_inspector_would_name_a_bad_query_and_a_breaking_change(tools: Tools) -> None:
    without = SDL.replace("  ticketPrice: Long\n", "  ticketCost: Long\n", 1)
    assert without != SDL
    bad = {"bad": "{ touristSites { nodes { ticketPrice } } }", "good": "{ touristSites { totalCount } }"}
    found_ = tools.inspected(SDL, without, bad)
    assert set(found_["invalid"]) == {"bad"}
    assert {"level": "BREAKING", "path": "TouristSite.ticketPrice"} in found_["changes"]


@pytest.mark.parametrize("query", WORKED, ids=lambda query: query.slug)
def test_strawberrys_generator_writes_a_client_for(query: WorkedQuery) -> None:
    generator = QueryCodegen(schema, plugins=[PythonPlugin(Path("client.graphql"))], console_plugin=None)
    (made,) = generator.run(named(query.text, module(query.slug))).files
    classes = [one.name for one in ast.parse(made.content).body if isinstance(one, ast.ClassDef)]
    assert f"{module(query.slug)}Result" in classes


def test_its_clients_know_whole_numbers_and_values_of_any_kind() -> None:
    generator = QueryCodegen(schema, plugins=[PythonPlugin(Path("client.graphql"))], console_plugin=None)
    text = "query One { farms { nodes { yearlyRevenue } aggregate(groupBy: [{kind: VALUE}]) { key { value } } } }"
    (made,) = generator.run(text).files
    assert 'Long = NewType("Long", int)' in made.content
    assert 'GroupValue = NewType("GroupValue", object)' in made.content
