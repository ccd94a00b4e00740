"""`/healthz` and `/readyz`: whether the process lives, and whether it can answer.

Everyone may ask, so an answer holds no host, user, version or message; the log has the message, once for each change.
Probes run at most once a second, however many ask.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hub.probes import Finding, Probe, examine

_KEPT_SECONDS: Final = 1.0
_NO_STORE: Final = {"Cache-Control": "no-store"}
_LOG: Final = logging.getLogger("hub.readiness")


def health(_: Request) -> Response:
    """The process answers; nothing else is asked."""
    return JSONResponse({"status": "ok"}, headers=_NO_STORE)


class Readiness:
    """Answers `/readyz`: 200 while requests can be answered, `degraded` where something else fails, else 503."""

    def __init__(self, probes: Sequence[Probe]) -> None:
        self._probes = probes
        self._examining = asyncio.Lock()
        self._found: list[Finding] = []
        self._until = 0.0

    async def answer(self, _: Request) -> Response:
        """What the probes found, a second ago at most."""
        async with self._examining:
            if time.monotonic() >= self._until:
                found = await examine(self._probes)
                _tell(self._found, found)
                self._found, self._until = found, time.monotonic() + _KEPT_SECONDS
            found = self._found
        checks = {each.name: {"status": _word(each), "ms": round(each.ms, 1)} for each in found}
        dead = any(each.error and each.needed for each in found)
        degraded = any(each.error for each in found)
        status = "failed" if dead else "degraded" if degraded else "ok"
        return JSONResponse({"status": status, "checks": checks}, 503 if dead else 200, _NO_STORE)


def _word(finding: Finding) -> str:
    return "failed" if finding.error else "ok"


def _tell(before: Sequence[Finding], now: Sequence[Finding]) -> None:
    failed = {each.name for each in before if each.error}
    for each in now:
        if each.error and each.name not in failed:
            _LOG.warning("%s failed: %s", each.name, each.error.en)
        elif not each.error and each.name in failed:
            _LOG.warning("%s answers again", each.name)
