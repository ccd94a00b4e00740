"""What one request to the plain resolvers uses."""

from collections.abc import Sequence
from typing import Any, TypeAlias

from strawberry.dataloader import DataLoader
from strawberry.types import Info

from schema.graph import Graph

Asked: TypeAlias = Info["Context", None]


class Context:
    """What one request uses: the graph, and a loader for each link and page size that it asks for."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._loaders: dict[tuple[str, int], DataLoader[str, list[list[Any]]]] = {}

    def rows(self, text: str, first: int = 1) -> DataLoader[str, list[list[Any]]]:
        """The loader of the rows that lie behind a record's id by that batched statement."""

        async def load(ids: Sequence[str]) -> list[list[list[Any]]]:
            rows: list[list[Any]] = await self.graph.read(text, {"ids": list(ids), "first": first})
            found = {row[0]: row[1] for row in rows}
            return [found.get(each, []) for each in ids]

        return self._loaders.setdefault((text, first), DataLoader(load_fn=load))
