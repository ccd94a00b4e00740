"""The settings: one frozen value, read once from `HUB_*` variables; nothing else in the project reads the environment.

Each field of `Settings` is one variable: the field `data` is `HUB_DATA`. Its default, how its text is read and what it
means stand beside it, once; `docs/settings.md` and every error are made from there. A variable that is
empty counts as one that is absent. A secret may stand in a file instead, which the variable with `_FILE` behind names.
"""

import difflib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Final, TypeVar, cast

from hub import readers
from hub.addresses import Network, is_loopback
from schema.errors import ConfigError, InvalidInput

T = TypeVar("T")

PREFIX: Final = "HUB_"


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table: how a variable is called, read, and explained."""

    variable: str
    default: str
    vi: str
    en: str
    secret: bool
    read: Callable[[str], object]

    @property
    def file_variable(self) -> str:
        """The variable that names a file with the value; empty where the value is no secret."""
        return f"{self.variable}_FILE" if self.secret else ""


def _setting(read: Callable[[str], T], default: str, *, vi: str, en: str, secret: bool = False) -> T:
    """A field of `Settings`, typed as its value, as `dataclasses.field` is."""
    about = {"read": read, "default": default, "vi": vi, "en": en, "secret": secret}
    return field(default=read(default), repr=not secret, metadata=about)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that can be set, with the defaults of one machine."""

    data: Path = _setting(
        readers.path,
        ".hub",
        vi="thư mục dữ liệu: đồ thị, các bản phát hành, khóa",
        en="the data folder: the graph, the releases, the keys",
    )
    host: str = _setting(
        readers.text,
        "127.0.0.1",
        vi="địa chỉ mà máy chủ lắng nghe",
        en="the address that the server listens on",
    )
    port: int = _setting(
        readers.port,
        "8000",
        vi="cổng mà máy chủ lắng nghe; `0` là một cổng còn trống",
        en="the port that the server listens on; `0` is any free one",
    )
    base_url: str = _setting(
        readers.web_url,
        "",
        vi="địa chỉ công khai, dùng trong danh mục và các liên kết; để trống là địa chỉ của HUB_HOST và HUB_PORT",
        en="the public address, used in the catalogue and in links; empty is that of HUB_HOST and HUB_PORT",
    )
    graph_url: str = _setting(
        readers.graph_url,
        "",
        vi="địa chỉ Neo4j, như `neo4j://máy:7687`; để trống là dùng máy đồ thị nhúng trong HUB_DATA",
        en="the address of Neo4j, like `neo4j://host:7687`; empty is the embedded engine in HUB_DATA",
    )
    graph_user: str = _setting(
        readers.text,
        "neo4j",
        vi="tài khoản của HUB_GRAPH_URL",
        en="the user at HUB_GRAPH_URL",
    )
    graph_password: str = _setting(
        readers.text,
        "",
        vi="mật khẩu của HUB_GRAPH_USER",
        en="the password of HUB_GRAPH_USER",
        secret=True,
    )
    graph_database: str = _setting(
        readers.text,
        "neo4j",
        vi="cơ sở dữ liệu ở HUB_GRAPH_URL",
        en="the database at HUB_GRAPH_URL",
    )
    engine_heap: str = _setting(
        readers.heap,
        "1g",
        vi="bộ nhớ tối đa của máy đồ thị nhúng",
        en="the most memory that the embedded engine takes for its heap",
    )
    embedded_beyond_loopback: bool = _setting(
        readers.choice,
        "no",
        vi="`yes` cho phép phục vụ ra ngoài máy này bằng máy đồ thị nhúng; chỉ để thử",
        en="`yes` allows serving beyond this machine on the embedded engine; for trial only",
    )
    statement_timeout: float = _setting(
        readers.seconds,
        "10",
        vi="số giây một câu lệnh được chạy trước khi bị dừng",
        en="the seconds that a statement may run before it is stopped",
    )
    issuer: str = _setting(
        readers.text,
        "",
        vi="bên cấp token được tin (giá trị `iss`); để trống là bên cấp thử của chính hệ thống",
        en="whose tokens are trusted (their `iss`); empty is the hub's own demo issuer",
    )
    audience: str = _setting(
        readers.text,
        "hub",
        vi="giá trị `aud` mà token phải có",
        en="the `aud` that a token must have",
    )
    jwks_file: Path | None = _setting(
        readers.file,
        "",
        vi="tệp JWKS chứa khóa công khai của HUB_ISSUER, đọc mỗi phút; để trống là khóa thử trong HUB_DATA",
        en="the JWKS file with the public keys of HUB_ISSUER, read every minute; empty is the demo key in HUB_DATA",
    )
    cursor_secret: str = _setting(
        readers.text,
        "",
        vi="khóa xác thực con trỏ phân trang, như nhau ở mọi máy; để trống là một khóa tạo ra và giữ trong HUB_DATA",
        en="the key that authenticates cursors, the same on every machine; empty is one made and kept in HUB_DATA",
        secret=True,
    )
    log: str = _setting(
        readers.log,
        "",
        vi="`json` hoặc `plain`: dạng của nhật ký; để trống là `plain` trên màn hình, `json` ở nơi khác",
        en="`json` or `plain`: the form of the log; empty is `plain` on a terminal, `json` elsewhere",
    )
    otlp_endpoint: str = _setting(
        readers.web_url,
        "",
        vi="địa chỉ bộ thu OpenTelemetry, như `http://máy:4318`; để trống là không gửi vết",
        en="the address of an OpenTelemetry collector, like `http://host:4318`; empty sends no traces",
    )
    metrics_addresses: tuple[Network, ...] = _setting(
        readers.networks,
        "127.0.0.0/8,::1",
        vi="các địa chỉ và mạng được đọc `/metrics`, cách nhau bằng dấu phẩy",
        en="the addresses and networks that may read `/metrics`, separated by commas",
    )
    ckan_url: str = _setting(
        readers.web_url,
        "",
        vi="địa chỉ của CKAN mà `hub publish --to ckan` đưa dữ liệu lên",
        en="the address of the CKAN to which `hub publish --to ckan` brings the datasets",
    )
    ckan_token: str = _setting(
        readers.token,
        "",
        vi="token API của một biên tập viên ở HUB_CKAN_URL",
        en="the API token of an editor at HUB_CKAN_URL",
        secret=True,
    )
    ckan_organization: str = _setting(
        readers.name,
        "",
        vi="tên của tổ chức ở HUB_CKAN_URL; để trống là mã của nơi phát hành, viết thường",
        en="the name of the organisation at HUB_CKAN_URL; empty is the publisher's code in small letters",
    )
    ckan_upload_mb: int = _setting(
        readers.positive,
        "10",
        vi="tệp lớn nhất mà CKAN nhận, MB (`ckan.max_resource_size`); tệp lớn hơn được ghi ở đó là liên kết tới đây",
        en="the largest file that CKAN takes, MB (its `ckan.max_resource_size`); larger ones are listed there as links "
        "to the hub",
    )
    cost_anonymous: int = _setting(
        readers.positive,
        "10000",
        vi="số bản ghi tối đa mà một truy vấn của khách có thể đọc",
        en="the most records that one operation of a visitor could read",
    )
    cost_client: int = _setting(
        readers.positive,
        "50000",
        vi="số bản ghi tối đa mà một truy vấn của người đã đăng nhập có thể đọc",
        en="the most records that one operation of a signed-in client could read",
    )
    rate_anonymous: int = _setting(
        readers.whole,
        "1200",
        vi="số yêu cầu GraphQL trong một phút từ một địa chỉ không có token; `0` là không giới hạn",
        en="the GraphQL requests a minute from one address without a token; `0` is no limit",
    )
    rate_client: int = _setting(
        readers.whole,
        "12000",
        vi="số yêu cầu GraphQL trong một phút của một người hay ứng dụng đã đăng nhập; `0` là không giới hạn",
        en="the GraphQL requests a minute of one person or app that is signed in; `0` is no limit",
    )
    records_anonymous: int = _setting(
        readers.whole,
        "600000",
        vi="số bản ghi mà các truy vấn từ một địa chỉ không có token có thể đọc trong một phút; `0` là không giới hạn",
        en="the records that the operations from one address without a token could read in a minute; `0` is no limit",
    )
    records_client: int = _setting(
        readers.whole,
        "6000000",
        vi="số bản ghi mà các truy vấn của một người hay ứng dụng đã đăng nhập có thể đọc trong một phút; `0` là không "
        "giới hạn",
        en="the records that the operations of one person or app that is signed in could read in a minute; `0` is no "
        "limit",
    )
    proxies: tuple[Network, ...] = _setting(
        readers.networks,
        "127.0.0.0/8,::1",
        vi="địa chỉ và mạng của các máy chủ proxy mà `X-Forwarded-For` được tin, cách nhau bằng dấu phẩy",
        en="the addresses and networks of the proxies whose `X-Forwarded-For` is believed, separated by commas",
    )
    cache_mb: int = _setting(
        readers.whole,
        "32",
        vi="số MB bộ nhớ để giữ câu trả lời cho khách; `0` là không giữ",
        en="the MB of memory in which answers to visitors are kept; `0` keeps none",
    )
    redis_url: str = _setting(
        readers.redis_url,
        "",
        vi="địa chỉ Redis mà nhiều máy chủ dùng chung, như `redis://máy:6379/0`; để trống là không có",
        en="the address of the Redis that several workers share, like `redis://host:6379/0`; empty is none",
        secret=True,
    )
    redis_prefix: str = _setting(
        readers.prefix,
        "hub",
        vi="phần đầu của mọi khóa ở HUB_REDIS_URL",
        en="how every key at HUB_REDIS_URL begins",
    )
    work_seconds: float = _setting(
        readers.seconds,
        "300",
        vi="số giây giữa hai vòng của `hub work`, nếu không ai đánh thức trước",
        en="the seconds between two rounds of `hub work`, unless it is woken before",
    )

    def __post_init__(self) -> None:
        if not self.graph_url and not self.embedded_beyond_loopback and not is_loopback(self.host):
            raise ConfigError(
                vi=f"HUB_HOST là `{self.host}` nhưng máy đồ thị nhúng chỉ phục vụ trong máy này: "
                "hãy đặt HUB_GRAPH_URL, hoặc HUB_EMBEDDED_BEYOND_LOOPBACK=yes nếu chỉ thử",
                en=f"HUB_HOST is `{self.host}` but the embedded engine serves this machine alone: set HUB_GRAPH_URL, "
                "or HUB_EMBEDDED_BEYOND_LOOPBACK=yes for a trial",
            )
        for budget, cost, name in (
            (self.records_anonymous, self.cost_anonymous, "ANONYMOUS"),
            (self.records_client, self.cost_client, "CLIENT"),
        ):
            if 0 < budget < cost:
                raise ConfigError(
                    vi=f"HUB_RECORDS_{name} là `{budget}`, ít hơn một truy vấn được đọc: hãy đặt ít nhất bằng "
                    f"HUB_COST_{name}, `{cost}`",
                    en=f"HUB_RECORDS_{name} is `{budget}`, less than one operation may read: set it to "
                    f"HUB_COST_{name}, `{cost}`, at least",
                )
        if not self.base_url:
            host = f"[{self.host}]" if ":" in self.host else self.host
            object.__setattr__(self, "base_url", f"http://{host}:{self.port}")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """The settings of these variables; the first wrong one is a ConfigError that names it."""
        values: dict[str, object] = {}
        for name, setting in _named():
            text = _given(setting, environ)
            if not text.strip():
                continue
            try:
                values[name] = setting.read(text if setting.secret else text.strip())
            except InvalidInput as wrong:
                shown = "`***`" if setting.secret or "@" in text else f"`{text}`"
                raise ConfigError(
                    vi=f"{setting.variable} là {shown}, không dùng được: {wrong.vi}",
                    en=f"{setting.variable} is {shown}, which cannot be used: {wrong.en}",
                ) from None
        return cls(**values)  # pyright: ignore[reportArgumentType] - each value was read by its own field's reader


def table() -> tuple[Setting, ...]:
    """Every setting, in the order of the documentation."""
    return tuple(setting for _, setting in _named())


def given(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What is set, by variable, as it may be shown: secrets as `***`."""
    shown: dict[str, str] = {}
    for setting in table():
        text, file = environ.get(setting.variable, ""), environ.get(setting.file_variable, "")
        if text.strip():
            shown[setting.variable] = "***" if setting.secret or "@" in text else text.strip()
        if file.strip():
            shown[setting.file_variable] = file.strip()
    return shown


def unknown(environ: Mapping[str, str] = os.environ) -> dict[str, str | None]:
    """The `HUB_*` variables that are no settings, each with the setting that was probably meant.

    They are told, not refused: an orchestrator that calls this service `hub` adds variables of that prefix on its own.
    """
    known = [name for setting in table() for name in (setting.variable, setting.file_variable) if name]
    strange = sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
    return {name: next(iter(difflib.get_close_matches(name, known, n=1)), None) for name in strange}


def page() -> str:
    """The text of `docs/settings.md`."""
    lines = [
        "# Cài đặt · Settings",
        "",
        "Mỗi cài đặt là một biến môi trường, đọc một lần khi khởi động. Biến trống như không có.",
        "",
        "Each setting is a variable of the environment, read once at the start. An empty variable is as good as none.",
        "",
        "Bí mật có thể nằm trong một tệp: `HUB_GRAPH_PASSWORD_FILE` là đường dẫn của tệp chứa `HUB_GRAPH_PASSWORD`;",
        "mọi biến bí mật khác cũng vậy. Dấu xuống dòng cuối tệp được bỏ; đặt cả hai là lỗi.",
        "",
        "A secret may stand in a file: `HUB_GRAPH_PASSWORD_FILE` is the path of the file with `HUB_GRAPH_PASSWORD`; so",
        "for every other secret. The last line break of the file is left out; setting both is an error.",
        "",
        "| biến · variable | mặc định · default | nghĩa | meaning |",
        "|---|---|---|---|",
    ]
    for setting in table():
        default = f"`{setting.default}`" if setting.default else ""
        mark_vi, mark_en = (" (bí mật)", " (secret)") if setting.secret else ("", "")
        lines.append(f"| `{setting.variable}` | {default} | {setting.vi}{mark_vi} | {setting.en}{mark_en} |")
    return "\n".join(lines) + "\n"


def _named() -> Iterator[tuple[str, Setting]]:
    """Each field's name and its row of the table."""
    for one in cast("tuple[Field[object], ...]", fields(Settings)):
        yield one.name, Setting(variable=PREFIX + one.name.upper(), **one.metadata)


def _given(setting: Setting, environ: Mapping[str, str]) -> str:
    """The text of a setting: that of its variable, or of the file which holds a secret."""
    text, file = environ.get(setting.variable, ""), environ.get(setting.file_variable, "").strip()
    if not file:
        return text
    name = setting.file_variable
    if text.strip():
        raise ConfigError(
            vi=f"{setting.variable} và {name} đều được đặt: hãy bỏ một trong hai",
            en=f"{setting.variable} and {name} are both set: leave one of them out",
        )
    if readers.open_to_all(Path(file)):
        raise ConfigError(
            vi=f"{name} là `{file}`, ai trên máy này cũng đọc được: hãy `chmod 600` tệp đó",
            en=f"{name} is `{file}`, which anyone on this machine can read: `chmod 600` it",
        )
    try:
        held = Path(file).read_text("utf-8").removesuffix("\n").removesuffix("\r")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "UTF-8"
        raise ConfigError(
            vi=f"{name} là `{file}`, không đọc được: {why}; hãy kiểm tra đường dẫn và quyền đọc",
            en=f"{name} is `{file}`, which cannot be read: {why}; check the path and who may read it",
        ) from None
    if not held.strip():
        raise ConfigError(
            vi=f"{name} là `{file}`, một tệp trống: hãy ghi giá trị của {setting.variable} vào đó",
            en=f"{name} is `{file}`, an empty file: write the value of {setting.variable} into it",
        )
    return held
