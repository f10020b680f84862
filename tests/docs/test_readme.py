"""Does each link of README.md lead somewhere, and does what it runs use the right hookcore?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from support.pages import ROOT, Reading

import hookcore

README = ROOT / "README.md"


def test_what_a_page_runs_uses_the_hookcore_under_test(tmp_path: Path, for_subprocesses: Mapping[str, str]):
    """Not one that happens to be installed: the checkout, or under tox the built wheel."""
    reading = Reading(README, tmp_path, for_subprocesses)

    assert reading.output_of("python -c 'import hookcore; print(hookcore.__path__[0])'") == [hookcore.__path__[0]]


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!http)([^)#]+)\)", README.read_text(encoding="utf-8")))))
def test_what_the_readme_links_to_is_there(link: str):
    """Every link of the README that is not to the web leads to a file of the repository."""
    assert (README.parent / link).exists()


@pytest.mark.parametrize("page", sorted(path.name for path in (ROOT / "docs").glob("*.md")))
def test_the_readme_leads_to_each_page(page: str):
    """A newcomer finds every page from the README."""
    assert f"](docs/{page})" in README.read_text(encoding="utf-8")
