"""Does docs/django.md do what it shows?"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_the_page_about_django_does_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its files, commands and values, in processes of its own: this one has another project."""
    spec = importlib.util.spec_from_file_location("reading_pages", ROOT / "tests" / "docs" / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    reading_pages = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "reading_pages", reading_pages)
    spec.loader.exec_module(reading_pages)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "SHOP_"))}
    reading = reading_pages.Reading(ROOT / "docs" / "django.md", tmp_path, {"PYTHONPATH": "", **environment})
    blocks = list(reading_pages.blocks_of(reading.page.read_text(encoding="utf-8")))
    program = [block for block in blocks if block.kind == "python"]
    for block in blocks:
        if block.kind != "python":
            reading.follow(block)
    (tmp_path / "follow.py").write_text(FOLLOW, encoding="utf-8")
    reading.output_of(f"python follow.py {ROOT} {len(program)}")
    assert len(blocks) >= 20


FOLLOW = """
import importlib.util, sys
from pathlib import Path
root = Path(sys.argv[1])
spec = importlib.util.spec_from_file_location("reading_pages", root / "tests" / "docs" / "conftest.py")
reading_pages = importlib.util.module_from_spec(spec)
sys.modules["reading_pages"] = reading_pages
spec.loader.exec_module(reading_pages)
page = root / "docs" / "django.md"
reading = reading_pages.Reading(page, Path("."), {"PYTHONPATH": ""})
sys.modules["page"] = reading.module
blocks = [one for one in reading_pages.blocks_of(page.read_text(encoding="utf-8")) if one.kind == "python"]
assert len(blocks) == int(sys.argv[2])
for block in blocks:
    reading.follow(block)
"""
