"""The keys of the token issuer, read again while the hub runs: a new one is taken, one that is gone holds no longer.

They are read by the clock and never because of a token, so whatever tokens come, the source is asked once a minute. A
source that fails, or gives what no token may be verified with, changes nothing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

from auth.token import Key, Verifier, keys_of
from schema.errors import ConfigError

PAUSE_SECONDS: Final = 60.0
LARGEST_SET: Final = 512 * 1024

log = logging.getLogger("hub")


def read(file: Path) -> Mapping[str, Key]:
    """The public keys in the file by their `kid`; ConfigError where they cannot be read or do not fit."""
    try:
        with file.open("rb") as source:
            content = source.read(LARGEST_SET + 1)
    except OSError as error:
        raise ConfigError(
            f"không đọc được HUB_JWKS_FILE `{file}`: {error.strerror}; hãy kiểm tra đường dẫn",
            f"HUB_JWKS_FILE `{file}` cannot be read: {error.strerror}; check the path",
        ) from None
    if len(content) > LARGEST_SET:
        raise ConfigError(
            f"HUB_JWKS_FILE `{file}` lớn quá `{LARGEST_SET}` byte: hãy chỉ để các khóa đang dùng",
            f"HUB_JWKS_FILE `{file}` is over `{LARGEST_SET}` bytes: keep the keys in use alone",
        )
    return keys_of(content)


async def follow(
    verifier: Verifier,
    source: Callable[[], Mapping[str, Key]],
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Without end: have the verifier trust what the source has, once a minute; a failure is logged when it begins."""
    failing = False
    while True:
        await pause(PAUSE_SECONDS)
        try:
            verifier.trust(await asyncio.to_thread(source))
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the source, the hub goes on without it
            if not failing:
                log.warning("going on with the issuer's keys as they were: %s", error)
            failing = True
        else:
            failing = False
