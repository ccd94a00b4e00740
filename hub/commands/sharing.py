"""Giving and taking back access: decided on the policy in force, written with its audit event, in force at commit."""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from auth.delegation import ended, given, visible
from auth.grants import change, versions
from auth.policy import Environment, Policy
from auth.principal import Principal
from auth.revocations import check
from auth.rules import Rule
from hub.policies import Policies
from schema.errors import Conflict, Unavailable
from schema.graph import Graph

_ATTEMPTS: Final = 20


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the policy: the epoch since which it is in force, when that was known here, and what it did."""

    epoch: int
    at: datetime
    given: tuple[Rule, ...] = ()
    ended: tuple[str, ...] = ()


class Sharing:
    """What an agency's steward does to the policy, and sees of it; Unauthenticated where their `bearer` is revoked."""

    def __init__(self, graph: Graph, policies: Policies) -> None:
        self._graph = graph
        self._policies = policies

    async def give(self, draft: Rule, asker: Principal, bearer: Sequence[str] = ()) -> Change:
        """Put a rule in force; Denied, InvalidInput or NotFound where the asker may not; then nothing is written."""
        name = f"{asker.agency}/{secrets.token_hex(8)}"

        async def write(policy: Policy, now: Environment) -> Change:
            rule = given(replace(draft, id=name), asker, policy, now)
            epoch = await change(self._graph, by=_who(asker), add=[rule], expected_epoch=policy.epoch, bearer=bearer)
            return Change(epoch, datetime.now(UTC), given=(replace(rule, from_epoch=epoch),))

        return await self._decided(write, bearer)

    async def end(self, rule_id: str, asker: Principal, bearer: Sequence[str] = ()) -> Change:
        """End a rule and all that were given under it; NotFound where the asker may not end it."""

        async def write(policy: Policy, now: Environment) -> Change:
            names = ended(rule_id, asker, policy, now)
            epoch = await change(self._graph, by=_who(asker), remove=names, expected_epoch=policy.epoch, bearer=bearer)
            return Change(epoch, datetime.now(UTC), ended=names)

        return await self._decided(write, bearer)

    async def in_force(self, asker: Principal, bearer: Sequence[str] = ()) -> Sequence[Rule]:
        """The rules that the asker's agency gave or was given; Denied to who manages no sharing."""
        await check(self._graph, bearer)
        return visible(asker, await self._policies.current(), _now())

    async def history(self, asker: Principal, bearer: Sequence[str] = ()) -> Sequence[Rule]:
        """Every version of every rule that the asker's agency ever gave, the oldest first."""
        await check(self._graph, bearer)
        visible(asker, await self._policies.current(), _now())
        return await versions(self._graph, asker.agency or "")

    async def _decided(
        self, write: Callable[[Policy, Environment], Awaitable[Change]], bearer: Sequence[str]
    ) -> Change:
        """Decide and write on one policy: where it moved in between, decide again."""
        for _ in range(_ATTEMPTS):
            await check(self._graph, bearer)
            policy = await self._policies.current()
            try:
                done = await write(policy, _now())
            except Conflict:
                continue
            await self._policies.refresh(policy.epoch)
            return done
        raise Unavailable(
            "chính sách đang được thay đổi liên tục: hãy thử lại sau",
            "the policy is being changed over and over: retry soon",
        )


def _who(asker: Principal) -> str:
    return f"{asker.subject or asker.client}@{asker.agency}"


def _now() -> Environment:
    return Environment(datetime.now(UTC))
