"""Which of the installed plugins are what was approved? The lock, the RECORD and the import system brought together.

In a locked start a plugin runs only if `refusal` has nothing against it, and it is imported only through `admit`.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping

from hookcore.errors import ConfigError
from hookcore.names import printable
from hookcore.plugins.bounded_files import MEBIBYTE, read_bounded
from hookcore.plugins.config.keys import Config
from hookcore.plugins.config.sources import Stated
from hookcore.plugins.discovery import InstalledPlugin
from hookcore.plugins.lock.approval import Approval, Difference, Lock, approval_of, differences, missing, new
from hookcore.plugins.lock.lock_file import read_lock, write_lock
from hookcore.plugins.lock.recorded_files import RecordedFiles, read_record
from hookcore.plugins.lock.verified_import import RecordedModules, VerifiedImporter, import_problems, recorded_modules
from hookcore.plugins.lock.verify import file_problems
from hookcore.plugins.policy import Decision
from hookcore.tracebacks import text_of

_SHOWN = 3  # of many problems of one kind


def locked_start(config: Config, host_modules: Collection[str]) -> LockedStart:
    """Return what holds a start to the lock.

    `host_modules` are modules of the host's own, which are imported before anything can be verified. Raises
    ConfigError if the lock file can't be used, or nobody says where it is.
    """
    return LockedStart(read_lock(_lock_path(config)), host_modules)


def approve(
    config: Config, plugins: Iterable[InstalledPlugin], host_modules: Collection[str], *, editable: bool
) -> tuple[str, tuple[Difference, ...]]:
    """Write the lock file anew, so that it approves these plugins as they are installed.

    `editable`: whether to approve editable installs, too. Returns the file's path, and what a locked start would refuse
    all the same. Raises ConfigError if nobody says where the lock file is, or it can't be written.
    """
    path, wanted = _lock_path(config).value, tuple(plugins)
    write_lock(path, [_approval_of_installed(plugin, editable=editable) for plugin in wanted])
    return path, compare(config, wanted, wanted, host_modules)


def compare(
    config: Config,
    wanted: Iterable[InstalledPlugin],
    installed: Iterable[InstalledPlugin],
    host_modules: Collection[str],
) -> tuple[Difference, ...]:
    """Return all in which the plugins that are to run, and what is installed, are not what the lock approves.

    Raises ConfigError if the lock file can't be used, or nobody says where it is.
    """
    return LockedStart(read_lock(_lock_path(config)), host_modules).differences(wanted, installed)


def _lock_path(config: Config) -> Stated[str]:
    if config.lock is None:
        raise ConfigError(['nobody says where the lock file is: write lock = "path/plugins.lock" in the config'])
    return config.lock


def _approval_of_installed(plugin: InstalledPlugin, *, editable: bool) -> Approval:
    recorded = read_record(plugin.distribution)
    is_editable = editable and _is_editable(recorded)
    return approval_of(plugin, digest=_digest(recorded), editable=is_editable)


class LockedStart:
    """Holds one manager's plugins to one lock. What it has admitted stays admitted."""

    def __init__(self, lock: Lock, host_modules: Collection[str] = ()) -> None:
        import importlib

        importlib.invalidate_caches()  # what the finders remember of the directories may be older than an attack
        self._lock = lock
        self._host_modules = frozenset(host_modules)
        self._importer = VerifiedImporter()
        self._verified: dict[InstalledPlugin, RecordedModules | None] = {}
        self._admitted: set[InstalledPlugin] = set()

    def refusal(self, plugin: InstalledPlugin) -> Decision | None:
        """Return the decision that blocks a plugin which is not what was approved, or None."""
        if plugin in self._admitted:
            return None
        found = tuple(self._check(plugin, is_running=False))
        if not found:
            return None
        return Decision("blocked", "; ".join(one.problem for one in found), self._lock.source(plugin))

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

    def _check(self, plugin: InstalledPlugin, *, is_running: bool) -> Iterator[Difference]:
        try:
            yield from self._differences(plugin, is_running)
        except Exception as error:  # a finder of somebody else's, a current directory that is gone
            problem = f"it can't be verified: {type(error).__name__}: {printable(text_of(error))}"
            yield Difference(plugin.name, problem, "Mend what raises that, and start again.")

    def _differences(self, plugin: InstalledPlugin, is_running: bool) -> Iterator[Difference]:
        approved = self._lock.approval(plugin)
        if approved is None:
            yield new(plugin, self._lock)
            return
        distribution = plugin.distribution
        recorded = read_record(distribution)
        is_editable = _is_editable(recorded)
        actual = approval_of(plugin, digest=_digest(recorded), editable=is_editable)
        found = tuple(differences(approved, actual))
        yield from found
        if found:
            return
        self._verified[plugin] = None
        if recorded is None:
            return
        remedy = f"Find out who changed it, then install {distribution.name}=={distribution.version} anew."
        for problem in _abridged(file_problems(recorded)):
            yield Difference(plugin.name, problem, remedy)
        if not is_editable:
            modules = self._verified[plugin] = recorded_modules(recorded, plugin.name)
            may_be_imported = is_running or not modules.modules.keys().isdisjoint(self._host_modules)
            remedy = "Only its own, unchanged modules may run: remove what is in the way, and start a new process."
            for problem in import_problems(modules, _entry_point_modules(plugin), may_be_imported=may_be_imported):
                yield Difference(plugin.name, problem, remedy)


def _abridged(problems: tuple[str, ...]) -> tuple[str, ...]:
    more = len(problems) - _SHOWN
    return problems if more <= 0 else (*problems[:_SHOWN], f"{more} more of its files are not what was installed")


def _entry_point_modules(plugin: InstalledPlugin) -> Iterator[str]:
    if plugin.entry_point is not None:
        yield plugin.entry_point.module
    yield from (receiver.module for receiver in plugin.receivers)


def _digest(recorded: RecordedFiles | None) -> str:
    return "" if recorded is None else recorded.digest


def _is_editable(recorded: RecordedFiles | None) -> bool:
    """Tell whether nothing vouches for the files: an editable install (PEP 610), or a legacy one without RECORD."""
    if recorded is None:
        return True
    import json

    try:
        said = json.loads(read_bounded(os.path.join(recorded.information, "direct_url.json"), MEBIBYTE))
    except (OSError, ValueError, RecursionError):  # none, in most installs; and RECORD vouches for what it holds
        return False
    directory = said.get("dir_info") if isinstance(said, Mapping) else None
    return isinstance(directory, Mapping) and directory.get("editable") is True
