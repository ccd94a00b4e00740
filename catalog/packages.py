"""What a dataset is on CKAN: its package, the resources of a release, the fields and records of its DataStore table.

CKAN has one title and one description: the title is Vietnamese, the description both languages, one after the other.
What CKAN has no field for stands in extras under the names that CKAN's DCAT extension reads. Ids are UUIDs made from
the hub's address and what they name, so they are the same in every run; a resource's id also from its bytes, so other
bytes are another resource and nothing is replaced in place. All text is NFC: CKAN's search tells NFC from NFD.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final, cast
from unicodedata import normalize
from uuid import NAMESPACE_URL, uuid5

from catalog.columns import Column
from catalog.metadata import Dataset
from catalog.releases import File, Release
from schema.model import Kind
from schema.scalars import instant

SUPERSEDED: Final = "hub_superseded"
"""The extra that names the resources of the releases before, until they are cleared away."""

_DATA: Final = ("csv", "json", "parquet")
_TABLE: Final = "csv"
"""The resource that has the DataStore table: CKAN previews it, and offers its rows by API."""

_SHA256: Final = "https://spdx.org/rdf/terms#checksumAlgorithm_sha256"
_PUBLIC: Final = "http://publications.europa.eu/resource/authority/access-right/PUBLIC"
_LICENCES: Final = {"ODbL-1.0": "odc-odbl", "CC-BY-4.0": "cc-by"}
_OTHER_LICENCE: Final = "other-open"  # of CKAN's own list; the extras say which
_NO_TAG = re.compile(r"[^\w .-]+")
_TYPES: Final = {
    Kind.INT: "int4",
    Kind.LONG: "int8",
    Kind.DECIMAL: "numeric",
    Kind.DATE: "date",
    Kind.INSTANT: "timestamptz",
}


@dataclass(frozen=True, slots=True)
class Resource:
    """One file of a release; `body` is how the package lists it, `filename` its name by its content.

    A file that is too large for the site is `linked`: CKAN lists where the hub has it.
    """

    id: str
    file: File
    filename: str
    linked: bool
    body: Mapping[str, object]

    @property
    def table(self) -> bool:
        """Whether the DataStore has its rows."""
        return self.file.format == _TABLE

    def same(self, shown: Mapping[str, Any]) -> bool:
        """Whether CKAN shows this resource, with what it was told of the bytes, and where they are."""
        uploaded = str(shown.get("url")).endswith(f"/{self.id}/download/{self.filename}")
        return (
            shown["id"] == self.id
            and shown.get("hash") == self.file.sha256
            and uploaded != self.linked
            and shown.get("datastore_active", False) == self.table
        )


@dataclass(frozen=True, slots=True)
class Package:
    """A dataset as CKAN is to show it; `identifier` marks it as the hub's."""

    id: str
    name: str
    organization: str
    body: Mapping[str, object]
    extras: Mapping[str, str]
    resources: tuple[Resource, ...]

    @property
    def identifier(self) -> str:
        """The dataset's address in the hub."""
        return self.extras["identifier"]

    def equals(self, shown: Mapping[str, Any]) -> bool:
        """Whether CKAN shows the package exactly so; resources that others added beside it do not count."""
        listed = [each for each in shown["resources"] if is_ours(each)]
        return (
            len(listed) == len(self.resources)
            and all(map(_same_resource, self.resources, listed))
            and extras_of(shown) == self.extras
            and _organization(shown) == self.organization
            and {each["name"] for each in shown["tags"]} == {each["name"] for each in _list(self.body["tags"])}
            and all(shown.get(name) == value for name, value in self.body.items() if name not in {"tags", "owner_org"})
        )


def is_ours(resource: Mapping[str, Any]) -> bool:
    """Whether the hub made a resource that CKAN shows."""
    return bool(resource.get("hub_url"))


def extras_of(shown: Mapping[str, Any]) -> dict[str, str]:
    """The extras of a package that CKAN shows."""
    return {each["key"]: each["value"] for each in shown["extras"]}


def _organization(shown: Mapping[str, Any]) -> object:
    held = cast("Mapping[str, object] | None", shown["organization"])
    return held["name"] if held else None


def package(dataset: Dataset, releases: Sequence[Release], base_url: str, organization: str, largest: int) -> Package:
    """The dataset at its newest release, the last of these, in the organisation of that name.

    `largest` is how many bytes a file may have that is uploaded.
    """
    base, release = base_url.rstrip("/"), releases[-1]
    home = f"{base}/data/{dataset.slug}"
    words = dict.fromkeys(_tag(word) for word in (*dataset.keywords_vi, *dataset.keywords_en))
    body = {
        "name": dataset.slug,
        "type": "dataset",
        "state": "active",
        "private": False,
        "owner_org": organization,
        "title": dataset.title_vi,
        "notes": f"{dataset.description_vi}\n\n{dataset.description_en}",
        "url": home,
        "version": str(release.number),
        "author": dataset.creator.vi,
        "maintainer": dataset.contact.vi,
        "license_id": _LICENCES.get(dataset.licence.code, _OTHER_LICENCE),
        "tags": [{"name": word} for word in words],
    }
    return Package(
        str(uuid5(NAMESPACE_URL, home)),
        dataset.slug,
        organization,
        cast("dict[str, object]", _nfc(body)),
        cast("dict[str, str]", _nfc(_extras(dataset, releases[0].issued, release, base))),
        tuple(
            _resource(dataset, release, file, home, linked=file.size > largest)
            for file in release.files
            if file.format in _DATA
        ),
    )


def _extras(dataset: Dataset, issued: datetime, release: Release, base: str) -> dict[str, str]:
    extras = {
        "identifier": f"{base}/data/{dataset.slug}#dataset",
        "title_en": dataset.title_en,
        "issued": instant(issued),
        "modified": instant(release.issued),
        "frequency": dataset.frequency.value,
        "language": json.dumps(dataset.language),
        "theme": json.dumps([theme.value for theme in dataset.themes]),
        "spatial_uri": dataset.spatial,
        "access_rights": _PUBLIC,
        "license_name": dataset.licence.name,
        "license_url": dataset.licence.uri,
        "publisher_uri": f"{base}/catalog#agency-{dataset.publisher.code}",
        "publisher_name": dataset.publisher.vi,
        "publisher_name_en": dataset.publisher.en,
        "author_en": dataset.creator.en,
        "contact_uri": f"{base}/catalog#contact-{dataset.contact.code}",
        "contact_name": dataset.contact.vi,
        "provenance": "; ".join(dataset.sources),
        "hub_content": release.content_sha256,
    }
    if release.temporal:
        extras["temporal_start"], extras["temporal_end"] = release.temporal
    return extras


def _resource(dataset: Dataset, release: Release, file: File, home: str, *, linked: bool) -> Resource:
    form = file.format.upper()
    named = f"{home}#{file.format}-{file.sha256}{'-link' if linked else ''}"
    address = f"{home}/{release.number}/{file.name}"
    if file.format == _TABLE:
        # A table with another data dictionary is another resource too: its rows are never changed under a reader.
        named += f"-{sha256(json.dumps(fields(dataset.columns)).encode()).hexdigest()}"
    filename = f"{dataset.slug[:60]}-{file.sha256[:16]}.{file.format}"
    body: dict[str, object] = {
        "id": str(uuid5(NAMESPACE_URL, named)),
        "name": f"{dataset.title_vi}, {form}",
        "description": f"Bản phát hành {release.number}, {release.rows} dòng, tệp {form} · "
        f"Release {release.number}, {release.rows} rows, as {form}",
        "format": form,
        "mimetype": file.media_type,
        "size": file.size,
        "hash": file.sha256,
        "hash_algorithm": _SHA256,
        "url": address if linked else filename,
        "url_type": None if linked else "upload",
        "hub_url": address,
        "datastore_active": file.format == _TABLE,
    }
    return Resource(str(body["id"]), file, filename, linked, cast("dict[str, object]", _nfc(body)))


def fields(columns: Sequence[Column]) -> list[dict[str, object]]:
    """The fields of the DataStore table; `info` is the data dictionary, which CKAN shows by label and notes."""
    return [
        {
            "id": column.name,
            "type": f"{'_' if column.many else ''}{_TYPES.get(column.kind, 'text')}",
            "info": {name: cast("str", _nfc(text)) for name, text in _dictionary(column).items() if text},
        }
        for column in columns
    ]


def _dictionary(column: Column) -> dict[str, str]:
    return {
        "label": column.vi,
        "label_en": column.en,
        "notes": f"{column.description_vi} · {column.description_en}",
        "unit": column.unit_vi,
        "unit_en": column.unit_en,
    }


def record(columns: Sequence[Column], row: Mapping[str, object]) -> dict[str, object]:
    """A row as the DataStore takes it: decimals and lists as text, so that no digit is lost on the way."""
    return {column.name: _sent(row[column.name]) for column in columns}


def _sent(value: object) -> object:
    if isinstance(value, list):
        return "{" + ",".join(map(_element, cast("list[object]", value))) + "}"
    return value if value is None or isinstance(value, int) else _text(value)


def _element(value: object) -> str:
    """One element of PostgreSQL's literal for an array."""
    if value is None:
        return "NULL"
    return '"' + _text(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _text(value: object) -> str:
    match value:
        case Decimal():
            return format(value, "f")
        case datetime():
            return instant(value)
        case date():
            return value.isoformat()
        case _:
            return normalize("NFC", str(value))


def same_row(columns: Sequence[Column], row: Mapping[str, object], shown: Mapping[str, object]) -> bool:
    """Whether a record that the DataStore shows is this row."""
    return all(
        column.name in shown and _same_value(row[column.name], shown[column.name], column.kind) for column in columns
    )


def _same_value(value: object, shown: object, kind: Kind) -> bool:
    if isinstance(value, list) and isinstance(shown, list):
        pair = cast("list[object]", value), cast("list[object]", shown)
        return len(pair[0]) == len(pair[1]) and all(_same_value(*each, kind) for each in zip(*pair, strict=True))
    if value is None or shown is None:
        return value is shown
    if isinstance(value, Decimal):
        return isinstance(shown, int | float) and float(value) == shown
    if isinstance(value, datetime):
        return datetime.fromisoformat(str(shown)) == value
    return shown == (value if isinstance(value, int) else _text(cast("object", value)))


def _same_resource(resource: Resource, shown: Mapping[str, Any]) -> bool:
    return resource.same(shown) and all(
        shown.get(name) == value for name, value in resource.body.items() if name != "url" or resource.linked
    )


def _tag(word: str) -> str:
    """A keyword as CKAN takes tags: letters, digits, blanks and `-_.` alone."""
    return " ".join(_NO_TAG.sub(" ", normalize("NFC", word)).split())


def _list(value: object) -> list[dict[str, str]]:
    return cast("list[dict[str, str]]", value)


def _nfc(value: object) -> object:
    if isinstance(value, str):
        return normalize("NFC", value)
    if isinstance(value, dict):
        return {name: _nfc(held) for name, held in cast("dict[str, object]", value).items()}
    if isinstance(value, list):
        return [_nfc(held) for held in cast("list[object]", value)]
    return value
