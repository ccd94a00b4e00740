"""Which address leads to which page: `routes` for the application to mount, `handlers` for its errors."""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from hub.compression import COMPRESSED
from hub.pages.assets import Assets
from hub.pages.downloads import Downloads
from hub.pages.failures import Failures
from hub.pages.feeds import Feeds
from hub.pages.languages import LANGUAGES
from hub.pages.renderers import Renderer
from hub.pages.sites import Site
from hub.pages.views import Views
from schema.errors import HubError


def routes(site: Site) -> list[BaseRoute]:
    """Every page in the reader's language and, under `/vi` and `/en`, in each; downloads, feeds and static files."""
    assets = Assets()
    views, downloads, feeds = Views(site, Renderer(site, assets)), Downloads(site), Feeds(site)
    pages: Mapping[str, Callable[[Request], Response]] = {
        "/": views.home,
        "/data": views.datasets,
        "/data/{slug}": views.dataset,
        "/developers": views.developers,
        "/explorer": views.explorer,
        "/console": views.console,
    }
    made: list[BaseRoute] = [
        Route("/static/{version}/{name}", assets.serve, middleware=COMPRESSED),
        Route("/data/{slug}/latest/{format}", downloads.latest),
        Route("/data/{slug}/{release}/{file}", downloads.file),
        Route("/catalog.ttl", feeds.turtle, middleware=COMPRESSED),
        Route("/catalog.jsonld", feeds.jsonld, middleware=COMPRESSED),
    ]
    for prefix in ("", *(f"/{code}" for code in LANGUAGES)):
        for path, view in pages.items():
            made.append(Route((prefix + path).removesuffix("/") or "/", view, middleware=COMPRESSED))
            made.append(Route(f"{prefix}{path}/", _without_slash)) if path != "/" else None
        if prefix:
            made.append(Route(f"{prefix}/", _without_slash))
    return made


def handlers(site: Site) -> dict[Any, Callable[[Request, Exception], Response]]:
    """The application's exception handlers, each answering with a page."""
    failures = Failures(Renderer(site, Assets()))
    return {HTTPException: failures.http, HubError: failures.hub, Exception: failures.unexpected}


def _without_slash(request: Request) -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse("/" + request.url.path.strip("/") + query, 308)
