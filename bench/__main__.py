"""`make bench`: a list of 100 records by 10 fields, by the hub, by plain resolvers, and by the driver alone.

Each side has one process and the same graph and engine. Rounds take turns; what is printed is the median of the
ratios of each round, so a machine that slows down slows all sides. The floor is the same list by a statement written
by hand, through the driver, with no HTTP and no GraphQL.
"""

import asyncio
import json
import platform
import statistics
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Any

from auth.grants import seed
from auth.rules import defaults
from bench.load import Connection, rate
from connectors.streams import load
from examples.fictional.tables import generate
from hub.cli.work import FACTS
from schema.engine import Engine
from schema.graph import Graph
from schema.types import MODEL

IN_FLIGHT = 16
REQUESTS = 160
WARM_UP = 480
ROUNDS = 5
FIELDS = "id name kind areaHa herdSize foundedOn custodian visibility origin locatedIn { name }"
HUB = f"{{ farms(first: 100, orderBy: [{{name: ASC}}]) {{ nodes {{ {FIELDS} }} }} }}"
PLAIN = f"{{ farms(first: 100) {{ nodes {{ {FIELDS} }} }} }}"
FLOOR = """
MATCH (f:Farm) WHERE f.name_sort >= '' AND f.visibility IN ['OPEN']
RETURN [f.id, f.name, f.kind, f.areaHa, f.herdSize, f.foundedOn, f.custodian, f.visibility, f.origin,
  head(COLLECT { MATCH (f)-[:FARM_LOCATED_IN]->(a:Area)
                 WHERE a.visibility IN ['OPEN'] RETURN a.name AS row LIMIT 1 })] AS x
ORDER BY f.name_sort, f.id LIMIT 100
"""


class Side:
    """A server process and the connections to it."""

    def __init__(self, process: Process, port: int, query: str) -> None:
        self._process = process
        body = json.dumps({"query": query}).encode()
        self.connections = [Connection(port, body) for _ in range(IN_FLIGHT)]

    @classmethod
    async def start(cls, name: str, about: dict[str, str], query: str) -> "Side":
        """Start the server and wait for its port."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.serving", name, stdin=PIPE, stdout=PIPE
        )
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the server has no pipes")
        process.stdin.write(json.dumps(about).encode() + b"\n")
        await process.stdin.drain()
        return cls(process, int(await process.stdout.readline()), query)

    async def rate(self, requests: int) -> float:
        """Requests per second, over all connections."""
        return await rate([each.ask for each in self.connections], requests)

    async def stop(self) -> None:
        """Close the connections and let the process end."""
        for each in self.connections:
            each.close()
        if self._process.stdin:
            self._process.stdin.close()
        await self._process.wait()


def _same(hub: bytes, plain: bytes) -> None:
    """Refuse to compare answers that differ."""
    if json.loads(hub)["data"] != json.loads(plain)["data"]:
        raise RuntimeError("the two sides answered differently")


async def _rounds(graph: Graph, hub: Side, plain: Side) -> dict[str, list[float]]:
    async def floor() -> None:
        await graph.read(FLOOR, {})

    _same(await hub.connections[0].ask(), await plain.connections[0].ask())
    for side in (hub, plain):
        await side.rate(WARM_UP)
    found: dict[str, list[float]] = {"hub": [], "plain": [], "floor": []}
    for number in range(ROUNDS):
        found["hub"].append(await hub.rate(REQUESTS))
        found["plain"].append(await plain.rate(REQUESTS))
        found["floor"].append(await rate([floor] * IN_FLIGHT, REQUESTS))
        print(f"  round {number + 1}: " + ", ".join(f"{name} {rates[-1]:.0f}/s" for name, rates in found.items()))
    return found


def _ratio(found: dict[str, list[float]], one: str, other: str) -> float:
    return statistics.median(a / b for a, b in zip(found[one], found[other], strict=True))


async def main() -> None:
    """Run the comparison; the table goes to standard output, all figures to `bench/result.json`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        engine = Engine(folder / "graph")
        await engine.start()
        try:
            graph = await Graph.connect(engine.url, engine.user, engine.password)
            generate(folder / "fictional")
            print("loading 2,000 farms")
            await load(graph, FACTS, fictional=folder / "fictional")
            await seed(graph, defaults(MODEL))
            about = {"url": engine.url, "user": engine.user, "password": engine.password, "folder": name}
            hub, plain = await Side.start("hub", about, HUB), await Side.start("plain", about, PLAIN)
            found = await _rounds(graph, hub, plain)
            await hub.stop()
            await plain.stop()
            await graph.close()
        finally:
            await engine.stop()
    result: dict[str, Any] = {
        "what": f"100 records x 10 fields, {IN_FLIGHT} in flight, one process a side, {engine.__class__.__module__}",
        "python": platform.python_version(),
        "requests_per_second": found,
        "hub_to_plain": round(_ratio(found, "hub", "plain"), 2),
        "hub_to_floor": round(_ratio(found, "hub", "floor"), 2),
    }
    Path(__file__).with_name("result.json").write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    print(
        f"\nhub / plain resolvers: {result['hub_to_plain']} times the requests per second (median of {ROUNDS} rounds)"
    )
    print(f"hub / floor (the same statement by hand, through the driver alone): {result['hub_to_floor']}")


if __name__ == "__main__":
    asyncio.run(main())
