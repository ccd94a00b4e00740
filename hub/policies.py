"""The policy as this worker last read it, and what it lets each asker see.

A statement that finds the epoch moved gives nothing; then the policy is read again and the operation compiled anew.
What was decided is kept for one epoch and until the next instant at which a rule begins or ends.
"""

import asyncio
import logging
from collections import OrderedDict
from contextlib import aclosing
from datetime import UTC, datetime

from auth.grants import current_epoch, load
from auth.policy import Access, Environment, Policy, access
from auth.principal import Action, Principal
from hub.wakeups import Topic, Wakeups
from schema.errors import HubError
from schema.graph import Graph
from schema.model import Model

_KEPT = 1024

log = logging.getLogger("hub")


class Policies:
    """Answers what a principal may see, under the policy last read from the graph."""

    def __init__(self, graph: Graph, model: Model) -> None:
        self._graph = graph
        self._model = model
        self._policy: Policy | None = None
        self._decided: OrderedDict[tuple[Principal, Action], Access] = OrderedDict()
        self._reading = asyncio.Lock()
        self.refreshes = 0
        self.wakeups: Wakeups | None = None
        """Tells other workers of a policy that this one found changed. They find it out as well without."""

    @property
    def epoch(self) -> int | None:
        """The epoch of the policy last read; None before the first."""
        return None if self._policy is None else self._policy.epoch

    async def access(self, principal: Principal, action: Action) -> Access:
        """The access of this principal now, as far as rules say; their token is verified at every request."""
        policy = self._policy or await self.refresh(None)
        now = datetime.now(UTC)
        known = self._decided.get((principal, action))
        if known is not None and (known.not_after is None or now < known.not_after):
            self._decided.move_to_end((principal, action))
            return known
        decided = access(principal, policy, Environment(now), action)
        self._decided[principal, action] = decided
        if len(self._decided) > _KEPT:
            self._decided.popitem(last=False)
        return decided

    async def refresh(self, stale: int | None, *, told: bool = False) -> Policy:
        """Read the policy again, unless somebody has since the epoch `stale`; tell others, unless one was `told`."""
        async with self._reading:
            if self._policy is not None and self._policy.epoch != stale:
                return self._policy
            self._policy = policy = await load(self._graph, self._model)
            self.refreshes += 1
            self._decided.clear()
        if stale not in (None, policy.epoch) and self.wakeups is not None and not told:
            await self.wakeups.publish(Topic.POLICY)
        return policy

    async def current(self) -> Policy:
        """The policy in force now, as the graph says."""
        await self.moved()
        return self._policy or await self.refresh(None)

    async def moved(self, *, told: bool = False) -> bool:
        """Whether the policy last read is in force no longer; then it is read again."""
        known = self.epoch
        if await current_epoch(self._graph) == known:
            return False
        await self.refresh(known, told=told)
        return True

    async def follow(self, wakeups: Wakeups) -> None:
        """Without end: look at the policy at each wake-up, so that the next request need not. For speed alone."""
        async with aclosing(wakeups.listen(Topic.POLICY)) as woken:
            async for _ in woken:
                try:
                    await self.moved(told=True)
                except HubError as error:
                    log.debug("the policy was not read: %s", error.en)
