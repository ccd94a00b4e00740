"""Wake-ups: word that something may have changed, so that who waits need not wait its whole time.

They only wake. One may never arrive, or arrive for nothing; several may arrive as one. Whoever is woken looks in the
graph, as they would have done anyway a little later.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator
from enum import StrEnum
from typing import Protocol


class Topic(StrEnum):
    """What may have changed."""

    DATA = "data"
    POLICY = "policy"


class Wakeups(Protocol):
    """The two ends of a bell for each topic."""

    async def publish(self, topic: Topic) -> None:
        """Wake all who listen, as far as they can be reached."""
        ...

    def listen(self, topic: Topic) -> AsyncGenerator[None]:
        """Yield once as soon as it is listened to, and then when there was a wake-up since; close it when done."""
        ...


class Local:
    """Wake-ups within this process."""

    def __init__(self) -> None:
        self._listeners: defaultdict[Topic, set[asyncio.Event]] = defaultdict(set)

    async def publish(self, topic: Topic) -> None:
        """Wake all who listen."""
        for listener in self._listeners[topic]:
            listener.set()

    async def listen(self, topic: Topic) -> AsyncGenerator[None]:
        """Yield once now, and then when there was a wake-up since."""
        rung = asyncio.Event()
        rung.set()
        self._listeners[topic].add(rung)
        try:
            while True:
                await rung.wait()
                rung.clear()
                yield
        finally:
            self._listeners[topic].discard(rung)
