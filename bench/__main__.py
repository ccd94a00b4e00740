"""`make bench`: the operations of a data hub over one large graph, by the hub and by those it is to be compared with.

- hub: a real server process, one worker, over HTTP; it decides what the asker may see, compiles, reads and shapes.
- statement: what the hub's compiler made of the operation, sent by the driver alone: how far it is from the floor is
  the statement's doing, how far the hub is from it the pipeline's.
- floor: the best statement that we know how to write by hand, sent by the driver alone.
- plain: Strawberry with resolvers and DataLoaders over the same driver, one worker, over HTTP.

All of them answer alike, or the run ends. They take turns, so a machine that slows down slows all; ratios are medians
of the rounds' ratios. The graph is made up from a seed and kept, so a second run starts at once. Everything listens on
loopback.
"""

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from bench.engines import ENGINES, Place, hits
from bench.graphs import Kept, fill
from bench.operations import OPERATIONS, WALKED, Deep, Operation
from bench.records import SEED, Sizes
from bench.rounds import FLOOR, Figures, Limits, agree, measured, table, told_of
from bench.sides import Server, Side, asked_by_resolvers, by_hand, compiled
from schema.graph import Graph

FOLDER: Final = Path(__file__).parent.parent / ".cache" / "bench"
RESULT: Final = Path(__file__).with_name("result.json")
_PACKAGES: Final = ("graphql-core", "neo4j", "neo4j-rust-ext", "strawberry-graphql", "uvicorn")


@dataclass(frozen=True, slots=True)
class Given:
    """What the command line says."""

    scale: float
    limits: Limits = field(default_factory=Limits)
    operations: Sequence[Operation] = OPERATIONS
    folder: Path = FOLDER
    fresh: bool = False

    @property
    def sizes(self) -> Sizes:
        """Of the graph."""
        return Sizes().scaled(self.scale)


async def compare(
    graph: Graph, place: Place, depth: int, limits: Limits, operations: Sequence[Operation] = OPERATIONS
) -> dict[str, dict[str, Figures]]:
    """What each side took for each operation over the graph, where deep pages stand behind so many hundreds of farms.

    RuntimeError where the sides disagree; then nothing was measured.
    """
    async with AsyncExitStack() as stack:
        about = place.about(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        hub, plain = await Server.start("hub", about), await Server.start("plain", about)
        stack.push_async_callback(hub.stop)
        stack.push_async_callback(plain.stop)
        if not any(each.pages for each in operations):
            depth = WALKED  # the farm that is asked for by its id may be any
        print(f"walking past {depth:,} farms, page by page", flush=True)
        farm = await hub.walk(depth)
        if await plain.walk(depth) != farm:
            raise RuntimeError("hub and plain walked to different farms")
        ((key,),) = await graph.read("MATCH (f:Farm {id: $id}) RETURN f.name_sort", {"id": farm})
        operations = [each.given(id=farm) for each in operations]
        statement = await compiled(graph, hub, operations)
        floor = by_hand(graph, operations, Deep(farm, str(key)))
        sides: dict[str, Side] = {"hub": hub, "statement": statement, FLOOR: floor, "plain": plain}
        for operation in operations:
            await agree(sides, operation)
        found: dict[str, dict[str, Figures]] = {}
        for operation in operations:
            figures = await measured(sides, operation, place, limits)
            if graph.dialect == "neo4j":
                figures[FLOOR].hits = await hits(place, floor.statements[operation.name])
                figures["plain"].hits = await hits(place, await asked_by_resolvers(graph, plain, operation))
                figures["hub"].hits = figures["statement"].hits = await hits(
                    place, statement.statements[operation.name]
                )
            found[operation.name] = figures
            print(table(operation, figures, headed=len(found) == 1), flush=True)
        return found


async def on(engine: str, given: Given) -> dict[str, Any] | None:
    """The comparison on one engine, as the file has it; None where the engine is not here."""
    kept = Kept(given.folder / engine, given.sizes)
    there = kept.open(fresh=given.fresh)
    async with ENGINES[engine](kept.data) as place:
        if place is None:
            return None
        graph = await place.connect()
        try:
            sizes = given.sizes
            print(
                f"\n{place.what}: {sizes.farms:,} farms, {sizes.businesses:,} businesses, {sizes.products:,} products, "
                f"{sizes.areas} areas" + (", kept from an earlier run" if there else "")
            )
            if not there:
                await fill(graph, sizes, lambda line: print(f"  {line}", flush=True))
                kept.filled()
            found = await compare(graph, place, sizes.farms // 2, given.limits, given.operations)
        finally:
            await graph.close()
        return {
            "engine": place.what,
            "operations": {
                each.name: {
                    "what": each.what,
                    **{side: told_of(of, found[each.name][FLOOR]) for side, of in found[each.name].items()},
                }
                for each in given.operations
            },
        }


async def main(engines: Sequence[str], given: Given) -> None:
    """Compare on each engine; tables go to standard output, all figures to `bench/result.json`."""
    found = {name: await on(name, given) for name in engines}
    measured_on = {name: told for name, told in found.items() if told is not None}
    if not measured_on:
        return
    result = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
        "machine": {"cores": os.cpu_count(), "architecture": platform.machine()},
        "seed": SEED,
        "scale": given.scale,
        "sizes": {**asdict(given.sizes), "areas": given.sizes.areas},
        **asdict(given.limits),
        "engines": measured_on,
    }
    RESULT.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _given() -> tuple[Sequence[str], Given]:
    names, usual = [each.name for each in OPERATIONS], Limits()
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="The hub beside plain resolvers, statements by hand, and its own statements.",
    )
    # Before Python 3.12 `choices` would refuse that no engine is named.
    parser.add_argument("engines", nargs="*", help=f"of {', '.join(ENGINES)}; all of them, if none is named")
    parser.add_argument(
        "--scale", type=float, default=1.0, help="times 200,000 farms, 5,000 businesses, 2,000 products"
    )
    parser.add_argument("--rounds", type=int, default=usual.rounds, help="turns of each side at each operation")
    parser.add_argument("--seconds", type=float, default=usual.seconds, help="of one turn")
    parser.add_argument("--in-flight", type=int, default=usual.in_flight, help="requests at any time")
    parser.add_argument("--only", action="append", choices=names, help="this operation; can be given several times")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where graphs are kept from one run to the next")
    parser.add_argument("--fresh", action="store_true", help="make the graph anew")
    told = parser.parse_args()
    if unknown := sorted(set(told.engines) - set(ENGINES)):
        parser.error(f"there is no engine {unknown[0]}")
    if min(told.scale, told.rounds, told.seconds, told.in_flight) <= 0:
        parser.error("--scale, --rounds, --seconds and --in-flight are more than nothing")
    limits = Limits(told.rounds, told.seconds, told.in_flight)
    operations = [each for each in OPERATIONS if not told.only or each.name in told.only]
    return told.engines or list(ENGINES), Given(told.scale, limits, operations, told.folder, told.fresh)


if __name__ == "__main__":
    try:
        asyncio.run(main(*_given()))
    except (RuntimeError, ValueError) as error:
        sys.exit(f"bench: {error}")
