"""Made-up operations over the declared model; every path that they take is counted."""

import re
from collections import Counter
from dataclasses import dataclass, field
from random import Random

import pytest

from schema.model import Classification, Kind, Link, RecordType
from tests.oracle import aggregates, lookups, narrowing
from tests.oracle.documents import Given, Operation, Variable, Word, literal
from tests.oracle.graphs import DATES
from tests.oracle.wheres import ID, SOME, Wheres

DIRECTIONS = ("ASC", "DESC", "ASC_NULLS_FIRST", "DESC_NULLS_FIRST")
DEEPEST = 3
PATHS = pytest.StashKey[Counter[str]]()
"""Where a session keeps how often each path was taken."""


@dataclass(slots=True)
class Maker(Wheres):
    """Makes one operation; `paths` counts what it took."""

    paged: list[str] = field(default_factory=list[str])
    fragments: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    bare: set[str] = field(default_factory=set[str])
    aliases: int = 0
    apart: Random = field(init=False)

    def __post_init__(self) -> None:
        self.apart = Random(str(self.random.getstate()))

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

    def _alias(self) -> str:
        self.aliases += 1
        return f"a{self.aliases}"

    def _seldom_root(self) -> RecordType:
        """A type that was begun with less often, for the paths that go on from it, than another."""
        some = self.random.sample(list(self.model.types.values()), SOME)
        return min(some, key=lambda kind: self.paths[f"root: {kind.plural}"] / (len(kind.links) + 1))

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
        if self._chance(0.1):
            return self._by_key()
        if self._chance(0.04):
            self._count("root: __typename")
            return f"{self._alias()}: __typename"
        kind = self._seldom_root()
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
        body = f"{self._directive()} {{ {' '.join(parts)} }}"
        if self._chance(0.4):
            others = self.random.sample(list(self.stock.records), 3)
            self._count("nodes")
            ids = [given, *others, *([given] if self._chance(0.5) else [])]
            return f"{self._alias()}: nodes(ids: {literal(self._give('[ID!]!', ids, 0.4))}){body}"
        return f"{self._alias()}: node(id: {literal(self._give('ID!', given, 0.4))}){body}"

    def _by_key(self) -> str:
        kinds = self.random.sample(sorted(self.model.types), 4)
        kind = min(kinds, key=lambda name: self.paths[f"lookup: {name}"])  # one that was seldom looked up so far
        known = self.random.choice(self.stock.of(kind))
        given = lookups.made(self.random, known)
        for name in given:
            self._count("lookup: at a day" if name == "at" else f"lookup: {kind}")
        named = known.type.name[0].lower() + known.type.name[1:]
        text = ", ".join(f"{name}: {literal(one)}" for name, one in given.items())
        return f"{self._alias()}: {named}({text}){self._directive()} {self._selection(known.type, DEEPEST - 1)}"

    # Selections.

    def _selection(self, kind: RecordType, depth: int, *, apart: bool = False) -> str:
        """What is asked of a record; `apart` keeps response keys of different types apart."""
        parts = [self._piece(kind, depth, apart=apart) for _ in range(self.random.choice((1, 1, 2, 2, 3)))]
        if self._chance(0.15):
            self._count("fragment: inline")
            inner = self._selection(kind, depth - 1, apart=apart)
            parts.append(f"... {f'on {kind.name}' if self._chance(0.5) else ''}{self._directive()} {inner}")
        if self._chance(0.18):
            parts.append(self._spread(kind, depth, apart=apart))
        return f"{{ {' '.join(parts)} }}"

    def _spread(self, kind: RecordType, depth: int, *, apart: bool) -> str:
        known = [name for name, (on, _) in self.fragments.items() if on == kind.name and name.startswith("D") is apart]
        if known and self._chance(0.8):
            self._count("fragment: named, spread again")
            return f"...{self.random.choice(known)}{self._directive()}"
        self._count("fragment: named")
        text = self._selection(kind, min(depth, 1) - 1, apart=apart)
        name = f"{'D' if apart else 'F'}{len(self.fragments)}"
        self.fragments[name] = (kind.name, text)
        return f"...{name}{self._directive()}"

    def _piece(self, kind: RecordType, depth: int, *, apart: bool) -> str:
        if kind.links and depth > 0 and self._chance(0.35):
            return self._link(kind, self._seldom_link("link", kind, kind.links.values()), depth, apart=apart)
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
        arguments, paged = self._arguments(kind, link)
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
                if own := [of.name for of in link.fields] if link else []:
                    self._count("connection: an edge's own fields")
                    own = [*own, f"{self._alias()}: {own[0]}"]
                own += ["distance"] if narrowing.place_of(kind) else []
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

    def _arguments(self, kind: RecordType, link: Link | None) -> tuple[str, bool]:
        found: dict[str, Given] = {}
        if link is not None and link.fields and self._chance(0.3):
            self._count("argument: edge")
            found["edge"] = self._give(f"{link.edge}Where", self.edge(link), 0.3)
        if self._chance(0.55):
            self._count("argument: where")
            where = self.where(kind, 2)
            found["where"] = self._give(f"{kind.name}Where", where, 0.3)
        elif self._chance(0.05):
            self._count("argument: null")
            found[self.random.choice(("where", "orderBy", "first", "after", "last", "before"))] = None
        found |= self._narrowing(kind)
        if self._chance(0.5) and "orderBy" not in found:
            self._count("argument: orderBy")
            keys = [self._key(kind, 2) for _ in range(self.random.choice((1, 1, 2, 3)))]
            found["orderBy"] = self._give(f"[{kind.name}Order!]", keys, 0.2)
        if kind.dated and self._chance(0.3):
            self._count("argument: asOf")
            found["asOf"] = self._give("Date", self.random.choice(DATES))
        if self._chance(0.6) and not found.keys() & {"first", "last"}:
            found |= self._size()
        paged = False
        for name in self.random.sample(("after", "before"), self.random.choice((1, 1, 1, 2))):
            if self._chance(0.25) and name not in found:
                paged = True
                found[name] = self._page(name)
        text = ", ".join(f"{key}: {literal(given)}" for key, given in found.items())
        return (f"({text})" if text else ""), paged

    def _size(self) -> dict[str, Given]:
        """How many records, from which end."""
        word = self.random.choice(("first", "first", "last"))
        size = self.random.choice((0, 1, 2, 2, 3, 5, 100))
        if self._chance(0.015):
            self._count("refused: page size")
            size = self.random.choice((101, -1))
        self._count(f"argument: {word}")
        found = {word: self._give("Int", size)}
        if self._chance(0.02):
            self._count("refused: first and last")
            found["last" if word == "first" else "first"] = self._give("Int", 2)
        return found

    def _page(self, argument: str) -> Given:
        """A variable that waits for a cursor of that list."""
        self._count(f"argument: {argument}")
        name = f"c{len(self.paged)}"
        self.paged.append(name)
        self.declared[name] = "String"
        self.variables[name] = None
        return Variable(name)

    def _narrowing(self, kind: RecordType) -> dict[str, Given]:
        """Chosen by chances of their own, so that what is made up beside these arguments does not hang on them."""
        kept, self.random = self.random, self.apart
        made = narrowing.arguments(self.apart, kind, self.paths, self.stock, self.reach)
        found = {name: self._give(*given) for name, given in made.items()}
        self.random = kept
        return found

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
