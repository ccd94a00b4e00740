"""What a connector is: the declaration of one stream, and the records that its rows become.

A stream says which table it reads, which declared type or link the rows are, and what to do with surprises. Columns are
the model's own: a column named as a field holds that field, one named as a link holds the key of the link's target. A
table of another shape adds one pure function, `reshape`, from the cells of a row to the cells of the records in it.
Reading, checking, checkpoints and writing belong to the runner.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from connectors.areas import Areas
from schema.errors import InvalidInput
from schema.scalars import Stored

Cells: TypeAlias = Mapping[str, str]
"""One row, by column name."""


class Contract(StrEnum):
    """What happens where a table has a column that the model does not: refuse it, or leave out rows or values."""

    FREEZE = "freeze"
    DISCARD_ROW = "discard_row"
    DISCARD_VALUE = "discard_value"


class Disposition(StrEnum):
    """What happens to a record that is there already: it takes the new values, or stays as it is."""

    MERGE = "merge"
    APPEND = "append"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: the line at which it begins, its cells, its raw text, and what is wrong with it, if anything.

    The header is line 1.
    """

    number: int
    cells: Cells
    raw: str
    problem: InvalidInput | None = None


@dataclass(frozen=True, slots=True)
class Entity:
    """A record in stored form, with the whole set of targets (ids) of each link that its row states."""

    type: str
    id: str
    properties: Mapping[str, Stored]
    links: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Edge:
    """One link between two records (ids), with the link's own fields in stored form."""

    type: str
    link: str
    start: str
    end: str
    properties: Mapping[str, Stored]


@dataclass(frozen=True, slots=True)
class Named:
    """What a record made of others may take from them."""

    name: str
    name_en: str
    custodian: str


@dataclass(frozen=True, slots=True)
class Reference:
    """What rows may look up: areas, the names of areas and indicators by id, citations by source id."""

    areas: Areas
    names: Mapping[str, Named]
    sources: Mapping[str, str]


Reshape: TypeAlias = Callable[[Cells, Reference], Iterable[Cells]]


def unchanged(cells: Cells, _: Reference) -> Iterable[Cells]:
    """Take a row as one record with these columns."""
    return (cells,)


@dataclass(frozen=True, slots=True)
class Stream:
    """The declaration of one table.

    `entity` is the type of the records; with `link` the rows are links of that type instead, their two ends in the
    columns `ends`. `key` is the type's own. `defaults` are cells of every row that has no such column. `renamed` maps
    the table's columns to the model's. `on` and `level` say which list of areas a code or name in the table means.
    `extra` are the columns that only `reshape` reads. `cited`: the column `source` names a row of `sources.csv`.
    `version` is raised when the meaning of a row changes, so that unchanged files are read again.
    """

    name: str
    entity: str
    file: str
    link: str = ""
    ends: tuple[str, str] = ("from", "to")
    defaults: Cells = field(default_factory=dict[str, str])
    renamed: Mapping[str, str] = field(default_factory=dict[str, str])
    extra: tuple[str, ...] = ()
    reshape: Reshape = unchanged
    on: date | None = None
    level: str | None = None
    cited: bool = True
    fictional: bool = False
    disposition: Disposition = Disposition.MERGE
    contract: Contract = Contract.FREEZE
    encoding: str = "utf-8"
    delimiter: str = ","
    bad_share: float = 0.05
    licence: str = ""
    attribution: str = ""
    version: int = 1
