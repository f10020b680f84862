"""Receivers that are imported when a send first reaches them: in the thread that sends, with every fault held.

A send must not wait for the manager, which may be busy bringing plugins up, one of which may be sending. So a fault is
noted here, the plugin is called no more from that moment, and the manager deals with the rest as soon as it is free.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from hookcore.errors import PluginStartError
from hookcore.manager.ownership import Ownership
from hookcore.manager.records import PluginRecord
from hookcore.manager.telling import described
from hookcore.plugins.discovery import EntryPoint
from hookcore.plugins.loading import Failure, contained, load_entry_point
from hookcore.signals.receiver import key_of
from hookcore.signals.signal import Signal

if TYPE_CHECKING:
    from hookcore.manager.registration import Registration


class LateImports:
    """Connects receivers by name, and imports each when a send first reaches it.

    `give_up` deals with a failed plugin, under the manager's lock.
    """

    def __init__(
        self,
        manager: Registration,
        ownership: Ownership,
        lock: threading.RLock,  # type: ignore[valid-type, unused-ignore]
        give_up: Callable[[PluginRecord, Failure], None],
    ) -> None:
        self.eager = False  # import all at the start
        self.strict = False  # a fault reaches the sender
        self._manager = manager
        self._ownership = ownership
        self._lock = lock
        self._give_up = give_up
        self._failures: deque[tuple[PluginRecord, Failure]] = deque()

    def connect(self, record: PluginRecord, entry_point: EntryPoint, name: str, signal: Signal[..., Any]) -> None:
        """Connect a receiver entry point to its signal without importing anything."""
        receiver = entry_point.name.partition(".")[2]
        key = signal.connect_lazily(
            entry_point.name, partial(self._imported, record, entry_point, name, signal), record.owner
        )
        record.receiver_names[name, key] = receiver

    def settle(self) -> None:
        """Let the manager deal with noted faults, unless another thread has it; that one will, at its next call."""
        while self._failures and self._lock.acquire(blocking=False):
            try:
                while self._failures:
                    self._give_up(*self._failures.popleft())
            finally:
                self._lock.release()

    def _imported(
        self, record: PluginRecord, entry_point: EntryPoint, name: str, signal: Signal[..., Any]
    ) -> Callable[..., Any] | None:
        """Import a receiver; None, after the fault is noted, if that fails. Raises PluginStartError if strict."""
        with self._ownership.running(record):
            loaded = contained("import", lambda: load_entry_point(entry_point, record.installed))
        if not isinstance(loaded, Failure):
            misfit = contained("connect", lambda: signal.check_receiver(loaded))
            loaded = misfit if isinstance(misfit, Failure) else loaded
        if isinstance(loaded, Failure):
            self._note(record, loaded)
            return None
        record.receiver_names[name, key_of(loaded, None, None)] = entry_point.name.partition(".")[2]
        return loaded  # type: ignore[return-value]

    def _note(self, record: PluginRecord, failure: Failure) -> None:
        record.owner.active = False
        for _, signal in self._manager.signals():
            signal.changed()
        self._failures.append((record, failure))
        self.settle()
        if self.strict:
            raise PluginStartError([f"{described(record)} failed when a send first reached it: {failure}"]) from (
                failure.error
            )
