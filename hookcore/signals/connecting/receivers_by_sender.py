"""The connections of one signal: by key, and by the sender that they wait for, each in connection order.

So a send looks at what waits for its sender and at what waits for none, and a change touches only what it changes.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection
from operator import attrgetter

from hookcore.signals.connecting.receiver import ANY_SENDER, Receiver, ReceiverKey, without_owner

_numbers = itertools.count()
_number = attrgetter("number")


class ReceiversBySender:
    """Connections by sender and key. Each change is one step of a dictionary, so none can be interrupted half-way."""

    __slots__ = ("_by_sender", "_for_all")

    def __init__(self) -> None:
        self._for_all: dict[ReceiverKey, Receiver] = {}
        self._by_sender: dict[int, dict[ReceiverKey, Receiver]] = {}  # none for ANY_SENDER

    @property
    def senders(self) -> Collection[int]:
        """The ids of the senders that are waited for."""
        return self._by_sender

    def keep(self, receiver: Receiver) -> None:
        """Put a connection behind all others."""
        receiver.number = next(_numbers)
        if receiver.sender_id == ANY_SENDER:
            self._for_all[receiver.key] = receiver
        else:
            self._by_sender.setdefault(receiver.sender_id, {})[receiver.key] = receiver

    def let_go(self, receiver: Receiver) -> bool:
        """Take a connection out. Return whether it was there."""
        row = self._for_all if receiver.sender_id == ANY_SENDER else self._by_sender.get(receiver.sender_id, {})
        if row.get(receiver.key) is not receiver:
            return False
        del row[receiver.key]
        if not row and row is not self._for_all:
            del self._by_sender[receiver.sender_id]
        return True

    def get(self, key: ReceiverKey) -> Receiver | None:
        """Return the connection of this key."""
        return (self._for_all if type(key) is int else self._row_of(key)).get(key)

    def of_all_owners(self, key: ReceiverKey) -> list[Receiver]:
        """Return the connections that differ from one of this key at most in their owners."""
        row, pair = self._row_of(key), without_owner(key)
        alike: list[ReceiverKey] = [pair[0], pair] if isinstance(pair[0], int) else [pair]
        owners = {receiver.owner for receiver in list(row.values()) if receiver.owner is not None}
        alike += [(*pair, owner) for owner in owners]
        return [row[one] for one in alike if one in row]  # looked up: nobody else's `dispatch_uid` is compared

    def rename(self, old: ReceiverKey, receiver: Receiver) -> None:
        """Let a connection for all senders, whose key has changed, keep its place."""
        self._for_all = {receiver.key if key == old else key: kept for key, kept in self._for_all.items()}

    def meant_for(self, sender: int) -> list[Receiver]:
        """Return those that wait for the sender of this id, and for none; a copy, to loop over.

        Meanwhile a `__del__` may disconnect something, on this very thread.
        """
        receivers = list(self._for_all.values())
        waiting = self._by_sender.get(sender)
        return sorted([*receivers, *waiting.values()], key=_number) if waiting else receivers

    def all(self) -> list[Receiver]:
        """Return all connections."""
        receivers = list(self._for_all.values())
        if self._by_sender:
            receivers += [receiver for row in list(self._by_sender.values()) for receiver in list(row.values())]
            receivers.sort(key=_number)
        return receivers

    def _row_of(self, key: ReceiverKey) -> dict[ReceiverKey, Receiver]:
        sender = key[1] if isinstance(key, tuple) else ANY_SENDER
        return self._for_all if sender == ANY_SENDER else self._by_sender.get(sender, {})
