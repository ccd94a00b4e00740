"""The code lists: each value is a code that is stored as it is written here; its text says it in Vietnamese."""

from enum import StrEnum


class Visibility(StrEnum):
    """Who may see that a record exists, by the rules of a new installation."""

    OPEN = "OPEN"
    SHARED = "SHARED"
    RESTRICTED = "RESTRICTED"


class Origin(StrEnum):
    """Whether a record states a sourced fact or is made up for demonstration."""

    FACT = "FACT"
    FICTIONAL = "FICTIONAL"


class AgencyKind(StrEnum):
    """What an agency is in the structure of the State."""

    MINISTRY = "MINISTRY"
    MINISTERIAL_BODY = "MINISTERIAL_BODY"
    GOVERNMENT_BODY = "GOVERNMENT_BODY"
    PEOPLES_COMMITTEE = "PEOPLES_COMMITTEE"
    DEPARTMENT = "DEPARTMENT"
    INSTITUTE = "INSTITUTE"


class AreaLevel(StrEnum):
    """The level of an area; districts ended on 2025-06-30."""

    COUNTRY = "COUNTRY"
    REGION = "REGION"
    PROVINCE = "PROVINCE"
    DISTRICT = "DISTRICT"
    COMMUNE = "COMMUNE"


class Share(StrEnum):
    """Whether all or a part of the older unit went to the newer one."""

    FULL = "FULL"
    PARTIAL = "PARTIAL"


class BusinessKind(StrEnum):
    """The form in which a business is run."""

    ENTERPRISE = "ENTERPRISE"
    HOUSEHOLD = "HOUSEHOLD"
    COOPERATIVE = "COOPERATIVE"
    STORE = "STORE"
    MARKET = "MARKET"
    TOURISM_PROVIDER = "TOURISM_PROVIDER"


class BusinessSize(StrEnum):
    """Size class by employees and turnover."""

    MICRO = "MICRO"
    SMALL = "SMALL"
    MEDIUM = "MEDIUM"
    LARGE = "LARGE"


class FarmKind(StrEnum):
    """What a farm produces, or that it is a cooperative."""

    CROP = "CROP"
    LIVESTOCK = "LIVESTOCK"
    MIXED = "MIXED"
    AQUACULTURE = "AQUACULTURE"
    COOPERATIVE = "COOPERATIVE"


class Certification(StrEnum):
    """A standard that a farm is certified to meet."""

    VIETGAP = "VIETGAP"
    GLOBALGAP = "GLOBALGAP"
    ORGANIC = "ORGANIC"


class Season(StrEnum):
    """The season of a crop."""

    ANNUAL = "ANNUAL"
    SPRING = "SPRING"
    AUTUMN = "AUTUMN"
    WINTER = "WINTER"


class SiteCategory(StrEnum):
    """What a tourist site is."""

    NATURAL = "NATURAL"
    CULTURAL = "CULTURAL"
    HERITAGE = "HERITAGE"
    MUSEUM = "MUSEUM"
    CRAFT_VILLAGE = "CRAFT_VILLAGE"
    RESORT = "RESORT"
    PARK = "PARK"
    VIEWPOINT = "VIEWPOINT"
    OTHER = "OTHER"


class ProductKind(StrEnum):
    """What a product is."""

    CROP = "CROP"
    LIVESTOCK = "LIVESTOCK"
    AQUATIC = "AQUATIC"
    OCOP = "OCOP"
    CRAFT = "CRAFT"
    INDUSTRIAL = "INDUSTRIAL"


class Frequency(StrEnum):
    """How often an indicator is compiled."""

    ANNUAL = "ANNUAL"
    QUARTERLY = "QUARTERLY"
    MONTHLY = "MONTHLY"
    IRREGULAR = "IRREGULAR"


class ObservationStatus(StrEnum):
    """How sure a figure is; a missing figure says so and has no value."""

    FINAL = "FINAL"
    PROVISIONAL = "PROVISIONAL"
    ESTIMATED = "ESTIMATED"
    MISSING = "MISSING"


class Comparison(StrEnum):
    """How a figure meets its target."""

    AT_LEAST = "AT_LEAST"
    OVER = "OVER"
    AT_MOST = "AT_MOST"


class AssessedKind(StrEnum):
    """What kind of organisation a set of criteria is for."""

    SME = "SME"
    LARGE_ENTERPRISE = "LARGE_ENTERPRISE"
    CORPORATE_GROUP = "CORPORATE_GROUP"
    COOPERATIVE = "COOPERATIVE"
    HOUSEHOLD = "HOUSEHOLD"
    STORE = "STORE"
    MARKET = "MARKET"
    FARM = "FARM"
    TOURIST_SITE = "TOURIST_SITE"
    MINISTRY = "MINISTRY"
    PROVINCE = "PROVINCE"
    COUNTRY = "COUNTRY"


class AnswerKind(StrEnum):
    """How a criterion is answered: yes or no, one of several answers with points, or a number in bands."""

    YES_NO = "YES_NO"
    CHOICE = "CHOICE"
    NUMBER = "NUMBER"


class CampaignPhase(StrEnum):
    """Whether a campaign is a pilot, its roll-out or a yearly one."""

    PILOT = "PILOT"
    ROLL_OUT = "ROLL_OUT"
    ANNUAL = "ANNUAL"


class AssessmentState(StrEnum):
    """How far an assessment has come; a returned one is to be mended."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    VERIFIED = "VERIFIED"
    RETURNED = "RETURNED"


class TeamLevel(StrEnum):
    """The level at which a community digital team works."""

    COMMUNE = "COMMUNE"
    HAMLET = "HAMLET"


class TaskState(StrEnum):
    """How far a task has come."""

    PLANNED = "PLANNED"
    UNDER_WAY = "UNDER_WAY"
    DONE = "DONE"


class SolutionKind(StrEnum):
    """What a digital solution is; a national platform is one that the State has named so."""

    PRODUCT = "PRODUCT"
    SERVICE = "SERVICE"
    NATIONAL_PLATFORM = "NATIONAL_PLATFORM"


class SolutionCategory(StrEnum):
    """What a digital solution is used for."""

    MANAGEMENT = "MANAGEMENT"
    ACCOUNTING = "ACCOUNTING"
    HUMAN_RESOURCES = "HUMAN_RESOURCES"
    SALES = "SALES"
    PAYMENT = "PAYMENT"
    TOURISM = "TOURISM"
    TRACEABILITY = "TRACEABILITY"
    LOGISTICS = "LOGISTICS"
    INFRASTRUCTURE = "INFRASTRUCTURE"
    SECURITY = "SECURITY"
    OTHER = "OTHER"
