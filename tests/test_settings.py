"""The settings: read once, each wrong value one clear line, secrets never shown, the documentation made from them."""

import os
import re
import subprocess
import sys
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.settings import Setting, Settings, page, table, unknown
from hub.settings import given as given_settings
from schema.errors import ConfigError

ROOT = Path(__file__).parent.parent

WRONG = [
    ("HUB_DATA", "~nobody-of-this-name/hub"),
    ("HUB_PORT", "eighty"),
    ("HUB_PORT", "65536"),
    ("HUB_PORT", "-1"),
    ("HUB_PORT", "٨٠"),
    ("HUB_PORT", "tcp://10.0.0.1:8000"),
    ("HUB_BASE_URL", "data.example.vn"),
    ("HUB_BASE_URL", "ftp://data.example.vn"),
    ("HUB_BASE_URL", "https://data.example.vn/?a=1"),
    ("HUB_BASE_URL", "https://[data"),
    ("HUB_GRAPH_URL", "http://graph:7474"),
    ("HUB_GRAPH_URL", "neo4j://"),
    ("HUB_GRAPH_URL", "neo4j://graph:port"),
    ("HUB_GRAPH_URL", "neo4j://graph/hub"),
    ("HUB_ENGINE_HEAP", "1 GB"),
    ("HUB_ENGINE_HEAP", "0m"),
    ("HUB_EMBEDDED_BEYOND_LOOPBACK", "true"),
    ("HUB_STATEMENT_TIMEOUT", "0"),
    ("HUB_STATEMENT_TIMEOUT", "nan"),
    ("HUB_STATEMENT_TIMEOUT", "inf"),
    ("HUB_STATEMENT_TIMEOUT", "soon"),
    ("HUB_LOG", "xml"),
    ("HUB_OTLP_ENDPOINT", "collector:4318"),
    ("HUB_METRICS_ADDRESSES", "everyone"),
    ("HUB_METRICS_ADDRESSES", "10.1.2.3/8"),
    ("HUB_COST_ANONYMOUS", "0"),
    ("HUB_COST_CLIENT", "1e5"),
    ("HUB_COST_CLIENT", "9" * 5000),
    ("HUB_CACHE_MB", "-1"),
    ("HUB_CACHE_MB", "32MB"),
    ("HUB_REDIS_PREFIX", "with space"),
    ("HUB_REDIS_PREFIX", "x" * 65),
    ("HUB_WORK_SECONDS", "0"),
]


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = Settings.from_environment({})
    assert settings == Settings()
    assert settings.data == Path(".hub")
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.statement_timeout == 10.0
    assert (settings.cost_anonymous, settings.cost_client) == (10_000, 50_000)
    assert settings.jwks_file is None
    assert not settings.embedded_beyond_loopback


def test_every_variable_reaches_its_field() -> None:
    given_values = {
        "HUB_DATA": "/srv/hub",
        "HUB_HOST": "0.0.0.0",  # noqa: S104 - read, not bound
        "HUB_PORT": "81",
        "HUB_BASE_URL": "https://data.example.vn/hub/",
        "HUB_GRAPH_URL": "neo4j+s://graph:7687",
        "HUB_GRAPH_USER": "hub",
        "HUB_GRAPH_PASSWORD": " kept as it is ",
        "HUB_GRAPH_DATABASE": "economy",
        "HUB_ENGINE_HEAP": "512m",
        "HUB_EMBEDDED_BEYOND_LOOPBACK": "yes",
        "HUB_STATEMENT_TIMEOUT": "2.5",
        "HUB_ISSUER": "https://sign-in.example.vn",
        "HUB_AUDIENCE": "economy",
        "HUB_JWKS_FILE": "/srv/keys.json",
        "HUB_CURSOR_SECRET": "s3cret",
        "HUB_LOG": "json",
        "HUB_OTLP_ENDPOINT": "http://collector:4318/",
        "HUB_METRICS_ADDRESSES": "10.1.2.0/24, 2001:db8::1",
        "HUB_CKAN_URL": "https://ckan.example.vn",
        "HUB_CKAN_TOKEN": "t0ken",
        "HUB_CKAN_ORGANIZATION": "bo-cong-thuong",
        "HUB_CKAN_UPLOAD_MB": "100",
        "HUB_COST_ANONYMOUS": "1",
        "HUB_COST_CLIENT": "2",
        "HUB_RATE_ANONYMOUS": "3",
        "HUB_RATE_CLIENT": "4",
        "HUB_RECORDS_ANONYMOUS": "5",
        "HUB_RECORDS_CLIENT": "0",
        "HUB_PROXIES": "10.0.0.0/8",
        "HUB_CACHE_MB": "0",
        "HUB_REDIS_URL": "rediss://:s3cret@cache:6380/2",
        "HUB_REDIS_PREFIX": "economy",
        "HUB_WORK_SECONDS": "60",
    }
    assert set(given_values) == {setting.variable for setting in table()}
    settings = Settings.from_environment(given_values)
    default = Settings()
    for one in fields(Settings):
        assert getattr(settings, one.name) != getattr(default, one.name), one.name
    assert settings.data == Path("/srv/hub")
    assert settings.base_url == "https://data.example.vn/hub"
    assert settings.graph_password == " kept as it is "
    assert settings.statement_timeout == 2.5


@pytest.mark.parametrize(("variable", "text"), WRONG)
def test_a_wrong_value_is_one_line_that_names_the_variable(variable: str, text: str) -> None:
    with pytest.raises(ConfigError) as error:
        Settings.from_environment({variable: text})
    for line in (error.value.vi, error.value.en):
        assert line.startswith(variable)
        assert f"`{text}`" in line
        assert "\n" not in line
        assert not line.endswith(".")


@given(st.dictionaries(st.sampled_from([setting.variable for setting in table()]), st.text(max_size=20)))
def test_any_text_is_settings_or_a_config_error(environ: dict[str, str]) -> None:
    try:
        settings = Settings.from_environment(environ)
    except ConfigError as error:
        message = error.en
    else:
        message = ""
        assert 0 <= settings.port <= 65_535
        assert settings.statement_timeout > 0
    assert not message or any(variable in message for variable in environ)


@pytest.mark.parametrize("variable", [setting.variable for setting in table()])
def test_an_empty_variable_is_an_absent_one(variable: str) -> None:
    assert Settings.from_environment({variable: "  "}) == Settings()


def test_secrets_are_never_shown() -> None:
    secrets = {
        "HUB_GRAPH_PASSWORD": "hush1",
        "HUB_CURSOR_SECRET": "hush2",
        "HUB_REDIS_URL": "redis://:hush3@cache",
        "HUB_CKAN_TOKEN": "hush4",
    }
    settings = Settings.from_environment(secrets)
    found = (settings.graph_password, settings.cursor_secret, settings.redis_url, settings.ckan_token)
    assert found == tuple(secrets.values())
    assert "hush" not in repr(settings)
    assert {setting.variable for setting in table() if setting.secret} == secrets.keys()


@pytest.mark.parametrize(
    "address",
    [
        "http://:hush@cache",
        "cache:hush",
        "redis://",
        "redis://:hush@cache:port",
        "redis://:hush@cache/one",
        "redis://:hush@cache?db=1",
        "redis://:hush@cache#1",
        "redis://:hush@[cache",
    ],
)
def test_a_wrong_address_of_redis_is_not_repeated(address: str) -> None:
    with pytest.raises(ConfigError) as error:
        Settings.from_environment({"HUB_REDIS_URL": address})
    for line in (error.value.vi, error.value.en):
        assert line.startswith("HUB_REDIS_URL")
        assert "redis://host:6379/0" in error.value.en
        assert "hush" not in line


SECRETS = [setting for setting in table() if setting.secret]


OF_A_FORM = {"HUB_CKAN_TOKEN": "t0ken", "HUB_REDIS_URL": "redis://:s3cret@cache"}
"""Secrets that are not any text."""


@pytest.mark.parametrize("secret", SECRETS, ids=lambda setting: setting.variable)
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_every_secret_may_stand_in_a_file(secret: Setting, end: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    text = OF_A_FORM.get(secret.variable, " kept as it is ")
    file.write_bytes(f"{text}{end}".encode())
    by_file = Settings.from_environment({secret.file_variable: f" {file} "})
    assert by_file == Settings.from_environment({secret.variable: text})
    assert by_file != Settings()


@pytest.mark.parametrize(
    ("content", "said"), [(None, "No such file"), (b"", "an empty file"), (b"\n", "an empty file"), (b"\xff", "UTF-8")]
)
def test_a_file_that_holds_no_secret_is_named(content: bytes | None, said: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=re.escape(said)) as error:
        Settings.from_environment({"HUB_GRAPH_PASSWORD_FILE": str(file)})
    assert error.value.en.startswith(f"HUB_GRAPH_PASSWORD_FILE is `{file}`")
    assert error.value.vi.startswith(f"HUB_GRAPH_PASSWORD_FILE là `{file}`")


def test_a_secret_and_its_file_are_not_both_set(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("hush", "utf-8")
    both = {"HUB_GRAPH_PASSWORD": "hush", "HUB_GRAPH_PASSWORD_FILE": str(file)}
    with pytest.raises(ConfigError, match="both set") as error:
        Settings.from_environment(both)
    assert "hush" not in error.value.en + error.value.vi


def test_what_is_set_is_shown_without_secrets(tmp_path: Path) -> None:
    environ = {
        "HUB_GRAPH_PASSWORD": "hush",
        "HUB_CURSOR_SECRET_FILE": str(tmp_path / "secret"),
        "HUB_BASE_URL": "https://an:hush@data.example.vn",
        "HUB_PORT": " 81 ",
        "HUB_HOST": "  ",
        "HOME": "/",
    }
    assert given_settings(environ) == {
        "HUB_GRAPH_PASSWORD": "***",
        "HUB_CURSOR_SECRET_FILE": str(tmp_path / "secret"),
        "HUB_BASE_URL": "***",
        "HUB_PORT": "81",
    }


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigError) as error:
        Settings.from_environment({"HUB_GRAPH_URL": "neo4j://hub:hush@graph:7687"})
    assert "HUB_GRAPH_PASSWORD" in error.value.en
    assert "hush" not in error.value.en + error.value.vi


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().port = 1  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "hub.example.vn"])  # noqa: S104 - read, not bound
def test_the_embedded_engine_serves_this_machine_alone(host: str) -> None:
    with pytest.raises(ConfigError, match="HUB_EMBEDDED_BEYOND_LOOPBACK"):
        Settings.from_environment({"HUB_HOST": host})
    assert Settings.from_environment({"HUB_HOST": host, "HUB_EMBEDDED_BEYOND_LOOPBACK": "yes"}).host == host
    assert Settings.from_environment({"HUB_HOST": host, "HUB_GRAPH_URL": "bolt://graph"}).host == host


@pytest.mark.parametrize(
    ("host", "address"),
    [("localhost", "http://localhost:8000"), ("127.0.0.2", "http://127.0.0.2:8000"), ("::1", "http://[::1]:8000")],
)
def test_the_public_address_follows_host_and_port(host: str, address: str) -> None:
    assert Settings.from_environment({"HUB_HOST": host}).base_url == address


def test_a_misspelt_variable_is_told_with_the_one_meant() -> None:
    environ = {"HUB_PROT": "1", "HUB_PORT": "1", "HUB_ZZZZZZZZZZ": "1", "HOME": "/"}
    assert unknown({"HUB_GRAPH_PASSWORD_FILE": "x", "HUB_PORT_FILE": "x"}).keys() == {"HUB_PORT_FILE"}
    assert unknown(environ) == {"HUB_PROT": "HUB_PORT", "HUB_ZZZZZZZZZZ": None}


def test_the_process_environment_is_read() -> None:
    code = "from hub.settings import Settings, unknown; print(Settings.from_environment().port, unknown())"
    environ = {**os.environ, "HUB_PORT": "8123", "HUB_POTR": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)  # noqa: S603 - our own interpreter
    assert done.stdout.startswith("8123 ")
    assert "'HUB_POTR': 'HUB_PORT'" in done.stdout


def test_the_documentation_is_the_table() -> None:
    written = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert written == page(), "run `make docs`"
    for setting in table():
        assert f"`{setting.variable}`" in written
        assert setting.vi
        assert setting.en
