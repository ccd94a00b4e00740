"""Businesses, farms, tourist sites, programmes and products: who produces what, where, and who wants it."""

from datetime import date
from decimal import Decimal

from schema.masks import CELL, FIRST_WORD, MONTH, YEAR, first, rounded
from schema.model import (
    PERSONAL,
    RESTRICTED,
    SHARED,
    Code,
    Long,
    Many,
    One,
    Place,
    field,
    link,
    record,
)
from schema.types.base import Record
from schema.types.codes import (
    BusinessKind,
    BusinessSize,
    Certification,
    FarmKind,
    ProductKind,
    Season,
    SiteCategory,
)


class Crop:
    """What a farm grows of a product, as on the link between them."""

    area_ha: Decimal = field("Diện tích, ha", "Area under it, hectares", decimals=2)
    season: Season = field("Vụ", "Season")
    yearly_tonnes: Decimal = field("Sản lượng, tấn/năm", "Yearly output, tonnes", decimals=2)
    supply_tonnes: Decimal = field("Lượng chào bán, tấn", "Quantity for sale, tonnes", decimals=2)
    supply_from: date = field("Bán từ", "First day on which it is for sale")
    supply_to: date = field("Bán đến hết", "Last day on which it is for sale")


class Demand:
    """How much of a product a business wants, at what price and when, as on the link between them."""

    demand_tonnes: Decimal = field("Lượng cần mua, tấn", "Quantity wanted, tonnes", decimals=2)
    price: Long = field("Giá, đồng/tấn", "Price offered, VND per tonne")
    demand_from: date = field("Mua từ", "First day on which it is wanted")
    demand_to: date = field("Mua đến hết", "Last day on which it is wanted")


class Stop:
    """Where a site stands in a programme, as on the link between them."""

    position: int = field("Thứ tự", "Place in the order of visits, from 1")
    on_day: int = field("Ngày thứ", "Day of the programme, from 1")


@record(
    "businesses",
    "{custodian}-{localId}",
    "Doanh nghiệp, hộ kinh doanh",
    "An enterprise, household business, cooperative, store or market",
)
class Business(Record):
    """Key: custodian and the custodian's own id; a tax code is a plain field (a household's is its owner's)."""

    kind: BusinessKind = field("Loại hình", "Form")
    size: BusinessSize = field("Quy mô", "Size class")
    symbol: Code = field("Mã chứng khoán", "Stock symbol, of a listed company")
    exchange: Code = field("Sàn", "Exchange on which it is listed")
    listed_on: date = field("Ngày niêm yết", "First day of listing")
    founded_on: date = field("Ngày thành lập", "Day of foundation", masks=(MONTH, YEAR))
    website: Code = field("Trang web", "Web site")
    address: str = field("Địa chỉ", "Address", of=SHARED)
    employees: int = field("Số lao động", "Number of employees", of=SHARED, masks=(rounded(10), rounded(100)))
    turnover: Long = field(
        "Doanh thu, triệu đồng", "Yearly turnover, million VND", of=RESTRICTED, masks=(rounded(100), rounded(1000))
    )
    tax_code: Code = field("Mã số thuế", "Tax code", of=PERSONAL, masks=(first(2),))
    owner_name: str = field("Chủ hộ, người đại diện", "Owner or representative", of=PERSONAL, masks=(FIRST_WORD,))
    owner_phone: Code = field("Điện thoại", "The owner's telephone", of=PERSONAL, masks=(first(4),))
    consents: list[Code] = field(
        "Mục đích chủ đồng ý", "Purposes to which the owner consents that personal data be used", of=RESTRICTED
    )
    in_sector: One = link(
        "IN_SECTOR",
        "Sector",
        "Thuộc ngành",
        "Its sector",
        back=("businesses", "Doanh nghiệp trong ngành", "Businesses of the sector"),
    )
    located_in: One = link(
        "BUSINESS_LOCATED_IN",
        "Area",
        "Thuộc địa bàn",
        "Area it lies in",
        back=("businesses", "Doanh nghiệp trên địa bàn", "Businesses in the area"),
    )
    offers: Many = link(
        "OFFERS",
        "Product",
        "Cung cấp",
        "Products it offers",
        back=("offered_by", "Được cung cấp bởi", "Businesses that offer it"),
    )
    wants: Many = link(
        "WANTS",
        "Product",
        "Cần mua",
        "Products it wants to buy",
        edge=Demand,
        back=("wanted_by", "Được cần mua bởi", "Businesses that want to buy it"),
    )


@record("farms", "{custodian}-{localId}", "Trang trại, hợp tác xã", "A farm or an agricultural cooperative")
class Farm(Record):
    """Key: custodian and the custodian's own id."""

    kind: FarmKind = field("Loại hình", "What it produces")
    area_ha: Decimal = field("Diện tích, ha", "Land, hectares", decimals=2, masks=(rounded(1, decimals=2),))
    herd_size: int = field("Quy mô đàn", "Head of livestock")
    certifications: list[Certification] = field("Chứng nhận", "Standards it is certified to meet")
    founded_on: date = field("Ngày thành lập", "Day of foundation", masks=(MONTH, YEAR))
    yearly_revenue: Long = field(
        "Doanh thu, triệu đồng", "Yearly revenue, million VND", of=RESTRICTED, masks=(rounded(100), rounded(1000))
    )
    inspection_note: str = field("Ghi chú kiểm tra", "The inspectors' note", of=SHARED)
    owner_name: str = field("Chủ trang trại", "Owner", of=PERSONAL, masks=(FIRST_WORD,))
    owner_phone: Code = field("Điện thoại chủ trang trại", "The owner's telephone", of=PERSONAL, masks=(first(4),))
    consents: list[Code] = field(
        "Mục đích chủ đồng ý", "Purposes to which the owner consents that personal data be used", of=RESTRICTED
    )
    location: Place = field("Vị trí", "Where it lies", of=PERSONAL, masks=(CELL,))
    located_in: One = link(
        "FARM_LOCATED_IN",
        "Area",
        "Thuộc địa bàn",
        "Area it lies in",
        back=("farms", "Trang trại trên địa bàn", "Farms in the area"),
    )
    grows: Many = link(
        "GROWS",
        "Product",
        "Trồng, nuôi",
        "Products it grows",
        edge=Crop,
        back=("grown_by", "Được trồng bởi", "Farms that grow it"),
    )
    sells_to: Many = link(
        "SELLS_TO",
        "Business",
        "Bán cho",
        "Businesses that buy from it",
        of=SHARED,
        back=("buys_from", "Mua của", "Farms that it buys from"),
    )


@record(
    "touristSites", "{custodian}-{localId}", "Điểm du lịch", "A sight, heritage, craft village or other place to visit"
)
class TouristSite(Record):
    """Key: custodian and the custodian's own id."""

    category: SiteCategory = field("Loại", "What it is")
    location: Place = field("Vị trí", "Where it lies")
    recognised_level: Code = field("Cấp công nhận", "Level at which it is recognised")
    ticket_price: Long = field("Giá vé, đồng", "Ticket price, VND")
    opening_hours: str = field("Giờ mở cửa", "Opening hours")
    capacity: int = field("Sức chứa", "Visitors at a time")
    features: list[Code] = field("Tiện ích", "Smart features")
    located_in: One = link(
        "SITE_LOCATED_IN",
        "Area",
        "Thuộc địa bàn",
        "Area it lies in",
        back=("tourist_sites", "Điểm du lịch trên địa bàn", "Tourist sites in the area"),
    )
    operated_by: One = link(
        "OPERATED_BY",
        "Business",
        "Đơn vị khai thác",
        "Business that operates it",
        back=("operates", "Khai thác", "Tourist sites it operates"),
    )


@record(
    "tourismProgrammes",
    "{custodian}-{localId}",
    "Chương trình du lịch",
    "A tour: the sites it visits in order, its days and its price",
)
class TourismProgramme(Record):
    """Key: custodian and the custodian's own id."""

    days: int = field("Số ngày", "Number of days")
    price: Long = field("Giá, đồng/người", "Price, VND for each person")
    languages: list[Code] = field("Ngôn ngữ", "Languages of its guides, as codes of ISO 639-1: `vi`, `en`")
    season: str = field("Mùa", "Season in which it is run")
    visits: Many = link(
        "VISITS",
        "TouristSite",
        "Tham quan",
        "Tourist sites it visits",
        edge=Stop,
        back=("on_programmes", "Trong chương trình", "Programmes that visit it"),
    )
    sold_by: Many = link(
        "SOLD_BY",
        "Business",
        "Đơn vị bán",
        "Businesses that sell it",
        back=("sells_programmes", "Bán chương trình", "Tourism programmes it sells"),
    )


@record("products", "{code}", "Sản phẩm", "A crop, animal, craft or industrial product")
class Product(Record):
    """Key: its code."""

    code: Code = field("Mã", "Code", required=True)
    kind: ProductKind = field("Loại", "What it is")
    hs_code: Code = field("Mã HS", "Code of the Harmonized System, as far as its digits go")
    ocop_stars: int = field("Sao OCOP", "Stars in the programme One Commune One Product")
    geographical_indication: str = field("Chỉ dẫn địa lý", "Protected geographical indication")
