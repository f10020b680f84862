"""What becomes of an exception that a robust send meets: it is logged with its traceback and becomes the response."""

from __future__ import annotations

import sys
from typing import Final

from hookcore.errors import SignalRecursionError
from hookcore.logs import log_failure
from hookcore.signals.arguments import own_name, qualified_name
from hookcore.signals.recursion import explained, is_nested
from hookcore.tracebacks import text_of

RECORDED: Final = (Exception, SystemExit)
"""What a robust send records. KeyboardInterrupt, CancelledError, GeneratorExit and the like are no receiver's fault."""


class FailureLog:
    """Records failures of one signal's receivers, under the logger "hookcore". `signal` is its name, if it has one."""

    __slots__ = ("method", "signal")

    def __init__(self, signal: str | None, method: str) -> None:
        self.signal = signal
        self.method = method

    def __call__(self, receiver: object, error: BaseException) -> BaseException:
        """Log `error` and return it.

        An overflown stack is not one receiver's failure: it passes on to the outermost send, and is recorded there.
        """
        if isinstance(error, RecursionError):
            frame = sys._getframe(1)
            explanation = explained(error, frame)
            if isinstance(explanation, SignalRecursionError) and is_nested(frame):
                raise explanation
        # The words are Django's, whose users search their logs for them; a named signal says more.
        name, signal = (
            (own_name(receiver), "Signal") if self.signal is None else (qualified_name(receiver), self.signal)
        )
        log_failure("Error calling %s in %s.%s() (%s)", name, signal, self.method, text_of(error), error=error)
        return error
