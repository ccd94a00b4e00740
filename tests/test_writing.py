"""Writing records over GraphQL: checked on what is stored and on the result, all or nothing, and seen afterwards."""

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette

from auth import grants, revocations
from auth.principal import Action, Principal
from auth.rules import Constraint, Kind, Rule, defaults
from hub.api.schema import schema
from hub.commands.records import Write
from hub.compiler.cursors import Cursors
from hub.execution import Bounds, Execution
from schema.graph import Graph, Parameters
from schema.scalars import parse
from schema.types import MODEL
from tests.oracle.graphs import Record, Stock, Tie, clear, load
from tests.services.servers import Server
from tests.test_endpoint import app, ask, bearer, token
from tests.test_sharing import code

__all__ = ["app"]  # the application of those tests

STEWARD = bearer(token("steward", agency="A", jti="t-1"))
OFFICER = bearer(token("officer", agency="A"))
OTHER = bearer(token("steward", agency="B"))
ASKER = Principal(subject="an", agency="A", roles=frozenset({"steward"}))
"""The same as `STEWARD`."""
CLERK = bearer(token("officer", agency="A", sub="clerk"))
CHECKS = 2
"""A write is checked on what is stored, and on the result."""
UPSERT = """
mutation ($input: [FarmInput!]!, $key: String) {
  upsertFarms(input: $input, idempotencyKey: $key) { ids farms { nodes { id name areaHa visibility } } }
}
"""
DELETE = "mutation ($input: [ID!]!, $key: String) { deleteFarms(input: $input, idempotencyKey: $key) { ids } }"
FARM = """
query ($id: ID!) {
  node(id: $id) {
    ... on Farm {
      name kind areaHa certifications foundedOn ownerName location { lat lon } visibility custodian run source
      locatedIn { id } grows { edges { areaHa season node { id } } } sellsTo { nodes { id } }
    }
  }
}
"""
OPEN = {"custodian": "A", "visibility": "OPEN", "origin": "FACT"}
CELLS: dict[str, dict[str, str]] = {
    "Farm:A-1": {**OPEN, "name": "Vườn Một", "kind": "CROP", "areaHa": "1.5", "ownerName": "An"},
    "Farm:A-2": {**OPEN, "name": "Vườn Hai", "kind": "LIVESTOCK", "visibility": "RESTRICTED"},
    "Farm:B-1": {**OPEN, "name": "Trại Ba", "custodian": "B", "visibility": "RESTRICTED"},
    "Area:01@2025-07-01": {**OPEN, "name": "Hà Nội", "code": "01", "level": "PROVINCE", "validFrom": "2025-07-01"},
    "Area:02@2025-07-01": {**OPEN, "name": "Huế", "code": "02", "level": "PROVINCE", "validFrom": "2025-07-01"},
    "Product:CHE": {**OPEN, "name": "Chè", "code": "CHE"},
    "Product:KIN": {**OPEN, "name": "Kín", "code": "KIN", "custodian": "B", "visibility": "RESTRICTED"},
    "Business:B-9": {**OPEN, "name": "Chợ", "custodian": "B"},
}
NEW = {"localId": "7", "name": "Vườn Bảy", "origin": "FACT"}


def stock() -> Stock:
    records: dict[str, Record] = {}
    for name, cells in CELLS.items():
        kind = MODEL.type(name.partition(":")[0])
        values = {field.name: parse(field, cells.get(field.name, "")) for field in kind.fields.values()}
        records[name] = Record(name, kind, values)
    return Stock(records, [Tie("FARM_LOCATED_IN", "Farm:A-1", "Area:02@2025-07-01", {})])


@pytest_asyncio.fixture(loop_scope="session")
async def client(app: Starlette, graph: Graph) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of the application, over these records and the first rules."""
    await clear(graph, MODEL)
    await graph.write(("MATCH (k:IdempotencyKey) DELETE k", {}), ("MATCH (v:DataVersion) DELETE v", {}))
    await grants.seed(graph, defaults(MODEL))
    await load(graph, MODEL, stock())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://hub.test") as made:
        await ask(made, "{ farms { totalCount } }")  # it finds the policy of an earlier test gone
        yield made


async def done(client: httpx.AsyncClient, who: dict[str, str], text: str, **variables: object) -> dict[str, Any]:
    """What a mutation answered."""
    answer = await ask(client, text, who, variables=variables)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert "errors" not in told, told
    (change,) = told["data"].values()
    return change


async def refusal(client: httpx.AsyncClient, who: dict[str, str] | None, text: str, **variables: object) -> str:
    """The English text of a refused mutation, by its code."""
    answer = await ask(client, text, who, variables=variables)
    told = answer.json()
    assert told.get("data") is None, told
    assert all(error["extensions"]["vi"] for error in told["errors"])
    return f"{code(told)} {told['errors'][0]['message']}"


async def farm(client: httpx.AsyncClient, name: str, who: dict[str, str] = STEWARD) -> dict[str, Any]:
    return (await ask(client, FARM, who, variables={"id": name})).json()["data"]["node"]


async def rule(graph: Graph, **given: Any) -> None:  # noqa: ANN401 - parts of a rule
    made: dict[str, Any] = {
        "id": "clerk",
        "kind": Kind.PERMISSION,
        "assigner": "HUB",
        "assignee": "person:clerk",
        "action": Action.WRITE,
        "type": "Farm",
    }
    await grants.change(graph, by="test", add=[Rule(**(made | given))])


async def snapshot(graph: Graph) -> list[list[object]]:
    """All records and links, and the versions of their types."""
    return [
        *await graph.read("MATCH (n:Farm) RETURN n.id, properties(n) ORDER BY n.id", {}),
        *await graph.read("MATCH (a:Farm)-[r]->(b) RETURN a.id, type(r), b.id, properties(r) ORDER BY a.id, b.id", {}),
        *await graph.read("MATCH (v:DataVersion) RETURN v.id, v.version ORDER BY v.id", {}),
        *await graph.read("MATCH (a:AuditEvent) WHERE a.kind IN ['upsert', 'delete'] RETURN a.id ORDER BY a.id", {}),
    ]


async def test_a_record_is_made_with_all_that_it_may_have(client: httpx.AsyncClient) -> None:
    given = {
        **NEW,
        "kind": "MIXED",
        "areaHa": 12.5,
        "certifications": ["VIETGAP", "ORGANIC"],
        "foundedOn": "2001-02-03",
        "ownerName": "  Nguyễn Văn Tý ",
        "location": {"lat": 21.02851149, "lon": 105.804817},
        "visibility": "OPEN",
        "locatedIn": "Area:01@2025-07-01",
        "grows": {"put": [{"to": "Product:CHE", "areaHa": 3.25, "season": "ANNUAL"}]},
        "sellsTo": {"put": ["Business:B-9"]},
    }
    change = await done(client, STEWARD, UPSERT, input=[given])
    assert change["ids"] == ["Farm:A-7"]
    shown = {"id": "Farm:A-7", "name": "Vườn Bảy", "areaHa": 12.5, "visibility": "OPEN"}
    assert change["farms"]["nodes"] == [shown]
    found = await farm(client, "Farm:A-7")
    assert found["run"].startswith("api/")
    assert found | {"run": ""} == {
        "name": "Vườn Bảy",
        "kind": "MIXED",
        "areaHa": 12.5,
        "certifications": ["VIETGAP", "ORGANIC"],
        "foundedOn": "2001-02-03",
        "ownerName": "Nguyễn Văn Tý",
        "location": {"lat": 21.028511, "lon": 105.804817},
        "visibility": "OPEN",
        "custodian": "A",
        "run": "",
        "source": None,
        "locatedIn": {"id": "Area:01@2025-07-01"},
        "grows": {"edges": [{"areaHa": 3.25, "season": "ANNUAL", "node": {"id": "Product:CHE"}}]},
        "sellsTo": {"nodes": [{"id": "Business:B-9"}]},
    }


async def test_what_is_absent_stays_and_null_clears(client: httpx.AsyncClient) -> None:
    await done(client, STEWARD, UPSERT, input=[{"localId": "1", "areaHa": None, "locatedIn": "Area:01@2025-07-01"}])
    found = await farm(client, "Farm:A-1")
    assert (found["name"], found["ownerName"], found["areaHa"]) == ("Vườn Một", "An", None)
    assert found["locatedIn"] == {"id": "Area:01@2025-07-01"}
    await done(client, STEWARD, UPSERT, input=[{"localId": "1", "locatedIn": None}])
    assert (await farm(client, "Farm:A-1"))["locatedIn"] is None


async def test_links_to_many_are_put_and_dropped(client: httpx.AsyncClient) -> None:
    put = {"localId": "1", "grows": {"put": [{"to": "Product:CHE", "areaHa": 1}]}, "sellsTo": {"put": ["Business:B-9"]}}
    await done(client, STEWARD, UPSERT, input=[put])
    await done(
        client, STEWARD, UPSERT, input=[{"localId": "1", "grows": {"put": [{"to": "Product:CHE", "season": "ANNUAL"}]}}]
    )
    found = await farm(client, "Farm:A-1")
    assert found["grows"]["edges"] == [{"areaHa": 1, "season": "ANNUAL", "node": {"id": "Product:CHE"}}]
    drop: dict[str, object] = {
        "localId": "1",
        "grows": {"drop": ["Product:CHE", "Product:NO"]},
        "sellsTo": {"drop": []},
    }
    await done(client, STEWARD, UPSERT, input=[drop])
    found = await farm(client, "Farm:A-1")
    assert (found["grows"]["edges"], found["sellsTo"]["nodes"]) == ([], [{"id": "Business:B-9"}])


async def test_a_new_record_is_seen_by_its_custodian_alone_until_it_is_opened(client: httpx.AsyncClient) -> None:
    change = await done(client, OFFICER, UPSERT, input=[NEW])
    assert change["farms"]["nodes"][0]["visibility"] == "RESTRICTED"
    assert await farm(client, "Farm:A-7", OTHER) is None
    assert (await ask(client, UPSERT, OFFICER, variables={"input": [{"localId": "7", "visibility": "OPEN"}]})).json()[
        "errors"
    ][0]["extensions"]["code"] == "FORBIDDEN"
    await done(client, STEWARD, UPSERT, input=[{"localId": "7", "visibility": "OPEN"}])
    assert (await farm(client, "Farm:A-7", OTHER))["name"] == "Vườn Bảy"


@pytest.mark.parametrize(
    ("who", "given", "told"),
    [
        (None, NEW, "FORBIDDEN you may not write any record"),
        (bearer(token("developer", client_id="app")), NEW, "FORBIDDEN you may not write any record"),
        (OFFICER, {"localId": "1", "ownerName": "Khác"}, "FORBIDDEN you may not write `Farm.ownerName`"),
        (OTHER, {"localId": "1", "custodian": "A", "name": "Khác"}, "NOT_FOUND there is no record `Farm:A-1`"),
        (OTHER, {"localId": "99", "custodian": "A", "name": "Khác"}, "NOT_FOUND there is no record `Farm:A-99`"),
        (STEWARD, {"localId": "7"}, "BAD_USER_INPUT `Farm:A-7` is new: fill in `name, origin`"),
        (STEWARD, {"localId": "1", "name": None}, "BAD_USER_INPUT `name` must not be empty"),
        (STEWARD, {"localId": "1", "name": " "}, "BAD_USER_INPUT `name` must not be empty"),
        (STEWARD, {"localId": "1", "name": "a\x00b"}, "BAD_USER_INPUT `name`: has the control character U+0000"),
        (STEWARD, {**NEW, "localId": "1-2"}, "BAD_USER_INPUT `localId` is `1-2`: no `-`"),
        (STEWARD, {**NEW, "localId": ""}, "BAD_USER_INPUT `localId` ``"),
        (STEWARD, {"localId": "1", "areaHa": 1.005}, "BAD_USER_INPUT `areaHa`"),
        (STEWARD, {"localId": "1", "location": {"lat": 91, "lon": 0}}, "BAD_USER_INPUT `location`"),
        (STEWARD, {"localId": "1", "foundedOn": "hôm nay"}, "BAD_USER_INPUT `foundedOn`"),
        (STEWARD, {"localId": "1", "grows": None}, "BAD_USER_INPUT `grows` takes no null"),
        (STEWARD, {"localId": "1", "locatedIn": "Area:99@2025-07-01"}, "BAD_USER_INPUT there is no record `Area:99"),
        (STEWARD, {"localId": "1", "grows": {"put": [{"to": "Product:KIN"}]}}, "BAD_USER_INPUT there is no record"),
        (STEWARD, {"localId": "1", "grows": {"put": [{"to": "Product:NO"}]}}, "BAD_USER_INPUT there is no record"),
        (STEWARD, {"localId": "1", "locatedIn": "Product:CHE"}, "BAD_USER_INPUT there is no record `Product:CHE`"),
    ],
)
async def test_a_write_that_may_not_be_changes_nothing(
    client: httpx.AsyncClient, graph: Graph, who: dict[str, str] | None, given: dict[str, object], told: str
) -> None:
    before = await snapshot(graph)
    good = {"localId": "8", "name": "Vườn Tám", "origin": "FACT"}
    assert (await refusal(client, who, UPSERT, input=[good, given])).startswith(told)
    assert await snapshot(graph) == before


async def test_what_is_hidden_and_what_is_not_there_cannot_be_told_apart(
    client: httpx.AsyncClient, graph: Graph
) -> None:
    """A clerk may write crops alone: neither making nor deleting tells which other records there are."""
    await rule(graph, fields=("name", "kind"), constraints=(Constraint("kind", ("CROP",)),))
    clerk = bearer(token("developer", sub="clerk", agency="A", client_id="app"))
    await done(client, clerk, UPSERT, input=[{"localId": "1", "name": "Đổi tên"}])
    for text in ("hidden", "absent"):
        number = "2" if text == "hidden" else "3"
        answers = [
            await refusal(client, clerk, UPSERT, input=[{"localId": number, "name": "X", "kind": "CROP"}]),
            await refusal(client, clerk, UPSERT, input=[{**NEW, "localId": number, "kind": "CROP"}]),
        ]
        assert answers[0] == f"NOT_FOUND there is no record `Farm:A-{number}` that you may write"
        assert answers[1].startswith("FORBIDDEN you may not write `Farm.origin`")


async def test_the_result_must_be_what_one_may_write(client: httpx.AsyncClient, graph: Graph) -> None:
    await rule(graph, fields=("name", "kind"), constraints=(Constraint("kind", ("CROP", "MIXED")),))
    clerk = bearer(token("developer", sub="clerk", agency="A", client_id="app"))
    await done(client, clerk, UPSERT, input=[{"localId": "1", "kind": "MIXED"}])
    told = await refusal(client, clerk, UPSERT, input=[{"localId": "1", "kind": "LIVESTOCK"}])
    assert told.startswith("FORBIDDEN you may not write `Farm:A-1` as it would become")
    assert (await farm(client, "Farm:A-1"))["kind"] == "MIXED"


async def test_a_prohibition_closes_a_field_of_the_records_it_names(client: httpx.AsyncClient, graph: Graph) -> None:
    kept = {"kind": Kind.PROHIBITION, "assignee": "anyone", "fields": ("name",)}
    await rule(graph, **kept, constraints=(Constraint("kind", ("LIVESTOCK",)),))
    await done(client, STEWARD, UPSERT, input=[{"localId": "1", "name": "Được"}, {"localId": "2", "areaHa": 2}])
    told = await refusal(client, STEWARD, UPSERT, input=[{"localId": "2", "name": "Không"}])
    assert told.startswith("FORBIDDEN you may not write `Farm.name`")
    told = await refusal(client, STEWARD, UPSERT, input=[{"localId": "1", "name": "Không", "kind": "LIVESTOCK"}])
    assert told.startswith("FORBIDDEN you may not write `Farm.name`")
    assert (await farm(client, "Farm:A-1"))["name"] == "Được"


async def test_who_may_write_sees_of_it_what_they_may_see(client: httpx.AsyncClient, graph: Graph) -> None:
    named = ("name", "origin")
    await rule(graph, fields=named, constraints=(Constraint("custodian", ("A",)),), assignee="client:feed")
    feed = bearer(token("developer", sub="feed", client_id="feed", agency="A"))
    change = await done(client, feed, UPSERT, input=[NEW, {"localId": "1", "name": "Mới"}])
    assert change["ids"] == ["Farm:A-7", "Farm:A-1"]
    assert [one["id"] for one in change["farms"]["nodes"]] == ["Farm:A-1"]  # the other is not open
    again = await done(client, feed, UPSERT, input=[NEW])  # it cannot tell whether there was one
    assert again == {"ids": ["Farm:A-7"], "farms": {"nodes": []}}


async def test_a_record_is_taken_out_with_its_links(client: httpx.AsyncClient, graph: Graph) -> None:
    assert await done(client, STEWARD, DELETE, input=["Farm:A-1"]) == {"ids": ["Farm:A-1"]}
    assert await farm(client, "Farm:A-1") is None
    before = await snapshot(graph)
    for name, told in (
        ("Farm:A-1", "NOT_FOUND there is no record `Farm:A-1`"),
        ("Farm:B-1", "NOT_FOUND there is no record `Farm:B-1`"),
        ("Product:CHE", "BAD_USER_INPUT `Product:CHE` is no id of a `Farm`"),
    ):
        assert (await refusal(client, STEWARD, DELETE, input=["Farm:A-2", name])).startswith(told)
    told = await refusal(client, OFFICER, DELETE, input=["Farm:A-2"])
    assert told.startswith("FORBIDDEN you may not write `Farm.location`")  # whoever deletes a record deletes all of it
    assert await snapshot(graph) == before


async def test_with_a_key_a_write_is_made_once(client: httpx.AsyncClient, graph: Graph) -> None:
    first = await done(client, STEWARD, UPSERT, input=[NEW], key="k-1")
    before = await snapshot(graph)
    assert await done(client, STEWARD, UPSERT, input=[NEW], key="k-1") == first
    assert await snapshot(graph) == before
    told = await refusal(client, STEWARD, UPSERT, input=[{**NEW, "name": "Khác"}], key="k-1")
    assert told.startswith("CONFLICT the key `k-1` was used for another write")
    assert (await refusal(client, STEWARD, UPSERT, input=[NEW], key="")).startswith("BAD_USER_INPUT `idempotencyKey`")
    await done(client, CLERK, UPSERT, input=[{"localId": "7", "name": "Của người khác"}], key="k-1")
    assert await done(client, STEWARD, DELETE, input=["Farm:A-7"], key="k-2") == {"ids": ["Farm:A-7"]}
    assert await done(client, STEWARD, DELETE, input=["Farm:A-7"], key="k-2") == {"ids": ["Farm:A-7"]}


async def test_one_key_sent_many_times_at_once_is_one_write(client: httpx.AsyncClient, graph: Graph) -> None:
    answers = await asyncio.gather(*(done(client, STEWARD, UPSERT, input=[NEW], key="k-3") for _ in range(8)))
    assert all(answer == answers[0] for answer in answers)
    found = await graph.read("MATCH (a:AuditEvent {kind: 'upsert'}) RETURN count(a)", {})
    assert found == [[1]]


@pytest.mark.parametrize("intruder", ["upsert", "delete"])
async def test_a_write_that_another_overtakes_is_not_refused_for_what_it_half_saw(
    client: httpx.AsyncClient, server: Server, graph: Graph, intruder: str
) -> None:
    if intruder == "delete":
        await done(client, STEWARD, UPSERT, input=[NEW])

    async def intrude() -> None:
        own = await Graph.connect(server.url, server.user, server.password)
        records = Execution(own, MODEL, schema.graphql, Cursors(b"of these tests"), Bounds()).records
        given = [{**NEW, "name": "Khác"}] if intruder == "upsert" else ["Farm:A-7"]
        try:
            await records.write(Write(intruder, MODEL.type("Farm"), given), ASKER)
        finally:
            await own.close()

    thread = threading.Thread(target=lambda: asyncio.run(intrude()))
    watched = graph.observer
    checks = 0

    def seen(text: str, parameters: Parameters) -> None:
        if watched is not None:
            watched(text, parameters)
        nonlocal checks
        checks += text.startswith("UNWIND $ids AS id MATCH")
        if checks == CHECKS and thread.ident is None:
            thread.start()
            if graph.dialect == "arcadedb":  # Neo4j lets it wait for the lock, which this write holds
                thread.join()

    graph.observer = seen
    try:
        change = await done(client, STEWARD, UPSERT, input=[NEW])
    finally:
        graph.observer = watched
    assert change["ids"] == ["Farm:A-7"]
    await asyncio.to_thread(thread.join)
    seen_last = (await farm(client, "Farm:A-7") or {}).get("name")
    assert seen_last == {"arcadedb": "Vườn Bảy", "neo4j": "Khác" if intruder == "upsert" else None}[graph.dialect]


async def test_writes_raise_the_versions_of_what_they_change(client: httpx.AsyncClient, graph: Graph) -> None:
    await done(client, STEWARD, UPSERT, input=[NEW])
    await done(client, STEWARD, UPSERT, input=[NEW])
    assert await graph.read("MATCH (v:DataVersion) RETURN v.id, v.version", {}) == [["Farm", 2]]


async def test_the_roots_of_a_mutation_follow_each_other_and_the_first_that_fails_is_the_last(
    client: httpx.AsyncClient,
) -> None:
    text = """mutation ($a: [FarmInput!]!, $b: [FarmInput!]!, $c: [FarmInput!]!) {
      a: upsertFarms(input: $a) { ids } __typename b: upsertFarms(input: $b) { ids } c: upsertFarms(input: $c) { ids }
    }"""
    good = [{"localId": "1", "name": "Một"}]
    answer = await ask(client, text, STEWARD, variables={"a": good, "b": [{"localId": "2", "name": "Hai"}], "c": good})
    ids = {"a": {"ids": ["Farm:A-1"]}, "__typename": "Mutation", "b": {"ids": ["Farm:A-2"]}, "c": {"ids": ["Farm:A-1"]}}
    assert answer.json()["data"] == ids
    answer = await ask(client, text, STEWARD, variables={"a": good, "b": [{"localId": "7"}], "c": [{**NEW}]})
    told = answer.json()
    assert (told.get("data"), told["errors"][0]["path"]) == (None, ["b"])
    assert await farm(client, "Farm:A-7") is None


async def test_what_may_not_be_asked_of_the_result_is_refused_before_anything_is_written(
    client: httpx.AsyncClient, graph: Graph
) -> None:
    before = await snapshot(graph)
    text = UPSERT.replace("farms {", 'farms(where: {ownerName: {eq: "An"}}) {')
    assert (await refusal(client, OFFICER, text, input=[NEW])).startswith("FORBIDDEN `Farm.ownerName` is not open")
    text = UPSERT.replace("farms {", "farms(first: 101) {")
    assert (await refusal(client, OFFICER, text, input=[NEW])).startswith("BAD_USER_INPUT")
    many = [{**NEW, "localId": str(number)} for number in range(101)]
    assert (await refusal(client, STEWARD, UPSERT, input=many)).startswith("BAD_USER_INPUT there are `101` records")
    assert (await refusal(client, STEWARD, UPSERT, input=[NEW, NEW])).startswith(
        "BAD_USER_INPUT `Farm:A-7` is given twice"
    )
    assert await snapshot(graph) == before


async def test_who_is_revoked_writes_nothing(client: httpx.AsyncClient, graph: Graph) -> None:
    await done(client, STEWARD, UPSERT, input=[NEW], key="k-9")
    before = await snapshot(graph)
    await revocations.revoke(graph, "token:t-1", by="test")
    try:
        assert (await refusal(client, STEWARD, UPSERT, input=[NEW])).startswith("UNAUTHENTICATED")
        assert (await refusal(client, STEWARD, UPSERT, input=[NEW], key="k-9")).startswith("UNAUTHENTICATED")
    finally:
        await revocations.restore(graph, "token:t-1", by="test")
    assert await snapshot(graph) == before


async def test_a_permission_that_ends_while_it_is_used_lets_nothing_more_in(
    client: httpx.AsyncClient, graph: Graph
) -> None:
    """Writes and a revocation race: what is answered as written was committed before the revocation was."""
    await rule(graph, fields=("name",), constraints=(Constraint("kind", ("CROP",)),))
    clerk = bearer(token("developer", sub="clerk", agency="A", client_id="app"))
    await done(client, clerk, UPSERT, input=[{"localId": "1", "name": "Đầu tiên"}])
    ended = asyncio.Event()
    late: list[int] = []

    async def write(number: int) -> None:
        began_after = ended.is_set()
        answer = await ask(client, UPSERT, clerk, variables={"input": [{"localId": "1", "name": f"Lần {number}"}]})
        if began_after and answer.status_code == 200:
            late.append(number)

    async def end() -> None:
        await asyncio.sleep(0.05)
        await grants.change(graph, by="test", remove=["clerk"])
        ended.set()

    await asyncio.gather(end(), *(write(number) for number in range(10)))
    await asyncio.gather(*(write(number) for number in range(10, 15)))
    assert late == []
    name = (await farm(client, "Farm:A-1"))["name"]
    assert name == "Đầu tiên" or int(name.removeprefix("Lần ")) < 10


def test_only_records_of_a_custodian_are_written() -> None:
    named = {kind.plural for kind in MODEL.types.values() if kind.custodial}
    economy = {"businesses", "farms", "touristSites", "tourismProgrammes", "solutions", "offers"}
    assert named == {*economy, "campaigns", "teams", "assessments", "tasks"}
