"""What a historic signal has sent, so that whoever connects later hears it too: each receiver every call, once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, TypeAlias

from hookcore.signals.connecting.receiver import Receiver, WeakReference, identity_of, reference_to, without_owner

OnResult: TypeAlias = Callable[[Any], None] | None
"""Who wants the results of a call: pluggy's `result_callback`."""


PastCall: TypeAlias = tuple[Mapping[str, object], OnResult]
"""One call as pluggy keeps it: its arguments, and who wants its results."""


class History:
    """The calls of one historic signal, oldest first.

    `limit` is how many are kept; None keeps all, as pluggy does. Calls are numbered, and the newest has `last_number`,
    also when old ones are dropped. So a receiver that remembers the last number it has heard is never given a call
    twice; nor is one that was taken away and is connected again.
    """

    __slots__ = ("_parted", "calls", "last_number", "limit")

    def __init__(self, limit: int | None) -> None:
        self.limit = limit
        self.last_number = 0
        self.calls: list[PastCall] = []
        # What those had heard that were taken away, each for as long as it can be told from all others.
        self._parted: dict[Hashable, tuple[int, WeakReference | None]] = {}

    def record(self, arguments: Mapping[str, object], on_result: OnResult = None) -> int:
        """Keep one call, and return its number. The caller holds the signal's lock."""
        self.last_number += 1
        self.calls.append((arguments, on_result))
        if self.limit is not None:
            del self.calls[: -self.limit]
        return self.last_number

    def owed_to(self, receiver: Receiver) -> list[PastCall]:
        """Return the kept calls that a receiver has not had, the oldest last, and count them as had.

        There are none while it is switched off.
        """
        if not receiver.active:
            return []
        missed, receiver.heard = max(0, self.last_number - receiver.heard), self.last_number
        return self.calls[: -missed - 1 : -1]

    def replace(self, calls: Iterable[PastCall]) -> None:
        """Keep these calls and no others: those who connect from now on hear them, and nothing before."""
        calls = list(calls)
        self.calls = []
        self._parted.clear()
        for arguments, on_result in calls:
            self.record(arguments, on_result)

    def part_with(self, receiver: Receiver) -> None:
        """Remember what a receiver that is taken away has heard. The caller holds the lock."""
        known_by, reference = _known_by(receiver), None
        if receiver.entry_point is None:
            try:
                reference = reference_to(receiver.written, known_by, self._forget)
            except TypeError:  # nobody could tell when it has gone, and another come to have its identity
                return
        self._parted[known_by] = receiver.heard, reference

    def take_back(self, receiver: Receiver) -> None:
        """Let a receiver that is connected go on from where it was when it was taken away, if it ever was."""
        parted = self._parted.pop(_known_by(receiver), None) if self._parted else None
        if parted is not None:
            receiver.heard = parted[0]

    def _forget(self, reference: WeakReference) -> None:
        self._parted.pop(reference.key, None)


def _known_by(receiver: Receiver) -> Any:
    """Return by what a receiver is known when it is connected again: its name in metadata, else itself."""
    owner = receiver.owner.names if receiver.owner is not None else None
    if receiver.entry_point is not None:
        return receiver.entry_point, owner
    key = None if receiver.from_pluggy else without_owner(receiver.key)  # whose owner may be another object meanwhile
    return identity_of(receiver.written), key, owner
