"""What keeping answers to visitors gains: `python -m bench.keeping`, the hub with its cache on and off.

Each side is a process of its own over the same embedded engine and the same farms, and they take turns. Every request
is the same, so with the cache on all but the first few are kept answers, each after the state was confirmed in the
graph: the most that a cache can gain. Where every request is another, it gains nothing.
"""

import argparse
import asyncio
import statistics
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from auth.grants import seed
from auth.rules import defaults
from bench.__main__ import HUB, Side
from bench.farms import FARMS, fill
from schema.engine import Engine
from schema.graph import Graph
from schema.types import MODEL

ROUNDS: Final = 7
REQUESTS: Final = 160
SETTLED_SECONDS: Final = 1.5
"""An answer is kept only where nothing had changed for a while."""


async def measured(about: Mapping[str, str], rounds: int = ROUNDS, requests: int = REQUESTS) -> dict[str, list[float]]:
    """Requests per second of each round, cache `off` and `on`; RuntimeError where the two answer differently."""
    off, on = await Side.start("hub", dict(about), HUB), await Side.start("keeping", dict(about), HUB)
    try:
        await on.rate(2)  # what is asked for the second time is looked at, and with it the state
        await asyncio.sleep(SETTLED_SECONDS)
        for side in (off, on):
            await side.rate(requests)
        if await off.connections[0].ask() != await on.connections[0].ask():
            raise RuntimeError("the two sides answered differently")
        found: dict[str, list[float]] = {"off": [], "on": []}
        for _ in range(rounds):
            found["off"].append(await off.rate(requests))
            found["on"].append(await on.rate(requests))
        return found
    finally:
        await off.stop()
        await on.stop()


async def main(farms: int) -> None:
    """Print the medians and the ratio of the rounds."""
    with tempfile.TemporaryDirectory() as name:
        engine = Engine(Path(name) / "graph")
        await engine.start()
        try:
            graph = await Graph.connect(engine.url, engine.user, engine.password)
            print(f"loading {farms:,} farms")
            await fill(graph, farms)
            await seed(graph, defaults(MODEL))
            await graph.close()
            about = {"url": engine.url, "user": engine.user, "password": engine.password, "folder": name}
            found = await measured(about)
        finally:
            await engine.stop()
    gain = statistics.median(on / off for on, off in zip(found["on"], found["off"], strict=True))
    for side, rates in found.items():
        print(f"cache {side:4}{statistics.median(rates):8.0f} requests/s")
    print(f"on / off: {gain:.2f} times the requests per second (median of {ROUNDS} rounds)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.keeping", description="What keeping answers gains.")
    parser.add_argument("--farms", type=int, default=FARMS)
    asyncio.run(main(parser.parse_args().farms))
