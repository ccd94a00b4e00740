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
   where one of the values found is one of those written. Of a list each value counts. `within` also looks at the
   areas above the one found. Stored records and links count, whether or not the asker may see them.
9. Where such a value is null or an empty list, and where the path ends at no record, a permission's constraint does not
   hold, and a prohibition's does.
10. `id` and `__typename` of a record in the view are always there.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from auth.predicates import YES, Clause, Condition, Predicate, Step, Term, simplest
from auth.principal import ANONYMOUS, Action, Principal
from auth.rules import ANYONE, ID, SCHEMES, Attribute, Constraint, Kind, Rule
from auth.views import TypeAccess, digests
from schema.model import Kind as Stored
from schema.model import Model, RecordType
from schema.types import MODEL

ABOVE: Final = "partOf"
"""The link that `within` climbs."""
_KINDS: Final = frozenset(Kind)
_ACTIONS: Final = frozenset(Action)


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
class Applied:
    """A rule as it is applied. `clause` is what it says of records, where that is the same `for_all` principals."""

    rule: Rule
    for_all: bool
    clause: Clause | None


@dataclass(frozen=True, slots=True)
class Policy:
    """All rules of one epoch. Made once an epoch: rules are read, and found by assignee and action afterwards."""

    epoch: int
    rules: tuple[Rule, ...]
    model: Model = MODEL
    index: Mapping[tuple[str, str], tuple[Applied, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Put every rule that can be applied under its assignee and action."""
        index: defaultdict[tuple[str, str], list[Applied]] = defaultdict(list)
        for rule in self.rules:
            if rule.from_epoch <= self.epoch and (rule.to_epoch is None or self.epoch < rule.to_epoch):
                for applied in _applicable(rule, self.model):
                    index[applied.assignee, applied.action].append(_applied(applied, self.model))
        object.__setattr__(self, "index", {key: tuple(rules) for key, rules in index.items()})


def access(principal: Principal, policy: Policy, environment: Environment, action: Action = Action.READ) -> Access:
    """What the principal may do that action to, under that policy, at that instant."""
    rules = _concerning(principal, policy, action)
    by_type: defaultdict[str, list[tuple[Rule, Clause]]] = defaultdict(list)
    for applied in rules:
        rule = applied.rule
        clause = applied.clause if applied.for_all else _clause(rule, principal, policy.model)
        if clause is not None and _in_force(rule, environment.now):
            by_type[rule.type].append((rule, clause))
    types = {name: _type_access(declared, by_type[name]) for name, declared in policy.model.types.items()}
    return Access(
        types,
        policy.epoch,
        _not_after((applied.rule for applied in rules), environment),
        *digests(types),
    )


def applying(principal: Principal, policy: Policy, environment: Environment, action: Action) -> list[Rule]:
    """The rules about that action that apply to the principal at that instant, each as it is applied."""
    rules = (applied.rule for applied in _concerning(principal, policy, action))
    return [rule for rule in rules if _in_force(rule, environment.now)]


def _concerning(principal: Principal, policy: Policy, action: Action) -> list[Applied]:
    """The rules about that action that are for the principal, at whatever instant."""
    return [
        applied
        for assignee in _assignees(principal)
        for applied in policy.index.get((assignee, action), ())
        if _for_purpose(applied.rule, principal)
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


def _applied(rule: Rule, model: Model) -> Applied:
    """The rule with its clause, unless that names something of the principal, who is not known yet."""
    for_all = not any(isinstance(value, Attribute) for one in rule.constraints for value in one.values)
    return Applied(rule, for_all, _clause(rule, ANONYMOUS, model) if for_all else None)


def _readable(rule: Rule) -> bool:
    scheme, colon, name = rule.assignee.partition(":")
    return (
        not rule.unknown
        and rule.kind in _KINDS
        and rule.action in _ACTIONS
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
        and (of.kind is Stored.CODE or of.kind is Stored.LIST)
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
    of = declared.fields.get(constraint.field)
    listed = of is not None and of.kind is Stored.LIST
    return declared, Term(constraint.field, tuple(steps), above.relation if above else "", listed=listed)


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
    return [_own(value, principal) if isinstance(value, Attribute) else value for value in constraint.values]


def _own(attribute: Attribute, principal: Principal) -> str | None:
    match attribute:
        case Attribute.AGENCY:
            return principal.agency
        case Attribute.CLIENT:
            return principal.client
        case Attribute.SUBJECT:
            return principal.subject


def _clause(rule: Rule, principal: Principal, model: Model) -> Clause | None:
    """The rule's constraints with the principal's attributes in them; None where no record can ever fit."""
    fits: dict[Term, frozenset[str]] = {}
    for constraint in rule.constraints:
        values = values_for(constraint, principal)
        known = frozenset(filter(None, values))
        if len(known) < len(set(values)):
            if rule.kind == Kind.PERMISSION:
                return None
            continue
        found = _term(constraint, model.types[rule.type], model)
        if found is None:  # no rule that is applied has such a constraint
            return None
        _, term = found
        if term.path or term.climbs or term.listed:
            term, known = term._replace(among=tuple(sorted(known))), frozenset(YES)
        fits[term] = fits.get(term, known) & known
    if rule.kind == Kind.PERMISSION and not all(fits.values()):
        return None
    # Of a prohibition whose constraints leave no value, null is left: there each holds. No stored code is empty.
    return tuple(Condition(term, tuple(sorted(fits[term])) or YES) for term in sorted(fits))


def _type_access(declared: RecordType, rules: Iterable[tuple[Rule, Clause]]) -> TypeAccess:
    """What these rules say of the type; a set of clauses is one number, with a bit for each."""
    opened = dict.fromkeys(names(declared), 0)
    masked: defaultdict[tuple[str, str], int] = defaultdict(int)
    closed = opened.copy()
    rows = records = 0
    bits: dict[Clause, int] = {}
    for rule, clause in rules:
        bit = bits.setdefault(clause, 1 << len(bits))
        if rule.fields is None:
            records |= bit
        masks = dict(rule.masks)
        for name in rule.fields or ():
            if rule.kind == Kind.PROHIBITION:
                closed[name] |= bit
                continue
            rows |= bit
            if name in masks:
                masked[name, masks[name]] |= bit
            else:
                opened[name] |= bit
    predicate = _predicates(tuple(bits))
    every = predicate(rows, records)
    through: dict[str, tuple[tuple[str, Predicate], ...]] = {}
    for name in sorted({name for name, _ in masked}):
        ways = [(mask.name, masked.get((name, mask.name), 0)) for mask in declared.fields[name].masks]
        kept = _masks(opened[name], ways, every, lambda of, name=name: predicate(of, closed[name] | records))
        if kept:
            through[name] = kept
    return TypeAccess(every, {name: predicate(opened[name], closed[name] | records) for name in opened}, through)


def _predicates(clauses: tuple[Clause, ...]) -> Callable[[int, int], Predicate]:
    """What some clauses permit and others forbid, by their bits; made once for all fields of which it is true."""
    made: dict[tuple[int, int], Predicate] = {}

    def chosen(bits: int) -> frozenset[Clause]:
        return frozenset(clause for place, clause in enumerate(clauses) if bits >> place & 1)

    def predicate(permit: int, forbid: int) -> Predicate:
        key = permit, forbid
        if key not in made:
            made[key] = simplest(chosen(permit), chosen(forbid))
        return made[key]

    return predicate


def _masks(
    seen: int, ways: Iterable[tuple[str, int]], rows: Predicate, predicate: Callable[[int], Predicate]
) -> tuple[tuple[str, Predicate], ...]:
    """Of a field that clauses open unmasked, the masks through which others open it, in the model's order.

    The first that holds decides. So the one with which every record of the view is open is said to hold for all of
    them, which costs a statement nothing to ask, and any behind it decides nothing.
    """
    kept: list[tuple[str, Predicate]] = []
    for mask, clauses in ways:
        found = predicate(clauses)
        if not found.permit:
            continue
        seen |= clauses
        if predicate(seen) == rows:
            return (*kept, (mask, rows))
        kept.append((mask, found))
    return tuple(kept)
