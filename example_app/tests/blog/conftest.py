"""What the tests of the blog share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from example_app.composition import Application, opened_application

NO_PLUGINS = {"mode": "explicit"}


@pytest.fixture(autouse=True)
def _no_outside_config(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what the person who runs the tests has set for their own blog out of them."""
    for name in list(os.environ):
        if name.startswith(("EXAMPLE_APP_", "BLOG_BROKEN")):
            monkeypatch.delenv(name)


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    """A blog without plugins, on a fresh database."""
    with opened_application(tmp_path / "data", config=NO_PLUGINS) as application:
        yield application
