"""Which lock holds the plugins now? None, unless the config says `locked`."""

from __future__ import annotations

import weakref
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from hookcore.plugins.config.keys import Config
from hookcore.plugins.discovery import InstalledPlugin
from hookcore.plugins.policy import Decision

if TYPE_CHECKING:
    from hookcore.plugins.lock.locked_start import LockedStart


class LockInForce:
    """Holds one manager's plugins to a lock, until it is released or the manager is dropped.

    `host_modules` are the modules that declare the host's signals.
    """

    def __init__(self, manager: object, host_modules: Collection[str]) -> None:
        self.locked: LockedStart | None = None
        self._host_modules = host_modules
        weakref.finalize(manager, self.release).atexit = False  # a manager may be dropped without a stop()

    def wanted_by(self, config: Config) -> LockedStart | None:
        """Return what a config wants the plugins to be held to. Raises ConfigError if its lock file can't be used."""
        if not config.locked.value:
            return None
        from hookcore.plugins.lock.locked_start import locked_start  # most hosts lock nothing

        return locked_start(config, self._host_modules)

    def replace(self, locked: LockedStart | None, decisions: Mapping[InstalledPlugin, Decision]) -> None:
        """Change the lock, with no moment between in which a plugin could import anything unverified."""
        before, self.locked = self.locked, locked
        self.admit(decisions)
        if before is not None:
            before.release()

    def admit(self, decisions: Mapping[InstalledPlugin, Decision]) -> None:
        """Let those plugins be imported that may run."""
        if self.locked is not None:
            self.locked.admit(plugin for plugin, decision in decisions.items() if decision.runs)

    def release(self) -> None:
        """Hold the plugins to nothing any more."""
        self.replace(None, {})
