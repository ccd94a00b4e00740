"""Conditions, order and pages over a view: semantics §3 and §4, in three truth values (None is unknown)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias, cast

from schema.errors import InvalidInput
from schema.model import Field, Kind, Link, RecordType
from schema.scalars import Stored, store
from schema.text import fold, sort_key, stored_text
from tests.oracle.graphs import Record, Tie, Value
from tests.oracle.views import View

Truth: TypeAlias = bool | None
ID = Field("id", Kind.CODE, "Định danh", "Global id")


def every(truths: Iterable[Truth]) -> Truth:
    """`and` of three values."""
    found = list(truths)
    if False in found:
        return False
    return None if None in found else True


def some(truths: Iterable[Truth]) -> Truth:
    """`or` of three values."""
    found = list(truths)
    if True in found:
        return True
    return None if None in found else False


def opposite(truth: Truth) -> Truth:
    """`not` of three values."""
    return None if truth is None else not truth


def truth(view: View, where: Mapping[str, Any], kind: RecordType, record: Record | None) -> Truth:
    """Whether the condition is true of that record; None stands for a record whose every value is null."""
    return every(_part(view, name, given, kind, record) for name, given in where.items())


def _part(view: View, name: str, given: Any, kind: RecordType, record: Record | None) -> Truth:  # noqa: ANN401 - input
    if name == "and":
        return every(truth(view, each, kind, record) for each in given)
    if name == "or":
        return some(truth(view, each, kind, record) for each in given)
    if name == "not":
        return opposite(truth(view, given, kind, record))
    link = kind.links.get(name)
    if link is not None:
        return _linked(view, link, given, record)
    field = kind.fields.get(name, ID)
    value = (record and record.id) if field is ID else view.value(record, name)
    return every(compared(field, word, value, asked) for word, asked in given.items())


def _linked(view: View, link: Link, given: Mapping[str, Any], record: Record | None) -> Truth:
    target = view.model.types[link.target]
    ends = [end for end, tie in view.linked(record, link) if fits(link, tie, given.get("edge") or {})]
    if not link.many:
        return truth(view, given, target, ends[0] if ends else None)
    answers: list[Truth] = []
    words = {word: where for word, where in given.items() if word != "edge"}
    for word, where in (words or ({"some": {}} if given else {})).items():
        truths = [truth(view, where, target, end) is True for end in ends]
        answers.append({"some": any(truths), "none": not any(truths), "every": all(truths)}[word])
    return every(answers)


def fits(link: Link, tie: Tie, edge: Mapping[str, Any]) -> bool:
    """Whether a link's own data are as asked."""
    fields = {of.name: of for of in link.fields}
    told = (
        compared(fields[name], word, tie.values[name], one) for name, of in edge.items() for word, one in of.items()
    )
    return every(told) is True


def compared(field: Field, word: str, value: Value, asked: Any) -> Truth:  # noqa: ANN401, PLR0911 - one return a word
    """One operator on one value."""
    if word == "isNull":
        return (value is None) is asked
    if word in {"in", "notIn"}:
        listed = [store(field, each) for each in asked]
        found = None if value is None else value in listed
        found = found if listed else False
        return found if word == "in" else opposite(found)
    if value is None:
        return None
    if word == "has":
        return isinstance(value, list) and store(field, asked) in value
    if word in {"contains", "startsWith", "endsWith"}:
        text, part = fold(str(value)), fold(asked)
        return {"contains": part in text, "startsWith": text.startswith(part), "endsWith": text.endswith(part)}[word]
    given = store(field, asked)
    if word in {"eq", "ne"}:
        return (value == given) is (word == "eq")
    left, right = comparable(field, value), comparable(field, given)
    return {"lt": left < right, "lte": left <= right, "gt": left > right, "gte": left >= right}[word]


def comparable(field: Field, value: Value) -> Any:  # noqa: ANN401 - whatever compares as the field is ordered
    """What stands for a value when it is ordered."""
    return sort_key(stored_text(str(value))) if field.kind is Kind.TEXT else value


def key_of(view: View, record: Record, kind: RecordType, order: Mapping[str, Any]) -> tuple[Any, str]:
    """The value of one order key, and its direction."""
    ((name, direction),) = order.items()
    here: Record | None = record
    while name in kind.links:
        ends = view.linked(here, kind.links[name])
        here, kind = (ends[0][0] if ends else None), view.model.types[kind.links[name].target]
        ((name, direction),) = direction.items()
    field = kind.fields.get(name, ID)
    value = (here and here.id) if field is ID else view.value(here, name)
    return (None if value is None else comparable(field, value)), direction


def ordered(
    view: View, records: Iterable[Record], kind: RecordType, order: Sequence[Mapping[str, Any]]
) -> list[Record]:
    """The records in the order asked: sorted by the last key first, since sorting keeps what was level."""
    found = sorted(records, key=lambda one: one.id)
    for each in reversed(order):
        keys = {one.id: key_of(view, one, kind, each) for one in found}
        direction = next((way for _, way in keys.values()), "ASC")
        nulls = [one for one in found if keys[one.id][0] is None]
        rest = [one for one in found if keys[one.id][0] is not None]
        rest.sort(key=lambda one: keys[one.id][0], reverse=direction.startswith("DESC"))
        found = [*nulls, *rest] if direction.endswith("NULLS_FIRST") else [*rest, *nulls]
    return found


def page_size(arguments: Mapping[str, Any]) -> tuple[int, bool]:
    """The size of a page, and whether it is read from the end; InvalidInput outside 0 to 100, or where both are."""
    said = [(arguments[word], word == "last") for word in ("first", "last") if arguments.get(word) is not None]
    if len(said) > 1:
        raise InvalidInput("cả hai", "both")
    size, backward = said[0] if said else (20, False)
    if not 0 <= size <= 100:
        raise InvalidInput("cỡ trang", "page size")
    return size, backward


def checked(where: object, kind: RecordType, view: View) -> None:
    """Read a condition as far as it can be wrong whatever the records are; InvalidInput where it is."""
    if not isinstance(where, Mapping):
        raise InvalidInput("null", "null")
    for name, given in cast("Mapping[str, Any]", where).items():
        if name in {"and", "or"} and given is not None:
            for each in given:
                checked(each, kind, view)
        elif name == "not" and given is not None:
            checked(given, kind, view)
        elif name in kind.links and given is not None:
            link = kind.links[name]
            if link.many and "edge" in given:
                checked_edge(link, given["edge"])
            for each in [one for word, one in given.items() if word != "edge"] if link.many else (given,):
                checked(each, view.model.types[link.target], view)
        else:
            _checked_field(kind.fields.get(name, ID), given)


def checked_edge(link: Link, edge: Mapping[str, Any] | None) -> None:
    """The same for a condition on a link's own data."""
    if edge is None:
        raise InvalidInput("null", "null")
    fields = {of.name: of for of in link.fields}
    for name, asked in edge.items():
        _checked_field(fields[name], asked)


def _checked_field(field: Field, given: Mapping[str, Any] | None) -> None:
    if given is None or None in given.values():
        raise InvalidInput("null", "null")
    for word, asked in given.items():
        if word in {"in", "notIn"}:
            _ = [store(field, each) for each in asked]
        elif word != "isNull":
            _ = store(field, asked)


__all__ = ["ID", "Stored", "checked", "ordered", "page_size", "truth"]
