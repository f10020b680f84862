"""One plugin's way from installed code to connected receivers and back, with every fault of it held.

Each step returns a `Failure` instead of raising. A `connect` that fails has undone what it did; after any other step
that fails it is the caller who disconnects the plugin.
"""

from __future__ import annotations

import inspect
from collections.abc import Coroutine, Generator, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from hookcore.errors import PluginError, PluginLoadError, UnknownSignalError
from hookcore.manager.late_imports import LateImports
from hookcore.manager.ownership import Ownership
from hookcore.manager.records import PluginRecord
from hookcore.names import is_pattern
from hookcore.plugins.config.sources import Stated
from hookcore.plugins.discovery import EntryPoint
from hookcore.plugins.loading import (
    Failure,
    call_with_wanted,
    contained,
    find_settings,
    held,
    instantiate,
    load,
    load_entry_point,
)
from hookcore.signals.arguments.fitting import refuse_misfit, warn_of_unsent
from hookcore.signals.arguments.wanted import describe
from hookcore.signals.as_pluggy.implementations import wanted_by_marked
from hookcore.signals.connecting.importing import outside_of_imports
from hookcore.signals.connecting.receiver import ReceiverKey
from hookcore.signals.signal import Signal
from hookcore.suggestions import did_you_mean

if TYPE_CHECKING:
    from hookcore.manager.registration import MarkedFunction, Registration

Steps: TypeAlias = "Generator[Awaited, None, Failure | None]"
"""Bringing plugins up and down, in one piece for blocking code and for coroutines: it yields what it cannot do itself,
an `async def ready` or `shutdown`, and goes on when that is done. `astart()` and `astop()` await it, others refuse."""

_REMEDY: Final = {
    "ready": "start the manager with `await plugins.astart()` or `async with plugins:`",
    "shutdown": "stop the manager with `await plugins.astop()`, and disable no such plugin before",
}


class Awaited:
    """One plugin's coroutine, to be awaited or refused. `failure` is what has become of it, None if all is well."""

    __slots__ = ("_coroutine", "_phase", "_plugin", "failure")

    def __init__(
        self, phase: Literal["ready", "shutdown"], coroutine: Coroutine[Any, Any, object], plugin: str
    ) -> None:
        self._phase: Final = phase
        self._coroutine = coroutine
        self._plugin = plugin
        self.failure: Failure | None = None

    @outside_of_imports
    async def finish(self) -> None:
        """Await the coroutine, and hold its fault. A cancellation of this task passes, and the user's Ctrl-C."""
        from hookcore.signals.sending.concurrency import passes_awaited  # only who awaits needs it

        try:
            await self._coroutine
        except BaseException as error:
            if passes_awaited(error):
                raise
            self.failure = held(self._phase, error)

    def refuse(self) -> None:
        """Close the coroutine, of which nothing has run: that it cannot be awaited here is the plugin's failure."""
        self._coroutine.close()
        error = PluginLoadError(
            f"{self._phase} of plugin {self._plugin!r} is a coroutine function, which nobody awaits here: "
            f"{_REMEDY[self._phase]}",
            plugin=self._plugin,
        )
        self.failure = held(self._phase, error)


def carry_out(steps: Generator[Awaited, None, object]) -> None:
    """Carry out steps from blocking code, where nothing can be awaited."""
    for step in steps:
        step.refuse()


async def carry_out_awaiting(steps: Generator[Awaited, None, object]) -> None:
    """Carry out steps, and await what they want awaited. A cancellation reaches the steps, which may clean up."""
    try:
        step = next(steps)
        while True:
            try:
                await step.finish()
            except BaseException as error:
                step = steps.throw(error)
            else:
                step = next(steps)
    except StopIteration:
        return


class ReceiversOnly:
    """Stands for a plugin that is nothing but receiver entry points, where pluggy wants an object."""

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __repr__(self) -> str:
        return f"<receivers of {self.__name__!r}>"


class Lifecycle:
    """Brings plugins up and down for one manager."""

    def __init__(self, manager: Registration, ownership: Ownership, late: LateImports) -> None:
        self._manager = manager
        self._ownership = ownership
        self._late = late

    # -- up ---------------------------------------------------------------------------------------------------

    def connect(self, record: PluginRecord) -> Failure | None:
        """Import a plugin, validate its settings, and connect its receivers. It is not active yet."""
        try:
            with self._ownership.running(record):
                failure = self._connect(record)
        except BaseException:  # the user's Ctrl-C passes, and must not leave half a plugin either
            self.disconnect(record)
            raise
        if failure is not None:
            self.disconnect(record)
        return failure

    @outside_of_imports
    def _connect(self, record: PluginRecord) -> Failure | None:
        imported = contained("import", lambda: self._imported_by(record))
        if isinstance(imported, Failure):
            return imported
        for receiver in list(record.owner.connections):
            if receiver.imported_by is None:  # as from a thread of the import's own
                receiver.imported_by = ""
        target, receivers = imported
        settings = contained("settings", lambda: _settings_for(record, target))
        if isinstance(settings, Failure):
            return settings
        record.settings = settings
        return contained("connect", lambda: self._connected(record, target, receivers))

    @outside_of_imports
    def load(self, record: PluginRecord) -> Failure | None:
        """Import a plugin and register what its entry point names, in pluggy's way: as it is, and nothing more."""
        with self._ownership.running(record):
            failure = contained("import", lambda: self._load(record))
        if failure is not None:
            self.disconnect(record)
        return failure

    def _load(self, record: PluginRecord) -> None:
        record.plugin = record.owner.plugin = load(record.installed)
        self._manager._register_for(record.owner)
        record.owner.active = True

    def ready(self, record: PluginRecord) -> Steps:
        """Call the plugin's `ready`, if it has one. What it wants awaited is yielded; its failure, if any, returned."""
        with self._ownership.running(record):
            failure = yield from self._called(record, "ready")
        record.is_ready = failure is None and record.is_active  # it may have disabled itself
        return failure

    def _imported_by(self, record: PluginRecord) -> tuple[object, list[tuple[EntryPoint, Any]]]:
        installed = record.installed
        if record.stays_registered and record.owner.plugin is not None:
            return record.owner.plugin, []
        target = load(installed)
        if target is None:
            target = ReceiversOnly(installed.name)
        eagerly = installed.receivers if self._late.eager else ()
        return target, [(entry_point, load_entry_point(entry_point, installed)) for entry_point in eagerly]

    def _connected(self, record: PluginRecord, target: object, receivers: list[tuple[EntryPoint, Any]]) -> None:
        if record.stays_registered:
            record.plugin = record.owner.plugin = target
            if self._manager._owner_of_plugin(target) is not record.owner:
                self._manager._register_for(record.owner)
        else:
            available = {"plugins": self._manager, "settings": record.settings}
            plugin = instantiate(target, available, plugin=record.name)
            self._refuse_taken_name(record, plugin)
            marked = list(self._manager._marked_functions(plugin))
            self._refuse_misfits(marked)
            record.plugin = record.owner.plugin = plugin
            self._manager._register_for(record.owner, marked)
        imported = dict(receivers)
        for entry_point in record.installed.receivers:
            signal = self._signal_of(record, entry_point)
            receiver = self._late.connect(record, entry_point, signal)
            if entry_point in imported:
                signal._check_receiver(imported[entry_point])
                signal._load(receiver)

    def _refuse_taken_name(self, record: PluginRecord, plugin: object) -> None:
        other = self._manager.get_name(plugin)
        if self._manager.has_plugin(record.name) or other is not None:
            taken = f"the name {record.name!r}" if other is None else f"the object of plugin {record.name!r}"
            holder = "another plugin" if other is None else f"the plugin {other!r}"
            raise PluginError(
                f"{taken} is registered already, for {holder}: unregister that one, or disable this one",
                plugin=record.name,
            )

    def _refuse_misfits(self, marked: Iterable[MarkedFunction]) -> None:
        """Refuse what pluggy's marks connect to a signal that nobody sends, or that sends not what is wanted."""
        for name, function, options in marked:
            signal = self._manager._sent_signal(name)
            if signal is not None:
                wanted, parameters = wanted_by_marked(function, options), signal._parameters
                if parameters.complete:
                    refuse_misfit(function, wanted, False, name, parameters, parameters.names)
                warn_of_unsent(function, wanted, name, parameters)
            elif not options["optionalhook"]:
                raise UnknownSignalError(
                    f"{describe(function)} receives the signal {name!r}, which "
                    f"{self._manager.project_name!r} does not send.{self._nearest_signal(name)}",
                    signal=name,
                )

    def _signal_of(self, record: PluginRecord, entry_point: EntryPoint) -> Signal[..., Any]:
        name, _, receiver = entry_point.name.partition(".")
        form = f"{record.installed} has the entry point {entry_point.name!r} in the group {entry_point.group!r}"
        if not name or not receiver:
            raise PluginError(f"{form}. Its form must be '<signal>.<receiver>'.", plugin=record.name)
        signal = self._manager._sent_signal(name)
        if signal is None:
            raise UnknownSignalError(
                f"{form}, and {self._manager.project_name!r} sends no {name!r}.{self._nearest_signal(name)}",
                signal=name,
            )
        return signal

    def _nearest_signal(self, name: str) -> str:
        known = self._manager._sent_signals()
        if not known:
            return " It sends none at all: give PluginManager the module that holds its signals."
        return did_you_mean(name, known) or f" There are: {', '.join(sorted(known))}."

    # -- between ----------------------------------------------------------------------------------------------

    def activate(self, record: PluginRecord) -> Failure | None:
        """Let the plugin's receivers be called, but for those that the config disables one by one.

        A historic signal calls them here with what they have missed.
        """
        for receiver, signal in list(record.owner.connections.items()):
            if receiver.silenced_by is not None or record.owner.silences is not None:
                receiver.follow(signal.name)
        record.owner.active = True
        return contained("connect", lambda: self._owner_changed(record))

    def deactivate(self, record: PluginRecord) -> None:
        """Let the plugin's receivers be called no more. They stay connected."""
        record.owner.active = False
        self._owner_changed(record)

    def _owner_changed(self, record: PluginRecord) -> None:
        for signal in dict.fromkeys(list(record.owner.connections.values())):
            signal._owner_changed(record.owner)
        self._manager._owner_switched(record.owner)

    def receivers_of(self, record: PluginRecord) -> tuple[str, ...]:
        """Return the plugin's receivers as `signal.receiver`: the connected ones, and those that its metadata names."""
        names = [entry_point.name for entry_point in record.installed.receivers]
        names += [f"{signal.name}.{receiver.name}" for receiver, signal in list(record.owner.connections.items())]
        return tuple(sorted(dict.fromkeys(names)))

    # -- down -------------------------------------------------------------------------------------------------

    def shut_down(self, record: PluginRecord) -> Steps:
        """Call the plugin's `shutdown`, if it has one and was ready. Yields and returns as `ready` does."""
        if not record.is_ready:
            return None
        record.is_ready = False
        return (yield from self._called(record, "shutdown"))

    def disconnect(self, record: PluginRecord) -> None:
        """Take back what connecting did. What modules connected at their import stays, and stays inactive."""
        if record.owner.active:
            self.deactivate(record)
        stays = record.stays_registered and self._manager._owner_of_plugin(record.owner.plugin) is record.owner
        going: dict[Signal[..., Any], list[ReceiverKey]] = {}
        for receiver, signal in list(record.owner.connections.items()):
            if not (receiver.lasts or (stays and receiver.from_pluggy)):
                going.setdefault(signal, []).append(receiver.key)
        for signal, keys in going.items():
            signal._drop(keys)
        if not stays:
            self._manager._release_owner(record.owner)
        if not record.stays_registered:
            record.owner.plugin = None
        record.plugin = record.settings = None

    def _called(self, record: PluginRecord, phase: Literal["ready", "shutdown"]) -> Steps:
        outcome = contained(phase, lambda: self._call(record, phase))
        if isinstance(outcome, Failure) or outcome is None:
            return outcome
        step = Awaited(phase, outcome, record.name)
        yield step
        return step.failure

    @outside_of_imports
    def _call(self, record: PluginRecord, phase: str) -> Coroutine[Any, Any, object] | None:
        """Call one of the plugin's own functions; return what is to be awaited, if it has to be."""
        function = getattr(record.plugin, phase, None)
        if not callable(function):
            return None
        available = {"plugins": self._manager, "settings": record.settings}
        outcome = call_with_wanted(function, available, plugin=record.name)
        if inspect.isgenerator(outcome) or inspect.isasyncgen(outcome):
            raise PluginLoadError(
                f"{phase} of plugin {record.name!r} is a generator function, of which nothing runs when it is called: "
                "write it without `yield`",
                plugin=record.name,
            )
        return outcome if inspect.iscoroutine(outcome) else None


def _settings_for(record: PluginRecord, target: object) -> object | None:
    if record.config.settings is None and find_settings(target, record.installed) is None:
        return None
    from hookcore.plugins.settings import build_settings  # many plugins have none

    return build_settings(target, record.installed, record.config)


def unknown_receivers(plugins: Iterable[tuple[PluginRecord, Sequence[str]]]) -> Iterator[str]:
    """Yield a sentence for each receiver that a config disables and that no plugin has which it means.

    Takes each plugin with the names of its receivers. A glob may fit nothing today.
    """
    known: dict[Stated[str], list[str]] = {}
    for record, names in plugins:
        for stated in record.config.disable:
            known.setdefault(stated, []).extend(names)
    for (name, source), names in known.items():
        if name not in names and not is_pattern(name):
            yield f"{source}: there is no receiver {name!r}.{did_you_mean(name, names)}"
