"""What a view costs: `python -m bench.views`, or of one engine, `python -m bench.views neo4j`.

Operations over made-up farms are answered through several views, taking turns in one run: through no view, where every
rule is open to the asker; through that of an officer, who sees open records, three of their fields masked, and all of
their own agency's; and through rules that look along a link, or for an area above. Beside each stands no view with a
`where` that asks for the same records, which an answer has to agree with. What is timed is all that an answer takes
but HTTP and reading the document. Printed are the median, its ratio to no view and to that `where`, the engine's
processor time with its ratio, and on Neo4j the database hits.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from graphql import parse

from auth.grants import current_epoch
from auth.policy import Access, Environment, Policy, access, names
from auth.principal import Action, Principal
from auth.rules import Attribute, Constraint, Kind, Rule
from bench.engines import ENGINES, Place, hits, processor_seconds
from bench.graphs import fill
from bench.records import OWN, Sizes, area, commune, province
from bench.serving import SECRET
from hub.api.schema import schema
from hub.compiler.cursors import Cursors
from hub.compiler.dialects import DIALECTS
from hub.compiler.documents import Operation
from hub.compiler.plans import Plan, compile_operation
from hub.shaping import shaper
from schema.graph import Graph
from schema.types import MODEL

ROUNDS: Final = 9
ANSWERS: Final = 5
"""Of each side in a round."""
TARGET: Final = 1.2
"""The officer's list may take so many times what it takes through no view."""
CURSORS: Final = Cursors(SECRET)
FARMS: Final = 20_000
ASKER: Final = Principal(client="bench", agency=OWN)
MASKS: Final = (("areaHa", "to1"), ("foundedOn", "year"), ("ownerName", "firstWord"))
_FIELDS: Final = "id name kind areaHa herdSize foundedOn custodian ownerName visibility locatedIn { name }"
_ASKED: Final = "where: {and: [{herdSize: {gte: 100}}, {areaHa: {gte: 5}}, %s]}"
OPERATIONS: Final = {
    "list": f"{{ farms(first: 100, {_ASKED}, orderBy: [{{name: ASC}}]) {{ nodes {{ {_FIELDS} }} }} }}",
    "by size": f"{{ farms(first: 100, {_ASKED}, orderBy: [{{herdSize: DESC}}]) {{ nodes {{ {_FIELDS} }} }} }}",
    "page": "{ farms(first: 3, where: {and: [%s]}, orderBy: [{name: ASC}]) { nodes { id name } } }",
    "count": f"{{ farms({_ASKED}) {{ totalCount }} }}",
}
"""100 records by 10 fields, filtered, in an order that an index gives, which is the one of the target; in one that no
index gives; a short page; and a count. Each has a place for more of its `where`."""


@dataclass(frozen=True, slots=True)
class View:
    """A view: what of the farms its rules open, and the `where` that asks for the same farms."""

    farms: tuple[Rule, ...]
    rest: tuple[Rule, ...]
    where: str


@dataclass(slots=True)
class Side:
    """One way to ask for an operation: its plan, and what its answers took."""

    plan: Callable[[], Plan]
    graph: Graph
    seconds: list[list[float]] = field(default_factory=list[list[float]])
    engine_seconds: float = 0
    hits: int = 0

    async def answer(self) -> dict[str, Any]:
        """Compile, read, shape."""
        plan = self.plan()
        statements = [(part.text, part.parameters) for part in plan.parts]
        root = plan.assemble(await self.graph.read_together(*statements))
        if root is None:
            raise RuntimeError("the policy changed during the measurement")
        return shaper(plan.shape, CURSORS)(root)


def _opens(kind: str, constraints: Sequence[Constraint] = (), masks: Sequence[tuple[str, str]] = ()) -> Rule:
    every = tuple(names(MODEL.types[kind]))
    name = f"{kind}/{bool(masks)}/{constraints}"
    return Rule(
        name, Kind.PERMISSION, "HUB", "client:bench", Action.READ, kind, every, tuple(constraints), tuple(masks)
    )


def sizes(farms: int) -> Sizes:
    """Of the graph that views are measured on: so many farms, each in a commune of a province of the country."""
    return Sizes(farms, businesses=0, products=0, provinces=34, communes=10)


def views() -> Mapping[str, View]:
    """Each view by its name, no view first."""
    shown, own = Constraint("visibility", ("OPEN",)), Constraint("custodian", (Attribute.AGENCY,))
    communes = [commune(number, part) for number in (1, 2, 3) for part in range(1, 11)]
    provinces = [province(number) for number in (1, 2, 3)]
    others = [kind for kind in MODEL.types if kind != "Farm"]
    rest = tuple(_opens(kind) for kind in others)
    codes = json.dumps(communes), json.dumps(provinces)
    along = Constraint("code", tuple(communes), ("locatedIn",))
    within = Constraint("id", tuple(area(code) for code in provinces), ("locatedIn",), within=True)
    return {
        "no view": View((_opens("Farm"),), rest, ""),
        "officer": View(
            (_opens("Farm", (shown,), MASKS), _opens("Farm", (own,))),
            tuple(_opens(kind, (only,)) for kind in others for only in (shown, own)),
            f'{{or: [{{visibility: {{eq: OPEN}}}}, {{custodian: {{eq: "{OWN}"}}}}]}}',
        ),
        "along a link": View((_opens("Farm", (along,)),), rest, f"{{locatedIn: {{code: {{in: {codes[0]}}}}}}}"),
        "within areas": View(
            (_opens("Farm", (within,)),), rest, f"{{locatedIn: {{partOf: {{code: {{in: {codes[1]}}}}}}}}}"
        ),
    }


async def sides(graph: Graph, operation: str) -> Mapping[tuple[str, bool], Side]:
    """The sides of an operation, by view, and whether it is instead no view with that view's `where`."""
    epoch, at = await current_epoch(graph), Environment(datetime(2026, 11, 22, tzinfo=UTC))
    every = views()

    def side(view: View, where: str) -> Side:
        seen = access(ASKER, Policy(epoch, (*view.farms, *view.rest)), at)
        return Side(lambda: _compiled(OPERATIONS[operation] % where, seen, graph), graph)

    nothing = every["no view"]
    found = {(name, False): side(view, "") for name, view in every.items()}
    return found | {(name, True): side(nothing, view.where) for name, view in every.items() if view.where}


def _compiled(text: str, seen: Access, graph: Graph) -> Plan:
    operation = Operation.prepare(schema.graphql, _DOCUMENTS.setdefault(text, parse(text)), None, None)
    if isinstance(operation, list):
        raise operation[0]
    return compile_operation(MODEL, operation, seen, DIALECTS[graph.dialect], CURSORS)


_DOCUMENTS: Final[dict[str, Any]] = {}


def agree(one: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    """Refuse to compare answers that differ in more than what is masked."""
    masked = {name for name, _ in MASKS}

    def plain(answer: Mapping[str, Any]) -> list[Any]:
        farms = answer["farms"]
        kept = [{key: of for key, of in node.items() if key not in masked} for node in farms.get("nodes", ())]
        return [farms.get("totalCount"), kept]

    if plain(one) != plain(other):
        raise RuntimeError("a view and the `where` for the same records answered differently")


async def measured(
    graph: Graph, place: Place, operation: str, rounds: int = ROUNDS, answers: int = ANSWERS
) -> Mapping[tuple[str, bool], Side]:
    """The sides of an operation with what they took, taking turns; RuntimeError where they disagree."""
    found = await sides(graph, operation)
    for name, view in views().items():
        first = await found[name, False].answer()
        agree(first, await found[name, bool(view.where)].answer())
    for _ in range(answers):  # before anything counts, engines have each plan and the code for it
        for side in found.values():
            await side.answer()
    for _ in range(rounds):
        for side in found.values():
            before = processor_seconds(place.pid)
            side.seconds.append([await _timed(side) for _ in range(answers)])
            side.engine_seconds += processor_seconds(place.pid) - before
    if graph.dialect == "neo4j":
        for side in found.values():
            (part,) = side.plan().parts
            side.hits = await hits(place, [(part.text, part.parameters)])
    return found


async def _timed(side: Side) -> float:
    began = time.perf_counter()
    await side.answer()
    return time.perf_counter() - began


def ratio(one: Side, other: Side) -> float:
    """How many times the second's time the first takes: the median of the rounds."""
    rounds = zip(one.seconds, other.seconds, strict=True)
    return statistics.median(statistics.median(a) / statistics.median(b) for a, b in rounds)


def table(operation: str, found: Mapping[tuple[str, bool], Side], answers: int) -> str:
    """The figures of an operation, a line for each view."""
    nothing = found["no view", False]
    head = f"{operation:12}{'ms':>9}{'to none':>9}{'to where':>10}{'engine ms':>11}{'to none':>9}{'hits':>9}"
    lines = [head]
    for (name, instead), side in found.items():
        if not instead:
            beside = found.get((name, True), side)
            milliseconds = 1000 * statistics.median(statistics.median(each) for each in side.seconds)
            engine = 1000 * side.engine_seconds / len(side.seconds) / answers
            lines.append(
                f"{name:12}{milliseconds:9.1f}{ratio(side, nothing):9.2f}{ratio(side, beside):10.2f}{engine:11.1f}"
                f"{side.engine_seconds / (nothing.engine_seconds or 1):9.2f}{side.hits or '–':>9}"
            )
    return "\n".join(lines)


async def main(engines: Sequence[str], farms: int) -> None:
    """Print the tables of each engine."""
    for name in engines:
        with tempfile.TemporaryDirectory() as folder:
            async with ENGINES[name](Path(folder) / "graph") as place:
                if place is None:
                    continue
                graph = await place.connect()
                print(f"{name}: loading {farms:,} farms")
                await fill(graph, sizes(farms))
                for operation in OPERATIONS:
                    found = await measured(graph, place, operation)
                    print("\n" + table(operation, found, ANSWERS), flush=True)
                    if operation == "list":
                        reached = ratio(found["officer", False], found["no view", False])
                        print(f"officer / no view: {reached:.2f}, target at most {TARGET}")
                await graph.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.views", description="What a view costs.")
    # Before Python 3.12 `choices` would refuse that no engine is named.
    parser.add_argument("engines", nargs="*", help=f"of {', '.join(ENGINES)}; all of them, if none is named")
    parser.add_argument("--farms", type=int, default=FARMS)
    given = parser.parse_args()
    if unknown := sorted(set(given.engines) - set(ENGINES)):
        parser.error(f"there is no engine {unknown[0]}")
    asyncio.run(main(given.engines or list(ENGINES), given.farms))
