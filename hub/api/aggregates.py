"""GraphQL types of aggregates, derived from the declared model.

For a record type `Farm`: `FarmAggregate`, one group of its records with figures of each field that has them, and
`FarmGroup`, one key to group by, written like a key of an order: `{kind: VALUE}`, `{foundedOn: YEAR}`,
`{locatedIn: {id: VALUE}}`. Figures are shared by kind. A group's key is a list in the order of `groupBy`, so that it
needs no type for each record type; its values are given as the fields themselves are, null too.
"""

from collections.abc import Mapping
from enum import Enum

import strawberry
from strawberry.types.field import StrawberryField

from hub.api.scalars import GroupValue
from hub.api.types import Types
from schema.errors import ConfigError
from schema.model import Field, Kind, Model, RecordType

_FIGURES: Mapping[Kind, tuple[str, Mapping[str, str]]] = {
    Kind.INT: ("IntAggregate", {"sum": "LongNumber", "avg": "Decimal", "min": "int", "max": "int"}),
    Kind.LONG: ("LongAggregate", dict.fromkeys(("sum", "min", "max"), "LongNumber") | {"avg": "Decimal"}),
    Kind.DECIMAL: ("DecimalAggregate", dict.fromkeys(("sum", "avg", "min", "max"), "Decimal")),
    Kind.DATE: ("DateAggregate", dict.fromkeys(("min", "max"), "date")),
    Kind.INSTANT: ("DateTimeAggregate", dict.fromkeys(("min", "max"), "datetime")),
    Kind.CODE: ("CodeAggregate", dict.fromkeys(("min", "max"), "str")),
}
_UNGROUPED = {Kind.PLACE, Kind.LIST}
_OWN = ("key", "count")


@strawberry.enum(description="By each value. Theo từng giá trị.")
class Grouping(Enum):
    """How records are grouped by a field."""

    VALUE = "VALUE"


@strawberry.enum(description="By each value, or by a period in UTC. Theo từng giá trị, hoặc theo kỳ (giờ UTC).")
class DateGrouping(Enum):
    """How records are grouped by a date or an instant: `2026`, `2026-Q4`, `2026-11`."""

    VALUE = "VALUE"
    YEAR = "YEAR"
    QUARTER = "QUARTER"
    MONTH = "MONTH"


@strawberry.type(description="One key of a group: the field it is of, and its value. Một khoá của nhóm.")
class GroupKey:
    """A key's path, `locatedIn.id`, and its value or period."""

    name: str
    value: GroupValue | None


def declare(types: Types, model: Model) -> None:
    """Make these types known by name; ConfigError where a field's name is taken by a group's own."""
    types.namespace |= {each.__name__: each for each in (Grouping, DateGrouping, GroupKey)}
    for name, figures in _FIGURES.values():
        made = [types.field(each, f"{of} | None", "") for each, of in figures.items()]
        _make(types, name, made, "Figures over a group, nulls left out; null over none. Số gộp của nhóm, bỏ qua null.")
    for kind in model.types.values():
        _aggregate(types, kind)
        _group(types, kind)


def _figures(of: Field) -> str | None:
    return _FIGURES[of.kind][0] if of.kind in _FIGURES and of.codes is None else None


def _aggregate(types: Types, kind: RecordType) -> None:
    own = [types.field("key", "list[GroupKey]", ""), types.field("count", "int", "")]
    of = {each.name: name for each in kind.fields.values() if (name := _figures(each))}
    if taken := of.keys() & set(_OWN):
        name = f"{kind.name}.{min(taken)}"
        raise ConfigError(f"tên `{name}` đã dùng cho nhóm", f"the name `{name}` is taken by groups")
    fields = [types.field(name, f"{figures} | None", "") for name, figures in of.items()]
    _make(types, f"{kind.name}Aggregate", [*own, *fields], "One group of records. Một nhóm bản ghi.")


def _make(types: Types, name: str, fields: list[StrawberryField], described: str) -> None:
    for each in fields:  # the names say it, and a line for each would double the schema's text
        each.description = None
    types.make(name, fields, described)


def _group(types: Types, kind: RecordType) -> None:
    by = {
        each.name: "DateGrouping" if each.kind in {Kind.DATE, Kind.INSTANT} else "Grouping"
        for each in kind.fields.values()
        if each.kind not in _UNGROUPED
    }
    links = {link.name: f"{link.target}Group" for link in kind.links.values() if not link.many}
    described = "One key to group by. Một khoá để nhóm."
    types.input(f"{kind.name}Group", {"id": "Grouping", **by, **links}, described, one_of=True)
