"""Revocation of tokens, apps and people: data in the graph that every statement of theirs looks at.

It is no rule and raises no epoch. A statement asked with a token matches, before its first block and after its last,
that nothing of the token is revoked; so what begins after a revocation was committed gives nothing, in any worker.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from auth.token import Claims
from schema.errors import InvalidInput, Unauthenticated
from schema.graph import Graph
from schema.scalars import instant

_DEFINITIONS: Final = (
    "CREATE CONSTRAINT revocation_id IF NOT EXISTS FOR (n:Revocation) REQUIRE n.id IS UNIQUE",
    "CREATE CONSTRAINT auditevent_id IF NOT EXISTS FOR (n:AuditEvent) REQUIRE n.id IS UNIQUE",
)
_REVOKE: Final = "MERGE (r:Revocation {id: $id}) ON CREATE SET r.at = $at, r.by = $by"
_AUDIT: Final = "MERGE (a:AuditEvent {id: $event}) SET a.kind = 'revocation', a.by = $by, a.at = $at, a.removed = [$id]"
_RESTORE: Final = "MATCH (r:Revocation {id: $id}) DELETE r"
_FOUND: Final = "MATCH (r:Revocation) WHERE r.id IN $bearer RETURN count(r)"
_NAME: Final = re.compile(r"(token|client|person):\S{1,255}")


def of_claims(claims: Claims) -> tuple[str, ...]:
    """What of a verified token can be revoked: the token, the app that it was given to, the person whom it is for."""
    named = (("token", claims.token_id), ("client", claims.client), ("person", claims.subject))
    return tuple(f"{kind}:{name}" for kind, name in named if name)


async def prepare(graph: Graph) -> None:
    """Define what the store must keep unique."""
    await graph.define(_DEFINITIONS)


async def revoke(graph: Graph, name: str, *, by: str) -> None:
    """Revoke `token:ID`, `client:ID` or `person:ID`, in force at commit; twice is as good as once."""
    await _change(graph, _REVOKE, name, by, "revoke")


async def restore(graph: Graph, name: str, *, by: str) -> None:
    """Take a revocation back."""
    await _change(graph, _RESTORE, name, by, "restore")


async def _change(graph: Graph, text: str, name: str, by: str, what: str) -> None:
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"`{name}` không thu hồi được: hãy ghi `token:`, `client:` hoặc `person:` và định danh",
            f"`{name}` cannot be revoked: write `token:`, `client:` or `person:` and its id",
        )
    at = instant(datetime.now(UTC))
    parameters = {"id": name, "by": by, "at": at, "event": f"{what}/{name}/{at}"}
    await graph.write((text, parameters), (_AUDIT, parameters), idempotent=True)


async def check(graph: Graph, bearer: Sequence[str]) -> None:
    """Unauthenticated where something of the token is revoked."""
    if bearer and (await graph.read(_FOUND, {"bearer": list(bearer)}))[0][0]:
        raise Unauthenticated(
            "token đã bị thu hồi: hãy đăng nhập lại, hoặc hỏi bên cấp", "the token was revoked: sign in again"
        )
