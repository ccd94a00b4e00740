"""What an asker may see, as statement text: the one place where a label enters a statement, and a field is read.

Text is made of words written here, names that the model declares, and parameters. A labelled pattern comes from
`guard` alone, which attaches the predicate of the type's records; a field is read by `read` alone, which closes or
masks it where the asker may not see it. What a rule looks at to decide is stored, not seen: the patterns of its own
conditions have no label and no guard, and nothing is read of them but whether they fit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from auth.policy import Access
from auth.predicates import NEVER, Clause, Condition, Predicate, Term
from hub.compiler.parts import Form
from schema.model import Field, Link, RecordType
from schema.scalars import fold_of, place_of, sort_of

TRUE: Final = "true"
FALSE: Final = "false"
BEARER: Final = "bearer"
"""The parameter that names what of the asker's token may have been revoked."""
HIGHEST: Final = 4
"""How far a rule's `within` climbs: commune, district, province, region, country."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A labelled pattern and the predicate without which it must not be used."""

    text: str
    guard: str


def conjunction(parts: Iterable[str]) -> str:
    """All of these predicates, as one; none that holds a pattern is ever left out, so that guards can be counted."""
    kept = [part for part in parts if part != TRUE]
    return " AND ".join(kept) if kept else TRUE


def disjunction(parts: Iterable[str]) -> str:
    """Some of these predicates, as one."""
    kept = [part for part in parts if part != FALSE]
    return f"({' OR '.join(kept)})" if len(kept) > 1 else "".join(kept) or FALSE


class View:
    """One asker's view, printed into one statement; `parameters` and `guards` fill as it goes."""

    def __init__(self, access: Access, types: Mapping[str, RecordType], bearer: Sequence[str] = ()) -> None:
        """`bearer` is what of the asker's token may have been revoked."""
        self.access = access
        self._types = types
        self._variables = 0
        self._values: dict[tuple[object, ...], str] = {}
        self.parameters: dict[str, object] = {"epoch": access.epoch}
        if bearer:
            self.parameters[BEARER] = list(bearer)
        self.guards = 0

    def variable(self, prefix: str) -> str:
        """A name that the statement has not used yet."""
        self._variables += 1
        return f"{prefix}{self._variables}"

    def parameter(self, value: object) -> str:
        """A parameter that holds the value."""
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f"${name}"

    def _predicate(self, kind: RecordType, predicate: Predicate, variable: str) -> str:
        """A predicate of the type's access; its values are parameters named by where they stand, never by value."""
        place = self.access.types[kind.name].predicates.index(predicate)

        def clauses(of: tuple[Clause, ...], *, null: bool) -> str:
            return disjunction(
                conjunction(
                    self._required(one, variable, (kind.name, place, null, number, each), null=null)
                    for each, one in sorted(enumerate(clause), key=lambda told: _dearness((told[1],), kind))
                )
                for number, clause in sorted(enumerate(of), key=lambda told: _dearness(told[1], kind))
            )

        permitted = clauses(predicate.permit, null=False)
        if not predicate.forbid:
            return permitted
        return conjunction((permitted, f"NOT ({clauses(predicate.forbid, null=True)})"))

    def _required(self, required: Condition, variable: str, place: tuple[object, ...], *, null: bool) -> str:
        """One condition of a rule; where `null`, it holds also where there is no value."""
        term = required.term
        if not term.path:
            return self._holds(required, variable, place, null=null)
        far = self.variable("x")
        pattern = f"MATCH ({variable})"
        for step, (relation, outgoing) in enumerate(term.path, 1):
            left, right = ("-", "->") if outgoing else ("<-", "-")
            pattern += f"{left}[:{relation}]{right}({far if step == len(term.path) else ''})"
        holds = self._holds(required, far, place, null=null)
        if not null:
            return f"EXISTS {{ {pattern} WHERE {holds} }}"
        # Rules look at stored records, so these patterns have no guard; nothing is read of them but whether they fit.
        return f"(NOT EXISTS {{ {pattern} }} OR EXISTS {{ {pattern} WHERE coalesce({holds}, true) }})"

    def _holds(self, required: Condition, variable: str, place: tuple[object, ...], *, null: bool) -> str:
        """The field of that record has one of the values wanted; of a list, where `null`, none at all will do."""
        term = required.term
        if not term.listed:
            return self._climbs(term, variable, self._wanted(place, list(required.wanted)))
        stored = f"{variable}.{term.field}"
        # A value for itself: ArcadeDB loses the record's variable inside `any(...)` in a subquery.
        each = [self._wanted((*place, number), value) for number, value in enumerate(required.wanted)]
        empty = [f"coalesce({stored} = [], true)"] if null else []
        return disjunction((*empty, *(f"{value} IN {stored}" for value in each)))

    def _wanted(self, place: tuple[object, ...], values: object) -> str:
        """The parameter of what stands there, the same wherever the predicate is printed."""
        if place not in self._values:
            self._values[place] = self.parameter(values)
        return self._values[place]

    def _climbs(self, term: Term, variable: str, given: str) -> str:
        """The field of that record is among the values given, or that of a record above it."""
        own = f"{variable}.{term.field} IN {given}"
        if not term.climbs:
            return own
        above = self.variable("x")
        up = f"MATCH ({variable})-[:{term.climbs}*1..{HIGHEST}]->({above})"
        return f"({own} OR EXISTS {{ {up} WHERE {above}.{term.field} IN {given} }})"

    def guard(self, variable: str, kind: RecordType, known: str = "") -> Pattern:
        """The only place where a label enters a statement; `known` is what gives the record's id, if something does."""
        self.guards += 1
        key = f" {{id: {known}}}" if known else ""
        return Pattern(
            f"({variable}:{kind.name}{key})", self._predicate(kind, self.access.types[kind.name].rows, variable)
        )

    def allowed(self, variable: str, kind: RecordType, name: str) -> str:
        """Whether the field or own link of that name is open, of a record that is guarded already."""
        rules = self.access.types[kind.name]
        if rules.fields[name] == rules.rows:
            return TRUE
        return f"CASE WHEN {self._predicate(kind, rules.fields[name], variable)} THEN true ELSE false END"

    def over(self, link: Link, near: str, far: str, edge: str) -> Pattern:
        """A guarded record at the far end of a link, from one that is guarded already; the link's rule included."""
        end = self.guard(far, self._types[link.target])
        rules = self.access.types[link.owner]
        rule = rules.fields[link.rule_name]
        owner = self._types[link.owner]
        own = TRUE if rule == rules.rows else self._predicate(owner, rule, near if link.outgoing else far)
        left, right = ("-", "->") if link.outgoing else ("<-", "-")
        text = f"({near}){left}[{edge}:{link.relation}]{right}{end.text}"
        return Pattern(text, conjunction((own, end.guard)))

    def read(self, variable: str, kind: RecordType, field: Field | None, form: Form) -> str:
        """A field's value in the view, or the derived property that belongs to it."""
        if field is None:
            return f"{variable}.id"
        rules = self.access.types[kind.name]
        ways = [(rules.fields[field.name], field)]
        ways += [(predicate, field.masked(mask)) for mask, predicate in rules.masks.get(field.name, ())]
        cases: list[str] = []
        for predicate, of in ways:
            value = stored(variable, of, form)
            if predicate == rules.rows:  # who sees the record sees the field so
                return f"CASE {' '.join(cases)} ELSE {value} END" if cases else value
            if predicate != NEVER:
                cases.append(f"WHEN {self._predicate(kind, predicate, variable)} THEN {value}")
        return f"CASE {' '.join(cases)} END" if cases else "null"


def stored(variable: str, field: Field, form: Form) -> str:
    """The property that holds the field in that form, of a record or a link."""
    lat, lon = place_of(field.name)
    properties = {
        Form.VALUE: field.name,
        Form.FOLD: fold_of(field.name),
        Form.SORT: sort_of(field.name),
        Form.LAT: lat,
        Form.LON: lon,
    }
    return f"{variable}.{properties[form]}"


def _dearness(clause: Clause, kind: RecordType) -> tuple[int, int]:
    """What is to be asked later: patterns, of all the dearest, then codes of which there is no list.

    Engines stop at the first condition that decides. Most records share a code of a short list with others, and few
    have the same custodian, so what is asked of a list decides for more of them.
    """
    patterns = sum(bool(one.term.path or one.term.climbs) for one in clause)
    listed = all(one.term.field in kind.fields and kind.fields[one.term.field].codes is not None for one in clause)
    return patterns, not listed
