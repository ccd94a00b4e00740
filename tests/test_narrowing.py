"""`search`, `near` and `within` on both engines, over a few records whose answers are written here by hand."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from graphql import parse

from auth.grants import seed
from auth.principal import ANONYMOUS, Action, Principal
from auth.rules import Kind, Rule
from hub.compiler.cursors import Cursors
from hub.compiler.documents import Operation
from hub.execution import Bounds, Execution
from schema.graph import Graph
from schema.types import MODEL
from tests.conftest import ENGINES
from tests.oracle.askers import RULES
from tests.oracle.comparisons import codes
from tests.oracle.graphs import Record, Stock, clear, load
from tests.oracle.narrowing import metres
from tests.oracle.schemas import CORE

pytestmark = pytest.mark.parametrize("server", ENGINES, indirect=True)

ENGLISH = Principal(client="english", roles=frozenset({"developer"}))
NAMELESS = Principal(client="nameless", roles=frozenset({"developer"}))
PRODUCTS = {
    "1": ("Cà phê", None),
    "2": ("Cà phê chè", "Arabica coffee"),
    "3": ("Quả cà phê", "Coffee cherry"),
    "4": ("Phê, cà", None),
    "5": ("Bã càphê", "phe ca"),
    "6": ("Ca", "xphe"),
    "7": ("Chè", "Tea"),
    "8": ("CÀ PHÊ", "Coffee"),
}


SITES: dict[str, tuple[float, float]] = {
    "hue": (16.463713, 107.590866),
    "hanoi": (21.028511, 105.804817),
    "saigon": (10.776889, 106.700806),
    "pole": (90.0, 12.5),
    "polar": (89.9, -160.0),
    "east": (1.0, 179.95),
    "west": (1.0, -179.95),
}
CLOSED = [
    Rule(who, Kind.PROHIBITION, "HUB", f"client:{who}", "read", "Product", fields, (), ())
    for who, fields in (("english", ("name",)), ("nameless", ("name", "nameEn")))
]


COMMON = {"custodian": "A", "visibility": "OPEN", "origin": "FICTIONAL"}


def _record(number: str, name: str, english: str | None) -> Record:
    kind = MODEL.types["Product"]
    values = {"name": name, "nameEn": english, "code": number, "kind": "CROP"}
    return Record(f"Product:{number}", kind, {**dict.fromkeys(kind.fields), **COMMON, **values})


def _site(name: str, place: tuple[float, float] | None) -> Record:
    kind = MODEL.types["TouristSite"]
    values = {"name": name, "location": place}
    return Record(f"TouristSite:A-{name}", kind, {**dict.fromkeys(kind.fields), **COMMON, **values})


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def execution(graph: Graph) -> AsyncIterator[Execution]:
    await clear(graph, MODEL)
    await seed(graph, [*RULES, *CLOSED])
    records = [_record(number, *names) for number, names in PRODUCTS.items()]
    records += [_site(name, place) for name, place in [*SITES.items(), ("nowhere", None)]]
    await load(graph, MODEL, Stock({one.id: one for one in records}, []))
    yield Execution(graph, MODEL, CORE, Cursors(b"of what narrows"), Bounds())
    await clear(graph, MODEL)


async def found(
    execution: Execution, words: str | None, rest: str = "", who: Principal = ANONYMOUS, **variables: object
) -> Any:  # noqa: ANN401 - a connection as JSON
    text = f"query ($words: String, $after: String) {{ products(search: $words, after: $after{rest})"
    text += " { totalCount nodes { code } pageInfo { hasNextPage endCursor } } }"
    result = await execution.answer(parse(text), {"words": words, **variables}, None, who)
    assert result.errors is None, result.errors
    assert result.data is not None
    return result.data["products"]


def numbers(connection: dict[str, Any]) -> str:
    return "".join(each["code"] for each in connection["nodes"])


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("cà phê", "1823456"),
        ("CA   PHE ", "1823456"),
        ("phe ca", "5123486"),
        ("che", "723"),
        ("coffee", "832"),
        ("chè arabica", "2"),
        ("e", "12345678"),
        ("cocoa", ""),
    ],
)
async def test_the_rank_is_of_the_best_text(execution: Execution, words: str, wanted: str) -> None:
    connection = await found(execution, words)
    assert numbers(connection) == wanted
    assert connection["totalCount"] == len(wanted)


async def test_what_is_closed_is_not_searched(execution: Execution) -> None:
    assert numbers(await found(execution, "coffee", who=ENGLISH)) == "832"
    assert numbers(await found(execution, "phe", who=ENGLISH)) == "56"


async def test_with_nothing_left_to_search_it_is_refused(execution: Execution) -> None:
    document = parse('{ products(search: "ca") { totalCount } }')
    result = await execution.answer(document, None, None, NAMELESS)
    assert (result.data, codes(result)) == (None, ["FORBIDDEN"])


async def test_pages_go_through_all_ranks_in_the_order_asked(execution: Execution) -> None:
    after, pages = None, list[str]()
    for _ in range(4):
        page = await found(execution, "ca phe", ", first: 2, orderBy: [{code: DESC}]", after=after)
        assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (7, len(pages) < 3)
        after = page["pageInfo"]["endCursor"]
        pages.append(numbers(page))
    assert pages == ["81", "25", "43", "6"]


async def test_a_cursor_belongs_to_what_was_searched(execution: Execution) -> None:
    cursor = (await found(execution, "ca phe", ", first: 1"))["pageInfo"]["endCursor"]
    assert numbers(await found(execution, "Cà  phê", ", first: 1", after=cursor)) == "8"
    for search in ('search: "ca", ', ""):
        document = parse(f"query ($after: String) {{ products({search}first: 1, after: $after) {{ totalCount }} }}")
        assert codes(await execution.answer(document, {"after": cursor}, None, ANONYMOUS)) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("words", ["", " \t", "\u0301", "a" * 201, "a b c d e f g h i"])
async def test_a_search_of_no_word_or_of_too_many_is_refused(execution: Execution, words: str) -> None:
    document = parse("query ($words: String) { products(search: $words) { totalCount } }")
    assert codes(await execution.answer(document, {"words": words}, None, ANONYMOUS)) == ["BAD_USER_INPUT"]


async def test_a_search_that_is_null_is_none(execution: Execution) -> None:
    assert numbers(await found(execution, None)) == "12345678"


async def near(execution: Execution, lat: float, lon: float, reach: float, rest: str = "") -> list[tuple[str, int]]:
    """Names and distances of what is near, nearest first."""
    text = "query ($near: NearInput) { touristSites(near: $near%s) { totalCount edges { distance node { name } } } }"
    given = {"near": {"lat": lat, "lon": lon, "withinKm": reach}}
    result = await execution.answer(parse(text % rest), given, None, ANONYMOUS)
    assert result.errors is None, result.errors
    assert result.data is not None
    edges = result.data["touristSites"]["edges"]
    assert result.data["touristSites"]["totalCount"] == len(edges)
    return [(edge["node"]["name"], edge["distance"]) for edge in edges]


async def test_distances_are_those_of_the_globe(execution: Execution) -> None:
    found_ = await near(execution, 21.028511, 105.804817, 2000)
    assert found_ == [("hanoi", 0), ("hue", 541_279), ("saigon", 1_143_936)]
    assert [metres(SITES["hanoi"], SITES[name]) for name, _ in found_] == [away for _, away in found_]


async def test_the_bound_is_a_bound_to_the_metre(execution: Execution) -> None:
    ((_, away),) = (await near(execution, 16.0, 107.0, 400))[:1]
    assert await near(execution, 16.0, 107.0, away / 1000) == [("hue", away)]
    assert await near(execution, 16.0, 107.0, (away - 1) / 1000) == []


async def test_what_is_near_may_lie_behind_a_pole_or_the_180th_meridian(execution: Execution) -> None:
    assert await near(execution, 90.0, -70.0, 20) == [("pole", 0), ("polar", metres((90.0, 0.0), SITES["polar"]))]
    assert await near(execution, 89.95, 20.0, 20) == [
        ("pole", metres((89.95, 20.0), SITES["pole"])),
        ("polar", metres((89.95, 20.0), SITES["polar"])),
    ]
    both = metres(SITES["east"], SITES["west"])
    assert 11_000 < both < 11_200
    assert await near(execution, 1.0, 179.95, 20) == [("east", 0), ("west", both)]
    assert await near(execution, 1.0, -179.95, 20) == [("west", 0), ("east", both)]
    assert await near(execution, 1.0, -180.0, 20, ", orderBy: [{name: DESC}]") == [
        ("west", (both + 1) // 2),
        ("east", (both + 1) // 2),
    ]


@pytest.mark.parametrize(
    "given",
    [
        "near: {lat: 90.1, lon: 0, withinKm: 1}",
        "near: {lat: 0, lon: -180.1, withinKm: 1}",
        "near: {lat: 0, lon: 0, withinKm: 0}",
        "near: {lat: 0, lon: 0, withinKm: 0.0009}",
        "near: {lat: 0, lon: 0, withinKm: 2001}",
        "within: {box: {south: 2, west: 0, north: 1, east: 1}}",
        "within: {box: {south: 0, west: 170, north: 1, east: -170}}",
        "within: {box: {south: -91, west: 0, north: 1, east: 1}}",
        'within: {area: "Farm:A-1"}',
        'within: {area: ""}',
    ],
)
async def test_a_place_that_is_none_is_refused(execution: Execution, given: str) -> None:
    document = parse(f"{{ touristSites({given}) {{ totalCount }} }}")
    assert codes(await execution.answer(document, None, None, ANONYMOUS)) == ["BAD_USER_INPUT"]


async def test_a_type_without_a_place_has_no_box(execution: Execution) -> None:
    document = parse("{ targets(within: {box: {south: 0, west: 0, north: 1, east: 1}}) { totalCount } }")
    assert codes(await execution.answer(document, None, None, ANONYMOUS)) == ["BAD_USER_INPUT"]


async def test_the_text_of_a_statement_does_not_tell_where(execution: Execution) -> None:
    arguments = ("near: {lat: 89, lon: 180, withinKm: 2000}", "near: {lat: 1, lon: 1, withinKm: 0.001}")
    asked = [
        f"{{ touristSites({given}, search: {words}) {{ nodes {{ id }} }} }}"
        for given, words in zip(arguments, ('"a b"', '"ca phe"'), strict=True)
    ]
    texts: set[str] = set()
    for each in asked:
        operation = Operation.prepare(CORE, parse(each), None, None)
        assert isinstance(operation, Operation)
        texts |= {part.text for part in (await execution.compile(operation, ANONYMOUS, Action.READ)).parts}
    assert len(texts) == 1
