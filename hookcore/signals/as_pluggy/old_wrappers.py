"""pluggy's old style of wrapping (`hookwrapper=True`) in terms of the new: a generator that is sent a `pluggy.Result`.

The rules are those that pluggy documents for it; pluggy's own translation is private, takes other arguments in each
release, and counts on pluggy's own frames when it warns.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator
from typing import Any

import pluggy

from hookcore.signals.sending.wrapping import Wrapper, did_not_yield, yielded_twice
from hookcore.tracebacks import level_of_caller

_ENDED = object()


def in_new_style(implementation: pluggy.HookImpl, signal: str) -> Callable[..., Wrapper]:
    """Return an old-style wrapper as a new-style one."""

    def wrapper(*arguments: object, **named: object) -> Wrapper:
        old: Generator[None, Any, Any] = implementation.function(*arguments, **named)  # type: ignore[assignment]
        if next(old, _ENDED) is _ENDED:
            did_not_yield(old)
        try:
            outcome: pluggy.Result[Any] = pluggy.Result((yield), None)
        except BaseException as error:
            outcome = pluggy.Result(None, error)
        _finish(old, outcome, implementation.plugin_name, signal)
        return outcome.get_result()

    return wrapper


def _finish(old: Generator[None, Any, Any], outcome: pluggy.Result[Any], plugin: str, signal: str) -> None:
    """Run an old-style wrapper from its yield to its end, where it may look at the outcome and force another."""
    try:
        old.send(outcome)
    except StopIteration:
        return
    except BaseException as error:
        message = (
            f"an old-style wrapper of plugin {plugin!r} around hook {signal!r} raised behind its yield; "
            "let it call force_exception() on what it was sent, or make it wrapper=True\n"
            f"{type(error).__name__}: {error}"
        )
        warnings.warn(pluggy.PluggyTeardownRaisedWarning(message), stacklevel=level_of_caller())
        raise
    yielded_twice(old)
