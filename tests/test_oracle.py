"""The compiled answer equals the plain one: made-up operations, over made-up graphs, for each kind of asker."""

import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import pytest
import pytest_asyncio
from graphql import DocumentNode, GraphQLSchema, parse, validate

from auth.grants import seed
from hub.api.schema import schema
from hub.compiler.cursors import Cursors
from hub.execution import Bounds, Execution
from schema.graph import Graph
from schema.types import MODEL
from tests.conftest import EVERY_ENGINE
from tests.oracle.askers import PRINCIPALS, RULES
from tests.oracle.checks import Walk
from tests.oracle.comparisons import Comparison, codes
from tests.oracle.documents import Operation
from tests.oracle.graphs import Stock, clear, load, made
from tests.oracle.operations import PATHS, Maker
from tests.oracle.paths import expected
from tests.oracle.reference import Reference, plain_schema
from tests.oracle.schemas import CORE
from tests.oracle.views import View

pytestmark = [pytest.mark.parametrize("server", EVERY_ENGINE, indirect=True), pytest.mark.no_cover]

GRAPHS = 3
EVERY_PATH = 390
"""Operations of the first seed that take every path there is."""
SIZE = 8


@dataclass(slots=True)
class Bench:
    """What a comparison needs: a loaded graph, the hub over it, and one view for each asker."""

    stock: Stock
    execution: Execution
    sdl: GraphQLSchema
    views: Mapping[str, View]

    async def difference(
        self, document: DocumentNode, variables: Mapping[str, Any], who: str, seen: Comparison
    ) -> str | None:
        """Where the two answers differ, if they do."""
        view = self.views[who]
        found = await self.execution.answer(document, variables, None, PRINCIPALS[who])
        verdict = Walk(self.sdl, view, document, variables).read()
        if verdict.codes:
            if found.data is None and len(found.errors or ()) == 1 and set(codes(found)) <= verdict.codes:
                return None
            return f"answered {found.data}, {codes(found)}; wanted a refusal, one of {verdict.codes}"
        wanted = Reference(self.sdl, view).answer(document, variables, seen.records)
        if wanted.errors:  # of what is found only on the way: a sum that no number tells
            assert set(codes(wanted)) == {"BAD_USER_INPUT"}, wanted.errors
            return None if found.data is None and codes(found) == ["BAD_USER_INPUT"] else f"answered {found.data}"
        if codes(found) != ["FORBIDDEN"] * len(verdict.closed):
            told = [(error.message, error.original_error) for error in found.errors or ()]
            return f"errors {told}; wanted one FORBIDDEN for each of {verdict.closed}"
        return seen.difference(found.data, wanted.data)


async def bench(graph: Graph, number: int, seed_: int) -> Bench:
    """A graph of that number, loaded in place of what was there."""
    stock = made(random.Random(f"graph {seed_} {number}"), MODEL, SIZE)
    await clear(graph, MODEL)
    await seed(graph, RULES)
    await load(graph, MODEL, stock)
    execution = Execution(graph, MODEL, CORE, Cursors(b"oracle" * 6), Bounds(10**12, 10**12))
    views = {who: View(MODEL, stock, RULES, principal) for who, principal in PRINCIPALS.items()}
    return Bench(stock, execution, plain_schema(schema.as_str()), views)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def cleared(graph: Graph) -> AsyncIterator[Graph]:
    """Give the session's graph, and leave nothing in it."""
    yield graph
    await clear(graph, MODEL)


def operation(seed_: int, number: int, stock: Stock, paths: Counter[str]) -> tuple[Operation, DocumentNode]:
    """The operation of that number, and its document, which is valid."""
    given = Maker(random.Random(f"operation {seed_} {number}"), MODEL, stock, paths).operation()
    document = parse(given.text)
    assert validate(CORE, document) == [], given.text
    return given, document


def operations(graph: Graph, request: pytest.FixtureRequest) -> int:
    """How many operations: as many as are said, else fewer for Neo4j, which takes long to plan each.

    Fewer still for its newest, which plans much as the other does, and where nobody asks for all services.
    """
    said = request.config.getoption("--oracle-operations")
    if said is not None:
        return int(cast("str", said))
    if graph.dialect == "arcadedb":
        return EVERY_PATH
    of_newest = cast("pytest.Function", request.node).callspec.params["server"] == "neo4j-2026"
    return 45 if of_newest else 90 if os.environ.get("REQUIRE_SERVICES") == "1" else 60


def asking(number: int) -> list[str]:
    """Who asks the operation of that number: half of all, in turn, and every two of them often together."""
    everyone = list(PRINCIPALS)
    random.Random(f"askers {number}").shuffle(everyone)
    return everyone[: len(everyone) // 2]


async def test_compiled_answers_equal_plain_ones(cleared: Graph, request: pytest.FixtureRequest) -> None:
    count = operations(cleared, request)
    seed_ = int(cast("str", request.config.getoption("--oracle-seed")))
    paths: Counter[str] = Counter()
    wrong: list[str] = []
    for number in range(GRAPHS):
        on = await bench(cleared, number, seed_)
        for place in range(number, count, GRAPHS):
            given, document = operation(seed_, place, on.stock, paths)
            for who in asking(place // GRAPHS):
                told = await _both_rounds(on, given, document, who, random.Random(f"cursor {place} {who}"), paths)
                if told:
                    wrong.append(f"operation {place} of graph {number}, {who}: {told}\n{given.text}\n{given.variables}")
    request.config.stash.setdefault(PATHS, Counter()).update(paths)
    assert not wrong, f"{len(wrong)} differ:\n" + "\n\n".join(wrong[:5])
    assert [path for path in expected(MODEL) if not paths[path]] == [] or count < EVERY_PATH


async def _both_rounds(
    on: Bench, given: Operation, document: DocumentNode, who: str, chosen: random.Random, paths: Counter[str]
) -> str | None:
    """Compare first pages, then the pages behind cursors that the hub gave with them."""
    seen = Comparison()
    told = await on.difference(document, given.variables, who, seen)
    cursors = {name: chosen.choice(seen.by_variable[name]) for name in given.paged if seen.by_variable[name]}
    if told or not cursors:
        return told
    paths["compared: a page behind a cursor"] += 1
    return await on.difference(document, {**given.variables, **cursors}, who, seen)
