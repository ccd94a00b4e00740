"""What a reader sees when something is wrong: the look of every other page, what happened, what to do next."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from hub.logs import ended_with, fault
from hub.pages.renderers import Renderer
from schema.errors import HubError, RateLimited

_SAID: Mapping[int, tuple[tuple[str, str], tuple[str, str]]] = {
    400: (
        ("Yêu cầu chưa đúng", "The request is not right"),
        ("Mời kiểm tra lại địa chỉ hoặc nội dung vừa gửi.", "Please check the address or what was sent."),
    ),
    404: (
        ("Không tìm thấy trang", "Page not found"),
        (
            "Địa chỉ có thể đã gõ sai hoặc chưa từng có. Mời tìm trong danh mục dữ liệu.",
            "The address may be mistyped, or was never there. Please search the list of datasets.",
        ),
    ),
    405: (
        ("Địa chỉ này chỉ để đọc", "This address is for reading only"),
        ("Mời mở lại trang bằng trình duyệt.", "Please open the page in a browser."),
    ),
    500: (
        ("Xin lỗi, hệ thống gặp lỗi", "Sorry, something failed on our side"),
        (
            "Lỗi đã được ghi lại. Mời thử lại sau ít phút; nếu vẫn lỗi, hãy báo kèm mã dưới đây.",
            "It has been recorded. Please try again in a few minutes; if it fails again, tell us this number.",
        ),
    ),
    503: (
        ("Xin lỗi, dịch vụ đang tạm nghỉ", "Sorry, the service is resting"),
        (
            "Một phần hệ thống chưa trả lời. Dữ liệu vẫn nguyên vẹn; mời thử lại sau ít phút.",
            "A part of the system does not answer. No data is lost; please try again in a few minutes.",
        ),
    ),
}
_STANDS_FOR = {502: 503, 504: 503, 401: 400, 403: 400, 409: 400, 410: 404, 429: 503}


class Failures:
    """Answers errors with pages."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    def http(self, request: Request, error: Exception) -> Response:
        """An error of the framework: an unknown address, a wrong method."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        answer = self._page(request, status, ("", ""), "")
        if isinstance(error, HTTPException):
            answer.headers.update(error.headers or {})
        return answer

    def hub(self, request: Request, error: Exception) -> Response:
        """An error that the hub raised on purpose: its message is safe to show."""
        if not isinstance(error, HubError):
            return self.unexpected(request, error)
        ended_with(error.code)
        said = (error.vi, error.en) if error.status not in (500, 503) else ("", "")
        answer = self._page(request, error.status, said, "")
        if isinstance(error, RateLimited):
            answer.headers["Retry-After"] = str(error.retry_after)
        return answer

    def unexpected(self, request: Request, error: Exception) -> Response:
        """Anything else: masked, and logged under a number that the page shows."""
        return self._page(request, 500, ("", ""), fault(error))

    def _page(self, request: Request, status: int, said: tuple[str, str], number: str) -> Response:
        known = status if status in _SAID else _STANDS_FOR.get(status, 500 if status >= 500 else 400)  # noqa: PLR2004 - HTTP's own border
        title, advice = _SAID[known]
        values = {"status": status, "heading": title, "advice": advice, "said": said, "number": number}
        answer = self._renderer.page(request, "error.html", values, status=status)
        answer.headers["Cache-Control"] = "no-store"
        return answer
