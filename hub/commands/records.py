"""Writing records: decided on the policy in force, checked and committed in one transaction, under the policy's lock.

No policy changes while it runs, nothing of the asker's token was revoked before or after it, and the versions of the
types that it changes are raised with it. With a key of the asker's choice a write is made once, however often it is
sent; the key is kept for a week.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final, cast

from auth.grants import LAST, LOCK
from auth.policy import Access
from auth.principal import Action, Principal
from auth.revocations import check
from connectors.statements import HOLD_UNLEASED, RAISE_UNLEASED
from hub.commands.drafts import Draft, Drafting
from hub.compiler.dialects import AFTER, BEFORE, UNREVOKED
from hub.compiler.documents import Asked, Operation
from hub.policies import Policies
from schema.constraints import IDEMPOTENCY_KEY
from schema.errors import Conflict, HubError, InvalidInput, Unavailable
from schema.graph import Graph, Row, Statement
from schema.model import Model, RecordType
from schema.scalars import Stored, instant

MOST: Final = 100
"""Records in one write."""
_ATTEMPTS: Final = 20
_KEPT: Final = timedelta(days=7)
_LONGEST_KEY: Final = 200
_OLD_KEYS: Final = 100
_DONE: Final = "MATCH (a:AuditEvent {id: $change}) RETURN a.id"
_KNOWN: Final = f"MATCH (k:{IDEMPOTENCY_KEY} {{id: $key}}) RETURN k.digest, k.ids"
_KEEP: Final = f"MERGE (k:{IDEMPOTENCY_KEY} {{id: $key}}) SET k.digest = $digest, k.ids = $ids, k.at = $at"
_FORGET: Final = f"MATCH (k:{IDEMPOTENCY_KEY}) WHERE k.at < $old WITH k LIMIT {_OLD_KEYS} DELETE k"
_AUDIT: Final = "MERGE (a:AuditEvent {id: $change}) SET a += $event"


@dataclass(slots=True)
class _Found:
    """What a transaction found that is no fault of the input: the policy moved, or all of it was written before.

    `last` tells, once it judged, which change held the lock before it.
    """

    moved: bool = False
    last: list[Row] | None = None
    written: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Write:
    """A write as it is asked for: what it does, to which type, with what input, under which key if any."""

    what: str
    kind: RecordType
    given: Sequence[Any]
    key: str | None = None


class Records:
    """What those who may write do to records, by the rules of the action `write`."""

    def __init__(self, graph: Graph, policies: Policies, model: Model) -> None:
        self._graph = graph
        self._policies = policies
        self._model = model

    async def write(self, wanted: Write, asker: Principal, bearer: Sequence[str] = ()) -> tuple[str, ...]:
        """Make, change or take out records, all of them or none, and return their ids.

        Denied, NotFound or InvalidInput where it may not or cannot be; Conflict where the key stood for another write.
        """
        if len(wanted.given) > MOST:
            raise InvalidInput(
                f"có `{len(wanted.given)}` bản ghi, nhiều nhất {MOST} mỗi lần: hãy chia nhỏ",
                f"there are `{len(wanted.given)}` records, at most {MOST} are written at once: split them",
            )
        change = secrets.token_hex(16)
        for _ in range(_ATTEMPTS):
            write = await self._policies.access(asker, Action.WRITE)
            read = await self._policies.access(asker, Action.READ)
            if write.epoch != read.epoch:
                continue
            found = _Found()
            try:
                return await self._once(wanted, change, asker, bearer, (write, read), found)
            except HubError:
                if found.written is not None and not found.moved:
                    return found.written
                await check(self._graph, bearer)
                if not (await self._policies.moved() or found.moved or await self._overtaken(found)):
                    raise  # a refusal is of the policy in force, and of one state of the records
        raise Unavailable(
            "quyền truy cập đang thay đổi liên tục; hãy gửi lại sau giây lát",
            "permissions are changing all the time; send it again in a moment",
        )

    async def _once(
        self,
        wanted: Write,
        change: str,
        asker: Principal,
        bearer: Sequence[str],
        rules: tuple[Access, Access],
        found: _Found,
    ) -> tuple[str, ...]:
        write, read = rules
        now = instant(datetime.now(UTC))
        drafting = Drafting(self._model, wanted.kind, write, read)
        if wanted.what == "upsert":
            provenance: Mapping[str, Stored] = {
                "sourceFile": None,
                "sourceRow": None,
                "run": f"api/{change}",
                "updatedAt": now,
            }
            draft = drafting.upserts(wanted.given, asker.agency, provenance)
        else:
            draft = drafting.removals([str(name) for name in wanted.given])
        holds = UNREVOKED if bearer else ""
        guard: dict[str, object] = {"epoch": write.epoch, **({"bearer": list(bearer)} if bearer else {})}
        once = _once_only(wanted, draft, change, asker)
        versions = {"types": list(draft.types), "run": change}
        first: list[Statement] = [
            (LOCK, {"change": change}),
            (f"{BEFORE}{holds} RETURN v.epoch", guard),
            (_DONE, {"change": change}),
            (_KNOWN, once),
            (HOLD_UNLEASED, versions),
        ]
        last: list[Statement] = [
            (RAISE_UNLEASED, versions),
            (_AUDIT, {"change": change, "event": _event(wanted, draft, asker, write.epoch)}),
            *([(_KEEP, once), (_FORGET, once)] if wanted.key else []),
            (f"{AFTER}{holds} RETURN w.epoch", guard),
        ]

        def judge(answers: list[list[Row]]) -> None:
            found.last = answers[0]
            found.moved = not (answers[1] and answers[-1])
            found.written = draft.ids if answers[2] else None
            for digest, ids in answers[3]:
                if digest == once["digest"]:
                    found.written = tuple(cast("list[str]", ids))
            if found.moved or found.written is not None or answers[3]:
                raise Conflict(
                    f"khóa `{wanted.key}` đã dùng cho một lần ghi khác: hãy dùng khóa mới",
                    f"the key `{wanted.key}` was used for another write: use a new one",
                )
            draft.judge(answers[len(first) : len(first) + len(draft.statements)])

        await self._graph.write(*first, *draft.statements, *last, idempotent=True, accept=judge)
        return draft.ids

    async def _overtaken(self, found: _Found) -> bool:
        """Whether another write was committed while this one read: on ArcadeDB it saw some of it, perhaps not all."""
        return found.last is not None and await self._graph.read(LAST, {}) != found.last


def written_by(model: Model, operation: Operation, root: Asked) -> Write | None:
    """The write that a mutation's root field asks for; None where it writes no records."""
    for kind in model.types.values():
        named = kind.plural[0].upper() + kind.plural[1:]
        for what in ("upsert", "delete"):
            if kind.custodial and root.name == f"{what}{named}":
                given = operation.arguments("Mutation", root)
                return Write(what, kind, given["input"], _checked(given.get("idempotencyKey")))
    return None


def _checked(key: str | None) -> str | None:
    if key is not None and not (0 < len(key) <= _LONGEST_KEY and key.isprintable()):
        raise InvalidInput(
            f"`idempotencyKey` phải có từ 1 đến {_LONGEST_KEY} ký tự in được",
            f"`idempotencyKey` must have 1 to {_LONGEST_KEY} printable characters",
        )
    return key


def _once_only(wanted: Write, draft: Draft, change: str, asker: Principal) -> dict[str, object]:
    """What is kept of a write under its key, which is the asker's own."""
    at = datetime.now(UTC)
    return {
        "key": json.dumps([asker.agency, asker.client, asker.subject, wanted.key or change]),
        "digest": _digest(wanted),
        "ids": list(draft.ids),
        "at": instant(at),
        "old": instant(at - _KEPT),
    }


def _event(wanted: Write, draft: Draft, asker: Principal, epoch: int) -> dict[str, object]:
    return {
        "kind": wanted.what,
        "by": f"{asker.subject or asker.client}@{asker.agency}",
        "at": instant(datetime.now(UTC)),
        "epoch": epoch,
        "type": draft.kind.name,
        "added" if wanted.what == "upsert" else "removed": list(draft.ids),
    }


def _digest(wanted: Write) -> str:
    body = json.dumps([wanted.what, wanted.kind.name, list(wanted.given)], sort_keys=True, default=_plain)
    return hashlib.blake2b(body.encode(), digest_size=16).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} stands in no input")
