"""Points and polygons on the map of provinces: which province a point lies in, and a point well inside of one.

Degrees are taken as a plane, which is right enough at the size of a province; distances are in kilometres. A polygon is
an outer ring and its holes, each a closed list of `(longitude, latitude)`, as in GeoJSON.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, TypeAlias

Point: TypeAlias = tuple[float, float]
Polygon: TypeAlias = Sequence[Sequence[Point]]
Box: TypeAlias = tuple[float, float, float, float]

DEGREE: Final = 111.195
"""Kilometres in a degree of latitude."""

OFFSHORE: Final = 10.0
"""Kilometres from land within which a bay or a cape is still counted to the nearest province."""

_FAR: Final = 1000.0
_SLICES: Final = 20


def _sides(polygon: Polygon) -> Iterator[tuple[Point, Point]]:
    for ring in polygon:
        yield from pairwise(ring)


def _box(polygon: Polygon) -> Box:
    longitudes, latitudes = zip(*polygon[0], strict=True)
    return min(longitudes), min(latitudes), max(longitudes), max(latitudes)


def _near(box: Box, lon: float, lat: float, margin: float) -> bool:
    west, south, east, north = box
    return west - margin <= lon <= east + margin and south - margin <= lat <= north + margin


def _cuts(polygon: Polygon, lat: float) -> list[float]:
    """The longitudes at which a parallel crosses the polygon's sides, from west to east."""
    return sorted(
        (x1 - x0) * (lat - y0) / (y1 - y0) + x0 for (x0, y0), (x1, y1) in _sides(polygon) if (y0 > lat) != (y1 > lat)
    )


def contains(polygon: Polygon, lon: float, lat: float) -> bool:
    """Whether the point lies in the polygon: an odd number of sides lie west of it."""
    return sum(cut < lon for cut in _cuts(polygon, lat)) % 2 == 1


def distance(polygon: Polygon, lon: float, lat: float, scale: float) -> float:
    """Degrees of latitude from the point to the nearest side; a degree of longitude counts `scale`."""
    best = _FAR
    for (x0, y0), (x1, y1) in _sides(polygon):
        ax, ay, dx, dy = (x0 - lon) * scale, y0 - lat, (x1 - x0) * scale, y1 - y0
        length = dx * dx + dy * dy
        along = 0.0 if length == 0 else max(0.0, min(1.0, -(ax * dx + ay * dy) / length))
        best = min(best, math.hypot(ax + along * dx, ay + along * dy))
    return best


def _surface(polygon: Polygon) -> float:
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(polygon[0])))


def middle(polygons: Sequence[Polygon]) -> Point:
    """A point well inside the largest polygon, as `(latitude, longitude)`.

    Of the middles of the widest chords along 19 evenly spaced parallels, the one farthest from the boundary.
    """
    polygon = max(polygons, key=_surface)
    _, south, _, north = _box(polygon)
    best = (-1.0, 0.0, 0.0)
    for slice_ in range(1, _SLICES):
        lat = south + (north - south) * slice_ / _SLICES
        cuts = _cuts(polygon, lat)
        _, lon = max((east - west, (west + east) / 2) for west, east in zip(cuts[::2], cuts[1::2], strict=True))
        found = distance(polygon, lon, lat, 1.0)
        if found > best[0]:
            best = (found, lat, lon)
    return round(best[1], 6), round(best[2], 6)


class Provinces:
    """The boundaries of the provinces of one list, by code."""

    def __init__(self, polygons: Mapping[str, Sequence[Polygon]]) -> None:
        self.polygons = polygons
        self._boxes = {code: [_box(polygon) for polygon in each] for code, each in polygons.items()}

    def of(self, lat: float, lon: float) -> str | None:
        """The province that the point lies in; at sea, the nearest, if within 10 km and the next twice as far."""
        for code, polygons in self.polygons.items():
            for polygon, box in zip(polygons, self._boxes[code], strict=True):
                if _near(box, lon, lat, 0.0) and contains(polygon, lon, lat):
                    return code
        (first, code), (second, _) = sorted((self._away(code, lat, lon), code) for code in self.polygons)[:2]
        return code if first <= OFFSHORE and second > 2 * first else None

    def centre(self, code: str) -> Point:
        """`middle` of a province."""
        return middle(self.polygons[code])

    def _away(self, code: str, lat: float, lon: float) -> float:
        scale = math.cos(math.radians(lat))
        close = (
            distance(polygon, lon, lat, scale)
            for polygon, box in zip(self.polygons[code], self._boxes[code], strict=True)
            if _near(box, lon, lat, 2 * OFFSHORE / DEGREE)
        )
        return min(close, default=_FAR) * DEGREE
