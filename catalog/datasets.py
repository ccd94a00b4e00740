"""The datasets that the hub publishes: each is an operation, its columns and its description."""

from collections.abc import Mapping
from datetime import date
from importlib.resources import files

from catalog.columns import Column, column
from catalog.metadata import Body, BodyKind, Chart, ChartKind, Dataset, Licence, Rows, Theme, Update

__all__ = ["DATASETS", "Body", "Chart", "ChartKind", "Column", "Dataset", "Licence", "Rows", "Theme", "Update"]

HUB = Body("HUB", "Trung tâm dữ liệu kinh tế số", "Data hub of Viet Nam's digital economy", BodyKind.AUTHORITY)
NSO = Body("NSO", "Cục Thống kê", "National Statistics Office", BodyKind.AUTHORITY)
OSM = Body("OSM", "Cộng đồng OpenStreetMap", "OpenStreetMap contributors", BodyKind.COMMUNITY)
EXCHANGES = Body(
    "HOSE-HNX",
    "Sở Giao dịch Chứng khoán TP.HCM và Hà Nội",
    "Ho Chi Minh and Hanoi Stock Exchanges",
    BodyKind.COMPANY,
)

ODBL = Licence(
    "ODbL-1.0",
    "Open Data Commons Open Database License 1.0",
    "https://opendatacommons.org/licenses/odbl/1-0/",
    "http://publications.europa.eu/resource/authority/licence/ODC_BL",
    share_alike=True,
)
MIT = Licence("MIT", "MIT License", "https://spdx.org/licenses/MIT.html")
MPL = Licence("MPL-2.0", "Mozilla Public License 2.0", "https://www.mozilla.org/MPL/2.0/", share_alike=True)
GPL = Licence(
    "GPL-3.0", "GNU General Public License 3.0", "https://www.gnu.org/licenses/gpl-3.0.html", share_alike=True
)
CC_BY = Licence(
    "CC-BY-4.0",
    "Creative Commons Attribution 4.0 International",
    "https://creativecommons.org/licenses/by/4.0/",
    "http://publications.europa.eu/resource/authority/licence/CC_BY_4_0",
)

_ID = ("id", "id", "Định danh", "Identifier")
_SOURCE = ("source", "source", "Nguồn", "Source")


def _operation(slug: str) -> str:
    return (files("catalog") / "operations" / f"{slug}.graphql").read_text("utf-8")


def _columns(root: str, *declared: tuple[str, str, str, str]) -> tuple[Column, ...]:
    """Columns of `root`: name, path, label in Vietnamese, label in English; identifier first, source last."""
    return tuple(column(root, *each) for each in (_ID, *declared, _SOURCE))


_AREA = (
    ("areaCode", "area.code", "Mã địa bàn", "Area code"),
    ("areaName", "area.name", "Địa bàn", "Area"),
    ("areaLevel", "area.level", "Cấp", "Level"),
    ("areaValidFrom", "area.validFrom", "Địa bàn có từ", "Area valid from"),
)
_FIGURE = (
    ("period", "period", "Kỳ", "Period"),
    ("breakdown", "breakdown", "Phân tổ", "Breakdown"),
    ("value", "value", "Giá trị", "Value"),
    ("unit", "indicator.unit", "Đơn vị tính", "Unit"),
    ("status", "status", "Tình trạng", "Status"),
)

CROPS = Dataset(
    slug="san-luong-cay-trong",
    title_vi="Diện tích và sản lượng cây trồng theo tỉnh và năm",
    title_en="Crop area and production by province and year",
    description_vi=(
        "Diện tích và sản lượng của từng cây trồng, theo tỉnh, năm và vụ. Mỗi dòng là một số liệu: một chỉ tiêu, "
        "một tỉnh, một năm, một vụ. Tỉnh là đơn vị hành chính có hiệu lực khi số liệu được công bố, nêu rõ bằng "
        "mã và ngày có từ; số liệu cũ không bị chia lại theo địa giới mới. Số liệu khuyết được ghi là khuyết, "
        "không thay bằng số không."
    ),
    description_en=(
        "Area and production of each crop, by province, year and season. A row is one figure: one indicator, one "
        "province, one year, one season. The province is the unit in force when the figure was published, named "
        "by its code and first day; older figures are not shared out anew over later boundaries. A missing figure "
        "says that it is missing and is never a zero."
    ),
    publisher=HUB,
    creator=NSO,
    contact=HUB,
    licence=MPL,
    themes=(Theme.AGRICULTURE, Theme.REGIONS),
    keywords_vi=("nông nghiệp", "cây trồng", "sản lượng", "diện tích gieo trồng", "tỉnh"),
    keywords_en=("agriculture", "crops", "production", "cultivated area", "province"),
    frequency=Update.ANNUAL,
    temporal="period",
    operation=_operation("san-luong-cay-trong"),
    root="observations",
    columns=_columns(
        "Observation",
        ("productCode", "indicator.aboutProduct.code", "Mã cây trồng", "Crop code"),
        ("productName", "indicator.aboutProduct.name", "Cây trồng", "Crop"),
        ("indicatorCode", "indicator.code", "Mã chỉ tiêu", "Indicator code"),
        ("indicatorName", "indicator.name", "Chỉ tiêu", "Indicator"),
        *_AREA,
        *_FIGURE,
    ),
    chart=Chart(
        ChartKind.BAR,
        "areaName",
        "Sản lượng lúa cả năm theo tỉnh, năm mới nhất",
        "Rice production by province, all seasons of the latest year",
        y="value",
        latest="period",
        where={"indicatorCode": "CROP.RICE.PRODUCTION"},
    ),
    sources=("Cục Thống kê (PxWeb), 1995-2024; bản chép của MinhHuy1507/vietnam-agriculture-app-public, 2025-11-04",),
)

SIGHTS = Dataset(
    slug="diem-den-du-lich",
    title_vi="Điểm đến du lịch",
    title_en="Places to visit",
    description_vi=(
        "Danh thắng, di tích, bảo tàng và điểm tham quan, có loại, toạ độ và tỉnh theo danh mục 34 tỉnh, thành "
        "phố. Tỉnh được xác định bằng toạ độ, không bằng tên."
    ),
    description_en=(
        "Sights, monuments, museums and other attractions with category, coordinates and the province of the list "
        "of 34. The province follows from the coordinates, not from a name."
    ),
    publisher=HUB,
    creator=OSM,
    contact=HUB,
    licence=ODBL,
    themes=(Theme.CULTURE, Theme.ECONOMY),
    keywords_vi=("du lịch", "điểm đến", "danh thắng", "bảo tàng", "toạ độ"),
    keywords_en=("tourism", "sights", "attractions", "museums", "coordinates"),
    frequency=Update.IRREGULAR,
    temporal=(date(2025, 11, 25), date(2025, 11, 25)),
    operation=_operation("diem-den-du-lich"),
    root="touristSites",
    columns=_columns(
        "TouristSite",
        ("name", "name", "Tên", "Name"),
        ("nameEn", "nameEn", "Tên tiếng Anh", "English name"),
        ("category", "category", "Loại", "Category"),
        ("latitude", "location.lat", "Vĩ độ", "Latitude"),
        ("longitude", "location.lon", "Kinh độ", "Longitude"),
        ("provinceCode", "locatedIn.code", "Mã tỉnh", "Province code"),
        ("provinceName", "locatedIn.name", "Tỉnh, thành phố", "Province"),
        ("provinceValidFrom", "locatedIn.validFrom", "Tỉnh có từ", "Province valid from"),
    ),
    chart=Chart(ChartKind.MAP, "provinceCode", "Số điểm đến theo tỉnh", "Places to visit by province"),
    sources=("© những người đóng góp OpenStreetMap, truy xuất năm 2025",),
)

PROVINCES = Dataset(
    slug="don-vi-hanh-chinh-cap-tinh",
    title_vi="Đơn vị hành chính cấp tỉnh và sự kế thừa",
    title_en="Provinces and their succession",
    description_vi=(
        "Các tỉnh, thành phố trước và sau lần sắp xếp năm 2025, mỗi đơn vị trong một thời kỳ hiệu lực, và đơn vị "
        "nào kế thừa đơn vị nào: toàn bộ hay một phần, theo văn bản nào. Mã được dùng lại, nên mã phải đi cùng "
        "ngày có từ. Các cột về đơn vị kế thừa là danh sách, cùng thứ tự với nhau."
    ),
    description_en=(
        "The provinces before and after the rearrangement of 2025, each in one period of validity, and which "
        "succeeded which: in full or in part, by which decision. Codes are used again, so a code goes with its "
        "first day. The columns on successors are lists, in the same order."
    ),
    publisher=HUB,
    creator=NSO,
    contact=HUB,
    licence=MIT,
    themes=(Theme.REGIONS, Theme.GOVERNMENT),
    keywords_vi=("đơn vị hành chính", "tỉnh", "sáp nhập", "mã đơn vị hành chính", "kế thừa"),
    keywords_en=("administrative units", "provinces", "merger", "area codes", "succession"),
    frequency=Update.IRREGULAR,
    temporal="validFrom",
    operation=_operation("don-vi-hanh-chinh-cap-tinh"),
    root="areas",
    columns=_columns(
        "Area",
        ("code", "code", "Mã", "Code"),
        ("name", "name", "Tên", "Name"),
        ("nameEn", "nameEn", "Tên tiếng Anh", "English name"),
        ("validFrom", "validFrom", "Có từ", "Valid from"),
        ("validTo", "validTo", "Đến hết", "Valid to"),
        ("partOfCode", "partOf.code", "Mã đơn vị cấp trên", "Code of the area above"),
        ("partOfName", "partOf.name", "Thuộc", "Area above"),
        ("areaKm2", "areaKm2", "Diện tích, km²", "Area, km²"),
        ("population", "population", "Dân số", "Population"),
        ("latitude", "centre.lat", "Vĩ độ của tâm", "Latitude of the middle"),
        ("longitude", "centre.lon", "Kinh độ của tâm", "Longitude of the middle"),
        ("successorCodes", "succeededBy.edges.node.code", "Mã đơn vị kế thừa", "Successors' codes"),
        ("successorNames", "succeededBy.edges.node.name", "Đơn vị kế thừa", "Successors"),
        ("successorsValidFrom", "succeededBy.edges.node.validFrom", "Đơn vị kế thừa có từ", "Successors valid from"),
        ("successorShares", "succeededBy.edges.share", "Phần được kế thừa", "Shares passed on"),
        ("legalBases", "succeededBy.edges.legalBasis", "Căn cứ", "Legal bases"),
        ("predecessorCodes", "predecessors.edges.node.code", "Mã tiền thân", "Predecessors' codes"),
        ("predecessorNames", "predecessors.edges.node.name", "Tiền thân", "Predecessors"),
        ("predecessorsValidFrom", "predecessors.edges.node.validFrom", "Tiền thân có từ", "Predecessors valid from"),
        ("predecessorShares", "predecessors.edges.share", "Phần nhận từ tiền thân", "Shares taken over"),
    ),
    chart=Chart(
        ChartKind.MAP,
        "code",
        "Diện tích các tỉnh, thành phố đang có hiệu lực",
        "Area of the provinces in force",
        y="areaKm2",
        where={"validTo": ""},
    ),
    sources=("Cục Thống kê, công văn 915/CTK-CSCL và danh mục 63 tỉnh", "Nghị quyết 202/2025/QH15 ngày 12/6/2025"),
)

DIGITAL_ECONOMY = Dataset(
    slug="ty-trong-kinh-te-so",
    title_vi="Tỷ trọng kinh tế số và mục tiêu",
    title_en="Share of the digital economy beside its targets",
    description_vi=(
        "Tỷ trọng kinh tế số trong GDP và GRDP, theo nguồn và phương pháp. Mỗi phương pháp là một chỉ tiêu "
        "riêng, không ghép thành một chuỗi. Số liệu được sửa qua các lần công bố: mỗi lần là một dòng. Cạnh giá "
        "trị là các mục tiêu đặt ra cho chính địa bàn ấy, dưới dạng danh sách cùng thứ tự: chỉ tiêu, giá trị, "
        "cách so sánh, thời hạn, căn cứ. Mục tiêu là của toàn bộ kinh tế số (phân tổ TOTAL), không phải của từng "
        "phần."
    ),
    description_en=(
        "Share of the digital economy in GDP and in the provinces' product, by source and method. Each method is "
        "an indicator of its own and is never joined with another into one series. Figures are revised: each "
        "release is a row. Beside the value stand the targets set for that very area, as lists in one order: "
        "indicator, value, comparison, day, legal basis. The targets are for the whole digital economy "
        "(breakdown TOTAL), not for its parts."
    ),
    publisher=HUB,
    creator=NSO,
    contact=HUB,
    licence=CC_BY,
    themes=(Theme.ECONOMY, Theme.TECHNOLOGY),
    keywords_vi=("kinh tế số", "tỷ trọng", "GDP", "mục tiêu", "chuyển đổi số"),
    keywords_en=("digital economy", "share of GDP", "targets", "digital transformation"),
    frequency=Update.ANNUAL,
    temporal="period",
    operation=_operation("ty-trong-kinh-te-so"),
    root="observations",
    columns=_columns(
        "Observation",
        ("indicatorCode", "indicator.code", "Mã chỉ tiêu", "Indicator code"),
        ("indicatorName", "indicator.name", "Chỉ tiêu", "Indicator"),
        ("method", "indicator.method", "Phương pháp", "Method"),
        *_AREA,
        *_FIGURE,
        ("releasedOn", "releasedOn", "Ngày công bố", "Released on"),
        ("note", "note", "Ghi chú", "Note"),
        ("targetNames", "area.targets.nodes.name", "Mục tiêu", "Targets"),
        (
            "targetIndicatorCodes",
            "area.targets.nodes.indicator.code",
            "Mã chỉ tiêu của mục tiêu",
            "Targets' indicators",
        ),
        ("targetValues", "area.targets.nodes.value", "Giá trị mục tiêu", "Target values"),
        ("targetComparisons", "area.targets.nodes.comparison", "So sánh", "Comparisons"),
        ("targetDates", "area.targets.nodes.byDate", "Hạn", "By when"),
        ("targetLegalBases", "area.targets.nodes.legalBasis", "Căn cứ", "Legal bases"),
    ),
    chart=Chart(
        ChartKind.LINE,
        "period",
        "Tỷ trọng kinh tế số trong GDP, theo từng phương pháp, và mục tiêu",
        "Digital economy's share of GDP, by method, and the targets",
        y="value",
        series="indicatorName",
        target=("targetDates", "targetValues"),
        where={"areaLevel": "COUNTRY", "breakdown": "TOTAL"},
    ),
    sources=("Cục Thống kê", "Học viện Công nghệ Bưu chính Viễn thông", "Quyết định 411/QĐ-TTg ngày 31/3/2022"),
)

COMPANIES = Dataset(
    slug="doanh-nghiep-niem-yet",
    title_vi="Doanh nghiệp niêm yết",
    title_en="Listed companies",
    description_vi="Doanh nghiệp có cổ phiếu niêm yết: mã chứng khoán, tên, sàn, ngày niêm yết, ngành.",
    description_en="Companies whose shares are listed: symbol, name, exchange, first day of listing, sector.",
    publisher=HUB,
    creator=EXCHANGES,
    contact=HUB,
    licence=MIT,
    themes=(Theme.ECONOMY,),
    keywords_vi=("doanh nghiệp", "niêm yết", "chứng khoán", "ngành"),
    keywords_en=("companies", "listed companies", "stock exchange", "sector"),
    frequency=Update.IRREGULAR,
    temporal="listedOn",
    operation=_operation("doanh-nghiep-niem-yet"),
    root="businesses",
    columns=_columns(
        "Business",
        ("symbol", "symbol", "Mã chứng khoán", "Symbol"),
        ("name", "name", "Tên", "Name"),
        ("exchange", "exchange", "Sàn", "Exchange"),
        ("listedOn", "listedOn", "Ngày niêm yết", "Listed on"),
        ("sectorCode", "inSector.code", "Mã ngành", "Sector code"),
        ("sectorName", "inSector.name", "Ngành", "Sector"),
    ),
    chart=Chart(ChartKind.BAR, "sectorName", "Số doanh nghiệp niêm yết theo ngành", "Listed companies by sector"),
    sources=("Danh sách niêm yết HOSE và HNX, tháng 3 năm 2021; bản chép của taosut/hieudoanm",),
)

TOURISM = Dataset(
    slug="doanh-thu-du-lich-lu-hanh",
    title_vi="Doanh thu du lịch lữ hành theo tỉnh",
    title_en="Travel turnover by province",
    description_vi=(
        "Doanh thu du lịch lữ hành theo giá hiện hành, theo tỉnh và năm. Tỉnh là đơn vị hành chính có hiệu lực "
        "khi số liệu được công bố. Số liệu khuyết được ghi là khuyết."
    ),
    description_en=(
        "Turnover of travel agencies at current prices, by province and year. The province is the unit in force "
        "when the figure was published. A missing figure says that it is missing."
    ),
    publisher=HUB,
    creator=NSO,
    contact=HUB,
    licence=GPL,
    themes=(Theme.ECONOMY, Theme.CULTURE),
    keywords_vi=("du lịch", "lữ hành", "doanh thu", "tỉnh"),
    keywords_en=("tourism", "travel agencies", "turnover", "province"),
    frequency=Update.ANNUAL,
    temporal="period",
    operation=_operation("doanh-thu-du-lich-lu-hanh"),
    root="observations",
    columns=_columns(
        "Observation",
        ("indicatorCode", "indicator.code", "Mã chỉ tiêu", "Indicator code"),
        ("indicatorName", "indicator.name", "Chỉ tiêu", "Indicator"),
        *_AREA,
        *_FIGURE,
    ),
    chart=Chart(
        ChartKind.BAR,
        "areaName",
        "Doanh thu du lịch lữ hành theo tỉnh, năm mới nhất",
        "Travel turnover by province, latest year",
        y="value",
        latest="period",
    ),
    sources=("Tổng cục Thống kê (StatBank, 2018-09-21), 2010-2015; bản chép của choisy/gso",),
)

DATASETS: Mapping[str, Dataset] = {
    dataset.slug: dataset for dataset in (CROPS, SIGHTS, PROVINCES, DIGITAL_ECONOMY, COMPANIES, TOURISM)
}
"""Every dataset by its slug."""
