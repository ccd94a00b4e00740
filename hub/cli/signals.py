"""Ctrl-C and SIGTERM: whatever runs is ended in order, and everything that was opened is closed."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, Final

from hub.cli.speech import say

STOPPING: Final = (signal.SIGINT, signal.SIGTERM)
"""What asks the hub to stop: a person's Ctrl-C, and a supervisor's word."""
_BY_SIGNAL: Final = 128


async def stoppable(work: Coroutine[Any, Any, None]) -> int:
    """Do the work; the exit code: 0 where it came to its end, else 128 and the number of the signal that stopped it."""
    loop = asyncio.get_running_loop()
    doing = asyncio.ensure_future(work)
    received: list[signal.Signals] = []

    def stop(number: signal.Signals) -> None:
        received.append(number)
        doing.cancel()

    for number in STOPPING:
        loop.add_signal_handler(number, stop, number)
    try:
        await doing
    except asyncio.CancelledError:
        if not received:
            raise
        say(
            "đã dừng giữa chừng; chạy lại thì tiếp tục từ chỗ đã xong",
            "stopped half-way; run it again to go on behind what is done",
        )
        return _BY_SIGNAL + received[0]
    return 0
