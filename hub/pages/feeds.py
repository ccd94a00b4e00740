"""The catalogue as DCAT, for harvesters: Turtle and JSON-LD, each made once for a state of the shelf."""

from collections.abc import Callable

from rdflib import Graph
from starlette.requests import Request
from starlette.responses import Response

from catalog.dcat import catalog_graph, jsonld, turtle
from hub.conditional import OPEN, matches, weak_tag
from hub.pages.downloads import newest
from hub.pages.sites import Site

_State = tuple[tuple[str, int], ...]


class Feeds:
    """Answers with the whole catalogue; the newest feed of each format is kept until a dataset has a new release."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._kept: dict[str, tuple[_State, bytes]] = {}

    def turtle(self, request: Request) -> Response:
        """The catalogue as Turtle."""
        return self._feed(request, "text/turtle; charset=utf-8", turtle)

    def jsonld(self, request: Request) -> Response:
        """The catalogue as JSON-LD."""
        return self._feed(request, "application/ld+json", jsonld)

    def _feed(self, request: Request, media_type: str, write: Callable[[Graph], str]) -> Response:
        body = self._body(media_type, write)
        tag = weak_tag(body)
        headers = {**OPEN, "ETag": tag}
        if matches(request.headers, tag):
            return Response(status_code=304, headers=headers)
        return Response(body, media_type=media_type, headers=headers)

    def _body(self, media_type: str, write: Callable[[Graph], str]) -> bytes:
        state = tuple((slug, release.number) for slug in self._site.datasets if (release := newest(self._site, slug)))
        kept = self._kept.get(media_type)
        if kept is not None and kept[0] == state:
            return kept[1]
        site = self._site
        releases = {slug: site.shelf.releases(slug) for slug, _ in state}
        graph = catalog_graph(list(site.datasets.values()), releases, site.base_url, f"{site.base_url}/graphql")
        body = write(graph).encode()
        self._kept[media_type] = (state, body)
        return body
