"""Non-interference: two graphs of which an asker sees the same give them the same bytes, whatever is asked.

For each asker a graph is made, and a twin of it that differs only outside their view. Made-up operations, whose values
are drawn from all that is stored, hidden too, are sent over HTTP to both; status, headers and body must be equal, the
request's id and the date aside. A case counts only if the plain reference, asked by somebody who sees everything,
answers the two graphs differently; others show nothing and are thrown away.
"""

import json
import os
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import DocumentNode, GraphQLSchema, parse

from auth.grants import seed
from auth.principal import ANONYMOUS, Principal
from auth.rules import ANYONE, Kind, Rule
from auth.token import Key, Verifier
from catalog.shelves import Shelf
from hub.api.schema import schema
from hub.app import application
from hub.compiler.cursors import Cursors
from hub.execution import Bounds, Execution
from hub.services import Services
from hub.settings import Settings
from schema.graph import Graph
from schema.types import MODEL
from tests.oracle.askers import PRINCIPALS, RULES
from tests.oracle.documents import Operation
from tests.oracle.graphs import Stock, clear, load, made
from tests.oracle.operations import PATHS, Maker
from tests.oracle.reference import Reference, plain_schema
from tests.oracle.twins import twin, whole
from tests.oracle.views import View
from tests.test_endpoint import AUDIENCE, ISSUER, KEY, bearer, token

pytestmark = pytest.mark.no_cover

SIZE = 4
CASES = 8
"""For each asker."""
LEAST = 0.02
"""Of the cases, those that take each of these paths; what is drawn seldom is drawn too seldom to show anything."""
FAMILIES = (
    "alias",
    "argument: orderBy",
    "connection: aggregate",
    "connection: edges",
    "connection: pageInfo",
    "connection: totalCount",
    "figure",
    "fragment",
    "group by",
    "merged",
    "node:",
    "selected",
    "variable",
    "where through",
    "where: not",
)
THOROUGH = os.environ.get("REQUIRE_SERVICES") == "1"
ASKERS = list(PRINCIPALS) if THOROUGH else list(PRINCIPALS)[1::3]
PASSING = frozenset({"date", "x-request-id"})
EVERYTHING = [
    Rule(
        kind.name,
        Kind.PERMISSION,
        "HUB",
        ANYONE,
        "read",
        kind.name,
        (*kind.fields, *(link.name for link in kind.links.values() if link.outgoing)),
    )
    for kind in MODEL.types.values()
]
"""The rules under which anyone sees all there is: the compiler without its guards."""


@cache
def twins(who: str) -> tuple[Stock, Stock]:
    """Two graphs of which that asker sees the same."""
    chosen = random.Random(f"twins of {who}")
    first = made(chosen, MODEL, SIZE)
    return first, twin(chosen, MODEL, first, RULES, PRINCIPALS[who])


@dataclass(slots=True)
class Case:
    """One operation, the paths that it takes, and what was answered on either graph."""

    given: Operation
    document: DocumentNode
    paths: Counter[str]
    answers: list[tuple[object, ...]] = field(default_factory=list[tuple[object, ...]])


def headers(principal: Principal) -> dict[str, str]:
    """How that asker comes in."""
    if principal == ANONYMOUS:
        return {}
    claims: dict[str, Any] = {"sub": principal.subject or principal.client}
    claims |= {"client_id": principal.client} if principal.client else {}
    claims |= {"agency": principal.agency} if principal.agency else {}
    return bearer(token(*sorted(principal.roles), **claims))


def cases(who: str, stocks: tuple[Stock, Stock], wanted: int, sdl: GraphQLSchema) -> list[Case]:
    """So many operations that would tell the two graphs apart if nothing were guarded."""
    open_views = [View(MODEL, stock, EVERYTHING, PRINCIPALS[who]) for stock in stocks]
    found: list[Case] = []
    for number in range(wanted * 20):
        chosen = random.Random(f"operation of twins {who} {number}")
        paths: Counter[str] = Counter()
        given = Maker(chosen, MODEL, stocks[number % 2], paths).operation()
        document = parse(given.text)
        answers = [_plain(sdl, view, document, given.variables) for view in open_views]
        if answers[0] != answers[1]:
            found.append(Case(given, document, paths))
        if len(found) == wanted:
            break
    return found


def _plain(sdl: GraphQLSchema, view: View, document: DocumentNode, variables: Mapping[str, Any]) -> object:
    try:
        return Reference(sdl, view).answer(document, variables, {}).data
    except Exception as error:  # noqa: BLE001 - a refused operation has no answer to compare
        return type(error).__name__


def hub(graph: Graph, folder: Path) -> httpx.AsyncClient:
    """A client of a hub over that graph."""
    execution = Execution(graph, MODEL, schema.graphql, Cursors(b"of twins" * 4), Bounds(10**9, 10**9))
    verifier = Verifier(ISSUER, AUDIENCE, {"k1": Key("ES256", KEY.public_key())})
    services = Services(Settings(data=folder), graph, None, execution, verifier, None, Shelf(folder / "releases"))
    transport = httpx.ASGITransport(app=application(services, "http://hub.test"))
    return httpx.AsyncClient(transport=transport, base_url="http://hub.test", timeout=60)


async def ask(client: httpx.AsyncClient, case: Case, who: str) -> None:
    """Ask, and keep all that was answered."""
    body = json.dumps({"query": case.given.text, "variables": case.given.variables}, default=float)
    told = {"content-type": "application/json", **headers(PRINCIPALS[who])}
    answer = await client.post("/graphql", content=body, headers=told)
    kept = sorted((name, text) for name, text in answer.headers.items() if name not in PASSING)
    case.answers.append((answer.status_code, kept, answer.content))


async def test_what_may_not_be_seen_changes_no_byte(
    graph: Graph, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    sdl = plain_schema(schema.as_str())
    paths: Counter[str] = Counter()
    wrong: list[str] = []
    asked = 0
    for who in ASKERS:
        principal, stocks = PRINCIPALS[who], twins(who)
        assert whole(View(MODEL, stocks[0], RULES, principal)) == whole(View(MODEL, stocks[1], RULES, principal))
        telling = cases(who, stocks, CASES, sdl)
        for stock in stocks:
            await clear(graph, MODEL)
            await seed(graph, RULES)
            await load(graph, MODEL, stock)
            async with hub(graph, tmp_path) as client:
                for case in telling:
                    await ask(client, case, who)
        for case in telling:
            asked += 1
            paths.update(case.paths.keys())
            before, after = case.answers
            if before != after:
                wrong.append(f"{who}: {case.given.text}\n{case.given.variables}\n{before}\n{after}")
    await clear(graph, MODEL)
    request.config.stash.setdefault(PATHS, Counter()).update({f"twins: {name}": n for name, n in paths.items()})
    assert not wrong, f"{len(wrong)} of {asked} differ:\n" + "\n\n".join(wrong[:3])
    assert asked >= len(ASKERS) * CASES * 0.9
    if THOROUGH:
        for family in FAMILIES:
            taken = sum(n for name, n in paths.items() if name.startswith(family))
            assert taken >= LEAST * asked, f"{family}: {taken} of {asked}"


def test_a_twin_differs_where_it_is_not_seen() -> None:
    for who in ASKERS:
        principal, (first, second) = PRINCIPALS[who], twins(who)
        changed = sum(second.records.get(name) != record for name, record in first.records.items())
        assert changed > len(first.records) // 8
        assert second.records.keys() - first.records.keys()
        assert whole(View(MODEL, first, EVERYTHING, principal)) != whole(View(MODEL, second, EVERYTHING, principal))
