"""Facts that texts state, not files: who leads, what was measured, what was promised.

The texts are in English and mark provinces and ministries by their names; each figure is looked for in the sentence or
the row of a table where it must stand.
"""

import re
from typing import Final

from examples.originals import Originals, Row
from examples.verdicts import OWN, Unchecked, Verdict, differs, found

_COUNTRY: Final = "VN"

_LEADS: Final = {
    "MOIT": "Industry and Trade",
    "MCST": "Culture, Sports and Tourism",
    "MARD": "Agriculture and Rural Development",
    "MAE": "Agriculture and Environment",
    "MIC": "Information and Communications",
    "MOST": "Science and Technology",
}


def responsibility(row: Row, originals: Originals) -> Verdict:
    text = originals.text("domain.md")
    sentence = text[text.index("Lead agencies:") : text.index("Administrative units:")]
    sector = row["sector"].replace("_", " ").lower()
    for agencies, sectors in re.findall(r"([^()]+)\(([^()]+)\)", sentence):
        if _LEADS[row["agency"]] in agencies and sector in sectors.split(", "):
            return None
    return f"{_LEADS[row['agency']]} does not lead {sector} in the text"


def indicator(row: Row, originals: Originals) -> Verdict:
    if row["source"] != "law-0517":
        raise Unchecked(OWN)
    return found(originals.text("facts.md"), rf"{row['code']}.{{0,8}}{re.escape(row['name'])}")


def digital_economy(row: Row, originals: Originals) -> Verdict:
    facts, domain = originals.text("facts.md"), originals.text("domain.md")
    day, indicator_ = _RELEASES[row["source"]]
    if day and day not in facts + domain:
        return f"no release of {day} in the texts"
    text = domain if row["source"] == "letter-5473" else facts
    return found(text, _figure(row)) or differs(
        releasedOn=(row["releasedOn"], day),
        indicator=(row["indicator"], indicator_),
        status=(row["status"], _status(row)),
        country=(row["area"] == _COUNTRY, row["source"] != "ptit-provinces"),
        total=(row["breakdown"] == "TOTAL" or indicator_ != "PTIT.SHARE", True),
    )


_RELEASES: Final = {
    "nso-2023": ("2023-12-04", "0517"),
    "nso-2025": ("2025-01-06", "0517"),
    "nso-2026": ("2026-01-05", "0517"),
    "letter-5473": ("2024-12-21", "PTIT.SHARE"),
    "ptit-2023": ("2023-09-14", "PTIT.STRUCTURE"),
    "ptit-provinces": ("", "PTIT.SHARE"),
}
"""The day of each release, where it is known, and the indicator that it is of."""


def _status(row: Row) -> str:
    """The first release was revised; PTIT, averages up to an estimated year, 2024 and 2025 are estimates."""
    if row["source"] == "nso-2023":
        return "PROVISIONAL"
    return (
        "FINAL" if row["source"] == "nso-2025" and row["period"] < "2024" and "/" not in row["period"] else "ESTIMATED"
    )


def _figure(row: Row) -> str:
    """What the text must have for the figure to stand in it."""
    value, period, breakdown = re.escape(row["value"]), row["period"], row["breakdown"]
    match row["indicator"], breakdown:
        case "PTIT.STRUCTURE", _:
            return rf"{period}: 14\.26 % = .*{value} % {breakdown}"
        case "PTIT.SHARE", _ if row["area"] != "VN":
            return rf"PTIT {period}, % of GRDP:[^|]*{_NAMES[row['area'].partition('@')[0]]} {value}\b"
        case "PTIT.SHARE", _:
            return rf"PTIT estimate[^.]*: .*\b{period} {value} %"
        case _, "AGRICULTURE" | "INDUSTRY_CONSTRUCTION" | "SERVICES":
            return rf"{period} by sector: .*{breakdown.lower().replace('_', ' and ')} {value}\b"
        case _ if "/" in period:
            first, _, last = period.partition("/")
            core = r"[\d.]+ \((core )?"
            others = {"TOTAL": "", "CORE": core, "DIGITALISED": rf"{core}[\d.]+, (digitalised )?"}
            return rf"Averages: .*{first}-{last[2:]} (about )?{others[breakdown]}{value}\b"
        case _:
            column = {"TOTAL": 0, "CORE": 1, "DIGITALISED": 2}[breakdown]
            first = row["releasedOn"] == "2023-12-04"
            cell = rf"([^|]*first release {value}\)|{value} \(first)" if first else rf"{value}( est\.)? [|(]"
            return rf"\| {period} \| ([^|]*\| ){{{column}}}{cell}"


_NAMES: Final = {
    "27": "Bắc Ninh", "19": "Thái Nguyên", "24": "Bắc Giang", "31": "Hải Phòng", "26": "Vĩnh Phúc", "48": "Đà Nẵng",
    "79": "TP.HCM", "01": "Hà Nội", "72": "Tây Ninh", "82": "Tiền Giang", "60": "Bình Thuận", "95": "Bạc Liêu",
    "51": "Quảng Ngãi",
}  # fmt: skip
"""The provinces that the text names, by their codes of before 2025-07-01."""

_TARGETS: Final = {
    "T2025-01": "Target 2025: at least {} %.*411/QD-TTg, 2022-03-31",
    "T2030-01": "2030: at least {} % .*411/QD-TTg, 2022-03-31",
    "T2025-02": "digital economy share in each sector at least {} %",
    "T2025-03": "e-commerce in total retail over {} %",
    "T2025-04": "digital technology enterprises per 1,000 people over {};",
    "T2025-05": "people of 15 and over with a payment account {} %",
    "T2025-06": "personal digital or electronic signature over {} %",
    "T2025-07": "adults with a VNeID account {} %",
    "T2025-08": "is {} % of the digital economy by 2025",
}


def target(row: Row, originals: Originals) -> Verdict:
    pattern = _TARGETS[row["localId"]].format(re.escape(row["value"]))
    comparison = "OVER" if " over " in pattern.replace("15 and over", "") else "AT_LEAST"
    number = next(word for word in row["legalBasis"].replace("Đ", "D").split() if "/" in word)
    return found(originals.text("domain.md"), pattern) or differs(
        legalBasis=(number, "411/QD-TTg" if "411" in pattern else "5473/BTTTT-KTS&XHS"),
        comparison=(row["comparison"], comparison),
        byDate=(row["byDate"], "2030-12-31" if pattern.startswith("2030") else "2025-12-31"),
    )
