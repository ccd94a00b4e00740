"""The floor: for each operation the best statement that we know how to write by hand, with the same answer.

It sees what anyone sees: open records. Nothing is compiled, decided or checked of it, and no policy is matched. What
differs between the engines is what engines want: Neo4j keeps an index's order in a subquery, and one row of lists is
the cheapest answer; ArcadeDB walks an index only at the top of a statement. `IN` keeps ArcadeDB from taking the
visibility for a key.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bench.operations import PAGE, Deep, Operation, around
from schema.graph import Dialect, Row
from schema.text import fold

_FARM: Final = "f.id, f.name, f.kind, f.areaHa, f.herdSize, f.foundedOn"
_PLACED: Final = (
    f"[{_FARM}, f.custodian, f.visibility, f.origin, "
    "head(COLLECT { MATCH (f)-[:FARM_LOCATED_IN]->(a:Area) WHERE a.visibility IN ['OPEN'] RETURN a.name LIMIT 1 })]"
)
_FIELDS: Final = [
    "id",
    "name",
    "kind",
    "areaHa",
    "herdSize",
    "foundedOn",
    "custodian",
    "visibility",
    "origin",
    "locatedIn",
]
_OPEN: Final = "f.visibility IN ['OPEN']"
_GROWN: Final = """
COLLECT { MATCH (f)-[g:GROWS]->(p:Product) WHERE p.visibility IN ['OPEN'] WITH g, p ORDER BY p.id LIMIT 3
          RETURN [g.season, g.areaHa, p.name] AS row }
"""
_FARMS_OF_AREA: Final = f"""
COLLECT {{ MATCH (a)<-[:FARM_LOCATED_IN]-(f:Farm) WHERE {_OPEN} WITH f ORDER BY f.name_sort, f.id LIMIT 10
           RETURN [f.name, {_GROWN}] AS row }}
"""
_BY_AREA: Final = f"""
MATCH (f:Farm)-[:FARM_LOCATED_IN]->(a:Area) WHERE {_OPEN} AND a.visibility IN ['OPEN']
WITH a, count(f) AS farms, sum(f.areaHa) AS land, max(f.areaHa) AS most
RETURN [a.code, farms, land, most] AS x ORDER BY a.code
"""
_NEAR: Final = f"""
MATCH (f:Farm)
WHERE f.location_lat >= $south AND f.location_lat <= $north AND f.location_lon >= $west AND f.location_lon <= $east
  AND {_OPEN}
WITH f, sin((f.location_lat - $lat) * $halved) AS up, sin((f.location_lon - $lon) * $halved) AS across
WITH f, toInteger($twice * asin(sqrt(up * up + cos(f.location_lat * $radian) * $cosine * across * across)) + 0.5) AS m
WHERE m <= $metres WITH f, m ORDER BY m, f.id LIMIT {PAGE}
RETURN [m, f.name] AS x ORDER BY m, f.id
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a floor is made for: an operation, on an engine, and the farm that is asked for or paged from."""

    operation: Operation
    dialect: Dialect
    farm: Deep

    @property
    def variables(self) -> Mapping[str, Any]:
        """The operation's."""
        return self.operation.variables


@dataclass(frozen=True, slots=True)
class Floor:
    """A statement with its parameters, and what the answer's data are that its rows stand for."""

    text: str
    parameters: Mapping[str, object]
    data: Callable[[list[Row]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Walked:
    """A page in the order of the name: its variable, label, predicate and row."""

    variable: str
    label: str
    where: str
    row: str
    descending: bool = False


def _joined(dialect: Dialect, pages: tuple[_Walked, ...], limit: int) -> str:
    """One column of rows for each page; on ArcadeDB one row for each record, with the number of its page."""
    parts: list[str] = []
    for number, page in enumerate(pages):
        of, turned = page.variable, " DESC" if page.descending else ""
        match = f"MATCH ({of}:{page.label}) WHERE {page.where}"
        order = f"ORDER BY {of}.name_sort{turned}, {of}.id{turned} LIMIT {limit}"
        if dialect == "neo4j":
            # something has to be said of each property of an index that is to give the order
            match += f" AND {of}.id IS NOT NULL WITH {of} {order}"
            parts.append(f"COLLECT {{ {match} RETURN {page.row} AS row }} AS x{number}")
        else:
            parts.append(f"{match} RETURN {number} AS k, {page.row} AS x {order}")
    return f"RETURN {', '.join(parts)}" if dialect == "neo4j" else " UNION ALL ".join(parts)


def _columns(dialect: Dialect, rows: list[Row], pages: int) -> list[list[list[Any]]]:
    if dialect == "neo4j":
        return [_list(column) for column in rows[0]]
    return [[_list(row) for number, row in rows if number == page] for page in range(pages)]


def _node(asked: Asked) -> Floor:
    text = f"MATCH (f:Farm {{id: $id}}) WHERE {_OPEN} RETURN [{_FARM}] AS x"
    return Floor(text, {"id": asked.farm.id}, lambda rows: {"node": _farm(_cells(rows[0]))})


def _filtered(asked: Asked) -> Floor:
    where = f"f.name_sort >= '' AND {_OPEN} AND f.herdSize >= $herd AND f.areaHa >= $area"
    text = _joined(asked.dialect, (_Walked("f", "Farm", where, _PLACED),), 100)
    given = asked.variables["where"]
    parameters = {"herd": given["herdSize"]["gte"], "area": given["areaHa"]["gte"] * 100}
    return Floor(text, parameters, lambda rows: _nodes("farms", map(_farm, _columns(asked.dialect, rows, 1)[0])))


def _nested(asked: Asked) -> Floor:
    where = "a.name_sort >= '' AND a.visibility IN ['OPEN']"
    text = _joined(asked.dialect, (_Walked("a", "Area", where, f"[a.name, {_FARMS_OF_AREA}]"),), 20)
    return Floor(text, {}, lambda rows: _areas(_columns(asked.dialect, rows, 1)[0]))


def _page(asked: Asked) -> Floor:
    backward = "$before" in asked.operation.document
    beyond = "<" if backward else ">"
    where = f"f.name_sort {beyond}= $key AND (f.name_sort {beyond} $key OR f.id {beyond} $id) AND {_OPEN}"
    page = _Walked("f", "Farm", where, "[f.id, f.name, f.kind]", backward)

    def data(rows: list[Row]) -> dict[str, Any]:
        (found,) = _columns(asked.dialect, rows, 1)
        more = len(found) > PAGE
        info = {"hasNextPage": backward or more, "hasPreviousPage": more or not backward}
        nodes = [_named(row) for row in found[:PAGE][:: -1 if backward else 1]]
        return {"farms": {"nodes": nodes, "pageInfo": info}}

    text = _joined(asked.dialect, (page,), PAGE + 1)
    return Floor(text, {"key": asked.farm.key, "id": asked.farm.id}, data)


def _roots(asked: Asked) -> Floor:
    labels = {"farms": "Farm", "businesses": "Business", "products": "Product"}
    pages = tuple(
        _Walked(of, label, f"{of}.name_sort >= '' AND {of}.visibility IN ['OPEN']", f"[{of}.id, {of}.name, {of}.kind]")
        for of, label in zip("fbp", labels.values(), strict=True)
    )

    def data(rows: list[Row]) -> dict[str, Any]:
        found = zip(labels, _columns(asked.dialect, rows, len(labels)), strict=True)
        return {root: {"nodes": [_named(row) for row in page]} for root, page in found}

    return Floor(_joined(asked.dialect, pages, PAGE), {}, data)


def _groups(_: Asked) -> Floor:
    return Floor(_BY_AREA, {}, lambda rows: {"farms": {"aggregate": [_group(_cells(row)) for row in rows]}})


def _either(said: str) -> str:
    """That it is true of one of the two texts that are searched."""
    return f"(f.name_fold {said} OR f.nameEn_fold {said})"


def _found(asked: Asked) -> Floor:
    text = fold(asked.variables["search"])
    words = text.split()
    every = " AND ".join(_either(f"CONTAINS $word{number}") for number in range(len(words)))
    begun = " AND ".join(
        f"({_either(f'STARTS WITH $word{number}')} OR {_either(f'CONTAINS $inner{number}')})"
        for number in range(len(words))
    )
    statement = f"""
    MATCH (f:Farm) WHERE {every} AND {_OPEN}
    WITH f, CASE WHEN {_either("= $text")} THEN 0 WHEN {_either("STARTS WITH $text")} THEN 1
                 WHEN {begun} THEN 2 ELSE 3 END AS rank
    WITH f, rank ORDER BY rank, f.name_sort, f.id LIMIT {PAGE}
    RETURN [f.name, f.kind] AS x ORDER BY rank, f.name_sort, f.id
    """
    parameters = {"text": text}
    for number, word in enumerate(words):
        parameters |= {f"word{number}": word, f"inner{number}": f" {word}"}

    def data(rows: list[Row]) -> dict[str, Any]:
        return _nodes("farms", (dict(zip(("name", "kind"), _cells(row), strict=True)) for row in rows))

    return Floor(statement, parameters, data)


def _nearest(asked: Asked) -> Floor:
    near = asked.variables["near"]
    given = around(near["lat"], near["lon"], near["withinKm"])
    return Floor(_NEAR, given, lambda rows: {"farms": {"edges": list(map(_edge, rows))}})


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"no list: {value!r}")
    return value  # pyright: ignore[reportUnknownVariableType] - of a row


def _cells(row: Row) -> list[Any]:
    return _list(row[0])


def _named(row: list[Any]) -> dict[str, Any]:
    return {"id": row[0], "name": row[1], "kind": row[2]}


def _nodes(root: str, nodes: Any) -> dict[str, Any]:  # noqa: ANN401 - any iterable
    return {root: {"nodes": list(nodes)}}


def _farm(cells: list[Any]) -> dict[str, Any]:
    node = dict(zip(_FIELDS, cells, strict=False))
    node["areaHa"] /= 100
    return node | {"locatedIn": {"name": node["locatedIn"]}} if "locatedIn" in node else node


def _areas(rows: list[list[Any]]) -> dict[str, Any]:
    def farm(row: list[Any]) -> dict[str, Any]:
        grown = [{"season": season, "areaHa": land / 100, "node": {"name": name}} for season, land, name in row[1]]
        return {"name": row[0], "grows": {"edges": grown}}

    return _nodes("areas", ({"name": row[0], "farms": {"nodes": list(map(farm, row[1]))}} for row in rows))


def _group(cells: list[Any]) -> dict[str, Any]:
    code, farms, land, most = cells
    return {"key": [{"value": code}], "count": farms, "areaHa": {"sum": land / 100, "max": most / 100}}


def _edge(row: Row) -> dict[str, Any]:
    metres, name = _cells(row)
    return {"distance": metres, "node": {"name": name}}


FLOORS: Final[Mapping[str, Callable[[Asked], Floor]]] = {
    "node by id": _node,
    "list": _filtered,
    "nested": _nested,
    "page after": _page,
    "page before": _page,
    "three roots": _roots,
    "aggregate": _groups,
    "search, common": _found,
    "search, rare": _found,
    "near": _nearest,
}
"""By the operation's name."""
