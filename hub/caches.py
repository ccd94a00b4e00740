"""A cache: bytes under opaque keys, for a time. It may forget whatever it was given, and it never fails.

No permission may depend on one: what is found is used only where it must be what would be made now.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Protocol

_ENTRY: Final = 300
"""Bytes that an entry takes besides its value: key, tuple, a place in the dictionary."""


class Cache(Protocol):
    """Bytes by key. A key is a digest, so that it tells nothing and is as short as any other."""

    async def get(self, key: str) -> bytes | None:
        """What was put there last, or None: it may have been forgotten."""
        ...

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        """Keep the value for so many seconds at most."""
        ...


class Memory:
    """A cache within this process, of so many bytes at most; what was used longest ago is forgotten first."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._held = 0
        self._kept: OrderedDict[str, tuple[bytes, float]] = OrderedDict()

    async def get(self, key: str) -> bytes | None:
        """What was put there last, or None."""
        found = self._kept.get(key)
        if found is None:
            return None
        value, until = found
        if self._clock() >= until:
            self._forget(key)
            return None
        self._kept.move_to_end(key)
        return value

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        """Keep the value, and forget others where it would be too much."""
        self._forget(key)
        if len(value) + _ENTRY > self._most:
            return
        self._kept[key] = value, self._clock() + seconds
        self._held += len(value) + _ENTRY
        while self._held > self._most:
            self._forget(next(iter(self._kept)))

    def _forget(self, key: str) -> None:
        found = self._kept.pop(key, None)
        if found is not None:
            self._held -= len(found[0]) + _ENTRY


class Tiered:
    """A near cache before a far one. What is under a key never changes its meaning, so the near one is always right."""

    def __init__(self, near: Cache, far: Cache, seconds: float) -> None:
        """Hold both; what was found far away stays near for so many seconds at most."""
        self._near = near
        self._far = far
        self._seconds = seconds

    async def get(self, key: str) -> bytes | None:
        """What the near one has, else the far one."""
        found = await self._near.get(key)
        if found is None:
            found = await self._far.get(key)
            if found is not None:
                await self._near.put(key, found, self._seconds)
        return found

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        """Keep it in both."""
        await self._near.put(key, value, seconds)
        await self._far.put(key, value, seconds)
