"""Revocation under load: two workers as processes, rules given and revoked over and over, every answer judged."""

import asyncio
import os
import secrets
import signal
import time
from collections.abc import AsyncGenerator
from contextlib import ExitStack, asynccontextmanager
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest
import pytest_asyncio

from auth.grants import seed
from auth.rules import defaults
from schema.engine import Engine
from schema.graph import Graph
from schema.types import MODEL
from tests.conftest import COLD_SECONDS
from tests.oracle.graphs import clear, load
from tests.revocation.judge import Asked, Tally, Timeline
from tests.revocation.load import Trial, Worker, workers
from tests.revocation.stages import DOCUMENTS, SEEN_BY, WHOLE, Stage, bulk, stages, stock
from tests.revocation.stages import shown as told
from tests.services.redis import OwnRedis, own_redis
from tests.services.servers import Server

pytestmark = pytest.mark.no_cover

REVOCATIONS: Final = 20 if os.environ.get("REQUIRE_SERVICES") == "1" else 8
PROOF: Final = 1_000
READY_EVERY: Final = 25
"""Revocations from one time that the caches are let fill to the next."""
WHILE_FROZEN: Final = 15 if REVOCATIONS > 8 else 4
"""Revocations while one of the workers is frozen."""
BETWEEN: Final = 5 if REVOCATIONS > 8 else 2
"""Revocations while both go on, before one is frozen again."""
WITH_REDIS: Final = ("redis", "redis killed")
SETTINGS: Final = (
    *(pytest.param(one, marks=pytest.mark.services) for one in WITH_REDIS),
    "one worker frozen",
)


def judged(timeline: Timeline, stage: Stage, began: float, ended: float, **blocks: object) -> list[str]:
    """What the judge finds wrong with the answer of that stage, some blocks of which are another's."""
    tally = Tally()
    body: dict[str, Any] = {"data": {**told(stage, "anyone", WHOLE), **blocks}}
    if stage.group is None:
        body["errors"] = [{"extensions": {"code": "FORBIDDEN"}}]
    tally.judge(timeline, Asked("one", "anyone", WHOLE, began), ended, 200, body)
    return tally.wrong


def test_the_judge_tells_an_answer_that_is_old_early_or_of_two_policies() -> None:
    following = stages(Random(1))
    timeline = Timeline(next(following))
    instants: list[float] = []
    while len(timeline.stages) < 40:
        instants.append(time.monotonic())
        timeline.begin(next(following))
        timeline.commit()
    instants.append(time.monotonic())
    pairs = list(pairwise(timeline.stages))
    for number, (before, after) in enumerate(pairs, 1):
        then, now = instants[number - 1], instants[number]
        assert judged(timeline, before, then, now) == judged(timeline, after, then, now) == []
        assert judged(timeline, after, now, now) == []
        if told(before, "anyone", WHOLE) != told(after, "anyone", WHOLE):
            assert judged(timeline, before, now, now)  # revoked before it was asked for
            assert judged(timeline, after, then, then)  # not yet given
        for name, block in told(before, "anyone", WHOLE).items():
            if block != told(after, "anyone", WHOLE)[name]:
                assert judged(timeline, after, then, now, **{name: block})
    assert sum(before.revoked_by(after) for before, after in pairs) > 20


@pytest_asyncio.fixture(loop_scope="session")
async def filled(server: Server) -> AsyncGenerator[Graph]:
    """Give a graph of the stages' records and the first rules."""
    graph = await Graph.connect(server.url, server.user, server.password, statement_timeout=COLD_SECONDS)
    await clear(graph, MODEL)
    await seed(graph, defaults(MODEL))
    for records in (stock(), *bulk()):
        await load(graph, MODEL, records)
    yield graph
    await clear(graph, MODEL)
    await graph.close()


@asynccontextmanager
async def trial(graph: Graph, server: Server, folder: Path, redis: OwnRedis | None, name: str) -> AsyncGenerator[Trial]:
    """Give two workers over that graph, and that Redis if any, that are to be asked."""
    settings = {
        "HUB_GRAPH_URL": server.url,
        "HUB_GRAPH_USER": server.user,
        "HUB_GRAPH_PASSWORD": server.password,
        "HUB_GRAPH_DATABASE": Engine.database if graph.dialect == "arcadedb" else "neo4j",
        "HUB_LOG": "plain",
        "HUB_STATEMENT_TIMEOUT": f"{COLD_SECONDS}",
    }
    if redis is not None:
        settings |= {"HUB_REDIS_URL": redis.url, "HUB_REDIS_PREFIX": f"t-{secrets.token_hex(4)}"}
    async with workers(folder, settings) as pair:
        yield Trial(graph, pair, folder, name)


async def with_redis(made: Trial, revocations: int) -> None:
    """The caches fill now and then, so that a revocation finds an answer kept in every worker."""
    async with made.loaded():
        while (done := made.tally.counts["revocations"]) < revocations and not made.tally.wrong:
            if done % READY_EVERY == 0:
                await made.given()
                await made.ready()
            await made.revoked()


async def with_redis_killed(made: Trial, revocations: int, redis: OwnRedis) -> None:
    """After a tenth of the revocations it is killed and stays away."""
    await with_redis(made, max(1, revocations // 10))
    redis.kill()
    await with_redis(made, revocations)


async def with_one_frozen(made: Trial, revocations: int) -> None:
    """Now and then one is stopped with its cache full, asked after revocations while it stands, and let go on."""
    tally = made.tally
    async with made.loaded():
        while tally.counts["revocations"] < revocations and not tally.wrong:
            await made.given()
            await made.ready()
            await frozen(made, made.random.choice(made.pair))
            for _ in range(BETWEEN):
                await made.revoked()


async def frozen(made: Trial, worker: Worker) -> None:
    """Stop a worker for a while, in which rights are revoked and it is asked."""
    how = made.random.choice(("at rest", "at work", "after a change"))
    if how == "after a change":
        await made.revoked()
    if how != "at rest":
        await asyncio.sleep(made.random.uniform(0, 0.05))
    made.tally.counts[f"times that a worker was frozen {how}"] += 1
    async with asyncio.TaskGroup() as late:
        worker.send(signal.SIGSTOP)
        try:
            for _ in range(WHILE_FROZEN):
                await made.revoked()
                for asker in SEEN_BY:
                    late.create_task(made.ask(worker, asker, made.random.choice(DOCUMENTS), fresh=True))
                    made.tally.counts["requests to a frozen worker after a revocation"] += 1
            await asyncio.sleep(made.random.uniform(0, 3))
        finally:
            worker.send(signal.SIGCONT)


async def shown(
    graph: Graph, server: Server, folder: Path, setting: str, revocations: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Run it, print what was counted, and fail for what no answer may be."""
    with ExitStack() as stack:
        redis = stack.enter_context(own_redis(folder)) if setting in WITH_REDIS else None
        async with trial(graph, server, folder, redis, f"{setting} {revocations}") as made:
            if setting == "redis":
                await with_redis(made, revocations)
            elif redis is not None:
                await with_redis_killed(made, revocations, redis)
            else:
                await with_one_frozen(made, revocations)
    tally = made.tally
    with capsys.disabled():
        print(f"\n{graph.dialect}, {setting}:", *tally.lines(), sep="\n  ")  # noqa: T201 - asked for
    assert tally.wrong == [], "\n".join(tally.wrong[:5])
    assert tally.counts["revocations"] >= revocations
    assert tally.counts["refused as unavailable"] <= tally.counts["requests"] // 20  # on a busy machine
    assert tally.counts["requests cut off"] == 0 or setting not in WITH_REDIS
    asked = "requests to a frozen worker after a revocation"
    assert tally.counts[asked] == tally.counts["answers of a frozen worker to what came after a revocation"]
    assert tally.counts[asked] > 0 or setting in WITH_REDIS
    for what in ("answers in flight", "times that a worker had an answer ready in its cache"):
        assert tally.counts[what] > 0, what


@pytest.mark.parametrize("setting", SETTINGS)
async def test_no_answer_that_began_after_a_revocation_shows_what_was_revoked(
    filled: Graph, server: Server, tmp_path: Path, setting: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await shown(filled, server, tmp_path, setting, REVOCATIONS, capsys)


@pytest.mark.proof
@pytest.mark.parametrize("setting", SETTINGS)
async def test_nor_does_one_of_many(
    filled: Graph, server: Server, tmp_path: Path, setting: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await shown(filled, server, tmp_path, setting, PROOF, capsys)
