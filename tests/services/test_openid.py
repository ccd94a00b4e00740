"""Tokens of a real OpenID provider: the hub takes access tokens made for it, and answers each agency its own."""

import stat
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import httpx
import pytest
import pytest_asyncio

from auth.principal import Role
from auth.token import LONGEST_LIFE, Verifier, keys_of, principal
from hub.app import application
from hub.services import opened
from hub.settings import Settings
from schema.engine import Engine
from schema.errors import Unauthenticated
from schema.graph import Graph
from schema.scalars import parse
from schema.types import MODEL
from tests.oracle.graphs import Record, Stock, clear, load
from tests.services.openid import OTHER, Provider, own_openid
from tests.services.servers import running

AUDIENCE: Final = "hub"
AGRICULTURE, TOURISM = "DEMO.NN", "DEMO.DL"
STEWARDS: Final = {"steward-nn": AGRICULTURE, "steward-dl": TOURISM}
FARMS: Final = "{ farms(orderBy: [{id: ASC}]) { nodes { id ownerName } } }"
CELLS: Final[dict[str, dict[str, str]]] = {
    "Farm:1": {"name": "Trang trại 1", "custodian": AGRICULTURE, "visibility": "RESTRICTED", "ownerName": "An"},
    "Farm:2": {"name": "Trang trại 2", "custodian": TOURISM, "visibility": "RESTRICTED", "ownerName": "Bình"},
    "Farm:3": {"name": "Trang trại 3", "custodian": TOURISM, "visibility": "OPEN", "ownerName": "Chi"},
}

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def verifier(provider: Provider) -> Verifier:
    return Verifier(provider.issuer, AUDIENCE, keys_of(provider.jwks()))


def test_an_app_gets_a_token_in_its_own_name(provider: Provider, verifier: Verifier) -> None:
    claims = verifier.verify(provider.app_token())
    assert (claims.client, claims.agency, claims.roles) == ("console-of-tests", None, {Role.DEVELOPER})
    assert claims.token_id
    asker = principal(claims)
    assert (asker.subject, asker.client) == (None, "console-of-tests")


@pytest.mark.parametrize("app", ["public", "confidential"])
@pytest.mark.parametrize("person", STEWARDS)
def test_a_person_gets_a_token_by_code(provider: Provider, verifier: Verifier, person: str, app: str) -> None:
    claims = verifier.verify(provider.sign_in(person, app=app)["access_token"])
    assert (claims.subject, claims.agency, claims.roles) == (person, STEWARDS[person], {Role.STEWARD})
    assert claims.client == provider.secrets[app]["id"]
    assert principal(claims).subject == person
    assert 0 < (claims.expires - claims.issued).total_seconds() <= LONGEST_LIFE


def test_a_refreshed_token_is_as_good(provider: Provider, verifier: Verifier) -> None:
    granted = provider.sign_in("steward-nn")
    renewed = provider.refresh(granted["refresh_token"])
    first, second = (verifier.verify(each["access_token"]) for each in (granted, renewed))
    assert (first.subject, first.agency, first.roles) == (second.subject, second.agency, second.roles)
    assert first.token_id != second.token_id


def test_only_the_access_token_is_one(provider: Provider, verifier: Verifier) -> None:
    granted = provider.sign_in("steward-nn")
    assert verifier.verify(granted["access_token"])
    # The ID token is signed with the same key; one for an audience that is called like the app is refused too.
    apps_own = Verifier(provider.issuer, provider.secrets["public"]["id"], keys_of(provider.jwks()))
    for name in ("id_token", "refresh_token"):
        for each in (verifier, apps_own):
            with pytest.raises(Unauthenticated):
                each.verify(granted[name])


def test_a_token_for_another_audience_is_refused(provider: Provider, verifier: Verifier) -> None:
    others = Verifier(provider.issuer, "other", keys_of(provider.jwks()))
    for token in (provider.app_token(OTHER), provider.sign_in("steward-nn", resource=OTHER)["access_token"]):
        assert others.verify(token)
        with pytest.raises(Unauthenticated):
            verifier.verify(token)


def test_a_token_ends(provider: Provider) -> None:
    token = provider.app_token()
    keys = keys_of(provider.jwks())
    later = Verifier(provider.issuer, AUDIENCE, keys, clock=lambda: time.time() + LONGEST_LIFE + 60)
    with pytest.raises(Unauthenticated, match="expired"):
        later.verify(token)


def test_another_providers_token_is_refused(tmp_path: Path, provider: Provider, verifier: Verifier) -> None:
    with own_openid(tmp_path) as stranger:
        token = stranger.app_token()
        ours_by_name = Verifier(stranger.issuer, AUDIENCE, keys_of(provider.jwks()))
        for each in (verifier, ours_by_name):
            with pytest.raises(Unauthenticated):
                each.verify(token)


@pytest.mark.parametrize("person", ["steward-nn", "nobody", "constructor"])
def test_a_wrong_password_signs_nobody_in(provider: Provider, person: str) -> None:
    people = {**provider.secrets["people"], person: "wrong"}
    with pytest.raises(AssertionError, match="wrong name or password"):
        replace(provider, secrets={**provider.secrets, "people": people}).sign_in(person)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(
    engine: Engine, provider: Provider, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of a hub that is set up for this provider as any installation would be."""
    data = tmp_path_factory.mktemp("hub")
    jwks = data / "jwks.json"
    jwks.write_bytes(provider.jwks())
    settings = Settings.from_environment(
        {
            "HUB_DATA": str(data),
            "HUB_GRAPH_URL": engine.url,
            "HUB_GRAPH_USER": engine.user,
            "HUB_GRAPH_PASSWORD": engine.password,
            "HUB_GRAPH_DATABASE": engine.database,
            "HUB_ISSUER": provider.issuer,
            "HUB_AUDIENCE": AUDIENCE,
            "HUB_JWKS_FILE": str(jwks),
        }
    )
    graph = await Graph.connect(engine.url, engine.user, engine.password)
    await clear(graph, MODEL)
    async with opened(settings, lambda _vi, _en: None) as services:
        await load(graph, MODEL, stock())
        transport = httpx.ASGITransport(app=application(services, "http://hub.test"))
        async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as made:
            yield made
        await clear(graph, MODEL)
    await graph.close()


def stock() -> Stock:
    records: dict[str, Record] = {}
    for name, cells in CELLS.items():
        kind = MODEL.type("Farm")
        values = {field.name: parse(field, cells.get(field.name, "")) for field in kind.fields.values()}
        records[name] = Record(name, kind, values)
    return Stock(records, [])


async def asked(client: httpx.AsyncClient, token: str | None) -> httpx.Response:
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    return await client.post("/graphql", json={"query": FARMS}, headers=headers)


async def test_each_agency_is_answered_its_own(client: httpx.AsyncClient, provider: Provider) -> None:
    seen = {
        "steward-nn": [("Farm:1", "An"), ("Farm:3", None)],
        "steward-dl": [("Farm:2", "Bình"), ("Farm:3", "Chi")],
        None: [("Farm:3", None)],
    }
    for person, farms in seen.items():
        token = provider.sign_in(person)["access_token"] if person else None
        answer = await asked(client, token)
        assert answer.status_code == 200
        assert [(each["id"], each["ownerName"]) for each in answer.json()["data"]["farms"]["nodes"]] == farms
    as_app = await asked(client, provider.app_token())
    assert as_app.json()["data"] == (await asked(client, None)).json()["data"]


async def test_what_is_no_access_token_is_401(client: httpx.AsyncClient, provider: Provider) -> None:
    granted = provider.sign_in("steward-nn")
    for token in (granted["id_token"], granted["refresh_token"], provider.app_token(OTHER)):
        answer = await asked(client, token)
        assert answer.status_code == 401
        assert "data" not in answer.json()


def test_its_secrets_are_private_and_kept(tmp_path: Path) -> None:
    kept: list[dict[str, bytes]] = []
    for _ in range(2):
        with running("openid", tmp_path) as (_, file):
            assert Path(file) == tmp_path / "clients.json"
            files = {name: (tmp_path / name).read_bytes() for name in ("keys.json", "clients.json")}
            assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in files} == {0o600}
            kept.append(files)
    assert kept[0] == kept[1]
