"""What should an operator know who wants only approved code to run? What runs before us, and who may write where.

Nothing here is decided or prevented: it is looked at and said.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.machinery import PathFinder

from hookcore.names import printable
from hookcore.plugins.bounded_files import MEBIBYTE, read_bounded
from hookcore.plugins.config.keys import Config
from hookcore.plugins.trusted_files import who_else_may_write

_EXECUTED = ("import ", "import\t")  # what the `site` module executes of a .pth file; other lines are paths
_LONGEST_LINE = 200  # characters of somebody else's text that are shown


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing to know: the file, directory or config key it is about, what is the matter, and what can be done."""

    subject: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.problem}. {self.remedy}"


def hints(config: Config) -> tuple[Hint, ...]:
    """Return what there is to say about this process and this config. Imports and executes nothing of what it sees."""
    return (*_executable_path_files(), *_customizing_modules(), *_open_directories(), *_open_config(config))


def _executable_path_files() -> Iterator[Hint]:
    problem = "it runs code at every start of Python, before anything can be verified"
    remedy = "Find out which distribution brought it, and uninstall that if nothing needs it."
    for directory in _site_directories():
        for name in sorted(os.listdir(directory)):
            if name.endswith(".pth"):
                path = os.path.join(directory, name)
                yield from (Hint(printable(path), f"{problem}: {line!r}", remedy) for line in _executed_lines(path))


def _site_directories() -> Iterable[str]:
    import site

    named = [*site.getsitepackages(), *([site.getusersitepackages()] if site.ENABLE_USER_SITE else [])]
    on_path = [entry for entry in _path_entries() if os.path.basename(entry) in ("site-packages", "dist-packages")]
    directories = {os.path.realpath(one): one for one in reversed((*named, *on_path))}  # lib64 may be a link to lib
    return [one for one in reversed(directories.values()) if os.path.isdir(one) and os.access(one, os.R_OK)]


def _path_entries() -> list[str]:
    entries: list[object] = list(sys.path)
    return [entry for entry in entries if isinstance(entry, str)]  # all else the import system passes over, too


def _executed_lines(path: str) -> Iterator[str]:
    try:
        lines = read_bounded(path, MEBIBYTE).decode("utf-8-sig", "replace").splitlines()
    except OSError:
        return
    yield from (line[:_LONGEST_LINE] for line in lines if line.startswith(_EXECUTED))


def _customizing_modules() -> Iterator[Hint]:
    for module in ("sitecustomize", "usercustomize"):
        try:
            spec = PathFinder.find_spec(module)
        except Exception:  # sys.path has what no path is, or a finder of somebody else's
            continue
        if spec is not None and spec.origin is not None:
            problem = f"{module} runs at every start of Python, before anything can be verified"
            yield Hint(printable(spec.origin), problem, "Read it, and remove it if you didn't put it there.")


def _open_directories() -> Iterator[Hint]:
    for entry in dict.fromkeys(_path_entries()):
        try:
            problem = who_else_may_write(entry)
        except (OSError, ValueError):  # it is not there, or the current directory isn't
            continue
        if problem is not None:
            opened = f"modules and distributions can be added to this entry of sys.path, since {printable(problem)}"
            yield Hint(printable(os.path.abspath(entry)), opened, "Take that right away.")


def _open_config(config: Config) -> Iterator[Hint]:
    if config.mode.value == "auto" and not config.locked.value:
        problem = f'whatever is installed may run: mode is "auto" (by {config.mode.source}) and nothing is locked'
        yield Hint("mode", problem, 'Write locked = true, or mode = "explicit" and name what may run under enable.')
