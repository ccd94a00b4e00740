"""Lookups by natural key, made up and answered: an area by its code on a day, other records by what makes their id."""

from collections.abc import Mapping
from random import Random
from typing import Any

from schema.model import RecordType
from tests.oracle.documents import Given
from tests.oracle.graphs import DATES, Record
from tests.oracle.views import View

SEVERAL = ("indicator", "area", "period", "breakdown", "releasedOn")
"""What makes the key of a figure."""


def made(random: Random, known: Record) -> dict[str, Given]:
    """Arguments that give a record like that one, or none."""
    kind = known.type.name
    own = known.id.partition(":")[2]
    if kind == "Area":
        at: dict[str, Given] = {"at": random.choice(DATES)} if random.random() < 0.7 else {}
        return {"code": str(known.values["code"]), **at}
    if kind == "Observation":
        return dict(zip(SEVERAL, own.split("/") if own.count("/") == len(SEVERAL) - 1 else SEVERAL, strict=True))
    if kind in {"Farm", "Business", "TouristSite"}:
        custodian, _, local = own.partition("-")
        return {"custodian": custodian, "localId": local}
    return {"localId" if kind == "Target" else "code": own}


def found(view: View, kind: RecordType, given: Mapping[str, Any]) -> Record | None:
    """The record that the arguments name, in the view."""
    if kind.name == "Area":
        return _area(view, given["code"], given.get("at"))
    if kind.name == "Observation":
        return view.record(f"Observation:{'/'.join(given.get(part) or '' for part in SEVERAL)}")
    return view.record(f"{kind.name}:{'-'.join(given.values())}")


def valid(view: View, record: Record, at: str) -> bool:
    """Whether it is valid on that day, as far as the view tells."""
    begun, ended = view.value(record, "validFrom"), view.value(record, "validTo")
    known = record.type.name == "Agency" if begun is None else str(begun) <= at
    return known and (ended is None or at <= str(ended))


def _area(view: View, code: str, at: str | None) -> Record | None:
    named = [one for one in view.records("Area") if view.value(one, "code") == code]
    of_then = [one for one in named if at is None or valid(view, one, at)]
    dates = {one.id: view.value(one, "validFrom") for one in of_then}
    newest = max((str(each) for each in dates.values() if each is not None), default=None)
    last = [one for one in of_then if dates[one.id] == newest]
    return min(last, key=lambda one: one.id, default=None)
