"""Does docs/sqlalchemy.md do what it shows?"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_the_page_about_sqlalchemy_does_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every block of it, run in its order, has the values that it shows."""
    spec = importlib.util.spec_from_file_location("reading_pages", ROOT / "tests" / "docs" / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    reading_pages = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "reading_pages", reading_pages)
    spec.loader.exec_module(reading_pages)
    reading = reading_pages.Reading(ROOT / "docs" / "sqlalchemy.md", tmp_path, {"PYTHONPATH": ""})
    monkeypatch.setitem(sys.modules, "page", reading.module)
    blocks = list(reading_pages.blocks_of(reading.page.read_text(encoding="utf-8")))
    try:
        for block in blocks:
            reading.follow(block)
    finally:
        reading.module.engine.dispose()
    assert len(blocks) >= 6
