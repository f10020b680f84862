"""Who is installed? The answer comes from metadata alone: nothing is imported here that a plugin wrote.

`installed_distributions()` is the only function that touches the machine; what is above it takes plain records.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from hookcore.plugins.index.index import Held, held_in, is_index_on
from hookcore.plugins.installed import Distribution, EntryPoint, InstalledPlugin, in_order

if TYPE_CHECKING:
    from hookcore.plugins.reference import Answered

__all__ = ["Distribution", "EntryPoint", "InstalledPlugin", "discover", "installed_distributions", "plugins_of"]

_FINDERS_OF_PATHS = ("PathFinder.find_distributions", "MetadataPathFinder.find_distributions")
_THEIR_MODULES = ("_frozen_importlib_external", "importlib_metadata")
_HERE = ("", ".")
_ODDITIES = (os.sep * 2, f"{os.sep}.{os.sep}", *(os.altsep or ""))
_ODD_BEGINNING = f".{os.sep}"
_ODD_ENDS = (os.sep, f"{os.sep}.")


def discover(project: str) -> tuple[InstalledPlugin, ...]:
    """Return every installed plugin of the host `project`, sorted by canonical plugin and distribution name.

    Reads metadata only: no plugin's module is imported. A distribution that is found twice on `sys.path` counts
    once, and the first found wins, as `importlib.metadata` has it.
    """
    return plugins_of(project, installed_distributions(_groups_of(project)))


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

    The answer is that of importlib.metadata, which is asked itself about all but plain directories. A distribution
    whose metadata can't be read is logged and left out: its fault must not take the others along.
    """
    search = _Search(groups)
    try:
        for finder in list(sys.meta_path):
            find_distributions = getattr(finder, "find_distributions", None)
            if find_distributions is None:
                continue
            if _finds_by_path(find_distributions):
                search.look_along_the_path()
            else:
                search.ask(find_distributions)
    finally:
        search.close()
    return search.found


class _Search:
    """One walk over all places where distributions may be; the first of a name counts."""

    def __init__(self, groups: Collection[str]) -> None:
        self.found: list[Distribution] = []
        self._groups = groups
        self._use_index = is_index_on()
        self._visited: set[tuple[int, int, bool]] = set()
        self._directories: list[Held] = []
        self._names: set[str] = set()

    def look_along_the_path(self) -> None:
        for entry in list(sys.path):
            try:
                status = os.stat(entry or ".")
            except (OSError, ValueError, TypeError):  # the import system, too, passes over such entries
                continue
            prefix = _prefix_of(entry)
            if prefix is not None and stat.S_ISDIR(status.st_mode):
                self._look_into(prefix, status)
            else:
                self._ask_about(entry)

    def ask(self, find_distributions: object) -> None:
        """Ask a finder that somebody else has put on `sys.meta_path`."""
        from hookcore.plugins import reference

        try:
            self._take(reference.offered_by(find_distributions))
        except Exception as error:
            _log_unreadable(repr(find_distributions), error)

    def close(self) -> None:
        for held in self._directories:
            held.close()

    def _look_into(self, prefix: str, status: os.stat_result) -> None:
        visit = (status.st_dev, status.st_ino, prefix[-5:-1].lower() == ".egg")  # lib64 is a link to lib
        if visit in self._visited:
            return
        self._visited.add(visit)
        held = held_in(prefix, status, self._groups, use_index=self._use_index)
        if held is None:
            return
        carriers = held.carriers
        if self._names or self._directories:
            carriers = {key: carrier for key, carrier in carriers.items() if not self._is_hidden(key)}
        self.found += carriers.values()
        for key, unreadable in held.unreadable.items():
            if not self._is_hidden(key):
                _log_unreadable(unreadable.origin, unreadable.error)
        self._directories.append(held)

    def _ask_about(self, entry: str) -> None:
        from hookcore.plugins import reference

        try:
            self._take(reference.in_path_entry(entry))
        except Exception as error:
            _log_unreadable(str(entry), error)

    def _take(self, offered: Iterable[Answered]) -> None:
        for answered in offered:
            if self._is_hidden(answered.key):
                continue
            self._names.add(answered.key)
            try:
                distribution = answered.read(self._groups)
            except Exception as error:
                _log_unreadable(answered.origin, error)
                continue
            if distribution is not None:
                self.found.append(distribution)

    def _is_hidden(self, key: str) -> bool:
        return key in self._names or any(held.holds(key) for held in self._directories)


def _prefix_of(entry: object) -> str | None:
    """Return what stands before a file name in its path below an entry of `sys.path`.

    None if pathlib would not write the entry as it is: an origin reads like importlib.metadata's.
    """
    if not isinstance(entry, str):
        return None
    if entry in _HERE:
        return ""
    for oddity in _ODDITIES:
        if oddity in entry:
            return None
    return None if entry.startswith(_ODD_BEGINNING) or entry.endswith(_ODD_ENDS) else entry + os.sep


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
    for receiver in receivers:
        owned[_owner_of(receiver, plugins)].append(receiver)
    return [InstalledPlugin(plugin.name, distribution, plugin, tuple(mine)) for plugin, mine in owned.items()]


def _owner_of(receiver: EntryPoint, plugins: Collection[EntryPoint]) -> EntryPoint:
    """Return the plugin whose module contains the receiver's most closely, else the first of the distribution."""

    def closeness(plugin: EntryPoint) -> int:
        return len(plugin.module) if f"{receiver.module}.".startswith(f"{plugin.module}.") else 0

    return max(plugins, key=closeness)  # max keeps the first of equals


def _log_unreadable(origin: str, error: Exception) -> None:
    import logging

    logging.getLogger("hookcore").warning(
        "The metadata in %s can't be read, so its plugins are not found: %s: %s", origin, type(error).__name__, error
    )
