"""Rows of a dataset, as anyone may be given them: its operation, page by page, in one state or not at all."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from graphql import GraphQLSchema, parse, validate

from auth.principal import ANONYMOUS, Action
from catalog.datasets import Dataset
from hub.execution import Execution
from schema.errors import ConfigError, Conflict
from schema.graph import Graph

PAGE = 1_000
_VERSIONS = "MATCH (d:DataVersion) RETURN d.id, d.version ORDER BY d.id"


@dataclass(frozen=True, slots=True)
class State:
    """What a release was made from: the version of each type's data, the policy's epoch, and its stretch of time.

    Within one epoch what may be given out changes at the instants at which a rule begins or ends; `until` is the next.
    """

    epoch: int
    versions: Mapping[str, str]
    until: datetime | None


async def state(execution: Execution, graph: Graph) -> State:
    """The state now."""
    await execution.policies.moved()  # so that it is the policy in force, not the one that was read last
    access = await execution.policies.access(ANONYMOUS, Action.DISTRIBUTE)
    rows = await graph.read(_VERSIONS, {})
    return State(access.epoch, {str(name): str(version) for name, version in rows}, access.not_after)


def fingerprint(dataset: Dataset, at: State) -> str:
    """What the rows and the description of a dataset follow from: the same again, and so is its release."""
    return sha256(repr((dataset, at.epoch, at.until, sorted(at.versions.items()))).encode()).hexdigest()


class Exports:
    """Gives the rows of datasets in one state; Conflict where it moved while they were read."""

    def __init__(self, execution: Execution, schema: GraphQLSchema, at: State) -> None:
        self._execution = execution
        self._schema = schema
        self._at = at

    async def rows(self, dataset: Dataset) -> AsyncIterator[Sequence[Mapping[str, Any]]]:
        """Pages of the nodes of the dataset's root connection."""
        document = parse(dataset.operation)
        wrong = validate(self._schema, document)
        if wrong:
            raise ConfigError(
                f"thao tác của bộ dữ liệu `{dataset.slug}` sai: {wrong[0].message}",
                f"the operation of dataset `{dataset.slug}` is wrong: {wrong[0].message}",
            )
        after: str | None = None
        while True:
            answer = await self._execution.distribute(document, {"first": PAGE, "after": after}, PAGE)
            (connection,) = answer.values()
            yield connection["nodes"]
            if not connection["pageInfo"]["hasNextPage"]:
                break
            after = connection["pageInfo"]["endCursor"]
        if await state(self._execution, self._execution.graph) != self._at:
            raise Conflict(
                f"dữ liệu hoặc quyền đã đổi trong khi xuất `{dataset.slug}`; hãy xuất lại",
                f"data or permissions changed while `{dataset.slug}` was exported; publish it again",
            )
