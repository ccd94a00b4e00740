"""How an answer is sent: its media type and status, who may keep it, and what browsers are told about it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response

from hub.answers import Answer
from hub.conditional import matches, weak_tag
from schema.errors import InvalidRequest

JSON: Final = "application/json"
GRAPHQL: Final = "application/graphql-response+json"
METHODS: Final = "GET, HEAD, OPTIONS, POST"
_OK, _NOT_MODIFIED, _NOT_ACCEPTABLE, _BROKEN = 200, 304, 406, 500
_NOT_TAKEN: Final = frozenset({401, 429})
_QUALITY: Final = re.compile(r"\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*", re.IGNORECASE)
_PRIVATE: Final = "private, no-store"
_PUBLIC: Final = "public, max-age=0, must-revalidate"
"""Anybody may keep it and must ask each time whether it still holds: a revocation holds for what begins after it."""
_ALWAYS: Final = {
    "Vary": "Accept, Authorization",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
_PREFLIGHT: Final = {
    "Allow": METHODS,
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-None-Match, X-Request-Id",
    "Access-Control-Max-Age": "86400",
}
"""Any page may ask, as itself: a browser sends no cookie along, and a token only where the page has it."""


@dataclass(frozen=True, slots=True)
class Media:
    """A media type, and whether its status says only that the request was understood."""

    type: str
    understood: bool = False


PLAIN: Final = Media(JSON, understood=True)
OWN: Final = Media(GRAPHQL)
UNNAMED: Final = Media(JSON)
"""For who names no type: by the standard, the statuses of `application/graphql-response+json`; old clients want the
label of plain JSON, and the standard's audits do."""
_USUAL: Final = {"": UNNAMED, "*/*": UNNAMED, JSON: PLAIN, GRAPHQL: OWN}


def negotiated(headers: Headers) -> Media:
    """The media type that is wanted most; InvalidRequest where none is that there is."""
    accepted = ",".join(headers.getlist("accept")).strip()
    usual = _USUAL.get(accepted)
    if usual is not None:
        return usual
    ranges = _ranges(accepted)
    widest = ranges.get("application/*", ranges.get("*/*", 0.0))
    own, plain = ranges.get(GRAPHQL, widest), ranges.get(JSON, widest)
    if own > plain or (own == plain > 0 and GRAPHQL in ranges):
        return OWN
    if plain:
        return PLAIN if JSON in ranges else UNNAMED
    raise InvalidRequest(
        f"chỉ trả lời bằng `{GRAPHQL}` hoặc `{JSON}`: hãy nêu một trong hai ở `Accept`",
        f"answers are `{GRAPHQL}` or `{JSON}`: name one of them in `Accept`",
        _NOT_ACCEPTABLE,
        {},
    )


def _ranges(accepted: str) -> dict[str, float]:
    """The media ranges of an `Accept`, each with its weight; one whose weight is none is passed over."""
    found: dict[str, float] = {}
    for each in accepted.split(","):
        name, *parameters = each.split(";")
        weights = [one for one in parameters if one.strip().lower().startswith("q")]
        weight = _QUALITY.fullmatch(weights[0]) if weights else None
        if weights and weight is None:
            continue
        kind = name.strip().lower()
        found[kind] = max(found.get(kind, 0.0), float(weight[1]) if weight else 1.0)
    return found


def answered(answer: Answer, media: Media, *, public: bool, conditional: Headers | None) -> Response:
    """The response with this answer; `conditional` are the headers of one who may have it already, with its tag.

    Plain JSON is answered with 200 where the operation was understood and refused, as the standard asks: its clients
    take another status for a proxy's. What says that the hub did not take the operation keeps its status.
    """
    status = answer.status
    if media.understood and status < _BROKEN and status not in _NOT_TAKEN:
        status = _OK
    headers = {**_ALWAYS, "Cache-Control": _PUBLIC if public and answer.whole and conditional is not None else _PRIVATE}
    if conditional is not None and answer.status == _OK:
        headers["ETag"] = tag = weak_tag(answer.content)
        if matches(conditional, tag):
            headers["Vary"] += ", Accept-Encoding"  # compression, which says so else, has nothing to do here
            return Response(status_code=_NOT_MODIFIED, headers=headers)
    return Response(answer.content, status, headers, media.type)


def refused(content: bytes, status: int, media: Media, headers: Mapping[str, str] = MappingProxyType({})) -> Response:
    """The response to a request that was not executed."""
    return Response(content, status, {**_ALWAYS, "Cache-Control": _PRIVATE, **headers}, media.type)


def preflight() -> Response:
    """What a browser may send from a page of another origin."""
    return Response(status_code=204, headers=_PREFLIGHT)
