"""Values: how each kind is read from text, checked, stored, and given out again.

| kind    | stored                                   | given out                |
|---------|------------------------------------------|--------------------------|
| text    | string, NFC, trimmed                     | string                   |
| code    | string                                   | string or enum           |
| int     | int64, fits 32 bits                      | number                   |
| long    | int64, absolute value under 2^53         | number                   |
| decimal | int64, scaled by the field's decimals    | number of exactly that   |
| date    | `2026-11-22`                             | the same                 |
| instant | `2026-11-22T03:04:05.678Z`               | the same                 |
| place   | two floats, rounded to 6 decimals        | `{lat, lon}`             |
| list    | of codes or texts                        | list                     |

Beside them stand derived properties, which belong to the field they are made from: text is also stored folded
(`name_fold`) and as a sort key (`name_sort`); a place is stored as `location_lat` and `location_lon` only.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Context, Decimal
from enum import Enum
from typing import Any, Final, TypeAlias

from schema.errors import InvalidInput
from schema.model import Field, Kind
from schema.text import fold, sort_key, stored_text

Stored: TypeAlias = str | int | float | list[str] | None
"""What the store holds of one property."""

INT_BOUND: Final = 2**31
EXACT_BOUND: Final = 2**53
_EXACT_FLOAT: Final = 10**15
_MOST_DIGITS: Final = len(str(EXACT_BOUND))
_EXACTLY: Final = Context(prec=50)
_WHOLE = re.compile(r"-?[0-9]{1,40}")
_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
_STRANGE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def fold_of(name: str) -> str:
    """The property that holds the folded text of field `name`."""
    return f"{name}_fold"


def sort_of(name: str) -> str:
    """The property that holds the sort key of field `name`."""
    return f"{name}_sort"


def place_of(name: str) -> tuple[str, str]:
    """The two properties that hold the latitude and longitude of field `name`."""
    return f"{name}_lat", f"{name}_lon"


def _bad(field: Field, value: object, vi: str, en: str) -> InvalidInput:
    shown = str(value)[:80]
    return InvalidInput(f"`{field.name}`: `{shown}` {vi}", f"`{field.name}`: `{shown}` {en}")


def _scaled(field: Field, value: Decimal) -> int:
    if not value.is_finite():
        raise _bad(field, value, "không phải là số", "is not a number")
    if not value:
        return 0
    # Looked at before anything is computed: an exponent may be past what decimals bear, and digits past what they keep.
    first_digit = value.adjusted() + field.decimals
    if first_digit >= _MOST_DIGITS:
        raise _bad(field, value, "quá lớn", "is too large")
    scaled = value.scaleb(field.decimals, _EXACTLY)
    if first_digit < 0 or len(value.as_tuple().digits) > _EXACTLY.prec or scaled != scaled.to_integral_value():
        raise _bad(field, value, f"có quá {field.decimals} chữ số thập phân", f"has over {field.decimals} decimals")
    if abs(scaled) >= EXACT_BOUND:
        raise _bad(field, value, "quá lớn", "is too large")
    return int(scaled)


def _whole(field: Field, value: int) -> int:
    lowest, bound = (-INT_BOUND, INT_BOUND) if field.kind is Kind.INT else (1 - EXACT_BOUND, EXACT_BOUND)
    if not lowest <= value < bound:
        raise _bad(field, value, "quá lớn", "is too large")
    return value


def _day(field: Field, value: str) -> str:
    try:
        moment = date.fromisoformat(value) if _DAY.fullmatch(value) else None
    except ValueError:
        moment = None
    if moment is None:
        raise _bad(field, value, "không phải là ngày dạng 2026-11-22", "is no date like 2026-11-22")
    return moment.isoformat()


def instant(value: datetime) -> str:
    """An instant as it is stored: UTC, milliseconds, fixed width."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _instant(field: Field, value: str) -> str:
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            return instant(moment)
    except (ValueError, OverflowError):
        pass
    vi, en = "không phải là thời điểm dạng 2026-11-22T03:04:05Z", "is no instant like 2026-11-22T03:04:05Z"
    raise _bad(field, value, vi, en)


def _code(field: Field, value: str) -> str:
    if field.codes is not None and value not in field.codes.__members__:
        raise _bad(field, value, "không có trong danh mục", "is not in the code list")
    return value


def store(field: Field, value: object) -> Stored:  # noqa: PLR0911 - one return for each kind
    """A GraphQL input value (never a place or a list) as it is stored; InvalidInput where it is none."""
    match field.kind, value:
        case _, None:
            return None
        case Kind.TEXT, str():
            return stored_text(value)
        case ((Kind.CODE | Kind.LIST), str()):
            return _code(field, stored_text(value))
        case ((Kind.INT | Kind.LONG), int()) if not isinstance(value, bool):
            return _whole(field, value)
        case Kind.DECIMAL, (int() | Decimal()) if not isinstance(value, bool):
            return _scaled(field, Decimal(value))
        case Kind.DATE, str():
            return _day(field, value)
        case Kind.INSTANT, str():
            return _instant(field, value)
        case _:
            raise _bad(field, value, "không đúng kiểu", f"is no {field.kind}")


def given(field: Field, value: Any) -> Mapping[str, Stored]:  # noqa: ANN401 - a coerced input
    """All stored properties of a field that gets this GraphQL input value; null clears them."""
    if value is None:
        return properties(field, None)
    if field.kind is Kind.PLACE:
        return properties(field, _place(field, value["lat"], value["lon"]))
    if field.kind is Kind.LIST:
        return properties(field, [printable(field, str(store(field, _plain(each)))) for each in value])
    stored = store(field, _plain(value))
    return properties(field, printable(field, stored) or None if isinstance(stored, str) else stored)


def _plain(value: object) -> object:
    return value.value if isinstance(value, Enum) else value


def printable(field: Field, text: str) -> str:
    """The text; InvalidInput where it has a control character other than tabs and ends of lines."""
    if strange := _STRANGE.search(text):
        shown = f"U+{ord(strange[0]):04X}"
        raise InvalidInput(
            f"`{field.name}`: có ký tự điều khiển {shown}: hãy bỏ đi",
            f"`{field.name}`: has the control character {shown}: remove it",
        )
    return text


def parse(field: Field, text: str) -> Stored | tuple[float, float]:
    """A cell of an import file (ISO dates, decimal point, lists parted by `;`, places as `lat lon`); empty is null."""
    text = stored_text(text)
    if not text:
        return None
    try:
        match field.kind:
            case Kind.INT | Kind.LONG if _WHOLE.fullmatch(text):
                return _whole(field, int(text))
            case Kind.DECIMAL if _NUMBER.fullmatch(text):
                return _scaled(field, Decimal(text))
            case Kind.INT | Kind.LONG | Kind.DECIMAL:
                raise _bad(field, text, "không phải là số", "is not a number")
            case Kind.LIST:
                return [_code(field, part.strip()) for part in text.split(";") if part.strip()]
            case Kind.PLACE:
                lat, lon = (float(part) for part in text.split())
                return _place(field, lat, lon)
            case _:
                return store(field, text)
    except ValueError:
        raise _bad(field, text, "không đọc được", f"is no {field.kind}") from None


def _place(field: Field, lat: float, lon: float) -> tuple[float, float]:
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):  # noqa: PLR2004 - the degrees of the globe
        raise _bad(field, f"{lat} {lon}", "không nằm trên trái đất", "is not on the globe")
    return round(lat, 6), round(lon, 6)


def properties(field: Field, value: Stored | tuple[float, float]) -> Mapping[str, Stored]:
    """All stored properties of a field that has this value, derived and masked ones included (null clears them)."""
    found = _own(field, value)
    for mask in field.masks:
        kept = None if value is None or isinstance(value, list) else mask.hide(value)
        found |= _own(field.masked(mask.name), kept)
    return found


def _own(field: Field, value: Stored | tuple[float, float]) -> dict[str, Stored]:
    match field.kind:
        case Kind.PLACE:
            lat, lon = value if isinstance(value, tuple) else (None, None)
            return dict(zip(place_of(field.name), (lat, lon), strict=True))
        case Kind.TEXT:
            text = value if isinstance(value, str) else None
            return {
                field.name: text,
                fold_of(field.name): None if text is None else fold(text),
                sort_of(field.name): None if text is None else sort_key(text),
            }
        case _:
            return {field.name: None if isinstance(value, tuple) else value}


def decimal_number(scaled: int, decimals: int) -> float | Decimal:
    """The number that `scaled` stands for: a float where its shortest form is exactly that number, else a Decimal.

    Fifteen digits survive a float's shortest decimal form whatever they are, sixteen do not.
    """
    if -_EXACT_FLOAT < scaled < _EXACT_FLOAT:
        return scaled / 10**decimals
    return Decimal(scaled).scaleb(-decimals)
