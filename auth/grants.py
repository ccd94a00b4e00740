"""Rules in the graph: every version of every rule, the policy's epoch, and changes that take effect at commit.

A rule's version is in force from its `fromEpoch` until before its `toEpoch`; nothing is ever deleted. One node,
`PolicyVersion`, holds the epoch. A change takes that node's lock first, goes on only if the epoch is still the one that
it read, and writes the new epoch, the rules and an audit event in one transaction. So epochs follow each other without
gaps, and whoever reads the epoch, the rules valid at it, and the epoch again has read one policy.
"""

import asyncio
import secrets
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final, cast

from auth.policy import Policy, understood
from auth.revocations import check as check_unrevoked
from auth.revocations import prepare
from auth.rules import Rule
from auth.storage import properties, rule_of
from schema.errors import Conflict, InvalidInput, NotFound, Unavailable
from schema.graph import Graph, Row, Statement
from schema.model import Model
from schema.scalars import instant
from schema.types import MODEL

_DEFINITIONS: Final = (
    "CREATE CONSTRAINT policyversion_id IF NOT EXISTS FOR (n:PolicyVersion) REQUIRE n.id IS UNIQUE",
    "CREATE CONSTRAINT policyrule_id IF NOT EXISTS FOR (n:PolicyRule) REQUIRE n.id IS UNIQUE",
    "CREATE CONSTRAINT auditevent_id IF NOT EXISTS FOR (n:AuditEvent) REQUIRE n.id IS UNIQUE",
    "CREATE INDEX policyrule_rule IF NOT EXISTS FOR (n:PolicyRule) ON (n.rule)",
)
_BEGIN: Final = "MERGE (v:PolicyVersion {id: 1}) ON CREATE SET v.epoch = 0"
_EPOCH: Final = "MATCH (v:PolicyVersion {id: 1}) RETURN v.epoch"
_VALID: Final = """
MATCH (v:PolicyVersion {id: 1}) MATCH (r:PolicyRule)
WHERE r.fromEpoch <= v.epoch AND (r.toEpoch IS NULL OR r.toEpoch > v.epoch)
RETURN properties(r), r.id ORDER BY r.id
"""
_VERSIONS: Final = """
MATCH (r:PolicyRule) WHERE r.assigner = $assigner RETURN properties(r), r.fromEpoch, r.id ORDER BY r.fromEpoch, r.id
"""
_PRESENT: Final = (
    "UNWIND $ids AS id MATCH (r:PolicyRule {rule: id}) WHERE r.toEpoch IS NULL RETURN r.rule ORDER BY r.rule"
)

LOCK: Final = "MATCH (v:PolicyVersion {id: 1}) WITH v, v.lock AS last SET v.lock = $change RETURN last"
"""A statement of its own: what the next one reads of the node was committed before the lock was got.

It returns the last change that held the lock. ArcadeDB locks nothing: there the commit fails where another was faster.
"""
LAST: Final = "MATCH (v:PolicyVersion {id: 1}) RETURN v.lock"
"""The last change that held the lock."""
_RAISE: Final = """
MATCH (v:PolicyVersion {id: 1})
WHERE v.epoch = $epoch AND NOT EXISTS { MATCH (u:Revocation) WHERE u.id IN $bearer }
SET v.epoch = $next, v.change = $change
"""
# All that follows is written by the change that raised the epoch, and is harmless to send again.
_END: Final = """
MATCH (v:PolicyVersion {id: 1}) WHERE v.change = $change
UNWIND $removed AS id MATCH (r:PolicyRule {rule: id}) WHERE r.toEpoch IS NULL AND r.fromEpoch < $next
SET r.toEpoch = $next
"""
_ADD: Final = """
MATCH (v:PolicyVersion {id: 1}) WHERE v.change = $change
UNWIND $added AS row MERGE (r:PolicyRule {id: row.id}) SET r += row.properties
"""
_AUDIT: Final = """
MATCH (v:PolicyVersion {id: 1}) WHERE v.change = $change
MERGE (a:AuditEvent {id: $change}) SET a += $event
"""
_DONE: Final = "MATCH (a:AuditEvent {id: $change}) RETURN a.epoch"

_ATTEMPTS: Final = 100
_LONGEST_PAUSE: Final = 0.2


async def seed(graph: Graph, rules: Sequence[Rule], model: Model = MODEL) -> None:
    """Write the first rules, as epoch 1, if there is no policy yet; any number of hubs may do so at once."""
    await graph.define(_DEFINITIONS)
    await prepare(graph)
    with suppress(Conflict):  # another hub made the node at this moment
        await graph.write((_BEGIN, {}), idempotent=True)
    if await current_epoch(graph) == 0:
        with suppress(Conflict):  # another hub has written the first rules
            await change(graph, add=rules, expected_epoch=0, by="first start", model=model)


async def load(graph: Graph, model: Model = MODEL) -> Policy:
    """The policy that is in force now.

    It is read under the lock of changes: without, an engine might show the new epoch of a change that is just being
    committed, and not yet all of its rules.
    """
    await current_epoch(graph)
    statements: list[Statement] = [(LOCK, {"change": secrets.token_hex(16)}), (_EPOCH, {}), (_VALID, {})]
    _, epochs, rows = await graph.write(*statements, idempotent=True)
    epoch = cast("int", epochs[0][0])
    return Policy(epoch, tuple(rule_of(cast("Mapping[str, Any]", row[0])) for row in rows), model)


async def versions(graph: Graph, assigner: str) -> list[Rule]:
    """Every version of the rules that an agency gave, in force or not, by epoch."""
    rows = await graph.read(_VERSIONS, {"assigner": assigner})
    return [rule_of(cast("Mapping[str, Any]", row[0])) for row in rows]


async def change(  # noqa: PLR0913 - each is one part of a change, named at every call
    graph: Graph,
    *,
    by: str,
    add: Sequence[Rule] = (),
    remove: Sequence[str] = (),
    expected_epoch: int | None = None,
    bearer: Sequence[str] = (),
    model: Model = MODEL,
) -> int:
    """End the rules of the ids in `remove`, put those of `add` in force, and return the epoch since which it is so.

    The same id in both is a new version of the rule. Where `expected_epoch` is no longer the epoch, and where an id to
    add is in force already, Conflict; where an id to remove is not in force, NotFound; where something of the token of
    `by` that `bearer` names is revoked, Unauthenticated. Nothing is written then.
    """
    _check(add, remove, model)
    token = secrets.token_hex(16)
    ids = sorted({*remove, *(rule.id for rule in add)})
    for attempt in range(_ATTEMPTS):
        epoch, rows = await _at_one_epoch(graph, _PRESENT, {"ids": ids})
        if expected_epoch not in (None, epoch):
            raise _moved()
        _check_present({str(row[0]) for row in rows}, add, remove)
        if await _written(graph, {**_parameters(token, epoch, by, add, remove), "bearer": list(bearer)}):
            return epoch + 1
        await check_unrevoked(graph, bearer)
        if expected_epoch is not None:
            raise _moved()
        await asyncio.sleep(min(0.01 * attempt, _LONGEST_PAUSE))
    raise _busy()


async def _written(graph: Graph, parameters: Mapping[str, object]) -> bool:
    """Try to make the change at the epoch that it read; whether it was made."""
    statements = [(text, parameters) for text in (LOCK, _RAISE, _END, _ADD, _AUDIT, _DONE)]
    return bool((await graph.write(*statements, idempotent=True))[-1])


async def current_epoch(graph: Graph) -> int:
    """The epoch of the policy that is in force now."""
    rows = await graph.read(_EPOCH, {})
    if not rows:
        raise Unavailable(
            "chưa có chính sách chia sẻ trong đồ thị: hãy khởi động hub để tạo",
            "there is no sharing policy in the graph: start the hub, which makes it",
        )
    return cast("int", rows[0][0])


async def _at_one_epoch(graph: Graph, text: str, parameters: Mapping[str, object]) -> tuple[int, list[Row]]:
    """An epoch, and the rows as they were all through it."""
    epoch = await current_epoch(graph)
    for _ in range(_ATTEMPTS):
        rows = await graph.read(text, {**parameters, "epoch": epoch})
        before, epoch = epoch, await current_epoch(graph)
        if before == epoch:
            return epoch, rows
    raise _busy()


def _check(add: Sequence[Rule], remove: Sequence[str], model: Model) -> None:
    for rule in add:
        if not rule.id or not understood(rule, model):
            raise InvalidInput(
                f"quy tắc `{rule.id}` có phần không hợp lệ: hãy kiểm tra đối tượng, hành động, kiểu, trường, điều kiện",
                f"rule `{rule.id}` has a part that is not valid: check assignee, action, type, fields and constraints",
            )
    for ids in ([rule.id for rule in add], remove):
        if len(set(ids)) < len(ids):
            raise InvalidInput(
                "một quy tắc được nêu hai lần: hãy nêu mỗi quy tắc một lần",
                "a rule is named twice: name each rule once",
            )


def _check_present(present: set[str], add: Sequence[Rule], remove: Sequence[str]) -> None:
    for name in remove:
        if name not in present:
            raise NotFound(
                f"không có quy tắc `{name}` đang có hiệu lực: hãy tải lại danh sách",
                f"there is no rule `{name}` in force: load the list again",
            )
    for rule in add:
        if rule.id in present and rule.id not in remove:
            raise Conflict(
                f"quy tắc `{rule.id}` đang có hiệu lực: hãy thu hồi nó trong cùng thay đổi",
                f"rule `{rule.id}` is in force already: remove it in the same change",
            )


def _moved() -> Conflict:
    return Conflict(
        "chính sách vừa được thay đổi: hãy xem lại rồi thử lại",
        "the policy was changed meanwhile: look at it again, then retry",
    )


def _busy() -> Unavailable:
    return Unavailable(
        "chính sách đang được thay đổi liên tục: hãy thử lại sau",
        "the policy is being changed over and over: retry soon",
    )


def _parameters(token: str, epoch: int, by: str, add: Iterable[Rule], remove: Sequence[str]) -> Mapping[str, object]:
    added = [{"id": f"{rule.id}@{epoch + 1}", "properties": properties(rule, epoch + 1)} for rule in add]
    event = {
        "kind": "policy",
        "by": by,
        "at": instant(datetime.now(UTC)),
        "epoch": epoch + 1,
        "added": sorted(rule.id for rule in add),
        "removed": sorted(remove),
    }
    return {
        "change": token,
        "epoch": epoch,
        "next": epoch + 1,
        "removed": list(remove),
        "added": added,
        "event": event,
    }
