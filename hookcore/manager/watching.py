"""Who watches the calls of receivers, and what are they told of a receiver?"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from hookcore.signals.connecting.receiver import Owner, Receiver
from hookcore.signals.sending.observing import Watch

if TYPE_CHECKING:
    from hookcore.manager.lifecycle import Lifecycle
    from hookcore.manager.records import PluginRecord


class ObservedReceiver(NamedTuple):
    """A receiver as a report names it: its signal, its plugin, and that plugin's distribution and version.

    `plugin` is None for a receiver of nobody's, `distribution` and `version` for one that no distribution brings.
    """

    signal: str
    receiver: str
    plugin: str | None
    distribution: str | None
    version: str | None

    @property
    def fields(self) -> dict[str, str | None]:
        """What a log record about it has as fields."""
        return {"plugin": self.plugin, "signal": self.signal, "receiver": self.receiver}


Bringer: TypeAlias = "tuple[str | None, str | None, str | None]"
"""Who brings a receiver: the last three of its names."""

WatchOf: TypeAlias = Callable[[ObservedReceiver], Watch | None]
"""What says how a receiver's calls are watched; None: not at all. It may be asked for the same one again."""


class Watchers:
    """Those who watch the calls of one manager's receivers. Signals keep this, so it does not keep the manager."""

    def __init__(self, plugins: Lifecycle) -> None:
        self._plugins = weakref.ref(plugins)
        self._asked: dict[tuple[bool, object], WatchOf] = {}

    def __bool__(self) -> bool:
        return bool(self._asked)

    def add(self, key: tuple[bool, object], watch_of: WatchOf) -> None:
        """Ask one more, behind those that are here: its watches begin last, and end first.

        Those whose key begins with True come behind all others: they see a coroutine receiver's own coroutine.
        """
        self._asked = dict(sorted({**self._asked, key: watch_of}.items(), key=lambda one: one[0][0]))

    def remove(self, key: tuple[bool, object]) -> None:
        """Ask this one no more, if it was asked."""
        self._asked = {one: watch_of for one, watch_of in self._asked.items() if one is not key}

    def watches_of(self, signal: str, receiver: Receiver) -> Sequence[Watch]:
        """Return what watches the calls of a receiver."""
        described = self._described(signal, receiver)
        watches = [watch_of(described) for watch_of in self._asked.values()]
        for watch in watches:
            if watch is not None and not (hasattr(watch, "begin") and hasattr(watch, "end")):
                raise TypeError(
                    f"what watches {signal}.{receiver.name} has begin() and end(), or is None, not {watch!r}"
                )
        return [watch for watch in watches if watch is not None]

    def _described(self, signal: str, receiver: Receiver) -> ObservedReceiver:
        owner, plugins = receiver.owner, self._plugins()
        if owner is None:
            return ObservedReceiver(signal, receiver.name, None, None, None)
        record = plugins.by_owner.get(owner) if plugins is not None else None
        return ObservedReceiver(signal, receiver.name, *bringer_of(owner, record))


def bringer_of(owner: Owner, record: PluginRecord | None) -> Bringer:
    """Return the names of a plugin, of its distribution, and of that one's version."""
    if record is None or record.installed.is_registered_by_hand:
        return owner.registered_as, None, None
    distribution = record.installed.distribution
    return owner.registered_as, distribution.name, distribution.version
