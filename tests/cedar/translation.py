"""Rules as Cedar policies, written from the text of the law alone.

A request asks whether `principal` may do `action` to the record `resource`; `context.part` names a field or link, and
is absent where the record itself is asked for; `context.way` is the mask through which, empty for the value as it is.
What Cedar has of its own does the deciding: groups, `forbid` over `permit`, deny by default, sets, instants, ancestors.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime

from auth.principal import Action
from auth.rules import Attribute, Constraint, Rule
from schema.model import Kind as Stored
from schema.model import Model, RecordType
from schema.types import MODEL

LISTED = frozenset(
    field.name for kind in MODEL.types.values() for field in kind.fields.values() if field.kind is Stored.LIST
)
"""Fields that hold lists, of which each value counts."""
SCHEMES = ("agency:", "client:", "person:", "role:")


def policies(rule: Rule, model: Model, name: str | None = None) -> list[str]:
    """The rule as Cedar policies, annotated with its id or that name; none where it opens and closes nothing."""
    head = f"@id({_text(name or rule.id)})\n"
    if rule.kind == "permission":
        if not _spelled(rule) or not _known(rule, model):
            return []
        return [f"{head}permit({_scope(rule)}) when {{\n{_and([*_circumstances(rule), _opens(rule)])}\n}};"]
    if not _spelled(rule):
        of_type = f"resource.type == {_text(rule.type)}"
        return [f"{head}forbid(principal, action, resource) when {{\n{_and([*_epochs(rule), of_type])}\n}};"]
    if not _known(rule, model):
        return [f"{head}forbid({_scope(rule)}) when {{\n{_and(_circumstances(rule))}\n}};"]
    closes = [] if rule.fields is None else [f"context has part && {_list(rule.fields)}.contains(context.part)"]
    fits = [_closed_by(one) for one in rule.constraints]
    return [f"{head}forbid({_scope(rule)}) when {{\n{_and([*_circumstances(rule), *closes, *fits])}\n}};"]


def spread(constraint: Constraint) -> bool:
    """Whether it speaks of any number of values: at the end of a path, or in a list."""
    return bool(constraint.path) or constraint.field in LISTED


def attribute(constraint: Constraint) -> str:
    """The name of the record's attribute that holds what the constraint speaks of."""
    if constraint.within:
        return "/".join((*constraint.path, ""))
    return ".".join((*constraint.path, constraint.field))


# What is known.


def _spelled(rule: Rule) -> bool:
    """Whether kind, assignee, action and instants are of the forms there are, and all of the rule was read."""
    scheme = next((one for one in SCHEMES if rule.assignee.startswith(one)), "")
    zoned = [at.utcoffset() is not None for at in (rule.valid_from, rule.valid_until) if at]
    return (
        rule.kind in {"permission", "prohibition"}
        and not rule.unknown
        and (rule.assignee == "anyone" or len(rule.assignee) > len(scheme) > 0)
        and rule.action in {one.value for one in Action}
        and all(zoned)
    )


def _known(rule: Rule, model: Model) -> bool:
    """Whether type, fields, masks and constraints are ones that the model has."""
    declared = model.types.get(rule.type)
    if declared is None or not all(meant(one, declared, model) for one in rule.constraints):
        return False
    masks = {(name, mask.name) for name, field in declared.fields.items() for mask in field.masks}
    if not masks >= set(rule.masks) or len({name for name, _ in rule.masks}) < len(rule.masks):
        return False
    if rule.kind == "prohibition" and rule.masks:
        return False
    if rule.fields is None:
        return rule.kind == "prohibition"
    own_links = {name for name, link in declared.links.items() if link.outgoing}
    masked = {name for name, _ in rule.masks}
    return masked <= set(rule.fields) <= declared.fields.keys() | own_links and rule.fields != ()


def meant(constraint: Constraint, declared: RecordType, model: Model) -> bool:
    """Whether the constraint speaks of something that a rule about this type can speak of."""
    end = declared
    for step in constraint.path:
        if step not in end.links:
            return False
        end = model.types[end.links[step].target]
    if not constraint.values:
        return False
    if constraint.within:
        up = end.links.get("partOf")
        return constraint.field == "id" and up is not None and up.target == end.name and not up.many
    if constraint.field == "id":
        return True
    field = end.fields.get(constraint.field)
    if field is None or field.kind not in {Stored.CODE, Stored.LIST}:
        return False
    return field.codes is None or {one for one in constraint.values if one not in list(field.codes)} == set()


# What is written.


def _scope(rule: Rule) -> str:
    group = f"principal in Group::{_text(rule.assignee)}"
    return f"{group}, action == Action::{_text(rule.action)}, resource in Type::{_text(rule.type)}"


def _circumstances(rule: Rule) -> Iterator[str]:
    """When the rule counts: epochs, instants, purpose."""
    yield from _epochs(rule)
    if rule.valid_from is not None:
        yield f"datetime({_text(instant(rule.valid_from))}) <= context.now"
    if rule.valid_until is not None:
        yield f"context.now < datetime({_text(instant(rule.valid_until))})"
    if rule.purpose is not None:
        same = f"context.purpose == {_text(rule.purpose)}"
        yield f"context has purpose && {same}" if rule.kind == "permission" else f"!(context has purpose) || {same}"


def _epochs(rule: Rule) -> Iterator[str]:
    yield f"{rule.from_epoch} <= context.epoch"
    if rule.to_epoch is not None:
        yield f"context.epoch < {rule.to_epoch}"


def _opens(rule: Rule) -> str:
    """The constraints of a permission, and the parts that it opens, each in its way."""
    masks = dict(rule.masks)
    plain = [name for name in rule.fields or () if name not in masks]
    ways = ["!(context has part)", f'context has part && context.way == "" && {_list(plain)}.contains(context.part)']
    for name, mask in sorted(masks.items()):
        ways.append(f"context has part && context.part == {_text(name)} && context.way == {_text(mask)}")
    return _and([*(_opened_by(one) for one in rule.constraints), _or(ways)])


def _opened_by(constraint: Constraint) -> str:
    """What is absent, null or linked to nothing opens nothing."""
    has = [f"principal has {one.value}" for one in constraint.values if isinstance(one, Attribute)]
    own = not spread(constraint) and not constraint.within
    there = [f"resource has {_text(attribute(constraint))}"] if own else []
    return _and([*has, *there, _match(constraint)])


def _closed_by(constraint: Constraint) -> str:
    """What is absent, null or linked to nothing closes."""
    lacks = [f"!(principal has {one.value})" for one in constraint.values if isinstance(one, Attribute)]
    name = attribute(constraint)
    own = not spread(constraint) and not constraint.within
    unsure = f"!(resource has {_text(name)})" if own else f"resource[{_text(name + '?')}]"
    return _or([*lacks, unsure, _match(constraint)])


def _match(constraint: Constraint) -> str:
    found = f"resource[{_text(attribute(constraint))}]"
    if constraint.within:
        above = (
            f"principal.{one.value}Record" if isinstance(one, Attribute) else f"Record::{_text(one)}"
            for one in constraint.values
        )
        return f"{found} in [{', '.join(above)}]"
    written = (f"principal.{one.value}" if isinstance(one, Attribute) else _text(one) for one in constraint.values)
    values = f"[{', '.join(written)}]"
    return f"{found}.containsAny({values})" if spread(constraint) else f"{values}.contains({found})"


def _and(parts: Iterable[str]) -> str:
    return " && ".join(f"({part})" for part in parts) or "true"


def _or(parts: Iterable[str]) -> str:
    return " || ".join(f"({part})" for part in parts)


def _list(names: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, names))}]"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def instant(at: datetime) -> str:
    """An instant as Cedar reads it, to the millisecond."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}{at:%z}"
