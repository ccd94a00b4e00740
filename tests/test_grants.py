"""Rules in the graph: the first start, changes under concurrency, history, and rules that cannot be read."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from auth import grants
from auth.policy import Environment, Policy, access
from auth.predicates import NEVER
from auth.principal import ANONYMOUS, Action, Principal, Role
from auth.rules import ANYONE, Attribute, Constraint, Kind, Rule, defaults
from schema.errors import Conflict, InvalidInput, NotFound, Unavailable
from schema.graph import Graph
from schema.types import MODEL
from tests.services.servers import Server

NOW = datetime(2026, 11, 22, tzinfo=UTC)
PATIENCE = 60.0


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own_graph(own_server: Server) -> AsyncGenerator[Graph]:
    graph = await Graph.connect(own_server.url, own_server.user, own_server.password)
    yield graph
    await graph.close()


@pytest_asyncio.fixture(loop_scope="session")
async def empty(own_graph: Graph) -> Graph:
    """Give that graph without a policy."""
    for label in ("PolicyVersion", "PolicyRule", "AuditEvent"):
        await own_graph.write((f"MATCH (n:{label}) DETACH DELETE n", {}), idempotent=True)
    return own_graph


def rule(name: str, *, fields: tuple[str, ...] | None = ("name",), kind: str = Kind.PERMISSION) -> Rule:
    return Rule(name, kind, "MARD", "agency:MARD", Action.READ, "Farm", fields, (Constraint("visibility", ("OPEN",)),))


async def audit(graph: Graph) -> list[list[object]]:
    return await graph.read("MATCH (a:AuditEvent) RETURN a.epoch, a.by, a.added, a.removed ORDER BY a.epoch", {})


def ids(policy: Policy) -> set[str]:
    return {one.id for one in policy.rules}


async def test_without_a_policy_nothing_is_answered(empty: Graph) -> None:
    with pytest.raises(Unavailable, match="no sharing policy"):
        await grants.load(empty)


async def test_the_first_rules_are_written_once(empty: Graph) -> None:
    first = defaults(MODEL)
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(grants.seed(empty, first) for _ in range(4)))
    policy = await grants.load(empty)
    assert policy.epoch == 1
    assert set(policy.rules) == {replace(one, from_epoch=1) for one in first}
    await grants.change(empty, by="steward", remove=[first[0].id])
    await grants.seed(empty, first)
    assert (await grants.load(empty)).epoch == 2
    assert first[0].id not in ids(await grants.load(empty))


async def test_a_stored_policy_decides_as_the_written_one(empty: Graph) -> None:
    first = defaults(MODEL)
    await grants.seed(empty, first)
    stored, written = await grants.load(empty), Policy(1, tuple(first))
    for asker in (ANONYMOUS, Principal("an", "MARD", frozenset({Role.OFFICER, Role.STEWARD}))):
        assert access(asker, stored, Environment(NOW)) == access(asker, written, Environment(NOW))


async def test_every_part_of_a_rule_is_kept(empty: Graph) -> None:
    await grants.seed(empty, [])
    whole = Rule(
        "whole",
        Kind.PROHIBITION,
        "MARD",
        "client:ứng-dụng",
        Action.DISTRIBUTE,
        "Farm",
        None,
        (
            Constraint("custodian", ("MARD", Attribute.AGENCY)),
            Constraint("code", ("01", "02"), ("locatedIn", "partOf")),
            Constraint("id", ("Area:01@2025-07-01",), ("locatedIn",), within=True),
        ),
        valid_from=NOW,
        valid_until=NOW + timedelta(days=1, milliseconds=7),
        purpose="survey",
        basis_vi="căn cứ",
        basis_en="basis",
        parent="may-grant",
    )
    masks = (("areaHa", "to1"), ("foundedOn", "year"))
    masked = replace(whole, id="masked", kind=Kind.PERMISSION, fields=("areaHa", "foundedOn", "name"), masks=masks)
    epoch = await grants.change(empty, by="steward", add=[whole, masked])
    stored = (await grants.load(empty)).rules
    assert set(stored) == {replace(one, from_epoch=epoch) for one in (whole, masked)}


async def test_a_change_is_whole_and_audited(empty: Graph) -> None:
    await grants.seed(empty, [rule("a"), rule("b")])
    epoch = await grants.change(
        empty, by="mai", add=[rule("a", fields=("nameEn",)), rule("c")], remove=["a", "b"], expected_epoch=1
    )
    assert epoch == 2
    policy = await grants.load(empty)
    assert {one.id: one.fields for one in policy.rules} == {"a": ("nameEn",), "c": ("name",)}
    assert await audit(empty) == [[1, "first start", ["a", "b"], []], [2, "mai", ["a", "c"], ["a", "b"]]]
    versions = await empty.read("MATCH (r:PolicyRule) RETURN r.id, r.fromEpoch, r.toEpoch ORDER BY r.id", {})
    assert versions == [["a@1", 1, 2], ["a@2", 2, None], ["b@1", 1, 2], ["c@2", 2, None]]


async def _state(graph: Graph) -> tuple[Policy, list[list[object]]]:
    return await grants.load(graph), await audit(graph)


async def test_a_refused_change_writes_nothing(empty: Graph) -> None:
    await grants.seed(empty, [rule("a")])
    before = await _state(empty)
    with pytest.raises(Conflict, match="changed meanwhile"):
        await grants.change(empty, by="mai", add=[rule("b")], expected_epoch=0)
    with pytest.raises(NotFound, match="`z`"):
        await grants.change(empty, by="mai", add=[rule("b")], remove=["z"])
    with pytest.raises(Conflict, match="in force already"):
        await grants.change(empty, by="mai", add=[rule("a")])
    for refused in (
        rule(""),
        rule("b", fields=("secret",)),
        rule("b", fields=None),
        rule("b", kind="duty"),
        replace(rule("b"), assignee="everyone"),
        replace(rule("b"), constraints=(Constraint("areaHa", ("1",)),)),
        replace(rule("b"), valid_from=NOW.replace(tzinfo=None)),
        replace(rule("b"), masks=(("name", "year"),)),
        replace(rule("b"), constraints=(Constraint("code", ("01",), ("name",)),)),
    ):
        with pytest.raises(InvalidInput):
            await grants.change(empty, by="mai", add=[refused])
    with pytest.raises(InvalidInput, match="twice"):
        await grants.change(empty, by="mai", add=[rule("b"), rule("b")])
    assert await _state(empty) == before


async def test_concurrent_changes_follow_each_other_and_none_is_lost(empty: Graph) -> None:
    await grants.seed(empty, [])
    names = [f"r{number}" for number in range(8)]
    async with asyncio.timeout(PATIENCE):
        epochs = await asyncio.gather(*(grants.change(empty, by=name, add=[rule(name)]) for name in names))
    assert sorted(epochs) == list(range(2, 10))
    policy = await grants.load(empty)
    assert policy.epoch == 9
    assert {one.id: one.from_epoch for one in policy.rules} == dict(zip(names, epochs, strict=True))
    assert [(row[0], row[1]) for row in await audit(empty)][1:] == sorted(zip(epochs, names, strict=True))


async def test_of_changes_that_expect_the_same_epoch_one_is_made(empty: Graph) -> None:
    await grants.seed(empty, [])
    async with asyncio.timeout(PATIENCE):
        answers = await asyncio.gather(
            *(grants.change(empty, by="mai", add=[rule(f"r{n}")], expected_epoch=1) for n in range(8)),
            return_exceptions=True,
        )
    made = [n for n, answer in enumerate(answers) if answer == 2]
    assert len(made) == 1
    assert sum(isinstance(answer, Conflict) for answer in answers) == 7
    assert ids(await grants.load(empty)) == {f"r{made[0]}"}


async def test_a_policy_read_during_changes_is_the_policy_of_its_epoch(empty: Graph) -> None:
    """Each change replaces all three rules, so that a mixed reading would show two versions."""
    await grants.seed(empty, [rule(name) for name in "abc"])

    changed = asyncio.Event()

    async def change_often() -> None:
        for _ in range(6):
            await grants.change(empty, by="mai", add=[rule(name) for name in "abc"], remove=list("abc"))
        changed.set()

    async def read_often() -> list[Policy]:
        """As long as there are changes, but not so often that they, which wait for the same lock, never come."""
        found = [await grants.load(empty)]
        while not changed.is_set():
            await asyncio.sleep(0.02)
            found.append(await grants.load(empty))
        return found

    async with asyncio.timeout(PATIENCE):
        _, *readings = await asyncio.gather(change_often(), read_often(), read_often())
    policies = [policy for reading in readings for policy in reading]
    assert len({policy.epoch for policy in policies}) > 2
    for policy in policies:
        assert [(one.id, one.from_epoch) for one in policy.rules] == [(name, policy.epoch) for name in "abc"]


async def test_a_change_sent_twice_is_made_once(empty: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the connection is lost after the commit: the graph sends an idempotent write again."""
    await grants.seed(empty, [rule("a")])
    write = empty.write

    async def twice(*statements: tuple[str, dict[str, object]], idempotent: bool) -> Sequence[object]:
        await write(*statements, idempotent=idempotent)
        monkeypatch.setattr(empty, "write", write)
        await grants.change(empty, by="another", add=[rule("c")])
        return await write(*statements, idempotent=idempotent)

    monkeypatch.setattr(empty, "write", twice)
    assert await grants.change(empty, by="mai", add=[rule("a"), rule("b")], remove=["a"]) == 2
    policy = await grants.load(empty)
    assert (policy.epoch, ids(policy)) == (3, {"a", "b", "c"})
    assert [row[0] for row in await audit(empty)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("property_name", "value"),
    [
        ("constraints", "[}"),
        ("constraints", "{}"),
        ("constraints", '["field"]'),
        ("constraints", '[{"field": "visibility", "in": "OPEN"}]'),
        ("constraints", '[{"field": "visibility", "notIn": ["OPEN"]}]'),
        ("constraints", '[{"field": "visibility", "in": ["OPEN"], "within": "01"}]'),
        ("constraints", '[{"field": "custodian", "in": [{"of": "birthplace"}]}]'),
        ("constraints", '[{"field": "custodian", "in": [{"of": "agency", "else": "MARD"}]}]'),
        ("constraints", '[{"field": "custodian", "in": [7]}]'),
        ("constraints", None),
        ("validUntil", "tomorrow"),
        ("validFrom", "2026-11-22T00:00:00"),
        ("purpose", 7),
        ("constraints", '[{"field": "code", "in": ["01"], "path": "locatedIn"}]'),
        ("constraints", '[{"field": "code", "in": ["01"], "path": [7]}]'),
        ("constraints", '[{"field": "id", "in": ["a"], "within": ["a"], "path": ["locatedIn"]}]'),
        ("mask", "round"),
        ("masks", "[]"),
        ("masks", "{"),
        ("masks", '{"name": 7}'),
        ("masks", '{"name": "round"}'),
        ("parent", 7),
        ("assignee", "group:all"),
        ("action", "peek"),
        ("fields", "name"),
    ],
)
async def test_a_stored_rule_that_cannot_be_read_denies(empty: Graph, property_name: str, value: object) -> None:
    opened = replace(rule("opens", fields=("name",)), assignee=ANYONE)
    closed = replace(rule("closes", fields=("nameEn",), kind=Kind.PROHIBITION), assignee="agency:MOIT")
    await grants.seed(empty, [opened, replace(opened, id="also", fields=("source",))])
    spoil = "MATCH (r:PolicyRule {rule: $rule}) SET r += $changed"
    await empty.write((spoil, {"rule": "opens", "changed": {property_name: value}}))
    farm = access(ANONYMOUS, await grants.load(empty), Environment(NOW)).types["Farm"]
    assert farm.fields["name"] == NEVER
    assert farm.fields["source"] != NEVER
    await grants.change(empty, by="mai", add=[closed])
    await empty.write((spoil, {"rule": "closes", "changed": {property_name: value}}))
    asker = Principal(agency="MOIT")
    farm = access(asker, await grants.load(empty), Environment(NOW)).types["Farm"]
    assert farm.rows == NEVER
