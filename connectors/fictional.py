"""The generated tables of the demonstration: farms with owners, businesses, sites, a market, surveys; none is true."""

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


def _links(name: str, entity: str, link: str, ends: tuple[str, str]) -> Stream:
    return Stream(
        f"fictional_{name}",
        entity,
        f"{name}.csv",
        link=link,
        ends=ends,
        cited=False,
        fictional=True,
        attribution=_ATTRIBUTION,
    )


FICTIONAL: Final[tuple[Stream, ...]] = (
    _stream("agencies", "Agency", _AGENCIES),
    _stream("businesses", "Business"),
    _stream("farms", "Farm"),
    _links("grows", "Farm", "grows", ("farm", "product")),
    _links("sales", "Farm", "sellsTo", ("farm", "business")),
    _stream("sites", "TouristSite"),
    _links("wants", "Business", "wants", ("business", "product")),
    _stream("programmes", "TourismProgramme"),
    _links("stops", "TourismProgramme", "visits", ("programme", "site")),
    _stream("solutions", "Solution"),
    _stream("offers", "Offer"),
    _stream("teams", "Team"),
    _stream("campaigns", "Campaign"),
    _stream("assessments", "Assessment"),
    _links("answers", "Assessment", "answers", ("assessment", "criterion")),
    _stream("tasks", "Task"),
)
