"""The files of releases: each at an address whose bytes never change, and the short way to the newest of a format."""

import re

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from catalog.releases import File, Release
from hub.conditional import matches
from hub.pages.sites import Site
from schema.errors import NotFound

_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json", "parquet": "application/vnd.apache.parquet"}
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


class Downloads:
    """Answers with files of the shelf; a name is looked up among a release's files and never becomes a path itself."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def file(self, request: Request) -> Response:
        """One file of one release, with its checksum as ETag; parts of it on request."""
        slug, number, name = (str(request.path_params[each]) for each in ("slug", "release", "file"))
        release = self._release(slug, number)
        listed = next((each for each in release.files if each.name == name), None)
        if listed is None:
            raise _missing(f"{slug}/{number}/{name}")
        tag = f'"{listed.sha256}"'
        headers = {
            "ETag": tag,
            "Cache-Control": "public, max-age=31536000, immutable",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Access-Control-Allow-Origin": "*",
        }
        if matches(request.headers, tag):
            return Response(status_code=304, headers=headers)
        return FileResponse(
            self._site.shelf.file(slug, release.number, listed.name),
            filename=f"{slug}-{release.number}.{listed.format}",
            media_type=_TYPES.get(listed.format, listed.media_type),
            headers=headers,
        )

    def latest(self, request: Request) -> Response:
        """Where the newest file of a format is now."""
        slug, form = str(request.path_params["slug"]), str(request.path_params["format"])
        release = newest(self._site, slug)
        listed = _of_format(release, form) if release else None
        if release is None or listed is None:
            raise _missing(f"{slug}/latest/{form}")
        return RedirectResponse(
            f"/data/{slug}/{release.number}/{listed.name}",
            302,
            {"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"},
        )

    def _release(self, slug: str, number: str) -> Release:
        known = self._site.shelf.releases(slug) if slug in self._site.datasets and _NUMBER.fullmatch(number) else ()
        found = next((each for each in known if each.number == int(number)), None)
        if found is None:
            raise _missing(f"{slug}/{number}")
        return found


def newest(site: Site, slug: str) -> Release | None:
    """The newest release of a dataset, if it has one."""
    return site.shelf.latest(slug) if slug in site.datasets else None


def _of_format(release: Release, form: str) -> File | None:
    return next((each for each in release.files if each.format == form), None)


def _missing(path: str) -> NotFound:
    return NotFound(f"không có tệp `{path}`: xem lại địa chỉ", f"there is no file `{path}`: check the address")
