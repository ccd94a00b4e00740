"""The GraphQL face: introspection alone and mixed, fragments, directives, merging, variables, null and absent."""

import random
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from graphql import (
    ExecutionResult,
    GraphQLInputObjectType,
    GraphQLObjectType,
    build_client_schema,
    get_introspection_query,
    lexicographic_sort_schema,
    print_schema,
    validate_schema,
)
from strawberry.schema.exceptions import CannotGetOperationTypeError

from auth.grants import seed
from auth.principal import ANONYMOUS, Principal
from hub.api.errors import formatted, told
from hub.api.extension import Context, Documents
from hub.api.schema import schema
from hub.commands.sharing import Sharing
from hub.compiler.cursors import Cursors
from hub.compiler.lookups import singular
from hub.execution import Bounds, Execution
from schema.graph import Graph
from schema.model import Kind
from schema.types import MODEL
from tests.oracle.askers import PRINCIPALS, RULES
from tests.oracle.comparisons import codes
from tests.oracle.graphs import clear, load, made
from tests.oracle.schemas import CORE

# The schema.


def test_the_schema_is_valid() -> None:
    assert validate_schema(CORE) == []


def test_every_declared_name_is_in_the_schema_and_no_other() -> None:
    for kind in MODEL.types.values():
        record = CORE.type_map[kind.name]
        assert isinstance(record, GraphQLObjectType)
        assert set(record.fields) == {"id", *kind.fields, *kind.links}
        assert [one.name for one in record.interfaces] == ["Node"]
        where = CORE.type_map[f"{kind.name}Where"]
        assert isinstance(where, GraphQLInputObjectType)
        assert set(where.fields) == {"id", "and", "or", "not", *kind.fields, *kind.links}
        order = CORE.type_map[f"{kind.name}Order"]
        assert isinstance(order, GraphQLInputObjectType)
        ordered = {of.name for of in kind.fields.values() if of.kind not in {Kind.LIST, Kind.PLACE}}
        assert set(order.fields) == {"id", *ordered, *(name for name, link in kind.links.items() if not link.many)}
    query = CORE.query_type
    assert query is not None
    of_the_policy = {"permissions", "permissionHistory"}
    named = {name for kind in MODEL.types.values() for name in (kind.plural, singular(kind))}
    assert set(query.fields) == {"node", "nodes", *named, *of_the_policy}


def test_every_field_says_what_it_is_in_both_languages() -> None:
    for kind in MODEL.types.values():
        record = CORE.type_map[kind.name]
        assert isinstance(record, GraphQLObjectType)
        for name, of in (*kind.fields.items(), *kind.links.items()):
            assert record.fields[name].description == f"{of.en}. {of.vi}."


def test_every_field_of_a_record_but_its_id_may_be_null() -> None:
    for kind in MODEL.types.values():
        record = CORE.type_map[kind.name]
        assert isinstance(record, GraphQLObjectType)
        assert [name for name, of in record.fields.items() if str(of.type).endswith("!")] == ["id"]


def test_no_resolver_stands_where_the_compiler_answers() -> None:
    for name in MODEL.types:
        made: Any = schema.get_type_by_name(name)
        assert [field.name for field in made.fields if field.base_resolver is not None] == []


# Answers.


@dataclass(frozen=True, slots=True)
class Face:
    """The whole way of a request below HTTP."""

    execution: Execution
    documents: Documents

    async def ask(
        self, text: str, variables: Mapping[str, Any] | None = None, who: Principal = ANONYMOUS, name: str | None = None
    ) -> ExecutionResult:
        sharing = Sharing(self.execution.graph, self.execution.policies)
        context = Context(self.execution, self.documents, who, sharing, name)
        found = await schema.execute(text, dict(variables or {}), context_value=context, operation_name=name)
        return ExecutionResult(found.data, found.errors)

    async def data(self, text: str, variables: Mapping[str, Any] | None = None, **options: Any) -> Any:  # noqa: ANN401
        """The data of an answer without errors."""
        found = await self.ask(text, variables, **options)
        assert found.errors is None, found.errors
        return found.data


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def face(graph: Graph) -> AsyncIterator[Face]:
    """Give the schema over a graph with records of every type."""
    await clear(graph, MODEL)
    await seed(graph, RULES)
    await load(graph, MODEL, made(random.Random(3), MODEL, 8))
    yield Face(Execution(graph, MODEL, CORE, Cursors(b"of the face"), Bounds()), Documents())
    await clear(graph, MODEL)


async def test_introspection_tells_the_whole_schema_without_the_graph(face: Face) -> None:
    await face.data("{ farms { totalCount } }")  # so that the policy has been read
    before = face.execution.graph.statements
    found = await face.data(get_introspection_query())
    assert face.execution.graph.statements == before
    ours, theirs = (lexicographic_sort_schema(one) for one in (CORE, build_client_schema(found)))
    assert sorted(theirs.type_map) == sorted(ours.type_map)
    assert print_schema(theirs).replace(" @oneOf", "") == print_schema(ours).replace(" @oneOf", "")


async def test_introspection_and_records_come_in_the_order_asked(face: Face) -> None:
    text = """query ($t: String!, $yes: Boolean!) {
      z: __typename  a: __type(name: $t) { name kind }  ...Root  s: __schema @include(if: $yes) { queryType { name } }
    } fragment Root on Query { m: farms(first: 1) { totalCount } b: __type(name: "Nothing") { name } }"""
    found = await face.data(text, {"t": "Farm", "yes": True})
    assert list(found) == ["z", "a", "m", "b", "s"]
    assert found["a"] == {"name": "Farm", "kind": "OBJECT"}
    assert found["b"] is None
    assert found["s"] == {"queryType": {"name": "Query"}}
    assert list(await face.data(text, {"t": "Farm", "yes": False})) == ["z", "a", "m", "b"]


async def test_aliases_are_only_names(face: Face) -> None:
    plain = await face.data("{ farms { totalCount nodes { id name kind } } }")
    aliased = await face.data("{ id: farms { nodes: totalCount totalCount: nodes { name: id kind: name id: kind } } }")
    assert aliased["id"]["nodes"] == plain["farms"]["totalCount"]
    assert [
        {"id": one["name"], "name": one["kind"], "kind": one["id"]} for one in aliased["id"]["totalCount"]
    ] == plain["farms"]["nodes"]


async def test_one_field_under_two_aliases_with_two_arguments(face: Face) -> None:
    found = await face.data("{ a: farms(first: 1) { nodes { id } } b: farms(first: 2) { nodes { id } } }")
    assert len(found["a"]["nodes"]) == 1
    assert found["b"]["nodes"][:1] == found["a"]["nodes"]


async def test_what_is_asked_twice_is_merged(face: Face) -> None:
    found = await face.data(
        "{ farms(first: 1) { nodes { id } } ...F ... on Query { farms(first: 1) { nodes { kind } } } }"
        "fragment F on Query { farms(first: 1) { nodes { name id } pageInfo { hasNextPage } } }"
    )
    assert list(found["farms"]) == ["nodes", "pageInfo"]
    assert list(found["farms"]["nodes"][0]) == ["id", "name", "kind"]


async def test_directives_leave_out_what_they_say(face: Face) -> None:
    text = """query ($yes: Boolean!, $no: Boolean = false) { farms(first: 1) {
      nodes @skip(if: $no) { id @include(if: $yes) name @include(if: $no) kind @skip(if: $yes) ...F @skip(if: $yes)
        ... @include(if: $yes) { origin } }
      totalCount @include(if: $no) } } fragment F on Farm { areaHa }"""
    found = await face.data(text, {"yes": True})
    assert list(found["farms"]) == ["nodes"]
    assert list(found["farms"]["nodes"][0]) == ["id", "origin"]
    assert await face.data("{ farms @skip(if: true) { totalCount } }") == {}


async def test_a_fragment_on_another_type_gives_nothing(face: Face) -> None:
    farm = (await face.data("{ farms(first: 1) { nodes { id } } }"))["farms"]["nodes"][0]["id"]
    text = "query ($id: ID!) { node(id: $id) { ... on Area { code } ... on Node { id } ... on Farm { __typename } } }"
    assert await face.data(text, {"id": farm}) == {"node": {"id": farm, "__typename": "Farm"}}


async def test_null_and_absent_are_told_apart(face: Face) -> None:
    total = (await face.data("{ farms { totalCount } }"))["farms"]["totalCount"]
    text = """query ($w: FarmWhere, $o: [FarmOrder!], $f: Int, $a: String) {
      farms(where: $w, orderBy: $o, first: $f, after: $a) { totalCount } }"""
    absent: list[dict[str, Any]] = [{}, dict.fromkeys("wofa"), {"w": {}, "o": []}]
    for given in absent:
        assert (await face.data(text, given))["farms"]["totalCount"] == total
    for where in ({"kind": None}, {"kind": {"eq": None}}, {"not": None}, {"and": None}, {"grows": {"some": None}}):
        assert codes(await face.ask(text, {"w": where})) == ["BAD_USER_INPUT"]
    inner = "query ($n: String) { farms(where: {name: {contains: $n}}) { totalCount } }"
    assert (await face.data(inner, {}))["farms"]["totalCount"] == total
    assert codes(await face.ask(inner, {"n": None})) == ["BAD_USER_INPUT"]


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("query ($n: Int!) { farms(first: $n) { totalCount } }", {}),
    ("query ($n: Int!) { farms(first: $n) { totalCount } }", {"n": "1"}),
    ("query ($n: Int) { farms(first: $n) { totalCount } }", {"n": 2**31}),
    ("query ($n: Int) { farms(first: $n) { totalCount } }", {"n": -1}),
    ("query ($d: Decimal) { farms(where: {areaHa: {eq: $d}}) { totalCount } }", {"d": "1"}),
    ("query ($d: Decimal) { farms(where: {areaHa: {eq: $d}}) { totalCount } }", {"d": True}),
    ("query ($d: Decimal) { farms(where: {areaHa: {eq: $d}}) { totalCount } }", {"d": float("nan")}),
    ("query ($d: Decimal) { farms(where: {areaHa: {eq: $d}}) { totalCount } }", {"d": float("inf")}),
    ("query ($d: Decimal) { farms(where: {areaHa: {eq: $d}}) { totalCount } }", {"d": 1e300}),
    ("query ($d: Decimal) { farms(where: {areaHa: {eq: $d}}) { totalCount } }", {"d": 0.001}),
    ("query ($d: Long) { farms(where: {yearlyRevenue: {eq: $d}}) { totalCount } }", {"d": 2**53}),
    ("query ($d: Long) { farms(where: {yearlyRevenue: {eq: $d}}) { totalCount } }", {"d": 10**5000}),
    ("query ($d: Date) { farms(where: {foundedOn: {eq: $d}}) { totalCount } }", {"d": "2025-13-01"}),
    ("query ($d: Date) { farms(where: {foundedOn: {eq: $d}}) { totalCount } }", {"d": 1}),
    ("query ($d: DateTime) { farms(where: {updatedAt: {eq: $d}}) { totalCount } }", {"d": "2025-01-01T00:00:00"}),
    ("query ($k: FarmKind) { farms(where: {kind: {eq: $k}}) { totalCount } }", {"k": "NOPE"}),
    ("query ($w: FarmWhere) { farms(where: $w) { totalCount } }", {"w": {"nope": {}}}),
    ("query ($o: [FarmOrder!]) { farms(orderBy: $o) { totalCount } }", {"o": [{}]}),
    ("query ($o: [FarmOrder!]) { farms(orderBy: $o) { totalCount } }", {"o": [{"name": "ASC", "id": "ASC"}]}),
    ("query ($o: [FarmOrder!]) { farms(orderBy: $o) { totalCount } }", {"o": [{"name": "ASC"}] * 9}),
    ("query ($o: [FarmOrder!] = [{}]) { farms(orderBy: $o) { totalCount } }", {}),
    ("{ farms(orderBy: [{}]) { totalCount } }", {}),
    ("{ farms(orderBy: [{name: ASC, id: ASC}]) { totalCount } }", {}),
    ("{ farms(orderBy: [{name: null}]) { totalCount } }", {}),
    ("{ farms(orderBy: [{locatedIn: {name: ASC, id: ASC}}]) { totalCount } }", {}),
    ("query ($d: Direction) { farms(orderBy: [{name: $d}]) { totalCount } }", {}),
    ("{ farms(where: {areaHa: {eq: 1e999999999}}) { totalCount } }", {}),
    ("{ farms(where: {areaHa: {eq: 1e-999999999}}) { totalCount } }", {}),
]


@pytest.mark.parametrize(("text", "variables"), WRONG)
async def test_wrong_values_are_the_askers_error_never_ours(face: Face, text: str, variables: dict[str, Any]) -> None:
    found = await face.ask(text, variables, PRINCIPALS["steward"])
    assert found.data is None
    (error,) = found.errors or []
    assert formatted(told(error))["extensions"]["code"] in {"BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"}


@pytest.mark.parametrize(
    "text",
    ["{ farms { nodes { nope } } }", "{ farms }", "{", "{ ...A } fragment A on Query { ...A }", "{ a: b: farms }"],
)
async def test_what_is_no_valid_document_reads_nothing(face: Face, text: str) -> None:
    before = face.execution.graph.statements
    found = await face.ask(text)
    assert found.errors
    assert found.data is None
    assert face.execution.graph.statements == before


async def test_one_of_several_operations_is_chosen_by_name(face: Face) -> None:
    text = "query A { a: __typename } query B { b: __typename }"
    assert await face.data(text, name="B") == {"b": "Query"}
    assert codes(await face.ask(text)) != []
    with pytest.raises(CannotGetOperationTypeError):  # which the endpoint words
        await face.ask(text, name="C")


async def test_a_document_kept_as_valid_is_not_valid_by_another_name(face: Face) -> None:
    text = "{ farms { nodes { nope } } }"
    for _ in range(2):
        assert (await face.ask(text)).errors


@pytest.mark.parametrize("levels", [50, 200, 600])
@pytest.mark.parametrize("piece", ["partOf", "...", "... on Area"])
async def test_deep_documents_are_refused_in_words(face: Face, piece: str, levels: int) -> None:
    text = "{ areas(first: 1) { nodes " + f"{{ {piece} " * levels + "{ id }" + " }" * levels + " } }"
    found = await face.ask(text)
    if found.errors:
        assert found.data is None
        assert "INTERNAL" not in codes(found)
    else:
        assert piece != "partOf"


async def test_refused_fields_are_null_with_an_error_each_and_the_rest_is_answered(face: Face) -> None:
    found = await face.ask("{ farms(first: 2) { nodes { id ownerName o: ownerName ownerPhone } } }")
    assert found.data
    assert all(node["ownerName"] is None and node["id"] for node in found.data["farms"]["nodes"])
    assert codes(found) == ["FORBIDDEN", "FORBIDDEN"]
    told = sorted(error.message for error in found.errors or ())
    assert ["Farm.ownerName" in told[0], "Farm.ownerPhone" in told[1]] == [True, True]


async def test_a_hidden_and_an_unknown_record_answer_alike(face: Face) -> None:
    view = {one["id"] for one in (await face.data("{ farms(first: 100) { nodes { id } } }"))["farms"]["nodes"]}
    officers = await face.data("{ farms(first: 100) { nodes { id } } }", who=PRINCIPALS["officer"])
    hidden = next(one["id"] for one in officers["farms"]["nodes"] if one["id"] not in view)
    text = "query ($id: ID!) { node(id: $id) { id __typename } }"
    assert await face.data(text, {"id": hidden}) == await face.data(text, {"id": "Farm:nobody"}) == {"node": None}
    assert (await face.data(text, {"id": hidden}, who=PRINCIPALS["officer"]))["node"]["id"] == hidden
