"""Who asks, and for what: the principal, the roles there are, the actions there are.

Roles are a closed set: a token that names another is refused, never read as if it named none.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class _Told(StrEnum):
    """A code with its meaning in Vietnamese and English."""

    vi: str
    en: str

    def __new__(cls, code: str, vi: str, en: str) -> Self:
        """Keep the code as the value, the meanings beside it."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.vi, member.en = vi, en
        return member


class Action(_Told):
    """What a rule allows or forbids, in alphabetical order."""

    AGGREGATE = "aggregate", "đưa vào thống kê được bảo vệ, không hơn", "enter protected statistics, and no more"
    AUDIT = "audit", "đọc nhật ký truy cập và thay đổi", "read the log of access and of changes"
    DISTRIBUTE = "distribute", "phát hành thành dữ liệu mở, tải về", "give out as open data and downloads"
    GRANT = "grant", "cấp và thu hồi quyền", "give and take back access"
    PUBLISH = "publish", "công bố một bộ dữ liệu", "publish a dataset"
    READ = "read", "xem, tìm, đếm, lọc và sắp xếp", "see, search, count, filter and order"
    WRITE = "write", "ghi, sửa bản ghi", "write and change records"


class Role(_Told):
    """What a person or an app is to the hub, in alphabetical order."""

    DEVELOPER = "developer", "ứng dụng đã đăng ký", "a registered app"
    OFFICER = "officer", "cán bộ của một cơ quan nhà nước", "an officer of a State agency"
    PUBLISHER = "publisher", "người công bố dữ liệu của cơ quan mình", "who publishes their agency's datasets"
    STEWARD = "steward", "người quản lý việc chia sẻ dữ liệu của cơ quan mình", "who manages their agency's sharing"


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


ANONYMOUS = Principal()
"""Who sent no token."""
