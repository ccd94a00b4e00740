"""One batch of records: what of it is new or changed against the graph, as the statements that write just that.

A record is compared by its stored properties and by the targets of the links that its row states, not by a remembered
hash, so a value that was changed by other hands is noticed too. A record that is as it should be is not touched: its
run and its time of change stay.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connectors import statements
from connectors.base import Disposition, Edge, Entity
from connectors.records import Record
from schema.graph import Graph
from schema.model import Link, Model, RecordType
from schema.scalars import Stored

Rows = list[Mapping[str, object]]


@dataclass(slots=True)
class Changes:
    """What a batch writes: statement texts with their rows, and what they come to."""

    writes: list[tuple[str, Rows]] = field(default_factory=list[tuple[str, Rows]])
    types: set[str] = field(default_factory=set[str])
    written: int = 0
    unchanged: int = 0


async def changes(
    graph: Graph,
    model: Model,
    records: Sequence[tuple[Record, Mapping[str, Stored]]],
    disposition: Disposition,
) -> Changes:
    """Compare records, each with its provenance, with the graph."""
    found = Changes()
    entities: dict[str, list[tuple[Entity, Mapping[str, Stored]]]] = defaultdict(list)
    edges: dict[tuple[str, str], list[Edge]] = defaultdict(list)
    for record, provenance in records:
        if isinstance(record, Entity):
            entities[record.type].append((record, provenance))
        else:
            edges[record.type, record.link].append(record)
    for name, group in entities.items():
        await _entities(graph, model.type(name), group, disposition, found)
    for (name, link), lines in edges.items():
        await _edges(graph, model.type(name).links[link], lines, disposition, found)
    return found


async def _entities(
    graph: Graph,
    kind: RecordType,
    group: list[tuple[Entity, Mapping[str, Stored]]],
    disposition: Disposition,
    found: Changes,
) -> None:
    ids = [entity.id for entity, _ in group]
    names = sorted({name for entity, _ in group for name in entity.properties})
    rows = await graph.read(statements.stored(kind, names), {"ids": ids})
    there = {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}
    stated = sorted({name for entity, _ in group for name in entity.links})
    ends = {name: await _ends(graph, kind.links[name], list(there)) for name in stated}
    upserts: Rows = []
    moved: dict[str, list[tuple[str, tuple[str, ...], bool]]] = defaultdict(list)
    for entity, provenance in group:
        old = there.get(entity.id)
        if old is not None and disposition is Disposition.APPEND:
            continue
        links = {
            name: targets for name, targets in entity.links.items() if set(targets) != ends[name].get(entity.id, set())
        }
        if old is None or links or any(old[name] != value for name, value in entity.properties.items()):
            upserts.append({"id": entity.id, "props": {**entity.properties, **provenance}})
            for name, targets in links.items():
                moved[name].append((entity.id, targets, old is not None))
    found.written += len(upserts)
    found.unchanged += len(group) - len(upserts)
    if upserts:
        found.types.add(kind.name)
        found.writes.append((statements.upsert(kind), upserts))
    for name, lines in moved.items():
        _move(kind.links[name], lines, found)


def _move(link: Link, lines: list[tuple[str, tuple[str, ...], bool]], found: Changes) -> None:
    """Replace the links of records: (id, all targets, whether it may have others)."""
    gone: Rows = [{"start": start, "ends": list(ends)} for start, ends, old in lines if old]
    made: Rows = [{"start": start, "end": end, "props": {}} for start, ends, _ in lines for end in ends]
    if gone:
        found.writes.append((statements.unlink(link), gone))
    if made:
        found.writes.append((statements.relate(link), made))


async def _ends(graph: Graph, link: Link, ids: list[object]) -> Mapping[object, set[object]]:
    found: dict[object, set[object]] = defaultdict(set)
    if ids:
        for start, end in await graph.read(statements.targets(link), {"ids": ids}):
            found[start].add(end)
    return found


async def _edges(graph: Graph, link: Link, lines: list[Edge], disposition: Disposition, found: Changes) -> None:
    names = sorted({name for edge in lines for name in edge.properties})
    starts = sorted({edge.start for edge in lines})
    rows = await graph.read(statements.edges(link, names), {"ids": starts})
    there = {(row[0], row[1]): dict(zip(names, row[2:], strict=True)) for row in rows}
    made: Rows = []
    for edge in lines:
        old = there.get((edge.start, edge.end))
        if old is None or (disposition is Disposition.MERGE and old != {**old, **edge.properties}):
            made.append({"start": edge.start, "end": edge.end, "props": edge.properties})
    found.written += len(made)
    found.unchanged += len(lines) - len(made)
    if made:
        found.types.add(link.source)
        found.writes.append((statements.relate(link), made))
