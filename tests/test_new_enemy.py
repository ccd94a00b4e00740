"""The new enemy: after a right has ended, nothing that is written then is shown, in whatever order things happen."""

from collections.abc import AsyncGenerator
from pathlib import Path
from random import SystemRandom
from typing import Final

import pytest
import pytest_asyncio

from auth.grants import seed
from auth.rules import defaults
from hub import execution
from schema.graph import Graph, Row, Statement
from schema.types import MODEL
from tests.oracle.graphs import clear, load
from tests.revocation.enemies import AT_ONCE, Schedule, Tally, bulk, made, world

pytestmark = pytest.mark.no_cover

SCHEDULES: Final = 25
PROOF: Final = 1_000


@pytest_asyncio.fixture(loop_scope="session")
async def filled(graph: Graph) -> AsyncGenerator[Graph]:
    """Give a graph of records that make a statement long, and the first rules."""
    await clear(graph, MODEL)
    await seed(graph, defaults(MODEL))
    for stock in bulk():
        await load(graph, MODEL, stock)
    yield graph
    await clear(graph, MODEL)


async def shown(graph: Graph, folder: Path, seeds: range, capsys: pytest.CaptureFixture[str]) -> None:
    """Run these schedules, print what was counted, and fail for what no answer may be."""
    tally = Tally()
    async with world(graph, folder) as pair:
        for first in range(0, len(seeds), AT_ONCE):
            for case in await made(graph, seeds[first : first + AT_ONCE]):
                await Schedule(pair, case, tally).run()
                assert tally.wrong == [], "\n".join(tally.wrong)
    lines = (f"{times:7}  {name}" for name, times in sorted(tally.counts.items()))
    with capsys.disabled():
        print(f"\n{graph.dialect}:", *lines, sep="\n  ")  # noqa: T201 - asked for
    for what in ("answers in flight", "answers that began after the revocation"):
        assert tally.counts[what] > tally.counts["schedules"]


async def test_a_secret_written_after_a_revocation_is_shown_to_nobody_who_lost_their_right(
    filled: Graph, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await shown(filled, tmp_path, range(SCHEDULES), capsys)


@pytest.mark.parametrize(("times", "patience", "status"), [(4, 0.0, 200), (12, 600.0, 200), (12, 0.0, 503)])
async def test_an_operation_outlasts_changes_as_long_as_it_has_patience(
    filled: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int, patience: float, status: int
) -> None:
    monkeypatch.setattr(execution, "_PATIENCE", patience)
    left = times
    async with world(filled, tmp_path) as pair:
        worker = pair.pair[0]

        async def moving(*statements: Statement) -> list[list[Row]]:
            nonlocal left
            if left:
                left -= 1
                await filled.write(("MATCH (v:PolicyVersion {id: 1}) SET v.epoch = v.epoch + 1", {}))
            return await filled.read_together(*statements)

        monkeypatch.setattr(worker.door, "read_together", moving)
        answer = await worker.client.post("/graphql", json={"query": "{ businesses { totalCount } }"})
    assert (answer.status_code, left > 0) == (status, status != 200)


@pytest.mark.proof
async def test_nor_in_any_of_many_schedules(filled: Graph, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From seeds of chance."""
    start = SystemRandom().randrange(1_000, 900_000)
    await shown(filled, tmp_path, range(start, start + PROOF), capsys)
