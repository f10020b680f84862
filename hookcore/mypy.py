"""The mypy plugin: does a receiver fit the signals that it is connected to? `plugins = hookcore.mypy` switches it on.

Without it, a type checker sees whether an answer fits. With it, it sees each argument, too: names, types, in any order,
as many of them as the receiver wants. Only signals that are declared with `@signal` have something to compare with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from mypy.erasetype import erase_typevars
from mypy.maptype import map_instance_to_supertype
from mypy.messages import format_type
from mypy.nodes import ARG_STAR2, ListExpr, TupleExpr, TypeInfo
from mypy.plugin import FunctionContext, MethodContext, Plugin
from mypy.subtypes import is_subtype
from mypy.typeops import bind_self
from mypy.types import (
    AnyType,
    CallableType,
    Instance,
    NoneType,
    Parameters,
    TupleType,
    Type,
    TypeOfAny,
    get_proper_type,
)

from hookcore.suggestions import did_you_mean

_SIGNAL: Final = "hookcore.signals.signal.Signal"
_FITTING: Final = "hookcore.signals.declaring.Fitting"
_GENERATORS: Final = ("typing.Generator", "typing.Iterator", "typing.Iterable")


class HookcorePlugin(Plugin):
    """Looks at `@receiver(…)`, `signal.connect(…)` and `signal.connected_to(…)`."""

    def get_function_hook(self, fullname: str) -> Callable[[FunctionContext], Type] | None:
        """Let what `receiver()` gives remember the signals."""
        return self._fitting if fullname == "hookcore.signals.declaring.receiver" else None

    def get_method_hook(self, fullname: str) -> Callable[[MethodContext], Type] | None:
        """Check what is connected."""
        if fullname == f"{_FITTING}.__call__":
            return _check_decorated
        return _check_connected if fullname.endswith((".connect", ".connected_to")) else None  # subclasses have it, too

    def _fitting(self, context: FunctionContext) -> Type:
        given = context.args[0][0]
        expressions = given.items if isinstance(given, (ListExpr, TupleExpr)) else [given]
        signals = [context.api.get_expression_type(one) for one in expressions]
        fitting = self.lookup_fully_qualified(_FITTING)
        if fitting is None or not isinstance(fitting.node, TypeInfo) or not all(map(_as_signal, signals)):
            return context.default_return_type
        anything = AnyType(TypeOfAny.special_form)
        return Instance(
            fitting.node, [TupleType(signals, context.api.named_generic_type("builtins.tuple", [anything]))]
        )


def plugin(version: str) -> type[Plugin]:
    """Return the plugin, for every version of mypy."""
    return HookcorePlugin


def _check_decorated(context: MethodContext) -> Type:
    fitting = get_proper_type(context.type)
    signals = get_proper_type(fitting.args[0]) if isinstance(fitting, Instance) else fitting
    _check(context, signals.items if isinstance(signals, TupleType) else [])
    return context.default_return_type


def _check_connected(context: MethodContext) -> Type:
    _check(context, [context.type])
    return context.default_return_type


def _check(context: MethodContext, signals: list[Type]) -> None:
    receiver = get_proper_type(context.arg_types[0][0]) if context.arg_types[0] else None
    if isinstance(receiver, Instance) and (called := receiver.type.get("__call__")) is not None:
        method = get_proper_type(called.type)  # of an object that is callable
        receiver = bind_self(method, receiver) if isinstance(method, CallableType) else None
    if isinstance(receiver, CallableType):
        for problem in dict.fromkeys(one for signal in signals for one in _problems(receiver, signal, context)):
            context.api.fail(problem, context.context)


def _as_signal(given: Type) -> Instance | None:
    """Return a signal's type as that of a `Signal`, whichever class of its own it has; None if it is none."""
    given = get_proper_type(given)
    if not isinstance(given, Instance):
        return None
    base = next((one for one in given.type.mro if one.fullname == _SIGNAL), None)
    return None if base is None else map_instance_to_supertype(given, base)


def _problems(receiver: CallableType, given: Type, context: MethodContext) -> Iterator[str]:
    """Yield what keeps a receiver from fitting a signal."""
    signal = _as_signal(given)
    sent = get_proper_type(signal.args[0]) if signal is not None else None
    if signal is None or not isinstance(sent, Parameters) or ARG_STAR2 in sent.arg_kinds:
        return  # it sends whatever it is given
    types = {name: one for name, one in zip(sent.arg_names, sent.arg_types, strict=True) if name is not None}
    options = context.api.options
    for name, kind, wanted in zip(receiver.arg_names, receiver.arg_kinds, receiver.arg_types, strict=True):
        if name is None or kind.is_star() or name == "signal":
            continue
        if name not in types:
            if kind.is_required():
                yield f"The signal sends no argument {name!r}.{did_you_mean(name, types)}"
        elif not is_subtype(types[name], erase_typevars(wanted)):
            yield (
                f"The signal sends {name!r} as {format_type(types[name], options)}, and the receiver wants "
                f"{format_type(wanted, options)}"
            )
    answer, expected = _answer(receiver), get_proper_type(signal.args[1])
    if answer is not None and not isinstance(expected, NoneType) and not is_subtype(answer, expected):
        yield (
            f"The signal expects the answer {format_type(expected, options)}, and the receiver gives "
            f"{format_type(answer, options)}"
        )


def _answer(receiver: CallableType) -> Type | None:
    """Return what a receiver answers, awaited or not; None for a wrapper, which answers nothing itself."""
    answer = get_proper_type(receiver.ret_type)
    if isinstance(answer, Instance):
        if answer.type.fullname in _GENERATORS:
            return None
        if answer.type.fullname == "typing.Coroutine":
            return answer.args[2]
    return erase_typevars(answer)
