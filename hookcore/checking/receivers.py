"""Does a receiver, as its source shows it, fit the signal that it is connected to?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from hookcore.checking.connections import Connection
from hookcore.checking.problem import Problem
from hookcore.checking.source import Function
from hookcore.checking.spec_file import HostSpec, SentSignal
from hookcore.suggestions import did_you_mean

_PLAIN: Final = frozenset(
    {"str", "int", "float", "bool", "bytes", "None", "list", "dict", "tuple", "set", "frozenset", "complex"}
)
_ALSO_FITS: Final = {"bool": {"int", "float", "complex"}, "int": {"float", "complex"}, "float": {"complex"}}
_OF_A_CLASS: Final = (
    "{0!r} is nobody's yet: it is a method. Connect the bound one in `__init__` or in `ready` "
    "(`signal.connect(self.{1})`), or mark it with the host's HookimplMarker"
)


def misfits(connection: Connection, host: HostSpec) -> Iterator[Problem]:
    """Yield what a host would refuse of a connection, or warn of: of the signal where it is connected, of the
    receiver where that is defined.
    """
    signal = host.signals.get(connection.signal)
    if connection.names_none:
        text = f"{connection.receiver!r} is connected to no signal: write @receiver(signals.NAME)"
        yield Problem(connection.file, connection.line, text)
    if signal is None:
        if connection.signal and not connection.is_optional:
            hint = did_you_mean(connection.signal, host.signals)
            text = f"{host.project!r} sends no signal {connection.signal!r}.{hint}"
            yield Problem(connection.file, connection.line, text)
        return
    if signal.deprecated:
        yield Problem(connection.file, connection.line, f"signal {signal.name!r} is deprecated: {signal.deprecated}")
    function = connection.function
    if function is not None and connection.found is not None:
        for line, text in (*_wrong_arguments(connection, function, signal), *_wrong_answer(connection, signal)):
            yield Problem(connection.found.file, line, text)


def wanted_arguments(connection: Connection) -> dict[str, ast.arg]:
    """Return the arguments that a receiver names; none if the source doesn't show it."""
    function = connection.function
    if function is None:
        return {}
    arguments = function.args
    bound = connection.found is not None and connection.found.is_bound
    named = [*[*arguments.posonlyargs, *arguments.args][bound:], *arguments.kwonlyargs]
    return {one.arg: one for one in named if one.arg != "signal"}


def surely_fits(given: str, wanted: ast.expr | None) -> bool:
    """Tell whether one type, as it is written, plainly may stand where another is wanted."""
    if wanted is None:
        return False
    written = ast.unparse(wanted).strip("'\"")
    return written in (given, "object", "Any", "typing.Any") or compared(given, wanted) is True


def yields(function: Function) -> bool:
    """Tell whether a function is a generator function: what it defines inside may yield for itself."""
    waiting: list[ast.AST] = [function.body] if isinstance(function, ast.Lambda) else [*function.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)
    return False


def _wrong_arguments(connection: Connection, function: Function, signal: SentSignal) -> Iterator[tuple[int, str]]:
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    optional = {one.arg for one in positional[len(positional) - len(arguments.defaults) :]}
    optional |= {one.arg for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if default}
    for number, (name, one) in enumerate(wanted_arguments(connection).items()):
        sent = signal.arguments.get(name)
        if sent is None:
            if name in optional:
                continue
            if number == 0 and name in ("self", "cls"):
                yield function.lineno, _OF_A_CLASS.format(name, connection.receiver)
            elif not signal.is_open:
                hint = did_you_mean(name, signal.arguments) or f" It sends {', '.join(signal.arguments)}."
                yield function.lineno, f"signal {signal.name!r} sends no argument {name!r}.{hint}"
            continue
        if name in signal.deprecated_arguments:
            reason = signal.deprecated_arguments[name]
            yield function.lineno, f"argument {name!r} of signal {signal.name!r} is deprecated: {reason}"
        if compared(sent, one.annotation) is False and one.annotation is not None:
            wanted = ast.unparse(one.annotation)
            yield one.lineno, f"signal {signal.name!r} sends {name!r} as {sent}, and it wants {wanted}"


def _wrong_answer(connection: Connection, signal: SentSignal) -> Iterator[tuple[int, str]]:
    function = connection.function
    assert function is not None
    if yields(function):
        if isinstance(function, ast.AsyncFunctionDef):
            text = "it is an asynchronous generator function, of which a send makes nothing: write it without `yield`"
            yield function.lineno, text
        elif not connection.is_wrapper:
            yield function.lineno, "it is a generator function: say wrapper=True, or return the answer"
        return
    if connection.is_wrapper:
        yield function.lineno, "a wrapper needs a yield"
    returns = getattr(function, "returns", None)
    if returns is not None and compared(ast.unparse(returns), _parsed(signal.answer)) is False:
        text = f"it answers {ast.unparse(returns)}, and signal {signal.name!r} expects {signal.answer}"
        yield function.lineno, text


def compared(given: str, wanted: ast.expr | None) -> bool | None:
    """Tell whether a type may stand where another is wanted, as they are written; None for what isn't plain."""
    given_parts, wanted_parts = _parts(_parsed(given)), _parts(wanted)
    if given_parts is None or wanted_parts is None or wanted_parts == {"None"}:
        return None
    return all(part in wanted_parts or _ALSO_FITS.get(part, set()) & wanted_parts for part in given_parts)


def _parsed(written: str) -> ast.expr | None:
    try:
        return ast.parse(written, mode="eval").body if written else None
    except SyntaxError:
        return None


def _parts(written: ast.expr | None) -> set[str] | None:
    """Return the plain types that a union is made of, generic ones without what they hold; None if one isn't plain."""
    if isinstance(written, ast.Constant) and isinstance(written.value, str):
        return _parts(_parsed(written.value))
    if isinstance(written, ast.BinOp):
        sides = [_parts(written.left), _parts(written.right)]
    elif isinstance(written, ast.Subscript):
        head = ast.unparse(written.value).rpartition(".")[2]
        inner = written.slice.elts if isinstance(written.slice, ast.Tuple) else [written.slice]
        sides = list(map(_parts, inner)) if head in ("Optional", "Union") else [{head.lower()} & _PLAIN or None]
        sides += [{"None"}] if head == "Optional" else []
    else:
        name = "" if written is None else ast.unparse(written)
        sides = [{name} if name in _PLAIN else None]
    found: set[str] = set()
    for side in sides:
        if side is None:
            return None
        found |= side
    return found
