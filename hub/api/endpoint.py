"""`/graphql` over HTTP: who asks is settled before the body is read, the body is bounded, answers are JSON."""

from typing import Any, Final

import orjson
import strawberry
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse
from strawberry.types import ExecutionResult

from auth.principal import ANONYMOUS, Principal
from auth.token import Verifier, bearer, principal
from hub.api.errors import formatted
from hub.api.extension import Context, Documents
from hub.execution import Execution
from schema.errors import HubError, InvalidInput

LARGEST_BODY: Final = 64 * 1024


class Endpoint(GraphQL[Context, None]):
    """Strawberry's view with the hub's context, errors and JSON; nothing is uploaded or subscribed to."""

    def __init__(self, schema: strawberry.Schema, execution: Execution) -> None:
        super().__init__(schema, graphql_ide=None, subscription_protocols=())
        self._execution = execution
        self._documents = Documents()

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """The asker whom the gate let in."""
        return Context(self._execution, self._documents, request.scope["asker"], response)

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:  # noqa: ARG002 - Strawberry's signature
        """The answer's body."""
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            body["errors"] = [formatted(error) for error in result.errors]
        return body  # type: ignore[return-value]  # the same keys

    def encode_json(self, data: object) -> bytes:
        """JSON; a decimal of more digits than a float keeps stands as it is."""
        return orjson.dumps(data, default=_exact)

    def decode_json(self, data: str | bytes) -> object:
        """JSON, strictly."""
        return orjson.loads(data)


class Gate:
    """Before a GraphQL request is read: the token is verified, the size checked; a browser is shown the explorer."""

    def __init__(self, inner: ASGIApp, verifier: Verifier, explorer: str) -> None:
        self._inner = inner
        self._verifier = verifier
        self._explorer = explorer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in, or answer here."""
        if scope["type"] != "http":
            await Response(status_code=404)(scope, receive, send)
            return
        request = Request(scope)
        if request.method == "GET" and "query" not in request.query_params and _reads_pages(request):
            await RedirectResponse(self._explorer)(scope, receive, send)
            return
        try:
            scope["asker"] = self._asker(request.headers.getlist("authorization"))
            read = await _body(receive) if request.method == "POST" else receive
        except HubError as error:
            await refusal(error)(scope, receive, send)
            return
        await self._inner(scope, read, send)

    def _asker(self, headers: list[str]) -> Principal:
        if len(headers) > 1:
            raise InvalidInput(
                "chỉ gửi một tiêu đề `Authorization`", "send one `Authorization` header, there were several"
            )
        token = bearer(headers[0] if headers else None)
        if token is None:
            return ANONYMOUS
        return principal(self._verifier.verify(token))


async def _body(receive: Receive) -> Receive:
    """The whole body, read up to its bound, to be received again."""
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        more = message.get("more_body", False)
        if size > LARGEST_BODY:
            raise InvalidInput(
                f"yêu cầu lớn quá `{LARGEST_BODY}` byte; hãy chia nhỏ",
                f"the request is over `{LARGEST_BODY}` bytes; split it",
            )
    body: list[Message] = [{"type": "http.request", "body": b"".join(chunks), "more_body": False}]

    async def again() -> Message:
        return body.pop() if body else await receive()

    return again


def refusal(error: HubError) -> Response:
    """An answer to a request that got no further than the gate."""
    shown = {"message": error.en, "extensions": {"code": error.code, "vi": error.vi}}
    headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'} if error.status == 401 else None  # noqa: PLR2004 - HTTP
    return JSONResponse({"errors": [shown]}, error.status, headers)


def _reads_pages(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _exact(value: object) -> object:
    return orjson.Fragment(format(value, "f").encode())
