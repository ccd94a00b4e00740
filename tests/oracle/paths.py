"""Every path that enough made-up operations take at least once."""

from schema.model import Kind, Model
from tests.oracle import aggregates, narrowing
from tests.oracle.operations import DEEPEST, DIRECTIONS
from tests.oracle.wheres import OPERATORS


def expected(model: Model) -> list[str]:
    """The names of the paths, as `Maker` counts them."""
    kinds = list(model.types.values())
    links = [f"{kind.name}.{name}" for kind in kinds for name in kind.links]
    words = ("skip", "include")
    refused = ("null in a condition", "too many decimals", "no date", "page size", "first and last")
    return [
        *(f"root: {kind.plural}" for kind in kinds),
        "root: __typename",
        *(f"node: {how}" for how in ("known", "unknown", "of another type", "of no type")),
        *(f"link: {link}" for link in links),
        *(f"where through: {link}" for link in links),
        *(f"operator: {word}" for word in OPERATORS),
        *(f"operator: {word} with an empty list" for word in ("in", "notIn")),
        *(f"where: {word}" for word in ("and", "or", "not", "some", "every", "none", "a to-one link")),
        *(f"where: {kind}" for kind in Kind),
        *(f"selected: {kind}" for kind in Kind),
        *(f"order: {way}" for way in DIRECTIONS),
        *(f"order: {kind}" for kind in Kind if kind not in {Kind.LIST, Kind.PLACE}),
        *(f"order: through {how}" for how in ("a to-one link", "two to-one links")),
        *(f"directive: @{word}" for word in words),
        *(f"fragment: {how}" for how in ("named", "named, spread again", "inline", "on an interface")),
        "fragment: on a type of an interface",
        *(f"variable: {how}" for how in ("of a value", "of an input object or list", "by its default")),
        *(f"argument: {name}" for name in ("where", "orderBy", "first", "after", "last", "before", "null")),
        *(f"connection: {name}" for name in ("nodes", "edges", "pageInfo", "totalCount", "an edge's own fields")),
        *(f"depth: {depth}" for depth in range(2, DEEPEST + 2)),
        *(f"refused: {why}" for why in refused),
        *(f"lookup: {kind.name}" for kind in kinds),
        *("where: an edge", "argument: edge"),
        *("lookup: at a day", "nodes", "argument: asOf"),
        *narrowing.expected(),
        *aggregates.paths(),
        "connection: aggregate",
        "alias",
        "merged: one response key asked twice",
    ]
