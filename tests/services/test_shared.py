"""Servers that several runs share: what one run made is gone when it ends, what others made stays."""

import pytest

from tests.services import servers
from tests.services.servers import CkanServer, RedisServer, redis_client

pytestmark = pytest.mark.services


def test_keys_of_a_run_are_removed_from_a_shared_redis(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("HUB_TEST_REDIS_URL", redis_server.url)
    other = f"{redis_server.prefix}other"
    with redis_client(redis_server.url) as client:
        client.set(other, "stays")
        with servers.redis(tmp_path_factory.mktemp("unused")) as server:
            assert server.prefix != redis_server.prefix
            client.set(f"{server.prefix}a", "goes")
        assert client.get(f"{server.prefix}a") is None
        assert client.get(other) == b"stays"
        client.delete(other)


def test_datasets_of_a_run_are_removed_from_a_shared_ckan(
    ckan: CkanServer, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("HUB_TEST_CKAN_URL", ckan.url)
    monkeypatch.setenv("HUB_TEST_CKAN_TOKEN", ckan.token)
    stays = ckan.call("package_create", name=f"{ckan.organization}-stays", owner_org=ckan.organization)
    with servers.ckan(tmp_path_factory.mktemp("unused")) as server:
        states = {"open": {}, "closed": {"private": True}, "draft": {"state": "draft"}, "deleted": {}}
        made = [
            server.call("package_create", name=f"{server.organization}-{name}", owner_org=server.organization, **more)
            for name, more in states.items()
        ]
        server.call("package_delete", id=made[-1]["id"])
    assert server.organization not in ckan.call("organization_list")
    left = ckan.call("package_search", include_private=True, include_drafts=True, include_deleted=True, rows=1000)
    ids = {dataset["id"] for dataset in left["results"]}
    assert stays["id"] in ids
    assert ids.isdisjoint(dataset["id"] for dataset in made)
    ckan.call("dataset_purge", id=stays["id"])
