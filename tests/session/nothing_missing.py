"""A pytest plugin that tox loads: what was to be tested is tested.

In CI (`CI=true`) a test that is skipped because something is missing has failed; and the built wheel is what is tested,
in every environment, not the checkout.
"""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import pytest

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

# A skip for another Python, system or account is no missing part; write `reason="only on Python 3.12 and newer"`.
ALWAYS_ALLOWED = re.compile(r"\bonly on (Python|Linux|Windows|macOS|an account)\b")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Stop if tox, which is there to test the built wheel, would be testing the checkout."""
    spec = importlib.util.find_spec("hookcore")
    imported = Path(spec.origin).resolve().parent if spec is not None and spec.origin is not None else None
    if os.environ.get("TOX_ENV_NAME") and imported == session.config.rootpath / "hookcore":
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
        if ALWAYS_ALLOWED.search(reason) is None:
            report.outcome = "failed"
            report.longrepr = f"skipped in CI, where nothing may be missing: {reason}"
    return report
