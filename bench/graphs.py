"""Writes the made-up records into a graph, in batches, and tells of a folder whether they are in it already."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Final

from auth.grants import seed
from auth.principal import Action
from auth.rules import ANYONE, Constraint, Kind, Rule, defaults
from bench.records import SEED, Row, Sizes, areas, businesses, farms, grows, products
from schema.constraints import indexes, uniques
from schema.graph import Graph
from schema.types import MODEL

RULES: Final = (
    *defaults(MODEL),
    Rule(
        "bench/places",
        Kind.PERMISSION,
        "HUB",
        ANYONE,
        Action.READ,
        "Farm",
        ("location",),
        (Constraint("visibility", ("OPEN",)),),
    ),
)
"""The first rules, and one that lets anyone see where open farms lie: made-up places are nobody's."""
_BATCH: Final = 5_000
_TOLD: Final = 50_000
"""How many are written before it is told."""
_MARK: Final = "made-by-bench.json"
_ROOT: Final = Path(__file__).parent.parent
_MADE_BY: Final = ("auth/rules.py", "bench/graphs.py", "bench/records.py", "docker/bare/neo4j", "schema/**/*.py")
"""What a graph follows from, besides its sizes: where one of these changes, it is made anew."""

_STORE: Final = "UNWIND $rows AS row MERGE (n:{label} {{id: row.id}}) SET n += row.values"
_PUT: Final = """
UNWIND $rows AS row MATCH (n:{label} {{id: row.id}}) MATCH (a:Area {{id: row.area}}) MERGE (n)-[:{relation}]->(a)
"""
_GROW: Final = """
UNWIND $rows AS row MATCH (f:Farm {id: row.from}) MATCH (p:Product {id: row.to})
MERGE (f)-[g:GROWS]->(p) SET g += row.values
"""
_STEPS: Final[tuple[tuple[str, Callable[[Sizes], Iterator[Row]], tuple[str, ...]], ...]] = (
    ("areas", areas, (_STORE.format(label="Area"), _PUT.format(label="Area", relation="PART_OF"))),
    ("products", products, (_STORE.format(label="Product"),)),
    (
        "businesses",
        businesses,
        (_STORE.format(label="Business"), _PUT.format(label="Business", relation="BUSINESS_LOCATED_IN")),
    ),
    ("farms", farms, (_STORE.format(label="Farm"), _PUT.format(label="Farm", relation="FARM_LOCATED_IN"))),
    ("links from farms to products", grows, (_GROW,)),
)
"""What is written, in which order, by which statements."""


async def fill(graph: Graph, sizes: Sizes, tell: Callable[[str], None] = lambda _: None) -> None:
    """Write everything into an empty graph, and tell how far it is; constraints before, indexes after, rules last."""
    await graph.define(uniques(MODEL))
    for what, make, texts in _STEPS:
        written = 0
        for rows in _batches(make(sizes)):
            placed = [row for row in rows if row.get("area", True)]
            given = [rows, placed][: len(texts)]
            await graph.write(
                *((text, {"rows": each}) for text, each in zip(texts, given, strict=True)), idempotent=True
            )
            written += len(rows)
            if written % _TOLD == 0:
                tell(f"{written:,} {what}")
        tell(f"{written:,} {what} in all")
    await graph.define(indexes(MODEL, graph.dialect))
    await seed(graph, RULES)
    await graph.replan()


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    while batch := list(islice(left, _BATCH)):
        yield batch


class Kept:
    """A folder that keeps an engine's graph from one run to the next.

    A folder with something in it that is not ours is refused by ValueError, and never touched.
    """

    def __init__(self, folder: Path, sizes: Sizes) -> None:
        self.data = folder / "data"
        self._mark = folder / _MARK
        self._wanted = {"seed": SEED, **asdict(sizes), "made_by": _digest()}

    def open(self, *, fresh: bool) -> bool:
        """Whether the graph is there as it is wanted; else the folder is emptied, to be filled."""
        folder = self._mark.parent
        folder.mkdir(parents=True, exist_ok=True)
        found = self._found()
        if found is None and any(folder.iterdir()):
            raise ValueError(f"{folder} holds something else: name an empty folder by --folder")
        if found == self._wanted and not fresh:
            return True
        # first of all, so that a load that breaks off leaves a folder that is known to be ours, and to be no graph
        self._mark.write_text("{}\n", "utf-8")
        shutil.rmtree(self.data, ignore_errors=True)
        return False

    def filled(self) -> None:
        """Note that the graph is whole."""
        self._mark.write_text(json.dumps(self._wanted, indent=2) + "\n", "utf-8")

    def _found(self) -> Mapping[str, object] | None:
        return json.loads(self._mark.read_text("utf-8")) if self._mark.exists() else None


def _digest() -> str:
    found = hashlib.sha256(version("arcadedb-embedded").encode())
    for pattern in _MADE_BY:
        for file in sorted(_ROOT.glob(pattern)):
            found.update(file.read_bytes())
    return found.hexdigest()
