"""How Strawberry hands a query to the hub: a document is parsed and checked once, `on_execute` gives the result."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Final

from graphql import (
    DocumentNode,
    ExecutableDefinitionNode,
    FieldNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationType,
    TokenKind,
    get_operation_ast,
    parse,
)
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType as Wanted

from auth.principal import Principal
from hub.commands.sharing import Sharing
from hub.execution import Execution, Sender
from hub.rates import Account

MOST_TOKENS: Final = 2_000
LONGEST_NUMBER: Final = 1_000
"""Characters: Python refuses to read a number of some thousands of digits, in the middle of graphql-core's rules."""
MOST_SELECTIONS: Final = 100
"""In one pair of braces: more than any type has fields, so that only one field asked for again and again meets it."""
_KEPT: Final = 512


@dataclass(slots=True)
class Documents:
    """Documents by their text, parsed; those found valid are marked so. Bounded, least used first out."""

    parsed: OrderedDict[str, DocumentNode] = field(default_factory=OrderedDict[str, DocumentNode])
    valid: set[str] = field(default_factory=set[str])
    hits: int = 0
    misses: int = 0

    def parse(self, text: str) -> DocumentNode:
        """The document; GraphQLError where the text is none, has too many tokens or fields, or a number without end."""
        known = self.parsed.get(text)
        if known is not None:
            self.hits += 1
            self.parsed.move_to_end(text)
            return known
        self.misses += 1
        made = parse(text, max_tokens=MOST_TOKENS)
        _check_numbers(made)
        _check_widths(made)
        self.parsed[text] = made
        if len(self.parsed) > _KEPT:
            oldest, _ = self.parsed.popitem(last=False)
            self.valid.discard(oldest)
        return made

    def read(self, text: str, name: str | None) -> DocumentNode | None:
        """The document, where it was found valid before and its operation of that name only reads."""
        if text not in self.valid:
            return None
        document = self.parse(text)
        operation = get_operation_ast(document, name)
        return document if operation is not None and operation.operation is OperationType.QUERY else None


def _check_numbers(document: DocumentNode) -> None:
    where = document.loc
    token = where.start_token if where else None
    while where is not None and token is not None:
        if token.kind in {TokenKind.INT, TokenKind.FLOAT} and len(token.value or "") > LONGEST_NUMBER:
            raise GraphQLSyntaxError(where.source, token.start, f"a number has at most {LONGEST_NUMBER} characters.")
        token = token.next


def _check_widths(document: DocumentNode) -> None:
    waiting = [node.selection_set for node in document.definitions if isinstance(node, ExecutableDefinitionNode)]
    while waiting:
        chosen = waiting.pop()
        if len(chosen.selections) > MOST_SELECTIONS and chosen.loc is not None:
            raise GraphQLSyntaxError(
                chosen.loc.source, chosen.loc.start, f"at most {MOST_SELECTIONS} fields stand in one pair of braces."
            )
        within = (node.selection_set for node in chosen.selections if isinstance(node, FieldNode | InlineFragmentNode))
        waiting += [each for each in within if each is not None]


@dataclass(frozen=True, slots=True)
class Context:
    """What a request brings: who asks, the named operation, what the hub is told of its sender, and who answers."""

    execution: Execution
    documents: Documents
    asker: Principal
    sharing: Sharing
    operation: str | None = None
    bearer: tuple[str, ...] = ()
    account: Account | None = None

    def sender(self) -> Sender:
        """What the hub is told of who sent it."""
        return Sender(self.bearer, self, self.account and self.account.records)


class Compiled(SchemaExtension):
    """Answers a query by one statement, writes in one transaction; of records no resolver runs."""

    def on_parse(self) -> Iterator[None]:
        """Take the document from those parsed before."""
        context = self._context()
        if self.execution_context.query is not None:
            self.execution_context.graphql_document = context.documents.parse(self.execution_context.query)
        yield

    def on_validate(self) -> Iterator[None]:
        """Spare the rules for a document that passed them before."""
        valid, text = self._context().documents.valid, self.execution_context.query or ""
        if text in valid:
            self.execution_context.pre_execution_errors = []
        yield
        if not self.execution_context.pre_execution_errors:
            valid.add(text)

    async def on_execute(self) -> AsyncIterator[None]:
        """Give the result before graphql-core would look for resolvers."""
        running = self.execution_context
        if running.operation_type is not Wanted.SUBSCRIPTION and running.graphql_document is not None:
            context = self._context()
            running.result = await context.execution.answer(
                running.graphql_document, running.variables, context.operation, context.asker, context.sender()
            )
            running.extensions_results.update(running.result.extensions or {})
        yield

    def _context(self) -> Context:
        context = self.execution_context.context
        if not isinstance(context, Context):
            raise TypeError("the schema is executed without the hub's context")
        return context
