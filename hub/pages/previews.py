"""What a dataset page shows of a release's rows: the key sentence, the chart, the first rows of the table.

A release never changes, so all of it is computed once for a release and a language.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import cast

import pyarrow as pa

from catalog.columns import Column
from catalog.formats import rows_of
from catalog.metadata import Dataset
from hub.pages.drawings import Drawing, draw
from hub.pages.languages import EN, Language
from hub.pages.plots import Plot, plot
from hub.pages.sentences import Phrases, marked, remark, sentence

ROWS = 50
"""How many rows the page shows; the files hold them all."""
_LONG = 30


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as it is read: `style` is its class, `language` that of its text where it is not the page's."""

    text: str
    style: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What the page says and shows of one release; `remark` is what the chart leaves out."""

    sentence: Phrases
    remark: str
    kind: str
    title: str
    unit: Phrases
    drawings: tuple[Drawing, ...]
    names: tuple[Phrases, ...]
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    goals: bool


def preview(dataset: Dataset, table: pa.Table, language: Language) -> Preview:
    """Everything that the page shows of a table."""
    chart = dataset.chart
    held = set(table.column_names)
    drawn = {chart.x, chart.y, chart.series, chart.latest, *chart.target, *chart.where} - {""}
    wanted = {name: _translated(name, held, language) for name in (drawn | {"unit"}) & held}
    rows = [{name: row[there] for name, there in wanted.items()} for row in rows_of(table)]
    # A release may be older than the declaration: what it does not hold is not shown.
    plotted = plot(dataset, rows) if drawn <= held else Plot(chart.kind)
    unit = "" if plotted.empty else _unit(dataset, rows, language)
    # The identifier is for machines: a reader meets it last.
    columns = tuple(sorted((each for each in dataset.columns if each.name in held), key=lambda each: each.identifier))
    first = list(rows_of(table.slice(0, ROWS)))
    return Preview(
        sentence=sentence(dataset, plotted, unit, language),
        remark=remark(plotted, language),
        kind=chart.kind.value,
        title=language.t(chart.vi, chart.en),
        unit=marked(unit, language),
        drawings=draw(plotted, language),
        names=tuple(marked(series.name, language) for series in plotted.series),
        columns=columns,
        rows=tuple(tuple(cell(each, row[each.name], language) for each in columns) for row in first),
        goals=bool(plotted.goals),
    )


def _translated(name: str, held: AbstractSet[str], language: Language) -> str:
    """The column that says it in this language, where there is one: `areaNameEn` for `areaName`."""
    return f"{name}En" if language is EN and f"{name}En" in held else name


def cell(column: Column, value: object, language: Language) -> Cell:
    """A value as a reader of this language reads it."""
    if value is None or value == []:
        return Cell("–", "none number" if column.numeric and not column.many else "none")
    if isinstance(value, list):
        texts = [cell(column, each, language).text for each in cast("list[object]", value)]
        text = "; ".join(texts)
        return Cell(text, "long" if len(text) > _LONG else "", _text_language(column, language))
    if isinstance(value, date | datetime):
        return Cell(language.day(value), "nowrap")
    if column.numeric and isinstance(value, Decimal | float | int):
        return Cell(language.number(value), "number")
    if column.identifier:
        return Cell(str(value), "code nowrap")
    text = str(value)
    style = "nowrap" if column.kind == "code" else "long" if len(text) > _LONG else ""
    return Cell(text, style, _text_language(column, language))


def _text_language(column: Column, language: Language) -> str:
    """Text of the data is Vietnamese, but for the columns that are its English form."""
    if column.kind != "text":
        return ""
    own = "en" if column.name.endswith("En") else "vi"
    return "" if own == language.code else own


def _unit(dataset: Dataset, rows: Sequence[Mapping[str, object]], language: Language) -> str:
    """The unit of what is drawn: the column's own, or the only one that the rows name."""
    chart = dataset.chart
    if not chart.y:
        return ""
    column = dataset.column(chart.y)
    own = language.t(column.unit_vi, column.unit_en)
    if own:
        return own
    drawn = [row for row in rows if all(str(row[name] or "") == value for name, value in chart.where.items())]
    units = {str(row["unit"]) for row in drawn if row.get("unit")}
    if len(units) == 1:
        return units.pop()
    _, comma, after = language.t(column.vi, column.en).rpartition(", ")
    return after if comma else ""
