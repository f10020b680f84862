"""Which config is applied now, and how does another take its place? Plugins, muted signals and the lock go with it."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hookcore.errors import ConfigError, PluginError, PluginStartError
from hookcore.manager.late_imports import LateImports
from hookcore.manager.reconciliation import Reconciler
from hookcore.manager.records import Plan, PluginRecord, plan_of
from hookcore.names import meant
from hookcore.plugins.config.keys import Config, ConfigArguments, GivenConfig
from hookcore.plugins.config.reading import read_config
from hookcore.plugins.installed import InstalledPlugin
from hookcore.plugins.policy import Decision, Overrides, Policy, clash, slips_in
from hookcore.signals.signal import Signal
from hookcore.suggestions import did_you_mean

if TYPE_CHECKING:
    from hookcore.manager.registration import Registration
    from hookcore.plugins.lock.locked_start import LockedStart


class AppliedConfig:
    """Brings one manager's plugins and signals to its config and to what the running host said, under its lock.

    `given` is the file or mapping that the host gave to its manager, `find` returns what is installed now, and
    `host_modules` are the modules with the host's signals.
    """

    def __init__(
        self,
        manager: Registration,
        given: GivenConfig,
        plugins: Reconciler,
        late: LateImports,
        find: Callable[[], Sequence[InstalledPlugin]],
        host_modules: Collection[str],
    ) -> None:
        self.policy = Policy(Config(), ())
        self._given = given
        self._arguments: ConfigArguments = {}  # those of the last start
        self._manager = manager
        self._plugins = plugins
        self._late = late
        self._find = find
        self._host_modules = host_modules
        self._locks: list[LockedStart] = []  # one if the config says `locked`
        weakref.finalize(manager, _release, self._locks).atexit = False  # a manager may be dropped without a stop()
        self._muted: Sequence[Signal[..., Any]] = ()

    # -- reading ----------------------------------------------------------------------------------------------

    def read(self, arguments: ConfigArguments) -> Config:
        """Return what all sources say now. Raises ConfigError with every problem."""
        project_name = self._manager.project_name
        config = read_config(project_name, self._given, arguments=arguments)
        signals = self._muted_by(config)
        unknown = [(name, source) for name, source in config.mute if not meant(name, signals)]
        if unknown:
            sent = sorted(name for name, _ in self._manager._signals())
            known = f" There are: {', '.join(sent) or 'none'}."
            raise ConfigError(
                f"{source}: mute names {name!r}, which {project_name!r} does not send."
                f"{did_you_mean(name, sent) or known}"
                for name, source in unknown
            )
        return config

    def read_again(self) -> Config:
        """Return what all sources say now; the arguments are those of the last start. Raises as `read` does."""
        return self.read(self._arguments)

    def plan(self, arguments: ConfigArguments) -> Plan:
        """Return what a start with these arguments would do. Raises as `read` does, and for a lock file's faults."""
        from hookcore.manager.refusals import forbidden

        config = self.read(arguments)
        policy = self._policy(config, self._find(), {}, self.lock_wanted_by(config))
        return plan_of(policy, forbidden(policy), self._muted_by(config))

    def read_what_may_run(self) -> tuple[Config, list[InstalledPlugin], Sequence[InstalledPlugin]]:
        """Return the config of now, the plugins that it lets run if no lock is asked, and all that are installed."""
        config = self.read_again()
        installed = self._find()
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
            blocked=[name for name, plugin in self._manager._plugin_by_name.items() if plugin is None],
            refusal=locked.refusal if locked is not None else None,
        )

    # -- applying ---------------------------------------------------------------------------------------------

    def begin(self, config: Config, locked: LockedStart | None, arguments: ConfigArguments) -> None:
        """Apply a config, and the lock that it wants. Nothing is left of what was said before."""
        self._arguments = arguments
        self._replace_lock(locked, {})
        policy = self._policy(config, self._installed, {}, locked)
        self._apply(policy, policy.decisions)

    def extend(self, config: Config, locked: LockedStart | None) -> Policy:
        """Let a config, and the lock that it wants, hold for plugins that are loaded in pluggy's way, too."""
        self.policy = policy = self._policy(config, self._installed, self.policy.overrides, locked)
        for record in self._plugins.records:
            record.configure(policy.table(record.installed))
        self._replace_lock(locked, policy.decisions)
        return policy

    def reload(self) -> None:
        """Put the config of now in the place of the applied one. A plugin whose settings change is started anew.

        Raises ConfigError with every problem, and changes nothing, if it can't be used.
        """
        from hookcore.manager.refusals import forbidden, has_other_settings, refused_settings

        config = self.read_again()
        locked = self.lock_wanted_by(config)
        policy = self._policy(config, self._installed, self.policy.overrides, locked)
        active = self._plugins.active
        problems = [*refused_settings(policy, active), *forbidden(policy)]
        if problems:
            raise ConfigError(problems)
        for record in list(reversed(active)):
            if has_other_settings(record, policy):
                self._plugins.take_down(record, "found", "its settings have changed")
        self._replace_lock(locked, policy.decisions)
        before = self.policy
        self._apply(
            policy,
            [
                installed
                for installed, decision in policy.decisions.items()
                if decision != before.decisions[installed]
                or decision.runs != self._plugins.by_installed[installed].is_active
                or policy.table(installed).disable != before.table(installed).disable
            ],
        )

    def override(self, records: Collection[PluginRecord], enabled: bool) -> None:
        """Let plugins run, or run no more, whatever the config says. A failed one is tried again.

        Raises PluginError, and changes nothing, if one that is to run takes a running one down that claims its name.
        """
        named = [record.installed for record in records]
        for record in records if enabled else ():
            rival = self.policy.rival(record.installed)
            if rival is not None:
                raise PluginError(
                    f"{record.described} could not be enabled: that would take down "
                    f"{self._plugins.by_installed[rival].described}: {clash([rival, record.installed])}",
                    plugin=record.name,
                )
        self._follow({**dict.fromkeys(named), **self.policy.override(named, enabled)})

    def refuse_what_is_missing(self, records: Collection[PluginRecord]) -> None:
        """Raise PluginStartError if `required` and `strict` miss anything in the plugins as they are now."""
        config = self.policy.config
        if config.required or config.strict.value:
            from hookcore.manager.refusals import unmet  # most hosts demand nothing

            failures = list(unmet(self.policy, records))
            if failures:
                raise PluginStartError(failures)

    def slips(self) -> Iterable[str]:
        """Return a sentence for each thing in the config that is likely a mistake."""
        config = self.policy.config
        if not config.said:
            return config.slips
        return (*config.slips, *slips_in(config, self.policy.names))

    def block(self, name: str, is_blocked: bool) -> None:
        """Let the plugins that a name means run no more, or as they may."""
        self._follow(self.policy.block(name, is_blocked))

    def end(self) -> None:
        """Mute nothing more, and hold nothing to the lock."""
        self._mute(())
        self._replace_lock(None, {})

    @property
    def _installed(self) -> list[InstalledPlugin]:
        return [record.installed for record in self._plugins.records]

    def _apply(self, policy: Policy, installed: Iterable[InstalledPlugin]) -> None:
        """Bring the signals and these plugins to what a policy says. Those that have failed are tried again."""
        self.policy = policy
        self._late.strict = policy.config.strict.value
        for record in self._plugins.records:
            record.configure(policy.table(record.installed))
        self._mute(list(self._muted_by(policy.config).values()))
        self._follow(installed)

    def _muted_by(self, config: Config) -> dict[str, Signal[..., Any]]:
        signals = dict(self._manager._signals()) if config.mute else {}
        return {name: signals[name] for stated in config.mute for name in meant(stated.value, signals)}

    def _mute(self, signals: Sequence[Signal[..., Any]]) -> None:
        """Mute these signals, and no other any more. What others mute by hand is theirs to unmute."""
        for signal in signals:
            signal._mute()
        for signal in self._muted:
            signal._unmute()
        self._muted = signals

    def _follow(self, installed: Iterable[InstalledPlugin]) -> None:
        self._admit(self.policy.decisions)
        self._plugins.apply(self.policy, installed)

    # -- the lock ---------------------------------------------------------------------------------------------

    @property
    def locked(self) -> LockedStart | None:
        """What the plugins are held to now, if anything."""
        return self._locks[0] if self._locks else None

    def lock_wanted_by(self, config: Config) -> LockedStart | None:
        """Return what a config wants the plugins to be held to. Raises ConfigError if its lock file can't be used."""
        if not config.locked.value:
            return None
        from hookcore.plugins.lock.locked_start import LockedStart  # most hosts lock nothing

        return LockedStart(config, self._host_modules)

    def _replace_lock(self, locked: LockedStart | None, decisions: Mapping[InstalledPlugin, Decision]) -> None:
        """Change the lock, with no moment between in which a plugin could import anything unverified."""
        before = self._locks[:]
        self._locks[:] = [] if locked is None else [locked]
        self._admit(decisions)
        if locked not in before:
            _release(before)

    def _admit(self, decisions: Mapping[InstalledPlugin, Decision]) -> None:
        """Let those plugins be imported that may run."""
        for locked in self._locks:
            locked.admit(plugin for plugin, decision in decisions.items() if decision.runs)


def _release(locks: list[LockedStart]) -> None:
    for locked in locks:
        locked.release()
