"""Constraints and indexes: every label that is merged is unique by id, and nothing that permissions read is indexed."""

import pytest

from hub.compiler.dialects import DIALECTS
from schema.constraints import OPERATIONAL, definitions, indexes, uniques
from schema.errors import Conflict
from schema.graph import Graph
from schema.types import MODEL


def test_every_label_is_unique() -> None:
    texts = uniques(MODEL)
    for label in (*MODEL.types, *OPERATIONAL):
        assert any(f"(n:{label}) REQUIRE n.id IS UNIQUE" in text for text in texts)
    assert len(texts) == len(MODEL.types) + len(OPERATIONAL)
    for dialect in DIALECTS:
        every = definitions(MODEL, dialect)
        assert len({text.split()[2] for text in every}) == len(every)
        assert every[: len(texts)] == texts


def test_ordered_lists_have_their_index() -> None:
    for label in MODEL.types:
        assert any(f"(n:{label}) ON (n.name_sort, n.id)" in text for text in indexes(MODEL, "arcadedb"))


def test_places_have_their_index_where_it_holds_numbers() -> None:
    one = "CREATE INDEX farm_location IF NOT EXISTS FOR (n:Farm) ON (n.location_lat, n.location_lon)"
    assert one in indexes(MODEL, "neo4j")
    assert not any("_lat" in text for text in indexes(MODEL, "arcadedb"))


def test_permission_properties_are_not_indexed() -> None:
    for text in definitions(MODEL, "neo4j"):
        assert not any(f"n.{name}" in text for name in ("visibility", "custodian", "origin"))


async def test_in_the_engine(graph: Graph) -> None:
    await graph.define(definitions(MODEL, graph.dialect))
    await graph.define(definitions(MODEL, graph.dialect))
    one = ("CREATE (n:Sector {id: $id})", {"id": "Sector:twice"})
    try:
        await graph.write(one)
        with pytest.raises(Conflict):
            await graph.write(one)
        assert await graph.read("MATCH (n:Sector {id: $id}) RETURN count(n)", {"id": "Sector:twice"}) == [[1]]
    finally:
        await graph.write(("MATCH (n:Sector {id: $id}) DELETE n", {"id": "Sector:twice"}))
