"""The console's form of a rule: what may be named of each type, from the declared model."""

from dataclasses import dataclass

from auth.rules import ID
from schema.masks import Mask
from schema.model import Classification, Field, Kind, Model, RecordType

_ADDED = frozenset({"custodian"})
"""What the hub itself constrains: a steward gives access to records of their own agency."""


@dataclass(frozen=True, slots=True)
class Part:
    """A field or a link that a rule may name; `target` is the type that a link leads to."""

    name: str
    vi: str
    en: str
    level: Classification
    masks: tuple[Mask, ...] = ()
    target: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """One type: what is its own, what every type has, the codes by which records are chosen, the way to its area.

    The names of a record are with what is its own: they are what a reader looks for. `area` is the links that lead to
    the area of a record, and None where none do.
    """

    type: RecordType
    own: tuple[Part, ...]
    common: tuple[Part, ...]
    codes: tuple[tuple[str, str, str, tuple[str, ...]], ...]
    area: tuple[str, ...] | None


def forms(model: Model) -> tuple[Form, ...]:
    """The form of every type."""
    every = [{each.name for each in kind.fields.values() if not each.search} for kind in model.types.values()]
    common = set[str]().union(*every).intersection(*every)
    return tuple(_form(kind, common) for kind in model.types.values())


def _form(kind: RecordType, common: set[str]) -> Form:
    fields = [Part(each.name, each.vi, each.en, each.classification, each.masks) for each in kind.fields.values()]
    links = [
        Part(each.name, each.vi, each.en, each.classification, target=each.target)
        for each in kind.links.values()
        if each.outgoing
    ]
    return Form(
        kind,
        tuple(each for each in (*fields, *links) if each.name not in common),
        tuple(each for each in fields if each.name in common),
        ((ID, "Mã định danh", "Identifier", ()), *(_code(each) for each in kind.fields.values() if _chooses(each))),
        _way(kind),
    )


def _chooses(field: Field) -> bool:
    return field.kind is Kind.CODE and field.name not in _ADDED


def _code(field: Field) -> tuple[str, str, str, tuple[str, ...]]:
    return field.name, field.vi, field.en, tuple(field.codes.__members__) if field.codes else ()


def _way(kind: RecordType) -> tuple[str, ...] | None:
    if kind.name == "Area":
        return ()
    ways = (each.name for each in kind.links.values() if each.outgoing and not each.many and each.target == "Area")
    return next(((way,) for way in ways), None)
