"""What should an operator know who wants only approved code to run? What runs before us, and who may write where.

Nothing here is decided or prevented: it is looked at and said.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import PathFinder

from hookcore.plugins.config.keys import Config

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
    for directory in _site_directories():
        for name in _path_files(directory):
            path = os.path.join(directory, name)
            for line in _executed_lines(path):
                yield Hint(
                    path,
                    f"it runs code at every start of Python, before anything can be verified: {line!r}",
                    "Find out which distribution brought it, and uninstall that if nothing needs it.",
                )


def _customizing_modules() -> Iterator[Hint]:
    for module in ("sitecustomize", "usercustomize"):
        spec = PathFinder.find_spec(module)
        if spec is not None and spec.origin is not None:
            problem = f"{module} runs at every start of Python, before anything can be verified"
            yield Hint(spec.origin, problem, "Read it, and remove it if you didn't put it there.")


def _open_directories() -> Iterator[Hint]:
    for entry in dict.fromkeys(os.path.abspath(entry) for entry in sys.path):
        try:
            mode = os.stat(entry).st_mode
        except (OSError, ValueError):
            continue
        if os.name == "posix" and mode & stat.S_IWOTH:
            problem = "everybody may write this entry of sys.path, and so add modules and distributions"
            yield Hint(entry, problem, "Take that right away.")


def _open_config(config: Config) -> Iterator[Hint]:
    if config.mode.value == "auto" and not config.locked.value:
        problem = f'whatever is installed may run: mode is "auto" (by {config.mode.source}) and nothing is locked'
        yield Hint("mode", problem, 'Write locked = true, or mode = "explicit" and name what may run under enable.')


def _site_directories() -> Iterator[str]:
    import site

    named = [*site.getsitepackages(), *([site.getusersitepackages()] if site.ENABLE_USER_SITE else [])]
    on_path = [entry for entry in sys.path if os.path.basename(entry) in ("site-packages", "dist-packages")]
    seen: set[str] = set()
    for directory in (*named, *on_path):
        real = os.path.realpath(directory)  # lib64 may be a link to lib
        if real not in seen and os.path.isdir(real):
            seen.add(real)
            yield directory


def _path_files(directory: str) -> list[str]:
    try:
        return sorted(name for name in os.listdir(directory) if name.endswith(".pth"))
    except OSError:
        return []


def _executed_lines(path: str) -> Iterator[str]:
    try:
        with open(path, encoding="utf-8-sig", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError:
        return
    yield from (line[:_LONGEST_LINE] for line in lines if line.startswith(_EXECUTED))
