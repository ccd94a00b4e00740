"""The new enemy: who was shown a record, whose right to it ends, and who must not see what is written there after.

A schedule is a made-up order of asking, revoking, writing a secret, freezing a worker and waking it. Each has records
and a rule of its own. Workers are in this process, over a real graph; what is frozen is all that a worker sends to the
graph or hears from it.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final, TypeVar, cast

import httpx

from auth.grants import change, current_epoch
from auth.principal import Action
from auth.rules import ANYONE, ID, Constraint, Kind, Rule
from auth.token import DemoIssuer
from catalog.shelves import Shelf
from hub.answers import Answers
from hub.api.schema import schema
from hub.app import application
from hub.caches import Cache, Memory, Tiered
from hub.compiler.cursors import Cursors
from hub.execution import Bounds, Execution
from hub.policies import Policies
from hub.services import Services
from hub.settings import Settings
from schema.errors import Unavailable
from schema.graph import Graph, Parameters, Row, Statement
from schema.scalars import parse
from schema.types import MODEL
from tests.oracle.graphs import Record, Stock, load

T = TypeVar("T")

SECRET: Final = b"of these tests"
APP: Final = "enemy"
ASKERS: Final = {"anyone": ANYONE, "app": f"client:{APP}"}
RECORDS: Final = 3
"""Of one schedule: enough for a second page."""
BEFORE, AFTER = 1_00, 777_00
"""The stored area of a record, before the secret is written and after: a filter on it asks for the secret."""
AT_ONCE: Final = 25
"""Schedules whose records and rules are made together."""
BULK: Final = 2_000
"""Records that only make a statement long."""
AT_A_TIME: Final = 6
"""Long operations that are under way."""
LATEST: Final = 120.0
"""Seconds; only ends a test that has failed already."""

_SHOWN: Final = "{ id name areaHa inspectionNote }"
DOCUMENTS: Final = {
    "page": "query($name: String!) { farms(first: 2, orderBy: [{id: ASC}], where: {name: {eq: $name}}) "
    f"{{ totalCount pageInfo {{ endCursor }} nodes {_SHOWN} }} }}",
    "next page": "query($name: String!, $after: String) "
    "{ farms(first: 2, after: $after, orderBy: [{id: ASC}], where: {name: {eq: $name}}) "
    f"{{ nodes {_SHOWN} }} }}",
    "record": f"query($id: ID!) {{ node(id: $id) {{ ... on Farm {_SHOWN} }} }}",
    "guess": "query($name: String!) { farms(where: {name: {eq: $name}, areaHa: {gt: 500}}) { totalCount } }",
}
_LONG: Final = 'b{}: businesses(first: 1, where: {{name: {{contains: "không có {}"}}}}) {{ nodes {{ id }} }}'
LONG_BLOCKS: Final = {"arcadedb": 4, "neo4j": 20}


class Door:
    """A worker's way to the graph: while it is frozen nothing goes out, and what has come back is not heard."""

    def __init__(self, graph: Graph) -> None:
        self.dialect = graph.dialect
        self.going = asyncio.Event()
        self.going.set()
        self._graph = graph

    async def read(self, text: str, parameters: Parameters) -> list[Row]:
        """Read as the graph does."""
        return await self._through(self._graph.read(text, parameters))

    async def read_together(self, *statements: Statement) -> list[list[Row]]:
        """Read as the graph does."""
        return await self._through(self._graph.read_together(*statements))

    async def write(self, *statements: Statement, idempotent: bool = False) -> list[list[Row]]:
        """Write as the graph does."""
        return await self._through(self._graph.write(*statements, idempotent=idempotent))

    async def _through(self, sent: Awaitable[T]) -> T:
        await self.going.wait()
        answer = await sent
        await self.going.wait()
        return answer


@dataclass(frozen=True, slots=True)
class Worker:
    """One hub of two, and a client of it."""

    client: httpx.AsyncClient
    door: Door
    policies: Policies


@dataclass(frozen=True, slots=True)
class World:
    """Two workers over one graph and one cache, and the tokens of those who ask."""

    graph: Graph
    pair: Sequence[Worker]
    tokens: dict[str, str]


@asynccontextmanager
async def world(graph: Graph, folder: Path) -> AsyncGenerator[World]:
    """Give two workers; an answer to anyone is kept from the second time that it is asked for."""
    far, issuer = Memory(2**22), DemoIssuer(folder)
    async with AsyncExitStack() as stack:
        pair = [
            await stack.enter_async_context(_worker(graph, folder, issuer, Tiered(Memory(2**22), far, 60)))
            for _ in range(2)
        ]
        app = issuer.issue("an", ["developer"], None, client=APP)
        steward = issuer.issue("mai", ["steward"], "E")
        yield World(graph, pair, {"app": app, "steward": steward})


@asynccontextmanager
async def _worker(graph: Graph, folder: Path, issuer: DemoIssuer, cache: Cache) -> AsyncGenerator[Worker]:
    door = Door(graph)
    way = cast("Graph", door)
    execution = Execution(way, MODEL, schema.graphql, Cursors(SECRET), Bounds())
    answers = Answers(way, execution.policies, cache, SECRET, 1, settled_seconds=0)
    shelf = Shelf(folder / "releases")
    services = Services(Settings(data=folder), way, None, execution, issuer.verifier(), issuer, shelf, answers)
    transport = httpx.ASGITransport(app=application(services, "http://hub.test"))
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as client:
        yield Worker(client, door, execution.policies)


@dataclass(frozen=True, slots=True)
class Case:
    """The records of one schedule, and the rule that shows them to whoever it names."""

    seed: int

    @property
    def asker(self) -> str:
        """Who is shown them."""
        return ("anyone", "app")[self.seed % 2]

    @property
    def name(self) -> str:
        """The name of each of them, and of no other."""
        return f"hồ sơ {self.seed:06}"

    @property
    def secret(self) -> str:
        """What is written after the revocation."""
        return f"BÍ MẬT {self.seed:06}"

    @property
    def ids(self) -> tuple[str, ...]:
        """Their ids."""
        return tuple(f"Farm:E-{self.seed:06}-{place}" for place in range(RECORDS))

    @property
    def rule(self) -> Rule:
        """What is given at first and then revoked."""
        fields = ("areaHa", "inspectionNote", "name")
        constraints = (Constraint(ID, self.ids),)
        assignee = ASKERS[self.asker]
        return Rule(f"enemy/{self.seed}", Kind.PERMISSION, "HUB", assignee, Action.READ, "Farm", fields, constraints)

    def records(self) -> dict[str, Record]:
        """They, before the secret."""
        return {one: _farm(one, self.name) for one in self.ids}


def _farm(one: str, name: str) -> Record:
    kind = MODEL.type("Farm")
    cells = {"name": name, "custodian": "E", "visibility": "RESTRICTED", "areaHa": f"{BEFORE / 100}"}
    return Record(one, kind, {each.name: parse(each, cells.get(each.name, "")) for each in kind.fields.values()})


def bulk() -> Iterator[Stock]:
    """Open records that no schedule is about, a hundred at a time: an engine's statements have little time."""
    kind = MODEL.type("Business")
    for first in range(0, BULK, 100):
        records: dict[str, Record] = {}
        for number in range(first, first + 100):
            cells = {"name": f"Cửa hàng số {number} phố Hàng Đào", "custodian": "B", "visibility": "OPEN"}
            values = {each.name: parse(each, cells.get(each.name, "")) for each in kind.fields.values()}
            records[f"Business:B-{number}"] = Record(f"Business:B-{number}", kind, values)
        yield Stock(records, [])


async def made(graph: Graph, seeds: Sequence[int]) -> list[Case]:
    """The cases of these seeds, stored, their rules in force."""
    cases = [Case(seed) for seed in seeds]
    await load(graph, MODEL, Stock({name: one for case in cases for name, one in case.records().items()}, []))
    await change(graph, by="test", add=[case.rule for case in cases])
    return cases


@dataclass(slots=True)
class Tally:
    """What was counted; `wrong` is what no answer may be."""

    counts: Counter[str] = field(default_factory=Counter[str])
    wrong: list[str] = field(default_factory=list[str])


class Schedule:
    """One order of events, made from the case's seed."""

    def __init__(self, world: World, case: Case, tally: Tally) -> None:
        self._world, self._case, self._tally = world, case, tally
        self._random = Random(case.seed)
        self._cursor: str | None = None
        self._revoking = self._revoked = self._written = False
        self._going: list[asyncio.Task[None]] = []
        self._events: list[str] = []

    async def run(self) -> None:
        """Ask, revoke and write as the seed says; judge every answer."""
        random, case = self._random, self._case
        for document in [*random.sample(list(DOCUMENTS), 3), "page"]:
            for _ in range(random.choice((1, 2, 3))):
                await self._ask(random.choice(self._world.pair), document)
        await self._some("before")
        if random.random() < 0.5:
            await self._across()
        else:
            await self._revoke()
            await self._some("after")
            await self._write()
        await self._some("at last")
        for worker in self._world.pair:
            worker.door.going.set()
        async with asyncio.timeout(LATEST):
            await asyncio.gather(*self._going)
        for worker in self._world.pair:
            await self._ask(worker, random.choice(list(DOCUMENTS)))
        await self._stored()
        self._tally.counts["schedules"] += 1
        self._tally.counts[f"schedules of {case.asker}"] += 1

    async def _across(self) -> None:
        """Revoke and write at once, while operations that take long begin one after the other.

        Some begin to read under the right and come to the records when the secret stands there.
        """
        for worker in self._world.pair:
            worker.door.going.set()
        changing = asyncio.create_task(self._revoke_and_write())
        while not changing.done():
            if sum(not one.done() for one in self._going) < AT_A_TIME:
                self._start(self._random.choice(self._world.pair), *self._long())
            await asyncio.sleep(self._random.uniform(0, 0.01))
        await changing

    async def _revoke_and_write(self) -> None:
        """Let the writing wait for the lock that the revocation holds, so that it follows the commit at once."""
        epoch = await current_epoch(self._world.graph)
        revoking = asyncio.create_task(self._revoke())
        async with asyncio.timeout(LATEST):
            while not await self._write(epoch):
                self._events.append("not yet written")
        await revoking

    async def _some(self, when: str) -> None:
        """A few events: ask and wait, ask and go on, freeze a worker or let it go on, wake it."""
        random = self._random
        for _ in range(random.randrange(4)):
            worker = random.choice(self._world.pair)
            what = random.choice(("ask", "ask and go on", "ask and go on", "freeze", "melt", "wake"))
            self._events.append(f"{when}: {what} {self._world.pair.index(worker)}")
            if what == "freeze":
                worker.door.going.clear()
                self._tally.counts["times that a worker was frozen"] += 1
            elif what == "melt":
                worker.door.going.set()
            elif what == "wake":
                self._going.append(asyncio.create_task(self._wake(worker)))
            elif what == "ask" and worker.door.going.is_set():
                await self._ask(worker, random.choice(list(DOCUMENTS)))
            else:
                self._start(worker, random.choice(list(DOCUMENTS)))
                await asyncio.sleep(random.choice((0, 0, 0.001, 0.005)))

    @staticmethod
    async def _wake(worker: Worker) -> None:
        """What a worker does when it hears that the policy may have changed."""
        await worker.policies.moved(told=True)

    def _start(self, worker: Worker, document: str, text: str | None = None) -> None:
        self._going.append(asyncio.create_task(self._ask(worker, document, text)))

    def _long(self) -> tuple[str, str]:
        """An operation that reads for a while before it comes to the records."""
        blocks = range(LONG_BLOCKS[self._world.graph.dialect])
        document = DOCUMENTS["page"].replace(
            " farms(", f" {' '.join(_LONG.format(one, one) for one in blocks)} farms(", 1
        )
        return "page", document

    async def _ask(self, worker: Worker, document: str, text: str | None = None) -> None:
        """One request, judged by what had happened when it was sent and what had when it was answered."""
        case, token = self._case, self._world.tokens.get(self._case.asker)
        late = self._revoked
        variables = {"name": case.name, "id": case.ids[0], "after": self._cursor}
        sent = {"query": text or DOCUMENTS[document], "variables": variables}
        headers = {"authorization": f"Bearer {token}"} if token else {}
        answer = await worker.client.post("/graphql", json=sent, headers=headers)
        if answer.status_code == Unavailable.status and case.secret not in answer.text:  # a busy machine is no failure
            self._tally.counts["refused as unavailable"] += 1
            return
        body = answer.json()
        self._tally.counts["answers checked"] += 1
        self._tally.counts["answers that began after the revocation"] += late
        self._tally.counts["answers in flight"] += not late and self._revoking
        asked = f"seed {case.seed}, {document}{' (long)' if text else ''}, {self._events}: {answer.content.decode()}"
        shows = _shows(document, body, case, answer.text)
        if case.secret in answer.text or (document == "guess" and _counted(body)):
            self._tally.wrong.append(f"the secret is shown: {asked}")
        elif late and shows:
            self._tally.wrong.append(f"what was revoked is shown: {asked}")
        elif not late and not self._revoking and not shows and document != "guess":
            self._tally.wrong.append(f"what was given is not shown: {asked}")
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            self._tally.wrong.append(f"{answer.status_code}: {asked}")
        if document == "page" and text is None and shows:
            self._cursor = body["data"]["farms"]["pageInfo"]["endCursor"]

    async def _revoke(self) -> None:
        self._revoking = True
        self._events.append("revoking")
        await change(self._world.graph, by="test", remove=[self._case.rule.id])
        self._revoked = True
        self._events.append("revoked")

    async def _write(self, epoch: int = 0) -> bool:
        """Put the secret into every record, if the epoch is a later one than this; whether it was put there."""
        text = (
            "MATCH (v:PolicyVersion {id: 1}) WHERE v.epoch > $epoch MATCH (n:Farm) WHERE n.id IN $ids "
            "SET n.inspectionNote = $secret, n.areaHa = $area RETURN n.id"
        )
        parameters = {"ids": list(self._case.ids), "secret": self._case.secret, "area": AFTER, "epoch": epoch}
        lock = "MATCH (v:PolicyVersion {id: 1}) SET v.lock = $secret"
        _, written = await self._world.graph.write((lock, parameters), (text, parameters), idempotent=True)
        if written:
            self._events.append("written")
        return bool(written)

    async def _stored(self) -> None:
        """See that the secret is there, for who may see it."""
        sent = {"query": DOCUMENTS["record"], "variables": {"id": self._case.ids[0]}}
        headers = {"authorization": f"Bearer {self._world.tokens['steward']}"}
        answer = await self._world.pair[0].client.post("/graphql", json=sent, headers=headers)
        assert answer.json()["data"]["node"]["inspectionNote"] == self._case.secret


def _counted(body: dict[str, Any]) -> bool:
    """Whether an answer counts any record."""
    return bool(body.get("data") and body["data"]["farms"]["totalCount"])


def _shows(document: str, body: dict[str, Any], case: Case, text: str) -> bool:
    """Whether an answer shows any of the records, or counts them."""
    return case.name in text or any(one in text for one in case.ids) or (document == "page" and _counted(body))
