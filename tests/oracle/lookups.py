"""Lookups by natural key, made up and answered: an area by its code on a day, other records by what makes their id."""

from collections.abc import Mapping
from random import Random
from typing import Any

from schema.model import RecordType
from tests.oracle.documents import Given
from tests.oracle.graphs import DATES, Record
from tests.oracle.views import View


def made(random: Random, known: Record) -> dict[str, Given]:
    """Arguments that give a record like that one, or none."""
    kind = known.type.name
    own = known.id.partition(":")[2]
    if kind == "Area":
        at: dict[str, Given] = {"at": random.choice(DATES)} if random.random() < 0.7 else {}
        return {"code": str(known.values["code"]), **at}
    parts = known.type.key_parts
    found = own.split("/") if own.count("/") == len(parts) - 1 else [own, *parts[1:]]
    if parts == ("custodian", "localId"):
        custodian, _, local = own.partition("-")
        found = [custodian, local]
    return dict(zip(parts, found, strict=True))


def found(view: View, kind: RecordType, given: Mapping[str, Any]) -> Record | None:
    """The record that the arguments name, in the view."""
    if kind.name == "Area":
        return _area(view, given["code"], given.get("at"))
    cells = {part: given.get(part) or "" for part in kind.key_parts}
    return view.record(f"{kind.name}:{kind.key.format(**cells)}")


def valid(view: View, record: Record, at: str) -> bool:
    """Whether it is valid on that day, as far as the view tells."""
    begun, ended = view.value(record, "validFrom"), view.value(record, "validTo")
    known = not record.type.fields["validFrom"].required if begun is None else str(begun) <= at
    return known and (ended is None or at <= str(ended))


def _area(view: View, code: str, at: str | None) -> Record | None:
    named = [one for one in view.records("Area") if view.value(one, "code") == code]
    of_then = [one for one in named if at is None or valid(view, one, at)]
    dates = {one.id: view.value(one, "validFrom") for one in of_then}
    newest = max((str(each) for each in dates.values() if each is not None), default=None)
    last = [one for one in of_then if dates[one.id] == newest]
    return min(last, key=lambda one: one.id, default=None)
