"""Does docs/security.md name a test for each attack, and is each test that it names there?"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "security.md"
_TEST_ID = re.compile(r"`(tests/[\w/.-]+\.py)::(\w+)`")

TEXT = PAGE.read_text(encoding="utf-8")
ROWS = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith(("| attack |", "| --- |"))]
NAMED = sorted(set(_TEST_ID.findall(TEXT)))


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_test_that_the_page_names_exists(file: str, name: str) -> None:
    """Each test id on the page is that of a test in the repository."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_an_attack_has_a_test(row: str) -> None:
    """Each row of the table names at least one."""
    assert _TEST_ID.search(row)


@pytest.mark.parametrize(
    "attack",
    [
        "claims a plugin's name",
        "another spelling",
        "earlier on `sys.path`",
        "tampered source",
        "tampered `.pyc`",
        "edited lock",
        "duplicate of the distribution",
        "unlisted plugin",
        "executable `.pth`",
        "after the check",
        "`__path__`",
        "device, a pipe",
        "200 GB",
        "move the cursor",
        "`load_setuptools_entrypoints()`",
        "others may write",
        "current directory",
        "entry-point text",
    ],
)
def test_the_page_speaks_of_every_known_attack(attack: str) -> None:
    """The two tests above can't pass because a row was left out."""
    assert [row for row in ROWS if attack in row.split("|")[1]]
