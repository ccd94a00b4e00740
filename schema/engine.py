"""The graph engine of one machine: ArcadeDB as a supervised child process, spoken to over Bolt on loopback.

The child (`schema.engine_server`) holds the JVM, so a crash of it never takes the hub along. This side picks the ports,
keeps the password, starts the child again when it dies, and owns the data folder through a lock that both processes
hold: it is free only when neither runs any more. The child's standard input is its lifeline; when it closes, however
this process ended, the child closes the data and leaves.
"""

import asyncio
import contextlib
import fcntl
import json
import logging
import os
import random
import re
import secrets
import socket
import sys
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO, Final

from schema.errors import ConfigError, Unavailable

log = logging.getLogger(__name__)

USER: Final = "root"
DATABASE: Final = "hub"
LOOPBACK: Final = "127.0.0.1"
LAYOUT: Final = 1
"""Raised when the files of a data folder change their meaning."""

READY: Final = "ready"
PORT_TAKEN: Final = "port taken"

_PORTS: Final = range(20_000, 32_000)
"""Below the range that the system gives to outgoing connections: while the child restarts, no such connection (the
driver's own attempts among them) can sit on its port."""
_START_SECONDS: Final = 90.0
_STOP_SECONDS: Final = 20.0
_HANDOVER_SECONDS: Final = 20.0
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 30.0
_STABLE_SECONDS: Final = 60.0
_VERSION: Final = "VERSION"
_FRESH: Final = frozenset({"engine.lock", "lost+found", ".gitkeep"})
_ROOT: Final = Path(__file__).resolve().parent.parent
_ENGINE_USERS: Final = Path("config", "server-users.jsonl")


@dataclass(frozen=True, slots=True)
class Launch:
    """What the child is told on the first line of its standard input: nothing of it is in arguments or environment."""

    folder: str
    port: int
    http_port: int
    statement_timeout_ms: int
    heap: str
    password: str = field(repr=False)


class Engine:
    """One ArcadeDB server on a data folder, kept running between `start` and `stop`."""

    user: Final = USER
    database: Final = DATABASE

    def __init__(
        self,
        folder: Path,
        *,
        statement_timeout: float = 10.0,
        heap: str = "1g",
        port: int | None = None,
    ) -> None:
        """Nothing runs yet; `port` fixes the Bolt port, else a free one is chosen at the start."""
        if not re.fullmatch(r"[1-9][0-9]*[mg]", heap):
            raise ConfigError(
                vi=f"bộ nhớ `{heap}` không hợp lệ: hãy viết như `512m` hoặc `2g`",
                en=f"heap `{heap}` is not valid: write it like `512m` or `2g`",
            )
        self.restarts = 0
        self._folder = folder.resolve()
        self._statement_timeout = statement_timeout
        self._heap = heap
        self._given_port = port
        self._port: int | None = port
        self._password = ""
        self._lock: BinaryIO | None = None
        self._child: asyncio.subprocess.Process | None = None
        self._supervisor: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        """Show the place and the port, never the password."""
        return f"Engine({str(self._folder)!r}, port={self._port}, restarts={self.restarts})"

    @property
    def url(self) -> str:
        """The Bolt address; it stays the same over restarts, so that drivers find the engine again."""
        return f"bolt://{LOOPBACK}:{self._port}"

    @property
    def password(self) -> str:
        """The password of `user`, made at the first start and kept in the data folder."""
        return self._password

    @property
    def pid(self) -> int:
        """The child's process id; 0 while none runs."""
        return self._child.pid if self._child is not None and self._child.returncode is None else 0

    async def start(self) -> None:
        """Start the child and return when it answers; ConfigError says in one line what stands in the way."""
        if self._supervisor is not None:
            return
        self._lock = await _hold(self._folder)
        try:
            mine = check_version(self._folder)
            if not (self._folder / _VERSION).exists():
                _write_private(self._folder / _VERSION, mine)
            self._password = _keep_password(self._folder)
            if self._port is None:
                self._port = _free_port()
            await self._launch()
        except BaseException:
            await self._end_child()
            self._release()
            raise
        self._supervisor = asyncio.create_task(self._supervise(), name="engine supervisor")

    async def stop(self) -> None:
        """Close the data cleanly and end the child; safe to call again."""
        if self._supervisor is not None:
            self._supervisor.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._supervisor
            self._supervisor = None
        await self._end_child()
        self._release()

    async def _launch(self) -> None:
        """Start one child and wait for its first word."""
        if self._lock is None or self._port is None:
            msg = "the engine was not started"
            raise RuntimeError(msg)
        launch = Launch(
            folder=str(self._folder),
            port=self._port,
            http_port=_free_port(),
            statement_timeout_ms=max(1, round(self._statement_timeout * 1000)),
            heap=self._heap,
            password=self._password,
        )
        self._child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "schema.engine_server"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            # The module is found wherever this package is; a session of its own keeps the terminal's Ctrl-C from it.
            cwd=_ROOT,
            start_new_session=True,
            pass_fds=(self._lock.fileno(),),
        )
        if self._child.stdin is None or self._child.stdout is None:
            msg = "the child has no pipes"
            raise RuntimeError(msg)
        self._child.stdin.write(json.dumps(asdict(launch)).encode() + b"\n")
        try:
            async with asyncio.timeout(_START_SECONDS):
                word = (await self._child.stdout.readline()).decode().strip()
        except TimeoutError:
            word = ""
        if word == PORT_TAKEN:
            raise self._port_taken()
        if word != READY:
            raise self._failed(word)

    def _port_taken(self) -> ConfigError:
        return ConfigError(
            vi=f"cổng `{self._port}` đã có chương trình khác dùng: hãy chọn cổng khác hoặc dừng chương trình đó",
            en=f"port `{self._port}` is taken by another program: choose another port or stop that program",
        )

    def _failed(self, word: str) -> Unavailable:
        where = self._folder / "log" / "console.log"
        said = f": {word}" if word else ""
        return Unavailable(
            vi=f"máy đồ thị không khởi động được{said}: hãy xem `{where}`",
            en=f"the graph engine did not start{said}: see `{where}`",
        )

    async def _supervise(self) -> None:
        """Start the child again whenever it ends, at once the first time, then ever more slowly."""
        loop = asyncio.get_running_loop()
        pause = _FIRST_PAUSE
        while True:
            born = loop.time()
            if self._child is not None:
                code = await self._child.wait()
                log.warning("the graph engine ended with status %s and is started again", code)
            if loop.time() - born > _STABLE_SECONDS:
                pause = _FIRST_PAUSE
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
            self.restarts += 1
            try:
                await self._launch()
            except (ConfigError, Unavailable, OSError) as error:
                log.warning("the graph engine could not be started again, next attempt in %.1f s: %s", pause, error)
                await self._end_child()

    async def _end_child(self) -> None:
        """Close the child's lifeline; if it does not end in time, kill it (the log of the engine repairs that)."""
        child, self._child = self._child, None
        if child is None:
            return
        if child.stdin is not None:
            child.stdin.close()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await child.wait()
        except TimeoutError:
            log.warning("the graph engine did not end in %s s and is killed", _STOP_SECONDS)
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None
        self._port = self._given_port


async def _hold(folder: Path) -> BinaryIO:
    """Lock the folder for this process and its child.

    The lock belongs to the open file, which the child inherits: after a crash of this process it stays held until the
    child has closed the data. Such a child is waited for; a live owner is not.
    """
    lock = _open_lock(folder)
    try:
        async with asyncio.timeout(_HANDOVER_SECONDS):
            while not _locked(lock) and not _owner_lives(lock):  # noqa: ASYNC110 - another process sets no event here
                await asyncio.sleep(0.1)
    except TimeoutError:
        pass
    except BaseException:
        lock.close()
        raise
    if not _locked(lock):
        lock.close()
        raise ConfigError(
            vi=f"thư mục dữ liệu `{folder}` đang được một tiến trình khác dùng: hãy dừng nó hoặc chọn thư mục khác",
            en=f"the data folder `{folder}` is in use by another process: stop it or choose another folder",
        )
    lock.truncate(0)
    lock.write(str(os.getpid()).encode())
    lock.flush()
    return lock


def _open_lock(folder: Path) -> BinaryIO:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        return (folder / "engine.lock").open("a+b")
    except OSError as error:
        why = error.strerror
        raise ConfigError(
            vi=f"không ghi được vào thư mục dữ liệu `{folder}` ({why}): hãy cấp quyền hoặc chọn thư mục khác",
            en=f"the data folder `{folder}` cannot be written ({why}): allow it or choose another folder",
        ) from error


def _locked(lock: BinaryIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _owner_lives(lock: BinaryIO) -> bool:
    """Whether the process that wrote its id into the lock still runs; one that has written none yet does."""
    lock.seek(0)
    owner = lock.read()
    try:
        os.kill(int(owner or os.getpid()), 0)
    except PermissionError:
        return True
    except (ProcessLookupError, ValueError):
        return False
    return True


def check_version(folder: Path) -> str:
    """This program's version, if it may open the folder; ConfigError for one of another, or of something else."""
    mine = f"arcadedb {version('arcadedb-embedded')} layout {LAYOUT}"
    file = folder / _VERSION
    if file.exists():
        theirs = file.read_text("utf-8").strip()
        if theirs != mine:
            raise ConfigError(
                vi=f"thư mục dữ liệu `{folder}` thuộc phiên bản `{theirs}`, chương trình này là `{mine}`: "
                "hãy dùng đúng phiên bản hoặc nạp lại dữ liệu vào thư mục mới",
                en=f"the data folder `{folder}` is of version `{theirs}`, this program is `{mine}`: "
                "use that version or load the data again into a new folder",
            )
    elif any(entry.name not in _FRESH for entry in folder.iterdir()):
        raise ConfigError(
            vi=f"thư mục `{folder}` chứa thứ khác: hãy chọn một thư mục trống",
            en=f"the folder `{folder}` holds something else: choose an empty one",
        )
    return mine


def _keep_password(folder: Path) -> str:
    """Read the password, or make one; a lost one is replaced, for whoever may write this folder owns the engine."""
    file = folder / "password"
    if file.exists():
        file.chmod(0o600)
        return file.read_text("ascii")
    (folder / _ENGINE_USERS).unlink(missing_ok=True)
    password = secrets.token_urlsafe(32)
    _write_private(file, password)
    return password


def _write_private(file: Path, text: str) -> None:
    """Write a file that only the owner may read, whole or not at all."""
    draft = file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)


def port_is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now (ports that only wait for late packets count as free)."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    """Choose a free port at random, so that two engines that start together seldom choose the same."""
    for port in random.SystemRandom().sample(_PORTS, len(_PORTS)):
        if port_is_free(port):
            return port
    raise ConfigError(vi="không còn cổng trống: hãy nêu một cổng", en="no port is free: name one")
