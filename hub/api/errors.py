"""The one shape of a GraphQL error: message, place in the document, and in `extensions` the code and Vietnamese."""

from typing import Any

from graphql import ExecutionResult, GraphQLError, GraphQLSyntaxError

from schema.errors import HubError

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
_VI = {
    PARSE_FAILED: "không đọc được truy vấn: {message}",
    VALIDATION_FAILED: "truy vấn không hợp với lược đồ: {message}",
    "BAD_USER_INPUT": "dữ liệu gửi lên không hợp lệ: {message}",
}


def formatted(error: GraphQLError) -> dict[str, Any]:
    """The error as it is answered."""
    told = error.formatted
    extensions = dict(error.extensions or {})
    if isinstance(error.original_error, HubError):
        extensions = {"code": error.original_error.code, "vi": error.original_error.vi}
    else:
        extensions.setdefault("code", PARSE_FAILED if isinstance(error, GraphQLSyntaxError) else VALIDATION_FAILED)
        extensions.setdefault("vi", _VI.get(extensions["code"], "{message}").format(message=error.message))
    return {**told, "extensions": extensions}


def status(result: ExecutionResult) -> int:
    """The HTTP status of an answer: an operation that was refused as a whole has its error's status."""
    if result.data is not None or not result.errors:
        return 200
    error = result.errors[0]
    if isinstance(error.original_error, HubError):
        return error.original_error.status
    return 500 if (error.extensions or {}).get("code") == "INTERNAL" else 400
