"""`/metrics`: the numbers of this hub and of what it stands on, for whoever HUB_METRICS_ADDRESSES names."""

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from connectors.leases import runs_by_state
from hub.addresses import Network
from hub.api.extension import Documents
from hub.metrics import CONTENT_TYPE, Sample
from hub.services import Services
from schema.errors import HubError

_NOT_FOUND: Final = 404


class Exposition:
    """Answers `/metrics`; to others it is an address like any that is none."""

    def __init__(self, services: Services, documents: Documents) -> None:
        self._services = services
        self._runs: Mapping[str, int] = {}
        services.metrics.sample(self._samples(documents))

    async def answer(self, request: Request) -> Response:
        """The numbers now; those that only the graph knows are left out while it does not answer."""
        if not _among(request.client.host if request.client else "", self._services.settings.metrics_addresses):
            raise HTTPException(_NOT_FOUND)
        try:
            self._runs = await runs_by_state(self._services.graph)
        except HubError:
            self._runs = {}
        return Response(self._services.metrics.exposition(), media_type=CONTENT_TYPE)

    def _samples(self, documents: Documents) -> list[Sample]:
        execution, graph = self._services.execution, self._services.graph
        policies = execution.policies
        return [
            Sample("hub_statements", "counter", "statements sent to the graph", lambda: {"": graph.statements}),
            Sample(
                "hub_documents", "counter", "documents by whether they were parsed before",
                lambda: {"hit": documents.hits, "miss": documents.misses}, "cache",
            ),
            Sample(
                "hub_plans", "counter", "plans of queries by whether they were made before",
                lambda: {"hit": execution.kept.hits, "miss": execution.kept.misses}, "cache",
            ),
            Sample(
                "hub_policy_epoch", "gauge", "the epoch of the policy that was last read",
                lambda: {} if policies.epoch is None else {"": policies.epoch},
            ),
            Sample("hub_policy_refreshes", "counter", "readings of the policy", lambda: {"": policies.refreshes}),
            Sample(
                "hub_discarded_answers", "counter", "answers not given, for the epoch had moved",
                lambda: {"": execution.discarded},
            ),
            Sample("hub_runs", "gauge", "runs that the graph records, by state", lambda: self._runs, "state"),
            Sample(
                "hub_release_issued_seconds", "gauge", "when the newest release of a dataset was issued",
                self._issued, "dataset",
            ),
        ]  # fmt: skip

    def _issued(self) -> dict[str, float]:
        shelf = self._services.shelf
        newest = {slug: shelf.latest(slug) for slug in shelf.slugs()}
        return {slug: release.issued.timestamp() for slug, release in newest.items() if release is not None}


def _among(host: str, networks: tuple[Network, ...]) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in networks)
