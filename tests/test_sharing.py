"""Giving and taking back access over GraphQL: seen by the next operation, and by nobody who may not."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette

from auth import grants
from auth.rules import defaults
from schema.graph import Graph
from schema.types import MODEL
from tests.oracle.graphs import clear, load
from tests.test_endpoint import app, ask, bearer, stock, token

__all__ = ["app"]  # the application of those tests, over the same few records

A = bearer(token("steward", agency="A"))
B = bearer(token("steward", agency="B"))
C = bearer(token("steward", agency="C"))
OFFICER = bearer(token("officer", agency="B"))
OWNERS = '{ farms(where: {custodian: {eq: "A"}}, orderBy: [{id: ASC}]) { nodes { id ownerName } } }'
GRANT = """
mutation ($input: PermissionInput!) {
  grantPermission(input: $input) {
    epoch inForceSince ended
    rules {
      id kind assigner assignee action type fields under fromEpoch
      records { path field values within }
      masks { field mask }
    }
  }
}
"""
PROHIBIT = "mutation ($input: ProhibitionInput!) { prohibit(input: $input) { epoch rules { id fields } } }"
REVOKE = "mutation ($id: ID!) { revokePermission(id: $id) { epoch ended rules { id } } }"
BASIS = "Nghị định 278/2025/NĐ-CP"


@pytest_asyncio.fixture(loop_scope="session")
async def client(app: Starlette, graph: Graph) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of the application, over the first rules and nothing given."""
    await clear(graph, MODEL)
    await grants.seed(graph, defaults(MODEL))
    await load(graph, MODEL, stock())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://hub.test") as made:
        yield made


def permission(to: str = "agency:B", *fields: str, **more: object) -> dict[str, object]:
    return {"to": to, "type": "Farm", "fields": fields or ("name", "custodian", "ownerName"), "basisVi": BASIS, **more}


def closing(**more: object) -> dict[str, object]:
    return {"to": "role:steward", "type": "Farm", "basisVi": BASIS, **more}


async def done(client: httpx.AsyncClient, who: dict[str, str], text: str, **variables: object) -> dict[str, Any]:
    """What a mutation did."""
    answer = await ask(client, text, who, variables=variables)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert "errors" not in told, told
    (change,) = told["data"].values()
    return change


async def refusal(client: httpx.AsyncClient, who: dict[str, str] | None, text: str, **variables: object) -> str:
    """The code of a refused mutation; it answers nothing."""
    answer = await ask(client, text, who, variables=variables)
    told = answer.json()
    assert told.get("data") is None, told
    assert answer.status_code == {"BAD_USER_INPUT": 400, "FORBIDDEN": 403, "NOT_FOUND": 404}[code(told)]
    assert all(error["extensions"]["vi"] for error in told["errors"])
    return code(told)


def code(told: dict[str, Any]) -> str:
    return told["errors"][0]["extensions"]["code"]


async def owners(client: httpx.AsyncClient, who: dict[str, str]) -> list[str | None]:
    return [one["ownerName"] for one in (await ask(client, OWNERS, who)).json()["data"]["farms"]["nodes"]]


async def test_what_is_given_is_seen_at_once_and_what_is_taken_back_is_not(client: httpx.AsyncClient) -> None:
    assert await owners(client, B) == [None]
    change = await done(client, A, GRANT, input=permission())
    (rule,) = change["rules"]
    assert rule["assigner"] == "A"
    assert rule["records"] == [{"path": [], "field": "custodian", "values": ["A"], "within": False}]
    assert rule["fromEpoch"] == change["epoch"] == 2
    assert await owners(client, B) == ["An", "Bình"]
    assert await owners(client, C) == [None]
    ended = await done(client, A, REVOKE, id=rule["id"])
    assert (ended["ended"], ended["epoch"]) == ([rule["id"]], 3)
    assert await owners(client, B) == [None]


async def test_a_mask_and_records_are_kept(client: httpx.AsyncClient) -> None:
    some = [{"field": "visibility", "values": ["RESTRICTED"]}]
    masks = [{"field": "ownerName", "mask": "firstWord"}]
    change = await done(client, A, GRANT, input=permission(records=some, masks=masks))
    assert change["rules"][0]["masks"] == masks
    assert await owners(client, B) == [None, "Bình"]


async def test_a_rule_holds_from_one_instant_until_another(client: httpx.AsyncClient) -> None:
    for when in ({"validUntil": "2099-01-01T00:00:00+07:00"}, {"validFrom": "2099-01-01T00:00:00Z"}):
        change = await done(client, A, GRANT, input=permission(**when))
        assert await owners(client, B) == (["An", "Bình"] if "validUntil" in when else [None])
        await done(client, A, REVOKE, id=change["rules"][0]["id"])
    told = (await ask(client, "{ permissionHistory { validUntil } }", A)).json()["data"]["permissionHistory"]
    assert told[0]["validUntil"] == "2098-12-31T17:00:00.000Z"
    for wrong in ("2099-01-01", "2099-01-01T00:00:00", "soon", "0001-01-01T00:00:00+14:00", "2020-01-01T00:00:00Z"):
        assert await refusal(client, A, GRANT, input=permission(validUntil=wrong)) == "BAD_USER_INPUT"
        assert await refusal(client, A, PROHIBIT, input=closing(validUntil=wrong)) == "BAD_USER_INPUT"


TIMES = """
mutation ($input: PermissionInput!) { grantPermission(input: $input) { rules { validFrom validUntil } inForceSince } }
"""


async def test_instants_are_kept_and_told_as_such(client: httpx.AsyncClient) -> None:
    times = {"validFrom": "2020-01-01T07:00:00+07:00", "validUntil": "2100-01-01T00:00:00.5Z"}
    change = await done(client, A, TIMES, input=permission(**times))
    told = {"validFrom": "2020-01-01T00:00:00.000Z", "validUntil": "2100-01-01T00:00:00.500Z"}
    assert change["rules"] == [told]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", change["inForceSince"])
    assert await owners(client, B) == ["An", "Bình"]
    await done(client, A, TIMES, input=permission("agency:C", validFrom="2100-01-01T00:00:00Z"))
    assert await owners(client, C) == [None]
    for wrong in ("tomorrow", "2100-01-01", "2100-01-01T00:00:00", "9999-12-31T23:59:59-07:00", "2020-01-01T00:00:00Z"):
        assert await refusal(client, A, TIMES, input=permission(validUntil=wrong)) == "BAD_USER_INPUT"


async def test_a_prohibition_beats_what_was_given(client: httpx.AsyncClient) -> None:
    await done(client, A, GRANT, input=permission())
    closed = await done(client, A, PROHIBIT, input=closing())
    assert closed["rules"][0]["fields"] is None
    assert await owners(client, B) == []
    assert await owners(client, A) == []
    await done(client, A, REVOKE, id=closed["rules"][0]["id"])
    assert await owners(client, B) == ["An", "Bình"]


async def test_what_was_passed_on_ends_with_it(client: httpx.AsyncClient) -> None:
    first = (await done(client, A, GRANT, input=permission(action="GRANT")))["rules"][0]["id"]
    second = await done(client, B, GRANT, input=permission("agency:C", under=first))
    assert second["rules"][0]["under"] == first
    assert await owners(client, C) == ["An", "Bình"]
    ended = await done(client, A, REVOKE, id=first)
    assert ended["ended"] == [first, second["rules"][0]["id"]]
    assert await owners(client, C) == [None]


async def test_who_may_not_gives_nothing(client: httpx.AsyncClient, graph: Graph) -> None:
    for who in (None, OFFICER, bearer(token("developer", client_id="app"))):
        assert await refusal(client, who, GRANT, input=permission()) == "FORBIDDEN"
    assert await refusal(client, B, GRANT, input=permission(under="A/nothing")) == "FORBIDDEN"
    assert await refusal(client, A, GRANT, input=permission("everyone")) == "BAD_USER_INPUT"
    assert await refusal(client, A, GRANT, input=permission("agency:B", "secret")) == "BAD_USER_INPUT"
    assert await refusal(client, A, GRANT, input=permission(basisVi=" ")) == "BAD_USER_INPUT"
    assert await refusal(client, A, REVOKE, id="nothing") == "NOT_FOUND"
    given = (await done(client, A, GRANT, input=permission()))["rules"][0]["id"]
    for who in (B, OFFICER):
        assert await refusal(client, who, REVOKE, id=given) == "NOT_FOUND"
    assert await grants.current_epoch(graph) == 2


async def test_nothing_is_changed_by_get(client: httpx.AsyncClient, graph: Graph) -> None:
    answer = await client.get(
        "/graphql", params={"query": 'mutation { revokePermission(id: "x") { epoch } }'}, headers=A
    )
    assert (answer.status_code, code(answer.json())) == (405, "BAD_USER_INPUT")
    assert await grants.current_epoch(graph) == 1


async def test_a_steward_reads_the_rules_beside_records(client: httpx.AsyncClient) -> None:
    given = (await done(client, A, GRANT, input=permission()))["rules"][0]["id"]
    text = '{ permissions(to: "agency:B") { id assigner } farms(first: 1) { nodes { id } } __typename }'
    for who in (A, B):
        told = (await ask(client, text, who)).json()
        assert list(told["data"]) == ["permissions", "farms", "__typename"]
        assert told["data"]["permissions"] == [{"id": given, "assigner": "A"}]
    assert (await ask(client, text, C)).json()["data"]["permissions"] == []
    for who in (None, OFFICER):
        told = (await ask(client, text, who)).json()
        assert (told["data"]["permissions"], code(told)) == (None, "FORBIDDEN")
        assert len(told["data"]["farms"]["nodes"]) == 1


async def test_every_version_is_kept(client: httpx.AsyncClient) -> None:
    given = (await done(client, A, GRANT, input=permission()))["rules"][0]["id"]
    await done(client, A, REVOKE, id=given)
    text = "query ($id: ID) { permissionHistory(id: $id) { id fromEpoch toEpoch } }"
    told = (await ask(client, text, A, variables={"id": given})).json()
    assert told["data"]["permissionHistory"] == [{"id": given, "fromEpoch": 2, "toEpoch": 3}]
    assert (await ask(client, text, B, variables={"id": given})).json()["data"]["permissionHistory"] == []


async def test_each_change_has_its_audit_event(client: httpx.AsyncClient, graph: Graph) -> None:
    given = (await done(client, A, GRANT, input=permission()))["rules"][0]["id"]
    await done(client, A, REVOKE, id=given)
    rows = await graph.read("MATCH (a:AuditEvent) RETURN a.epoch, a.by, a.added, a.removed ORDER BY a.epoch", {})
    assert rows[1:] == [[2, "an@A", [given], []], [3, "an@A", [], [given]]]


async def test_many_give_at_once_and_none_is_lost(client: httpx.AsyncClient) -> None:
    changes = await asyncio.gather(*(done(client, A, GRANT, input=permission(f"agency:Z{n}")) for n in range(6)))
    assert sorted(change["epoch"] for change in changes) == list(range(2, 8))
    told = (await ask(client, "{ permissions { id assigner } }", A)).json()["data"]["permissions"]
    assert len([one for one in told if one["assigner"] == "A"]) == 6


@pytest.mark.parametrize("wrong", ["{ permissions(type: 7) { id } }", "mutation { grantPermission { epoch } }"])
async def test_what_the_schema_does_not_know_is_refused(client: httpx.AsyncClient, wrong: str) -> None:
    answer = await ask(client, wrong, A)
    assert (answer.status_code, code(answer.json())) == (400, "GRAPHQL_VALIDATION_FAILED")


async def test_a_rule_with_a_purpose_looks_at_what_the_request_states(client: httpx.AsyncClient) -> None:
    await done(client, A, GRANT, input=permission(purpose="thống kê"))

    async def seen(**more: object) -> list[str | None]:
        nodes = (await ask(client, OWNERS, B, **more)).json()["data"]["farms"]["nodes"]
        return [one["ownerName"] for one in nodes]

    assert await seen() == await seen(extensions={"purpose": "khác"}) == await seen(extensions={}) == [None]
    assert await seen(extensions={"purpose": "thống kê"}) == ["An", "Bình"]
    got = await client.get("/graphql", params={"query": OWNERS, "extensions": '{"purpose": "thống kê"}'}, headers=B)
    assert len(got.json()["data"]["farms"]["nodes"]) == 2
    for wrong in ([1], {"purpose": 1}, {"purpose": ""}, {"purpose": "x" * 201}, {"purpose": "a\nb"}):
        answer = await ask(client, OWNERS, B, extensions=wrong)
        assert (answer.status_code, code(answer.json())) == (400, "BAD_USER_INPUT")
    public = await ask(client, "{ farms { totalCount } }", None, extensions={"purpose": "thống kê"})
    assert public.status_code == 200
