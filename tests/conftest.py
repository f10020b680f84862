"""What every test session of hookcore's own holds itself to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import hookcore

# A noisy machine is not a finding: no test fails, or stops trying, because it was slow.
settings.register_profile("hookcore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("hookcore")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Stop if tox, which is there to test the built wheel, would be testing the checkout."""
    imported = Path(hookcore.__path__[0]).resolve()
    if "TOX_ENV_NAME" in os.environ and imported == session.config.rootpath / "hookcore":
        pytest.exit(f"the checkout would be tested, not the built wheel: hookcore is {imported}", returncode=4)
