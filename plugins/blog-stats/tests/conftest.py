"""What the tests of this plugin share: a blog that it runs in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from example_app.composition import Application, opened_application

Open = Callable[..., AbstractContextManager[Application]]


@pytest.fixture(autouse=True)
def _no_outside_config(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what the person who runs the tests has set for their own blog out of them."""
    for name in list(os.environ):
        if name.startswith(("EXAMPLE_APP_", "BLOG_BROKEN")):
            monkeypatch.delenv(name)


@pytest.fixture
def open_blog(tmp_path: Path) -> Open:
    """Return what opens a blog with this plugin alone, with the settings that it is given."""

    @contextmanager
    def open_blog(**settings: object) -> Iterator[Application]:
        config: dict[str, object] = {"mode": "explicit", "enable": ["stats"]}
        if settings:
            config["plugin"] = {"stats": {"settings": settings}}
        with opened_application(tmp_path / "data", config=config) as application:
            yield application

    return open_blog
