"""How an answer is laid out: which response key holds which column of which row. Read by `hub.shaping`."""

from dataclasses import dataclass
from typing import TypeAlias

from schema.model import Kind


@dataclass(frozen=True, slots=True)
class Constant:
    """The same for every record: a type name, what was written, or null where the field is refused."""

    value: str | list[str] | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One column's value, converted by its kind."""

    column: int
    kind: Kind = Kind.CODE
    decimals: int = 0


@dataclass(frozen=True, slots=True)
class Whole:
    """A place: an object of two columns, or null where the first is null."""

    test: int
    object: "Object"


@dataclass(frozen=True, slots=True)
class Inner:
    """An object laid out from the row that a column holds, or null."""

    column: int
    object: "Object"


@dataclass(frozen=True, slots=True)
class Object:
    """Response keys, in the order of the selection."""

    entries: tuple[tuple[str, "Shape"], ...]


@dataclass(frozen=True, slots=True)
class Cursor:
    """The cursor of a record: the columns of its block's order keys, sealed for that block."""

    columns: tuple[int, ...]
    seal: str


@dataclass(frozen=True, slots=True)
class Nodes:
    """The records of the page (in a connection), each laid out alike; edges are laid out from the same rows."""

    object: Object


@dataclass(frozen=True, slots=True)
class Page:
    """Where the page ends (in a connection): of each key, which end it tells; a cursor where one is told."""

    entries: tuple[tuple[str, str], ...]
    cursor: Cursor | None


@dataclass(frozen=True, slots=True)
class Total:
    """The number of records in all (in a connection): a column of the row that holds the connection."""

    column: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of objects, all laid out from the same row."""

    objects: tuple[Object, ...]


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of a field, or its average, over a group: of the columns of its two halves and the number of values.

    Over no value null; null too where the column `shared`, of the record that all of the group must share, is null.
    A field without `decimals` holds whole numbers.
    """

    high: int
    low: int
    count: int
    decimals: int | None
    path: str
    average: bool
    shared: int | None


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of an aggregate (in a connection): a column of rows, each laid out alike, so many at most."""

    column: int
    most: int
    path: str
    object: Object


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection: `column` of the holding row has the page's rows and, if the page's end is told, one more.

    Where it is read `backward`, the rows come from its end; `started` tells that it began at a cursor.
    """

    column: int | None
    size: int
    backward: bool
    started: bool
    entries: tuple[tuple[str, "Nodes | Page | Total | Groups | Constant"], ...]


@dataclass(frozen=True, slots=True)
class First:
    """The only record of a block (`node(id)`), or null."""

    column: int
    object: Object


@dataclass(frozen=True, slots=True)
class Several:
    """Records by their ids (`nodes(ids)`), each in its place, null where none was found.

    Each column has the rows of one type, laid out alike; the first value of a row is the id.
    """

    ids: tuple[str, ...]
    columns: tuple[tuple[int, Object], ...]


Shape: TypeAlias = Constant | Cell | Whole | Inner | Object | Cursor | Connection | First | Several | Listed | Sum
