"""What should an operator know who wants only approved code to run? What runs before us, and who may write where.

Nothing here is decided or prevented: it is looked at and said.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from importlib.machinery import PathFinder

from hookcore.names import canonical_name, printable
from hookcore.plugins.bounded_files import MEBIBYTE, read_bounded
from hookcore.plugins.config.keys import Config
from hookcore.plugins.config.overridden import overridden
from hookcore.plugins.installed import InstalledPlugin
from hookcore.plugins.requirements import UnusableRequirementError, unpinned
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


def hints(
    config: Config,
    installed: Iterable[InstalledPlugin] = (),
    locked: Collection[InstalledPlugin] = (),
    host: str = "",
) -> tuple[Hint, ...]:
    """Return what there is to say about this process and this config. Imports and executes nothing of what it sees.

    Of the plugins that are `installed`, `locked` are those that the lock is to hold. `host` is what the host's
    distribution is called.
    """
    return (
        *_executable_path_files(),
        *_customizing_modules(),
        *_open_directories(),
        *_open_config(config),
        *_overridden(config),
        *_shadowed(installed),
        *_unpinned(locked, host),
    )


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


def _overridden(config: Config) -> Iterator[Hint]:
    for source, said, stronger, instead in overridden(config.tables or [config]):
        problem = f"{said} has no effect: {stronger} says {instead}, and is stronger"
        yield Hint(printable(str(source)), printable(problem), "Take one of the two out.")


def not_read(path: object, named_by: str, first: object, first_named_by: str) -> Hint | None:
    """Return what there is to say of a config that is not read, because another takes its place."""
    if isinstance(path, (str, os.PathLike)):
        if isinstance(first, (str, os.PathLike)) and os.path.realpath(path) == os.path.realpath(first):
            return None
        subject = printable(os.fsdecode(path))
    else:
        subject = "config mapping"
    instead = printable(os.fsdecode(first)) if isinstance(first, (str, os.PathLike)) else "a mapping"
    problem = f"nothing of what {named_by} gives here is read: {first_named_by} gives {instead} in its place"
    return Hint(subject, problem, "Say it there, or take that away.")


def _shadowed(installed: Iterable[InstalledPlugin]) -> Iterator[Hint]:
    """Yield distributions that another of the same name hides, which comes first on sys.path.

    Of two in one directory discovery itself tells.
    """
    from importlib.metadata import distributions

    for distribution in dict.fromkeys(plugin.distribution for plugin in installed):
        first = os.path.realpath(distribution.origin)
        others = {os.path.realpath(str(getattr(one, "_path", ""))) for one in distributions(name=distribution.name)}
        for other in sorted(others - {first} if first in others else ()):
            if os.path.dirname(other) != os.path.dirname(first):
                problem = f"it is passed over: {first} is a distribution of the same name, and comes first on sys.path"
                yield Hint(printable(other), printable(problem), "Remove the one that is not meant.")


def _unpinned(locked: Collection[InstalledPlugin], host: str) -> Iterator[Hint]:
    distributions = {plugin.distribution.canonical_name: plugin.distribution for plugin in locked}
    known = {*distributions, canonical_name(host), "hookcore"}
    for distribution in distributions.values():
        try:
            found = unpinned(distribution, known)
        except UnusableRequirementError:  # then it does not run
            continue
        if found:
            problem = f"it is locked, and what runs with it is not: it requires {', '.join(found)}"
            remedy = "The lock covers plugins alone: have your installer pin the others, with their hashes."
            yield Hint(printable(str(distribution)), printable(problem), remedy)
