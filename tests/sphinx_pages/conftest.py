"""A small documentation to build; `tox run -e sphinx7,sphinx9`. Where Sphinx is not installed nothing is collected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent

import pytest
from support.sphinx_documentation import Documentation

collect_ignore_glob = [] if find_spec("sphinx") else ["test_*.py"]


@pytest.fixture
def documentation(tmp_path: Path, for_subprocesses: Mapping[str, str]) -> Callable[[str], Documentation]:
    """Give what makes the documentation, whose index page has a text."""

    def make(text: str) -> Documentation:
        made = Documentation(tmp_path, for_subprocesses)
        made.write("docs/index.rst", f"Shop\n====\n\n{dedent(text)}")
        return made

    return make
