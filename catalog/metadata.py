"""What a dataset is: an operation run as the anonymous public, its columns, and what the catalogue says of it.

The operation has one root connection and the variables `$first` and `$after`; each of its nodes is one row. So open
data can never hold more than the public may see. The datasets themselves are declared in `catalog.datasets`.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from catalog.columns import Column
from schema.errors import NotFound

_AUTHORITY = "http://publications.europa.eu/resource/authority"


class Theme(StrEnum):
    """A theme of the European catalogue: the value is its address."""

    AGRICULTURE = f"{_AUTHORITY}/data-theme/AGRI"
    ECONOMY = f"{_AUTHORITY}/data-theme/ECON"
    CULTURE = f"{_AUTHORITY}/data-theme/EDUC"
    GOVERNMENT = f"{_AUTHORITY}/data-theme/GOVE"
    REGIONS = f"{_AUTHORITY}/data-theme/REGI"
    TECHNOLOGY = f"{_AUTHORITY}/data-theme/TECH"


class Update(StrEnum):
    """How often a dataset is due to change: the value is the European code's address."""

    ANNUAL = f"{_AUTHORITY}/frequency/ANNUAL"
    IRREGULAR = f"{_AUTHORITY}/frequency/IRREG"


class ChartKind(StrEnum):
    """What is drawn: a line over time, bars, or a map of provinces."""

    LINE = "line"
    BAR = "bar"
    MAP = "map"


class BodyKind(StrEnum):
    """What a body is: the value ends the address of the type of publisher in ADMS."""

    AUTHORITY = "NationalAuthority"
    COMPANY = "Company"
    COMMUNITY = "NonProfitOrganisation"


@dataclass(frozen=True, slots=True)
class Chart:
    """What to draw from the columns: `x` across (or the province of a map), `y` up, one line or bar each `series`.

    Only rows equal to `where` count (an empty text: without a value), and of those only the ones with the greatest
    value of `latest`. Without `y` the height is the number of rows. `target` names the columns of the goal that is
    drawn beside the values: by when, and how much. Bars and squares of one `x` add up; on a line the later row of one
    moment replaces the earlier, and a span of time is no point.
    """

    kind: ChartKind
    x: str
    vi: str
    en: str
    y: str = ""
    series: str = ""
    target: tuple[str, ...] = ()
    latest: str = ""
    where: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Licence:
    """The terms of use: `uri` is the licence's text, `authority` its address in the European list, if it is there."""

    code: str
    name: str
    uri: str
    authority: str = ""
    share_alike: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """Who publishes, or who answers for the figures; `code` is an agency's code."""

    code: str
    vi: str
    en: str
    kind: BodyKind


@dataclass(frozen=True, slots=True)
class Dataset:
    """One dataset; `key` names the columns that identify a row.

    `temporal` is the time that the data cover: a column whose least and greatest values say it, or two days.
    """

    slug: str
    title_vi: str
    title_en: str
    description_vi: str
    description_en: str
    publisher: Body
    creator: Body
    contact: Body
    licence: Licence
    themes: tuple[Theme, ...]
    keywords_vi: tuple[str, ...]
    keywords_en: tuple[str, ...]
    frequency: Update
    temporal: str | tuple[date, date]
    operation: str
    root: str
    columns: tuple[Column, ...]
    chart: Chart
    sources: tuple[str, ...]
    key: tuple[str, ...] = ("id",)
    spatial: str = f"{_AUTHORITY}/country/VNM"
    language: tuple[str, ...] = (f"{_AUTHORITY}/language/VIE", f"{_AUTHORITY}/language/ENG")

    def column(self, name: str) -> Column:
        """The column of that name."""
        for each in self.columns:
            if each.name == name:
                return each
        raise NotFound(
            f"tập dữ liệu `{self.slug}` không có cột `{name}`", f"dataset `{self.slug}` has no column `{name}`"
        )


Rows: TypeAlias = Callable[[Dataset], AsyncIterator[Sequence[Mapping[str, object]]]]
"""Pages of a dataset's nodes exactly as GraphQL answers them, in one view of the data or not at all."""
