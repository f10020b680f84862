"""What the tests of the blog share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from example_app.composition import Application
from example_app.testing import Open, fixtures_for

# A noisy machine is not a finding, and no test fails by chance: the same examples each time, however long they take.
settings.register_profile(
    "same", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True, database=None
)
settings.load_profile("same")

isolated_test, open_blog = fixtures_for()


@pytest.fixture
def application(open_blog: Open) -> Iterator[Application]:
    """A blog without plugins, on a fresh database."""
    with open_blog() as application:
        yield application
