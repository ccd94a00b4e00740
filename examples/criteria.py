"""Sets of criteria, their pillars and levels, compared with the table and the notes of the text that states them."""

import re
from typing import Final

from examples.originals import Originals, Row
from examples.verdicts import Verdict, differs, found

_TEXT: Final = "facts.md"
_DAYS: Final = {"DBI@2021": "2021-12-13", "DBI@2023": "2023-11-07", "DBI@2025": "2025-06-30", "DTI@2025": "2025-04-03"}
"""The day of the decision that issues each generation, as the text has it."""
_ENDS: Final = {"DBI@2021": "2023-11-06", "DBI@2023": "2025-06-29", "DBI@2025": "", "DTI@2025": ""}
"""The day before the decision that replaces it."""
_ISSUERS: Final = {"BTTTT": "MIC", "BKHCN": "MOST"}
_FOR: Final = {
    "DBI.SME@2021": r"3 indices \(SME incl\. micro, cooperatives, household producers; ",
    "DBI.LARGE@2021": r"3 indices \([^)]*; large; ",
    "DBI.GROUP@2021": r"3 indices \([^)]*; group\)",
    "DBI.SME@2023": r"SME \*readiness\*",
    "DBI.LARGE@2023": r"Large: 6 pillars",
    "DBI.SME@2025": r"SME: common questions",
    "DBI.LARGE@2025": r"; large set ",
    "DTI.COUNTRY@2025": r"national 12 indicators",
    "DTI.MINISTRY@2025": r"ministry 6 main / 31;",
    "DTI.PROVINCE@2025": r"province 8 main / 47;",
}
"""What the row of its generation says of each set."""
_KINDS: Final = {
    "DBI.SME@2021": "SME;COOPERATIVE;HOUSEHOLD",
    "DBI.SME": "SME",
    "DBI.LARGE": "LARGE_ENTERPRISE",
    "DBI.GROUP": "CORPORATE_GROUP",
    "DTI.COUNTRY": "COUNTRY",
    "DTI.MINISTRY": "MINISTRY",
    "DTI.PROVINCE": "PROVINCE",
}
_PILLARS: Final = ("CUSTOMER", "STRATEGY", "TECHNOLOGY", "OPERATIONS", "CULTURE", "DATA")
"""In the order of the text's counts of criteria."""
_COUNTED: Final = re.compile(r"total 320\. Criteria ([\d, ]+)\.")


def criteria_set(row: Row, originals: Originals) -> Verdict:
    text, key = originals.text(_TEXT), f"{row['code']}@{row['version']}"
    generation = f"{row['code'].partition('.')[0]}@{row['version']}"
    number = next((word for word in row["legalBasis"].split() if "/QĐ-" in word), "")
    before = {"DBI@2023": "2021", "DBI@2025": "2023"}.get(generation)
    most = {"DBI.SME@2021": "320"}.get(key, "1000" if generation == "DTI@2025" else "")
    stated = found(text, rf"{re.escape(number)}, {_DAYS[generation]}[^|]*\|[^|]*{_FOR[key]}")
    return (stated if number else "no number of a decision") or differs(
        appliesTo=(row["appliesTo"], _KINDS.get(key) or _KINDS[row["code"]]),
        maxPoints=(row["maxPoints"], most if f"total {most}" in text or f"{int(most or 0):,} points" in text else ""),
        basisOn=(_spelt(_DAYS[generation]) in row["legalBasis"], True),
        valid=((row["validFrom"], row["validTo"]), (_DAYS[generation], _ENDS[generation])),
        issuedBy=(row["issuedBy"], _ISSUERS[number.rpartition("-")[2]]),
        replaces=(row["replaces"], f"{row['code']}@{before}" if before else ""),
        counted=(set(re.findall(r"\d+ (?:main|in all|indicators)", row["nameEn"])) <= _counts(text, key), True),
    )


def _spelt(day: str) -> str:
    year, month, number = (int(part) for part in day.split("-"))
    return f"ngày {number}/{month}/{year}"


def _counts(text: str, key: str) -> set[str]:
    """What a set's name may say that it consists of."""
    if row := re.search(r"national (\d+) indicators", text) if key.startswith("DTI.COUNTRY") else None:
        return {f"{row[1]} indicators"}
    level = key.partition(".")[2].partition("@")[0].lower()
    main = re.search(rf"{level} (\d+) main / (\d+);", text)
    return {f"{main[1]} main", f"{main[2]} in all"} if main else set()


def criterion(row: Row, originals: Originals) -> Verdict:
    text, name = originals.text(_TEXT), row["nameEn"].lower()
    match row["inSet"]:
        case "DBI.SME@2021":
            counts = _COUNTED.search(text)
            number = counts[1].split(", ")[_PILLARS.index(row["code"])] if counts else ""
            said = found(text, rf"Maximum by pillar:[^;]*\b{name} {row['maxPoints']}[,;]")
            return said or differs(criteriaCount=(row["criteriaCount"], number))
        case "DBI.SME@2023":
            nothing = differs(maxPoints=(row["maxPoints"], ""), criteriaCount=(row["criteriaCount"], ""))
            return nothing or found(text, rf"7 pillars \([^)]*\b{name};")
        case "DTI.COUNTRY@2025":
            part = name.removeprefix("digital ")
            points = rf"{row['criteriaCount']} = {row['maxPoints']}( points)?[,)]"
            return found(text, rf"national 12 indicators \([^)]*\b{part} {points}") or differs(
                code=(row["code"].lower(), part)
            )
        case other:
            return f"the text names no pillar of {other}"


def maturity_level(row: Row, originals: Originals) -> Verdict:
    text, number = originals.text(_TEXT), int(row["number"])
    share = "0 <{};" if not number else "[^.]*" + f" {number} to {{}}[;.]"
    said = found(text, rf"Pillar level by % of maximum: {share.format(row['pillarPercent'])}")
    names = re.search(r"Names: ([^.]+)\.", text)
    conditions = (
        r"L0 ≤20 points;"
        if not number
        else rf"L{number} >{row['abovePoints']} and (≥|all ){row['pillars']} (pillars )?at ≥?{row['pillarLevel']}[;.]"
    )
    none = ("", "", "") if not number else tuple(row[name] for name in ("abovePoints", "pillars", "pillarLevel"))
    return (
        said
        or found(text, conditions)
        or differs(
            ofSet=(row["ofSet"], "DBI.SME@2021"),
            name=(row["name"], names[1].split(", ")[number] if names else ""),
            conditions=((row["abovePoints"], row["pillars"], row["pillarLevel"]), none),
        )
    )
