"""The way to the graph: one driver, one pool, four verbs. The only module that imports the driver.

Both engines answer over Bolt and fail in different words, so errors are mapped by what they mean to the caller:
a taken key is a Conflict; a statement over its time, a lost or busy server is Unavailable; anything else is a fault of
ours and goes on as it is, to be masked and logged where answers are made.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from typing import Final, Literal, LiteralString, Self, cast

from neo4j import AsyncDriver, AsyncGraphDatabase, AsyncManagedTransaction, AsyncSession, Query, unit_of_work
from neo4j.exceptions import (
    AuthError,
    ConfigurationError,
    ConnectionAcquisitionTimeoutError,
    ConstraintError,
    DriverError,
    IncompleteCommit,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
    TransientError,
)

from schema.errors import ConfigError, Conflict, HubError, Unavailable

Dialect = Literal["arcadedb", "neo4j"]
Parameters = Mapping[str, object]
Statement = tuple[str, Parameters]
Row = list[object]
Mode = Literal["READ", "WRITE"]
Accept = Callable[[list[list[Row]]], None]
Observer = Callable[[str, Parameters], None]
Watch = Callable[[Mode], AbstractContextManager[object]]

_POOL: Final = 64
_CONNECT_SECONDS: Final = 5.0
_QUEUE_SECONDS: Final = 10.0
_REACH_SECONDS: Final = 30.0
_READ_PATIENCE: Final = 8.0
_WRITE_PATIENCE: Final = 15.0
_FIRST_PAUSE: Final = 0.05
_LONGER: Final = 1.3
"""Each pause is so much longer than the one before: no write sleeps long after the server is back."""
_LONGEST_PAUSE: Final = 1.0
_GRACE_SECONDS: Final = 5.0
"""What an engine may take over its own limit before this side gives up and closes the connection."""
_READ_BATCH: Final = 5_000
_STREAM_BATCH: Final = 1_000
_NO_LIMIT: Final = 0.0
_COLLISIONS: Final = 5

_LOST: Final = (ServiceUnavailable, SessionExpired, TransientError, AuthError)
"""Worth another try: an engine that is going down answers that credentials are not valid, which they were before."""
_TIMED_OUT: Final = ("TransactionTimedOut", "TransactionTimedOutClientConfiguration", "Transaction.Terminated")
_OUT_OF_MEMORY: Final = ("OutOfMemoryError", "TransactionMemoryLimit")
_GONE: Final = ("Statement.EntityNotFound",)
"""A record that an index had named was deleted before it was read."""
_EXISTS: Final = ("EquivalentSchemaRuleAlreadyExists", "ConstraintAlreadyExists", "IndexAlreadyExists")


class Graph:
    """A graph over Bolt, through which every statement of the hub passes.

    `statements` counts them, `observer` sees each, `watch` goes on around each while the engine works on it.
    """

    def __init__(
        self,
        driver: AsyncDriver,
        dialect: Dialect,
        *,
        database: str | None,
        statement_timeout: float,
    ) -> None:
        """Hold what `connect` has opened."""
        self.dialect: Dialect = dialect
        self.statements = 0
        self.observer: Observer | None = None
        self.watch: Watch = _unwatched
        self._driver = driver
        self._database = database
        self._timeout = statement_timeout
        self._abandoned: set[asyncio.Task[list[list[Row]]]] = set()

    @classmethod
    async def connect(
        cls,
        url: str,
        user: str,
        password: str,
        *,
        database: str | None = None,
        statement_timeout: float = 10.0,
    ) -> Self:
        """Wait until the server answers, 30 seconds at most, and find out which engine it is."""
        try:
            driver = AsyncGraphDatabase.driver(  # pyright: ignore[reportUnknownMemberType] - its settings are untyped
                url,
                auth=(user, password),
                max_connection_pool_size=_POOL,
                connection_timeout=_CONNECT_SECONDS,
                connection_acquisition_timeout=_QUEUE_SECONDS,
                max_transaction_retry_time=_WRITE_PATIENCE,
                # The default of one second is long for the collisions of two short writes.
                initial_retry_delay=_FIRST_PAUSE,
                retry_delay_multiplier=_LONGER,
                notifications_min_severity="OFF",
                warn_notification_severity="OFF",
                telemetry_disabled=True,
            )
        except (ConfigurationError, ValueError) as error:
            raise ConfigError(
                vi=f"địa chỉ đồ thị `{url}` không hợp lệ: hãy viết như `bolt://127.0.0.1:7687`",
                en=f"the graph address `{url}` is not valid: write it like `bolt://127.0.0.1:7687`",
            ) from error
        try:
            agent = await _reach(driver, url)
        except BaseException:
            await driver.close()
            raise
        dialect: Dialect = "arcadedb" if "ArcadeDB" in agent else "neo4j"
        return cls(driver, dialect, database=database, statement_timeout=statement_timeout)

    async def close(self) -> None:
        """Close every connection."""
        for task in self._abandoned:
            task.cancel()
        await asyncio.gather(*self._abandoned, return_exceptions=True)
        await self._driver.close()

    async def read(self, text: str, parameters: Parameters) -> list[Row]:
        """Run one statement in one read transaction and return its rows, columns in the order of RETURN.

        It is sent again while the server restarts, or while records are deleted under it, 8 seconds at most, for a
        read has no effect. ArcadeDB would run a write sent here, so only compiled reads may be passed.
        """
        (rows,) = await self.read_together((text, parameters))
        return rows

    async def read_together(self, *statements: Statement) -> list[list[Row]]:
        """Run several statements in one read transaction and return the rows of each; as `read` in everything else."""
        deadline = time.monotonic() + _READ_PATIENCE
        pause = _FIRST_PAUSE
        while True:
            try:
                return await self._read_cancellable(statements)
            except _LOST as error:
                if time.monotonic() + pause > deadline or _matches(error, _TIMED_OUT + _OUT_OF_MEMORY):
                    raise _translated(error) from error
            except (DriverError, Neo4jError, OSError) as error:
                if not _matches(error, _GONE) or time.monotonic() + pause > deadline:
                    raise _translated(error) from error
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def write(
        self, *statements: Statement, idempotent: bool = False, accept: Accept | None = None
    ) -> list[list[Row]]:
        """Run all statements in one transaction and return the rows of each.

        `accept` looks at the rows before the commit; where it raises an error, nothing is written.

        Collisions and connections lost before the commit are tried again. On ArcadeDB two MERGE of one new key can
        both create it, and the later commit fails; then the key is there to be matched, so a taken key is tried again
        too, and so is a statement that found a record which was gone when it was read. When a connection is lost
        during the commit nobody knows whether it took effect; only an `idempotent` write is then sent again.
        """
        collisions = _COLLISIONS
        while True:
            try:
                return await self._write_once(statements, self._timeout, accept)
            except IncompleteCommit as error:
                if not idempotent:
                    raise _commit_unknown() from error
                # The server went away just now; the next attempt waits for it inside the driver.
                await asyncio.sleep(_LONGEST_PAUSE)
            except (DriverError, Neo4jError, OSError) as error:
                collided = _matches(error, _GONE) or (self.dialect == "arcadedb" and isinstance(error, ConstraintError))
                if not collided or not collisions:
                    raise _translated(error) from error
                collisions -= 1

    async def stream(self, text: str, parameters: Parameters) -> AsyncGenerator[Row]:
        """Yield the rows of one read, a thousand in memory at most; close it early with `contextlib.aclosing`.

        The statement's time limit runs until the last row on ArcadeDB, so a slow reader of a large export should ask
        for it in pages; Neo4j gets no limit here. A stream that broke is not resumed.
        """
        async with self._translating(), self._session("READ", _STREAM_BATCH) as session:
            self._seen(text, parameters)
            result = await session.run(Query(_literal(text), timeout=_NO_LIMIT), dict(parameters))
            async for record in result:
                yield record.values()

    async def define(self, statements: Iterable[str]) -> None:
        """Run schema statements, each in its own transaction; what exists already is left as it is."""
        for text in statements:
            try:
                await self._write_once([(text, {})], _NO_LIMIT)
            except (DriverError, Neo4jError, OSError) as error:
                if not _matches(error, _EXISTS):
                    raise _translated(error) from error
        if self.dialect == "neo4j":
            # Neo4j fills an index after the statement returned; ArcadeDB within it.
            await self._call("CALL db.awaitIndexes(300)")

    async def replan(self) -> None:
        """Have statements planned by what the graph holds now; to be called after a load.

        Neo4j plans by samples of its indexes. A sample from before a load can stay for long, and with it plans that
        look at every record for a page of three. ArcadeDB keeps no samples.
        """
        if self.dialect == "neo4j":
            await self._call("CALL db.prepareForReplanning(300)")

    async def _call(self, text: LiteralString) -> None:
        async with self._translating(), self._session("READ", _READ_BATCH) as session:
            await (await session.run(text)).consume()

    async def _read_cancellable(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """Read so that a caller who is cancelled leaves at once.

        Neo4j stops the statement when its connection closes, which is what the driver does. ArcadeDB runs on to its
        limit all the same; there the connection is kept until then, so that no more statements run than it has places.
        """
        if self.dialect == "neo4j":
            return await self._read_once(statements)
        task = asyncio.create_task(self._read_once(statements))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            self._abandoned.add(task)
            task.add_done_callback(self._forget)
            raise

    def _forget(self, task: asyncio.Task[list[list[Row]]]) -> None:
        self._abandoned.discard(task)
        if not task.cancelled():
            # Looked at, so that asyncio does not report it: nobody waits for this error any more.
            task.exception()

    async def _read_once(self, statements: Sequence[Statement]) -> list[list[Row]]:
        for text, parameters in statements:
            self._seen(text, parameters)
        patience = self._timeout + _QUEUE_SECONDS + _GRACE_SECONDS
        async with asyncio.timeout(patience), self._session("READ", _READ_BATCH) as session:
            with self.watch("READ"):
                if len(statements) == 1:  # a transaction of its own would cost two more round trips
                    ((text, parameters),) = statements
                    result = await session.run(Query(_literal(text), timeout=self._timeout), dict(parameters))
                    return [await result.values()]
                answers: list[list[Row]] = []
                async with await session.begin_transaction(timeout=self._timeout) as transaction:
                    for text, parameters in statements:
                        answers.append(await (await transaction.run(_literal(text), dict(parameters))).values())
                return answers

    async def _write_once(
        self, statements: Sequence[Statement], limit: float, accept: Accept | None = None
    ) -> list[list[Row]]:
        @unit_of_work(timeout=limit)
        async def work(transaction: AsyncManagedTransaction) -> list[list[Row]]:
            answers: list[list[Row]] = []
            for text, parameters in statements:
                self._seen(text, parameters)
                with self.watch("WRITE"):
                    result = await transaction.run(_literal(text), dict(parameters))
                    answers.append(await result.values())
            if accept is not None:
                accept(answers)
            return answers

        # The engine's limit is for one attempt; this one, over all of them, is for a server that stays silent.
        patience = (limit + _GRACE_SECONDS) * len(statements) + _QUEUE_SECONDS + _WRITE_PATIENCE if limit else None
        async with asyncio.timeout(patience), self._session("WRITE", _READ_BATCH) as session:
            return await session.execute_write(work)

    def _session(self, mode: Mode, batch: int) -> AsyncSession:
        return self._driver.session(  # pyright: ignore[reportUnknownMemberType] - its settings are untyped
            database=self._database, default_access_mode=mode, fetch_size=batch
        )

    def _seen(self, text: str, parameters: Parameters) -> None:
        self.statements += 1
        if self.observer is not None:
            self.observer(text, parameters)

    @asynccontextmanager
    async def _translating(self) -> AsyncGenerator[None]:
        try:
            yield
        except (DriverError, Neo4jError, OSError) as error:
            raise _translated(error) from error


def _unwatched(_: Mode) -> AbstractContextManager[None]:
    return nullcontext()


async def _reach(driver: AsyncDriver, url: str) -> str:
    """Return what the server calls itself, as soon as it says so."""
    deadline = time.monotonic() + _REACH_SECONDS
    pause = _FIRST_PAUSE
    while True:
        try:
            return (await driver.get_server_info()).agent  # pyright: ignore[reportUnknownMemberType] - as above
        except AuthError as error:
            raise ConfigError(
                vi=f"đồ thị ở `{url}` từ chối tên hoặc mật khẩu: hãy kiểm tra lại",
                en=f"the graph at `{url}` refuses the name or the password: check them",
            ) from error
        except (DriverError, Neo4jError, OSError) as error:
            if time.monotonic() + pause > deadline:
                raise Unavailable(
                    vi=f"đồ thị ở `{url}` không trả lời: hãy kiểm tra địa chỉ và máy chủ",
                    en=f"the graph at `{url}` does not answer: check the address and the server",
                ) from error
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


def _literal(text: str) -> LiteralString:
    """Pass compiled text to the driver, which wants literals against injection: the compiler stands for that here."""
    return cast("LiteralString", text)


def _matches(error: BaseException, parts: Iterable[str]) -> bool:
    """Whether the server's code of this error ends in one of the parts."""
    code = error.code if isinstance(error, Neo4jError) else None
    return code is not None and code.endswith(tuple(parts))


def _translated(error: Exception) -> Exception:
    """Say what an error of the driver means to the caller."""
    if isinstance(error, ConstraintError) or _matches(error, ("ConstraintValidationFailed",)):
        return Conflict(
            vi="đã có bản ghi với khóa này: hãy đọc lại rồi thử lại",
            en="a record with this key exists already: read it again, then retry",
        )
    if isinstance(error, TimeoutError) or _matches(error, _TIMED_OUT):
        return Unavailable(
            vi="câu hỏi chạy quá lâu và đã bị dừng: hãy thu hẹp câu hỏi",
            en="the statement took too long and was stopped: narrow it",
        )
    if _matches(error, _OUT_OF_MEMORY):
        return Unavailable(
            vi="câu hỏi cần quá nhiều bộ nhớ và đã bị dừng: hãy thu hẹp câu hỏi",
            en="the statement needed too much memory and was stopped: narrow it",
        )
    if isinstance(error, ConnectionAcquisitionTimeoutError):
        return Unavailable(vi="đồ thị đang quá tải: hãy thử lại sau", en="the graph is busy: retry soon")
    if isinstance(error, (*_LOST, OSError)) or _matches(error, _GONE):
        return Unavailable(
            vi="đồ thị tạm thời không trả lời: hãy thử lại sau",
            en="the graph does not answer: retry soon",
        )
    return error


def _commit_unknown() -> HubError:
    return Unavailable(
        vi="mất kết nối khi đang ghi, chưa biết đã ghi hay chưa: hãy đọc lại trước khi thử lại",
        en="the connection was lost while saving, which may have happened or not: read again before retrying",
    )
