"""`/graphql` over HTTP: who asks is settled before the body is read, the body is bounded, answers are JSON."""

from dataclasses import replace
from functools import partial
from typing import Final

import graphql
import orjson
import strawberry
from graphql import GraphQLError
from starlette.requests import Request
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
from hub.api.requests import Asked, read
from hub.api.responses import METHODS, UNNAMED, Media, answered, negotiated, preflight, refused
from hub.commands.sharing import Sharing
from hub.execution import Execution, masked
from hub.logs import ended_with
from hub.rates import Account, Rates
from schema.errors import Denied, HubError, InvalidInput, InvalidRequest, RateLimited, Unauthenticated

_READ: Final = frozenset({"GET", "HEAD"})
_ANSWERED: Final = _READ | {"POST"}
_METHOD_NOT_ALLOWED: Final = 405
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
        rates: Rates | None = None,
    ) -> None:
        """`answers` keeps those to the public, without it each is made anew; without `rates` nobody is refused."""
        self._schema = schema
        self._execution = execution
        self.documents = Documents()
        self._verifier = verifier
        self._explorer = explorer
        self._sharing = Sharing(execution.graph, execution.policies)
        self._answers = answers
        self._rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever happens, in JSON."""
        request = Request(scope, receive)
        if request.method == "OPTIONS":
            response: Response = preflight()
        elif request.method in _READ and "query" not in request.query_params and _reads_pages(request):
            response = RedirectResponse(self._explorer, headers={"Vary": "Accept"})
        else:
            response = await self._respond(request)
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        media = UNNAMED
        try:
            media = negotiated(request.headers)
            if request.method not in _ANSWERED:
                raise _no_such_method(request.method)
            asker, revocable, account = await self._admitted(request)
            wanted = await read(request)
            asker = replace(asker, purpose=wanted.purpose)
            make = partial(self._answer, wanted, asker, revocable, account)
            public = asker == ANONYMOUS
            kept = self._answers if public else None
            answer = await (make() if kept is None else kept.answer(wanted, make))
            return answered(answer, media, public=public, conditional=None if wanted.posted else request.headers)
        except HubError as error:
            return _refusal(error, media)
        except Exception as error:  # noqa: BLE001 - whatever it is, the asker gets one masked error
            ended_with(HubError.code)
            return refused(_json({"errors": [formatted(masked(error))]}), HubError.status, media)

    async def _admitted(self, request: Request) -> tuple[Principal, tuple[str, ...], Account | None]:
        """Who asks, what of their token may be revoked, and their account, in which the request is counted.

        One whose token is refused counts as anybody's from there: to verify a signature costs more than to answer.
        """
        asker, revocable, refusal = ANONYMOUS, (), None
        try:
            asker, revocable = self._asker(request.headers.getlist("authorization"))
        except HubError as error:
            refusal = error
        account = None
        if self._rates is not None:
            host = request.client.host if request.client else ""
            account = self._rates.account(asker, host, request.headers.getlist("x-forwarded-for"))
            await account.request()
        if refusal is not None:
            raise refusal
        return asker, revocable, account

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

    async def _answer(
        self, asked: Asked, asker: Principal, revocable: tuple[str, ...], account: Account | None
    ) -> Answer:
        context = Context(self._execution, self.documents, asker, self._sharing, asked.operation, revocable, account)
        result = await self._execute(asked, context)
        for error in result.errors or ():
            if isinstance(error.original_error, RateLimited):  # it was not executed
                raise error.original_error
        errors = [told(error) for error in result.errors or ()]
        body: dict[str, object] = {} if result.data is None else {"data": result.data}
        if errors:
            body["errors"] = [formatted(error) for error in errors]
        if result.extensions:
            body["extensions"] = result.extensions
        lasting = result.data is not None and all(isinstance(error.original_error, Denied) for error in errors)
        if errors and not lasting:
            ended_with(code_of(errors[0]))
        return Answer(_json(body), status(result.data, errors), lasting, whole=not errors)

    async def _execute(self, asked: Asked, context: Context) -> ExecutionResult | graphql.ExecutionResult:
        known = self.documents.read(asked.query, asked.operation)
        if known is not None:  # what Strawberry would do about it was done when it was first asked
            sender = context.sender()
            return await self._execution.answer(known, asked.variables, asked.operation, context.asker, sender)
        try:
            return await self._schema.execute(
                asked.query,
                variable_values=asked.variables,
                context_value=context,
                operation_name=asked.operation,
                allowed_operation_types=_POSTED if asked.posted else _GOT,
            )
        except CannotGetOperationTypeError:
            return _refusing(
                InvalidInput(
                    f"không có thao tác `{asked.operation or ''}` trong văn bản: hãy xem lại `operationName`",
                    f"the document has no operation `{asked.operation or ''}`: check `operationName`",
                )
            )
        except InvalidOperationTypeError as error:
            if error.operation_type is OperationType.SUBSCRIPTION:
                return _refusing(
                    InvalidInput(
                        "chưa có `subscription`: hãy hỏi lại bằng `query`",
                        "there is no `subscription` yet: ask again by a `query`",
                    )
                )
            raise InvalidRequest(
                "GET chỉ trả lời `query`: hãy gửi `mutation` bằng POST",
                "GET answers a `query` alone: send a `mutation` by POST",
                _METHOD_NOT_ALLOWED,
                {"Allow": "POST"},
            ) from None


def _refusing(error: HubError) -> ExecutionResult:
    """The result of an operation that is refused as a whole."""
    return ExecutionResult(data=None, errors=[GraphQLError(error.en, original_error=error)])


def _no_such_method(method: str) -> InvalidRequest:
    return InvalidRequest(
        f"không nhận `{method}`: hãy dùng GET hoặc POST",
        f"`{method}` is not answered: use GET or POST",
        _METHOD_NOT_ALLOWED,
        {"Allow": METHODS},
    )


def _refusal(error: HubError, media: Media) -> Response:
    """An answer to a request that was not executed."""
    ended_with(error.code)
    content = _json({"errors": [formatted(GraphQLError(error.en, original_error=error))]})
    if isinstance(error, InvalidRequest):
        return refused(content, error.http_status, media, error.headers)
    if isinstance(error, RateLimited):
        return refused(content, error.status, media, {"Retry-After": str(error.retry_after), **error.headers})
    challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'} if isinstance(error, Unauthenticated) else {}
    return refused(content, error.status, media, challenge)


def _reads_pages(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _json(body: object) -> bytes:
    return orjson.dumps(body, default=_exact)


def _exact(value: object) -> object:
    """A decimal of more digits than a float keeps, as it is."""
    return orjson.Fragment(format(value, "f").encode())
