"""Releases: dated, numbered, immutable publications of a dataset, kept in a folder by what they hold.

A shelf is a folder:

    objects/<sha256>              each file once, named by its bytes
    releases/<slug>/000001.json   what a release is; it exists when, and only when, the release does
    settled/<slug>                the mark of the data and rules that the newest release was last checked against
    partial/                      what is being written; anything here may be thrown away

A file is written in `partial`, flushed to the disk and renamed; the release's own description comes last, by a link
that fails where the number is taken. So whenever the process is killed, a reader finds the old state or the new.
"""

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final, cast
from uuid import uuid4

import pyarrow as pa

from catalog.changes import Difference, difference
from catalog.columns import Column
from catalog.formats import FORMATS
from catalog.releases import Changes, File, Release
from schema.errors import Conflict, NotFound
from schema.scalars import instant

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_TABLE: Final = "parquet"


@dataclass(frozen=True, slots=True)
class Draft:
    """A file to be: `write` puts it where it is told."""

    name: str
    format: str
    media_type: str
    write: Callable[[Path], None]


class Shelf:
    """The releases kept in one folder; several processes may read it while one publishes."""

    def __init__(self, folder: Path) -> None:
        self._objects = folder / "objects"
        self._releases = folder / "releases"
        self._partial = folder / "partial"
        self._settled = folder / "settled"

    def slugs(self) -> tuple[str, ...]:
        """The datasets that have a release."""
        return tuple(sorted(each.name for each in self._releases.iterdir())) if self._releases.is_dir() else ()

    def releases(self, slug: str) -> tuple[Release, ...]:
        """All releases, oldest first; none for a dataset that was never published."""
        folder = self._releases / _safe(slug)
        return tuple(_read(path) for path in sorted(folder.glob("*.json")))

    def latest(self, slug: str) -> Release | None:
        """The newest release, if there is one."""
        paths = sorted((self._releases / _safe(slug)).glob("*.json"))
        return _read(paths[-1]) if paths else None

    def release(self, slug: str, number: int) -> Release:
        """The release of that number."""
        path = self._path(slug, number)
        if not path.is_file():
            raise NotFound(f"`{slug}` không có bản phát hành {number}", f"`{slug}` has no release {number}")
        return _read(path)

    def file(self, slug: str, number: int, name: str) -> Path:
        """Where the bytes of a file are; the path's own name is their sha256."""
        return self._objects / self.release(slug, number).file(name).sha256

    def table(self, slug: str, number: int) -> pa.Table:
        """The table that the release's files were written from."""
        release = self.release(slug, number)
        file = next(each for each in release.files if each.format == _TABLE)
        return FORMATS[_TABLE].read((), self._objects / file.sha256)

    def difference(self, slug: str, number: int, columns: Sequence[Column], key: Sequence[str]) -> Difference:
        """The keys of the rows that a release added, changed and removed; all are added in the first."""
        after = self.table(slug, number)
        before = self.table(slug, number - 1) if number > 1 else after.slice(0, 0)
        return difference(columns, key, before, after)

    def damaged(self, slug: str) -> tuple[str, ...]:
        """The names of the newest release's files that are missing, or whose bytes are not those of the release."""
        release = self.latest(slug)
        return tuple(each.name for each in (release.files if release else ()) if not self._whole(each))

    def settled(self, slug: str) -> str:
        """The mark under which the newest release was last found to be up to date."""
        path = self._settled / _safe(slug)
        return path.read_text("utf-8") if path.is_file() else ""

    def settle(self, slug: str, mark: str) -> None:
        """Note that the newest release is up to date as of whatever `mark` stands for."""
        for folder in (self._partial, self._settled):
            folder.mkdir(parents=True, exist_ok=True)
        partial = self._partial / uuid4().hex
        partial.write_text(mark, "utf-8")
        partial.replace(self._settled / _safe(slug))

    def add(self, release: Release, drafts: Sequence[Draft]) -> Release:
        """Write the files, then the release; Conflict where another took its number first."""
        for folder in (self._objects, self._partial, self._releases / _safe(release.slug)):
            folder.mkdir(parents=True, exist_ok=True)
            _flush(folder.parent)
        whole = replace(release, files=tuple(self._keep(draft) for draft in drafts))
        _flush(self._objects)
        partial, path = self._partial / uuid4().hex, self._path(whole.slug, whole.number)
        partial.write_text(_shown(whole), "utf-8")
        _flush(partial)
        try:
            os.link(partial, path)
        except FileExistsError:
            raise Conflict(
                f"bản phát hành {whole.number} của `{whole.slug}` vừa được tạo ở nơi khác: phát hành lại",
                f"release {whole.number} of `{whole.slug}` was just made elsewhere: publish again",
            ) from None
        _flush(path.parent)
        partial.unlink()
        return _read(path)

    def _whole(self, file: File) -> bool:
        try:
            with (self._objects / file.sha256).open("rb") as source:
                return file_digest(source, "sha256").hexdigest() == file.sha256
        except OSError:
            return False

    def _path(self, slug: str, number: int) -> Path:
        return self._releases / _safe(slug) / f"{number:06}.json"

    def _keep(self, draft: Draft) -> File:
        partial = self._partial / uuid4().hex
        draft.write(partial)
        with partial.open("rb") as source:
            digest = file_digest(source, "sha256").hexdigest()
        size = partial.stat().st_size
        partial.chmod(0o444)
        _flush(partial)
        partial.replace(self._objects / digest)
        return File(draft.name, draft.format, draft.media_type, size, digest)


def _flush(path: Path) -> None:
    """Have the disk hold a file's bytes, or a folder's names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _safe(slug: str) -> str:
    if not _SLUG.fullmatch(slug):
        raise NotFound(f"không có tập dữ liệu `{slug[:80]}`", f"there is no dataset `{slug[:80]}`")
    return slug


def _shown(release: Release) -> str:
    return json.dumps({**asdict(release), "issued": instant(release.issued)}, ensure_ascii=False, indent=1)


def _read(path: Path) -> Release:
    held = cast("dict[str, Any]", json.loads(path.read_text("utf-8")))
    return Release(**{name: _RESTORED.get(name, _same)(value) for name, value in held.items()})


def _same(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    return value


def _changes(held: dict[str, Any]) -> Changes:
    restored: dict[str, Any] = {
        name: tuple(value) if name.startswith("columns") else value for name, value in held.items()
    }
    return Changes(**restored)


def _files(held: list[dict[str, Any]]) -> tuple[File, ...]:
    return tuple(File(**each) for each in held)


def _temporal(held: list[str] | None) -> tuple[str, str] | None:
    return (held[0], held[1]) if held else None


_RESTORED: Final[Mapping[str, Callable[[Any], Any]]] = {
    "issued": datetime.fromisoformat,
    "files": _files,
    "changes": _changes,
    "temporal": _temporal,
}
"""The fields of a release that JSON does not give back as they were."""
