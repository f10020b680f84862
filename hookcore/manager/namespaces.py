"""Which signals a host declares: those that it keeps in the modules or classes that it gives to its manager.

Signals are found wherever a host may keep them: as attributes of modules, classes and instances, as static methods, in
slots, named tuples, enums and dictionaries, and in the classes of a module. Nothing of the host's is evaluated.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hookcore.errors import SignalDeclarationError
from hookcore.signals.signal import UNNAMED, Signal


def signals_in(namespace: object) -> Iterator[tuple[str, Signal[..., Any]]]:
    """Yield the signals of a namespace, and those in what it keeps, with the names under which they are kept there.

    Raises SignalDeclarationError for one that is kept without a name.
    """
    kept = list(_values_in(namespace))
    own = [(name, value) for name, value in kept if isinstance(value, Signal)]
    yield from own
    found = {signal for _, signal in own}
    for name, value in kept:
        for inner_name, inner in _values_in(value) if _may_keep_signals(namespace, name, value) else ():
            if isinstance(inner, Signal) and inner not in found:
                found.add(inner)
                yield inner_name or _named(inner, value), inner


def _values_in(namespace: object) -> Iterator[tuple[str, object]]:
    if isinstance(namespace, Mapping):
        yield from ((str(name), value) for name, value in namespace.items())
        return
    if isinstance(namespace, (list, tuple, set, frozenset)) and not hasattr(namespace, "_fields"):
        yield from (("", value) for value in namespace)
        return
    if isinstance(namespace, tuple):  # a named one
        yield from zip(getattr(namespace, "_fields"), namespace, strict=True)  # noqa: B009 - tuples have none
        return
    for name in dir(namespace):
        value = inspect.getattr_static(namespace, name, None)
        if isinstance(value, (types.MemberDescriptorType, staticmethod)):
            value = getattr(namespace, name, None)  # a slot's value, a static method's function
        yield name, getattr(value, "_value_", value) if _is_member(namespace, value) else value


def _is_member(namespace: object, value: object) -> bool:
    """Tell whether a value is a member of an enum."""
    return isinstance(namespace, type) and type(value) is namespace and hasattr(type(value), "__members__")


def _may_keep_signals(namespace: object, name: str, value: object) -> bool:
    """Tell whether this is a container, or a class that was written in the module that keeps it."""
    if name.startswith("__"):
        return False
    if isinstance(value, (dict, list, tuple, set, frozenset, types.SimpleNamespace)):
        return True
    if isinstance(value, type) and isinstance(namespace, types.ModuleType):
        return value.__module__ == namespace.__name__
    return False


def _named(signal: Signal[..., Any], container: object) -> str:
    if signal.name == UNNAMED:
        raise SignalDeclarationError(
            f"a signal in {type(container).__name__} {str(container)[:60]!r} has no name, and no plugin could mean it: "
            "keep it as an attribute, or in a dictionary under its name",
            signal=UNNAMED,
        )
    return signal.name


def declared_signals(namespaces: tuple[object, ...], also: Iterable[object] = ()) -> dict[str, Signal[..., Any]]:
    """Return all signals by name. `also` are the namespaces that may hold none, since they specify hooks.

    Raises SignalDeclarationError if two signals have one name, if a module's name is given for the module, or if there
    is no signal in a namespace.
    """
    found: dict[str, Signal[..., Any]] = {}
    for namespace in namespaces:
        if isinstance(namespace, str):
            raise SignalDeclarationError(
                f"{namespace!r} is a name, which holds no signals: give the module, class or instance that does",
                signal=namespace,
            )
        signals = [(name or _named(signal, namespace), signal) for name, signal in signals_in(namespace)]
        if not signals and not any(namespace is one for one in also):
            raise SignalDeclarationError(
                f"no signal is found in {namespace!r}: give the module, class or instance that holds them "
                "(as `NAME = Signal()`, or declared with @signal)",
                signal=repr(namespace),
            )
        for name, signal in signals:
            if found.setdefault(name, signal) is not signal:
                raise SignalDeclarationError(
                    f"two signals have the name {name!r}; the second is in {namespace!r}: rename one of them",
                    signal=name,
                )
            signal._take_name(name)
    return found


def module_name(namespace: object) -> str:
    """Return the name of the module in which a namespace was written."""
    if isinstance(namespace, types.ModuleType):
        return namespace.__name__
    kind = namespace if isinstance(namespace, type) else type(namespace)
    return kind.__module__
