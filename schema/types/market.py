"""Digital products and services, and what is offered of them to whom."""

from datetime import date
from decimal import Decimal

from schema.model import Code, Many, One, field, link, record
from schema.types.base import Record
from schema.types.codes import SolutionCategory, SolutionKind


@record("solutions", "{custodian}-{localId}", "Sản phẩm, dịch vụ số", "A digital product, service or platform")
class Solution(Record):
    """Key: custodian and the custodian's own id."""

    kind: SolutionKind = field("Loại", "A product, a service or a national platform")
    category: SolutionCategory = field("Nhóm", "What it is used for")
    summary: str = field("Giới thiệu", "What it does")
    website: Code = field("Trang web", "Web site")
    provided_by: One = link(
        "PROVIDED_BY",
        "Business",
        "Đơn vị cung cấp",
        "Business that provides it",
        back=("solutions", "Sản phẩm, dịch vụ số cung cấp", "Digital products and services it provides"),
    )
    meets: Many = link(
        "MEETS_CRITERION",
        "Criterion",
        "Đáp ứng tiêu chí",
        "Criteria that it helps to meet",
        back=("met_by", "Sản phẩm, dịch vụ số đáp ứng", "Solutions that help to meet it"),
    )


@record("offers", "{custodian}-{localId}", "Ưu đãi", "A free trial or a discount on a digital product or service")
class Offer(Record):
    """Key: custodian and the custodian's own id."""

    free_months: int = field("Số tháng dùng thử miễn phí", "Months of free trial")
    discount_percent: Decimal = field("Giảm giá, %", "Discount, per cent of the price", decimals=2)
    conditions: str = field("Điều kiện", "Conditions on which it is given")
    valid_from: date = field("Có từ", "First day")
    valid_to: date = field("Đến hết", "Last day; none while it is open")
    of_solution: One = link(
        "OFFER_OF",
        "Solution",
        "Của sản phẩm, dịch vụ số",
        "Solution that is offered",
        back=("offers", "Ưu đãi", "Offers of it"),
    )
    in_areas: Many = link(
        "OFFERED_IN",
        "Area",
        "Áp dụng tại",
        "Areas in which it is given; none is everywhere",
        back=("offers", "Ưu đãi trên địa bàn", "Offers in the area"),
    )
    for_sectors: Many = link(
        "OFFERED_FOR",
        "Sector",
        "Dành cho lĩnh vực",
        "Sectors for which it is given; none is all",
        back=("offers", "Ưu đãi cho lĩnh vực", "Offers for the sector"),
    )
