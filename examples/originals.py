"""The published files that the facts were taken from, read as they are, and the texts that state the others.

Nothing of them is in the project; `Missing` says which one is not there.
"""

import csv
import json
import re
import sqlite3
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeAlias

from examples.geometry import Polygon, Provinces

Row: TypeAlias = Mapping[str, str]
Figures: TypeAlias = tuple[Decimal | None, Decimal | None]

_UNITS: Final = "admin/thanglequoc+vietnamese-provinces-database"
_MERGERS: Final = "admin/dvhcvn+20250701"
_LISTS: Final = "taosut+hieudoanm"
_FARMING: Final = "agriculture/MinhHuy1507+vietnam-agriculture-app-public"
_STATBANK: Final = "gso_2018/choisy+gso/gso_06082019"
AQUACULTURE: Final = f"{_STATBANK}/Agriculture, Forestry and Fishery"
_ALIASES: Final = {"tphochiminh": "hochiminh", "hochiminhcity": "hochiminh", "thuathienhue": "hue", "dacklak": "daklak"}
_MERGED: Final = re.compile(r"In (\d{4}), .* (?:splits|merge) in (.*)")
_MISPRINTS: Final = {"1988": "1998"}
"""Years in headers that stand between 1997 and 1999."""


class Missing(Exception):
    """A published file is not here, so what was taken from it cannot be checked."""


def plain(text: str) -> str:
    """`text` with neither marks, case, blanks nor punctuation, so that spellings of one name are equal."""
    bare = unicodedata.normalize("NFD", text.replace("Đ", "D").replace("đ", "d"))
    return re.sub(r"[^a-z0-9]", "", bare.lower())


def province(name: str) -> str:
    """`plain`, with one form for the provinces that have several names."""
    found = plain(name)
    return _ALIASES.get(found, found)


def number(cell: str) -> Decimal | None:
    """A figure; none where the cell is empty or two points."""
    return None if cell.strip() in {"", ".."} else Decimal(cell.strip())


class Originals:
    """The folder of published files, and the folder of texts beside it; each file is read once, when asked for."""

    def __init__(self, data: Path, texts: Path) -> None:
        self._data = data
        self._texts = texts

    def _path(self, name: str) -> Path:
        found = self._data / name
        if not found.exists():
            raise Missing(name)
        return found

    def _json(self, name: str) -> Any:  # noqa: ANN401 - whatever the file holds
        return json.loads(self._path(name).read_text(encoding="utf-8"))

    def _table(self, name: str) -> list[Row]:
        with self._path(name).open(encoding="utf-8-sig", newline="") as lines:
            return list(csv.DictReader(lines))

    def statbank(self, name: str) -> list[list[str]]:
        """A table of the statistics office's StatBank: header first, without the title above it."""
        with self._path(name).open(encoding="utf-8-sig", newline="") as lines:
            return [[" ".join(cell.split()) for cell in row] for row in list(csv.reader(lines, delimiter=";"))[2:]]

    def text(self, name: str) -> str:
        """A text, in one line."""
        found = self._texts / name
        if not found.exists():
            raise Missing(name)
        return " ".join(found.read_text(encoding="utf-8").split())

    @cached_property
    def regions(self) -> Mapping[str, Row]:
        """The eight regions by number."""
        return {str(one["Id"]): one for one in self._json(f"{_UNITS}/v2.4.1/administrative_regions.json")}

    @cached_property
    def region_of(self) -> Mapping[str, str]:
        """The name of the region of each of the 63 provinces."""
        return {province(row["name"]): row["region"] for row in self._table(f"admin/{_LISTS}/provinces.csv")}

    @cached_property
    def old(self) -> Mapping[str, Row]:
        """The 63 provinces by code."""
        return {one["Code"]: one for one in self._json(f"{_UNITS}/v2.4.1/simplified_json_generated_data_vn_units.json")}

    @cached_property
    def new(self) -> Mapping[str, Row]:
        """The 34 provinces by code."""
        return {one["Code"]: one for one in self._json(f"{_UNITS}/v3.0.2/simplified_json_generated_data_vn_units.json")}

    @cached_property
    def official(self) -> Mapping[str, str]:
        """The names in the statistics office's letter on the 34 codes."""
        return {row["Mã số"]: row["Tên 34 tỉnh sau sáp nhập"] for row in self._table(f"{_MERGERS}/915_CTK-CSCL.csv")}

    @cached_property
    def founded(self) -> Mapping[str, str]:
        """The year in which a province last came about by a split or a merger."""
        found: dict[str, str] = {}
        for line in self._path("admin/choisy+dictionary/vn_history.txt").read_text(encoding="utf-8").splitlines():
            if event := _MERGED.match(line.strip().rstrip(".")):
                found.update({province(name): event[1] for name in event[2].split(";")})
        return found

    @cached_property
    def centres(self) -> Mapping[str, tuple[float, float]]:
        """Latitude and longitude of the old provinces."""
        table = self._table(f"{_FARMING}/province.csv")
        return {
            province(row["province_name"]): (
                round(float(row["latitude_center"]), 6),
                round(float(row["longitude_center"]), 6),
            )
            for row in table
        }

    @cached_property
    def _features(self) -> list[Any]:
        folder = self._path(f"{_UNITS}/geojson")
        return [json.loads(path.read_text(encoding="utf-8"))["features"][0] for path in sorted(folder.iterdir())]

    @cached_property
    def surfaces(self) -> Mapping[str, Decimal]:
        """Square kilometres of each of the 34 provinces."""
        return {one["properties"]["code"]: Decimal(str(one["properties"]["areaKm2"])) for one in self._features}

    @cached_property
    def boundaries(self) -> Provinces:
        """The boundaries of the 34 provinces."""
        found: dict[str, list[Polygon]] = {}
        for one in self._features:
            shape = one["geometry"]
            found[one["properties"]["code"]] = (
                shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
            )
        return Provinces(found)

    @cached_property
    def mergers(self) -> Mapping[str, tuple[str, str]]:
        """Old code -> new code, and whether all of it or a part went there."""
        found: dict[str, tuple[str, str]] = {}
        for one in self._json(f"{_MERGERS}/merges.json")["data"]:
            found.update({old["old_id"]: (one["level1_id"], old["type"].upper()) for old in one["merges"]})
        return found

    @cached_property
    def resolution(self) -> str:
        """Resolution 60-NQ/TW, in one line."""
        return " ".join(self._path(f"{_MERGERS}/60-NQ_TW.md").read_text(encoding="utf-8").split())

    @cached_property
    def gia_lai(self) -> str:
        """Resolution 1664/NQ-UBTVQH15, which cites the basis of all mergers, in one line."""
        text = self._path(f"{_MERGERS}/1664_NQ-UBTVQH15.md").read_text(encoding="utf-8")
        return " ".join(text.replace("*", "").split())

    @cached_property
    def ministries(self) -> Mapping[str, str]:
        """The Vietnamese names of the government before 2025, and the English ones (with their unquoted commas)."""
        lines = self._path(f"agencies/{_LISTS}/ministries.csv").read_text(encoding="utf-8").splitlines()[1:]
        return {plain(line.split(",")[1]): ",".join(line.split(",")[2:]) for line in self._joined(lines)}

    @staticmethod
    def _joined(lines: Iterable[str]) -> list[str]:
        """The lines with the comma of a Vietnamese name taken out, which no quotes protect."""
        return [line.replace("Văn hóa, Thể thao", "Văn hóa Thể thao") for line in lines if line]

    @cached_property
    def companies(self) -> Mapping[str, Row]:
        """Listed companies by symbol."""
        return {row["symbol"]: row for row in self._table(f"business/{_LISTS}/companies.csv")}

    @cached_property
    def crops(self) -> Mapping[tuple[str, str, str, str], Figures]:
        """Area and production by place, year, crop and season."""
        return {
            (province(row["region_name"]), row["year"], row["commodity"].upper(), row["season"]): (
                number(row["area_thousand_ha"]),
                number(row["production_thousand_tonnes"]),
            )
            for row in self._table(f"{_FARMING}/agriculture.csv")
        }

    @cached_property
    def aquaculture(self) -> Mapping[tuple[str, str], Figures]:
        """Water surface (thousand ha) and production (thousand tonnes) by place and year."""
        surface = self.by_place(f"{AQUACULTURE}/Area of water surface for the aquaculture by province.csv")
        output = self.by_place(f"{AQUACULTURE}/Production of aquaculture by province.csv")
        return {cell: (surface[cell], None if tonnes is None else tonnes / 1000) for cell, tonnes in output.items()}

    def by_place(self, name: str) -> Mapping[tuple[str, str], Decimal | None]:
        """The figures of a table of the StatBank by place and year."""
        header, *rows = self.statbank(name)
        years = [re.sub(r"\D", "", year) for year in header[1:]]
        return {
            (province(row[0]), _MISPRINTS.get(year, year)): number(cell)
            for row in rows
            for year, cell in zip(years, row[1:], strict=True)
        }

    @cached_property
    def turnover(self) -> Mapping[tuple[str, str], Decimal | None]:
        """Turnover of travelling, billion VND, by place and year."""
        return self.by_place(
            f"{_STATBANK}/Trade, Price and Tourism/Turnover of travelling at current prices by province.csv"
        )

    @cached_property
    def places(self) -> Mapping[tuple[float, float], frozenset[str]]:
        """Names in OpenStreetMap by latitude and longitude."""
        path = self._path("tourism_sites/anphu555+SightSeeing-Location-Recommender-System-/travel.db")
        store = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            found: dict[tuple[float, float], set[str]] = {}
            for name, lat, lon in store.execute("SELECT name, lat, lon FROM places WHERE name IS NOT NULL"):
                found.setdefault((round(lat, 6), round(lon, 6)), set()).add(plain(name))
        finally:
            store.close()
        return {spot: frozenset(names) for spot, names in found.items()}

    @cached_property
    def index(self) -> Mapping[str, Row]:
        """What the files are: by the address of the version from which they come."""
        return {f"{row['repo']}/blob/{row['commit']}/{row['path_in_repo']}": row for row in self._table("INDEX.csv")}
