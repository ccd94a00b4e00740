"""What a request asks: read from its body or its address, bounded before it is read, and never taken in two ways."""

import re
from dataclasses import dataclass, field
from email.message import Message
from typing import Any, Final, cast
from urllib.parse import parse_qsl

import orjson
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request

from schema.errors import InvalidInput, InvalidRequest

LARGEST_BODY: Final = 64 * 1024
LONGEST_PURPOSE: Final = 200
_PARAMETERS: Final = frozenset({"query", "variables", "operationName", "extensions"})
_JSON_TYPES: Final = frozenset(
    {"application/json", "application/json; charset=utf-8", "application/json;charset=utf-8"}
)
"""As nearly everybody writes it."""
_UTF_8: Final = frozenset({"utf-8", "utf8", "us-ascii"})
_LONGEST_LENGTH: Final = 9
"""Digits of a length that is worth reading."""
_TEXTS: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"')
_TOO_LARGE, _TOO_LONG, _UNSUPPORTED = 413, 414, 415


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks: a document, its variables, and which of its operations."""

    query: str
    variables: dict[str, Any] | None
    operation: str | None
    posted: bool = field(repr=False)
    purpose: str | None = None


async def read(request: Request) -> Asked:
    """What is asked; InvalidInput where the request is not of GraphQL over HTTP."""
    posted = request.method == "POST"
    given = await _posted(request) if posted else _of_address(request.scope["query_string"])
    query, operation = given.get("query"), given.get("operationName")
    if not isinstance(query, str) or not query:
        raise InvalidInput("thiếu `query`: hãy gửi một truy vấn", "`query` is missing: send a query")
    if operation is not None and not isinstance(operation, str):
        raise InvalidInput("`operationName` phải là chữ", "`operationName` must be a string")
    variables, extensions = _map("variables", given), _map("extensions", given)
    return Asked(query, variables, operation or None, posted, _purpose(extensions or {}))


async def _posted(request: Request) -> dict[str, object]:
    _check_type(request.headers)
    text = await _body(request)
    if not text:
        raise InvalidInput(
            "yêu cầu rỗng: hãy gửi một đối tượng JSON có `query`",
            "the body is empty: send one JSON object with a `query`",
        )
    sent = _json(text)
    if isinstance(sent, list):
        raise InvalidInput(
            "không nhận nhiều thao tác trong một yêu cầu: hãy gửi từng thao tác, mỗi yêu cầu một đối tượng JSON",
            "batches are not taken: send each operation in a request of its own, as one JSON object",
        )
    if not isinstance(sent, dict):
        raise InvalidInput("hãy gửi một đối tượng JSON có `query`", "send one JSON object with a `query`")
    return cast("dict[str, object]", sent)


def _of_address(query_string: bytes) -> dict[str, object]:
    """What an address asks, with the JSON in it read; what is said empty is not said."""
    if len(query_string) > LARGEST_BODY:
        raise _over(_TOO_LONG)
    try:
        pairs = parse_qsl(query_string.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise InvalidInput("địa chỉ không phải UTF-8", "the address is not UTF-8") from None
    known = [(name, text) for name, text in pairs if name in _PARAMETERS]
    given: dict[str, object] = {name: text for name, text in known if text}
    if len(dict(known)) < len(known):
        raise InvalidInput("địa chỉ nói một tham số hai lần", "the address gives one parameter twice")
    for name in ("variables", "extensions"):
        if name in given:
            given[name] = _json(str(given[name]))
    return given


def _check_type(headers: Headers) -> None:
    """InvalidRequest where a body is not plain JSON in UTF-8."""
    kind = headers.get("content-type", "")
    if kind not in _JSON_TYPES:
        told = Message()
        told["content-type"] = kind
        if (
            kind.partition(";")[0].strip().lower() != "application/json"
            or (told.get_content_charset() or "utf-8") not in _UTF_8
        ):
            raise InvalidRequest(
                "hãy gửi JSON bằng UTF-8 với `Content-Type: application/json`",
                "send JSON in UTF-8 with `Content-Type: application/json`",
                _UNSUPPORTED,
                {"Accept-Post": "application/json"},
            )
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise InvalidRequest(
            "không nhận nội dung đã nén: hãy bỏ `Content-Encoding`",
            "a compressed body is not taken: leave out `Content-Encoding`",
            _UNSUPPORTED,
            {"Accept-Encoding": "identity"},
        )


async def _body(request: Request) -> bytes:
    """The whole body, read up to its bound; one that says that it is longer is not read at all."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and (len(length) > _LONGEST_LENGTH or int(length) > LARGEST_BODY):
        raise _over(_TOO_LARGE)
    chunks = bytearray()
    try:
        async for chunk in request.stream():
            chunks += chunk
            if len(chunks) > LARGEST_BODY:
                raise _over(_TOO_LARGE)
    except ClientDisconnect:
        raise InvalidInput("yêu cầu bị ngắt giữa chừng: hãy gửi lại", "the request broke off: send it again") from None
    return bytes(chunks)


def _json(text: bytes | str) -> object:
    """The JSON, each name once in its object; InvalidInput where it is none."""
    try:
        found: object = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"không phải JSON: {error}", f"this is not JSON: {error}") from None
    written = text.encode() if isinstance(text, str) else text
    # A name that is written twice is kept once. Outside of texts a colon stands after each name and nowhere else.
    if _TEXTS.sub(b"", written).count(b":") != _names(found):
        raise InvalidInput(
            "một đối tượng JSON nói một tên hai lần: chỉ để lại một", "a JSON object gives one name twice: leave one"
        )
    return found


def _names(found: object) -> int:
    """How many names the objects of a JSON value hold, at any depth: the parser allows more than Python's stack."""
    number, left = 0, [found]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            inner = cast("dict[str, object]", value)
            number += len(inner)
            left.extend(inner.values())
        elif isinstance(value, list):
            left.extend(cast("list[object]", value))
    return number


def _map(name: str, given: dict[str, object]) -> dict[str, Any] | None:
    value = given.get(name)
    if value is not None and not isinstance(value, dict):
        raise InvalidInput(f"`{name}` phải là một đối tượng JSON", f"`{name}` must be a JSON object")
    return cast("dict[str, Any] | None", value)


def _purpose(extensions: dict[str, Any]) -> str | None:
    """For what the asker says that they ask."""
    purpose: object = extensions.get("purpose")
    if purpose is None or (isinstance(purpose, str) and 0 < len(purpose) <= LONGEST_PURPOSE and purpose.isprintable()):
        return purpose
    raise InvalidInput(
        f"`extensions.purpose` phải là chữ, từ 1 đến {LONGEST_PURPOSE} ký tự",
        f"`extensions.purpose` must be a text of 1 to {LONGEST_PURPOSE} characters",
    )


def _over(status: int) -> InvalidRequest:
    # What was not read is not waited for: the connection ends with the answer.
    return InvalidRequest(
        f"yêu cầu lớn quá `{LARGEST_BODY}` byte: hãy chia nhỏ",
        f"the request is over `{LARGEST_BODY}` bytes: split it",
        status,
        {"Connection": "close"} if status == _TOO_LARGE else {},
    )
