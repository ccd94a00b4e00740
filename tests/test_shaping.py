"""Rows laid out as an answer: every kind of shape, and numbers that stay what they are."""

from decimal import Decimal
from typing import Any

import pytest

from hub.compiler.cursors import Cursors
from hub.compiler.shapes import (
    Cell,
    Connection,
    Constant,
    Cursor,
    First,
    Inner,
    Nodes,
    Object,
    Page,
    Shape,
    Total,
    Whole,
)
from hub.shaping import shaper
from schema.model import Kind

CURSORS = Cursors(b"of the tests of shapes")


def shaped(shape: Shape, *row: object) -> Any:  # noqa: ANN401 - whatever the shape gives
    return shaper(Object((("it", shape),)), CURSORS)(list(row))["it"]


def test_a_record_of_plain_cells_is_its_row_keyed() -> None:
    layout = Object((("a", Cell(0)), ("b", Cell(1, Kind.LIST)), ("c", Cell(2, Kind.LONG))))
    assert shaper(layout, CURSORS)(["x", ["y"], 2**53 - 1]) == {"a": "x", "b": ["y"], "c": 2**53 - 1}


def test_cells_may_be_out_of_order_repeated_or_fewer_than_the_row() -> None:
    layout = Object((("b", Cell(1)), ("a", Cell(0)), ("again", Cell(1))))
    found = shaper(layout, CURSORS)([1, 2, 3])
    assert found == {"b": 2, "a": 1, "again": 2}
    assert list(found) == ["b", "a", "again"]
    assert shaper(Object((("a", Cell(0)),)), CURSORS)([1, 2, 3]) == {"a": 1}
    assert shaper(Object(()), CURSORS)([1]) == {}


@pytest.mark.parametrize(
    ("stored", "decimals", "shown"),
    [
        (None, 2, None),
        (1250, 2, 12.5),
        (-1, 2, -0.01),
        (0, 6, 0.0),
        (10**15 - 1, 2, 9999999999999.99),
        (2**53 - 1, 2, Decimal("90071992547409.91")),
        (1 - 2**53, 6, Decimal("-9007199254.740991")),
    ],
)
def test_decimals_are_exactly_what_is_stored(stored: int | None, decimals: int, shown: object) -> None:
    found = shaped(Cell(0, Kind.DECIMAL, decimals), stored)
    assert found == shown
    assert type(found) is type(shown)


def test_what_is_the_same_for_all_stands_in_no_column() -> None:
    assert shaped(Constant("Farm")) == "Farm"
    assert shaped(Constant(None), "hidden") is None


def test_a_place_is_null_where_its_first_column_is() -> None:
    place = Whole(0, Object((("lon", Cell(1)), ("t", Constant("Place")))))
    assert shaped(place, 0.0, 1.5) == {"lon": 1.5, "t": "Place"}
    assert shaped(place, None, None) is None


def test_a_linked_record_is_null_where_there_is_none() -> None:
    linked = Inner(1, Object((("id", Cell(0)),)))
    assert shaped(linked, "x", ["Area:1"]) == {"id": "Area:1"}
    assert shaped(linked, "x", None) is None
    assert shaped(Inner(0, Object(())), []) == {}


def test_a_lookup_is_its_one_record_or_null() -> None:
    one = First(0, Object((("id", Cell(0)),)))
    assert shaped(one, [["Area:1"]]) == {"id": "Area:1"}
    assert shaped(one, []) is None


ENDS = (("more", "hasNextPage"), ("before", "hasPreviousPage"), ("s", "startCursor"), ("e", "endCursor"), ("t", "name"))


def connection(size: int, *, started: bool = False, backward: bool = False) -> Connection:
    nodes = Nodes(Object((("id", Cell(1)),)))
    entries = (
        ("n", nodes),
        ("p", Page(ENDS, Cursor((0, 1), "seal"))),
        ("c", Total(1)),
        ("t", Constant("FarmConnection")),
    )
    return Connection(0, size, backward, started, entries)


def test_a_page_leaves_out_the_record_that_only_says_there_is_more() -> None:
    rows = [["a", "1"], [None, "2"], ["c", "3"]]
    found = shaped(connection(2), rows, 9)
    ends = {"s": CURSORS.write("seal", ["a", "1"]), "e": CURSORS.write("seal", [None, "2"]), "t": "PageInfo"}
    assert found == {
        "n": [{"id": "1"}, {"id": "2"}],
        "p": {"more": True, "before": False, **ends},
        "c": 9,
        "t": "FarmConnection",
    }


@pytest.mark.parametrize(("first", "more"), [(0, True), (1, False), (2, False)])
def test_more_is_said_of_what_was_cut_off(first: int, more: bool) -> None:  # noqa: FBT001 - a parameter of the case
    found = shaped(connection(first, started=True), [["a", "1"]], 1)
    assert found["p"]["more"] is more
    assert found["p"]["before"] is True
    assert (found["p"]["s"] is None) is (first == 0)
    assert len(found["n"]) == min(first, 1)


def test_a_page_that_is_read_backward_is_told_in_the_lists_order() -> None:
    rows = [["c", "3"], ["b", "2"], ["a", "1"]]
    found = shaped(connection(2, started=True, backward=True), rows, 9)
    ends = {"s": CURSORS.write("seal", ["b", "2"]), "e": CURSORS.write("seal", ["c", "3"]), "t": "PageInfo"}
    assert found["n"] == [{"id": "2"}, {"id": "3"}]
    assert found["p"] == {"more": True, "before": True, **ends}
    assert shaped(connection(3, backward=True), rows, 9)["p"] | ends == {"more": False, "before": False, **ends}


def test_an_empty_page_has_no_cursors() -> None:
    found = shaped(connection(5), [], 0)
    assert found["n"] == []
    assert (found["p"]["s"], found["p"]["e"], found["p"]["more"]) == (None, None, False)


def test_a_connection_that_is_only_counted_reads_no_rows() -> None:
    counted = Connection(None, 20, backward=False, started=False, entries=(("c", Total(0)),))
    assert shaped(counted, 7) == {"c": 7}
