"""What a historic signal has sent, so that whoever connects later hears it too: each receiver every call, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hookcore.signals.place import ANYWHERE
from hookcore.signals.receiver import LIVE, Receiver, ReceiverKey, WeakReference, hold, identity_of


class PastCall:
    """One call: its place in the row, its arguments, and who wants its results (pluggy's `result_callback`)."""

    __slots__ = ("arguments", "number", "on_result")

    def __init__(self, number: int, arguments: Mapping[str, object], on_result: Callable[[Any], None] | None) -> None:
        self.number = number
        self.arguments = arguments
        self.on_result = on_result


class History:
    """The calls of one historic signal, oldest first.

    `limit` is how many are kept; None keeps all, as pluggy does. Numbers count on when old calls are dropped, so a
    receiver that remembers the last number it has seen is never given a call twice; nor is one that was taken away and
    is connected again.
    """

    __slots__ = ("_calls", "_gone", "last_number", "limit")

    def __init__(self, limit: int | None) -> None:
        self.limit = limit
        self.last_number = 0
        self._calls: list[PastCall] = []
        self._gone: dict[ReceiverKey, Receiver] = {}  # what was taken away, held weakly

    def record(self, arguments: Mapping[str, object], on_result: Callable[[Any], None] | None = None) -> PastCall:
        """Keep one call. The caller holds the signal's lock."""
        self.last_number += 1
        call = PastCall(self.last_number, arguments, on_result)
        self._calls.append(call)
        if self.limit is not None:
            del self._calls[: -self.limit]
        return call

    def after(self, number: int) -> list[PastCall]:
        """Return the kept calls that came after call `number`."""
        return [call for call in self._calls if call.number > number]

    def part_with(self, receiver: Receiver) -> None:
        """Remember what a receiver that is taken away has heard, for as long as it lives. The caller holds the lock.

        What pluggy registers is no connection that could be made again.
        """
        function = receiver.function
        if function is None or receiver.from_pluggy:
            return
        try:
            reference = hold(function, receiver.key, self._forget)
        except TypeError:  # nobody could tell when it has gone, and another come to have its identity
            return
        gone = Receiver(receiver.key, reference, None, receiver.sender_id, None, ANYWHERE, receiver.is_async, None)
        gone.seen = self.last_number if receiver.seen == LIVE else receiver.seen
        self._gone[receiver.key] = gone

    def take_back(self, receiver: Receiver) -> None:
        """Let a receiver that is connected go on from where it was when it was taken away, if it ever was."""
        gone = self._gone.pop(receiver.key, None)
        if gone is not None and identity_of(gone.function) == identity_of(receiver.function):
            receiver.seen = gone.seen

    def _forget(self, reference: WeakReference) -> None:
        self._gone.pop(reference.key, None)
