"""How a rule is written in the graph, and read back: what is not of exactly that form is named, so that it denies."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, cast

from auth.rules import Attribute, Constraint, Rule
from schema.scalars import instant

_FORMS: Final[Mapping[str, type]] = {
    "id": str,
    "rule": str,
    "kind": str,
    "assigner": str,
    "assignee": str,
    "action": str,
    "type": str,
    "fields": list,
    "constraints": str,
    "masks": str,
    "parent": str,
    "validFrom": str,
    "validUntil": str,
    "purpose": str,
    "basisVi": str,
    "basisEn": str,
    "fromEpoch": int,
    "toEpoch": int,
}
"""What a stored rule may hold."""


def properties(rule: Rule, epoch: int) -> Mapping[str, object]:
    """A version of a rule, in force from that epoch, as it is stored."""
    return {
        "rule": rule.id,
        "kind": str(rule.kind),
        "assigner": rule.assigner,
        "assignee": rule.assignee,
        "action": str(rule.action),
        "type": rule.type,
        "fields": None if rule.fields is None else list(rule.fields),
        "constraints": json.dumps([_written_constraint(one) for one in rule.constraints], ensure_ascii=False),
        "masks": json.dumps(dict(rule.masks)) if rule.masks else None,
        "parent": rule.parent,
        "validFrom": None if rule.valid_from is None else instant(rule.valid_from),
        "validUntil": None if rule.valid_until is None else instant(rule.valid_until),
        "purpose": rule.purpose,
        "basisVi": rule.basis_vi,
        "basisEn": rule.basis_en,
        "fromEpoch": epoch,
        "toEpoch": None,
    }


def _written_constraint(constraint: Constraint) -> Mapping[str, object]:
    values = [{"of": one.value} if isinstance(one, Attribute) else one for one in constraint.values]
    written: dict[str, object] = {"field": constraint.field, "within" if constraint.within else "in": values}
    return {**written, "path": list(constraint.path)} if constraint.path else written


def rule_of(stored: Mapping[str, Any]) -> Rule:
    """A stored rule. What cannot be read of it is named in `unknown`, so that the rule denies."""
    unknown = {name for name, value in stored.items() if not isinstance(value, _FORMS.get(name, ()))}
    known = {name: value for name, value in stored.items() if name not in unknown}
    constraints: tuple[Constraint, ...] = ()
    masks: tuple[tuple[str, str], ...] = ()
    moments: dict[str, datetime] = {}
    try:
        constraints = _read_constraints(known.get("constraints", ""))
    except (KeyError, TypeError, ValueError):
        unknown.add("constraints")
    try:
        masks = _read_masks(known.get("masks", "{}"))
    except (TypeError, ValueError):
        unknown.add("masks")
    for name in {"validFrom", "validUntil"} & known.keys():
        try:
            moments[name] = datetime.fromisoformat(known[name])
        except ValueError:
            unknown.add(name)
    return Rule(
        id=known.get("rule", ""),
        kind=known.get("kind", ""),
        assigner=known.get("assigner", ""),
        assignee=known.get("assignee", ""),
        action=known.get("action", ""),
        type=known.get("type", ""),
        fields=tuple(known["fields"]) if "fields" in known else None,
        constraints=constraints,
        masks=masks,
        valid_from=moments.get("validFrom"),
        valid_until=moments.get("validUntil"),
        purpose=known.get("purpose"),
        basis_vi=known.get("basisVi", ""),
        basis_en=known.get("basisEn", ""),
        from_epoch=known.get("fromEpoch", 0),
        to_epoch=known.get("toEpoch"),
        parent=known.get("parent"),
        unknown=tuple(sorted(unknown)),
    )


def _read_constraints(text: str) -> tuple[Constraint, ...]:
    """Constraints of exactly the form that is written; an error where there is anything else."""
    read: object = json.loads(text)
    if not isinstance(read, list):
        raise TypeError(text)
    return tuple(_read_constraint(one) for one in cast("list[dict[str, object]]", read))


def _read_masks(text: str) -> tuple[tuple[str, str], ...]:
    read: object = json.loads(text)
    if not isinstance(read, dict) or not all(isinstance(one, str) for one in cast("dict[str, object]", read).values()):
        raise TypeError(text)
    return tuple(sorted(cast("dict[str, str]", read).items()))


def _read_constraint(written: Mapping[str, object]) -> Constraint:
    within = "within" in written
    of, values, path = written["field"], written["within" if within else "in"], written.get("path", [])
    parts = len(("field", "in")) + ("path" in written)
    if len(written) != parts or not isinstance(of, str) or not isinstance(values, list) or not isinstance(path, list):
        raise TypeError(written)
    steps = cast("list[object]", path)
    if not all(isinstance(step, str) for step in steps):
        raise TypeError(written)
    found = tuple(_read_value(one) for one in cast("list[object]", values))
    return Constraint(of, found, tuple(str(step) for step in steps), within)


def _read_value(written: object) -> str | Attribute:
    if isinstance(written, str):
        return written
    if not isinstance(written, dict):
        raise TypeError(written)
    ((name, value),) = cast("dict[str, object]", written).items()
    if name != "of":
        raise ValueError(name)
    return Attribute(value)
