"""The twelve checks of graphql-cop, written anew: nothing is found but what open data chooses, and that is said why.

docs/errors.md tells the two that are chosen: introspection and queries by GET.
"""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import pytest_asyncio

from auth.grants import seed
from auth.rules import defaults
from auth.token import DemoIssuer
from catalog.shelves import Shelf
from hub.api.schema import schema
from hub.app import application
from hub.compiler.cursors import Cursors
from hub.execution import Bounds, Execution
from hub.services import Services
from hub.settings import Settings
from schema.graph import Graph
from schema.types import MODEL
from tests.oracle.graphs import clear

ALIASES: Final = 101
DIRECTIVES: Final = 10
DUPLICATES: Final = 500
BATCHED: Final = 10
"""As many as that tool sends."""
CIRCULAR: Final = (
    "{ __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }"
)
JSON: Final = {"content-type": "application/json"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of a hub over an empty graph: what is tested here is how it is asked."""
    await clear(graph, MODEL)
    await seed(graph, defaults(MODEL))
    folder: Path = tmp_path_factory.mktemp("cop")
    execution = Execution(graph, MODEL, schema.graphql, Cursors(b"of these tests"), Bounds())
    verifier = DemoIssuer(folder).verifier()
    services = Services(Settings(data=folder), graph, None, execution, verifier, None, Shelf(folder / "releases"))
    app = application(services, "http://hub.test")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://hub.test") as made:
        yield made


async def posted(client: httpx.AsyncClient, query: str) -> httpx.Response:
    return await client.post("/graphql", json={"query": query})


def refused(answer: httpx.Response, status: int = 400) -> list[dict[str, Any]]:
    """The errors of an answer that holds no data."""
    told = answer.json()
    assert (answer.status_code, "data" in told) == (status, False)
    return told["errors"]


async def test_the_operation_itself_is_answered(client: httpx.AsyncClient) -> None:
    """Else every refusal below would show nothing."""
    assert (await posted(client, "{ farms { totalCount } }")).json()["data"] == {"farms": {"totalCount": 0}}


async def test_1_alias_overloading(client: httpx.AsyncClient) -> None:
    """Each alias is paid for, so that few of a list are too dear; of what reads nothing there is a bound too."""
    many = " ".join(
        f"a{number}: farms(first: 100) {{ nodes {{ locatedIn {{ id }} }} }}" for number in range(ALIASES - 1)
    )
    (error,) = refused(await posted(client, f"{{ {many} }}"))
    assert error["extensions"]["code"] == "TOO_COSTLY"
    cheap = " ".join(f"a{number}: __typename" for number in range(ALIASES))
    refused(await posted(client, f"{{ {cheap} }}"))


async def test_2_batches(client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", json=[{"query": "{ farms { totalCount } }"}] * BATCHED)
    (error,) = refused(answer)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_3_directive_overloading(client: httpx.AsyncClient) -> None:
    for directive in ("@aa", "@include(if: true)"):
        refused(await posted(client, f"{{ __typename {directive * DIRECTIVES} }}"))


async def test_4_circular_introspection(client: httpx.AsyncClient) -> None:
    refused(await posted(client, CIRCULAR))


async def test_5_field_duplication(client: httpx.AsyncClient) -> None:
    refused(await posted(client, "{ " + "__typename " * DUPLICATES + "}"))


async def test_6_mutation_by_get(client: httpx.AsyncClient) -> None:
    for query in ("mutation { __typename }", 'mutation { revokePermission(id: "x") { inForceSince } }'):
        refused(await client.get("/graphql", params={"query": query}), 405)


async def test_7_queries_by_get_are_answered_by_choice(client: httpx.AsyncClient) -> None:
    """A query changes nothing, and no cookie says who asks, so another site's page gets what anyone gets."""
    answer = await client.get("/graphql", params={"query": "{ __typename }"})
    assert answer.json()["data"] == {"__typename": "Query"}
    assert answer.headers["access-control-allow-origin"] == "*"
    for header in ("access-control-allow-credentials", "set-cookie"):
        assert header not in answer.headers


@pytest.mark.parametrize(
    "path", ["/graphql", "/graphiql", "/playground", "/console", "/v1/graphql", "/graphql/console"]
)
async def test_8_no_ide_of_others(client: httpx.AsyncClient, path: str) -> None:
    """The explorer is our own page, without GraphiQL; it knows no more than its reader."""
    answer = await client.get(path, headers={"accept": "text/html"}, follow_redirects=True)
    for mark in ("graphiql.", "graphql-playground", "graphql playground", "<title>graphiql"):
        assert mark not in answer.text.lower()


async def test_9_introspection_is_answered_by_choice(client: httpx.AsyncClient) -> None:
    """The schema is public, also at `/schema.graphql`; what the graph holds is not in it."""
    answer = await posted(client, "{ __schema { types { name fields { name } } } }")
    assert answer.status_code == 200
    assert (await client.get("/schema.graphql")).text == schema.as_str()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"query=%7B__typename%7D"),
        ("application/x-www-form-urlencoded", json.dumps({"query": "{ __typename }"}).encode()),
        ("text/plain", json.dumps({"query": "{ __typename }"}).encode()),
        (
            "multipart/form-data; boundary=x",
            b'--x\\r\\ncontent-disposition: form-data; name="query"\\r\\n\\r\\n{a}\\r\\n--x--',
        ),
        ("application/graphql", b"{ __typename }"),
    ],
)
async def test_10_forms_of_other_sites(client: httpx.AsyncClient, kind: str, body: bytes) -> None:
    """What a page of another site can send without being asked for leave."""
    refused(await client.post("/graphql", content=body, headers={"content-type": kind}), 415)


@pytest.mark.parametrize(
    "query",
    ["{ farm }", "{ farms { totalcount } }", "{ farms(frist: 1) { totalCount } }", "query($a: Farn) { __typename }"],
)
async def test_11_field_suggestions(client: httpx.AsyncClient, query: str) -> None:
    """The schema is public, so a suggestion tells nothing; it is of the schema alone, the same for everyone."""
    told = refused(await posted(client, query))
    assert told[0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    suggested = [part for error in told for part in error["message"].partition("Did you mean")[2].split("'")[1::2]]
    suggested = [name.removesuffix(" { ... }") for name in suggested]
    assert [name for name in suggested if name not in schema.as_str()] == []


@pytest.mark.parametrize("headers", [{}, {"apollo-federation-include-trace": "ftv1"}, {"x-apollo-tracing": "1"}])
async def test_12_no_trace_mode(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await client.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
    assert answer.json()["data"] == {"__typename": "Query"}
    assert not [name for name in answer.headers if "trac" in name or "server-timing" in name]


@pytest.mark.parametrize(
    "query", ["qwerty { abc }", "{", "{ a(b: }", "query { farms(where: {id: {eq: 1e999}}) { a } }"]
)
async def test_13_no_unhandled_error(client: httpx.AsyncClient, query: str) -> None:
    answer = await posted(client, query)
    for error in refused(answer):
        assert error.keys() <= {"message", "locations", "path", "extensions"}
        assert error["extensions"].keys() == {"code", "vi"}
    for mark in ("Traceback", "exception", ".py", "stack"):
        assert mark not in answer.text
