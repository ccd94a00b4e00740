"""Write the fictional tables: `python -m examples.fictional FOLDER [--farms N --businesses N --seed N]`."""

import argparse
import sys
from pathlib import Path

from examples.fictional.tables import BUSINESSES, FACTS, FARMS, SEED, generate


def count(text: str) -> int:
    """A number of records."""
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def main() -> int:
    """Read the command line and write the tables."""
    parser = argparse.ArgumentParser(prog="python -m examples.fictional", description="Write the fictional tables.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--farms", type=count, default=FARMS)
    parser.add_argument("--businesses", type=count, default=BUSINESSES)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--facts", type=Path, default=FACTS, help="the tables of areas and products to lean on")
    chosen = parser.parse_args()
    generate(chosen.folder, farms=chosen.farms, businesses=chosen.businesses, seed=chosen.seed, facts=chosen.facts)
    return 0


if __name__ == "__main__":
    sys.exit(main())
