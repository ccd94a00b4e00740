"""`hub work`: loads the tables that changed and publishes the datasets that changed, again and again.

Rounds follow each other at the start, at each wake-up, and after a time at the latest. Several workers may run beside
each other: a table is loaded by whoever holds its lease, and a release is made once. What fails is tried again after
pauses that grow.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from catalog.publish import Failed, Published
from hub.cli.signals import STOPPING
from hub.cli.speech import say, warn
from hub.cli.work import loaded, named, published
from hub.execution import masked
from hub.services import Services
from hub.wakeups import Topic, Wakeups
from schema.errors import HubError

FIRST_PAUSE: Final = 1.0
_LISTENING_SECONDS: Final = 1.0

Round = Callable[[int], Awaitable[bool]]
"""One round, by its number; whether it went well."""


async def work(services: Services, facts: Path) -> None:
    """Work until told to stop; whatever is being done then is given up between two transactions."""

    async def one(number: int) -> bool:
        return await once(services, facts, number)

    working = asyncio.create_task(rounds(one, services.wakeups, services.settings.work_seconds))
    loop = asyncio.get_running_loop()
    for number in STOPPING:
        loop.add_signal_handler(number, working.cancel)
    try:
        await asyncio.wait((working,))
    finally:
        working.cancel()
    if not working.cancelled():
        await working


async def rounds(
    one: Round, wakeups: Wakeups, seconds: float, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> None:
    """Without end: a round now, at each wake-up, and after so many seconds; after one that failed, a growing pause."""
    number, pause = 0, FIRST_PAUSE
    async with _woken(wakeups) as rung:
        with suppress(TimeoutError):  # where nothing can be listened to, nothing waits for it
            async with asyncio.timeout(_LISTENING_SECONDS):
                await rung.wait()
        while True:
            rung.clear()
            number += 1
            if await one(number):
                pause = FIRST_PAUSE
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await rung.wait()
            else:
                await sleep(min(pause, seconds))
                pause *= 2


@asynccontextmanager
async def _woken(wakeups: Wakeups) -> AsyncGenerator[asyncio.Event]:
    """An event that is set as soon as wake-ups are listened to, and at each of them."""
    rung = asyncio.Event()

    async def listen() -> None:
        async with aclosing(wakeups.listen(Topic.DATA)) as woken:
            async for _ in woken:
                rung.set()

    task = asyncio.create_task(listen())
    try:
        yield rung
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def once(services: Services, facts: Path, number: int) -> bool:
    """Load, then publish; each fails alone. One line says what came of it."""
    failures: list[HubError | str] = []
    tables = written = quarantined = new = 0
    try:
        results = await loaded(services, facts)
        tables = len(results)
        written = sum(result.written for result in results)
        quarantined = sum(result.quarantined for result in results)
    except Exception as error:  # noqa: BLE001 - whatever it is, the next round tries again
        failures.append(_known(error))
    try:
        outcomes = await published(services, named(()))
        new = sum(isinstance(outcome, Published) for outcome in outcomes.values())
        failures += [_known(outcome.error) for outcome in outcomes.values() if isinstance(outcome, Failed)]
    except Exception as error:  # noqa: BLE001 - as above
        failures.append(_known(error))
    if failures:
        vi = "; ".join(one.vi if isinstance(one, HubError) else one for one in failures)
        en = "; ".join(one.en if isinstance(one, HubError) else one for one in failures)
        warn(f"vòng {number} chưa xong, sẽ làm lại: {vi}", f"round {number} is not complete and will be redone: {en}")
        return False
    say(
        f"vòng {number}: {tables} bảng, {written} bản ghi mới hoặc thay đổi, {quarantined} dòng bị giữ lại, "
        f"{new} bản phát hành mới",
        f"round {number}: {tables} tables, {written} records new or changed, {quarantined} rows quarantined, "
        f"{new} new releases",
    )
    return True


def _known(error: Exception) -> HubError | str:
    """The error, or, of one that nobody foresaw, the id under which the log has it."""
    return error if isinstance(error, HubError) else masked(error).message
