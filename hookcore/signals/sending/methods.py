"""The five ways to send, and how one is carried out for a signal; also what becomes of a receiver's exception there.

`send` and its three relatives are Django's, and give pairs; the call gives answers.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias, cast

from hookcore.errors import SignalRecursionError
from hookcore.logs import log_failure
from hookcore.signals.arguments.callables import own_name, qualified_name
from hookcore.signals.connecting.receiver import receiver_name
from hookcore.signals.sending.recursion import explained, is_nested
from hookcore.tracebacks import text_of

Pairs: TypeAlias = list[tuple[Callable[..., Any], Any]]
Function: TypeAlias = Callable[..., Any]

STUB: Final = "__stub__"
"""Where the globals of a function that a signal hands out keep the way that is never out of date."""

MISSING: Final = object()
"""The default of an argument that a call may leave out, and is then carried out by name."""


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
    first; with `filters` what the receivers have made of the argument of that name. An exception that a `robust` send
    meets is logged and counts as no answer. `signal` is offered to receivers. With `thread_sensitive`, blocking
    receivers of awaited sends run where Django would run them.
    """

    __slots__ = ("awaits", "filters", "firstresult", "method", "pairs", "robust", "signal", "thread_sensitive")

    def __init__(self, method: Method, signal: Any) -> None:
        self.method = method
        self.signal = signal
        self.pairs = method.pairs
        self.awaits = method.awaits
        self.robust: bool = method.robust or signal._robust
        self.firstresult: bool = signal._firstresult
        self.filters: str | None = signal._filters
        self.thread_sensitive: bool = signal._thread_sensitive

    @property
    def label(self) -> str:
        """The name of the way in messages. A call of an untyped signal takes no sender."""
        signal, method = self.signal, self.method
        takes = signal._parameters if method is not CALL or signal._parameters.complete else "(**named)"
        return f"{signal.name}{takes}.{method.label}"

    def failed(self, receiver: object, error: BaseException) -> BaseException:
        """Log what a robust send met, with its traceback, under the logger "hookcore", and return it as the response.

        Raises it if it is no receiver's fault: a KeyboardInterrupt is the operator's. An overflown stack is not one
        receiver's failure: it passes on to the outermost send, and is recorded there.
        """
        if issubclass(type(error), KeyboardInterrupt):  # its `__class__` may be code that raises
            raise error
        if issubclass(type(error), RecursionError):
            frame = sys._getframe(1)
            explanation = explained(cast("RecursionError", error), frame)
            if type(explanation) is SignalRecursionError and is_nested(frame):
                raise explanation
        # The words are Django's, whose users search their logs for them; a named signal says more.
        signal = self.signal._label
        name = own_name(receiver) if signal is None else qualified_name(receiver)
        owner = self.signal._connected_for(receiver)
        plugin = None if owner is None else owner.name
        if plugin is not None:
            name = f"{name} of plugin {plugin!r}"
        message = "Error calling %s in %s.%s() (%s)"
        said = (name, signal or "Signal", self.method.label, text_of(error))
        log_failure(message, *said, error=error, plugin=plugin, signal=signal, receiver=receiver_name(receiver))
        return error


def _forwarding(*arguments: Any, **named: Any) -> Any:
    return __stub__(*arguments, **named)  # type: ignore[name-defined]  # noqa: F821


def retire(function: Any) -> None:
    """Let a function that is out of date, and may have been kept, reach whom a fresh one reaches."""
    function.__code__ = _forwarding.__code__
    function.__defaults__ = None
    function.__kwdefaults__ = None
