"""Endless recursion: receivers that send each other's signals until Python's limit, and the error that names them."""

from __future__ import annotations

import sys
from types import FrameType, TracebackType
from typing import Final

from hookcore.errors import SignalRecursionError
from hookcore.tracebacks import raised_at

GENERATED: Final = "<hookcore "
"""How the file names of generated sources begin."""

_LOOPS = ("carry_out", "carry_out_awaited")
_LONGEST_CHAIN = 12
_BETWEEN = ("hookcore.signals.", "asyncio.", "asgiref.")


def explained(error: RecursionError, frame: FrameType | None = None) -> BaseException:
    """Return the error to raise for a `RecursionError` that reached the send in `frame`, or in the calling function.

    If sends are nested in each other, that is a `SignalRecursionError` that names the chain; a receiver that recurses
    on its own keeps its own error. Called only when the stack has overflowed, so it loops and never recurses.
    """
    frame = frame or sys._getframe(1)
    if issubclass(type(error), SignalRecursionError):
        # The frames in between say nothing that the chain does not say.
        return error.with_traceback(None)
    chain = _chain(frame)
    if not _is_endless(chain, frame, raised_at(error)):
        return error
    names = _repeating([step for step in chain if " -> " in step] or chain)
    text = " -> ".join([*names, names[0]]) if len(names) < len(chain) else " -> ".join(names)
    explanation = SignalRecursionError(
        f"signals send each other without end: {text}; one of these receivers must not send", chain=names
    )
    explanation.__cause__ = None
    explanation.__suppress_context__ = True
    return explanation


def is_nested(frame: FrameType | None) -> bool:
    """Tell whether `frame` runs, at whatever depth, inside another send."""
    return len(_chain(frame)) > 1


def _is_endless(chain: list[str], frame: FrameType | None, caught: TracebackType | None) -> bool:
    """Tell whether it is the sends that have filled the stack: not the innermost receiver, nor what it calls in C."""
    outside = inside = 0
    while frame is not None:
        outside += 1
        frame = frame.f_back
    while caught is not None:
        inside += 1
        caught = caught.tb_next
    return len(chain) > 1 and outside > inside and outside + inside > sys.getrecursionlimit() // 4


def _chain(frame: FrameType | None) -> list[str]:
    """Return the sends on the stack, outermost first: `signal.send` and the receiver that it is calling."""
    chain: list[str] = []
    called: FrameType | None = None
    while frame is not None:
        name = _send_in(frame)
        if name is not None and (called is None or _send_in(called) is None):
            chain.append(f"{name} -> {_function_name(called)}" if called is not None else name)
        if name is not None or not _is_between(frame):
            called = frame
        frame = frame.f_back
    chain.reverse()
    return chain


def _send_in(frame: FrameType) -> str | None:
    """Return the name of the send that a frame carries out, if it does: a compiled one, or one in a loop."""
    code = frame.f_code
    if code.co_filename.startswith(GENERATED):
        return code.co_filename[len(GENERATED) :].rsplit(" ", 1)[0]
    if code.co_name in _LOOPS and frame.f_globals.get("__name__") == "hookcore.signals.sending.loop":
        label: str = frame.f_locals["way"].label
        return label
    return None


def _is_between(frame: FrameType) -> bool:
    """Tell whether a frame only leads from a send to a receiver, as an event loop's do."""
    return str(frame.f_globals.get("__name__")).startswith(_BETWEEN)


def _function_name(frame: FrameType) -> str:
    return f"{frame.f_globals.get('__name__', '?')}.{frame.f_code.co_qualname}"


def _repeating(chain: list[str]) -> list[str]:
    """Return the stretch that repeats at the end of a chain, or what can be shown of a chain that does not repeat."""
    for length in range(1, min(len(chain) // 2, _LONGEST_CHAIN) + 1):
        if chain[-2 * length : -length] == chain[-length:]:
            return chain[-length:]
    return chain[:_LONGEST_CHAIN]
