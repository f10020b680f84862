"""One plugin's way from installed code to connected receivers and back, with every fault of it held.

Each step returns a `Failure` instead of raising; what a step had done is undone before it returns one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from hookcore.errors import UnknownSignalError
from hookcore.manager.ownership import Ownership, is_silenced, receiver_name
from hookcore.manager.records import PluginRecord
from hookcore.plugins.discovery import EntryPoint
from hookcore.plugins.loading import Failure, call_with_wanted, contained, instantiate, load, load_entry_point
from hookcore.plugins.settings import build_settings
from hookcore.signals.arguments import describe
from hookcore.signals.signal import Signal
from hookcore.suggestions import did_you_mean

if TYPE_CHECKING:
    from hookcore.manager.registration import Registration


class ReceiversOnly:
    """Stands for a plugin that is nothing but receiver entry points, where pluggy wants an object."""

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __repr__(self) -> str:
        return f"<receivers of {self.__name__!r}>"


class Lifecycle:
    """Brings plugins up and down for one manager."""

    def __init__(self, manager: Registration, ownership: Ownership) -> None:
        self._manager = manager
        self._ownership = ownership

    # -- up ---------------------------------------------------------------------------------------------------

    def connect(self, record: PluginRecord) -> Failure | None:
        """Import a plugin, validate its settings, and connect its receivers. It is not active yet."""
        if record.is_loaded:
            return None
        with self._ownership.running(record):
            imported = contained("import", lambda: self._imported(record))
            if isinstance(imported, Failure):
                self._disconnect(record, keep=frozenset())
                return imported
            target, receivers = imported
            record.connected_at_import = self._connections(record)
            settings = contained("settings", lambda: build_settings(target, record.installed, record.config))
            if isinstance(settings, Failure):
                return settings
            record.settings = settings
            failure = contained("connect", lambda: self._connected(record, target, receivers))
            if failure is not None:
                self.disconnect(record)
            return failure

    def ready(self, record: PluginRecord) -> Failure | None:
        """Call the plugin's `ready`, if it has one."""
        with self._ownership.running(record):
            failure = contained("ready", lambda: self._call(record, "ready"))
        record.is_ready = failure is None
        return failure

    def _imported(self, record: PluginRecord) -> tuple[object, list[tuple[EntryPoint, Any]]]:
        installed = record.installed
        target = load(installed)
        if target is None:
            target = ReceiversOnly(installed.name)
        return target, [(entry_point, load_entry_point(entry_point, installed)) for entry_point in installed.receivers]

    def _connected(self, record: PluginRecord, target: object, receivers: list[tuple[EntryPoint, Any]]) -> None:
        available = {"plugins": self._manager, "settings": record.settings}
        plugin = instantiate(target, available, plugin=record.name)
        self._refuse_unknown_signals(record, plugin)
        record.plugin = record.owner.plugin = record.silenced.plugin = plugin
        self._manager.register_for(record.owner, plugin, record.name)
        for entry_point, receiver in receivers:
            self._signal_of(record, entry_point).connect(receiver)
        self.sort_receivers(record)

    def _refuse_unknown_signals(self, record: PluginRecord, plugin: object) -> None:
        """A receiver for a signal that nobody sends is a misspelling, unless it says that it is optional."""
        known = [name for name, _ in self._manager.signals()]
        for name, implementation in self._manager.implementations_of(plugin, record.name):
            if name not in known and not implementation.optionalhook:
                raise UnknownSignalError(
                    f"{describe(implementation.function)} of plugin {record.name!r} receives the signal {name!r}, which "
                    f"{self._manager.project_name!r} does not send.{did_you_mean(name, known)}",
                    signal=name,
                )

    def _signal_of(self, record: PluginRecord, entry_point: EntryPoint) -> Signal[..., Any]:
        name, dot, _ = entry_point.name.partition(".")
        signals = dict(self._manager.signals())
        if not dot or name not in signals:
            raise UnknownSignalError(
                f"plugin {record.name!r} has the receiver {entry_point.name!r} in the group {entry_point.group!r}: its name "
                f"must be '<signal>.<receiver>', and {self._manager.project_name!r} sends no {name!r}."
                f"{did_you_mean(name, signals)}",
                signal=name,
            )
        return signals[name]

    # -- between ----------------------------------------------------------------------------------------------

    def activate(self, record: PluginRecord) -> Failure | None:
        """Let the plugin's receivers be called. A historic signal calls them here with what they have missed."""
        record.owner.active = True
        return contained("connect", lambda: self._owner_changed(record))

    def deactivate(self, record: PluginRecord) -> None:
        """Let the plugin's receivers be called no more. They stay connected."""
        record.owner.active = False
        self._owner_changed(record)

    def _owner_changed(self, record: PluginRecord) -> None:
        for _, signal in self._manager.signals():
            signal.owner_changed(record.owner)

    def sort_receivers(self, record: PluginRecord) -> None:
        """Give each receiver the owner that the config says: the active one, or the one that never is."""
        for _, signal in self._manager.signals():
            for receiver in signal.connections():
                if receiver.owner in record.owners:
                    name = receiver_name(receiver.function)
                    receiver.owner = record.silenced if is_silenced(record, name) else record.owner
            signal.changed()

    def receivers_of(self, record: PluginRecord) -> tuple[str, ...]:
        """Return the plugin's receivers as `signal.receiver`: the connected ones, and those that its metadata names."""
        names = [entry_point.name for entry_point in record.installed.receivers]
        for name, signal in self._manager.signals():
            names += [
                f"{name}.{receiver_name(receiver.function)}"
                for receiver in signal.connections()
                if receiver.owner in record.owners
            ]
        return tuple(sorted(dict.fromkeys(names)))

    # -- down -------------------------------------------------------------------------------------------------

    def shut_down(self, record: PluginRecord) -> Failure | None:
        """Call the plugin's `shutdown`, if it has one and was ready."""
        if not record.is_ready:
            return None
        record.is_ready = False
        return contained("shutdown", lambda: self._call(record, "shutdown"))

    def disconnect(self, record: PluginRecord) -> None:
        """Take back what connecting did. What the module connects at import stays, and stays inactive."""
        self.deactivate(record)
        self._disconnect(record, keep=record.connected_at_import)
        if record.plugin is not None:
            self._manager.plugin_by_name.pop(record.name, None)
            record.plugin = record.owner.plugin = record.silenced.plugin = None

    def _disconnect(self, record: PluginRecord, keep: Iterable[tuple[int, Any]]) -> None:
        kept = frozenset(keep)
        for _, signal in self._manager.signals():
            theirs = [receiver.key for receiver in signal.connections() if receiver.owner in record.owners]
            signal.drop([key for key in theirs if (id(signal), key) not in kept])

    def _connections(self, record: PluginRecord) -> set[tuple[int, Any]]:
        return {
            (id(signal), receiver.key)
            for _, signal in self._manager.signals()
            for receiver in signal.connections()
            if receiver.owner in record.owners
        }

    def _call(self, record: PluginRecord, name: str) -> None:
        function = getattr(record.plugin, name, None)
        if callable(function):
            available = {"plugins": self._manager, "settings": record.settings}
            call_with_wanted(function, available, plugin=record.name)


def unknown_receivers(record: PluginRecord, names: Iterable[str]) -> Iterator[str]:
    """Yield a sentence for each receiver that the config names and the plugin does not have."""
    known = {name.partition(".")[2] for name in names}
    for name, said in record.config.receivers.items():
        if name not in known:
            source = next((value.source for value in (said.enabled, said.delivery) if value is not None), None)
            where = f"{source}: " if source is not None else ""
            yield f"{where}plugin {record.name!r} has no receiver {name!r}.{did_you_mean(name, known)}"
