"""The composition root: from the settings to running parts, opened in order and closed in the reverse."""

import asyncio
import os
import secrets
import stat
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Final

from auth.grants import seed
from auth.rules import defaults
from auth.token import DemoIssuer, Key, Verifier
from catalog.shelves import Shelf
from hub import keys
from hub.answers import LIFE_SECONDS, Answers
from hub.api.schema import schema
from hub.caches import Memory, Tiered
from hub.compiler.cursors import Cursors
from hub.execution import Bounds, Execution
from hub.metrics import Metrics
from hub.observed import Watch
from hub.rates import Budget, Rates
from hub.redis import SharedRedis
from hub.settings import Settings
from hub.wakeups import Local, Wakeups
from schema.constraints import uniques
from schema.engine import Engine
from schema.errors import ConfigError
from schema.graph import Graph, Mode
from schema.graph import Watch as StatementWatch
from schema.types import MODEL

if TYPE_CHECKING:
    from hub.spans import Spans

_SECRET_BYTES: Final = 32

Say = Callable[[str, str], None]
"""Tells a person what happens now, in Vietnamese and English."""


@dataclass(frozen=True, slots=True)
class Services:
    """The running parts of one hub; `engine` is None where the graph is another's, `issuer` where tokens are.

    Without `answers` those to the public are not kept, without `rates` nobody asks too much.
    """

    settings: Settings
    graph: Graph
    engine: Engine | None
    execution: Execution
    verifier: Verifier
    issuer: DemoIssuer | None
    shelf: Shelf
    answers: Answers | None = None
    wakeups: Wakeups = field(default_factory=Local)
    metrics: Metrics = field(default_factory=Metrics)
    watches: tuple[Watch, ...] = ()
    rates: Rates | None = None


@asynccontextmanager
async def opened(settings: Settings, say: Say) -> AsyncGenerator[Services]:
    """Open everything; ConfigError or Unavailable, in one line, where something cannot be."""
    data_folder(settings)
    issuer, verifier = _tokens(settings)
    secret = _cursor_secret(settings)
    async with AsyncExitStack() as stack:
        engine: Engine | None = None
        if settings.graph_url:
            say("đang nối tới đồ thị", "connecting to the graph")
            address = (settings.graph_url, settings.graph_user, settings.graph_password)
            database: str | None = settings.graph_database
        else:
            say("đang khởi động máy đồ thị", "starting the graph engine")
            engine = Engine(
                settings.data / "graph", statement_timeout=settings.statement_timeout, heap=settings.engine_heap
            )
            await engine.start()
            stack.push_async_callback(engine.stop)
            address, database = (engine.url, engine.user, engine.password), None
        if settings.issuer:
            _beside(stack, keys.follow(verifier, lambda: issuer_keys(settings)))
        graph = await Graph.connect(*address, database=database, statement_timeout=settings.statement_timeout)
        stack.push_async_callback(graph.close)
        metrics = Metrics()
        spans = _spans(settings)
        watches: tuple[Watch, ...] = (metrics.request,)
        graph.watch = metrics.statement
        if spans is not None:
            stack.push_async_callback(asyncio.to_thread, spans.close)
            watches = (spans.request, *watches)
            graph.watch = _both(metrics.statement, spans.statement)
        await graph.define(uniques(MODEL))
        await seed(graph, defaults(MODEL))
        bounds = Bounds(settings.cost_anonymous, settings.cost_client)
        execution = Execution(graph, MODEL, schema.graphql, Cursors(secret), bounds)
        if spans is not None:
            execution.span = spans.within
        redis = await _redis(settings, execution, stack)
        yield Services(
            settings,
            graph,
            engine,
            execution,
            verifier,
            issuer,
            Shelf(settings.data / "releases"),
            _answers(settings, execution, redis, secret),
            redis or Local(),
            metrics,
            watches,
            _rates(settings, redis, secret),
        )


async def _redis(settings: Settings, execution: Execution, stack: AsyncExitStack) -> SharedRedis | None:
    """What workers share, where the settings name it; by it this one hears of a policy that another found changed."""
    if not settings.redis_url:
        return None
    redis = SharedRedis(settings.redis_url, settings.redis_prefix)
    stack.push_async_callback(redis.close)
    await redis.reach()
    execution.policies.wakeups = redis
    _beside(stack, execution.policies.follow(redis))
    return redis


def _beside(stack: AsyncExitStack, going_on: Coroutine[object, object, None]) -> None:
    """Let this go on until the hub is closed."""
    stack.push_async_callback(_end, asyncio.create_task(going_on))


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _answers(settings: Settings, execution: Execution, redis: SharedRedis | None, secret: bytes) -> Answers | None:
    if not settings.cache_mb:
        return None
    near = Memory(settings.cache_mb * 1024 * 1024)
    cache = near if redis is None else Tiered(near, redis, LIFE_SECONDS)
    return Answers(execution.graph, execution.policies, cache, secret, settings.cost_anonymous)


def _rates(settings: Settings, redis: SharedRedis | None, secret: bytes) -> Rates:
    anonymous = Budget(settings.rate_anonymous, settings.records_anonymous)
    client = Budget(settings.rate_client, settings.records_client)
    return Rates(anonymous, client, secret, settings.proxies, redis)


def data_folder(settings: Settings) -> Path:
    """The data folder, made at the first start for its owner alone; ConfigError where it cannot be written."""
    folder = settings.data
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with TemporaryFile(dir=folder):  # a folder's mode does not tell, for root nor on a disk for reading only
            return folder
    except OSError as error:
        raise _unwritable(folder, error) from None


def _tokens(settings: Settings) -> tuple[DemoIssuer | None, Verifier]:
    """The verifier that the settings name, or the demo issuer's own, which is for trial alone."""
    if settings.issuer:
        return None, Verifier(settings.issuer, settings.audience, issuer_keys(settings))
    if settings.jwks_file is not None:
        raise ConfigError(
            "HUB_JWKS_FILE đã đặt mà HUB_ISSUER thì chưa: hãy đặt cả hai, hoặc bỏ cả hai nếu chỉ thử",
            "HUB_JWKS_FILE is set and HUB_ISSUER is not: set both, or neither for a trial",
        )
    issuer = DemoIssuer(settings.data)
    return issuer, issuer.verifier()


def issuer_keys(settings: Settings) -> Mapping[str, Key]:
    """The public keys of the issuer; ConfigError where they cannot be read."""
    if settings.jwks_file is None:
        raise ConfigError(
            "HUB_ISSUER đã đặt mà HUB_JWKS_FILE thì chưa: hãy ghi tệp khóa công khai của bên cấp token",
            "HUB_ISSUER is set and HUB_JWKS_FILE is not: name the file with the issuer's public keys",
        )
    return keys.read(settings.jwks_file)


def _spans(settings: Settings) -> "Spans | None":
    """Where a collector is named, what sends it spans."""
    if not settings.otlp_endpoint:
        return None
    from hub.spans import Spans  # noqa: PLC0415 - half a second of import, for those alone who have a collector

    return Spans.to(settings.otlp_endpoint)


def _both(outer: StatementWatch, inner: StatementWatch) -> StatementWatch:
    """Two watches of a statement as one."""

    @contextmanager
    def watch(mode: Mode) -> Generator[None]:
        with outer(mode), inner(mode):
            yield

    return watch


def _cursor_secret(settings: Settings) -> bytes:
    """The secret of the settings, or one made at the first start and kept for its owner alone."""
    if settings.cursor_secret:
        return settings.cursor_secret.encode()
    kept = settings.data / "cursor.key"
    try:
        if not kept.exists():
            _keep(kept, secrets.token_bytes(_SECRET_BYTES))
        if stat.S_IMODE(kept.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
            raise ConfigError(
                f"khóa con trỏ ở `{kept}` người khác đọc được: hãy xóa tệp đó rồi khởi động lại",
                f"the cursor key in `{kept}` can be read by others: delete that file, then start again",
            )
        found = kept.read_bytes()
    except OSError as error:
        raise _unwritable(settings.data, error) from None
    if len(found) != _SECRET_BYTES:
        raise ConfigError(
            f"khóa con trỏ ở `{kept}` không đúng: hãy xóa tệp đó rồi khởi động lại",
            f"the cursor key in `{kept}` is not right: delete that file, then start again",
        )
    return found


def _keep(file: Path, content: bytes) -> None:
    """Write a file whole or not at all; where another process was first, that one's file stays."""
    draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    with suppress(FileExistsError):
        file.hardlink_to(draft)
    draft.unlink()


def _unwritable(folder: Path, error: OSError) -> ConfigError:
    return ConfigError(
        f"không ghi được vào thư mục dữ liệu `{folder}`: {error.strerror}; hãy cấp quyền, hoặc chọn nơi khác ở "
        "HUB_DATA",
        f"the data folder `{folder}` cannot be written: {error.strerror}; allow it, or choose another in HUB_DATA",
    )
