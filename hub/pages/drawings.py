"""Where the marks of a chart stand: plain geometry, which `charts.html` prints as SVG.

Each chart is drawn twice, wide and narrow, so that its text is as large on a phone as on a desk.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from catalog.metadata import ChartKind
from hub.pages.languages import Language
from hub.pages.plots import Plot, moment, ticks
from hub.pages.tiles import ARCHIPELAGOS, HEIGHT, TILES, WIDTH, Shade, shade_of, shades

_ROW, _BAR = 34, 20
_LETTER = 7.2


@dataclass(frozen=True, slots=True)
class Size:
    """A format to draw in: `name` is the class that shows it at the widths it is for."""

    name: str
    width: int
    height: int
    across: int


WIDE, NARROW = Size("wide", 736, 360, 8), Size("narrow", 344, 300, 4)


@dataclass(frozen=True, slots=True)
class Mark:
    """A text, at a point."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line: its name, its number among the styles, its path, and its points."""

    name: str
    style: int
    path: str
    points: tuple[tuple[float, float], ...]
    last: Mark


@dataclass(frozen=True, slots=True)
class LineDrawing:
    """A chart of lines over time, with goals as bars across the goal's year."""

    size: Size
    left: float
    right: float
    base: float
    rows: tuple[Mark, ...]
    moments: tuple[Mark, ...]
    lines: tuple[Line, ...]
    goals: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: where its row begins, its name (cut where it is too long), its width and its value."""

    y: float
    name: str
    width: float
    value: str


@dataclass(frozen=True, slots=True)
class BarDrawing:
    """A chart of bars; `left` is where they begin, `drop` how far below its name a bar stands."""

    size: Size
    left: float
    drop: float
    height: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Square:
    """A province on the tile map, or an archipelago: `value` fits the square, `full` is exact, `shade` its class."""

    x: float
    y: float
    first: str
    second: str
    value: str
    full: str
    shade: int
    name: str
    code: str


@dataclass(frozen=True, slots=True)
class MapDrawing:
    """The tile map: 34 squares, two archipelagos, and the legend's classes."""

    width: int
    height: int
    squares: tuple[Square, ...]
    archipelagos: tuple[Square, ...]
    legend: tuple[tuple[Shade, str], ...]


Drawing = LineDrawing | BarDrawing | MapDrawing


def draw(plot: Plot, language: Language) -> tuple[Drawing, ...]:
    """The plot in each size; nothing where it is empty."""
    if plot.empty:
        return ()
    if plot.kind is ChartKind.MAP:
        return (draw_map(plot.provinces, language),)
    drawn = draw_lines if plot.kind is ChartKind.LINE else draw_bars
    return tuple(drawn(plot, size, language) for size in (WIDE, NARROW))


def draw_lines(plot: Plot, size: Size, language: Language) -> LineDrawing:
    """Lines over time. The axis of values starts at zero, so that a small change does not look like a large one."""
    times = [at for series in plot.series for text, _ in series.points if (at := moment(text)) is not None]
    goals = [(goal, at) for goal in plot.goals if (at := moment(goal.by[:4])) is not None]  # a year's figure meets it
    times += [at for _, at in goals]
    values = [float(value) for series in plot.series for _, value in series.points]
    values += [float(goal.value) for goal, _ in goals]
    rows = ticks(min(0.0, *values), max(0.0, *values), 5)
    labels = [language.number(Decimal(str(each))) for each in rows]
    left = max(len(label) for label in labels) * _LETTER + 12
    right, base = size.width - 16 - 3 * _LETTER, size.height - 32
    first, last = min(times), max(times)

    def x(at: float) -> float:
        return round(left + 8 + (right - left - 8) * ((at - first) / (last - first) if last > first else 0.5), 1)

    def y(value: float) -> float:
        return round(base - (base - 24) * (value - rows[0]) / (rows[-1] - rows[0]), 1)

    lines: list[Line] = []
    for place, series in enumerate(plot.series):
        points = tuple((x(at), y(float(value))) for text, value in series.points if (at := moment(text)) is not None)
        path = "M" + "L".join(f"{across} {up}" for across, up in points)
        end = Mark(points[-1][0], points[-1][1] - 10, language.number(series.points[-1][1]))
        lines.append(Line(series.name, place + 1, path, points, end))
    return LineDrawing(
        size,
        left,
        right,
        base,
        tuple(Mark(left - 8, y(each), label) for each, label in zip(rows, labels, strict=True)),
        tuple(Mark(x(at), base + 22, str(at)) for at in _years(first, last, size.across)),
        tuple(lines),
        tuple(Mark(x(at), y(float(goal.value)), language.number(goal.value)) for goal, at in goals),
    )


def _years(first: float, last: float, most: int) -> list[int]:
    """Whole years from first to last, at even steps, at most `most` of them."""
    low, high = int(first), int(last)
    step = next(each for each in (1, 2, 5, 10, 20, 50, 100) if (high - low) // each < most)
    return [year for year in range(low, high + 1) if (year - low) % step == 0]


def draw_bars(plot: Plot, size: Size, language: Language) -> BarDrawing:
    """Ranked bars: on a narrow screen each name stands above its bar."""
    narrow = size is NARROW
    left = 0.0 if narrow else 248.0
    row, drop = (_ROW + 14, 20) if narrow else (_ROW, 0)
    texts = [language.number(value) for _, value in plot.bars]
    room = size.width - left - max(len(text) for text in texts) * 8 - 12
    most = max((value for _, value in plot.bars), default=Decimal(1)) or Decimal(1)
    letters = int((size.width if narrow else left - 12) / _LETTER)
    bars = tuple(
        Bar(place * row + 4.0, _cut(name, letters), round(max(1.0, room * float(value / most)), 1), texts[place])
        for place, (name, value) in enumerate(plot.bars)
    )
    return BarDrawing(size, left, drop, len(bars) * row + 8.0, bars)


def draw_map(values: Mapping[str, Decimal], language: Language) -> MapDrawing:
    """The tile map of a value a province. Both archipelagos are on it whatever the values are."""
    classes = shades(values)
    squares = tuple(
        Square(
            tile.column * WIDTH,
            tile.row * HEIGHT,
            tile.first,
            tile.second,
            _short(values.get(tile.code), language),
            language.number(values[tile.code]) if tile.code in values else "–",
            shade_of(values.get(tile.code), classes),
            tile.name,
            tile.code,
        )
        for tile in TILES
    )
    islands = tuple(
        Square(
            each.column * WIDTH,
            each.row * HEIGHT,
            language.t(each.vi, each.en),
            f"({each.province})",
            "",
            "",
            shade_of(values.get(each.code), classes),
            language.t(f"Quần đảo {each.vi}", f"{each.en} archipelago"),
            each.code,
        )
        for each in ARCHIPELAGOS
    )
    legend = tuple((each, _range(each, language)) for each in classes)
    rows = 1 + max(tile.row for tile in TILES)
    return MapDrawing(6 * WIDTH, rows * HEIGHT, squares, islands, legend)


def _range(shade: Shade, language: Language) -> str:
    least, most = _short(shade.least, language), _short(shade.most, language)
    return least if least == most else f"{least} – {most}"


def _short(value: Decimal | None, language: Language) -> str:
    """A value that fits a tile: in millions or thousands where it is long."""
    if value is None:
        return "–"
    for least, unit, vi, en in ((10**6, 10**6, "tr", "m"), (10**5, 10**3, "ng", "k")):
        if abs(value) >= least:
            return f"{language.number(value / unit, 1 if value < unit * 100 else 0)} {language.t(vi, en)}"
    return language.number(value, 0 if abs(value) >= 100 else None)  # noqa: PLR2004 - three figures say enough


def _cut(text: str, letters: int) -> str:
    return text if len(text) <= letters else f"{text[: letters - 1].rstrip()}…"
