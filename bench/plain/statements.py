"""What the plain resolvers ask of the graph, in the shapes that the engines answer fastest.

A farm's row is ten columns, the last of them its sort key. `IN`, not `=`, keeps ArcadeDB on the index of the order.
"""

from collections.abc import Mapping
from typing import Final

from schema.text import fold

_ROW: Final = "f.id, f.name, f.kind, f.areaHa, f.herdSize, f.foundedOn, f.custodian, f.visibility, f.origin"
_FARM: Final = f"{_ROW}, f.name_sort"
_OPEN: Final = "f.visibility IN ['OPEN']"

FARM: Final = f"MATCH (f:Farm {{id: $id}}) WHERE {_OPEN} RETURN {_FARM}"
AREA_OF_FARM: Final = """
UNWIND $ids AS id MATCH (f:Farm {id: id})-[:FARM_LOCATED_IN]->(a:Area) WHERE a.visibility IN ['OPEN']
RETURN id, [[a.id, a.name]]
"""
FARMS_OF_AREA: Final = f"""
UNWIND $ids AS id MATCH (a:Area {{id: id}})
CALL (a) {{ MATCH (a)<-[:FARM_LOCATED_IN]-(f:Farm) WHERE {_OPEN} WITH f ORDER BY f.name_sort, f.id LIMIT $first
            RETURN collect([{_FARM}]) AS rows }}
RETURN id, rows
"""
GROWN_BY_FARM: Final = """
UNWIND $ids AS id MATCH (f:Farm {id: id})
CALL (f) { MATCH (f)-[g:GROWS]->(p:Product) WHERE p.visibility IN ['OPEN'] WITH g, p ORDER BY p.id LIMIT $first
           RETURN collect([g.season, g.areaHa, p.id, p.name, p.kind]) AS rows }
RETURN id, rows
"""
FARMS_BY_AREA: Final = f"""
MATCH (f:Farm)-[:FARM_LOCATED_IN]->(a:Area) WHERE {_OPEN} AND a.visibility IN ['OPEN']
WITH a, count(f) AS farms, sum(f.areaHa) AS land, max(f.areaHa) AS most
RETURN a.code, farms, land, most ORDER BY a.code
"""
FOUND: Final = f"""
MATCH (f:Farm) WHERE all(word IN $words WHERE f.name_fold CONTAINS word OR f.nameEn_fold CONTAINS word) AND {_OPEN}
WITH f, CASE
  WHEN f.name_fold = $text OR f.nameEn_fold = $text THEN 0
  WHEN f.name_fold STARTS WITH $text OR f.nameEn_fold STARTS WITH $text THEN 1
  WHEN all(word IN $words WHERE (' ' + f.name_fold) CONTAINS ' ' + word OR (' ' + f.nameEn_fold) CONTAINS ' ' + word)
  THEN 2 ELSE 3 END AS rank
WITH f, rank ORDER BY rank, f.name_sort, f.id LIMIT $first
RETURN {_FARM} ORDER BY rank, f.name_sort, f.id
"""
NEAREST: Final = f"""
MATCH (f:Farm)
WHERE f.location_lat >= $south AND f.location_lat <= $north AND f.location_lon >= $west AND f.location_lon <= $east
  AND {_OPEN}
WITH f, sin((f.location_lat - $lat) * $halved) AS up, sin((f.location_lon - $lon) * $halved) AS across
WITH f, toInteger($twice * asin(sqrt(up * up + cos(f.location_lat * $radian) * $cosine * across * across)) + 0.5) AS m
WHERE m <= $metres WITH f, m ORDER BY m, f.id LIMIT $first
RETURN {_FARM}, m ORDER BY m, f.id
"""


def _first_by_name(label: str, columns: str) -> str:
    return f"""
MATCH (n:{label}) WHERE n.name_sort >= '' AND n.id IS NOT NULL AND n.visibility IN ['OPEN']
RETURN {columns} ORDER BY n.name_sort, n.id LIMIT $first
"""


AREAS: Final = _first_by_name("Area", "n.id, n.name")
BUSINESSES: Final = _first_by_name("Business", "n.id, n.name, n.kind")
PRODUCTS: Final = _first_by_name("Product", "n.id, n.name, n.kind")


def farms(
    place: tuple[str, str] | None, *, backward: bool, herd: int | None, land: int | None
) -> tuple[str, Mapping[str, object]]:
    """Farms by name behind a place, which is a sort key and an id; of so large a herd, and hundredths of a hectare."""
    beyond, turned = ("<", " DESC") if backward else (">", "")
    where = "f.name_sort >= ''"
    if place is not None:
        where = f"f.name_sort {beyond}= $key AND (f.name_sort {beyond} $key OR f.id {beyond} $id)"
    where += f" AND f.id IS NOT NULL AND {_OPEN}"
    where += " AND f.herdSize >= $herd" if herd is not None else ""
    where += " AND f.areaHa >= $land" if land is not None else ""
    text = f"MATCH (f:Farm) WHERE {where} RETURN {_FARM} ORDER BY f.name_sort{turned}, f.id{turned} LIMIT $first"
    key, identity = place or (None, None)
    return text, {"key": key, "id": identity, "herd": herd, "land": land}


def words(search: str) -> Mapping[str, object]:
    """What the search is given."""
    text = fold(search)
    return {"text": text, "words": text.split()}
