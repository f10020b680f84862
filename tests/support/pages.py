"""Runs a page of documentation from top to bottom, as its reader would.

What a page's blocks mean is said in comments that a reader of the rendered page does not see:

- `<!-- file: NAME -->`: the block below is a file in an empty folder;
- `<!-- install: NAME -->`: the project in that folder is installed with pip;
- `<!-- run: COMMAND -->`: the block below shows the command, behind `$ `, and what it prints on 80 columns;
- `<!-- finds problems: COMMAND -->`: the same, with exit status 1;
- `<!-- not run: REASON -->`: the block below is only looked at.

Every other `python` block is run, all of them in one namespace, with that folder on the import path. `await` may stand
anywhere. A line that ends in `# → VALUE` must have that value, and one that ends in `# raises NAME: TEXT` must raise
that, with the text somewhere in its message.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import os
import re
import shlex
import subprocess
import sys
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(
    r"(?:<!-- (?P<kind>file|install|run|finds problems|not run): (?P<what>[^\n]+?) -->\n+)?"
    r"```(?P<language>\w*)\n(?P<text>.*?)```"
    r"|<!-- install: (?P<project>[^\n]+?) -->",
    re.DOTALL,
)
PYTEST = {  # the plugin is there where hookcore is installed, and so is whatever else happens to be
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    "PYTEST_ADDOPTS": "-p hookcore.pytest_plugin -p no:cacheprovider",
    "COLUMNS": "80",
}
_EXPECTED = re.compile(r"# → (?P<value>.+)$|# raises (?P<error>\w+): (?P<message>.+)$")


class Block(NamedTuple):
    """One block of a page: what it is, its name or command, its text, and the line of the page where it starts."""

    kind: str
    what: str
    text: str
    line: int


def blocks_of(page: str) -> Iterator[Block]:
    """Yield the blocks of a page that have to be run, in its order."""
    for match in _BLOCK.finditer(page):
        line = page.count("\n", 0, match.start("text") if match["text"] is not None else match.start()) + 1
        if match["project"]:
            yield Block("install", match["project"], "", line)
        elif match["kind"] in ("file", "install", "run", "finds problems"):
            yield Block(match["kind"], match["what"], match["text"], line)
        elif match["kind"] is None and match["language"] == "python":
            yield Block("python", "", match["text"], line)


class Reading:
    """A page that is being read: its folder, what is installed there, and what its code has defined so far."""

    def __init__(self, page: Path, folder: Path, environment: Mapping[str, str]) -> None:
        self.page = page
        self.folder = folder
        self.site = folder / "site-packages"
        path = os.pathsep.join((str(self.site), str(folder), environment["PYTHONPATH"]))
        self.environment = {**environment, "PYTHONPATH": path, **PYTEST}
        self.module = types.ModuleType("page")

    def follow_all(self) -> int:
        """Do what each block of the page says, in their order, and return how many there are."""
        blocks = list(blocks_of(self.page.read_text(encoding="utf-8")))
        for block in blocks:
            self.follow(block)
        return len(blocks)

    def follow(self, block: Block) -> None:
        """Do what a block says."""
        if block.kind == "file":
            path = self.folder / block.what
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.kind == "install":
            self._install(self.folder / block.what)
        elif block.kind in ("run", "finds problems"):
            status = int(block.kind != "run")
            assert self.output_of(block.what, status) == _shown_output(block), f"{self.page.name}:{block.line}"
        else:
            self._execute(block)

    def _install(self, project: Path) -> None:
        options = ["--quiet", "--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--target"]
        subprocess.run([sys.executable, "-m", "pip", "install", *options, str(self.site), str(project)], check=True)

    def output_of(self, command: str, status: int = 0) -> list[str]:
        """Return the lines that a command prints. Variables may be set in front of it, as in a shell."""
        words = shlex.split(command)
        variables = [word.split("=", 1) for word in words if re.match(r"[A-Z_]+=", word)]
        programs = {"python": [sys.executable], "hookcore": [sys.executable, "-m", "hookcore.cli"]}
        program = [part for word in words[len(variables) :] for part in programs.get(word, [word])]
        finished = subprocess.run(
            program,
            cwd=self.folder,
            env=self.environment | dict(variables),
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == status, finished.stderr
        return finished.stdout.splitlines()

    def _execute(self, block: Block) -> None:
        lines = block.text.splitlines()
        for statement in ast.parse(block.text).body:
            ast.increment_lineno(statement, block.line - 1)  # so that a traceback names the page's line
            assert statement.end_lineno is not None
            expected = _EXPECTED.search(lines[statement.end_lineno - block.line])
            where = f"{self.page.name}:{statement.lineno}"
            if expected is None:
                self._run(ast.Module([statement], []), "exec")
            elif expected["error"]:
                with pytest.raises(Exception, match=re.escape(expected["message"])) as caught:
                    self._run(ast.Module([statement], []), "exec")
                assert caught.type.__name__ == expected["error"], where
            else:
                assert isinstance(statement, ast.Expr), f"{where}: only an expression has a value"
                assert repr(self._run(ast.Expression(statement.value), "eval")) == expected["value"], where

    def _run(self, tree: ast.Module | ast.Expression, mode: str) -> object:
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        code = compile(tree, str(self.page), mode, flags=flags, dont_inherit=True)
        value: object = eval(code, self.module.__dict__)
        return asyncio.run(_awaited(value)) if code.co_flags & inspect.CO_COROUTINE else value


async def _awaited(coroutine: object) -> object:
    return await coroutine  # type: ignore[misc]


def _shown_output(block: Block) -> list[str]:
    lines = block.text.splitlines()
    return lines[lines.index(f"$ {block.what}") + 1 :]
