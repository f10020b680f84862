"""Is what README.md tells in "The first five minutes" what happens?

The README marks in comments which block is a file, when a plugin is installed, and which command's output a block
shows. This file does as it says, from top to bottom, in an empty directory.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import hookcore

README = Path(__file__).parents[2] / "README.md"
_STEP = re.compile(r"<!-- (?P<kind>file|install|run): (?P<what>.+?) -->\n(?:```\w+\n(?P<block>.*?)```\n)?", re.DOTALL)


def steps() -> Iterator[tuple[str, str, str]]:
    """Yield kind, name or command, and the text of the block that follows."""
    for match in _STEP.finditer(README.read_text(encoding="utf-8")):
        yield match["kind"], match["what"], match["block"] or ""


def install(project: Path, site: Path) -> None:
    """Install a project with pip, into a directory of this test."""
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--target", str(site)]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(project)], check=True)


def output_of(command: str, folder: Path, site: Path, environment: Mapping[str, str]) -> list[str]:
    """Return the lines that a command of the README prints where `site` is what is installed besides."""
    words = shlex.split(command)
    assignments = [word.split("=", 1) for word in words if re.match(r"[A-Z_]+=", word)]
    path = os.pathsep.join((str(site), environment["PYTHONPATH"]))
    environment = {**environment, "PYTHONPATH": path, **dict(assignments)}
    arguments = [sys.executable, *words[len(assignments) + 1 :]]
    finished = subprocess.run(arguments, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.splitlines()


def shown_output(block: str, command: str) -> list[str]:
    """Return the lines that the README shows below a command."""
    lines = block.splitlines()
    return lines[lines.index(f"$ {command}") + 1 :]


def test_what_the_readme_runs_uses_the_hookcore_under_test(tmp_path: Path, for_subprocesses: Mapping[str, str]):
    """Not one that happens to be installed: the checkout, or under tox the built wheel."""
    command = "python -c 'import hookcore; print(hookcore.__path__[0])'"
    assert output_of(command, tmp_path, tmp_path / "site", for_subprocesses) == [hookcore.__path__[0]]


def test_the_first_five_minutes_go_as_the_readme_says(tmp_path: Path, for_subprocesses: Mapping[str, str]):
    """The README's files, written and run in its order, with its plugin really installed, print what it shows."""
    site = tmp_path / "site"
    commands = 0
    for kind, what, block in steps():
        if kind == "file":
            path = tmp_path / what
            path.parent.mkdir(exist_ok=True)
            path.write_text(block, encoding="utf-8")
        elif kind == "install":
            install(tmp_path / what, site)
        else:
            assert output_of(what, tmp_path, site, for_subprocesses) == shown_output(block, what)
            commands += 1
    assert commands == 4


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!http)([^)#]+)\)", README.read_text(encoding="utf-8")))))
def test_what_the_readme_links_to_is_there(link: str):
    """Every link of the README that is not to the web leads to a file of the repository."""
    assert (README.parent / link).exists()
