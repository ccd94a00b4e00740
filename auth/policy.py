"""The decision: from a principal and the rules in force to what they may see, as data. Pure: no I/O, no statement text.

1. Nothing is seen unless a permission opens it.
2. A prohibition beats every permission, whatever the order of the rules and whoever set them.
3. A permission opens the fields and links that it names, of the records for which all of its constraints hold. A field
   declared later is opened by no rule written earlier.
4. A record is in the view when some permission, of any of its fields, holds for it, and no prohibition of whole
   records does. A field of it has its value when a permission that names the field holds and no prohibition does.
5. A prohibition that names fields closes these; one that names none closes the records.
6. A rule counts while its epochs and instants say so, for who it is assigned to, and for its purpose if it has one.
7. What is not known is denied. A permission with an unknown type, field, link, code, constraint, assignee or action
   opens nothing, and neither does one that needs an attribute or a purpose that the principal does not have. A
   prohibition with an unknown field, link, code or constraint closes all records of its type to its assignee; with
   any other unknown part, to everyone. One that needs an attribute or a purpose that the principal does not have
   holds as if they had it.
8. Where a record's field is null, a permission's constraint on it does not hold, and a prohibition's does.
9. `id` and `__typename` of a record in the view are always there.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Final, TypeAlias

from auth.principal import Action, Principal
from auth.rules import ANYONE, SCHEMES, Attribute, Constraint, Kind, Rule
from schema.model import Kind as Stored
from schema.model import Model, RecordType
from schema.types import MODEL


@dataclass(frozen=True, slots=True, order=True)
class Condition:
    """The record's field, stored as a code, is one of these values (sorted)."""

    field: str
    values: tuple[str, ...]

    def holds(self, record: Mapping[str, object], *, null: bool) -> bool:
        """Whether it holds for a stored record; `null` where the record has no such value."""
        value = record.get(self.field)
        return null if value is None else value in self.values


Clause: TypeAlias = tuple[Condition, ...]
"""All of these hold; sorted by field, each field once."""


@dataclass(frozen=True, slots=True)
class Predicate:
    """Some clause of `permit` holds, and none of `forbid`. `()` never permits, `((),)` always does."""

    permit: tuple[Clause, ...]
    forbid: tuple[Clause, ...] = ()

    def holds(self, record: Mapping[str, object]) -> bool:
        """Whether it holds for a stored record."""
        return _some(self.permit, record, null=False) and not _some(self.forbid, record, null=True)


NEVER: Final = Predicate(())
ALWAYS: Final = Predicate(((),))


@dataclass(frozen=True, slots=True)
class TypeAccess:
    """Which records of a type are in the view, and which fields of them.

    `fields` has every declared field and every link that the type declares; each predicate implies `rows`.
    """

    rows: Predicate
    fields: Mapping[str, Predicate]


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
    rules = [
        rule
        for assignee in _assignees(principal)
        for rule in policy.index.get((assignee, action), ())
        if _for_purpose(rule, principal)
    ]
    by_type: defaultdict[str, list[tuple[Rule, Clause]]] = defaultdict(list)
    for rule in rules:
        clause = _clause(rule, principal)
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
        yield replace(rule, fields=None, constraints=())
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
    if declared is None or not all(_constraint_known(one, declared) for one in rule.constraints):
        return False
    if rule.fields is None:
        return rule.kind == Kind.PROHIBITION
    return bool(rule.fields) and set(rule.fields) <= set(_names(declared))


def _constraint_known(constraint: Constraint, declared: RecordType) -> bool:
    of = declared.fields.get(constraint.field)
    return (
        of is not None
        and of.kind is Stored.CODE
        and bool(constraint.values)
        and all(of.codes is None or value in of.codes.__members__ for value in constraint.values)
    )


def _names(declared: RecordType) -> list[str]:
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


def _clause(rule: Rule, principal: Principal) -> Clause | None:
    """The rule's constraints with the principal's attributes in them; None where no record can ever fit."""
    attributes = {
        Attribute.AGENCY: principal.agency,
        Attribute.CLIENT: principal.client,
        Attribute.SUBJECT: principal.subject,
    }
    fits: dict[str, frozenset[str]] = {}
    for constraint in rule.constraints:
        values = [attributes[value] if isinstance(value, Attribute) else value for value in constraint.values]
        known = frozenset(value for value in values if value)
        if len(known) < len(set(values)):
            if rule.kind == Kind.PERMISSION:
                return None
            continue
        fits[constraint.field] = fits.get(constraint.field, known) & known
    if not all(fits.values()):
        return None
    return tuple(Condition(name, tuple(sorted(fits[name]))) for name in sorted(fits))


def _type_access(declared: RecordType, rules: Iterable[tuple[Rule, Clause]]) -> TypeAccess:
    opened: dict[str, set[Clause]] = {name: set() for name in _names(declared)}
    closed: dict[str, set[Clause]] = {name: set() for name in opened}
    records: set[Clause] = set()
    for rule, clause in rules:
        if rule.fields is None:
            records.add(clause)
        for name in rule.fields or ():
            (opened if rule.kind == Kind.PERMISSION else closed)[name].add(clause)
    return TypeAccess(
        _predicate(frozenset[Clause]().union(*opened.values()), frozenset(records)),
        {name: _predicate(frozenset(opened[name]), frozenset(closed[name] | records)) for name in opened},
    )


# One form for what is equal, whatever it was written as.


def _some(clauses: Iterable[Clause], record: Mapping[str, object], *, null: bool) -> bool:
    return any(all(condition.holds(record, null=null) for condition in clause) for clause in clauses)


@lru_cache(maxsize=16384)
def _predicate(permit: frozenset[Clause], forbid: frozenset[Clause]) -> Predicate:
    """Permissions and prohibitions in canonical form, without what can make no difference."""
    forbidden = canonical(forbid)
    left = frozenset(one for one in canonical(permit) if not any(_implies(one, other) for other in forbidden))
    permitted = canonical(left)
    return Predicate(permitted, tuple(one for one in forbidden if any(_together(one, other) for other in permitted)))


@lru_cache(maxsize=65536)
def canonical(clauses: frozenset[Clause]) -> tuple[Clause, ...]:
    """The one form of all sets of clauses that say the same: sorted, merged, without a clause that another implies.

    It parts the records by the first field that is mentioned: what holds whatever that field is, and what holds in
    addition for each of its values. Both are smaller, and each is brought to its own one form before they are joined.
    """
    if not clauses or () in clauses:
        return ((),) if clauses else ()
    first = min(clause[0].field for clause in clauses)
    whatever = frozenset(clause for clause in clauses if clause[0].field != first)
    by_value: defaultdict[str, set[Clause]] = defaultdict(set)
    for clause in clauses - whatever:
        for value in clause[0].values:
            by_value[value].add(clause[1:])
    always = canonical(whatever)
    values: defaultdict[Clause, list[str]] = defaultdict(list)
    for value, rests in by_value.items():
        for rest in canonical(whatever | rests):
            if not any(_implies(rest, other) for other in always):
                values[rest].append(value)
    added = ((Condition(first, tuple(sorted(of))), *rest) for rest, of in values.items())
    return tuple(sorted((*always, *added)))


def _implies(one: Clause, other: Clause) -> bool:
    """Whether the second clause holds wherever the first does."""
    of = {condition.field: condition.values for condition in one}
    return all(name.field in of and set(of[name.field]) <= set(name.values) for name in other)


def _together(one: Clause, other: Clause) -> bool:
    """Whether there can be a record for which both hold."""
    of = {condition.field: condition.values for condition in one}
    return not any(name.field in of and set(of[name.field]).isdisjoint(name.values) for name in other)


# What a view is, in one short string.

_Digested: TypeAlias = Mapping[str, list[object]]


def _structure(one: TypeAccess) -> list[object]:
    """Which fields are compared in which clauses, and which predicates of the type are equal; no value."""
    seen: dict[Predicate, int] = {one.rows: 0}
    fields = [[name, seen.setdefault(one.fields[name], len(seen))] for name in sorted(one.fields)]
    return [fields, [[_fields(predicate.permit), _fields(predicate.forbid)] for predicate in seen]]


def _fields(clauses: tuple[Clause, ...]) -> list[list[str]]:
    return [[condition.field for condition in clause] for clause in clauses]


def _contents(one: TypeAccess) -> list[object]:
    written = [["", repr(one.rows)], *([name, repr(one.fields[name])] for name in sorted(one.fields))]
    return [written]


def _digest(parts: _Digested) -> str:
    return hashlib.blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=16).hexdigest()
