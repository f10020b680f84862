"""Does a receiver, as its source shows it, fit the signal that it is connected to?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from hookcore.checking.source import Connection, Function
from hookcore.checking.spec_file import HostSpec, SentSignal
from hookcore.suggestions import did_you_mean

_COMPARED: Final = frozenset({"str", "int", "float", "bool", "bytes", "None"})
_ALSO_FITS: Final = {"bool": {"int", "float"}, "int": {"float"}}


def misfits(connection: Connection, host: HostSpec) -> Iterator[str]:
    """Yield what a host would refuse of a connection, or warn of."""
    signal = host.signals.get(connection.signal)
    if signal is None:
        if not connection.may_be_unknown:
            hint = did_you_mean(connection.signal, host.signals)
            yield f"{host.project!r} sends no signal {connection.signal!r}.{hint}"
        return
    if signal.deprecated:
        yield f"signal {signal.name!r} is deprecated: {signal.deprecated}"
    function = connection.function
    if function is None:
        return
    yield from _wrong_arguments(function, signal, skip=int(connection.is_method))
    yields = any(isinstance(node, ast.Yield | ast.YieldFrom) for node in ast.walk(function))
    if yields and not connection.is_wrapper:
        yield "it is a generator function: say wrapper=True, or return the answer"
    if connection.is_wrapper and not yields:
        yield "a wrapper needs a yield"
    returns = getattr(function, "returns", None)
    if returns is not None and not yields and not _fits(ast.unparse(returns), signal.answer):
        yield f"it answers {ast.unparse(returns)}, and signal {signal.name!r} expects {signal.answer}"


def _wrong_arguments(function: Function, signal: SentSignal, skip: int) -> Iterator[str]:
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    optional = {one.arg for one in positional[len(positional) - len(arguments.defaults) :]}
    optional |= {one.arg for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if default}
    for one in [*positional[skip:], *arguments.kwonlyargs]:
        if one.arg == "signal":
            continue
        sent = signal.arguments.get(one.arg)
        if sent is None:
            if not signal.is_open and one.arg not in optional:
                hint = did_you_mean(one.arg, signal.arguments)
                yield f"signal {signal.name!r} sends no argument {one.arg!r}.{hint}"
            continue
        if one.arg in signal.deprecated_arguments:
            reason = signal.deprecated_arguments[one.arg]
            yield f"argument {one.arg!r} of signal {signal.name!r} is deprecated: {reason}"
        if one.annotation is not None and not _fits(sent, ast.unparse(one.annotation)):
            yield f"signal {signal.name!r} sends {one.arg!r} as {sent}, and it wants {ast.unparse(one.annotation)}"


def _fits(given: str, wanted: str) -> bool:
    """Tell whether a type may stand where another is wanted, as they are written. What isn't plain always may."""
    given_parts, wanted_parts = ({part.strip() for part in one.strip("'\"").split("|")} for one in (given, wanted))
    if not (given_parts <= _COMPARED and wanted_parts <= _COMPARED) or wanted_parts == {"None"} or not wanted:
        return True
    return all(part in wanted_parts or _ALSO_FITS.get(part, set()) & wanted_parts for part in given_parts)
