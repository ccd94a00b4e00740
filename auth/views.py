"""A view of one type's records, as data, and a whole view in one short string. Pure.

What `auth.policy` decides is kept here for those who read it; nothing here looks at a rule.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from auth.predicates import NEVER, Clause, Predicate


@dataclass(frozen=True, slots=True)
class TypeAccess:
    """Which records of a type are in the view, and which fields of them.

    `fields` has every declared field and every link that the type declares, and where each has its stored value;
    `masks` has, of the fields that a permission opens through a mask, each mask and where it applies. The first that
    holds decides: the stored value before any mask, the masks in the model's order; one behind which nothing is left
    has the predicate `rows`. Every predicate implies `rows`.
    """

    rows: Predicate
    fields: Mapping[str, Predicate]
    masks: Mapping[str, tuple[tuple[str, Predicate], ...]]
    predicates: tuple[Predicate, ...] = field(init=False, repr=False, compare=False)
    """Its different predicates: that of the records first, then by field and mask."""

    def __post_init__(self) -> None:
        """Number the predicates."""
        masks = (predicate for name in sorted(self.masks) for _, predicate in self.masks[name])
        every = (self.rows, *(self.fields[name] for name in sorted(self.fields)), *masks)
        different = {id(one): one for one in every}.values()  # most fields have one and the same, which is hashed once
        object.__setattr__(self, "predicates", tuple(dict.fromkeys(different)))

    def opens(self, name: str) -> bool:
        """Whether the field or link of that name, or a mask of it, is open in any record."""
        return self.fields[name] != NEVER or name in self.masks


def digests(types: Mapping[str, TypeAccess]) -> tuple[str, str]:
    """Of what a statement's text can depend on, and of the whole view: the same with the values."""
    structure = json.dumps({name: _structure(one) for name, one in types.items()}, sort_keys=True)
    values = json.dumps({name: _values(one) for name, one in types.items()}, sort_keys=True)
    return _digest(structure), _digest(structure + values)


def _structure(one: TypeAccess) -> list[object]:
    """Which terms are compared in which clauses of the type's predicates, and which of these each name has."""
    equal = {predicate: place for place, predicate in enumerate(one.predicates)}
    same: dict[int, int] = {}

    def place(predicate: Predicate) -> int:
        if id(predicate) not in same:
            same[id(predicate)] = equal[predicate]
        return same[id(predicate)]

    fields = {name: place(predicate) for name, predicate in one.fields.items()}
    masks = {name: [(mask, place(predicate)) for mask, predicate in of] for name, of in one.masks.items()}
    return [fields, masks, [[_terms(predicate.permit), _terms(predicate.forbid)] for predicate in one.predicates]]


def _terms(clauses: tuple[Clause, ...]) -> list[list[object]]:
    """With how many values a list is looked through, for each stands in the text."""
    return [
        [(of.term.field, of.term.path, of.term.climbs, len(of.wanted) if of.term.listed else 0) for of in clause]
        for clause in clauses
    ]


def _values(one: TypeAccess) -> list[object]:
    """What the terms are compared with, in the order in which `_structure` has them."""
    return [
        [(of.term.among, of.values) for clause in (*predicate.permit, *predicate.forbid) for of in clause]
        for predicate in one.predicates
    ]


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
