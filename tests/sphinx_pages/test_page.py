"""Does docs/sphinx.md do what it shows?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from support.pages import ROOT, Reading


def test_the_page_about_sphinx_does_what_it_shows(tmp_path: Path, for_subprocesses: Mapping[str, str]) -> None:
    """What is built of its files is what it shows."""
    reading = Reading(ROOT / "docs" / "sphinx.md", tmp_path, for_subprocesses)
    assert reading.follow_all() >= 5
