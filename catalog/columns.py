"""Columns of a dataset: which value of a node stands in which typed column.

A path leads from the root's node to a value: `area.code` through a link to one, `predecessors.edges.node.code` or
`area.targets.nodes.value` through a link to many. A column whose path goes through a list holds a list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import cast

from schema.errors import ConfigError
from schema.model import Classification, Field, Kind
from schema.types import MODEL

_LISTS = ("nodes", "edges")
_PLACE = Field("degrees", Kind.DECIMAL, "Độ, WGS84", "Degrees, WGS84", decimals=6)
_ID = Field("id", Kind.CODE, "Định danh của bản ghi trong cổng dữ liệu", "The record's identifier in the hub")


@dataclass(frozen=True, slots=True)
class Column:
    """One typed column; `many` says that each cell is a list, `identifier` that it names a record."""

    name: str
    path: tuple[str, ...]
    kind: Kind
    vi: str
    en: str
    description_vi: str
    description_en: str
    unit_vi: str = ""
    unit_en: str = ""
    decimals: int = 0
    codes: type[Enum] | None = None
    many: bool = False
    classification: Classification = Classification.OPEN

    @property
    def identifier(self) -> bool:
        """Whether the cells are identifiers of records, which the hub made."""
        return self.path[-1] == _ID.name

    @property
    def numeric(self) -> bool:
        """Whether the cells are numbers (and so aligned to the right)."""
        return self.kind in (Kind.INT, Kind.LONG, Kind.DECIMAL)

    def cell(self, node: Mapping[str, object]) -> object:
        """The value that this column takes from a node: None where the path ends early, a list where it is `many`."""
        found = _follow(node, self.path)
        return found if found != [] else None


def _follow(value: object, path: Sequence[str]) -> object:
    if isinstance(value, list):
        return [_follow(each, path) for each in cast("list[object]", value)]
    if not path or value is None:
        return value
    held = _object(value)
    if path[0] not in held:
        raise ConfigError(
            f"phép truy vấn không trả về `{path[0]}`", f"the operation does not answer `{path[0]}`: select it"
        )
    if path[0] in _LISTS:
        _whole(held)
    return _follow(held[path[0]], path[1:])


def _object(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def _whole(connection: Mapping[str, object]) -> None:
    """Refuse a nested connection that was cut short: its list would look complete and not be."""
    if _object(connection.get("pageInfo")).get("hasNextPage") is not False:
        raise ConfigError(
            "một danh sách lồng nhau bị cắt ngắn hoặc không chọn `pageInfo { hasNextPage }`: tăng `first`",
            "a nested list was cut short, or `pageInfo { hasNextPage }` is not selected: raise its `first`",
        )


def column(root: str, name: str, path: str, vi: str, en: str, **unit: str) -> Column:
    """A column of the dataset whose root type is `root`; kind, decimals and code list come from the declared model.

    Keyword arguments: `unit_vi`, `unit_en`.
    """
    steps = tuple(path.split("."))
    field, trail = _field_at(root, steps)
    return Column(
        name,
        steps,
        Kind.CODE if field.kind is Kind.LIST else field.kind,
        vi,
        en,
        ": ".join((*(step[0] for step in trail), field.vi)),
        ": ".join((*(step[1] for step in trail), field.en)),
        decimals=field.decimals,
        codes=field.codes,
        many=field.kind is Kind.LIST or any(step in _LISTS for step in steps),
        classification=field.classification,
        **unit,
    )


def _field_at(root: str, steps: Sequence[str]) -> tuple[Field, list[tuple[str, str]]]:
    """The declared field at the end of a path, and what the links on the way are called (vi, en)."""
    here = MODEL.type(root)
    on_edge: dict[str, Field] = {}
    trail: list[tuple[str, str]] = []
    for place, step in enumerate(steps):
        if step in (*_LISTS, "node"):
            continue
        if step in here.links:
            link = here.links[step]
            trail.append((link.vi, link.en))
            on_edge = {field.name: field for field in link.fields}
            here = MODEL.type(link.target)
        elif steps[place - 1] == "edges" and step in on_edge:
            return on_edge[step], trail
        elif step in here.fields and here.fields[step].kind is Kind.PLACE:
            return _PLACE, [*trail, (here.fields[step].vi, here.fields[step].en)]
        elif step in here.fields:
            return here.fields[step], trail
        elif step == _ID.name:
            return _ID, trail
        else:
            break
    raise ConfigError(f"không có `{'.'.join(steps)}` ở `{root}`", f"`{root}` has no `{'.'.join(steps)}`")
