"""The sides of a comparison: server processes over HTTP, and statements through the driver alone."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol, Self

from graphql import parse

from auth.principal import ANONYMOUS, Action
from bench.client import Ask, Connection
from bench.floors import FLOORS, Asked
from bench.operations import WALK, WALKED, Deep, Operation
from bench.plain.context import Context
from bench.plain.server import schema as resolvers
from bench.serving import SECRET
from hub.api.schema import schema
from hub.compiler.cursors import Cursors
from hub.compiler.documents import Operation as Prepared
from hub.compiler.plans import Plan
from hub.execution import Bounds, Execution
from hub.shaping import shaper
from schema.graph import Graph, Statement
from schema.types import MODEL

IN_FLIGHT: Final = 16


class Side(Protocol):
    """One way to answer the operations, and the process that does what the engine does not."""

    @property
    def pid(self) -> int:
        """Of that process."""
        ...

    def askers(self, operation: Operation, in_flight: int) -> Sequence[Ask]:
        """As many as are in flight, each of which asks for the operation once."""
        ...

    async def data(self, operation: Operation) -> object:
        """The answer's data."""
        ...


class Server:
    """A server process and the connections to it."""

    def __init__(self, process: Process, port: int) -> None:
        self.pid = process.pid
        self._process = process
        self._port = port
        self._connections = [Connection(port)]
        self._cursor = ""

    @classmethod
    async def start(cls, name: str, about: Mapping[str, str]) -> Self:
        """Start that server (see `bench.serving`) and wait for its port."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.serving", name, stdin=PIPE, stdout=PIPE
        )
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the server has no pipes")
        process.stdin.write(json.dumps(about).encode() + b"\n")
        await process.stdin.drain()
        return cls(process, int(await process.stdout.readline()))

    async def walk(self, depth: int) -> str:
        """Go as far into the farms by name as a client would, page by page; the id of the last one passed.

        Its cursor is the one that the deep pages are asked with.
        """
        after, last = None, ""
        for _ in range(depth // WALKED):
            farms = (await self._ask(Operation("walk", "", WALK, {"after": after})))["farms"]
            if not farms["pageInfo"]["hasNextPage"]:
                raise RuntimeError(f"there are no {depth} farms to walk behind")
            after, last = farms["pageInfo"]["endCursor"], farms["nodes"][-1]["id"]
        self._cursor = after or ""
        return last

    def asked(self, operation: Operation) -> Operation:
        """The operation with this side's own cursor, where it asks for a page by one."""
        return operation.given(after=self._cursor, before=self._cursor)

    def _body(self, operation: Operation) -> bytes:
        return _json(self.asked(operation))

    def askers(self, operation: Operation, in_flight: int = IN_FLIGHT) -> Sequence[Ask]:
        """One for each connection."""
        body = self._body(operation)
        self._connections += [Connection(self._port) for _ in range(in_flight - len(self._connections))]
        return [partial(each.ask, body) for each in self._connections[:in_flight]]

    async def data(self, operation: Operation) -> object:
        """The answer's data; RuntimeError where it has errors."""
        answer = json.loads(await self._connections[0].ask(self._body(operation)))
        if answer.get("errors"):
            raise RuntimeError(f"{operation.name}: {answer['errors'][0]}")
        return answer["data"]

    async def _ask(self, operation: Operation) -> Any:  # noqa: ANN401 - JSON
        answer = json.loads(await self._connections[0].ask(_json(operation)))
        return answer["data"]

    async def stop(self) -> None:
        """Close the connections and let the process end."""
        for each in self._connections:
            each.close()
        if self._process.stdin:
            self._process.stdin.close()
        await self._process.wait()


def _json(operation: Operation) -> bytes:
    return json.dumps({"query": operation.document, "variables": operation.variables}).encode()


@dataclass(frozen=True, slots=True)
class Driven:
    """Statements that are written already, sent by the driver from this process, with no HTTP and no GraphQL."""

    graph: Graph
    statements: Mapping[str, Sequence[Statement]]
    shape: Callable[[str, list[list[list[object]]]], object]
    pid: int = os.getpid()

    def askers(self, operation: Operation, in_flight: int) -> Sequence[Ask]:
        """As many as are in flight, all by one driver."""
        return [partial(self._read, operation)] * in_flight

    async def _read(self, operation: Operation) -> list[list[list[object]]]:
        return await self.graph.read_together(*self.statements[operation.name])

    async def data(self, operation: Operation) -> object:
        """What the rows stand for."""
        return self.shape(operation.name, await self._read(operation))


def by_hand(graph: Graph, operations: Sequence[Operation], farm: Deep) -> Driven:
    """The floor."""
    floors = {each.name: FLOORS[each.name](Asked(each, graph.dialect, farm)) for each in operations}
    statements = {name: [(each.text, each.parameters)] for name, each in floors.items()}
    return Driven(graph, statements, lambda name, answers: floors[name].data(answers[0]))


async def compiled(graph: Graph, hub: Server, operations: Sequence[Operation]) -> Driven:
    """The statements that the hub's compiler makes of the operations, and its own reading of their rows."""
    execution = Execution(graph, MODEL, schema.graphql, Cursors(SECRET), Bounds())
    plans: dict[str, Plan] = {}
    for each in operations:
        prepared = Prepared.prepare(schema.graphql, parse(each.document), hub.asked(each).variables, None)
        if isinstance(prepared, list):
            raise prepared[0]
        plans[each.name] = await execution.compile(prepared, ANONYMOUS, Action.READ)
    statements = {name: [(part.text, part.parameters) for part in plan.parts] for name, plan in plans.items()}

    def data(name: str, answers: list[list[list[object]]]) -> object:
        root = plans[name].assemble(answers)
        if root is None:
            raise RuntimeError("the policy changed during the measurement")
        return shaper(plans[name].shape, Cursors(SECRET))(root)

    return Driven(graph, statements, data)


async def asked_by_resolvers(graph: Graph, side: Server, operation: Operation) -> list[Statement]:
    """The statements that the plain resolvers send for an operation."""
    seen: list[Statement] = []
    graph.observer = lambda text, parameters: seen.append((text, parameters))
    try:
        done = await resolvers.execute(
            operation.document,
            variable_values=dict(side.asked(operation).variables),
            context_value=Context(graph),
        )
    finally:
        graph.observer = None
    if done.errors:
        raise done.errors[0]
    return seen
