"""Compression on the way out, for answers that are made: text that repeats itself, by gzip, which every client knows.

Not for the files of releases: their tags are strong and parts of them may be asked for, which means their own bytes.
"""

import re
from typing import Final

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Receive, Scope, Send

SMALLEST: Final = 1024
"""Bytes: what fits in one packet anyway gains nothing."""
_LEVEL: Final = 5
"""A twentieth larger than by 9, in half of the time, of a hundred records or of the schema."""
_REFUSED: Final = re.compile(r"(?:^|,)\s*gzip\s*;\s*q\s*=\s*0(?:\.0{0,3})?\s*(?:,|$)", re.IGNORECASE)


class Compression(GZipMiddleware):
    """Starlette's gzip; it also heeds a client that names gzip only to refuse it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, compressed where that helps and is wanted."""
        if scope["type"] == "http" and _REFUSED.search(Headers(scope=scope).get("accept-encoding", "")):
            kept = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
            scope = {**scope, "headers": kept}
        await super().__call__(scope, receive, send)


COMPRESSED: Final = (Middleware(Compression, minimum_size=SMALLEST, compresslevel=_LEVEL),)
"""For the `middleware` of a route."""
