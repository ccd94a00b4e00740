"""The tree that an operation becomes: what is read (blocks, rows, columns), under which conditions, in which order.

A block is a set of records: the start of a statement, or the far end of a link. Its row says which columns each record
gives, as a positional list; a column may hold a block of its own. Parts are immutable, name only what the model
declares, and know nothing of response keys (see `shapes`) or of statement text (see `printer`).
"""

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import ClassVar, TypeAlias

from schema.model import Field, Link, RecordType
from schema.scalars import Stored


class Operator(Enum):
    """How a stored value is compared with the one given."""

    EQ = "="
    NE = "<>"
    LT = "<"
    LTE = "<="
    GT = ">"
    GTE = ">="
    IN = "IN"
    CONTAINS = "CONTAINS"
    STARTS_WITH = "STARTS WITH"
    ENDS_WITH = "ENDS WITH"
    HAS = "HAS"


class Form(Enum):
    """Which stored form of a field is read."""

    VALUE = "value"
    FOLD = "fold"
    SORT = "sort"
    LAT = "lat"
    LON = "lon"


@dataclass(frozen=True, slots=True)
class Compare:
    """The field's value stands so to the one given; unknown where it is null. `field` None is the id."""

    field: Field | None
    form: Form
    operator: Operator
    value: Stored | list[int]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class IsNull:
    """The field has no value (or has one); never unknown. `field` None is the id, which only no record lacks."""

    field: Field | None
    null: bool


@dataclass(frozen=True, slots=True)
class All:
    """Every one of these; none at all is true."""

    parts: tuple["Condition", ...] = ()


@dataclass(frozen=True, slots=True)
class Some:
    """At least one of these; none at all is false."""

    parts: tuple["Condition", ...] = ()


@dataclass(frozen=True, slots=True)
class Linked:
    """Some linked record of the view meets the condition (`every` false), or all do; negated where it says so.

    Only links whose own data meet `edge` are looked at.
    """

    link: Link
    condition: "Condition"
    every: bool = False
    negated: bool = False
    edge: tuple["OnEdge", ...] = ()


@dataclass(frozen=True, slots=True)
class Through:
    """The record at the end of a to-one link meets the condition; where there is none, it is a record of nulls."""

    link: Link
    condition: "Condition"
    holds_on_null: bool


@dataclass(frozen=True, slots=True)
class Search:
    """Each of the folded words occurs in the folded text of one of the fields, whichever of them for each word.

    Its measure is a rank, by the best of the fields: 0 where a text is the whole search, 1 where a text starts with it,
    2 where each word begins a word of one of the texts, else 3. Words are what blanks part.
    """

    fields: tuple[Field, ...]
    words: tuple[str, ...]

    @property
    def text(self) -> str:
        """The whole search, folded."""
        return " ".join(self.words)


@dataclass(frozen=True, slots=True)
class Near:
    """The place lies at most so many whole metres from this one (degrees); its measure is that distance, in metres."""

    field: Field
    lat: float
    lon: float
    metres: int


OnEdge: TypeAlias = Compare | IsNull | Some
"""What may be asked of a link's own data; an empty `Some` is false."""
Condition: TypeAlias = Compare | IsNull | All | Some | Linked | Through | Search | Near


@dataclass(frozen=True, slots=True)
class OrderKey:
    """One key of an order: a field at the end of a path of to-one links; `field` None is the id.

    With a `measure` it is a whole number that the condition makes of each record for which it is true.
    """

    path: tuple[Link, ...]
    field: Field | None
    descending: bool = False
    nulls_first: bool = False
    measure: Search | Near | None = None

    def turned(self) -> "OrderKey":
        """The same key, read from the other end."""
        return replace(self, descending=not self.descending, nulls_first=not self.nulls_first)


@dataclass(frozen=True, slots=True)
class Value:
    """A column: one stored form of a field."""

    field: Field
    form: Form = Form.VALUE


@dataclass(frozen=True, slots=True)
class Id:
    """A column: the global id."""


@dataclass(frozen=True, slots=True)
class EdgeValue:
    """A column: a field of the link over which the record was reached."""

    field: Field


@dataclass(frozen=True, slots=True)
class Key:
    """A column: the value of the block's order key of that number."""

    number: int


@dataclass(frozen=True, slots=True)
class One:
    """A column: the row of the record at the end of a to-one link, or null."""

    link: Link
    row: "Row"

    @property
    def grouped(self) -> bool:
        """Whether there are groups in it."""
        return self.row.grouped


@dataclass(frozen=True, slots=True)
class Records:
    """A column: the rows of a block, in its order."""

    block: "Block"

    @property
    def grouped(self) -> bool:
        """Whether there are groups in it."""
        return self.block.row.grouped


@dataclass(frozen=True, slots=True)
class Count:
    """A column: the number of a block's records, whatever its page."""

    block: "Block"


class Period(Enum):
    """The part of a date or an instant (in UTC) by which records are grouped."""

    YEAR = "YEAR"
    QUARTER = "QUARTER"
    MONTH = "MONTH"


@dataclass(frozen=True, slots=True)
class GroupKey:
    """One key of groups: a field at the end of a path of to-one links, or its period; `field` None is the id."""

    path: tuple[Link, ...]
    field: Field | None
    period: Period | None = None


class Function(Enum):
    """What is made of a field's values over a group; HIGH and LOW are the two halves of a sum, see `hub.figures`."""

    COUNT = "count"
    HIGH = "high"
    LOW = "low"
    MIN = "min"
    MAX = "max"


@dataclass(frozen=True, slots=True)
class Figure:
    """One function of one field over the records of a group, nulls left out."""

    function: Function
    field: Field


@dataclass(frozen=True, slots=True)
class Groups:
    """A column: a block's records, whatever its page, in groups: the values of the keys, how many, the figures.

    Groups come in the order of their keys, so many at most. Without keys all records are one group, also if there are
    none.
    """

    block: "Block"
    keys: tuple[GroupKey, ...]
    figures: tuple[Figure, ...]
    limit: int
    grouped: ClassVar[bool] = True


Column: TypeAlias = Value | Id | EdgeValue | Key | One | Records | Count | Groups


@dataclass(frozen=True, slots=True)
class Row:
    """The columns that each record of a type gives."""

    type: RecordType
    columns: tuple[Column, ...] = ()

    @property
    def grouped(self) -> bool:
        """Whether there are groups in it, however deep."""
        return any(isinstance(each, One | Records | Groups) and each.grouped for each in self.columns)


@dataclass(frozen=True, slots=True)
class Block:
    """Records of a type, at the start or over a link: which of them, in which order, how many at most.

    `after` and `until` are the values of the order's keys between which they stand, neither included. Over a link, they
    are those that it leads to where its own data meet `edge`.
    """

    row: Row
    link: Link | None = None
    condition: Condition = field(default_factory=All)
    order: tuple[OrderKey, ...] = ()
    after: tuple[Stored, ...] | None = None
    until: tuple[Stored, ...] | None = None
    limit: int = 1
    edge: tuple["OnEdge", ...] = ()

    @property
    def type(self) -> RecordType:
        """The type of its records."""
        return self.row.type
