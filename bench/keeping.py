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

from bench.client import pace
from bench.engines import arcadedb
from bench.graphs import fill
from bench.operations import LIST, Operation
from bench.sides import Server
from bench.views import FARMS, sizes

ROUNDS: Final = 7
REQUESTS: Final = 160
_ASKED: Final = Operation("list", "100 farms x 10 fields, by name", LIST)
SETTLED_SECONDS: Final = 1.5
"""An answer is kept only where nothing had changed for a while."""


async def rate(side: Server, requests: int) -> float:
    """Requests per second, over all connections."""
    return (await pace(side.askers(_ASKED), requests)).rate


async def measured(about: Mapping[str, str], rounds: int = ROUNDS, requests: int = REQUESTS) -> dict[str, list[float]]:
    """Requests per second of each round, cache `off` and `on`; RuntimeError where the two answer differently."""
    off, on = await Server.start("hub", about), await Server.start("keeping", about)
    try:
        await rate(on, 2)  # what is asked for the second time is looked at, and with it the state
        await asyncio.sleep(SETTLED_SECONDS)
        for side in (off, on):
            await rate(side, requests)
        if await off.data(_ASKED) != await on.data(_ASKED):
            raise RuntimeError("the two sides answered differently")
        found: dict[str, list[float]] = {"off": [], "on": []}
        for _ in range(rounds):
            found["off"].append(await rate(off, requests))
            found["on"].append(await rate(on, requests))
        return found
    finally:
        await off.stop()
        await on.stop()


async def main(farms: int) -> None:
    """Print the medians and the ratio of the rounds."""
    with tempfile.TemporaryDirectory() as name:
        async with arcadedb(Path(name) / "graph") as place:
            graph = await place.connect()
            print(f"loading {farms:,} farms")
            await fill(graph, sizes(farms))
            await graph.close()
            found = await measured(place.about(Path(name)))
    gain = statistics.median(on / off for on, off in zip(found["on"], found["off"], strict=True))
    for side, rates in found.items():
        print(f"cache {side:4}{statistics.median(rates):8.0f} requests/s")
    print(f"on / off: {gain:.2f} times the requests per second (median of {ROUNDS} rounds)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.keeping", description="What keeping answers gains.")
    parser.add_argument("--farms", type=int, default=FARMS)
    asyncio.run(main(parser.parse_args().farms))
