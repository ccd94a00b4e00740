"""The budget of a decision: `python -m bench.deciding`, 10,000 rules for 500 assignees, and new askers of each sort.

What is counted is the same on every machine: the rules that a decision looks at, of all that there are. What is timed
is the processor's time, a median, and its ratio to the same decision where only the asker's own rules exist.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from auth.policy import Access, Environment, Policy, access, applying
from auth.predicates import canonical, simplest
from auth.principal import ANONYMOUS, Action, Principal, Role
from auth.rules import Attribute, Constraint, Kind, Rule, defaults
from schema.types import MODEL

RULES: Final = 10_000
ASSIGNEES: Final = 500
ROUNDS: Final = 30
TARGET_MS: Final = 5
NOW: Final = datetime(2026, 11, 22, tzinfo=UTC)
HERE: Final = Environment(NOW)
_AGENCIES: Final = tuple(f"AGENCY-{number:03}" for number in range(200))
_CLIENTS: Final = tuple(f"app-{number:03}" for number in range(150))
_PEOPLE: Final = tuple(f"person-{number:03}" for number in range(150))


@dataclass(frozen=True, slots=True)
class Cost:
    """What one decision costs: rules looked at, milliseconds of a new asker and of one whose forms are known."""

    rules: int
    new_ms: float
    known_ms: float
    alone_ms: float


def policy() -> Policy:
    """The first rules, and as many more as make 10,000, each for one of 500 agencies, apps and people."""
    first = defaults(MODEL)
    return Policy(1, (*first, *_more(RULES - len(first), Random("rules"))))  # noqa: S311 - a fixed seed is the point


def _more(count: int, random: Random) -> Iterator[Rule]:
    assignees = [f"agency:{name}" for name in _AGENCIES]
    assignees += [f"client:{name}" for name in _CLIENTS] + [f"person:{name}" for name in _PEOPLE]
    for number in range(count):
        kind = MODEL.types[random.choice(list(MODEL.types))]
        permission = random.choice((True, True, True, True, False))
        yield Rule(
            f"rule {number}",
            Kind.PERMISSION if permission else Kind.PROHIBITION,
            random.choice(_AGENCIES),
            random.choice(assignees),
            random.choice((Action.READ, Action.READ, Action.READ, Action.DISTRIBUTE)),
            kind.name,
            tuple(random.sample(list(kind.fields), random.randint(1, 5))),
            tuple(_constraints(random)),
            purpose=random.choice((None, None, None, "survey")),
            valid_until=random.choice((None, None, NOW + timedelta(days=30), NOW - timedelta(days=1))),
        )


def _constraints(random: Random) -> Iterator[Constraint]:
    yield Constraint("custodian", tuple(random.sample(_AGENCIES, 3)))
    if random.choice((True, False)):
        yield Constraint("visibility", ("OPEN", "SHARED"))
    if random.choice((True, False, False, False)):
        yield Constraint("origin", ("FACT",))
    if random.choice((True, *[False] * 9)):
        yield Constraint("custodian", (Attribute.AGENCY,))


def askers() -> Iterator[tuple[str, Principal]]:
    """A new asker of each sort, by its name."""
    yield "visitor", ANONYMOUS
    yield "app", Principal(client=_CLIENTS[7], roles=frozenset({Role.DEVELOPER}))
    yield "officer", Principal(_PEOPLE[7], _AGENCIES[7], frozenset({Role.OFFICER}), purpose="survey")
    yield "steward", Principal(_PEOPLE[8], _AGENCIES[8], frozenset({Role.STEWARD, Role.OFFICER}), _CLIENTS[8], "survey")


def cost(asker: Principal, of: Policy) -> Cost:
    """The decision for one asker, timed while nothing is known of the forms of its rules, and again."""
    looked_at = applying(asker, of, HERE, Action.READ)
    alone = Policy(of.epoch, tuple(rule for rule in of.rules if rule in looked_at))

    def decide(on: Policy) -> Callable[[], Access]:
        return lambda: access(asker, on, HERE)

    return Cost(len(looked_at), _timed(decide(of)), _timed(decide(of), warm=True), _timed(decide(alone)))


def _timed(decide: Callable[[], Access], *, warm: bool = False) -> float:
    found: list[float] = []
    for _ in range(ROUNDS):
        if not warm:
            simplest.cache_clear()
            canonical.cache_clear()
        start = time.process_time()
        decide()
        found.append((time.process_time() - start) * 1000)
    return statistics.median(found)


def main() -> None:
    """Print the table."""
    of = policy()
    print(f"{len(of.rules)} rules, {len({rule.assignee for rule in of.rules})} assignees; medians of {ROUNDS}")
    print(f"{'asker':10}{'rules':>8}{'new, ms':>10}{'known, ms':>11}{'to alone':>10}   target {TARGET_MS} ms")
    for name, asker in askers():
        found = cost(asker, of)
        ratio = found.new_ms / found.alone_ms
        print(f"{name:10}{found.rules:8}{found.new_ms:10.2f}{found.known_ms:11.2f}{ratio:10.2f}")


if __name__ == "__main__":
    main()
