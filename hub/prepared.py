"""Operations made ready before: what a request's text and variables come to, and the plan of that for each view.

To read, price and compile an operation takes longer than an engine takes for a record. All of it follows from the
document, the name of the operation, the variables and the view: these are the key, each of them whole, so that what is
kept for one view or value can never be another's. What of a token may be revoked is no part of a plan's text: it is put
into the parameters of each use. Kept are the last ones used, and none that is large.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias, TypeVar

import orjson
from graphql import DocumentNode

from auth.policy import Access
from hub.compiler.documents import Operation
from hub.compiler.guards import BEARER
from hub.compiler.plans import Plan
from hub.limits import Price

KEPT: Final = 512
"""Operations."""
VIEWS: Final = 8
"""Plans of each."""
LARGEST: Final = 8 * 1024
"""Bytes of document and variables together."""

Key: TypeAlias = tuple[str, str | None, bytes]
View: TypeAlias = tuple[int, str, bool]
Maker: TypeAlias = Callable[[list[Any]], dict[str, Any]]
_K = TypeVar("_K")
_V = TypeVar("_V")


@dataclass(frozen=True, slots=True)
class Ready:
    """A plan, and the function that makes its root row the answer."""

    plan: Plan
    shape: Maker


@dataclass(slots=True)
class Prepared:
    """An operation with coerced variables, its price, and the plans of reading it, by epoch, view and form of token."""

    operation: Operation
    price: Price
    plans: OrderedDict[View, Ready] = field(default_factory=OrderedDict["View", Ready])


@dataclass(slots=True)
class Kept:
    """Keeps them: bounded, least used first out. `hits` and `misses` are of plans."""

    prepared: OrderedDict[Key, Prepared] = field(default_factory=OrderedDict[Key, Prepared])
    hits: int = 0
    misses: int = 0

    def operation(
        self,
        document: DocumentNode,
        variables: Mapping[str, Any] | None,
        name: str | None,
        make: Callable[[], Prepared],
    ) -> Prepared:
        """What the request asks; what `make` raises is raised."""
        key = _key(document, variables, name)
        known = None if key is None else self.prepared.get(key)
        if known is None:
            known = make()
        if key is not None and known.operation.is_query:
            _put(self.prepared, key, known, KEPT)
        return known

    def plan(
        self,
        prepared: Prepared,
        access: Access,
        bearer: Sequence[str],
        make: Callable[[], Ready],
    ) -> Ready:
        """Its plan for this view; what `make` raises is raised, and not kept."""
        key = access.epoch, access.fingerprint, bool(bearer)
        known = prepared.plans.get(key)
        if known is None:
            self.misses += 1
            known = make()
        else:
            self.hits += 1
        _put(prepared.plans, key, known, VIEWS)
        return replace(known, plan=_borne(known.plan, bearer)) if bearer else known


def _key(document: DocumentNode, variables: Mapping[str, Any] | None, name: str | None) -> Key | None:
    """The document's text, the operation's name, the variables as they were sent; None where they are too large."""
    if document.loc is None:
        return None
    try:
        # Not sorted: the order of a filter's words is that of the statement's.
        sent = orjson.dumps(dict(variables or {}))
    except orjson.JSONEncodeError:
        return None
    text = document.loc.source.body
    return (text, name, sent) if len(text) + len(sent) <= LARGEST else None


def _put(kept: "OrderedDict[_K, _V]", key: _K, value: _V, most: int) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > most:
        kept.popitem(last=False)


def _borne(plan: Plan, bearer: Sequence[str]) -> Plan:
    """The plan for the bearer of this token."""
    parts = [replace(part, parameters={**part.parameters, BEARER: list(bearer)}) for part in plan.parts]
    return replace(plan, parts=parts)
