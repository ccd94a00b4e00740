"""Made-up conditions (`where`), and the small choices that all that is made up comes from."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any, TypeVar

from schema.model import Classification, Field, Kind, Link, Model, RecordType
from tests.oracle.documents import Given, Variable, Word, holds_variable, literal, plain
from tests.oracle.graphs import TEXTS, Stock, value

ORDERED = ("eq", "ne", "in", "notIn", "lt", "lte", "gt", "gte", "isNull")
OPERATORS = (*ORDERED, "contains", "startsWith", "endsWith", "has")
SCALARS = {
    Kind.TEXT: "String",
    Kind.CODE: "String",
    Kind.INT: "Int",
    Kind.LONG: "Long",
    Kind.DECIMAL: "Decimal",
    Kind.DATE: "Date",
    Kind.INSTANT: "DateTime",
    Kind.LIST: "String",
}
ID = Field("id", Kind.CODE, "Định danh", "Global id", required=True)
SOME = 6
"""Of so many, drawn by chance, the path that was taken least is taken."""
Choice = TypeVar("Choice")


@dataclass(slots=True)
class Wheres:
    """Makes conditions; `paths` counts what they took, `reach` says of which fields and links they speak."""

    random: Random
    model: Model
    stock: Stock
    paths: Counter[str]
    declared: dict[str, str] = field(default_factory=dict[str, str])
    variables: dict[str, Any] = field(default_factory=dict[str, Any])
    reach: frozenset[Classification] = frozenset(Classification)

    def _chance(self, part: float) -> bool:
        return self.random.random() < part

    def _count(self, path: str) -> None:
        self.paths[path] += 1

    def _give(self, kind: str, given: Given, part: float = 0.25) -> Given:
        """The value itself, or a variable that has it."""
        if not self._chance(part) or holds_variable(given):
            return given
        name = f"v{len(self.declared)}"
        self._count("variable: of an input object or list" if kind.endswith(("]", "Where")) else "variable: of a value")
        if self._chance(0.15) and kind != "Boolean!":
            self._count("variable: by its default")
            self.declared[name] = f"{kind} = {literal(given)}"
        else:
            self.declared[name] = kind
            self.variables[name] = plain(given)
        return Variable(name)

    def _seldom(self, way: str, names: Mapping[str, Choice]) -> Choice:
        """One of these, as a rule one that this way has led to less often so far."""
        some = self.random.sample(list(names), min(SOME, len(names)))
        return names[min(some, key=lambda name: self.paths[f"{way}: {name}"])]

    def _seldom_link(self, way: str, kind: RecordType, links: Iterable[Link]) -> Link:
        return self._seldom(way, {f"{kind.name}.{link.name}": link for link in links})

    def _open(self, kind: RecordType) -> list[Field]:
        return [of for of in kind.fields.values() if of.classification in self.reach]

    def _open_links(self, kind: RecordType) -> list[Link]:
        return [link for link in kind.links.values() if link.classification in self.reach]

    def where(self, kind: RecordType, depth: int) -> Given:
        """A condition on records of that type."""
        found: dict[str, Given] = {}
        for _ in range(self.random.choice((0, 1, 1, 1, 1, 2, 2))):
            found.update(self._part(kind, depth))
        return found

    def _part(self, kind: RecordType, depth: int) -> Mapping[str, Given]:
        links = self._open_links(kind)
        if depth and self._chance(0.3):
            word = self.random.choice(("and", "or", "not", "not"))
            self._count(f"where: {word}")
            if word == "not":
                return {"not": self.where(kind, depth - 1)}
            return {word: [self.where(kind, depth - 1) for _ in range(self.random.choice((0, 1, 2, 2, 3)))]}
        if depth and links and self._chance(0.5):
            link = self._seldom_link("where through", kind, links)
            self._count(f"where through: {kind.name}.{link.name}")
            target = self.model.types[link.target]
            if not link.many:
                self._count("where: a to-one link")
                return {link.name: self.where(target, depth - 1)}
            words = self.random.sample(("some", "every", "none"), self.random.choice((1, 1, 2)))
            for word in words:
                self._count(f"where: {word}")
            edge = {"edge": self.edge(link)} if link.fields and self._chance(0.5) else {}
            return {link.name: {**{word: self.where(target, depth - 1) for word in words}, **edge}}
        of = self.random.choice([*self._open(kind), ID])
        words = self._words(of)
        self._count(f"where: {of.kind}")
        return {of.name: {word: self._operand(of, word) for word in words}}

    def edge(self, link: Link) -> Given:
        """A condition on a link's own data."""
        self._count("where: an edge")
        of = self.random.choice(link.fields)
        exact = of.kind is Kind.TEXT or of.codes
        word = self.random.choice(("eq", "ne", "in", "notIn", "isNull")) if exact else self._words(of)[0]
        return {of.name: {word: self._operand(of, word)}}

    def _words(self, of: Field) -> list[str]:
        words = {Kind.LIST: ("has", "isNull"), Kind.PLACE: ("isNull",)}.get(of.kind, ORDERED)
        if of.kind is Kind.TEXT:
            words = (*words, "contains", "startsWith", "endsWith")
        if of.kind is Kind.CODE and of.codes:
            words = ("eq", "ne", "in", "notIn", "isNull")
        return self.random.sample(words, 1 if self._chance(0.85) else min(2, len(words)))

    def _operand(self, of: Field, word: str) -> Given:
        self._count(f"operator: {word}")
        if self._chance(0.008):
            self._count("refused: null in a condition")
            return None
        if word == "isNull":
            return self._give("Boolean", self._chance(0.5))
        kind = of.codes.__name__ if of.codes else SCALARS[of.kind]
        if word in {"in", "notIn"}:
            listed = [self._operand_value(of) for _ in range(self.random.choice((0, 1, 2, 3)))]
            if not listed:
                self._count(f"operator: {word} with an empty list")
            return self._give(f"[{kind}!]", listed)
        if word in {"contains", "startsWith", "endsWith"}:
            text = self.random.choice(TEXTS)
            start = self.random.randint(0, len(text))
            return self._give("String", text[start : start + self.random.randint(0, 3)])
        return self._give(kind, self._operand_value(of))

    def _operand_value(self, of: Field) -> Given:
        if of is ID:
            return self.random.choice([*self.stock.records])
        if of.kind is Kind.DECIMAL and self._chance(0.3):
            self._count("refused: too many decimals")
            return Decimal("0.0000001")
        if of.kind is Kind.DATE and self._chance(0.25):
            self._count("refused: no date")
            return self.random.choice(("2025-02-30", "today", "20250630"))
        given = value(self.random, of)
        if isinstance(given, list):
            given = given[0] if given else next(iter(of.codes.__members__)) if of.codes else "ORGANIC"
        if of.codes:
            return Word(given)
        if of.kind is Kind.DECIMAL and isinstance(given, int):
            return Decimal(given).scaleb(-of.decimals)
        return given if not isinstance(given, tuple) else None
