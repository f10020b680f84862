"""Which config is applied now, and how does another take its place? Plugins, muted signals and the lock go with it."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from hookcore.errors import ConfigError, PluginStartError
from hookcore.manager.connector import LateImports
from hookcore.manager.lifecycle import Lifecycle
from hookcore.manager.records import PluginRecord
from hookcore.manager.registration import Registration
from hookcore.names import meant
from hookcore.plugins.config.keys import GUARDS, Config, ConfigArguments, GivenConfig
from hookcore.plugins.config.reading import file_of, passed_over, read_config
from hookcore.plugins.installed import InstalledPlugin
from hookcore.plugins.policy import Overrides, Policy
from hookcore.signals.signal import Signal
from hookcore.suggestions import did_you_mean

if TYPE_CHECKING:
    from hookcore.manager.reports import StartPlan
    from hookcore.manager.timing import Timing
    from hookcore.manager.watching import WatchOf
    from hookcore.plugins.lock.doctor import Hint
    from hookcore.plugins.lock.locked_start import LockedStart

_AS_THEY_ARE: Final[Mapping[str, bytes]] = MappingProxyType({})


class AppliedConfig:
    """Brings one manager's plugins and signals to its config, under its lock.

    `given` is the file or mapping that the host gave to its manager, or a function that returns it; `find` returns what
    is installed now; `observe` lets receivers' calls be watched, until what it returns is called.
    """

    def __init__(
        self,
        manager: Registration,
        given: GivenConfig | Callable[[], GivenConfig],
        plugins: Lifecycle,
        late: LateImports,
        find: Callable[[], Sequence[InstalledPlugin]],
        observe: Callable[[WatchOf], Callable[[], None]],
    ) -> None:
        self._given = given
        self._arguments: ConfigArguments = {}  # those of the last start
        self._manager = manager
        self._plugins = plugins
        self._late = late
        self._find = find
        self._muted: Collection[Signal[..., Any]] = ()
        self._observe = observe
        self.timing: Timing | None = None
        self._stop_measuring: Callable[[], None] | None = None
        self._stop_guarding: list[Callable[[], None]] = []
        self._mutes: Final = object()  # who asks signals to reach nobody; they must not keep the manager
        # A manager may be dropped without a stop().
        weakref.finalize(manager, _release, plugins.locked).atexit = False

    # -- reading ----------------------------------------------------------------------------------------------

    def read(self, arguments: ConfigArguments | None = None, edited: Mapping[str, bytes] = _AS_THEY_ARE) -> Config:
        """Return what all sources say now; without arguments, those of the last start count.

        `edited` is what files are taken to hold, by path.

        Raises ConfigError with every problem.
        """
        project_name = self._manager.project_name
        said = self._arguments if arguments is None else arguments
        config = read_config(project_name, self._given, arguments=said, edited=edited)
        if not self._manager._host_modules:  # a manager that was given no signals knows none by name: it can only plan
            return config
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

    def hints(self) -> tuple[Hint, ...]:
        """Return what weakens the hold of config and lock, and what in the config has no effect."""
        from hookcore.plugins.lock.doctor import hints, not_read

        config, wanted, installed = self.read_what_may_run()
        name = self._manager.project_name
        unread = [not_read(*one) for one in passed_over(name, self._arguments, self._given)]
        return (*filter(None, unread), *hints(config, installed, wanted if config.locked.value else (), name))

    @property
    def file(self) -> str | None:
        """The path of the config file that counts now; None if no file does."""
        return file_of(self._manager.project_name, self._arguments, self._given)

    def plan(self, arguments: ConfigArguments) -> StartPlan:
        """Return what a start with these arguments would do. Raises as `read` does, and for a lock file's faults."""
        return self.plan_of(self.planned(arguments))

    def plan_of(self, policy: Policy) -> StartPlan:
        """Return what a start with a policy would do."""
        from hookcore.manager.problems import forbidden
        from hookcore.manager.reports import StartPlan

        return StartPlan.of(policy, forbidden(policy), self._muted_by(policy.config))

    def planned(
        self,
        arguments: ConfigArguments | None,
        edited: Mapping[str, bytes] = _AS_THEY_ARE,
        installed: Sequence[InstalledPlugin] | None = None,
    ) -> Policy:
        """Return what a start with these arguments would decide, about what is installed now, or about other plugins.

        Raises as `plan` does.
        """
        config = self.read(arguments, edited)
        installed = self._find() if installed is None else installed
        return self._policy(config, self.lock_wanted_by(config), installed=installed, overrides={})

    def read_what_may_run(
        self, names: Collection[str] = ()
    ) -> tuple[Config, list[InstalledPlugin], Sequence[InstalledPlugin]]:
        """Return the config of now, the plugins that it lets run if no lock is asked, and all that are installed.

        With names only those that they mean. Raises UnknownPluginError for one that means none.
        """
        config = self.read()
        installed = self._find()
        policy = self._policy(config, installed=installed)
        named = {one for name in names for one in policy.names.named(name, self._manager.project_name)}
        wanted = [
            plugin
            for plugin, decision in policy.decisions.items()
            if decision.runs and not plugin.is_registered_by_hand  # which no distribution vouches for
        ]
        return config, [one for one in wanted if one in named] if names else wanted, installed

    def lock_wanted_by(self, config: Config) -> LockedStart | None:
        """Return what a config wants the plugins to be held to. Raises ConfigError if its lock file can't be used."""
        if not config.locked.value:
            return None
        from hookcore.plugins.lock.locked_start import LockedStart  # most hosts lock nothing

        return LockedStart(config, self._manager._host_modules)

    def _policy(
        self,
        config: Config,
        locked: LockedStart | None = None,
        *,
        installed: Sequence[InstalledPlugin] | None = None,
        overrides: Overrides | None = None,
    ) -> Policy:
        """Return what a config lets run: of the plugins that are known, with the overrides that hold, or of others."""
        known = self._plugins
        return Policy(
            config,
            [record.installed for record in known.records] if installed is None else installed,
            overrides=known.policy.overrides if overrides is None else overrides,
            blocked=[name for name, plugin in self._manager._plugin_by_name.items() if plugin is None],
            refusal=locked.refusal if locked is not None else None,
            host=self._manager.project_name,
        )

    def _muted_by(self, config: Config) -> dict[str, Signal[..., Any]]:
        signals = dict(self._manager._signals()) if config.mute else {}
        return {name: signals[name] for stated in config.mute for name in meant(stated.value, signals)}

    # -- applying ---------------------------------------------------------------------------------------------

    def begin(self, config: Config, locked: LockedStart | None, arguments: ConfigArguments) -> None:
        """Apply a config, and the lock that it wants. Nothing is left of what was said before."""
        self._arguments = arguments
        self._apply(self._policy(config, locked, overrides={}), locked)

    def reload(self) -> None:
        """Put the config of now in the place of the applied one. A plugin whose settings change is started anew.

        Raises ConfigError with every problem, and changes nothing, if it can't be used.
        """
        from hookcore.manager.problems import forbidden, has_other_settings, refused_settings

        config = self.read()
        locked = self.lock_wanted_by(config)
        policy = self._policy(config, locked)
        active = self._plugins.active
        problems = [*refused_settings(policy, active), *forbidden(policy)]
        if problems:
            raise ConfigError(problems)
        for record in list(reversed(active)):
            if has_other_settings(record, policy):
                self._plugins.take_down(record, "found", "its settings have changed")
        self._apply(policy, locked)

    def extend(self, config: Config, locked: LockedStart | None) -> None:
        """Let a config, and the lock that it wants, hold for plugins that are loaded in pluggy's way, too."""
        self._put_in_place(self._policy(config, locked), locked)

    def end(self) -> None:
        """Mute nothing more, and hold nothing to the lock."""
        self._mute(())
        self._replace_lock(None)
        self._measure(False)
        self._guard_nobody()

    def refuse_what_is_missing(self, records: Collection[PluginRecord]) -> None:
        """Raise PluginStartError if `required` and `strict` miss anything in the plugins as they are now."""
        config = self._plugins.policy.config
        if config.required or config.strict.value:
            from hookcore.manager.problems import unmet  # most hosts demand nothing

            failures = list(unmet(self._plugins.policy, records))
            if failures:
                raise PluginStartError(failures)

    def _apply(self, policy: Policy, locked: LockedStart | None) -> None:
        """Bring the signals and the plugins to what a policy says. Those that have failed are tried again."""
        self._put_in_place(policy, locked)
        self._mute(list(self._muted_by(policy.config).values()))
        self._plugins.follow(policy.decisions)

    def _put_in_place(self, policy: Policy, locked: LockedStart | None) -> None:
        self._plugins.policy = policy
        self._late.strict = policy.config.strict.value
        for record in self._plugins.records:
            record.configure(policy.table(record.installed))
        self._replace_lock(locked)
        self._measure(policy.config.timing.value)
        self._guard(policy.config)

    def _measure(self, measures: bool) -> None:
        """Measure what receivers take from now on, or no more: what was measured is kept until it begins anew."""
        if measures == (self._stop_measuring is not None):
            return
        if self._stop_measuring is not None:
            self._stop_measuring()
            self._stop_measuring = None
            return
        from hookcore.manager.timing import Timing, write_at_exit  # most hosts never do

        timing = self.timing = Timing()
        self._stop_measuring = self._observe(timing.watch)
        write_at_exit(self._manager.project_name, lambda: timing.measured(self._plugins.records))

    def _guard(self, config: Config) -> None:
        """Guard the receivers of those plugins whose config asks for it from now on, each anew, and no others."""
        self._guard_nobody()
        records = self._plugins.records
        asked = {key for record in records for key in GUARDS if config.guard(key, record.config).value}
        if "break_after" in asked:
            from hookcore.manager.breaker import Breakers  # most hosts have none

            breakers = Breakers(config, records)
            self._stop_guarding += [breakers.take_away, self._observe(breakers.watch_of)]
        if asked & {"slow_after", "timeout"}:
            from hookcore.manager.watchdog import Watchdog  # nor one of these

            watchdog = Watchdog(config, records)
            self._stop_guarding += [watchdog.end, self._observe(watchdog.watch_of)]

    def _guard_nobody(self) -> None:
        while self._stop_guarding:
            self._stop_guarding.pop()()

    def _mute(self, signals: Sequence[Signal[..., Any]]) -> None:
        """Mute these signals, and no other any more. What others mute by hand is theirs to unmute."""
        before, self._muted = self._muted, (*self._muted, *signals)  # all, in case this is interrupted
        for signal in signals:
            signal._mute(self._mutes)
        for signal in before:
            if signal not in signals:
                signal._unmute(self._mutes)
        self._muted = signals

    def _replace_lock(self, locked: LockedStart | None) -> None:
        """Change the lock, with no moment between in which a plugin could import anything unverified."""
        before = self._plugins.locked[:]
        self._plugins.locked[:] = [] if locked is None else [locked]
        self._plugins.let_in()
        if locked not in before:
            _release(before)


def _release(locks: Iterable[LockedStart]) -> None:
    for locked in locks:
        locked.release()
