"""The decision: from a principal and the rules in force to what they may see, as data. Pure: no I/O, no statement text.

1. Nothing is seen unless a permission opens it.
2. A prohibition beats every permission, whatever the order of the rules and whoever set them.
3. A permission opens the fields and links that it names, of the records for which all of its constraints hold, each
   field as it is or through a mask that the model declares for it. A field declared later is opened by no rule written
   earlier.
4. A record is in the view when some permission, of any of its fields, holds for it, and no prohibition of whole
   records does. A field of it has its value when a permission that names the field without a mask holds and no
   prohibition does; else its masked value, by the first of the field's masks whose permission holds.
5. A prohibition that names fields closes these; one that names none closes the records.
6. A rule counts while its epochs and instants say so, for who it is assigned to, and for its purpose if it has one.
7. What is not known is denied. A permission with an unknown type, field, link, code, constraint, assignee or action
   opens nothing, and neither does one that needs an attribute or a purpose that the principal does not have. A
   prohibition with an unknown field, link, code or constraint closes all records of its type to its assignee; with
   any other unknown part, to everyone, for every action and at every instant. One that needs an attribute or a
   purpose that the principal does not have holds as if they had it.
8. A constraint speaks of a field of the record, or of a field of the records at the end of a path of links; it holds
   where one of the values found is one of those written. `within` also looks at the areas above the one found. Stored
   records and links count, whether or not the asker may see them.
9. Where such a value is null, and where the path ends at no record, a permission's constraint does not hold, and a
   prohibition's does.
10. `id` and `__typename` of a record in the view are always there.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, TypeAlias

from auth.predicates import NEVER, YES, Clause, Condition, Predicate, Step, Term, simplest
from auth.principal import Action, Principal
from auth.rules import ANYONE, ID, SCHEMES, Attribute, Constraint, Kind, Rule
from schema.model import Kind as Stored
from schema.model import Model, RecordType
from schema.types import MODEL

ABOVE: Final = "partOf"
"""The link that `within` climbs."""


@dataclass(frozen=True, slots=True)
class TypeAccess:
    """Which records of a type are in the view, and which fields of them.

    `fields` has every declared field and every link that the type declares, and where each has its stored value;
    `masks` has, of the fields that a permission opens through a mask, each mask and where it applies. The first that
    holds decides: the stored value before any mask, the masks in the model's order. Every predicate implies `rows`.
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


@dataclass(frozen=True, slots=True)
class Access:
    """What a principal may see of every declared type, under the policy of `epoch`, until before `not_after`.

    `shape` says all that a statement's text can depend on, and no value; `fingerprint` says the whole view. Neither
    depends on the epoch: what must not outlive a policy is keyed by the epoch too.
    """

    types: Mapping[str, TypeAccess]
    epoch: int
    not_after: datetime | None
    shape: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Environment:
    """The request's circumstances: the instant, and the instant at which the token or session ends."""

    now: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """All rules of one epoch. Made once an epoch: rules are read, and found by assignee and action afterwards."""

    epoch: int
    rules: tuple[Rule, ...]
    model: Model = MODEL
    index: Mapping[tuple[str, str], tuple[Rule, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Put every rule that can be applied under its assignee and action."""
        index: defaultdict[tuple[str, str], list[Rule]] = defaultdict(list)
        for rule in self.rules:
            if rule.from_epoch <= self.epoch and (rule.to_epoch is None or self.epoch < rule.to_epoch):
                for applied in _applicable(rule, self.model):
                    index[applied.assignee, applied.action].append(applied)
        object.__setattr__(self, "index", {key: tuple(rules) for key, rules in index.items()})


def access(principal: Principal, policy: Policy, environment: Environment, action: Action = Action.READ) -> Access:
    """What the principal may do that action to, under that policy, at that instant."""
    rules = _concerning(principal, policy, action)
    by_type: defaultdict[str, list[tuple[Rule, Clause]]] = defaultdict(list)
    for rule in rules:
        clause = _clause(rule, principal, policy.model)
        if clause is not None and _in_force(rule, environment.now):
            by_type[rule.type].append((rule, clause))
    types = {name: _type_access(declared, by_type[name]) for name, declared in policy.model.types.items()}
    return Access(
        types,
        policy.epoch,
        _not_after(rules, environment),
        _digest({name: _structure(one) for name, one in types.items()}),
        _digest({name: _contents(one) for name, one in types.items()}),
    )


def applying(principal: Principal, policy: Policy, environment: Environment, action: Action) -> list[Rule]:
    """The rules about that action that apply to the principal at that instant, each as it is applied."""
    return [rule for rule in _concerning(principal, policy, action) if _in_force(rule, environment.now)]


def _concerning(principal: Principal, policy: Policy, action: Action) -> list[Rule]:
    """The rules about that action that are for the principal, at whatever instant."""
    return [
        rule
        for assignee in _assignees(principal)
        for rule in policy.index.get((assignee, action), ())
        if _for_purpose(rule, principal)
    ]


# Reading rules: what is not understood is denied.


def understood(rule: Rule, model: Model) -> bool:
    """Whether every part of the rule is known, so that it is applied as it is written."""
    return _readable(rule) and _names_known(rule, model)


def _applicable(rule: Rule, model: Model) -> Iterator[Rule]:
    """The rule as it is applied: itself, stricter, or not at all."""
    if understood(rule, model):
        yield rule
    elif rule.kind == Kind.PERMISSION:
        return
    elif _readable(rule):
        yield replace(rule, fields=None, constraints=(), masks=())
    else:
        closed = Rule(rule.id, Kind.PROHIBITION, rule.assigner, ANYONE, "", rule.type, None)
        yield from (replace(closed, action=action) for action in Action)


def _readable(rule: Rule) -> bool:
    scheme, colon, name = rule.assignee.partition(":")
    return (
        not rule.unknown
        and rule.kind in set(Kind)
        and rule.action in set(Action)
        and (rule.assignee == ANYONE or (scheme in SCHEMES and bool(colon and name)))
        and all(moment is None or moment.tzinfo is not None for moment in (rule.valid_from, rule.valid_until))
    )


def _names_known(rule: Rule, model: Model) -> bool:
    declared = model.types.get(rule.type)
    if declared is None or not all(_constraint_known(one, declared, model) for one in rule.constraints):
        return False
    if rule.fields is None:
        return rule.kind == Kind.PROHIBITION and not rule.masks
    return bool(rule.fields) and set(rule.fields) <= set(names(declared)) and _masks_known(rule, declared)


def _masks_known(rule: Rule, declared: RecordType) -> bool:
    """Whether each mask is one that its field declares, of a field that the permission names, once."""
    named = [name for name, _ in rule.masks]
    return not rule.masks or (
        rule.kind == Kind.PERMISSION
        and len(set(named)) == len(named)
        and set(named) <= set(rule.fields or ()) & declared.fields.keys()
        and all(any(mask == one.name for one in declared.fields[name].masks) for name, mask in rule.masks)
    )


def _constraint_known(constraint: Constraint, declared: RecordType, model: Model) -> bool:
    found = _term(constraint, declared, model)
    if found is None or not constraint.values:
        return False
    far, _ = found
    if constraint.field == ID:
        return True
    of = far.fields.get(constraint.field)
    return (
        of is not None
        and of.kind is Stored.CODE
        and not constraint.within
        and all(of.codes is None or value in of.codes.__members__ for value in constraint.values)
    )


def _term(constraint: Constraint, declared: RecordType, model: Model) -> tuple[RecordType, Term] | None:
    """The type at the end of the constraint's path, and its term; None where one of its links is no link there."""
    steps: list[Step] = []
    for name in constraint.path:
        link = declared.links.get(name)
        if link is None:
            return None
        steps.append((link.relation, link.outgoing))
        declared = model.types[link.target]
    above = declared.links.get(ABOVE) if constraint.within else None
    if constraint.within and (above is None or above.many or above.target != declared.name):
        return None
    return declared, Term(constraint.field, tuple(steps), above.relation if above else "")


def names(declared: RecordType) -> list[str]:
    """Every name that a rule about the type may name."""
    return [*declared.fields, *(link.name for link in declared.links.values() if link.outgoing)]


# Applying rules: to whom, when, to which records.


def _assignees(principal: Principal) -> Iterator[str]:
    yield ANYONE
    yield from (f"role:{role}" for role in sorted(principal.roles))
    named = (("agency", principal.agency), ("client", principal.client), ("person", principal.subject))
    yield from (f"{scheme}:{name}" for scheme, name in named if name)


def _for_purpose(rule: Rule, principal: Principal) -> bool:
    if rule.purpose is None or rule.purpose == principal.purpose:
        return True
    return rule.kind == Kind.PROHIBITION and principal.purpose is None


def _in_force(rule: Rule, now: datetime) -> bool:
    begun = rule.valid_from is None or rule.valid_from <= now
    return begun and (rule.valid_until is None or now < rule.valid_until)


def _not_after(rules: Iterable[Rule], environment: Environment) -> datetime | None:
    """The next instant at which one of the rules, or the token, begins or ends."""
    moments = [moment for rule in rules for moment in (rule.valid_from, rule.valid_until)]
    return min((at for at in (*moments, environment.until) if at is not None and at > environment.now), default=None)


def values_for(constraint: Constraint, principal: Principal) -> list[str | None]:
    """The constraint's values, with what of the principal it names in place; None where they do not have it."""
    attributes = {
        Attribute.AGENCY: principal.agency,
        Attribute.CLIENT: principal.client,
        Attribute.SUBJECT: principal.subject,
    }
    return [attributes[value] if isinstance(value, Attribute) else value for value in constraint.values]


def _clause(rule: Rule, principal: Principal, model: Model) -> Clause | None:
    """The rule's constraints with the principal's attributes in them; None where no record can ever fit."""
    fits: dict[Term, frozenset[str]] = {}
    for constraint in rule.constraints:
        values = values_for(constraint, principal)
        known = frozenset(value for value in values if value)
        if len(known) < len(set(values)):
            if rule.kind == Kind.PERMISSION:
                return None
            continue
        found = _term(constraint, model.types[rule.type], model)
        if found is None:  # no rule that is applied has such a constraint
            return None
        _, term = found
        if term.path or term.climbs:
            term, known = replace(term, among=tuple(sorted(known))), frozenset(YES)
        fits[term] = fits.get(term, known) & known
    if rule.kind == Kind.PERMISSION and not all(fits.values()):
        return None
    # Of a prohibition whose constraints leave no value, null is left: there each holds. No stored code is empty.
    return tuple(Condition(term, tuple(sorted(fits[term])) or YES) for term in sorted(fits))


def _type_access(declared: RecordType, rules: Iterable[tuple[Rule, Clause]]) -> TypeAccess:
    opened: dict[str, set[int]] = {name: set() for name in names(declared)}
    masked: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    closed: dict[str, set[int]] = {name: set() for name in opened}
    records: set[int] = set()
    clauses: dict[Clause, int] = {}
    for rule, clause in rules:
        number = clauses.setdefault(clause, len(clauses))
        if rule.fields is None:
            records.add(number)
        masks = dict(rule.masks)
        for name in rule.fields or ():
            if rule.kind == Kind.PROHIBITION:
                closed[name].add(number)
            elif name in masks:
                masked[name, masks[name]].add(number)
            else:
                opened[name].add(number)
    predicate = _predicates(tuple(clauses))
    return TypeAccess(
        predicate(set[int]().union(*opened.values(), *masked.values()), records),
        {name: predicate(opened[name], closed[name] | records) for name in opened},
        dict(_masks(declared, masked, lambda name, mask: predicate(masked[name, mask], closed[name] | records))),
    )


def _predicates(clauses: tuple[Clause, ...]) -> Callable[[set[int], set[int]], Predicate]:
    """What some clauses permit and others forbid, by their numbers; made once for all fields of which it is true."""
    made: dict[tuple[frozenset[int], frozenset[int]], Predicate] = {}

    def predicate(permit: set[int], forbid: set[int]) -> Predicate:
        key = (frozenset(permit), frozenset(forbid))
        if key not in made:
            made[key] = simplest(frozenset(clauses[one] for one in permit), frozenset(clauses[one] for one in forbid))
        return made[key]

    return predicate


def _masks(
    declared: RecordType, opened: Iterable[tuple[str, str]], predicate: Callable[[str, str], Predicate]
) -> Iterator[tuple[str, tuple[tuple[str, Predicate], ...]]]:
    """Of each field, the masks that open something, in the model's order."""
    known = set(opened)
    for name in sorted({name for name, _ in known}):
        found = (
            (mask.name, predicate(name, mask.name))
            for mask in declared.fields[name].masks
            if (name, mask.name) in known
        )
        kept = tuple((mask, one) for mask, one in found if one.permit)
        if kept:
            yield name, kept


# What a view is, in one short string.

_Digested: TypeAlias = Mapping[str, list[object]]


def _structure(one: TypeAccess) -> list[object]:
    """Which terms are compared in which clauses, and which predicates of the type are equal; no value."""
    return [*_places(one), [[_terms(predicate.permit), _terms(predicate.forbid)] for predicate in one.predicates]]


def _terms(clauses: tuple[Clause, ...]) -> list[list[object]]:
    return [[(of.term.field, of.term.path, of.term.climbs) for of in clause] for clause in clauses]


def _contents(one: TypeAccess) -> list[object]:
    return [*_places(one), [[_values(predicate.permit), _values(predicate.forbid)] for predicate in one.predicates]]


def _values(clauses: tuple[Clause, ...]) -> list[list[object]]:
    return [
        [(of.term.field, of.term.path, of.term.climbs, of.term.among, of.values) for of in clause] for clause in clauses
    ]


def _places(one: TypeAccess) -> list[object]:
    """Which of the type's predicates each field has, and each mask."""
    equal = {predicate: place for place, predicate in enumerate(one.predicates)}
    same: dict[int, int] = {}

    def place(predicate: Predicate) -> int:
        if id(predicate) not in same:
            same[id(predicate)] = equal[predicate]
        return same[id(predicate)]

    fields = [(name, place(one.fields[name])) for name in sorted(one.fields)]
    masks = [(name, [(mask, place(predicate)) for mask, predicate in one.masks[name]]) for name in sorted(one.masks)]
    return [fields, masks]


def _digest(parts: _Digested) -> str:
    return hashlib.blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=16).hexdigest()
