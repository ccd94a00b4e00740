"""How commands speak: Vietnamese first, English beside it; one line for an error; progress for long work."""

import sys
from typing import NoReturn

import click
from tqdm import tqdm

from schema.errors import HubError


def say(vi: str, en: str) -> None:
    """One line on standard output."""
    click.echo(f"{vi} · {en}")


def warn(vi: str, en: str) -> None:
    """One line on standard error, of what is no error."""
    click.echo(f"lưu ý: {vi} · note: {en}", err=True)


def fail(error: HubError) -> int:
    """The error in one line on standard error; the exit code: 2 for what the user can mend, else 1."""
    click.echo(f"lỗi: {error.vi} · error: {error.en}", err=True)
    return 2 if error.status in range(400, 500) or error.code == "CONFIG" else 1


class Progress:
    """Progress of named work: a bar on a terminal, plain lines in a pipe."""

    def __init__(self) -> None:
        self._bar: tqdm[NoReturn] | None = None
        self._name = ""

    def __call__(self, name: str, done: int, total: int) -> None:
        """Say that `done` of `total` rows of `name` are done."""
        if not sys.stdout.isatty():
            if done >= total:
                click.echo(f"  {name}: {done}")
            return
        bar = self._bar
        if name != self._name or bar is None:
            self.close()
            bar = tqdm(total=total, desc=f"  {name}", unit="")
            self._name, self._bar = name, bar
        bar.update(done - bar.n)

    def close(self) -> None:
        """End the bar."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
