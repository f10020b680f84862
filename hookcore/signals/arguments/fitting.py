"""Does a receiver fit a signal, and do the arguments of a send? What is refused here could never have been called."""

from __future__ import annotations

import inspect
import re
import warnings
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NoReturn

from hookcore.errors import ReceiverError, SignalArgumentError
from hookcore.logs import log_warning
from hookcore.signals.arguments.callables import describe, line_of, own_name, yields
from hookcore.signals.arguments.parameters import Parameters
from hookcore.signals.arguments.wanted import Wanted, looked_for_by_decorators, misfits, unsent_arguments
from hookcore.suggestions import did_you_mean
from hookcore.tracebacks import guarded

__tracebackhide__ = True  # pytest leaves such frames out

_FIRST_OF_A_METHOD: Final = ("self", "cls")
_OF_A_METHOD: Final = (
    "; it is a method, which has no instance yet: connect the bound method, once there is one "
    "(`signal.connect(self.method)` in `__init__` or in `ready`), or mark it with the host's HookimplMarker"
)


def refuse_uncallable(receiver: object, signal: str) -> NoReturn:
    """Raise ReceiverError for what cannot be called at all."""
    remedy = _OF_A_METHOD if type(receiver) in (classmethod, property) else ""
    text = guarded(repr, receiver, otherwise="") or describe(receiver)
    raise ReceiverError(
        f"Signal receivers must be callable. Signal {signal!r} got {text}{remedy}", signal=signal, receiver=text
    )


def _refused(receiver: object, signal: str, problem: str, arguments: Collection[str] = ()) -> ReceiverError:
    """Make the error that names a receiver with file and line, and says what is wrong with it."""
    name = describe(receiver)
    return ReceiverError(f"receiver {name} {problem}", signal=signal, receiver=name, arguments=tuple(arguments))


_MAY_BE_AWAITED: Final = frozenset({"Any", "object", "Awaitable", "Coroutine", "Future", "Task"})


def refuse_generator(receiver: object, wrapper: bool, signal: str) -> None:
    """Raise ReceiverError for a generator function that is not connected as a wrapper, or a wrapper that is none."""
    if yields(receiver) == inspect.CO_ASYNC_GENERATOR:
        problem = "is an asynchronous generator function, of which a send makes nothing: write it without `yield`"
    elif wrapper:
        problem = "is connected as a wrapper and is no generator function: let it `yield` once, where the others run"
    else:
        problem = "is a generator function: connect it with wrapper=True, or let it return its answer"
    raise _refused(receiver, signal, f"of signal {signal!r} {problem}")


def refuse_misfit(
    receiver: object,
    wanted: Wanted,
    waits_for_sender: bool,
    signal: str,
    parameters: Parameters,
    offered: tuple[str, ...] = (),
) -> None:
    """Raise ReceiverError if the signal does not send what a receiver wants, or has no sender to wait for.

    `offered` is what a send offers, if that is not what the signal declares, and the signal itself.
    """
    missing = misfits(wanted, offered or (*parameters.names, "signal"))
    if missing:
        hint = _OF_A_METHOD if missing[0] in _FIRST_OF_A_METHOD else ""
        wants = f"it wants {_with_hints(missing, parameters.names)}, which the signal does not send{hint}"
        raise _refused(receiver, signal, f"does not fit signal {signal}{parameters}: {wants}", missing)
    if waits_for_sender and "sender" not in parameters.names:
        remedy = f"waits for a sender, and signal {signal}{parameters} has none: connect it without sender="
        raise _refused(receiver, signal, remedy)


def _with_hints(names: Iterable[str], offered: Collection[str]) -> str:
    """Return wanted names that are not offered, each with the nearest one that is."""
    hints = ((name, did_you_mean(name, offered)) for name in names)
    return ", ".join(f"{name!r} (d{hint.removeprefix(' D')})" if hint else repr(name) for name, hint in hints)


def refuse_handed_out(receiver: object, signal: str, declared: Callable[..., Any]) -> None:
    """Raise ReceiverError for a coroutine function whose coroutine a call would hand out, against what is declared.

    A call hands out what is registered with pluggy's marker as it is. That is wrong where the signal declares an answer
    which nobody can await.
    """
    try:
        answer = inspect.get_annotations(declared, eval_str=True).get("return", Any)
    except Exception:  # a name that only type checkers know
        answer = declared.__annotations__.get("return", Any)
    words = re.findall(r"\w+", answer if isinstance(answer, str) else repr(answer))
    if _MAY_BE_AWAITED.isdisjoint(words) and not hasattr(answer, "__await__"):
        remedy = (
            "connect it with @receiver, so that a call waits for it, or declare an Awaitable as the signal's answer"
        )
        problem = "is a coroutine function, and a call would hand out its coroutine in place of an answer"
        raise _refused(receiver, signal, f"of signal {signal} {problem}: {remedy}")


def refuse_method(receiver: object, wanted: Wanted, signal: str, parameters: Parameters) -> None:
    """Raise ReceiverError for a method that nobody has bound, where all else may be sent."""
    first = [name for name in misfits(wanted, parameters.names) if name in _FIRST_OF_A_METHOD]
    if first and _is_in_a_class(receiver):
        raise _refused(receiver, signal, f"of signal {signal} wants {first[0]!r}{_OF_A_METHOD}", first)


def _is_in_a_class(receiver: object) -> bool:
    outer = own_name(receiver).rpartition(".")[0]
    return bool(outer) and not outer.endswith("<locals>")


def warn_of_unsent(receiver: object, wanted: Wanted, signal: str, parameters: Parameters) -> None:
    """Log a warning of each argument that never comes, though nothing fails for lack of it.

    That are those with a default that the signal does not send, and those for which a decorator looks into its
    `**kwargs` though neither it nor the function under it names them.
    """
    if not parameters.complete:
        return
    names = (*parameters.names, "signal")
    if not wanted.optional.issubset(names):
        for name in unsent_arguments(receiver, wanted, names):
            log_warning(
                f"receiver {describe(receiver)} has the argument {name!r}, which the signal {signal}{parameters} does "
                f"not send, so that it always keeps its default.{did_you_mean(name, names)}"
            )
    for decorator, looked_for in looked_for_by_decorators(receiver, wanted, names):
        log_warning(
            f"receiver {describe(receiver)} of signal {signal}{parameters} is decorated by {decorator.co_qualname} "
            f"({decorator.co_filename}:{decorator.co_firstlineno}), which looks for "
            f"{', '.join(map(repr, looked_for))} in its **kwargs and finds nothing: a receiver is given what it names. "
            f"Name it as an argument, there ({looked_for[0]}=None) or of the receiver"
        )


def warn_of_deprecation(
    receiver: object, wanted: Wanted, signal: str, deprecated: str | None, deprecated_arguments: Mapping[str, str]
) -> None:
    """Warn, at the receiver's own file and line, that it connects to what is deprecated (DeprecationWarning)."""
    reasons = [f"signal {signal!r} is deprecated: {deprecated}"] if deprecated is not None else []
    reasons += [
        f"argument {name!r} of signal {signal!r} is deprecated: {deprecated_arguments[name]}"
        for name in (*wanted.positional, *wanted.keyword_only)
        if name in deprecated_arguments
    ]
    file, line = line_of(receiver) or ("<unknown>", 0)
    for reason in reasons:
        warnings.warn_explicit(f"{reason} (receiver {describe(receiver)})", DeprecationWarning, file, line)


def refuse_wrong_arguments(
    signal: str, method: str, parameters: Parameters, arguments: Sequence[object], named: Mapping[str, object]
) -> None:
    """Raise SignalArgumentError if the arguments of a send do not fit the signal."""
    positional = parameters.names[: len(parameters.names) - parameters.keyword_only]
    given = {**dict(zip(positional, arguments, strict=False)), **named}
    missing, unexpected = parameters.missing_from(given), parameters.unexpected_in(given)
    problems = [f"argument {name!r} is missing" for name in missing]
    problems += [f"unexpected argument {name!r}.{did_you_mean(name, parameters.names)}" for name in unexpected]
    problems += [f"argument {name!r} is given twice" for name in positional[: len(arguments)] if name in named]
    if len(arguments) > len(positional):
        problems.append(f"takes {len(positional)} arguments by position, and {len(arguments)} were given")
    if problems:
        raise SignalArgumentError(
            f"{signal}.{method}(): {'; '.join(problems)} (the signal is {signal}{parameters})",
            signal=signal,
            missing=missing,
            unexpected=unexpected,
        )
