"""Who holds a declared signal: one manager at a time, from its start to its stop, or until somebody drops it.

Signals are module-level and live on; a manager must be able to go. So signals know the `Hold`, and the hold knows the
manager only weakly.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pluggy

from hookcore.errors import SignalHeldError
from hookcore.manager.ownership import Ownership
from hookcore.signals.receiver import Owner
from hookcore.signals.signal import Signal

if TYPE_CHECKING:
    from hookcore.manager.registration import Registration


class Hold:
    """One manager's grip on the signals that a host declares."""

    def __init__(self, manager: Registration, signals: Iterable[Signal[..., Any]], ownership: Ownership) -> None:
        self.project_name = manager.project_name
        self._manager = weakref.ref(manager)
        self._signals = tuple(dict.fromkeys(signals))
        self._ownership = ownership
        # Owners of plugins that were registered by hand: they go with the manager.
        self._registered: list[Owner] = []
        weakref.finalize(manager, self.drop).atexit = False

    @property
    def is_taken(self) -> bool:
        """Whether the signals are held through this hold."""
        return any(signal.holder is self for signal in self._signals)

    def take(self) -> None:
        """Hold all signals, or none: raises SignalHeldError if another manager holds one."""
        for signal in self._signals:
            holder = signal.holder
            if isinstance(holder, Hold) and holder is not self and holder._manager() is not None:
                raise SignalHeldError(
                    f"signal {signal.name!r} is held by another manager, that of {holder.project_name!r}: "
                    "a declared signal is held by one manager at a time, from start() to stop(); stop() that one first",
                    signal=signal.name,
                    holder=holder.project_name,
                )
        for signal in self._signals:
            signal.holder = self
            signal.owner_of = self._ownership.owner_of
            signal.execute = self.execute
            signal.assign_owners(self._owner_now)
        for owner in self._registered:
            owner.active = True
        self.changed()

    def release(self) -> None:
        """Let go of the signals. Receivers that plugins registered by hand wait for the next `take`."""
        for owner in self._registered:
            owner.active = False
        for signal in self._signals:
            if signal.holder is self:
                signal.holder = None
                signal.owner_of = None
                signal.watch(False)

    def drop(self) -> None:
        """Let go for good: the manager is no more."""
        for owner in [*self._registered, *self._ownership.owners()]:
            owner.active = False
        self.release()
        for signal in self._signals:
            signal.drop([receiver.key for receiver in signal.connections() if receiver.owner in self._registered])

    def remember(self, owner: Owner) -> None:
        """Note the owner of a plugin that was registered by hand."""
        self._registered.append(owner)

    def forget(self, plugin: object) -> None:
        """Note that a plugin that was registered by hand is gone."""
        self._registered = [owner for owner in self._registered if owner.plugin is not plugin]

    def changed(self) -> None:
        """Note that owners were switched."""
        for signal in self._signals:
            signal.changed()

    def execute(
        self, name: str, implementations: Sequence[pluggy.HookImpl], arguments: Mapping[str, object], firstresult: bool
    ) -> Any:
        """Carry out a call the manager's way."""
        manager = self._manager()
        assert manager is not None, "a signal is released when its manager goes"
        return manager.execute(name, implementations, arguments, firstresult)

    def _owner_now(self, receiver: object, before: Owner | None) -> Owner | None:
        """Return whose a receiver is that was connected before the signal was held, or for another manager."""
        if before in self._registered:
            return before
        return self._ownership.owner_of(receiver) or self._ownership.owner_named(before) or before
