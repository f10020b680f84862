"""Does docs/django.md do what it shows?"""

from __future__ import annotations

import os
from pathlib import Path

from support.pages import ROOT, Reading, blocks_of


def test_the_page_about_django_does_what_it_shows(tmp_path: Path) -> None:
    """Its files, commands and values, in processes of its own: this one has another project."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "SHOP_"))}
    reading = Reading(ROOT / "docs" / "django.md", tmp_path, {"PYTHONPATH": "", **environment})
    blocks = list(blocks_of(reading.page.read_text(encoding="utf-8")))
    program = [block for block in blocks if block.kind == "python"]
    for block in blocks:
        if block.kind != "python":
            reading.follow(block)
    (tmp_path / "follow.py").write_text(FOLLOW, encoding="utf-8")
    reading.output_of(f"python follow.py {ROOT} {len(program)}")
    assert len(blocks) >= 20


FOLLOW = """
import sys
from pathlib import Path
root = Path(sys.argv[1])
sys.path.insert(0, str(root / "tests"))
from support.pages import Reading, blocks_of
page = root / "docs" / "django.md"
reading = Reading(page, Path("."), {"PYTHONPATH": ""})
sys.modules["page"] = reading.module
blocks = [one for one in blocks_of(page.read_text(encoding="utf-8")) if one.kind == "python"]
assert len(blocks) == int(sys.argv[2])
for block in blocks:
    reading.follow(block)
"""
