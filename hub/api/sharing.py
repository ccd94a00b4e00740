"""Sharing in GraphQL: to give access, to prohibit, to take back, to list, and the history of it.

These fields are no records of the graph's model: they are answered from the policy by resolvers, everything else in a
query by the compiler.
"""

from datetime import UTC, datetime
from typing import Final

import strawberry

from auth.principal import Action
from auth.rules import Constraint, Kind, Rule
from hub.api.extension import Context
from hub.commands.sharing import Change
from schema.errors import InvalidInput

MOST: Final = 200
"""Rules in one answer."""
strawberry.enum(Action, name="PolicyAction", description="What a rule is about. Quy tắc nói về việc gì.")
strawberry.enum(Kind, name="RuleKind", description="Whether a rule opens or closes. Mở hay đóng.")


@strawberry.type(description="Which records a rule is about. Quy tắc nói về những bản ghi nào.")
class PolicyConstraint:
    """`field` of the record, or of the record at the end of `path`, is one of `values` (or lies within one)."""

    path: list[str]
    field: str
    values: list[str]
    within: bool


@strawberry.type(description="A field that is shown only through a mask. Trường chỉ hiện qua mặt nạ.")
class PolicyMask:
    """A field and its mask."""

    field: str
    mask: str


@strawberry.type(description="One version of a permission or prohibition. Một phiên bản của quyền hoặc lệnh cấm.")
class PolicyRule:
    """A rule, as it is or was in force."""

    id: strawberry.ID
    kind: Kind
    assigner: str = strawberry.field(description="Who gave it. Bên cấp.")
    assignee: str = strawberry.field(description="Whom it is for. Bên được cấp.")
    action: Action
    type: str = strawberry.field(description="Type of records. Kiểu bản ghi.")
    fields: list[str] | None = strawberry.field(description="Fields and links; null is the whole record. Các trường.")
    records: list[PolicyConstraint]
    masks: list[PolicyMask]
    purpose: str | None
    valid_from: datetime | None
    valid_until: datetime | None
    basis_vi: str
    basis_en: str
    under: strawberry.ID | None = strawberry.field(description="Given under this permission. Cấp theo quyền này.")
    from_epoch: int
    to_epoch: int | None


@strawberry.type(description="A change of the policy, in force since it was committed. Thay đổi đã có hiệu lực.")
class PolicyChange:
    """What was done, and since when."""

    epoch: int
    in_force_since: datetime
    rules: list[PolicyRule] = strawberry.field(description="Rules put in force. Quy tắc bắt đầu có hiệu lực.")
    ended: list[strawberry.ID] = strawberry.field(description="Rules that ended. Quy tắc hết hiệu lực.")


@strawberry.input(description="Records whose field is one of these values. Bản ghi có trường thuộc các giá trị này.")
class ConstraintInput:
    """A constraint, as it is written in a rule."""

    field: str = strawberry.field(description="A code field, or `id`. Trường mã, hoặc `id`.")
    values: list[str]
    path: list[str] = strawberry.field(default_factory=list, description="Links that lead to it. Liên kết dẫn tới nó.")
    within: bool = strawberry.field(default=False, description="Or below it, by `partOf`. Hoặc thuộc bên dưới nó.")


@strawberry.input(description="A field to be shown through a mask only. Trường chỉ cho xem qua mặt nạ.")
class MaskInput:
    """A mask, as it is written in a rule."""

    field: str
    mask: str


@strawberry.input(description="A permission to be given. Quyền cần cấp.")
class PermissionInput:
    """A permission over records of one's own agency, or over those that another gave one to pass on."""

    to: str = strawberry.field(description="`anyone`, or `agency:`, `role:`, `client:`, `person:` and a name.")
    type: str
    fields: list[str]
    action: Action = Action.READ
    records: list[ConstraintInput] = strawberry.field(default_factory=list)
    masks: list[MaskInput] = strawberry.field(default_factory=list)
    purpose: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    basis_vi: str = strawberry.field(description="Legal basis in Vietnamese. Căn cứ pháp lý.")
    basis_en: str = ""
    under: strawberry.ID | None = strawberry.field(
        default=None, description="The permission to grant that is passed on. Quyền được ủy quyền cấp tiếp."
    )


@strawberry.input(description="A prohibition, which beats every permission. Lệnh cấm, thắng mọi quyền.")
class ProhibitionInput:
    """A prohibition over records of one's own agency."""

    to: str = strawberry.field(description="`anyone`, or `agency:`, `role:`, `client:`, `person:` and a name.")
    type: str
    fields: list[str] | None = strawberry.field(
        default=None, description="None: the whole record. Bỏ trống: cả bản ghi."
    )
    action: Action = Action.READ
    records: list[ConstraintInput] = strawberry.field(default_factory=list)
    purpose: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    basis_vi: str = strawberry.field(description="Legal basis in Vietnamese. Căn cứ pháp lý.")
    basis_en: str = ""


def told(rule: Rule) -> PolicyRule:
    """A rule as it is answered."""
    return PolicyRule(
        id=strawberry.ID(rule.id),
        kind=Kind(rule.kind),
        assigner=rule.assigner,
        assignee=rule.assignee,
        action=Action(rule.action),
        type=rule.type,
        fields=None if rule.fields is None else list(rule.fields),
        records=[
            PolicyConstraint(
                path=list(one.path),
                field=one.field,
                values=[value if isinstance(value, str) else f"<{value.value}>" for value in one.values],
                within=one.within,
            )
            for one in rule.constraints
        ],
        masks=[PolicyMask(field=name, mask=mask) for name, mask in rule.masks],
        purpose=rule.purpose,
        valid_from=rule.valid_from,
        valid_until=rule.valid_until,
        basis_vi=rule.basis_vi,
        basis_en=rule.basis_en,
        under=None if rule.parent is None else strawberry.ID(rule.parent),
        from_epoch=rule.from_epoch,
        to_epoch=rule.to_epoch,
    )


def draft(given: PermissionInput | ProhibitionInput) -> Rule:
    """The rule that is asked for, without who gives it."""
    permission = isinstance(given, PermissionInput)
    if not given.basis_vi.strip():
        raise InvalidInput("hãy ghi căn cứ pháp lý ở `basisVi`", "`basisVi` is empty: name the legal basis")
    return Rule(
        id="",
        kind=Kind.PERMISSION if permission else Kind.PROHIBITION,
        assigner="",
        assignee=given.to,
        action=given.action,
        type=given.type,
        fields=None if given.fields is None else tuple(dict.fromkeys(given.fields)),
        constraints=tuple(
            Constraint(one.field, tuple(dict.fromkeys(one.values)), tuple(one.path), one.within)
            for one in given.records
        ),
        masks=tuple(sorted((one.field, one.mask) for one in given.masks)) if permission else (),
        valid_from=_moment("validFrom", given.valid_from),
        valid_until=_moment("validUntil", given.valid_until),
        purpose=given.purpose,
        basis_vi=given.basis_vi.strip(),
        basis_en=given.basis_en.strip(),
        parent=given.under if permission else None,
    )


def _moment(name: str, given: datetime | str | None) -> datetime | None:
    """An instant of an input, which is given as it was written; InvalidInput where it is none, or of no time zone."""
    if not isinstance(given, str):
        return given
    try:
        moment = datetime.fromisoformat(given)
        if moment.utcoffset() is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise InvalidInput(
        f"`{name}` là `{given}`, không phải thời điểm: hãy viết như 2026-11-22T03:04:05Z",
        f"`{name}` is `{given}`, which is no instant: write it like 2026-11-22T03:04:05Z",
    )


def _told(change: Change) -> PolicyChange:
    return PolicyChange(
        epoch=change.epoch,
        in_force_since=change.at,
        rules=[told(rule) for rule in change.given],
        ended=[strawberry.ID(name) for name in change.ended],
    )


@strawberry.type
class Query:
    """What can be read of the policy."""

    @strawberry.field(
        description="Rules in force that your agency gave or was given, for its steward, by id; at most 200 at a time. "
        "Các quyền đang có hiệu lực mà cơ quan bạn đã cấp hoặc được cấp."
    )
    async def permissions(
        self,
        info: strawberry.Info[Context, None],
        type: str | None = None,
        to: str | None = None,
        after: strawberry.ID | None = None,
    ) -> list[PolicyRule] | None:
        """The rules in force, of one type or for one assignee where that is said."""
        found = await info.context.sharing.in_force(info.context.asker, info.context.bearer)
        kept = (
            rule
            for rule in found
            if type in (None, rule.type) and to in (None, rule.assignee) and rule.id > (after or "")
        )
        return [told(rule) for _, rule in zip(range(MOST), kept, strict=False)]

    @strawberry.field(
        description="Every version of every rule that your agency gave, by epoch; at most 200 at a time. "
        "Mọi phiên bản của mọi quyền mà cơ quan bạn từng cấp."
    )
    async def permission_history(
        self,
        info: strawberry.Info[Context, None],
        id: strawberry.ID | None = None,
        since_epoch: int = 0,
    ) -> list[PolicyRule] | None:
        """The versions, of one rule where its id is said, from an epoch on."""
        found = await info.context.sharing.history(info.context.asker, info.context.bearer)
        return [told(rule) for rule in found if id in (None, rule.id) and rule.from_epoch >= since_epoch][:MOST]


@strawberry.type(description="What can be changed. Những gì có thể thay đổi.")
class Mutation:
    """Changes of the policy, each one transaction with its audit event, in force when it is answered."""

    @strawberry.mutation(description="Give access to records of your agency. Cấp quyền với bản ghi của cơ quan bạn.")
    async def grant_permission(self, info: strawberry.Info[Context, None], input: PermissionInput) -> PolicyChange:
        """Put a permission in force."""
        return _told(await info.context.sharing.give(draft(input), info.context.asker, info.context.bearer))

    @strawberry.mutation(description="Close records of your agency. Cấm truy cập bản ghi của cơ quan bạn.")
    async def prohibit(self, info: strawberry.Info[Context, None], input: ProhibitionInput) -> PolicyChange:
        """Put a prohibition in force."""
        return _told(await info.context.sharing.give(draft(input), info.context.asker, info.context.bearer))

    @strawberry.mutation(
        description="End a rule of your agency, and all given under it. Thu hồi quyền, kèm mọi quyền cấp theo nó."
    )
    async def revoke_permission(self, info: strawberry.Info[Context, None], id: strawberry.ID) -> PolicyChange:
        """End a rule."""
        return _told(await info.context.sharing.end(str(id), info.context.asker, info.context.bearer))
