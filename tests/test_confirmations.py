"""The state is confirmed after each request has come, and once for many."""

import asyncio
from random import Random
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import confirmations
from hub.confirmations import Confirmations, State
from schema.errors import Unavailable
from schema.graph import Graph, Row


class Held:
    """A graph whose readings are counted when they begin and answered when the test says."""

    def __init__(self) -> None:
        self.begun = 0
        self.waiting: dict[int, asyncio.Future[None]] = {}

    async def read(self, _text: str, _parameters: object) -> list[Row]:
        """Answer with the number of the reading as the epoch."""
        self.begun += 1
        number = self.begun
        self.waiting[number] = asyncio.get_running_loop().create_future()
        await self.waiting[number]
        return [[number, "change", None, None, None]]

    def answer(self, number: int, error: Exception | None = None) -> None:
        """Let a reading come back."""
        if error is None:
            self.waiting[number].set_result(None)
        else:
            self.waiting[number].set_exception(error)


def over(graph: Held) -> Confirmations:
    return Confirmations(cast("Graph", graph))


async def settle() -> None:
    """Let every task go on as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no reading be overtaken because the machine is busy."""
    monkeypatch.setattr(confirmations, "_OVERTAKEN", 600.0)


async def test_who_comes_while_one_is_read_waits_for_the_next() -> None:
    graph = Held()
    made = over(graph)
    first = asyncio.create_task(made.state())
    await settle()
    later = [asyncio.create_task(made.state()) for _ in range(5)]
    await settle()
    assert graph.begun == 1
    graph.answer(1)
    await settle()
    assert (await first).epoch == 1
    assert graph.begun == 2
    last = asyncio.create_task(made.state())
    await settle()
    graph.answer(2)
    assert {(await one).epoch for one in later} == {2}
    await settle()
    graph.answer(3)
    assert (await last).epoch == 3
    assert graph.begun == 3


@given(st.integers(0, 2**32))
async def test_nobody_is_told_what_was_read_before_they_came(seed: int) -> None:
    random, graph = Random(seed), Held()
    made = over(graph)
    asked: list[tuple[int, asyncio.Task[State]]] = []
    for _ in range(40):
        match random.randrange(4):
            case 0 | 1:
                asked.append((graph.begun, asyncio.create_task(made.state())))
                await asyncio.sleep(0)
            case 2:
                await settle()
            case _:
                for future in graph.waiting.values():
                    if not future.done():
                        future.set_result(None)
    while any(not task.done() for _, task in asked):
        for future in graph.waiting.values():
            if not future.done():
                future.set_result(None)
        await asyncio.sleep(0)
    for begun, task in asked:
        assert (await task).epoch > begun
    assert graph.begun <= len(asked)


async def test_one_who_leaves_takes_nothing_from_the_others() -> None:
    graph = Held()
    made = over(graph)
    leaving, staying = (asyncio.create_task(made.state()) for _ in range(2))
    await settle()
    leaving.cancel()
    await settle()
    graph.answer(1)
    assert (await staying).epoch == 1
    assert leaving.cancelled()


async def test_an_error_is_that_of_its_own_reading() -> None:
    graph = Held()
    made = over(graph)
    first = asyncio.create_task(made.state())
    await settle()
    second = asyncio.create_task(made.state())
    graph.answer(1, Unavailable("không", "no"))
    with pytest.raises(Unavailable):
        await first
    await settle()
    graph.answer(2)
    assert (await second).epoch == 2


async def test_an_error_for_nobody_is_not_reported(caplog: pytest.LogCaptureFixture) -> None:
    graph = Held()
    leaving = asyncio.create_task(over(graph).state())
    await settle()
    leaving.cancel()
    graph.answer(1, Unavailable("không", "no"))
    await settle()
    assert caplog.records == []


async def test_a_reading_that_does_not_come_back_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirmations, "_OVERTAKEN", 0.01)
    graph = Held()
    made = over(graph)
    stuck = asyncio.create_task(made.state())
    await settle()
    second = asyncio.create_task(made.state())
    async with asyncio.timeout(30):
        while graph.begun < 2:  # noqa: ASYNC110 - it is seen from outside only
            await asyncio.sleep(0.01)
    graph.answer(2)
    assert (await second).epoch == 2
    graph.answer(1)
    assert (await stuck).epoch == 1


async def test_without_a_policy_there_is_no_state() -> None:
    class Empty:
        """A graph without a policy."""

        async def read(self, *_: object) -> list[Row]:
            """Give nothing."""
            return []

    with pytest.raises(Unavailable):
        await Confirmations(cast("Graph", Empty())).state()
