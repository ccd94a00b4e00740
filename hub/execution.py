"""The straight walk of a query: price, decide, compile, read, shape.

An operation and a principal go in; one statement goes to the graph. Where the policy's epoch moved meanwhile, nothing
of the answer is used: the policy is read again and the walk starts over.
"""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from inspect import isawaitable
from typing import Any, Final, TypeAlias, cast

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    execute,  # pyright: ignore[reportUnknownVariableType] - generic in an unused context
)

from auth.policy import Access
from auth.principal import ANONYMOUS, Action, Principal
from auth.revocations import check as check_unrevoked
from hub.commands.records import Records, written_by
from hub.compiler.cursors import Cursors
from hub.compiler.dialects import DIALECTS
from hub.compiler.documents import Asked as Root
from hub.compiler.documents import Operation
from hub.compiler.frontend import Written
from hub.compiler.paging import LARGEST_PAGE
from hub.compiler.plans import Plan, compile_operation
from hub.limits import Pricing, check
from hub.logs import fault
from hub.policies import Policies
from hub.prepared import Kept, Prepared, Ready
from hub.shaping import shaper
from schema.errors import HubError, InvalidInput, Unavailable
from schema.graph import Graph
from schema.model import Model

_ATTEMPTS: Final = 5
_PATIENCE: Final = 8.0
"""Seconds in which an operation is tried again however often the policy changes: on a slow graph a few changes one
after the other outrun so many attempts."""

Span = Callable[[str], AbstractContextManager[object]]
"""Goes on around a part of the walk that is named."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Records that one operation may read at most."""

    anonymous: int = 10_000
    client: int = 50_000


@dataclass(frozen=True, slots=True)
class Sender:
    """Of who sent a request: what of their token may be revoked, the context in which resolvers answer, their account.

    `charge` is told how many records the operation may read; RateLimited where these are too many.
    """

    bearer: tuple[str, ...] = ()
    context: object = None
    charge: Callable[[int], Awaitable[None]] | None = None


UNSIGNED: Final = Sender()
Planner: TypeAlias = Callable[[], Awaitable[Ready]]
"""Gives the plan for the view in force now."""


class Execution:
    """Answers GraphQL queries by one statement each, and does what mutations say."""

    def __init__(self, graph: Graph, model: Model, schema: GraphQLSchema, cursors: Cursors, bounds: Bounds) -> None:
        self.graph = graph
        self.policies = Policies(graph, model)
        self.discarded = 0
        self.span: Span = _no_span
        self.kept = Kept()
        self.records = Records(graph, self.policies, model)
        self._model = model
        self._schema = schema
        self._cursors = cursors
        self._bounds = bounds

    async def answer(
        self,
        document: DocumentNode,
        variables: Mapping[str, Any] | None,
        name: str | None,
        asker: Principal,
        sender: Sender = UNSIGNED,
    ) -> ExecutionResult:
        """The answer to a valid document's query or mutation; every error is in it, none is raised.

        `extensions.cost` tells how many records the operation may read, and how many it might have.
        """
        cost: dict[str, Any] | None = None
        try:
            prepare = partial(self._prepared, document, variables, name)
            prepared = self.kept.operation(document, variables, name, prepare)
            bound = self._bounds.client if asker.signed_in else self._bounds.anonymous
            cost = {"cost": {"records": prepared.price.records, "bound": bound}}
            answer = await self._bounded(prepared, bound, asker, sender)
        except GraphQLError as error:
            answer = ExecutionResult(None, [error])
        except HubError as error:
            answer = ExecutionResult(None, [GraphQLError(error.en, original_error=error)])
        except Exception as error:  # noqa: BLE001 - whatever it is, the asker gets one masked error
            answer = ExecutionResult(None, [masked(error)])
        answer.extensions = cost
        return answer

    async def _bounded(self, prepared: Prepared, bound: int, asker: Principal, sender: Sender) -> ExecutionResult:
        check(prepared.price, bound)
        if sender.charge is not None:
            await sender.charge(prepared.price.records)
        if not prepared.operation.is_query:
            return await self._change(prepared.operation, asker, sender)
        planned = partial(self._kept, prepared, asker, sender.bearer)
        return await self._walk(prepared.operation, planned, sender)

    async def distribute(self, document: DocumentNode, variables: Mapping[str, Any], largest: int) -> dict[str, Any]:
        """What anyone may be given of an operation as open data, in pages of up to `largest`; errors are raised."""
        operation = self._operation(document, variables, None)
        compiled = partial(self.compile, operation, ANONYMOUS, Action.DISTRIBUTE, largest)
        answer = await self._walk(operation, partial(self._made, compiled))
        for error in answer.errors or ():
            raise error.original_error or error
        return answer.data or {}

    async def compile(
        self,
        operation: Operation,
        asker: Principal,
        action: Action,
        largest: int = LARGEST_PAGE,
        bearer: Sequence[str] = (),
        written: Written | None = None,
    ) -> Plan:
        """The plan of an operation, or of what it asks of what was `written`, for this asker now."""
        access = await self.policies.access(asker, action)
        return self._compiled(operation, access, largest, bearer, written)

    def _compiled(
        self,
        operation: Operation,
        access: Access,
        largest: int,
        bearer: Sequence[str],
        written: Written | None = None,
    ) -> Plan:
        dialect = DIALECTS[self.graph.dialect]
        with self.span("compile"):
            return compile_operation(self._model, operation, access, dialect, self._cursors, largest, bearer, written)

    async def _made(self, compiled: Callable[[], Awaitable[Plan]]) -> Ready:
        """A plan that is made for this once."""
        return self._ready(await compiled())

    async def _kept(self, prepared: Prepared, asker: Principal, bearer: Sequence[str]) -> Ready:
        """The plan of a read for the view in force now, from those made before."""
        access = await self.policies.access(asker, Action.READ)

        def make() -> Ready:
            return self._ready(self._compiled(prepared.operation, access, LARGEST_PAGE, bearer))

        return self.kept.plan(prepared, access, bearer, make)

    def _ready(self, plan: Plan) -> Ready:
        return Ready(plan, shaper(plan.shape, self._cursors))

    def _prepared(self, document: DocumentNode, variables: Mapping[str, Any] | None, name: str | None) -> Prepared:
        operation = self._operation(document, variables, name)
        price = Pricing(self._model, self._schema, document).price(operation.definition, operation.variables)
        return Prepared(operation, price)

    def _operation(self, document: DocumentNode, variables: Mapping[str, Any] | None, name: str | None) -> Operation:
        operation = Operation.prepare(self._schema, document, variables, name)
        if isinstance(operation, list):
            first = operation[0]
            raise GraphQLError(first.message, nodes=first.nodes, extensions={"code": InvalidInput.code})
        return operation

    async def _change(self, operation: Operation, asker: Principal, sender: Sender) -> ExecutionResult:
        """Do what the root fields say, one after another; the first that fails is the last."""
        data: dict[str, Any] = {}
        errors: list[GraphQLError] = []
        for root in operation.roots():
            try:
                done = await self._changed(operation, root, asker, sender)
            except HubError as error:
                errors.append(GraphQLError(error.en, nodes=root.node, path=[root.key], original_error=error))
                return ExecutionResult(None, errors)
            errors += done.errors or []
            if done.data is None:
                return ExecutionResult(None, errors)
            data |= done.data
        return ExecutionResult(data, errors or None)

    async def _changed(self, operation: Operation, root: Root, asker: Principal, sender: Sender) -> ExecutionResult:
        """What one root field did: records are written and read back as they are seen then."""
        write = written_by(self._model, operation, root)
        if write is None:
            return await self._resolve(operation, [root.key], sender.context)
        unwritten = Written(root, write.kind, ())
        await self.compile(operation, asker, Action.READ, bearer=sender.bearer, written=unwritten)  # before, or never
        written = Written(root, write.kind, await self.records.write(write, asker, sender.bearer))
        compiled = partial(self.compile, operation, asker, Action.READ, bearer=sender.bearer, written=written)
        done = await self._walk(operation, partial(self._made, compiled), sender)
        return ExecutionResult({root.key: done.data}, done.errors)

    async def _walk(self, operation: Operation, planned: Planner, sender: Sender = UNSIGNED) -> ExecutionResult:
        patience, attempts = time.monotonic() + _PATIENCE, 0
        while attempts < _ATTEMPTS or time.monotonic() < patience:
            attempts += 1
            try:
                ready = await planned()
            except HubError:  # a refusal is of the policy in force, as an answer is
                if await self.policies.moved():
                    continue
                raise
            plan = ready.plan
            if not plan.parts:  # then there is no statement that would see it
                await check_unrevoked(self.graph, sender.bearer)
            statements = [(part.text, part.parameters) for part in plan.parts]
            root = plan.assemble(await self.graph.read_together(*statements) if statements else [])
            if root is not None:
                return await self._complete(operation, plan, ready.shape(root), sender.context)
            self.discarded += 1
            await check_unrevoked(self.graph, sender.bearer)
            await self.policies.refresh(plan.epoch)
        raise Unavailable(
            "quyền truy cập đang thay đổi liên tục; hãy gửi lại sau giây lát",
            "permissions are changing all the time; send it again in a moment",
        )

    async def _complete(
        self, operation: Operation, plan: Plan, data: dict[str, Any], context: object
    ) -> ExecutionResult:
        """Merge what the statement answered with what resolvers answer of the schema and policy, in the order asked."""
        errors = list(plan.refused)
        if plan.resolved:
            told = await self._resolve(operation, plan.resolved, context)
            errors += told.errors or []
            if told.data is None:
                return ExecutionResult(None, errors)
            both = {**data, **told.data}
            data = {asked.key: both.get(asked.key) for asked in operation.roots()}
        return ExecutionResult(data, errors or None)

    async def _resolve(self, operation: Operation, keys: Sequence[str], context: object) -> ExecutionResult:
        """What resolvers answer under these response keys."""
        resolve = cast("Callable[..., ExecutionResult | Awaitable[ExecutionResult]]", execute)
        document, variables = operation.only(keys), dict(operation.raw_variables)
        answer = resolve(self._schema, document, variable_values=variables, context_value=context)
        return await answer if isawaitable(answer) else answer


def _no_span(_: str) -> AbstractContextManager[None]:
    return nullcontext()


def masked(error: BaseException) -> GraphQLError:
    """An error that says nothing but an id, under which the log has the rest."""
    found = fault(error)
    return GraphQLError(
        f"something went wrong on our side; if it stays, tell us the id `{found}`",
        extensions={
            "code": "INTERNAL",
            "id": found,
            "vi": f"hệ thống gặp lỗi; nếu còn lặp lại, hãy báo cho chúng tôi mã `{found}`",
        },
    )
