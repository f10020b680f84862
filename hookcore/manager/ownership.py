"""Whose is a receiver, and whose is a signal?

A receiver is the nearest provider's of its module: of several equally near, the running plugin's. Where nobody provides
it, it is whose module is being imported: the innermost one's, and nobody's if that is nobody's. Where no import is
running either, it is the plugin's whose code connects it, else whose `__init__` or `ready` is running. Connecting asks
this from any thread, also while a module is being imported, so nothing of it takes a lock.

A declared signal is held by one manager at a time, from its start to its stop, or until somebody drops it. Signals are
module-level and live on; a manager must be able to go. So signals know the `Hold`, and the hold knows the manager, and
all that could know the manager (plugins, tracebacks of their failures), only weakly.
"""

from __future__ import annotations

import functools
import os
import weakref
from _contextvars import ContextVar  # that of contextvars, without a file for it
from _thread import RLock
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import FrameType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Final

import pluggy

from hookcore.errors import SignalHeldError
from hookcore.manager.records import PluginRecord
from hookcore.pluggy_internals import Registry
from hookcore.signals.arguments.callables import attribute_of, is_a, is_bare, unwrap
from hookcore.signals.connecting.importing import calling_frame, file_of, importing_frame
from hookcore.signals.connecting.receiver import Owner, Receiver, as_method, identity_of
from hookcore.signals.signal import Signal

if TYPE_CHECKING:
    from hookcore.manager.providers import Providers
    from hookcore.signals.sending.tenants import Tenants

_TAKING: Final = RLock()
"""Held while a manager looks whether all its signals are free, and takes them.

Reentrant, so that a thread whose start was interrupted just where this is let go can start again.
"""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_TAKING._at_fork_reinit)  # type: ignore[attr-defined]


class Ownership:
    """Finds the owners of receivers for one manager. `host_modules` are the modules that declare its signals.

    `running` is the plugin whose import, `__init__` or `ready` is running. `borrowers` are the owners of receivers that
    none of their modules provides: few.
    """

    def __init__(self, host_modules: Iterable[str]) -> None:
        self.running: ContextVar[PluginRecord | None] = ContextVar("hookcore_running_plugin", default=None)
        self.borrowers: weakref.WeakSet[Owner] = weakref.WeakSet()
        self._host_modules = frozenset(host_modules)
        self._records: Sequence[PluginRecord] = ()
        self._by_entry_point: dict[str, list[PluginRecord]] = {}
        self._providers: Providers | None = None
        self._nearest: dict[tuple[str, str | None], Sequence[PluginRecord]] = {}  # each module is looked for once

    def know(self, records: Sequence[PluginRecord]) -> None:
        """Answer for these plugins from now on."""
        self._records = tuple(records)
        self._by_entry_point = {}
        self._providers = None
        for record in records:
            for module in _entry_point_modules(record):
                self._by_entry_point.setdefault(module, []).append(record)
        self._nearest = {}

    def owner_of(self, receiver: object) -> Owner | None:
        """Return the owner of a receiver that connects now, or None if it is nobody's."""
        if not self._records:
            return None
        record = self.provider_of(receiver)
        if record is not None:
            return record.owner
        importing = importing_frame()
        if importing is None:
            return self._borrowing(self._provider_of_code(calling_frame()) or self.running.get())
        return self._borrowing(self._provider_of_code(importing))

    def owner_now(self, receiver: Receiver, function: object) -> Owner | None:
        """Return the owner of a receiver that was connected before anybody decided, or for another manager."""
        before = receiver.owner
        if isinstance(before, RegisteredOwner):
            return before
        record = self.provider_of(function)
        if record is not None:
            return record.owner
        if before is not None:
            record = next((record for record in self._records if record.owner.names == before.names), None)
        elif receiver.imported_by:
            origin = receiver.execution and attribute_of(receiver.execution.spec, "origin")
            record = self._nearest_to(receiver.imported_by, origin)
        return self._borrowing(record) or before

    def provider_of(self, receiver: object) -> PluginRecord | None:
        """Return the plugin that provides a receiver's module most nearly, or None."""
        for module, file in written_in(receiver) if self._records else ():
            found = self._nearest_to(module, file)
            if found is not None:
                return found
        return None

    def _provider_of_code(self, frame: FrameType | None) -> PluginRecord | None:
        module = None if frame is None else frame.f_globals.get("__name__")
        if frame is None or type(module) is not str:
            return None
        return self._nearest_to(module, frame.f_globals.get("__file__"))

    def borrower_of(self, receiver: object) -> Owner | None:
        """Return on whose behalf a receiver is connected that nobody provides, or None."""
        identity = identity_of(receiver)
        for owner in list(self.borrowers):
            # Two bound methods of one instance are equal, and never the same.
            if any(identity_of(connected.written) == identity for connected in list(owner.connections)):
                return owner
        return None

    def _borrowing(self, record: PluginRecord | None) -> Owner | None:
        if record is None:
            return None
        self.borrowers.add(record.owner)
        return record.owner

    def _nearest_to(self, module: str, file: object) -> PluginRecord | None:
        place = module, file if type(file) is str else file_of(module)
        nearest = self._nearest  # another thread may put another one there
        found = nearest.get(place)
        if found is None:
            found = nearest[place] = self._find(*place)
        if not found:
            return None
        running = self.running.get()
        return running if running in found else found[0]

    def _find(self, module: str, file: str | None) -> Sequence[PluginRecord]:
        found = self._by_entry_point.get(module)
        if found is not None:
            folder = module.replace(".", os.sep)
            if file is None or all(file.startswith(one.installed.distribution.root + folder) for one in found):
                return found
        if self._providers is None:
            from hookcore.manager.providers import Providers  # few starts ask for it

            self._providers = Providers(self._records, self._by_entry_point, self._host_modules)
        return self._providers.of(module, file)


def _entry_point_modules(record: PluginRecord) -> frozenset[str]:
    installed = record.installed
    if installed.is_registered_by_hand:
        is_module = issubclass(type(record.owner.plugin), ModuleType)  # `isinstance` asks the plugin
        name = attribute_of(record.owner.plugin, "__name__") if is_module else None
        return frozenset([name]) if type(name) is str else frozenset()
    entry_points = [*installed.receivers, *([installed.entry_point] if installed.entry_point is not None else [])]
    return frozenset(entry_point.module for entry_point in entry_points)


def written_in(receiver: object) -> Iterator[tuple[str, object]]:
    """Yield the modules in which a receiver was written, each with its file if the receiver knows that.

    For a method first its class's, which may inherit it.
    """
    written = [receiver]
    if not is_bare(receiver):
        bound = receiver
        while issubclass(type(bound), functools.partial):  # `isinstance` asks the receiver
            bound = attribute_of(bound, "func")
        method = as_method(bound)
        written = [unwrap(receiver)]  # a callable instance has the module of its class
        if method is not None:
            written.insert(0, method[0] if is_a(method[0], (type,)) else type(method[0]))
    for one in written:
        module = attribute_of(one, "__module__")
        if type(module) is str:
            yield module, one.__globals__.get("__file__") if type(one) is FunctionType else None


class RegisteredOwner(Owner):
    """The owner of what a host registered by hand: it goes with the manager.

    `providers` are the owners of the installed plugins whose code it is: where the policy lets one of them not run,
    registering its code by hand does not make it run either.
    """

    __slots__ = ("_is_held", "is_installed", "providers")

    def __init__(self, name: str, *, plugin: object, is_installed: bool = False) -> None:
        self.providers: tuple[Owner, ...] = ()
        self.is_installed = is_installed  # pluggy's own loading brings it: its code is its own
        super().__init__(name, plugin=plugin, active=True)

    @property
    def active(self) -> bool:
        """Whether its receivers are called."""
        return self._is_held and not (self.providers and not all(provider.active for provider in self.providers))

    @active.setter
    def active(self, is_held: bool) -> None:
        self._is_held = is_held


class Hold:
    """One manager's grip on the signals that a host declares."""

    def __init__(
        self, manager: Registry, signals: Iterable[Signal[..., Any]], ownership: Ownership, tenants: Tenants | None
    ) -> None:
        self.project_name = manager.project_name
        self._tenants = tenants
        self._manager = weakref.ref(manager)
        self._ownership = weakref.ref(ownership)
        self._signals = tuple(dict.fromkeys(signals))
        # Owners of plugins that were registered by hand: they go with the manager. Their receivers keep them.
        self._registered: weakref.WeakSet[RegisteredOwner] = weakref.WeakSet()
        # Those of them whose code is an installed plugin's, by that one's owner: few.
        self._lent: weakref.WeakKeyDictionary[Owner, weakref.WeakSet[RegisteredOwner]] = weakref.WeakKeyDictionary()
        weakref.finalize(manager, self.drop).atexit = False

    @property
    def is_taken(self) -> bool:
        """Whether the signals are held through this hold."""
        return any(signal._holder is self for signal in self._signals)

    def take(self) -> None:
        """Hold all signals, or none: raises SignalHeldError if another manager holds one."""
        with _TAKING:
            for signal in self._signals:
                self._refuse_if_held(signal)
            for signal in self._signals:
                signal._holder = self
        manager, ownership = self._manager(), self._ownership()
        assert manager is not None, "it is the manager that takes them"
        assert ownership is not None, "the manager keeps it"
        for signal in self._signals:
            signal._watch(manager._monitored)
            signal._observe(manager._watches_on(signal.name))
            if self._tenants is not None:
                signal._send_for(self._tenants)
            signal._owner_of = self.owner_of
            signal._execute = self.execute
            signal._assign_owners(ownership.owner_now)
        self.find_providers()
        self._switch_registered(True)

    def release(self) -> None:
        """Let go of the signals. Receivers that plugins registered by hand wait for the next `take`."""
        self._switch_registered(False)
        for signal in self._signals:
            if signal._holder is self:
                signal._holder = None
                signal._owner_of = None
                signal._watch(False)
                signal._observe(None)
                if self._tenants is not None:
                    signal._send_for(None)

    def drop(self) -> None:
        """Let go for good: the manager is no more. What modules connected stays, as after a stop."""
        for signal in self._signals:
            is_held = signal._holder is self
            theirs = [
                receiver
                for receiver in signal._connections()
                if receiver.owner is not None and (is_held or receiver.owner in self._registered)
            ]
            for owner in {receiver.owner for receiver in theirs if receiver.owner is not None}:
                owner.active = False
                signal._owner_changed(owner)
            signal._drop([receiver for receiver in theirs if not receiver.lasts])
        self.release()

    def remember(self, owner: RegisteredOwner, functions: Iterable[object]) -> None:
        """Note the owner of a plugin that is registered by hand, with what it brings."""
        self._registered.add(owner)
        self._find_providers(owner, functions)

    def find_providers(self) -> None:
        """Ask anew whose code it is that was registered by hand: other plugins are known now."""
        for owner in list(self._registered):
            receivers = list(owner.connections)
            self._find_providers(owner, [receiver.written for receiver in receivers if receiver.from_pluggy])

    def _find_providers(self, owner: RegisteredOwner, functions: Iterable[object]) -> None:
        ownership = self._ownership()
        if ownership is None or owner.is_installed:
            return
        found = {record.owner: None for one in functions if (record := ownership.provider_of(one)) is not None}
        for provider in owner.providers:
            self._lent[provider].discard(owner)
        owner.providers = tuple(provider for provider in found if provider is not owner)
        for provider in owner.providers:
            self._lent.setdefault(provider, weakref.WeakSet()).add(owner)

    def owner_switched(self, owner: Owner) -> None:
        """Let signals know that an owner was switched. What was registered by hand of its code goes with it."""
        for one in (owner, *self._lent.get(owner, ())):
            for signal in dict.fromkeys(list(one.connections.values())):
                signal._owner_changed(one)

    def owner_of(self, receiver: object) -> Owner | None:
        """Return whose a receiver is that connects now."""
        ownership = self._ownership()
        return ownership.owner_of(receiver) if ownership is not None else None

    def execute(
        self, name: str, implementations: Sequence[pluggy.HookImpl], arguments: Mapping[str, object], firstresult: bool
    ) -> Any:
        """Carry out a call the manager's way."""
        manager = self._manager()
        assert manager is not None, "a signal is released when its manager goes"
        return manager._execute(name, implementations, arguments, firstresult)

    def _refuse_if_held(self, signal: Signal[..., Any]) -> None:
        holder = signal._holder
        if isinstance(holder, Hold) and holder is not self and holder._manager() is not None:
            raise SignalHeldError(
                f"signal {signal.name!r} is held by another manager, that of {holder.project_name!r}: "
                "a declared signal is held by one manager at a time, from start() to stop(); stop() that one first",
                signal=signal.name,
                holder=holder.project_name,
            )

    def _switch_registered(self, active: bool) -> None:
        for owner in list(self._registered):
            owner.active = active
            self.owner_switched(owner)
