"""Which senders do a signal's active receivers wait for, what do these ask for, and who is told when that changes?

What a framework tells is connected to signals only while somebody wants it.
"""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable
from typing import Any, TypeVar, cast

import hookcore


class FollowedSignal(hookcore.Signal[..., Any, Any]):
    """A declared signal that knows who is wanted, and is followed by what connects it to a framework."""

    __slots__ = ()

    def senders_wanted(self, argument: str | None = None) -> frozenset[Any]:
        """Return the senders that active receivers wait for, or those of them that name an argument.

        None alone: some wait for any sender. Nobody is wanted while the signal is muted.
        """
        known: dict[str | None, frozenset[Any]] = vars(self)["wanted"]
        found = known.get(argument)
        if found is None:
            found = known[argument] = self._senders_wanted_now(argument)
        return found

    def is_asked_for(self, argument: str, sender: object) -> bool:
        """Tell whether a receiver that a send by `sender` reaches names an argument."""
        wanted = self.senders_wanted(argument)
        return None in wanted or sender in wanted

    def follow_with(self, function: Callable[[], object]) -> None:
        """Call a function before and behind each change of whom the signal reaches."""
        vars(self)["followers"].append(function)

    def _senders_wanted_now(self, argument: str | None) -> frozenset[Any]:
        if self.is_muted:
            return frozenset()
        wanted = set()
        for _, target, reference, _ in self.receivers:
            function = target() if isinstance(target, weakref.ref) else target
            if argument is None or _names(function, argument):
                wanted.add(reference() if isinstance(reference, weakref.ref) else None)
        return frozenset([None]) if None in wanted else frozenset(wanted)

    def _tell_followers(self) -> None:
        kept = vars(self)
        kept["wanted"] = {}
        for follower in kept["followers"]:
            follower()


Followed = TypeVar("Followed", bound=FollowedSignal)


def followed(kind: type[Followed], signal: object) -> Followed:
    """Make a declared signal one of a subclass, which has no slots of its own: `@signal` knows no subclasses."""
    declared = cast("Any", signal)
    declared.__class__ = kind
    vars(declared).update(wanted={}, followers=[])
    declared._dispatch.on_change = declared._tell_followers
    return cast("Followed", declared)


def _names(function: Any, argument: str) -> bool:
    """Tell whether a receiver names an argument; `**kwargs` names none."""
    written = cast("Callable[..., Any]", getattr(function, "receiver", function))  # one that runs later
    try:
        return argument in inspect.signature(written).parameters
    except (TypeError, ValueError):
        return False
