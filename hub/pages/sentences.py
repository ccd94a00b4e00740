"""The answer of a dataset in a sentence, computed from what its chart shows."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TypeAlias

from catalog.metadata import ChartKind, Dataset
from hub.pages.languages import EN, Language
from hub.pages.plots import BARS, Goal, Plot
from hub.pages.tiles import TILES

Phrase: TypeAlias = tuple[str, str]
"""A piece of text, and its language where that is not the page's."""
Phrases: TypeAlias = tuple[Phrase, ...]


def marked(text: str, language: Language) -> Phrases:
    """Text of the data, which is Vietnamese, marked as such on an English page."""
    return ((text, "vi" if language is EN and not text.isascii() else ""),) if text else ()


def sentence(dataset: Dataset, plotted: Plot, unit: str, language: Language) -> Phrases:
    """The answer in a sentence; nothing where nothing is drawn."""
    if plotted.empty:
        return ()
    if plotted.kind is ChartKind.LINE:
        return _of_lines(plotted, unit, language)
    if plotted.kind is ChartKind.MAP:
        return _of_map(dataset, plotted, unit, language)
    return _of_bars(dataset, plotted, unit, language)


def remark(plotted: Plot, language: Language) -> str:
    """What the chart leaves out."""
    shown = len(plotted.bars or plotted.series)
    if plotted.kind is ChartKind.MAP or plotted.total <= shown:
        return ""
    if plotted.kind is ChartKind.BAR:
        return language.t(
            f"Biểu đồ vẽ {BARS} giá trị cao nhất trong {plotted.total}; tệp có đủ.",
            f"The chart shows the {BARS} highest of {plotted.total}; the files have them all.",
        )
    return language.t(
        f"Biểu đồ vẽ {shown} trong {plotted.total} chuỗi; tệp có đủ.",
        f"The chart shows {shown} of {plotted.total} series; the files have them all.",
    )


def _filled(pattern: str, *parts: Phrases | str) -> Phrases:
    """The pattern with each `{}` filled by a part."""
    first, *rest = pattern.split("{}")
    said: list[Phrase] = [(first, "")]
    for part, text in zip(parts, rest, strict=True):
        said += [(part, "")] if isinstance(part, str) else part
        said.append((text, ""))
    return tuple(each for each in said if each[0])


def _joined(by: str, parts: Sequence[Phrases]) -> Phrases:
    return _filled(by.join("{}" for _ in parts), *parts)


def _measure(value: Decimal, unit: str, language: Language) -> Phrases:
    number = language.number(value)
    return _filled("{}\u00a0{}", number, marked(unit, language)) if unit else ((number, ""),)


def _of_bars(dataset: Dataset, plotted: Plot, unit: str, language: Language) -> Phrases:
    (top, most), *others = plotted.bars
    said = _filled(
        language.t("{}: cao nhất là {}, {}", "{}: the highest is {}, {}"),
        language.t(dataset.chart.vi, dataset.chart.en),
        marked(top, language),
        _measure(most, unit, language),
    )
    if plotted.latest:
        said += _filled(" ({})", plotted.latest)
    if others:
        name, value = others[0]
        next_best = language.t("; tiếp theo là {}, {}", "; next comes {}, {}")
        said += _filled(next_best, marked(name, language), _measure(value, unit, language))
    return (*said, (".", ""))


def _of_lines(plotted: Plot, unit: str, language: Language) -> Phrases:
    """The last value of each line, and the goals."""
    parts: list[Phrases] = []
    for series in plotted.series[:2]:
        when, value = series.points[-1]
        name = _filled("{}: ", marked(series.name, language)) if series.name else ()
        parts.append(_filled("{}{} ({})", name, _measure(value, unit, language), when))
    said = _joined("; ", parts)
    if plotted.goals:
        goals = _joined(", ", [_goal(goal, unit, language) for goal in plotted.goals])
        said += _filled(language.t(". Mục tiêu: {}", ". Targets: {}"), goals)
    return (*said, (".", ""))


def _goal(goal: Goal, unit: str, language: Language) -> Phrases:
    return _filled(language.t("{} vào năm {}", "{} by {}"), _measure(goal.value, unit, language), goal.by[:4])


def _of_map(dataset: Dataset, plotted: Plot, unit: str, language: Language) -> Phrases:
    code, most = max(plotted.provinces.items(), key=lambda each: (each[1], each[0]))
    pattern = language.t(
        "{}: nhiều nhất ở {}, {}; có số liệu của {} trên {} tỉnh, thành phố.",
        "{}: the most in {}, {}; there are figures for {} of {} provinces.",
    )
    return _filled(
        pattern,
        language.t(dataset.chart.vi, dataset.chart.en),
        marked(next(tile.name for tile in TILES if tile.code == code), language),
        _measure(most, unit, language),
        str(plotted.total),
        str(len(TILES)),
    )
