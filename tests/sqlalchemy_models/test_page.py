"""Does docs/sqlalchemy.md do what it shows?"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from support.pages import ROOT, Reading


def test_the_page_about_sqlalchemy_does_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every block of it, run in its order, has the values that it shows."""
    reading = Reading(ROOT / "docs" / "sqlalchemy.md", tmp_path, {"PYTHONPATH": ""})
    monkeypatch.setitem(sys.modules, "page", reading.module)
    try:
        assert reading.follow_all() >= 6
    finally:
        reading.module.engine.dispose()
