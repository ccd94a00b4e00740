"""Every stream in the order of loading, and the loading of all of them."""

from pathlib import Path
from typing import Final

from connectors.base import Stream
from connectors.facts import FACTS
from connectors.fictional import FICTIONAL
from connectors.runner import Progress, Runner, RunResult
from schema.constraints import indexes, uniques
from schema.graph import Graph
from schema.types import MODEL

STREAMS: Final[tuple[Stream, ...]] = (*FACTS, *FICTIONAL)


async def load(
    graph: Graph, facts: Path, *, fictional: Path | None = None, progress: Progress | None = None
) -> list[RunResult]:
    """Load all facts, and the fictional tables where their folder is given; constraints before, indexes after.

    It stops at the first table that is wrong; what was loaded before it stays.
    """
    await graph.define(uniques(MODEL))
    runner = Runner(graph, MODEL, progress=progress)
    results: list[RunResult] = []
    for stream in STREAMS:
        folder = fictional if stream.fictional else facts
        if folder is not None:
            results.append(await runner.run(stream, folder))
    await graph.define(indexes(MODEL, graph.dialect))
    if any(result.written for result in results):
        await graph.replan()
    return results
