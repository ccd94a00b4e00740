"""One side as a process of its own: `python -m bench.serving hub|keeping|plain`, which reads where the graph is.

`keeping` is the hub with its cache of answers to visitors, by the settings' defaults; `hub` is without.
"""

import asyncio
import json
import socket
import sys
from pathlib import Path
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from auth.token import DemoIssuer
from bench.engines import PATIENCE
from bench.plain.server import application as plain
from catalog.shelves import Shelf
from hub.answers import Answers
from hub.api.schema import schema
from hub.app import application
from hub.caches import Memory
from hub.compiler.cursors import Cursors
from hub.execution import Bounds, Execution
from hub.rates import Budget, Rates
from hub.services import Services
from hub.settings import Settings
from schema.graph import Graph
from schema.types import MODEL

SECRET: Final = b"bench" * 8
"""Of the cursors."""
PLENTY: Final = Budget(requests=10**9, records=10**12)
"""All is counted and nobody refused."""


def _hub(graph: Graph, folder: Path, *, keeping: bool) -> ASGIApp:
    issuer = DemoIssuer(folder)
    execution = Execution(graph, MODEL, schema.graphql, Cursors(SECRET), Bounds())
    settings = Settings(data=folder)
    cache = Memory(settings.cache_mb * 1024 * 1024)
    answers = Answers(graph, execution.policies, cache, SECRET, settings.cost_anonymous) if keeping else None
    rates = Rates(PLENTY, PLENTY, SECRET)
    services = Services(
        settings, graph, None, execution, issuer.verifier(), issuer, Shelf(folder / "releases"), answers, rates=rates
    )
    return application(services, settings.base_url)


async def main(side: str) -> None:
    """Serve until standard input ends; the port is the only line that is printed."""
    told = json.loads(sys.stdin.readline())
    graph = await Graph.connect(told["url"], told["user"], told["password"], statement_timeout=PATIENCE)
    folder = Path(told["folder"])
    app = plain(graph) if side == "plain" else _hub(graph, folder, keeping=side == "keeping")
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(
            app, log_level="error", access_log=False, lifespan="off", http="httptools", timeout_keep_alive=600
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    sys.stdout.write(f"{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    server.should_exit = True
    await serving
    await graph.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
