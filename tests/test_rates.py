"""Rates: a budget may be used at once and comes back evenly, each asker has their own, and 429 says what is left."""

import asyncio
import json
import secrets
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from auth.grants import seed
from auth.principal import ANONYMOUS, Principal
from auth.rules import defaults
from auth.token import Key, Verifier
from catalog.shelves import Shelf
from hub.addresses import network, sender
from hub.answers import Answers
from hub.api.schema import schema
from hub.app import application
from hub.caches import Memory
from hub.compiler.cursors import Cursors
from hub.execution import Bounds, Execution
from hub.rates import MINUTE, Budget, Local, Meter, Rates
from hub.redis import SharedRedis
from hub.services import Services
from hub.settings import Settings
from schema.errors import ConfigError, RateLimited
from schema.graph import Graph
from schema.types import MODEL
from tests.oracle.graphs import clear, load
from tests.services.redis import own_redis
from tests.services.servers import RedisServer, redis_client
from tests.test_endpoint import AUDIENCE, DEVELOPER, ISSUER, KEY, OTHER_KEY, bearer, stock, token

SECRET: Final = b"of these tests"
SECOND: Final = 1_000_000
PROXIES: Final = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
AN: Final = Principal(subject="an", client="app")
QUERY: Final = "{ farms(first: 10) { nodes { id } } }"


@dataclass
class Clock:
    """Stands still until it is told."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


async def taken(meter: Meter, key: str, *seconds: float) -> list[float | None]:
    ahead = [await meter.take(key, int(each * SECOND)) for each in seconds]
    return [None if each is None else each / SECOND for each in ahead]


async def test_a_minute_may_be_used_at_once_and_comes_back_evenly() -> None:
    clock = Clock()
    meter = Local(clock=clock)
    assert await taken(meter, "a", 20, 40, 1) == [20, 60, 61]
    clock.now += 0.5
    assert await taken(meter, "a", 1) == [60.5]  # what was refused cost nothing
    clock.now += 0.5
    assert await taken(meter, "a", 1, 0.001) == [60, 60.001]
    clock.now += 100
    assert await taken(meter, "a", 60) == [60]
    assert await taken(meter, "b", 60, 1) == [60, 61]


async def test_a_meter_remembers_so_many_and_forgets_who_asked_longest_ago() -> None:
    meter = Local(most=3, clock=Clock())
    for key in ("a", "b", "c", "a", "d"):
        await meter.take(key, 30 * SECOND)
    assert await taken(meter, "a", 1) == [61]
    assert await taken(meter, "b", 1) == [1]


@given(
    st.integers(1, 50),
    st.lists(st.tuples(st.floats(0, 30), st.integers(1, 60)), min_size=1, max_size=60),
)
async def test_no_minute_has_more_than_two_budgets_and_no_hour_more_than_its_own(
    budget: int, asked: list[tuple[float, int]]
) -> None:
    clock = Clock()
    meter = Local(clock=clock)
    admitted: list[tuple[float, int]] = []
    for pause, number in asked:
        clock.now += pause
        if await meter.take("a", number * MINUTE // budget) <= MINUTE:
            admitted.append((clock.now, number))
    for at, _ in admitted:
        within = sum(number for when, number in admitted if at <= when < at + 60)
        assert within <= 2 * budget
    whole = sum(number for _, number in admitted)
    assert whole <= budget * (1 + (clock.now - 1_000) / 60) + 1


async def refused(rates: Rates, asker: Principal, host: str, records: int = 0) -> RateLimited | None:
    account = rates.account(asker, host)
    try:
        await account.request()
        await account.records(records)
    except RateLimited as error:
        return error
    return None


async def test_requests_and_records_are_counted_apart_and_what_is_left_is_told() -> None:
    rates = Rates(Budget(requests=3, records=100), Budget(), SECRET, shared=Local(clock=Clock()))
    assert await refused(rates, ANONYMOUS, "192.0.2.1", 70) is None
    error = await refused(rates, ANONYMOUS, "192.0.2.1", 40)
    assert error is not None
    assert (error.code, error.retry_after) == ("RATE_LIMITED", 6)
    assert error.headers == {"RateLimit-Policy": '"records";q=100;w=60', "RateLimit": '"records";r=30;t=6'}
    assert "`30` are left: wait `6` seconds" in error.en
    assert "còn lại `30`: hãy chờ `6` giây" in error.vi
    assert await refused(rates, ANONYMOUS, "192.0.2.1", 20) is None
    error = await refused(rates, ANONYMOUS, "192.0.2.1")
    assert error is not None
    assert error.headers["RateLimit"] == '"requests";r=0;t=20'


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ((ANONYMOUS, "192.0.2.1"), (ANONYMOUS, "192.0.2.1"), True),
        ((ANONYMOUS, "192.0.2.1"), (ANONYMOUS, "192.0.2.2"), False),
        ((ANONYMOUS, "::ffff:192.0.2.1"), (ANONYMOUS, "192.0.2.1"), True),
        ((ANONYMOUS, "2001:db8::1"), (ANONYMOUS, "2001:db8::ffff:1"), True),
        ((ANONYMOUS, "2001:db8::1"), (ANONYMOUS, "2001:db8:0:1::1"), False),
        ((ANONYMOUS, "not an address"), (ANONYMOUS, "192.0.2.1"), False),
        ((AN, "192.0.2.1"), (AN, "192.0.2.2"), True),
        ((AN, "192.0.2.1"), (ANONYMOUS, "192.0.2.1"), False),
        ((AN, "a"), (Principal(subject="an", client="other"), "a"), False),
        ((AN, "a"), (Principal(subject="binh", client="app"), "a"), False),
        ((Principal(client="an"), "a"), (Principal(subject="an"), "a"), False),
    ],
)
async def test_who_has_an_account_of_their_own(
    one: tuple[Principal, str], other: tuple[Principal, str], *, same: bool
) -> None:
    rates = Rates(Budget(requests=1), Budget(requests=1), SECRET)
    assert await refused(rates, *one) is None
    assert (await refused(rates, *other) is not None) is same


@pytest.mark.parametrize("budget", [1, 3, 7, 1_200, 12_000])
async def test_a_budget_is_as_many_as_it_says(budget: int) -> None:
    rates = Rates(Budget(requests=budget), Budget(), SECRET, shared=Local(clock=Clock()))
    assert [await refused(rates, ANONYMOUS, "a") for _ in range(budget)] == [None] * budget
    assert await refused(rates, ANONYMOUS, "a") is not None


async def test_no_budget_is_no_limit() -> None:
    rates = Rates(Budget(), Budget(), SECRET)
    assert [await refused(rates, ANONYMOUS, "a", 10**9) for _ in range(100)] == [None] * 100


@pytest.mark.parametrize(
    ("host", "forwarded", "whose"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", ["198.51.100.7"], "192.0.2.1"),
        ("10.1.2.3", ["198.51.100.7"], "198.51.100.7"),
        ("10.1.2.3", ["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
        ("10.1.2.3", ["203.0.113.9", "198.51.100.7"], "198.51.100.7"),
        ("10.1.2.3", ["203.0.113.9, 198.51.100.7, 10.9.9.9"], "198.51.100.7"),
        ("fd00::1", ["2001:db8::5"], "2001:db8::5"),
        ("10.1.2.3", [], "10.1.2.3"),
        ("10.1.2.3", ["10.1.1.1"], "10.1.1.1"),
        ("10.1.2.3", ["anything"], "anything"),
        ("", ["198.51.100.7"], ""),
    ],
)
def test_only_our_proxies_are_believed(host: str, forwarded: list[str], whose: str) -> None:
    assert sender(host, forwarded, PROXIES) == whose
    assert network(whose) or not whose


def test_a_budget_that_no_operation_fits_in_is_refused_at_the_start() -> None:
    with pytest.raises(ConfigError, match="HUB_RECORDS_ANONYMOUS is `10`"):
        Settings.from_environment({"HUB_RECORDS_ANONYMOUS": "10"})
    with pytest.raises(ConfigError, match="HUB_COST_CLIENT, `70000`"):
        Settings.from_environment({"HUB_RECORDS_CLIENT": "60000", "HUB_COST_CLIENT": "70000"})
    assert Settings.from_environment({"HUB_RECORDS_CLIENT": "0"}).records_client == 0


# Shared by several workers.


@pytest_asyncio.fixture(loop_scope="session")
async def redis(redis_server: RedisServer) -> AsyncGenerator[SharedRedis]:
    made = SharedRedis(redis_server.url, f"{redis_server.prefix}-{secrets.token_hex(4)}", patience=5.0)
    yield made
    await made.close()


@pytest.mark.services
async def test_redis_counts_as_one_process_does(redis: SharedRedis) -> None:
    first, second, refused_, third = await taken(redis, "a", 20, 39.5, 10, 0.25)
    assert first == 20
    assert second is not None
    assert 59 < second <= 59.5
    assert refused_ is not None
    assert refused_ > 60
    assert third is not None
    assert third < second + 0.25 + 1e-6
    assert await taken(redis, "b", 60, 30) != [60, 60]


@pytest.mark.services
async def test_workers_share_what_is_left_and_redis_is_told_no_name(
    redis: SharedRedis, redis_server: RedisServer
) -> None:
    workers = [Rates(Budget(requests=10), Budget(requests=10), SECRET, shared=redis) for _ in range(2)]
    done = await asyncio.gather(*(refused(workers[n % 2], ANONYMOUS, "192.0.2.1") for n in range(20)))
    assert Counter(error is None for error in done) == {True: 10, False: 10}
    assert await refused(workers[0], AN, "192.0.2.1") is None
    with redis_client(redis_server.url) as looking:
        names = [name.decode() for name in looking.scan_iter(match=f"{redis_server.prefix}*:rate:*")]
        assert names
        for name in names:
            assert not {"192.0.2.1", "app", "an"} & set(name.split(":"))
            assert 0 < looking.pttl(name) <= 60_000


@pytest.mark.services
async def test_without_redis_each_worker_counts_for_itself(tmp_path: Path) -> None:
    with own_redis(tmp_path) as own:
        redis = SharedRedis(own.url, "t")
        rates = Rates(Budget(requests=2), Budget(), SECRET, shared=redis)
        assert await refused(rates, ANONYMOUS, "a") is None
        own.kill()
        done = [await refused(rates, ANONYMOUS, "a") for _ in range(3)]
        assert [error is None for error in done] == [True, True, False]
        await redis.close()


# Over HTTP.


@dataclass
class Door:
    """Ask a hub with so many a minute, as from an address."""

    services: Services

    async def ask(self, host: str = "192.0.2.1", query: str = QUERY, **headers: str) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app, client=(host, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as client:
            return await client.post("/graphql", json={"query": query}, headers=headers)

    def __post_init__(self) -> None:
        self.app = application(self.services, "http://hub.test")


@pytest_asyncio.fixture(loop_scope="session")
async def door(graph: Graph, tmp_path: Path) -> AsyncIterator[Door]:
    await clear(graph, MODEL)
    await seed(graph, defaults(MODEL))
    await load(graph, MODEL, stock())
    execution = Execution(graph, MODEL, schema.graphql, Cursors(SECRET), Bounds())
    verifier = Verifier(ISSUER, AUDIENCE, {"k1": Key("ES256", KEY.public_key())})
    rates = Rates(
        Budget(requests=4, records=100), Budget(requests=8, records=200), SECRET, PROXIES, Local(clock=Clock())
    )
    answers = Answers(graph, execution.policies, Memory(1 << 20), SECRET, 0, settled_seconds=0)
    settings, shelf = Settings(data=tmp_path), Shelf(tmp_path / "releases")
    yield Door(Services(settings, graph, None, execution, verifier, None, shelf, answers, rates=rates))
    await clear(graph, MODEL)


def told(answer: httpx.Response) -> dict[str, Any]:
    """What a refusal says, which is right as one."""
    assert answer.status_code == 429
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "RATE_LIMITED"
    assert "hãy chờ" in error["extensions"]["vi"]
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert answer.headers["cache-control"] == "private, no-store"
    assert "data" not in answer.json()
    return error


async def test_who_asks_too_often_is_refused_alone(door: Door) -> None:
    for _ in range(4):
        assert (await door.ask()).status_code == 200
    answer = await door.ask()
    assert "over `4` requests a minute, `0` are left" in told(answer)["message"]
    assert answer.headers["ratelimit-policy"] == '"requests";q=4;w=60'
    assert {"RateLimit", "Retry-After"} <= set(answer.headers["access-control-expose-headers"].split(", "))
    for accept in ("application/json", "application/graphql-response+json"):
        told(await door.ask(accept=accept))
    assert (await door.ask("192.0.2.2")).status_code == 200
    assert (await door.ask(**DEVELOPER)).status_code == 200


async def test_records_are_counted_where_they_may_be_read(door: Door) -> None:
    dear, modest = (f"{{ farms(first: {number}) {{ nodes {{ name }} }} }}" for number in (99, 2))
    assert (await door.ask(query=dear)).status_code == 200
    answer = await door.ask(query=modest)
    assert "over `100` records a minute, `1` are left" in told(answer)["message"]
    assert (await door.ask(query="{ __typename }")).status_code == 200
    assert (await door.ask(query=modest, **DEVELOPER)).status_code == 200


async def test_what_is_kept_for_everybody_reads_no_records(door: Door) -> None:
    dear = "{ farms(first: 45) { nodes { name } } }"
    answers = [await door.ask(query=dear) for _ in range(4)]
    # asked twice, then kept
    assert [answer.status_code for answer in answers] == [200] * 4


async def test_what_is_wrong_counts_too(door: Door) -> None:
    wrong = [
        await door.ask(query="{"),
        await door.ask(query="{ nothing }"),
        await door.ask(**bearer(token("steward", key=OTHER_KEY))),
        await door.ask(**bearer("no.token.")),
    ]
    assert [answer.status_code for answer in wrong] == [400, 400, 401, 401]
    told(await door.ask())
    told(await door.ask(**bearer("no.token.")))


async def test_behind_our_proxy_each_has_their_own(door: Door) -> None:
    near = "10.0.0.9"
    for _ in range(4):
        assert (await door.ask(near, **{"x-forwarded-for": "198.51.100.7"})).status_code == 200
    told(await door.ask(near, **{"x-forwarded-for": "1.2.3.4, 198.51.100.7"}))
    assert (await door.ask(near, **{"x-forwarded-for": "198.51.100.8"})).status_code == 200
    for number in range(4):
        assert (await door.ask(**{"x-forwarded-for": f"198.51.100.{number}"})).status_code == 200
    told(await door.ask(**{"x-forwarded-for": "198.51.100.99"}))


async def test_a_refusal_costs_no_statement(door: Door) -> None:
    for _ in range(4):
        await door.ask()
    before = door.services.graph.statements
    for _ in range(20):
        told(await door.ask())
    assert door.services.graph.statements == before


async def test_many_at_once_are_counted_each(door: Door) -> None:
    answers = await asyncio.gather(*(door.ask() for _ in range(20)))
    assert Counter(answer.status_code for answer in answers) == {200: 4, 429: 16}
    assert json.loads(answers[0].content)
