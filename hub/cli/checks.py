"""`hub demo --check`: what a user would see of a running hub, asserted over HTTP."""

import asyncio
import hashlib
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from catalog.datasets import DATASETS
from schema.errors import HubError, Unavailable
from schema.masks import CUT

_FARMS = "{ farms(first: 50) { totalCount nodes { id ownerName } } }"
_FOUR = """{ areas(first: 3, where: {farms: {some: {}}}) { nodes { name farms(first: 2) { nodes { name
  grows(first: 2) { edges { season node { name indicators(first: 1) { nodes { code } } } } } } } } } }"""
_RULES = '{ permissions(type: "Farm") { id } }'
_REVOKE = "mutation ($id: ID!) { revokePermission(id: $id) { epoch } }"


def _failed(what: str) -> HubError:
    return Unavailable(f"kiểm tra không đạt: {what}", f"a check failed: {what}")


def _assert(what: str, *, holds: bool) -> None:
    if not holds:
        raise _failed(what)


def _fetch(
    url: str, body: object = None, token: str | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json", **headers})  # noqa: S310 - our own address
    if token is not None:
        request.add_header("authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - as above
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()
    except OSError as error:
        raise _failed(f"{url}: {error}") from error


def _query(base: str, text: str, token: str | None = None, **variables: object) -> tuple[int, dict[str, Any]]:
    status, _, body = _fetch(f"{base}/graphql", {"query": text, "variables": variables}, token)
    return status, json.loads(body)


async def check(base: str, steward: str, developer: str, grant: Mapping[str, Any]) -> None:
    """Look at pages, ask as two people, give and take back access, send what is wrong, download a dataset.

    Unavailable says what failed.
    """
    await asyncio.to_thread(_pages, base)
    await asyncio.to_thread(_answers, base, steward, developer)
    await asyncio.to_thread(_sharing, base, steward, developer, grant)
    await asyncio.to_thread(_refusals, base)
    await asyncio.to_thread(_downloads, base)


def _pages(base: str) -> None:
    for path in (
        "/vi",
        "/en",
        "/vi/data",
        "/en/data",
        "/vi/explorer",
        "/vi/console",
        *(f"/vi/data/{slug}" for slug in DATASETS),
    ):
        status, _, body = _fetch(base + path)
        _assert(path, holds=status == 200 and b"<html" in body)  # noqa: PLR2004 - HTTP
    status, _, body = _fetch(f"{base}/catalog.ttl")
    _assert("/catalog.ttl", holds=status == 200 and all(slug.encode() in body for slug in DATASETS))  # noqa: PLR2004 - HTTP


def _answers(base: str, steward: str, developer: str) -> None:
    _, mine = _query(base, _FARMS, steward)
    _, theirs = _query(base, _FARMS, developer)
    _, anyones = _query(base, _FARMS)
    _assert(
        "a steward sees owners of their agency's farms",
        holds=any(node["ownerName"] for node in mine["data"]["farms"]["nodes"]),
    )
    _assert("a developer does not", holds=not any(node["ownerName"] for node in theirs["data"]["farms"]["nodes"]))
    _assert("and is told so", holds=theirs["errors"][0]["extensions"]["code"] == "FORBIDDEN")
    _assert(
        "a steward sees more farms",
        holds=mine["data"]["farms"]["totalCount"] > anyones["data"]["farms"]["totalCount"] > 0,
    )
    status, four = _query(base, _FOUR)
    _assert("an operation over four types", holds=status == 200 and len(four["data"]["areas"]["nodes"]) > 0)  # noqa: PLR2004 - HTTP


def _sharing(base: str, steward: str, developer: str, grant: Mapping[str, Any]) -> None:
    """Give an app the owners' family names and take them back; what it is answered changes at once, both times."""
    before = _families(base, developer)
    status, told = _query(base, grant["query"], steward, **grant["variables"])
    _assert("a steward gives an app the owners' family names", holds=status == 200)  # noqa: PLR2004 - HTTP
    given = told["data"]["grantPermission"]["rules"][0]["id"]
    _, listed = _query(base, _RULES, steward)
    after = _families(base, developer)
    _query(base, _REVOKE, steward, id=given)
    _assert("the steward sees it in the list", holds={"id": given} in listed["data"]["permissions"])
    masked = all(name.endswith(CUT) for name in after)
    _assert("the app is answered family names, and no more", holds=len(after) > len(before) == 0 and masked)
    _assert("after it is revoked the app is answered none", holds=_families(base, developer) == [])


def _families(base: str, token: str) -> list[str]:
    _, told = _query(base, _FARMS, token)
    return [node["ownerName"] for node in told["data"]["farms"]["nodes"] if node["ownerName"] is not None]


def _refusals(base: str) -> None:
    status, _ = _query(base, _FARMS, "garbage")
    _assert("a garbage token is refused", holds=status == 401)  # noqa: PLR2004 - HTTP
    dear = "{ areas(first: 100) { nodes { farms(first: 100) { nodes { grows(first: 100) { nodes { id } } } } } } }"
    status, answer = _query(base, dear)
    _assert(
        "a query over the bound is refused",
        holds=status == 400 and answer["errors"][0]["extensions"]["code"] == "TOO_COSTLY",  # noqa: PLR2004 - HTTP
    )


def _downloads(base: str) -> None:
    for slug in DATASETS:
        for form in ("csv", "json", "parquet"):
            status, _, body = _fetch(f"{base}/data/{slug}/latest/{form}")
            digest = hashlib.sha256(body).hexdigest().encode()
            page = _fetch(f"{base}/en/data/{slug}")[2]
            _assert(f"{slug} as {form}", holds=status == 200 and len(body) > 0 and digest in page)  # noqa: PLR2004 - HTTP
