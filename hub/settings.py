"""The settings: one frozen value, read once from `HUB_*` variables; nothing else in the project reads the environment.

Each field of `Settings` is one variable: the field `data` is `HUB_DATA`. Its default, how its text is read and what it
means stand beside it, once; `docs/settings.md` and every error are made from there. A variable that is
empty counts as one that is absent.
"""

import difflib
import ipaddress
import math
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Final, TypeVar, cast
from urllib.parse import SplitResult, urlsplit

from schema.errors import ConfigError, InvalidInput

T = TypeVar("T")

PREFIX: Final = "HUB_"
GRAPH_SCHEMES: Final = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")
HIGHEST_PORT: Final = 65_535


def _text(text: str) -> str:
    return text


def _path(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise InvalidInput(vi="không có tài khoản nào tên như vậy", en="there is no user of that name") from None


def _file(text: str) -> Path | None:
    return _path(text) if text else None


def _port(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > HIGHEST_PORT:
        raise InvalidInput(vi="hãy ghi một số từ 0 đến 65535", en="write a number from 0 to 65535")
    return int(text)


def _positive(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise InvalidInput(vi="hãy ghi một số nguyên từ 1 đến 999999999", en="write a whole number from 1 to 999999999")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds) or seconds <= 0:
        raise InvalidInput(
            vi="hãy ghi số giây lớn hơn 0, như `10` hoặc `2.5`", en="write seconds above 0, like `10` or `2.5`"
        )
    return seconds


def _choice(text: str) -> bool:
    if text not in {"yes", "no"}:
        raise InvalidInput(vi="hãy ghi `yes` hoặc `no`", en="write `yes` or `no`")
    return text == "yes"


def _heap(text: str) -> str:
    if not re.fullmatch(r"[1-9][0-9]*[mg]", text):
        raise InvalidInput(vi="hãy ghi như `512m` hoặc `2g`", en="write it like `512m` or `2g`")
    return text


def _name(text: str) -> str:
    if text and not re.fullmatch(r"[a-z0-9_-]{2,100}", text):
        raise InvalidInput(
            vi="hãy ghi từ 2 đến 100 chữ thường không dấu, chữ số, `-` và `_`",
            en="write 2 to 100 of small letters a to z, digits, `-` and `_`",
        )
    return text


def _token(text: str) -> str:
    if not re.fullmatch(r"[!-~]*", text):
        raise InvalidInput(vi="hãy chép lại token, không có dấu cách", en="copy the token again, without blanks")
    return text


def _graph_url(text: str) -> str:
    address = _address(text)
    if address.username or address.password:
        raise InvalidInput(
            vi="hãy ghi tài khoản và mật khẩu ở HUB_GRAPH_USER và HUB_GRAPH_PASSWORD",
            en="put the user and the password into HUB_GRAPH_USER and HUB_GRAPH_PASSWORD",
        )
    if text and not (address.scheme in GRAPH_SCHEMES and address.hostname and address.path in {"", "/"}):
        raise InvalidInput(vi="hãy ghi như `neo4j://máy:7687`", en="write it like `neo4j://host:7687`")
    return text


def _web_url(text: str) -> str:
    address = _address(text)
    if text and not (address.scheme in {"http", "https"} and address.hostname and not _extra(address)):
        raise InvalidInput(vi="hãy ghi như `https://data.example.vn`", en="write it like `https://data.example.vn`")
    return text.rstrip("/")


def _address(text: str) -> SplitResult:
    """The parts of an address; none where it is no address."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return urlsplit("")
    return parts


def _extra(address: SplitResult) -> bool:
    return bool(address.username or address.password or address.query or address.fragment)


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table: how a variable is called, read, and explained."""

    variable: str
    default: str
    vi: str
    en: str
    secret: bool
    read: Callable[[str], object]


def _setting(read: Callable[[str], T], default: str, *, vi: str, en: str, secret: bool = False) -> T:
    """A field of `Settings`, typed as its value, as `dataclasses.field` is."""
    about = {"read": read, "default": default, "vi": vi, "en": en, "secret": secret}
    return field(default=read(default), repr=not secret, metadata=about)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that can be set, with the defaults of one machine."""

    data: Path = _setting(
        _path,
        ".hub",
        vi="thư mục dữ liệu: đồ thị, các bản phát hành, khóa",
        en="the data folder: the graph, the releases, the keys",
    )
    host: str = _setting(
        _text,
        "127.0.0.1",
        vi="địa chỉ mà máy chủ lắng nghe",
        en="the address that the server listens on",
    )
    port: int = _setting(
        _port,
        "8000",
        vi="cổng mà máy chủ lắng nghe; `0` là một cổng còn trống",
        en="the port that the server listens on; `0` is any free one",
    )
    base_url: str = _setting(
        _web_url,
        "",
        vi="địa chỉ công khai, dùng trong danh mục và các liên kết; để trống là địa chỉ của HUB_HOST và HUB_PORT",
        en="the public address, used in the catalogue and in links; empty is that of HUB_HOST and HUB_PORT",
    )
    graph_url: str = _setting(
        _graph_url,
        "",
        vi="địa chỉ Neo4j, như `neo4j://máy:7687`; để trống là dùng máy đồ thị nhúng trong HUB_DATA",
        en="the address of Neo4j, like `neo4j://host:7687`; empty is the embedded engine in HUB_DATA",
    )
    graph_user: str = _setting(
        _text,
        "neo4j",
        vi="tài khoản của HUB_GRAPH_URL",
        en="the user at HUB_GRAPH_URL",
    )
    graph_password: str = _setting(
        _text,
        "",
        vi="mật khẩu của HUB_GRAPH_USER",
        en="the password of HUB_GRAPH_USER",
        secret=True,
    )
    graph_database: str = _setting(
        _text,
        "neo4j",
        vi="cơ sở dữ liệu ở HUB_GRAPH_URL",
        en="the database at HUB_GRAPH_URL",
    )
    engine_heap: str = _setting(
        _heap,
        "1g",
        vi="bộ nhớ tối đa của máy đồ thị nhúng",
        en="the most memory that the embedded engine takes for its heap",
    )
    embedded_beyond_loopback: bool = _setting(
        _choice,
        "no",
        vi="`yes` cho phép phục vụ ra ngoài máy này bằng máy đồ thị nhúng; chỉ để thử",
        en="`yes` allows serving beyond this machine on the embedded engine; for trial only",
    )
    statement_timeout: float = _setting(
        _seconds,
        "10",
        vi="số giây một câu lệnh được chạy trước khi bị dừng",
        en="the seconds that a statement may run before it is stopped",
    )
    issuer: str = _setting(
        _text,
        "",
        vi="bên cấp token được tin (giá trị `iss`); để trống là bên cấp thử của chính hệ thống",
        en="whose tokens are trusted (their `iss`); empty is the hub's own demo issuer",
    )
    audience: str = _setting(
        _text,
        "hub",
        vi="giá trị `aud` mà token phải có",
        en="the `aud` that a token must have",
    )
    jwks_file: Path | None = _setting(
        _file,
        "",
        vi="tệp JWKS chứa khóa công khai của HUB_ISSUER; để trống là khóa thử trong HUB_DATA",
        en="the JWKS file with the public keys of HUB_ISSUER; empty is the demo key in HUB_DATA",
    )
    cursor_secret: str = _setting(
        _text,
        "",
        vi="khóa xác thực con trỏ phân trang, như nhau ở mọi máy; để trống là một khóa tạo ra và giữ trong HUB_DATA",
        en="the key that authenticates cursors, the same on every machine; empty is one made and kept in HUB_DATA",
        secret=True,
    )
    ckan_url: str = _setting(
        _web_url,
        "",
        vi="địa chỉ của CKAN mà `hub publish --to ckan` đưa dữ liệu lên",
        en="the address of the CKAN to which `hub publish --to ckan` brings the datasets",
    )
    ckan_token: str = _setting(
        _token,
        "",
        vi="token API của một biên tập viên ở HUB_CKAN_URL",
        en="the API token of an editor at HUB_CKAN_URL",
        secret=True,
    )
    ckan_organization: str = _setting(
        _name,
        "",
        vi="tên của tổ chức ở HUB_CKAN_URL; để trống là mã của nơi phát hành, viết thường",
        en="the name of the organisation at HUB_CKAN_URL; empty is the publisher's code in small letters",
    )
    ckan_upload_mb: int = _setting(
        _positive,
        "10",
        vi="tệp lớn nhất mà CKAN nhận, MB (`ckan.max_resource_size`); tệp lớn hơn được ghi ở đó là liên kết tới đây",
        en="the largest file that CKAN takes, MB (its `ckan.max_resource_size`); larger ones are listed there as links "
        "to the hub",
    )
    cost_anonymous: int = _setting(
        _positive,
        "10000",
        vi="số bản ghi tối đa mà một truy vấn của khách có thể đọc",
        en="the most records that one operation of a visitor could read",
    )
    cost_client: int = _setting(
        _positive,
        "50000",
        vi="số bản ghi tối đa mà một truy vấn của người đã đăng nhập có thể đọc",
        en="the most records that one operation of a signed-in client could read",
    )

    def __post_init__(self) -> None:
        if not self.graph_url and not self.embedded_beyond_loopback and not _is_loopback(self.host):
            raise ConfigError(
                vi=f"HUB_HOST là `{self.host}` nhưng máy đồ thị nhúng chỉ phục vụ trong máy này: "
                "hãy đặt HUB_GRAPH_URL, hoặc HUB_EMBEDDED_BEYOND_LOOPBACK=yes nếu chỉ thử",
                en=f"HUB_HOST is `{self.host}` but the embedded engine serves this machine alone: set HUB_GRAPH_URL, "
                "or HUB_EMBEDDED_BEYOND_LOOPBACK=yes for a trial",
            )
        if not self.base_url:
            host = f"[{self.host}]" if ":" in self.host else self.host
            object.__setattr__(self, "base_url", f"http://{host}:{self.port}")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """The settings of these variables; the first wrong one is a ConfigError that names it."""
        values: dict[str, object] = {}
        for name, setting in _named():
            text = environ.get(setting.variable, "")
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


def unknown(environ: Mapping[str, str] = os.environ) -> dict[str, str | None]:
    """The `HUB_*` variables that are no settings, each with the setting that was probably meant.

    They are told, not refused: an orchestrator that calls this service `hub` adds variables of that prefix on its own.
    """
    known = [setting.variable for setting in table()]
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


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
