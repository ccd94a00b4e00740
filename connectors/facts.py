"""The tables of facts, in the order in which they are loaded: each after those that its rows lead to.

`source` names a row of `sources.csv`, which also has the licence of each source. The custodian of a list is the agency
that answers for it.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from connectors.base import Cells, Reference, Stream
from connectors.figures import CROPS, DIGITAL_ECONOMY, TOURISM
from connectors.sources import LICENCE

_LIST_OF_34: Final = date(2025, 7, 1)


_OPEN: Final[Mapping[str, str]] = {"visibility": "OPEN", "origin": "FACT"}


def _of(custodian: str, **more: str) -> Mapping[str, str]:
    return {"custodian": custodian, **_OPEN, **more}


def _companies(cells: Cells, _: Reference) -> Iterable[Cells]:
    """A listed company's own id with the exchanges is its symbol."""
    return ({**cells, "localId": cells["symbol"]},)


FACTS: Final[tuple[Stream, ...]] = (
    Stream("agencies", "Agency", "agencies.csv", defaults=_of("MOHA"), licence=LICENCE),
    Stream("agency_succession", "Agency", "agency_succession.csv", link="succeededBy", licence=LICENCE),
    Stream("areas", "Area", "areas.csv", defaults=_of("NSO"), licence=LICENCE),
    Stream("area_succession", "Area", "area_succession.csv", link="succeededBy", licence=LICENCE),
    Stream("sectors", "Sector", "sectors.csv", defaults=_of("MOST"), licence=LICENCE),
    Stream(
        "responsibilities",
        "Agency",
        "responsibilities.csv",
        link="responsibleFor",
        ends=("agency", "sector"),
        licence=LICENCE,
    ),
    Stream("products", "Product", "products.csv", defaults=_of("MAE"), licence=LICENCE),
    Stream("indicators", "Indicator", "indicators.csv", defaults=_OPEN, licence=LICENCE),
    DIGITAL_ECONOMY,
    Stream("targets", "Target", "targets.csv", defaults=_of("MOST"), on=_LIST_OF_34, licence=LICENCE),
    Stream("criteria_sets", "CriteriaSet", "criteria_sets.csv", defaults=_of("MOST"), licence=LICENCE),
    Stream("criteria", "Criterion", "criteria.csv", defaults=_of("MOST"), licence=LICENCE),
    Stream("maturity_levels", "MaturityLevel", "maturity_levels.csv", defaults=_of("MOST"), licence=LICENCE),
    TOURISM,
    CROPS,
    Stream(
        "sights",
        "TouristSite",
        "sights.csv",
        defaults=_of("MCST"),
        renamed={"province": "locatedIn"},
        on=_LIST_OF_34,
        level="PROVINCE",
        licence=LICENCE,
    ),
    Stream(
        "companies",
        "Business",
        "companies.csv",
        defaults=_of("MOF", kind="ENTERPRISE"),
        extra=("symbol", "name", "exchange", "listedOn", "inSector"),
        reshape=_companies,
        licence=LICENCE,
    ),
)
