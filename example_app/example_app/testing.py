"""For the tests of the blog and of its plugins: fixtures that open a blog, and leave nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from example_app import signals
from example_app.composition import Application, opened_application
from hookcore.testing import isolated

Open: TypeAlias = Callable[..., AbstractContextManager[Application]]
"""What opens a blog, with the settings that it is given."""


def fixtures_for(*plugins: str) -> tuple[Any, Any]:
    """Return two fixtures: one that isolates each test, and `open_blog`, which opens a blog with these plugins alone.

    The first plugin has the settings that `open_blog` is given.
    """

    @pytest.fixture(autouse=True)
    def isolated_test() -> Iterator[None]:
        """Leave everything as it is, and keep what people have set for their own blogs out of the tests."""
        with isolated("example_app", signals):
            yield

    @pytest.fixture
    def open_blog(tmp_path: Path) -> Open:
        """Return what opens a blog on a fresh database; a second time it is the same one."""

        def opened(**settings: object) -> AbstractContextManager[Application]:
            tables = {plugins[0]: {"settings": settings}} if settings else {}
            config = {"mode": "explicit", "enable": list(plugins), "plugin": tables}
            return opened_application(tmp_path / "data", config=config)

        return opened

    return isolated_test, open_blog
