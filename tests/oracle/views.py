"""What a principal may see of a graph: semantics §2, read straight from the rules, record by record."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from auth.principal import Principal
from auth.rules import Attribute, Constraint, Kind, Rule
from schema.model import Link, Model, RecordType
from tests.oracle.graphs import Record, Stock, Tie, Value

Facts: TypeAlias = Callable[[Constraint], Sequence[object]]
"""The stored values that a constraint speaks of."""
CLIMBS = 4


class View:
    """A graph with the records that a principal may not see removed, and the fields that they may not see empty.

    The rules of these tests have no purpose and no dates: `tests/test_policy.py` is about these.
    """

    def __init__(self, model: Model, stock: Stock, rules: Sequence[Rule], principal: Principal) -> None:
        self.model = model
        self._principal = principal
        mine = {"anyone", f"agency:{principal.agency}", f"client:{principal.client}", f"person:{principal.subject}"}
        mine |= {f"role:{role}" for role in principal.roles}
        self._rules = [rule for rule in rules if rule.assignee in mine and rule.action == "read"]
        self._stock = stock
        self._ways: dict[tuple[str, str], str | None] = {}
        self._opened: dict[tuple[str, str], bool] = {}
        self._ties: dict[tuple[str, str, bool], list[tuple[str, Tie]]] = {}
        for tie in stock.ties:
            self._ties.setdefault((tie.relation, tie.source, True), []).append((tie.target, tie))
            self._ties.setdefault((tie.relation, tie.target, False), []).append((tie.source, tie))
        self._seen = {one.id: one for one in stock.records.values() if self._sees(one.type.name, self._facts(one))}

    def records(self, name: str) -> list[Record]:
        """The records of a type that are in the view."""
        return [record for record in self._seen.values() if record.type.name == name]

    def record(self, name: str) -> Record | None:
        """The record of that id, if it is in the view."""
        return self._seen.get(name)

    def value(self, record: Record | None, name: str) -> Value:
        """A field's value in the view; of no record, null."""
        if record is None:
            return None
        way = self.way(record, name)
        stored = record.values[name]
        if way is None or stored is None or isinstance(stored, list):
            return stored if way == "" else None
        masks = {mask.name: mask for mask in record.type.fields[name].masks}
        return masks[way].hide(stored) if way else stored

    def linked(self, record: Record | None, link: Link) -> list[tuple[Record, Tie]]:
        """The records of the view at the other ends of a link, where the link's own rule holds."""
        if record is None:
            return []
        found: list[tuple[Record, Tie]] = []
        for other, tie in self._ties.get((link.relation, record.id, link.outgoing), ()):
            end = self.record(other)
            declaring = self._stock.records[tie.source]
            if end is not None and self.way(declaring, link.rule_name) is not None:
                found.append((end, tie))
        return found

    def way(self, record: Record, name: str) -> str | None:
        """How a field or link of the record is open: as it is (``), through that mask, or not at all."""
        if (record.id, name) not in self._ways:
            self._ways[record.id, name] = self._way(record.type.name, self._facts(record), name)
        return self._ways[record.id, name]

    def opens(self, kind: RecordType, name: str) -> bool:
        """Whether there can be a record of that type whose field of that name is in the view."""
        if (kind.name, name) not in self._opened:
            self._opened[kind.name, name] = self._can_open(kind, name)
        return self._opened[kind.name, name]

    def _can_open(self, kind: RecordType, name: str) -> bool:
        link = kind.links.get(name)
        owner, name = (link.owner, link.rule_name) if link else (kind.name, name)
        return any(
            self._sees(owner, facts) and self._way(owner, facts, name) is not None for facts in self._conceivable(owner)
        )

    def _conceivable(self, owner: str) -> Iterator[Facts]:
        """Records of every kind that the rules can tell apart; what is at the end of a path may be anything."""
        spoken = [one for rule in self._of(owner) for one in rule.constraints]
        fields = sorted({one.field for one in spoken if not one.path})
        far = list(dict.fromkeys(one for one in spoken if one.path))
        values: list[set[str]] = [
            {"something else"} | {value for one in spoken if one.field == field for value in self._known(one.values)}
            for field in fields
        ]
        for chosen in itertools.product(*values):
            own = dict(zip(fields, chosen, strict=True))
            for fitting in itertools.product((False, True), repeat=len(far)):
                holds = dict(zip(far, fitting, strict=True))
                yield self._imagined(own, holds)

    def _imagined(self, own: Mapping[str, str], holds: Mapping[Constraint, bool]) -> Facts:
        def facts(one: Constraint) -> Sequence[object]:
            if not one.path:
                return [own[one.field]]
            return self._known(one.values) if holds[one] else ["something else"]

        return facts

    def _facts(self, record: Record) -> Facts:
        """What is stored of a record and of those it is linked to, whoever may see them."""

        def facts(one: Constraint) -> Sequence[object]:
            ends = [record]
            for name in one.path:
                ends = [
                    self._stock.records[other]
                    for end in ends
                    for other, _ in self._ties.get(self._step(end.type.links[name], end), ())
                ]
            for _ in range(CLIMBS if one.within else 0):
                ends += [
                    self._stock.records[other]
                    for end in ends
                    for other, _ in self._ties.get(self._step(end.type.links["partOf"], end), ())
                    if self._stock.records[other] not in ends
                ]
            found = [end.id if one.field == "id" else end.values[one.field] for end in ends]
            return [each for value in found for each in ((value or [None]) if isinstance(value, list) else [value])]

        return facts

    @staticmethod
    def _step(link: Link, end: Record) -> tuple[str, str, bool]:
        return link.relation, end.id, link.outgoing

    def _of(self, name: str) -> list[Rule]:
        return [rule for rule in self._rules if rule.type == name]

    def _sees(self, name: str, facts: Facts) -> bool:
        rules = self._of(name)
        opened = any(rule.kind == Kind.PERMISSION and self._fits(rule, facts) for rule in rules)
        closed = any(
            rule.kind == Kind.PROHIBITION and rule.fields is None and self._fits(rule, facts) for rule in rules
        )
        return opened and not closed

    def _way(self, owner: str, facts: Facts, name: str) -> str | None:
        """How the field or link is open in that record: as it is (``), through that mask, or not at all."""
        rules = [rule for rule in self._of(owner) if rule.fields is None or name in rule.fields]
        if any(rule.kind == Kind.PROHIBITION and self._fits(rule, facts) for rule in rules):
            return None
        ways = {
            dict(rule.masks).get(name, "") for rule in rules if rule.kind == Kind.PERMISSION and self._fits(rule, facts)
        }
        field = self.model.types[owner].fields.get(name)
        mildest = ("", *(mask.name for mask in (field.masks if field else ())))
        return next((way for way in mildest if way in ways), None)

    def _fits(self, rule: Rule, facts: Facts) -> bool:
        """Whether the rule speaks of this record; what is not known, null or missing, denies."""
        forbids = rule.kind == Kind.PROHIBITION
        for constraint in rule.constraints:
            known = self._known(constraint.values)
            if len(known) < len(constraint.values):
                if not forbids:
                    return False
                continue
            found = facts(constraint)
            unsure = not found or None in found
            if not any(value in known for value in found if value is not None) and not (forbids and unsure):
                return False
        return True

    def _known(self, values: Iterable[str | Attribute]) -> list[str]:
        of = {
            Attribute.AGENCY: self._principal.agency,
            Attribute.CLIENT: self._principal.client,
            Attribute.SUBJECT: self._principal.subject,
        }
        written = [of[value] if isinstance(value, Attribute) else value for value in values]
        return [value for value in written if value]
