"""`PluginManager`: owns a host's signals and plugins. One for each host, made by the host, never global."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from time import perf_counter
from types import MethodType
from typing import TYPE_CHECKING, Any, NoReturn

from hookcore.errors import HookcoreError, ManagerCopyError, ManagerStateError, PluginError
from hookcore.logs import log_warning
from hookcore.manager.applied_config import AppliedConfig
from hookcore.manager.changes import Change, Changes, Steps
from hookcore.manager.connector import Connector, LateImports
from hookcore.manager.lifecycle import Lifecycle
from hookcore.manager.ownership import RegisteredOwner
from hookcore.manager.records import PluginRecord, tell_start
from hookcore.manager.registration import Registration
from hookcore.names import names_in
from hookcore.plugins.config.keys import ConfigArguments, GivenConfig
from hookcore.plugins.config.reading import variable
from hookcore.plugins.config.sources import DEFAULT
from hookcore.plugins.discovery import Discover, discover, discover_group
from hookcore.plugins.installed import InstalledPlugin, in_order, registered_by_hand
from hookcore.plugins.policy import slips_in

if TYPE_CHECKING:
    from typing import Self, Unpack

    from hookcore.manager.config_edit import ConfigEdit
    from hookcore.manager.explaining import Explanation
    from hookcore.manager.reports import PluginReport, StartPlan
    from hookcore.manager.signal_reports import ReceiverReport, SignalSpec
    from hookcore.manager.timing import Timings
    from hookcore.manager.watching import Watchers, WatchOf
    from hookcore.plugins.config.keys import Config
    from hookcore.plugins.lock.approval import Difference
    from hookcore.plugins.lock.doctor import Hint
    from hookcore.plugins.lock.locked_start import LockedStart
    from hookcore.signals.sending.tenants import ActiveFor

__all__ = ["PluginManager"]


class PluginManager(Registration):
    """Finds a host's plugins, decides which run, imports and connects those, and can switch each of them.

    It is a `pluggy.PluginManager`: everything that works on one works on it.

    Args:
        project_name: the host's name in entry-point groups (`<project_name>.plugins`, `<project_name>.receivers`), in
            pluggy's markers and in environment variables.
        signals: the modules, classes or instances that hold the host's signals (and pluggy specifications, if any).
        config: a path to a TOML file, or a mapping of the same form, or both in a list, the stronger first; or None; or
            a function that returns one of these, each time that the config is read. Nothing is read from the current
            directory unless it is said here.
        discover: what finds the plugins; it is given `project_name` at each start. Usually those that are installed,
            found in their metadata; see docs/discovery.md for another source.
        active_for: given a tenant, it returns a frozenset of the names of the plugins that are active for it; None if
            all are. See `for_tenant`.

    Raises SignalDeclarationError if two signals have one name, or the name of a module stands for the module.
    """

    def __init__(
        self,
        project_name: str,
        *signals: object,
        config: GivenConfig | Callable[[], GivenConfig] = None,
        discover: Discover = discover,
        active_for: ActiveFor | None = None,
    ) -> None:
        if not isinstance(project_name, str):
            raise TypeError(f"PluginManager() wants the host's name first, then its signals, not {project_name!r}")
        if active_for is not None:
            from hookcore.signals.sending.tenants import Tenants  # few hosts have tenants

            self._tenants = Tenants(active_for)
        super().__init__(project_name, *signals)
        late = LateImports(self._ownership, self._hold, self._give_up_late)
        self._late_failures = late.failures
        self._connector = Connector(self, late)
        self._plugins = Lifecycle(self, self._connector)
        self._discover = discover
        self._watchers: Watchers | None = None
        self._applied = AppliedConfig(self, config, self._plugins, late, self._known_to_a_start, self._observe_closely)
        self._changes = Changes(self._lock, self._plugins.make_ready, self._recover)
        self._turn = self._changes.turn

    def _find(self) -> Sequence[InstalledPlugin]:
        return in_order(list(self._discover(self.project_name)))

    def _known_to_a_start(self) -> Sequence[InstalledPlugin]:
        return [one.installed for one in self._records_with(self._find())]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.project_name!r}, {self._changes.phase}>"

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
        with self._changes.turn():
            self._changes.make("starting", self._prepared(eager, arguments))

    async def astart(self, *, eager: bool = False, **arguments: Unpack[ConfigArguments]) -> None:
        """Do what `start()` does, and await each `async def ready` in its turn."""
        with self._changes.turn():
            await self._changes.make_awaiting("starting", self._prepared(eager, arguments))

    def _prepared(self, eager: bool, arguments: ConfigArguments) -> Change:
        """Return the start that can be made with these arguments. Nothing has happened until it is."""
        self._require_stopped()
        self._connector.eager = eager
        config = self._applied.read(arguments)
        locked = self._applied.lock_wanted_by(config)
        records = self._records_with(self._find())
        return partial(self._start, config, locked, arguments, records)

    def _records_with(self, found: Iterable[InstalledPlugin]) -> list[PluginRecord]:
        """Return the records of what is installed, what is loaded already, and what is registered by hand.

        A name that somebody has registered already is not given away: whose entry point claims it is told so.
        """
        records = [
            one
            for one in self._plugins.records
            if one.stays_registered
            and (not one.installed.is_registered_by_hand or self._owner_of_plugin(one.owner.plugin) is one.owner)
        ]
        known = {one.owner for one in records}
        loaded = {one.installed.names for one in records}
        records += [PluginRecord(installed) for installed in found if installed.names not in loaded]
        taken = {one.installed.canonical_name for one in records}
        for owner in self._registered_owners():
            installed = registered_by_hand(owner.registered_as)
            if owner not in known and installed.canonical_name not in taken:
                records.append(PluginRecord(installed, owner))
        return sorted(records, key=lambda record: record.installed.names)

    def _start(
        self, config: Config, locked: LockedStart | None, arguments: ConfigArguments, records: list[PluginRecord]
    ) -> Steps:
        began = perf_counter()
        try:
            self._ownership.know(records)
            self._hold.take()
            self._plugins.begin(records)
            for record in records:
                if record.stays_registered:  # and heard until now
                    record.enter("found", "")
                    self._plugins.deactivate(record)
            self._applied.begin(config, locked, arguments)
            yield from self._plugins.make_ready()
            self._applied.refuse_what_is_missing(records)
            self._warn_of_slips()
            tell_start(self.project_name, records, perf_counter() - began)
        except BaseException:
            yield from self._wind_down()
            raise

    def stop(self) -> None:
        """Call each plugin's `shutdown` in reverse order, disconnect all, and let go of the signals.

        What was registered by hand waits for the next start. On a manager that does not run this only lets go of the
        signals that `register()` took, and may stand in any clean-up.
        """
        with self._changes.turn():
            self._changes.make("stopping", self._stop)

    async def astop(self) -> None:
        """Do what `stop()` does, and await each `async def shutdown` in its turn."""
        with self._changes.turn():
            await self._changes.make_awaiting("stopping", self._stop)

    def _stop(self) -> Steps:
        yield from self._wind_down()
        for signal in self._declared.values():
            signal.forget()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        await self.astart()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.astop()

    def _wind_down(self) -> Steps:
        self._changes.phase = "stopping"
        try:
            yield from self._plugins.stop()
        finally:
            self._let_go()

    def _let_go(self) -> None:
        self._plugins.let_go()
        self._applied.end()
        self._hold.release()

    def _warn_of_slips(self) -> None:
        """Tell what in the config is likely a mistake."""
        policy, active = self._plugins.policy, self._plugins.active
        slips = [*policy.config.slips, *(slips_in(policy.config, policy.names) if policy.config.said else ())]
        configured = [record for record in active if record.config.disable]
        idle = [record for record in active if not record.owner.connections]
        constrained = [signal for _, signal in self._signals() if signal._has_constraints]
        if configured or idle or constrained or "__main__" in self._host_modules:
            from hookcore.manager import problems  # most starts have none

            slips += problems.unknown_receivers(configured)
            slips += problems.idle_plugins(idle, self.project_name, self._sent_signals())
            slips += problems.unknown_names(constrained, [record.installed for record in self._plugins.records])
            slips += problems.second_host(self._host_modules)
        if slips:
            log_warning(*slips)

    def _recover(self, error: BaseException) -> None:
        if self._changes.phase == "switching":
            self._plugins.recover(error)
        else:
            self._changes.phase = "stopping"
            self._let_go()

    def _give_up_late(self) -> None:
        """Hold the faults of plugins that a send reached first, unless another thread has the lock: that one will."""
        while self._late_failures and self._lock.acquire(blocking=False):
            try:
                failed = partial(self._plugins.give_up_late, *self._late_failures.popleft())
                if self._changes.phase != "stopped":
                    self._changes.make("switching", failed)
            finally:
                self._lock.release()

    # -- tenants ----------------------------------------------------------------------------------------------

    def for_tenant(self, tenant: object) -> AbstractContextManager[None]:
        """Let the sends of a block, in this thread or task and tasks that it begins, reach a tenant's plugins only.

        A thread that is started in it knows no tenant, as with any context variable (PEP 567), unless it is run in
        `contextvars.copy_context()`, as `asyncio.to_thread` does; on a free-threaded Python it does.
        The host's `active_for` is asked once, when the block is entered. A plugin that does not run is reached for no
        tenant, and what is nobody's for all. A signal that has a parameter `tenant` asks at each send that gives one,
        wherever it is made. None stands for no tenant: all plugins are reached. Historic signals know no tenants.

        Raises ManagerStateError if the manager was made without `active_for`, and TypeError, when the block is
        entered, if that returns anything but a frozenset or None.
        """
        if self._tenants is None:
            raise ManagerStateError(
                f"the manager of {self.project_name!r} does not know which plugins are active for a tenant: "
                "make it with active_for=, a function that is given the tenant and returns a frozenset of their names"
            )
        return self._tenants.block(tenant)

    # -- switching --------------------------------------------------------------------------------------------

    def enable(self, name: str) -> None:
        """Let a plugin run, whatever the config says; by its name or its distribution's. A failed one is tried again.

        Where a plugin's own code calls it while plugins come up or go down, it takes effect when the call that is under
        way returns; so do `disable()`, `reload_config()` and `stop()`.

        Raises UnknownPluginError if there is none of that name, ManagerStateError if the manager does not run, and
        PluginError if the plugin does not come up: the reason is in the error and in the report. A plugin that is going
        down cannot be enabled meanwhile, by its own `shutdown` or another's; nor one that claims a running one's name.
        """
        with self._changes.turn():
            self._require_running("enable()")
            named = self._plugins.named(name)
            self._plugins.refuse_going_down(named)
            switched = self._changes.make("switching", partial(self._plugins.override, named, True)) or ()
            for record in switched:
                if not record.is_active:
                    self._refuse_not_enabled(record, switched)

    def _refuse_not_enabled(self, record: PluginRecord, switched: Iterable[PluginRecord]) -> None:
        """Raise PluginError for a plugin that is not up, unless another of its name is: of those, one is enough."""
        if all(one.installed.canonical_name != record.installed.canonical_name for one in switched if one.is_active):
            status = record.status
            raise PluginError(
                f"{record.described} could not be enabled; it is {status.state}: {status.reason}", plugin=record.name
            ) from (status.failure.error if status.failure is not None else None)

    def disable(self, name: str) -> None:
        """Let a plugin run no more, and plugins that need it neither; by its name or its distribution's.

        When this returns no new send reaches it, whatever any `shutdown` says; but see `enable()`. Raises
        UnknownPluginError if there is none of that name, and ManagerStateError if the manager does not run.
        """
        with self._changes.turn():
            if self._changes.is_stopping:
                return  # it goes down anyway
            self._require_running("disable()")
            named = self._plugins.named(name)
            self._changes.make("switching", partial(self._plugins.override, named, False))

    def reload_config(self) -> None:
        """Read the config again and bring the plugins to what it says now.

        Nothing changes if it cannot be used: a malformed file or lock file, an unknown key, settings that a running
        plugin refuses, or a required plugin that it disables. A plugin whose settings have changed is shut down and
        started anew, and a failed one is tried again. What `enable()` and `disable()` said stays.

        Raises ConfigError with every problem, and ManagerStateError if the manager does not run.
        """
        with self._changes.turn():
            self._require_running("reload_config()")
            self._changes.make("switching", self._reload)

    def _reload(self) -> None:
        self._applied.reload()
        self._warn_of_slips()

    def _require_stopped(self) -> None:
        name = self.project_name
        is_stopping, phase = self._changes.is_stopping, self._changes.phase
        if is_stopping and (phase == "stopping" or self._plugins.going_down):
            raise ManagerStateError(
                f"the manager of {name!r} is still stopping: "
                "start() it when stop() and every plugin's shutdown have returned"
            )
        if is_stopping:
            raise ManagerStateError(
                f"the manager of {name!r} was stopped while its plugins came up: "
                "start() it when the call that brought them up has returned"
            )
        if phase not in ("stopped", "loaded"):
            raise ManagerStateError(f"the manager of {name!r} is running: stop() it before another start()")

    def _require_running(self, call: str) -> None:
        self._give_up_late()
        if self._changes.is_stopping:
            raise ManagerStateError(f"{call} is for a running manager, and that of {self.project_name!r} is stopping")
        if self._changes.phase == "stopped":
            raise ManagerStateError(f"{call} is for a running manager: start() that of {self.project_name!r} first")

    # -- asking -----------------------------------------------------------------------------------------------

    def report(self) -> tuple[PluginReport, ...]:
        """Return one frozen record for each installed plugin, by name: those of the last start; none before it."""
        from hookcore.manager.reports import report_of  # many hosts never ask

        self._give_up_late()
        muted = [name for name, signal in self._signals() if signal.is_muted]
        return tuple(report_of(record, muted) for record in self._plugins.records)

    def plan(self, **arguments: Unpack[ConfigArguments]) -> StartPlan:
        """Return what `start()` with these arguments would do, as reports. Imports no plugin, and changes nothing.

        A plugin in the state "found" would be imported; whether it comes up, only a start can say. `refusals` of what
        is returned says why the host would refuse to start, as far as that can be known. The manager need not run.

        Raises ConfigError if the config, or the lock file that it wants, cannot be used.
        """
        with self._changes.turn():
            return self._applied.plan(arguments)

    def config_file(self) -> str | None:
        """Return the path of the config file that counts now, whoever named it; None if no file does."""
        return self._applied.file

    def edit_config(
        self,
        *,
        enable: Collection[str] = (),
        disable: Collection[str] = (),
        mute: Collection[str] = (),
        unmute: Collection[str] = (),
        of: str | None = None,
        dry_run: bool = False,
    ) -> ConfigEdit:
        """Change the config file that counts now, in one step; its comments and layout stay. Needs tomlkit.

        What is enabled and disabled are plugins, by their names or their distributions', or single receivers, by
        `signal.receiver` as `report()` shows them; `of` names their plugin where several have one of that name. What
        runs follows at once, as by `reload_config()`; other processes when they do that. With `dry_run` nothing is
        written, and what is returned says what would be.

        Raises ConfigError, and leaves the file as it is, if no file counts, it can't be written, somebody changes it
        meanwhile, the host would refuse it, or what is to run would still not; UnknownPluginError and
        UnknownSignalError for a name that means nothing, and PluginError for one that means receivers of several
        plugins.
        """
        from hookcore.manager.config_edit import Edit

        with self._changes.turn():
            self._give_up_late()
            runs = self._changes.phase != "stopped"
            records = self._plugins.records if runs else ()
            edit = Edit(self._applied, self.project_name, signals=self._sent_signals(), records=records, of=of)
            for name in names_in("enable", enable):
                edit.enable(name)
            for name in names_in("disable", disable):
                edit.disable(name)
            for name in names_in("mute", mute):
                edit.mute(name)
            for name in names_in("unmute", unmute):
                edit.mute(name, is_muted=False)
            planned = edit.planned()
            if dry_run or not planned.lines:
                return planned
            edit.write()
            if runs:
                try:
                    self.reload_config()
                except HookcoreError:
                    edit.take_back()
                    raise
            return planned._replace(is_written=True)

    def explain(self, name: str) -> tuple[Explanation, ...]:
        """Return how far a plugin has come on its way to being called, and what has stopped it: step by step.

        One for each plugin that the name means: its own, its distribution's, or a glob. A manager that does not run
        says what a start would decide, and imports no plugin.

        Raises UnknownPluginError if there is none of that name, and ConfigError if the config cannot be used.
        """
        from hookcore.manager.explaining import explanation_of
        from hookcore.manager.reports import planned_records

        with self._changes.turn():
            self._give_up_late()
            runs = self._changes.phase != "stopped"
            policy = self._plugins.policy if runs else self._applied.planned({})
            named = policy.names.named(name, self.project_name)
            records = self._plugins.records if runs else planned_records(policy)
            return tuple(explanation_of(record, policy) for record in records if record.installed in named)

    def spec(self) -> tuple[SignalSpec, ...]:
        """Return what the host declares of each signal, in its order: arguments, types, answers, documentation."""
        from hookcore.manager.signal_reports import spec_of

        return tuple(spec_of(*sent, self._host_modules) for sent in self._sent_signals().items())

    def receivers(self) -> tuple[ReceiverReport, ...]:
        """Return all receivers that are connected, by signal, each signal's in calling order.

        Whom a send reaches now has no `obstacle`; of the others it says why not.
        """
        from hookcore.manager.signal_reports import receivers_of

        self._give_up_late()
        mute = self._plugins.policy.config.mute
        return tuple(one for name, signal in self._signals() for one in receivers_of(name, signal, mute))

    def timing(self) -> Timings:
        """Return how long plugins took to come up at the start, and receivers to answer: the longest first.

        Receivers are measured only if the config says `timing = true`. What was measured last can be asked for after a
        stop, until it is measured anew.
        """
        from hookcore.manager.timing import Timing

        return (self._applied.timing or Timing()).measured(self._plugins.records)

    def observe(self, watch_of: WatchOf) -> Callable[[], None]:
        """Let the calls of receivers be watched, until the returned function is called.

        `watch_of` is given an ObservedReceiver, and returns a Watch, whose `begin()` and `end(begun, error)` are called
        around each call of that receiver; or None to leave it alone. It is asked when a send is planned: again after
        each change. Wrappers are not watched.

        For whole sends there is pluggy's `add_hookcall_monitoring`. Raises TypeError if `watch_of` is not callable.
        """
        if not callable(watch_of):
            raise TypeError(f"observe() takes a function that is given an ObservedReceiver, not {watch_of!r}")
        return self._observe_closely(watch_of, is_close=False)

    def _observe_closely(self, watch_of: WatchOf, *, is_close: bool = True) -> Callable[[], None]:
        """Do so for the config: closer to the receivers than what the host lets watch them, whenever it does."""
        from hookcore.manager.watching import Watchers  # most hosts never do

        with self._turn():
            if self._watchers is None:
                self._watchers = Watchers(self._plugins)
            watchers, key = self._watchers, (is_close, object())
            watchers.add(key, watch_of)
            self._observe(watchers.watches_of)

        def undo() -> None:
            with self._turn():
                watchers.remove(key)
                self._observe(watchers.watches_of if watchers else None)

        return undo

    def variable(self, key: str) -> str:
        """Return the name of the environment variable that says a key of the config: `disable`, say."""
        return variable(self.project_name, key)

    def plugin_of(self, receiver: object) -> str | None:
        """Return the name of the plugin that a receiver belongs to, or None if it is nobody's."""
        owner = self._owner_of_plugin(receiver.__self__) if type(receiver) is MethodType else None
        if owner is None or (isinstance(owner, RegisteredOwner) and owner.providers):
            record = self._ownership.provider_of(receiver)
            if record is not None:
                return record.name
        owner = owner or self._ownership.borrower_of(receiver)
        return owner.registered_as if owner is not None else None

    # -- approving --------------------------------------------------------------------------------------------

    def lock(self, *names: str, editable: bool = False) -> str:
        """Approve the plugins that the config and `enable()` let run now, as they are installed; return the path.

        With names only the plugins that they mean: what the lock file says of others stays as it is.

        Writes the lock file that the config names, in one step; imports no plugin. Editable installs, whose files
        nothing vouches for, are approved only if `editable` is true. What a locked start would refuse all the same is
        logged as a warning. The manager need not run.

        Raises ConfigError if the config cannot be used, does not say where the lock file is, or it can't be written
        there, or could be changed there by somebody else; UnknownPluginError for a name that means no plugin.
        """
        from hookcore.plugins.lock.locked_start import LockedStart, approve  # most hosts never do

        with self._changes.turn():
            config, wanted, installed = self._applied.read_what_may_run(names)
            path = approve(config, wanted, editable=editable, keeps_others=bool(names))
            refused = LockedStart(config, self._host_modules).differences(wanted, installed)
            log_warning(*(f"a locked start would refuse {one}" for one in refused))
            return path

    def verify(self, *names: str, before_lock: bool = False) -> tuple[Difference, ...]:
        """Return all in which the plugins that the config lets run are not what the lock file approves.

        With names only in which the plugins are not that they mean. With `before_lock` what `lock()` is about to
        change: a lock file that is not there approves nothing, and approvals of plugins that may not run are told, too.

        Each difference names the plugin, the problem and the remedy. Looks at what is installed now, and imports no
        plugin. The manager need not run, and the config need not say `locked`.

        Raises ConfigError if the config or the lock file cannot be used.
        """
        from hookcore.plugins.lock.locked_start import LockedStart

        with self._changes.turn():
            config, wanted, installed = self._applied.read_what_may_run(names)
            locked = LockedStart(config, self._host_modules, missing_ok=before_lock)
            found = locked.differences(wanted, installed)
            if names:
                meant = {plugin.name for plugin in wanted}
                return tuple(one for one in found if one.plugin in meant)
            return (*found, *locked.idle_approvals(wanted, installed)) if before_lock else found

    def doctor(self) -> tuple[Hint, ...]:
        """Return what weakens the hold of config and lock: code that runs before us, places that anybody may write.

        And what a config says in vain, since something stronger says otherwise; and what locked plugins need that
        nothing pins. Raises ConfigError if the config cannot be used.
        """
        with self._changes.turn():
            return self._applied.hints()

    # -- pluggy -----------------------------------------------------------------------------------------------

    def load_setuptools_entrypoints(self, group: str, name: str | None = None) -> int:
        """Load what is installed in a group of entry points, as pluggy documents it, and return how many plugins.

        But config and environment decide first, and whom they do not let run is not imported; `report()` shows all.
        `start()` adopts what is loaded. A plugin's fault is raised, unless the config says `strict = false`.

        Raises ManagerStateError while plugins come up or go down, ConfigError if the config cannot be used, and
        whatever the plugin's own code raises.
        """
        with self._changes.turn():
            if self._changes.is_under_way:
                raise ManagerStateError("load_setuptools_entrypoints() is for a manager at rest, and plugins come up")
            config, locked = self._plugins.policy.config, next(iter(self._plugins.locked), None)
            if self._changes.phase == "stopped":
                config = self._applied.read({})
                locked = self._applied.lock_wanted_by(config)
            is_strict = config.strict.value or config.strict.source is DEFAULT
            found = [one for one in discover_group(group, name) if not self.has_plugin(one.name)]
            records = self._changes.make("loading", partial(self._load, config, locked, found, is_strict))
        for record in records:
            if is_strict and record.status.failure is not None:
                raise record.status.failure.error
        return sum(record.is_active for record in records)

    def _load(
        self, config: Config, locked: LockedStart | None, found: Iterable[InstalledPlugin], is_strict: bool
    ) -> list[PluginRecord]:
        self._take_hold()
        known = {record.installed.names: record for record in self._plugins.records}
        new = [
            PluginRecord(one, RegisteredOwner(one.name, plugin=None, is_installed=True))
            for one in found
            if one.names not in known
        ]
        self._plugins.begin(sorted([*known.values(), *new], key=lambda record: record.installed.names))
        self._ownership.know(self._plugins.records)
        self._applied.extend(config, locked)
        self._hold.find_providers()
        self._plugins.load(new, is_strict=is_strict)
        return new

    def unregister(self, plugin: Any = None, name: str | None = None) -> Any:
        """Take a plugin out again; as pluggy documents it. One that `start()` loaded is disabled by it, as by
        `disable()`, and so are plugins that need it.
        """
        with self._changes.turn():
            self._give_up_late()
            if plugin is not None and name is not None:
                self._require_agreement(plugin, name)
            record = self._record_of(plugin, name)
            if record is None:
                return super().unregister(plugin, name)
            found = record.plugin
            self._changes.make("switching", partial(self._plugins.override, [record], False))
            if record.stays_registered:
                self._release_owner(record.owner)
            return found

    def _require_agreement(self, plugin: object, name: str) -> None:
        """Raise ValueError if an object and a name do not mean one plugin, as pluggy does from 1.7 on."""
        named, known_as = self.get_plugin(name), self.get_name(plugin)
        if (named is not None and named is not plugin) or (known_as is not None and known_as != name):
            raise ValueError(
                f"Plugin name {name!r} and plugin {plugin!r} do not agree"
                f" (name is registered to {named!r}, plugin is registered as {known_as!r})"
            )

    def set_blocked(self, name: str) -> None:
        """Keep what has a name from being registered, and take it out if it is; as pluggy documents it.

        An installed plugin does not run then, whatever the config and `enable()` say; by its name or its
        distribution's.
        """
        with self._changes.turn():
            self._give_up_late()
            if self._record_of(None, name) is None:
                super().set_blocked(name)
            self._plugin_by_name[name] = None
            self._follow_blocked(name, True)

    def unblock(self, name: str) -> bool:
        """Block a name no more, and return whether it was; as pluggy documents it. What may run now comes up."""
        with self._changes.turn():
            self._give_up_late()
            was_blocked = super().unblock(name)
            if was_blocked:
                self._follow_blocked(name, False)
            return was_blocked

    def _follow_blocked(self, name: str, is_blocked: bool) -> None:
        if self._changes.phase != "stopped" and not self._changes.is_stopping:
            self._changes.make("switching", partial(self._plugins.block, name, is_blocked))

    def _record_of(self, plugin: object, name: str | None) -> PluginRecord | None:
        if not self._plugins.by_owner:  # a manager that nobody starts, as with pluggy
            return None
        found = self.get_plugin(name) if plugin is None and name is not None else plugin
        owner = self._owner_of_plugin(found) if found is not None else None
        return self._plugins.by_owner.get(owner) if owner is not None else None

    def list_plugin_distributions(self) -> list[tuple[Any, Any]]:
        """Return a pair for each plugin that came from an entry point, as pluggy documents it: the object, and the
        `importlib.metadata.Distribution` that brought it.
        """
        import importlib.metadata

        pairs = super().list_plugin_distributions()
        with self._changes.turn():
            active = [record for record in self._plugins.active if record.plugin is not None]
        for record in active:
            try:
                pairs.append((record.plugin, importlib.metadata.distribution(record.installed.distribution.name)))
            except importlib.metadata.PackageNotFoundError:  # uninstalled while we run
                continue
        return pairs
