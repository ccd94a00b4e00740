"""Statements: one for an operation, every label guarded, text that no value, alias or asker can change."""

import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, cast

import pytest
import pytest_asyncio
from graphql import parse

from auth.grants import change, seed
from auth.policy import Access, Environment, Policy, access
from auth.principal import ANONYMOUS, Principal
from auth.rules import Constraint, Kind, Rule, defaults
from hub.compiler.cursors import Cursors
from hub.compiler.dialects import DIALECTS
from hub.compiler.documents import Operation
from hub.compiler.plans import MOST_BLOCKS, Part, Plan, compile_operation
from hub.execution import Bounds, Execution
from schema.errors import HubError
from schema.graph import Graph, Parameters, Statement
from schema.types import MODEL
from tests.oracle.askers import PRINCIPALS, RULES
from tests.oracle.comparisons import codes
from tests.oracle.graphs import clear, load, made
from tests.oracle.operations import Maker
from tests.oracle.schemas import CORE
from tests.oracle.statements import AFTER, BEFORE, flaws, patterns

CURSORS = Cursors(b"of the compiler's tests")
NOW = Environment(datetime(2026, 11, 22, tzinfo=UTC))
FOUR_TYPES = """
query ($name: String, $first: Int) {
  farms(where: {name: {contains: $name}}, first: $first, orderBy: [{locatedIn: {name: DESC}}]) {
    totalCount
    nodes { name locatedIn { name } grows { edges { season node { name indicators { nodes { name } } } } } }
  }
}
"""


@lru_cache(maxsize=2000)
def seen_by(who: Principal, rules: tuple[Rule, ...] = tuple(RULES)) -> Access:
    return access(who, policy(rules), NOW)


@lru_cache
def policy(rules: tuple[Rule, ...]) -> Policy:
    return Policy(1, rules)


def compiled(
    text: str,
    given: Mapping[str, Any] | None = None,
    who: Principal = ANONYMOUS,
    dialect: str = "arcadedb",
    rules: list[Rule] = RULES,
) -> Part:
    """The one statement of an operation."""
    (part,) = planned(text, given, who, dialect, rules).parts
    return part


def planned(
    text: str,
    given: Mapping[str, Any] | None = None,
    who: Principal = ANONYMOUS,
    dialect: str = "arcadedb",
    rules: list[Rule] = RULES,
) -> Plan:
    operation = Operation.prepare(CORE, parse(text), given, None)
    assert isinstance(operation, Operation), operation
    return compile_operation(MODEL, operation, seen_by(who, tuple(rules)), DIALECTS[dialect], CURSORS)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("who", PRINCIPALS)
def test_every_label_is_guarded_in_every_statement(who: str, dialect: str) -> None:
    stock = made(random.Random(7), MODEL, 4)
    allowed, checked = seen_by(PRINCIPALS[who]), 0
    for number in range(150):
        given = Maker(random.Random(f"statement {number}"), MODEL, stock, Counter()).operation()
        operation = Operation.prepare(CORE, parse(given.text), given.variables, None)
        assert isinstance(operation, Operation)
        try:
            plan = compile_operation(MODEL, operation, allowed, DIALECTS[dialect], CURSORS)
        except HubError:
            continue
        for part in plan.parts:
            checked += 1
            assert flaws(part.text, MODEL) == [], given.text
            assert patterns(part.text) == part.guards, given.text
            assert set(part.parameters) == {"epoch", *(f"p{place}" for place in range(1, len(part.parameters)))}
    assert checked > 30


@pytest.mark.parametrize(
    "text",
    [
        f"{BEFORE} RETURN -1 AS k UNION ALL MATCH (n1:Farm) RETURN 0 AS k",
        f"{BEFORE} RETURN 0 AS k MATCH (n1:Nothing) {AFTER}0 AS k",
        f"{BEFORE} AND v.name = 'An' {AFTER}0 AS k",
        f"{BEFORE} AND v.level > 17 {AFTER}0 AS k",
        f"{BEFORE} DELETE v {AFTER}0 AS k",
        f"{BEFORE} AND v.secret IS NULL {AFTER}0 AS k",
        "MATCH (n1:Farm) RETURN n1.id",
    ],
)
def test_the_check_of_statements_can_fail(text: str) -> None:
    assert flaws(text, MODEL) != []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_thousand_aliases_give_one_text(dialect: str) -> None:
    texts = {
        compiled(
            f"{{ {name}: farms {{ {name}x: nodes {{ {name}y: name located: locatedIn {{ {name}: id }} }} }} }}",
            dialect=dialect,
        ).text
        for name in (f"a{number}_{'DETACH' * (number % 3)}" for number in range(1000))
    }
    assert len(texts) == 1


@pytest.mark.no_cover
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_thousand_values_give_one_text(dialect: str) -> None:
    chosen = random.Random(1)
    plans = [
        compiled(FOUR_TYPES, {"name": f"x{number}'{chosen.random()}", "first": number % 101}, dialect=dialect)
        for number in range(1000)
    ]
    assert len({plan.text for plan in plans}) == 1
    assert len({str(plan.parameters) for plan in plans}) == 1000


@pytest.mark.no_cover
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_thousand_askers_of_one_shape_give_one_text(dialect: str) -> None:
    asked = "{ farms { nodes { ownerName yearlyRevenue sellsTo { totalCount } } } }"
    askers = [Principal(f"u{n}", f"AGENCY-{n}", frozenset({"steward"})) for n in range(1000)]
    plans = [compiled(asked, who=who, dialect=dialect) for who in askers]
    assert len({plan.text for plan in plans}) == 1
    assert not any(f"AGENCY-{n}" in plan.text for n, plan in enumerate(plans))
    assert len({seen_by(who).shape for who in askers}) == 1
    assert len({str(plan.parameters) for plan in plans}) == 1000


def test_trees_that_say_the_same_of_rules_give_one_text() -> None:
    one = [
        Rule("a", Kind.PERMISSION, "HUB", "anyone", "read", "Farm", ("name",), (Constraint("custodian", (code,)),))
        for code in ("A", "B", "C")
    ]
    other = [replace(one[0], constraints=(Constraint("custodian", ("C", "A", "B")),))]
    asked = "{ farms { nodes { name } } }"
    assert compiled(asked, rules=one).text == compiled(asked, rules=other).text
    assert compiled(asked, rules=one).parameters == compiled(asked, rules=other[::-1]).parameters


HOSTILE = (
    "' OR 1=1 //",
    '" OR 1=1 //',
    "`) DETACH DELETE n //",
    "\\",
    "\\'",
    "\\u0027 OR true //",
    "\u0027",
    "\u02bc",
    "\uff07",
    "$p1",
    "${epoch}",
    "{id: 1}",
    "*/ MATCH (n) RETURN n /*",
    "//",
    "; DROP DATABASE neo4j;",
    "\r\nMATCH (n) DETACH DELETE n",
    "\0",
    "\u2028",
    "\U0001f41b",
    "' }) CALL { MATCH (n) DELETE n } //",
    "n.ownerName",
    "UNION ALL MATCH (n:Farm) RETURN n",
    "x" * 3000,
    "Farm:A-1' OR n.id > '",
    "LOAD CSV FROM 'http://example.org' AS row",
)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_no_value_reaches_the_text(value: str, dialect: str) -> None:
    asked = """query ($s: String!, $id: ID!, $w: FarmWhere) {
      node(id: $id) { id ... on Farm { name } }
      farms(where: {or: [{name: {eq: $s}}, {name: {in: [$s]}}, {name: {contains: $s}}, {name: {lt: $s}}, {id: {ne: $s}},
        {ownerPhone: {eq: $s}}, {grows: {some: {hsCode: {eq: $s}}}}, {locatedIn: {not: {name: {eq: $s}}}}
      ]}) { totalCount }
      other: farms(where: $w) { nodes { name } }
    }"""
    who = PRINCIPALS["steward"]

    def given(text: str) -> dict[str, Any]:
        return {"s": text, "id": f"Farm:{text}", "w": {"name": {"startsWith": text}, "custodian": {"notIn": [text]}}}

    plain, hostile = (compiled(asked, given(text), who, dialect) for text in ("An", value))
    assert hostile.text == plain.text
    assert flaws(hostile.text, MODEL) == []
    as_agency = compiled(asked, given("An"), Principal("u", value, frozenset({"steward"})), dialect)
    assert as_agency.text == plain.text


def test_no_value_of_a_cursor_reaches_the_text() -> None:
    asked = "query ($after: String) { farms(after: $after, orderBy: [{name: ASC}]) { pageInfo { endCursor } } }"
    reading = planned(asked)
    ((_, connection),) = reading.shape.entries
    ((_, page),) = cast("Any", connection).entries
    seal = page.cursor.seal
    texts = {
        compiled(asked, {"after": CURSORS.write(seal, [value[:1000], f"Farm:{value[:1000]}"])}).text
        for value in HOSTILE
    }
    assert len(texts) == 1


# On the engine.


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def loaded(graph: Graph) -> AsyncIterator[Graph]:
    """Give a graph with the first rules and a few records."""
    await clear(graph, MODEL)
    await seed(graph, defaults(MODEL))
    await load(graph, MODEL, made(random.Random(3), MODEL, 6))
    yield graph
    await clear(graph, MODEL)


def hub(graph: Graph) -> Execution:
    return Execution(graph, MODEL, CORE, CURSORS, Bounds())


async def test_an_operation_over_four_types_is_one_statement(loaded: Graph) -> None:
    execution = hub(loaded)
    await execution.answer(parse("{ farms { totalCount } }"), {}, None, ANONYMOUS)
    before = loaded.statements
    found = await execution.answer(parse(FOUR_TYPES), {"name": "", "first": 5}, None, ANONYMOUS)
    assert found.errors is None
    assert found.data
    assert found.data["farms"]["nodes"]
    assert loaded.statements - before == 1


class Racing:
    """A graph on which something happens just before a compiled statement is read."""

    def __init__(self, graph: Graph, happens: list[Any]) -> None:
        self.dialect = graph.dialect
        self.read_texts: list[str] = []
        self._graph = graph
        self._happens = happens

    async def read(self, text: str, parameters: Parameters) -> list[list[object]]:
        """As the policy's epoch is read."""
        return await self._graph.read(text, parameters)

    async def read_together(self, *statements: Statement) -> list[list[list[object]]]:
        """Let the next thing happen, then read what was compiled."""
        self.read_texts += [text for text, _ in statements]
        if self._happens:
            await self._happens.pop(0)()
        return await self._graph.read_together(*statements)

    async def write(self, *statements: Statement, idempotent: bool = False) -> list[list[list[object]]]:
        """As the policy is read: under its lock."""
        return await self._graph.write(*statements, idempotent=idempotent)


def opened(number: int) -> Rule:
    return Rule(f"raced-{number}", Kind.PERMISSION, "HUB", "anyone", "read", "Farm", ("ownerName",))


async def test_a_policy_that_changes_before_the_read_is_the_one_that_answers(loaded: Graph) -> None:
    await change(loaded, by="test", add=[opened(0)])

    async def revoke() -> None:
        await change(loaded, by="test", remove=["raced-0"])

    racing = Racing(loaded, [revoke])
    found = await hub(cast("Graph", racing)).answer(
        parse("{ farms(first: 3) { nodes { ownerName } } }"), {}, None, ANONYMOUS
    )
    assert codes(found) == ["FORBIDDEN"]
    assert found.data
    assert {node["ownerName"] for node in found.data["farms"]["nodes"]} == {None}
    assert len(racing.read_texts) == 2


async def test_a_filter_that_is_revoked_meanwhile_is_refused(loaded: Graph) -> None:
    await change(loaded, by="test", add=[opened(1)])

    async def revoke() -> None:
        await change(loaded, by="test", remove=["raced-1"])

    racing = Racing(loaded, [revoke])
    asked = parse('{ farms(where: {ownerName: {startsWith: "a"}}) { totalCount } }')
    found = await hub(cast("Graph", racing)).answer(asked, {}, None, ANONYMOUS)
    assert found.data is None
    assert codes(found) == ["FORBIDDEN"]


async def test_a_grant_that_another_worker_made_ends_a_refusal(loaded: Graph) -> None:
    execution, asked = hub(loaded), parse("{ farms(where: {ownerName: {isNull: false}}) { totalCount } }")
    assert codes(await execution.answer(asked, {}, None, ANONYMOUS)) == ["FORBIDDEN"]
    await change(loaded, by="test", add=[opened(2)])
    assert codes(await execution.answer(asked, {}, None, ANONYMOUS)) == []
    await change(loaded, by="test", remove=["raced-2"])
    assert codes(await execution.answer(asked, {}, None, ANONYMOUS)) == ["FORBIDDEN"]


async def test_a_policy_that_never_rests_gives_no_answer(loaded: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.execution._PATIENCE", 0.0)
    numbers = iter(range(100, 200))

    async def more() -> None:
        await change(loaded, by="test", add=[opened(next(numbers))])

    racing = Racing(loaded, [more] * 50)
    found = await hub(cast("Graph", racing)).answer(parse("{ farms { totalCount } }"), {}, None, ANONYMOUS)
    assert found.data is None
    assert codes(found) == ["UNAVAILABLE"]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_values_are_only_values(loaded: Graph, value: str) -> None:
    asked = "query ($s: String!, $id: ID!) { farms(where: {name: {contains: $s}}) { totalCount } node(id: $id) { id } }"
    found = await hub(loaded).answer(parse(asked), {"s": value, "id": f"Farm:{value}"}, None, ANONYMOUS)
    if found.errors:
        assert codes(found) == ["BAD_USER_INPUT"]
    else:
        assert found.data
        assert found.data["node"] is None


def test_very_many_blocks_become_several_statements_each_guarded() -> None:
    text = "{ " + " ".join(f"r{n}: farms {{ nodes {{ id locatedIn {{ id }} }} }}" for n in range(45)) + " }"
    for dialect in DIALECTS:
        parts = planned(text, dialect=dialect).parts
        assert [len(part.columns) for part in parts] == [MOST_BLOCKS // 2, MOST_BLOCKS // 2, 5]
        for part in parts:
            assert flaws(part.text, MODEL) == []
            assert patterns(part.text) == part.guards == 2 * len(part.columns)


async def test_several_statements_are_one_answer(graph: Graph) -> None:
    stock = made(random.Random(3), MODEL, 6)
    await clear(graph, MODEL)
    await seed(graph, RULES)
    await load(graph, MODEL, stock)
    execution = Execution(graph, MODEL, CORE, CURSORS, Bounds(10**9, 10**9))
    asked = "farms(first: 3) { totalCount nodes { id name grows { nodes { id } } } }"
    one, many = parse(f"{{ {asked} }}"), parse("{ " + " ".join(f"r{n}: {asked}" for n in range(30)) + " }")
    before = graph.statements
    expected = (await execution.answer(one, None, None, ANONYMOUS)).data
    found = (await execution.answer(many, None, None, ANONYMOUS)).data
    assert expected is not None
    assert found == {f"r{n}": expected["farms"] for n in range(30)}
    assert graph.statements - before > 2
    await clear(graph, MODEL)
