"""The engine: what it keeps, what it refuses, and how it comes back after a crash of either side."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio

from schema.engine import Engine
from schema.errors import ConfigError, HubError, Unavailable
from schema.graph import Graph, Row

PATIENCE = 60.0
ROOT = Path(__file__).resolve().parent.parent
DEFINE = "CREATE CONSTRAINT kept_id IF NOT EXISTS FOR (n:Kept) REQUIRE n.id IS UNIQUE"
OWNER = """
import asyncio, sys
from pathlib import Path
from schema.engine import Engine

async def main():
    engine = Engine(Path(sys.argv[1]), heap="256m")
    await engine.start()
    print(engine.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition of the outside world; the bound only ends a test that has failed."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - other processes set no event here
            await asyncio.sleep(0.05)


def runs(pid: int) -> bool:
    """Whether the process is there, and not only as the entry that its parent has not collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def cpu_ticks(pid: int) -> int:
    """Give the processor time that the process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def listening(pid: int) -> set[str]:
    """Give the local addresses, in the kernel's hexadecimal, on which the process listens."""
    inodes: set[str] = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            inodes.add(str(descriptor.readlink()))
    addresses: set[str] = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text("ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in inodes:
                addresses.add(fields[1].partition(":")[0])
    return addresses


def engine_folder(engine: Engine) -> Path:
    """Find the data folder from the outside: it is above the folder where the child works."""
    return Path(f"/proc/{engine.pid}/cwd").readlink().parent


async def graph_of(engine: Engine) -> Graph:
    """Connect with the default settings."""
    return await Graph.connect(engine.url, engine.user, engine.password)


@pytest_asyncio.fixture(loop_scope="session")
async def embedded(engine: Engine) -> AsyncGenerator[Graph]:
    """Give a graph on the embedded engine, whatever other engines are tested too."""
    graph = await graph_of(engine)
    yield graph
    await graph.close()


def test_the_parent_loads_no_jvm() -> None:
    code = "import sys, schema.engine, schema.graph; print({'jpype', 'arcadedb_embedded'} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)  # noqa: S603
    assert answer.stdout == b"set()\n"


def test_the_password_is_private_and_not_shown(engine: Engine) -> None:
    folder = engine_folder(engine)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "password").stat().st_mode) == 0o600
    assert (folder / "password").read_text("ascii") == engine.password
    assert len(engine.password) >= 32
    assert engine.password not in repr(engine)
    for source in ("cmdline", "environ"):
        assert engine.password.encode() not in Path(f"/proc/{engine.pid}/{source}").read_bytes()


def test_it_listens_on_loopback_only(engine: Engine) -> None:
    loopback = {"0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"}
    found = listening(engine.pid)
    assert found
    assert found <= loopback


async def test_statements_reach_no_file_and_no_net(embedded: Graph) -> None:
    for source in ("file:///etc/passwd", "http://127.0.0.1/"):
        with pytest.raises(Exception, match="disabled"):
            await embedded.read("LOAD CSV FROM $source AS line RETURN line", {"source": source})


async def test_a_runaway_statement_ends_and_frees_the_processor(engine: Engine, embedded: Graph) -> None:
    await embedded.write(("UNWIND range(1, 1000) AS i CREATE (:Runaway {id: i})", {}))
    text = "MATCH (a:Runaway), (b:Runaway), (c:Runaway) WHERE a.id + b.id + c.id < $least RETURN a.id"
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(HubError, match="too long"):
            await embedded.read(text, {"least": 0})
        with pytest.raises(HubError, match="too long"):
            await embedded.write((text, {"least": 0}))
        while True:
            before = cpu_ticks(engine.pid)
            await asyncio.sleep(0.5)
            if cpu_ticks(engine.pid) - before < 15:
                break


async def test_a_second_start_on_the_folder_is_refused(engine: Engine) -> None:
    with pytest.raises(ConfigError, match="in use by another process") as caught:
        await Engine(engine_folder(engine)).start()
    assert "\n" not in caught.value.en
    assert engine.pid


async def test_another_version_and_another_content_are_refused(tmp_path: Path) -> None:
    (tmp_path / "VERSION").write_text("arcadedb 1.0 layout 0", "utf-8")
    with pytest.raises(ConfigError, match=r"`arcadedb 1\.0 layout 0`"):
        await Engine(tmp_path).start()
    (tmp_path / "VERSION").rename(tmp_path / "letter.txt")
    with pytest.raises(ConfigError, match="holds something else"):
        await Engine(tmp_path).start()


async def test_a_taken_port_and_a_wrong_heap_are_named(tmp_path: Path, engine: Engine) -> None:
    port = int(engine.url.rpartition(":")[2])
    with pytest.raises(ConfigError, match=f"port `{port}` is taken"):
        await Engine(tmp_path / "data", port=port).start()
    with pytest.raises(ConfigError, match="heap `lots`"):
        Engine(tmp_path / "data", heap="lots")
    with pytest.raises(ConfigError, match="cannot be written"):
        await Engine(Path("/proc/nowhere")).start()


async def test_data_outlive_a_clean_stop_and_a_lost_password(tmp_path: Path) -> None:
    engine = Engine(tmp_path, heap="256m")
    await engine.start()
    graph = await graph_of(engine)
    await graph.define([DEFINE])
    await graph.write(("MERGE (n:Kept {id: $id})", {"id": "một"}))
    await graph.close()
    first = engine.password
    pid = engine.pid
    await engine.stop()
    await engine.stop()
    assert not runs(pid)
    (tmp_path / "password").unlink()
    await engine.start()
    try:
        assert engine.password != first
        graph = await graph_of(engine)
        assert await graph.read("MATCH (n:Kept) RETURN n.id", {}) == [["một"]]
        await graph.close()
    finally:
        await engine.stop()


async def test_a_killed_engine_comes_back_with_every_acknowledged_write(tmp_path: Path) -> None:
    engine = Engine(tmp_path, heap="256m")
    await engine.start()
    url, pid = engine.url, engine.pid
    graph = await graph_of(engine)
    await graph.define([DEFINE])
    acknowledged: set[int] = set()

    async def write(writer: int) -> None:
        for number in range(writer, 1_000_000, 4):
            with suppress(Unavailable):  # on a busy machine the engine is away for longer than a write waits
                await graph.write(("MERGE (n:Kept {id: $id})", {"id": number}), idempotent=True)
                acknowledged.add(number)
            if engine.restarts and len(acknowledged) > enough:
                return

    async def read() -> list[Row]:
        while True:
            with suppress(Unavailable):
                return await graph.read("RETURN 1", {})

    enough = 100_000
    writers = [asyncio.create_task(write(n)) for n in range(4)]
    try:
        await until(lambda: len(acknowledged) > 200)
        os.kill(pid, signal.SIGKILL)
        enough = len(acknowledged) + 50
        reading = asyncio.create_task(read())
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*writers)
            assert await reading == [[1]]
        assert engine.restarts == 1
        assert engine.url == url
        assert engine.pid not in {0, pid}
        kept = await graph.read("MATCH (n:Kept) RETURN n.id", {})
        assert acknowledged <= {row[0] for row in kept}
        assert len(kept) == len({str(row[0]) for row in kept})
    finally:
        for writer in writers:
            writer.cancel()
        await graph.close()
        await engine.stop()


async def test_a_killed_parent_leaves_no_engine_and_the_folder_is_free(tmp_path: Path) -> None:
    owner = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", OWNER, str(tmp_path)), stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert owner.stdout is not None
    async with asyncio.timeout(PATIENCE):
        child = int(await owner.stdout.readline())
    assert runs(child)
    owner.kill()
    await owner.wait()
    heir = Engine(tmp_path, heap="256m")
    await heir.start()
    try:
        assert not runs(child)
        assert heir.pid != child
    finally:
        await heir.stop()
