"""Neo4j without a container engine: what is missing is named, and only what was started is stopped."""

import os
import subprocess
import sys
from pathlib import Path

from tests.services.servers import MISSING, NEO4J


def neo4j(name: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NEO4J_FOLDER": str(folder), **more}
    return subprocess.run([NEO4J, name], env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - ours


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    done = neo4j("up", tmp_path, NEO4J_VERSION="5.0.0", NEO4J_OFFLINE="1")
    assert done.returncode == MISSING
    assert "its jars are not here: fetch them once" in done.stderr or "Java 17 or 21 is missing" in done.stderr
    assert done.stdout == ""


def test_another_process_of_that_number_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        (tmp_path / "run" / "pid").write_text(f"{other.pid}\n", "ascii")
        status, down = (neo4j(name, tmp_path) for name in ("status", "down"))
        assert (status.stdout, status.returncode) == ("not running\n", 3)
        assert (down.stdout, down.returncode) == ("not running\n", 0)
        assert other.poll() is None
        other.kill()


def test_it_says_how_it_is_used(tmp_path: Path) -> None:
    done = neo4j("", tmp_path)
    assert done.returncode == 2
    assert all(f"docker/bare/neo4j {name}" in done.stderr for name in ("up", "down", "status"))
