"""`search` on both engines, over a few records whose answers are written here by hand."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from graphql import parse

from auth.grants import seed
from auth.principal import ANONYMOUS, Principal
from auth.rules import Kind, Rule
from hub.compiler.cursors import Cursors
from hub.execution import Bounds, Execution
from schema.graph import Graph
from schema.types import MODEL
from tests.conftest import ENGINES
from tests.oracle.askers import RULES
from tests.oracle.comparisons import codes
from tests.oracle.graphs import Record, Stock, clear, load
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


CLOSED = [
    Rule(who, Kind.PROHIBITION, "HUB", f"client:{who}", "read", "Product", fields, (), ())
    for who, fields in (("english", ("name",)), ("nameless", ("name", "nameEn")))
]


def _record(number: str, name: str, english: str | None) -> Record:
    kind = MODEL.types["Product"]
    values = dict.fromkeys(kind.fields) | {
        "name": name,
        "nameEn": english,
        "custodian": "A",
        "visibility": "OPEN",
        "origin": "FICTIONAL",
        "code": number,
        "kind": "CROP",
    }
    return Record(f"Product:{number}", kind, values)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def execution(graph: Graph) -> AsyncIterator[Execution]:
    await clear(graph, MODEL)
    await seed(graph, [*RULES, *CLOSED])
    records = [_record(number, *names) for number, names in PRODUCTS.items()]
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
