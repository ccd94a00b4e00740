"""What codes are called on a page: themes, frequencies, formats, kinds of values, classifications."""

from collections.abc import Mapping

from catalog.metadata import Theme, Update
from schema.model import OPEN, PERSONAL, RESTRICTED, SHARED, Classification, Kind

THEMES: Mapping[Theme, tuple[str, str, str]] = {
    Theme.AGRICULTURE: ("nong-nghiep", "Nông nghiệp", "Agriculture"),
    Theme.ECONOMY: ("kinh-te", "Kinh tế", "Economy"),
    Theme.CULTURE: ("van-hoa-du-lich", "Văn hoá, du lịch", "Culture, tourism"),
    Theme.GOVERNMENT: ("nha-nuoc", "Nhà nước", "Government"),
    Theme.REGIONS: ("dia-ban", "Địa bàn", "Regions"),
    Theme.TECHNOLOGY: ("cong-nghe", "Khoa học, công nghệ", "Science, technology"),
}
"""Each theme: its word in an address, and its name in Vietnamese and English."""

UPDATES: Mapping[Update, tuple[str, str]] = {
    Update.ANNUAL: ("Hằng năm", "Every year"),
    Update.IRREGULAR: ("Không định kỳ", "Irregularly"),
}

FORMATS: Mapping[str, tuple[str, str, str]] = {
    "csv": ("CSV", "cho bảng tính, UTF-8", "for spreadsheets, UTF-8"),
    "json": ("JSON", "cho chương trình", "for programs"),
    "parquet": ("Parquet", "cho phân tích, giữ nguyên kiểu dữ liệu", "for analysis, keeps the types"),
}
"""Each format: its name, and what it is good for."""

KINDS: Mapping[Kind, tuple[str, str]] = {
    Kind.TEXT: ("văn bản", "text"),
    Kind.CODE: ("mã", "code"),
    Kind.INT: ("số nguyên", "whole number"),
    Kind.LONG: ("số nguyên", "whole number"),
    Kind.DECIMAL: ("số thập phân", "decimal"),
    Kind.DATE: ("ngày", "date"),
    Kind.INSTANT: ("thời điểm", "instant"),
    Kind.PLACE: ("toạ độ", "coordinates"),
    Kind.LIST: ("danh sách", "list"),
}

LEVELS: Mapping[Classification, tuple[str, str]] = {
    OPEN: ("mở", "open"),
    SHARED: ("giữa các cơ quan", "among agencies"),
    RESTRICTED: ("cơ quan quản lý", "custodian"),
    PERSONAL: ("cá nhân", "personal"),
}
"""What each classification of a field is called."""
