"""The one shape of a GraphQL error: message, place in the document, and in `extensions` the code and Vietnamese."""

from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError

from hub.execution import masked
from schema.errors import HubError, InvalidInput

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
_VI = {
    PARSE_FAILED: "không đọc được truy vấn: {message}",
    VALIDATION_FAILED: "truy vấn không hợp với lược đồ: {message}",
    "BAD_USER_INPUT": "dữ liệu gửi lên không hợp lệ: {message}",
}


def told(error: GraphQLError) -> GraphQLError:
    """The error as it may be told: what is neither of GraphQL nor of the hub is masked."""
    cause = error.original_error
    if isinstance(cause, RecursionError):  # of the parser or a rule, on a document of many levels
        deep = InvalidInput("truy vấn lồng quá sâu: hãy bớt tầng", "the query is nested too deeply: flatten it")
        return GraphQLError(deep.en, original_error=deep)
    return error if cause is None or isinstance(cause, (GraphQLError, HubError)) else masked(cause)


def code_of(error: GraphQLError) -> str:
    """The code of an error that may be told."""
    if isinstance(error.original_error, HubError):
        return error.original_error.code
    otherwise = PARSE_FAILED if isinstance(error, GraphQLSyntaxError) else VALIDATION_FAILED
    return str((error.extensions or {}).get("code", otherwise))


def formatted(error: GraphQLError) -> dict[str, Any]:
    """The error as it is answered."""
    extensions = dict(error.extensions or {})
    if isinstance(error.original_error, HubError):
        extensions = {"code": error.original_error.code, "vi": error.original_error.vi}
    else:
        extensions.setdefault("code", code_of(error))
        extensions.setdefault("vi", _VI.get(extensions["code"], "{message}").format(message=error.message))
    return {**error.formatted, "extensions": extensions}


def status(data: object, errors: Sequence[GraphQLError]) -> int:
    """The HTTP status of an answer: an operation that was refused as a whole has its error's status."""
    if data is not None or not errors:
        return 200
    if isinstance(errors[0].original_error, HubError):
        return errors[0].original_error.status
    return 500 if (errors[0].extensions or {}).get("code") == "INTERNAL" else 400
