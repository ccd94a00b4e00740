"""Stored records, areas above them, and askers, as Cedar entities; and the same records as predicates read them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from auth.predicates import Term, Values
from auth.principal import Principal
from auth.rules import Constraint
from schema.model import Model
from tests.cedar.engine import Entities
from tests.cedar.translation import LISTED, attribute, spread
from tests.oracle.graphs import Record, Stock, Tie

Entity: TypeAlias = dict[str, Any]
LEVELS = 5
"""From a country down to a commune: so many areas stand above each other at most."""
Steps: TypeAlias = Mapping[tuple[str, str, bool], Sequence[str]]
"""From a relation, a record's id and a direction to the ids at the other ends."""


def of_levels(stock: Stock) -> Stock:
    """The same graph, in which what is part of something is of a lower level than it, as areas are."""
    level = {
        one.id: number % LEVELS
        for name in sorted({record.type.name for record in stock.records.values()})
        for number, one in enumerate(stock.of(name))
    }
    upward = {one.type.links["partOf"].relation for one in stock.records.values() if "partOf" in one.type.links}
    kept = [tie for tie in stock.ties if tie.relation not in upward or level[tie.target] < level[tie.source]]
    return Stock(stock.records, kept)


def steps(ties: Iterable[Tie]) -> Steps:
    """The ends of every relationship, both ways."""
    found: defaultdict[tuple[str, str, bool], list[str]] = defaultdict(list)
    for tie in ties:
        found[tie.relation, tie.source, True].append(tie.target)
        found[tie.relation, tie.target, False].append(tie.source)
    return found


def world(model: Model, stock: Stock, on: Iterable[tuple[str, Constraint]]) -> Entities:
    """Every record, with what these constraints, each of rules about one type, speak of."""
    ways = steps(stock.ties)
    by_type: defaultdict[str, dict[str, Constraint]] = defaultdict(dict)
    for name, constraint in on:
        by_type[name][attribute(constraint)] = constraint
    made: list[Entity] = []
    for record in stock.records.values():
        up = record.type.links.get("partOf")
        above = ways.get((up.relation, record.id, True), ()) if up else ()
        attributes: dict[str, Any] = {"type": record.type.name, "id": record.id}
        for name, constraint in by_type[record.type.name].items():
            ends = _ends(record, constraint.path, model, stock, ways)
            if constraint.within:
                place = f"{record.id} {name}"
                made.append(_entity("Ends", place, {}, [("Record", end.id) for end in ends]))
                attributes |= {name: _reference("Ends", place), f"{name}?": not ends}
            elif spread(constraint):
                found = spoken(record, constraint, model, stock, ways)
                attributes |= {name: sorted({one for one in found if one}), f"{name}?": None in found or not found}
            elif (value := _value(record, constraint.field)) is not None:
                attributes[name] = value
        parents = [("Type", record.type.name), *(("Record", one) for one in above)]
        made.append(_entity("Record", record.id, attributes, parents))
    return Entities.of(made)


def asker(principal: Principal) -> Entity:
    """The asker, with their groups."""
    known = {"agency": principal.agency, "client": principal.client, "subject": principal.subject}
    attributes: dict[str, Any] = {name: value for name, value in known.items() if value is not None}
    attributes |= {f"{name}Record": _reference("Record", value) for name, value in known.items() if value is not None}
    groups = ["anyone", *(f"role:{role}" for role in sorted(principal.roles))]
    schemes = {"agency": principal.agency, "client": principal.client, "person": principal.subject}
    groups += [f"{scheme}:{value}" for scheme, value in schemes.items() if value is not None]
    return _entity("Asker", "asker", attributes, [("Group", group) for group in groups])


def stored(record: Record, stock: Stock, ways: Steps) -> Values:
    """What predicates read of the record."""

    def values(term: Term) -> Sequence[object]:
        ends = [record.id]
        for relation, outgoing in term.path:
            ends = [other for end in ends for other in ways.get((relation, end, outgoing), ())]
        for end in ends if term.climbs else ():  # grows while it is walked: the areas above those above
            ends += [other for other in ways.get((term.climbs, end, True), ()) if other not in ends]
        found = [end if term.field == "id" else stock.records[end].values[term.field] for end in ends]
        return [one for value in found for one in ((value or [None]) if isinstance(value, list) else [value])]

    return values


def spoken(record: Record, constraint: Constraint, model: Model, stock: Stock, ways: Steps) -> list[str | None]:
    """The values that a constraint speaks of, without the areas above."""
    ends = _ends(record, constraint.path, model, stock, ways)
    listed = [end.values[constraint.field] for end in ends if constraint.field in LISTED]
    if listed:
        return [one for value in listed for one in (value if isinstance(value, list) and value else [None])]
    return [_value(end, constraint.field) for end in ends]


def _ends(record: Record, path: Sequence[str], model: Model, stock: Stock, ways: Steps) -> list[Record]:
    if not path:
        return [record]
    link = model.types[record.type.name].links[path[0]]
    reached = (stock.records[other] for other in ways.get((link.relation, record.id, link.outgoing), ()))
    return [end for one in reached for end in _ends(one, path[1:], model, stock, ways)]


def _value(record: Record, field: str) -> str | None:
    value = record.id if field == "id" else record.values[field]
    assert value is None or isinstance(value, str)
    return value


def _entity(kind: str, name: str, attributes: Entity, parents: Iterable[tuple[str, str]]) -> Entity:
    above = [{"type": of, "id": parent} for of, parent in dict.fromkeys(parents)]
    return {"uid": {"type": kind, "id": name}, "attrs": attributes, "parents": above}


def _reference(kind: str, name: str) -> Entity:
    return {"__entity": {"type": kind, "id": name}}
