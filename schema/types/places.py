"""Agencies, areas and sectors: who answers, where, and in what line of work."""

from datetime import date
from decimal import Decimal

from schema.model import Code, Long, Many, One, Place, field, link, record
from schema.types.base import Record
from schema.types.codes import AgencyKind, AreaLevel, Share


class Succession:
    """How the older unit passed into the newer one."""

    share: Share = field("Phần", "All or a part of it")
    legal_basis: str = field("Căn cứ", "The decision that made it so")


@record("agencies", "{code}", "Cơ quan", "A ministry, committee, department or institute")
class Agency(Record):
    """Key: its code."""

    code: Code = field("Mã", "Code", required=True)
    kind: AgencyKind = field("Loại", "What it is in the structure of the State")
    valid_from: date = field("Có từ", "First day")
    valid_to: date = field("Đến hết", "Last day; none while it exists")
    parent: One = link(
        "PART_OF_AGENCY",
        "Agency",
        "Trực thuộc",
        "The agency above",
        back=("units", "Đơn vị trực thuộc", "Agencies below"),
    )
    succeeded_by: Many = link(
        "AGENCY_SUCCEEDED_BY",
        "Agency",
        "Được kế thừa bởi",
        "Agencies that took over",
        edge=Succession,
        back=("predecessors", "Tiền thân", "Agencies it took over"),
    )
    responsible_for: Many = link(
        "RESPONSIBLE_FOR",
        "Sector",
        "Phụ trách lĩnh vực",
        "Sectors it leads",
        back=("lead_agencies", "Cơ quan chủ trì", "Agencies that lead the sector"),
    )


@record(
    "areas",
    "{code}@{validFrom}",
    "Đơn vị hành chính",
    "A country, region, province, district or commune, in one period of validity",
)
class Area(Record):
    """Key: code and first day of validity, since codes are used again."""

    code: Code = field("Mã", "Code in the list of administrative units", required=True)
    level: AreaLevel = field("Cấp", "Level", required=True)
    valid_from: date = field("Có từ", "First day of validity", required=True)
    valid_to: date = field("Đến hết", "Last day of validity; none while it is in force")
    population: Long = field("Dân số", "Population, persons")
    area_km2: Decimal = field("Diện tích, km²", "Area, square kilometres", decimals=2)
    centre: Place = field("Tâm", "A point in the middle")
    part_of: One = link("PART_OF", "Area", "Thuộc", "The area above", back=("parts", "Gồm", "Areas below"))
    succeeded_by: Many = link(
        "SUCCEEDED_BY",
        "Area",
        "Được kế thừa bởi",
        "Areas that it became part of",
        edge=Succession,
        back=("predecessors", "Tiền thân", "Areas it was made of"),
    )


@record("sectors", "{code}", "Ngành, lĩnh vực", "A line of work")
class Sector(Record):
    """Key: its code."""

    code: Code = field("Mã", "Code", required=True)
    vsic_section: Code = field("Ngành cấp 1 VSIC", "Section of the classification of industries (VSIC 2025)")
    part_of: One = link("PART_OF_SECTOR", "Sector", "Thuộc", "The sector above", back=("parts", "Gồm", "Sectors below"))
