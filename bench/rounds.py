"""One comparison: the sides answer alike, then take turns at each operation, and what it took them is added up."""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from bench.client import Pace, pace
from bench.engines import Place, processor_seconds
from bench.operations import Operation, told
from bench.sides import IN_FLIGHT, Side

FLOOR: Final = "floor"
_MOST_REQUESTS: Final = 20_000
"""In one turn."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Turns of each side at an operation, seconds after which a turn asks for no more, requests in flight meanwhile."""

    rounds: int = 5
    seconds: float = 1.0
    in_flight: int = IN_FLIGHT


@dataclass(slots=True)
class Figures:
    """What a side took for an operation: of each round, and of all of them together."""

    paces: list[Pace] = field(default_factory=list[Pace])
    engine_seconds: float = 0
    client_seconds: float = 0
    hits: int | None = None

    @property
    def rate(self) -> float:
        """Requests per second: the median of the rounds."""
        return statistics.median(each.rate for each in self.paces)

    @property
    def median_ms(self) -> float:
        """From asking to the answer, with all the others in flight: the median of the rounds' medians."""
        return statistics.median(each.median_ms for each in self.paces)

    @property
    def engine_ms(self) -> float:
        """Processor time of the engine for one request."""
        return 1000 * self.engine_seconds / sum(each.requests for each in self.paces)

    @property
    def client_ms(self) -> float:
        """Processor time of the side's own process for one request."""
        return 1000 * self.client_seconds / sum(each.requests for each in self.paces)

    def times(self, other: "Figures") -> float:
        """How many times the requests per second of the other: the median of the rounds' ratios."""
        return statistics.median(a.rate / b.rate for a, b in zip(self.paces, other.paces, strict=True))


async def agree(sides: Mapping[str, Side], operation: Operation) -> None:
    """Refuse to compare answers that differ, or that hold nothing."""
    name, *others = sides
    first = told(await sides[name].data(operation))
    if not _holds(first):
        raise RuntimeError(f"{operation.name}: the answer holds nothing: {first}")
    for other in others:
        second = told(await sides[other].data(operation))
        if first != second:
            raise RuntimeError(f"{operation.name}: {name} and {other} answered differently: {first}, {second}")


def _holds(data: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether there is a record in it."""
    if isinstance(data, dict):
        data = list(cast("dict[str, Any]", data).values())
    if isinstance(data, list):
        return any(_holds(each) for each in cast("list[Any]", data))
    return isinstance(data, str)


async def measured(
    sides: Mapping[str, Side],
    operation: Operation,
    place: Place,
    limits: Limits,
) -> dict[str, Figures]:
    """What each side took for the operation."""
    found = {name: Figures() for name in sides}
    askers = {name: side.askers(operation, limits.in_flight) for name, side in sides.items()}
    for name in sides:  # before anything counts, engines have each plan and the code for it
        await pace(askers[name], _MOST_REQUESTS, limits.seconds)
    for _ in range(limits.rounds):
        for name, side in sides.items():
            engine, client = processor_seconds(place.pid), processor_seconds(side.pid)
            found[name].paces.append(await pace(askers[name], _MOST_REQUESTS, limits.seconds))
            found[name].engine_seconds += processor_seconds(place.pid) - engine
            found[name].client_seconds += processor_seconds(side.pid) - client
    return found


def table(operation: Operation, sides: Mapping[str, Figures], *, headed: bool) -> str:
    """A line for each side; before them the names of the columns, where `headed`."""
    columns = ("req/s", "ms", "to floor", "engine ms", "client ms", "hits")
    lines = [f"{'':<16}{'':<10}" + "".join(f"{each:>11}" for each in columns)] if headed else []
    lines.append(f"{operation.name}: {operation.what}")
    for name, figures in sides.items():
        hits = "–" if figures.hits is None else f"{figures.hits:,}"
        lines.append(
            f"{'':<16}{name:<10}{figures.rate:>11.1f}{figures.median_ms:>11.1f}{figures.times(sides[FLOOR]):>11.2f}"
            f"{figures.engine_ms:>11.2f}{figures.client_ms:>11.2f}{hits:>11}"
        )
    return "\n".join(lines)


def told_of(figures: Figures, floor: Figures) -> dict[str, object]:
    """The figures of a side, for a file: of each round, and what the table holds."""
    return {
        "requests_per_second": [round(each.rate, 2) for each in figures.paces],
        "median_ms": [round(each.median_ms, 2) for each in figures.paces],
        "requests": [each.requests for each in figures.paces],
        "to_floor": round(figures.times(floor), 3),
        "engine_ms": round(figures.engine_ms, 3),
        "client_ms": round(figures.client_ms, 3),
        "hits": figures.hits,
    }
