"""Does docs/faults.md name a test for each fault, and docs/architecture.md each file? And is there what they name?"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FAULTS = ROOT / "docs" / "faults.md"
_TEST_ID = re.compile(r"`((?:tests|plugins|example_app)/[\w/.-]+\.py::[\w:]+)`")

TEXT = FAULTS.read_text(encoding="utf-8")
ROWS = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith(("| fault |", "| --- |"))]
NAMED = sorted(set(_TEST_ID.findall(TEXT)))


def names_in(path: Path) -> set[str]:
    """Return the tests of a file, those of classes as `Class::test`."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{inner.name}" for inner in node.body if isinstance(inner, ast.FunctionDef)}
    return found


@pytest.mark.parametrize("test_id", NAMED)
def test_a_test_that_the_faults_table_names_exists(test_id: str):
    """Each test id in docs/faults.md is that of a test in the repository."""
    file, _, name = test_id.partition("::")

    assert name in names_in(ROOT / file)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_a_fault_has_a_test(row: str):
    """Each row of docs/faults.md names at least one test."""
    assert _TEST_ID.search(row)


def test_the_faults_table_was_found():
    """The two tests above read a table with rows in it: they cannot pass because the page changed its form."""
    assert len(ROWS) > 30
    assert len(NAMED) > 30


def test_the_house_that_the_architecture_draws_is_the_one_that_stands():
    """docs/architecture.md names each file of the package in its listing, and none that is not there."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawn = page.partition("## The house")[2].partition("```\n\n")[0]
    standing = {file.name for file in (ROOT / "hookcore").rglob("*.py")} - {"__init__.py"}

    assert set(re.findall(r"\w+\.py", drawn)) - {"__init__.py"} == standing
