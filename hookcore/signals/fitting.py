"""Does a receiver fit a signal, and do the arguments of a send? What is refused here could never have been called."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import NoReturn

from hookcore.errors import ReceiverError, SignalArgumentError
from hookcore.signals.arguments import (
    Wanted,
    describe,
    explain_misfits,
    misfits,
    place_of,
)
from hookcore.signals.parameters import Parameters
from hookcore.suggestions import did_you_mean


def refuse_uncallable(receiver: object, signal: str) -> NoReturn:
    """Raise ReceiverError for what cannot be called at all."""
    try:
        text = repr(receiver)
    except Exception:
        text = describe(receiver)
    raise ReceiverError(
        f"Signal receivers must be callable. Signal {signal!r} got {text}", signal=signal, receiver=text
    )


def refuse_misfit(
    receiver: object, wanted: Wanted, waits_for_sender: bool, signal: str, parameters: Parameters
) -> None:
    """Raise ReceiverError if the signal does not send what a receiver wants, or has no sender to wait for."""
    missing = misfits(wanted, (*parameters.names, "signal"))  # which every send offers, though no signal declares it
    if missing:
        hint = "; connect the bound method, once there is an instance" if missing[0] == "self" else ""
        raise ReceiverError(
            f"receiver {describe(receiver)} does not fit signal {signal}{parameters}: it wants "
            f"{explain_misfits(missing, parameters.names)}, which the signal does not send{hint}",
            signal=signal,
            receiver=describe(receiver),
            arguments=missing,
        )
    if waits_for_sender and "sender" not in parameters.names:
        raise ReceiverError(
            f"receiver {describe(receiver)} waits for a sender, and signal {signal}{parameters} has none: "
            "connect it without sender=",
            signal=signal,
            receiver=describe(receiver),
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
    file, line = place_of(receiver) or ("<unknown>", 0)
    for reason in reasons:
        warnings.warn_explicit(f"{reason} (receiver {describe(receiver)})", DeprecationWarning, file, line)


def refuse_wrong_arguments(
    signal: str, method: str, parameters: Parameters, arguments: Sequence[object], named: Mapping[str, object]
) -> None:
    """Raise SignalArgumentError if the arguments of a send do not fit the signal."""
    if not arguments and named.keys() == set(parameters.names):
        return
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
