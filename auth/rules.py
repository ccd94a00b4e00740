"""Rules: sharing, as data. A rule permits or forbids one action on one type's records and fields to one assignee.

The words are those of ODRL. What the rules of a policy say together is decided in `auth.policy`, nowhere else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import Final

from auth.principal import Action, Role
from schema.model import OPEN, PERSONAL, RESTRICTED, SHARED, Classification, Model, RecordType


class Kind(StrEnum):
    """Whether a rule opens or closes."""

    PERMISSION = "permission"
    PROHIBITION = "prohibition"


class Attribute(Enum):
    """What a constraint may compare with instead of a written value: something of the principal who asks."""

    AGENCY = "agency"
    CLIENT = "client"
    SUBJECT = "subject"


ANYONE: Final = "anyone"
SCHEMES: Final = frozenset({"agency", "client", "person", "role"})
"""An assignee is `anyone`, or one of these, a colon, and a name."""


ID: Final = "id"
"""What a constraint may name besides fields: the record's id."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """The record's field (a code, or a list of which each value counts), or its id, is one of these values.

    `path` names links that lead to the record of which the field is, from the record that the rule is about. With
    `within`, the record at the end, or one above it by its link `partOf`, has one of these ids: an area is named by
    code and first day of validity, as its id is, and what succeeded it is another area.
    """

    field: str
    values: tuple[str | Attribute, ...]
    path: tuple[str, ...] = ()
    within: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One permission or prohibition; `constraints` must all hold for a record.

    `fields` names fields and links of the type; None, on a prohibition only, is the whole record. `masks` names, of
    the fields that a permission opens only through a mask, each with its mask. The rule is in force from `from_epoch`
    until before `to_epoch`, and from the instant `valid_from` until before `valid_until`. `parent` is the id of the
    permission to grant under which it was given, and with which it ends. `unknown` names what the store holds of the
    rule that this version of the hub cannot read.
    """

    id: str
    kind: str
    assigner: str
    assignee: str
    action: str
    type: str
    fields: tuple[str, ...] | None
    constraints: tuple[Constraint, ...] = ()
    masks: tuple[tuple[str, str], ...] = ()
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    purpose: str | None = None
    basis_vi: str = ""
    basis_en: str = ""
    from_epoch: int = 0
    to_epoch: int | None = None
    parent: str | None = None
    unknown: tuple[str, ...] = ()


_HUB = "HUB"
_BASES: Final = {
    ANYONE: (
        "dữ liệu mở: Nghị định 194/2025/NĐ-CP",
        "open data: Decree 194/2025",
    ),
    "sharing": (
        "chia sẻ giữa các cơ quan nhà nước: Nghị định 278/2025/NĐ-CP",
        "sharing between State agencies: Decree 278/2025",
    ),
    "custody": (
        "cơ quan quản lý đọc dữ liệu của mình: Luật Dữ liệu 60/2024/QH15; dữ liệu cá nhân: Luật 91/2025/QH15",
        "a custodian reads its own data: Data Law 60/2024; personal data: Law 91/2025",
    ),
}


def _named(kind: RecordType, *classes: Classification) -> tuple[str, ...]:
    """Fields, and links that the type itself declares, of these classifications."""
    fields = [field.name for field in kind.fields.values() if field.classification in classes]
    links = [link.name for link in kind.links.values() if link.outgoing and link.classification in classes]
    return tuple(sorted(fields + links))


def defaults(model: Model) -> list[Rule]:
    """The rules that a new installation starts with, from classifications.

    - Anyone reads, and may be given as open data, the open fields of open records.
    - An officer or steward of any agency reads the open and shared fields of open and shared records.
    - An officer reads the open, shared and restricted fields of all records whose custodian is their own agency;
      a steward the personal fields of these too.
    - An officer writes the same fields of their own agency's records, but for who may see the record at first; a
      steward writes that and the personal fields too. Only records that are keyed by their custodian are written so.
    - A steward gives and takes back access to the records whose custodian is their own agency.
    - A developer sees for now what anyone sees; a publisher too, unless they are an officer as well.
    """
    return [rule for kind in model.types.values() for rule in _first(kind)]


def _first(kind: RecordType) -> Iterator[Rule]:
    of_open = (Constraint("visibility", ("OPEN",)),)
    for action in (Action.READ, Action.DISTRIBUTE):
        yield _permission(kind, ANYONE, ANYONE, action, _named(kind, OPEN), of_open)
    of_shared = (Constraint("visibility", ("OPEN", "SHARED")),)
    own = (Constraint("custodian", (Attribute.AGENCY,)),)
    every = _named(kind, OPEN, SHARED, RESTRICTED, PERSONAL)
    yield _permission(kind, "custody", f"role:{Role.STEWARD}", Action.GRANT, every, own)
    for role, most in ((Role.OFFICER, (RESTRICTED,)), (Role.STEWARD, (RESTRICTED, PERSONAL))):
        assignee = f"role:{role}"
        yield _permission(kind, "sharing", assignee, Action.READ, _named(kind, OPEN, SHARED), of_shared)
        named = _named(kind, OPEN, SHARED, *most)
        yield _permission(kind, "custody", assignee, Action.READ, named, own)
        if kind.custodial:
            kept = named if role is Role.STEWARD else tuple(name for name in named if name != "visibility")
            yield _permission(kind, "custody", assignee, Action.WRITE, kept, own)


def _permission(
    kind: RecordType,
    basis: str,
    assignee: str,
    action: Action,
    fields: tuple[str, ...],
    constraints: tuple[Constraint, ...],
) -> Rule:
    vi, en = _BASES[basis]
    return Rule(
        id=f"first-start/{kind.name}/{basis}/{assignee}/{action}",
        kind=Kind.PERMISSION,
        assigner=_HUB,
        assignee=assignee,
        action=action,
        type=kind.name,
        fields=fields,
        constraints=constraints,
        basis_vi=vi,
        basis_en=en,
    )
