"""How does a plugin's installed code become connected receivers? At once, or when a send first reaches them.

Every fault of the plugin's is held: whoever asks for a step gets a `Failure`, and nothing is raised.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from hookcore.errors import PluginError, PluginStartError, UnknownSignalError
from hookcore.manager.ownership import Hold, Ownership
from hookcore.manager.records import PluginRecord
from hookcore.manager.registration import MarkedFunction, Registration
from hookcore.plugins.installed import EntryPoint
from hookcore.plugins.loading import (
    Failure,
    Phase,
    contained,
    find_settings,
    held,
    instantiate,
    load,
    load_entry_point,
    on_offer,
)
from hookcore.signals.arguments.callables import describe
from hookcore.signals.arguments.fitting import refuse_misfit, warn_of_unsent
from hookcore.signals.as_pluggy.implementations import wanted_by_marked
from hookcore.signals.connecting.importing import outside_of_imports
from hookcore.signals.connecting.receiver import Receiver
from hookcore.signals.signal import Signal
from hookcore.suggestions import did_you_mean


class ReceiversOnly:
    """Stands for a plugin that is nothing but receiver entry points, where pluggy wants an object."""

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __repr__(self) -> str:
        return f"<receivers of {self.__name__!r}>"


class Connector:
    """Connects one manager's plugins, and disconnects them. `eager`: import all their receivers at once."""

    def __init__(self, manager: Registration, late: LateImports) -> None:
        self.eager = False
        self._manager = manager
        self._running = manager._ownership.running
        self._late = late

    def connect(self, record: PluginRecord, *, bare: bool = False) -> Failure | None:
        """Import a plugin, validate its settings, and connect its receivers. It is not active yet.

        `bare`: only import it, and register what its entry point names as it is, in pluggy's way. What a plugin that
        fails has connected so far is not taken back.
        """
        before = self._running.get()
        try:  # set in here: an interruption may come as soon as it is
            self._running.set(record)
            return self._connect(record, bare)
        finally:
            self._running.set(before)

    @outside_of_imports
    def _connect(self, record: PluginRecord, bare: bool) -> Failure | None:
        phase: Phase = "import"
        try:
            target, receivers = self._imported_by(record)
            for receiver in list(record.owner.connections):
                if receiver.imported_by is None:  # as from a thread of the import's own
                    receiver.imported_by = ""
            if not bare:
                phase = "settings"
                record.settings = _settings_for(record, target)
            phase = "connect"
            self._register(record, target)
            self._connect_entry_points(record, receivers)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # as in `contained`
            return held(phase, error)
        return None

    def _imported_by(self, record: PluginRecord) -> tuple[object, dict[EntryPoint, Any]]:
        installed = record.installed
        if record.stays_registered and record.owner.plugin is not None:
            return record.owner.plugin, {}
        target = load(installed)
        if target is None:
            target = ReceiversOnly(installed.name)
        eagerly = installed.receivers if self.eager else ()
        return target, {entry_point: load_entry_point(entry_point, installed) for entry_point in eagerly}

    def _register(self, record: PluginRecord, target: object) -> None:
        marked = None
        if not record.stays_registered:
            available = on_offer(self._manager, record.settings)
            target = instantiate(target, available, plugin=record.name)
            self._refuse_taken_name(record, target)
            marked = list(self._manager._marked_functions(target))
            self._refuse_misfits(marked)
        record.plugin = record.owner.plugin = target
        if self._manager._owner_of_plugin(target) is not record.owner:
            self._manager._register_for(record.owner, marked)

    def _connect_entry_points(self, record: PluginRecord, imported: dict[EntryPoint, Any]) -> None:
        for entry_point in record.installed.receivers:
            signal = self._signal_of(record, entry_point)
            receiver = self._late.connect(record, entry_point, signal)
            if entry_point in imported:
                signal._check_receiver(imported[entry_point])
                signal._load(receiver)

    def disconnect(self, record: PluginRecord) -> None:
        """Take back what connecting did. What modules connected at their import stays, and stays inactive."""
        stays = record.stays_registered and self._manager._owner_of_plugin(record.owner.plugin) is record.owner
        going: dict[Signal[..., Any], list[Receiver]] = {}
        for receiver, signal in list(record.owner.connections.items()):
            if not ((stays and receiver.from_pluggy) or receiver.lasts):
                going.setdefault(signal, []).append(receiver)
        for signal, receivers in going.items():
            signal._drop(receivers)
        if not stays:
            self._manager._release_owner(record.owner)
        if not record.stays_registered:
            record.owner.plugin = None
        record.plugin = record.settings = None

    # -- what is refused --------------------------------------------------------------------------------------

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


class LateImports:
    """Connects receivers by name, and imports each when a send first reaches it: in the thread that sends.

    A send must not wait for the manager, which may be busy bringing plugins up, one of which may be sending. So a fault
    is noted in `failures`, the plugin is called no more from that moment, and `give_up` deals with the rest as soon as
    the manager is free. If `strict`, the fault reaches the sender.

    Signals keep what is here, so the manager is known only weakly: a receiver that waits for its import must not keep
    a manager that its host has dropped.
    """

    def __init__(self, ownership: Ownership, hold: Hold, give_up: Callable[[], None]) -> None:
        self.strict = False
        self.failures: deque[tuple[PluginRecord, Failure]] = deque()
        self._ownership = ownership
        self._hold = hold
        self._give_up = weakref.WeakMethod(give_up)

    def connect(self, record: PluginRecord, entry_point: EntryPoint, signal: Signal[..., Any]) -> Any:
        """Connect a receiver entry point to its signal without importing anything. Return the connection."""
        self._ownership.borrowers.add(record.owner)  # nobody knows yet where it was written
        receiver = entry_point.name.partition(".")[2]
        return signal._connect_lazily(receiver, partial(self._imported, record, entry_point, signal), record.owner)

    @outside_of_imports
    def _imported(
        self, record: PluginRecord, entry_point: EntryPoint, signal: Signal[..., Any]
    ) -> Callable[..., Any] | None:
        """Import a receiver; None, after the fault is noted, if that fails. Raises PluginStartError if strict."""
        running = self._ownership.running
        before = running.get()
        try:
            running.set(record)
            loaded: Any = contained("import", lambda: load_entry_point(entry_point, record.installed))
        finally:
            running.set(before)
        wanted: Any = loaded
        if type(loaded) is not Failure:  # `isinstance` asks the receiver
            wanted = contained("connect", lambda: signal._check_receiver(loaded))
        if isinstance(wanted, Failure):
            self._note(record, wanted)
            return None
        warn_of_unsent(loaded, wanted, signal.name, signal._parameters)
        return loaded  # type: ignore[no-any-return]

    def _note(self, record: PluginRecord, failure: Failure) -> None:
        record.owner.active = False
        self._hold.owner_switched(record.owner)
        self.failures.append((record, failure))
        give_up = self._give_up()
        if give_up is not None:
            give_up()
        if self.strict:
            raise PluginStartError([f"{record.described} failed when a send first reached it: {failure}"]) from (
                failure.error
            )


def _settings_for(record: PluginRecord, target: object) -> object | None:
    if not record.config.said and find_settings(target, record.installed) is None:
        return None
    from hookcore.plugins.settings import build_settings  # many plugins have none

    return build_settings(target, record.installed, record.config)
