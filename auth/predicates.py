"""Predicates over stored records, and the one form of all that say the same. Pure.

A predicate permits where one of its clauses holds and forbids where one of others does; a clause is conditions that
all hold; a condition says that a term of the record has one of some values. All are named tuples: a decision hashes and
orders thousands of them, which tuples do without a line of Python.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

Step: TypeAlias = tuple[str, bool]
"""One link of a path: its relation, and whether it goes out from the record."""


class Term(NamedTuple):
    """What of a stored record a condition speaks of: a field of its own, or of the records at the end of `path`.

    `climbs` is a relation that leads from a record to the one above it: then the records above count as well. A path
    may end at several records, so two conditions on one term can both hold; such a term therefore holds the values
    that it is compared with (`among`), and its conditions the one value `YES`. So does a field that holds a list
    (`listed`), of which each value counts.
    """

    field: str
    path: tuple[Step, ...] = ()
    climbs: str = ""
    among: tuple[str, ...] = ()
    listed: bool = False


YES: Final = ("",)

Values: TypeAlias = Callable[[Term], Sequence[object]]
"""The stored values of a term: of the record itself one, maybe null; of a list or at the end of a path any number."""


class Condition(NamedTuple):
    """The term, stored as a code, is one of these values (sorted)."""

    term: Term
    values: tuple[str, ...]

    @property
    def wanted(self) -> tuple[str, ...]:
        """The values that the stored ones are compared with."""
        return self.term.among or self.values

    def holds(self, stored: Values, *, null: bool) -> bool:
        """Whether it holds for a stored record; `null` where there is no such value."""
        found = stored(self.term)
        return (null and (not found or None in found)) or any(value in self.wanted for value in found)


Clause: TypeAlias = tuple[Condition, ...]
"""All of these hold; sorted by term, each term once."""


class Predicate(NamedTuple):
    """Some clause of `permit` holds, and none of `forbid`. `()` never permits, `((),)` always does."""

    permit: tuple[Clause, ...]
    forbid: tuple[Clause, ...] = ()

    def holds(self, stored: Values) -> bool:
        """Whether it holds for a stored record."""
        return _some(self.permit, stored, null=False) and not _some(self.forbid, stored, null=True)

    def holds_whatever_else(self, term: Term, value: str) -> bool:
        """Whether it holds for every record of which the term has this value."""

        def known(clause: Clause) -> bool:
            return all(condition.term == term and value in condition.values for condition in clause)

        def excluded(clause: Clause) -> bool:
            return any(condition.term == term and value not in condition.values for condition in clause)

        return any(map(known, self.permit)) and all(map(excluded, self.forbid))


NEVER: Final = Predicate(())
ALWAYS: Final = Predicate(((),))


def _some(clauses: Iterable[Clause], stored: Values, *, null: bool) -> bool:
    return any(all(condition.holds(stored, null=null) for condition in clause) for clause in clauses)


@lru_cache(maxsize=16384)
def simplest(permit: frozenset[Clause], forbid: frozenset[Clause]) -> Predicate:
    """Permissions and prohibitions in canonical form, without what can make no difference."""
    forbidden = canonical(forbid)
    permitted = canonical(permit)
    left = tuple(one for one in permitted if not any(_implies(one, other) for other in forbidden))
    if left != permitted:
        permitted = canonical(frozenset(left))
    return Predicate(permitted, tuple(one for one in forbidden if any(_together(one, other) for other in permitted)))


@lru_cache(maxsize=65536)
def canonical(clauses: frozenset[Clause]) -> tuple[Clause, ...]:
    """The one form of all sets of clauses that say the same: sorted, merged, without a clause that another implies.

    It parts the records by the first term that is mentioned: what holds whatever that term is, and what holds in
    addition for each of its values. Both are smaller, and each is brought to its own one form before they are joined.
    """
    if len(clauses) <= 1 or () in clauses:
        return ((),) if () in clauses else tuple(clauses)
    first = min(clause[0].term for clause in clauses)
    whatever = frozenset(clause for clause in clauses if clause[0].term != first)
    by_value: defaultdict[str, set[Clause]] = defaultdict(set)
    for clause in clauses - whatever:
        for value in clause[0].values:
            by_value[value].add(clause[1:])
    always = canonical(whatever)
    known = set(always)
    values: defaultdict[Clause, list[str]] = defaultdict(list)
    for value, rests in by_value.items():
        for rest in canonical(whatever | rests):
            if rest not in known and not any(_implies(rest, other) for other in always):
                values[rest].append(value)
    added = ((Condition(first, tuple(sorted(of))), *rest) for rest, of in values.items())
    return tuple(sorted((*always, *added)))


def _implies(one: Clause, other: Clause) -> bool:
    """Whether the second clause holds wherever the first does."""
    if len(one) < len(other):
        return False
    of = {condition.term: condition.values for condition in one}
    return all(name.term in of and set(of[name.term]) <= set(name.values) for name in other)


def _together(one: Clause, other: Clause) -> bool:
    """Whether there can be a record for which both hold."""
    of = {condition.term: condition.values for condition in one}
    return not any(name.term in of and set(of[name.term]).isdisjoint(name.values) for name in other)
