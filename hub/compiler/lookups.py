"""Root fields that give records by what names them: `node`, `nodes`, and for each type one by its natural key.

A record that is valid for a time (an area) is named by its code and a day: the one whose code it was then, or without a
day the one that had the code last. Every other key is the record's own, and gives its id.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from hub.compiler.paging import LARGEST_PAGE
from hub.compiler.parts import Compare, Condition, Form, Operator
from schema.errors import InvalidInput
from schema.model import Model, RecordType

CODE: Final = "code"
AT: Final = "at"


def singular(kind: RecordType) -> str:
    """The name of a type's lookup: `touristSite`."""
    return kind.name[0].lower() + kind.name[1:]


def arguments(kind: RecordType) -> Mapping[str, bool]:
    """The arguments of a type's lookup, each with whether it must be given; `at` is a date, all others are texts."""
    if kind.dated_key:
        return {CODE: True, AT: False}
    return {part: part not in kind.fields or kind.fields[part].required for part in kind.key_parts}


def is_id(*ids: str) -> Condition:
    """The condition that a record has one of these ids."""
    if len(ids) == 1:
        return Compare(None, Form.VALUE, Operator.EQ, ids[0])
    return Compare(None, Form.VALUE, Operator.IN, sorted(set(ids)))


def by_key(kind: RecordType, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The `where` and `orderBy` that the arguments of a lookup stand for; the first record is the one that is meant."""
    if not kind.dated_key:
        cells = {part: "" if given.get(part) is None else str(given[part]) for part in kind.key_parts}
        return {"id": {"eq": f"{kind.name}:{kind.key_of(cells)}"}}, []
    at = given.get(AT)
    return {CODE: {"eq": given[CODE]}, **({} if at is None else valid_at(kind, at))}, [{"validFrom": "DESC"}]


def valid_at(kind: RecordType, at: object) -> dict[str, Any]:
    """The `where` of records that are valid on that day; what has no first day was always valid until its last."""
    begun: dict[str, Any] = {"validFrom": {"lte": at}}
    if not kind.fields["validFrom"].required:
        begun = {"or": [begun, {"validFrom": {"isNull": True}}]}
    return {"and": [begun, {"or": [{"validTo": {"gte": at}}, {"validTo": {"isNull": True}}]}]}


def by_type(model: Model, ids: Sequence[str]) -> dict[str, list[str]]:
    """The ids that name a type, by its name; InvalidInput where there are more than a page holds."""
    if len(ids) > LARGEST_PAGE:
        raise InvalidInput(
            f"`ids` có `{len(ids)}` định danh, nhiều nhất là {LARGEST_PAGE}",
            f"`ids` has `{len(ids)}` ids, at most {LARGEST_PAGE} are read",
        )
    found: dict[str, list[str]] = {}
    for one in ids:
        kind = model.type_of(one)
        if kind is not None:
            found.setdefault(kind.name, []).append(one)
    return found
