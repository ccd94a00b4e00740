"""What a principal may see of a graph: semantics §2, read straight from the rules, record by record."""

import itertools
from collections.abc import Iterable, Mapping, Sequence

from auth.principal import Principal
from auth.rules import Attribute, Kind, Rule
from schema.model import Link, Model, RecordType
from tests.oracle.graphs import Record, Stock, Tie, Value


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
        self._seen = {one.id: one for one in stock.records.values() if self._sees(one.type.name, one.values)}
        self._ties: dict[tuple[str, str, bool], list[tuple[str, Tie]]] = {}
        for tie in stock.ties:
            self._ties.setdefault((tie.relation, tie.source, True), []).append((tie.target, tie))
            self._ties.setdefault((tie.relation, tie.target, False), []).append((tie.source, tie))

    def records(self, name: str) -> list[Record]:
        """The records of a type that are in the view."""
        return [record for record in self._seen.values() if record.type.name == name]

    def record(self, name: str) -> Record | None:
        """The record of that id, if it is in the view."""
        return self._seen.get(name)

    def value(self, record: Record | None, name: str) -> Value:
        """A field's value in the view; of no record, null."""
        if record is None or not self._opened(record.type.name, record.values, name):
            return None
        return record.values[name]

    def linked(self, record: Record | None, link: Link) -> list[tuple[Record, Tie]]:
        """The records of the view at the other ends of a link, where the link's own rule holds."""
        if record is None:
            return []
        found: list[tuple[Record, Tie]] = []
        for other, tie in self._ties.get((link.relation, record.id, link.outgoing), ()):
            end = self.record(other)
            declaring = self._stock.records[tie.source]
            if end is not None and self._opened(link.owner, declaring.values, link.rule_name):
                found.append((end, tie))
        return found

    def opens(self, kind: RecordType, name: str) -> bool:
        """Whether there can be a record of that type whose field of that name is in the view."""
        link = kind.links.get(name)
        owner, name = (link.owner, link.rule_name) if link else (kind.name, name)
        spoken = [(one.field, one.values) for rule in self._of(owner) for one in rule.constraints]
        fields = sorted({field for field, _ in spoken})
        values: list[set[str]] = [
            {"something else"} | {value for of, given in spoken if of == field for value in self._known(given)}
            for field in fields
        ]
        return any(
            self._sees(owner, record) and self._opened(owner, record, name)
            for record in (dict(zip(fields, chosen, strict=True)) for chosen in itertools.product(*values))
        )

    def _of(self, name: str) -> list[Rule]:
        return [rule for rule in self._rules if rule.type == name]

    def _sees(self, name: str, record: Mapping[str, Value]) -> bool:
        rules = self._of(name)
        opened = any(rule.kind == Kind.PERMISSION and self._fits(rule, record) for rule in rules)
        closed = any(
            rule.kind == Kind.PROHIBITION and rule.fields is None and self._fits(rule, record) for rule in rules
        )
        return opened and not closed

    def _opened(self, owner: str, record: Mapping[str, Value], name: str) -> bool:
        rules = [rule for rule in self._of(owner) if rule.fields is None or name in rule.fields]
        opened = any(rule.kind == Kind.PERMISSION and self._fits(rule, record) for rule in rules)
        return opened and not any(rule.kind == Kind.PROHIBITION and self._fits(rule, record) for rule in rules)

    def _fits(self, rule: Rule, record: Mapping[str, Value]) -> bool:
        """Whether the rule speaks of this record; what is not known, null or missing, denies."""
        forbids = rule.kind == Kind.PROHIBITION
        for constraint in rule.constraints:
            known = self._known(constraint.values)
            if len(known) < len(constraint.values):
                if not forbids:
                    return False
                continue
            value = record.get(constraint.field)
            if not (forbids if value is None else value in known):
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
