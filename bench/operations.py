"""What is asked of every side: each operation's document, with its variables as an app would send them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

from bench.records import RARE

FIELDS: Final = "id name kind areaHa herdSize foundedOn custodian visibility origin locatedIn { name }"
PAGE: Final = 20
LIST: Final = f"{{ farms(first: 100, orderBy: [{{name: ASC}}]) {{ nodes {{ {FIELDS} }} }} }}"
"""100 farms by 10 fields in the order of their names, as the cache is measured with."""
WALKED: Final = 100
WALK: Final = f"""
query ($after: String) {{
  farms(first: {WALKED}, after: $after, orderBy: [{{name: ASC}}]) {{
    nodes {{ id }} pageInfo {{ endCursor hasNextPage }}
  }}
}}
"""
"""How a client comes to a page that is far behind the first."""
_RADIUS: Final = 6_371_008.8
"""Of the globe, in metres: the mean of its three axes (IUGG)."""
_CURSORS: Final = {"startCursor", "endCursor", "cursor"}


@dataclass(frozen=True, slots=True)
class Operation:
    """A document and its variables."""

    name: str
    what: str
    document: str
    variables: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def pages(self) -> bool:
        """Whether it asks for a page by a cursor."""
        return "$after" in self.document or "$before" in self.document

    def given(self, **values: object) -> "Operation":
        """The same with these variables too, as far as the document has them."""
        known = {name: value for name, value in values.items() if f"${name}" in self.document}
        return replace(self, variables={**self.variables, **known})


@dataclass(frozen=True, slots=True)
class Deep:
    """A farm far behind the first: its id and its sort key."""

    id: str
    key: str


_PAGE: Final = "nodes { id name kind } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
_SEARCH: Final = f"""
query ($search: String!) {{
  farms(search: $search, first: {PAGE}, orderBy: [{{name: ASC}}]) {{ nodes {{ name kind }} }}
}}
"""
OPERATIONS: Final = (
    Operation(
        "node by id",
        "one farm by 6 fields",
        "query ($id: ID!) { node(id: $id) { id ... on Farm { name kind areaHa herdSize foundedOn } } }",
    ),
    Operation(
        "list",
        "100 farms x 10 fields, filtered, by name",
        "query ($where: FarmWhere!) { farms(first: 100, where: $where, orderBy: [{name: ASC}]) "
        f"{{ nodes {{ {FIELDS} }} }} }}",
        {"where": {"herdSize": {"gte": 500}, "areaHa": {"gte": 10}}},
    ),
    Operation(
        "nested",
        "20 areas > 10 farms > 3 products",
        """
        { areas(first: 20, orderBy: [{name: ASC}]) { nodes { name
            farms(first: 10, orderBy: [{name: ASC}]) { nodes { name
              grows(first: 3) { edges { season areaHa node { name } } } } } } } }
        """,
    ),
    Operation(
        "page after",
        "20 farms behind half of all, by name",
        f"query ($after: String!) {{ farms(first: {PAGE}, after: $after, orderBy: [{{name: ASC}}]) {{ {_PAGE} }} }}",
    ),
    Operation(
        "page before",
        "the 20 farms before these, by name",
        f"query ($before: String!) {{ farms(last: {PAGE}, before: $before, orderBy: [{{name: ASC}}]) {{ {_PAGE} }} }}",
    ),
    Operation(
        "three roots",
        "20 farms, 20 businesses, 20 products",
        " ".join(
            (
                "{",
                *(
                    f"{root}(first: {PAGE}, orderBy: [{{name: ASC}}]) {{ nodes {{ id name kind }} }}"
                    for root in ("farms", "businesses", "products")
                ),
                "}",
            )
        ),
    ),
    Operation(
        "aggregate",
        "all farms by their area: count, sum, most",
        "{ farms { aggregate(groupBy: [{locatedIn: {code: VALUE}}]) { key { value } count areaHa { sum max } } } }",
    ),
    Operation("search, common", "20 farms with a word of one name in six", _SEARCH, {"search": "binh"}),
    Operation("search, rare", "20 farms with words of one name in a thousand", _SEARCH, {"search": RARE}),
    Operation(
        "near",
        "the 20 farms nearest to a place, within 50 km",
        f"query ($near: NearInput!) {{ farms(near: $near, first: {PAGE}) {{ edges {{ distance node {{ name }} }} }} }}",
        {"near": {"lat": 16.4637, "lon": 107.5909, "withinKm": 50}},
    ),
)


def told(data: Any) -> Any:  # noqa: ANN401 - JSON
    """An answer's data without its cursors, of which each side has its own; RuntimeError where one of them is none."""
    if isinstance(data, list):
        return [told(each) for each in cast("list[Any]", data)]
    if not isinstance(data, dict):
        return data
    kept: dict[str, Any] = {}
    for key, value in cast("dict[str, Any]", data).items():
        if key not in _CURSORS:
            kept[key] = told(value)
        elif not (isinstance(value, str) and value):
            raise RuntimeError(f"`{key}` is no cursor: {value!r}")
    return kept


def around(lat: float, lon: float, kilometres: float) -> Mapping[str, object]:
    """What a statement of the nearest needs: a box a little larger than the circle, and what a haversine is made of."""
    metres = round(kilometres * 1000)
    reach = (metres + 2) / _RADIUS
    up = math.degrees(reach)
    across = math.degrees(math.asin(math.sin(reach) / math.cos(math.radians(lat))))
    box = {"south": lat - up, "north": lat + up, "west": lon - across, "east": lon + across}
    sums = {"radian": math.pi / 180, "halved": math.pi / 360, "cosine": math.cos(math.radians(lat))}
    return {"lat": lat, "lon": lon, "metres": metres, "twice": 2 * _RADIUS, **box, **sums}
