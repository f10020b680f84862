"""What the tests of the blog share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from example_app.composition import Application
from example_app.testing import Open, fixtures_for

isolated_test, open_blog = fixtures_for()


@pytest.fixture
def application(open_blog: Open) -> Iterator[Application]:
    """A blog without plugins, on a fresh database."""
    with open_blog() as application:
        yield application
