"""The right to load one stream: a lease with an end and a fencing token that only grows, kept on its checkpoint."""

import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from connectors import statements
from schema.errors import Conflict
from schema.graph import Graph, Statement
from schema.scalars import instant

_NO_TOKEN: Final = 0
_UNKNOWN: Final = ""


class State(StrEnum):
    """How a run stands."""

    RUNNING = "RUNNING"
    COMPLETE = "COMPLETE"
    UNCHANGED = "UNCHANGED"
    FAILED = "FAILED"
    INTERRUPTED = "INTERRUPTED"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a stream has come: under which fingerprint, how many rows, whether all of them; and who holds it."""

    token: int = _NO_TOKEN
    holder: str = ""
    held_until: str = ""
    run: str = ""
    fingerprint: str = ""
    rows: int = 0
    complete: bool = False


async def runs_by_state(graph: Graph) -> dict[str, int]:
    """How many recorded runs stand how."""
    found = await graph.read(statements.RUNS_BY_STATE, {})
    return {str(state): count for state, count in found if isinstance(count, int)}


async def checkpoint(graph: Graph, stream: str) -> Checkpoint:
    """Read the checkpoint of a stream; an empty one where it never ran."""
    found = await graph.read(statements.CHECKPOINT_OF, {"stream": stream})
    if not found:
        return Checkpoint()
    token, holder, until, run, fingerprint, rows, complete = found[0]
    return Checkpoint(
        token=token if isinstance(token, int) else _NO_TOKEN,
        holder=str(holder or ""),
        held_until=str(until or ""),
        run=str(run or ""),
        fingerprint=str(fingerprint or ""),
        rows=rows if isinstance(rows, int) else 0,
        complete=complete is True,
    )


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write one stream, as long as no newer token is given out."""

    graph: Graph
    stream: str
    run: str
    token: int
    seconds: float

    async def write(self, *writes: Statement, until: str | None = _UNKNOWN) -> None:
        """Write in one transaction, fenced, and hold on for another term; Conflict where another runner took over."""
        own: dict[str, object] = {"stream": self.stream, "run": self.run, "token": self.token}
        term = {"heldUntil": _later(self.seconds) if until == _UNKNOWN else until}
        answers = await self.graph.write(
            (statements.FENCE, own),
            (statements.ADVANCE, {**own, "checkpoint": term}),
            *((text, {**parameters, **own}) for text, parameters in writes),
            idempotent=True,
        )
        if not answers[0]:
            raise Conflict(
                f"một lượt nạp khác đã nhận `{self.stream}`: lượt này dừng lại, không ghi gì thêm",
                f"another run has taken over `{self.stream}`: this one stops and writes nothing more",
            )

    async def end(self, *writes: Statement) -> None:
        """Write for the last time and give the lease back."""
        await self.write(*writes, until=None)


async def take(graph: Graph, stream: str, props: Mapping[str, object], seconds: float) -> Lease:
    """Take the lease of a stream and begin its run; Conflict while another runner that may be alive holds it."""
    held = await checkpoint(graph, stream)
    now = datetime.now(UTC)
    run = f"{stream}-{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    dead = held.token if _is_dead(held.holder) else _NO_TOKEN
    own: dict[str, object] = {"stream": stream, "run": run}
    answers = await graph.write(
        (
            statements.TAKE,
            {**own, "now": instant(now), "until": _later(seconds), "holder": _holder(), "dead": dead},
        ),
        (statements.BEGIN, {**own, "props": {**props, "state": State.RUNNING.value, "started": instant(now)}}),
        (
            statements.INTERRUPT,
            {
                **own,
                "previous": held.run,
                "running": State.RUNNING.value,
                "interrupted": State.INTERRUPTED.value,
            },
        ),
    )
    if not answers[0]:
        raise Conflict(
            f"`{stream}` đang được một lượt nạp khác giữ đến {held.held_until}: hãy đợi rồi chạy lại",
            f"`{stream}` is held by another run until {held.held_until}: wait, then run it again",
        )
    token = answers[0][0][0]
    return Lease(graph, stream, run, token if isinstance(token, int) else _NO_TOKEN, seconds)


def _later(seconds: float) -> str:
    return instant(datetime.now(UTC) + timedelta(seconds=seconds))


def _holder() -> str:
    return f"{socket.gethostname()}/{os.getpid()}"


def _is_dead(holder: str) -> bool:
    """Whether the holder was a process of this machine that is gone; of others nobody can tell, their term must end."""
    host, _, pid = holder.rpartition("/")
    if host != socket.gethostname() or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
