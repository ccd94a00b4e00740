"""Compare every row of the tables of facts with the published files that they were taken from.

    python -m examples.check [--data FOLDER] [--texts FOLDER] [--facts FOLDER]

One line for each table; the exit status is 1 where a row does not say what its source says. Where the published files
are not at hand it says so, and there is nothing to be wrong.
"""

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from examples.comparisons import COMPARE
from examples.originals import Missing, Originals, Row
from examples.verdicts import Compare, Unchecked

ROOT: Final = Path(__file__).parent.parent
FACTS: Final = Path(__file__).parent / "facts"
DATA: Final = ROOT.parent / "shared" / "data"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the rows of one table: how many there are, the wrong ones, how many were not compared, and why."""

    rows: int
    wrong: tuple[str, ...]
    unchecked: Counter[str]

    @property
    def checked(self) -> int:
        """The number of rows that were compared."""
        return self.rows - self.unchecked.total()


def read(path: Path) -> list[Row]:
    """The rows of a table of facts."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def tables(folder: Path) -> dict[str, list[Row]]:
    """All tables of facts; a company has its sector's name with it."""
    found = {table: read(folder / f"{table}.csv") for table in COMPARE}
    names = {row["code"]: row["name"] for row in found["sectors"]}
    found["companies"] = [{**row, "sectorName": names.get(row["inSector"], "")} for row in found["companies"]]
    return found


def outcome(rows: Sequence[Row], compare: Compare, originals: Originals) -> Outcome:
    """Compare all rows of a table."""
    wrong: list[str] = []
    unchecked: Counter[str] = Counter()
    for number, row in enumerate(rows, start=2):
        try:
            verdict = compare(row, originals)
        except Unchecked as reason:
            unchecked[str(reason)] += 1
        except Missing as missing:
            unchecked[f"{missing} is not here"] += 1
        except (KeyError, ValueError, ArithmeticError) as error:
            wrong.append(f"row {number}: not in the source: {error!r}")
        else:
            if verdict is not None:
                wrong.append(f"row {number}: {verdict}")
    return Outcome(len(rows), tuple(wrong), unchecked)


def line(table: str, found: Outcome) -> str:
    """What there is to say of a table, in one line."""
    said = f"{table:18} {found.rows:6} rows {found.checked:6} checked {found.checked - len(found.wrong):6} matching"
    reasons = "; ".join(f"{count} not checkable: {reason}" for reason, count in sorted(found.unchecked.items()))
    return f"{said}  {reasons}".rstrip()


def main(arguments: Sequence[str] | None = None) -> int:
    """Check, say so, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m examples.check", description="Compare the tables of facts with what they were taken from."
    )
    parser.add_argument("--data", type=Path, default=DATA, help="the published files")
    parser.add_argument("--texts", type=Path, help="the texts that state facts (default: `design` beside the files)")
    parser.add_argument("--facts", type=Path, default=FACTS, help="the tables to check")
    chosen = parser.parse_args(arguments)
    if absent := [table for table in COMPARE if not (chosen.facts / f"{table}.csv").is_file()]:
        parser.error(f"`{chosen.facts}` has no {absent[0]}.csv: name the folder of all tables of facts")
    originals = Originals(chosen.data, chosen.texts or chosen.data.parent / "design")
    outcomes = {table: outcome(rows, COMPARE[table], originals) for table, rows in tables(chosen.facts).items()}
    for table, found in outcomes.items():
        sys.stdout.write(line(table, found) + "\n")
        sys.stdout.writelines(f"    {each}\n" for each in found.wrong)
    if not any(found.checked for found in outcomes.values()):
        sys.stdout.write(f"nothing was there to check with: the published files are not in {chosen.data}\n")
    return 1 if any(found.wrong for found in outcomes.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
