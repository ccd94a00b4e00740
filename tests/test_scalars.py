"""Values: read, checked, stored and given out again, at the edges of what each kind may hold."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.errors import InvalidInput
from schema.model import Field, Kind
from schema.scalars import decimal_number, instant, parse, properties, store


class Colour(StrEnum):
    """Two codes."""

    RED = "RED"
    BLUE = "BLUE"


def field(kind: Kind, decimals: int = 0, codes: type[Colour] | None = None) -> Field:
    return Field("it", kind, "nó", "it", decimals=decimals, codes=codes)


LONGEST = 2**53 - 1


@pytest.mark.parametrize(
    ("of", "text", "stored"),
    [
        (field(Kind.TEXT), "  Ca\u0300 phe\u0302 ", "Cà phê"),
        (field(Kind.TEXT), " \t ", None),
        (field(Kind.CODE), " 01 ", "01"),
        (field(Kind.CODE, codes=Colour), "RED", "RED"),
        (field(Kind.INT), "-2147483648", -(2**31)),
        (field(Kind.INT), "2147483647", 2**31 - 1),
        (field(Kind.LONG), str(LONGEST), LONGEST),
        (field(Kind.LONG), str(-LONGEST), -LONGEST),
        (field(Kind.DECIMAL, 2), "-0.01", -1),
        (field(Kind.DECIMAL, 2), "-0.00", 0),
        (field(Kind.DECIMAL, 2), "90071992547409.91", LONGEST),
        (field(Kind.DECIMAL, 6), "0.0000010", 1),
        (field(Kind.DATE), "2024-02-29", "2024-02-29"),
        (field(Kind.INSTANT), "2026-11-22T10:04:05.6789+07:00", "2026-11-22T03:04:05.678Z"),
        (field(Kind.LIST), "a; b;;c ", ["a", "b", "c"]),
        (field(Kind.LIST), ";", []),
        (field(Kind.PLACE), "10.5 106.25", (10.5, 106.25)),
        (field(Kind.PLACE), "-90 180", (-90.0, 180.0)),
        (field(Kind.PLACE), "1.23456789 2", (1.234568, 2.0)),
    ],
    ids=lambda one: getattr(one, "kind", None),
)
def test_what_is_well_written_is_read(of: Field, text: str, stored: object) -> None:
    assert parse(of, text) == stored


@pytest.mark.parametrize(
    ("of", "text"),
    [
        (field(Kind.CODE, codes=Colour), "GREEN"),
        (field(Kind.LIST, codes=Colour), "RED;GREEN"),
        (field(Kind.INT), "2147483648"),
        (field(Kind.INT), "-2147483649"),
        (field(Kind.INT), "1.0"),
        (field(Kind.INT), "một"),
        (field(Kind.LONG), str(2**53)),
        (field(Kind.LONG), str(-(2**53))),
        (field(Kind.DECIMAL, 2), "0.001"),
        (field(Kind.DECIMAL, 2), "90071992547409.92"),
        (field(Kind.DECIMAL, 2), "-90071992547409.92"),
        (field(Kind.DECIMAL, 2), "NaN"),
        (field(Kind.DECIMAL, 2), "sNaN"),
        (field(Kind.DECIMAL, 2), "Infinity"),
        (field(Kind.DECIMAL, 2), "1e999999999"),
        (field(Kind.DECIMAL, 2), "1e-999999999"),
        (field(Kind.DECIMAL, 2), "1.00000000000000000000000000000000001"),
        (field(Kind.DECIMAL, 2), "1,5"),
        (field(Kind.DATE), "2025-02-29"),
        (field(Kind.DATE), "20250630"),
        (field(Kind.DATE), "2025-W01-1"),
        (field(Kind.DATE), "30/06/2025"),
        (field(Kind.INSTANT), "2026-11-22T03:04:05"),
        (field(Kind.INSTANT), "0001-01-01T00:00:00+14:00"),
        (field(Kind.PLACE), "91 0"),
        (field(Kind.PLACE), "0 -180.5"),
        (field(Kind.PLACE), "nan 0"),
        (field(Kind.PLACE), "1"),
        (field(Kind.PLACE), "1 2 3"),
    ],
    ids=lambda one: one if isinstance(one, str) else one.kind,
)
def test_what_is_badly_written_is_refused_with_its_name(of: Field, text: str) -> None:
    with pytest.raises(InvalidInput, match="`it`"):
        parse(of, text)


@pytest.mark.parametrize(
    ("of", "value", "stored"),
    [
        (field(Kind.TEXT), "Ca\u0300 ", "Cà"),
        (field(Kind.INT), 5, 5),
        (field(Kind.LONG), -LONGEST, -LONGEST),
        (field(Kind.DECIMAL, 2), Decimal("1.50"), 150),
        (field(Kind.DECIMAL, 2), 3, 300),
        (field(Kind.DATE), "2025-07-01", "2025-07-01"),
        (field(Kind.LIST, codes=Colour), "RED", "RED"),
        (field(Kind.TEXT), None, None),
    ],
)
def test_inputs_are_stored_as_cells_are(of: Field, value: object, stored: object) -> None:
    assert store(of, value) == stored


@pytest.mark.parametrize(
    ("of", "value"),
    [
        (field(Kind.TEXT), 1),
        (field(Kind.INT), "1"),
        (field(Kind.INT), True),
        (field(Kind.LONG), 2**53),
        (field(Kind.LONG), -(2**53)),
        (field(Kind.DECIMAL, 2), Decimal("NaN")),
        (field(Kind.DECIMAL, 2), Decimal("-Infinity")),
        (field(Kind.DECIMAL, 2), Decimal("0.005")),
        (field(Kind.DECIMAL, 2), True),
        (field(Kind.DATE), "today"),
        (field(Kind.INSTANT), "2026-11-22"),
        (field(Kind.LIST, codes=Colour), "GREEN"),
    ],
)
def test_inputs_of_another_kind_are_refused(of: Field, value: object) -> None:
    with pytest.raises(InvalidInput):
        store(of, value)


def exactly(text: bytes | str) -> Decimal:
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


@given(st.integers(1 - 2**53, 2**53 - 1), st.integers(0, 6))
@settings(deadline=None, derandomize=True, max_examples=1000)
def test_a_decimal_in_json_is_exactly_that_decimal(scaled: int, decimals: int) -> None:
    number = decimal_number(scaled, decimals)
    text = orjson.dumps(number) if isinstance(number, float) else str(number)
    assert exactly(text) == Decimal(scaled).scaleb(-decimals)


@pytest.mark.parametrize("scaled", [10**15 - 1, 10**15, 10**15 + 1, 1 - 10**15, -(10**15), LONGEST, -LONGEST, 0])
def test_decimals_where_floats_end(scaled: int) -> None:
    for decimals in range(7):
        number = decimal_number(scaled, decimals)
        text = orjson.dumps(number) if isinstance(number, float) else str(number)
        assert exactly(text) == Decimal(scaled).scaleb(-decimals)


@given(st.integers(1 - 2**53, 2**53 - 1), st.integers(0, 6))
@settings(deadline=None, derandomize=True)
def test_a_decimal_comes_back_as_it_was_stored(scaled: int, decimals: int) -> None:
    of = field(Kind.DECIMAL, decimals)
    assert store(of, Decimal(scaled).scaleb(-decimals)) == scaled
    assert parse(of, format(Decimal(scaled).scaleb(-decimals), "f")) == scaled


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001 - zoned below
@settings(deadline=None, derandomize=True)
def test_instants_compare_as_texts_as_they_do_in_time(moment: datetime, minutes: int) -> None:
    zoned = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    other = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)
    assert len(instant(zoned)) == len("2026-11-22T03:04:05.678Z")
    whole = zoned.replace(microsecond=zoned.microsecond // 1000 * 1000)
    assert (instant(zoned) < instant(other)) is (whole < other)


def test_derived_properties_follow_their_field() -> None:
    assert dict(properties(field(Kind.TEXT), "Đắk")).keys() == {"it", "it_fold", "it_sort"}
    assert properties(field(Kind.TEXT), "Đắk")["it_fold"] == "dak"
    assert set(properties(field(Kind.TEXT), None).values()) == {None}
    assert properties(field(Kind.PLACE), (1.0, 2.0)) == {"it_lat": 1.0, "it_lon": 2.0}
    assert properties(field(Kind.PLACE), None) == {"it_lat": None, "it_lon": None}
    assert properties(field(Kind.LIST), []) == {"it": []}
