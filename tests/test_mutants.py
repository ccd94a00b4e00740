"""The tests of the law find mistakes: small ones, made by rule where the hub decides and guards, one at a time."""

import asyncio
import os
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from schema.engine import USER, Engine
from tests.mutants.making import ROOT, in_turn, mutants
from tests.mutants.running import Verdict, judge, run
from tests.services.servers import Server, empty

COMPILER: Final = ("test_cases.py::test_case", "test_revocations.py", "test_compiler.py")
TESTS: Final = {
    "auth.policy": ("test_policy.py", "test_cedar.py", "test_matrix.py", "test_permissions_page.py"),
    "auth.predicates": ("test_policy.py", "test_cedar.py", "test_permissions_page.py"),
    "auth.delegation": ("test_delegation.py", "test_permissions_page.py", "test_sharing.py"),
    "auth.revocations": ("test_revocations.py", "test_sharing.py"),
    "auth.grants": ("test_grants.py", "test_sharing.py", "test_revocations.py"),
    "hub.compiler.guards": COMPILER,
    "hub.compiler.filters": COMPILER,
    "hub.compiler.printer": COMPILER,
    "hub.compiler.dialects": COMPILER,
    "hub.compiler.plans": COMPILER,
    "hub.execution": ("test_api.py", *COMPILER, "test_exports.py"),
    "hub.answers": ("test_answers.py",),
    "hub.caches": ("test_redis.py", "test_answers.py"),
    "hub.confirmations": ("test_confirmations.py", "test_answers.py"),
    "hub.policies": ("test_sharing.py", "test_compiler.py", "test_answers.py", "test_worker.py"),
    "hub.prepared": ("test_prepared.py",),
    "schema.masks": ("test_masks.py", "test_permissions_page.py"),
}
"""The modules that decide and guard, and of each the tests that should find a mistake in it, the quickest first."""
SEED: Final = 2026
PAGE: Final = ROOT / "docs" / "mutants.md"


def files(module: str) -> list[str]:
    return [f"tests/{name}" for name in TESTS[module]]


def explained(page: str) -> dict[str, str]:
    """The survivors that a page lists, each with the reason why nobody sees more or less through it."""
    rows = [re.split(r" (?<!\\)\| ", line[2:-2]) for line in page.splitlines()]
    return {row[0].replace("\\|", "|"): row[1] for row in rows if len(row) > 1 and ".py " in row[0]}


def test_every_operator_makes_mutants_of_every_module() -> None:
    every = in_turn(tuple(TESTS), SEED)
    assert every == in_turn(tuple(TESTS), SEED)
    assert len({one.name for one in every}) == len(every) > 1000
    assert {one.operator for one in every[:120]} == {one.operator for one in every}
    assert {one.module for one in every[:120]} == set(TESTS)


@pytest.mark.parametrize(
    ("module", "what"),
    [
        ("hub.compiler.dialects", "module: `'MATCH (v:PolicyVersion {id: 1}) WHERE v.epoch = $epoch'` → "),
        ("hub.compiler.dialects", "module: `'MATCH (w:PolicyVersion {id: 1}) WHERE w.epoch = $epoch'` → "),
        ("hub.compiler.guards", "View.guard: `self._predicate("),
        ("hub.compiler.guards", "View.over: `end.guard` → `'true'`"),
        ("hub.compiler.printer", "Printer._compare: `self._view.read("),
        ("hub.execution", "Execution._walk: `await check_unrevoked(self.graph, sender.bearer)` → `pass`"),
        ("auth.policy", "_type_access: `records |= bit` → `pass`"),
        ("auth.policy", "_in_force: `now < rule.valid_until` → `now <= rule.valid_until`"),
        ("auth.predicates", "Predicate.holds: `not _some(self.forbid, stored, null=True)` → "),
        ("hub.policies", "Policies.access: `now < known.not_after` → "),
        ("schema.masks", "_first_word: `f'{head} {CUT}' if space else head` → `value`"),
    ],
)
def test_what_the_law_hangs_on_is_mutated(module: str, what: str) -> None:
    assert any(one.name.partition(" ")[2].startswith(what) for one in mutants(module))


def test_a_mutant_is_caught_by_a_test_that_fails_and_by_nothing_else(tmp_path: Path) -> None:
    looks = "tests/test_masks.py"
    names = ("blind", "broken", "failing", "endless")
    blind, broken, failing, endless = (tmp_path / f"test_{name}.py" for name in names)
    blind.write_text("import schema.masks\ndef test_nothing() -> None: ...\n", "utf-8")
    broken.write_text("import schema.masks\nraise RuntimeError\n", "utf-8")
    failing.write_text("import schema.masks\ndef test_it() -> None:\n    raise RuntimeError\n", "utf-8")
    endless.write_text("import schema.masks\nwhile True: ...\n", "utf-8")
    as_it_is = run(None, [looks])
    assert (as_it_is.code, as_it_is.failed, as_it_is.loaded) == (0, None, False)
    assert as_it_is.ran > 0
    hiding_nothing = [one for one in mutants("schema.masks") if one.operator == "masks"]
    for one in (hiding_nothing[0], hiding_nothing[-1]):
        found = judge(one, [looks], {}, Path(os.devnull))
        assert found.verdict is Verdict.CAUGHT, found
        assert found.failed is not None
        assert found.failed.startswith(looks)
    assert run(hiding_nothing[0], [str(blind)]).verdict is Verdict.SURVIVED
    assert run(hiding_nothing[0], [str(broken)]).verdict is Verdict.UNIMPORTABLE
    assert judge(hiding_nothing[0], [str(failing)], {}, Path(os.devnull)).verdict is Verdict.DOUBTFUL
    assert run(hiding_nothing[0], [str(endless)], processor=8).verdict is Verdict.ENDLESS


def test_every_survivor_that_is_explained_can_be_made() -> None:
    told = "| lỗi | vì sao |\n|---|---|\n| a/b.py f: `x \\| y` → `x & y` | both are empty |\n"
    assert explained(told) == {"a/b.py f: `x | y` → `x & y`": "both are empty"}
    every = {one.name for one in in_turn(tuple(TESTS), SEED)}
    assert explained(PAGE.read_text("utf-8")).keys() <= every


@pytest_asyncio.fixture(loop_scope="session")
async def shared(tmp_path: Path) -> AsyncIterator[Server]:
    """Give an engine that all runs use in turn, for to start one takes longer than most of them."""
    engine = Engine(tmp_path / "engine", heap="512m")
    await engine.start()
    yield Server(engine.url, USER, engine.password)
    await engine.stop()


@pytest.mark.proof
async def test_mutants_of_the_law_are_caught(
    shared: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one order, for as many minutes as PROOF_MINUTES says; each survivor is one that docs/mutants.md explains."""
    environment = {"HUB_TEST_ARCADEDB_URL": shared.url, "HUB_TEST_ARCADEDB_PASSWORD": shared.password}
    said = tmp_path / "said"
    end = time.monotonic() + 60 * float(os.environ.get("PROOF_MINUTES", "1"))
    verdicts: dict[str, Verdict] = {}
    catchers: Counter[str] = Counter()
    for mutant in in_turn(tuple(TESTS), SEED):
        if time.monotonic() > end:
            break
        empty(shared)
        found = await asyncio.to_thread(judge, mutant, files(mutant.module), environment, said)
        verdicts[mutant.name] = found.verdict
        catchers[(found.failed or "").partition("::")[0]] += found.verdict is Verdict.CAUGHT
    with capsys.disabled():
        print(*_lines(verdicts, catchers), sep="\n")  # noqa: T201 - asked for
    known = explained(PAGE.read_text("utf-8"))
    assert [name for name, verdict in verdicts.items() if verdict is Verdict.SURVIVED and name not in known] == []
    assert [name for name, verdict in verdicts.items() if verdict is Verdict.CAUGHT and name in known] == []
    assert verdicts


def _lines(verdicts: Mapping[str, Verdict], catchers: Mapping[str, int]) -> list[str]:
    """What a run prints: how many mutants, what became of them, which tests caught them, and each that survived."""
    counted = Counter(verdicts.values())
    return [
        f"\n{len(verdicts)} mutants",
        *(f"{counted[one]:6}  {one}" for one in Verdict),
        *(f"{times:6}  caught by {file}" for file, times in sorted(catchers.items()) if times),
        *(f"{verdict}: {name}" for name, verdict in verdicts.items() if verdict is not Verdict.CAUGHT),
    ]
