"""Conditional requests: the tag of an answer's bytes, and whether who asks has them already."""

from hashlib import blake2b
from typing import Final

from starlette.datastructures import Headers

OPEN: Final = {
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "Access-Control-Allow-Origin": "*",
}
"""The headers of what everybody may read and keep, and is to ask for again with its tag."""
_TAG_BYTES: Final = 16


def weak_tag(content: bytes) -> str:
    """The entity tag of these bytes; weak, for a compressed answer has it too."""
    return f'W/"{blake2b(content, digest_size=_TAG_BYTES).hexdigest()}"'


def matches(headers: Headers, tag: str) -> bool:
    """Whether one of the tags in `If-None-Match` is this one, both taken as weak; `*` is any."""
    sent = ",".join(headers.getlist("if-none-match")).strip()
    return sent == "*" or tag.removeprefix("W/") in [each.strip().removeprefix("W/") for each in sent.split(",")]
