"""The generated tables of the demonstration: farms with owners, businesses, restricted sites. None of it is true."""

from collections.abc import Mapping
from typing import Final

from connectors.base import Stream

_ATTRIBUTION: Final = "Dữ liệu hư cấu để minh họa (fictional data for demonstration)"
_FICTIONAL: Final[Mapping[str, str]] = {"origin": "FICTIONAL"}
_AGENCIES: Final[Mapping[str, str]] = {"origin": "FICTIONAL", "visibility": "OPEN", "custodian": "DEMO"}


def _stream(name: str, entity: str, defaults: Mapping[str, str] = _FICTIONAL) -> Stream:
    return Stream(
        f"fictional_{name}",
        entity,
        f"{name}.csv",
        defaults=defaults,
        cited=False,
        fictional=True,
        attribution=_ATTRIBUTION,
    )


def _links(name: str, link: str, end: str) -> Stream:
    return Stream(
        f"fictional_{name}",
        "Farm",
        f"{name}.csv",
        link=link,
        ends=("farm", end),
        cited=False,
        fictional=True,
        attribution=_ATTRIBUTION,
    )


FICTIONAL: Final[tuple[Stream, ...]] = (
    _stream("agencies", "Agency", _AGENCIES),
    _stream("businesses", "Business"),
    _stream("farms", "Farm"),
    _links("grows", "grows", "product"),
    _links("sales", "sellsTo", "business"),
    _stream("sites", "TouristSite"),
)
