"""Which config holds now, and how does another take its place? Plugins, muted signals and the lock go with it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from hookcore.errors import ConfigError
from hookcore.manager.demands import forbidden_by, has_other_settings, refused_settings
from hookcore.manager.late_imports import LateImports
from hookcore.manager.lock_in_force import LockInForce
from hookcore.manager.muting import Muting, unknown_muted
from hookcore.manager.permission import permissions
from hookcore.manager.reconciliation import Reconciler
from hookcore.manager.records import PluginRecord
from hookcore.plugins.config.reading import ConfigArguments, GivenConfig, read_config
from hookcore.plugins.config.records import Config
from hookcore.plugins.discovery import InstalledPlugin, discover
from hookcore.plugins.policy import Decision, Overrides

if TYPE_CHECKING:
    from hookcore.manager.registration import Registration
    from hookcore.plugins.lock.locked_start import LockedStart


class ConfigInForce:
    """Holds one manager's plugins and signals to its config and to what the running host said, under its lock.

    `given` is the file or mapping that the host gave to its manager.
    """

    def __init__(
        self,
        manager: Registration,
        given: GivenConfig,
        plugins: Reconciler,
        late: LateImports,
        lock_in_force: LockInForce,
    ) -> None:
        self.config = Config()
        self._given = given
        self._arguments: ConfigArguments = {}  # those of the last start
        self._overrides: Overrides = {}  # what enable() and disable() said
        self._manager = manager
        self._plugins = plugins
        self._late = late
        self._lock_in_force = lock_in_force
        self._muting = Muting()

    # -- reading ----------------------------------------------------------------------------------------------

    def read(self, arguments: ConfigArguments) -> Config:
        """Return what all sources say now. Raises ConfigError with every problem."""
        project_name = self._manager.project_name
        config = read_config(project_name, self._given, arguments=arguments)
        problems = unknown_muted(config, dict(self._manager.signals()), project_name)
        if problems:
            raise ConfigError(problems)
        return config

    def read_again(self) -> Config:
        """Return what all sources say now; the arguments are those of the last start. Raises as `read` does."""
        return self.read(self._arguments)

    def read_what_may_run(self) -> tuple[Config, list[InstalledPlugin], tuple[InstalledPlugin, ...]]:
        """Return the config of now, the plugins that it lets run if no lock is asked, and all that are installed."""
        config = self.read_again()
        installed = discover(self._manager.project_name)
        decisions = self._permissions(config, installed, self._overrides)
        return config, [plugin for plugin, decision in decisions.items() if decision.runs], installed

    # -- holding ----------------------------------------------------------------------------------------------

    def begin(self, config: Config, locked: LockedStart | None, arguments: ConfigArguments) -> None:
        """Put a config in force, and the lock that it wants. Nothing is left of what was said before."""
        self._arguments = arguments
        self._overrides = {}
        self._lock_in_force.replace(locked, {})
        self._apply(config)

    def reload(self) -> None:
        """Put the config of now in the place of the one in force. A plugin whose settings change is started anew.

        Raises ConfigError with every problem, and changes nothing, if it can't be used.
        """
        config = self.read_again()
        locked = self._lock_in_force.wanted_by(config)
        records, active = self._plugins.records, self._plugins.active
        decisions = self._decisions(config, records, locked, self._overrides)
        problems = refused_settings(config, active) + forbidden_by(config, records, decisions)
        if problems:
            raise ConfigError(problems)
        for record in list(reversed(active)):
            if has_other_settings(record, config):
                self._plugins.take_down(record, "found", "its settings have changed")
        self._lock_in_force.replace(locked, decisions)
        self._apply(config, again=records)

    def override(self, plugins: Collection[PluginRecord], enabled: bool) -> None:
        """Let plugins run, or run no more, whatever the config says. A failed one is tried again.

        Raises PluginError, and changes nothing, if one that is to run takes a running one down that claims its name.
        """
        overrides = {**self._overrides, **{record.installed.names: enabled for record in plugins}}
        if enabled:
            decisions = self._decisions(self.config, plugins, self._lock_in_force.locked, overrides)
            self._plugins.refuse_ousting(plugins, decisions)
        self._overrides = overrides
        self._apply(self.config, again=plugins if enabled else ())

    def follow_blocked(self) -> None:
        """Bring the plugins to which names the host blocks now."""
        self._apply(self.config)

    def end(self) -> None:
        """Mute nothing more, and hold nothing to the lock."""
        self._muting.end()
        self._lock_in_force.release()

    def _apply(self, config: Config, again: Collection[PluginRecord] = ()) -> None:
        """Bring everything to what the config and the overrides say. Failed plugins are left alone, but for `again`."""
        self.config = config
        self._late.strict = config.strict.value
        for record in self._plugins.records:
            record.configure(config.plugin(*record.installed.names))
        decisions = self._decisions(config, again, self._lock_in_force.locked, self._overrides)
        self._muting.follow(self.config, dict(self._manager.signals()))
        self._lock_in_force.admit(decisions)
        self._plugins.apply(decisions)

    def decisions(self) -> dict[InstalledPlugin, Decision]:
        """Return what holds now for each plugin."""
        return self._decisions(self.config, (), self._lock_in_force.locked, self._overrides)

    def _decisions(
        self, config: Config, again: Collection[PluginRecord], locked: LockedStart | None, overrides: Overrides
    ) -> dict[InstalledPlugin, Decision]:
        records = self._plugins.records
        failed = [record for record in records if record.state == "failed" and record not in again]
        return self._permissions(config, [record.installed for record in records], overrides, locked, failed)

    def _permissions(
        self,
        config: Config,
        installed: Sequence[InstalledPlugin],
        overrides: Overrides,
        locked: LockedStart | None = None,
        failed: Collection[PluginRecord] = (),
    ) -> dict[InstalledPlugin, Decision]:
        return permissions(
            config,
            installed,
            overrides=overrides,
            blocked=[name for name, plugin in self._manager.plugin_by_name.items() if plugin is None],
            refusal=locked.refusal if locked is not None else None,
            failed=failed,
        )
