"""What each answer may be: wholly that of one policy which was in force at some instant between request and answer."""

import time
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.revocation.stages import Stage, shown


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: who asked which document of which worker, and when it was sent, on the clock of the commits."""

    worker: str
    asker: str
    document: str
    began: float = field(default_factory=time.monotonic)


class Timeline:
    """The policies in their order, and the instants between which each was committed."""

    def __init__(self, first: Stage) -> None:
        self.stages = [first]
        self._begun = [0.0]
        self._done = [0.0]

    @property
    def now(self) -> Stage:
        """The last one whose change was begun."""
        return self.stages[-1]

    def begin(self, stage: Stage) -> None:
        """A change to this one is sent from now on."""
        self.stages.append(stage)
        self._begun.append(time.monotonic())

    def commit(self) -> None:
        """The change was committed before now."""
        self._done.append(time.monotonic())

    @property
    def last(self) -> float:
        """The seconds that the last change took."""
        return self._done[-1] - self._begun[-1]

    def possible(self, began: float, ended: float) -> range:
        """The numbers of the stages that were, or may have been, in force at some instant between the two."""
        return range(bisect_right(self._done, began) - 1, bisect_left(self._begun, ended))


@dataclass(slots=True)
class Tally:
    """What was counted; `wrong` is what no answer may be."""

    counts: Counter[str] = field(default_factory=Counter[str])
    wrong: list[str] = field(default_factory=list[str])

    def lines(self) -> Iterator[str]:
        """The table that a run prints."""
        yield from (f"{times:7}  {name}" for name, times in sorted(self.counts.items()))

    def judge(self, timeline: Timeline, asked: Asked, ended: float, status: int, body: dict[str, Any]) -> None:
        """Count an answer, and note what is wrong with it."""
        possible = timeline.possible(asked.began, ended)
        self.counts["requests"] += 1
        if status == 503:
            self.counts["refused as unavailable"] += 1
            self.counts[f"refused: {body['errors'][0]['message']}"] += 1
            return
        if status != 200:
            self.wrong.append(f"{status} to {asked}: {body}")
            return
        self.counts["answers checked"] += 1
        self.counts[f"answers to {asked.asker}"] += 1
        self.counts["answers in flight"] += len(possible) > 1
        data, codes = body["data"], {error["extensions"]["code"] for error in body.get("errors", ())}
        found = [
            number for number in possible if _fits(timeline.stages[number], asked.asker, asked.document, data, codes)
        ]
        if not found:
            self.wrong.append(_told(timeline, asked, possible, data, codes))
        elif len(possible) > 1:
            self.counts["in flight, of a policy that was replaced meanwhile"] += found[0] < possible[-1]


def _fits(stage: Stage, asker: str, document: str, data: object, codes: set[str]) -> bool:
    """Whether this is the stage's answer: where nothing opens the owners' names, each is named as refused."""
    refused = {"FORBIDDEN"} if stage.group is None else set[str]()
    return data == shown(stage, asker, document) and (codes == refused or stage.closed)


def _told(timeline: Timeline, asked: Asked, possible: range, data: object, codes: set[str]) -> str:
    others = [
        number for number, stage in enumerate(timeline.stages) if _fits(stage, asked.asker, asked.document, data, codes)
    ]
    of = f"of stage {max(others)}" if others else "of no one policy"
    return f"{of}, where only {list(possible)} may be: {asked} {data} {sorted(codes)}"
