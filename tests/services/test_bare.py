"""Services without a container engine: what is missing is named, and only what was started is stopped."""

import os
import re
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from redis.exceptions import AuthenticationError

from tests.services.servers import BARE, MISSING, CkanServer, bare, pid_of, redis_client

NOT_RUNNING = 3
SERVICES = ("neo4j", "redis", "postgres", "solr", "ckan", "openid")


def told(service: str, command: str, folder: Path) -> str:
    """What the service's command prints; skipped, by name, where something that it needs is missing."""
    offline = "0" if os.environ.get("REQUIRE_SERVICES") == "1" else "1"
    done = bare(service, command, folder, OFFLINE=offline)
    if done.returncode == MISSING:
        pytest.skip(done.stderr.strip().splitlines()[-1])
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Generator[Path]:
    """Give a folder in which nothing runs when the test is over."""
    yield tmp_path
    for service in SERVICES:
        bare(service, "down", tmp_path / service)


@pytest.mark.parametrize("service", ["neo4j", "solr", "ckan", "openid"])
def test_what_is_not_fetched_is_named(service: str, tmp_path: Path) -> None:
    """Of a checkout for which nothing was fetched yet."""
    shutil.copytree(BARE, tmp_path / "docker" / "bare")
    environment = os.environ | {f"{service.upper()}_OFFLINE": "1", f"{service.upper()}_FOLDER": str(tmp_path / "state")}
    run = [tmp_path / "docker" / "bare" / service, "up"]
    done = subprocess.run(run, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert done.returncode == MISSING
    assert re.search("are not here: fetch them once by|missing: install|is missing: ", done.stderr)
    assert done.stdout == ""


def test_a_missing_program_is_named_with_its_package(tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for program in Path("/usr/bin").iterdir():
        if not program.name.startswith("redis-"):
            (programs / program.name).symlink_to(program)
    environment = os.environ | {"PATH": str(programs), "REDIS_FOLDER": str(tmp_path / "state")}
    run = [BARE / "redis", "up"]
    done = subprocess.run(run, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert (done.stdout, done.returncode) == ("", MISSING)
    assert done.stderr == "redis: redis-server missing: install by `apt-get install redis-server`\n"


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("written", ["{}\n", "{} 1\n"], ids=["number alone", "of a process that began earlier"])
def test_another_process_of_that_number_is_left_alone(service: str, written: str, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        (tmp_path / "run" / "pid").write_text(written.format(other.pid), "ascii")
        status, down = (bare(service, name, tmp_path) for name in ("status", "down"))
        assert (status.stdout, status.returncode) == ("not running\n", NOT_RUNNING)
        assert (down.stdout, down.returncode) == ("not running\n", 0)
        assert other.poll() is None
        other.kill()


@pytest.mark.parametrize("service", SERVICES)
def test_it_says_how_it_is_used(service: str, tmp_path: Path) -> None:
    done = bare(service, "", tmp_path)
    assert done.returncode == 2
    assert all(f"docker/bare/{service} {name}" in done.stderr for name in ("up", "down", "status"))
    assert not any(tmp_path.iterdir())


@pytest.mark.services
def test_a_taken_port_is_named(folder: Path) -> None:
    url = told("redis", "up", folder / "redis").split()[0]
    port = url.rpartition(":")[2].partition("/")[0]
    done = bare("redis", "up", folder / "other", PORT=port)
    assert (done.stdout, done.returncode) == ("", 1)
    assert f"port {port} is taken" in done.stderr


@pytest.mark.services
@pytest.mark.parametrize("service", ["redis", "postgres"])
def test_it_starts_once_and_survives_a_kill(service: str, folder: Path) -> None:
    home = folder / service
    with ThreadPoolExecutor(2) as both:
        first, second = both.map(told, [service] * 2, ["up"] * 2, [home] * 2)
    running = pid_of(home)
    assert first == second == told(service, "status", home) == told(service, "up", home)
    assert pid_of(home) == running
    password = Path(first.split()[1])
    assert stat.S_IMODE(password.stat().st_mode) == 0o600
    kept = password.read_text("ascii")
    os.kill(running, signal.SIGKILL)
    assert bare(service, "status", home).returncode == NOT_RUNNING
    assert told(service, "up", home) == first
    assert password.read_text("ascii") == kept
    assert told(service, "down", home) == "stopped\n"
    assert told(service, "down", home) == "not running\n"
    assert bare(service, "status", home).returncode == NOT_RUNNING


@pytest.mark.services
def test_redis_answers_to_its_password_alone(folder: Path) -> None:
    url, password = told("redis", "up", folder / "redis").split()
    with redis_client(url, password=Path(password).read_text("ascii")) as client:
        assert client.ping() is True
    with redis_client(url) as stranger, pytest.raises(AuthenticationError):
        stranger.ping()


@pytest.mark.services
def test_ckan_starts_mends_and_stops_all_of_its_servers(folder: Path) -> None:
    home = folder / "ckan"
    first = told("ckan", "up", home)
    assert told("ckan", "up", home) == told("ckan", "status", home) == first
    url, token = first.split()
    assert stat.S_IMODE(Path(token).stat().st_mode) == 0o600
    server = CkanServer(url, Path(token).read_text("ascii").strip(), "fisheries")
    server.call("organization_create", name="fisheries", title="Thuỷ sản")
    assert server.call("status_show")["locale_default"] == "vi"
    os.kill(pid_of(home / "solr"), signal.SIGKILL)
    assert bare("ckan", "status", home).returncode == NOT_RUNNING
    assert told("ckan", "up", home) == first
    assert server.call("organization_list") == ["fisheries"]
    assert told("ckan", "down", home) == "stopped\n"
    for part in ("postgres", "redis", "solr"):
        assert bare(part, "status", home / part).returncode == NOT_RUNNING
