"""Giving and taking back access: who may, and what the rule is that then holds. Pure.

1. Whoever gives access acts under a permission to grant. What they give is narrower than it: of its type, of its
   fields, of its records and no others, through its masks or stricter ones, for its purpose, no longer than it.
2. A steward has such a permission for the records of their own agency from the start (`auth.rules.defaults`). They may
   give another agency one of their own, that one another, `DEEPEST` rules deep and no deeper.
3. What was given ends with the permission under which it was given, in the same change.
4. Any steward of the agency that gave a rule may end it, and of an agency that gave a rule above it.
5. A rule of others is not there: whoever may not end a rule cannot tell that it exists.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC
from typing import Final

from auth.policy import Environment, Policy, applying, names, understood, values_for
from auth.principal import Action, Principal
from auth.rules import Constraint, Kind, Rule
from schema.errors import Denied, InvalidInput, NotFound
from schema.model import RecordType

DEEPEST: Final = 3
"""Rules from the first one that an agency gives to the last one that may be given under it."""


def given(draft: Rule, asker: Principal, policy: Policy, environment: Environment) -> Rule:
    """The rule as it is put in force; Denied where the asker may not give it, InvalidInput where it is no rule.

    The draft's `parent` names the permission to grant that is passed on; None is that for the agency's own records.
    """
    if asker.agency is None:
        raise _denied(draft.type)
    draft = replace(draft, assigner=asker.agency)
    if not understood(draft, policy.model):
        raise InvalidInput(
            "quyền có phần không hợp lệ: hãy kiểm tra đối tượng, kiểu, trường, mặt nạ, điều kiện",
            "the rule has a part that is not valid: check whom it is for, type, fields, masks and records",
        )
    if draft.valid_until is not None and draft.valid_until <= (draft.valid_from or environment.now):
        raise InvalidInput(
            "`validUntil` phải sau `validFrom` và sau bây giờ", "`validUntil` must be after `validFrom` and after now"
        )
    refusals: list[InvalidInput | Denied] = []
    for above in _authorities(draft, asker, policy, environment):
        wrong = _wider(draft, above, policy)
        if wrong is None:
            own = tuple(_resolved(one, asker) for one in above.constraints)
            return replace(draft, parent=above.id, constraints=tuple(dict.fromkeys((*draft.constraints, *own))))
        refusals.append(wrong)
    raise refusals[0] if refusals else _denied(draft.type)


def ended(rule_id: str, asker: Principal, policy: Policy, environment: Environment) -> tuple[str, ...]:
    """The ids of the rule and of all that were given under it; NotFound where the asker may not end it."""
    in_force = {rule.id: rule for rule in policy.rules}
    rule = in_force.get(rule_id)
    if rule is None or not any(one.assigner == asker.agency for one in (rule, *_above(rule, in_force))):
        raise _not_found(rule_id)
    if not any(one.type == rule.type for one in _grants(asker, policy, environment)):
        raise _not_found(rule_id)
    found = [rule_id]
    for above in found:
        found += [one.id for one in policy.rules if one.parent == above and one.id not in found]
    return tuple(found)


def visible(asker: Principal, policy: Policy, environment: Environment) -> Sequence[Rule]:
    """The rules that the asker's agency gave, and those that its own officers act under; Denied to who gives none."""
    types = {one.type for one in _grants(asker, policy, environment)}
    if not types or asker.agency is None:
        raise Denied(
            "chỉ người quản lý việc chia sẻ của một cơ quan xem được danh sách quyền",
            "only who manages an agency's sharing may see its permissions: sign in as its steward",
        )
    mine = {"anyone", f"agency:{asker.agency}", *(f"role:{role}" for role in asker.roles)}
    found = (rule for rule in policy.rules if rule.assigner == asker.agency or rule.assignee in mine)
    return sorted(found, key=lambda rule: rule.id)


def _grants(asker: Principal, policy: Policy, environment: Environment) -> list[Rule]:
    return [one for one in applying(asker, policy, environment, Action.GRANT) if one.kind == Kind.PERMISSION]


def _authorities(draft: Rule, asker: Principal, policy: Policy, environment: Environment) -> Iterator[Rule]:
    """The permissions to grant of that type whose records the asker can name; none where one is prohibited to them."""
    about = [one for one in applying(asker, policy, environment, Action.GRANT) if one.type == draft.type]
    touched = set(_named(draft, policy.model.types[draft.type]))
    for rule in about:
        if rule.kind == Kind.PROHIBITION and (rule.fields is None or touched & set(rule.fields)):
            return
    for rule in about:
        chosen = rule.parent is None if draft.parent is None else rule.id == draft.parent
        known = all(all(values_for(one, asker)) for one in rule.constraints)
        if rule.kind == Kind.PERMISSION and chosen and known:
            yield rule


def _wider(draft: Rule, above: Rule, policy: Policy) -> InvalidInput | Denied | None:
    """What the draft would open beyond the permission under which it is given, if anything."""
    more = sorted(set(_named(draft, policy.model.types[draft.type])) - set(above.fields or ()))
    if more:
        listed = ", ".join(more)
        return Denied(
            f"bạn không được cấp quyền với `{listed}` của `{draft.type}`",
            f"you may not give access to `{listed}` of `{draft.type}`: leave it out",
        )
    if above.valid_until is not None and (draft.valid_until is None or draft.valid_until > above.valid_until):
        until = above.valid_until.astimezone(UTC).isoformat()
        return InvalidInput(
            f"quyền bạn có kết thúc lúc `{until}`: hãy đặt `validUntil` không muộn hơn",
            f"the permission that you give under ends at `{until}`: set `validUntil` no later",
        )
    if above.purpose is not None and draft.purpose != above.purpose:
        return InvalidInput(
            f"quyền bạn có chỉ dùng cho mục đích `{above.purpose}`: hãy đặt `purpose` như vậy",
            f"the permission that you give under is for the purpose `{above.purpose}`: set `purpose` to it",
        )
    if _depth(above, {rule.id: rule for rule in policy.rules}) >= DEEPEST:
        return Denied(
            f"quyền đã được ủy quyền `{DEEPEST}` cấp, không ủy quyền tiếp được",
            f"this permission was passed on `{DEEPEST}` times already, it cannot be passed on again",
        )
    return _milder(draft, above, policy.model.types[draft.type])


def _milder(draft: Rule, above: Rule, declared: RecordType) -> InvalidInput | None:
    """Where a mask of the permission above is missing, or a milder one stands in its place."""
    if draft.kind == Kind.PROHIBITION:
        return None
    chosen = dict(draft.masks)
    for name, mask in above.masks:
        order = [one.name for one in declared.fields[name].masks]
        if name in (draft.fields or ()) and (name not in chosen or order.index(chosen[name]) < order.index(mask)):
            return InvalidInput(
                f"`{name}` chỉ được cấp qua mặt nạ `{mask}` hoặc chặt hơn",
                f"`{name}` may be given through the mask `{mask}` or a stricter one only",
            )
    return None


def _above(rule: Rule, in_force: dict[str, Rule]) -> Iterator[Rule]:
    """The rules under which this one was given, the nearest first, as far as an agency gave them."""
    while rule.parent is not None and rule.parent in in_force:
        rule = in_force[rule.parent]
        if rule.parent is None:  # of the first start: nobody's to count or to end
            return
        yield rule


def _depth(rule: Rule, in_force: dict[str, Rule]) -> int:
    """How many agencies gave on, from the rule of the first start down to this one."""
    return (rule.parent is not None) + len(list(_above(rule, in_force)))


def _named(draft: Rule, declared: RecordType) -> Sequence[str]:
    return names(declared) if draft.fields is None else draft.fields


def _resolved(constraint: Constraint, asker: Principal) -> Constraint:
    return replace(constraint, values=tuple(value for value in values_for(constraint, asker) if value))


def _denied(type_name: str) -> Denied:
    return Denied(
        f"bạn không quản lý việc chia sẻ của `{type_name}`: hãy hỏi người quản lý dữ liệu của cơ quan mình",
        f"you do not manage the sharing of `{type_name}`: ask your agency's steward",
    )


def _not_found(rule_id: str) -> NotFound:
    return NotFound(
        f"không có quyền `{rule_id}` do cơ quan bạn cấp: hãy tải lại danh sách",
        f"your agency gave no permission `{rule_id}` that is in force: load the list again",
    )
