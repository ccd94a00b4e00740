"""The fictional tables of the market: what is wanted, tours, digital solutions and their offers, community teams."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import Final, TypeAlias

from examples.fictional.people import MARK, day, person, telephone
from examples.fictional.surveys import SET

Cells: TypeAlias = Sequence[object]

DEMO: Final = "DEMO"
PROGRAMMES: Final = "custodian,localId,name,days,price,languages,season,soldBy,visibility"
STOPS: Final = "programme,site,position,onDay"
WANTS: Final = "business,product,demandTonnes,price,demandFrom,demandTo"
SOLUTIONS: Final = "custodian,localId,name,kind,category,summary,website,providedBy,meets,visibility"
OFFERS: Final = "custodian,localId,name,freeMonths,discountPercent,validFrom,validTo,ofSolution,inAreas,visibility"
TEAMS: Final = "custodian,localId,name,level,members,foundedOn,leaderName,leaderPhone,inArea,visibility"

_YEAR: Final = date(2026, 1, 1)
_VISIBILITY: Final = (*("OPEN",) * 8, "SHARED", "RESTRICTED")
_LANGUAGES: Final = ("vi", "vi;en", "vi;en;zh", "vi;en;fr")
_SEASONS: Final = ("quanh năm", "mùa khô", "mùa hè", "mùa lễ hội")
_CATEGORIES: Final = (
    ("ACCOUNTING", "Sổ kế toán", "OPERATIONS"),
    ("SALES", "Bán hàng", "CUSTOMER"),
    ("PAYMENT", "Thanh toán", "CUSTOMER"),
    ("TRACEABILITY", "Truy xuất", "DATA"),
    ("TOURISM", "Đặt phòng", "CUSTOMER"),
    ("LOGISTICS", "Giao hàng", "OPERATIONS"),
)
"""What a solution is for, what it is called, and the pillar of the set of criteria that it helps with."""
_TEAM_LEVELS: Final = (("COMMUNE", "Tổ công nghệ số xã"), ("HAMLET", "Tổ công nghệ số thôn"))


def span(chance: Random) -> tuple[str, str]:
    """The first and the last day of some weeks of a year."""
    first = _YEAR + timedelta(days=chance.randrange(300))
    return first.isoformat(), (first + timedelta(days=chance.randrange(14, 120))).isoformat()


def programmes(chance: Random, sellers: Sequence[str], number: int) -> Iterator[Cells]:
    """Tours of that number, each sold by one business or two."""
    for one in range(1, number + 1):
        days = chance.randint(1, 5)
        yield (
            f"{DEMO}.DL",
            f"P{one:06d}",
            f"Chương trình {days} ngày số {one} {MARK}",
            days,
            days * chance.randrange(5, 30) * 100_000,
            chance.choice(_LANGUAGES),
            chance.choice(_SEASONS),
            ";".join(chance.sample(sellers, min(len(sellers), chance.randint(1, 2)))),
            chance.choice(_VISIBILITY),
        )


def stops(chance: Random, sites: Sequence[str], number: int) -> Iterator[Cells]:
    """The sites that each of these tours visits, one a day."""
    for one in range(1, number + 1):
        for place, site in enumerate(chance.sample(sites, min(len(sites), chance.randint(1, 4))), start=1):
            yield f"{DEMO}.DL-P{one:06d}", site, place, place


def wants(chance: Random, buyers: Sequence[str], products: Sequence[str]) -> Iterator[Cells]:
    """What every other of these businesses wants to buy, how much, for how much and when."""
    for buyer in buyers[::2]:
        for product in chance.sample(products, min(len(products), chance.randint(1, 2))):
            yield (
                buyer,
                product,
                chance.randrange(5, 500),
                chance.randrange(50, 600) * 100_000,
                *span(chance),
            )


def solutions(chance: Random, providers: Sequence[str], number: int) -> Iterator[Cells]:
    """Digital products and services of that number."""
    for one in range(1, number + 1):
        category, called, pillar = _CATEGORIES[one % len(_CATEGORIES)]
        yield (
            DEMO,
            f"G{one:06d}",
            f"{called} số {one} {MARK}",
            chance.choice(("PRODUCT", "SERVICE")),
            category,
            f"Phần mềm {called.lower()} cho hộ và cửa hàng {MARK}",
            f"https://g{one:06d}.example",
            chance.choice(providers) if providers else "",
            f"{SET}/{pillar}",
            chance.choice(_VISIBILITY),
        )


def offers(chance: Random, areas: Sequence[str], number: int) -> Iterator[Cells]:
    """One offer of each of these solutions, in some provinces or in all."""
    for one in range(1, number + 1):
        months = chance.choice((6, 6, 9, 12))
        yield (
            DEMO,
            f"U{one:06d}",
            f"Dùng thử {months} tháng số {one} {MARK}",
            months,
            chance.choice(("", 10, 20, 30)),
            *span(chance),
            f"{DEMO}-G{one:06d}",
            ";".join(chance.sample(areas, chance.choice((0, 1, 3)))),
            chance.choice(_VISIBILITY),
        )


def teams(chance: Random, areas: Sequence[str], number: int) -> Iterator[Cells]:
    """Community digital teams of that number."""
    for one in range(1, number + 1):
        level, called = chance.choice(_TEAM_LEVELS)
        yield (
            DEMO,
            f"T{one:06d}",
            f"{called} {one} {MARK}",
            level,
            chance.randint(5, 8),
            day(chance),
            person(chance),
            telephone(chance),
            chance.choice(areas),
            chance.choice(_VISIBILITY),
        )
