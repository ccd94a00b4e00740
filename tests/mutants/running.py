"""Tests over one mutant, in a process of its own, up to the first that fails.

A process is forked from one that has imported other people's packages and nothing of ours, so it costs no more than
our own imports. In it the mutated module stands for the real one before anything of ours is imported; the file is as
it was. A mutant is caught by a test that fails or has an error, and passes without it, and by nothing else: one with
which a module or its tests cannot be imported, and one that does not come to an end, are told apart.
"""

import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import hypothesis
import pytest

from tests.mutants.making import ROOT, Mutant, MutantLoader

PATIENCE: Final = 1800.0
"""Seconds after which a run is ended that waits for ever."""
PROCESSOR: Final = 240
"""Seconds of the processor's time after which one is ended that turns in circles, however busy the machine is."""
_PRELOADED: Final = (
    "graphql",
    "httpx",
    "neo4j",
    "rdflib",
    "starlette.applications",
    "strawberry",
    "tests.mutants.running",
)
_CONTEXT: Final = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(list(_PRELOADED))
_ARGUMENTS: Final = (
    "-c",
    str(ROOT / "pyproject.toml"),
    "--exitfirst",
    "--quiet",
    "--assert=plain",  # why a test fails is not asked
    "--hypothesis-profile=mutants",
    "--no-cov",
    "-p",
    "no:cacheprovider",
    "-m",
    "not services and not browser and not proof",
)
# The first counterexample is enough, and a run is the same each time.
hypothesis.settings.register_profile(
    "mutants",
    deadline=None,
    derandomize=True,
    database=None,
    phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
)


class Verdict(StrEnum):
    """What tests said of a mutant."""

    CAUGHT = "caught"
    SURVIVED = "survived"
    UNIMPORTABLE = "cannot be imported"
    ENDLESS = "does not end"
    DOUBTFUL = "fails as it is too"


@dataclass(frozen=True, slots=True)
class Run:
    """How a run of tests ended: pytest's exit code (None: it did not end), what was loaded, the test that failed first.

    `ran` counts the tests that passed; `doubtful` where the one that failed does so without the mutant too.
    """

    code: int | None
    loaded: bool = False
    failed: str | None = None
    ran: int = 0
    doubtful: bool = False

    @property
    def verdict(self) -> Verdict:
        """What it says of the mutant; AssertionError where it says nothing, for the run itself went wrong."""
        if self.code is None:
            return Verdict.ENDLESS
        if self.code == pytest.ExitCode.TESTS_FAILED and self.failed is not None and self.loaded:
            return Verdict.DOUBTFUL if self.doubtful else Verdict.CAUGHT
        if self.code == pytest.ExitCode.OK and self.loaded and self.ran:
            return Verdict.SURVIVED
        assert self.loaded, self
        assert self.failed is None, self
        return Verdict.UNIMPORTABLE


class _Witness:
    """Sees which test fails first; what cannot be collected is no test."""

    def __init__(self) -> None:
        self.failed: str | None = None
        self.ran = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.ran += report.when == "call" and report.passed
        if report.failed and self.failed is None:
            self.failed = report.nodeid


class _Finder:
    """Gives the mutant's loader for its module."""

    def __init__(self, loader: MutantLoader) -> None:
        self._loader = loader

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        if name != self._loader.name:
            return None
        return spec_from_file_location(name, self._loader.path, loader=self._loader)


@dataclass(frozen=True, slots=True)
class _Order:
    """What a process is to do."""

    mutant: Mutant | None
    tests: tuple[str, ...]
    environment: Mapping[str, str]
    output: Path
    processor: int


def run(
    mutant: Mutant | None,
    tests: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    output: Path = Path(os.devnull),
    processor: int = PROCESSOR,
) -> Run:
    """Run these tests (arguments of pytest) over the mutant, or the code as it is; `output` has what they print."""
    receiver, sender = _CONTEXT.Pipe(duplex=False)
    order = _Order(mutant, tuple(tests), dict(environment or {}), output, processor)
    process = _CONTEXT.Process(target=_child, args=(order, sender))
    process.start()
    sender.close()
    try:
        process.join(PATIENCE)
        if process.is_alive() or process.exitcode == -signal.SIGXCPU:
            return Run(None)
        return receiver.recv() if receiver.poll() else Run(process.exitcode)
    finally:
        process.kill()
        process.join()
        receiver.close()


def judge(mutant: Mutant, files: Sequence[str], environment: Mapping[str, str], output: Path) -> Run:
    """Run these files of tests, each in a process of its own, up to the first test that fails.

    That test is run again without the mutant: on a busy machine one may fail that waits for an instant.
    """
    found = Run(None)
    for file in files:
        found = run(mutant, [file], environment=environment, output=output)
        if found.failed is not None:
            as_it_is = run(None, [found.failed], environment=environment, output=output)
            return replace(found, doubtful=as_it_is.code != 0 or as_it_is.ran == 0)
        if found.verdict is not Verdict.SURVIVED:
            break
    return found


def _child(order: _Order, sender: Connection) -> None:
    with order.output.open("wb") as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (order.processor, order.processor + 1))
    os.environ.update(order.environment)
    os.chdir(ROOT)
    loader = MutantLoader(order.mutant) if order.mutant else None
    if loader:
        assert loader.name not in sys.modules
        sys.meta_path.insert(0, _Finder(loader))
    witness = _Witness()
    code = int(pytest.main([*_ARGUMENTS, *order.tests], plugins=[witness]))
    sender.send(Run(code, loader is not None and loader.loaded, witness.failed, witness.ran))
