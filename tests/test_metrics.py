"""`/metrics`: what was counted is what happened, in one hub's own registry, for those alone who may read it."""

from collections.abc import AsyncIterator, Generator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import pytest_asyncio
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from auth.grants import seed
from auth.rules import defaults
from auth.token import DemoIssuer
from catalog.shelves import Shelf
from connectors.runner import Runner
from connectors.streams import STREAMS
from hub.api.schema import schema
from hub.app import application
from hub.cli.work import FACTS, named, publish
from hub.compiler.cursors import Cursors
from hub.execution import Bounds, Execution
from hub.metrics import Metrics
from hub.services import Services
from hub.settings import Settings
from schema.constraints import uniques
from schema.errors import Unavailable
from schema.graph import Graph
from schema.types import MODEL

FARMS: Final = "{ farms { totalCount } }"
SECRET: Final = "canary-of-a-value"

Numbers = dict[tuple[str, ...], float]


@pytest.fixture
def services(graph: Graph, tmp_path: Path) -> Generator[Services]:
    """Give the parts of a hub on a graph that is there already."""
    execution = Execution(graph, MODEL, schema.graphql, Cursors(b"of these tests"), Bounds())
    issuer = DemoIssuer(tmp_path)
    settings = Settings(data=tmp_path)
    made = Services(settings, graph, None, execution, issuer.verifier(), issuer, Shelf(tmp_path / "releases"))
    before = graph.watch
    graph.watch = made.metrics.statement
    yield made
    graph.watch = before


@pytest_asyncio.fixture(loop_scope="session")
async def client(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of that hub, on its own machine."""
    await seed(services.graph, defaults(MODEL))
    async with of(services, "127.0.0.1") as made:
        yield made


def of(services: Services, host: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=application(services, "http://hub.test"), client=(host, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://hub.test")


async def numbers(client: httpx.AsyncClient) -> Numbers:
    """Each number by its name and the values of its labels."""
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert SECRET not in answer.text
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels, reverse=True))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if not sample.name.endswith("_bucket")
    }


async def test_requests_are_counted_by_route_and_outcome(client: httpx.AsyncClient) -> None:
    for query in (FARMS, FARMS, "{ nope }", "{", f'{{ farms(where: {{name: {{eq: "{SECRET}"}}}}) {{ totalCount }} }}'):
        await client.post("/graphql", json={"query": query})
    await client.get(f"/data/{SECRET}")
    await client.get(f"/{SECRET}")
    found = await numbers(client)
    requests = {key[1:]: number for key, number in found.items() if key[0] == "hub_requests_total"}
    assert requests == {
        ("/graphql", "OK"): 3,
        ("/graphql", "GRAPHQL_VALIDATION_FAILED"): 1,
        ("/graphql", "GRAPHQL_PARSE_FAILED"): 1,
        ("/data/{slug}", "NOT_FOUND"): 1,
        ("-", "NOT_FOUND"): 1,
    }
    assert found["hub_request_seconds_count", "/graphql"] == 5
    assert (await numbers(client))["hub_requests_total", "/metrics", "OK"] == 1


async def test_statements_documents_and_the_policy_are_told(client: httpx.AsyncClient, services: Services) -> None:
    before = await numbers(client)
    for query in (FARMS, FARMS, FARMS, "{"):
        await client.post("/graphql", json={"query": query})
    found = await numbers(client)
    assert found["hub_statement_seconds_count", "READ"] > before["hub_statement_seconds_count", "READ"]
    assert found["hub_statements_total",] == services.graph.statements
    assert found["hub_statements_in_flight",] == 0
    assert found["hub_documents_total", "hit"] == 2
    assert found["hub_documents_total", "miss"] == 2
    assert (found["hub_plans_total", "hit"], found["hub_plans_total", "miss"]) == (2, 1)
    assert found["hub_policy_epoch",] == services.execution.policies.epoch
    assert (before["hub_policy_refreshes_total",], found["hub_policy_refreshes_total",]) == (0, 1)
    assert found["hub_discarded_answers_total",] == 0


async def test_an_answer_under_an_old_epoch_is_counted_as_discarded(
    client: httpx.AsyncClient, services: Services
) -> None:
    await client.post("/graphql", json={"query": FARMS})
    await services.graph.write(("MATCH (v:PolicyVersion {id: 1}) SET v.epoch = v.epoch + 1", {}))
    assert (await client.post("/graphql", json={"query": FARMS})).status_code == 200
    found = await numbers(client)
    assert found["hub_discarded_answers_total",] == 1
    assert found["hub_policy_refreshes_total",] == 2


async def test_a_statement_that_fails_is_in_flight_no_longer(services: Services, client: httpx.AsyncClient) -> None:
    with pytest.raises(Exception, match="THIS"):
        await services.graph.read("THIS IS NO STATEMENT", {})
    found = await numbers(client)
    assert found["hub_statements_in_flight",] == 0
    assert found["hub_statement_seconds_count", "READ"] >= 1


def test_statements_are_in_flight_while_they_run() -> None:
    metrics = Metrics()

    def running() -> float:
        (family,) = [
            family
            for family in text_string_to_metric_families(metrics.exposition().decode())
            if family.name == "hub_statements_in_flight"
        ]
        return family.samples[0].value

    with metrics.statement("READ"):
        with metrics.statement("WRITE"):
            assert running() == 2
        assert running() == 1
    assert running() == 0


async def test_runs_and_releases_are_told_from_the_graph_and_the_shelf(
    client: httpx.AsyncClient, services: Services
) -> None:
    await services.graph.write(
        ("CREATE (r:Run {id: 'metrics-1', state: 'TESTED'}), (q:Run {id: 'metrics-2', state: 'TESTED'})", {})
    )
    try:
        found = await numbers(client)
    finally:
        await services.graph.write(("MATCH (r:Run) WHERE r.state = 'TESTED' DELETE r", {}))
    assert found["hub_runs", "TESTED"] == 2


async def test_without_the_graph_the_rest_is_told(
    client: httpx.AsyncClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def read(*_: object) -> list[Any]:
        raise Unavailable("nghỉ", "resting")

    monkeypatch.setattr(services.graph, "read", read)
    found = await numbers(client)
    assert found["hub_statements_in_flight",] == 0
    assert not [key for key in found if key[0] == "hub_runs"]


@pytest.mark.parametrize(
    ("host", "addresses", "status"),
    [
        ("127.0.0.1", "", 200),
        ("::1", "", 200),
        ("::ffff:127.0.0.1", "", 200),
        ("10.1.2.3", "", 404),
        ("10.1.2.3", "10.1.2.0/24", 200),
        ("10.1.3.3", "10.1.2.0/24", 404),
        ("::ffff:10.1.2.3", "10.1.2.0/24", 200),
        ("2001:db8::1", "10.1.2.0/24,2001:db8::/32", 200),
        ("127.0.0.1", "10.1.2.0/24", 404),
        ("testclient", "0.0.0.0/0", 404),
    ],
)
async def test_the_numbers_are_for_those_who_are_named(
    services: Services, host: str, addresses: str, status: int
) -> None:
    settings = Settings.from_environment({"HUB_DATA": "x", "HUB_METRICS_ADDRESSES": addresses})
    async with of(Services(settings, *vars_of(services)), host) as client:
        answer = await client.get("/metrics", headers={"x-forwarded-for": "127.0.0.1"})
        other = await client.get("/nowhere")
    assert answer.status_code == status
    if status == 404:
        assert answer.text.replace("/metrics", "/nowhere") == other.text


def vars_of(services: Services) -> tuple[Any, ...]:
    rest = (services.engine, services.execution, services.verifier, services.issuer, services.shelf)
    return (services.graph, *rest)


def test_two_hubs_of_one_process_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.published("published")
    assert b"hub_publications_total{" in one.exposition()
    assert b"hub_publications_total{" not in other.exposition()
    assert not [family.name for family in REGISTRY.collect() if family.name.startswith("hub_")]


async def test_publications_are_counted_by_outcome(services: Services) -> None:
    metrics = services.metrics
    await seed(services.graph, defaults(MODEL))
    await services.graph.define(uniques(MODEL))
    for stream in STREAMS:
        if stream.name in {"agencies", "areas", "sights"}:
            await Runner(services.graph, MODEL).run(stream, FACTS)
    dataset = named(["diem-den-du-lich"])
    await publish(services, dataset)
    await publish(services, dataset)
    text = metrics.exposition().decode()
    assert 'hub_publications_total{outcome="published"} 1.0' in text
    assert 'hub_publications_total{outcome="unchanged"} 1.0' in text
