"""Conditions that also measure, as statement text: how well a record fits a search, how far away its place is.

Numbers and texts are parameters; the text of a statement depends on how many words are searched, never on which.

A distance is the haversine's on a sphere, in whole metres. The engines' own functions for points differ by a
thousandth. Sines and roots differ in their last digit at most, here under a ten-millionth of a metre: two engines round
one distance to different metres once in ten million records or less.
"""

import math
from typing import Final

from hub.compiler.guards import View, conjunction, disjunction
from hub.compiler.parts import All, Compare, Condition, Form, Near, Search
from schema.model import RecordType

RADIUS: Final = 6_371_008.8
"""Of the globe, in metres: the mean of its three axes (IUGG)."""
_SPARE: Final = 1e-6
"""Degrees by which the box is larger than it must be, so that no rounding can leave out what is near."""
_ROUND: Final = (-180.0, 180.0)
_POLE: Final = 90
_ENDS: Final = 2
_LOW: Final = 1.0
"""Degrees, of the fifteen of the country: of a higher box an order's index is sooner at the end of a page."""


def met(view: View, measure: Search | Near, variable: str, kind: RecordType) -> str:
    """A predicate: that each word occurs in one of the fields, that the place is as near as was asked."""
    if isinstance(measure, Near):
        # Said apart, where an index on places can be used; within a CASE none is.
        lat = view.read(variable, kind, measure.field, Form.LAT)
        south, north, _ = box(measure)
        ranged = (f"{lat} >= {view.parameter(south)}", f"{lat} <= {view.parameter(north)}")
        distance = measured(view, measure, variable, kind)
        return conjunction((*ranged, f"{distance} <= {view.parameter(measure.metres)}"))
    texts = _texts(view, measure, variable, kind)
    words = [view.parameter(word) for word in measure.words]
    return conjunction(disjunction(f"{text} CONTAINS {word}" for text in texts) for word in words)


def measured(view: View, measure: Search | Near, variable: str, kind: RecordType) -> str:
    """The rank of a record that has every word, or the distance of one that is near enough, in metres."""
    if isinstance(measure, Near):
        return _distance(view, measure, variable, kind)
    return _rank(view, measure, variable, kind)


def _rank(view: View, search: Search, variable: str, kind: RecordType) -> str:
    texts = _texts(view, search, variable, kind)
    whole = view.parameter(search.text)
    equal = disjunction(f"{text} = {whole}" for text in texts)
    starts = disjunction(f"{text} STARTS WITH {whole}" for text in texts)
    words = [(view.parameter(word), view.parameter(f" {word}")) for word in search.words]
    begun = conjunction(
        disjunction(each for text in texts for each in (f"{text} STARTS WITH {word}", f"{text} CONTAINS {inner}"))
        for word, inner in words
    )
    return f"CASE WHEN {equal} THEN 0 WHEN {starts} THEN 1 WHEN {begun} THEN 2 ELSE 3 END"


def _texts(view: View, search: Search, variable: str, kind: RecordType) -> list[str]:
    return [view.read(variable, kind, of, Form.FOLD) for of in search.fields]


def _distance(view: View, near: Near, variable: str, kind: RecordType) -> str:
    """The distance, computed only of what lies in the box around the circle; null of anything else."""
    lat = view.read(variable, kind, near.field, Form.LAT)
    lon = view.read(variable, kind, near.field, Form.LON)
    south, north, ranges = box(near)
    inside = conjunction((f"{lat} >= {view.parameter(south)}", f"{lat} <= {view.parameter(north)}"))
    spans = disjunction(f"{lon} >= {view.parameter(west)} AND {lon} <= {view.parameter(east)}" for west, east in ranges)
    halved, radian = view.parameter(math.pi / 360), view.parameter(math.pi / 180)
    up = f"sin(({lat} - {view.parameter(near.lat)}) * {halved})"
    across = f"sin(({lon} - {view.parameter(near.lon)}) * {halved})"
    narrower = f"cos({lat} * {radian}) * {view.parameter(math.cos(math.radians(near.lat)))}"
    chord = f"sqrt({up} * {up} + {narrower} * {across} * {across})"
    metres = f"toInteger({view.parameter(2 * RADIUS)} * asin({chord}) + {view.parameter(0.5)})"
    return f"CASE WHEN {inside} AND {spans} THEN {metres} END"


def narrow(condition: Condition) -> bool:
    """Whether the condition asks for a place in a box that is low from south to north."""
    if not isinstance(condition, All):
        return False
    edges = [part for part in condition.parts if isinstance(part, Compare) and part.form is Form.LAT]
    ends = [end.value for end in edges if isinstance(end.value, float)]
    spans = len(ends) == _ENDS and max(ends) - min(ends) <= _LOW
    return spans or any(narrow(part) for part in condition.parts)


def box(near: Near) -> tuple[float, float, tuple[tuple[float, float], tuple[float, float]]]:
    """Degrees around the circle: south, north, and two ranges from west to east, alike unless it spans 180 degrees."""
    reach = (near.metres + 1) / RADIUS
    south, north = near.lat - math.degrees(reach) - _SPARE, near.lat + math.degrees(reach) + _SPARE
    if south <= -_POLE or north >= _POLE:  # a pole is near, and every meridian with it
        return south, north, (_ROUND, _ROUND)
    across = math.degrees(math.asin(min(1.0, math.sin(reach) / math.cos(math.radians(near.lat))))) + _SPARE
    west, east = near.lon - across, near.lon + across
    least, most = _ROUND
    if west < least:
        return south, north, ((least, east), (west + 360, most))
    if east > most:
        return south, north, ((west, most), (least, east - 360))
    return south, north, ((west, east), (west, east))
