"""`PluginManager`: owns a host's signals and plugins. One for each host, made by the host, never global."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

from hookcore.errors import ManagerCopyError, ManagerStateError, PluginError, PluginStartError
from hookcore.manager.config_in_force import ConfigInForce
from hookcore.manager.demands import unmet
from hookcore.manager.holding import Hold, RegisteredOwner
from hookcore.manager.late_imports import LateImports
from hookcore.manager.lifecycle import Lifecycle, unknown_receivers
from hookcore.manager.lock_in_force import LockInForce
from hookcore.manager.namespaces import declared_signals, module_name
from hookcore.manager.naming import called
from hookcore.manager.ownership import Ownership
from hookcore.manager.reconciliation import Reconciler
from hookcore.manager.records import PluginRecord, PluginReport
from hookcore.manager.registration import Registration
from hookcore.manager.telling import described, warn
from hookcore.plugins.config.reading import ConfigArguments, GivenConfig
from hookcore.plugins.discovery import discover
from hookcore.plugins.loading import Failure
from hookcore.plugins.policy import unmatched_names
from hookcore.signals.receiver import Owner, identity_of
from hookcore.signals.signal import Signal

if TYPE_CHECKING:
    from typing import Self, Unpack

    from hookcore.plugins.lock.doctor import Hint
    from hookcore.plugins.lock.lock import Difference

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

    Raises SignalDeclarationError if two signals have one name, or the name of a module stands for the module.
    """

    def __init__(self, project_name: str, *signals: object, config: GivenConfig = None) -> None:
        super().__init__(project_name)
        declared = declared_signals(signals)
        self._host_modules = frozenset(module_name(namespace) for namespace in signals)
        self._ownership = Ownership(self._host_modules)
        self._hold = Hold(self, declared.values(), self._ownership)
        self._late = LateImports(self, self._ownership, self._lock, self._give_up_late)
        self._lifecycle = Lifecycle(self, self._ownership, self._late)
        self._plugins = Reconciler(self._lifecycle)
        self._lock_in_force = LockInForce(self, self._host_modules)
        self._in_force = ConfigInForce(self, config, self._plugins, self._late, self._lock_in_force)
        self._is_started = False
        self.declare(declared)
        for namespace in signals:
            if any(self._marked_specifications(namespace)):
                self.add_hookspecs(namespace)

    def __reduce__(self) -> NoReturn:
        raise ManagerCopyError(
            f"the manager of {self.project_name!r} cannot be copied or pickled: what runs, and the signals that it "
            "holds, belong to this process. Another process makes its own: make a PluginManager there"
        )

    # -- start and stop ---------------------------------------------------------------------------------------

    def start(self, *, eager: bool = False, **arguments: Unpack[ConfigArguments]) -> None:
        """Discover, decide, verify if the config says `locked`, import, connect, and call each plugin's `ready`.

        A plugin's fault is logged and reported, and the others go on. The arguments are those of the config file
        (`mode`, `enable`, `disable`, `required`, `strict`, `locked`, `lock`, `mute`) and `config` itself; they are
        stronger than the environment and the file. Receivers that have an entry point of their own are imported when
        a send first reaches them; `eager` imports all of them now.

        Raises:
            ManagerStateError: started already; or stopped, but a plugin that comes up or goes down asks for it.
            SignalHeldError: another manager holds one of the signals.
            ConfigError: the config, or the lock file that it wants, cannot be used.
            PluginStartError: what `required` or `strict` demands is not there. Nothing runs then.
        """
        with self._lock:
            self._require_stopped()
            self._late.eager = eager
            config = self._in_force.read(arguments)
            locked = self._lock_in_force.wanted_by(config)
            records = [PluginRecord(installed) for installed in discover(self.project_name)]
            self._ownership.know(records)
            self._hold.take()
            self._plugins.begin(records)
            self._is_started = True
            try:
                self._in_force.begin(config, locked, arguments)
                failures = unmet(self._in_force.config, records)
                if failures:
                    raise PluginStartError(failures)
                self._warn_of_slips()
            except BaseException:
                self._wind_down()
                raise

    def stop(self) -> None:
        """Call each plugin's `shutdown` in reverse order, disconnect all, and let go of the signals.

        What was registered by hand waits for the next start. On a manager that does not run this only lets go of the
        signals that `register()` took, and may stand in any clean-up.
        """
        with self._lock:
            self._wind_down()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def _is_stopping(self) -> bool:
        return self._is_started and not self._plugins.is_open

    def _wind_down(self) -> None:
        if self._is_stopping:  # a plugin's shutdown asks for what is under way
            return
        try:
            self._plugins.stop()
        finally:
            self._let_go()

    def _let_go(self) -> None:
        for record in self._plugins.records:
            if record.state == "found":
                record.enter("stopped", "the manager was stopped before its turn came")
        self._in_force.end()
        self._hold.release()
        self._is_started = False

    def _warn_of_slips(self) -> None:
        """Tell what in the config is likely a mistake."""
        warn(unmatched_names(self._in_force.config, [record.installed for record in self._plugins.records]))
        for record in self._plugins.active:
            warn(unknown_receivers(record, self._lifecycle.receivers_of(record)))

    def _give_up_late(self, record: PluginRecord, failure: Failure) -> None:
        """Hold the fault of a plugin that a send reached first."""
        if record.is_active:
            self._plugins.give_up(record, failure)

    # -- switching --------------------------------------------------------------------------------------------

    def enable(self, name: str) -> None:
        """Let a plugin run, whatever the config says; by its name or its distribution's. A failed one is tried again.

        Raises UnknownPluginError if there is none of that name, ManagerStateError if the manager does not run, and
        PluginError if the plugin does not come up: the reason is in the error and in the report. A plugin that is going
        down cannot be enabled meanwhile, by its own `shutdown` or another's; nor one that claims a running one's name.
        """
        with self._lock:
            self._require_running("enable()")
            records = self._switch(name, True)
            up = {record.installed.canonical_name for record in records if record.state in ("active", "found")}
            for record in records:  # found: its own code asks, and it comes up when that returns
                if record.installed.canonical_name not in up:  # of those that claim one name, one is enough
                    raise PluginError(
                        f"{described(record)} could not be enabled; it is {record.state}: {record.reason}",
                        plugin=record.name,
                    ) from (record.failure.error if record.failure is not None else None)

    def disable(self, name: str) -> None:
        """Let a plugin run no more, and plugins that need it neither; by its name or its distribution's.

        When this returns no new send reaches it, whatever any `shutdown` says. Raises UnknownPluginError if there is
        none of that name, and ManagerStateError if the manager does not run.
        """
        with self._lock:
            if not self._is_stopping:
                self._require_running("disable()")
            self._switch(name, False)

    def _switch(self, name: str, enabled: bool) -> list[PluginRecord]:
        records = called(name, self._plugins.records, self.project_name)
        self._in_force.override(records, enabled)
        return records

    def reload_config(self) -> None:
        """Read the config again and bring the plugins to what it says now.

        Nothing changes if it cannot be used: a malformed file or lock file, an unknown key, settings that a running
        plugin refuses, or a required plugin that it disables. A plugin whose settings have changed is shut down and
        started anew, and a failed one is tried again. What `enable()` and `disable()` said stays.

        Raises ConfigError with every problem, and ManagerStateError if the manager does not run.
        """
        with self._lock:
            self._require_running("reload_config()")
            self._in_force.reload()
            self._warn_of_slips()

    def _require_stopped(self) -> None:
        if self._is_started and not self._is_stopping:
            raise ManagerStateError(
                f"the manager of {self.project_name!r} is running: stop() it before another start()"
            )
        if self._is_stopping or self._plugins.is_taking_down:  # its own stop() may have returned to a shutdown
            raise ManagerStateError(
                f"the manager of {self.project_name!r} is still stopping: "
                "start() it when stop() and every plugin's shutdown have returned"
            )
        if self._plugins.is_bringing_up:
            raise ManagerStateError(
                f"the manager of {self.project_name!r} was stopped while its plugins came up: "
                "start() it when the call that brought them up has returned"
            )

    def _require_running(self, call: str) -> None:
        self._late.settle()
        if self._is_stopping:
            raise ManagerStateError(f"{call} is for a running manager, and that of {self.project_name!r} is stopping")
        if not self._is_started:
            raise ManagerStateError(f"{call} is for a running manager: start() that of {self.project_name!r} first")

    # -- asking -----------------------------------------------------------------------------------------------

    def report(self) -> tuple[PluginReport, ...]:
        """Return one frozen record for each installed plugin, by name: those of the last start; none before it."""
        with self._lock:
            self._late.settle()
            return tuple(record.report(self._lifecycle.receivers_of(record)) for record in self._plugins.records)

    def plugin_of(self, receiver: object) -> str | None:
        """Return the name of the plugin that a receiver belongs to, or None if it is nobody's."""
        record = self._ownership.provider_of(receiver)
        if record is not None:
            return record.name
        owner = self._connected_owner(receiver)
        return owner.registered_as if owner is not None else None

    def _connected_owner(self, function: object) -> Owner | None:
        """Return on whose behalf a function is connected that nobody provides, or None."""
        for _, signal in self.signals():
            for receiver in signal.connections():
                # Two bound methods of one instance are equal, and never the same.
                if receiver.owner is not None and identity_of(receiver.written) == identity_of(function):
                    return receiver.owner
        return None

    # -- approving --------------------------------------------------------------------------------------------

    def lock(self, *, editable: bool = False) -> str:
        """Approve the plugins that the config and `enable()` let run now, as they are installed; return the path.

        Writes the lock file that the config names, in one step; imports no plugin. Editable installs, whose files
        nothing vouches for, are approved only if `editable` is true. The manager need not run.

        Raises ConfigError if the config cannot be used, does not say where the lock file is, or it can't be written.
        """
        from hookcore.plugins.lock.locked_start import approve  # most hosts never do

        with self._lock:
            config, wanted, _ = self._in_force.read_what_may_run()
            return approve(config, wanted, editable=editable)

    def verify(self) -> tuple[Difference, ...]:
        """Return all in which the plugins that the config lets run are not what the lock file approves.

        Each difference names the plugin, the problem and the remedy. Looks at what is installed now, and imports no
        plugin. The manager need not run, and the config need not say `locked`.

        Raises ConfigError if the config or the lock file cannot be used.
        """
        from hookcore.plugins.lock.locked_start import compare

        with self._lock:
            config, wanted, installed = self._in_force.read_what_may_run()
            return compare(config, wanted, installed, self._host_modules)

    def doctor(self) -> tuple[Hint, ...]:
        """Return what weakens the hold of config and lock: code that runs before us, places that anybody may write.

        Raises ConfigError if the config cannot be used.
        """
        from hookcore.plugins.lock.doctor import hints

        with self._lock:
            return hints(self._in_force.read_again())

    # -- pluggy -----------------------------------------------------------------------------------------------

    def register(self, plugin: object, name: str | None = None) -> str | None:
        """Register a plugin object by hand; as pluggy documents it. It stays registered over stop and start.

        The manager holds the host's signals from then on, started or not, until `stop()`. Raises SignalHeldError if
        another one does.
        """
        with self._lock:
            takes_hold = bool(self._declared) and not self._hold.is_taken
            if takes_hold:
                self._hold.take()
            registered = None
            try:
                registered = super().register(plugin, name)
            finally:
                if takes_hold and registered is None:
                    self._hold.release()
            return registered

    def unregister(self, plugin: Any = None, name: str | None = None) -> Any:
        """Take a plugin out again; as pluggy documents it. One that `start()` loaded is disabled by it, as by
        `disable()`, and so are plugins that need it.
        """
        with self._lock:
            self._late.settle()
            record = self._record_of(plugin, name)
            if record is None:
                found = super().unregister(plugin, name)
                for _, signal in self.signals():  # pluggy looks at active receivers only
                    if found is not None:
                        signal.remove_implementations(found)
                return found
            found = record.plugin
            self._in_force.override([record], False)
            return found

    def set_blocked(self, name: str) -> None:
        """Keep what has a name from being registered, and take it out if it is; as pluggy documents it.

        An installed plugin does not run then, whatever the config and `enable()` say; by its name or its
        distribution's.
        """
        with self._lock:
            self._late.settle()
            if self._record_of(None, name) is None:
                super().set_blocked(name)
            self.plugin_by_name[name] = None
            self._follow_blocked()

    def unblock(self, name: str) -> bool:
        """Block a name no more, and return whether it was; as pluggy documents it. What may run now comes up."""
        with self._lock:
            self._late.settle()
            was_blocked = super().unblock(name)
            if was_blocked:
                self._follow_blocked()
            return was_blocked

    def _follow_blocked(self) -> None:
        if self._is_started and not self._is_stopping:
            self._in_force.follow_blocked()

    def _record_of(self, plugin: object, name: str | None) -> PluginRecord | None:
        found = self.get_plugin(name) if plugin is None and name is not None else plugin
        return next((record for record in self._plugins.active if found is not None and record.plugin is found), None)

    def list_plugin_distributions(self) -> list[tuple[Any, Any]]:
        """Return a pair for each plugin that came from an entry point, as pluggy documents it: the object, and the
        `importlib.metadata.Distribution` that brought it.
        """
        import importlib.metadata

        pairs = super().list_plugin_distributions()
        with self._lock:
            active = [record for record in self._plugins.active if record.plugin is not None]
        for record in active:
            try:
                pairs.append((record.plugin, importlib.metadata.distribution(record.installed.distribution.name)))
            except importlib.metadata.PackageNotFoundError:  # uninstalled while we run
                continue
        return pairs

    def owner_registers(self, owner: RegisteredOwner) -> None:
        """Note that a plugin is registered by hand: it goes with the manager, and with the plugin whose code it is."""
        self._hold.remember(owner)

    def owner_switched(self, owner: Owner) -> None:
        """Note that an installed plugin was switched on or off."""
        self._hold.provider_switched(owner)

    def attach(self, signal: Signal[..., Any]) -> None:
        """Make the calls of a signal that only this manager knows go through it."""
        super().attach(signal)
        signal.owner_of = self._hold.owner_of

    def carries_out(self, name: str) -> bool:
        """Tell whether the calls of a signal go through this manager."""
        return super().carries_out(name) or self._hold.is_taken
