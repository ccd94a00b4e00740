"""The two lanes: what CI asks for may not be skipped, and what it runs is the same each time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent

NEEDY = """
import pytest

@pytest.mark.services
def test_service():
    pytest.skip("no graph: install one")

@pytest.mark.skipif(True, reason="not on this system")
def test_other():
    raise AssertionError

@pytest.mark.proof
def test_long():
    raise AssertionError
"""


def run(folder: Path, require: str) -> subprocess.CompletedProcess[str]:
    """Run three tests under the project's own rules: one lacks a service, one is skipped, one is of the long lane."""
    (folder / "test_needy.py").write_text(NEEDY, encoding="utf-8")
    config = ("-c", str(ROOT / "pyproject.toml"), "--rootdir", str(folder), "-p", "conftest", "-p", "no:cacheprovider")
    return subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "pytest", *config, str(folder)],
        cwd=ROOT,
        env={**os.environ, "REQUIRE_SERVICES": require},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_missing_service_is_a_skip(tmp_path: Path) -> None:
    done = run(tmp_path, "")
    assert done.returncode == 0, done.stdout
    assert "2 skipped, 1 deselected" in done.stdout
    assert "no graph: install one" in done.stdout


def test_a_missing_service_is_a_failure_where_all_are_required(tmp_path: Path) -> None:
    done = run(tmp_path, "1")
    assert done.returncode == 1, done.stdout
    assert "1 failed, 1 skipped, 1 deselected" in done.stdout
    assert "REQUIRE_SERVICES=1 lets no test skip: Skipped: no graph: install one" in done.stdout


def test_seeds_are_fixed_but_in_the_long_lane(request: pytest.FixtureRequest) -> None:
    long = request.config.getoption("--hypothesis-profile") == "proof"
    assert settings().derandomize is not long
    assert settings().deadline is None
