"""Who asks, and for what: the principal, the roles there are, the actions there are.

Roles are a closed set: a token that names another is refused, never read as if it named none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Action(StrEnum):
    """What a rule allows or forbids, in alphabetical order."""

    AGGREGATE = "aggregate"
    AUDIT = "audit"
    DISTRIBUTE = "distribute"
    GRANT = "grant"
    PUBLISH = "publish"
    READ = "read"
    WRITE = "write"


class Role(StrEnum):
    """What a person or an app is to the hub, in alphabetical order."""

    DEVELOPER = "developer"
    OFFICER = "officer"
    PUBLISHER = "publisher"
    STEWARD = "steward"


MEANINGS: Final[Mapping[Action | Role, tuple[str, str]]] = {
    Action.AGGREGATE: ("đưa vào thống kê được bảo vệ, không hơn", "enter protected statistics, and no more"),
    Action.AUDIT: ("đọc nhật ký truy cập và thay đổi", "read the log of access and of changes"),
    Action.DISTRIBUTE: ("phát hành thành dữ liệu mở, tải về", "give out as open data and downloads"),
    Action.GRANT: ("cấp và thu hồi quyền", "give and take back access"),
    Action.PUBLISH: ("công bố một bộ dữ liệu", "publish a dataset"),
    Action.READ: ("xem, tìm, đếm, lọc và sắp xếp", "see, search, count, filter and order"),
    Action.WRITE: ("ghi, sửa bản ghi", "write and change records"),
    Role.DEVELOPER: ("ứng dụng đã đăng ký", "a registered app"),
    Role.OFFICER: ("cán bộ của một cơ quan nhà nước", "an officer of a State agency"),
    Role.PUBLISHER: ("người công bố dữ liệu của cơ quan mình", "who publishes their agency's datasets"),
    Role.STEWARD: ("người quản lý việc chia sẻ dữ liệu của cơ quan mình", "who manages their agency's sharing"),
}
"""Each action and role in Vietnamese and English."""

AGENCY_ROLES = frozenset({Role.OFFICER, Role.PUBLISHER, Role.STEWARD})
"""Roles that mean nothing without an agency."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a person (`subject`), an app (`client`) or both, at an agency, in roles, for a purpose.

    What is None is not known, and opens nothing.
    An app that asks in its own name has no subject, so that no rule for a person can ever fit an app.
    """

    subject: str | None = None
    agency: str | None = None
    roles: frozenset[str] = frozenset()
    client: str | None = None
    purpose: str | None = None

    @property
    def signed_in(self) -> bool:
        """Whether they sent a token; anybody may state a purpose."""
        return self.subject is not None or self.client is not None


ANONYMOUS = Principal()
"""Who sent no token."""
