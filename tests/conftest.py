"""What every test session of hookcore's own holds itself to."""

from __future__ import annotations

import gc
import importlib.metadata
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies

import hookcore

pytest.register_assert_rewrite("support.pages")  # its failures show what differs, as a test's do

# A noisy machine is not a finding: no test fails, or stops trying, because it was slow. And none fails by chance: the
# same examples are tried each time; `tox run -e fuzz` looks for new ones, and what it finds is pinned with `@example`.
settings.register_profile(
    "same", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True, database=None
)
settings.register_profile("fresh", settings.get_profile("same"), derandomize=False, print_blob=True)
settings.load_profile(os.environ.get("HOOKCORE_EXAMPLES", "same"))


def pytest_collection_finish() -> None:
    """Keep what thousands of tests were collected into out of each garbage collection: many tests ask for one."""
    # One example before: hypothesis warns where the collector does not see who refers to its random generator.
    given(strategies.none())(lambda _: None)()
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def for_subprocesses() -> dict[str, str]:
    """Give the environment in which a fresh interpreter imports the very hookcore that the tests import.

    Left to itself, it takes the one that is installed: under an editable install, perhaps another checkout's.
    """
    return os.environ | {"PYTHONPATH": str(Path(hookcore.__path__[0]).parent)}


@pytest.fixture
def zip_archives_are_forgotten() -> Iterator[None]:
    """Let go of the archives that a test puts on the path before the next test runs.

    importlib.metadata keeps each open in a reference cycle and never closes it. Left to itself, the collector would do
    that in the middle of some other test, which then fails for the ResourceWarning.
    """
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        # Not importlib.invalidate_caches(): before Python 3.12 it leaves this one alone.
        importlib.metadata.FastPath.__new__.cache_clear()  # type: ignore[attr-defined]
        gc.collect()
