"""The rules of every test run: fixed seeds unless the long lane runs, and no missing service where CI asks for all."""

import os
from collections.abc import Generator

import hypothesis
import pytest

NEEDS = ("services", "browser")
"""The markers of tests that need something which a fresh machine may not have."""

# A run that fails can be run again and fails again; a busy machine is no failure.
hypothesis.settings.register_profile("fixed", deadline=None, derandomize=True)
hypothesis.settings.register_profile("proof", deadline=None, derandomize=False, max_examples=10_000)
hypothesis.settings.load_profile("fixed")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the skip of a test that needs a service into a failure where REQUIRE_SERVICES=1."""
    report = yield
    skipped = report.skipped and not hasattr(report, "wasxfail")
    if skipped and os.environ.get("REQUIRE_SERVICES") == "1" and any(map(item.get_closest_marker, NEEDS)):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"REQUIRE_SERVICES=1 lets no test skip: {reason}"
    return report
