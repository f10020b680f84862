"""Which of the installed plugins are what was approved? The lock, the RECORD and the import system brought together.

In a locked start a plugin runs only if `refusal` has nothing against it, and it is imported only through `admit`.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from importlib.machinery import PathFinder

from hookcore.errors import ConfigError
from hookcore.names import printable
from hookcore.plugins.bounded_files import MEBIBYTE, read_bounded
from hookcore.plugins.config.keys import Config
from hookcore.plugins.config.sources import Source, Stated
from hookcore.plugins.installed import InstalledPlugin
from hookcore.plugins.lock.approval import Approval, Difference, differences, idle, missing, new
from hookcore.plugins.lock.installed_files import InstalledFiles, file_problems, installed_files
from hookcore.plugins.lock.lock_file import read_lock, write_lock
from hookcore.plugins.lock.verified_import import RecordedModules, VerifiedImporter, import_problems, recorded_modules
from hookcore.plugins.policy import Decision
from hookcore.tracebacks import kind_of, text_of

_SHOWN = 3  # of many problems of one kind


def approve(config: Config, plugins: Iterable[InstalledPlugin], *, editable: bool, keeps_others: bool) -> str:
    """Write the lock file anew, so that it approves these plugins as they are installed; return its path.

    `editable`: whether to approve editable installs, too; `keeps_others`: whether what the file approves already stays,
    of all other plugins. Raises ConfigError if nobody says where the lock file is, or
    it can't be written.
    """
    path = _lock_path(config)
    kept = read_lock(path, missing_ok=True).approvals if keeps_others else {}
    new = {one.canonical_name: _actual(one, installed_files(one.distribution), editable) for one in plugins}
    write_lock(path.value, {**kept, **new}.values())
    return path.value


def _lock_path(config: Config) -> Stated[str]:
    if config.lock is None:
        raise ConfigError(['nobody says where the lock file is: write lock = "path/plugins.lock" in the config'])
    return config.lock


def _actual(plugin: InstalledPlugin, installed: InstalledFiles | None, editable: bool = True) -> Approval:
    """Return what the lock would have to say of an installed plugin."""
    return Approval(
        plugin=plugin.name,
        distribution=plugin.distribution.name,
        version=plugin.distribution.version,
        entry_point="" if plugin.entry_point is None else plugin.entry_point.value,
        receivers=tuple(sorted(f"{receiver.name} = {receiver.value}" for receiver in plugin.receivers)),
        digest="" if installed is None else installed.digest,
        editable=editable and _is_editable(installed),
    )


class LockedStart:
    """Holds one manager's plugins to the lock that a config names. What it has admitted stays admitted.

    `host_modules` are modules of the host's own, which are imported before anything can be verified. Raises
    ConfigError if the lock file can't be used, or nobody says where it is; with `missing_ok` it may not be there yet.
    """

    def __init__(self, config: Config, host_modules: Collection[str], *, missing_ok: bool = False) -> None:
        PathFinder.invalidate_caches()  # what it remembers of the directories may be older than an attack
        self._lock = read_lock(_lock_path(config), missing_ok=missing_ok)
        self._host_modules = host_modules
        self._importer = VerifiedImporter()
        self._verified: dict[InstalledPlugin, RecordedModules | None] = {}
        self._admitted: set[InstalledPlugin] = set()

    def refusal(self, plugin: InstalledPlugin) -> Decision | None:
        """Return the decision that blocks a plugin which is not what was approved, or None."""
        found = () if plugin in self._admitted else tuple(self._check(plugin, is_running=False))
        if not found:
            return None
        source = self._lock.sources.get(plugin.canonical_name, Source("file", self._lock.path))
        return Decision("blocked", "; ".join(one.problem for one in found), source)

    def admit(self, plugins: Iterable[InstalledPlugin]) -> None:
        """Let these plugins be imported, from verified files only. `refusal` has said None of each."""
        for plugin in plugins:
            modules = None if plugin in self._admitted else self._verified[plugin]
            self._admitted.add(plugin)
            if modules is not None:
                self._importer.trust(modules)

    def release(self) -> None:
        """Leave the import system as it was found."""
        self._importer.release()
        self._admitted.clear()
        self._verified.clear()

    def differences(
        self, wanted: Iterable[InstalledPlugin], installed: Iterable[InstalledPlugin]
    ) -> tuple[Difference, ...]:
        """Return all in which the plugins that are to run, and what is installed, are not what was approved.

        They may be running already, in a start that was not locked.
        """
        found = [difference for plugin in wanted for difference in self._check(plugin, is_running=True)]
        names = {plugin.canonical_name for plugin in installed}
        found += [missing(one, self._lock) for name, one in self._lock.approvals.items() if name not in names]
        return tuple(found)

    def idle_approvals(
        self, wanted: Iterable[InstalledPlugin], installed: Iterable[InstalledPlugin]
    ) -> Iterator[Difference]:
        """Yield the difference of each plugin that is approved, installed, and not to run."""
        to_run = {plugin.canonical_name for plugin in wanted}
        for name in {plugin.canonical_name: None for plugin in installed}:
            if name in self._lock.approvals and name not in to_run:
                yield idle(self._lock.approvals[name], self._lock)

    def _check(self, plugin: InstalledPlugin, *, is_running: bool) -> Iterator[Difference]:
        try:
            yield from self._differences(plugin, is_running)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a finder of somebody else's, a current directory that is gone
            problem = f"it can't be verified: {kind_of(error)}: {printable(text_of(error))}"
            yield Difference(plugin.name, problem, "Mend what raises that, and start again.")

    def _differences(self, plugin: InstalledPlugin, is_running: bool) -> Iterator[Difference]:
        approved = self._lock.approvals.get(plugin.canonical_name)
        if approved is None:
            yield new(plugin, self._lock)
            return
        installed = installed_files(plugin.distribution)
        actual = _actual(plugin, installed)
        found = tuple(differences(approved, actual))
        yield from found
        if found:
            return
        self._verified[plugin] = None
        if installed is not None:
            remedy = f"Find out who changed it, then install {actual.distribution}=={actual.version} anew."
            yield from (Difference(plugin.name, problem, remedy) for problem in _abridged(file_problems(installed)))
        if installed is not None and not actual.editable:
            modules = self._verified[plugin] = recorded_modules(installed, plugin.name)
            may_be_imported = is_running or not modules.modules.keys().isdisjoint(self._host_modules)
            entry_points = (plugin.entry_point, *plugin.receivers)
            named = [entry_point.module for entry_point in entry_points if entry_point is not None]
            remedy = "Only its own, unchanged modules may run: remove what is in the way, and start a new process."
            for problem in import_problems(modules, named, may_be_imported=may_be_imported):
                yield Difference(plugin.name, problem, remedy)


def _abridged(problems: tuple[str, ...]) -> tuple[str, ...]:
    more = len(problems) - _SHOWN
    return problems if more <= 0 else (*problems[:_SHOWN], f"{more} more of its files are not what was installed")


def _is_editable(installed: InstalledFiles | None) -> bool:
    """Tell whether nothing vouches for the files: an editable install (PEP 610), or a legacy one without RECORD."""
    if installed is None:
        return True
    import json

    try:
        said = json.loads(read_bounded(os.path.join(installed.information, "direct_url.json"), MEBIBYTE))
    except (OSError, ValueError, RecursionError):  # none, in most installs; and RECORD vouches for what it holds
        return False
    directory = said.get("dir_info") if isinstance(said, Mapping) else None
    return isinstance(directory, Mapping) and directory.get("editable") is True
