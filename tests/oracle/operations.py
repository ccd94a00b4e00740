"""Made-up operations over the declared model; every path that they take is counted."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from schema.model import Classification, Field, Kind, Link, Model, RecordType
from tests.oracle import aggregates
from tests.oracle.documents import Given, Operation, Variable, Word, holds_variable, literal, plain
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
DIRECTIONS = ("ASC", "DESC", "ASC_NULLS_FIRST", "DESC_NULLS_FIRST")
ID = Field("id", Kind.CODE, "Định danh", "Global id", required=True)
DEEPEST = 3
PATHS = pytest.StashKey[Counter[str]]()
"""Where a session keeps how often each path was taken."""


@dataclass(slots=True)
class Maker:
    """Makes one operation; `paths` counts what it took."""

    random: Random
    model: Model
    stock: Stock
    paths: Counter[str]
    declared: dict[str, str] = field(default_factory=dict[str, str])
    variables: dict[str, Any] = field(default_factory=dict[str, Any])
    paged: list[str] = field(default_factory=list[str])
    fragments: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    bare: set[str] = field(default_factory=set[str])
    aliases: int = 0
    reach: frozenset[Classification] = frozenset(Classification)

    def operation(self) -> Operation:
        """The operation."""
        if self._chance(0.6):
            self.reach = frozenset({Classification.OPEN})
        roots = [self._root() for _ in range(self.random.choice((1, 1, 1, 2)))]
        body = f"{{ {' '.join(roots)} }}"
        fragments = [f"fragment {name} on {kind} {text}" for name, (kind, text) in self.fragments.items()]
        text = "\n".join([body, *fragments])
        used = [name for name in self.declared if re.search(rf"\${name}\b", text)]
        declared = ", ".join(f"${name}: {self.declared[name]}" for name in used)
        variables = {name: given for name, given in self.variables.items() if name in used}
        head = f"query Made({declared})" if declared else "query Made"
        return Operation(f"{head} {text}", variables, tuple(name for name in self.paged if name in used))

    # Small choices.

    def _chance(self, part: float) -> bool:
        return self.random.random() < part

    def _count(self, path: str) -> None:
        self.paths[path] += 1

    def _alias(self) -> str:
        self.aliases += 1
        return f"a{self.aliases}"

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

    def _seldom(self, kind: RecordType, links: list[Link]) -> Link:
        """One of the links, as a rule one that conditions have gone through less often so far."""
        some = self.random.sample(links, min(2, len(links)))
        return min(some, key=lambda link: self.paths[f"where through: {kind.name}.{link.name}"])

    def _directive(self) -> str:
        if not self._chance(0.08):
            return ""
        word = self.random.choice(("skip", "include"))
        given = self._give("Boolean!", self._chance(0.5), 0.6)
        self._count(f"directive: @{word}")
        return f" @{word}(if: {literal(given)})"

    # Roots.

    def _root(self) -> str:
        if self._chance(0.12):
            return self._node()
        if self._chance(0.04):
            self._count("root: __typename")
            return f"{self._alias()}: __typename"
        kind = self.random.choice(list(self.model.types.values()))
        self._count(f"root: {kind.plural}")
        return self._connection(kind.plural, kind, None, DEEPEST)

    def _node(self) -> str:
        known = self.random.choice(list(self.stock.records.values()))
        how = self.random.choice(("known", "known", "known", "unknown", "of another type", "of no type"))
        given = {
            "known": known.id,
            "unknown": f"{known.type.name}:nobody",
            "of another type": f"Sector:{known.id.partition(':')[2]}",
            "of no type": self.random.choice(("Nothing:1", "", "Farm", "farm:A-001", "Query:1")),
        }[how]
        self._count(f"node: {how}")
        kinds = {known.type.name: known.type}
        if self._chance(0.5):
            other = self.random.choice(list(self.model.types.values()))
            kinds[other.name] = other
        parts = ["id", "kind: __typename" if self._chance(0.5) else "__typename"]
        for kind in kinds.values():
            self._count("fragment: on a type of an interface")
            parts.append(f"... on {kind.name} {self._selection(kind, DEEPEST - 1, apart=True)}")
        if self._chance(0.3):
            self._count("fragment: on an interface")
            parts.append(f"... on Node {{ {self._alias()}: id }}")
        asked = literal(self._give("ID!", given, 0.4))
        return f"{self._alias()}: node(id: {asked}){self._directive()} {{ {' '.join(parts)} }}"

    # Selections.

    def _selection(self, kind: RecordType, depth: int, *, apart: bool = False) -> str:
        """What is asked of a record; `apart` keeps response keys of different types apart."""
        parts = [self._piece(kind, depth, apart=apart) for _ in range(self.random.choice((1, 1, 2, 2, 3)))]
        if self._chance(0.15):
            self._count("fragment: inline")
            inner = self._selection(kind, depth - 1, apart=apart)
            parts.append(f"... {f'on {kind.name}' if self._chance(0.5) else ''}{self._directive()} {inner}")
        if self._chance(0.12):
            parts.append(self._spread(kind, depth, apart=apart))
        return f"{{ {' '.join(parts)} }}"

    def _spread(self, kind: RecordType, depth: int, *, apart: bool) -> str:
        known = [name for name, (on, _) in self.fragments.items() if on == kind.name and name.startswith("D") is apart]
        if known and self._chance(0.5):
            self._count("fragment: named, spread again")
            return f"...{self.random.choice(known)}{self._directive()}"
        self._count("fragment: named")
        text = self._selection(kind, min(depth, 1) - 1, apart=apart)
        name = f"{'D' if apart else 'F'}{len(self.fragments)}"
        self.fragments[name] = (kind.name, text)
        return f"...{name}{self._directive()}"

    def _piece(self, kind: RecordType, depth: int, *, apart: bool) -> str:
        if kind.links and depth > 0 and self._chance(0.35):
            return self._link(kind, self.random.choice(list(kind.links.values())), depth, apart=apart)
        if self._chance(0.15):
            return self.random.choice(("id", "__typename", f"{self._alias()}: id"))
        of = self.random.choice(list(kind.fields.values()))
        self._count(f"selected: {of.kind}")
        alias = f"{self._alias()}: " if apart or self._chance(0.2) else ""
        if alias:
            self._count("alias")
        inner = self.random.choice((" { lat lon }", " { a: lat __typename }")) if of.kind is Kind.PLACE else ""
        return f"{alias}{of.name}{self._directive()}{inner}"

    def _link(self, kind: RecordType, link: Link, depth: int, *, apart: bool) -> str:
        self._count(f"link: {kind.name}.{link.name}")
        target = self.model.types[link.target]
        if link.many:
            return self._connection(link.name, target, link, depth - 1, owner=kind)
        alias = f"{self._alias()}: " if apart or self._chance(0.3) else ""
        return f"{alias}{link.name}{self._directive()} {self._selection(target, depth - 1, apart=apart)}"

    def _connection(
        self, name: str, kind: RecordType, link: Link | None, depth: int, owner: RecordType | None = None
    ) -> str:
        arguments, paged = self._arguments(kind)
        key = name
        if name in self.bare or owner is not None or self._chance(0.5):
            key = self._alias()
        self.bare.add(name)
        head = f"{key if key == name else f'{key}: {name}'}{arguments}"
        parts = [self._entry(kind, link, depth) for _ in range(self.random.choice((1, 1, 1, 2)))]
        if paged:
            parts.append("edges { cursor node { id } }")
        text = f"{head}{self._directive()} {{ {' '.join(parts)} }}"
        if self._chance(0.08):
            self._count("merged: one response key asked twice")
            text += f" {head} {{ {self._entry(kind, link, 0)} }}"
        if depth < DEEPEST:
            self._count(f"depth: {DEEPEST - depth + 1}")
        return text

    def _entry(self, kind: RecordType, link: Link | None, depth: int) -> str:
        if self._chance(0.2):
            return self._aggregate(kind)
        match self.random.choice(("nodes", "nodes", "nodes", "edges", "pageInfo", "totalCount", "__typename")):
            case "nodes":
                self._count("connection: nodes")
                return f"nodes {self._selection(kind, depth)}"
            case "edges":
                self._count("connection: edges")
                own = [of.name for of in link.fields] if link else []
                if own:
                    self._count("connection: an edge's own fields")
                    own = [*own, f"{self._alias()}: {own[0]}"]
                return f"edges {{ cursor __typename {' '.join(own)} node {self._selection(kind, depth)} }}"
            case "pageInfo":
                self._count("connection: pageInfo")
                return "pageInfo { hasNextPage hasPreviousPage startCursor endCursor __typename }"
            case "totalCount":
                self._count("connection: totalCount")
                return self.random.choice(("totalCount", f"{self._alias()}: totalCount"))
            case _:
                return "__typename"

    def _aggregate(self, kind: RecordType) -> str:
        self._count("connection: aggregate")
        asking = aggregates.Asking(self.random, self.model, self._count, self._open, self._open_links)
        keys = asking.keys(kind)
        given = f"(groupBy: {literal(self._give(f'[{kind.name}Group!]', keys))})" if keys or self._chance(0.3) else ""
        return f"{self._alias()}: aggregate{given}{self._directive()} {asking.selection(kind, self._alias)}"

    # Arguments.

    def _arguments(self, kind: RecordType) -> tuple[str, bool]:
        found: dict[str, Given] = {}
        if self._chance(0.55):
            self._count("argument: where")
            where = self.where(kind, 2)
            found["where"] = self._give(f"{kind.name}Where", where, 0.3)
        elif self._chance(0.05):
            self._count("argument: null")
            found[self.random.choice(("where", "orderBy", "first", "after"))] = None
        if self._chance(0.5) and "orderBy" not in found:
            self._count("argument: orderBy")
            keys = [self._key(kind, 2) for _ in range(self.random.choice((1, 1, 2, 3)))]
            found["orderBy"] = self._give(f"[{kind.name}Order!]", keys, 0.2)
        if self._chance(0.6) and "first" not in found:
            first = self.random.choice((0, 1, 2, 2, 3, 5, 100))
            if self._chance(0.015):
                self._count("refused: page size")
                first = self.random.choice((101, -1))
            self._count("argument: first")
            found["first"] = self._give("Int", first)
        paged = self._chance(0.25) and "after" not in found
        if paged:
            self._count("argument: after")
            name = f"c{len(self.paged)}"
            self.paged.append(name)
            self.declared[name] = "String"
            self.variables[name] = None
            found["after"] = Variable(name)
        text = ", ".join(f"{key}: {literal(given)}" for key, given in found.items())
        return (f"({text})" if text else ""), paged

    def _open(self, kind: RecordType) -> list[Field]:
        return [of for of in kind.fields.values() if of.classification in self.reach]

    def _open_links(self, kind: RecordType) -> list[Link]:
        return [link for link in kind.links.values() if link.classification in self.reach]

    def _key(self, kind: RecordType, depth: int) -> Given:
        ones = [link for link in self._open_links(kind) if not link.many]
        if ones and depth and self._chance(0.35):
            link = self.random.choice(ones)
            self._count("order: through a to-one link" if depth == 2 else "order: through two to-one links")
            return {link.name: self._key(self.model.types[link.target], depth - 1)}
        direction = self.random.choice(DIRECTIONS)
        self._count(f"order: {direction}")
        fields = [of for of in self._open(kind) if of.kind not in {Kind.LIST, Kind.PLACE}]
        of = self.random.choice([*fields, ID])
        self._count(f"order: {of.kind}")
        return {of.name: Word(direction)}

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
        if depth and links and self._chance(0.35):
            link = self._seldom(kind, links)
            self._count(f"where through: {kind.name}.{link.name}")
            target = self.model.types[link.target]
            if not link.many:
                self._count("where: a to-one link")
                return {link.name: self.where(target, depth - 1)}
            words = self.random.sample(("some", "every", "none"), self.random.choice((1, 1, 2)))
            for word in words:
                self._count(f"where: {word}")
            return {link.name: {word: self.where(target, depth - 1) for word in words}}
        of = self.random.choice([*self._open(kind), ID])
        words = self._words(of)
        self._count(f"where: {of.kind}")
        return {of.name: {word: self._operand(of, word) for word in words}}

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
        if of.kind is Kind.DECIMAL and self._chance(0.06):
            self._count("refused: too many decimals")
            return Decimal("0.0000001")
        if of.kind is Kind.DATE and self._chance(0.25):
            self._count("refused: no date")
            return self.random.choice(("2025-02-30", "today", "20250630"))
        given = value(self.random, of)
        if isinstance(given, list):
            given = given[0] if given else "ORGANIC"
        if of.codes:
            return Word(given)
        if of.kind is Kind.DECIMAL and isinstance(given, int):
            return Decimal(given).scaleb(-of.decimals)
        return given if not isinstance(given, tuple) else None


def expected(model: Model) -> list[str]:
    """Every path that enough operations take at least once."""
    kinds = list(model.types.values())
    links = [f"{kind.name}.{name}" for kind in kinds for name in kind.links]
    words = ("skip", "include")
    refused = ("null in a condition", "too many decimals", "no date", "page size")
    return [
        *(f"root: {kind.plural}" for kind in kinds),
        "root: __typename",
        *(f"node: {how}" for how in ("known", "unknown", "of another type", "of no type")),
        *(f"link: {link}" for link in links),
        *(f"where through: {link}" for link in links),
        *(f"operator: {word}" for word in OPERATORS),
        *(f"operator: {word} with an empty list" for word in ("in", "notIn")),
        *(f"where: {word}" for word in ("and", "or", "not", "some", "every", "none", "a to-one link")),
        *(f"where: {kind}" for kind in Kind),
        *(f"selected: {kind}" for kind in Kind),
        *(f"order: {way}" for way in DIRECTIONS),
        *(f"order: {kind}" for kind in Kind if kind not in {Kind.LIST, Kind.PLACE}),
        *(f"order: through {how}" for how in ("a to-one link", "two to-one links")),
        *(f"directive: @{word}" for word in words),
        *(f"fragment: {how}" for how in ("named", "named, spread again", "inline", "on an interface")),
        "fragment: on a type of an interface",
        *(f"variable: {how}" for how in ("of a value", "of an input object or list", "by its default")),
        *(f"argument: {name}" for name in ("where", "orderBy", "first", "after", "null")),
        *(f"connection: {name}" for name in ("nodes", "edges", "pageInfo", "totalCount", "an edge's own fields")),
        *(f"depth: {depth}" for depth in range(2, DEEPEST + 2)),
        *(f"refused: {why}" for why in refused),
        *aggregates.paths(),
        "connection: aggregate",
        "alias",
        "merged: one response key asked twice",
    ]
