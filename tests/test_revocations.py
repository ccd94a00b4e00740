"""Revocation: a token, an app or a person that is revoked is answered nothing more, in any worker, at once."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from auth import grants, revocations
from auth.rules import defaults
from hub.compiler.dialects import UNREVOKED
from schema.errors import InvalidInput
from schema.graph import Graph, Statement
from schema.types import MODEL
from tests.oracle.graphs import clear, load
from tests.test_endpoint import app, ask, bearer, stock, token
from tests.test_sharing import GRANT, permission

__all__ = ["app"]  # the application of those tests, over the same few records

STEWARD = bearer(token("steward", agency="A", jti="t-1", client_id="portal"))
OTHER = bearer(token("steward", agency="A", jti="t-2", sub="binh", client_id="portal"))
FARMS = "{ farms { totalCount } }"


@pytest_asyncio.fixture(loop_scope="session")
async def client(app: httpx.ASGITransport, graph: Graph) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of the application, with nothing revoked."""
    await clear(graph, MODEL)
    await graph.write(("MATCH (r:Revocation) DELETE r", {}), idempotent=True)
    await grants.seed(graph, defaults(MODEL))
    await load(graph, MODEL, stock())
    transport = httpx.ASGITransport(app=app)  # pyright: ignore[reportArgumentType] - the fixture is the application
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as made:
        yield made
    await graph.write(("MATCH (r:Revocation) DELETE r", {}), idempotent=True)


@pytest.mark.parametrize("name", ["token:t-1", "client:portal", "person:an"])
@pytest.mark.parametrize(
    "query", [FARMS, "{ __typename }", "{ permissions { id } }", 'mutation { revokePermission(id: "x") { epoch } }']
)
async def test_what_is_revoked_is_answered_nothing(
    client: httpx.AsyncClient, graph: Graph, name: str, query: str
) -> None:
    before = await ask(client, query, STEWARD)
    assert before.status_code in {200, 404}
    await revocations.revoke(graph, name, by="test")
    answer = await ask(client, query, STEWARD)
    told = answer.json()
    assert told["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert all(value is None for value in dict(told.get("data") or {}).values())
    assert (await ask(client, FARMS, None)).status_code == 200
    assert (await ask(client, FARMS, OTHER)).status_code == (401 if name == "client:portal" else 200)
    await revocations.restore(graph, name, by="test")
    assert (await ask(client, query, STEWARD)).status_code == before.status_code


async def test_nothing_is_given_by_who_is_revoked_meanwhile(client: httpx.AsyncClient, graph: Graph) -> None:
    await revocations.revoke(graph, "token:t-1", by="test")
    with pytest.raises(Exception, match="revoked"):
        await grants.change(graph, by="an", remove=["first-start/Farm/anyone/anyone/read"], bearer=["token:t-1"])
    assert await grants.current_epoch(graph) == 1
    answer = await ask(client, GRANT, STEWARD, variables={"input": permission()})
    assert answer.status_code == 401
    assert await grants.current_epoch(graph) == 1


async def test_a_statement_in_flight_gives_nothing(
    client: httpx.AsyncClient, graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Revoked after the operation was compiled, before its statement is sent."""
    read = graph.read_together

    async def late(*statements: Statement) -> list[list[list[object]]]:
        if any(UNREVOKED in text for text, _ in statements):
            await revocations.revoke(graph, "token:t-1", by="test")
        return await read(*statements)

    monkeypatch.setattr(graph, "read_together", late)
    answer = await ask(client, FARMS, STEWARD)
    assert (answer.status_code, "data" in answer.json()) == (401, False)


async def test_a_revocation_is_audited(client: httpx.AsyncClient, graph: Graph) -> None:
    del client
    await revocations.revoke(graph, "client:portal", by="operator")
    await revocations.revoke(graph, "client:portal", by="operator")
    rows = await graph.read("MATCH (a:AuditEvent) WHERE a.kind = 'revocation' RETURN DISTINCT a.by, a.removed", {})
    assert rows == [["operator", ["client:portal"]]]


@pytest.mark.parametrize("name", ["", "token:", "tokens:a", "token: a", "role:officer", f"token:{'a' * 256}"])
async def test_what_cannot_be_revoked_is_said(graph: Graph, name: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be revoked"):
        await revocations.revoke(graph, name, by="test")
