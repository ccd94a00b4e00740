"""Aggregates: exact figures, groups that stay few, and values that add up only where they mean one thing."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio
from graphql import ExecutionResult, parse

from auth.grants import seed
from auth.principal import ANONYMOUS
from hub.api.aggregates import declare
from hub.api.types import Types
from hub.compiler.cursors import Cursors
from hub.compiler.documents import Operation
from hub.compiler.groups import HALF
from hub.compiler.shapes import Cell, Connection, Groups, Object, Sum
from hub.execution import Bounds, Execution
from hub.figures import held, mean, total
from hub.limits import Pricing
from hub.shaping import shaper
from schema.errors import ConfigError, Denied, InvalidInput
from schema.graph import Graph
from schema.model import Code, Model, One, field, link, record
from schema.types import MODEL
from tests.oracle.askers import RULES
from tests.oracle.comparisons import codes
from tests.oracle.graphs import Record, Stock, clear, load
from tests.oracle.schemas import CORE
from tests.test_compiler import planned

FARMS = 1_100
"""So many that the groups are too many, and that largest values add up to more than 64 bits hold."""
LARGEST = 2**53 - 1


@pytest.mark.parametrize(
    ("scaled", "count", "decimals", "average"),
    [
        (1, 1, 0, Decimal(1)),
        (1, 3, 0, Decimal("0.33")),
        (2, 3, 0, Decimal("0.67")),
        (1, 8, 0, Decimal("0.12")),
        (3, 8, 0, Decimal("0.38")),
        (-1, 8, 0, Decimal("-0.12")),
        (-3, 8, 0, Decimal("-0.38")),
        (-1, 200, 0, Decimal(0)),
        (-1, 199, 0, Decimal("-0.01")),
        (1649, 3, 2, Decimal("5.4967")),
        (1, 200, 2, Decimal(0)),
        (3, 200, 2, Decimal("0.0002")),
        (LARGEST * FARMS, FARMS, 2, Decimal("90071992547409.9100")),
        (-LARGEST, 2, 0, Decimal("-4503599627370495.5")),
    ],
)
def test_averages_are_rounded_half_even(scaled: int, count: int, decimals: int, average: Decimal) -> None:
    found = mean(scaled, count, decimals)
    assert (found if isinstance(found, Decimal) else Decimal(repr(found))) == average


def test_halves_join_to_the_sum_and_too_large_a_sum_is_refused() -> None:
    for value in (0, 1, -1, HALF, -HALF, LARGEST, -LARGEST):
        size = abs(value)
        sign = 1 if value >= 0 else -1
        assert total(sign * (size // HALF), sign * (size % HALF)) == value
    assert held(LARGEST, "Farm.areaHa") == LARGEST
    assert held(-LARGEST, "Farm.areaHa") == -LARGEST
    for scaled in (LARGEST + 1, -LARGEST - 1, 2**63):
        with pytest.raises(InvalidInput, match="too large"):
            held(scaled, "Farm.areaHa")


def test_a_group_without_values_or_without_what_it_must_share_has_no_sum() -> None:
    layout = Object(
        (
            ("sum", Sum(1, 2, 3, None, "Farm.herdSize", average=False, shared=0)),
            ("avg", Sum(1, 2, 3, None, "Farm.herdSize", average=True, shared=0)),
        )
    )
    make = shaper(layout, Cursors(b"of sums"))
    assert make(["Indicator:A", 0, 3, 2]) == {"sum": 3, "avg": 1.5}
    assert make(["Indicator:A", 0, 0, 0]) == {"sum": None, "avg": None}
    assert make([None, 0, 3, 2]) == {"sum": None, "avg": None}


def test_over_a_thousand_groups_are_refused() -> None:
    groups = Groups(0, 1000, "farms", Object((("key", Cell(0)),)))
    it = Connection(None, 20, backward=False, started=False, entries=(("all", groups),))
    make = shaper(Object((("it", it),)), Cursors(b"groups"))
    assert len(make([[[number] for number in range(1000)]])["it"]["all"]) == 1000
    with pytest.raises(InvalidInput, match="over 1000 groups; narrow them"):
        make([[[number] for number in range(1001)]])


ONE = "indicator: {id: {eq: $id}}"


@pytest.mark.parametrize(
    "text",
    [
        f"observations(where: {{{ONE}}}) {{ aggregate {{ value {{ sum }} }} }}",
        'observations(where: {indicator: {code: {eq: "A"}}}) { aggregate { value { avg } } }',
        f"targets(where: {{and: [{{not: {{not: {{{ONE}}}}}}}]}}) {{ aggregate {{ value {{ sum }} }} }}",
        "observations { aggregate(groupBy: [{period: VALUE}, {indicator: {id: VALUE}}]) { value { sum avg } } }",
        "observations { aggregate { value { min max } } }",
        "indicators { nodes { observations { aggregate { value { sum } } } targets { aggregate { value { avg } } } } }",
        "farms { aggregate { areaHa { sum } } }",
    ],
)
def test_figures_within_one_indicator_add_up(text: str) -> None:
    assert planned(f"query ($id: String) {{ {text} }}", {"id": "A"}).parts


@pytest.mark.parametrize(
    "text",
    [
        "observations { aggregate { value { sum } } }",
        "observations { aggregate { all: value { average: avg } } }",
        "observations { ... on ObservationConnection { aggregate { ...F } } }",
        f"observations(where: {{or: [{{{ONE}}}]}}) {{ aggregate {{ value {{ sum }} }} }}",
        f"observations(where: {{not: {{{ONE}}}}}) {{ aggregate {{ value {{ sum }} }} }}",
        "observations(where: {indicator: {id: {in: [$id]}}}) { aggregate { value { sum } } }",
        'observations(where: {indicator: {name: {eq: "A"}}}) { aggregate { value { sum } } }',
        "observations(where: {area: {id: {eq: $id}}}) { aggregate { value { sum } } }",
        "observations { aggregate(groupBy: [{indicator: {code: VALUE}}]) { value { sum } } }",
        "observations { aggregate(groupBy: [{indicator: {inSector: {id: VALUE}}}]) { value { sum } } }",
        "areas { nodes { observations { aggregate { value { sum } } } } }",
        "targets { aggregate { value { sum } } }",
    ],
)
def test_figures_of_many_indicators_do_not(text: str) -> None:
    spread = "fragment F on ObservationAggregate { value { sum } }" if "...F" in text else ""
    with pytest.raises(InvalidInput, match="adds up within one `indicator` only"):
        planned(f"query ($id: String) {{ {text} }} {spread}", {"id": "A"})


def test_what_is_closed_is_refused_as_a_key_and_null_as_a_figure() -> None:
    for key in ("{yearlyRevenue: VALUE}", "{ownerName: VALUE}"):
        with pytest.raises(Denied):
            planned(f"{{ farms {{ aggregate(groupBy: [{key}]) {{ count }} }} }}")
    plan = planned("{ farms { aggregate { count yearlyRevenue { sum } again: yearlyRevenue { max } } } }")
    assert len(plan.refused) == 1
    assert "yearlyRevenue" not in plan.parts[0].text


def test_keys_are_few() -> None:
    nine = ", ".join(["{kind: VALUE}"] * 9)
    with pytest.raises(InvalidInput, match="at most 8"):
        planned(f"{{ farms {{ aggregate(groupBy: [{nine}]) {{ count }} }} }}")


@pytest.mark.parametrize(
    ("text", "records"),
    [
        ("{ farms(first: 7) { aggregate { count } } }", 8),
        ("{ farms(first: 7) { nodes { locatedIn { id } } a: aggregate { count } b: aggregate { count } } }", 16),
        ("{ farms(first: 7) { aggregate(groupBy: {origin: VALUE}) { count } } }", 7 + 3),
        ("{ farms(first: 7) { aggregate(groupBy: [{origin: VALUE}, {visibility: VALUE}]) { count } } }", 7 + 12),
        ("{ farms(first: 7) { aggregate(groupBy: [{locatedIn: {level: VALUE}}]) { count } } }", 7 + 6),
        ("{ farms(first: 7) { aggregate(groupBy: [{name: VALUE}, {origin: VALUE}]) { count } } }", 1007),
        ("query ($by: [FarmGroup!]) { farms(first: 7) { aggregate(groupBy: $by) { count } } }", 7 + 3),
        ("query ($one: FarmGroup!) { farms(first: 7) { aggregate(groupBy: [$one]) { count } } }", 7 + 3),
        ("{ areas(first: 2) { nodes { farms(first: 3) { ... on FarmConnection { aggregate { count } } } } } }", 2 + 8),
    ],
)
def test_an_aggregate_costs_the_groups_that_it_can_have(text: str, records: int) -> None:
    document = parse(text)
    given = {"by": [{"origin": "VALUE"}], "one": {"origin": "VALUE"}}
    operation = Operation.prepare(CORE, document, given, None)
    assert isinstance(operation, Operation), operation
    assert Pricing(MODEL, CORE, document).price(operation.definition, operation.variables).records == records


def test_names_that_groups_need_and_links_that_are_none_are_refused_when_declared() -> None:
    @record("counters", "{code}", "Đếm", "A counter")
    class Counter:
        """A type with a field of a name that groups have."""

        count: int = field("Số", "Number")

    with pytest.raises(ConfigError, match="taken by groups"):
        declare(Types(Model(Counter)), Model(Counter))

    @record("meters", "{code}", "Đo", "A meter")
    class Meter:
        """A type with a field that adds up within no link of it."""

        code: Code = field("Mã", "Code")
        read: int = field("Số đo", "What it shows", within="unit")
        part: One = link("PART", "Meter", "Thuộc", "Of")

    with pytest.raises(ConfigError, match="adds up within `unit`"):
        Model(Meter)


# On the engines.


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def execution(graph: Graph) -> AsyncIterator[Execution]:
    """Give a hub over many farms, each as large as can be, with herds of every size."""
    kind = MODEL.types["Farm"]
    none = dict.fromkeys(kind.fields)
    records: dict[str, Record] = {}
    for number in range(FARMS):
        given = {"name": f"{number}", "custodian": "A", "visibility": "OPEN", "herdSize": number, "areaHa": LARGEST}
        records[f"Farm:A-{number}"] = Record(f"Farm:A-{number}", kind, {**none, **given})
    await clear(graph, MODEL)
    await seed(graph, RULES)
    await load(graph, MODEL, Stock(records, []))
    yield Execution(graph, MODEL, CORE, Cursors(b"of aggregates" * 3), Bounds())
    await clear(graph, MODEL)


async def ask(execution: Execution, text: str) -> ExecutionResult:
    return await execution.answer(parse(text), {}, None, ANONYMOUS)


async def test_a_thousand_groups_are_answered_and_no_more(execution: Execution) -> None:
    found = await ask(
        execution,
        "{ farms(where: {herdSize: {lt: 1000}}) { aggregate(groupBy: [{herdSize: VALUE}]) { count key { value } } } }",
    )
    assert found.errors is None
    groups: list[Any] = (found.data or {})["farms"]["aggregate"]
    assert groups == [{"count": 1, "key": [{"value": number}]} for number in range(1000)]
    more = await ask(execution, "{ farms { aggregate(groupBy: [{herdSize: VALUE}]) { count } } }")
    assert (more.data, codes(more)) == (None, ["BAD_USER_INPUT"])


async def test_a_sum_past_64_bits_is_exact_or_refused(execution: Execution) -> None:
    found = await ask(execution, "{ farms { aggregate { areaHa { avg max } herdSize { sum avg } } } }")
    exact = Decimal("90071992547409.91")
    herds = {"sum": FARMS * (FARMS - 1) // 2, "avg": (FARMS - 1) / 2}
    assert found.errors is None
    assert found.data == {"farms": {"aggregate": [{"areaHa": {"avg": exact, "max": exact}, "herdSize": herds}]}}
    told = await ask(execution, "{ farms { aggregate { areaHa { sum } } } }")
    assert (told.data, codes(told)) == (None, ["BAD_USER_INPUT"])
