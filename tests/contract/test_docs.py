"""Does docs/faults.md name a test for each fault, and docs/architecture.md each file? And is there what they name?"""

from __future__ import annotations

import ast
import pkgutil
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


def named_in(page: Path) -> set[str]:
    """Return the dotted names of ours that a page mentions, but for those that telemetry has given out."""
    found = set(re.findall(r"(?<!/)\bhookcore(?:\.[a-z_]+)+\b", page.read_text(encoding="utf-8")))
    return {name for name in found if not re.fullmatch(r"hookcore\.[a-z]+\.(name|version|duration)", name)}


def exists(name: str) -> bool:
    """Tell whether there is something of a name; a module also where the framework that it is for is not installed."""
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError):
        path = ROOT.joinpath(*name.split("."))
        return path.is_dir() or path.with_suffix(".py").is_file()
    return True


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_each_dotted_name_of_ours_in_a_page_exists(page: Path):
    """Whoever types it finds it: a module, or what a module has."""
    groups = {"hookcore.hosts"}  # of entry points
    assert [name for name in sorted(named_in(page) - groups) if not exists(name)] == []


def test_dotted_names_in_pages_were_found():
    """The test above looks at some."""
    assert "hookcore.signals.sending.compiling.printed_source" in named_in(ROOT / "docs" / "dispatch.md")
