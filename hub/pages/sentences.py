"""The answer of a dataset in a sentence, computed from what its chart shows."""

from decimal import Decimal

from markupsafe import Markup, escape

from catalog.metadata import ChartKind, Dataset
from hub.pages.languages import EN, Language
from hub.pages.plots import BARS, Goal, Plot
from hub.pages.tiles import TILES


def marked(text: str, language: Language) -> Markup:
    """Text of the data, which is Vietnamese, marked as such on an English page."""
    if language is EN and not text.isascii():
        return Markup('<span lang="vi">{}</span>').format(text)
    return escape(text)


def sentence(dataset: Dataset, plotted: Plot, unit: str, language: Language) -> Markup:
    """The answer in a sentence; empty where nothing is drawn."""
    if plotted.empty:
        return Markup("")
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


def _measure(value: Decimal, unit: str, language: Language) -> Markup:
    number = escape(language.number(value))
    return Markup("{}\u00a0{}").format(number, marked(unit, language)) if unit else number


def _of_bars(dataset: Dataset, plotted: Plot, unit: str, language: Language) -> Markup:
    (top, most), *others = plotted.bars
    title = language.t(dataset.chart.vi, dataset.chart.en)
    said = escape(language.t("{}: cao nhất là {}, {}", "{}: the highest is {}, {}")).format(
        title, marked(top, language), _measure(most, unit, language)
    )
    if plotted.latest:
        said += Markup(" ({})").format(plotted.latest)
    if others:
        name, value = others[0]
        said += escape(language.t("; tiếp theo là {}, {}", "; next comes {}, {}")).format(
            marked(name, language), _measure(value, unit, language)
        )
    return said + "."


def _of_lines(plotted: Plot, unit: str, language: Language) -> Markup:
    """The last value of each line, and the goals."""
    parts: list[Markup] = []
    for series in plotted.series[:2]:
        when, value = series.points[-1]
        name = Markup("{}: ").format(marked(series.name, language)) if series.name else Markup("")
        parts.append(Markup("{}{} ({})").format(name, _measure(value, unit, language), when))
    said = Markup("; ").join(parts)
    if plotted.goals:
        goals = Markup(", ").join(_goal(goal, unit, language) for goal in plotted.goals)
        said += escape(language.t(". Mục tiêu: {}", ". Targets: {}")).format(goals)
    return said + "."


def _goal(goal: Goal, unit: str, language: Language) -> Markup:
    pattern = escape(language.t("{} vào năm {}", "{} by {}"))
    return pattern.format(_measure(goal.value, unit, language), goal.by[:4])


def _of_map(dataset: Dataset, plotted: Plot, unit: str, language: Language) -> Markup:
    code, most = max(plotted.provinces.items(), key=lambda each: (each[1], each[0]))
    pattern = language.t(
        "{}: nhiều nhất ở {}, {}; có số liệu của {} trên {} tỉnh, thành phố.",
        "{}: the most in {}, {}; there are figures for {} of {} provinces.",
    )
    return escape(pattern).format(
        language.t(dataset.chart.vi, dataset.chart.en),
        marked(next(tile.name for tile in TILES if tile.code == code), language),
        _measure(most, unit, language),
        plotted.total,
        len(TILES),
    )
