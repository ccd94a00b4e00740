"""The client of a CKAN site: one call at a time, in a thread, never longer than its time, its errors in our tree.

| what CKAN or the network does                         | raised                                     |
|-------------------------------------------------------|--------------------------------------------|
| refuses, is unknown, hangs, drips, breaks off; 502-504| Unavailable                                |
| its search index does not work                        | Unavailable                                |
| another 5xx, a page instead of JSON, no `result`      | UpstreamError                              |
| does not allow it                                     | Denied                                     |
| has no such thing                                     | NotFound                                   |
| refuses the values                                    | InvalidInput, with the names of the fields |

After Unavailable and UpstreamError the write may have been done all the same: read back, never assume. A token that is
not valid reads as the public does; only a call that needs it tells.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, cast

from ckanapi import RemoteCKAN  # pyright: ignore[reportMissingTypeStubs] - it brings no types
from ckanapi.errors import (  # pyright: ignore[reportMissingTypeStubs] - as above
    CKANAPIError,
    ServerIncompatibleError,
)
from ckanapi.remoteckan import requests  # pyright: ignore[reportMissingTypeStubs] - the client that it sends by

from schema.errors import ConfigError, Denied, HubError, InvalidInput, NotFound, Unavailable, UpstreamError

_CONNECT_SECONDS: Final = 10.0
_ANSWER_SECONDS: Final = 90.0
"""CKAN itself waits 60 s for its search index: a shorter time would hide what it has to say of that."""
_BLOCK: Final = 65_536
_LARGEST: Final = 256 * 2**20
_GONE: Final = (502, 503, 504)
_SHOWN: Final = 200


class _Site(RemoteCKAN):
    """ckanapi's client, whose answers are read until a deadline: its own time is per read, and a drip has no end."""

    session: requests.Session
    answer_seconds: float
    status: int = 0

    def _request_fn(self, url: str, data: Any, headers: Any, files: Any, requests_kwargs: Any) -> tuple[int, str]:  # noqa: ANN401 - ckanapi's own hook, untyped
        answer = self.session.post(
            url, data=data, headers=headers, files=files, allow_redirects=False, stream=True, **requests_kwargs
        )
        self.status = answer.status_code
        body = bytearray()
        _read(answer, self.answer_seconds, body.extend)
        return self.status, body.decode("utf-8", "replace")


def _read(answer: requests.Response, seconds: float, take: Callable[[bytes], object]) -> None:
    """Give the body to `take`, block by block. OSError where it is late, too long or broken off."""
    until, length = time.monotonic() + seconds, 0
    try:
        while block := answer.raw.read1(_BLOCK, decode_content=True):
            length += len(block)
            if length > _LARGEST or time.monotonic() > until:
                raise TimeoutError
            take(block)
    except OSError:
        raise
    except Exception as error:  # the errors of urllib3, which only requests may name
        raise ConnectionError from error
    finally:
        answer.close()


class Ckan:
    """A CKAN site, as the user of one token; an empty token is the public."""

    def __init__(self, url: str, token: str = "", *, answer_seconds: float = _ANSWER_SECONDS) -> None:
        self.url = url.rstrip("/")
        session = cast("Any", requests.Session())
        session.headers["Connection"] = "close"  # one that CKAN has closed meanwhile looks like a failure
        self._site = cast("Any", _Site(self.url, token or None, "vn-digital-economy-hub", session=session))
        self._site.answer_seconds = answer_seconds
        self._token = token
        self._timeouts = (min(_CONNECT_SECONDS, answer_seconds), answer_seconds)

    async def call(self, action: str, **data: object) -> Any:  # noqa: ANN401 - whatever the action answers
        """Call an action of CKAN's API."""
        return await asyncio.to_thread(self._call, action, data, None)

    async def find(self, action: str, **data: object) -> Any | None:  # noqa: ANN401 - as above
        """As `call`; None where there is no such thing."""
        try:
            return await self.call(action, **data)
        except NotFound:
            return None

    async def admit(self) -> None:
        """ConfigError where CKAN does not know the token: it would read as the public does, and say so late."""
        if await self.find("user_show") is None:
            raise ConfigError(
                f"CKAN ở `{self.url}` không nhận HUB_CKAN_TOKEN: hãy tạo một token mới ở đó",
                f"CKAN at `{self.url}` does not know HUB_CKAN_TOKEN: make a new token there",
            )

    async def upload(self, action: str, path: Path, filename: str, media_type: str, **data: str) -> Any:  # noqa: ANN401 - as above
        """Call an action with a file."""

        def sent() -> Any:  # noqa: ANN401 - as above
            with path.open("rb") as source:
                return self._call(action, data, {"upload": (filename, source, media_type)})

        return await asyncio.to_thread(sent)

    async def sha256(self, url: str) -> str:
        """The hash of a file that CKAN holds, read over the network; NotFound where it is not there."""
        return await asyncio.to_thread(self._sha256, url)

    def close(self) -> None:
        """End the connections."""
        self._site.close()

    def _call(self, action: str, data: Mapping[str, object], files: Mapping[str, Any] | None) -> Any:  # noqa: ANN401 - as above
        self._site.status = 0
        try:
            return self._site.call_action(action, dict(data), files=files, requests_kwargs={"timeout": self._timeouts})
        except (CKANAPIError, ServerIncompatibleError, KeyError, OSError, UnicodeError) as error:
            # Without its cause, whose text may hold what was sent.
            raise self._meant(error, action, self._site.status) from None

    def _sha256(self, url: str) -> str:
        digest = sha256()
        # Only to the site itself: a stored file may stand at another's address.
        own = url.startswith(f"{self.url}/") and self._token
        headers = {"Authorization": self._token} if own else {}
        try:
            answer = self._site.session.get(url, headers=headers, timeout=self._timeouts, stream=True)
            status = cast("int", answer.status_code)
            _read(answer, self._site.answer_seconds, digest.update)
        except OSError as error:
            raise self._meant(error, "download", 0) from None
        if status != 200:  # noqa: PLR2004 - HTTP
            raise _of_status(self.url, "download", status)
        return digest.hexdigest()

    def _meant(self, error: Exception, action: str, status: int) -> HubError:
        match type(error).__name__:  # ckanapi makes most of its classes where CKAN itself is not installed
            case "NotAuthorized":
                return _denied(self.url, action)
            case "NotFound":
                return NotFound(
                    f"CKAN ở `{self.url}` không tìm thấy thứ mà `{action}` cần: hãy phát hành lại",
                    f"CKAN at `{self.url}` does not find what `{action}` needs: publish again",
                )
            case "ValidationError":
                return _refused(action, vars(error)["error_dict"], self._token)
            case "SearchError" | "SearchIndexError" | "SearchQueryError":
                return Unavailable(
                    f"chỉ mục tìm kiếm của CKAN ở `{self.url}` không hoạt động: hãy báo nơi quản trị CKAN, rồi thử lại",
                    f"the search index of CKAN at `{self.url}` does not work: tell its administrator, then try again",
                )
            case _ if isinstance(error, OSError | UnicodeError):
                return Unavailable(
                    f"CKAN ở `{self.url}` không trả lời trọn vẹn `{action}`: hãy xem HUB_CKAN_URL và mạng, rồi thử lại",
                    f"CKAN at `{self.url}` gives no whole answer to `{action}`: check HUB_CKAN_URL and the network, "
                    "then try again",
                )
            case _:
                return _of_status(self.url, action, status)


def _of_status(url: str, action: str, status: int) -> HubError:
    """What an answer means that is none of CKAN's own errors."""
    if status in {401, 403}:
        return _denied(url, action)
    if status == 404 and action == "download":  # noqa: PLR2004 - HTTP
        return NotFound(f"CKAN ở `{url}` không có tệp này", f"CKAN at `{url}` has no such file")
    if status in _GONE:
        return Unavailable(
            f"CKAN ở `{url}` đang nghỉ (HTTP {status}): hãy thử lại sau",
            f"CKAN at `{url}` is down (HTTP {status}): try again later",
        )
    if status >= 500:  # noqa: PLR2004 - HTTP
        return UpstreamError(
            f"CKAN ở `{url}` gặp lỗi khi làm `{action}` (HTTP {status}): hãy xem nhật ký của CKAN, rồi thử lại",
            f"CKAN at `{url}` failed at `{action}` (HTTP {status}): see CKAN's log, then try again",
        )
    return UpstreamError(
        f"`{url}` không trả lời `{action}` như một CKAN (HTTP {status}): hãy sửa HUB_CKAN_URL",
        f"`{url}` does not answer `{action}` as a CKAN does (HTTP {status}): mend HUB_CKAN_URL",
    )


def _denied(url: str, action: str) -> Denied:
    return Denied(
        f"CKAN ở `{url}` không cho HUB_CKAN_TOKEN làm `{action}`: hãy xin quyền biên tập ở tổ chức đó",
        f"CKAN at `{url}` does not allow HUB_CKAN_TOKEN to `{action}`: ask for an editor's rights in the organisation",
    )


def _refused(action: str, errors: object, token: str) -> InvalidInput:
    """CKAN's own words, in the site's language: shown, cut short, never relied on; what it echoes may be the token."""
    named = {name: text for name, text in cast("dict[str, object]", errors).items() if text and name != "__type"}
    shown = "; ".join(f"{name}: {text}" for name, text in named.items()).replace("`", "'")
    if token:
        shown = shown.replace(token, "***")
    shown = shown[:_SHOWN]
    return InvalidInput(
        f"CKAN không nhận `{action}`: `{shown}`; hãy sửa khai báo hoặc cài đặt của CKAN",
        f"CKAN does not take `{action}`: `{shown}`; mend the declaration or CKAN's settings",
    )
