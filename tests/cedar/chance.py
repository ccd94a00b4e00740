"""Rules, askers and questions made up from a seed, so that they meet often and every form decides often."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Final

from auth.principal import Action, Principal
from auth.rules import ANYONE, Attribute, Constraint, Kind, Rule
from schema.model import Kind as Stored
from schema.model import Model, RecordType
from tests.oracle.graphs import Record, Stock

NOW: Final = datetime(2026, 11, 22, 3, 4, 5, 678000, tzinfo=UTC)
EPOCH: Final = 7
TICK: Final = timedelta(milliseconds=1)
HANOI: Final = timezone(timedelta(hours=7))
TYPES: Final = ("Farm", "Farm", "Farm", "TouristSite", "Business", "Area", "Product", "Observation", "Sector")
FIELDS: Final[Mapping[str, Sequence[str]]] = {
    "Farm": ("name", "foundedOn", "yearlyRevenue", "ownerName", "location", "grows"),
    "TouristSite": ("name", "category", "capacity", "location", "operatedBy"),
    "Business": ("name", "employees", "turnover", "taxCode", "foundedOn", "offers"),
    "Area": ("name", "level", "population", "partOf"),
    "Product": ("name", "hsCode", "ocopStars"),
    "Observation": ("value", "status", "note", "area"),
    "Sector": ("name", "code", "partOf"),
}
PATHS: Final[Mapping[str, Sequence[tuple[tuple[str, ...], str]]]] = {
    "Farm": (
        (("locatedIn",), "level"),
        (("grows",), "kind"),
        (("sellsTo",), "custodian"),
        (("grows", "grownBy"), "id"),
    ),
    "TouristSite": ((("operatedBy",), "kind"), (("locatedIn", "partOf"), "custodian"), (("operatedBy",), "id")),
    "Business": ((("locatedIn",), "code"), (("offers",), "origin"), (("buysFrom",), "custodian")),
    "Area": ((("partOf",), "level"), (("farms",), "visibility")),
    "Product": ((("grownBy",), "custodian"), (("grownBy", "locatedIn"), "level")),
    "Observation": ((("area",), "level"), (("indicator", "aboutProduct"), "kind")),
    "Sector": ((("partOf",), "code"), (("leadAgencies",), "custodian")),
}
"""Paths of links, one and two long, both ways, and the field at their end."""
WITHIN: Final[Mapping[str, Sequence[tuple[str, ...]]]] = {
    "Farm": (("locatedIn",), ("sellsTo", "locatedIn")),
    "TouristSite": (("locatedIn",), ("locatedIn",), ("operatedBy", "inSector")),
    "Business": (("locatedIn",), ("inSector",)),
    "Area": ((), ("predecessors",)),
    "Product": (("grownBy", "locatedIn"),),
    "Observation": (("area",), ("indicator", "inSector")),
    "Sector": ((),),
}
"""Paths to areas and sectors, which stand within others."""
PURPOSES: Final = ("survey", "audit")


@dataclass(frozen=True, slots=True)
class Case:
    """A policy, who asks, and for what; `sound` has, of each rule with an unknown part, what it would be without."""

    rules: Sequence[Rule]
    sound: Mapping[str, Rule]
    asker: Principal
    action: Action
    type: RecordType


class Chance:
    """What one seed makes up over one graph."""

    def __init__(self, seed: str, model: Model, stock: Stock) -> None:
        self._random = Random(seed)
        self._model = model
        self._stock = stock

    def case(self) -> Case:
        """A policy mostly about one type, and an asker whom it mostly concerns."""
        random = self._random
        asker = self._asker()
        action = random.choice((Action.READ, Action.READ, Action.DISTRIBUTE, Action.AGGREGATE))
        kind = self._model.types[random.choice(TYPES)]
        rules: list[Rule] = []
        sound: dict[str, Rule] = {}
        for number in range(random.choice((2, 3, 5, 7, 9))):
            about = kind if random.random() < 0.92 else self._model.types[random.choice(TYPES)]
            rule = self._rule(f"r{number}", about, asker, action)
            if random.random() < (0.12 if rule.kind == Kind.PROHIBITION else 0.25):
                if random.random() < 0.7:  # nothing but what is odd keeps it from deciding
                    rule = replace(rule, assignee=ANYONE, purpose=None, valid_from=None, valid_until=None)
                    rule = replace(rule, from_epoch=0, to_epoch=None, action=action)
                sound[rule.id] = rule
                rule = self._odd(rule)
            rules.append(rule)
        return Case(rules, sound, asker, action, kind)

    def records(self, case: Case, count: int) -> list[Record]:
        """Records to ask for."""
        every = self._stock.of(case.type.name)
        return self._random.sample(every, min(count, len(every)))

    def parts(self, case: Case, count: int) -> list[str | None]:
        """Fields and links to ask for; None is the record itself."""
        return self._random.sample((None, *FIELDS[case.type.name]), count)

    def _asker(self) -> Principal:
        random = self._random
        return Principal(
            random.choice((None, "an", "binh")),
            random.choice((None, "A", "A", "B", "C")),
            frozenset(random.sample(("developer", "officer", "publisher", "steward"), random.randint(0, 2))),
            random.choice((None, "app", "A")),
            random.choice((None, *PURPOSES)),
        )

    def _rule(self, name: str, kind: RecordType, asker: Principal, action: Action) -> Rule:
        random = self._random
        permission = random.random() < 0.7
        fields: tuple[str, ...] | None = tuple(random.sample(FIELDS[kind.name], random.randint(1, 3)))
        masks: tuple[tuple[str, str], ...] = ()
        if permission:
            fields = tuple(random.sample(FIELDS[kind.name], len(FIELDS[kind.name]) - random.randint(0, 2)))
            masks = self._masks(kind, fields)
            if masks and random.random() < 0.3:
                fields = tuple(name for name, _ in masks)
        elif random.random() < 0.4:
            fields = None
        begins, ends = self._instants()
        from_epoch, to_epoch = self._epochs()
        return Rule(
            name,
            Kind.PERMISSION if permission else Kind.PROHIBITION,
            "A",
            self._assignee(asker),
            action if random.random() < 0.93 else random.choice(list(Action)),
            kind.name,
            fields,
            self._constraints(kind, asker, few=permission),
            masks,
            begins,
            ends,
            self._purpose(asker),
            from_epoch=from_epoch,
            to_epoch=to_epoch,
        )

    def _assignee(self, asker: Principal) -> str:
        named = {"agency": asker.agency, "client": asker.client, "person": asker.subject}
        mine = ["anyone", *(f"role:{role}" for role in sorted(asker.roles))]
        mine += [f"{scheme}:{name}" for scheme, name in named.items() if name]
        others = ("role:officer", "role:developer", "agency:B", "client:app", "person:an", "person:A")
        return self._random.choice(mine if self._random.random() < 0.85 else others)

    def _masks(self, kind: RecordType, fields: Sequence[str]) -> tuple[tuple[str, str], ...]:
        maskable = [name for name in fields if name in kind.fields and kind.fields[name].masks]
        chosen = [name for name in maskable if self._random.random() < 0.6]
        return tuple((name, self._random.choice(kind.fields[name].masks).name) for name in chosen)

    def _instants(self) -> tuple[datetime | None, datetime | None]:
        if self._random.random() < 0.7:
            return None, None
        near = (None, NOW - TICK, NOW, NOW + TICK, (NOW - TICK).astimezone(HANOI), (NOW + TICK).astimezone(HANOI))
        return self._random.choice((None, *near)), self._random.choice((None, NOW + TICK, *near))

    def _epochs(self) -> tuple[int, int | None]:
        if self._random.random() < 0.75:
            return 0, None
        return self._random.choice((0, 1, EPOCH, EPOCH + 1)), self._random.choice((None, EPOCH, EPOCH + 1, EPOCH + 2))

    def _purpose(self, asker: Principal) -> str | None:
        if self._random.random() < 0.7:
            return None
        return self._random.choice((*PURPOSES, asker.purpose or PURPOSES[0]))

    def _constraints(self, kind: RecordType, asker: Principal, *, few: bool) -> tuple[Constraint, ...]:
        count = self._random.choice((0, 0, 1, 1, 2) if few else (0, 1, 1, 2))
        return tuple(self._constraint(kind, asker, few=few) for _ in range(count))

    def _constraint(self, kind: RecordType, asker: Principal, *, few: bool) -> Constraint:
        match self._random.choice(("own", "path", "within", "attribute", "attribute", "id")):
            case "own":
                codes = ["custodian", "visibility", "origin"]
                coded = (Stored.CODE, Stored.LIST)
                nullable = [one.name for one in kind.fields.values() if one.kind in coded and not one.required]
                codes += nullable if few else nullable * 3  # where there is nothing, prohibitions close
                name = self._random.choice(codes)
                return Constraint(name, self._values(kind, name, 1))
            case "path":
                path, name = self._random.choice(PATHS[kind.name])
                end = kind
                for step in path:
                    end = self._model.types[end.links[step].target]
                return Constraint(name, self._values(end, name, 1), path)
            case "within":
                path = self._random.choice(WITHIN[kind.name])
                end = kind
                for step in path:
                    end = self._model.types[end.links[step].target]
                return Constraint("id", self._values(end, "id", 5), path, within=True)
            case "id":
                return Constraint("id", self._values(kind, "id", 4))
            case _:
                return self._attribute(kind, asker, few=few)

    def _attribute(self, kind: RecordType, asker: Principal, *, few: bool) -> Constraint:
        """What the asker is, compared with who keeps the record, or with the keeper of what it is linked to."""
        has = {
            Attribute.AGENCY: asker.agency,
            Attribute.CLIENT: asker.client,
            Attribute.SUBJECT: asker.subject,
        }
        missing = self._random.random() < (0.2 if few else 0.6)  # then a prohibition holds as if it were there
        named = [one for one in has if (has[one] is None) == missing]
        chosen = self._random.choice(named or list(Attribute))
        written = self._values(kind, "custodian", 1) if self._random.random() < 0.6 else ()
        paths = [path for path, _ in PATHS[kind.name]] if self._random.random() < 0.25 else [()]
        if self._random.random() < 0.1:
            return Constraint("id", (*self._values(kind, "id", 2), chosen))
        return Constraint("custodian", (*written, chosen), self._random.choice(paths))

    def _values(self, kind: RecordType, name: str, least: int) -> tuple[str, ...]:
        """Some of the values that such records have; now and then another, which is a code too."""
        every = [one.id if name == "id" else one.values[name] for one in self._stock.of(kind.name)]
        flat = [one for value in every for one in (value if isinstance(value, list) else [value])]
        found = sorted({one for one in flat if isinstance(one, str)})
        return tuple(self._random.sample(found, min(len(found), self._random.randint(least, least + 2))))

    def _odd(self, rule: Rule) -> Rule:
        """The rule with one part that nobody knows."""
        kind = self._model.types[rule.type]
        field = (rule.fields or ("name",))[0]
        far = WITHIN[kind.name][0]
        twice = [(one.name, one.masks) for one in kind.fields.values() if len(one.masks) > 1]
        wrong = (
            Constraint("secret", ("A",)),
            Constraint("name", ("A",)),
            Constraint("visibility", ("OPEN", "SHARED", "RESTRICTED", "HALF")),
            Constraint("visibility", (Attribute.AGENCY,)),
            Constraint("custodian", ()),
            Constraint("custodian", ("A",), ("nowhere",)),
            Constraint("custodian", ("A", "B", "C"), far, within=True),
            Constraint("id", ("Product:1",), ("grows",), within=True),
        )
        ways = (
            replace(rule, kind="duty"),
            replace(rule, assignee="group:all"),
            replace(rule, assignee="role:"),
            replace(rule, assignee="person"),
            replace(rule, action="peek"),
            replace(rule, type="Ghost"),
            replace(rule, fields=()),
            replace(rule, fields=(*(rule.fields or ()), "secret")),
            replace(rule, fields=("id",)),
            replace(rule, constraints=(*rule.constraints, self._random.choice(wrong))),
            *(replace(rule, constraints=(one,)) for one in wrong),
            replace(rule, valid_until=NOW.replace(tzinfo=None)),
            replace(rule, unknown=("duty",)),
            replace(rule, masks=((field, "decade"),)),
            replace(rule, masks=(("nameEn", "first2"),)),
            *(replace(rule, fields=(name,), masks=tuple((name, one.name) for one in masks)) for name, masks in twice),
        )
        return self._random.choice(ways)
