"""What may tests do with signals and managers that nobody else may? The one door of `hookcore.testing`."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from types import FunctionType, ModuleType
from typing import Any, TypeAlias

from hookcore.errors import ManagerStateError, UnknownSignalError
from hookcore.manager.manager import PluginManager
from hookcore.manager.namespaces import signals_in
from hookcore.manager.ownership import Hold
from hookcore.names import names_in
from hookcore.plugins.config.keys import ConfigArguments
from hookcore.plugins.config.reading import variable
from hookcore.plugins.discovery import Discover
from hookcore.plugins.installed import Distribution, EntryPoint, InstalledPlugin
from hookcore.signals.arguments.callables import attribute_of
from hookcore.signals.connecting.connections import _ALL
from hookcore.signals.connecting.receiver import Receiver, identity_of
from hookcore.signals.connecting.receivers_by_sender import ReceiversBySender
from hookcore.signals.signal import Signal
from hookcore.suggestions import did_you_mean

Settings: TypeAlias = Mapping[str, Mapping[str, object]]
"""Settings of several plugins, by their names."""


def signals_of(*namespaces: object) -> tuple[Signal[..., Any], ...]:
    """Return the signals that these are, or that these modules, classes or instances hold."""
    found = [[one] if isinstance(one, Signal) else [signal for _, signal in signals_in(one)] for one in namespaces]
    return tuple(dict.fromkeys(chain.from_iterable(found)))


def a_signal(asked_by: str, given: object) -> Signal[..., Any]:
    """Return what is given to a tool for tests, if it is a signal. Raises TypeError if not."""
    if isinstance(given, Signal):
        return given
    raise TypeError(f"{asked_by}() wants a signal itself, as imported from the host, not {given!r}")


def manager_of(*namespaces: object) -> PluginManager:
    """Return a manager that is given, or that holds one of the signals now. Raises ManagerStateError if none does."""
    for one in namespaces:
        if isinstance(one, PluginManager):
            return one
    holders = [signal._holder for signal in signals_of(*namespaces)]
    managers = [holder._manager() for holder in holders if isinstance(holder, Hold)]
    if managers and isinstance(managers[0], PluginManager):
        return managers[0]
    raise ManagerStateError("no manager holds these signals: start() one before, or give it instead of them")


def name_in(plugins: PluginManager, signal: Signal[..., Any]) -> str:
    """Return the name under which a manager sends a signal. Raises UnknownSignalError if it doesn't."""
    for name, one in plugins._signals():
        if one is signal:
            return name
    raise UnknownSignalError(f"{plugins.project_name!r} does not send {signal.name!r}", signal=signal.name)


# -- as it was --------------------------------------------------------------------------------------------------


@contextmanager
def preserved(project_name: str, *namespaces: object) -> Iterator[None]:
    """Let everything be afterwards as it is now: what is connected, for whom, heard, muted, imported and set.

    Meanwhile the variables by which an operator configures this host's plugins are not there. Managers that are
    started meanwhile and still hold signals in the end are stopped. A module of somebody else's that is imported
    meanwhile, and connects receivers to the signals, is forgotten, and with it each that has imported it meanwhile, a
    plugin's package, say: who imports that next executes all of them anew.
    """
    signals = signals_of(*namespaces)
    host = {str(getattr(one, "__module__", None) or getattr(one, "__name__", "")) for one in (*namespaces, *signals)}
    packages = {module.partition(".")[0] for module in host} - {""}  # a list of signals is in no module
    variables = {name: os.environ.pop(name) for name in list(os.environ) if _configures(project_name, name)}
    before = set(sys.modules)
    kept = [(signal, signal._holder, _keep(signal)) for signal in signals]
    try:
        yield
    finally:
        for signal, holder, _ in kept:
            if isinstance(signal._holder, Hold) and signal._holder is not holder:
                manager_of(signal).stop()
        connecting = {module for _, _, restore in kept for module in restore(packages)} - before
        theirs = {name for name in sys.modules if name.partition(".")[0] not in packages} - before
        for module in _with_importers(connecting, theirs):
            _forget(module)
        for name in [name for name in os.environ if _configures(project_name, name)]:
            del os.environ[name]
        os.environ.update(variables)


def _configures(project_name: str, name: str) -> bool:
    return name.upper().startswith(variable(project_name, ""))


def _with_importers(modules: set[str], among: set[str]) -> set[str]:
    """Return modules with those `among` others that have anything of them, or of these."""
    found: set[str] = set()
    more = modules
    while more:
        found |= more
        held = {name: list(getattr(sys.modules[name], "__dict__", {}).values()) for name in among - found}
        more = {name for name, values in held.items() if not found.isdisjoint(map(_module_of, values))}
    return found


def _module_of(value: object) -> str:
    """Return the name of the module that something is, or that has defined it; nothing of the value's own is run."""
    if type(value) is ModuleType:
        return str(getattr(value, "__name__", ""))
    definition = value if isinstance(value, type) or type(value) is FunctionType else type(value)
    return str(vars(definition).get("__module__") or getattr(definition, "__module__", ""))


def _forget(module: str) -> None:
    package, _, name = module.rpartition(".")
    if sys.modules.pop(module, None) is not None and package in sys.modules:
        vars(sys.modules[package]).pop(name, None)


def _keep(signal: Signal[..., Any]) -> Callable[[Collection[str]], set[str]]:
    """Return what restores a signal, given the packages that are the host's, and returns whose import it undid."""
    with signal._lock:
        receivers = [(one, {name: getattr(one, name) for name in Receiver.__slots__}) for one in signal._connections()]
        mutes, taken_back, has_constraints = signal._mutes, signal._taken_back, signal._has_constraints
        history = signal._history
        past = None if history is None else (list(history.calls), history.last_number, dict(history._parted))

    def restore(packages: Collection[str]) -> set[str]:
        with signal._lock:
            now = signal._connections()
            known = {one for one, _ in receivers}
            of_host = [one for one in now if one not in known and _is_imported_from(packages, one)]
            table = ReceiversBySender()
            signal._dispatch.outdate()
            for one in now:
                if one.owner is not None:
                    one.owner.connections.pop(one, None)
            for one, values in receivers:
                for name, value in values.items():
                    setattr(one, name, value)
            for one in (*(one for one, _ in receivers), *of_host):
                if one.alive:
                    table.keep(one)
                    signal._note_owner(one)
            signal._receivers = table
            signal._lazy = {one.key: one for one in table.all() if one.lazy is not None}
            signal._mutes, signal._taken_back, signal._has_constraints = mutes, taken_back, has_constraints
            if history is not None and past is not None:
                history.calls, history.last_number, history._parted = past
            signal._dispatch.outdate()
        return {one.imported_by for one in now if one not in known and one not in of_host and one.imported_by}

    return restore


def _is_imported_from(packages: Collection[str], receiver: Receiver) -> bool:
    return (receiver.imported_by or "").partition(".")[0] in packages


# -- otherwise, for a while -------------------------------------------------------------------------------------


_REPLACED: dict[Receiver, Collection[Hashable]] = {}
"""By what those are meant in whose place something else is called."""


@contextmanager
def replaced(receiver: Callable[..., Any] | str, by: Callable[..., Any]) -> Iterator[None]:
    """Call something else in a receiver's place, with the receiver's arguments, wherever that is connected.

    Receivers that nobody has imported yet are, if it may be one of them. Raises LookupError if it is connected nowhere.
    """
    found = _connections_of(receiver)
    if not found:
        for signal in list(_ALL):
            signal._load_lazily_connected()
        found = _connections_of(receiver)
    if not found:
        names = [f"{signal.name}.{one.name}" for signal in list(_ALL) for one in signal._connections()]
        hint = did_you_mean(receiver, names) if isinstance(receiver, str) else ""
        raise LookupError(f"{receiver!r} is connected to no signal.{hint}")
    outermost = {one: _meant_by(signal, one) for signal, one, _, _ in found if one not in _REPLACED}
    for signal, one, _, _ in found:
        one.wants()
        _call(signal, one, by, inspect.iscoroutinefunction(by))
    _REPLACED.update(outermost)
    try:
        yield
    finally:
        for one in outermost:
            del _REPLACED[one]
        for signal, one, target, is_async in found:
            _call(signal, one, target, is_async)


def _connections_of(receiver: Callable[..., Any] | str) -> list[tuple[Any, Receiver, Any, bool]]:
    """Return where a receiver is connected: to which signal, how, and what is called there."""
    meant = receiver if isinstance(receiver, str) else identity_of(receiver)
    return [
        (signal, one, one.target, one.is_async)
        for signal in list(_ALL)
        for one in signal._connections()
        if one.function is not None and meant in _meant_by(signal, one)
    ]


def _meant_by(signal: Any, receiver: Receiver) -> Collection[Hashable]:
    """Return by what a test may mean a receiver: its name, itself, and of a method the function that its class has."""
    if receiver in _REPLACED:
        return _REPLACED[receiver]
    written = receiver.written
    functions = (receiver.function, written, attribute_of(written, "__func__", written))
    return {f"{signal.name}.{receiver.name}", *map(identity_of, functions)}


def _call(signal: Any, receiver: Receiver, target: Any, is_async: bool) -> None:
    with signal._lock:
        signal._dispatch.outdate()
        receiver.target, receiver.is_async, receiver.step = target, is_async, None
        signal._dispatch.outdate()


@contextmanager
def overridden(
    plugins: PluginManager,
    *,
    disable: Collection[str] = (),
    enable: Collection[str] = (),
    settings: Settings | None = None,
) -> Iterator[None]:
    """Let other plugins run, or let them have other settings, whatever was said before.

    Raises UnknownPluginError for a name that is none, ConfigError for settings that a plugin refuses, and PluginError
    for one that does not come up.
    """
    wanted = [(plugins._plugins.named(name), True) for name in names_in("enable", enable)]
    wanted += [(plugins._plugins.named(name), False) for name in names_in("disable", disable)]
    for name in settings or ():
        plugins._plugins.named(name)
    arguments, overrides = plugins._applied._arguments, dict(plugins._plugins.policy.overrides)
    other = overrides | {record.installed.names: runs for records, runs in wanted for record in records}
    try:
        _say(plugins, with_settings(arguments, settings or {}), other)
        for records, runs in wanted:
            for record in records if runs else ():
                if not record.is_active:
                    plugins._refuse_not_enabled(record, records)
        yield
    finally:
        _say(plugins, arguments, overrides)


def _say(plugins: PluginManager, arguments: ConfigArguments, overrides: Mapping[tuple[str, str], bool]) -> None:
    plugins._applied._arguments = arguments
    plugins._plugins.policy.overrides = dict(overrides)
    plugins.reload_config()


def with_settings(arguments: ConfigArguments, settings: Settings) -> ConfigArguments:
    """Return the arguments of a start that have settings of plugins besides."""
    tables = {name: dict(table) for name, table in arguments.get("plugin", {}).items()}
    for name, values in settings.items():
        table = tables.setdefault(name, {})
        before = table.get("settings")
        table["settings"] = {**before, **values} if isinstance(before, Mapping) else dict(values)
    return {**arguments, "plugin": tables} if tables else arguments.copy()


@contextmanager
def installed_too(plugins: PluginManager, plugin: object, name: str, settings: Mapping[str, object]) -> Iterator[None]:
    """Let an object be an installed plugin of a running manager, which is stopped and started for that."""
    plugins._require_running("fake_plugin()")
    module, attribute = f"hookcore_fake_{name.replace('-', '_').replace('.', '_')}", ":plugin"
    if isinstance(plugin, ModuleType):
        module, attribute = plugin.__name__, ""
    before = sys.modules.get(module)
    if attribute:
        sys.modules[module] = ModuleType(module)
        vars(sys.modules[module])["plugin"] = plugin
    else:
        sys.modules[module] = plugin  # type: ignore[assignment]
    entry_point = EntryPoint(f"{plugins.project_name}.plugins", name, module + attribute)
    installed = InstalledPlugin(name, Distribution(name, "0", "made by a test", (), "", (entry_point,)), entry_point)
    discover, arguments = plugins._discover, plugins._applied._arguments
    other = with_settings(arguments, {name: settings} if settings else {})
    other["strict"] = False  # who asked for it tells why it does not come up
    if plugins._plugins.policy.config.mode.value == "explicit":
        other["enable"] = [*other.get("enable", ()), name]
    try:
        _restart(plugins, lambda project: [*discover(project), installed], other)
        yield
    finally:
        _restart(plugins, discover, arguments)
        del sys.modules[module]
        if before is not None:
            sys.modules[module] = before


def _restart(plugins: PluginManager, discover: Discover, arguments: ConfigArguments) -> None:
    plugins.stop()
    plugins._discover = discover
    plugins.start(**arguments)
