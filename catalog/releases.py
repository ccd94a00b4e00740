"""Releases: dated, numbered, immutable publications of a dataset. `catalog.shelves` keeps them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from catalog.columns import Column
from schema.errors import NotFound


@dataclass(frozen=True, slots=True)
class File:
    """One file of a release: `format` is `csv`, `json`, `parquet` or an extra's; `size` in bytes; `sha256` in hex."""

    name: str
    format: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What a release changed: numbers of rows by key against the release before, and the columns' names."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()
    columns_changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Release:
    """A publication: `epoch` is the policy's, `versions` the data's.

    `temporal` is the first and last day covered, where the data say it; `columns` is the shape of the table;
    `approved_by` names who let through a release that lost many rows.
    """

    slug: str
    number: int
    issued: datetime
    rows: int
    content_sha256: str
    files: tuple[File, ...]
    changes: Changes
    epoch: int
    versions: Mapping[str, str]
    columns: Mapping[str, str]
    temporal: tuple[str, str] | None = None
    approved_by: str = ""

    def file(self, name: str) -> File:
        """The file of that name."""
        for each in self.files:
            if each.name == name:
                return each
        raise NotFound(
            f"bản phát hành {self.number} của `{self.slug}` không có tệp `{name}`",
            f"release {self.number} of `{self.slug}` has no file `{name}`",
        )


def shape_of(columns: Sequence[Column]) -> Mapping[str, str]:
    """Each column's name with what its cells are: the part of a declaration that makes data compatible."""
    return {
        each.name: " ".join(
            part
            for part in (
                "list of" if each.many else "",
                each.kind.value,
                f"({each.decimals})" if each.decimals else "",
                each.unit_en,
            )
            if part
        )
        for each in columns
    }
