"""Settings that can be read and are not safe: with them no command opens anything.

Each rule gives a ConfigError that names the setting and says what to do. What is let pass, by intent: plain connections
within a closed network, as between containers, and a trial beyond this machine that `HUB_EMBEDDED_BEYOND_LOOPBACK=yes`
asks for.
"""

import stat
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from auth.token import DemoIssuer
from hub.addresses import is_loopback, is_near
from hub.settings import Settings
from schema.errors import ConfigError

SHORTEST_SECRET: Final = 32
SHORTEST_PASSWORD: Final = 8
LEAST_LETTERS: Final = 10
"""Different ones in a secret: fewer are a word said again and again."""
WELL_KNOWN: Final = frozenset(
    {
        "12345678",
        "admin",
        "change-me",
        "changeme",
        "changeit",
        "default",
        "example",
        "letmein",
        "mat-khau",
        "mật-khẩu",
        "neo4j",
        "neo4jneo4j",
        "password",
        "playwithdata",
        "redis",
        "secret",
        "test",
        "token",
    }
)
"""What examples and default installations have; `playwithdata` is the embedded engine's maker's."""


def check(settings: Settings) -> None:
    """Let safe settings pass; the first rule that is broken is a ConfigError."""
    for rule in (_issuer, _public_address, _cursor_secret, _passwords, _in_the_clear, _watchers, _files):
        for refused in rule(settings):
            raise refused


def _issuer(settings: Settings) -> Iterator[ConfigError]:
    address = urlsplit(settings.issuer)
    if settings.issuer == DemoIssuer.issuer:
        yield ConfigError(
            f"HUB_ISSUER là `{settings.issuer}`, bên cấp thử: hãy ghi bên cấp token thật, hoặc để trống nếu chỉ thử",
            f"HUB_ISSUER is `{settings.issuer}`, the demo issuer: name a real one, or leave it empty for a trial",
        )
    if address.scheme == "http" and not is_loopback(address.hostname or ""):
        yield ConfigError(
            f"HUB_ISSUER là `{settings.issuer}`, không mã hóa: hãy dùng bên cấp token có địa chỉ `https://`",
            f"HUB_ISSUER is `{settings.issuer}`, which is not encrypted: use an issuer at `https://`",
        )


def _public_address(settings: Settings) -> Iterator[ConfigError]:
    if settings.embedded_beyond_loopback and not settings.graph_url:
        return
    address = urlsplit(settings.base_url)
    host = address.hostname or ""
    if is_loopback(settings.host) and is_loopback(host):
        return
    if not settings.issuer:
        yield ConfigError(
            f"địa chỉ `{settings.base_url}` ở ngoài máy này mà HUB_ISSUER chưa đặt: bên cấp thử chỉ dùng trong máy "
            "này; hãy đặt HUB_ISSUER và HUB_JWKS_FILE",
            f"the address `{settings.base_url}` is beyond this machine and HUB_ISSUER is not set: the demo issuer is "
            "for this machine alone; set HUB_ISSUER and HUB_JWKS_FILE",
        )
    if address.scheme == "http" and not is_near(host):
        yield ConfigError(
            f"HUB_BASE_URL là `{settings.base_url}`, token sẽ đi không mã hóa: hãy ghi địa chỉ công khai bắt đầu bằng "
            "`https://`",
            f"HUB_BASE_URL is `{settings.base_url}`, tokens would not be encrypted: write the public address, which "
            "begins with `https://`",
        )


def _cursor_secret(settings: Settings) -> Iterator[ConfigError]:
    secret = settings.cursor_secret
    if secret and (len(secret) < SHORTEST_SECRET or len(set(secret)) < LEAST_LETTERS):
        yield ConfigError(
            f"HUB_CURSOR_SECRET dễ đoán: hãy dùng ít nhất {SHORTEST_SECRET} ký tự ngẫu nhiên, như của "
            "`openssl rand -hex 32`",
            f"HUB_CURSOR_SECRET can be guessed: use {SHORTEST_SECRET} random characters or more, as "
            "`openssl rand -hex 32` gives",
        )


def _passwords(settings: Settings) -> Iterator[ConfigError]:
    graph, redis = urlsplit(settings.graph_url), urlsplit(settings.redis_url)
    redis_password = redis.password or ""
    given = {
        "HUB_GRAPH_PASSWORD": settings.graph_password,
        "HUB_CURSOR_SECRET": settings.cursor_secret,
        "HUB_REDIS_URL": redis_password,
        "HUB_CKAN_TOKEN": settings.ckan_token,
    }
    for variable, secret in given.items():
        if secret.lower() in WELL_KNOWN:
            yield ConfigError(
                f"{variable} có giá trị mà ai cũng biết: hãy tạo một giá trị ngẫu nhiên",
                f"{variable} has a value that everyone knows: make a random one",
            )
    twice = [secret for secret, times in Counter(filter(None, given.values())).items() if times > 1]
    if twice:
        names = [variable for variable, secret in given.items() if secret == twice[0]]
        yield ConfigError(
            f"{' và '.join(names)} giống nhau: hãy dùng mỗi bí mật cho một việc",
            f"{' and '.join(names)} are the same: use each secret for one thing",
        )
    for variable, host, secret in (
        ("HUB_GRAPH_PASSWORD", graph.hostname, settings.graph_password),
        ("HUB_REDIS_URL", redis.hostname, redis_password),
    ):
        if host and not is_loopback(host) and (len(secret) < SHORTEST_PASSWORD or secret == settings.graph_user):
            yield ConfigError(
                f"{variable} không có mật khẩu đủ dài cho máy `{host}`: hãy dùng ít nhất {SHORTEST_PASSWORD} ký tự "
                "ngẫu nhiên",
                f"{variable} has no password that is long enough for the host `{host}`: use {SHORTEST_PASSWORD} random "
                "characters or more",
            )


def _in_the_clear(settings: Settings) -> Iterator[ConfigError]:
    """Secrets and protected data that would leave the closed network without encryption, or to an unknown server."""
    addresses = {
        "HUB_GRAPH_URL": (settings.graph_url, "neo4j+s://"),
        "HUB_REDIS_URL": (settings.redis_url, "rediss://"),
        "HUB_CKAN_URL": (settings.ckan_url if settings.ckan_token else "", "https://"),
    }
    for variable, (text, safe) in addresses.items():
        address = urlsplit(text)
        if address.hostname and address.scheme in _UNSAFE and not is_near(address.hostname):
            yield ConfigError(
                f"{variable} dẫn tới `{address.hostname}` bằng `{address.scheme}://`, ai ở giữa cũng đọc được: "
                f"hãy dùng `{safe}`",
                f"{variable} leads to `{address.hostname}` by `{address.scheme}://`, which anyone between can read: "
                f"use `{safe}`",
            )


_UNSAFE: Final = frozenset({"bolt", "bolt+ssc", "http", "neo4j", "neo4j+ssc", "redis"})


def _watchers(settings: Settings) -> Iterator[ConfigError]:
    for network in settings.metrics_addresses:
        if not network.prefixlen:
            yield ConfigError(
                f"HUB_METRICS_ADDRESSES có `{network}`, tức mọi người: hãy chỉ ghi địa chỉ của Prometheus",
                f"HUB_METRICS_ADDRESSES has `{network}`, which is everyone: name the address of Prometheus alone",
            )


def _files(settings: Settings) -> Iterator[ConfigError]:
    if settings.jwks_file is not None and _written_by_others(settings.jwks_file):
        yield ConfigError(
            f"HUB_JWKS_FILE `{settings.jwks_file}` người khác ghi được, nên họ tự cấp được token: hãy `chmod go-w`",
            f"HUB_JWKS_FILE `{settings.jwks_file}` can be written by others, who could issue tokens: `chmod go-w` it",
        )
    if _written_by_others(settings.data):
        yield ConfigError(
            f"HUB_DATA `{settings.data}` người khác ghi được, nên họ đổi được khóa và dữ liệu: hãy `chmod go-w`",
            f"HUB_DATA `{settings.data}` can be written by others, who could change keys and data: `chmod go-w` it",
        )


def _written_by_others(path: Path) -> bool:
    """Whether everyone may; a file that is missing is another's to tell."""
    try:
        return bool(path.stat().st_mode & stat.S_IWOTH)
    except OSError:
        return False
