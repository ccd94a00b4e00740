"""What the hub writes down: one line for each request, whatever it holds, and what else deserves a warning.

A request has an id, in its answer's header, in the text of a masked error and in its line. Faults of a request are kept
on its `Exchange` and written with its line, so that a query with a hundred errors is still one record. No address as it
was typed, no text or value of a query and no token is ever part of a line.
"""

import logging
import re
import secrets
import sys
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final, TextIO

from pythonjsonlogger.orjson import OrjsonFormatter

OK: Final = "OK"
_ID_BYTES: Final = 8
_SAFE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
_FIELDS: Final = ("method", "route", "status", "ms", "outcome", "faults")
_REQUESTS: Final = logging.getLogger("hub.requests")
_FAULTS: Final = logging.getLogger("hub.faults")
_NOTE: Final = "written with request "


@dataclass(slots=True)
class Exchange:
    """One request and its answer, as far as they are written down; `outcome` is an error's code, or OK."""

    id: str
    method: str = ""
    route: str = ""
    status: int = 0
    outcome: str = ""
    faults: list[BaseException] = field(default_factory=list[BaseException])


_current: ContextVar[Exchange | None] = ContextVar("exchange", default=None)


def new_id(given: list[str]) -> str:
    """The id that the client or a proxy gave, where it gave one of a safe form; else one of our own."""
    return given[0] if len(given) == 1 and _SAFE_ID.fullmatch(given[0]) else secrets.token_hex(_ID_BYTES)


@contextmanager
def exchanging(exchange: Exchange) -> Generator[None]:
    """Let what happens inside belong to this request."""
    token = _current.set(exchange)
    try:
        yield
    finally:
        _current.reset(token)


def ended_with(outcome: str) -> None:
    """Note how the request that is being answered ends; the first word stays."""
    exchange = _current.get()
    if exchange is not None and not exchange.outcome:
        exchange.outcome = outcome


def fault(error: BaseException) -> str:
    """Keep an error that nobody may see for the line of its request, and return the request's id.

    Outside a request it is written at once, under an id of its own.
    """
    exchange = _current.get()
    if exchange is None:
        own = new_id([])
        _FAULTS.error("fault %s", own, exc_info=error)
        return own
    if error not in exchange.faults:
        exchange.faults.append(error)
        error.add_note(_NOTE + exchange.id)
    return exchange.id


def write(exchange: Exchange, ms: float, *, quiet: bool) -> None:
    """Write the one line of a request; `quiet` for what a supervisor asks every few seconds."""
    level = logging.ERROR if exchange.faults else logging.DEBUG if quiet else logging.INFO
    first = exchange.faults[0] if exchange.faults else None
    about = {
        "request_id": exchange.id,
        "method": exchange.method,
        "route": exchange.route,
        "status": exchange.status,
        "ms": round(ms, 1),
        "outcome": exchange.outcome,
    }
    if first is not None:
        about["faults"] = len(exchange.faults)
    _REQUESTS.log(level, "request %s", exchange.id, exc_info=first, extra=about)


@contextmanager
def written(form: str) -> Generator[None]:
    """Write lines to standard error: `json`, `plain`, or by default the one that fits who reads there."""
    chosen = form or ("plain" if sys.stderr.isatty() else "json")
    handler = _Handler()
    handler.setFormatter(_json() if chosen == "json" else _Plain("%(levelname)s %(name)s: %(message)s"))
    handler.addFilter(_once)
    handler.addFilter(_named)
    root, ours = logging.getLogger(), logging.getLogger("hub")
    before = root.level, ours.level
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    ours.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(before[0])
        ours.setLevel(before[1])


class _Handler(logging.StreamHandler[TextIO]):
    """Writes to the standard error of the moment, which a test or a supervisor may have replaced."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


class _Plain(logging.Formatter):
    """For a person: the message, and what is known of the request behind it."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name that logging calls
        shown = [str(getattr(record, name)) for name in _FIELDS if hasattr(record, name)]
        return " ".join([super().formatMessage(record), *shown])


def _json() -> logging.Formatter:
    names: dict[str, str] = {"levelname": "level", "name": "logger", "exc_info": "trace"}
    made: Any = OrjsonFormatter("%(levelname)s %(name)s %(message)s", timestamp="time", rename_fields=names)
    return made


def _once(record: logging.LogRecord) -> bool:
    """Whether this is not the server's own word about an error that is written with its request."""
    error = record.exc_info[1] if record.exc_info else None
    notes: list[str] = getattr(error, "__notes__", [])
    return record.name == _REQUESTS.name or not any(note.startswith(_NOTE) for note in notes)


def _named(record: logging.LogRecord) -> bool:
    """Add the id of the request in whose course a record was made."""
    exchange = _current.get()
    if exchange is not None:
        record.request_id = exchange.id
    return True
