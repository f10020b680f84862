"""What is wrong? Why a start, or another config, has to be refused; and what somebody most likely meant otherwise.

A sentence with the remedy for each.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from types import FunctionType, MappingProxyType, MethodType, ModuleType
from typing import Any, Final

from hookcore.errors import SettingsError
from hookcore.manager.records import PluginRecord
from hookcore.names import is_pattern
from hookcore.plugins.config.sources import Stated
from hookcore.plugins.installed import InstalledPlugin
from hookcore.plugins.loading import Failure, contained
from hookcore.plugins.policy import Policy
from hookcore.plugins.settings import build_settings
from hookcore.signals.arguments.callables import attribute_of
from hookcore.signals.signal import Signal
from hookcore.suggestions import did_you_mean

_REMEDY: Final = "put @receiver(signals.NAME) on what is to receive, or write a ready()"

# -- what is refused ------------------------------------------------------------------------------------------


def unmet(policy: Policy, records: Collection[PluginRecord]) -> Iterator[str]:
    """Yield what `required` and `strict` miss in the plugins as they are now."""
    obstacles = {record.installed: None if record.is_active else _state_of(record) for record in records}
    yield from _missing(policy, obstacles.__getitem__)
    if policy.config.strict.value:
        for record in records:
            if record.status.state in ("failed", "blocked"):
                yield f"{_state_of(record)} (strict, by {policy.config.strict.source})"


def forbidden(policy: Policy) -> Iterator[str]:
    """Yield which required plugins a policy would not let run, before it is applied."""

    def obstacle(plugin: InstalledPlugin) -> str | None:
        state, reason, source = decision = policy.decisions[plugin]
        named = f"plugin {plugin.name!r} ({plugin.distribution})"
        return None if decision.runs else f"{named} would be {state}: {reason} ({source})"

    return _missing(policy, obstacle)


def refused_settings(policy: Policy, records: Iterable[PluginRecord]) -> Iterator[str]:
    """Yield what running plugins refuse of the settings that a policy would give them."""
    for record in records:
        table = policy.table(record.installed)
        if not has_other_settings(record, policy):
            continue
        failure = contained("settings", partial(build_settings, record.plugin, record.installed, table))
        if type(failure) is not Failure:  # `isinstance` asks the settings
            continue
        if type(failure.error) is SettingsError:
            yield from failure.error.problems
        else:
            where = f"{table.settings.source}: " if table.settings is not None else ""
            yield f"{where}{record.described} refuses its settings: {failure}"


def has_other_settings(record: PluginRecord, policy: Policy) -> bool:
    """Tell whether a policy gives a plugin other settings than it has."""
    before, after = record.config.settings, policy.table(record.installed).settings
    return (dict(before.values) if before is not None else {}) != (dict(after.values) if after is not None else {})


def _missing(policy: Policy, obstacle: Callable[[InstalledPlugin], str | None]) -> Iterator[str]:
    """Yield a sentence for each required name that means a plugin which has an obstacle, or none at all.

    Of several plugins that claim one name, one is enough.
    """
    for name, source in policy.config.required:
        obstacles: dict[str, list[str | None]] = {}
        for plugin in policy.names.meant_by(name):
            obstacles.setdefault(plugin.canonical_name, []).append(obstacle(plugin))
        missing = "; ".join(text for texts in obstacles.values() if None not in texts for text in texts if text)
        if missing:
            yield f"{source}: the required plugin {name!r} does not run: {missing}"
        elif not obstacles:
            yield f"{source}: the required plugin {name!r} is not installed.{policy.names.nearest(name)}"


def _state_of(record: PluginRecord) -> str:
    return f"{record.described} is {record.status.state}: {record.status.reason}"


# -- what is told ---------------------------------------------------------------------------------------------


def unknown_receivers(records: Iterable[PluginRecord]) -> Iterator[str]:
    """Yield a sentence for each receiver that a config disables and that no plugin has which it means.

    A glob may fit nothing today.
    """
    known: dict[Stated[str], list[str]] = {}
    for record in records:
        for stated in record.config.disable:
            known.setdefault(stated, []).extend(record.receivers)
    for (name, source), names in known.items():
        if name not in names and not is_pattern(name):
            yield f"{source}: there is no receiver {name!r}.{did_you_mean(name, names)}"


def idle_plugins(records: Iterable[PluginRecord], project_name: str, signals: Collection[str]) -> Iterator[str]:
    """Yield a sentence for each running plugin that connects nothing and has no `ready`."""
    for record in records:
        if not record.owner.connections and not callable(attribute_of(record.plugin, "ready")):
            looked_at = partial(_oversight, record.plugin, f"{project_name}_impl", project_name, signals)
            found = contained("connect", looked_at)
            what = _REMEDY if isinstance(found, Failure) else found
            yield f"{record.described} is active, connects nothing and has no ready(): {what}"


def _oversight(plugin: object, mark: str, project_name: str, signals: Collection[str]) -> str:
    """Say what is likely amiss. Attributes are looked at without being made: a property may ask a database."""
    kind = type(plugin)
    if issubclass(kind, ModuleType) and getattr(plugin, "__file__", None) is None:
        return "its entry point names a folder without __init__.py, in which there is no code: name the module"
    if issubclass(kind, (dict, list, tuple, str, int)):
        return f"its entry point names a {kind.__name__}: name a module, a class or an instance"
    values = {name: inspect.getattr_static(plugin, name, None) for name in dir(plugin) if not name.startswith("__")}
    foreign = {key[: -len("_impl")] for value in values.values() for key in _marks_of(value) if key != mark}
    if foreign:
        return f'its receivers are marked for {", ".join(map(repr, sorted(foreign)))}: HookimplMarker("{project_name}")'
    alike = [name for name, value in values.items() if name in signals and type(value) in (FunctionType, MethodType)]
    if alike:
        return (
            f"it has {', '.join(alike)}, the names of signals, without a mark: put @receiver(signals.NAME) or "
            f'HookimplMarker("{project_name}") on them'
        )
    return _REMEDY


def _marks_of(value: object) -> Iterator[str]:
    attributes = attribute_of(value, "__dict__")
    for key, options in attributes.items() if type(attributes) in (dict, MappingProxyType) else ():
        if isinstance(key, str) and key.endswith("_impl") and type(options) is dict:
            yield key


def unknown_names(signals: Iterable[Signal[..., Any]], installed: Iterable[InstalledPlugin]) -> Iterator[str]:
    """Yield a sentence for each name in `before=` and `after=` that no plugin or distribution goes by."""
    known = {name for plugin in installed for name in plugin.names}
    for signal in signals:
        for receiver in signal._connections():
            for option in ("before", "after"):
                for name in sorted(getattr(receiver.position, option) - known):
                    yield (
                        f"{option}={name!r} of receiver {receiver.name!r} of signal {signal.name!r} means no plugin "
                        f"that is installed.{did_you_mean(name, known)}"
                    )


def second_host(host_modules: Collection[str]) -> Iterator[str]:
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
