"""How the text of a setting is read: each gives the value, or InvalidInput, which says what to write instead."""

import ipaddress
import math
import re
import stat
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from hub.addresses import Network
from schema.errors import InvalidInput

GRAPH_SCHEMES: Final = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")
HIGHEST_PORT: Final = 65_535


def text(text: str) -> str:
    return text


def path(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise InvalidInput(vi="không có tài khoản nào tên như vậy", en="there is no user of that name") from None


def file(text: str) -> Path | None:
    return path(text) if text else None


def port(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > HIGHEST_PORT:
        raise InvalidInput(vi="hãy ghi một số từ 0 đến 65535", en="write a number from 0 to 65535")
    return int(text)


def positive(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise InvalidInput(vi="hãy ghi một số nguyên từ 1 đến 999999999", en="write a whole number from 1 to 999999999")
    return int(text)


def whole(text: str) -> int:
    if not re.fullmatch(r"0|[1-9][0-9]{0,8}", text):
        raise InvalidInput(vi="hãy ghi một số nguyên từ 0 đến 999999999", en="write a whole number from 0 to 999999999")
    return int(text)


def seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds) or seconds <= 0:
        raise InvalidInput(
            vi="hãy ghi số giây lớn hơn 0, như `10` hoặc `2.5`", en="write seconds above 0, like `10` or `2.5`"
        )
    return seconds


def choice(text: str) -> bool:
    if text not in {"yes", "no"}:
        raise InvalidInput(vi="hãy ghi `yes` hoặc `no`", en="write `yes` or `no`")
    return text == "yes"


def log(text: str) -> str:
    if text not in {"", "json", "plain"}:
        raise InvalidInput(vi="hãy ghi `json` hoặc `plain`", en="write `json` or `plain`")
    return text


def heap(text: str) -> str:
    if not re.fullmatch(r"[1-9][0-9]*[mg]", text):
        raise InvalidInput(vi="hãy ghi như `512m` hoặc `2g`", en="write it like `512m` or `2g`")
    return text


def networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError:
        raise InvalidInput(
            vi="hãy ghi như `127.0.0.0/8, 10.1.2.3`", en="write it like `127.0.0.0/8, 10.1.2.3`"
        ) from None


def name(text: str) -> str:
    if text and not re.fullmatch(r"[a-z0-9_-]{2,100}", text):
        raise InvalidInput(
            vi="hãy ghi từ 2 đến 100 chữ thường không dấu, chữ số, `-` và `_`",
            en="write 2 to 100 of small letters a to z, digits, `-` and `_`",
        )
    return text


def token(text: str) -> str:
    if not re.fullmatch(r"[!-~]*", text):
        raise InvalidInput(vi="hãy chép lại token, không có dấu cách", en="copy the token again, without blanks")
    return text


def graph_url(text: str) -> str:
    address = _address(text)
    if address.username or address.password:
        raise InvalidInput(
            vi="hãy ghi tài khoản và mật khẩu ở HUB_GRAPH_USER và HUB_GRAPH_PASSWORD",
            en="put the user and the password into HUB_GRAPH_USER and HUB_GRAPH_PASSWORD",
        )
    if text and not (address.scheme in GRAPH_SCHEMES and address.hostname and address.path in {"", "/"}):
        raise InvalidInput(vi="hãy ghi như `neo4j://máy:7687`", en="write it like `neo4j://host:7687`")
    return text


def web_url(text: str) -> str:
    address = _address(text)
    if text and not (address.scheme in {"http", "https"} and address.hostname and not _extra(address)):
        raise InvalidInput(vi="hãy ghi như `https://data.example.vn`", en="write it like `https://data.example.vn`")
    return text.rstrip("/")


def redis_url(text: str) -> str:
    address = _address(text)
    plain = not (address.query or address.fragment) and re.fullmatch(r"(?:/[0-9]{0,4})?", address.path)
    if text and not (address.scheme in {"redis", "rediss"} and address.hostname and plain):
        raise InvalidInput(
            vi="hãy ghi như `redis://máy:6379/0` hoặc `rediss://:mật-khẩu@máy:6379`",
            en="write it like `redis://host:6379/0` or `rediss://:password@host:6379`",
        )
    return text


def prefix(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.:-]{1,64}", text):
        raise InvalidInput(
            vi="hãy ghi từ 1 đến 64 chữ không dấu, số, hoặc `_.:-`", en="write 1 to 64 letters, digits or `_.:-`"
        )
    return text


def open_to_all(file: Path) -> bool:
    """Whether every user of the machine can read it: by its own mode and those of the folders above it.

    Not so under `/run/secrets`, where a container finds secrets that are its own, whatever their mode.
    """
    try:
        found = file.resolve()
        way = [folder.stat().st_mode & stat.S_IXOTH for folder in found.parents]
        return bool(found.stat().st_mode & stat.S_IROTH) and all(way) and not found.is_relative_to("/run/secrets")
    except OSError:
        return False


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
