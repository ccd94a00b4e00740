"""Two workers as processes of their own, asked without pause by several clients while rules are given and revoked."""

import asyncio
import re
import signal
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx

from auth.grants import change
from auth.token import DemoIssuer
from schema.graph import Graph
from tests.processes import Running, running
from tests.revocation.judge import Asked, Tally, Timeline
from tests.revocation.stages import DOCUMENTS, PARTNER, WHOLE, Stage, stages

CLIENTS: Final = {"anyone": 1, "partner": 1}
"""How many ask each worker without pause."""
LATEST: Final = 120.0
"""Seconds; only ends a test that has failed already."""
SETTLED: Final = 1.1
"""A little more than what a worker waits after a change before it keeps an answer."""
_STATEMENTS: Final = re.compile(r"^hub_statement_seconds_count\{.*\} (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Worker:
    """A `hub serve`, and two clients of it: one that keeps its connections, one that makes one for each request."""

    name: str
    running: Running
    client: httpx.AsyncClient
    fresh: httpx.AsyncClient

    def send(self, number: signal.Signals) -> None:
        """Send it a signal; a stopped one has stopped when this returns."""
        self.running.process.send_signal(number)
        end = time.monotonic() + LATEST
        while number is signal.SIGSTOP and self._state() != "T":
            assert time.monotonic() < end
            time.sleep(0.001)

    def _state(self) -> str:
        stat = Path(f"/proc/{self.running.process.pid}/stat").read_text("utf-8")
        return stat.rpartition(") ")[2][0]

    async def statements(self) -> float:
        """How many statements it has sent to the graph."""
        text = (await self.client.get("/metrics")).text
        return sum(float(one) for one in _STATEMENTS.findall(text))


@asynccontextmanager
async def workers(folder: Path, settings: Mapping[str, str]) -> AsyncGenerator[list[Worker]]:
    """Give two workers with these settings and one folder: one issuer of tokens and one secret for both."""
    (folder / "data").mkdir()
    async with AsyncExitStack() as stack:
        made: list[Worker] = []
        for name in ("one", "other"):
            process = stack.enter_context(running("serve", data=folder / "data", said=folder / name, **settings))
            base = process.base()
            clients = [
                await stack.enter_async_context(
                    httpx.AsyncClient(
                        base_url=base,
                        timeout=LATEST,
                        limits=httpx.Limits(max_connections=None, max_keepalive_connections=kept),
                    )
                )
                for kept in (None, 0)
            ]
            made.append(Worker(name, process, *clients))
        yield made


class Trial:
    """One run: the policies so far, who asks, and what was answered."""

    def __init__(self, graph: Graph, pair: list[Worker], folder: Path, seed: str) -> None:
        self.random = Random(seed)
        self.tally = Tally()
        self.pair = pair
        self._graph = graph
        self._stages = stages(self.random)
        self.timeline = Timeline(next(self._stages))
        token = DemoIssuer(folder / "data").issue("an", ["developer"], None, client=PARTNER)
        self._headers: dict[str, dict[str, str]] = {"anyone": {}, "partner": {"authorization": f"Bearer {token}"}}
        self._open, self._stop = asyncio.Event(), False
        self._under_way = 0
        self._fresh = 0

    @asynccontextmanager
    async def loaded(self) -> AsyncGenerator[None]:
        """Ask every worker without pause meanwhile."""
        self._stop = False
        self._open.set()
        async with asyncio.TaskGroup() as group:
            for worker in self.pair:
                for asker, many in CLIENTS.items():
                    for _ in range(many):
                        group.create_task(self._client(worker, asker))
            try:
                yield
            finally:
                self._stop = True
                self._open.set()

    async def revoked(self) -> int:
        """Change the policy until something was taken away, and wait for some answers; how often so far."""
        taken = False
        while not taken:
            before, after = self.timeline.now, next(self._stages)
            await self._advance(before, after)
            taken = before.revoked_by(after)
            await self._paced()
        self.tally.counts["revocations"] += 1
        return self.tally.counts["revocations"]

    async def given(self) -> None:
        """See to it that the policy shows something, so that the next change is a revocation."""
        while self.timeline.now.shows is None:
            await self._advance(self.timeline.now, next(self._stages))
            await self._paced()

    async def ask(self, worker: Worker, asker: str, document: str, *, fresh: bool = False) -> None:
        """One request, judged; over a connection of its own where it is to be `fresh`."""
        self._under_way += 1
        try:
            asked = Asked(worker.name, asker, document)
            client = worker.fresh if fresh else worker.client
            try:
                answer = await client.post("/graphql", json={"query": document}, headers=self._headers[asker])
            except httpx.TransportError:  # a worker that was frozen closes connections that were idle too long
                self.tally.counts["requests cut off"] += 1
                return
            ended = time.monotonic()
            self.tally.judge(self.timeline, asked, ended, answer.status_code, _body(answer))
            self.tally.counts["answers of a frozen worker to what came after a revocation"] += fresh
            self._fresh += self.timeline.possible(asked.began, ended)[0] == len(self.timeline.stages) - 1
        finally:
            self._under_way -= 1

    async def ready(self) -> None:
        """Let every worker keep the answers to anyone: asked again, it sends the graph the confirmation alone."""
        self._open.clear()
        async with asyncio.timeout(LATEST):
            while self._under_way:  # noqa: ASYNC110 - counted by many, told by none
                await asyncio.sleep(0.001)
        for pause in (SETTLED, 0.0):
            for document in DOCUMENTS:
                await asyncio.gather(*(self.ask(worker, "anyone", document) for worker in self.pair))
            await asyncio.sleep(pause)
        for worker in self.pair:
            first, before = [await worker.statements() for _ in range(2)]  # to tell it takes statements, too
            await self.ask(worker, "anyone", WHOLE)
            sent = await worker.statements() - before - (before - first)
            self.tally.counts["times that a worker had an answer ready in its cache"] += sent == 1
        self._open.set()

    async def _client(self, worker: Worker, asker: str) -> None:
        while not self._stop:
            await self._open.wait()
            await self.ask(worker, asker, self.random.choice(DOCUMENTS))

    async def _advance(self, before: Stage, after: Stage) -> None:
        """Change the policy in one transaction."""
        add, remove = before.change(after)
        self.timeline.begin(after)
        await change(self._graph, by="test", add=add, remove=remove)
        self.timeline.commit()
        took = round(1_000 * self.timeline.last)
        longest = "milliseconds of the longest change"
        self.tally.counts[longest] = max(self.tally.counts[longest], took)
        self.tally.counts["changes"] += 1
        self._fresh = 0

    async def _paced(self) -> None:
        """Go on at once, or when some requests that began after the commit have been answered."""
        enough = self.random.choice((0, 0, 1, 2, 4))
        async with asyncio.timeout(LATEST):
            while self._fresh < enough and not self.tally.wrong:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.001)


def _body(answer: httpx.Response) -> dict[str, Any]:
    return answer.json() if answer.headers.get("content-type") == "application/json" else {"text": answer.text}
