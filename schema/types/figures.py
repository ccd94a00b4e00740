"""Indicators, observations and targets: what is measured, what was found, what was promised."""

from datetime import date
from decimal import Decimal

from schema.model import Code, One, field, link, record
from schema.types.base import Record
from schema.types.codes import Comparison, Frequency, ObservationStatus


@record("indicators", "{code}", "Chỉ tiêu", "Something measured: one concept, one unit, one method")
class Indicator(Record):
    """Key: its code. Two methods of the same concept are two indicators."""

    code: Code = field("Mã", "Code", required=True)
    concept: Code = field("Khái niệm", "Concept; indicators of one concept may be compared")
    unit: str = field("Đơn vị tính", "Unit, in Vietnamese")
    unit_en: str = field("Đơn vị tính, tiếng Anh", "Unit, in English")
    decimals: int = field("Số chữ số thập phân", "Decimals with which it is published")
    frequency: Frequency = field("Kỳ", "How often it is compiled")
    method: str = field("Phương pháp", "Who compiles it and how")
    definition: str = field("Định nghĩa", "What it measures")
    definition_en: str = field("Định nghĩa, tiếng Anh", "What it measures, in English")
    in_sector: One = link(
        "INDICATOR_IN_SECTOR",
        "Sector",
        "Thuộc lĩnh vực",
        "Sector it is about",
        back=("indicators", "Chỉ tiêu của lĩnh vực", "Indicators of the sector"),
    )
    about_product: One = link(
        "ABOUT_PRODUCT",
        "Product",
        "Về sản phẩm",
        "Product it is about",
        back=("indicators", "Chỉ tiêu về sản phẩm", "Indicators about the product"),
    )


@record(
    "observations",
    "{indicator}/{area}/{period}/{breakdown}/{releasedOn}",
    "Số liệu",
    "A figure: one indicator, area, period, breakdown and release",
)
class Observation(Record):
    """Key: indicator, area, period, breakdown, release. Past figures are revised: each release is a record."""

    period: Code = field("Kỳ", "Period: a year `2024`, a quarter `2024-Q3` or a span `2020/2024`", required=True)
    breakdown: Code = field("Phân tổ", "Further breakdown; `TOTAL` where there is none", required=True)
    value: Decimal = field(
        "Giá trị", "Value in the indicator's unit; none where it is missing", decimals=6, within="indicator"
    )
    status: ObservationStatus = field("Tình trạng", "Final, provisional, estimated or missing", required=True)
    released_on: date = field("Ngày công bố", "When this release was published, where known")
    note: str = field("Ghi chú", "What to know about it")
    indicator: One = link(
        "OF_INDICATOR", "Indicator", "Chỉ tiêu", "Indicator", back=("observations", "Số liệu", "Figures")
    )
    area: One = link(
        "IN_AREA", "Area", "Địa bàn", "Area that it is about", back=("observations", "Số liệu", "Figures of the area")
    )


@record("targets", "{localId}", "Mục tiêu", "What an indicator is to reach, by when, and by which decision")
class Target(Record):
    """Key: its id."""

    value: Decimal = field("Giá trị", "Value in the indicator's unit", decimals=6, within="indicator")
    comparison: Comparison = field("So sánh", "How it is met")
    by_date: date = field("Hạn", "By when")
    legal_basis: str = field("Căn cứ", "The document that sets it")
    indicator: One = link(
        "TARGET_OF", "Indicator", "Chỉ tiêu", "Indicator it is about", back=("targets", "Mục tiêu", "Targets")
    )
    area: One = link(
        "TARGET_IN_AREA",
        "Area",
        "Địa bàn",
        "Area it binds",
        back=("targets", "Mục tiêu của địa bàn", "Targets of the area"),
    )
    sector: One = link(
        "TARGET_IN_SECTOR",
        "Sector",
        "Lĩnh vực",
        "Sector it binds",
        back=("targets", "Mục tiêu của lĩnh vực", "Targets of the sector"),
    )
