"""The application: which address leads where, and what every answer carries."""

from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from catalog.datasets import DATASETS
from hub.api.endpoint import Endpoint
from hub.api.schema import schema
from hub.compression import COMPRESSED
from hub.conditional import OPEN, matches, weak_tag
from hub.exposition import Exposition
from hub.observed import Observed
from hub.pages import Site, handlers, read_queries, routes
from hub.probes import of_services
from hub.readiness import Readiness, health
from hub.services import Services

_SDL: Final = schema.as_str().encode()
QUERIES: Final = Path(__file__).parent.parent / "examples" / "queries"


def application(services: Services, base_url: str) -> Starlette:
    """The ASGI application over these services, known to the public under `base_url`."""
    site = Site(
        datasets=DATASETS,
        shelf=services.shelf,
        base_url=base_url,
        demo=services.issuer is not None,
        queries=read_queries(QUERIES),
    )
    graphql = Endpoint(schema, services.execution, services.verifier, "/explorer", services.answers, services.rates)
    addresses = [
        Route("/graphql", graphql, middleware=COMPRESSED),
        Route("/schema.graphql", _sdl, middleware=COMPRESSED),
        Route("/healthz", health),
        Route("/readyz", Readiness(of_services(services)).answer),
        Route("/metrics", Exposition(services, graphql.documents).answer),
        *routes(site),
    ]
    answering = handlers(site)
    watches = services.watches or (services.metrics.request,)
    observed = Middleware(Observed, routes=addresses, unexpected=answering[Exception], watches=watches)
    return Starlette(routes=addresses, middleware=[observed], exception_handlers=answering)


def _sdl(request: Request) -> Response:
    tag = weak_tag(_SDL)
    headers = {**OPEN, "ETag": tag}
    if matches(request.headers, tag):
        return Response(status_code=304, headers=headers)
    return Response(_SDL, media_type="text/plain; charset=utf-8", headers=headers)
