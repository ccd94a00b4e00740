"""The arguments that narrow a connection beside `where`: as conditions, and as keys that go before its order.

`search` finds words in the fields declared for it, and ranks by how well they fit (see `parts.Search`). `near` finds
records by how far their place is (see `parts.Near`). `within` finds those in a box, by their place, or in an area, by
their link to one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hub.compiler.filters import Filters, refuse
from hub.compiler.guards import HIGHEST
from hub.compiler.parts import All, Compare, Condition, Form, Near, Operator, OrderKey, Search, Some, Through
from schema.errors import InvalidInput
from schema.model import Field, Kind, Link, Model, RecordType
from schema.text import fold

LONGEST_SEARCH: Final = 200
"""Characters of a search."""
MOST_WORDS: Final = 8
"""Words of a search."""
FARTHEST: Final = 2_000
"""Kilometres that `near` reaches. Up to there a distance is sure to far less than a millimetre on every engine; towards
the other side of the globe it would not be."""
AREA: Final = "Area"
ABOVE: Final = "partOf"
_METRES: Final = 1_000
_POLE, _MERIDIAN = 90, 180


def place_of(kind: RecordType) -> Field | None:
    """The field that says where records of the type lie, if there is one."""
    return next((of for of in kind.fields.values() if of.kind is Kind.PLACE), None)


def area_of(kind: RecordType) -> Link | None:
    """The link that says in which area records of the type lie, if there is one; of an area, in which other."""
    return next((link for link in kind.links.values() if link.target == AREA and not link.many), None)


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What the arguments given say: conditions, keys of the order, and what a cursor is bound to by them."""

    conditions: tuple[Condition, ...]
    keys: tuple[OrderKey, ...]
    sealed: tuple[object, ...]


class Narrowing:
    """Reads these arguments of one operation under one access."""

    def __init__(self, model: Model, filters: Filters) -> None:
        self._model = model
        self._filters = filters

    def read(self, given: Mapping[str, Any], kind: RecordType) -> Narrowed:
        """What a connection's arguments say of records of that type; an argument that is null is not there.

        Where there are both, what fits a search as well is ordered by how near it is. InvalidInput, or Denied where an
        argument uses what no rule can open.
        """
        conditions: list[Condition] = []
        measures: list[Search | Near] = []
        sealed: list[object] = []
        if given.get("search") is not None:
            search = self._search(given["search"], kind)
            measures.append(search)
            sealed.append(("search", search.text))
        if given.get("near") is not None:
            near = self._near(given["near"], kind)
            measures.append(near)
            sealed.append(("near", near.lat, near.lon, near.metres))
        if given.get("within") is not None:
            conditions.append(self._within(given["within"], kind))
            sealed.append(("within", given["within"]))
        keys = tuple(OrderKey((), None, measure=measure) for measure in measures)
        return Narrowed((*measures, *conditions), keys, tuple(sealed))

    def _search(self, given: str, kind: RecordType) -> Search:
        declared = [of for of in kind.fields.values() if of.search]
        fields = tuple(of for of in declared if self._filters.opens(kind, of.name))
        if not fields:
            raise refuse(kind, declared[0].name)
        if len(given) > LONGEST_SEARCH:
            raise InvalidInput(
                f"`search` có `{len(given)}` ký tự, nhiều nhất là {LONGEST_SEARCH}; hãy rút ngắn",
                f"`search` has `{len(given)}` characters, at most {LONGEST_SEARCH} are read; shorten it",
            )
        words = tuple(fold(given).split())
        if not words:
            raise InvalidInput(
                f"`search` là `{given}`, không có từ nào; hãy viết từ cần tìm",
                f"`search` is `{given}`, which has no word; write what to look for",
            )
        if len(words) > MOST_WORDS:
            raise InvalidInput(
                f"`search` có `{len(words)}` từ, nhiều nhất là {MOST_WORDS}; hãy rút ngắn",
                f"`search` has `{len(words)}` words, at most {MOST_WORDS} are read; shorten it",
            )
        return Search(fields, words)

    def _place(self, kind: RecordType) -> Field:
        of = place_of(kind)
        if of is None:
            raise InvalidInput(
                f"`within.box`: `{kind.name}` không có vị trí; hãy dùng `area`",
                f"`within.box`: `{kind.name}` has no place; use `area`",
            )
        self._filters.require(kind, of.name)
        return of

    def _near(self, given: Mapping[str, Any], kind: RecordType) -> Near:
        of = self._place(kind)
        lat, lon, kilometres = (float(given[name]) for name in ("lat", "lon", "withinKm"))
        _on_globe("near.lat", (lat,), _POLE)
        _on_globe("near.lon", (lon,), _MERIDIAN)
        if not 1 / _METRES <= kilometres <= FARTHEST:
            raise InvalidInput(
                f"`near.withinKm` là `{kilometres}`, phải từ {1 / _METRES} đến {FARTHEST}",
                f"`near.withinKm` is `{kilometres}`; give {1 / _METRES} to {FARTHEST}",
            )
        return Near(of, lat, lon, round(kilometres * _METRES))

    def _within(self, given: Mapping[str, Any], kind: RecordType) -> Condition:
        return self._box(given["box"], kind) if "box" in given else self._area(str(given["area"]), kind)

    def _box(self, given: Mapping[str, Any], kind: RecordType) -> Condition:
        of = self._place(kind)
        south, west, north, east = (float(given[name]) for name in ("south", "west", "north", "east"))
        _on_globe("within.box", (south, north), _POLE)
        _on_globe("within.box", (west, east), _MERIDIAN)
        if south > north or west > east:
            raise InvalidInput(
                f"`within.box`: `{south}` đến `{north}` phải đi lên bắc, `{west}` đến `{east}` sang đông; vùng qua "
                "kinh tuyến 180 cần hai truy vấn",
                f"`within.box`: `{south}` to `{north}` must go north, `{west}` to `{east}` east; ask twice for a box "
                "across the 180th meridian",
            )
        edges = (
            (Form.LAT, Operator.GTE, south),
            (Form.LAT, Operator.LTE, north),
            (Form.LON, Operator.GTE, west),
            (Form.LON, Operator.LTE, east),
        )
        return All(tuple(Compare(of, form, operator, degrees) for form, operator, degrees in edges))

    def _area(self, given: str, kind: RecordType) -> Condition:
        """That the record's area is this one, or lies below it over areas that are all in the view."""
        link = area_of(kind)
        if link is None:
            raise InvalidInput(
                f"`within.area`: `{kind.name}` không thuộc địa bàn nào; hãy dùng `box`",
                f"`within.area`: `{kind.name}` lies in no area; use `box`",
            )
        areas = self._model.types[AREA]
        if self._model.type_of(given) is not areas:
            raise InvalidInput(
                f"`within.area` là `{given[:80]}`, không phải định danh của một địa bàn",
                f"`within.area` is `{given[:80]}`, which is no id of an area",
            )
        self._filters.require(kind, link.name)
        self._filters.require(areas, ABOVE)
        this = Compare(None, Form.VALUE, Operator.EQ, given)
        inside: Condition = this
        for _ in range(HIGHEST):
            inside = Some((this, Through(areas.links[ABOVE], inside, holds_on_null=False)))
        return Through(link, inside, holds_on_null=False)


def _on_globe(name: str, degrees: Iterable[float], most: int) -> None:
    for each in degrees:
        if not -most <= each <= most:
            raise InvalidInput(
                f"`{name}`: `{each}` không nằm trên trái đất; phải từ -{most} đến {most}",
                f"`{name}`: `{each}` is not on the globe; give -{most} to {most}",
            )
