"""Answers to the public, kept: what an operation without a token was answered, for as long as it must be the same.

An answer follows from the view of the asker, the data, the operation and the code, and it is kept under a digest of
these. The state of the policy and of the data is confirmed in the graph for each request, after it has arrived, so an
operation that begins after a change was committed cannot be given an answer from before it, whatever is in the cache.
An answer is kept only if the state was the same before and after it was made, and had been for a while: an engine may
show a version a moment before all of the change that raised it.

Nothing is looked up for an operation that is asked for the first time, so that a visitor who asks each thing once
costs what they did. Whole refusals are not kept: they are cheap, and anybody could fill the cache with them. Answers of
the schema alone are kept like others: they are dear to make, and follow from the code.
"""

import hmac
import sys
import time
from asyncio import timeout
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import blake2b, sha256
from importlib.metadata import version
from pathlib import Path
from typing import Final

from auth.policy import Access
from auth.principal import ANONYMOUS, Action
from hub.caches import Cache
from hub.confirmations import Confirmations, State
from hub.policies import Policies
from schema.errors import HubError
from schema.graph import Graph

LARGEST: Final = 256 * 1024
LIFE_SECONDS: Final = 300.0
SETTLED_SECONDS: Final = 1.0
_CONFIRM_SECONDS: Final = 1.0
"""Where the state is not confirmed in this time nothing is taken from the cache."""
_REMEMBERED: Final = 4096
_MARK_BYTES: Final = 16
_WHOLE: Final = b"w"
_IN_PART: Final = b"p"
"""Before an answer that is kept: whether an error is in it."""
_CODE: Final = ("auth", "hub", "schema")
_LIBRARIES: Final = ("graphql-core", "orjson", "strawberry-graphql")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it is sent.

    `lasting`: it follows from view, data, operation and code alone. `whole`: no error is in it.
    """

    content: bytes
    status: int
    lasting: bool
    whole: bool = False


@dataclass(frozen=True, slots=True)
class _Moment:
    """The state and the public's access under it, at one instant; whether the state had been the same for a while."""

    state: State
    access: Access
    settled: bool

    def same(self, other: "_Moment | None") -> bool:
        """Whether nothing changed between the two, nor began or ended."""
        return other is not None and (self.state, _view(self.access)) == (other.state, _view(other.access))


class Answers:
    """Gives the public's answers, from the cache where they must be the same."""

    def __init__(  # noqa: PLR0913 - each is one part of what an answer follows from, or where it is kept
        self,
        graph: Graph,
        policies: Policies,
        cache: Cache,
        secret: bytes,
        basis: object,
        *,
        settled_seconds: float = SETTLED_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`basis` is what else answers follow from: settings. `secret` is the same for all who share the cache."""
        self.confirmations = Confirmations(graph)
        self._policies = policies
        self._cache = cache
        self._secret = blake2b(secret, digest_size=32, person=b"hub-answers").digest()
        self._basis = repr((code(), graph.dialect, basis))
        self._settled_seconds = settled_seconds
        self._clock = clock
        self._asked: OrderedDict[str, None] = OrderedDict()
        self._seen: tuple[State | None, float] = (None, 0.0)

    async def answer(self, asked: object, make: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer to what is asked (document, variables, name of the operation): kept, or made now."""
        operation = sha256(repr(asked).encode()).hexdigest()
        if not self._again(operation):
            return await make()
        before = await self._now()
        if before is None:
            return await make()
        key = self._digest(repr((self._basis, before.state, before.access.fingerprint, operation)).encode(), 32).hex()
        kept = self._opened(key, await self._cache.get(key))
        if kept is not None:
            return Answer(kept[1:], 200, lasting=True, whole=kept[:1] == _WHOLE)
        made = await make()
        if made.lasting and len(made.content) <= LARGEST and before.settled and before.same(await self._now()):
            put = (_WHOLE if made.whole else _IN_PART) + made.content
            await self._cache.put(key, self._mark(key, put) + put, LIFE_SECONDS)
        return made

    def _again(self, operation: str) -> bool:
        """Whether it was asked before, as far as is remembered."""
        known = operation in self._asked
        self._asked[operation] = None
        self._asked.move_to_end(operation)
        if len(self._asked) > _REMEMBERED:
            self._asked.popitem(last=False)
        return known

    async def _now(self) -> _Moment | None:
        """The state now and the access under it; None where they cannot be told soon."""
        try:
            async with timeout(_CONFIRM_SECONDS):
                state = await self.confirmations.state()
                access = await self._policies.access(ANONYMOUS, Action.READ)
                if access.epoch < state.epoch:
                    await self._policies.refresh(access.epoch)
                    access = await self._policies.access(ANONYMOUS, Action.READ)
        except (HubError, TimeoutError):
            return None
        if access.epoch != state.epoch:
            return None
        seen, since = self._seen
        if seen != state:
            since = self._clock()
            self._seen = state, since
        return _Moment(state, access, self._clock() - since >= self._settled_seconds)

    def _digest(self, content: bytes, size: int) -> bytes:
        return blake2b(content, digest_size=size, key=self._secret).digest()

    def _mark(self, key: str, content: bytes) -> bytes:
        """What only a hub can have put before an answer, and under this key alone."""
        return self._digest(key.encode() + content, _MARK_BYTES)

    def _opened(self, key: str, kept: bytes | None) -> bytes | None:
        """The answer that was kept; None where it is not just what a hub put there."""
        if kept is None:
            return None
        mark, content = kept[:_MARK_BYTES], kept[_MARK_BYTES:]
        return content if hmac.compare_digest(mark, self._mark(key, content)) else None


def code() -> str:
    """A digest of the code that answers, so that workers of two versions may share a cache."""
    digest = sha256(repr((sys.version, *((name, version(name)) for name in _LIBRARIES))).encode())
    root = Path(__file__).parent.parent
    for folder in _CODE:
        for path in sorted((root / folder).rglob("*.py")):
            digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _view(access: Access) -> tuple[object, ...]:
    return access.epoch, access.fingerprint, access.not_after
