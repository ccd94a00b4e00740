"""Made-up graphs: every type, every link, and the values at which comparisons go wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeAlias, cast

from schema.constraints import definitions
from schema.graph import Graph, Statement
from schema.model import Field, Kind, Link, Model, RecordType
from schema.scalars import Stored, properties
from schema.text import stored_text

Value: TypeAlias = Stored | tuple[float, float]

TEXTS = tuple(
    stored_text(text)
    for text in (
        "Cà phê",
        "cà phê",
        "CÀ PHÊ",
        "Ca phe",
        "Cà  phê  chè",
        "Đắk Lắk",
        "Dak Lak",
        "đăng",
        "Dăng",
        "An",
        "Ân",
        "Ăn",
        "án",
        "ạn",
        "ẢN",
        "Thủy sản",
        "Thuỷ sản",
        "Huế",
        "Huệ",
        "hue",
        "10 xã",
        "2 xã",
        "zêbu",
        'Woody\'s "farm"',
        "') DETACH DELETE n //",
        "$p1 \\ {n}",
        "100 %_*",
        "日本",
        "é",
    )
)
CODES = ("01", "1", "10", "A", "B", "a", "b-1", "É", "đ", "Đ", "HOSE", "2024-Q3", "$p0", "n.id", "' OR true")
CUSTODIANS = ("A", "B", "C")
VISIBILITIES = ("OPEN", "OPEN", "OPEN", "SHARED", "RESTRICTED")
INTS = (0, 1, -1, 7, 12, 12, 2**31 - 1, -(2**31))
LONGS = (0, 1, -1, 7, 500, 500, 2**53 - 1, 1 - 2**53, 2**31)
SCALED = (0, 1, -1, 10, 99, 100, 125, 1250, 1250, 10**15 - 1, 10**15, 10**15 + 1, 2**53 - 1, 1 - 2**53)
DATES = ("2025-06-30", "2025-07-01", "2025-07-01", "2026-02-28", "2024-02-29", "0001-01-01", "9999-12-31")
INSTANTS = ("2026-11-22T03:04:05.678Z", "2026-11-22T03:04:05.679Z", "2025-01-01T00:00:00.000Z")
PLACES = ((10.5, 106.25), (0.0, 0.0), (-90.0, 180.0), (21.028511, 105.804817), (1e-06, -1e-06))
AT_ONCE = 2_000
"""Records that one transaction takes out."""
_TIE = """
UNWIND $rows AS row MATCH (a:{source} {{id: row.source}}) MATCH (b:{target} {{id: row.target}})
CREATE (a)-[e:{relation}]->(b) SET e += row.values
"""
LISTED_CODES = ("wifi", "bãi xe", "$p0", "A")


@dataclass(frozen=True, slots=True)
class Record:
    """One stored record: of every field of its type the value, in stored form."""

    id: str
    type: RecordType
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Tie:
    """One stored relationship, with its own values."""

    relation: str
    source: str
    target: str
    values: Mapping[str, Stored]


@dataclass(frozen=True, slots=True)
class Stock:
    """A whole stored graph."""

    records: Mapping[str, Record]
    ties: Sequence[Tie]

    def of(self, name: str) -> list[Record]:
        """The records of a type."""
        return [record for record in self.records.values() if record.type.name == name]


def made(random: Random, model: Model, size: int) -> Stock:
    """A graph with about `size` records of each type."""
    records = {
        record.id: record
        for kind in model.types.values()
        for record in (_record(random, kind, number) for number in range(random.randint(size - 2, size + 2)))
    }
    stock = Stock(records, [])
    ties = [
        tie
        for record in records.values()
        for link in record.type.links.values()
        if link.outgoing
        for tie in _ties(random, record, link, stock)
    ]
    return Stock(records, ties)


def _record(random: Random, kind: RecordType, number: int) -> Record:
    values = {field.name: _value(random, field) for field in kind.fields.values()}
    place = random.choice(("", "", "Đ", "z", "@2025-07-01"))
    return Record(f"{kind.name}:{values['custodian']}-{number:03}{place}", kind, values)


def _value(random: Random, field: Field) -> Value:
    if field.name == "custodian":
        return random.choice(CUSTODIANS)
    if field.name == "visibility":
        return random.choice(VISIBILITIES)
    if not field.required and random.random() < 0.25:
        return None
    return value(random, field)


def value(random: Random, field: Field) -> Value:  # noqa: PLR0911 - one return for each kind
    """A value that the field may have."""
    codes = tuple(field.codes.__members__) if field.codes else CODES
    match field.kind:
        case Kind.TEXT:
            return random.choice(TEXTS)
        case Kind.CODE:
            return random.choice(CUSTODIANS if field.name == "custodian" else codes)
        case Kind.INT:
            return random.choice(INTS)
        case Kind.LONG:
            return random.choice(LONGS)
        case Kind.DECIMAL:
            return random.choice(SCALED)
        case Kind.DATE:
            return random.choice(DATES)
        case Kind.INSTANT:
            return random.choice(INSTANTS)
        case Kind.PLACE:
            return random.choice(PLACES)
        case Kind.LIST:
            listed = tuple(field.codes.__members__) if field.codes else LISTED_CODES
            return random.sample(listed, random.randint(0, min(3, len(listed))))


def _ties(random: Random, record: Record, link: Link, stock: Stock) -> list[Tie]:
    ends = stock.of(link.target)
    count = random.choice((0, 1, 1, 1)) if not link.many else random.choice((0, 1, 2, 5))
    chosen = random.sample(ends, min(count, len(ends)))
    if link.target == record.type.name and random.random() < 0.25:  # a record that is linked to itself
        chosen = [record]
    return [
        Tie(
            link.relation,
            record.id,
            end.id,
            {field.name: None if random.random() < 0.25 else _plain(value(random, field)) for field in link.fields},
        )
        for end in chosen
    ]


def _plain(value: Value) -> Stored:
    return None if isinstance(value, tuple) else value


async def clear(graph: Graph, model: Model) -> None:
    """Take out every record of the model and every rule, so that a test starts from nothing."""
    await graph.define(definitions(model, graph.dialect))
    policy = ("PolicyVersion", "PolicyRule", "AuditEvent")
    await graph.define(
        f"CREATE CONSTRAINT {name.lower()}_id IF NOT EXISTS FOR (n:{name}) REQUIRE n.id IS UNIQUE" for name in policy
    )
    nothing: dict[str, object] = {}
    # The last declared first: figures go before what thousands of them are linked to.
    names = (*reversed(list(model.types)), *policy)
    for name in names:
        [[held]] = await graph.read(f"MATCH (n:{name}) RETURN count(n)", nothing)
        for _ in range(0, cast("int", held), AT_ONCE):  # a transaction's memory and time are bounded
            await graph.write((f"MATCH (n:{name}) WITH n LIMIT {AT_ONCE} DETACH DELETE n", nothing))


async def load(graph: Graph, model: Model, stock: Stock) -> None:
    """Store a whole graph, in few statements."""
    records, ties = writes(model, stock)
    await graph.write(*records)
    if ties:
        await graph.write(*ties)


def writes(model: Model, stock: Stock) -> tuple[list[Statement], list[Statement]]:
    """The statements that store records, and those that link them."""
    records: list[Statement] = [
        (f"UNWIND $rows AS row MERGE (n:{kind.name} {{id: row.id}}) SET n += row.values", {"rows": rows})
        for kind in model.types.values()
        if (rows := _rows(stock, kind))
    ]
    links = [link for kind in model.types.values() for link in kind.links.values() if link.outgoing]
    ties: list[Statement] = [
        (
            _TIE.format(source=link.source, target=link.target, relation=link.relation),
            {"rows": rows},
        )
        for link in links
        if (
            rows := [
                {"source": tie.source, "target": tie.target, "values": tie.values}
                for tie in stock.ties
                if tie.relation == link.relation
            ]
        )
    ]
    return records, ties


def _rows(stock: Stock, kind: RecordType) -> list[dict[str, object]]:
    return [{"id": one.id, "values": _stored(one)} for one in stock.of(kind.name)]


def _stored(record: Record) -> dict[str, Stored]:
    found: dict[str, Stored] = {}
    for name, value in record.values.items():
        found |= {key: one for key, one in properties(record.type.fields[name], value).items() if one is not None}
    return found
