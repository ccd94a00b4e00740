"""Masks: what each leaves of a value, and that it is stored with its own derived properties."""

import pytest

from schema.errors import ConfigError
from schema.masks import CELL, FIRST_WORD, MONTH, YEAR, Mask, Masked, first, rounded
from schema.model import Model, Place, field, record
from schema.scalars import properties
from schema.types import MODEL


@pytest.mark.parametrize(
    ("mask", "value", "left"),
    [
        (rounded(100), 0, 0),
        (rounded(100), 99, 0),
        (rounded(100), 250, 200),
        (rounded(100), -250, -200),
        (rounded(100), 2**53 - 1, 9007199254740900),
        (rounded(1, decimals=2), 1299, 1200),
        (first(4), "0912345678", "0912…"),
        (first(4), "0912", "0912"),
        (FIRST_WORD, "Nguyễn Văn An", "Nguyễn …"),
        (FIRST_WORD, "An", "An"),
        (YEAR, "2025-07-01", "2025-01-01"),
        (MONTH, "2025-07-31", "2025-07-01"),
        (CELL, (21.028511, 105.804817), (21.05, 105.85)),
        (CELL, (-0.01, 0.0), (-0.05, 0.05)),
        (CELL, (90.0, 180.0), (89.95, 179.95)),
        (CELL, (-90.0, -180.0), (-89.95, -179.95)),
    ],
)
def test_a_mask_leaves_this_much(mask: Mask, value: Masked, left: Masked) -> None:
    assert mask.hide(value) == left
    assert mask.hide(left) == left or mask in (FIRST_WORD, first(4))


def test_a_masked_value_is_stored_with_what_is_derived_from_it() -> None:
    farm = MODEL.types["Farm"].fields
    stored = properties(farm["ownerName"], "Đỗ Thị Ánh")
    assert stored["ownerName"] == "Đỗ Thị Ánh"
    assert (stored["ownerName_firstWord"], stored["ownerName_firstWord_fold"]) == ("Đỗ …", "do …")
    assert stored["ownerName_firstWord_sort"] == properties(farm["ownerName"], "Đỗ …")["ownerName_sort"]
    place = properties(farm["location"], (12.71, 108.16))
    assert (place["location_cell_lat"], place["location_cell_lon"]) == (12.75, 108.15)


@pytest.mark.parametrize("name", ["ownerName", "location", "yearlyRevenue", "foundedOn"])
def test_null_clears_every_masked_property(name: str) -> None:
    cleared = properties(MODEL.types["Farm"].fields[name], None)
    assert set(cleared.values()) == {None}
    assert any("_" in key for key in cleared)


def test_a_mask_of_another_kind_is_refused() -> None:
    @record("things", "{code}", "Vật", "A thing")
    class Thing:
        """A type whose field has a mask for dates."""

        where: Place = field("Ở đâu", "Where", masks=(YEAR,))

    with pytest.raises(ConfigError, match="cannot have the mask `year`"):
        Model(Thing)
