"""`/graphql` over HTTP: who asks is settled before the body is read, the body is bounded, answers are JSON."""

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, cast

import graphql
import orjson
import strawberry
from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from auth.principal import ANONYMOUS, Principal
from auth.revocations import of_claims
from auth.token import Verifier, bearer, principal
from hub.answers import Answer, Answers
from hub.api.errors import code_of, formatted, status, told
from hub.api.extension import Context, Documents
from hub.commands.sharing import Sharing
from hub.execution import Asked, Execution, masked
from hub.logs import ended_with
from schema.errors import Denied, HubError, InvalidInput

LARGEST_BODY: Final = 64 * 1024
LONGEST_PURPOSE: Final = 200
METHODS: Final = ("GET", "POST")
_UNAUTHENTICATED: Final = 401


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a request asks: a document, its variables, and which of its operations."""

    query: str
    variables: dict[str, Any] | None
    operation: str | None
    posted: bool = field(repr=False)
    purpose: str | None = None


_GOT: Final = (OperationType.QUERY,)
_POSTED: Final = (OperationType.QUERY, OperationType.MUTATION)


class Endpoint:
    """Answers queries sent by POST or GET; a browser that asks nothing is shown the explorer."""

    def __init__(
        self,
        schema: strawberry.Schema,
        execution: Execution,
        verifier: Verifier,
        explorer: str,
        answers: Answers | None = None,
    ) -> None:
        """`answers` keeps those to the public; without it each is made anew."""
        self._schema = schema
        self._execution = execution
        self.documents = Documents()
        self._verifier = verifier
        self._explorer = explorer
        self._sharing = Sharing(execution.graph, execution.policies)
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever happens, in JSON."""
        request = Request(scope, receive)
        if request.method == "GET" and "query" not in request.query_params and _reads_pages(request):
            response: Response = RedirectResponse(self._explorer)
        else:
            response = await self._respond(request)
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        try:
            if request.method not in METHODS:
                return _refusal(_no_such_method(request.method), 405, Allow=", ".join(METHODS))
            asker, revocable = self._asker(request.headers.getlist("authorization"))
            asked = await _asked(request)
            asker = replace(asker, purpose=asked.purpose)
            make = partial(self._answer, asked, asker, revocable)
            kept = self._answers if asker == ANONYMOUS else None
            answer = await (make() if kept is None else kept.answer(asked, make))
            return _response(answer.content, answer.status)
        except HubError as error:
            challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'} if error.status == _UNAUTHENTICATED else {}
            return _refusal(error, error.status, **challenge)
        except Exception as error:  # noqa: BLE001 - whatever it is, the asker gets one masked error
            ended_with(HubError.code)
            return _json({"errors": [formatted(masked(error))]}, 500)

    def _asker(self, headers: list[str]) -> tuple[Principal, tuple[str, ...]]:
        """Who asks, and what of their token may be revoked."""
        if len(headers) > 1:
            raise InvalidInput(
                "chỉ gửi một tiêu đề `Authorization`", "send one `Authorization` header, there were several"
            )
        token = bearer(headers[0] if headers else None)
        if token is None:
            return ANONYMOUS, ()
        claims = self._verifier.verify(token)
        return principal(claims), of_claims(claims)

    async def _answer(self, asked: _Asked, asker: Principal, revocable: tuple[str, ...]) -> Answer:
        result = await self._execute(asked, asker, revocable)
        errors = [told(error) for error in result.errors or ()]
        body: dict[str, object] = {} if result.data is None else {"data": result.data}
        if errors:
            body["errors"] = [formatted(error) for error in errors]
        lasting = result.data is not None and all(isinstance(error.original_error, Denied) for error in errors)
        if errors and not lasting:
            ended_with(code_of(errors[0]))
        return Answer(orjson.dumps(body, default=_exact), status(result.data, errors), lasting)

    async def _execute(
        self, asked: _Asked, asker: Principal, revocable: tuple[str, ...]
    ) -> ExecutionResult | graphql.ExecutionResult:
        context = Context(self._execution, self.documents, asker, self._sharing, asked.operation, revocable)
        known = self.documents.read(asked.query, asked.operation)
        if known is not None:  # what Strawberry would do about it was done when it was first asked
            settled = Asked(revocable, context)
            return await self._execution.answer(known, asked.variables, asked.operation, asker, settled)
        try:
            return await self._schema.execute(
                asked.query,
                variable_values=asked.variables,
                context_value=context,
                operation_name=asked.operation,
                allowed_operation_types=_POSTED if asked.posted else _GOT,
            )
        except CannotGetOperationTypeError:
            raise InvalidInput(
                f"không có thao tác `{asked.operation or ''}` trong văn bản: hãy xem lại `operationName`",
                f"the document has no operation `{asked.operation or ''}`: check `operationName`",
            ) from None
        except InvalidOperationTypeError:
            raise InvalidInput(
                "GET chỉ trả lời `query`; hãy gửi `mutation` bằng POST; chưa có `subscription`",
                "GET answers a `query` alone: send a `mutation` by POST; there is no `subscription` yet",
            ) from None


async def _asked(request: Request) -> _Asked:
    """What is asked; InvalidInput where the request is not of GraphQL over HTTP."""
    if request.method == "GET":
        if len(request.scope["query_string"]) > LARGEST_BODY:
            raise _too_large()
        sent: object = dict(request.query_params)
    elif request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json":
        sent = _read(await _body(request))
    else:
        raise InvalidInput(
            "hãy gửi JSON với `Content-Type: application/json`", "send JSON with `Content-Type: application/json`"
        )
    if not isinstance(sent, dict):
        raise InvalidInput("hãy gửi một đối tượng JSON có `query`", "send one JSON object with a `query`")
    given = cast("dict[str, object]", sent)
    query, variables, operation = (given.get(name) or None for name in ("query", "variables", "operationName"))
    if isinstance(variables, str) and request.method == "GET":
        variables = _read(variables)
    if not isinstance(query, str):
        raise InvalidInput("thiếu `query`: hãy gửi một truy vấn", "`query` is missing: send a query")
    if variables is not None and not isinstance(variables, dict):
        raise InvalidInput("`variables` phải là một đối tượng JSON", "`variables` must be a JSON object")
    if operation is not None and not isinstance(operation, str):
        raise InvalidInput("`operationName` phải là chữ", "`operationName` must be a string")
    posted, purpose = request.method == "POST", _purpose(given.get("extensions"))
    return _Asked(query, cast("dict[str, Any] | None", variables), operation, posted, purpose)


def _purpose(extensions: object) -> str | None:
    """For what the asker says that they ask: `extensions` of the request, as JSON text in an address."""
    said: object = _read(extensions) if isinstance(extensions, str) and extensions else extensions or {}
    purpose = cast("dict[str, object]", said).get("purpose") if isinstance(said, dict) else said
    if purpose is None or (isinstance(purpose, str) and 0 < len(purpose) <= LONGEST_PURPOSE and purpose.isprintable()):
        return purpose
    raise InvalidInput(
        f"`extensions.purpose` phải là chữ, từ 1 đến {LONGEST_PURPOSE} ký tự",
        f"`extensions.purpose` must be a text of 1 to {LONGEST_PURPOSE} characters",
    )


async def _body(request: Request) -> bytes:
    """The whole body, read up to its bound."""
    chunks = bytearray()
    try:
        async for chunk in request.stream():
            chunks += chunk
            if len(chunks) > LARGEST_BODY:
                raise _too_large()
    except ClientDisconnect:
        raise InvalidInput("yêu cầu bị ngắt giữa chừng: hãy gửi lại", "the request broke off: send it again") from None
    return bytes(chunks)


def _read(text: bytes | str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"không phải JSON: {error}", f"this is not JSON: {error}") from None


def _too_large() -> InvalidInput:
    return InvalidInput(
        f"yêu cầu lớn quá `{LARGEST_BODY}` byte: hãy chia nhỏ", f"the request is over `{LARGEST_BODY}` bytes: split it"
    )


def _no_such_method(method: str) -> InvalidInput:
    return InvalidInput(
        f"không nhận `{method}`: hãy dùng GET hoặc POST", f"`{method}` is not answered: use GET or POST"
    )


def _refusal(error: HubError, code: int, **headers: str) -> Response:
    """An answer to a request that was not executed."""
    ended_with(error.code)
    return _json({"errors": [formatted(GraphQLError(error.en, original_error=error))]}, code, **headers)


def _json(body: object, code: int, **headers: str) -> Response:
    return _response(orjson.dumps(body, default=_exact), code, **headers)


def _response(content: bytes, code: int, **headers: str) -> Response:
    """A JSON answer, which no cache on the way may keep: another asker's would differ."""
    return Response(content, code, {"Cache-Control": "no-store", **headers}, "application/json")


def _reads_pages(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _exact(value: object) -> object:
    """A decimal of more digits than a float keeps, as it is."""
    return orjson.Fragment(format(value, "f").encode())
