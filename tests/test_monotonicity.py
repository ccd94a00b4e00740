"""Less permission is never more view: whatever is taken from a policy, or closed by it, nothing is added anywhere."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Final, TypeAlias

import pytest

from auth.policy import Environment, Policy, access
from auth.principal import Principal
from auth.rules import ANYONE, Constraint, Kind, Rule
from schema.types import MODEL
from tests.cedar.chance import EPOCH, NOW, Case, Chance
from tests.cedar.entities import Steps, of_levels, steps, stored
from tests.oracle.graphs import Record, Stock, made
from tests.oracle.views import View

pytestmark = pytest.mark.no_cover

CASES: Final = 100
SIZE: Final = 6
NOWHERE: Final = Constraint("custodian", ("nobody",))
UNKNOWN: Final = Constraint("secret", ("A",))
Shown: TypeAlias = Mapping[tuple[str, ...], int]
"""How much of each record, field and link is shown: 0 is all, each stricter mask one more; what is hidden is absent."""


def ways_of(record: Record, name: str) -> list[str]:
    field = record.type.fields.get(name)
    return ["", *(mask.name for mask in (field.masks if field else ()))]


def by_access(case: Case, rules: Sequence[Rule], asker: Principal, stock: Stock, ways: Steps) -> Shown:
    """What the access predicates of the type show."""
    policy = Policy(EPOCH, tuple(rules))
    one = access(asker, policy, Environment(NOW), case.action).types[case.type.name]
    found: dict[tuple[str, ...], int] = {}
    for record in stock.of(case.type.name):
        values = stored(record, stock, ways)
        if one.rows.holds(values):
            found[record.id,] = 0
        for name, predicate in one.fields.items():
            opens = {"": predicate, **dict(one.masks.get(name, ()))}
            every = enumerate(ways_of(record, name))
            least = next((place for place, way in every if way in opens and opens[way].holds(values)), None)
            if least is not None:
                found[record.id, name] = least
    return found


def by_view(stock: Stock, rules: Sequence[Rule], asker: Principal) -> Shown:
    """What the whole view shows, links and what they lead to with it."""
    view = View(MODEL, stock, rules, asker)
    found: dict[tuple[str, ...], int] = {}
    for kind in MODEL.types.values():
        for record in view.records(kind.name):
            found[record.id,] = 0
            for name in kind.fields:
                way = view.way(record, name)
                if way is not None:
                    found[record.id, name] = ways_of(record, name).index(way)
            for link in kind.links.values():
                found |= {(record.id, link.name, other.id): 0 for other, _ in view.linked(record, link)}
    return found


def added(before: Shown, after: Shown) -> list[tuple[str, ...]]:
    """What the second shows that the first does not, or only through a stricter mask."""
    return [where for where, strict in after.items() if where not in before or before[where] > strict]


def stricter(rule: Rule) -> Iterator[tuple[str, Rule | None]]:
    """The rule made stricter in every way there is, each named; None is without it."""
    yield "an unknown constraint", replace(rule, constraints=(*rule.constraints, UNKNOWN))
    yield "what could not be read", replace(rule, unknown=("duty",))
    yield "an unknown kind", replace(rule, kind="duty")
    if rule.kind == Kind.PERMISSION:
        yield "no permission", None
        yield "a purpose", replace(rule, purpose=rule.purpose or "survey")
        yield "an end", replace(rule, valid_until=NOW)
        yield "a revocation", replace(rule, to_epoch=EPOCH)
        yield "a constraint", replace(rule, constraints=(*rule.constraints, NOWHERE))
        yield "fewer fields", replace(rule, fields=(rule.fields or ())[:1], masks=())
        yield "an unknown type", replace(rule, type="Ghost")
        yield "a prohibition instead", replace(rule, kind=Kind.PROHIBITION, masks=())
        yield "masks", replace(rule, masks=tuple(_masks(rule)))
        return
    yield "for everyone", replace(rule, assignee=ANYONE)
    yield "for every purpose", replace(rule, purpose=None)
    yield "without end", replace(rule, valid_from=None, valid_until=None)
    yield "never revoked", replace(rule, from_epoch=0, to_epoch=None)
    yield "of every record", replace(rule, constraints=())
    yield "of whole records", replace(rule, fields=None)


def _masks(rule: Rule) -> Iterator[tuple[str, str]]:
    """The strictest mask of every field that has one."""
    for name in rule.fields or ():
        field = MODEL.types[rule.type].fields.get(name)
        if field is not None and field.masks:
            yield name, field.masks[-1].name


def keeps_masks(rule: Rule, changed: Rule | None) -> bool:
    """Whether no field of the changed rule is open as it is where the rule itself opens it through a mask only."""
    if changed is None or changed.fields is None:
        return True
    names = set(changed.fields) - dict(changed.masks).keys()
    return rule.kind == Kind.PROHIBITION or not names & dict(rule.masks).keys()


def cases(number: int) -> Iterator[tuple[Case, Stock, Steps]]:
    stock = of_levels(made(Random(f"less {number}"), MODEL, SIZE))
    ways = steps(stock.ties)
    chance = Chance(f"less {number}", MODEL, stock)
    for _ in range(5):
        yield chance.case(), stock, ways


def every_case() -> Iterator[tuple[Case, Stock, Steps]]:
    for number in range(CASES // 5):
        yield from cases(number)


def test_a_stricter_rule_never_adds_to_what_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    tried: Counter[str] = Counter()
    took: Counter[str] = Counter()
    for case, stock, ways in every_case():
        before = by_access(case, case.rules, case.asker, stock, ways)
        for place, rule in enumerate(case.rules):
            if rule.id in case.sound:
                continue
            others = [*case.rules[:place], *case.rules[place + 1 :]]
            for name, changed in stricter(rule):
                if not keeps_masks(rule, changed):
                    continue
                after = by_access(case, [*others, changed] if changed else others, case.asker, stock, ways)
                assert added(before, after) == [], (name, rule, case)
                tried[name] += 1
                took[name] += after != before
    with capsys.disabled():
        print(f"\n{tried.total()} rules made stricter; these took something:")  # noqa: T201 - asked for
        print(*(f"{took[name]:6} of {tried[name]:5}  {name}" for name in sorted(tried)), sep="\n")  # noqa: T201
    assert [name for name in tried if not took[name]] == []


def test_one_more_prohibition_or_one_less_permission_never_adds_to_a_whole_view() -> None:
    """Over whole graphs, links and the records that they lead to with them; the view knows no purposes and no dates."""
    took: Counter[str] = Counter()
    for case, stock, _ in every_case():
        plain = [
            replace(rule, action="read", purpose=None, valid_from=None, valid_until=None, from_epoch=0, to_epoch=None)
            for rule in case.rules
            if rule.id not in case.sound
        ]
        before = by_view(stock, plain, case.asker)
        for place, rule in enumerate(plain):
            after = by_view(stock, [*plain[:place], *plain[place + 1 :]], case.asker)
            less, more = (after, before) if rule.kind == Kind.PERMISSION else (before, after)
            assert added(more, less) == [], (rule, case)
            took[rule.kind] += less != more
    assert min(took[Kind.PERMISSION], took[Kind.PROHIBITION]) > CASES // 5


def test_who_says_no_purpose_never_sees_more() -> None:
    took = 0
    for case, stock, ways in every_case():
        for purpose in ("survey", "audit"):
            before = by_access(case, case.rules, replace(case.asker, purpose=purpose), stock, ways)
            after = by_access(case, case.rules, replace(case.asker, purpose=None), stock, ways)
            assert added(before, after) == [], case
            took += after != before
    assert took > CASES // 5


def test_who_is_less_is_never_shown_more_by_permissions() -> None:
    """Without prohibitions, which may speak of a role or an agency: with fewer roles, or no name, nothing is added."""
    took = 0
    for case, stock, ways in every_case():
        rules = [rule for rule in case.rules if rule.kind == Kind.PERMISSION]
        before = by_access(case, rules, case.asker, stock, ways)
        for less in ({"roles": frozenset[str]()}, {"agency": None}, {"client": None}, {"subject": None}):
            after = by_access(case, rules, replace(case.asker, **less), stock, ways)
            assert added(before, after) == [], (less, case)
            took += after != before
    assert took > CASES // 5
