"""Sets of criteria, their criteria and levels: by what organisations assess how digital they are."""

from datetime import date
from decimal import Decimal

from schema.model import Code, One, field, link, record
from schema.types.base import Record
from schema.types.codes import AnswerKind, AssessedKind


@record("criteriaSets", "{code}@{version}", "Bộ tiêu chí", "A set of criteria for self-assessment, in one version")
class CriteriaSet(Record):
    """Key: code and version. Versions have scales of their own, so their scores cannot be compared."""

    code: Code = field("Mã", "Code", required=True)
    version: Code = field("Phiên bản", "Version", required=True)
    applies_to: list[AssessedKind] = field("Đối tượng áp dụng", "Kinds of organisations that it is for")
    max_points: Decimal = field("Điểm tối đa", "Points in all, at most", decimals=2)
    legal_basis: str = field("Căn cứ", "The decision that issues it")
    valid_from: date = field("Có hiệu lực từ", "First day on which it is in force")
    valid_to: date = field("Hết hiệu lực", "Last day on which it is in force; none while it is")
    in_sector: One = link(
        "CRITERIA_IN_SECTOR",
        "Sector",
        "Thuộc lĩnh vực",
        "Sector it is for",
        back=("criteria_sets", "Bộ tiêu chí của lĩnh vực", "Sets of criteria for the sector"),
    )
    issued_by: One = link(
        "CRITERIA_ISSUED_BY",
        "Agency",
        "Cơ quan ban hành",
        "Agency that issued it",
        back=("criteria_sets", "Bộ tiêu chí đã ban hành", "Sets of criteria it issued"),
    )
    replaces: One = link(
        "REPLACES_CRITERIA",
        "CriteriaSet",
        "Thay thế",
        "The set that it replaces",
        back=("replaced_by", "Được thay bởi", "Sets that replace it"),
    )


@record("criteria", "{inSet}/{code}", "Tiêu chí, trụ cột", "One criterion of a set, or a pillar that groups several")
class Criterion(Record):
    """Key: the set and the code within it. A pillar is a criterion that others are part of; it asks nothing itself."""

    code: Code = field("Mã", "Code within the set", required=True)
    question: str = field("Câu hỏi", "What is asked")
    question_en: str = field("Câu hỏi, tiếng Anh", "What is asked, in English")
    answer_kind: AnswerKind = field("Kiểu trả lời", "How it is answered; none of a pillar")
    scale: list[Code] = field(
        "Thang điểm",
        "Points of each answer as `answer=points`; of a number, from where each band begins: `10=2`",
    )
    weight: Decimal = field("Trọng số", "Weight in the score", decimals=4)
    max_points: Decimal = field("Điểm tối đa", "Points, at most", decimals=2)
    criteria_count: int = field("Số tiêu chí", "Number of criteria in it, of a pillar")
    evidence: str = field("Minh chứng", "Evidence asked for")
    in_set: One = link(
        "CRITERION_IN_SET",
        "CriteriaSet",
        "Thuộc bộ tiêu chí",
        "The set it belongs to",
        back=("criteria", "Tiêu chí", "Its criteria and pillars"),
    )
    part_of: One = link(
        "PART_OF_CRITERION",
        "Criterion",
        "Thuộc trụ cột",
        "The pillar it is part of",
        back=("parts", "Gồm", "Criteria of the pillar"),
    )


@record(
    "maturityLevels", "{ofSet}/{number}", "Mức độ trưởng thành số", "A level of digital maturity, and what it takes"
)
class MaturityLevel(Record):
    """Key: the set and the number. What is reached is the highest level of which every condition holds."""

    number: int = field("Mức", "Number; 0 is the lowest", required=True)
    above_points: Decimal = field("Điểm phải vượt", "The score must be above this", decimals=2)
    pillars: int = field("Số trụ cột", "So many pillars must each have reached `pillarLevel`")
    pillar_level: int = field("Mức của trụ cột", "The level that these pillars must have reached")
    pillar_percent: Decimal = field(
        "Tỷ lệ điểm của trụ cột, %",
        "A pillar stands at this level up to this share of its own points, per cent; at level 0 below it",
        decimals=2,
    )
    of_set: One = link(
        "LEVEL_OF_SET",
        "CriteriaSet",
        "Của bộ tiêu chí",
        "The set whose level it is",
        back=("levels", "Các mức", "Its levels"),
    )
