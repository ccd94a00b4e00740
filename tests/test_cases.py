"""Golden cases: of each, the exact statement for each engine, its exact parameters, and the answer, on every engine."""

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio
from graphql import ExecutionResult, GraphQLSchema, parse, validate

from auth.grants import seed
from auth.principal import Action
from hub.api.schema import schema
from hub.compiler.cursors import Cursors
from hub.compiler.dialects import DIALECTS
from hub.compiler.documents import Operation
from hub.compiler.plans import compile_operation
from hub.execution import Bounds, Execution
from schema.errors import HubError
from schema.graph import Graph
from schema.scalars import parse as parse_cell
from schema.types import MODEL
from tests.conftest import EVERY_ENGINE
from tests.oracle.askers import PRINCIPALS, RULES
from tests.oracle.checks import Walk
from tests.oracle.comparisons import Comparison, code, codes
from tests.oracle.graphs import Record, Stock, Tie, clear, load
from tests.oracle.reference import Reference, plain_schema
from tests.oracle.schemas import CORE
from tests.oracle.views import View

CASES = Path(__file__).parent / "cases"
NAMES = sorted(folder.name for folder in CASES.iterdir() if folder.is_dir())
CURSORS = Cursors(b"of the golden cases")


def stock() -> Stock:
    """The graph that all cases are about."""
    written = json.loads((CASES / "graph.json").read_text("utf-8"))
    records: dict[str, Record] = {}
    for name, cells in written["records"].items():
        kind = MODEL.type_of(name)
        assert kind is not None
        records[name] = Record(
            name, kind, {one.name: parse_cell(one, cells.get(one.name, "")) for one in kind.fields.values()}
        )
    own = {link.relation: link.fields for kind in MODEL.types.values() for link in kind.links.values()}
    ties = [
        Tie(relation, source, target, {of.name: values.get(of.name) for of in own[relation]})
        for relation, source, target, values in written["ties"]
    ]
    return Stock(records, ties)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def execution(graph: Graph) -> AsyncIterator[Execution]:
    """Give the hub over that graph and the rules of the tests, at epoch 1."""
    await clear(graph, MODEL)
    await seed(graph, RULES)
    await load(graph, MODEL, stock())
    yield Execution(graph, MODEL, CORE, CURSORS, Bounds())
    await clear(graph, MODEL)


class Case:
    """One folder: what is asked, and what is expected of it."""

    def __init__(self, name: str, *, rewrite: bool) -> None:
        self.folder = CASES / name
        self.document = parse((self.folder / "query.graphql").read_text("utf-8"))
        told = json.loads((self.folder / "case.json").read_text("utf-8"))
        self.asker: str = told["asker"]
        self.variables: dict[str, Any] = told["variables"]
        self._rewrite = rewrite

    def expect(self, name: str, found: str | None) -> None:
        """Compare with the file of that name, which is missing where nothing is expected."""
        file = self.folder / name
        if self._rewrite:
            if found is None:
                file.unlink(missing_ok=True)
            else:
                file.write_text(found, "utf-8")
        assert found == (file.read_text("utf-8") if file.exists() else None)


def written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n"


def told(result: ExecutionResult) -> dict[str, object]:
    errors = [{"code": code(error), "message": error.message} for error in result.errors or ()]
    return {"data": result.data, **({"errors": errors} if errors else {})}


async def turned(case: Case, execution: Execution) -> None:
    """Put in place of `@` the cursor at the end of the page before; for `before`, at the start of the one behind."""
    waiting = [name for name, given in case.variables.items() if given == "@"]
    for name in waiting:
        case.variables[name] = None
        result = await execution.answer(case.document, case.variables, None, PRINCIPALS[case.asker])
        (connection,) = (result.data or {}).values()
        case.variables[name] = connection["pageInfo"]["startCursor" if name == "before" else "endCursor"]


async def statements(case: Case, execution: Execution) -> dict[str, tuple[str, dict[str, object]]]:
    """The statement and parameters for each engine; none where the operation is refused or reads nothing."""
    access = await execution.policies.access(PRINCIPALS[case.asker], Action.READ)
    operation = Operation.prepare(CORE, case.document, case.variables, None)
    assert isinstance(operation, Operation)
    found: dict[str, tuple[str, dict[str, object]]] = {}
    for name, dialect in DIALECTS.items():
        plan = compile_operation(MODEL, operation, access, dialect, CURSORS)
        assert len(plan.parts) <= 1  # a case is small
        for part in plan.parts:
            found[name] = part.text, part.parameters
    return found


def exact(found: object, wanted: object) -> object:
    """The answer of a file, in which a number is a text where no float is that number."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        one, other = cast("dict[str, object]", found), cast("dict[str, object]", wanted)
        return {name: exact(value, other.get(name)) for name, value in one.items()}
    if isinstance(found, list) and isinstance(wanted, list):
        values, others = cast("list[object]", found), cast("list[object]", wanted)
        return [exact(*pair) for pair in zip_longest(values, others)]
    if isinstance(found, str) and isinstance(wanted, Decimal):
        return Decimal(found)
    return cast("object", found)


@pytest.fixture(scope="module")
def plain() -> GraphQLSchema:
    """Give the schema with plain resolvers."""
    return plain_schema(schema.as_str())


@pytest.mark.parametrize("server", EVERY_ENGINE, indirect=True)
@pytest.mark.parametrize("name", NAMES)
async def test_case(name: str, execution: Execution, request: pytest.FixtureRequest) -> None:
    case = Case(name, rewrite=bool(request.config.getoption("--rewrite-cases")))
    assert validate(CORE, case.document) == []
    await turned(case, execution)
    try:
        compiled = await statements(case, execution)
    except HubError:
        compiled = {}
    for dialect in DIALECTS:
        text, _ = compiled.get(dialect, (None, None))
        case.expect(f"{dialect}.cypher", None if text is None else f"{text}\n")
    parameters = {dialect: of for dialect, (_, of) in compiled.items()}
    case.expect("parameters.json", written(parameters) if parameters else None)
    before = execution.graph.statements
    result = await execution.answer(case.document, case.variables, None, PRINCIPALS[case.asker])
    sent = execution.graph.statements - before
    assert sent == (bool(compiled) if result.data is not None else sent and 1)  # a refusal asks for the epoch at most
    case.expect("answer.json", written(told(result)))


@pytest.mark.parametrize("name", [name for name in NAMES if "introspection" not in name and "cursor" not in name])
def test_the_oracle_agrees(name: str, plain: GraphQLSchema) -> None:
    """The answer that the test above holds every engine to is also the reference's, which knows no engine."""
    case = Case(name, rewrite=False)
    found = json.loads((case.folder / "answer.json").read_text("utf-8"))
    refused = [error["code"] for error in found.get("errors", ())]
    view = View(MODEL, stock(), RULES, PRINCIPALS[case.asker])
    verdict = Walk(plain, view, case.document, case.variables).read()
    if refused == ["TOO_COSTLY"]:
        return
    if verdict.codes:
        assert set(refused) <= verdict.codes
        return
    wanted = Reference(plain, view).answer(case.document, case.variables, {})
    if wanted.errors:  # of what is found only on the way
        assert codes(wanted) == refused
        return
    assert Comparison().difference(exact(found["data"], wanted.data), wanted.data) is None
    assert refused == ["FORBIDDEN"] * len(verdict.closed)
