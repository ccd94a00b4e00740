"""The fictional tables of surveys: two campaigns, businesses' self-assessments in them, and tasks of agencies.

The campaigns use the one set whose points and levels are published, DBI.SME@2021, in the years when it was in force.
Its questions are not published, so an assessment answers each pillar with the points of its criteria together.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final, TypeAlias

from examples.fictional.people import MARK, person, telephone
from examples.fictional.scoring import Pillar, Points, Scale

Cells: TypeAlias = Sequence[object]

SET: Final = "DBI.SME@2021"
CAMPAIGNS: Final = "custodian,localId,name,phase,opensOn,closesOn,publishesOn,invited,uses,inAreas,runBy,visibility"
ASSESSMENTS: Final = (
    "custodian,localId,name,state,submittedAt,score,level,contactName,contactPhone,ofBusiness,uses,inCampaign,helpedBy,"
    "lacks,visibility"
)
ANSWERS: Final = "assessment,criterion,points"
TASKS: Final = "custodian,localId,name,dueOn,state,progress,reportedOn,legalBasis,ledBy,supportedBy,inSector,visibility"

_DEMO: Final = "DEMO"
_ANSWERING: Final = 0.85
"""The share of the invited that answer."""
_STATES: Final = (*("VERIFIED",) * 12, *("SUBMITTED",) * 5, "RETURNED", *("DRAFT",) * 2)
_VISIBILITY: Final = (*("OPEN",) * 7, *("SHARED",) * 2, "RESTRICTED")
_PILOT_PROVINCES: Final = 12
_SPREAD: Final = 0.2
"""Of the answers to a pillar's criteria around what the business is able to, in shares of a criterion's points."""
_WORK: Final = (
    ("TRADE", "Đưa cửa hàng lên sàn thương mại điện tử"),
    ("TOURISM", "Số hóa hồ sơ điểm du lịch"),
    ("AGRICULTURE", "Cấp mã truy xuất cho hợp tác xã"),
    ("MANUFACTURING", "Khảo sát mức độ sẵn sàng của xưởng sản xuất"),
    ("LOGISTICS", "Kết nối kho bãi và vận chuyển"),
    ("DIGITAL_ECONOMY", "Tổng hợp kết quả tự đánh giá"),
)
_QUARTERS: Final = ("2026-09-30", "2026-12-31", "2027-03-31", "2027-06-30")
_PROGRESS: Final = {
    "PLANNED": "chưa bắt đầu",
    "UNDER_WAY": "đang thu thập số liệu",
    "DONE": "đã hoàn thành và báo cáo",
}
_REPORTED: Final = date(2026, 6, 30)


@dataclass(frozen=True, slots=True)
class Place:
    """A province of before July 2025 and the one that it is part of today, by their keys, and its first day."""

    before: str
    today: str
    since: date


@dataclass(frozen=True, slots=True)
class Business:
    """What a survey has to know of a business that the set of criteria is for."""

    key: str
    custodian: str
    founded: date
    province: str


@dataclass(frozen=True, slots=True)
class Team:
    """A community team, since when it is there and where."""

    key: str
    founded: date
    province: str


@dataclass(frozen=True, slots=True)
class Campaign:
    """A survey: its own id, its days, where it is run, and who is invited."""

    own: str
    name: str
    phase: str
    opens: date
    closes: date
    areas: tuple[str, ...]
    invited: tuple[Business, ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """One self-assessment: its row, and the points of the pillars that are answered."""

    row: Cells
    key: str
    points: Points


def plan(chance: Random, country: str, places: Sequence[Place], businesses: Sequence[Business]) -> list[Campaign]:
    """A pilot in some provinces, then a roll-out in all of them; whoever was there on the first day is invited."""
    first, second = date(2022, 4, 1), date(2023, 3, 1)
    there = [place for place in places if place.since <= first]
    chosen = chance.sample(there, min(len(there), _PILOT_PROVINCES))
    near = {place.today for place in chosen}
    return [
        Campaign(
            "C2022",
            f"Tự đánh giá thí điểm 2022 {MARK}",
            "PILOT",
            first,
            date(2022, 6, 30),
            tuple(sorted(place.before for place in chosen)),
            tuple(one for one in businesses if one.founded < first and one.province in near),
        ),
        Campaign(
            "C2023",
            f"Tự đánh giá mở rộng 2023 {MARK}",
            "ROLL_OUT",
            second,
            date(2023, 8, 31),
            (country,),
            tuple(one for one in businesses if one.founded < second),
        ),
    ]


def campaigns(planned: Sequence[Campaign]) -> Iterator[Cells]:
    """The rows of the campaigns."""
    for one in planned:
        yield (
            _DEMO,
            one.own,
            one.name,
            one.phase,
            one.opens,
            one.closes,
            one.closes + timedelta(days=60),
            len(one.invited),
            SET,
            ";".join(one.areas),
            _DEMO,
            "OPEN",
        )


def assessments(
    chance: Random, scale: Scale, planned: Sequence[Campaign], teams: Sequence[Team]
) -> Iterator[Assessment]:
    """What the invited sent in; in a later campaign a business is as able as in an earlier one, or more."""
    survey = _Survey(chance, scale, teams)
    able: dict[str, float] = {}
    number = 0
    for campaign in planned:
        for business in campaign.invited:
            if chance.random() < _ANSWERING:
                number += 1
                able[business.key] = max(able.get(business.key, 0.0), chance.betavariate(2, 2))
                yield survey.filled_in(number, campaign, business, able[business.key])


@dataclass(frozen=True, slots=True)
class _Survey:
    chance: Random
    scale: Scale
    teams: Sequence[Team]

    def filled_in(self, number: int, campaign: Campaign, business: Business, able: float) -> Assessment:
        """An assessment of a business that is able to so much, from 0 to 1."""
        chance, own = self.chance, f"A{number:06d}"
        points = {each.key: self._points(each, able) for each in self.scale.pillars}
        state = chance.choice(_STATES)
        near = [one for one in self.teams if one.province == business.province and one.founded <= campaign.opens]
        told: Cells = (self._instant(campaign), sum(points.values()), self.scale.level(points))
        lacks = self.scale.lacks(points)
        if state == "DRAFT":
            told, lacks = ("", "", ""), ()
            points = {key: points[key] for key in sorted(points)[: chance.randrange(len(points))]}
        row = (
            business.custodian,
            own,
            f"Phiếu tự đánh giá {number} {MARK}",
            state,
            *told,
            person(chance),
            telephone(chance),
            business.key,
            self.scale.set_key,
            f"{_DEMO}-{campaign.own}",
            chance.choice(near).key if near else "",
            ";".join(lacks),
            chance.choice(_VISIBILITY),
        )
        return Assessment(row, f"{business.custodian}-{own}", points)

    def _points(self, pillar: Pillar, able: float) -> int:
        """The points of a pillar: those of its criteria, each answered on its own."""
        each = pillar.most // pillar.criteria
        answered = (round(each * (able + self.chance.gauss(0, _SPREAD))) for _ in range(pillar.criteria))
        return sum(min(each, max(0, answer)) for answer in answered)

    def _instant(self, campaign: Campaign) -> str:
        """An instant of a working hour in Viet Nam, in UTC, of some day on which the campaign is open."""
        on = campaign.opens + timedelta(days=self.chance.randrange((campaign.closes - campaign.opens).days + 1))
        return f"{on.isoformat()}T{self.chance.randrange(1, 10):02d}:{self.chance.randrange(60):02d}:00Z"


def answers(made: Sequence[Assessment]) -> Iterator[Cells]:
    """The points of each pillar that each of these answers."""
    for one in made:
        for pillar, points in one.points.items():
            yield one.key, pillar, points


def tasks(chance: Random, leads: Mapping[str, str]) -> Iterator[Cells]:
    """Two tasks for each sector, led by its fictional agency where `leads` has one, supported by another."""
    agencies = sorted({_DEMO, *leads.values()})
    for number, (sector, work) in enumerate((*_WORK, *_WORK), start=1):
        state = chance.choice(tuple(_PROGRESS))
        lead = leads.get(sector, _DEMO)
        yield (
            _DEMO,
            f"N{number:06d}",
            f"{work}, đợt {1 + (number - 1) // len(_WORK)} {MARK}",
            chance.choice(_QUARTERS),
            state,
            _PROGRESS[state],
            "" if state == "PLANNED" else _REPORTED + timedelta(days=chance.randrange(60)),
            f"Kế hoạch {number}/KH-DEMO {MARK}",
            lead,
            chance.choice([one for one in agencies if one != lead]),
            sector,
            "OPEN",
        )
