"""How a page is made: its language, its addresses, its template, and the headers that keep a browser safe."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from hub.pages.assets import Assets
from hub.pages.languages import LANGUAGES, Language, other, wanted
from hub.pages.sites import Site

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
_PREFIX = re.compile(r"/(vi|en)(?=/|$)")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
"""The headers of every page. Scripts and styles come only from the hub; no page may be framed."""


@dataclass(frozen=True, slots=True)
class Page:
    """Where a reader is: the language, whether the address says so, and the address without that."""

    language: Language
    prefix: str
    path: str
    query: str

    def link(self, path: str) -> str:
        """An address within the site that keeps the language which this one names."""
        return (self.prefix + path).removesuffix("/") or "/"

    def sibling(self, language: Language) -> str:
        """The same page, in a language by name."""
        return f"/{language.code}{self.path.removesuffix('/')}{'?' + self.query if self.query else ''}"


def page_of(request: Request) -> Page:
    """The page that a request asks for; the language by its address, else by `Accept-Language`."""
    path = request.url.path
    named = _PREFIX.match(path)
    if named is None:
        return Page(wanted(request.headers.get("accept-language", "")), "", path, request.url.query)
    return Page(LANGUAGES[named[1]], named[0], path[named.end() :] or "/", request.url.query)


class Renderer:
    """Turns a template and its values into a response."""

    def __init__(self, site: Site, assets: Assets) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._everywhere = {"asset": assets.url, "demo": site.demo, "base_url": site.base_url}

    def page(self, request: Request, template: str, values: Mapping[str, Any], *, status: int = 200) -> HTMLResponse:
        """The page of a template, in the language that the request asks for."""
        page = page_of(request)
        language = page.language
        body = self._environment.get_template(template).render(
            page=page,
            t=language.t,
            language=language,
            other=other(language),
            languages=tuple(LANGUAGES.values()),
            **self._everywhere,
            **values,
        )
        headers = {**HEADERS, "Content-Language": language.code, "Cache-Control": "no-cache"}
        if not page.prefix:
            headers["Vary"] = "Accept-Language"
        return HTMLResponse(body, status, headers)
