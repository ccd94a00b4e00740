"""The bound of an operation: never under what is read, fast to find, and told with the path."""

import random
from collections import Counter
from typing import Any

import pytest
from graphql import parse, validate

from auth.principal import Principal
from hub.api.schema import schema
from hub.compiler.documents import Operation
from hub.limits import DEEPEST, Price, Pricing, check
from schema.errors import InvalidInput, TooCostly
from schema.types import MODEL
from tests.oracle.askers import RULES
from tests.oracle.checks import Walk
from tests.oracle.graphs import made
from tests.oracle.operations import Maker
from tests.oracle.reference import Reference, plain_schema
from tests.oracle.schemas import CORE
from tests.oracle.views import View

EVERYTHING = Principal(subject="s", agency="A", roles=frozenset({"steward"}))


def price(text: str, variables: dict[str, Any] | None = None) -> Price:
    document = parse(text)
    operation = Operation.prepare(CORE, document, variables, None)
    assert isinstance(operation, Operation), operation
    return Pricing(MODEL, CORE, document).price(operation.definition, operation.variables)


@pytest.mark.parametrize(
    ("text", "records"),
    [
        ("{ __typename }", 0),
        ("{ __schema { types { fields { type { ofType { name } } } } } }", 0),
        ("{ farms { nodes { id } } }", 20),
        ("{ farms(first: null) { nodes { id } } }", 20),
        ("{ farms(first: 0) { nodes { id } } }", 0),
        ("{ farms(first: 7) { nodes { id } edges { cursor node { id } } } }", 7),
        ("{ farms(first: 7) { nodes { locatedIn { id } } } }", 14),
        ("{ farms(first: 7) { nodes { locatedIn { partOf { id } } } } }", 21),
        ("{ areas(first: 3) { nodes { farms(first: 4) { nodes { id } } } } }", 3 + 12),
        ("{ areas(first: 3) { nodes { farms(first: 4) { edges { node { grows { totalCount } } } } } } }", 3 + 12 + 240),
        ("{ farms(first: 7) { nodes { id } pageInfo { hasNextPage } } }", 8),
        (
            (
                "{ farms(first: 7) { nodes { locatedIn { id } } ...P } }"
                " fragment P on FarmConnection { pageInfo { endCursor } }"
            ),
            16,
        ),
        ("{ areas(first: 3) { nodes { farms(first: 4) { pageInfo { endCursor } } } } }", 3 + 15),
        ('{ node(id: "x") { id } }', 1),
        ('{ node(id: "x") { ... on Farm { locatedIn { id } } } }', 2),
        ('{ nodes(ids: ["x", "y", "z"]) { ... on Farm { locatedIn { id } } } }', 6),
        ("{ farms(last: 7) { nodes { id } } }", 7),
        ('{ farm(custodian: "x", localId: "y") { locatedIn { id } } }', 2),
        ('{ a: node(id: "x") { id } b: node(id: "x") { id } }', 2),
        ("{ a: farms(first: 2) { nodes { id } } b: farms(first: 3) { nodes { id } } }", 5),
    ],
)
def test_prices(text: str, records: int) -> None:
    assert price(text).records == records


@pytest.mark.parametrize(
    ("given", "records"), [({"n": 3}, 3), ({"n": 100}, 100), ({"n": None}, 20), ({}, 9), ({"n": 0}, 0)]
)
def test_variables_are_priced_as_they_are_given(given: dict[str, Any], records: int) -> None:
    assert price("query ($n: Int = 9) { farms(first: $n) { nodes { id } } }", given).records == records


def test_a_variable_that_is_absent_prices_the_default_page() -> None:
    assert price("query ($n: Int) { farms(first: $n) { nodes { id } } }").records == 20


def test_no_operation_reads_more_than_its_price() -> None:
    stock = made(random.Random(11), MODEL, 8)
    view = View(MODEL, stock, RULES, EVERYTHING)
    sdl = plain_schema(schema.as_str())
    read = 0
    for number in range(400):
        given = Maker(random.Random(f"limits {number}"), MODEL, stock, Counter()).operation()
        document = parse(given.text)
        if Walk(sdl, view, document, given.variables).read().codes:
            continue
        reference = Reference(sdl, view)
        reference.answer(document, given.variables, {})
        assert reference.read <= price(given.text, given.variables).records, given.text
        read += reference.read
    assert read > 1000


def doubling(levels: int) -> str:
    """A document of a few lines that spreads its innermost field 2^levels times."""
    fragments = [f"fragment F{n} on Area {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels)]
    last = f"fragment F{levels} on Area {{ farms(first: 1) {{ nodes {{ id }} }} }}"
    return "\n".join(["{ areas(first: 1) { nodes { ...F0 } } }", *fragments, last])


def test_each_fragment_is_priced_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []
    real: Any = vars(Pricing)["_selections"]

    def counted(self: Pricing, *arguments: Any) -> Price:  # noqa: ANN401 - handed on
        calls.append(arguments)
        return real(self, *arguments)

    monkeypatch.setattr(Pricing, "_selections", counted)
    text = doubling(15)
    assert price(text).records == 1 + 2**15
    assert len(calls) < 60


def test_what_doubles_thirty_times_is_refused() -> None:
    with pytest.raises((TooCostly, InvalidInput)):
        check(price(doubling(30)), 10_000)


def test_a_refusal_names_cost_bound_and_dearest_path() -> None:
    areas = "areas(first: 100) { nodes { code farms(first: 100) { nodes { locatedIn { id } } } } }"
    text = f"{{ sectors {{ nodes {{ id }} }} {areas} }}"
    found = price(text)
    assert found == Price(20 + 100 * (1 + 100 * 2), ("areas", "farms", "locatedIn"), 5)
    check(found, found.records)
    with pytest.raises(TooCostly, match=r"`20120`.*20119.*`areas\.farms\.locatedIn`"):
        check(found, found.records - 1)


def nested(levels: int) -> str:
    return "{ areas(first: 1) { nodes " + "{ partOf " * levels + "{ id }" + " }" * levels + " } }"


def test_depth_is_bounded() -> None:
    assert price(nested(DEEPEST - 3)).records == DEEPEST - 2
    with pytest.raises(InvalidInput, match=str(DEEPEST)):
        price(nested(DEEPEST))


def test_depth_is_bounded_through_fragments_that_were_priced_before() -> None:
    """The same fragments, met at a small depth first, then one below the other."""
    deep = "{ partOf " * 15 + "%s" + " }" * 15
    fragments = [
        f"fragment A on Area {deep % '{ id }'}",
        f"fragment B on Area {deep % '{ ...A }'}",
    ]
    text = "\n".join(["{ areas(first: 1) { nodes { ...A ...B } } }", *fragments])
    assert validate(CORE, parse(text)) == []
    with pytest.raises(InvalidInput, match=str(DEEPEST)):
        price(text)


def test_inline_fragments_nested_deeply_are_refused_or_priced() -> None:
    levels = 150
    text = "{ areas(first: 1) { nodes " + "{ ... " * levels + "{ id }" + " }" * levels + " } }"
    assert price(text).records == 1
