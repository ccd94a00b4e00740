"""Aggregates, both ways: what is made up to be asked, and the plain answer over a view (semantics §6)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from random import Random
from typing import Any, Final, TypeAlias, cast

from schema.errors import InvalidInput
from schema.model import Field, Kind, Link, Model, RecordType
from tests.oracle.conditions import ID, comparable
from tests.oracle.documents import Given, Word
from tests.oracle.graphs import Record, Value
from tests.oracle.views import View

Key: TypeAlias = tuple[tuple[str, ...], Field, str]
"""Links passed, the field at their end, and the word by which it groups."""
NUMBERS: Final = (Kind.INT, Kind.LONG, Kind.DECIMAL)
DATES: Final = (Kind.DATE, Kind.INSTANT)
PERIODS: Final = ("YEAR", "QUARTER", "MONTH")
LARGEST: Final = 2**53


def has_figures(of: Field) -> bool:
    """Whether a group has figures of that field."""
    return of.kind in {*NUMBERS, *DATES} or (of.kind is Kind.CODE and of.codes is None)


@dataclass(frozen=True, slots=True)
class Asking:
    """Makes up what is asked of aggregates; `count` notes a path, `fields` and `links` say which chance may take."""

    random: Random
    model: Model
    count: Callable[[str], None]
    fields: Callable[[RecordType], list[Field]]
    links: Callable[[RecordType], list[Link]]

    def keys(self, kind: RecordType) -> list[Given]:
        """What to group by."""
        return [self._key(kind, 2) for _ in range(self.random.choice((0, 0, 1, 1, 1, 2, 3)))]

    def _key(self, kind: RecordType, depth: int) -> Given:
        ones = [link for link in self.links(kind) if not link.many]
        if ones and depth and self.random.random() < 0.35:
            link = next((one for one in ones if self._shared(kind, one)), self.random.choice(ones))
            self.count("group by: through a to-one link" if depth == 2 else "group by: through two to-one links")
            if self.random.random() < 0.5:
                return {link.name: {"id": Word("VALUE")}}
            return {link.name: self._key(self.model.types[link.target], depth - 1)}
        fields = [of for of in self.fields(kind) if of.kind not in {Kind.LIST, Kind.PLACE}]
        dates = [of for of in fields if of.kind in DATES]
        of = self.random.choice(dates if dates and self.random.random() < 0.3 else [*fields, ID])
        word = self.random.choice(("VALUE", *PERIODS)) if of.kind in DATES else "VALUE"
        self.count(f"group by: {of.kind}" if word == "VALUE" else f"group by: {word} of {of.kind}")
        return {of.name: Word(word)}

    def _shared(self, kind: RecordType, link: Link) -> bool:
        """Whether what adds up within that link only is likely asked for."""
        return any(of.within == link.name for of in kind.fields.values()) and self.random.random() < 0.8

    def selection(self, kind: RecordType, alias: Callable[[], str]) -> str:
        """What is asked of a group."""
        parts = ["count" if self.random.random() < 0.8 else f"{alias()}: count"]
        parts.append(self.random.choice(("key { name value }", "key { value a: name __typename }", "", "__typename")))
        fields = [of for of in kind.fields.values() if has_figures(of)]
        numbers = [of for of in fields if of.kind in NUMBERS]
        for _ in range(self.random.choice((0, 1, 2))):
            of = self.random.choice(numbers if numbers and self.random.random() < 0.7 else fields)
            words = ("sum", "avg", "min", "max") if of.kind in NUMBERS else ("min", "max")
            asked = self.random.sample(words, self.random.choice((1, len(words))))
            for word in asked:
                self.count(f"figure: {word} of {of.kind}")
            name = of.name if self.random.random() < 0.5 else f"{alias()}: {of.name}"
            parts.append(f"{name} {{ {' '.join(asked)} }}")
        return f"{{ {' '.join(parts)} }}"


def paths() -> Iterator[str]:
    """Every path that enough aggregates take at least once."""
    yield from (f"group by: {kind}" for kind in Kind if kind not in {Kind.LIST, Kind.PLACE})
    yield from (f"group by: {word} of {kind}" for word in PERIODS for kind in DATES)
    yield from (f"group by: through {how}" for how in ("a to-one link", "two to-one links"))
    yield from (f"figure: {word} of {kind}" for word in ("sum", "avg", "min", "max") for kind in NUMBERS)
    yield from (f"figure: {word} of {kind}" for word in ("min", "max") for kind in (*DATES, Kind.CODE))


# The plain answer.


@dataclass(frozen=True, slots=True)
class Group:
    """The records of one group, and its key as it is answered."""

    view: View
    kind: RecordType
    key: Sequence[Mapping[str, object]]
    records: Sequence[Record]
    apart: frozenset[str]

    def told(self, name: str) -> Any:  # noqa: ANN401 - any value
        """A field of the group."""
        if name == "key":
            return self.key
        if name == "count":
            return len(self.records)
        if not self.view.opens(self.kind, name):
            return None
        of = self.kind.fields[name]
        values = [self.view.value(one, name) for one in self.records]
        return Figures(of, [one for one in values if one is not None], adds=of.within not in self.apart)


@dataclass(frozen=True, slots=True)
class Figures:
    """A field's values in a group; `adds` is false where they may not be added up."""

    of: Field
    values: Sequence[Value]
    adds: bool

    def told(self, name: str) -> Any:  # noqa: ANN401 - any value
        """One figure."""
        if not self.values:
            return None
        if name in {"min", "max"}:
            found = (min if name == "min" else max)(cast("Sequence[Any]", self.values))
            return _unscaled(self.of, found) if self.of.kind in NUMBERS else found
        if not self.adds:
            return None
        whole = sum(cast("Sequence[int]", self.values))
        if name == "sum":
            if abs(whole) >= LARGEST:
                raise InvalidInput("quá lớn", "too large")
            return _unscaled(self.of, whole)
        decimals = self.of.decimals + 2
        exact = Fraction(whole, len(self.values) * 10**self.of.decimals)
        # Digits beyond any tie: an average of less than 2^53 values is never so near to one without being it.
        wide = Context(prec=200).divide(Decimal(exact.numerator), Decimal(exact.denominator))
        return wide.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN, Context(prec=200))


def _unscaled(of: Field, stored: int) -> Decimal | int:
    return Decimal(stored).scaleb(-of.decimals) if of.kind is Kind.DECIMAL else stored


def groups(view: View, kind: RecordType, records: Sequence[Record], by: Sequence[Mapping[str, Any]]) -> list[Group]:
    """The groups in the order of their keys, nulls last."""
    keys = [path_of(view.model, kind, each) for each in by]
    found: dict[tuple[Value, ...], list[Record]] = {} if keys else {(): []}
    for one in records:
        found.setdefault(tuple(_value(view, one, key) for key in keys), []).append(one)

    def place(values: tuple[Value, ...]) -> Any:  # noqa: ANN401 - whatever orders
        told = zip(keys, values, strict=True)
        return [(one is None, "" if one is None else (_ordered(key, one), one)) for key, one in told]

    return [
        Group(
            view,
            kind,
            [
                {"name": ".".join((*path, of.name)), "value": _shown(of, one)}
                for (path, of, _), one in zip(keys, values, strict=True)
            ],
            found[values],
            frozenset(
                path[0]
                for (path, of, _), one in zip(keys, values, strict=True)
                if one is None and of is ID and len(path) == 1
            ),
        )
        for values in sorted(found, key=place)
    ]


def path_of(model: Model, kind: RecordType, given: Mapping[str, Any]) -> Key:
    """One key of `groupBy`."""
    path: list[str] = []
    ((name, inner),) = given.items()
    while name in kind.links:
        path.append(name)
        kind = model.types[kind.links[name].target]
        ((name, inner),) = inner.items()
    return tuple(path), kind.fields.get(name, ID), str(inner)


def _value(view: View, record: Record, key: Key) -> Value:
    path, of, word = key
    here: Record | None = record
    for name in path:
        ends = view.linked(here, here.type.links[name]) if here else []
        here = ends[0][0] if ends else None
    value = (here and here.id) if of is ID else view.value(here, of.name)
    if not isinstance(value, str) or word == "VALUE":
        return value
    quarter = (int(value[5:7]) + 2) // 3
    return {"YEAR": value[:4], "QUARTER": f"{value[:4]}-Q{quarter}", "MONTH": value[:7]}[word]


def _ordered(key: Key, value: Value) -> Any:  # noqa: ANN401 - whatever orders
    return comparable(key[1], value)


def _shown(of: Field, value: Value) -> object:
    return _unscaled(of, value) if of.kind in NUMBERS and isinstance(value, int) else value


# What is refused whatever the records are.


@dataclass(frozen=True, slots=True)
class Held:
    """How a connection was reached (over which link of which type) and what it selects."""

    owner: str
    link: str
    where: Mapping[str, Any]


def adds_up(model: Model, of: Field, kind: RecordType, by: Sequence[Mapping[str, Any]], held: Held) -> bool:
    """Whether the field may be added up: over records that share the end of the link within which it does."""
    link = kind.links[of.within]
    target = model.types[link.target]
    if (held.owner, held.link) == (link.target, link.back):
        return True
    if any(path_of(model, kind, each)[:2] == ((of.within,), ID) for each in by):
        return True
    unique = {"id", *(name for name in target.fields if target.key == "{" + name + "}")}

    def names_one(name: str, given: Any, negated: bool) -> bool:  # noqa: ANN401, FBT001 - coerced input
        return name in unique and not negated and "eq" in given

    def ends_at_one(name: str, given: Any, negated: bool) -> bool:  # noqa: ANN401, FBT001 - coerced input
        return name == of.within and _says(given, names_one, negated=negated)

    return _says(held.where, ends_at_one, negated=False)


def _says(where: Mapping[str, Any], part: Callable[[str, Any, bool], bool], *, negated: bool) -> bool:
    """Whether all that meet the condition meet such a part of it."""
    if negated and len(where) != 1:  # one of several would do
        return False
    for name, given in where.items():
        if name == "not":
            found = _says(given, part, negated=not negated)
        elif name in {"and", "or"}:
            found = (name == "and") is not negated and any(_says(each, part, negated=negated) for each in given)
        else:
            found = part(name, given, negated)
        if found:
            return True
    return False
