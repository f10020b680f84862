"""What did a plugin's author, or the host's, most likely mean otherwise? A sentence with the remedy for each."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from types import FunctionType, MethodType, ModuleType
from typing import Any

from hookcore.manager.records import PluginRecord
from hookcore.signals.signal import Signal
from hookcore.suggestions import did_you_mean


def of_plugins(records: Iterable[PluginRecord], project_name: str, signals: Collection[str]) -> Iterator[str]:
    """Yield a sentence for each running plugin that connects nothing and has no `ready`."""
    for record in records:
        if not record.owner.connections and not callable(getattr(record.plugin, "ready", None)):
            what = _oversight(record.plugin, f"{project_name}_impl", project_name, signals)
            yield f"{record.described} is active, connects nothing and has no ready(): {what}"


def _oversight(plugin: object, mark: str, project_name: str, signals: Collection[str]) -> str:
    if isinstance(plugin, FunctionType):
        return (
            f"its entry point names the function {plugin.__qualname__}, which nobody calls. "
            "Name its module, and connect it there with @receiver(signals.NAME)"
        )
    if isinstance(plugin, ModuleType) and getattr(plugin, "__file__", None) is None:
        return "its entry point names a folder without __init__.py, in which there is no code: name the module"
    if isinstance(plugin, (dict, list, tuple, str, int)):
        return f"its entry point names a {type(plugin).__name__}: name a module, a class or an instance"
    values = {name: getattr(plugin, name, None) for name in dir(plugin) if not name.startswith("__")}
    foreign = {key[: -len("_impl")] for value in values.values() for key in _marks_of(value) if key != mark}
    if foreign:
        return f'its receivers are marked for {", ".join(map(repr, sorted(foreign)))}: HookimplMarker("{project_name}")'
    alike = [name for name in values if name in signals and isinstance(values[name], (FunctionType, MethodType))]
    if alike:
        return (
            f"it has {', '.join(alike)}, the names of signals, without a mark: put @receiver(signals.NAME) or "
            f'HookimplMarker("{project_name}") on them'
        )
    return "put @receiver(signals.NAME) on what is to receive, or write a ready()"


def _marks_of(value: object) -> Iterator[str]:
    attributes = getattr(value, "__dict__", None)
    for key, options in attributes.items() if isinstance(attributes, Mapping) else ():
        if isinstance(key, str) and key.endswith("_impl") and isinstance(options, dict):
            yield key


def of_orders(signals: Iterable[Signal[..., Any]], known: Collection[str]) -> Iterator[str]:
    """Yield a sentence for each name in `before=` and `after=` that no plugin or distribution goes by."""
    for signal in signals:
        if not signal._has_constraints:
            continue
        for receiver in signal._connections():
            for option in ("before", "after"):
                for name in sorted(getattr(receiver.place, option) - set(known)):
                    yield (
                        f"{option}={name!r} of receiver {receiver.name!r} of signal {signal.name!r} means no plugin "
                        f"that is installed.{did_you_mean(name, known)}"
                    )


def of_the_host(host_modules: Collection[str]) -> Iterator[str]:
    """Yield a sentence if the module that runs as a program, and declares the signals, is there a second time."""
    main = sys.modules.get("__main__")
    if "__main__" not in host_modules or main is None:
        return
    file = getattr(main, "__file__", None)
    spec = getattr(main, "__spec__", None)
    for name, module in list(sys.modules.items()):
        if name != "__main__" and file is not None and getattr(module, "__file__", None) == file:
            run = f"python -m {spec.name}" if spec is not None else f"python {file}"
            yield (
                f"the host runs as `{run}`, and {name} has been imported beside it: a second copy with signals of "
                "its own, which plugins connect to and nobody sends. Keep the signals in a module that is only imported"
            )
