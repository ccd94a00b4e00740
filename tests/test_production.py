"""What production is started from: only the proxy is reached from outside, secrets are files, everything has limits."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from hub.__main__ import hub as command
from hub.settings import Settings, table
from tests.services.compositions import read

ROOT: Final = Path(__file__).parent.parent
FOLDER: Final = ROOT / "docker"
COMPOSE: Final[dict[str, Any]] = read((FOLDER / "compose.yaml").read_text("utf-8"))
SERVICES: Final[dict[str, dict[str, Any]]] = COMPOSE["services"]
OURS: Final = ("hub", "worker")
TO_SAY: Final = {
    "HUB_BASE_URL": "https://data.example.vn",
    "HUB_ISSUER": "https://sign-in.example.vn",
    "CKAN_SITE_URL": "https://catalogue.example.vn",
}
KNOWN: Final = {setting.variable: setting for setting in table()}
BY_FILE: Final = {setting.file_variable for setting in table() if setting.secret}


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_pinned_limited_and_watched(name: str) -> None:
    service = SERVICES[name]
    image, _, tag = service["image"].rpartition(":")
    assert image
    assert re.match(r"\d+\.\d+", tag), "a tag that does not move"
    limits = service["deploy"]["resources"]["limits"]
    assert float(limits["cpus"]) > 0
    assert re.fullmatch(r"\d+[MG]", limits["memory"])
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"].get("test") or name == "worker"
    assert set(service["networks"]) <= set(COMPOSE["networks"])


def test_only_the_proxy_is_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert [name for name, network in COMPOSE["networks"].items() if not network.get("internal")] == ["outside"]
    assert [name for name, service in SERVICES.items() if "outside" in service["networks"]] == ["proxy"]
    for store in ("neo4j", "postgres", "solr", "redis"):
        assert not {"front", "outside"} & set(SERVICES[store]["networks"])


@pytest.mark.parametrize("name", OURS)
def test_our_containers_have_a_root_for_reading_only_and_no_rights(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp"]  # noqa: S108 - inside the container
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["command"][0] in command.commands


def test_there_are_two_hubs_on_one_secret() -> None:
    assert SERVICES["hub"]["deploy"]["replicas"] == 2
    assert "HUB_CURSOR_SECRET_FILE" in SERVICES["hub"]["environment"]


@pytest.mark.parametrize("name", OURS)
def test_every_setting_named_exists_and_no_secret_is_a_value(name: str) -> None:
    environment = SERVICES[name]["environment"]
    for variable, text in environment.items():
        assert variable in KNOWN or variable in BY_FILE, variable
        if variable in KNOWN:
            assert not KNOWN[variable].secret, variable
        if text.startswith("/run/secrets/"):
            assert text.removeprefix("/run/secrets/") in SERVICES[name]["secrets"]
        else:
            assert not variable.endswith("_FILE")


def test_the_hub_starts_with_these_settings(tmp_path: Path) -> None:
    environ: dict[str, str] = {"HUB_HOST": "0.0.0.0", "HUB_PORT": "8000", "HUB_DATA": "/data"}  # noqa: S104 - not bound
    for variable, text in SERVICES["hub"]["environment"].items():
        said = re.sub(r"\$\{(\w+):\?[^}]*\}", lambda found: TO_SAY[found[1]], text)
        if variable in BY_FILE:
            said = str(tmp_path / variable)
            secret = "redis://:hush@redis:6379" if variable == "HUB_REDIS_URL_FILE" else "hush"
            Path(said).write_text(f"{secret}\n", "utf-8")
        environ[variable] = said
    settings = Settings.from_environment(environ)
    assert (settings.graph_password, settings.cursor_secret) == ("hush", "hush")
    assert settings.base_url == "https://data.example.vn"


def test_every_secret_is_a_file_that_git_ignores_and_all_are_used() -> None:
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", ())}
    assert used == set(COMPOSE["secrets"])
    assert {name: secret["file"] for name, secret in COMPOSE["secrets"].items()} == {
        name: f"./secrets/{name}" for name in used
    }
    assert "docker/secrets/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()
    told = (ROOT / "docs" / "operations.md").read_text("utf-8")
    assert [name for name in used if f"`{name}`" not in told] == []
    values = [
        (name, variable)
        for name, service in SERVICES.items()
        for variable, text in service.get("environment", {}).items()
        if re.search(r"password|secret|token|auth", variable, re.IGNORECASE) and "/run/secrets/" not in str(text)
    ]
    assert values == []


def test_volumes_are_declared_and_files_are_here() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert (FOLDER / source).is_file() if source.startswith(".") else source in COMPOSE["volumes"]


def test_the_image_has_no_secret_no_builder_and_no_rights() -> None:
    text = (FOLDER / "Dockerfile").read_text("utf-8")
    stages = text.split("\nFROM ")[1:]
    assert len(stages) == 2
    assert all(re.match(r"python:\d+\.\d+\.\d+-slim-bookworm", stage) for stage in stages)
    assert "--require-hashes" in stages[0]
    assert "\nUSER 10001:10001\n" in stages[1]
    assert not re.search(r"apt-get|pip install|curl|wget|ADD ", stages[1])
    assert not re.search(r"ARG|password|secret|token", text, re.IGNORECASE)
    copied = set(re.findall(r"^COPY (?!--from)(\S+) ", text, re.MULTILINE))
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    assert copied == allowed
    assert all((ROOT / path).exists() for path in copied)


def test_what_the_proxy_hides_and_hands_on() -> None:
    text = (FOLDER / "nginx.conf").read_text("utf-8")
    for path in ("/metrics", "/readyz"):
        assert re.search(rf"location = {path} {{\s+return 404;", text)
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text
    assert "proxy_set_header X-Request-Id $request_id;" in text


def program(name: str, package: str) -> str:
    """The path of a program; skip, and say what to install, where there is none."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        pytest.skip(f"no {name}: apt-get install {package}")
    return found


def done(*words: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    environment = {**os.environ, **environ}
    return subprocess.run(list(map(str, words)), env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - fixed commands


@pytest.mark.services
def test_a_client_of_compose_reads_the_file_as_we_do() -> None:
    client = program("docker-compose", "docker-compose")
    listed = done(client, "--file", FOLDER / "compose.yaml", "config", "--services", **TO_SAY)
    assert listed.returncode == 0, listed.stderr
    assert set(listed.stdout.split()) == set(SERVICES)
    silent = done(client, "--file", FOLDER / "compose.yaml", "config", **{**TO_SAY, "HUB_ISSUER": ""})
    assert silent.returncode != 0
    assert "the issuer of tokens" in silent.stderr


@pytest.mark.services
def test_the_proxy_reads_its_configuration(tmp_path: Path) -> None:
    nginx, openssl = program("nginx", "nginx-light"), program("openssl", "openssl")
    kept = ("-keyout", tmp_path / "tls_key", "-out", tmp_path / "tls_certificate")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    assert done(openssl, "req", "-x509", *key, "-days", "1", "-subj", "/CN=data.example.vn", *kept).returncode == 0
    text = (FOLDER / "nginx.conf").read_text("utf-8")
    for place in ("/tmp/", "/run/secrets/"):  # noqa: S108 - those of the container
        text = text.replace(place, f"{tmp_path}/")
    (tmp_path / "nginx.conf").write_text(text, "utf-8")
    read_by = done(nginx, "-t", "-q", "-c", tmp_path / "nginx.conf")
    assert read_by.returncode == 0, read_by.stderr


@pytest.mark.parametrize(
    "text",
    ["a: yes", "a: b: c", "a: &x 1", "a:\n  - {b: 1}", "a: 1\na: 2", "a:\nb: 1", "a: 'b'", "a: |\n  b", "  a: 1"],
)
def test_what_the_reader_does_not_know_it_refuses(text: str) -> None:
    with pytest.raises(ValueError, match="line"):
        read(text)
