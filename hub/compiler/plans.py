"""An operation and an access go in, one statement comes out: the whole compiler in one function."""

from collections.abc import Sequence
from dataclasses import dataclass

from graphql import GraphQLError

from auth.policy import Access
from hub.compiler.cursors import Cursors
from hub.compiler.dialects import Dialect
from hub.compiler.documents import Operation
from hub.compiler.frontend import LARGEST_PAGE, Frontend, Written
from hub.compiler.guards import View
from hub.compiler.parts import Column
from hub.compiler.printer import Printer
from hub.compiler.shapes import Object
from schema.model import Model


@dataclass(frozen=True, slots=True)
class Plan:
    """One statement with its parameters, and how its rows become the answer."""

    text: str
    parameters: dict[str, object]
    dialect: Dialect
    columns: Sequence[Column]
    shape: Object
    refused: Sequence[GraphQLError]
    resolved: Sequence[str]
    guards: int
    epoch: int

    def assemble(self, rows: list[list[object]]) -> list[object] | None:
        """The root row; None where the policy's epoch did not hold throughout, so that nothing may be used."""
        return self.dialect.assemble(rows, self.columns)


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
    view = View(access, model.types, bearer)
    text = dialect.join(Printer(view, model.types), reading.columns)
    return Plan(
        text,
        view.parameters,
        dialect,
        reading.columns,
        reading.shape,
        reading.refused,
        reading.resolved,
        view.guards,
        access.epoch,
    )
