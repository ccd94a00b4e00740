"""Releases: dated, numbered, immutable publications of a dataset, kept in a folder by what they hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class File:
    """One file of a release: `format` is `csv`, `json` or `parquet`; `size` in bytes; `sha256` in hexadecimal."""

    name: str
    format: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What a release changed: numbers of rows by key against the release before, and the columns that came or went."""

    added: int
    changed: int
    removed: int
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()
    columns_changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Release:
    """A publication: `epoch` is the policy's, `versions` the data's; `temporal` the first and last day covered."""

    slug: str
    number: int
    issued: datetime
    rows: int
    content_sha256: str
    files: tuple[File, ...]
    changes: Changes
    epoch: int
    versions: Mapping[str, str]
    temporal: tuple[str, str]
    columns: tuple[Mapping[str, object], ...]
