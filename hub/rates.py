"""Rates: how much one asker may ask within a minute, in requests and in records that their operations may read.

The generic cell rate algorithm: of each asker and budget one number is kept, until when what they asked is paid for. A
request or a record pays for a minute's share of the budget; what would be paid for more than a minute ahead is refused,
and costs nothing. So the whole budget may be used at once, and comes back evenly. Who signed in is known by their app
and name, anybody else by their address.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, Protocol

from auth.principal import Principal
from hub.addresses import Network, network, sender
from schema.errors import RateLimited

MINUTE: Final = 60_000_000
"""Microseconds, in which everything is counted: whole numbers add up to what they should."""
_SECOND: Final = 1_000_000
_KEPT: Final = 65_536
_WHAT: Final = {"requests": ("yêu cầu", "requests"), "records": ("bản ghi", "records")}


class Meter(Protocol):
    """Keeps the numbers."""

    async def take(self, key: str, price: int) -> int | None:
        """Pay for so many microseconds more, unless that were over a minute ahead.

        How far ahead that is or would be; None where the number cannot be read now.
        """
        ...


class Local:
    """A meter of this process: the numbers of those who asked last."""

    def __init__(self, most: int = _KEPT, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._paid: OrderedDict[str, int] = OrderedDict()

    async def take(self, key: str, price: int) -> int:
        """Pay, and forget who asked longest ago where there are too many."""
        now = int(self._clock() * _SECOND)
        ahead = max(self._paid.get(key, now) - now, 0) + price
        if ahead <= MINUTE:
            self._paid[key] = now + ahead
            self._paid.move_to_end(key)
            if len(self._paid) > self._most:
                self._paid.popitem(last=False)
        return ahead


@dataclass(frozen=True, slots=True)
class Budget:
    """What one asker may use in a minute; 0 is no limit."""

    requests: int = 0
    records: int = 0


class Rates:
    """Gives everybody their account."""

    def __init__(
        self,
        anonymous: Budget,
        client: Budget,
        secret: bytes,
        proxies: Sequence[Network] = (),
        shared: Meter | None = None,
    ) -> None:
        """`shared` is the meter of all workers, without which, or while it fails, each has its own.

        `secret` is the same for all who share it: no meter is told a name or an address.
        """
        self._anonymous = anonymous
        self._client = client
        self._secret = blake2b(secret, digest_size=32, person=b"hub-rates").digest()
        self._proxies = proxies
        self._shared = shared
        self._own = Local()

    def account(self, asker: Principal, host: str, forwarded: Iterable[str] = ()) -> "Account":
        """Of who asks from that host, or from where our proxies say."""
        if asker.signed_in:
            who, budget = (asker.client, asker.subject), self._client
        else:
            who, budget = (network(sender(host, forwarded, self._proxies)),), self._anonymous
        return Account(self, budget, blake2b(repr(who).encode(), digest_size=16, key=self._secret).hexdigest())

    async def take(self, key: str, price: int) -> int:
        """How far ahead is paid for, or would be."""
        ahead = None if self._shared is None else await self._shared.take(key, price)
        return await self._own.take(key, price) if ahead is None else ahead


@dataclass(frozen=True, slots=True)
class Account:
    """What one asker may use; RateLimited where it is used up."""

    rates: Rates
    budget: Budget
    key: str

    async def request(self) -> None:
        """Count a request."""
        await self._take("requests", self.budget.requests, 1)

    async def records(self, number: int) -> None:
        """Count the records that an operation may read."""
        await self._take("records", self.budget.records, number)

    async def _take(self, what: str, budget: int, number: int) -> None:
        if not budget or not number:
            return
        price = number * MINUTE // budget
        ahead = await self.rates.take(f"{what}:{self.key}", price)
        if ahead <= MINUTE:
            return
        wait = -(-(ahead - MINUTE) // _SECOND)
        left = max(0, (MINUTE - (ahead - price)) * budget // MINUTE)
        vi, en = _WHAT[what]
        raise RateLimited(
            f"quá `{budget}` {vi} trong một phút, còn lại `{left}`: hãy chờ `{wait}` giây",
            f"over `{budget}` {en} a minute, `{left}` are left: wait `{wait}` seconds",
            wait,
            {"RateLimit-Policy": f'"{what}";q={budget};w=60', "RateLimit": f'"{what}";r={left};t={wait}'},
        )
