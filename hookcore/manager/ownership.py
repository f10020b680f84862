"""Whose is a receiver? The nearest provider's of its module: of several equally near, the running plugin's.

Where nobody provides it, it is whose module is being imported: the innermost one's, and nobody's if that is nobody's.
Where no import is running either, it is the plugin's whose `__init__` or `ready` is.

Connecting asks this from any thread, also while a module is being imported, so nothing here takes a lock.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from types import ModuleType
from typing import cast

from hookcore.manager.records import PluginRecord
from hookcore.plugins.installed import Distribution
from hookcore.plugins.provided_modules import modules_of as modules_of_distribution
from hookcore.signals.arguments.wanted import attribute_of, is_a, unwrap
from hookcore.signals.connecting.importing import importing_module
from hookcore.signals.connecting.receiver import Owner, as_method


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
        """Note that a plugin's import, `__init__` or `ready` is running."""
        token = self._running.set(record)
        try:
            yield
        finally:
            self._running.reset(token)

    def owner_of(self, receiver: object) -> Owner | None:
        """Return the owner of a receiver that connects now, or None if it is nobody's."""
        if not self._records:
            return None
        record = self.provider_of(receiver)
        if record is None:
            module = importing_module()
            record = self._running.get() if module is None else self._nearest_to(module)
        return None if record is None else record.owner

    def owner_now(self, receiver: object, imported_by: str | None, before: Owner | None) -> Owner | None:
        """Return the owner of a receiver that was connected before anybody decided, or for another manager.

        `imported_by` is the module whose import connected it, if one did.
        """
        record = self.provider_of(receiver)
        if record is None and before is None and imported_by:
            record = self._nearest_to(imported_by)
        if record is None and before is not None:
            record = next((record for record in self._records if record.owner.names == before.names), None)
        return before if record is None else record.owner

    def provider_of(self, receiver: object) -> PluginRecord | None:
        """Return the plugin that provides a receiver's module most nearly, or None."""
        for module in modules_of(receiver) if self._records else ():
            found = self._nearest_to(module)
            if found is not None:
                return found
        return None

    def _nearest_to(self, module: str) -> PluginRecord | None:
        by_module = self._by_module
        if by_module is None:
            by_module = self._by_module = self._read_modules()
        while module:
            found = by_module.get(module)
            if found is not None:
                running = self._running.get()
                return running if running in found else found[0]
            module = module.rpartition(".")[0]
        return None

    def _read_modules(self) -> dict[str, list[PluginRecord]]:
        """Return who provides each module most nearly: whose entry point names it, before whose distribution has it."""
        by_module: dict[str, list[PluginRecord]] = {}
        for record in self._records:
            for module in _entry_point_modules(record):
                by_module.setdefault(module, []).append(record)
        named = frozenset(by_module)
        of_distribution: dict[Distribution, frozenset[str]] = {}  # a suite's list of files is read once
        for record in self._records:
            distribution = record.installed.distribution
            if not record.installed.is_registered_by_hand and distribution not in of_distribution:
                of_distribution[distribution] = self._modules_of(distribution)
            for module in of_distribution.get(distribution, frozenset()) - named:
                by_module.setdefault(module, []).append(record)
        return by_module

    def _modules_of(self, distribution: Distribution) -> frozenset[str]:
        """A host may bring plugins in its own distribution: of that, only the plugin's own module is the plugin's."""
        modules = modules_of_distribution(distribution)
        if any(f"{host}.".startswith(f"{module}.") for module in modules for host in self._host_modules):
            return frozenset()
        return modules


def _entry_point_modules(record: PluginRecord) -> frozenset[str]:
    installed = record.installed
    if installed.is_registered_by_hand:
        return frozenset([record.owner.plugin.__name__]) if isinstance(record.owner.plugin, ModuleType) else frozenset()
    entry_points = [*installed.receivers, *([installed.entry_point] if installed.entry_point is not None else [])]
    return frozenset(entry_point.module for entry_point in entry_points)


def modules_of(receiver: object) -> Iterator[str]:
    """Yield the modules in which a receiver was written: for a method first its class's, which may inherit it."""
    bound = receiver
    while issubclass(type(bound), functools.partial):  # `isinstance` asks the receiver
        bound = cast("functools.partial[object]", bound).func
    method = as_method(bound)
    if method is not None:
        kind = method[0] if is_a(method[0], (type,)) else type(method[0])
        yield cast("type", kind).__module__
    module = attribute_of(unwrap(receiver), "__module__")  # a callable instance has that of its class
    if type(module) is str:
        yield module


class RegisteredOwner(Owner):
    """The owner of what a host registered by hand: it goes with the manager.

    `providers` are the owners of the installed plugins whose code it is: where the policy lets one of them not run,
    registering its code by hand does not make it run either.
    """

    __slots__ = ("_is_held", "is_installed", "providers")

    def __init__(self, name: str, *, plugin: object, is_installed: bool = False) -> None:
        self.providers: tuple[Owner, ...] = ()
        self.is_installed = is_installed  # pluggy's own loading brings it: its code is its own
        super().__init__(name, plugin=plugin, active=True)

    @property
    def active(self) -> bool:
        """Whether its receivers are called."""
        return self._is_held and all(provider.active for provider in self.providers)

    @active.setter
    def active(self, is_held: bool) -> None:
        self._is_held = is_held
