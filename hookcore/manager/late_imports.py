"""Receivers that are imported when a send first reaches them: in the thread that sends, with every fault held.

A send must not wait for the manager, which may be busy bringing plugins up, one of which may be sending. So a fault is
noted here, the plugin is called no more from that moment, and the manager deals with the rest as soon as it is free.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from hookcore.errors import PluginStartError
from hookcore.manager.ownership import Ownership
from hookcore.manager.records import PluginRecord
from hookcore.plugins.discovery import EntryPoint
from hookcore.plugins.loading import Failure, contained, load_entry_point
from hookcore.signals.arguments.fitting import warn_of_unsent
from hookcore.signals.connecting.importing import outside_of_imports
from hookcore.signals.connecting.receiver import Receiver
from hookcore.signals.signal import Signal

if TYPE_CHECKING:
    from hookcore.manager.registration import Registration


class LateImports:
    """Connects receivers by name, and imports each when a send first reaches it.

    `give_up` deals with what is in `failures`, unless somebody else is at it. Signals keep what is here, so the manager
    is known only weakly: a receiver that waits for its import must not keep a manager that its host has dropped.
    """

    def __init__(
        self,
        manager: Registration,
        ownership: Ownership,
        give_up: Callable[[], None],
    ) -> None:
        self.eager = False  # import all at the start
        self.strict = False  # a fault reaches the sender
        self._manager = weakref.ref(manager)
        self._ownership = ownership
        self._give_up = weakref.WeakMethod(give_up)
        self.failures: deque[tuple[PluginRecord, Failure]] = deque()

    def connect(self, record: PluginRecord, entry_point: EntryPoint, signal: Signal[..., Any]) -> Receiver:
        """Connect a receiver entry point to its signal without importing anything."""
        receiver = entry_point.name.partition(".")[2]
        return signal._connect_lazily(receiver, partial(self._imported, record, entry_point, signal), record.owner)

    @outside_of_imports
    def _imported(
        self, record: PluginRecord, entry_point: EntryPoint, signal: Signal[..., Any]
    ) -> Callable[..., Any] | None:
        """Import a receiver; None, after the fault is noted, if that fails. Raises PluginStartError if strict."""
        with self._ownership.running(record):
            loaded = contained("import", lambda: load_entry_point(entry_point, record.installed))
        if not isinstance(loaded, Failure):
            wanted = contained("connect", lambda: signal._check_receiver(loaded))
            if isinstance(wanted, Failure):
                loaded = wanted
            else:
                warn_of_unsent(loaded, wanted, signal.name, signal._parameters)
        if isinstance(loaded, Failure):
            self._note(record, loaded)
            return None
        return loaded  # type: ignore[return-value]

    def _note(self, record: PluginRecord, failure: Failure) -> None:
        record.owner.active = False
        manager = self._manager()
        for _, signal in manager._signals() if manager is not None else ():
            signal._changed()
        self.failures.append((record, failure))
        give_up = self._give_up()
        if give_up is not None:
            give_up()
        if self.strict:
            raise PluginStartError([f"{record.described} failed when a send first reached it: {failure}"]) from (
                failure.error
            )
