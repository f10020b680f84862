"""What becomes of an exception that a robust send meets: it is logged with its traceback and becomes the response."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import cast

from hookcore.errors import SignalRecursionError
from hookcore.logs import log_failure
from hookcore.signals.arguments.wanted import own_name, qualified_name
from hookcore.signals.sending.recursion import explained, is_nested
from hookcore.tracebacks import text_of


class FailureLog:
    """Records failures of one signal's receivers, under the logger "hookcore".

    `signal` is its name, if it has one; `plugin_of` says which plugin has connected a receiver.
    """

    __slots__ = ("method", "plugin_of", "signal")

    def __init__(
        self, signal: str | None, method: str, plugin_of: Callable[[object], str | None] = lambda receiver: None
    ) -> None:
        self.signal = signal
        self.method = method
        self.plugin_of = plugin_of

    def __call__(self, receiver: object, error: BaseException) -> BaseException:
        """Log `error` and return it. Raise it if it is no receiver's fault: a KeyboardInterrupt is the operator's.

        An overflown stack is not one receiver's failure: it passes on to the outermost send, and is recorded there.
        """
        if issubclass(type(error), KeyboardInterrupt):  # its `__class__` may be code that raises
            raise error
        if issubclass(type(error), RecursionError):
            frame = sys._getframe(1)
            explanation = explained(cast("RecursionError", error), frame)
            if isinstance(explanation, SignalRecursionError) and is_nested(frame):
                raise explanation
        # The words are Django's, whose users search their logs for them; a named signal says more.
        name, signal = (
            (own_name(receiver), "Signal") if self.signal is None else (qualified_name(receiver), self.signal)
        )
        plugin = self.plugin_of(receiver)
        if plugin is not None:
            name = f"{name} of plugin {plugin!r}"
        log_failure("Error calling %s in %s.%s() (%s)", name, signal, self.method, text_of(error), error=error)
        return error
