"""The decision: against a naive reading of every rule for every record, and by its laws.

`permitted`, `forbidden` and what they call read the rules one by one, straight from the numbered list of `auth.policy`
and from semantics, and share nothing with it but the declared model.
"""

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auth import policy as policy_module
from auth.policy import Access, Environment, Policy, access
from auth.predicates import ALWAYS, NEVER, Clause, Condition, Predicate, Term, Values, canonical
from auth.principal import ANONYMOUS, MEANINGS, Action, Principal, Role
from auth.rules import ANYONE, Attribute, Constraint, Kind, Rule, defaults
from auth.views import TypeAccess
from schema.model import PERSONAL, RESTRICTED, SHARED, Classification, RecordType
from schema.model import Kind as Stored
from schema.types import MODEL

Record = Mapping[str, str | tuple[str | None, ...] | None]
"""What is stored of a record; under `FAR`, the codes of the areas that it is linked to."""
FAR = "locatedIn.code"
NOW = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
HERE = Environment(NOW)
EPOCH = 7

# A naive reading.


def stored_of(record: Record) -> Values:
    """The record's values as predicates ask for them."""

    def values(term: Term) -> Sequence[object]:
        value = record.get(FAR if term.path else term.field)
        return value if isinstance(value, tuple) else (value,)

    return values


def names_of(type_name: str) -> set[str]:
    declared = MODEL.types[type_name]
    return set(declared.fields) | {name for name, link in declared.links.items() if link.outgoing}


def spelled_well(rule: Rule) -> bool:
    """Whether kind, assignee, action and instants are of the known forms."""
    return (
        rule.unknown == ()
        and rule.kind in ("permission", "prohibition")
        and re.fullmatch(r"anyone|(agency|client|person|role):.+", rule.assignee) is not None
        and rule.action in ("aggregate", "audit", "distribute", "grant", "publish", "read", "write")
        and all(at is None or at.utcoffset() is not None for at in (rule.valid_from, rule.valid_until))
    )


def can_constrain(constraint: Constraint, declared: RecordType) -> bool:
    for name in constraint.path:
        if name not in declared.links:
            return False
        declared = MODEL.types[declared.links[name].target]
    if not constraint.values or (constraint.within and (constraint.field != "id" or "partOf" not in declared.links)):
        return False
    field = declared.fields.get(constraint.field)
    if field is None or field.kind not in {Stored.CODE, Stored.LIST}:
        return constraint.field == "id"
    return field.codes is None or set(constraint.values) <= {code.value for code in field.codes}


def can_mask(rule: Rule, declared: RecordType) -> bool:
    if rule.masks and (rule.kind != "permission" or len(dict(rule.masks)) < len(rule.masks)):
        return False
    for name, mask in rule.masks:
        field = declared.fields.get(name)
        if field is None or name not in (rule.fields or ()) or mask not in [one.name for one in field.masks]:
            return False
    return True


def speaks_of_known_things(rule: Rule) -> bool:
    declared = MODEL.types[rule.type]
    if not all(can_constrain(one, declared) for one in rule.constraints) or not can_mask(rule, declared):
        return False
    if rule.fields is None:
        return rule.kind == "prohibition"
    return len(rule.fields) > 0 and all(name in names_of(rule.type) for name in rule.fields)


def concerns(rule: Rule, asker: Principal, action: Action) -> bool:
    mine = {"anyone", f"agency:{asker.agency}", f"client:{asker.client}", f"person:{asker.subject}"}
    mine |= {f"role:{role}" for role in asker.roles}
    if rule.assignee not in mine or rule.action != action:
        return False
    if (rule.valid_from and rule.valid_from > NOW) or (rule.valid_until and rule.valid_until <= NOW):
        return False
    if rule.purpose is None or rule.purpose == asker.purpose:
        return True
    return asker.purpose is None and rule.kind == "prohibition"


def fits(rule: Rule, asker: Principal, record: Record) -> bool:
    of = {Attribute.AGENCY: asker.agency, Attribute.CLIENT: asker.client, Attribute.SUBJECT: asker.subject}
    for constraint in rule.constraints:
        values = [of[value] if isinstance(value, Attribute) else value for value in constraint.values]
        if None in values:
            if rule.kind == "permission":
                return False
            continue
        value = record.get(FAR if constraint.path else constraint.field)
        found = value if isinstance(value, tuple) else (value,)
        if rule.kind == "prohibition" and (None in found or not found):
            continue
        if not any(one is not None and one in values for one in found):
            return False
    return True


def in_force(rules: Iterable[Rule], type_name: str) -> list[Rule]:
    current = [rule for rule in rules if rule.type == type_name and rule.from_epoch <= EPOCH]
    return [rule for rule in current if rule.to_epoch is None or rule.to_epoch > EPOCH]


def permitted(
    rules: Iterable[Rule], asker: Principal, action: Action, type_name: str, record: Record, name: str
) -> str | None:
    """How permissions open this field of this record: as it is (``), or through the mildest mask; None, not at all."""
    ways = {
        dict(rule.masks).get(name, "")
        for rule in in_force(rules, type_name)
        if rule.kind == "permission"
        and spelled_well(rule)
        and speaks_of_known_things(rule)
        and concerns(rule, asker, action)
        and name in (rule.fields or ())
        and fits(rule, asker, record)
    }
    field = MODEL.types[type_name].fields.get(name)
    mildest = ("", *(mask.name for mask in (field.masks if field else ())))
    return next((way for way in mildest if way in ways), None)


def forbidden(
    rules: Iterable[Rule], asker: Principal, action: Action, type_name: str, record: Record, name: str | None
) -> bool:
    """Whether some prohibition closes this field of this record; None, the whole record."""
    for rule in in_force(rules, type_name):
        if rule.kind == "permission":
            continue
        if not spelled_well(rule):
            return True
        if not concerns(rule, asker, action):
            continue
        if not speaks_of_known_things(rule):
            return True
        if (rule.fields is None or name in rule.fields) and fits(rule, asker, record):
            return True
    return False


# Rules, askers and records of few values, so that they meet often.

CUSTODIANS = ("MARD", "MOIT", "MCST")
NAMES = ("name", "foundedOn", "areaHa", "locatedIn")
TYPES = ("Farm", "Area")

constraints = st.one_of(
    st.builds(
        Constraint, st.just("custodian"), st.lists(st.sampled_from(CUSTODIANS), min_size=1, max_size=3).map(tuple)
    ),
    st.builds(Constraint, st.just("custodian"), st.sampled_from([(one,) for one in Attribute])),
    st.just(Constraint("custodian", ("MCST", Attribute.AGENCY))),
    st.builds(
        Constraint,
        st.just("visibility"),
        st.lists(st.sampled_from(("OPEN", "SHARED")), min_size=1, max_size=2).map(tuple),
    ),
    st.builds(
        Constraint,
        st.just("code"),
        st.lists(st.sampled_from(("01", "02")), min_size=1, max_size=2, unique=True).map(tuple),
        st.just(("locatedIn",)),
    ),
    st.builds(Constraint, st.just("origin"), st.sampled_from([("FACT",), ("FICTIONAL",), ("FACT", "FICTIONAL")])),
)
ODD_CONSTRAINTS = (
    Constraint("secret", ("MARD",)),
    Constraint("areaHa", ("1",)),
    Constraint("locatedIn", ("01",)),
    Constraint("visibility", ("OPEN", "HALF")),
    Constraint("visibility", (Attribute.AGENCY,)),
    Constraint("custodian", ()),
    Constraint("code", ("01",), ("locatedIn", "name")),
    Constraint("code", ("01",), ("locatedIn",), within=True),
    Constraint("id", ("Product:1",), ("grows",), within=True),
    Constraint("areaKm2", ("1",), ("locatedIn",)),
)
assignees = st.sampled_from(
    [ANYONE, ANYONE, "role:officer", "role:steward", "agency:MARD", "agency:MOIT", "client:app", "person:an"]
)
moments = st.sampled_from([*[None] * 9, NOW - HOUR, NOW, NOW + HOUR])
good_rules = st.builds(
    Rule,
    id=st.uuids().map(str),
    kind=st.sampled_from(Kind),
    assigner=st.just("MARD"),
    assignee=assignees,
    action=st.sampled_from([*[Action.READ] * 5, Action.DISTRIBUTE]),
    type=st.just("Farm"),
    fields=st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True).map(tuple),
    constraints=st.lists(constraints, max_size=3).map(tuple),
    masks=st.just(()),
    valid_from=moments,
    valid_until=moments,
    purpose=st.sampled_from([*[None] * 5, "survey", "audit"]),
    from_epoch=st.sampled_from([*[0] * 6, EPOCH, EPOCH + 1]),
    to_epoch=st.sampled_from([*[None] * 6, EPOCH, EPOCH + 1]),
)


@st.composite
def odd(draw: st.DrawFn) -> Rule:
    """A rule with one part that may be unknown."""
    rule = draw(good_rules)
    return draw(
        st.sampled_from(
            [
                replace(rule, kind="duty"),
                replace(rule, assignee="group:all"),
                replace(rule, assignee="role:"),
                replace(rule, assignee="person"),
                replace(rule, assignee="role:archivist"),
                replace(rule, action="peek"),
                replace(rule, type="Ghost"),
                replace(rule, type="Area", fields=("name", "code")),
                replace(rule, type="Area"),
                replace(rule, fields=None),
                replace(rule, fields=()),
                replace(rule, fields=("name", "secret")),
                replace(rule, fields=("id",)),
                replace(rule, constraints=(*rule.constraints, draw(st.sampled_from(ODD_CONSTRAINTS)))),
                replace(rule, valid_until=datetime(2030, 1, 1)),  # noqa: DTZ001 - an instant of no zone is none
                replace(rule, unknown=("mask",)),
                replace(rule, masks=(("foundedOn", "decade"),), fields=("foundedOn",)),
                replace(rule, masks=(("name", "year"),), fields=("name",)),
                replace(rule, masks=(("foundedOn", "year"),), fields=("name",)),
                replace(rule, masks=(("foundedOn", "year"), ("foundedOn", "month")), fields=("foundedOn",)),
            ]
        )
    )


MASKS = (("foundedOn", "month"), ("foundedOn", "year"), ("areaHa", "to1"))
masking_rules = st.tuples(good_rules, st.lists(st.sampled_from(MASKS), max_size=2, unique_by=lambda one: one[0])).map(
    lambda found: replace(
        found[0], kind=Kind.PERMISSION, fields=("name", "foundedOn", "areaHa"), masks=tuple(sorted(found[1]))
    )
)
prohibitions_of_records = good_rules.map(lambda rule: replace(rule, kind=Kind.PROHIBITION, fields=None))
rules = st.one_of(good_rules, good_rules, masking_rules, prohibitions_of_records, odd())
policies = st.lists(rules, max_size=9)
askers = st.builds(
    Principal,
    st.sampled_from([None, "an", "binh"]),
    st.sampled_from([None, "MARD", "MOIT"]),
    st.frozensets(st.sampled_from(["officer", "steward", "developer"])),
    st.sampled_from([None, "app"]),
    st.sampled_from([None, "survey", "audit"]),
)
RECORDS: Sequence[Record] = [
    dict(zip(("custodian", "visibility", "origin", FAR), values, strict=True))
    for values in itertools.product(
        (*CUSTODIANS, None), ("OPEN", "SHARED", None), ("FACT", None), ((), ("01",), ("01", "02"), ("03", None))
    )
]


def access_of(some: Iterable[Rule], asker: Principal, action: Action = Action.READ) -> Access:
    return access(asker, Policy(EPOCH, tuple(some)), HERE, action)


def seen(of: Access) -> set[tuple[str, int, str, str]]:
    """Every type, record and field in the view, and through which mask; `id` stands for the record."""
    found: set[tuple[str, int, str, str]] = set()
    for type_name, (number, record) in itertools.product(TYPES, enumerate(RECORDS)):
        one = of.types[type_name]
        if one.rows.holds(stored_of(record)):
            found.add((type_name, number, "id", ""))
        for name, predicate in one.fields.items():
            ways = (("", predicate), *one.masks.get(name, ()))
            first = next((mask for mask, holds in ways if holds.holds(stored_of(record))), None)
            if first is not None:
                found.add((type_name, number, name, first))
    return found


def naively_seen(some: Sequence[Rule], asker: Principal, action: Action) -> set[tuple[str, int, str, str]]:
    found: set[tuple[str, int, str, str]] = set()
    for type_name, (number, record) in itertools.product(TYPES, enumerate(RECORDS)):
        every = names_of(type_name) & {name for rule in some for name in rule.fields or ()}
        ways = {name: permitted(some, asker, action, type_name, record, name) for name in every}
        opened = {name: way for name, way in ways.items() if way is not None}
        if opened and not forbidden(some, asker, action, type_name, record, None):
            found.add((type_name, number, "id", ""))
            found |= {
                (type_name, number, name, way)
                for name, way in opened.items()
                if not forbidden(some, asker, action, type_name, record, name)
            }
    return found


@settings(max_examples=250, deadline=None, derandomize=True)
@given(policies, askers, st.sampled_from([Action.READ, Action.READ, Action.DISTRIBUTE, Action.WRITE]))
def test_the_view_is_that_of_a_naive_reading(some: list[Rule], asker: Principal, action: Action) -> None:
    assert seen(access_of(some, asker, action)) == naively_seen(some, asker, action)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(policies, rules, askers)
def test_a_permission_never_takes_and_a_prohibition_never_gives(some: list[Rule], one: Rule, asker: Principal) -> None:
    before, after = seen(access_of(some, asker)), seen(access_of([*some, one], asker))
    names = [{(*where, name) for *where, name, _ in found} for found in (before, after)]
    assert names[0] <= names[1] if one.kind == Kind.PERMISSION else names[1] <= names[0]
    if one.kind == Kind.PERMISSION:  # what was there as it is still is, and no mask gave way to a stricter one
        assert {found for found in before if not found[-1]} <= after
    else:
        assert after <= before


@settings(max_examples=100, deadline=None, derandomize=True)
@given(policies.flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))), askers)
def test_the_order_of_rules_is_nothing(orders: tuple[list[Rule], list[Rule]], asker: Principal) -> None:
    first, second = orders
    assert access_of(first, asker) == access_of([*second, *second[:2]], asker)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(policies, askers)
def test_a_role_that_no_rule_names_is_nothing(some: list[Rule], asker: Principal) -> None:
    more = replace(asker, roles=asker.roles | {"publisher"})
    assert access_of(some, asker) == access_of(some, more)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(policies, askers)
def test_every_name_has_a_predicate_which_implies_the_records(some: list[Rule], asker: Principal) -> None:
    found = access_of(some, asker)
    assert set(found.types) == set(MODEL.types)
    for type_name, one in found.types.items():
        assert set(one.fields) == names_of(type_name)
    view = seen(found)
    assert all((type_name, number, "id", "") in view for type_name, number, _, _ in view)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(policies, policies, askers)
def test_equal_fingerprints_are_equal_views(first: list[Rule], second: list[Rule], asker: Principal) -> None:
    one, other = access_of(first, asker), access_of(second, asker)
    assert (one.fingerprint == other.fingerprint) == (one.types == other.types)
    if one.types == other.types:
        assert one.shape == other.shape


# Canonical form.

DOMAIN = {"a": ("1", "2", "3"), "b": ("1", "2"), "c": ("1", "2")}
clauses = st.fixed_dictionaries(
    {},
    optional={
        name: st.frozensets(st.sampled_from(values), min_size=1).map(lambda found: tuple(sorted(found)))
        for name, values in DOMAIN.items()
    },
).map(lambda of: tuple(Condition(Term(name), of[name]) for name in sorted(of)))
normal_forms = st.frozensets(clauses, max_size=5)
POINTS: Sequence[Record] = [
    dict(zip(DOMAIN, values, strict=True))
    for values in itertools.product(*((*values, "other", None) for values in DOMAIN.values()))
]


def truth(some: Iterable[Clause]) -> list[bool]:
    return [
        any(all(point[condition.term.field] in condition.values for condition in clause) for clause in some)
        for point in POINTS
    ]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(normal_forms, normal_forms)
def test_one_form_for_what_says_the_same_and_only_for_that(first: frozenset[Clause], second: frozenset[Clause]) -> None:
    assert truth(canonical(first)) == truth(first)
    assert (canonical(first) == canonical(second)) == (truth(first) == truth(second))


def by_single_values(clause: Clause) -> set[Clause]:
    """The same, as clauses of one value for each field."""
    alone = [[Condition(condition.term, (value,)) for value in condition.values] for condition in clause]
    return set(itertools.product(*alone))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(normal_forms, st.data())
def test_one_form_however_it_is_written(some: frozenset[Clause], data: st.DataObject) -> None:
    """Some clauses are split into single values, and narrower ones than there are stand beside them."""
    written: set[Clause] = set()
    for clause in sorted(some):
        parts = by_single_values(clause)
        written |= parts if data.draw(st.booleans()) else {clause, *data.draw(st.sets(st.sampled_from(sorted(parts))))}
    assert canonical(frozenset(written)) == canonical(some)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(normal_forms)
def test_no_clause_of_the_form_is_implied_by_another(some: frozenset[Clause]) -> None:
    form = canonical(some)
    assert list(form) == sorted(set(form))
    for one, other in itertools.permutations(form, 2):
        assert not all(not holds or general for holds, general in zip(truth([one]), truth([other]), strict=True))
    for clause in form:
        names = [condition.term for condition in clause]
        assert names == sorted(set(names))
        assert all(list(condition.values) == sorted(set(condition.values)) for condition in clause)


def test_never_and_always() -> None:
    assert canonical(frozenset[Clause]()) == NEVER.permit
    assert canonical(frozenset({(), (Condition(Term("a"), ("1",)),)})) == ALWAYS.permit
    assert not NEVER.holds(stored_of({}))
    assert ALWAYS.holds(stored_of({}))
    assert not Predicate(((),), ((),)).holds(stored_of({}))


# What rules do, one by one.


def reads(*fields: str, kind: str = Kind.PERMISSION, **other: object) -> Rule:
    rule = Rule("r", kind, "MARD", ANYONE, Action.READ, "Farm", fields or None)
    return replace(rule, **other)


def farm(*some: Rule, asker: Principal = ANONYMOUS) -> TypeAccess:
    return access_of(some, asker).types["Farm"]


def test_without_rules_nothing_is_seen() -> None:
    found = access(Principal("an", "MARD", frozenset(Role)), Policy(1, ()), HERE)
    assert all(one.rows == NEVER for one in found.types.values())
    assert all(predicate == NEVER for one in found.types.values() for predicate in one.fields.values())
    assert (found.epoch, found.not_after) == (1, None)


def test_a_closed_record_is_closed_whatever_opens_its_fields() -> None:
    closed = reads(kind=Kind.PROHIBITION, constraints=(Constraint("custodian", ("MARD",)),))
    found = farm(reads("name"), closed)
    assert found.rows == Predicate(((),), ((Condition(Term("custodian"), ("MARD",)),),))
    assert found.fields["name"] == found.rows
    assert farm(reads("name"), reads(kind=Kind.PROHIBITION)).rows == NEVER


def test_a_closed_field_leaves_the_record() -> None:
    found = farm(reads("name", "areaHa"), reads("areaHa", kind=Kind.PROHIBITION))
    assert (found.rows, found.fields["name"], found.fields["areaHa"]) == (ALWAYS, ALWAYS, NEVER)


def test_what_can_make_no_difference_is_left_out() -> None:
    mard, moit = Constraint("custodian", ("MARD",)), Constraint("custodian", ("MOIT",))
    opened = reads("name", constraints=(mard,))
    plain = farm(opened)
    assert farm(opened, reads(kind=Kind.PROHIBITION, constraints=(moit,))) == plain
    both = (
        reads("name", constraints=(moit, Constraint("origin", ("FACT",)))),
        reads(kind=Kind.PROHIBITION, constraints=(moit,)),
    )
    assert farm(opened, *both) == plain
    assert farm(opened, reads("name", constraints=(mard, moit))) == plain


def test_constraints_of_a_prohibition_that_share_no_value_still_close_where_there_is_none() -> None:
    """Each of them holds where the value is null; a permission's hold nowhere."""
    apart = (Constraint("origin", ("FACT",)), Constraint("origin", ("FICTIONAL",)))
    found = farm(reads("name"), reads(kind=Kind.PROHIBITION, constraints=apart))
    opened = [found.rows.holds(stored_of({"origin": value})) for value in ("FACT", "FICTIONAL", None)]
    assert opened == [True, True, False]
    named = reads("name", kind=Kind.PROHIBITION, constraints=apart)
    assert not farm(reads("name"), named).fields["name"].holds(stored_of({}))
    assert farm(reads("name"), named).rows == ALWAYS
    assert farm(reads("name", constraints=apart)).rows == NEVER


def test_an_attribute_that_the_principal_lacks_denies() -> None:
    own = (Constraint("custodian", (Attribute.AGENCY,)),)
    assert farm(reads("name", constraints=own)).rows == NEVER
    closed = reads(kind=Kind.PROHIBITION, constraints=own)
    assert farm(reads("name"), closed).rows == NEVER
    mard = Principal(agency="MARD")
    assert farm(reads("name"), closed, asker=mard).rows == Predicate(
        ((),), ((Condition(Term("custodian"), ("MARD",)),),)
    )


@pytest.mark.parametrize(
    ("purpose", "asked", "permits", "forbids"),
    [
        (None, None, True, True),
        (None, "survey", True, True),
        ("survey", "survey", True, True),
        ("survey", "audit", False, False),
        ("survey", None, False, True),
    ],
)
def test_a_purpose_that_is_not_known_denies(
    purpose: str | None, asked: str | None, *, permits: bool, forbids: bool
) -> None:
    asker = Principal(purpose=asked)
    assert farm(reads("name", purpose=purpose), asker=asker).rows == (ALWAYS if permits else NEVER)
    closed = reads(kind=Kind.PROHIBITION, purpose=purpose)
    assert farm(reads("name"), closed, asker=asker).rows == (NEVER if forbids else ALWAYS)


MARD = Principal(agency="MARD")
NARROW = reads("name", assignee="agency:MARD", constraints=(Constraint("custodian", ("MARD",)),))


@pytest.mark.parametrize(
    "unknown",
    [
        replace(NARROW, fields=("name", "secret")),
        replace(NARROW, fields=("id",)),
        replace(NARROW, fields=()),
        *(replace(NARROW, constraints=(one,)) for one in ODD_CONSTRAINTS),
        *(replace(NARROW, constraints=(*NARROW.constraints, one)) for one in ODD_CONSTRAINTS),
    ],
)
def test_a_rule_about_an_unknown_thing_denies_its_assignee(unknown: Rule) -> None:
    assert farm(unknown, asker=MARD).rows == NEVER
    assert farm(reads("name"), unknown, asker=MARD).rows == ALWAYS
    closed = replace(unknown, kind=Kind.PROHIBITION)
    assert farm(reads("name"), closed, asker=MARD).rows == NEVER
    assert farm(reads("name"), closed).rows == ALWAYS
    assert access_of([reads("name"), reads("name", type="Area"), closed], MARD).types["Area"].rows == ALWAYS


@pytest.mark.parametrize(
    "unknown",
    [
        replace(NARROW, assignee="group:all"),
        replace(NARROW, assignee="agency:"),
        replace(NARROW, assignee="agency"),
        replace(NARROW, assignee=""),
        replace(NARROW, action="peek"),
        replace(NARROW, unknown=("mask",)),
        replace(NARROW, valid_from=datetime(2030, 1, 1)),  # noqa: DTZ001 - as above
        replace(NARROW, valid_until=datetime(2020, 1, 1)),  # noqa: DTZ001 - as above
    ],
)
def test_a_rule_that_cannot_be_read_denies_everyone(unknown: Rule) -> None:
    assert farm(unknown, asker=MARD).rows == NEVER
    assert farm(reads("name"), unknown, asker=MARD).rows == ALWAYS
    for closed in (replace(unknown, kind=Kind.PROHIBITION), replace(unknown, kind="duty")):
        for asker in (MARD, ANONYMOUS):
            assert farm(reads("name"), closed, asker=asker).rows == NEVER
            found = access_of([reads("name", type="Area"), closed], asker)
            assert found.types["Area"].rows == ALWAYS


def test_a_permission_of_whole_records_opens_nothing() -> None:
    assert farm(reads()).rows == NEVER


def test_a_rule_about_an_unknown_type_touches_no_other() -> None:
    for kind in Kind:
        assert farm(reads("name"), reads("name", type="Ghost", kind=kind)).rows == ALWAYS


@pytest.mark.parametrize("scheme", ["agency", "client", "person", "role"])
def test_a_name_fits_only_its_own_scheme(scheme: str) -> None:
    askers_by_scheme = {
        "agency": Principal(agency="x"),
        "client": Principal(client="x"),
        "person": Principal(subject="x"),
        "role": Principal(roles=frozenset({"x"})),
    }
    for theirs, asker in askers_by_scheme.items():
        found = farm(reads("name", assignee=f"{scheme}:x"), asker=asker)
        assert (found.rows == ALWAYS) == (theirs == scheme)


def test_an_absent_name_fits_no_rule() -> None:
    for assignee in ("person:None", "agency:None", "client:None", "person:"):
        assert farm(reads("name", assignee=assignee)).rows == NEVER


def test_the_end_is_the_next_instant_at_which_something_changes() -> None:
    some = (
        reads("name", valid_from=NOW - HOUR, valid_until=NOW + 3 * HOUR),
        reads("areaHa", id="later", valid_from=NOW + 2 * HOUR),
        reads("areaHa", id="others", assignee="role:steward", valid_from=NOW + HOUR),
        reads("areaHa", id="other action", action=Action.WRITE, valid_from=NOW + HOUR),
    )
    policy = Policy(1, some)
    now = access(ANONYMOUS, policy, HERE)
    assert now.not_after == NOW + 2 * HOUR
    assert access(ANONYMOUS, policy, Environment(NOW, NOW + HOUR)).not_after == NOW + HOUR
    later = access(ANONYMOUS, policy, Environment(NOW + 2 * HOUR))
    assert later.not_after == NOW + 3 * HOUR
    assert (now.types["Farm"].fields["areaHa"], later.types["Farm"].fields["areaHa"]) == (NEVER, ALWAYS)
    assert access(ANONYMOUS, policy, Environment(NOW + 3 * HOUR)).types["Farm"].fields["name"] == NEVER


def test_the_shape_says_the_structure_and_no_value() -> None:
    first = Policy(1, tuple(defaults(MODEL)))
    officers = [access(Principal("an", code, frozenset({"officer"})), first, HERE) for code in ("MARD", "MOIT")]
    assert officers[0].shape == officers[1].shape
    assert officers[0].fingerprint != officers[1].fingerprint
    steward = access(Principal("an", "MARD", frozenset({"steward"})), first, HERE)
    shapes = {officers[0].shape, steward.shape, access(ANONYMOUS, first, HERE).shape}
    assert len(shapes) == 3
    assert access(Principal("binh", "MARD", frozenset({"officer"})), Policy(9, first.rules), HERE) == replace(
        officers[0], epoch=9
    )


def test_the_shape_tells_which_fields_share_a_predicate() -> None:
    mard, moit = ((Constraint("custodian", (code,)),) for code in ("MARD", "MOIT"))
    alike = access_of([reads("name", "areaHa", constraints=mard), reads("source", constraints=moit)], ANONYMOUS)
    other = access_of([reads("name", constraints=mard), reads("areaHa", "source", constraints=moit)], ANONYMOUS)
    assert alike.shape != other.shape


# The first rules.


@cache
def at_first(asker: Principal) -> Access:
    """What the first rules open to an asker: the same for every record that is asked about."""
    return access(asker, Policy(1, tuple(defaults(MODEL))), HERE)


@pytest.mark.parametrize("type_name", MODEL.types)
@pytest.mark.parametrize("visibility", ["OPEN", "SHARED", "RESTRICTED", None])
@pytest.mark.parametrize("custodian", ["MARD", "MOIT", None])
def test_the_first_rules_open_this_and_no_more(type_name: str, visibility: str | None, custodian: str | None) -> None:
    record = {"visibility": visibility, "custodian": custodian}
    everything = set(Classification)
    anyone = {Classification.OPEN} if visibility == "OPEN" else set[Classification]()
    sharing = {Classification.OPEN, SHARED} if visibility in ("OPEN", "SHARED") else set[Classification]()
    own = custodian == "MARD"
    expected: Mapping[Principal, set[Classification]] = {
        ANONYMOUS: anyone,
        Principal(client="app", roles=frozenset({"developer"})): anyone,
        Principal("an", "MARD"): anyone,
        Principal("an", "MARD", frozenset({"publisher"})): anyone,
        Principal("an", None, frozenset({"officer"})): sharing,
        Principal("an", "MARD", frozenset({"officer"})): everything - {PERSONAL} if own else sharing,
        Principal("an", "MARD", frozenset({"steward"})): everything if own else sharing,
        Principal("an", "MARD", frozenset({"officer", "steward"})): everything if own else sharing,
    }
    declared = MODEL.types[type_name]
    classes = {name: field.classification for name, field in declared.fields.items()}
    classes |= {name: link.classification for name, link in declared.links.items() if link.outgoing}
    for asker, opened in expected.items():
        found = at_first(asker).types[type_name]
        assert found.rows.holds(stored_of(record)) == bool(opened)
        for name, classification in classes.items():
            assert found.fields[name].holds(stored_of(record)) == (classification in opened), (asker, name)


def test_the_first_rules_give_out_what_anyone_reads_and_allow_no_other_action() -> None:
    policy = Policy(1, tuple(defaults(MODEL)))
    steward = Principal("an", "MARD", frozenset({"steward", "officer"}))
    for asker in (ANONYMOUS, steward):
        assert access(asker, policy, HERE, Action.DISTRIBUTE).types == access(ANONYMOUS, policy, HERE).types
        for action in set(Action) - {Action.READ, Action.DISTRIBUTE, Action.GRANT, Action.WRITE}:
            assert all(one.rows == NEVER for one in access(asker, policy, HERE, action).types.values())
    own = Predicate(((Condition(Term("custodian"), ("MARD",)),),))
    officer = replace(steward, roles=frozenset({"officer"}))
    for asker, names in ((ANONYMOUS, ()), (officer, ("name",)), (steward, ("name", "visibility", "ownerName"))):
        for name, one in access(asker, policy, HERE, Action.WRITE).types.items():
            custodial = MODEL.types[name].custodial
            assert one.rows == (own if custodial and names else NEVER)
            if name == "Farm":
                assert {of for of in ("name", "visibility", "ownerName") if one.opens(of)} == set(names)
    for asker, rows in ((ANONYMOUS, NEVER), (replace(steward, roles=frozenset({"officer"})), NEVER), (steward, own)):
        assert {one.rows for one in access(asker, policy, HERE, Action.GRANT).types.values()} == {rows}


def test_some_field_of_the_domain_is_of_each_class() -> None:
    """Else the tests above would say less than they seem to."""
    found = {field.classification for declared in MODEL.types.values() for field in declared.fields.values()}
    assert found >= {Classification.OPEN, SHARED, RESTRICTED, PERSONAL}


def test_first_rules_have_their_own_ids_and_a_basis() -> None:
    some = defaults(MODEL)
    assert len({rule.id for rule in some}) == len(some)
    assert all(rule.basis_vi and rule.basis_en for rule in some)
    assert all(policy_module.understood(rule, MODEL) for rule in some)


def test_many_rules_are_found_by_assignee() -> None:
    """Ten thousand rules for others are not looked at."""
    others = [reads("name", id=f"r{n}", assignee=f"agency:A{n}") for n in range(10_000)]
    policy = Policy(1, (*others, reads("name", assignee="agency:MARD")))
    assert len(policy.index["agency:MARD", Action.READ]) == 1
    roles = frozenset(f"role{n}" for n in range(500))
    more = [
        reads(
            "name", "areaHa", id=role, assignee=f"role:{role}", constraints=(Constraint("custodian", (role.upper(),)),)
        )
        for role in roles
    ]
    found = access(Principal(roles=roles), Policy(1, tuple(more)), HERE).types["Farm"]
    assert found.rows == Predicate(((Condition(Term("custodian"), tuple(sorted(role.upper() for role in roles))),),))


def test_actions_and_roles_are_alphabetical_and_told() -> None:
    assert list(Action) == sorted(Action)
    assert list(Role) == sorted(Role)
    assert list(MEANINGS) == [*Action, *Role]
    assert all(vi and en for vi, en in MEANINGS.values())


def test_the_module_states_its_rules_as_a_list() -> None:
    numbers = re.findall(r"^(\d+)\. ", policy_module.__doc__ or "", re.MULTILINE)
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]
    assert len(numbers) > 5
