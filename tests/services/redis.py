"""A Redis of one test, which it may stop, freeze and start again."""

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

SECONDS: Final = 20.0


class OwnRedis:
    """A server of one test, which may be stopped, frozen and started again at the same port."""

    def __init__(self, folder: Path) -> None:
        found = shutil.which("redis-server")
        if found is None:
            pytest.skip("redis-server is not installed: `apt-get install redis-server`")
        self._command = found
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port: int = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self, *options: str) -> None:
        """Start it empty, and wait until it listens."""
        self._process = subprocess.Popen(  # noqa: S603 - found on the path, as a person would start it
            [self._command, "--port", str(self._port), "--bind", "127.0.0.1", "--save", "", *options],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        end = time.monotonic() + SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
            except OSError:
                assert time.monotonic() < end, "redis-server does not start"
                time.sleep(0.02)
            else:
                return

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it as a crash would, if it runs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(SECONDS)
            self._process = None


@contextmanager
def own_redis(folder: Path) -> Generator[OwnRedis]:
    """Give a server of one's own, running; or skip, and say what to install."""
    server = OwnRedis(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()
