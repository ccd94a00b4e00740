"""Campaigns of self-assessment, the assessments, and the teams that help with them."""

from datetime import date, datetime
from decimal import Decimal

from schema.masks import FIRST_WORD, first
from schema.model import PERSONAL, RESTRICTED, SHARED, Code, Many, One, field, link, record
from schema.types.base import Record
from schema.types.codes import AssessmentState, CampaignPhase, TeamLevel


class Answer:
    """What was answered to a criterion, as on the link from the assessment."""

    answer: Code = field("Trả lời", "The answer, as the criterion's scale names it, or the number")
    points: Decimal = field("Điểm", "Points it earned", decimals=2)


@record("campaigns", "{custodian}-{localId}", "Đợt khảo sát", "A survey in which organisations assess themselves")
class Campaign(Record):
    """Key: custodian and the custodian's own id."""

    phase: CampaignPhase = field("Giai đoạn", "A pilot, its roll-out or a yearly survey")
    opens_on: date = field("Mở", "First day on which assessments are taken")
    closes_on: date = field("Đóng", "Last day on which assessments are taken")
    publishes_on: date = field("Công bố", "Day on which the results are published")
    invited: int = field("Số đơn vị được mời", "Number of organisations invited")
    uses: One = link(
        "USES_CRITERIA",
        "CriteriaSet",
        "Dùng bộ tiêu chí",
        "Set of criteria that it uses",
        back=("campaigns", "Đợt khảo sát dùng bộ này", "Campaigns that use it"),
    )
    in_areas: Many = link(
        "CAMPAIGN_IN_AREA",
        "Area",
        "Trên địa bàn",
        "Areas in which it is run",
        back=("campaigns", "Đợt khảo sát trên địa bàn", "Campaigns in the area"),
    )
    in_sector: One = link(
        "CAMPAIGN_IN_SECTOR",
        "Sector",
        "Thuộc lĩnh vực",
        "Sector it is about",
        back=("campaigns", "Đợt khảo sát của lĩnh vực", "Campaigns of the sector"),
    )
    run_by: One = link(
        "RUN_BY",
        "Agency",
        "Cơ quan tổ chức",
        "Agency that runs it",
        back=("campaigns", "Đợt khảo sát đã tổ chức", "Campaigns it runs"),
    )


@record(
    "teams",
    "{custodian}-{localId}",
    "Tổ công nghệ số cộng đồng",
    "A community digital team, which helps households and shops",
)
class Team(Record):
    """Key: custodian and the custodian's own id."""

    level: TeamLevel = field("Cấp", "Level at which it works")
    members: int = field("Số thành viên", "Number of members")
    founded_on: date = field("Ngày thành lập", "Day of foundation")
    leader_name: str = field("Tổ trưởng", "Who leads it", of=PERSONAL, masks=(FIRST_WORD,))
    leader_phone: Code = field("Điện thoại tổ trưởng", "The leader's telephone", of=PERSONAL, masks=(first(4),))
    in_area: One = link(
        "TEAM_IN_AREA",
        "Area",
        "Trên địa bàn",
        "Area in which it works",
        back=("teams", "Tổ công nghệ số trên địa bàn", "Community digital teams in the area"),
    )


@record(
    "assessments",
    "{custodian}-{localId}",
    "Phiếu tự đánh giá",
    "An organisation's assessment of itself: a business's, a farm's or a tourist site's",
)
class Assessment(Record):
    """Key: custodian and the custodian's own id. Answers, score and level belong to the organisation."""

    state: AssessmentState = field("Trạng thái", "How far it has come")
    submitted_at: datetime = field("Gửi lúc", "When it was submitted last")
    score: Decimal = field("Điểm", "Score by the set's weights", of=RESTRICTED, decimals=2)
    level: int = field("Mức đạt được", "Number of the level that was reached", of=RESTRICTED)
    contact_name: str = field("Người điền phiếu", "Who filled it in", of=PERSONAL, masks=(FIRST_WORD,))
    contact_phone: Code = field("Điện thoại", "Telephone of who filled it in", of=PERSONAL, masks=(first(4),))
    of_business: One = link(
        "ASSESSMENT_OF_BUSINESS",
        "Business",
        "Của doanh nghiệp",
        "Business that assesses itself",
        of=SHARED,
        back=("assessments", "Phiếu tự đánh giá", "Its self-assessments"),
    )
    of_farm: One = link(
        "ASSESSMENT_OF_FARM",
        "Farm",
        "Của trang trại",
        "Farm that assesses itself",
        of=SHARED,
        back=("assessments", "Phiếu tự đánh giá", "Its self-assessments"),
    )
    of_site: One = link(
        "ASSESSMENT_OF_SITE",
        "TouristSite",
        "Của điểm du lịch",
        "Tourist site that is assessed",
        of=SHARED,
        back=("assessments", "Phiếu tự đánh giá", "Its self-assessments"),
    )
    uses: One = link(
        "ASSESSED_BY",
        "CriteriaSet",
        "Theo bộ tiêu chí",
        "Set of criteria that it answers",
        back=("assessments", "Phiếu theo bộ này", "Assessments by it"),
    )
    in_campaign: One = link(
        "IN_CAMPAIGN",
        "Campaign",
        "Trong đợt khảo sát",
        "Campaign that it is part of",
        back=("assessments", "Phiếu đã nhận", "Assessments in it"),
    )
    helped_by: One = link(
        "HELPED_BY",
        "Team",
        "Tổ công nghệ số giúp",
        "Team that helped to fill it in",
        back=("helped", "Phiếu đã giúp", "Assessments it helped with"),
    )
    answers: Many = link(
        "ANSWERS",
        "Criterion",
        "Trả lời",
        "Criteria that it answers, and how",
        of=RESTRICTED,
        edge=Answer,
        back=("answered_by", "Phiếu trả lời", "Assessments that answer it"),
    )
    lacks: Many = link(
        "LACKS",
        "Criterion",
        "Chưa đạt",
        "Criteria that it does not meet",
        of=RESTRICTED,
        back=("lacked_by", "Phiếu chưa đạt", "Assessments that do not meet it"),
    )
