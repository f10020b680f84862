"""Does docs/telemetry.md do what it shows?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from support.pages import ROOT, Reading


def test_the_page_about_opentelemetry_does_what_it_shows(tmp_path: Path, for_subprocesses: Mapping[str, str]) -> None:
    """Every block of it, run in its order, has the values that it shows."""
    reading = Reading(ROOT / "docs" / "telemetry.md", tmp_path, for_subprocesses)
    assert reading.follow_all() >= 3
