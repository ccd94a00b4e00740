"""What points come to by the published rules of a set of criteria: the level, and what keeps it from the next.

The rules are rows of the tables of facts: nothing of a set is written here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

Row: TypeAlias = Mapping[str, str]
Points: TypeAlias = Mapping[str, int]
"""The points of each pillar, by its key."""


@dataclass(frozen=True, slots=True)
class Pillar:
    """A pillar: its key, its points at most, and how many criteria they are the points of."""

    key: str
    most: int
    criteria: int


@dataclass(frozen=True, slots=True)
class _Level:
    number: int
    above: int
    pillars: int
    pillar_level: int
    share: Fraction


@dataclass(frozen=True, slots=True)
class Scale:
    """The pillars and levels of one set; `set_key` is its key."""

    set_key: str
    pillars: tuple[Pillar, ...]
    levels: tuple[_Level, ...]

    def pillar_level(self, pillar: Pillar, points: int) -> int:
        """The level at which a pillar stands with these points."""
        share = Fraction(points, pillar.most)
        lowest, *others = self.levels
        if share < lowest.share:
            return lowest.number
        return next(level.number for level in others if share <= level.share)

    def level(self, points: Points) -> int:
        """The highest level of which every condition holds; the lowest where none does."""
        score = sum(points.values())
        reached = [self.pillar_level(pillar, points[pillar.key]) for pillar in self.pillars]
        held = [
            level.number
            for level in self.levels[1:]
            if score > level.above and sum(one >= level.pillar_level for one in reached) >= level.pillars
        ]
        return max(held, default=self.levels[0].number)

    def lacks(self, points: Points) -> tuple[str, ...]:
        """The pillars that stand below what the next level asks of them; none at the highest level."""
        beyond = [level for level in self.levels if level.number > self.level(points)]
        if not beyond:
            return ()
        asked = beyond[0].pillar_level
        return tuple(each.key for each in self.pillars if self.pillar_level(each, points[each.key]) < asked)


def scale(set_key: str, criteria: Iterable[Row], levels: Iterable[Row]) -> Scale:
    """The scale of a set, from the tables of criteria and of levels."""
    return Scale(
        set_key,
        tuple(
            Pillar(f"{set_key}/{row['code']}", int(row["maxPoints"]), int(row["criteriaCount"]))
            for row in criteria
            if row["inSet"] == set_key
        ),
        tuple(
            _Level(
                int(row["number"]),
                int(row["abovePoints"] or 0),
                int(row["pillars"] or 0),
                int(row["pillarLevel"] or 0),
                Fraction(row["pillarPercent"]) / 100,
            )
            for row in sorted(levels, key=lambda row: int(row["number"]))
            if row["ofSet"] == set_key
        ),
    )
