"""Two deciders, one law: Cedar's engine and `auth.policy` agree on every record and field that is made up."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random, SystemRandom
from typing import Any, Final

import pytest

from auth.policy import Environment, Policy, access
from auth.predicates import Values
from auth.rules import Attribute, Rule
from auth.views import TypeAccess
from schema.model import RecordType
from schema.types import MODEL
from tests.cedar.chance import EPOCH, NOW, Case, Chance
from tests.cedar.engine import Answer, Entities, Policies
from tests.cedar.entities import Steps, asker, of_levels, spoken, steps, stored, world
from tests.cedar.translation import instant, meant, policies
from tests.oracle.graphs import Record, Stock, made

pytestmark = pytest.mark.no_cover

QUESTIONS: Final = 20_000 if os.environ.get("REQUIRE_SERVICES") == "1" else 2_000
CASES_OF_A_GRAPH: Final = 25
RECORDS_OF_A_CASE: Final = 3
PARTS_OF_A_CASE: Final = 2
SIZE: Final = 12
LEAST: Final = 0.02
"""Of the questions, what each form must decide."""


def without(keep: Callable[[Any], bool]) -> Callable[[Rule], Rule]:
    return lambda rule: replace(rule, constraints=tuple(one for one in rule.constraints if keep(one)))


def speaks_of(attribute: Attribute) -> Callable[[Rule], Rule]:
    return without(lambda one: attribute not in one.values)


LOOSER: Final[Mapping[str, Callable[[Rule], Rule]]] = {
    "a purpose": lambda rule: replace(rule, purpose=None),
    "an instant": lambda rule: replace(rule, valid_from=None, valid_until=None),
    "an epoch": lambda rule: replace(rule, from_epoch=0, to_epoch=None),
    "the asker's agency": speaks_of(Attribute.AGENCY),
    "the asker's app": speaks_of(Attribute.CLIENT),
    "the asker's name": speaks_of(Attribute.SUBJECT),
    "a field or id of the record": without(lambda one: bool(one.path) or one.within),
    "a path": without(lambda one: not one.path),
    "what lies within": without(lambda one: not one.within),
}
"""Each form of a rule that can keep it from holding, and the rule without it."""
FORMS: Final = (
    *LOOSER,
    "a null or a path to nothing",
    "what the asker lacks",
    "a mask",
    "an unknown part",
    "a prohibition of records",
    "a prohibition of fields",
)


@dataclass(frozen=True, slots=True)
class Question:
    """One record, and a field or link of it; no part is the record itself."""

    record: Record
    part: str | None

    def ways(self) -> tuple[str, ...]:
        """As it is, then through each mask of the field, the mildest first."""
        field_ = self.record.type.fields.get(self.part or "")
        return ("", *(mask.name for mask in (field_.masks if field_ else ())))


@dataclass(slots=True)
class Tally:
    """How many questions were asked, what was said, and how often each form decided."""

    questions: int = 0
    answers: Counter[str] = field(default_factory=Counter[str])
    forms: Counter[str] = field(default_factory=Counter[str])

    def lines(self) -> Iterator[str]:
        """The table that a run prints."""
        for name, times in (*sorted(self.answers.items()), *((name, self.forms[name]) for name in FORMS)):
            yield f"{times:7}  {times / self.questions:6.1%}  {name}"


class Deciders:
    """One case: our access, and Cedar's policies and entities."""

    def __init__(self, case: Case, entities: Entities, stock: Stock, ways: Steps) -> None:
        self.case = case
        self._stock, self._ways = stock, ways
        self._access = access(case.asker, Policy(EPOCH, tuple(case.rules)), Environment(NOW), case.action)
        self._policies = Policies.of([text for rule in case.rules for text in policies(rule, MODEL)])
        self._looser = Policies.of(list(self._loosened()))
        self._entities = entities.with_added(asker(case.asker))
        self._by_id = {rule.id: rule for rule in case.rules}

    def ours(self, record: Record, values: Values) -> Mapping[str | None, str | None]:
        """The way in which each part of the record, and the record itself, is open; None where it is closed."""
        of: TypeAccess = self._access.types[record.type.name]
        found: dict[str | None, str | None] = {None: "" if of.rows.holds(values) else None}
        for name, predicate in of.fields.items():
            ways = (("", predicate), *of.masks.get(name, ()))
            found[name] = next((way for way, opens in ways if opens.holds(values)), None)
        return found

    def cedars(self, questions: Sequence[Question], tally: Tally) -> list[str | None]:
        """What Cedar says to each; how it came to it is counted."""
        asked = [(place, way) for place, one in enumerate(questions) for way in one.ways()]
        results = self._ask(self._policies, questions, asked)
        found: list[str | None] = [None] * len(questions)
        for (place, way), result in zip(reversed(asked), reversed(results), strict=True):
            if result.allowed:
                found[place] = way
        self._count(questions, found, dict(zip(asked, results, strict=True)), tally)
        return found

    def _ask(self, on: Policies, questions: Sequence[Question], asked: Sequence[tuple[int, str]]) -> list[Answer]:
        context: dict[str, Any] = {"now": {"__extn": {"fn": "datetime", "arg": instant(NOW)}}, "epoch": EPOCH}
        if self.case.asker.purpose is not None:
            context["purpose"] = self.case.asker.purpose
        requests: list[dict[str, Any]] = []
        for place, way in asked:
            part = questions[place].part
            requests.append(
                {
                    "principal": {"type": "Asker", "id": "asker"},
                    "action": {"type": "Action", "id": self.case.action.value},
                    "resource": {"type": "Record", "id": questions[place].record.id},
                    "context": {**context, "way": way, **({} if part is None else {"part": part})},
                }
            )
        return on.answers(requests, self._entities)

    def _loosened(self) -> Iterator[str]:
        """Every permission without one of its forms, named after the form."""
        for rule in self.case.rules:
            if rule.kind == "permission" or rule.id in self.case.sound:
                for form, looser in LOOSER.items():
                    if looser(rule) != rule and rule.id not in self.case.sound:
                        yield from policies(looser(rule), MODEL, form)
            if rule.id in self.case.sound and self.case.sound[rule.id].kind == "permission":
                yield from policies(self.case.sound[rule.id], MODEL, "an unknown part")

    def _count(
        self,
        questions: Sequence[Question],
        found: Sequence[str | None],
        results: Mapping[tuple[int, str], Answer],
        tally: Tally,
    ) -> None:
        """Count the forms of the rules that opened or closed, and where none did, those that kept one from opening."""
        unopened: list[tuple[int, str]] = []
        for place, (question, way) in enumerate(zip(questions, found, strict=True)):
            tally.questions += 1
            rules = [self._by_id[name] for name in results[place, way or ""].policies]
            tally.forms.update(
                {form for rule in rules for form in self._forms(rule, question.record)} | ({"a mask"} if way else set())
            )
            tally.answers[f"said: {_said(way, closed=bool(rules))}"] += 1
            if way is None and not rules:
                unopened += [(place, one) for one in question.ways()]
        missed: dict[int, set[str]] = {}
        for (place, _), result in zip(unopened, self._ask(self._looser, questions, unopened), strict=True):
            missed.setdefault(place, set()).update(result.policies)
        for forms in missed.values():
            tally.forms.update(forms)

    def _forms(self, rule: Rule, record: Record) -> Iterator[str]:
        if rule.id in self.case.sound:
            yield "an unknown part"
            return
        yield from (form for form, looser in LOOSER.items() if looser(rule) != rule)
        if rule.kind == "prohibition":
            yield "a prohibition of records" if rule.fields is None else "a prohibition of fields"
            found = [spoken(record, one, MODEL, self._stock, self._ways) for one in rule.constraints]
            if any(None in values or not values for values in found):
                yield "a null or a path to nothing"
            lacking = {
                Attribute.AGENCY: self.case.asker.agency is None,
                Attribute.CLIENT: self.case.asker.client is None,
                Attribute.SUBJECT: self.case.asker.subject is None,
            }
            if any(lacking[one] for one in Attribute for constraint in rule.constraints if one in constraint.values):
                yield "what the asker lacks"


def _said(way: str | None, *, closed: bool) -> str:
    if way is None:
        return "closed by a prohibition" if closed else "nothing opens it"
    return "open through a mask" if way else "open"


def spoken_of(rules: Sequence[Rule], types: Mapping[str, RecordType]) -> Iterator[tuple[str, Any]]:
    for rule in rules:
        declared = types.get(rule.type)
        if declared is not None:
            yield from ((rule.type, one) for one in rule.constraints if meant(one, declared, MODEL))


def disagreements(seed: str, tally: Tally) -> Iterator[str]:
    """Where the two differ, over one made-up graph and some cases."""
    stock: Stock = of_levels(made(Random(f"{seed} graph"), MODEL, SIZE))
    chance = Chance(f"{seed} rules", MODEL, stock)
    cases = [chance.case() for _ in range(CASES_OF_A_GRAPH)]
    rules = [rule for case in cases for one in case.rules for rule in (one, case.sound.get(one.id, one))]
    entities = world(MODEL, stock, spoken_of(rules, MODEL.types))
    ways = steps(stock.ties)
    for number, case in enumerate(cases):
        deciders = Deciders(case, entities, stock, ways)
        questions = [
            Question(record, part)
            for record in chance.records(case, RECORDS_OF_A_CASE)
            for part in chance.parts(case, PARTS_OF_A_CASE)
        ]
        theirs = deciders.cedars(questions, tally)
        for question, told in zip(questions, theirs, strict=True):
            ours = deciders.ours(question.record, stored(question.record, stock, ways))[question.part]
            if ours != told:
                listed = "\n".join(map(repr, case.rules))
                asked = f"{case.asker} {case.action} {question.record.id} {question.part}"
                yield f"seed {seed!r}, case {number}: {asked}: ours {ours!r}, Cedar's {told!r}\n{listed}"


def agreed(seeds: Iterator[str], enough: Callable[[Tally], bool], capsys: pytest.CaptureFixture[str]) -> Tally:
    """Ask until it is enough; any disagreement fails."""
    tally = Tally()
    wrong: list[str] = []
    while not enough(tally) and not wrong:
        wrong += disagreements(next(seeds), tally)
    with capsys.disabled():
        print(f"\n{tally.questions} questions to Cedar and to us", *tally.lines(), sep="\n")  # noqa: T201 - asked for
    assert not wrong, f"{len(wrong)} differ:\n" + "\n\n".join(wrong[:3])
    return tally


def numbered() -> Iterator[str]:
    number = 0
    while True:
        yield f"cedar {number}"
        number += 1


def test_cedar_and_the_policy_agree(capsys: pytest.CaptureFixture[str]) -> None:
    tally = agreed(numbered(), lambda found: found.questions >= QUESTIONS, capsys)
    rare = {form: tally.forms[form] for form in FORMS if tally.forms[form] < LEAST * tally.questions}
    assert rare == {}
    assert min(tally.answers.values()) >= LEAST * tally.questions
    assert len(tally.answers) == len(("open", "open through a mask", "closed by a prohibition", "nothing opens it"))


@pytest.mark.proof
def test_cedar_and_the_policy_agree_for_long(capsys: pytest.CaptureFixture[str]) -> None:
    """From seeds of chance, for as many minutes as PROOF_MINUTES says."""
    end = time.monotonic() + 60 * float(os.environ.get("PROOF_MINUTES", "1"))
    start = SystemRandom().getrandbits(64)
    agreed((f"cedar {start} {seed}" for seed in numbered()), lambda _: time.monotonic() > end, capsys)
