"""The graph: rows, transactions, errors by their meaning, and a pool that survives cancelled readers."""

import asyncio
import gc
import itertools
from collections.abc import Mapping
from contextlib import aclosing

import pytest
from neo4j.exceptions import ClientError

from schema.errors import ConfigError, Conflict, Unavailable
from schema.graph import Graph
from tests.services.servers import Server

PATIENCE = 60.0


async def fresh(graph: Graph, label: str) -> None:
    """Give a test an empty label whose `id` is unique."""
    await graph.define([f"CREATE CONSTRAINT {label.lower()}_id IF NOT EXISTS FOR (n:{label}) REQUIRE n.id IS UNIQUE"])
    await graph.write((f"MATCH (n:{label}) DETACH DELETE n", {}))


async def test_the_dialect_is_found(graph: Graph, request: pytest.FixtureRequest) -> None:
    assert graph.dialect in request.node.name


async def test_rows_keep_the_order_of_their_columns(graph: Graph) -> None:
    parameters = {"text": "đồng bằng", "number": 2**53, "list": ["a", "b"]}
    rows = await graph.read("RETURN $text AS z, $number AS a, $list AS m, null AS b", parameters)
    assert rows == [["đồng bằng", 2**53, ["a", "b"], None]]
    assert await graph.read("UNWIND [] AS x RETURN x", {}) == []


async def test_definitions_may_be_repeated(graph: Graph) -> None:
    await fresh(graph, "Defined")
    await fresh(graph, "Defined")
    index = "CREATE INDEX defined_name IF NOT EXISTS FOR (n:Defined) ON (n.name)"
    await graph.define([index, index])


async def test_a_write_is_one_transaction(graph: Graph) -> None:
    await fresh(graph, "Whole")
    create = "CREATE (n:Whole {id: $id}) RETURN n.id"
    assert await graph.write((create, {"id": 1}), (create, {"id": 2})) == [[[1]], [[2]]]
    with pytest.raises(Conflict, match="exists already"):
        await graph.write((create, {"id": 3}), (create, {"id": 1}))
    with pytest.raises(ClientError):
        await graph.write((create, {"id": 4}), ("RETURN no such thing", {}))
    assert await graph.read("MATCH (n:Whole) RETURN n.id ORDER BY n.id", {}) == [[1], [2]]


async def test_concurrent_merges_make_no_duplicates(graph: Graph) -> None:
    await fresh(graph, "Merged")
    merge = "UNWIND $ids AS id MERGE (n:Merged {id: id}) ON CREATE SET n.seen = 1 ON MATCH SET n.seen = n.seen + 1"
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(graph.write((merge, {"ids": [n % 5, n % 5 + 5]})) for n in range(40)))
    rows = await graph.read("MATCH (n:Merged) RETURN n.id, n.seen ORDER BY n.id", {})
    assert rows == [[n, 8] for n in range(10)]


async def test_records_may_be_deleted_while_they_are_read(graph: Graph) -> None:
    await fresh(graph, "Fleeting")

    async def come_and_go() -> None:
        for number in itertools.count():
            ids = [f"{number}-{each}" for each in range(20)]
            await graph.write(("UNWIND $ids AS id CREATE (n:Fleeting {id: id, size: 1})", {"ids": ids}))
            await graph.write(("MATCH (n:Fleeting) WHERE n.id IN $ids DETACH DELETE n", {"ids": ids}))

    async with asyncio.TaskGroup() as group:
        task = group.create_task(come_and_go())
        for _ in range(200):
            await graph.read("MATCH (n:Fleeting) WHERE n.id > $id RETURN n.id, n.size", {"id": ""})
        task.cancel()
    await fresh(graph, "Fleeting")


async def test_the_observer_sees_every_statement(graph: Graph) -> None:
    seen: list[tuple[str, Mapping[str, object]]] = []
    graph.observer = lambda text, parameters: seen.append((text, parameters))
    before = graph.statements
    try:
        await graph.read("RETURN $a", {"a": 1})
        await graph.write(("RETURN $b", {"b": 2}), ("RETURN 3", {}))
        async with aclosing(graph.stream("RETURN 4", {})) as rows:
            assert [row async for row in rows] == [[4]]
    finally:
        graph.observer = None
    assert [text for text, _ in seen] == ["RETURN $a", "RETURN $b", "RETURN 3", "RETURN 4"]
    assert seen[0][1] == {"a": 1}
    assert graph.statements - before == 4


async def test_a_stream_gives_all_rows_in_order_or_stops_early(graph: Graph) -> None:
    text = "UNWIND range(1, $last) AS i RETURN i ORDER BY i"
    async with aclosing(graph.stream(text, {"last": 3500})) as rows:
        assert [row[0] async for row in rows] == list(range(1, 3501))
    async with aclosing(graph.stream(text, {"last": 3500})) as rows:
        async for row in rows:
            if row == [10]:
                break
    assert await graph.read("RETURN 1", {}) == [[1]]


# The driver leaves a socket to the collector where the read is cancelled while it connects.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning")
async def test_cancelled_reads_do_not_poison_the_pool(graph: Graph) -> None:
    text = "UNWIND range(1, 400) AS i RETURN i, $n AS n"

    async def cancelled(number: int) -> None:
        task = asyncio.create_task(graph.read(text, {"n": number}))
        # Spread over the life of a read: before it is sent, while it runs, while rows arrive.
        await asyncio.sleep(number % 20 / 1000)
        task.cancel()
        await asyncio.wait([task])

    async with asyncio.timeout(PATIENCE):
        for batch in range(10):
            await asyncio.gather(*(cancelled(batch * 20 + n) for n in range(20)))
        answers = await asyncio.gather(*(graph.read("RETURN $n", {"n": n}) for n in range(200)))
    assert answers == [[[n]] for n in range(200)]
    gc.collect()


async def test_a_mistake_in_a_statement_is_not_hidden(graph: Graph) -> None:
    with pytest.raises(ClientError):
        await graph.read("RETURN no such thing", {})


async def test_connecting_says_what_is_wrong(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="refuses the name or the password"):
        await Graph.connect(server.url, server.user, "wrong")
    with pytest.raises(ConfigError, match="is not valid"):
        await Graph.connect("telnet://somewhere", "root", "secret")
    monkeypatch.setattr("schema.graph._REACH_SECONDS", 0.2)
    with pytest.raises(Unavailable, match="does not answer"):
        await Graph.connect("bolt://127.0.0.1:9", "root", "secret")


async def test_a_lost_server_is_unavailable(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relay between driver and engine stands for the server that goes away."""
    port = int(server.url.rpartition(":")[2])
    open_ends: set[asyncio.StreamWriter] = set()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        open_ends.update((writer, back))

        async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            while data := await source.read(65536):
                target.write(data)
            target.close()

        await asyncio.gather(copy(reader, back), copy(there, writer), return_exceptions=True)

    listener = await asyncio.start_server(relay, "127.0.0.1", 0)
    address = listener.sockets[0].getsockname()
    graph = await Graph.connect(f"bolt://127.0.0.1:{address[1]}", server.user, server.password)
    try:
        assert await graph.read("RETURN 1", {}) == [[1]]
        for end in open_ends:
            end.transport.abort()
        assert await graph.read("RETURN 2", {}) == [[2]]
        listener.close()
        for end in open_ends:
            end.transport.abort()
        monkeypatch.setattr("schema.graph._READ_PATIENCE", 0.2)
        with pytest.raises(Unavailable, match="does not answer"):
            await graph.read("RETURN 3", {})
    finally:
        await graph.close()
