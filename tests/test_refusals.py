"""Unsafe settings: each is refused in one clear line that names it, and what is safe starts."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest

from hub import refusals
from hub.__main__ import main
from hub.addresses import is_loopback, is_near
from hub.settings import Settings
from schema.errors import ConfigError

RANDOM: Final = "f0e1d2c3b4a5968778695a4b3c2d1e0f"
PASSWORD: Final = "rT7-qpLw90vXz"
PRODUCTION: Final[Mapping[str, str]] = {
    "HUB_HOST": "0.0.0.0",  # noqa: S104 - read, not bound
    "HUB_BASE_URL": "https://data.example.vn",
    "HUB_GRAPH_URL": "bolt://neo4j:7687",
    "HUB_GRAPH_PASSWORD": PASSWORD,
    "HUB_REDIS_URL": "redis://:kD93-mmQzr81@redis:6379/0",
    "HUB_CURSOR_SECRET": RANDOM,
    "HUB_ISSUER": "https://sign-in.example.vn",
    "HUB_CKAN_URL": "http://ckan:5000",
    "HUB_CKAN_TOKEN": "eyJ0eXAi.made-up.token",
    "HUB_METRICS_ADDRESSES": "10.1.2.3",
}
"""As docker/compose.yaml has it."""
LOCAL: Final[Mapping[str, str]] = {}

UNSAFE: Final[tuple[tuple[Mapping[str, str], Mapping[str, str], str], ...]] = (
    (PRODUCTION, {"HUB_ISSUER": ""}, "HUB_ISSUER is not set"),
    (LOCAL, {"HUB_BASE_URL": "https://data.example.vn"}, "HUB_ISSUER is not set"),
    (LOCAL, {"HUB_HOST": "192.0.2.1", "HUB_GRAPH_URL": "bolt://127.0.0.1"}, "HUB_ISSUER is not set"),
    (PRODUCTION, {"HUB_ISSUER": "http://sign-in.example.vn"}, "HUB_ISSUER is `http://sign-in.example.vn`"),
    (PRODUCTION, {"HUB_ISSUER": "http://sign-in"}, "HUB_ISSUER is `http://sign-in`"),
    (PRODUCTION, {"HUB_ISSUER": "http://localhost.example.vn"}, "HUB_ISSUER is `http://localhost.example.vn`"),
    (PRODUCTION, {"HUB_ISSUER": "http://127.0.0.1@sign-in.example.vn"}, "HUB_ISSUER is"),
    (LOCAL, {"HUB_ISSUER": "urn:hub:demo-issuer-not-for-real-data"}, "the demo issuer"),
    (PRODUCTION, {"HUB_BASE_URL": "http://data.example.vn"}, "HUB_BASE_URL is `http://data.example.vn`"),
    (PRODUCTION, {"HUB_BASE_URL": ""}, "HUB_BASE_URL is `http://0.0.0.0:8000`"),
    (PRODUCTION, {"HUB_CURSOR_SECRET": RANDOM[:31]}, "HUB_CURSOR_SECRET can be guessed"),
    (PRODUCTION, {"HUB_CURSOR_SECRET": "abcabcabc" * 8}, "HUB_CURSOR_SECRET can be guessed"),
    (LOCAL, {"HUB_CURSOR_SECRET": "s3cret"}, "HUB_CURSOR_SECRET can be guessed"),
    (PRODUCTION, {"HUB_GRAPH_PASSWORD": ""}, "HUB_GRAPH_PASSWORD has no password"),
    (PRODUCTION, {"HUB_GRAPH_PASSWORD": "sh0rt-7"}, "HUB_GRAPH_PASSWORD has no password"),
    (PRODUCTION, {"HUB_GRAPH_PASSWORD": "Neo4jNeo4j"}, "HUB_GRAPH_PASSWORD has a value that everyone knows"),
    (PRODUCTION, {"HUB_GRAPH_PASSWORD": "the-user-1", "HUB_GRAPH_USER": "the-user-1"}, "HUB_GRAPH_PASSWORD"),
    (PRODUCTION, {"HUB_GRAPH_PASSWORD": RANDOM}, "HUB_GRAPH_PASSWORD and HUB_CURSOR_SECRET are the same"),
    (PRODUCTION, {"HUB_REDIS_URL": "redis://redis:6379/0"}, "HUB_REDIS_URL has no password"),
    (PRODUCTION, {"HUB_REDIS_URL": "redis://:PASSWORD@redis:6379/0"}, "HUB_REDIS_URL has a value that everyone knows"),
    (PRODUCTION, {"HUB_REDIS_URL": "redis://:kD93-mmQzr81@cache.example.vn"}, "use `rediss://`"),
    (PRODUCTION, {"HUB_CKAN_TOKEN": "changeme"}, "HUB_CKAN_TOKEN has a value that everyone knows"),
    (PRODUCTION, {"HUB_CKAN_URL": "http://ckan.example.vn"}, "use `https://`"),
    (PRODUCTION, {"HUB_GRAPH_URL": "neo4j://graph.example.vn"}, "use `neo4j+s://`"),
    (PRODUCTION, {"HUB_GRAPH_URL": "bolt+ssc://graph.example.vn"}, "use `neo4j+s://`"),
    (PRODUCTION, {"HUB_GRAPH_URL": "bolt://8.8.8.8"}, "use `neo4j+s://`"),
    (PRODUCTION, {"HUB_METRICS_ADDRESSES": "0.0.0.0/0"}, "HUB_METRICS_ADDRESSES has `0.0.0.0/0`"),
    (LOCAL, {"HUB_METRICS_ADDRESSES": "127.0.0.1, ::/0"}, "HUB_METRICS_ADDRESSES has `::/0`"),
)

SAFE: Final[tuple[tuple[Mapping[str, str], Mapping[str, str]], ...]] = (
    (LOCAL, {}),
    (PRODUCTION, {}),
    (LOCAL, {"HUB_HOST": "0.0.0.0", "HUB_EMBEDDED_BEYOND_LOOPBACK": "yes"}),  # noqa: S104 - read, not bound
    (LOCAL, {"HUB_ISSUER": "http://127.0.0.1:9000"}),
    (LOCAL, {"HUB_ISSUER": "http://localhost:9000/oidc"}),
    (LOCAL, {"HUB_GRAPH_URL": "bolt://127.0.0.1", "HUB_REDIS_URL": "redis://127.0.0.1"}),
    (
        PRODUCTION,
        {"HUB_GRAPH_URL": "neo4j+s://graph.example.vn", "HUB_REDIS_URL": "rediss://:kD93-mmQzr81@a.example.vn"},
    ),
    (PRODUCTION, {"HUB_GRAPH_URL": "bolt://10.1.2.3", "HUB_CKAN_URL": "https://ckan.example.vn"}),
    (PRODUCTION, {"HUB_CKAN_URL": "http://ckan.example.vn", "HUB_CKAN_TOKEN": ""}),
    (PRODUCTION, {"HUB_BASE_URL": "http://10.1.2.3:8000"}),
)


@pytest.mark.parametrize(("base", "changed", "said"), UNSAFE)
def test_unsafe_settings_are_one_line_that_names_them(
    base: Mapping[str, str], changed: Mapping[str, str], said: str, tmp_path: Path
) -> None:
    settings = Settings.from_environment({"HUB_DATA": str(tmp_path), **base, **changed})
    with pytest.raises(ConfigError) as caught:
        refusals.check(settings)
    assert said in caught.value.en
    for line in (caught.value.vi, caught.value.en):
        assert "HUB_ISSUER" in line or any(variable in line for variable in changed)
        assert "\n" not in line
        assert not line.endswith(".")
        for secret in ("HUB_GRAPH_PASSWORD", "HUB_CURSOR_SECRET", "HUB_CKAN_TOKEN"):
            value = {**base, **changed}.get(secret)
            assert not value or value not in line


@pytest.mark.parametrize(("base", "changed"), SAFE)
def test_safe_settings_pass(base: Mapping[str, str], changed: Mapping[str, str], tmp_path: Path) -> None:
    refusals.check(Settings.from_environment({"HUB_DATA": str(tmp_path / "none"), **base, **changed}))


def test_keys_and_data_that_everyone_may_write_are_refused(tmp_path: Path) -> None:
    keys, data = tmp_path / "keys.json", tmp_path / "data"
    keys.write_text("{}", "utf-8")
    data.mkdir(mode=0o700)
    settings = Settings(data=data, issuer="https://sign-in.example.vn", jwks_file=keys)
    refusals.check(settings)
    keys.chmod(0o646)
    with pytest.raises(ConfigError, match="HUB_JWKS_FILE"):
        refusals.check(settings)
    keys.chmod(0o644)
    data.chmod(0o777)
    with pytest.raises(ConfigError, match="HUB_DATA"):
        refusals.check(settings)


def test_a_secret_that_everyone_can_read_is_refused() -> None:
    # The folders of pytest are its owner's alone, so that nothing in them is open to all.
    with TemporaryDirectory(dir="/tmp") as made:
        folder, file = Path(made), Path(made) / "secret"
        folder.chmod(0o755)
        file.write_text(f"{RANDOM}\n", "utf-8")
        environ = {"HUB_CURSOR_SECRET_FILE": str(file)}
        for mode in (0o600, 0o640):
            file.chmod(mode)
            assert Settings.from_environment(environ).cursor_secret == RANDOM
        file.chmod(0o644)
        with pytest.raises(
            ConfigError, match=r"HUB_CURSOR_SECRET_FILE is .* anyone on this machine can read"
        ) as caught:
            Settings.from_environment(environ)
        assert RANDOM not in caught.value.en + caught.value.vi
        folder.chmod(0o700)
        assert Settings.from_environment(environ).cursor_secret == RANDOM


@pytest.mark.parametrize("name", ["serve", "run", "publish", "work", "check", "demo"])
def test_a_command_opens_nothing_with_unsafe_settings(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for variable in [variable for variable in os.environ if variable.startswith("HUB_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("HUB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("HUB_BASE_URL", "https://data.example.vn")
    monkeypatch.setattr(sys, "argv", ["hub", name])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "error: the address `https://data.example.vn` is beyond this machine and HUB_ISSUER" in line
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("host", "loopback", "near"),
    [
        ("localhost", True, True),
        ("127.0.0.2", True, True),
        ("::1", True, True),
        ("neo4j", False, True),
        ("10.1.2.3", False, True),
        ("fd00::1", False, True),
        ("0.0.0.0", False, False),  # noqa: S104 - read, not bound
        ("::", False, False),
        ("8.8.8.8", False, False),
        ("2001:4860:4860::8888", False, False),
        ("data.example.vn", False, False),
        ("localhost.example.vn", False, False),
        ("127.0.0.1.example.vn", False, False),
    ],
)
def test_how_far_a_host_is(host: str, *, loopback: bool, near: bool) -> None:
    assert (is_loopback(host), is_near(host)) == (loopback, near)
