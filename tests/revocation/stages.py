"""Policies one after the other, and what the law lets each show: no two that follow each other show the same.

The records are of groups. A stage opens one group of every type, or none; one change takes the one group back and gives
the next. So an answer tells in each of its blocks, by the group and by how the owners' names are shown, under which
policy the block was read.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from auth.principal import Action
from auth.rules import ANYONE, ID, Constraint, Kind, Rule
from schema.scalars import parse
from schema.types import MODEL
from tests.oracle.graphs import Record, Stock

PARTNER: Final = "partner"
"""The app that is shown more than anyone is."""
AUDIENCES: Final[Mapping[str, str]] = {"a": ANYONE, "b": f"client:{PARTNER}"}
"""A letter for those records that anyone may be shown, and for those of the app; and whom their rules name."""
SEEN_BY: Final[Mapping[str, str]] = {"anyone": "a", "partner": "ab"}
"""Who asks, and the letters that they may be shown: a rule for anyone is for the app too."""
GROUPS: Final = 6
SIZES: Final[Mapping[str, int]] = {"Farm": 2, "Business": 1, "TouristSite": 1}
"""The records of a type in a group."""
OWNER: Final = "ownerName"

WHOLE: Final = """query Whole {
  farms(orderBy: [{id: ASC}]) { totalCount nodes { id name ownerName } }
  businesses(orderBy: [{id: ASC}]) { totalCount nodes { id name ownerName } }
  probe: node(id: "Farm:LT-a0-0") { id }
  touristSites(orderBy: [{id: ASC}]) { totalCount nodes { id name } }
  last: farms(first: 1, orderBy: [{name: DESC}]) { nodes { id ownerName } }
}"""
BRIEF: Final = """query Brief {
  sites: touristSites(orderBy: [{id: ASC}]) { nodes { id } }
  owned: farms(where: {custodian: {eq: "LT"}}) { totalCount }
  firms: businesses(where: {name: {startsWith: "lt"}}, orderBy: [{name: ASC}]) { nodes { ownerName } }
}"""
BULK: Final = 2_000
"""Open records of no group, which only make a statement long."""
_NONE: Final = 'none{}: products(first: 1, where: {{name: {{contains: "không có {}"}}}}) {{ nodes {{ id }} }}'
_NONES: Final = range(12)
LONG: Final = f"""query Long {{
  farms(orderBy: [{{id: ASC}}]) {{ nodes {{ id ownerName }} }}
  {" ".join(_NONE.format(one, one) for one in _NONES)}
  touristSites(orderBy: [{{id: ASC}}]) {{ nodes {{ id }} }}
  businesses(orderBy: [{{id: ASC}}]) {{ nodes {{ id ownerName }} }}
}}"""
"""Rights may change while its blocks are read one after the other."""
DOCUMENTS: Final = (WHOLE, BRIEF, LONG)


@dataclass(frozen=True, slots=True)
class Stage:
    """One policy: the group that it opens, if any, with the owners' names whole or masked; or a group closed again."""

    group: int | None = None
    masked: bool = False
    closed: bool = False
    rules: Mapping[str, Rule] = field(default_factory=dict[str, Rule])

    @property
    def shows(self) -> int | None:
        """The group that is seen."""
        return None if self.closed else self.group

    def change(self, after: "Stage") -> tuple[list[Rule], list[str]]:
        """What to give and what to take back, so that it is followed by the other."""
        given = [rule for name, rule in after.rules.items() if name not in self.rules]
        return given, [name for name in self.rules if name not in after.rules]

    def revoked_by(self, after: "Stage") -> bool:
        """Whether something that it shows is taken away."""
        return self.shows is not None and self.shows != after.shows


def stages(random: Random) -> Iterator[Stage]:
    """Stages without end, the first one empty: nothing is given before the test begins."""
    now, number = Stage(), 0
    while True:
        yield now
        number += 1
        chance = random.random()
        if now.shows is None or chance < 0.6:
            group = random.choice([one for one in range(GROUPS) if one != now.group])
            masked = random.random() < 0.5
            now = Stage(group, masked, rules=dict(_given(number, group, masked=masked)))
        elif chance < 0.8:
            now = Stage()
        else:
            forbidden = dict(_forbidden(number, now.shows))
            now = Stage(now.group, now.masked, closed=True, rules={**now.rules, **forbidden})


def _given(number: int, group: int, *, masked: bool) -> Iterator[tuple[str, Rule]]:
    for letter, assignee in AUDIENCES.items():
        for name, size in SIZES.items():
            owner = (OWNER,) if OWNER in MODEL.type(name).fields else ()
            rule = Rule(
                f"load/{number}/{letter}/{name}",
                Kind.PERMISSION,
                "HUB",
                assignee,
                Action.READ,
                name,
                ("custodian", "name", *owner),
                (Constraint(ID, tuple(ids(name, letter, group, size))),),
                masks=tuple((one, "firstWord") for one in owner if masked),
            )
            yield rule.id, rule


def _forbidden(number: int, group: int) -> Iterator[tuple[str, Rule]]:
    for name, size in SIZES.items():
        every = tuple(one for letter in AUDIENCES for one in ids(name, letter, group, size))
        constraints = (Constraint(ID, every),)
        rule = Rule(f"load/{number}/no/{name}", Kind.PROHIBITION, "HUB", ANYONE, Action.READ, name, None, constraints)
        yield rule.id, rule


def ids(name: str, letter: str, group: int, size: int) -> Iterator[str]:
    return (f"{name}:LT-{letter}{group}-{place}" for place in range(size))


def stock() -> Stock:
    """Every record of every group; by the first rules nobody but their custodian may see one."""
    records: dict[str, Record] = {}
    for name, size in SIZES.items():
        kind = MODEL.type(name)
        for letter in AUDIENCES:
            for group in range(GROUPS):
                for one in ids(name, letter, group, size):
                    cells = {"name": called(one), "custodian": "LT", "visibility": "RESTRICTED", OWNER: whole(group)}
                    values = {each.name: parse(each, cells.get(each.name, "")) for each in kind.fields.values()}
                    records[one] = Record(one, kind, values)
    return Stock(records, [])


def bulk() -> Iterator[Stock]:
    """The records that make a statement long, a hundred at a time: an engine's statements have little time."""
    kind = MODEL.type("Product")
    for first in range(0, BULK, 100):
        records: dict[str, Record] = {}
        for number in range(first, first + 100):
            code = f"LT-{number:04}"
            cells = {"name": f"Sản phẩm số {number} của Hàng Đào", "code": code, "custodian": "B", "visibility": "OPEN"}
            values = {each.name: parse(each, cells.get(each.name, "")) for each in kind.fields.values()}
            records[f"Product:{code}"] = Record(f"Product:{code}", kind, values)
        yield Stock(records, [])


def called(one: str) -> str:
    """The name of the record of that id."""
    return one.partition(":")[2].lower()


def whole(group: int) -> str:
    return f"Lê Thị {'ABCDEF'[group]}"


def shown(stage: Stage, asker: str, document: str) -> dict[str, Any]:
    """What the law lets `anyone` or the `partner` be shown under that policy, of a document."""
    group = stage.shows

    def found(name: str) -> Sequence[str]:
        if group is None:
            return []
        return [one for letter in SEEN_BY[asker] for one in ids(name, letter, group, SIZES[name])]

    owner = None if group is None else "Lê …" if stage.masked else whole(group)
    farms, businesses, sites = (found(name) for name in SIZES)
    if document == BRIEF:
        return {
            "sites": {"nodes": [{"id": one} for one in sites]},
            "owned": {"totalCount": len(farms)},
            "firms": {"nodes": [{"ownerName": owner} for _ in businesses]},
        }
    if document == LONG:
        return {
            "farms": {"nodes": [{"id": one, "ownerName": owner} for one in farms]},
            **{f"none{one}": {"nodes": []} for one in _NONES},
            "touristSites": {"nodes": [{"id": one} for one in sites]},
            "businesses": {"nodes": [{"id": one, "ownerName": owner} for one in businesses]},
        }
    owned = {
        name: {
            "totalCount": len(each),
            "nodes": [{"id": one, "name": called(one), "ownerName": owner} for one in each],
        }
        for name, each in (("farms", farms), ("businesses", businesses))
    }
    return {
        **owned,
        "probe": {"id": farms[0]} if group == 0 else None,
        "touristSites": {"totalCount": len(sites), "nodes": [{"id": one, "name": called(one)} for one in sites]},
        "last": {"nodes": [{"id": one, "ownerName": owner} for one in farms[-1:]]},
    }
