"""Answers to the public that are kept: the same as those made anew, always, whatever changes meanwhile."""

import asyncio
import json
import signal
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final
from unittest.mock import MagicMock

import httpx
import pytest
import pytest_asyncio
from graphql import ExecutionResult
from starlette.applications import Starlette

from auth.grants import change, seed
from auth.principal import Action
from auth.rules import ANYONE, Constraint, Kind, Rule, defaults
from auth.token import DemoIssuer
from catalog.shelves import Shelf
from connectors import statements
from hub import answers as answers_module
from hub import policies
from hub.answers import LARGEST, Answer, Answers, code
from hub.api.schema import schema
from hub.app import application
from hub.caches import Cache, Memory, Tiered
from hub.compiler.cursors import Cursors
from hub.confirmations import State
from hub.execution import Bounds, Execution
from hub.redis import SharedRedis
from hub.services import Services
from hub.settings import Settings
from schema.errors import Unavailable
from schema.graph import Graph
from schema.scalars import parse
from schema.types import MODEL
from tests.oracle.graphs import Record, Stock, clear, load
from tests.services.redis import OwnRedis, own_redis

SECRET: Final = b"of these tests"
FARMS: Final = 12
COUNTER: Final = "Farm:A-0"
QUERY: Final = "{ farms(orderBy: [{id: ASC}]) { totalCount nodes { id name ownerName } } }"
READ: Final = 'query Read { node(id: "Farm:A-0") { ... on Farm { areaHa } } }'

OPERATIONS: Final[tuple[tuple[str, dict[str, Any] | None, str | None], ...]] = (
    (QUERY, None, None),
    (READ, None, None),
    ("{ farms(first: 3) { nodes { id areaHa } pageInfo { endCursor hasNextPage } } }", None, None),
    ("{ a: farms { totalCount } }", None, None),
    ("{ b: farms { totalCount } }", None, None),
    ("query A($n: Int) { farms(first: $n) { nodes { id } } } query B { farms { totalCount } }", {"n": 2}, "A"),
    ("query A($n: Int) { farms(first: $n) { nodes { id } } } query B { farms { totalCount } }", {"n": 3}, "A"),
    ("query A($n: Int) { farms(first: $n) { nodes { id } } } query B { farms { totalCount } }", {"n": 3}, "B"),
    ("query($s: Boolean!) { farms { totalCount nodes @include(if: $s) { id } } }", {"s": True}, None),
    ("query($s: Boolean!) { farms { totalCount nodes @include(if: $s) { id } } }", {"s": False}, None),
    ('{ farms(where: {name: {eq: "Trang trại 3"}}) { nodes { id name } } }', None, None),
    ("{ farms(first: 2, orderBy: [{name: DESC}]) { nodes { name custodian } } }", None, None),
    ("{ __schema { queryType { name } } farms { totalCount } }", None, None),
    ("{ farms { nope } }", None, None),
    ("{ farms(first: 1000) { totalCount } }", None, None),
    ("query($n: Int) { farms(first: $n) { totalCount } }", {"n": "many"}, None),
    ("{", None, None),
    ('{ farms(where: {ownerName: {eq: "An"}}) { totalCount } }', None, None),
)

RULES: Final = (
    Rule("hide-b", Kind.PROHIBITION, "HUB", ANYONE, Action.READ, "Farm", None, (Constraint("custodian", ("B",)),)),
    Rule("hide-name", Kind.PROHIBITION, "HUB", ANYONE, Action.READ, "Farm", ("name",)),
    Rule("open-owner", Kind.PERMISSION, "HUB", ANYONE, Action.READ, "Farm", ("ownerName",)),
)


def stock() -> Stock:
    records: dict[str, Record] = {}
    kind = MODEL.type("Farm")
    for number in range(FARMS):
        cells = {
            "name": f"Trang trại {number}",
            "custodian": "B" if number % 3 == 2 else "A",
            "visibility": "OPEN" if number % 5 else "SHARED",
            "areaHa": "0",
            "ownerName": f"Chủ {number}",
        }
        if not number:
            cells["visibility"] = "OPEN"
        values = {one.name: parse(one, cells.get(one.name, "")) for one in kind.fields.values()}
        records[f"Farm:A-{number}"] = Record(f"Farm:A-{number}", kind, values)
    return Stock(records, [])


async def write(graph: Graph, number: int, value: int) -> None:
    """Change one farm as a run does: the version of its type in the same transaction."""
    run = {"stream": "of tests", "token": 1, "run": f"run-{value}", "types": ["Farm"]}
    await graph.write(
        ("MERGE (c:Checkpoint {id: $stream}) SET c.token = $token", run),
        (
            "MATCH (n:Farm {id: $id}) SET n.areaHa = $value, n.name = $name",
            {"id": f"Farm:A-{number}", "value": value * 100, "name": f"Trang trại {value % 7}"},
        ),
        (statements.HOLD_VERSIONS, run),
        (statements.RAISE, run),
        idempotent=True,
    )


@pytest_asyncio.fixture(loop_scope="session")
async def filled(graph: Graph) -> AsyncGenerator[Graph]:
    """Give a graph of a few farms and the first rules."""
    await clear(graph, MODEL)
    for label in ("DataVersion", "Checkpoint"):
        await graph.define(
            [f"CREATE CONSTRAINT {label.lower()}_id IF NOT EXISTS FOR (n:{label}) REQUIRE n.id IS UNIQUE"]
        )
        await graph.write((f"MATCH (n:{label}) DETACH DELETE n", {}))
    await seed(graph, defaults(MODEL))
    await load(graph, MODEL, stock())
    yield graph
    await clear(graph, MODEL)
    await graph.write(("MATCH (n:DataVersion) DETACH DELETE n", {}))


class Kept:
    """A cache that forgets nothing and can be looked into."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}

    async def get(self, key: str) -> bytes | None:
        """What was put there."""
        return self.values.get(key)

    async def put(self, key: str, value: bytes, seconds: float) -> None:  # noqa: ARG002 - as every cache is called
        """Keep it."""
        self.values[key] = value


@dataclass
class Hub:
    """One worker: its application, a client of it, and what it keeps."""

    app: Starlette
    client: httpx.AsyncClient
    execution: Execution
    answers: Answers | None
    issuer: DemoIssuer

    async def ask(
        self, query: str, variables: object = None, operation: str | None = None, token: str | None = None
    ) -> tuple[int, bytes]:
        """Status and body."""
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        sent = {"query": query, "variables": variables, "operationName": operation}
        answer = await self.client.post("/graphql", json=sent, headers=headers)
        return answer.status_code, answer.content


@asynccontextmanager
async def worker(
    graph: Graph, folder: Path, cache: Cache | None, settled: float = 0.0, clock: Callable[[], float] = time.monotonic
) -> AsyncGenerator[Hub]:
    """Give a worker over that cache, or one that keeps nothing."""
    execution = Execution(graph, MODEL, schema.graphql, Cursors(SECRET), Bounds())
    issuer = DemoIssuer(folder)
    answers = (
        None
        if cache is None
        else Answers(graph, execution.policies, cache, SECRET, 1, settled_seconds=settled, clock=clock)
    )
    services = Services(
        Settings(data=folder), graph, None, execution, issuer.verifier(), issuer, Shelf(folder / "releases"), answers
    )
    app = application(services, "http://hub.test")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://hub.test") as client:
        yield Hub(app, client, execution, answers, issuer)


async def statements_of(graph: Graph, do: Callable[[], Awaitable[object]]) -> int:
    before = graph.statements
    await do()
    return graph.statements - before


async def kept(hub: Hub, graph: Graph) -> bool:
    """Whether the query is answered by the confirmation alone."""
    return await statements_of(graph, lambda: hub.ask(QUERY)) == 1


async def test_what_is_asked_again_is_answered_by_the_confirmation_alone(filled: Graph, tmp_path: Path) -> None:
    async with worker(filled, tmp_path, Memory(2**20)) as hub, worker(filled, tmp_path, None) as plain:
        expected = await plain.ask(QUERY)
        assert expected[0] == 200
        await hub.ask("{ farms { totalCount } }")  # the policy is read
        assert await statements_of(filled, lambda: hub.ask(QUERY)) == 1  # the first time costs what it did
        assert await statements_of(filled, lambda: hub.ask(QUERY)) == 3
        for _ in range(3):
            assert await kept(hub, filled)
            assert await hub.ask(QUERY) == expected


async def test_many_at_once_share_few_confirmations(filled: Graph, tmp_path: Path) -> None:
    async with worker(filled, tmp_path, Memory(2**20)) as hub:
        for _ in range(3):
            await hub.ask(QUERY)
        many = 60
        assert await statements_of(filled, lambda: asyncio.gather(*(hub.ask(QUERY) for _ in range(many)))) < many / 4


@pytest.mark.parametrize("what", ["write", "revoke", "grant"])
async def test_a_change_that_was_committed_is_seen_by_the_next(filled: Graph, tmp_path: Path, what: str) -> None:
    async with worker(filled, tmp_path, Memory(2**20)) as hub, worker(filled, tmp_path, None) as plain:
        before = [await hub.ask(QUERY) for _ in range(3)][-1]
        if what == "write":
            await write(filled, 3, 5)
        else:
            await change(filled, add=[RULES[0 if what == "revoke" else 2]], by="test")
        after = await hub.ask(QUERY)
        assert after == await plain.ask(QUERY)
        assert after != before


async def test_nobody_with_a_token_gets_what_was_kept_or_has_theirs_kept(filled: Graph, tmp_path: Path) -> None:
    cache = Kept()
    async with worker(filled, tmp_path, cache) as hub, worker(filled, tmp_path, None) as plain:
        token = hub.issuer.issue("an", ["steward"], "A")
        mine = [await hub.ask(QUERY, token=token) for _ in range(3)][-1]
        assert not cache.values
        anyones = [await hub.ask(QUERY) for _ in range(3)][-1]
        assert cache.values
        assert mine != anyones
        assert await hub.ask(QUERY, token=token) == mine == await plain.ask(QUERY, token=token)
        assert (await hub.ask(QUERY, token="garbage"))[0] == 401


async def test_get_and_post_share_what_is_kept(filled: Graph, tmp_path: Path) -> None:
    async with worker(filled, tmp_path, Memory(2**20)) as hub:
        posted = [await hub.ask(QUERY) for _ in range(2)][-1]
        before = filled.statements
        gotten = await hub.client.get("/graphql", params={"query": QUERY})
        assert filled.statements - before == 1
        assert (gotten.status_code, gotten.content) == posted
        assert gotten.headers["cache-control"] == "private, no-store"


async def test_what_is_kept_has_the_headers_of_what_was_made(filled: Graph, tmp_path: Path) -> None:
    async with worker(filled, tmp_path, Memory(2**20)) as hub:
        for query, caches in (
            ("{ farms { totalCount } }", "public, max-age=0, must-revalidate"),
            (QUERY, "private, no-store"),
        ):
            told = [await hub.client.get("/graphql", params={"query": query}) for _ in range(4)]
            assert {answer.headers["cache-control"] for answer in told} == {caches}
            assert len({(answer.headers["etag"], answer.content) for answer in told}) == 1


async def test_refusals_and_what_is_too_large_are_not_kept(
    filled: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = Kept()
    async with worker(filled, tmp_path, cache) as hub:
        for query, variables, operation in OPERATIONS[13:]:
            for _ in range(3):
                assert (await hub.ask(query, variables, operation))[0] in {400, 403}
        assert not cache.values
        monkeypatch.setattr(answers_module, "LARGEST", 100)
        for _ in range(3):
            await hub.ask(QUERY)
        assert not cache.values
        monkeypatch.setattr(answers_module, "LARGEST", LARGEST)
        await hub.ask(QUERY)
        assert len(cache.values) == 1


async def test_nothing_is_kept_soon_after_a_change(filled: Graph, tmp_path: Path) -> None:
    """An engine may show a version a moment before all of the change."""
    now = 100.0
    cache = Kept()
    async with worker(filled, tmp_path, cache, 1.0, lambda: now) as hub:
        for _ in range(4):
            await hub.ask(QUERY)
        assert not cache.values
        now += 1.0
        await hub.ask(QUERY)
        assert len(cache.values) == 1
        await write(filled, 3, 6)
        for _ in range(4):
            await hub.ask(QUERY)
        assert len(cache.values) == 1
        now += 0.9
        await hub.ask(QUERY)
        assert len(cache.values) == 1
        now += 0.2
        await hub.ask(QUERY)
        assert len(cache.values) == 2


async def test_an_answer_made_across_a_change_is_not_kept(
    filled: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be of before or after; under which of the two it stands cannot be known."""
    cache = Kept()
    async with worker(filled, tmp_path, cache) as hub:
        answer = hub.execution.answer
        numbers = count(1)

        async def slow(*arguments: Any) -> ExecutionResult:  # noqa: ANN401 - handed on as they came
            made = await answer(*arguments)
            await write(filled, 3, next(numbers))
            return made

        monkeypatch.setattr(hub.execution, "answer", slow)
        for _ in range(4):
            await hub.ask(QUERY)
        assert not cache.values
        monkeypatch.undo()
        await hub.ask(QUERY)
        assert len(cache.values) == 1


async def test_what_a_frozen_confirmation_says_is_not_used(
    filled: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a confirmation in time, or with one that fails, everything is made anew."""
    monkeypatch.setattr(answers_module, "_CONFIRM_SECONDS", 0.02)
    async with worker(filled, tmp_path, Memory(2**20)) as hub, worker(filled, tmp_path, None) as plain:
        assert hub.answers is not None
        for _ in range(3):
            await hub.ask(QUERY)

        async def never() -> State:
            return await asyncio.get_running_loop().create_future()

        async def failing() -> State:
            raise Unavailable("không", "no")

        for frozen in (never, failing):
            monkeypatch.setattr(hub.answers.confirmations, "state", frozen)
            await write(filled, 3, 8)
            assert await hub.ask(QUERY) == await plain.ask(QUERY)
            await write(filled, 3, 9)
            assert await hub.ask(QUERY) == await plain.ask(QUERY)


async def test_a_policy_that_this_worker_does_not_have_yet_serves_nothing_old(filled: Graph, tmp_path: Path) -> None:
    async with worker(filled, tmp_path, Memory(2**20)) as hub, worker(filled, tmp_path, None) as plain:
        for _ in range(3):
            await hub.ask(QUERY)
        assert hub.answers is not None
        state = await hub.answers.confirmations.state()

        async def ahead() -> State:
            return State(state.epoch + 1, "another")

        hub.answers.confirmations.state = ahead
        assert await hub.ask(QUERY) == await plain.ask(QUERY)


async def test_another_view_data_code_setting_or_secret_is_another_key(filled: Graph, tmp_path: Path) -> None:
    """What changes the answer changes the key."""
    cache = Kept()
    async with worker(filled, tmp_path, cache) as hub:
        graph, policies = filled, hub.execution.policies
        calls: list[str] = []

        async def once(answers: Answers, asked: object, text: str) -> bytes:
            async def make() -> Answer:
                calls.append(text)
                return Answer(text.encode(), 200, lasting=True)

            for _ in range(2):
                await answers.answer(asked, make)
            return (await answers.answer(asked, make)).content

        def over(secret: bytes = SECRET, basis: object = 1) -> Answers:
            return Answers(graph, policies, cache, secret, basis, settled_seconds=0)

        assert await once(over(), "q", "first") == b"first"
        made = len(calls)
        assert await once(over(), "q", "again") == b"first"  # one worker's is another's, once asked twice
        assert len(calls) == made + 1
        assert await once(over(), "other", "other") == b"other"
        assert await once(over(basis=2), "q", "basis") == b"basis"
        assert await once(over(secret=b"x"), "q", "secret") == b"secret"
        await write(graph, 1, 1)
        assert await once(over(), "q", "data") == b"data"
        await change(graph, add=[RULES[0]], by="test")
        assert await once(over(), "q", "policy") == b"policy"
        await change(graph, remove=[RULES[0].id], by="test")
        assert await once(over(), "q", "back") == b"back"  # no state comes twice


async def test_what_no_hub_put_there_is_not_an_answer(filled: Graph, tmp_path: Path) -> None:
    cache = Kept()
    async with worker(filled, tmp_path, cache) as hub:
        right = [await hub.ask(QUERY) for _ in range(3)][-1]
        for _ in range(3):
            await hub.ask(READ)
        ((one, value), (other, foreign)) = cache.values.items()
        for wrong in (b"", b"x", value[:-1], value + b" ", value[:20] + b"x" + value[21:], foreign, b"\0" * 40):
            cache.values[one] = wrong
            assert await hub.ask(QUERY) == right
            assert cache.values[one] == value  # made anew, and put right
        assert other in cache.values


def test_the_code_is_part_of_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    before = code()
    assert before == code()

    def another(name: str) -> str:
        return f"another {name}"

    monkeypatch.setattr(answers_module, "version", another)
    assert code() != before


async def test_what_was_asked_is_remembered_within_bounds(
    filled: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers_module, "_REMEMBERED", 2)
    cache = Kept()
    async with worker(filled, tmp_path, cache) as hub:
        for _ in range(3):
            for query in (QUERY, READ, "{ farms { totalCount } }"):
                await hub.ask(query)
        assert not cache.values
        for _ in range(2):
            await hub.ask(READ)
        assert len(cache.values) == 1


@pytest.mark.parametrize("which", ["valid_from", "valid_until"])
async def test_nothing_is_served_past_the_instant_at_which_a_rule_begins_or_ends(
    filled: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    turn = datetime.now(UTC) + timedelta(hours=1)
    await change(filled, add=[replace(RULES[0], **{which: turn})], by="test")
    cache = Kept()
    async with worker(filled, tmp_path, cache) as hub, worker(filled, tmp_path, None) as plain:
        before = [await hub.ask(QUERY) for _ in range(3)][-1]
        assert await kept(hub, filled)
        now = MagicMock(wraps=datetime)
        now.now.return_value = turn
        monkeypatch.setattr(policies, "datetime", now)
        after = await hub.ask(QUERY)
        assert after == await plain.ask(QUERY)
        assert after != before
        assert len(cache.values) == 2


async def _changed(graph: Graph, random: Random, numbers: Iterator[int], in_force: set[str]) -> None:
    """Write, or change a rule."""
    if random.random() < 0.6:
        await write(graph, random.randrange(FARMS), next(numbers))
        return
    rule = random.choice(RULES)
    if rule.id in in_force:
        await change(graph, remove=[rule.id], by="test")
        in_force.discard(rule.id)
    else:
        await change(graph, add=[rule], by="test")
        in_force.add(rule.id)


@pytest.mark.no_cover
async def test_with_and_without_a_cache_every_answer_is_the_same(filled: Graph, tmp_path: Path) -> None:
    """Two workers over one cache, and one that keeps nothing: mixed requests, with changes in between."""
    random, numbers, in_force, shared = Random(11), count(1), set[str](), Memory(2**20)
    spared = asked = 0
    async with AsyncExitStack() as stack:
        near = [Tiered(Memory(2**20), shared, 60) for _ in range(2)]
        hubs = [await stack.enter_async_context(worker(filled, tmp_path, each)) for each in near]
        plain = await stack.enter_async_context(worker(filled, tmp_path, None))
        token = plain.issuer.issue("an", ["steward"], "A")
        for _ in range(50):
            await _changed(filled, random, numbers, in_force)
            expected: dict[tuple[int, str | None], tuple[int, bytes]] = {}
            for _ in range(40):
                which, asker = random.randrange(len(OPERATIONS)), random.choice((None, None, None, token))
                operation = OPERATIONS[which]
                if (which, asker) not in expected:
                    expected[which, asker] = await plain.ask(*operation, token=asker)
                before = filled.statements
                found = await random.choice(hubs).ask(*operation, token=asker)
                spared += asker is None and expected[which, None][0] == 200 and filled.statements - before == 1
                asked += 1
                assert found == expected[which, asker], operation
    assert asked == 2_000
    assert spared > 300


async def _load(hub: Hub, floor: list[int], stop: asyncio.Event, seen: list[int]) -> None:
    """Ask without pause; each answer is at least as new as what was committed before it was asked."""
    random = Random(id(hub))
    while not stop.is_set():
        least = floor[0]
        status, body = await hub.ask(READ)
        assert status == 200, body
        value = json.loads(body)["data"]["node"]["areaHa"]
        assert value >= least, "an older answer"
        seen.append(int(value))
        if random.random() < 0.3:
            status, body = await hub.ask(*random.choice(OPERATIONS))
            assert status < 500, body


async def _under_load(graph: Graph, hubs: list[Hub], plain: Hub, turns: int, meanwhile: Callable[[int], None]) -> int:
    """Write and grant while all hubs are asked; between the turns compare with what is made anew. The answers seen."""
    floor, stop, seen, random, in_force = [0], asyncio.Event(), list[int](), Random(5), set[str]()
    async with asyncio.TaskGroup() as group:
        for hub in hubs * 3:
            group.create_task(_load(hub, floor, stop, seen))
        try:
            for turn in range(1, turns + 1):
                await write(graph, 0, turn)
                floor[0] = turn
                if turn % 3 == 0:
                    rule = RULES[1 + random.randrange(2)]
                    gone = rule.id in in_force
                    await change(graph, add=() if gone else (rule,), remove=(rule.id,) if gone else (), by="test")
                    in_force ^= {rule.id}
                meanwhile(turn)
                mark = len(seen)
                while len(seen) < mark + 30:  # noqa: ASYNC110 - counted by many, told by none
                    await asyncio.sleep(0.001)
                for operation in random.sample(OPERATIONS, 6):
                    expected = await plain.ask(*operation)
                    for hub in hubs:
                        assert await hub.ask(*operation) == expected, operation
        finally:
            stop.set()
    return len(seen)


async def test_under_load_no_answer_is_older_than_what_was_committed_before(filled: Graph, tmp_path: Path) -> None:
    async with worker(filled, tmp_path, Memory(2**20)) as hub, worker(filled, tmp_path, None) as plain:
        assert await _under_load(filled, [hub], plain, 12, lambda _turn: None) >= 360


@pytest.mark.services
@pytest.mark.no_cover
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP], ids=lambda how: how.name)
async def test_redis_may_go_and_come_back_in_the_middle(
    filled: Graph, tmp_path: Path, caplog: pytest.LogCaptureFixture, how: signal.Signals
) -> None:
    """Killed, or frozen, under load, with writes and grants: every answer is right, and none is an error of ours."""

    def meanwhile(turn: int) -> None:
        if turn == 4:
            own.send(how)
        elif turn == 10 and how is signal.SIGSTOP:
            own.send(signal.SIGCONT)
        elif turn == 10:
            own.kill()
            own.start()

    async with AsyncExitStack() as stack:
        own: OwnRedis = stack.enter_context(own_redis(tmp_path))
        hubs: list[Hub] = []
        for _ in range(2):
            redis = SharedRedis(own.url, "t")
            stack.push_async_callback(redis.close)
            await redis.reach()
            tiers = Tiered(Memory(2**20), redis, 60)
            hubs.append(await stack.enter_async_context(worker(filled, tmp_path, tiers)))
        plain = await stack.enter_async_context(worker(filled, tmp_path, None))
        assert await _under_load(filled, hubs, plain, 14, meanwhile) >= 420
    assert any("redis does not answer" in record.getMessage() for record in caplog.records)
