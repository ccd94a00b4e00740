"""What a dataset is on CKAN: its package, its resources, its table."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast
from unicodedata import is_normalized
from uuid import UUID

import pytest

from catalog.columns import Column
from catalog.datasets import DATASETS, Dataset
from catalog.packages import Package, extras_of, fields, package, record, same_row
from catalog.releases import Changes, File, Release
from schema.model import Kind

BASE = "https://data.example.vn"
DATASET = DATASETS["doanh-nghiep-niem-yet"]
FIRST = datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)
LARGEST = 10 * 2**20


def file(form: str, size: int = 100, sha256: str = "ab" * 32) -> File:
    return File(f"{DATASET.slug}.{form}", form, f"text/{form}", size, sha256)


def release(number: int = 1, issued: datetime = FIRST, **files: File) -> Release:
    """A release with a file of each format, these instead of the ones that are made up, and a picture."""
    held = tuple(files.get(form, file(form)) for form in ("csv", "json", "parquet", "svg"))
    return Release(DATASET.slug, number, issued, 5, "cd" * 32, held, Changes(), 1, {}, {}, ("2006-01-19", "2020-12-31"))


def made(dataset: Dataset = DATASET, *releases: Release, base: str = BASE, largest: int = LARGEST) -> Package:
    return package(dataset, releases or (release(),), base, "hub", largest)


def as_shown(wanted: Package, **changed: object) -> dict[str, Any]:
    """The package as CKAN shows it once it is there."""
    body = {name: value for name, value in wanted.body.items() if name != "owner_org"}
    resources = [
        {**each.body, "url": each.body["url"] if each.linked else f"{BASE}/r/{each.id}/download/{each.filename}"}
        for each in wanted.resources
    ]
    extras = [{"key": name, "value": value} for name, value in wanted.extras.items()]
    held = {"organization": {"name": "hub"}, "resources": resources, "extras": extras, "metadata_modified": "now"}
    return {**body, **held, **changed}


def test_a_package_says_what_the_dataset_is() -> None:
    wanted = made(DATASET, release(), release(2, NOW))
    assert wanted.name == wanted.body["name"] == DATASET.slug
    assert (wanted.body["title"], wanted.body["version"]) == (DATASET.title_vi, "2")
    assert wanted.body["notes"] == f"{DATASET.description_vi}\n\n{DATASET.description_en}"
    assert (wanted.body["owner_org"], wanted.body["private"], wanted.body["state"]) == ("hub", False, "active")
    assert wanted.extras["title_en"] == DATASET.title_en
    assert (wanted.extras["issued"], wanted.extras["modified"]) == (
        "2026-11-20T01:02:03.000Z",
        "2026-11-22T01:02:03.000Z",
    )
    assert (wanted.extras["temporal_start"], wanted.extras["temporal_end"]) == ("2006-01-19", "2020-12-31")
    assert json.loads(wanted.extras["theme"]) == list(DATASET.themes)
    assert wanted.extras["publisher_name"] == DATASET.publisher.vi
    assert wanted.identifier == f"{BASE}/data/{DATASET.slug}#dataset"


@pytest.mark.parametrize(
    ("slug", "licence"),
    [("diem-den-du-lich", "odc-odbl"), ("ty-trong-kinh-te-so", "cc-by"), ("san-luong-cay-trong", "other-open")],
)
def test_a_licence_is_of_ckans_list_and_named_in_full(slug: str, licence: str) -> None:
    wanted = made(DATASETS[slug])
    assert wanted.body["license_id"] == licence
    assert wanted.extras["license_url"] == DATASETS[slug].licence.uri


def test_the_resources_are_the_data_under_names_of_their_content() -> None:
    wanted = made()
    assert [each.body["format"] for each in wanted.resources] == ["CSV", "JSON", "PARQUET"]
    assert [each.table for each in wanted.resources] == [True, False, False]
    first = wanted.resources[0]
    assert first.filename == f"{DATASET.slug}-abababababababab.csv"
    assert (first.body["hash"], first.body["size"], first.body["mimetype"]) == ("ab" * 32, 100, "text/csv")
    assert first.body["hub_url"] == f"{BASE}/data/{DATASET.slug}/1/{DATASET.slug}.csv"


def test_ids_are_the_same_in_every_run_and_others_for_other_bytes() -> None:
    wanted, again = made(), made()
    ids = [each.id for each in wanted.resources]
    assert [each.id for each in again.resources] == ids
    assert (wanted.id, again.id) == (wanted.id, wanted.id)
    assert [UUID(each).version for each in (wanted.id, *ids)] == [5, 5, 5, 5]
    later = made(DATASET, release(), release(2, NOW, json=file("json", sha256="ef" * 32)))
    assert [each.id == own for each, own in zip(later.resources, ids, strict=True)] == [True, False, True]
    assert made(base="https://other.example.vn").id != wanted.id
    renamed = replace(DATASET, columns=(replace(DATASET.columns[0], vi="Mã"), *DATASET.columns[1:]))
    told = made(renamed)
    assert [each.id == own for each, own in zip(told.resources, ids, strict=True)] == [False, True, True]


def test_a_file_that_is_too_large_is_a_link_to_the_hub() -> None:
    wanted = made(DATASET, release(json=file("json", LARGEST + 1), csv=file("csv", LARGEST)))
    assert [each.linked for each in wanted.resources] == [False, True, False]
    linked = wanted.resources[1]
    assert (linked.body["url"], linked.body["url_type"]) == (linked.body["hub_url"], None)
    assert wanted.equals(as_shown(wanted))


def test_everything_that_is_sent_is_nfc() -> None:
    decomposed = replace(
        DATASET, title_vi="Đa\u0300 Na\u0306\u0303ng", keywords_vi=("Cần Tho\u031b",), sources=("Hue\u0302\u0301",)
    )
    wanted = made(decomposed)
    text = json.dumps([wanted.body, wanted.extras, [each.body for each in wanted.resources]], ensure_ascii=False)
    assert is_normalized("NFC", text)
    assert wanted.body["title"] == "Đà Nẵng"
    assert record((column("a", Kind.TEXT),), {"a": "Hue\u0302\u0301"}) == {"a": "Huế"}


@pytest.mark.parametrize("slug", DATASETS)
def test_tags_are_such_as_ckan_takes(slug: str) -> None:
    listed = cast("list[dict[str, str]]", made(DATASETS[slug]).body["tags"])
    tags = [each["name"] for each in listed]
    assert len(set(tags)) == len(tags) > 3
    assert all(2 <= len(tag) <= 100 and all(sign.isalnum() or sign in " -_." for sign in tag) for tag in tags)


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "Khác"},
        {"private": True},
        {"state": "deleted"},
        {"version": "7"},
        {"organization": None},
        {"organization": {"name": "khac"}},
        {"tags": []},
        {"extras": []},
        {"resources": []},
    ],
    ids=str,
)
def test_what_differs_is_noticed(changed: Mapping[str, object]) -> None:
    wanted = made()
    assert wanted.equals(as_shown(wanted))
    assert not wanted.equals(as_shown(wanted, **changed))


@pytest.mark.parametrize(
    "changed",
    [
        {"hash": "00"},
        {"url": f"{BASE}/elsewhere.csv"},
        {"datastore_active": False},
        {"name": "Khác"},
        {"format": "TSV"},
        {"id": "another"},
    ],
    ids=str,
)
def test_what_differs_in_a_resource_is_noticed(changed: Mapping[str, object]) -> None:
    wanted = made()
    shown = as_shown(wanted)
    shown["resources"][0].update(changed)
    assert not wanted.equals(shown)


def test_what_others_added_is_no_difference() -> None:
    wanted = made()
    shown = as_shown(wanted)
    shown["resources"].append({"id": "theirs", "url": f"{BASE}/guide.pdf"})
    assert wanted.equals(shown)
    assert extras_of(shown) == wanted.extras


def column(name: str, kind: Kind, *, many: bool = False) -> Column:
    return Column(name, (name,), kind, "Nhãn", "Label", "Mô tả", "Description", unit_vi="km²", many=many)


COLUMNS = (
    column("text", Kind.TEXT),
    column("code", Kind.CODE, many=True),
    column("int", Kind.INT),
    column("long", Kind.LONG),
    column("decimal", Kind.DECIMAL),
    column("decimals", Kind.DECIMAL, many=True),
    column("day", Kind.DATE),
    column("days", Kind.DATE, many=True),
    column("moment", Kind.INSTANT),
)
ROW: dict[str, object] = {
    "text": "=Một",
    "code": ["a,b", 'c"d\\', None, "NULL", "{}"],
    "int": 1,
    "long": 2**53 - 1,
    "decimal": Decimal("123456789012345.6"),
    "decimals": [Decimal("1.50"), None],
    "day": date(2026, 11, 22),
    "days": [date(2026, 11, 22), None],
    "moment": NOW,
}
SHOWN: dict[str, object] = {
    "_id": 1,
    "text": "=Một",
    "code": ["a,b", 'c"d\\', None, "NULL", "{}"],
    "int": 1,
    "long": 2**53 - 1,
    "decimal": 123456789012345.6,
    "decimals": [1.5, None],
    "day": "2026-11-22",
    "days": ["2026-11-22", None],
    "moment": "2026-11-22T08:02:03+07:00",
}


def test_fields_are_typed_and_say_what_they_mean() -> None:
    types = [each["type"] for each in fields(COLUMNS)]
    assert types == ["text", "_text", "int4", "int8", "numeric", "_numeric", "date", "_date", "timestamptz"]
    assert fields(COLUMNS)[0]["info"] == {
        "label": "Nhãn",
        "label_en": "Label",
        "notes": "Mô tả · Description",
        "unit": "km²",
    }


def test_a_record_loses_no_digit_and_no_sign() -> None:
    assert record(COLUMNS, ROW) == {
        "text": "=Một",
        "code": '{"a,b","c\\"d\\\\",NULL,"NULL","{}"}',
        "int": 1,
        "long": 2**53 - 1,
        "decimal": "123456789012345.6",
        "decimals": '{"1.50",NULL}',
        "day": "2026-11-22",
        "days": '{"2026-11-22",NULL}',
        "moment": "2026-11-22T01:02:03.000Z",
    }
    nothing = dict.fromkeys(ROW)
    assert record(COLUMNS, nothing) == nothing


@pytest.mark.parametrize("name", ROW)
def test_a_row_is_known_again_and_only_it(name: str) -> None:
    assert same_row(COLUMNS, ROW, SHOWN)
    others = {
        "text": "=Mốt",
        "code": ["a,b"],
        "int": 2,
        "long": 2**53,
        "decimal": 123456789012345.7,
        "decimals": [1.5, 0],
        "day": "2026-11-23",
        "days": ["2026-11-23", None],
        "moment": "2026-11-22T01:02:04+00:00",
    }
    assert not same_row(COLUMNS, ROW, {**SHOWN, name: others[name]})
    assert not same_row(COLUMNS, ROW, {**SHOWN, name: None})
    assert not same_row(COLUMNS, {**ROW, name: None}, SHOWN)
    assert not same_row(COLUMNS, ROW, {each: value for each, value in SHOWN.items() if each != name})
    assert same_row(COLUMNS, dict.fromkeys(ROW), dict.fromkeys(SHOWN))
