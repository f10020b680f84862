"""Does docs/sqlalchemy.md do what it shows?"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from support.pages import ROOT, Reading, blocks_of


def test_the_page_about_sqlalchemy_does_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every block of it, run in its order, has the values that it shows."""
    reading = Reading(ROOT / "docs" / "sqlalchemy.md", tmp_path, {"PYTHONPATH": ""})
    monkeypatch.setitem(sys.modules, "page", reading.module)
    blocks = list(blocks_of(reading.page.read_text(encoding="utf-8")))
    try:
        for block in blocks:
            reading.follow(block)
    finally:
        reading.module.engine.dispose()
    assert len(blocks) >= 6
