"""Cursors: the order's values of one record in the view, authenticated, and bound to the list that gave them.

A cursor's text is base64url of 16 bytes of HMAC-SHA256 over the list's seal and the values, then the values as JSON.
The seal digests type, link, order, filter and the view, so that a cursor serves only the list that it came from.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from typing import Any, cast

import orjson

from schema.errors import InvalidInput
from schema.scalars import Stored

_SIGNED = 16
_LONGEST = 4096


class Cursors:
    """Writes and reads cursors under one secret, which every worker of an installation shares."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def seal(self, *about: object) -> str:
        """The seal of a list: a digest of everything that a cursor of it is bound to."""
        return hashlib.sha256(orjson.dumps(about, default=str)).hexdigest()

    def write(self, seal: str, values: Sequence[Stored]) -> str:
        """The cursor of the record that has these values of the order's keys."""
        body = orjson.dumps(values)
        return _text(self._sign(seal, body) + body)

    def read(self, seal: str, cursor: str, keys: int) -> tuple[Stored, ...]:
        """The values in a cursor; InvalidInput where it was not written for this list."""
        body = self._authentic(seal, cursor)
        if body is None:
            raise InvalidInput(
                f"con trỏ `{cursor[:40]}` không thuộc danh sách này; hãy bắt đầu lại từ trang đầu",
                f"cursor `{cursor[:40]}` is not of this list; start again from its first page",
            )
        values = cast("list[Any]", orjson.loads(body))
        if len(values) != keys:
            raise AssertionError("an authenticated cursor has as many values as its order has keys")
        return tuple(values)

    def _authentic(self, seal: str, cursor: str) -> bytes | None:
        """The signed body of a cursor, if it was written here for this list."""
        if len(cursor) > _LONGEST:
            return None
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            return None
        signed, body = raw[:_SIGNED], raw[_SIGNED:]
        return body if hmac.compare_digest(signed, self._sign(seal, body)) and _text(raw) == cursor else None

    def _sign(self, seal: str, body: bytes) -> bytes:
        return hmac.digest(self._secret, seal.encode() + b"\0" + body, "sha256")[:_SIGNED]


def _text(raw: bytes) -> str:
    """The one text of these bytes: base64 has others, which differ in bits that nothing reads, or in padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
