"""Cursors: no other text is one, none serves another list, and pages leave nothing out and repeat nothing."""

import random
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from graphql import parse

from auth.grants import change, seed
from auth.principal import ANONYMOUS, Principal
from auth.rules import Kind, Rule
from hub.compiler.cursors import Cursors
from hub.execution import Bounds, Execution
from schema.errors import InvalidInput
from schema.graph import Graph
from schema.types import MODEL
from tests.oracle.askers import PRINCIPALS, RULES
from tests.oracle.comparisons import codes
from tests.oracle.conditions import ordered
from tests.oracle.graphs import Stock, clear, load, made
from tests.oracle.schemas import CORE
from tests.oracle.views import View

CURSORS = Cursors(b"of the tests of cursors")


def test_values_come_back_as_they_were_written() -> None:
    values = ["Đắk", None, -(2**53) + 1, "Farm:A-1", 0]
    cursor = CURSORS.write("seal", values)
    assert CURSORS.read("seal", cursor, 5) == tuple(values)
    assert cursor.isascii()
    assert "=" not in cursor


@pytest.mark.parametrize("text", ["", "x", "xx", "Cà phê"])
def test_every_changed_letter_is_noticed(text: str) -> None:
    cursor = CURSORS.write("seal", [text, 7, "Farm:A-1"])
    for place in range(len(cursor)):
        for other in {"A", "B", "_", "-", "9", "é", "="} - {cursor[place]}:
            changed = cursor[:place] + other + cursor[place + 1 :]
            with pytest.raises(InvalidInput, match="start again"):
                CURSORS.read("seal", changed, 3)


@pytest.mark.parametrize("cursor", ["", "A", "AAAA", "=" * 8, "\0", "x" * 5000, "é", "'; --", "e30", "bnVsbA"])
def test_other_texts_are_refused(cursor: str) -> None:
    with pytest.raises(InvalidInput, match="start again"):
        CURSORS.read("seal", cursor, 1)


def test_ends_cut_off_or_added_are_noticed() -> None:
    cursor = CURSORS.write("seal", ["Farm:A-1"])
    for place in range(len(cursor)):
        with pytest.raises(InvalidInput):
            CURSORS.read("seal", cursor[:place], 1)
    for added in ("A", "AA", "AAA", "AAAA", "=", "\n", " "):
        with pytest.raises(InvalidInput):
            CURSORS.read("seal", cursor + added, 1)


def test_another_secret_or_seal_is_noticed() -> None:
    cursor = CURSORS.write("seal", ["Farm:A-1"])
    for cursors, seal in ((Cursors(b"another secret"), "seal"), (CURSORS, "seal of another"), (CURSORS, "")):
        with pytest.raises(InvalidInput):
            cursors.read(seal, cursor, 1)


def test_a_cursor_shows_nothing_of_the_secret_or_of_the_seal() -> None:
    seals = {CURSORS.seal("Farm", None, [], order) for order in ("a", "b", None, "None", ["a"], ("a", "b"))}
    assert len(seals) == 6


# On the engine.


@dataclass(frozen=True, slots=True)
class Hub:
    """A loaded graph, and the hub over it."""

    stock: Stock
    execution: Execution

    async def ask(self, text: str, variables: Mapping[str, Any], who: Principal = ANONYMOUS) -> Any:  # noqa: ANN401
        """The first root field of an answer without errors."""
        found = await self.execution.answer(parse(text), variables, None, who)
        assert found.errors is None, found.errors
        assert found.data
        return next(iter(found.data.values()))

    async def refused(self, text: str, variables: Mapping[str, Any], who: Principal = ANONYMOUS) -> list[str]:
        """The codes of an answer that has no data."""
        found = await self.execution.answer(parse(text), variables, None, who)
        assert found.data is None
        return codes(found)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hub(graph: Graph) -> AsyncIterator[Hub]:
    """Give a graph with more records than a page holds."""
    stock = made(random.Random(5), MODEL, 24)
    await clear(graph, MODEL)
    await seed(graph, RULES)
    await load(graph, MODEL, stock)
    yield Hub(stock, Execution(graph, MODEL, CORE, CURSORS, Bounds()))
    await clear(graph, MODEL)


ORDERS = [
    [],
    [{"name": "ASC"}],
    [{"name": "DESC"}],
    [{"kind": "ASC"}],
    [{"areaHa": "DESC"}],
    [{"areaHa": "ASC_NULLS_FIRST"}],
    [{"areaHa": "DESC_NULLS_FIRST"}, {"kind": "DESC"}],
    [{"locatedIn": {"name": "ASC"}}, {"herdSize": "ASC_NULLS_FIRST"}],
    [{"locatedIn": {"partOf": {"code": "DESC_NULLS_FIRST"}}}],
    [{"visibility": "ASC"}, {"name": "DESC"}, {"id": "DESC"}],
    [{"id": "DESC"}],
    [{"ownerName": "ASC"}],
    [{"yearlyRevenue": "DESC_NULLS_FIRST"}],
]
PAGED = """
query ($order: [FarmOrder!], $after: String, $first: Int) {
  farms(orderBy: $order, after: $after, first: $first) {
    nodes { id } pageInfo { hasNextPage hasPreviousPage endCursor } totalCount
  }
}
"""


@pytest.mark.parametrize("order", ORDERS, ids=str)
async def test_pages_are_exhaustive_and_repeat_nothing(hub: Hub, order: list[dict[str, Any]]) -> None:
    who = PRINCIPALS["steward"]
    view = View(MODEL, hub.stock, RULES, who)
    wanted = [one.id for one in ordered(view, view.records("Farm"), MODEL.types["Farm"], order)]
    for first in (1, 3, 7):
        found: list[str] = []
        after: str | None = None
        while True:
            page = await hub.ask(PAGED, {"order": order, "after": after, "first": first}, who)
            found += [node["id"] for node in page["nodes"]]
            ends = page["pageInfo"]
            assert ends["hasPreviousPage"] is (after is not None)
            assert page["totalCount"] == len(wanted)
            after = ends["endCursor"]
            if not ends["hasNextPage"]:
                break
        assert found == wanted


BACK = """
query ($order: [FarmOrder!], $before: String, $last: Int) {
  farms(orderBy: $order, before: $before, last: $last) {
    nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor }
  }
}
"""


@pytest.mark.parametrize("order", ORDERS, ids=str)
async def test_pages_are_exhaustive_backward_too(hub: Hub, order: list[dict[str, Any]]) -> None:
    who = PRINCIPALS["steward"]
    view = View(MODEL, hub.stock, RULES, who)
    wanted = [one.id for one in ordered(view, view.records("Farm"), MODEL.types["Farm"], order)]
    found: list[str] = []
    before: str | None = None
    while True:
        page = await hub.ask(BACK, {"order": order, "before": before, "last": 5}, who)
        found = [*(node["id"] for node in page["nodes"]), *found]
        ends = page["pageInfo"]
        assert ends["hasNextPage"] is (before is not None)
        before = ends["startCursor"]
        if not ends["hasPreviousPage"]:
            break
    assert found == wanted


async def test_a_page_lies_between_both_cursors(hub: Hub) -> None:
    text = """query ($after: String, $before: String, $first: Int, $last: Int) {
      farms(orderBy: [{name: DESC}], after: $after, before: $before, first: $first, last: $last) {
        edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage }
      }
    }"""
    edges = (await hub.ask(text, {"first": 6}))["edges"]
    between = {"after": edges[0]["cursor"], "before": edges[5]["cursor"]}
    assert (await hub.ask(text, between))["edges"] == edges[1:5]
    first, last = await hub.ask(text, {**between, "first": 2}), await hub.ask(text, {**between, "last": 2})
    assert (first["edges"], last["edges"]) == (edges[1:3], edges[3:5])
    assert first["pageInfo"] == last["pageInfo"] == {"hasNextPage": True, "hasPreviousPage": True}
    turned = {"after": between["before"], "before": between["after"]}
    assert (await hub.ask(text, turned))["edges"] == []
    assert await hub.refused(text, {"first": 1, "last": 1}) == ["BAD_USER_INPUT"]
    assert await hub.refused(text, {"last": 101}) == ["BAD_USER_INPUT"]


async def test_the_page_behind_the_last_record_is_empty(hub: Hub) -> None:
    last = await hub.ask(PAGED, {"first": 100})
    behind = await hub.ask(PAGED, {"first": 5, "after": last["pageInfo"]["endCursor"]})
    assert behind["nodes"] == []
    assert behind["pageInfo"] == {"hasNextPage": False, "hasPreviousPage": True, "endCursor": None}


NESTED = """
query ($after: String) {
  products(first: 100) {
    nodes { id grownBy(first: 2, orderBy: [{areaHa: DESC}], after: $after) { edges { cursor node { id } } } }
  }
}
"""


async def test_a_cursor_of_a_nested_list_serves_that_list(hub: Hub) -> None:
    pages = await hub.ask(NESTED, {})
    full = [(one["id"], one["grownBy"]["edges"]) for one in pages["nodes"] if len(one["grownBy"]["edges"]) == 2]
    assert full
    for name, (first, second) in full:
        behind = await hub.ask(NESTED, {"after": first["cursor"]})
        (mine,) = (one["grownBy"]["edges"] for one in behind["nodes"] if one["id"] == name)
        assert mine[0] == second


SENT = [
    ("farms(first: 1, after: $c)", "another order: none"),
    ("farms(first: 1, after: $c, orderBy: [{name: DESC}])", "another direction"),
    ("farms(first: 1, after: $c, orderBy: [{name: ASC_NULLS_FIRST}])", "another place of nulls"),
    ("farms(first: 1, after: $c, orderBy: [{name: ASC}, {kind: ASC}])", "more keys"),
    ("farms(first: 1, after: $c, orderBy: [{nameEn: ASC}])", "another key"),
    ('farms(first: 1, after: $c, orderBy: [{name: ASC}], where: {name: {contains: "a"}})', "another filter"),
    ("businesses(first: 1, after: $c, orderBy: [{name: ASC}])", "another type"),
    ("areas { nodes { farms(first: 1, after: $c, orderBy: [{name: ASC}]) { totalCount } } }", "a link's list"),
]


@pytest.mark.parametrize(("field", "_why"), SENT, ids=[why for _, why in SENT])
async def test_a_cursor_serves_no_other_list(hub: Hub, field: str, _why: str) -> None:
    mine = await hub.ask("{ farms(first: 1, orderBy: [{name: ASC}]) { edges { cursor } } }", {})
    given = {"c": mine["edges"][0]["cursor"]}
    body = field if field.startswith("areas") else f"{field} {{ totalCount }}"
    assert await hub.refused(f"query ($c: String) {{ {body} }}", given) == ["BAD_USER_INPUT"]
    served = "query ($c: String) { farms(first: 9, after: $c, orderBy: [{name: ASC}]) { totalCount } }"
    await hub.ask(served, given)


async def test_equal_filters_share_cursors_and_others_do_not(hub: Hub) -> None:
    text = "query ($w: FarmWhere, $c: String) { farms(first: 1, where: $w, after: $c) { edges { cursor } } }"
    one, other = (
        {"areaHa": {"isNull": False}, "kind": {"ne": "CROP"}},
        {"kind": {"ne": "CROP"}, "areaHa": {"isNull": False}},
    )
    given = (await hub.ask(text, {"w": one}))["edges"][0]["cursor"]
    await hub.ask(text, {"w": other, "c": given})
    for changed in ({"areaHa": {"isNull": True}}, {"areaHa": {"isNull": False}, "kind": {"ne": "MIXED"}}, {}):
        assert await hub.refused(text, {"w": changed, "c": given}) == ["BAD_USER_INPUT"]


async def test_a_cursor_serves_only_the_view_that_gave_it(hub: Hub) -> None:
    given = (await hub.ask(PAGED, {"first": 1}))["pageInfo"]["endCursor"]
    for name in ("officer", "steward", "closed", "named"):
        assert await hub.refused(PAGED, {"first": 1, "after": given}, PRINCIPALS[name]) == ["BAD_USER_INPUT"]
    assert await hub.refused(PAGED, {"first": 1, "after": given}, Principal(agency="B", roles=frozenset({"officer"})))
    await hub.ask(PAGED, {"first": 1, "after": given}, Principal(subject="of the same view"))


async def test_a_cursor_does_not_outlive_the_view_that_gave_it(hub: Hub) -> None:
    given = (await hub.ask(PAGED, {"first": 1}))["pageInfo"]["endCursor"]
    graph = hub.execution.graph
    closing = Rule("cursor-test", Kind.PROHIBITION, "HUB", "anyone", "read", "Farm", ("herdSize",))
    await change(graph, by="test", add=[closing])
    assert await hub.refused(PAGED, {"first": 1, "after": given}) == ["BAD_USER_INPUT"]
    await change(graph, by="test", remove=["cursor-test"])
    await hub.ask(PAGED, {"first": 1, "after": given})
