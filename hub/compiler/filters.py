"""`where` as conditions, with every `not` pushed down to where it is exact.

GraphQL asks for three truth values and only `true` selects. Negation is driven inwards (in three values too, `not (a
and b)` is `not a or not b`) until it stands at a comparison, where the store's own three values are right, or at a
question about links, which is never unknown. What is left can only be true where the original is true.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from auth.policy import Access
from hub.compiler.parts import (
    All,
    Compare,
    Condition,
    Form,
    IsNull,
    Linked,
    Near,
    OnEdge,
    Operator,
    Search,
    Some,
    Through,
)
from schema.errors import Denied, InvalidInput
from schema.model import Field, Kind, Link, Model, RecordType
from schema.scalars import store
from schema.text import fold, sort_key, stored_text

_ORDERED = {"lt": Operator.LT, "lte": Operator.LTE, "gt": Operator.GT, "gte": Operator.GTE}
_FOLDED = {"contains": Operator.CONTAINS, "startsWith": Operator.STARTS_WITH, "endsWith": Operator.ENDS_WITH}
_LONGEST_LIST = 1000


def refuse(kind: RecordType, name: str) -> Denied:
    """The error for a field or link that no rule can open to the asker."""
    where = f"`{kind.name}.{name}`"
    return Denied(
        f"{where} không mở cho bạn; hãy đề nghị cơ quan quản lý dữ liệu cấp quyền",
        f"{where} is not open to you; ask the agency that is its custodian for access",
    )


def _null(path: str) -> InvalidInput:
    return InvalidInput(
        f"`{path}` không nhận null; dùng `isNull`", f"`{path}` takes no null; leave it out, or use `isNull`"
    )


class Filters:
    """Reads the `where` arguments of one operation under one access."""

    def __init__(self, model: Model, access: Access) -> None:
        self._model = model
        self._access = access

    def opens(self, kind: RecordType, name: str) -> bool:
        """Whether any rule can open that field, or the link that is seen under that name, to the asker."""
        link = kind.links.get(name)
        owner, name = (link.owner, link.rule_name) if link else (kind.name, name)
        return self._access.types[owner].opens(name)

    def require(self, kind: RecordType, name: str) -> None:
        """Denied where no rule can open that field or link to the asker."""
        if not self.opens(kind, name):
            raise refuse(kind, name)

    def read(self, where: Mapping[str, Any], kind: RecordType, *, negated: bool = False) -> Condition:
        """The condition on a record of that type; InvalidInput, or Denied where it uses what no rule can open."""
        parts: list[Condition] = []
        for name, given in where.items():
            if given is None:
                raise _null(name)
            if name in {"and", "or"}:
                joined = tuple(self.read(each, kind, negated=negated) for each in given)
                parts.append(All(joined) if (name == "and") is not negated else Some(joined))
            elif name == "not":
                parts.append(self.read(given, kind, negated=not negated))
            elif name in kind.links:
                parts.append(self._link(kind, kind.links[name], given, negated=negated))
            else:
                parts.append(self._field(kind, name, given, negated=negated))
        if len(parts) == 1:
            return parts[0]
        return Some(tuple(parts)) if negated else All(tuple(parts))

    def _link(self, kind: RecordType, link: Link, given: Mapping[str, Any], *, negated: bool) -> Condition:
        self.require(kind, link.name)
        target = self._model.types[link.target]
        if not link.many:
            inner = self.read(given, target, negated=negated)
            return Through(link, inner, holds_on_null(inner))
        parts: list[Condition] = []
        edge = on_edge(link, given.get(EDGE, {}))
        words = {word: where for word, where in given.items() if word != EDGE}
        if EDGE in given and not words:
            words = {"some": dict[str, Any]()}
        for word, where in words.items():
            if where is None:
                raise _null(f"{link.name}.{word}")
            inner = self.read(where, target)
            parts.append(Linked(link, inner, word == "every", (word == "none") is not negated, edge))
        return Some(tuple(parts)) if negated else All(tuple(parts))

    def _field(self, kind: RecordType, name: str, given: Mapping[str, Any], *, negated: bool) -> Condition:
        field = kind.fields.get(name)
        if field is not None:
            self.require(kind, name)
        parts: list[Condition] = []
        for word, value in given.items():
            if value is None:
                raise _null(f"{name}.{word}")
            parts.append(_comparison(field, word, value, negated=negated))
        return Some(tuple(parts)) if negated else All(tuple(parts))


EDGE = "edge"
"""The word for a link's own data, in a filter through it and in its connection's arguments."""


def on_edge(link: Link, given: Mapping[str, Any] | None) -> tuple[OnEdge, ...]:
    """Conditions on a link's own data, all of which must hold; InvalidInput where one is null."""
    if given is None:
        raise _null(f"{link.name}.{EDGE}")
    fields = {of.name: of for of in link.fields}
    found: list[OnEdge] = []
    for name, words in given.items():
        if words is None:
            raise _null(f"{link.name}.{EDGE}.{name}")
        for word, value in words.items():
            if value is None:
                raise _null(f"{link.name}.{EDGE}.{name}.{word}")
            made = _comparison(fields[name], word, value, negated=False)
            if isinstance(made, (Compare, IsNull, Some)):  # and no condition at all is always met
                found.append(made)
    return tuple(found)


_ID = Field("id", Kind.CODE, "Định danh", "Global id", required=True)


def _comparison(field: Field | None, word: str, value: Any, *, negated: bool) -> Condition:  # noqa: ANN401 - coerced input
    of = field or _ID
    if word == "isNull":
        return IsNull(field, value is not negated)
    if word in {"in", "notIn"}:
        return _member(field, of, value, negated=negated is (word == "in"))
    if word in _FOLDED:
        return Compare(field, Form.FOLD, _FOLDED[word], fold(value), negated)
    if word in _ORDERED:
        if of.kind is Kind.TEXT:
            return Compare(field, Form.SORT, _ORDERED[word], sort_key(stored_text(value)), negated)
        return Compare(field, Form.VALUE, _ORDERED[word], store(of, _plain(value)), negated)
    operator = {"eq": Operator.EQ, "ne": Operator.NE, "has": Operator.HAS}[word]
    return Compare(field, Form.VALUE, operator, store(of, _plain(value)), negated)


def _member(field: Field | None, of: Field, values: list[Any], *, negated: bool) -> Condition:
    if not values:  # `in: []` is false and never unknown, so its negation is true
        return All() if negated else Some()
    if len(values) > _LONGEST_LIST:
        raise InvalidInput(
            f"`{of.name}`: danh sách có `{len(values)}` giá trị, nhiều nhất là {_LONGEST_LIST}",
            f"`{of.name}`: the list has `{len(values)}` values, at most {_LONGEST_LIST} are read; split the request",
        )
    listed = sorted({str(store(of, _plain(each))) for each in values})
    if of.kind in {Kind.INT, Kind.LONG, Kind.DECIMAL}:
        return Compare(field, Form.VALUE, Operator.IN, sorted(int(each) for each in listed), negated)
    return Compare(field, Form.VALUE, Operator.IN, listed, negated)


def _plain(value: object) -> object:
    return value.value if isinstance(value, Enum) else value


def holds_on_null(condition: Condition) -> bool:
    """Whether the condition is true of a record whose every field and link is null."""
    match condition:
        case IsNull():
            return condition.null
        case All():
            return all(holds_on_null(each) for each in condition.parts)
        case Some():
            return any(holds_on_null(each) for each in condition.parts)
        case Linked():
            return condition.every is not condition.negated
        case Through():
            return condition.holds_on_null
        case Compare() | Search() | Near():
            return False
