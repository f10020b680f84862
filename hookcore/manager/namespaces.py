"""Which signals a host declares: those that it keeps in the modules or classes that it gives to its manager."""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator
from typing import Any

from hookcore.errors import SignalDeclarationError
from hookcore.signals.signal import Signal


def signals_in(namespace: object) -> Iterator[tuple[str, Signal[..., Any]]]:
    """Yield the signals of a module, class or instance with the names under which they are kept there."""
    for name in dir(namespace):
        value = inspect.getattr_static(namespace, name, None)
        if isinstance(value, Signal):
            yield name, value


def declared_signals(namespaces: tuple[object, ...]) -> dict[str, Signal[..., Any]]:
    """Return all signals by name.

    Raises SignalDeclarationError if two signals have one name, or if a module's name is given for the module.
    """
    found: dict[str, Signal[..., Any]] = {}
    for namespace in namespaces:
        if isinstance(namespace, str):
            raise SignalDeclarationError(
                f"{namespace!r} is a name, which holds no signals: give the module, class or instance that does",
                signal=namespace,
            )
        for name, signal in signals_in(namespace):
            if found.setdefault(name, signal) is not signal:
                raise SignalDeclarationError(
                    f"two signals have the name {name!r}; the second is in {namespace!r}: rename one of them",
                    signal=name,
                )
            signal.take_name(name)
    return found


def module_name(namespace: object) -> str:
    """Return the name of the module in which a namespace was written."""
    if isinstance(namespace, types.ModuleType):
        return namespace.__name__
    kind = namespace if isinstance(namespace, type) else type(namespace)
    return kind.__module__
