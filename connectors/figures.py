"""Tables of figures: each row is one observation or several, named after its indicator, area and period."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from connectors.areas import Unresolved
from connectors.base import Cells, Reference, Stream
from connectors.sources import LICENCE
from schema.errors import InvalidInput

_OPEN: Final[Mapping[str, str]] = {"visibility": "OPEN", "origin": "FACT"}
_LIST_OF_63: Final = date(2024, 12, 31)
"""The end of the last year that these tables speak of: a code is that of the province as it was then."""
_TODAY: Final = date(2025, 7, 1)
_MEASURES: Final[Mapping[str, str]] = {"areaThousandHa": "AREA", "productionThousandTonnes": "PRODUCTION"}
_TRAVEL: Final = "TOURISM.TRAVEL_TURNOVER"


def _observation(cells: Cells, reference: Reference, on: date) -> Cells:
    """One observation with what it takes from its indicator and area: name, custodian, the area's key."""
    indicator = reference.names.get(f"Indicator:{cells['indicator']}")
    if indicator is None:
        raise InvalidInput(
            f"không có chỉ tiêu `{cells['indicator']}`: hãy thêm vào `indicators.csv`",
            f"there is no indicator `{cells['indicator']}`: add it to `indicators.csv`",
        )
    key = reference.areas.resolve(cells["area"], on)
    if isinstance(key, Unresolved):
        raise InvalidInput(key.vi, key.en)
    area = reference.names[f"Area:{key}"]
    period = cells["period"]
    english = f"{indicator.name_en}, {area.name_en}, {period}" if indicator.name_en and area.name_en else ""
    return {
        **cells,
        "area": key,
        "name": f"{indicator.name}, {area.name}, {period}",
        "nameEn": english,
        "custodian": indicator.custodian,
    }


def _published(cells: Cells, reference: Reference) -> Iterable[Cells]:
    return (_observation(cells, reference, _TODAY),)


def _crops(cells: Cells, reference: Reference) -> Iterable[Cells]:
    """Area and production of a crop in one season; a measure without a figure is no observation."""
    for column, measure in _MEASURES.items():
        if cells[column]:
            one = {
                "indicator": f"CROP.{cells['crop']}.{measure}",
                "area": cells["province"],
                "period": cells["year"],
                "breakdown": cells["season"],
                "value": cells[column],
            }
            kept = {name: text for name, text in cells.items() if name in {"source", *_FINAL}}
            yield _observation({**kept, **one}, reference, _LIST_OF_63)


def _tourism(cells: Cells, reference: Reference) -> Iterable[Cells]:
    one = {"indicator": _TRAVEL, "area": cells["province"], "period": cells["year"], "breakdown": "TOTAL"}
    kept = {name: text for name, text in cells.items() if name not in {"province", "year"}}
    return (_observation({**kept, **one}, reference, _LIST_OF_63),)


_FINAL: Final[Mapping[str, str]] = {**_OPEN, "status": "FINAL"}

DIGITAL_ECONOMY: Final = Stream(
    "digital_economy",
    "Observation",
    "digital_economy.csv",
    defaults=_OPEN,
    extra=("indicator", "area", "period", "breakdown", "value", "status", "releasedOn", "note"),
    reshape=_published,
    licence=LICENCE,
)
CROPS: Final = Stream(
    "crops",
    "Observation",
    "crops.csv",
    defaults=_FINAL,
    extra=("province", "year", "crop", "season", *_MEASURES),
    reshape=_crops,
    licence=LICENCE,
)
TOURISM: Final = Stream(
    "tourism",
    "Observation",
    "tourism.csv",
    defaults=_OPEN,
    extra=("province", "year", "value", "status"),
    reshape=_tourism,
    licence=LICENCE,
)
