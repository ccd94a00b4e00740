"""Every request seen from outside: its id, its one line in the log, its place in the numbers."""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub import logs
from hub.logs import Exchange

REQUEST_ID: Final = "X-Request-Id"
QUIET: Final = frozenset({"/healthz", "/readyz", "/metrics"})
"""What supervisors ask every few seconds: no line is written of it where nothing is wrong."""
NO_ROUTE: Final = "-"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_WRONG: Final = 400
_BROKEN: Final = 500
_OUTCOMES: Final = {404: "NOT_FOUND", 429: "RATE_LIMITED", 500: "INTERNAL", 503: "UNAVAILABLE"}
_CUT_OFF: Final = "CUT_OFF"
"""The outcome of a request whose client or server went away before the answer was whole."""

Watch = Callable[[Exchange], AbstractContextManager[object]]
"""Goes on around a request; when it ends, the exchange has its route, status and outcome."""


class Observed:
    """Wraps an application; an error that nothing else answered is answered here with `unexpected`."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        routes: Sequence[BaseRoute],
        unexpected: Callable[[Request, Exception], Response],
        watches: Sequence[Watch] = (),
    ) -> None:
        self._app = app
        self._routes = [route for route in routes if isinstance(route, Route)]
        self._unexpected = unexpected
        self._watches = watches

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request and write its line."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in _METHODS else NO_ROUTE
        exchange = Exchange(logs.new_id(Headers(scope=scope).getlist(REQUEST_ID)), method, self._route(scope))
        began = time.perf_counter()
        with logs.exchanging(exchange):
            try:
                with ExitStack() as watching:
                    for watch in self._watches:
                        watching.enter_context(watch(exchange))
                    try:
                        await self._answer(exchange, scope, receive, send)
                    finally:
                        exchange.outcome = _outcome(exchange)
            finally:
                quiet = exchange.route in QUIET and 0 < exchange.status < _WRONG
                logs.write(exchange, (time.perf_counter() - began) * 1000, quiet=quiet)

    async def _answer(self, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> None:
        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = exchange.id
            await send(message)

        try:
            await self._app(scope, receive, named)
        except Exception as error:
            logs.fault(error)
            if exchange.status:  # too late for another answer: the connection breaks off, which the client notices
                exchange.outcome = "INTERNAL"
                raise
            answer = self._unexpected(Request(scope), error)
            await answer(scope, receive, named)
        except BaseException:
            exchange.outcome = _CUT_OFF
            raise

    def _route(self, scope: Scope) -> str:
        """The route's template, never the address as it was typed."""
        matching = (route.path for route in self._routes if route.matches(scope)[0] is not Match.NONE)
        return next(matching, NO_ROUTE)


def _outcome(exchange: Exchange) -> str:
    """What an answer came to, by its first error's code, or by its status where nobody said more."""
    if exchange.outcome:
        return exchange.outcome
    if not exchange.status:
        return _CUT_OFF
    if exchange.status < _WRONG:
        return logs.OK
    other = "INTERNAL" if exchange.status >= _BROKEN else "BAD_USER_INPUT"
    return _OUTCOMES.get(exchange.status, other)
