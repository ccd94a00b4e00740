"""The child process of `schema.engine`: ArcadeDB in a JVM, until standard input closes. Started by it, never by hand.

The only module that imports the engine. It answers one line on standard output, `ready` or why not; all else that it
or the engine has to say goes to the folder `log` of the data folder.
"""

import json
import os
import select
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Final

from arcadedb_embedded.server import ArcadeDBServer  # pyright: ignore[reportMissingTypeStubs] - it has none

from schema.engine import DATABASE, LOOPBACK, PORT_TAKEN, READY, Launch, port_is_free

_GRACE_SECONDS: Final = 12.0
_CONSOLE_BYTES: Final = 5_000_000

_LOGGING: Final = """\
handlers = java.util.logging.FileHandler
.level = WARNING
com.arcadedb.level = INFO
java.util.logging.FileHandler.pattern = {folder}/log/engine.%g.log
java.util.logging.FileHandler.limit = 5000000
java.util.logging.FileHandler.count = 4
java.util.logging.FileHandler.append = true
java.util.logging.FileHandler.formatter = com.arcadedb.log.LogFormatter
"""


def main() -> None:
    """Run the server until the parent closes the lifeline, or is gone."""
    os.umask(0o077)
    # From the descriptor, unbuffered: the watcher must see every later byte, and the end, there.
    with os.fdopen(0, "rb", buffering=0, closefd=False) as lifeline:
        line = lifeline.readline()
    if not line:
        return
    launch = Launch(**json.loads(line))
    answer = _redirect(Path(launch.folder) / "log")
    stopping = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_watch, args=(os.getppid(), stopping), name="lifeline", daemon=True).start()
    if not port_is_free(launch.port):
        _say(answer, PORT_TAKEN)
        return
    try:
        server = _server(launch)
        server.start()
        server.create_database(DATABASE)
    except Exception as error:  # noqa: BLE001 - whatever it was, the parent gets one line of it
        _say(answer, " ".join(str(error).split())[:300])
        # A half started engine has threads that would keep this process alive.
        os._exit(1)
    _say(answer, READY)
    stopping.wait()
    _end_for_certain()
    server.stop()
    # Every file is closed now; waiting for the JVM's own threads would only delay the next start.
    os._exit(0)


def _server(launch: Launch) -> ArcadeDBServer:
    """Prepare the server: every listener on loopback, statements under the time limit, no files, no net."""
    properties = Path(launch.folder) / "log" / "logging.properties"
    properties.write_text(_LOGGING.format(folder=launch.folder), "utf-8")
    return ArcadeDBServer(
        launch.folder,
        launch.password,
        {
            # The mode `production` hides the text of every error, from our own log too; what else it sets is set below.
            "mode": "development",
            "host": LOOPBACK,
            "http_port": launch.http_port,
            "server_plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
            "bolt_port": launch.port,
            "bolt_defaultDatabase": DATABASE,
        },
        jvm_kwargs={
            "heap_size": launch.heap,
            "jvm_args": [
                # Only as a JVM option does the limit hold; the server's own configuration ignores it.
                f"-Darcadedb.command.timeout={launch.statement_timeout_ms}",
                "-Darcadedb.txWalFlush=1",
                "-Darcadedb.opencypher.loadCsv.allowFileUrls=false",
                "-Darcadedb.opencypher.loadCsv.allowRemoteUrls=false",
                "-Darcadedb.polyglotEngineEnabled=false",
                f"-Darcadedb.server.logsDirectory={launch.folder}/log",
                f"-Djava.util.logging.config.file={properties}",
                f"-XX:ErrorFile={launch.folder}/log/crash.%p.log",
                # A JVM without memory answers at random: end it, the parent starts it again.
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:-UsePerfData",
                # Signals belong to Python here; the JVM's own handlers crash when they run beside it.
                "-Xrs",
            ],
        },
    )


def _redirect(folder: Path) -> int:
    """Send this process's output to a file, for the JVM writes wherever it likes; return the way to the parent."""
    folder.mkdir(exist_ok=True)
    console = folder / "console.log"
    if console.exists() and console.stat().st_size > _CONSOLE_BYTES:
        console.replace(folder / "console.old.log")
    answer = os.dup(1)
    target = os.open(console, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(target, 1)
    os.dup2(target, 2)
    os.close(target)
    os.chdir(folder)
    return answer


def _say(answer: int, word: str) -> None:
    try:
        os.write(answer, word.encode() + b"\n")
    except BrokenPipeError:
        print("the parent is gone", file=sys.stderr)  # noqa: T201 - standard error is the console log


def _watch(parent: int, stopping: threading.Event) -> None:
    """Set `stopping` when the lifeline closes, or when the parent is another: a fork of it could hold the lifeline."""
    while os.getppid() == parent:
        readable, _, _ = select.select([0], [], [], 0.5)
        if readable and not os.read(0, 4096):
            break
    stopping.set()
    _end_for_certain()


def _end_for_certain() -> None:
    """End this process after a grace time, wherever its main thread is by then."""
    timer = threading.Timer(_GRACE_SECONDS, os._exit, (1,))
    timer.daemon = True
    timer.start()


if __name__ == "__main__":
    main()
