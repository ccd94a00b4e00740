"""A reader of the plain part of YAML that `docker/compose.yaml` keeps to; flow lists and quoted text are as in JSON."""

import json
import re
from typing import Any

_KEY = re.compile(r"([A-Za-z_][\w.-]*):(?: +(.*))?$")
_PLAIN = re.compile(r"[A-Za-z0-9./_][^#\"'&*!|>%@`{}\[\]]*")


def read(text: str) -> dict[str, Any]:
    """What a file says; ValueError, with the line, where it leaves that part."""
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if not re.fullmatch(r"\s*(#.*)?", line)]
    found, rest = _block(lines, 0)
    if rest:
        raise ValueError(f"line {rest[0][0]}: indented as nothing around it is")
    return found


def _block(lines: list[tuple[int, str]], indent: int) -> tuple[Any, list[tuple[int, str]]]:
    if lines[0][1].startswith(" " * indent + "- "):
        return _sequence(lines, indent)
    found: dict[str, Any] = {}
    while lines and _depth(lines[0][1]) == indent:
        (number, line), *lines = lines
        matched = _KEY.fullmatch(line.strip())
        if matched is None or matched[1] in found:
            raise ValueError(f"line {number}: no key, or one that was there before")
        if matched[2]:
            found[matched[1]] = _scalar(number, matched[2])
        elif lines and _depth(lines[0][1]) > indent:
            found[matched[1]], lines = _block(lines, _depth(lines[0][1]))
        else:
            raise ValueError(f"line {number}: `{matched[1]}` has no value")
    return found, lines


def _sequence(lines: list[tuple[int, str]], indent: int) -> tuple[list[Any], list[tuple[int, str]]]:
    found: list[Any] = []
    while lines and lines[0][1].startswith(" " * indent + "- "):
        (number, line), *lines = lines
        found.append(_scalar(number, line.strip()[2:].strip()))
    return found, lines


def _scalar(number: int, text: str) -> Any:  # noqa: ANN401 - whatever stands there
    if text[0] in '"[':
        try:
            return json.loads(text)
        except ValueError:
            raise ValueError(f"line {number}: not as in JSON: {text}") from None
    if text in {"true", "false"}:
        return text == "true"
    if re.fullmatch(r"\d+", text):
        return int(text)
    if not _PLAIN.fullmatch(text) or ": " in text or text.lower() in {"yes", "no", "on", "off", "null", "~"}:
        raise ValueError(f"line {number}: put this in double quotes: {text}")
    return text


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
