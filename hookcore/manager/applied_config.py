"""Which config is applied now, and how does another take its place? Plugins, muted signals and the lock go with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from hookcore.errors import ConfigError, PluginError
from hookcore.manager.late_imports import LateImports
from hookcore.manager.lock_in_force import LockInForce
from hookcore.manager.muting import Muting, muted_by, unknown_muted
from hookcore.manager.reconciliation import Reconciler
from hookcore.manager.records import Plan, PluginRecord, plan_of
from hookcore.manager.refusals import forbidden, has_other_settings, refused_settings
from hookcore.plugins.config.keys import Config, ConfigArguments, GivenConfig
from hookcore.plugins.config.reading import read_config
from hookcore.plugins.discovery import InstalledPlugin, discover
from hookcore.plugins.policy import Overrides, Policy

if TYPE_CHECKING:
    from hookcore.manager.registration import Registration
    from hookcore.plugins.lock.locked_start import LockedStart


class AppliedConfig:
    """Brings one manager's plugins and signals to its config and to what the running host said, under its lock.

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
        self.policy = Policy(Config(), ())
        self._given = given
        self._arguments: ConfigArguments = {}  # those of the last start
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

    def plan(self, arguments: ConfigArguments) -> Plan:
        """Return what a start with these arguments would do. Raises as `read` does, and for a lock file's faults."""
        config = self.read(arguments)
        policy = self._policy(config, discover(self._manager.project_name), {}, self._lock_in_force.wanted_by(config))
        return plan_of(policy, forbidden(policy), muted_by(config, dict(self._manager.signals())))

    def read_what_may_run(self) -> tuple[Config, list[InstalledPlugin], tuple[InstalledPlugin, ...]]:
        """Return the config of now, the plugins that it lets run if no lock is asked, and all that are installed."""
        config = self.read_again()
        installed = discover(self._manager.project_name)
        decisions = self._policy(config, installed, self.policy.overrides).decisions
        return config, [plugin for plugin, decision in decisions.items() if decision.runs], installed

    def _policy(
        self,
        config: Config,
        installed: Sequence[InstalledPlugin],
        overrides: Overrides,
        locked: LockedStart | None = None,
    ) -> Policy:
        return Policy(
            config,
            installed,
            overrides=overrides,
            blocked=[name for name, plugin in self._manager.plugin_by_name.items() if plugin is None],
            refusal=locked.refusal if locked is not None else None,
        )

    # -- applying ---------------------------------------------------------------------------------------------

    def begin(self, config: Config, locked: LockedStart | None, arguments: ConfigArguments) -> None:
        """Apply a config, and the lock that it wants. Nothing is left of what was said before."""
        self._arguments = arguments
        self._lock_in_force.replace(locked, {})
        self._apply(self._policy(config, self._installed, {}, locked))

    def reload(self) -> None:
        """Put the config of now in the place of the applied one. A plugin whose settings change is started anew.

        Raises ConfigError with every problem, and changes nothing, if it can't be used.
        """
        config = self.read_again()
        locked = self._lock_in_force.wanted_by(config)
        policy = self._policy(config, self._installed, self.policy.overrides, locked)
        active = self._plugins.active
        problems = [*refused_settings(policy, active), *forbidden(policy)]
        if problems:
            raise ConfigError(problems)
        for record in list(reversed(active)):
            if has_other_settings(record, policy):
                self._plugins.take_down(record, "found", "its settings have changed")
        self._lock_in_force.replace(locked, policy.decisions)
        self._apply(policy)

    def override(self, records: Collection[PluginRecord], enabled: bool) -> None:
        """Let plugins run, or run no more, whatever the config says. A failed one is tried again.

        Raises PluginError, and changes nothing, if one that is to run takes a running one down that claims its name.
        """
        named = [record.installed for record in records]
        changed = self.policy.override(named, enabled)
        if enabled:
            try:
                self._plugins.refuse_ousting(records, {one: self.policy.decisions[one] for one in changed})
            except PluginError:
                self.policy.take_back()
                raise
        self._follow({**dict.fromkeys(named), **changed})

    def block(self, name: str, is_blocked: bool) -> None:
        """Let the plugins that a name means run no more, or as they may."""
        self._follow(self.policy.block(name, is_blocked))

    def end(self) -> None:
        """Mute nothing more, and hold nothing to the lock."""
        self._muting.end()
        self._lock_in_force.release()

    @property
    def _installed(self) -> list[InstalledPlugin]:
        return [record.installed for record in self._plugins.records]

    def _apply(self, policy: Policy) -> None:
        """Bring everything to what a policy says. Plugins that have failed are tried again."""
        self.policy = policy
        self._late.strict = policy.config.strict.value
        for record in self._plugins.records:
            record.configure(policy.table(record.installed))
        self._muting.follow(list(muted_by(policy.config, dict(self._manager.signals())).values()))
        self._follow(policy.decisions)

    def _follow(self, installed: Iterable[InstalledPlugin]) -> None:
        self._lock_in_force.admit(self.policy.decisions)
        self._plugins.apply(self.policy, installed)
