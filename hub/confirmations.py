"""The state that every answer follows from besides its asker: the policy's epoch, and the version of each type's data.

One small statement reads it, and all requests that came before it began may use what it found, as writers share one
commit: so each of them knows the state at an instant after its own arrival, and many cost little more than one.
"""

import asyncio
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from schema.constraints import DATA_VERSION
from schema.errors import Unavailable
from schema.graph import Graph

_STATE: Final = (
    f"MATCH (p:PolicyVersion {{id: 1}}) OPTIONAL MATCH (d:{DATA_VERSION}) "
    "RETURN p.epoch, p.change, d.id, d.version, d.run ORDER BY d.id"
)
_OVERTAKEN: Final = 0.1
"""Seconds after which a reading that has not come back holds up the next one no longer."""


@dataclass(frozen=True, slots=True)
class State:
    """The epoch in force, and a digest of all there is to the state.

    No state comes twice: each part of it grows, and names the change that raised it.
    """

    epoch: int
    digest: str


class Confirmations:
    """Reads the state for those who ask, together where they ask together."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._begun: asyncio.Task[State] | None = None
        self._next: asyncio.Task[State] | None = None

    async def state(self) -> State:
        """The state at an instant after this was called."""
        if self._next is None:
            self._next = asyncio.create_task(self._after(self._begun))
            self._next.add_done_callback(_looked_at)
        # Shielded: others may wait for the same reading when this one's asker has gone.
        return await asyncio.shield(self._next)

    async def _after(self, begun: asyncio.Task[State] | None) -> State:
        if begun is not None and not begun.done():
            await asyncio.wait((begun,), timeout=_OVERTAKEN)
        # From here on it is too late to join: what is read now may be older than who comes next.
        self._begun, self._next = self._next, None
        return await self._read()

    async def _read(self) -> State:
        rows = await self._graph.read(_STATE, {})
        if not rows or not isinstance(rows[0][0], int):
            raise Unavailable(
                "chưa có chính sách chia sẻ trong đồ thị: hãy khởi động hub để tạo",
                "there is no sharing policy in the graph: start the hub, which makes it",
            )
        return State(rows[0][0], sha256(repr(rows).encode()).hexdigest())


def _looked_at(task: asyncio.Task[State]) -> None:
    """Take note of an error for which nobody waits any more, so that asyncio does not report it."""
    if not task.cancelled():
        task.exception()
