"""Who may do what at a first start, as a page to read: every role, type, field and action. Pure.

The page is what `access` says under `auth.rules.defaults`, so that whoever changes these sees in review what it opens.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from auth.policy import Environment, Policy, access, names
from auth.predicates import Term, Values
from auth.principal import AGENCY_ROLES, ANONYMOUS, Action, Principal, Role
from auth.rules import defaults
from auth.views import TypeAccess
from schema.model import Model, RecordType

_OPENING: Final = """# Ai được làm gì lúc mới cài đặt · Who may do what at a first start

Trang này được sinh từ `auth.rules.defaults`, tức là từ mức phân loại trong `schema/types`; sau đó quy tắc quyết định
(xem [permissions.md](permissions.md)). Mỗi ô nêu những bản ghi mà trường được mở, theo mức công khai của bản ghi:
`O` bản ghi mở, `S` chia sẻ, `R` hạn chế; `◐` trước chữ là chỉ qua mặt nạ; `–` là đóng. "Cơ quan mình": bản ghi do cơ
quan của người hỏi quản lý. Hàng nào không có thì đóng với tất cả.

This page is made from `auth.rules.defaults`, that is, from the classifications in `schema/types`; after that the rules
decide (see [permissions.md](permissions.md)). Each cell says of which records the field is open, by the record's
visibility: `O` open records, `S` shared, `R` restricted; `◐` before them, through a mask only; `–` is closed. "Own": of
records whose custodian is the asker's agency. A row that is not there is closed to everyone.
"""
_OWN: Final = "own"
_LETTERS: Final[Mapping[str, str]] = {"OPEN": "O", "SHARED": "S", "RESTRICTED": "R"}
_NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""Any instant: the first rules have neither beginning nor end."""


def page(model: Model) -> str:
    """The text of `docs/matrix.md`."""
    views = _views(model)
    closed = [action for action in Action if not any(_open(views[action], kind) for kind in model.types.values())]
    listed = ", ".join(f"`{action}`" for action in closed)
    every = f"Đóng với tất cả, ở mọi kiểu · closed to everyone, of every type: {listed}.\n"
    types = (line for kind in model.types.values() for line in _type(kind, views))
    return "\n".join((_OPENING, every, *types)) + "\n"


_Views = Mapping[Action, Sequence[tuple[Mapping[str, TypeAccess], str]]]


def _views(model: Model) -> _Views:
    """For each action, of each column what its asker may do, and the custodian of the records in question."""
    policy = Policy(0, tuple(defaults(model)), model)
    here = Environment(_NOW)
    return {
        action: [(access(asker, policy, here, action).types, of) for _, asker, of in _columns()] for action in Action
    }


def _columns() -> Iterator[tuple[str, Principal, str]]:
    """Each column's title, asker, and the custodian of the records."""
    yield "khách · visitor", ANONYMOUS, "another"
    for role in Role:
        asker = Principal("someone", _OWN, frozenset({role}))
        if role in AGENCY_ROLES:
            yield f"{role}, cơ quan khác · another's", asker, "another"
            yield f"{role}, cơ quan mình · own", asker, _OWN
        else:
            yield role, Principal(client="app", roles=frozenset({role})), "another"


def _type(kind: RecordType, views: _Views) -> Iterator[str]:
    titles = [title for title, _, _ in _columns()]
    yield f"## {kind.name} · {kind.vi}\n"
    yield f"| trường · field | việc · action | {' | '.join(titles)} |"
    yield "|---" * (2 + len(titles)) + "|"
    for name in names(kind):
        for action in Action:
            cells = [_cell(types[kind.name], name, of) for types, of in views[action]]
            if action is Action.READ or any(cells):
                yield f"| `{name}` | {action} | {' | '.join(cell or '–' for cell in cells)} |"
    yield ""


def _open(columns: Sequence[tuple[Mapping[str, TypeAccess], str]], kind: RecordType) -> bool:
    return any(types[kind.name].opens(name) for types, _ in columns for name in names(kind))


def _cell(one: TypeAccess, name: str, custodian: str) -> str:
    opened, masked = "", ""
    for visibility, letter in _LETTERS.items():
        stored = _stored({Term("visibility"): visibility, Term("custodian"): custodian})
        if one.fields[name].holds(stored):
            opened += letter
        elif any(predicate.holds(stored) for _, predicate in one.masks.get(name, ())):
            masked += letter
    return opened + (f"◐{masked}" if masked else "")


def _stored(values: Mapping[Term, str]) -> Values:
    """A record of which these are known; a rule that looks at anything else needs another column here."""
    return lambda term: (values[term],)
