"""Every error that the hub raises on purpose: one tree, arranged by what the caller can do.

HubError                    a code, a status and a message that is safe to show
    InvalidInput     400    change the request
        InvalidRequest      change how it is sent: 405, 406, 413, 414, 415 over HTTP
        TooCostly    400    ask for less
    Unauthenticated  401    sign in again
    Denied           403    ask the custodian for access
    NotFound         404    check the address
    Conflict         409    read again, then retry
    RateLimited      429    wait, then retry
    UpstreamError    502    another system failed
    Unavailable      503    retry soon
    ConfigError             start-up only: mend a setting, then start again

Messages are in Vietnamese and English: lower case, no full stop, the user's value in backticks, what to do next.
Anything that is not a HubError is masked before it leaves the hub.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar


class HubError(Exception):
    """An error whose message may be shown: `vi` and `en` say what happened and what to do."""

    code: ClassVar[str] = "INTERNAL"
    status: ClassVar[int] = 500

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(en)
        self.vi = vi
        self.en = en


class InvalidInput(HubError):
    """The request is wrong as it stands."""

    code = "BAD_USER_INPUT"
    status = 400


class InvalidRequest(InvalidInput):
    """The request breaks a rule of HTTP: `http_status` is the rule's, and `headers` what goes with it."""

    def __init__(self, vi: str, en: str, http_status: int, headers: Mapping[str, str]) -> None:
        super().__init__(vi, en)
        self.http_status = http_status
        self.headers = headers


class TooCostly(InvalidInput):
    """The operation could read more records than its bound."""

    code = "TOO_COSTLY"


class Unauthenticated(HubError):
    """A token was sent and is not valid."""

    code = "UNAUTHENTICATED"
    status = 401


class Denied(HubError):
    """No rule allows this."""

    code = "FORBIDDEN"
    status = 403


class NotFound(HubError):
    """There is no such thing, or it may not be seen."""

    code = "NOT_FOUND"
    status = 404


class Conflict(HubError):
    """Another change came first, or a unique key is taken."""

    code = "CONFLICT"
    status = 409


class RateLimited(HubError):
    """Too many requests; `retry_after` seconds from now there is room again. `headers` tell of what there is room."""

    code = "RATE_LIMITED"
    status = 429

    def __init__(self, vi: str, en: str, retry_after: int, headers: Mapping[str, str] = MappingProxyType({})) -> None:
        super().__init__(vi, en)
        self.retry_after = retry_after
        self.headers = headers


class UpstreamError(HubError):
    """Another system answered with an error, or not at all."""

    code = "UPSTREAM"
    status = 502


class Unavailable(HubError):
    """A service that the hub needs does not answer now."""

    code = "UNAVAILABLE"
    status = 503


class ConfigError(HubError):
    """The hub cannot start as it is set up."""

    code = "CONFIG"
    status = 500
