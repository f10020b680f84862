"""Who holds a declared signal: one manager at a time, from its start to its stop, or until somebody drops it.

Signals are module-level and live on; a manager must be able to go. So signals know the `Hold`, and the hold knows the
manager, and all that could know the manager (plugins, tracebacks of their failures), only weakly.
"""

from __future__ import annotations

import os
import weakref
from _thread import RLock
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import pluggy

from hookcore.errors import SignalHeldError
from hookcore.manager.ownership import Ownership, RegisteredOwner
from hookcore.signals.connecting.receiver import Owner, Receiver
from hookcore.signals.signal import Signal

if TYPE_CHECKING:
    from hookcore.manager.registration import Registration

_TAKING: Final = RLock()
"""Held while a manager looks whether all its signals are free, and takes them.

Reentrant, so that a thread whose start was interrupted just where this is let go can start again.
"""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_TAKING._at_fork_reinit)  # type: ignore[attr-defined]


class Hold:
    """One manager's grip on the signals that a host declares."""

    def __init__(
        self,
        manager: Registration,
        signals: Iterable[Signal[..., Any]],
        ownership: Ownership,
    ) -> None:
        self.project_name = manager.project_name
        self._manager = weakref.ref(manager)
        self._ownership = weakref.ref(ownership)
        self._signals = tuple(dict.fromkeys(signals))
        # Owners of plugins that were registered by hand: they go with the manager. Their receivers keep them.
        self._registered: weakref.WeakSet[RegisteredOwner] = weakref.WeakSet()
        self._provided: weakref.WeakSet[RegisteredOwner] = weakref.WeakSet()  # those that have providers: few
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
        manager = self._manager()
        for signal in self._signals:
            signal._watch(manager is not None and manager._monitored)
            signal._owner_of = self.owner_of
            signal._execute = self.execute
            signal._assign_owners(self._owner_now)
        for owner in list(self._registered):
            self._find_providers(owner)
        self._switch_registered(True)

    def release(self) -> None:
        """Let go of the signals. Receivers that plugins registered by hand wait for the next `take`."""
        self._switch_registered(False)
        for signal in self._signals:
            if signal._holder is self:
                signal._holder = None
                signal._owner_of = None
                signal._watch(False)

    def drop(self) -> None:
        """Let go for good: the manager is no more. What modules connected stays, as after a stop."""
        for signal in self._signals:
            is_held = signal._holder is self
            theirs = [
                receiver
                for receiver in signal._connections()
                if receiver.owner is not None and (is_held or receiver.owner in self._registered)
            ]
            for receiver in theirs:
                if receiver.owner is not None:
                    receiver.owner.active = False
            signal._drop([receiver.key for receiver in theirs if not receiver.lasts])
        self.release()

    def remember(self, owner: RegisteredOwner) -> None:
        """Note the owner of a plugin that was registered by hand."""
        self._registered.add(owner)
        self._find_providers(owner)

    def _find_providers(self, owner: RegisteredOwner) -> None:
        owner.providers = self._providers_of(owner)
        (self._provided.add if owner.providers else self._provided.discard)(owner)

    def provider_switched(self, provider: Owner) -> None:
        """Note that an installed plugin was switched: what was registered by hand of its code goes with it."""
        for owner in list(self._provided):
            if provider in owner.providers:
                self._switch(owner)

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
            self._switch(owner)

    def _switch(self, owner: Owner) -> None:
        for signal in dict.fromkeys(list(owner.connections.values())):
            signal._owner_changed(owner)

    def _providers_of(self, owner: RegisteredOwner) -> tuple[Owner, ...]:
        """Return the owners of the installed plugins whose code somebody registers by hand."""
        manager, ownership = self._manager(), self._ownership()
        if manager is None or ownership is None or owner.is_installed or not ownership.knows_any:
            return ()
        found = {ownership.provider_of(function) for _, function, _ in manager._marked_functions(owner.plugin)}
        return tuple(record.owner for record in found if record is not None and record.owner is not owner)

    def _owner_now(self, receiver: Receiver, function: object) -> Owner | None:
        """Return whose a receiver is that was connected before the signal was held, or for another manager."""
        ownership = self._ownership()
        if ownership is None or isinstance(receiver.owner, RegisteredOwner):
            return receiver.owner
        return ownership.owner_now(function, receiver.imported_by, receiver.owner)
