"""`search`, `near` and `within` over a view, computed plainly; and made-up arguments of them."""

import math
from collections import Counter
from collections.abc import Container, Mapping
from random import Random
from typing import Any

from schema.errors import Denied, InvalidInput
from schema.model import Classification, Field, Kind, Link, RecordType
from schema.text import fold
from tests.oracle.documents import Given
from tests.oracle.graphs import PLACES, TEXTS, Record, Stock
from tests.oracle.views import View

NEAR = ("at a record", "around", "null")
SEARCHES = ("one word", "several words", "a whole text", "words of several texts", "null")
REFUSED = ("no word in a search", "too many words in a search", "too long a search")
"""What is refused of these arguments."""


def measured(view: View, record: Record, arguments: Mapping[str, Any]) -> tuple[int, ...] | None:
    """The numbers by which a record is ordered first; None where it is not among those that the arguments want."""
    found: list[int] = []
    if arguments.get("search") is not None:
        rank = ranked(_texts(view, record), fold(arguments["search"]))
        if rank is None:
            return None
        found.append(rank)
    if arguments.get("near") is not None:
        away = distance(view, record, arguments["near"])
        if away is None or away > round(arguments["near"]["withinKm"] * 1000):
            return None
        found.append(away)
    if arguments.get("within") is not None and not _lies(view, record, arguments["within"]):
        return None
    return tuple(found)


def place_of(kind: RecordType) -> Field | None:
    """The field that is a place, if there is one."""
    return next((of for of in kind.fields.values() if of.kind is Kind.PLACE), None)


def _area(kind: RecordType) -> Link | None:
    return next((link for link in kind.links.values() if link.target == "Area" and not link.many), None)


def distance(view: View, record: Record, near: Mapping[str, float] | None) -> int | None:
    """Metres over the globe, rounded; null where one of the places is not known."""
    place = _where(view, record)
    return None if near is None or place is None else metres(place, (near["lat"], near["lon"]))


def _where(view: View, record: Record) -> tuple[float, float] | None:
    of = place_of(record.type)
    place = view.value(record, of.name) if of else None
    return place if isinstance(place, tuple) else None


def metres(one: tuple[float, float], other: tuple[float, float]) -> int:
    """The angle between two directions in space, by their product and their difference, times the globe's radius."""
    left, right = _direction(*one), _direction(*other)
    apart = math.dist(left, right) / 2
    return round(2 * 6_371_008.8 * math.atan2(apart, math.sqrt(max(0.0, 1 - apart * apart))))


def _direction(lat: float, lon: float) -> tuple[float, float, float]:
    up, round_ = math.radians(lat), math.radians(lon)
    return math.cos(up) * math.cos(round_), math.cos(up) * math.sin(round_), math.sin(up)


def _lies(view: View, record: Record, within: Mapping[str, Any]) -> bool:
    if "box" in within:
        place, box = _where(view, record), within["box"]
        return place is not None and (
            box["south"] <= place[0] <= box["north"] and box["west"] <= place[1] <= box["east"]
        )
    link = _area(record.type)
    ends = [end for end, _ in view.linked(record, link)] if link else []
    for _ in range(4):
        ends += [above for end in ends for above, _ in view.linked(end, end.type.links["partOf"]) if above not in ends]
    return any(end.id == within["area"] for end in ends)


def _texts(view: View, record: Record) -> list[str]:
    values = [view.value(record, of.name) for of in record.type.fields.values() if of.search]
    return [fold(str(value)) for value in values if value is not None]


def ranked(texts: list[str], asked: str) -> int | None:
    """0: a text is what is asked; 1: starts with it; 2: each word begins a word of a text; 3: is in one; else None."""
    words = asked.split(" ")
    if not all(any(word in text for text in texts) for word in words):
        return None
    if asked in texts:
        return 0
    if any(text.startswith(asked) for text in texts):
        return 1
    begun = all(any(part.startswith(word) for text in texts for part in text.split(" ")) for word in words)
    return 2 if begun else 3


def check(view: View, kind: RecordType, arguments: Mapping[str, Any]) -> None:
    """Raise InvalidInput or Denied where the arguments are refused whatever the records are."""
    given = arguments.get("search")
    if given is not None:
        if not any(view.opens(kind, of.name) for of in kind.fields.values() if of.search):
            raise Denied("tìm kiếm", "search")
        if len(given) > 200 or not 1 <= len(fold(given).split()) <= 8:
            raise InvalidInput("tìm kiếm", "search")
    if arguments.get("near") is not None:
        _check_place(view, kind)
        lat, lon, reach = (arguments["near"][name] for name in ("lat", "lon", "withinKm"))
        if not (-90 <= lat <= 90 and -180 <= lon <= 180 and 0.001 <= reach <= 2000):
            raise InvalidInput("gần", "near")
    if arguments.get("within") is not None:
        _check_within(view, kind, arguments["within"])


def _check_place(view: View, kind: RecordType) -> None:
    of = place_of(kind)
    if of is None:
        raise InvalidInput("vị trí", "place")
    if not view.opens(kind, of.name):
        raise Denied("vị trí", "place")


def _check_within(view: View, kind: RecordType, within: Mapping[str, Any]) -> None:
    if "box" in within:
        _check_place(view, kind)
        south, west, north, east = (within["box"][name] for name in ("south", "west", "north", "east"))
        if not (-90 <= south <= north <= 90 and -180 <= west <= east <= 180):
            raise InvalidInput("vùng", "box")
        return
    link = _area(kind)
    if link is None or not within["area"].startswith("Area:"):
        raise InvalidInput("địa bàn", "area")
    if not (view.opens(kind, link.name) and view.opens(view.model.types["Area"], "partOf")):
        raise Denied("địa bàn", "area")


def arguments(
    random: Random, kind: RecordType, paths: Counter[str], stock: Stock, reach: Container[Classification]
) -> dict[str, tuple[str, Given]]:
    """Some of these arguments as a connection to that type has them, each with its type in a document.

    A place is asked of where its classification is within reach, or seldom.
    """
    found: dict[str, tuple[str, Given]] = {}
    place = place_of(kind)
    if place and place.classification not in reach and random.random() < 0.9:
        place = None
    if random.random() < 0.2:
        found["search"] = "String", _search(random, paths)
    if place and random.random() < 0.4:
        found["near"] = "NearInput", _near(random, paths)
    if (place or _area(kind)) and random.random() < 0.25:
        areas = [one.id for one in stock.of("Area")]
        found["within"] = "WithinInput", _within(random, paths, areas, box=place is not None)
    return found


def _near(random: Random, paths: Counter[str]) -> Given:
    how = _rarest(paths, [f"near: {how}" for how in NEAR])
    if how.endswith("null"):
        return None
    lat, lon = random.choice(PLACES)
    reach = random.choice((0.001, 1, 7.5, 1200, 1999.9999, 2000))
    if how.endswith("around"):
        lat, lon = lat + random.uniform(-9, 9), lon + random.uniform(-9, 9)
        lat, lon = max(-90.0, min(90.0, lat)), lon - 360 if lon > 180 else lon
    if random.random() < 0.1:
        _rarest(paths, ["refused: near what is not there"])
        lat, lon, reach = random.choice(((90.5, lon, reach), (lat, -180.5, reach), (lat, lon, 0), (lat, lon, 2000.5)))
    return {"lat": lat, "lon": lon, "withinKm": reach}


def _within(random: Random, paths: Counter[str], areas: list[str], *, box: bool) -> Given:
    some = [f"within: {how}" for how in ("box" if box else "area", "area", "null")]
    how = _rarest(paths, some)
    if how.endswith("null"):
        return None
    if how.endswith("area"):
        if random.random() < 0.15:
            _rarest(paths, ["refused: within no area"])
            return {"area": random.choice(("Farm:A-001", "", "VN", "area:VN"))}
        return {"area": random.choice((*areas, *areas, "Area:nowhere"))}
    ends = random.choice(PLACES), random.choice(PLACES)
    edges = [sorted(each) for each in zip(*ends, strict=True)]
    if random.random() < 0.15:
        _rarest(paths, ["refused: within a box of no land"])
        edges = random.choice(([[1, 0.5], [0, 1]], [[0, 1], [170, -170]], [[-91, 0], [0, 1]]))
    (south, north), (west, east) = edges
    return {"box": {"south": south, "west": west, "north": north, "east": east}}


def _search(random: Random, paths: Counter[str]) -> Given:
    """A search that often finds something."""
    if random.random() < 0.08:
        how = _rarest(paths, [f"refused: {why}" for why in REFUSED])
        wrong: dict[str, str] = dict(
            zip(REFUSED, (random.choice(("", "  ", "\u0301")), "a " * 9, "a" * 201), strict=True)
        )
        return wrong[how.removeprefix("refused: ")]
    how = _rarest(paths, [f"search: {how}" for how in SEARCHES])
    if how.endswith("null"):
        return None
    if how.endswith("a whole text"):
        return random.choice(TEXTS)
    words = random.choice(TEXTS).split()
    random.shuffle(words)
    parts = [_part(random, word) for word in words[: 1 if how.endswith("one word") else 3]]
    if how.endswith("words of several texts"):
        parts.append(_part(random, random.choice(random.choice(TEXTS).split())))
    return "  ".join(parts)


def _rarest(paths: Counter[str], some: list[str]) -> str:
    """The path that was taken least often so far, which is counted."""
    chosen = min(some, key=lambda path: paths[path])
    paths[chosen] += 1
    return chosen


def _part(random: Random, word: str) -> str:
    start = random.choice((0, 0, random.randrange(len(word))))
    return word[start : start + random.choice((1, 1, 2, 3))]


def expected() -> list[str]:
    """Every path that enough operations take at least once."""
    refused = (*REFUSED, "near what is not there", "within no area", "within a box of no land")
    return [
        *(f"search: {how}" for how in SEARCHES),
        *(f"near: {how}" for how in NEAR),
        *(f"within: {how}" for how in ("box", "area", "null")),
        *(f"refused: {how}" for how in refused),
    ]
