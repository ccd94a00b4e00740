"""An operation and an access go in, one statement comes out: the whole compiler in one function.

An operation of very many blocks becomes several statements, which are run in one transaction: an engine plans one of a
hundred blocks far slower than five of twenty.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graphql import GraphQLError

from auth.policy import Access
from hub.compiler.cursors import Cursors
from hub.compiler.dialects import Dialect
from hub.compiler.documents import Operation
from hub.compiler.frontend import Frontend, Written
from hub.compiler.guards import View
from hub.compiler.paging import LARGEST_PAGE
from hub.compiler.parts import Column, Count, Groups, One, Records
from hub.compiler.printer import Printer
from hub.compiler.shapes import Object
from schema.model import Model

MOST_BLOCKS = 40
"""Blocks in one statement, unless one root field alone has more."""


@dataclass(frozen=True, slots=True)
class Part:
    """One statement with its parameters, the root columns that it reads, and how many guards it has."""

    text: str
    parameters: dict[str, object]
    columns: Sequence[Column]
    guards: int


@dataclass(frozen=True, slots=True)
class Plan:
    """One statement (or its parts; none where no record is asked for), and how its rows become the answer."""

    parts: Sequence[Part]
    dialect: Dialect
    shape: Object
    refused: Sequence[GraphQLError]
    resolved: Sequence[str]
    epoch: int

    def assemble(self, answers: Sequence[list[list[object]]]) -> list[object] | None:
        """The root row; None where the policy's epoch did not hold throughout, so that nothing may be used."""
        root: list[object] = []
        for part, rows in zip(self.parts, answers, strict=True):
            found = self.dialect.assemble(rows, part.columns)
            if found is None:
                return None
            root += found
        return root


def compile_operation(  # noqa: PLR0913, PLR0917 - each is one thing that a plan follows from
    model: Model,
    operation: Operation,
    access: Access,
    dialect: Dialect,
    cursors: Cursors,
    largest: int = LARGEST_PAGE,
    bearer: Sequence[str] = (),
    written: Written | None = None,
) -> Plan:
    """Read the operation, or what it asks of what was `written`, into a tree, print the tree.

    InvalidInput or Denied where it cannot be answered.
    """
    frontend = Frontend(model, operation, access, cursors, largest)
    reading = frontend.read() if written is None else frontend.written(written)
    parts: list[Part] = []
    for columns in _parted(reading.columns):
        view = View(access, model.types, bearer)
        text = dialect.join(Printer(view, model.types, lifts=dialect.lifts), columns)
        parts.append(Part(text, view.parameters, columns, view.guards))
    return Plan(parts, dialect, reading.shape, reading.refused, reading.resolved, access.epoch)


def _parted(columns: Sequence[Column]) -> Iterator[Sequence[Column]]:
    """Root columns, in order, as many at a time as make one statement."""
    part: list[Column] = []
    held = 0
    for column in columns:
        blocks = _blocks(column)
        if part and held + blocks > MOST_BLOCKS:
            yield part
            part, held = [], 0
        part.append(column)
        held += blocks
    if part:
        yield part


def _blocks(column: Column) -> int:
    """The blocks and to-one rows that a column holds."""
    match column:
        case Records():
            return 1 + sum(map(_blocks, column.block.row.columns))
        case One():
            return 1 + sum(map(_blocks, column.row.columns))
        case Count() | Groups():
            return 1
        case _:
            return 0
