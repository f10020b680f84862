"""What is shown of an exception that somebody else's code has raised, its text and its traceback; and at whose line a
warning points.

To make either runs that code once more (`__str__`, and from Python 3.12 on an import, by which `traceback` looks for
names to suggest), so it is done once, guarded, here and nowhere else.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from types import FrameType, TracebackType
from typing import Any, TypeVar

from hookcore.errors import HookcoreError

T = TypeVar("T")

_LEADING_THERE = ("hookcore", "importlib", "_frozen_importlib", "_frozen_importlib_external")
"""The packages whose frames say nothing of a fault: they lead to the code that has it."""


_OURS = ("hookcore", "pluggy")
"""The packages that call somebody else's code, or are called by it: no warning points at their lines."""


def level_of_caller() -> int:
    """Return the `stacklevel` by which a `warnings.warn` in the calling function points at who called hookcore.

    It is counted, since the first send after a change has one frame more than the next, and monitors add theirs.
    """
    level = 1
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _is_of(frame, _OURS):
        frame = frame.f_back
        level += 1
    return level


def guarded(look: Callable[..., Any], *looked_at: object, otherwise: T) -> T:
    """Return what a look at somebody else's object gives, or `otherwise` where it raises anything but Ctrl-C's."""
    try:
        found: T = look(*looked_at)
    except KeyboardInterrupt:
        raise
    except BaseException:
        return otherwise
    return found


def text_of(error: BaseException) -> str:
    """Return what `str(error)` gives, or a few words where it gives nothing but another exception."""
    return guarded(str, error, otherwise="(its message can't be shown)")


def traceback_of(error: BaseException) -> str:
    """Return the traceback as Python prints it, or class and text where to print it raises."""
    import traceback

    lines: list[str] = guarded(traceback.format_exception, error, otherwise=[])
    return "".join(lines) or f"{kind_of(error)}: {text_of(error)}"


def stack_text(frames: Iterable[FrameType]) -> str:
    """Return the text of a stack that is somebody else's, outermost frame first, without our own."""
    import traceback

    theirs = [(frame, frame.f_lineno) for frame in frames if not _is_of(frame, _LEADING_THERE)]
    lines = traceback.StackSummary.extract(iter(theirs)).format()
    return "".join(["Stack (most recent call last):\n", *lines]).rstrip()


def kind_of(error: BaseException) -> str:
    """Return the name of an exception's class, past a metaclass that raises when it is asked."""
    name: str = vars(type)["__name__"].__get__(type(error))
    return name


def raised_at(error: BaseException) -> TracebackType | None:
    """Return where an exception was raised; None if it doesn't let itself be asked."""
    traceback: TracebackType | None = guarded(getattr, error, "__traceback__", otherwise=None)
    return traceback


def clean(error: BaseException) -> None:
    """Take from an exception, and from what it was raised for, what does no good to whoever prints it.

    That are the frames of hookcore and of importlib, and the name by which `traceback` would import a module again.
    """
    guarded(_clean, error, otherwise=None)  # where its class has attributes that raise, it is left as it is


def _clean(error: BaseException) -> None:
    for each, hides_ours in _chain(error):
        if issubclass(type(each), ImportError) and getattr(each, "name_from", None) is not None:
            each.name_from = None  # type: ignore[attr-defined, unused-ignore]  # from 3.12 on
        each.__traceback__ = _without_our_frames(each.__traceback__, hides_ours)


def _chain(error: BaseException) -> Iterator[tuple[BaseException, bool]]:
    """Yield an exception, its causes, and those in its groups; each with whether an error of ours explains it."""
    waiting, seen = [(error, False)], set()
    while waiting:
        each, explained = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        explained = explained or isinstance(each, HookcoreError)
        yield each, explained
        further = [each.__cause__, each.__context__, *(each.exceptions if isinstance(each, BaseExceptionGroup) else ())]
        waiting += [(one, explained) for one in further if one is not None]


def _without_our_frames(traceback: TracebackType | None, hides_ours: bool) -> TracebackType | None:
    entries = []
    while traceback is not None:
        entries.append(traceback)
        traceback = traceback.tb_next
    kept = [entry for entry in entries if not _is_of(entry.tb_frame, _LEADING_THERE)]
    if not kept and not hides_ours:
        kept = entries[-1:]  # raised in our own code, or in C that it calls
    for entry in reversed(kept):
        traceback = TracebackType(traceback, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return traceback


def _is_of(frame: FrameType, packages: tuple[str, ...]) -> bool:
    return str(frame.f_globals.get("__name__")).partition(".")[0] in packages
