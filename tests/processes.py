"""The `hub` command as a process of its own, as a person or a supervisor runs it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
PATIENCE = 420.0
"""Only ends a test that has failed already."""


def environment(data: Path, settings: dict[str, str]) -> dict[str, str]:
    """The variables of this process, with no setting but these; any free port, a small heap."""
    own = {name: text for name, text in os.environ.items() if not name.startswith("HUB_")}
    return {**own, "HUB_DATA": str(data), "HUB_PORT": "0", "HUB_ENGINE_HEAP": "512m", **settings}


def hub(*arguments: str, data: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "hub", *arguments],
        env=environment(data, settings),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


class Running:
    """A command that goes on; what it says is read from a file."""

    def __init__(self, process: subprocess.Popen[bytes], said: Path) -> None:
        self.process = process
        self._said = said

    @property
    def said(self) -> str:
        """All that it has said so far."""
        return self._said.read_text("utf-8")

    @property
    def engine(self) -> int:
        """The process id of its engine; 0 while there is none."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
        return next((int(each) for each in children if "engine_server" in _line(int(each))), 0)

    def until(self, text: str) -> None:
        """Wait until it has said this; fail where it ended without."""
        until(lambda: text in self.said or self.process.poll() is not None)
        assert text in self.said, self.said

    def base(self) -> str:
        """The address at which it serves."""
        self.until("/graphql" if "demo" in self.process.args else "serving at")  # pyright: ignore[reportOperatorIssue] - a list
        found = re.search(r"http://127\.0\.0\.1:\d+", self.said)
        assert found
        return found.group()

    def stop(self, number: signal.Signals) -> int:
        """Send a signal; give the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@contextmanager
def running(*arguments: str, data: Path, said: Path, **settings: str) -> Generator[Running]:
    """Start a command that goes on; it is killed at the end if it still runs."""
    with (
        said.open("wb") as out,
        subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "hub", *arguments],
            env=environment(data, settings),
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C at the tests is not one at it
        ) as process,
    ):
        try:
            yield Running(process, said)
        finally:
            process.kill()


def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition of the outside world."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def within(folder: Path) -> list[int]:
    """The processes that work in this folder: an engine does, in that of its data."""
    return [int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit() and _works_in(each, folder)]


def _works_in(process: Path, folder: Path) -> bool:
    try:
        return (process / "cwd").readlink().is_relative_to(folder)
    except OSError:  # it has ended, or is another user's
        return False


def _line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text("utf-8")
    except OSError:
        return ""
