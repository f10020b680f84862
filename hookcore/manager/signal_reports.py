"""What does a host send, and whom does each signal reach now?"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, NamedTuple

from hookcore.names import meant
from hookcore.plugins.config.sources import Stated
from hookcore.signals.arguments.callables import line_of, own_name, qualified_name
from hookcore.signals.connecting.ordering import in_calling_order
from hookcore.signals.connecting.receiver import Receiver, WeakReference
from hookcore.signals.signal import Signal
from hookcore.signatures import signature_of
from hookcore.tracebacks import guarded


class Argument(NamedTuple):
    """One thing that a signal sends: its type as it is written, and its default's `repr`; None: every send gives it."""

    name: str
    type: str
    default: str | None
    deprecated: str | None


class SignalSpec(NamedTuple):
    """What a host declares of a signal.

    `module` is where a plugin imports it from, None if it stands in no module. `answers` says what a call gives: all
    answers that are not None, the first of them, or what the receivers have made of the argument `filters`. `type` is
    what a receiver returns, as it is written. `is_open` if it may send more than it names. `place` is `file:line` of
    the declaration; None if there is no Python code.
    """

    name: str
    module: str | None
    documentation: str
    arguments: tuple[Argument, ...]
    answers: Literal["all", "first", "filtered"]
    filters: str | None
    type: str
    is_open: bool
    is_robust: bool
    is_historic: bool
    deprecated: str | None
    place: str | None

    @property
    def signature(self) -> str:
        """Name, arguments with types and defaults, and what a receiver returns; in one line, as Python has it."""
        parts: list[str] = []
        for one in self.arguments:
            if one.default is None and parts and " = " in parts[-1] and "*" not in parts:
                parts.append("*")
            kind = f": {one.type}" if one.type else ""
            parts.append(f"{one.name}{kind}" if one.default is None else f"{one.name}{kind} = {one.default}")
        answer = f" -> {self.type}" if self.type else ""
        return f"{self.name}({', '.join([*parts, '**named'] if self.is_open else parts)}){answer}"


class ReceiverReport(NamedTuple):
    """One receiver of a signal as it stands now.

    `plugin` is who has brought it, None for nobody; `sender` is the one that it waits for, None for any; `place` is
    `file:line`, None before it is imported and for what is no Python code; `obstacle` says why a send does not reach
    it, None if one does.
    """

    signal: str
    name: str
    plugin: str | None
    sender: str | None
    place: str | None
    is_wrapper: bool
    is_async: bool
    obstacle: str | None


def spec_of(name: str, signal: Signal[..., Any], host_modules: Iterable[str]) -> SignalSpec:
    """Return what is declared of a signal, which a host has in one of its modules."""
    function = signal.spec.function if signal.spec is not None else None
    parameters = signal._parameters
    types = _types_of(function) if function is not None else {}
    return SignalSpec(
        name=name,
        module=_module_of(name, signal, function, host_modules),
        documentation=inspect.cleandoc(signal.documentation or (function and function.__doc__) or ""),
        arguments=tuple(
            Argument(
                one,
                types.get(one, ""),
                guarded(repr, parameters.defaults[one], otherwise="?") if one in parameters.defaults else None,
                signal._deprecated_arguments.get(one),
            )
            for one in parameters.names
        ),
        answers="filtered" if signal._filters is not None else "first" if signal._firstresult else "all",
        filters=signal._filters,
        type=types.get("return", ""),
        is_open=not parameters.complete,
        is_robust=signal._robust,
        is_historic=signal._history is not None,
        deprecated=signal.deprecated,
        place=_place_of(function),
    )


def receivers_of(name: str, signal: Signal[..., Any], mute: Iterable[Stated[str]]) -> Iterator[ReceiverReport]:
    """Yield the receivers of a signal in calling order. `mute` are the names and globs that the config mutes."""
    muted_by = next((f"{one.value!r} ({one.source})" for one in mute if meant(one.value, (name,))), "the host")
    obstacle = f"signal {name!r} is muted by {muted_by}" if signal.is_muted else None
    for receiver in in_calling_order(signal._connections(), signal._pluggy_order):
        yield ReceiverReport(
            signal=name,
            name=receiver.name,
            plugin=receiver.owner.registered_as if receiver.owner is not None else None,
            sender=_sender_of(receiver),
            place=_place_of(receiver.written),
            is_wrapper=receiver.position.wraps,
            is_async=receiver.is_async,
            obstacle=receiver.obstacle() or _left_alone(receiver) or obstacle,
        )


def _module_of(
    name: str, signal: Signal[..., Any], function: Callable[..., object] | None, modules: Iterable[str]
) -> str | None:
    keepers = (one for one in sorted(modules) if getattr(sys.modules.get(one), name, None) is signal)
    return vars(signal).get("__module__") or getattr(function, "__module__", None) or next(keepers, None)


def _left_alone(receiver: Receiver) -> str | None:
    owner = receiver.owner
    is_shut = owner is not None and owner.gate is not None and owner.gate.is_shut
    return f"plugin {owner.registered_as!r} has failed (breaker)" if owner is not None and is_shut else None


def _types_of(function: Callable[..., object]) -> dict[str, str]:
    signature = signature_of(function, follow_wrapped=False)
    types = {name: _written(one.annotation) for name, one in signature.parameters.items()}
    return types | {"return": _written(signature.return_annotation)}


def _written(annotation: object) -> str:
    if annotation is inspect.Signature.empty:
        return ""
    forward = getattr(annotation, "__forward_arg__", annotation)
    return forward if isinstance(forward, str) else inspect.formatannotation(annotation)


def _sender_of(receiver: Receiver) -> str | None:
    sender = receiver.sender() if type(receiver.sender) is WeakReference else receiver.sender
    return None if sender is None else qualified_name(sender) if callable(sender) else own_name(sender)


def _place_of(function: object) -> str | None:
    line = line_of(function)
    return None if line is None else f"{line[0]}:{line[1]}"
