"""`hub work`: rounds at the start, when woken and in time; what fails is tried again; it stops when it is told to."""

import asyncio
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from auth.grants import change, current_epoch, load, seed
from auth.rules import defaults
from auth.token import DemoIssuer
from catalog.datasets import DATASETS, Dataset
from catalog.shelves import Shelf
from connectors import streams
from hub.api.schema import schema
from hub.cli import worker
from hub.cli.work import FACTS
from hub.cli.worker import rounds
from hub.compiler.cursors import Cursors
from hub.execution import Bounds, Execution
from hub.policies import Policies
from hub.services import Services
from hub.settings import Settings
from hub.wakeups import Local, Topic, Wakeups
from schema.constraints import OPERATIONAL
from schema.errors import Unavailable
from schema.graph import Graph
from schema.types import MODEL
from tests.oracle.graphs import clear
from tests.processes import running

LATEST: Final = 120.0
"""Only ends a test that has failed already."""
COMPANIES: Final = DATASETS["doanh-nghiep-niem-yet"]
TABLES: Final = {"agencies", "areas", "sectors", "companies"}


class Rounds:
    """Rounds that only count, and that go as the test says."""

    def __init__(self, *well: bool) -> None:
        self._well = list(well)
        self._done: asyncio.Queue[int] = asyncio.Queue()

    async def __call__(self, number: int) -> bool:
        """Do one."""
        self._done.put_nowait(number)
        return self._well.pop(0) if self._well else True

    async def next(self) -> int:
        """The number of the next round."""
        async with asyncio.timeout(LATEST):
            return await self._done.get()


class Asleep:
    """Pauses that are over at once, and noted."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        """Note it."""
        self.seconds.append(seconds)
        await asyncio.sleep(0)


@asynccontextmanager
async def going(
    one: Callable[[int], Awaitable[bool]], wakeups: Wakeups, seconds: float = 900.0, asleep: Asleep | None = None
) -> AsyncGenerator[None]:
    task = asyncio.create_task(rounds(one, wakeups, seconds, asleep or Asleep()))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_round_at_the_start_and_at_each_wake_up() -> None:
    one, wakeups = Rounds(), Local()
    async with going(one, wakeups):
        assert await one.next() == 1
        for number in (2, 3, 4):
            await wakeups.publish(Topic.DATA)
            assert await one.next() == number
        await wakeups.publish(Topic.POLICY)
        await wakeups.publish(Topic.DATA)
        assert await one.next() == 5


async def test_a_wake_up_in_the_middle_of_a_round_is_followed_by_another() -> None:
    begun, wakeups = asyncio.Queue[int](), Local()
    ending = asyncio.Event()

    async def one(number: int) -> bool:
        begun.put_nowait(number)
        await ending.wait()
        return True

    async with going(one, wakeups), asyncio.timeout(LATEST):
        assert await begun.get() == 1
        await wakeups.publish(Topic.DATA)
        ending.set()
        assert await begun.get() == 2


async def test_rounds_go_on_where_nobody_wakes() -> None:
    one = Rounds()
    async with going(one, Local(), seconds=0.01):
        assert [await one.next() for _ in range(4)] == [1, 2, 3, 4]


async def test_a_round_that_fails_is_tried_again_after_pauses_that_grow() -> None:
    one, wakeups, asleep = Rounds(*[False] * 7, *[True], *[False]), Local(), Asleep()
    async with going(one, wakeups, 30.0, asleep):
        assert [await one.next() for _ in range(8)] == [*range(1, 9)]
        assert asleep.seconds == [1, 2, 4, 8, 16, 30, 30]
        await wakeups.publish(Topic.DATA)
        assert [await one.next() for _ in range(2)] == [9, 10]
        assert asleep.seconds[7:] == [1]


def services(graph: Graph, folder: Path, wakeups: Wakeups | None = None) -> Services:
    execution = Execution(graph, MODEL, schema.graphql, Cursors(b"of these tests"), Bounds())
    issuer = DemoIssuer(folder)
    return Services(
        Settings(data=folder),
        graph,
        None,
        execution,
        issuer.verifier(),
        issuer,
        Shelf(folder / "releases"),
        wakeups=wakeups or Local(),
    )


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a round be of a few tables and one dataset."""
    monkeypatch.setattr(streams, "STREAMS", tuple(one for one in streams.STREAMS if one.name in TABLES))

    def only(_: object) -> list[Dataset]:
        return [COMPANIES]

    monkeypatch.setattr(worker, "named", only)


async def empty(graph: Graph) -> None:
    await clear(graph, MODEL)
    for label in OPERATIONAL:
        await graph.define(
            [f"CREATE CONSTRAINT {label.lower()}_id IF NOT EXISTS FOR (n:{label}) REQUIRE n.id IS UNIQUE"]
        )
        await graph.write((f"MATCH (n:{label}) DETACH DELETE n", {}))
    await seed(graph, defaults(MODEL))


@pytest.mark.usefixtures("small")
async def test_a_round_loads_and_publishes_and_the_next_finds_nothing_to_do(
    graph: Graph, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await empty(graph)
    woken = list[Topic]()
    wakeups = Local()

    async def publish(topic: Topic) -> None:
        woken.append(topic)

    monkeypatch.setattr(wakeups, "publish", publish)
    mine = services(graph, tmp_path, wakeups)
    assert await worker.once(mine, FACTS, 1)
    assert await worker.once(mine, FACTS, 2)
    first, second = capsys.readouterr().out.splitlines()
    assert "round 1: 4 tables, " in first
    assert ", 1 new releases" in first
    assert second.endswith("round 2: 4 tables, 0 records new or changed, 0 rows quarantined, 0 new releases")
    assert second.startswith("vòng 2: 4 bảng")
    assert woken == [Topic.DATA]
    await empty(graph)


@pytest.mark.usefixtures("small")
async def test_a_round_that_fails_says_why_in_one_line_and_does_what_it_can(
    graph: Graph, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await empty(graph)
    mine = services(graph, tmp_path)
    assert await worker.once(mine, FACTS, 1)
    capsys.readouterr()
    assert not await worker.once(mine, tmp_path / "nowhere", 2)
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert "vòng 2" in line
    assert "round 2 is not complete and will be redone" in line
    assert "agencies.csv" in line

    async def broken(*_: object) -> None:
        raise ZeroDivisionError("canary")

    monkeypatch.setattr(worker, "loaded", broken)
    monkeypatch.setattr(worker, "published", broken)
    assert not await worker.once(mine, FACTS, 3)
    said = capsys.readouterr()
    assert "tell us the id" in said.err
    assert "canary" not in said.err
    await empty(graph)


@pytest.mark.usefixtures("small")
async def test_two_workers_beside_each_other_do_the_work_once(
    graph: Graph, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await empty(graph)
    both = [services(graph, tmp_path) for _ in range(2)]
    number = 0
    while not all(await asyncio.gather(*(worker.once(each, FACTS, number) for each in both))):
        number += 1
        assert number < 20, capsys.readouterr().err
    assert [release.number for release in both[0].shelf.releases(COMPANIES.slug)] == [1]
    rows = await graph.read("MATCH (r:Run) WHERE r.state = 'COMPLETE' RETURN r.connector, r.written", {})
    alone = await graph.read("MATCH (n:Business) RETURN count(n)", {})
    assert sum(row[1] for row in rows if row[0] == "companies" and isinstance(row[1], int)) == alone[0][0]
    assert capsys.readouterr().out.count("1 new releases") == 1
    await empty(graph)


async def test_a_worker_that_finds_the_policy_changed_tells_the_others_once(graph: Graph) -> None:
    await empty(graph)
    wakeups = Local()
    finding, following = Policies(graph, MODEL), Policies(graph, MODEL)
    finding.wakeups = following.wakeups = wakeups
    told = list[Topic]()
    ring = wakeups.publish

    async def publish(topic: Topic) -> None:
        told.append(topic)
        await ring(topic)

    wakeups.publish = publish
    task = asyncio.create_task(following.follow(wakeups))
    epoch = await current_epoch(graph)
    await finding.refresh(None)
    await read_to(following, epoch)
    assert told == []
    for turn in (1, 2):
        await change(graph, by="test")
        assert await finding.moved()
        await read_to(following, epoch + turn)
        assert told == [Topic.POLICY] * turn
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await empty(graph)


async def test_who_follows_goes_on_when_the_graph_does_not_answer(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    await empty(graph)
    wakeups, policies, failed = Local(), Policies(graph, MODEL), asyncio.Event()
    moved = policies.moved

    async def failing(*, told: bool = False) -> bool:
        failed.set()
        raise Unavailable(f"không {told}", "no")

    monkeypatch.setattr(policies, "moved", failing)
    task = asyncio.create_task(policies.follow(wakeups))
    async with asyncio.timeout(LATEST):
        await failed.wait()
    monkeypatch.setattr(policies, "moved", moved)
    await wakeups.publish(Topic.POLICY)
    await read_to(policies, (await load(graph)).epoch)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await empty(graph)


async def read_to(policies: Policies, epoch: int) -> None:
    """Wait until the policy of that epoch has been read, by nobody's asking."""
    async with asyncio.timeout(LATEST):
        while (policies.epoch or 0) < epoch:  # noqa: ASYNC110 - it is told to nobody
            await asyncio.sleep(0.01)


def test_it_ends_when_it_is_told_to(tmp_path: Path) -> None:
    facts = tmp_path / "nothing"
    with running("work", "--facts", str(facts), data=tmp_path / "data", said=tmp_path / "said") as working:
        working.until("round 1 is not complete")
        assert working.stop(signal.SIGTERM) == 0
        assert working.said.splitlines()[-1] == "đã dừng · stopped"
        assert "Traceback" not in working.said
