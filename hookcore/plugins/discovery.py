"""Who is installed? The answer comes from metadata alone: nothing is imported here that a plugin wrote.

`installed_distributions()` is the only function that touches the machine; what is above it takes plain records.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, TypeAlias

from hookcore.names import printable
from hookcore.plugins.installed import Distribution, EntryPoint, InstalledPlugin, in_order
from hookcore.plugins.scan import Scan, is_egg, metadata_among
from hookcore.tracebacks import text_of

if TYPE_CHECKING:
    import importlib.metadata

__all__ = [
    "Discover",
    "Distribution",
    "EntryPoint",
    "InstalledPlugin",
    "discover",
    "installed_distributions",
    "plugins_of",
]

Discover: TypeAlias = "Callable[[str], Iterable[InstalledPlugin]]"
"""A source of plugins: from the host's name to what is installed for it."""

_FINDERS_OF_PATHS = ("PathFinder.find_distributions", "MetadataPathFinder.find_distributions")
_THEIR_MODULES = ("_frozen_importlib_external", "importlib_metadata")
_NOTHING_THERE = (
    FileNotFoundError,
    NotADirectoryError,
    ValueError,
    TypeError,
)  # the import system, too, passes over it
_SEPARATORS = b"-_. "
_ODDITIES = (os.sep * 2, f"{os.sep}.{os.sep}", *(os.altsep or ""))
_ODD_BEGINNING = f".{os.sep}"
_ODD_ENDS = (os.sep, f"{os.sep}.")


def discover(project: str) -> tuple[InstalledPlugin, ...]:
    """Return every installed plugin of the host `project`, sorted by canonical plugin and distribution name.

    Reads metadata only: no plugin's module is imported. A distribution that is found twice on `sys.path` counts
    once, and the first found wins, as `importlib.metadata` has it.
    """
    return plugins_of(project, installed_distributions(_groups_of(project)))


def discover_group(group: str, name: str | None = None) -> tuple[InstalledPlugin, ...]:
    """Return what is installed in one group of entry points, or in it under one name; pluggy loads so."""
    return in_order(
        [
            InstalledPlugin(entry_point.name, distribution, entry_point)
            for distribution in installed_distributions({group})
            for entry_point in distribution.entry_points
            if entry_point.group == group and name in (None, entry_point.name)
        ]
    )


def plugins_of(project: str, distributions: Iterable[Distribution]) -> tuple[InstalledPlugin, ...]:
    """Return the plugins that these distributions bring for the host `project`. Pure."""
    plugins_group, receivers_group = _groups_of(project)
    found: list[InstalledPlugin] = []
    new = tuple.__new__  # what a named tuple's own constructor calls, at three times the cost
    for distribution in distributions:
        plugins: list[EntryPoint] = []
        receivers: list[EntryPoint] = []
        for entry_point in distribution.entry_points:
            group = entry_point.group
            if group == plugins_group:
                plugins.append(entry_point)
            elif group == receivers_group:
                receivers.append(entry_point)
        if len(plugins) == 1 and len(receivers) < 2:  # nothing to share out, and nothing can be there twice
            found.append(new(InstalledPlugin, (plugins[0].name, distribution, plugins[0], tuple(receivers))))
        else:
            found += _shared_out(distribution, dict.fromkeys(plugins), dict.fromkeys(receivers))
    return in_order(found)


def _groups_of(project: str) -> tuple[str, str]:
    return f"{project}.plugins", f"{project}.receivers"


def installed_distributions(groups: Collection[str]) -> list[Distribution]:
    """Return the installed distributions that have an entry point in one of `groups`.

    The answer is that of importlib.metadata, which is asked itself about all but plain directories. What can't be read
    is logged with its path and left out: its fault must not take the others along.
    """
    search = _Search(groups)
    for finder in list(sys.meta_path):
        search.ask(finder)
    return search.found


class _Search:
    """One walk over all places where distributions may be; the first of a name counts."""

    def __init__(self, groups: Collection[str]) -> None:
        self.found: list[Distribution] = []
        self._groups = groups
        self._visited: set[tuple[int, int, bool]] = set()
        self._names: set[str] = set()

    def ask(self, finder: object) -> None:
        """Ask a finder on `sys.meta_path`; in place of the one for `sys.path` we look ourselves."""
        try:
            find_distributions = getattr(finder, "find_distributions", None)
            if find_distributions is None:
                return
            if _finds_by_path(find_distributions):
                self._look_along_the_path()
            else:
                from hookcore.plugins import reference

                self._take(reference.offered_by(find_distributions))
        except Exception as error:
            kind = finder if isinstance(finder, type) else type(finder)  # whose `repr` may raise, too
            _log_unreadable(f"the finder {kind.__module__}.{kind.__qualname__}", error)

    def _look_along_the_path(self) -> None:
        for entry in list(sys.path):
            try:
                status = os.stat(entry or ".")
                if stat.S_ISDIR(status.st_mode):
                    self._look_into(_prefix_of(os.fspath(entry)), is_egg(entry), status)
                elif stat.S_ISREG(status.st_mode):
                    self._look_into_archive(entry)
            except _NOTHING_THERE:
                continue
            except Exception as error:
                _log_unreadable(str(entry), error)

    def _look_into(self, prefix: str, in_egg: bool, status: os.stat_result) -> None:
        visit = (status.st_dev, status.st_ino, in_egg)  # lib64 is a link to lib
        if visit in self._visited:
            return
        self._visited.add(visit)
        first: dict[str, str] = {}
        again: list[tuple[str, str]] = []
        for key, child in metadata_among(prefix, os.listdir(prefix or "."), in_egg):
            if child[0] == "~" or key in first:
                again.append((key, child))
            elif key not in self._names:
                first[key] = child
        if not first and not again:
            return
        scan = Scan(prefix, self._groups)
        scan.read(first)
        self.found += scan.carriers
        for origin, error in scan.unreadable.items():
            _log_unreadable(origin, error)
        if again or _may_be_misspelt(scan, self._groups):
            from hookcore.plugins.overlooked import overlooked

            for sentence in overlooked(prefix, scan, first, again, self._groups):
                _warn(sentence)
        self._names.update(first)

    def _look_into_archive(self, entry: str) -> None:
        from hookcore.plugins import reference

        self._take(reference.in_archive(entry))

    def _take(self, offered: Iterable[importlib.metadata.Distribution]) -> None:
        from hookcore.plugins.overlooked import left_by_an_upgrade
        from hookcore.plugins.reference import file_name_of, key_of, origin_of, read_distribution

        for found in offered:
            try:
                is_left = file_name_of(found).startswith("~")
                key = key_of(found)
                if key in self._names:
                    continue
                if not is_left:
                    self._names.add(key)
                if any(entry_point.group in self._groups for entry_point in found.entry_points):
                    if is_left:
                        _warn(left_by_an_upgrade(origin_of(found)))
                    else:
                        self.found.append(read_distribution(found))
            except Exception as error:
                _log_unreadable(origin_of(found), error)


def _may_be_misspelt(scan: Scan, groups: Collection[str]) -> bool:
    """Tell whether there may be a group of this project among those that nobody asks for. Quick, and often wrong."""
    used = {entry_point.group for carrier in scan.carriers for entry_point in carrier.entry_points}
    others = b"\n".join([*scan.others.values(), *map(_heading, used.difference(groups))])
    projects = {_heading(group).rpartition(b".")[0] for group in groups}
    others = others.lower().translate(None, _SEPARATORS)
    return any(project.lower().translate(None, _SEPARATORS) in others for project in projects)


def _heading(group: str) -> bytes:
    return f"[{group}".encode("utf-8", "surrogateescape")


def _prefix_of(entry: str) -> str:
    """Return what stands before a file name in its path below an entry of `sys.path`, as importlib.metadata has it."""
    if entry in ("", "."):
        return ""
    if any(oddity in entry for oddity in _ODDITIES) or entry.startswith(_ODD_BEGINNING) or entry.endswith(_ODD_ENDS):
        from pathlib import Path

        entry = str(Path(entry))
        return "" if entry == "." else entry.rstrip(os.sep) + os.sep
    return entry + os.sep


def _finds_by_path(find_distributions: object) -> bool:
    """Tell whether this is Python's own finder for `sys.path`, or the one by which importlib_metadata replaces it."""
    return (
        getattr(find_distributions, "__module__", "") in _THEIR_MODULES
        and getattr(find_distributions, "__qualname__", "") in _FINDERS_OF_PATHS
    )


def _shared_out(
    distribution: Distribution, plugins: Collection[EntryPoint], receivers: Iterable[EntryPoint]
) -> list[InstalledPlugin]:
    """Return the distribution's plugins, each with its receivers.

    What is given is without repetitions: the same line twice is a slip of the build tool, not two plugins.
    """
    if not plugins:
        return [InstalledPlugin(distribution.name, distribution, None, tuple(receivers))] if receivers else []
    owned: dict[EntryPoint, list[EntryPoint]] = {plugin: [] for plugin in plugins}
    by_module: dict[str, list[EntryPoint]] = {}
    for plugin, mine in owned.items():
        by_module.setdefault(plugin.module, mine)
    for receiver in receivers:
        module = receiver.module  # the plugin whose module contains it most closely has it, else the first
        while module and module not in by_module:
            module = module.rpartition(".")[0]
        by_module.get(module, next(iter(owned.values()))).append(receiver)
    return [InstalledPlugin(plugin.name, distribution, plugin, tuple(mine)) for plugin, mine in owned.items()]


def _log_unreadable(origin: str, error: Exception) -> None:
    kind = type(error).__name__
    said = printable(f"{kind}: {text_of(error)}")
    _warn(f"The metadata in {printable(origin)} can't be read, so its plugins are not found: {said}")


def _warn(sentence: str) -> None:
    try:
        import logging
    except OSError:  # no file can be opened any more, ours neither
        sys.stderr.write(f"{sentence}\n")
    else:
        logging.getLogger("hookcore").warning("%s", sentence)
