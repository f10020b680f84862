"""The five ways to send, and how one is carried out for a signal.

`send` and its three relatives are Django's, and give pairs; the call gives answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

Pairs: TypeAlias = list[tuple[Callable[..., Any], Any]]


class Method:
    """One way to send: the attribute that holds it, at which place in `METHODS`, and what is special about it."""

    __slots__ = ("attribute", "awaits", "index", "label", "pairs", "robust")

    def __init__(self, index: int, attribute: str, *, pairs: bool, robust: bool = False, awaits: bool = False) -> None:
        self.index = index
        self.attribute = attribute
        self.label = attribute.strip("_")
        self.pairs = pairs
        self.robust = robust
        self.awaits = awaits


SEND: Final = Method(0, "send", pairs=True)
CALL: Final = Method(4, "__call__", pairs=False)
METHODS: Final[Sequence[Method]] = (
    SEND,
    Method(1, "send_robust", pairs=True, robust=True),
    Method(2, "asend", pairs=True, awaits=True),
    Method(3, "asend_robust", pairs=True, robust=True, awaits=True),
    CALL,
)


class Way:
    """One way to send one signal: what comes back, and what becomes of failures.

    With `pairs` that is who answered what, else the answers: a list of those that are not None; with `firstresult` the
    first; with `filters` what the receivers have made of the argument of that name. `failed` logs an exception that a
    `robust` send meets; it counts as no answer. `label` names the way in messages; `signal` is offered to receivers.
    With `thread_sensitive`, blocking receivers of awaited sends run where Django would run them.
    """

    __slots__ = ("awaits", "failed", "filters", "firstresult", "label", "pairs", "robust", "signal", "thread_sensitive")

    def __init__(
        self,
        label: str,
        signal: object,
        failed: Callable[[object, BaseException], BaseException],
        *,
        pairs: bool = True,
        robust: bool = False,
        awaits: bool = False,
        firstresult: bool = False,
        filters: str | None = None,
        thread_sensitive: bool = False,
    ) -> None:
        self.label = label
        self.signal = signal
        self.failed = failed
        self.pairs = pairs
        self.robust = robust
        self.awaits = awaits
        self.firstresult = firstresult
        self.filters = filters
        self.thread_sensitive = thread_sensitive
