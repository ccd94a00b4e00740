"""The declared graph: what a declaration becomes, and what is refused as one."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import pytest

from schema.constraints import definitions
from schema.errors import ConfigError, NotFound
from schema.model import Code, Kind, Long, Many, Model, One, Place, camel, field, link, record
from schema.types import MODEL
from schema.types.base import Record


class Colour(StrEnum):
    """Codes."""

    RED = "RED"


class Cost:
    """A link's own data."""

    paid_on: date = field("Ngày", "Day")


@record("things", "{code}", "Vật", "A thing")
class Thing(Record):
    """One field of each kind, a link to itself and one to many."""

    code: Code = field("Mã", "Code", required=True)
    colour: Colour = field("Màu", "Colour")
    colours: list[Colour] = field("Các màu", "Colours")
    count_of_all: int = field("Số", "Count")
    long_count: Long = field("Số lớn", "Long count")
    weight_kg: Decimal = field("Nặng", "Weight", decimals=3)
    made_on: date = field("Ngày", "Day")
    seen_at: datetime = field("Lúc", "Instant")
    where_it_is: Place = field("Ở", "Place")
    part_of: One = link("PART_OF_THING", "Thing", "Thuộc", "Whole", back=("parts_of_it", "Gồm", "Parts"))
    replaced_by: Many = link("REPLACED_BY", "Thing", "Thay bởi", "Replaced by", edge=Cost)


def test_names_are_camel_case_everywhere_but_in_the_declaration() -> None:
    assert camel("owner_phone") == "ownerPhone"
    assert camel("name") == "name"
    thing = Model(Thing).types["Thing"]
    assert {"countOfAll", "weightKg", "seenAt", "nameEn", "updatedAt"} <= thing.fields.keys()
    assert all("_" not in name for kind in MODEL.types.values() for name in (*kind.fields, *kind.links))


def test_annotations_say_the_kind() -> None:
    fields = Model(Thing).types["Thing"].fields
    assert {name: fields[name].kind for name in ("code", "colour", "colours", "countOfAll", "longCount")} == {
        "code": Kind.CODE,
        "colour": Kind.CODE,
        "colours": Kind.LIST,
        "countOfAll": Kind.INT,
        "longCount": Kind.LONG,
    }
    kinds = [fields[name].kind for name in ("weightKg", "madeOn", "seenAt", "whereItIs", "name")]
    assert kinds == [Kind.DECIMAL, Kind.DATE, Kind.INSTANT, Kind.PLACE, Kind.TEXT]
    assert fields["colour"].codes is fields["colours"].codes is Colour
    assert fields["weightKg"].decimals == 3
    assert fields["name"].required
    assert fields["name"].search


def test_a_link_has_two_ends_with_one_owner() -> None:
    links = Model(Thing).types["Thing"].links
    there, back = links["partOf"], links["partsOfIt"]
    assert (there.many, back.many) == (False, True)
    assert (there.outgoing, back.outgoing) == (True, False)
    assert (there.owner, there.rule_name) == (back.owner, back.rule_name) == ("Thing", "partOf")
    assert [one.name for one in links["replacedBy"].fields] == ["paidOn"]


def test_every_link_of_the_domain_is_seen_alike_from_both_ends() -> None:
    pairs = 0
    for kind in MODEL.types.values():
        for one in kind.links.values():
            assert one.target in MODEL.types
            if one.back and one.outgoing:
                other = MODEL.types[one.target].links[one.back]
                assert (other.relation, other.target, other.fields) == (one.relation, kind.name, one.fields)
                assert other.classification == one.classification
                assert (other.owner, other.rule_name) == (kind.name, one.name)
                pairs += 1
    assert pairs > 15


def test_relations_and_plurals_are_unique() -> None:
    relations = [link.relation for kind in MODEL.types.values() for link in kind.links.values() if link.outgoing]
    assert len(set(relations)) == len(relations)
    plurals = [kind.plural for kind in MODEL.types.values()]
    assert len(set(plurals)) == len(plurals)


@pytest.mark.parametrize("name", ["Farm:A-1", "Farm:", "Farm:x:y"])
def test_an_id_names_its_type(name: str) -> None:
    kind = MODEL.type_of(name)
    assert kind is not None
    assert kind.name == "Farm"


@pytest.mark.parametrize("name", ["", "Farm", "farm:1", "Query:1", ":1", "Farm\n:1", " Farm:1"])
def test_an_id_of_no_type_names_none(name: str) -> None:
    assert MODEL.type_of(name) is None


def test_an_unknown_type_is_not_found() -> None:
    assert MODEL.type("Farm").name == "Farm"
    with pytest.raises(NotFound, match="`Nope`"):
        MODEL.type("Nope")


def declared(attributes: Mapping[str, tuple[object, object]]) -> type:
    """A record type of these attributes, each given with its annotation."""
    annotations = {name: hint for name, (hint, _) in attributes.items()}
    values = {name: given for name, (_, given) in attributes.items()}
    made = type("Bad", (), {"__annotations__": annotations, **values})
    return record("bads", "{code}", "Xấu", "Bad")(made)


@pytest.mark.parametrize(
    "wrong",
    [
        {"x": (bytes, field("x", "x"))},
        {"x": (float, field("x", "x"))},
        {"bad-name": (str, field("x", "x"))},
        {"x}) DETACH DELETE n //": (str, field("x", "x"))},
        {"x": (One, link("lower case", "Thing", "x", "x"))},
        {"x": (One, link("A]->() DELETE n //", "Thing", "x", "x"))},
        {"x": (One, link("TO_NOTHING", "Nothing", "x", "x", back=("y", "y", "y")))},
        {"x": (One, link("TO_THING", "Thing", "x", "x", back=("name", "y", "y")))},
        {"x": (One, link("TO_THING", "Thing", "x", "x", back=("part_of", "y", "y")))},
        {"x": (One, link("TO_THING", "Thing", "x", "x", back=("a b", "y", "y")))},
    ],
    ids=str,
)
def test_a_declaration_that_could_not_stand_in_a_statement_is_refused(wrong: dict[str, tuple[object, object]]) -> None:
    with pytest.raises(ConfigError):
        Model(Thing, declared(wrong))


def test_every_type_has_its_constraint_and_its_order() -> None:
    texts = definitions(MODEL, "neo4j")
    for name in MODEL.types:
        assert f"CREATE CONSTRAINT {name.lower()}_id IF NOT EXISTS FOR (n:{name}) REQUIRE n.id IS UNIQUE" in texts
        assert any(f"FOR (n:{name}) ON (n.name_sort, n.id)" in text for text in texts)
    assert len(set(texts)) == len(texts)
