"""What every test session of hookcore's own holds itself to."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings

import hookcore

# A noisy machine is not a finding: no test fails, or stops trying, because it was slow.
settings.register_profile("hookcore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("hookcore")

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

# A skip for another Python or system is no missing part; write `reason="only on Python 3.12 and newer"`.
ALWAYS_ALLOWED = "only on "


def pytest_sessionstart(session: pytest.Session) -> None:
    """Stop if tox, which is there to test the built wheel, would be testing the checkout."""
    imported = Path(hookcore.__path__[0]).resolve()
    if "TOX_ENV_NAME" in os.environ and imported == session.config.rootpath / "hookcore":
        pytest.exit(f"the checkout would be tested, not the built wheel: hookcore is {imported}", returncode=4)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a test's skip for something that is missing into a failure in CI."""
    report = yield
    return _nothing_is_missing(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn a file's skip for something that is missing into a failure in CI."""
    report = yield
    return _nothing_is_missing(report)


def _nothing_is_missing(report: Report) -> Report:
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if ALWAYS_ALLOWED not in reason:
            report.outcome = "failed"
            report.longrepr = f"skipped in CI, where nothing may be missing: {reason}"
    return report
