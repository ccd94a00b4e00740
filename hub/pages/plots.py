"""What a dataset's chart shows, from a release's rows: series over time, ranked bars, or a value a province."""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import cast

from catalog.metadata import Chart, ChartKind, Dataset
from hub.pages.tiles import TILES, province_code

Row = Mapping[str, object]

SERIES, BARS = 4, 15
"""How many lines and bars a chart shows at most; the table has them all."""
_PERIOD = re.compile(r"(\d{4})(?:-Q([1-4])|-(\d{2}))?(?:-\d{2})?")


@dataclass(frozen=True, slots=True)
class Series:
    """One line: points of time as text and value, in the order of time."""

    name: str
    points: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Goal:
    """A target: its value, and by when, as text."""

    value: Decimal
    by: str


@dataclass(frozen=True, slots=True)
class Plot:
    """The values to draw; `total` counts the series or bars that there are, drawn or not."""

    kind: ChartKind
    series: tuple[Series, ...] = ()
    bars: tuple[tuple[str, Decimal], ...] = ()
    provinces: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    goals: tuple[Goal, ...] = ()
    total: int = 0
    latest: str = ""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not (self.series or self.bars or self.provinces)


def plot(dataset: Dataset, rows: Sequence[Row]) -> Plot:
    """What the dataset's chart shows of these rows."""
    chart = dataset.chart
    chosen = [row for row in rows if all(_text(row[name]) == value for name, value in chart.where.items())]
    latest = ""
    if chart.latest:
        latest = max((str(row[chart.latest]) for row in chosen if row[chart.latest] is not None), default="")
        chosen = [row for row in chosen if str(row[chart.latest]) == latest]
    if chart.kind is ChartKind.LINE:
        return _lines(chart, chosen)
    heights = _heights(chart, chosen)
    if chart.kind is ChartKind.MAP:
        known = {tile.code for tile in TILES}
        provinces: dict[str, Decimal] = defaultdict(Decimal)
        for name, value in heights.items():
            if province_code(name) in known:
                provinces[province_code(name)] += value
        return Plot(chart.kind, provinces=dict(provinces), total=len(provinces), latest=latest)
    ranked = sorted(heights.items(), key=lambda each: (-each[1], each[0]))
    return Plot(chart.kind, bars=tuple(ranked[:BARS]), total=len(ranked), latest=latest)


def moment(text: str) -> float | None:
    """Where a period lies on the axis of time: `2024`, `2024-Q3`, `2024-05`, a day; None for a span and all else."""
    found = _PERIOD.fullmatch(text)
    if found is None:
        return None
    year, quarter, month = found.groups()
    return int(year) + ((int(quarter) - 1) / 4 if quarter else 0) + ((int(month) - 1) / 12 if month else 0)


def ticks(least: float, most: float, wanted: int) -> list[float]:
    """Round numbers from about `least` to about `most`, about `wanted` of them."""
    span = (most - least) or abs(most) or 1.0
    raw = span / max(1, wanted)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * each for each in (1, 2, 2.5, 5, 10) if power * each >= raw * (1 - 1e-9))
    first = math.floor(least / step + 1e-9)
    last = max(first + 1, math.ceil(most / step - 1e-9))
    return [round(place * step, 9) for place in range(first, last + 1)]


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _number(value: object) -> Decimal | None:
    try:
        return None if value is None or isinstance(value, bool) else Decimal(str(value))
    except InvalidOperation:
        return None


def _each(value: object) -> Iterable[object]:
    return cast("list[object]", value) if isinstance(value, list) else [value]


def _heights(chart: Chart, rows: Sequence[Row]) -> dict[str, Decimal]:
    """The height of each `x`: the sum of `y`, or the number of rows."""
    heights: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        value = _number(row[chart.y]) if chart.y else Decimal(1)
        if value is None:
            continue
        for name in _each(row[chart.x]):
            if name is not None:
                heights[str(name)] += value
    return dict(heights)


def _lines(chart: Chart, rows: Sequence[Row]) -> Plot:
    """Lines of which a later row of the same moment replaces an earlier one; spans of time are not points."""
    lines: dict[str, dict[str, Decimal]] = defaultdict(dict)
    goals: dict[tuple[Decimal, str], Goal] = {}
    for row in rows:
        name = str(row[chart.series]) if chart.series else ""
        value = _number(row[chart.y]) if chart.y else Decimal(1)
        if value is None or moment(str(row[chart.x])) is None:
            continue
        if chart.y:
            lines[name][str(row[chart.x])] = value
        else:
            lines[name][str(row[chart.x])] = lines[name].get(str(row[chart.x]), Decimal()) + value
        goals.update({(goal.value, goal.by): goal for goal in _goals(chart, row)})
    series = [
        Series(name, tuple(sorted(points.items(), key=lambda each: moment(each[0]) or 0)))
        for name, points in lines.items()
    ]
    series.sort(key=lambda each: (-len(each.points) if chart.target else 0, -each.points[-1][1], each.name))
    every = tuple(sorted(goals.values(), key=lambda each: each.by))
    return Plot(chart.kind, series=tuple(series[:SERIES]), goals=every, total=len(series))


def _goals(chart: Chart, row: Row) -> Iterable[Goal]:
    """The goals beside a row's value: the first target column says by when, the second how much."""
    if not chart.target:
        return
    days, values = (list(_each(row[name])) for name in chart.target)
    for day, value in zip(days, values, strict=False):
        exact = _number(value)
        if exact is not None and day is not None:
            yield Goal(exact, str(day))
