"""Whose is a receiver? The plugin's whose distribution provides the receiver's module, else the plugin's whose import,
`__init__` or `ready` is running, else nobody's.

Connecting asks this from any thread, also while a module is being imported, so nothing here takes a lock.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from types import MethodType

from hookcore.manager.records import PluginRecord
from hookcore.signals.arguments import unwrap
from hookcore.signals.receiver import Owner


class Ownership:
    """Finds the owners of receivers for one manager. `host_modules` are the modules that declare its signals."""

    def __init__(self, host_modules: Iterable[str]) -> None:
        self._host_modules = frozenset(host_modules)
        self._records: Sequence[PluginRecord] = ()
        self._by_module: dict[str, list[PluginRecord]] | None = None
        self._running: ContextVar[PluginRecord | None] = ContextVar("hookcore_running_plugin", default=None)

    def know(self, records: Sequence[PluginRecord]) -> None:
        """Answer for these plugins from now on."""
        self._records = tuple(records)
        self._by_module = None

    @property
    def knows_any(self) -> bool:
        """Whether there are plugins to answer for."""
        return bool(self._records)

    @contextmanager
    def running(self, record: PluginRecord) -> Iterator[None]:
        """Note that a plugin's import, `__init__` or `ready` is running: what connects is its own, if nobody else's."""
        token = self._running.set(record)
        try:
            yield
        finally:
            self._running.reset(token)

    def owner_of(self, receiver: object) -> Owner | None:
        """Return the owner of a receiver, or None if it is nobody's."""
        record = self.record_of(receiver)
        return None if record is None else self.owner_in(record, receiver)

    def owner_in(self, record: PluginRecord, receiver: object) -> Owner:
        """Return which of a plugin's two owners a receiver of it has."""
        return record.silenced if is_silenced(record, receiver_name(receiver)) else record.owner

    def owner_like(self, other: Owner | None) -> Owner | None:
        """Return the owner that stands for the same plugin as one that another manager made, or None."""
        if other is None:
            return None
        return next((record.owner for record in self._records if record.owner.names == other.names), None)

    def record_of(self, receiver: object) -> PluginRecord | None:
        """Return the plugin that a receiver belongs to, or None."""
        running = self._running.get()
        return (self.provider_of(receiver, running) or running) if self._records else None

    def provider_of(self, receiver: object, running: PluginRecord | None = None) -> PluginRecord | None:
        """Return the plugin whose distribution provides a receiver's module; of several, the running one if it does."""
        for module in modules_of(receiver) if self._records else ():
            candidates = self.providers(module)
            if running is not None and running in candidates:
                return running
            if candidates:
                return max(candidates, key=lambda record: _closeness(record, module))
        return None

    def providers(self, module: str) -> list[PluginRecord]:
        """Return the plugins whose distributions provide a module."""
        by_module = self._by_module
        if by_module is None:
            by_module = self._by_module = self._read_modules()
        while module:
            found = by_module.get(module)
            if found is not None:
                return found
            module = module.rpartition(".")[0]
        return []

    def _read_modules(self) -> dict[str, list[PluginRecord]]:
        by_module: dict[str, list[PluginRecord]] = {}
        for record in self._records:
            for module in self._modules_of(record):
                by_module.setdefault(module, []).append(record)
        return by_module

    def _modules_of(self, record: PluginRecord) -> frozenset[str]:
        """A host may bring plugins in its own distribution: of that, only the plugin's own module is the plugin's."""
        modules = record.installed.distribution.modules()
        if any(f"{host}.".startswith(f"{module}.") for module in modules for host in self._host_modules):
            return _entry_point_modules(record)
        return modules


def _entry_point_modules(record: PluginRecord) -> frozenset[str]:
    installed = record.installed
    entry_points = [*installed.receivers, *([installed.entry_point] if installed.entry_point is not None else [])]
    return frozenset(entry_point.module for entry_point in entry_points)


def _closeness(record: PluginRecord, module: str) -> int:
    return max((len(name) for name in _entry_point_modules(record) if f"{module}.".startswith(f"{name}.")), default=0)


def modules_of(receiver: object) -> Iterator[str]:
    """Yield the modules in which a receiver was written: for a method first its class's, which may inherit it."""
    bound = receiver
    while isinstance(bound, functools.partial):
        bound = bound.func
    if isinstance(bound, MethodType):
        kind = bound.__self__ if isinstance(bound.__self__, type) else type(bound.__self__)
        yield kind.__module__
    module = getattr(unwrap(receiver), "__module__", None)  # a callable instance has that of its class
    if isinstance(module, str):
        yield module


def receiver_name(receiver: object) -> str:
    """Return the name by which a config means a receiver: its function's, or its class's for a callable instance."""
    inner = unwrap(receiver)
    name = getattr(inner, "__name__", None)
    return name if isinstance(name, str) else type(inner).__name__


def is_silenced(record: PluginRecord, name: str) -> bool:
    """Tell whether the config disables this one receiver of a plugin."""
    said = record.config.receivers.get(name)
    return said is not None and said.enabled is not None and not said.enabled.value
