"""`PluginManager`: owns a host's signals and plugins. One for each host, made by the host, never global."""

from __future__ import annotations

from collections.abc import Collection
from types import TracebackType
from typing import Any

from hookcore.errors import (
    ConfigError,
    ManagerStateError,
    PluginError,
    PluginStartError,
    SettingsError,
    UnknownPluginError,
)
from hookcore.manager.holding import Hold
from hookcore.manager.lifecycle import Lifecycle, unknown_receivers
from hookcore.manager.namespaces import declared_signals, module_name
from hookcore.manager.ownership import Ownership
from hookcore.manager.records import PluginRecord, PluginReport
from hookcore.manager.registration import Registration
from hookcore.manager.telling import described, tell_failure, warn
from hookcore.plugins.config import Config, Said
from hookcore.plugins.config_reading import GivenConfig, read_config
from hookcore.plugins.discovery import discover
from hookcore.plugins.loading import Failure
from hookcore.plugins.names import canonical_name, matches
from hookcore.plugins.order import load_order
from hookcore.plugins.policy import Decision, blocked_by_requirements, decide, unmatched_names
from hookcore.plugins.settings import build_settings
from hookcore.signals.receiver import Owner
from hookcore.signals.signal import Signal
from hookcore.suggestions import did_you_mean

__all__ = ["PluginManager"]


class PluginManager(Registration):
    """Finds a host's plugins, decides which run, imports and connects those, and can switch each of them.

    It is a `pluggy.PluginManager`: everything that works on one works on it.

    Args:
        project_name: the host's name in entry-point groups (`<project_name>.plugins`, `<project_name>.receivers`), in
            pluggy's markers and in environment variables.
        signals: the modules, classes or instances that hold the host's signals (and pluggy specifications, if any).
        config: a path to a TOML file, or a mapping of the same form, or None. Nothing is read from the current
            directory unless it is said here.
    """

    def __init__(self, project_name: str, *signals: object, config: GivenConfig = None) -> None:
        super().__init__(project_name)
        self._given_config = config
        self._declared: dict[str, Signal[..., Any]] = declared_signals(signals)
        self._ownership = Ownership(module_name(namespace) for namespace in signals)
        self._hold = Hold(self, self._declared.values(), self._ownership)
        self._lifecycle = Lifecycle(self, self._ownership)
        self._records: list[PluginRecord] = []
        self._order: list[PluginRecord] = []  # in which the active plugins came up
        self._arguments: dict[str, object] = {}
        self._overrides: dict[str, bool] = {}
        self._config = Config()
        self._muted: list[Signal[..., Any]] = []
        self._is_started = False
        for name, signal in self._declared.items():
            self.add_signal(name, signal)
        for namespace in signals:
            if any(self._marked_specifications(namespace)):
                self.add_hookspecs(namespace)

    # -- start and stop ---------------------------------------------------------------------------------------

    def start(self, **arguments: object) -> None:
        """Discover, decide, import, connect, and call each plugin's `ready`.

        A plugin's fault is logged and reported, and the others go on. The arguments are those of the config file
        (`mode`, `enable`, `disable`, `required`, `strict`, `mute`) and `config` itself; they are stronger than the
        environment and the file.

        Raises:
            ManagerStateError: started already.
            SignalHeldError: another manager holds one of the signals.
            ConfigError: the config cannot be used.
            PluginStartError: what `required` or `strict` demands is not there. Nothing runs then.
        """
        with self._lock:
            if self._is_started:
                raise ManagerStateError(
                    f"the manager of {self.project_name!r} is running: stop() it before another start()"
                )
            config = self._read_config(arguments)
            records = [PluginRecord(installed) for installed in discover(self.project_name)]
            self._ownership.know(records)
            self._hold.take()
            self._records, self._arguments, self._overrides = records, arguments, {}
            self._is_started = True
            try:
                self._apply(config)
                self._refuse_what_is_missing()
            except BaseException:
                self._wind_down()
                raise

    def stop(self) -> None:
        """Call each plugin's `shutdown` in reverse order, disconnect all, and let go of the signals.

        Does nothing on a manager that does not run. What plugins registered by hand waits for the next start.
        """
        with self._lock:
            self._wind_down()

    def __enter__(self) -> PluginManager:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _wind_down(self) -> None:
        for record in reversed(self._order):
            self._take_down(record)
            record.enter("stopped", "the manager was stopped")
        self._order = []
        self._mute(())
        self._hold.release()
        self._is_started = False

    # -- switching --------------------------------------------------------------------------------------------

    def enable(self, name: str) -> None:
        """Let a plugin run, whatever the config says; by its name or its distribution's. A failed one is tried again.

        Raises UnknownPluginError if there is none of that name, PluginError if it does not come up: the reason is in the
        error and in the report.
        """
        with self._lock:
            records = self._switch(name, True)
            for record in records:
                if not record.is_active:
                    raise PluginError(
                        f"{described(record)} could not be enabled; it is {record.state}: {record.reason}",
                        plugin=record.name,
                    ) from (record.failure.error if record.failure is not None else None)

    def disable(self, name: str) -> None:
        """Let a plugin run no more, and plugins that need it neither; by its name or its distribution's.

        When this returns no new send reaches it. Raises UnknownPluginError if there is none of that name.
        """
        with self._lock:
            self._switch(name, False)

    def _switch(self, name: str, enabled: bool) -> list[PluginRecord]:
        self._require_running("enable() and disable()")
        records = self._named(name)
        for record in records:
            self._overrides[record.installed.canonical_name] = enabled
        self._apply(self._config, again=records if enabled else ())
        return records

    def reload_config(self) -> None:
        """Read the config again and bring the plugins to what it says now.

        Nothing changes if it cannot be used: a malformed file, an unknown key, settings that a running plugin refuses, or
        a required plugin that it disables. A plugin whose settings have changed is shut down and started anew, and a
        failed one is tried again. What `enable()` and `disable()` said stays.

        Raises ConfigError with every problem.
        """
        with self._lock:
            self._require_running("reload_config()")
            config = self._read_config(self._arguments)
            self._check_settings(config)
            self._check_required(config)
            for record in list(reversed(self._order)):
                if _settings_differ(record, config):
                    self._take_down(record)
                    record.enter("found", "its settings have changed")
            self._apply(config, again=self._records)

    # -- asking -----------------------------------------------------------------------------------------------

    def report(self) -> tuple[PluginReport, ...]:
        """Return one frozen record for each installed plugin, by name."""
        with self._lock:
            return tuple(record.report(self._lifecycle.receivers_of(record)) for record in self._records)

    def plugin_of(self, receiver: object) -> str | None:
        """Return the name of the plugin that a receiver belongs to, or None if it is nobody's."""
        owner = self._owner_of_connected(receiver) or self._ownership.owner_of(receiver)
        if owner is None:
            return None
        return next((record.name for record in self._records if owner in record.owners), owner.name)

    def _owner_of_connected(self, receiver: object) -> Owner | None:
        for _, signal in self.signals():
            for connected in signal.connections():
                if connected.owner is not None and receiver in (connected.function, connected.target):
                    return connected.owner
        return None

    # -- pluggy -----------------------------------------------------------------------------------------------

    def register(self, plugin: object, name: str | None = None) -> str | None:
        """Register a plugin object by hand; as pluggy documents it. It stays registered over stop and start."""
        with self._lock:
            if not self._hold.is_taken and self._declared:
                self._hold.take()
            return super().register(plugin, name)

    def unregister(self, plugin: Any = None, name: str | None = None) -> Any:
        """Take a plugin out again; as pluggy documents it. One from an entry point is then reported as disabled."""
        with self._lock:
            found = super().unregister(plugin, name)
            self._hold.forget(found)
            for record in self._order:
                if found is not None and record.plugin is found:
                    self._take_down(record)
                    self._order.remove(record)
                    record.enter("disabled", "unregistered by the host")
                    break
            return found

    def owner_registered(self, owner: Owner) -> None:
        """Note that a plugin was registered by hand: it goes with the manager."""
        self._hold.remember(owner)

    # -- applying ---------------------------------------------------------------------------------------------

    def _apply(self, config: Config, again: Collection[PluginRecord] = ()) -> None:
        """Bring every plugin to what the config and the overrides say. Failed ones are left alone, but for `again`."""
        self._config = config
        for record in self._records:
            record.config = config.plugin(*record.installed.names)
        decisions = self._decisions(config, again)
        for record in reversed(list(self._order)):
            if not decisions[record.installed].runs:
                self._switch_off(record, decisions[record.installed])
        coming = []
        for record in self._records:
            decision = decisions[record.installed]
            if not decision.runs:
                self._note(record, decision)
            elif not record.is_active:
                record.decide(decision)
                coming.append(record)
            else:
                record.enter("active", decision.reason, decision.decided_by)
                self._lifecycle.sort_receivers(record)
        self._mute(self._signals_to_mute(config))
        self._bring_up(coming)
        self._warn_of_slips()

    def _decisions(self, config: Config, again: Collection[PluginRecord]) -> dict[Any, Decision]:
        installed = [record.installed for record in self._records]
        decisions = decide(config, installed, overrides=self._overrides)
        for record in self._records:
            if decisions[record.installed].runs:
                if record.state == "failed" and record not in again:
                    decisions[record.installed] = record.decision()
                elif self.is_blocked(record.name):
                    decisions[record.installed] = Decision("blocked", "blocked with set_blocked()", record.decided_by)
        return blocked_by_requirements(decisions)

    def _note(self, record: PluginRecord, decision: Decision) -> None:
        if record.state != "failed" or decision.state != "failed":
            record.decide(decision)

    def _bring_up(self, coming: Collection[PluginRecord]) -> None:
        """Connect plugins in the order of their requirements, then call `ready` of each."""
        by_installed = {record.installed: record for record in coming}
        ordered = [by_installed[installed] for installed in load_order(by_installed)]
        for record in ordered:
            if record.state == "found":
                self._connect(record)
        for record in ordered:
            if record.is_active and not record.is_ready:
                failure = self._lifecycle.ready(record)
                if failure is not None:
                    self._give_up(record, failure)

    def _connect(self, record: PluginRecord) -> None:
        failure = self._lifecycle.connect(record)
        if failure is None:
            failure = self._lifecycle.activate(record)
        if failure is not None:
            self._give_up(record, failure)
            return
        record.enter("active", record.reason)
        self._order.append(record)

    def _give_up(self, record: PluginRecord, failure: Failure) -> None:
        """Hold a plugin's fault: its receivers are disconnected, it is reported, and plugins that need it are blocked."""
        self._lifecycle.disconnect(record)
        record.is_ready = False
        record.fail(failure)
        tell_failure(record, failure)
        if record in self._order:
            self._order.remove(record)
        decisions = blocked_by_requirements({other.installed: other.decision() for other in self._records})
        for other in reversed(list(self._records)):
            if other.state in ("found", "active") and not decisions[other.installed].runs:
                if other.is_active:
                    self._take_down(other)
                    self._order.remove(other)
                other.decide(decisions[other.installed])

    def _switch_off(self, record: PluginRecord, decision: Decision) -> None:
        """Let an active plugin run no more. It stays loaded, so that it can be switched on again."""
        self._lifecycle.deactivate(record)
        self._tell(record, self._lifecycle.shut_down(record))
        self._order.remove(record)
        record.decide(decision)

    def _take_down(self, record: PluginRecord) -> None:
        self._lifecycle.deactivate(record)
        self._tell(record, self._lifecycle.shut_down(record))
        self._lifecycle.disconnect(record)

    def _tell(self, record: PluginRecord, failure: Failure | None) -> None:
        if failure is not None:
            tell_failure(record, failure)

    # -- checking ---------------------------------------------------------------------------------------------

    def _read_config(self, arguments: dict[str, object]) -> Config:
        config = read_config(self.project_name, self._given_config, arguments=arguments)
        self._signals_to_mute(config)
        return config

    def _signals_to_mute(self, config: Config) -> list[Signal[..., Any]]:
        known = dict(self.signals())
        unknown = [
            f"{said.source}: mute names {said.value!r}, which {self.project_name!r} does not send."
            f"{did_you_mean(said.value, known)}"
            for said in config.mute
            if said.value not in known
        ]
        if unknown:
            raise ConfigError(unknown)
        return [known[said.value] for said in config.mute]

    def _mute(self, signals: Collection[Signal[..., Any]]) -> None:
        for signal in signals:
            signal.mute()
        for signal in self._muted:
            signal.unmute()
        self._muted = list(signals)

    def _check_settings(self, config: Config) -> None:
        """Refuse settings that a running plugin refuses, before anything is changed."""
        problems: list[str] = []
        for record in self._order:
            if _settings_differ(record, config):
                try:
                    build_settings(record.plugin, record.installed, config.plugin(*record.installed.names))
                except SettingsError as error:
                    problems += error.problems
        if problems:
            raise ConfigError(problems)

    def _check_required(self, config: Config) -> None:
        decisions = self._decisions(config, self._records)
        problems = [
            f"{said.source}: {self._missing(said)}"
            for said in config.required
            if not any(decision.runs and matches(said.value, plugin.names) for plugin, decision in decisions.items())
        ]
        if problems:
            raise ConfigError(problems)

    def _refuse_what_is_missing(self) -> None:
        """Raise PluginStartError with all that `required` and `strict` miss."""
        failures = [
            f"{said.source}: {self._missing(said)}"
            for said in self._config.required
            if not any(record.is_active for record in self._matching(said.value))
        ]
        if self._config.strict.value:
            failures += [
                f"{described(record)} is {record.state}: {record.reason} (strict, by {self._config.strict.source})"
                for record in self._records
                if record.state in ("failed", "blocked")
            ]
        if failures:
            raise PluginStartError(failures)

    def _missing(self, said: Said[str]) -> str:
        matching = self._matching(said.value)
        if not matching:
            spellings = [name for record in self._records for name in (record.name, record.installed.distribution.name)]
            return f"the required plugin {said.value!r} is not installed.{did_you_mean(said.value, spellings)}"
        states = "; ".join(f"{described(record)} is {record.state}: {record.reason}" for record in matching)
        return f"the required plugin {said.value!r} does not run: {states}"

    def _warn_of_slips(self) -> None:
        warn(unmatched_names(self._config, [record.installed for record in self._records]))
        for record in self._order:
            warn(unknown_receivers(record, self._lifecycle.receivers_of(record)))

    # -- finding ----------------------------------------------------------------------------------------------

    def _matching(self, name: str) -> list[PluginRecord]:
        return [record for record in self._records if matches(name, record.installed.names)]

    def _named(self, name: str) -> list[PluginRecord]:
        records = [record for record in self._records if canonical_name(name) in record.installed.names]
        if not records:
            known = [
                spelling for record in self._records for spelling in (record.name, record.installed.distribution.name)
            ]
            raise UnknownPluginError(
                f"no plugin or distribution called {name!r} is installed for {self.project_name!r}."
                f"{did_you_mean(name, known)}",
                plugin=name,
            )
        return records

    def _require_running(self, call: str) -> None:
        if not self._is_started:
            raise ManagerStateError(f"{call} is for a running manager: start() that of {self.project_name!r} first")


def _settings_differ(record: PluginRecord, config: Config) -> bool:
    before, after = record.config.settings, config.plugin(*record.installed.names).settings
    return (dict(before.values) if before is not None else {}) != (dict(after.values) if after is not None else {})
