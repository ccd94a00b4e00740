"""Runs into a real graph: twice the same, changes only, kill and go on, one runner at a time, bad rows kept."""

import asyncio
import json
import re
import signal
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from shutil import copyfile
from typing import Final, cast

import pytest
import pytest_asyncio

from connectors import runner as module
from connectors import sources, statements, tabular
from connectors.base import Disposition
from connectors.leases import Lease, State, checkpoint, take
from connectors.runner import Runner, RunResult
from connectors.streams import STREAMS, load
from schema.constraints import CHECKPOINT, DATA_VERSION, OPERATIONAL, QUARANTINED_ROW, RUN, uniques
from schema.errors import Conflict, InvalidInput
from schema.graph import Graph, Row, Statement
from schema.types import MODEL
from tests.services.servers import Server

ROOT: Final = Path(__file__).resolve().parent.parent
FACTS: Final = ROOT / "examples" / "facts"
BY_NAME: Final = {stream.name: stream for stream in STREAMS}
BASICS: Final = ("areas", "sectors", "products", "indicators")
CHANGING: Final = frozenset({"run", "updatedAt", "updatedAt_fold"})

TABLES: Final = {
    "sources.csv": "id,title,licence\ns,Niên giám,CC0\n",
    "areas.csv": (
        "code,validFrom,validTo,level,name,nameEn,partOf,centre,source\n"
        "01,2008-08-01,2025-06-30,PROVINCE,Hà Nội,Ha Noi,VN@1976-07-02,21.1 105.3,s\n"
        "VN,1976-07-02,,COUNTRY,Việt Nam,Viet Nam,,,s\n"
        "02,1992-01-01,2025-06-30,PROVINCE,Hà Giang,Ha Giang,VN@1976-07-02,,s\n"
        "01,2025-07-01,,PROVINCE,Hà Nội,Ha Noi,VN@1976-07-02,,s\n"
    ),
    "area_succession.csv": "from,to,share,legalBasis,source\n01@2008-08-01,01@2025-07-01,FULL,Nghị quyết 202,s\n",
    "sectors.csv": "code,name,partOf,source\nA,Nông nghiệp,,s\nT,Thương mại,,s\nR,Bán lẻ,T,s\n",
    "products.csv": "code,name,kind,source\nRICE,Lúa,CROP,s\nMAIZE,Ngô,CROP,s\n",
    "indicators.csv": (
        "code,name,nameEn,unit,frequency,inSector,aboutProduct,custodian,source\n"
        "CROP.RICE.AREA,Diện tích lúa,Area of rice,ha,ANNUAL,A,RICE,NSO,s\n"
        "CROP.RICE.PRODUCTION,Sản lượng lúa,Output of rice,tấn,ANNUAL,A,RICE,NSO,s\n"
    ),
    "businesses.csv": (
        "custodian,localId,name,kind,inSector,locatedIn,offers,visibility\n"
        "DEMO,1,Chợ Một,MARKET,T,01@2025-07-01,RICE;MAIZE,OPEN\n"
        "DEMO,2,Chợ Hai,MARKET,R,,RICE,SHARED\n"
    ),
    "farms.csv": (
        "custodian,localId,name,kind,areaHa,location,locatedIn,visibility\n"
        "DEMO,1,Trại Một,CROP,1.5,21.1 105.3,01@2025-07-01,OPEN\n"
        "DEMO,2,Trại Hai,CROP,2.5,,01@2025-07-01,RESTRICTED\n"
    ),
    "grows.csv": "farm,product,areaHa,season,yearlyTonnes\nDEMO-1,RICE,1.5,SPRING,7\nDEMO-2,RICE,,AUTUMN,\n",
}
CROPS_HEADER: Final = "province,year,crop,season,areaThousandHa,productionThousandTonnes,source\n"
CHILD: Final = """
import asyncio, json, sys
from pathlib import Path
from connectors.runner import Runner
from connectors.streams import STREAMS
from schema.graph import Graph, Row, Statement
from schema.types import MODEL

async def main():
    given = json.loads(sys.stdin.readline())
    graph = await Graph.connect(given["url"], given["user"], given["password"])
    tell = lambda name, done, total: print(done, total, flush=True)
    stream = next(stream for stream in STREAMS if stream.name == given["stream"])
    await Runner(graph, MODEL, batch=20, progress=tell).run(stream, Path(given["folder"]))
    await graph.close()

asyncio.run(main())
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own_graph(own_server: Server) -> AsyncGenerator[Graph]:
    graph = await Graph.connect(own_server.url, own_server.user, own_server.password)
    await graph.define(uniques(MODEL))
    yield graph
    await graph.close()


@pytest_asyncio.fixture(loop_scope="session")
async def empty(own_graph: Graph) -> Graph:
    """Give that graph without a record."""
    for label in (*MODEL.types, *OPERATIONAL):
        await own_graph.write((f"MATCH (n:{label}) DETACH DELETE n", {}), idempotent=True)
    return own_graph


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in TABLES.items():
        (tmp_path / name).write_text(text, "utf-8")
    lines = (f"01,{year},RICE,{season},{year % 7}.5,{year % 5},s\n" for year in range(2000, 2025) for season in SEASONS)
    (tmp_path / "crops.csv").write_text(CROPS_HEADER + "".join(lines), "utf-8")
    return tmp_path


SEASONS: Final = ("ANNUAL", "SPRING", "AUTUMN", "WINTER")


async def run(graph: Graph, folder: Path, *names: str, batch: int = 1000) -> list[RunResult]:
    return [await Runner(graph, MODEL, batch=batch).run(BY_NAME[name], folder) for name in names]


async def basics(graph: Graph, folder: Path) -> None:
    results = await run(graph, folder, *BASICS)
    assert {result.state for result in results} == {State.COMPLETE}


async def dump(graph: Graph, *, all_of_it: bool = False) -> list[str]:
    """Everything in the graph but what runs note about themselves; with `all_of_it` times and runs too."""
    found: list[str] = []
    for label in (*MODEL.types, QUARANTINED_ROW, *((RUN, CHECKPOINT, DATA_VERSION) if all_of_it else ())):
        for (record,) in await graph.read(f"MATCH (n:{label}) RETURN properties(n)", {}):
            found.append(json.dumps([label, _left(record, all_of_it=all_of_it)], sort_keys=True))
    for kind in MODEL.types.values():
        for link in kind.links.values():
            if link.outgoing:
                text = f"MATCH (a:{kind.name})-[r:{link.relation}]->(b) RETURN a.id, b.id, properties(r)"
                found += [json.dumps([link.relation, *row], sort_keys=True) for row in await graph.read(text, {})]
    return sorted(found)


def _left(record: object, *, all_of_it: bool) -> dict[str, object]:
    # `touchedBy` is the mark of whoever looked last at a checkpoint.
    out = {"touchedBy"} if all_of_it else CHANGING
    return {name: value for name, value in cast("dict[str, object]", record).items() if name not in out}


async def column(graph: Graph, text: str) -> list[object]:
    return [row[0] for row in await graph.read(text, {})]


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), "utf-8")


async def test_every_record_says_where_it_comes_from(empty: Graph, folder: Path) -> None:
    await basics(empty, folder)
    (result,) = await run(empty, folder, "crops")
    found = await empty.read(
        "MATCH (o:Observation)-[:IN_AREA]->(a:Area), (o)-[:OF_INDICATOR]->(i:Indicator) "
        "WHERE o.period = '2001' AND o.breakdown = 'SPRING' "
        "RETURN o.id, o.name, o.custodian, o.visibility, o.origin, o.source, o.sourceFile, o.sourceRow, o.run, "
        "o.updatedAt IS NOT NULL, a.id, i.id, o.value ORDER BY o.id",
        {},
    )
    assert found[0] == [
        "Observation:CROP.RICE.AREA/01@2008-08-01/2001/SPRING/",
        "Diện tích lúa, Hà Nội, 2001",
        "NSO",
        "OPEN",
        "FACT",
        "Niên giám; CC0",
        "crops.csv",
        7,
        result.run,
        True,
        "Area:01@2008-08-01",
        "Indicator:CROP.RICE.AREA",
        6_500_000,
    ]
    assert len(found) == 2
    content = (folder / "crops.csv").read_bytes()
    assert (result.read, result.written, result.unchanged, result.quarantined) == (100, 200, 0, 0)
    assert (result.bytes, result.sha256) == (len(content), tabular.source(folder / "crops.csv").sha256)
    row = (
        await empty.read(
            "MATCH (r:Run {id: $id}) RETURN r.connector, r.state, r.read, r.written, r.quarantined, r.bytes, r.sha256, "
            "r.started <= r.ended",
            {"id": result.run},
        )
    )[0]
    assert row == ["crops", "COMPLETE", 100, 200, 0, len(content), result.sha256, True]


async def test_twice_is_the_same_graph(empty: Graph, folder: Path) -> None:
    names = (*BASICS, "area_succession", "crops", "fictional_businesses", "fictional_farms", "fictional_grows")
    await run(empty, folder, *names)
    before = await dump(empty, all_of_it=True)
    seen: list[str] = []
    empty.observer = lambda text, _: seen.append(text)
    try:
        results = await run(empty, folder, *names)
    finally:
        empty.observer = None
    assert {result.state for result in results} == {State.UNCHANGED}
    assert sum(result.read + result.written for result in results) == 0
    assert seen
    assert not [text for text in seen if "MERGE" in text or "SET" in text or "DELETE" in text]
    assert await dump(empty, all_of_it=True) == before


async def test_only_what_changed_is_written(empty: Graph, folder: Path) -> None:
    await basics(empty, folder)
    await run(empty, folder, "crops")
    old = {row[0]: row[1:] for row in await empty.read("MATCH (o:Observation) RETURN o.id, o.run, o.updatedAt", {})}
    edit(folder / "crops.csv", "01,2010,RICE,WINTER,1.5,0,s\n", "01,2010,RICE,WINTER,9.25,0,s\n")
    (result,) = await run(empty, folder, "crops")
    assert (result.read, result.written, result.unchanged) == (100, 1, 199)
    new = {row[0]: row[1:] for row in await empty.read("MATCH (o:Observation) RETURN o.id, o.run, o.updatedAt", {})}
    assert [key for key in old if old[key] != new[key]] == [
        "Observation:CROP.RICE.AREA/01@2008-08-01/2010/WINTER/",
    ]
    changed = new["Observation:CROP.RICE.AREA/01@2008-08-01/2010/WINTER/"]
    assert changed[0] == result.run
    assert await column(empty, "MATCH (o:Observation) WHERE o.value = 9250000 RETURN count(o)") == [1]


async def test_links_are_replaced(empty: Graph, folder: Path) -> None:
    await basics(empty, folder)
    await run(empty, folder, "fictional_businesses")
    offers = "MATCH (b:Business {id: 'Business:DEMO-1'})-[:OFFERS]->(p:Product) RETURN p.id ORDER BY p.id"
    sector = "MATCH (b:Business)-[:IN_SECTOR]->(s:Sector) RETURN b.id + ' ' + s.id ORDER BY b.id"
    area = "MATCH (b:Business)-[:BUSINESS_LOCATED_IN]->(a:Area) RETURN b.id + ' ' + a.id ORDER BY b.id"
    assert await column(empty, offers) == ["Product:MAIZE", "Product:RICE"]
    assert await column(empty, sector) == ["Business:DEMO-1 Sector:T", "Business:DEMO-2 Sector:R"]
    edit(folder / "businesses.csv", "MARKET,T,01@2025-07-01,RICE;MAIZE", "MARKET,A,,MAIZE")
    (result,) = await run(empty, folder, "fictional_businesses")
    assert (result.written, result.unchanged) == (1, 1)
    assert await column(empty, offers) == ["Product:MAIZE"]
    assert await column(empty, sector) == ["Business:DEMO-1 Sector:A", "Business:DEMO-2 Sector:R"]
    assert await column(empty, area) == []


async def test_link_fields_change(empty: Graph, folder: Path) -> None:
    await basics(empty, folder)
    await run(empty, folder, "fictional_farms", "fictional_grows")
    edit(folder / "grows.csv", "DEMO-1,RICE,1.5,SPRING,7", "DEMO-1,RICE,,WINTER,7")
    (result,) = await run(empty, folder, "fictional_grows")
    assert (result.written, result.unchanged) == (1, 1)
    rows = await empty.read(
        "MATCH (f:Farm)-[g:GROWS]->(:Product) RETURN f.id, g.areaHa, g.season, g.yearlyTonnes ORDER BY f.id", {}
    )
    assert rows == [["Farm:DEMO-1", None, "WINTER", 700], ["Farm:DEMO-2", None, "AUTUMN", None]]


async def test_what_other_hands_changed_is_noticed(empty: Graph, folder: Path) -> None:
    await basics(empty, folder)
    await run(empty, folder, "fictional_farms")
    await empty.write(("MATCH (f:Farm {id: $id}) SET f.kind = 'MIXED'", {"id": "Farm:DEMO-1"}))
    (folder / "farms.csv").write_text((folder / "farms.csv").read_text("utf-8") + "\n", "utf-8")
    (result,) = await run(empty, folder, "fictional_farms")
    assert (result.written, result.unchanged) == (1, 1)
    assert await column(empty, "MATCH (f:Farm) RETURN f.kind") == ["CROP", "CROP"]


async def test_append_leaves_records_as_they_are(empty: Graph, folder: Path) -> None:
    await run(empty, folder, "sectors")
    edit(folder / "sectors.csv", "A,Nông nghiệp,,s\n", "A,Khác,,s\nN,Mới,,s\n")
    stream = replace(BY_NAME["sectors"], disposition=Disposition.APPEND)
    result = await Runner(empty, MODEL).run(stream, folder)
    assert (result.written, result.unchanged) == (1, 3)
    assert await column(empty, "MATCH (s:Sector) RETURN s.name ORDER BY s.id") == [
        "Nông nghiệp",
        "Mới",
        "Bán lẻ",
        "Thương mại",
    ]


async def test_names_follow_what_they_are_made_of(empty: Graph, folder: Path) -> None:
    await basics(empty, folder)
    await run(empty, folder, "crops", "fictional_farms", "fictional_grows")
    edit(folder / "indicators.csv", "Diện tích lúa", "Diện tích lúa nước")
    results = await run(empty, folder, "indicators", "crops", "fictional_farms", "fictional_grows")
    assert [(result.state, result.written) for result in results] == [
        (State.COMPLETE, 1),
        (State.COMPLETE, 100),
        (State.UNCHANGED, 0),
        (State.UNCHANGED, 0),
    ]


async def test_versions_of_data(empty: Graph, folder: Path) -> None:
    await basics(empty, folder)
    text = f"MATCH (v:{DATA_VERSION}) RETURN v.id, v.version ORDER BY v.id"
    assert await empty.read(text, {}) == [["Area", 1], ["Indicator", 1], ["Product", 1], ["Sector", 1]]
    await run(empty, folder, "area_succession")
    await run(empty, folder, "crops", batch=40)
    edit(folder / "products.csv", "Ngô", "Bắp")
    (folder / "sectors.csv").write_text((folder / "sectors.csv").read_text("utf-8") + "\n", "utf-8")
    assert [result.state for result in await run(empty, folder, "products", "sectors")] == [State.COMPLETE] * 2
    assert await empty.read(text, {}) == [
        ["Area", 2],
        ["Indicator", 1],
        ["Observation", 3],
        ["Product", 2],
        ["Sector", 1],
    ]


async def test_bad_rows_are_kept_aside(empty: Graph, folder: Path) -> None:
    await basics(empty, folder)
    bad = "01,1999,RICE,SPRING,one,2,s\n99,1999,RICE,SPRING,1,2,s\n01,1999,RICE\n"
    crops = folder / "crops.csv"
    crops.write_text(crops.read_text("utf-8") + bad, "utf-8")
    (result,) = await run(empty, folder, "crops")
    assert (result.state, result.read, result.written, result.quarantined) == (State.COMPLETE, 103, 200, 3)
    text = f"MATCH (q:{QUARANTINED_ROW}) RETURN q.row, q.raw, q.reason, q.run, q.stream ORDER BY q.row"
    kept = await empty.read(text, {})
    assert [row[:2] for row in kept] == [[102 + place, line] for place, line in enumerate(bad.splitlines())]
    reasons = [str(row[2]) for row in kept]
    assert "`value`: `one` is no number" in reasons[0]
    assert "there is no area `99`" in reasons[1]
    assert "has 3 cells, the header 7" in reasons[2]
    assert {(row[3], row[4]) for row in kept} == {(result.run, "crops")}
    assert (await run(empty, folder, "crops"))[0].state is State.UNCHANGED
    # Once the area is there, the same file is read again, and its row is bad no more.
    edit(folder / "areas.csv", "02,1992-01-01", "99,1992-01-01")
    await run(empty, folder, "areas")
    (result,) = await run(empty, folder, "crops")
    assert (result.written, result.unchanged, result.quarantined) == (2, 200, 2)
    assert [row[0] for row in await empty.read(text, {})] == [102, 104]


async def test_a_row_that_leads_nowhere_is_bad_until_its_end_is_there(empty: Graph, folder: Path) -> None:
    await run(empty, folder, *BASICS, "fictional_farms")
    grows = folder / "grows.csv"
    stream = replace(BY_NAME["fictional_grows"], bad_share=0.5)
    grows.write_text(grows.read_text("utf-8") + "DEMO-3,RICE,1,SPRING,1\n", "utf-8")
    result = await Runner(empty, MODEL).run(stream, folder)
    assert (result.written, result.quarantined) == (2, 1)
    reason = await column(empty, f"MATCH (q:{QUARANTINED_ROW}) RETURN q.reason")
    assert "row 4: there is no `Farm:DEMO-3`" in str(reason[0])
    farms = folder / "farms.csv"
    farms.write_text(farms.read_text("utf-8") + "DEMO,3,Trại Ba,CROP,1,,,OPEN\n", "utf-8")
    await run(empty, folder, "fictional_farms")
    result = await Runner(empty, MODEL).run(stream, folder)
    assert (result.written, result.unchanged, result.quarantined) == (1, 2, 0)
    assert await column(empty, f"MATCH (q:{QUARANTINED_ROW}) RETURN count(q)") == [0]


async def test_too_many_bad_rows_change_nothing(empty: Graph, folder: Path) -> None:
    await basics(empty, folder)
    await run(empty, folder, "crops")
    before = await dump(empty)
    crops = folder / "crops.csv"
    text = crops.read_text("utf-8").replace("2001,RICE,ANNUAL,6.5", "2001,RICE,ANNUAL,7.5")
    crops.write_text(text + "".join(f"01,1999,RICE,SPRING,{'x' * place},2,s\n" for place in range(1, 8)), "utf-8")
    with pytest.raises(InvalidInput, match=r"7 of 107 rows are bad, over 5%, so nothing is written; first, .*row 102"):
        await run(empty, folder, "crops")
    after = await dump(empty)
    assert [line for line in after if QUARANTINED_ROW not in line] == before
    assert len(after) == len(before) + 7
    found = await empty.read(f"MATCH (r:{RUN}) WHERE r.state = 'FAILED' RETURN r.read, r.quarantined, r.error", {})
    assert found[0][:2] == [107, 7]
    assert "over 5%" in str(found[0][2])
    crops.write_text(text, "utf-8")
    (result,) = await run(empty, folder, "crops")
    assert (result.state, result.written) == (State.COMPLETE, 1)


async def test_a_wrong_table_is_one_line_and_a_failed_run(empty: Graph, folder: Path) -> None:
    (folder / "sectors.csv").write_text("code,name,colour,source\nA,a,red,s\n", "utf-8")
    with pytest.raises(InvalidInput, match="unknown column `colour`"):
        await run(empty, folder, "sectors")
    assert await column(empty, f"MATCH (r:{RUN}) RETURN r.state") == ["FAILED"]
    (folder / "sectors.csv").write_text(TABLES["sectors.csv"], "utf-8")
    assert (await run(empty, folder, "sectors"))[0].state is State.COMPLETE


async def test_killed_and_run_again_is_the_same_graph(own_server: Server, empty: Graph, folder: Path) -> None:
    await basics(empty, folder)
    crops = folder / "crops.csv"
    crops.write_text(crops.read_text("utf-8") + "99,1999,RICE,SPRING,1,2,s\n", "utf-8")
    await run(empty, folder, "crops", batch=20)
    whole = await dump(empty)
    for label in (*MODEL.types, *OPERATIONAL):
        await empty.write((f"MATCH (n:{label}) DETACH DELETE n", {}), idempotent=True)
    await basics(empty, folder)

    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert child.stdin is not None
    assert child.stdout is not None
    told = {"url": own_server.url, "user": own_server.user, "password": own_server.password}
    child.stdin.write(json.dumps({**told, "stream": "crops", "folder": str(folder)}).encode() + b"\n")
    try:
        assert (await child.stdout.readline()).split() == [b"20", b"100"]
        assert (await child.stdout.readline()).split() == [b"40", b"100"]
    finally:
        with suppress(ProcessLookupError):
            child.send_signal(signal.SIGKILL)
        await child.wait()

    left = await checkpoint(empty, "crops")
    assert not left.complete
    assert 40 <= left.rows < 100
    told_of: list[int] = []
    runner = Runner(empty, MODEL, batch=20, progress=lambda _, done, __: told_of.append(done))
    result = await runner.run(BY_NAME["crops"], folder)
    assert told_of[0] == left.rows + 20, "it goes on behind the last batch"
    assert result.unchanged == 0
    assert await dump(empty) == whole
    states = await column(empty, f"MATCH (r:{RUN}) WHERE r.connector = 'crops' RETURN r.state ORDER BY r.started")
    assert states == ["INTERRUPTED", "COMPLETE"]


async def test_a_batch_is_written_whole_or_not_at_all(empty: Graph, folder: Path) -> None:
    """It breaks at the last statement of the second batch: nothing of that batch is there, the first one is."""
    await basics(empty, folder)

    def break_off(_: str, parameters: Mapping[str, object]) -> None:
        point = parameters.get("checkpoint")
        if isinstance(point, dict) and "'rows': 40" in str(cast("object", point)):
            empty.observer = None
            raise RuntimeError("broken off")

    empty.observer = break_off
    with pytest.raises(RuntimeError, match="broken off"):
        await run(empty, folder, "crops", batch=20)
    assert await column(empty, "MATCH (o:Observation) RETURN count(o)") == [40]
    assert await column(empty, "MATCH (:Observation)-[r:IN_AREA]->(:Area) RETURN count(r)") == [40]
    assert await column(empty, f"MATCH (v:{DATA_VERSION} {{id: 'Observation'}}) RETURN v.version") == [1]
    assert (await checkpoint(empty, "crops")).rows == 20
    (result,) = await run(empty, folder, "crops", batch=20)
    assert (result.state, result.written, result.unchanged) == (State.COMPLETE, 160, 0)
    assert await column(empty, f"MATCH (r:{RUN}) WHERE r.state = 'FAILED' RETURN r.error") == ["RuntimeError"]


async def test_two_runners_of_one_stream(empty: Graph, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await basics(empty, folder)
    changes = module.batches.changes
    second: list[asyncio.Task[list[RunResult]]] = []

    async def meanwhile(*given: object) -> object:
        if not second:
            second.append(asyncio.create_task(run(empty, folder, "crops")))
            await asyncio.wait(second)
        return await changes(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(module.batches, "changes", meanwhile)
    result = await Runner(empty, MODEL, batch=20).run(BY_NAME["crops"], folder)
    with pytest.raises(Conflict, match="`crops` is held by another run until "):
        await second[0]
    assert (result.state, result.written) == (State.COMPLETE, 200)
    assert await column(empty, f"MATCH (r:{RUN}) WHERE r.connector = 'crops' RETURN r.state") == ["COMPLETE"]


async def test_one_of_many_gets_the_lease(empty: Graph) -> None:
    found = await asyncio.gather(*(take(empty, "crops", {}, 60.0) for _ in range(8)), return_exceptions=True)
    held = [one for one in found if isinstance(one, Lease)]
    assert len(held) == 1
    assert all(isinstance(one, Conflict) for one in found if one is not held[0])
    await held[0].end()
    again = await take(empty, "crops", {}, 60.0)
    assert again.token > held[0].token
    with pytest.raises(Conflict):
        await held[0].write()


async def test_a_superseded_runner_writes_nothing_more(
    empty: Graph, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its term ran out between comparing and writing, another took over and finished: its next batch is refused."""
    await basics(empty, folder)
    changes = module.batches.changes
    state: dict[str, list[str]] = {}

    async def overtaken(*given: object) -> object:
        found = await changes(*given)  # type: ignore[arg-type]
        if "whole" not in state and (await checkpoint(empty, "crops")).rows == 40:
            state["whole"] = []
            await empty.write((f"MATCH (c:{CHECKPOINT} {{id: 'crops'}}) SET c.heldUntil = '2000'", {}))
            edit(folder / "crops.csv", "01,2024,RICE,WINTER,1.5", "01,2024,RICE,WINTER,77")
            await run(empty, folder, "crops")
            state["whole"] = await dump(empty, all_of_it=True)
        return found

    monkeypatch.setattr(module.batches, "changes", overtaken)
    with pytest.raises(Conflict, match="another run has taken over `crops`"):
        await run(empty, folder, "crops", batch=20)
    assert await dump(empty, all_of_it=True) == state["whole"]
    assert await column(empty, "MATCH (o:Observation) WHERE o.value = 77000000 RETURN count(o)") == [1]


async def test_loading_all(empty: Graph, tmp_path: Path) -> None:
    """The project's own facts, crops cut short: every row becomes its records, and every check above holds."""
    for file in FACTS.glob("*.csv"):
        copyfile(file, tmp_path / file.name)
    crops = (FACTS / "crops.csv").read_text("utf-8").splitlines(keepends=True)
    (tmp_path / "crops.csv").write_text("".join([crops[0], *crops[1::60]]), "utf-8")
    told: list[tuple[str, int, int]] = []

    def tell(name: str, done: int, total: int) -> None:
        told.append((name, done, total))

    results = await load(empty, tmp_path, progress=tell)
    assert [result.stream for result in results] == [stream.name for stream in STREAMS if not stream.fictional]
    assert {(result.state, result.quarantined, result.unchanged) for result in results} == {(State.COMPLETE, 0, 0)}
    assert {name for name, done, total in told if done == total} == {result.stream for result in results}
    assert await column(empty, "MATCH (a:Area)-[:PART_OF]->(v:Area {code: 'VN'}) RETURN count(a) > 34") == [True]
    for kind in MODEL.types.values():
        names = [f"n.{field.name}" for field in kind.fields.values() if field.required]
        missing = " OR ".join(f"{name} IS NULL" for name in [*names, "n.source", "n.sourceRow", "n.run", "n.name_sort"])
        assert await column(empty, f"MATCH (n:{kind.name}) WHERE {missing} RETURN count(n)") == [0]
    observations = await column(empty, "MATCH (o:Observation) RETURN count(o)")
    linked = await column(
        empty, "MATCH (:Indicator)<-[:OF_INDICATOR]-(o:Observation)-[:IN_AREA]->(:Area) RETURN count(o)"
    )
    assert observations == linked
    before = await dump(empty, all_of_it=True)
    assert {result.state for result in await load(empty, tmp_path)} == {State.UNCHANGED}
    assert await dump(empty, all_of_it=True) == before
    assert len(sources.citations(tabular.source(tmp_path / "sources.csv"))) > 10


async def test_records_and_links_change_only_with_the_version_of_their_type(
    empty: Graph, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one transaction: answers that are kept are as good as that."""
    sent: list[tuple[Statement, ...]] = []
    write = empty.write

    async def noted(*given: Statement, idempotent: bool = False) -> list[list[Row]]:
        sent.append(given)
        return await write(*given, idempotent=idempotent)

    monkeypatch.setattr(empty, "write", noted)
    await basics(empty, folder)
    await run(empty, folder, "area_succession", "fictional_businesses", "fictional_farms", "fictional_grows")
    (folder / "businesses.csv").write_text(TABLES["businesses.csv"].replace("RICE;MAIZE", "RICE"), "utf-8")
    await run(empty, folder, "fictional_businesses")
    changing = [
        given for given in sent if any("UNWIND $rows" in text and ":Quarantined" not in text for text, _ in given)
    ]
    assert len(changing) > 8
    for given in changing:
        texts = [text for text, _ in given]
        touched = {name for text in texts for name in re.findall(r"\((?:n|a):(\w+)", text)}
        assert texts.index(statements.HOLD_VERSIONS) < texts.index(statements.RAISE)
        raised = given[texts.index(statements.RAISE)][1]["types"]
        assert raised == given[texts.index(statements.HOLD_VERSIONS)][1]["types"] == sorted(touched)


async def test_a_version_never_comes_twice(empty: Graph, folder: Path) -> None:
    """Not even when an older state of the graph was put back."""
    text = f"MATCH (v:{DATA_VERSION} {{id: 'Sector'}}) RETURN v.version, v.run"
    seen: list[Row] = []
    for _ in range(2):
        await run(empty, folder, "sectors")
        seen += await empty.read(text, {})
        for label in ("Sector", *OPERATIONAL):
            await empty.write((f"MATCH (n:{label}) DETACH DELETE n", {}), idempotent=True)
    assert [row[0] for row in seen] == [1, 1]
    assert seen[0] != seen[1]
