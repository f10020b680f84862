"""pluggy's side of the manager: plugin objects and specifications with pluggy's markers, kept as signals and receivers.

pluggy's own manager makes a `HookCaller` for each hook; here each is a `Signal`, so that what plugins register and what
they connect is one thing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pluggy

from hookcore.pluggy_internals import Registry, normalized
from hookcore.signals.implementations import run_implementations
from hookcore.signals.receiver import Owner
from hookcore.signals.signal import Signal


class Registration(Registry):
    """A `pluggy.PluginManager` whose hooks are signals."""

    def __init__(self, project_name: str) -> None:
        self._lock = threading.RLock()
        super().__init__(project_name)

    # -- hooks ------------------------------------------------------------------------------------------------

    def signals(self) -> Iterator[tuple[str, Signal[..., Any]]]:
        """Yield each signal with its name."""
        for name, hook in list(vars(self.hook).items()):
            if isinstance(hook, Signal):
                yield name, hook

    def add_signal(self, name: str, signal: Signal[..., Any]) -> None:
        """Make a signal known as `self.hook.NAME`."""
        setattr(self.hook, name, signal)

    def attach(self, signal: Signal[..., Any]) -> None:
        """Make a signal's calls go through this manager."""
        signal.execute = self.execute
        signal.watch(self.monitored)

    def _new_signal(self, name: str) -> Signal[..., Any]:
        signal: Signal[..., Any] = Signal()
        signal.take_name(name)
        self.add_signal(name, signal)
        self.attach(signal)
        return signal

    def add_hookspecs(self, module_or_class: Any) -> None:
        """Take the specifications that are marked with pluggy's `HookspecMarker` in a module or class.

        Raises ValueError if there are none, as pluggy does.
        """
        found = dict(self._marked_specifications(module_or_class))
        if not found:
            raise ValueError(f"did not find any {self.project_name!r} hooks in {module_or_class!r}")
        with self._lock:
            for name, options in found.items():
                signal = getattr(self.hook, name, None) or self._new_signal(name)
                signal.set_specification(module_or_class, options)
                for implementation in signal.get_hookimpls():
                    self.verify(signal, implementation)

    def _marked_specifications(self, module_or_class: Any) -> Iterator[tuple[str, pluggy.HookspecOpts]]:
        for name in dir(module_or_class):
            options = self.parse_hookspec_opts(module_or_class, name)
            if options is not None:
                yield name, options

    # -- plugins ----------------------------------------------------------------------------------------------

    def register(self, plugin: object, name: str | None = None) -> str | None:
        """Register a plugin object with pluggy's marks on it, and return its name; as pluggy documents it.

        Returns None if the name is blocked. Raises ValueError if the name or the plugin is registered already, and
        pluggy.PluginValidationError if an implementation does not fit; nothing of the plugin is kept then.
        """
        if plugin is None:
            return None
        plugin_name = name or self.get_canonical_name(plugin)
        owner = Owner(plugin_name, plugin=plugin, active=True)
        with self._lock:
            registered = self.register_for(owner, plugin, plugin_name)
            if registered is not None:
                self.owner_registered(owner)
            return registered

    def owner_registered(self, owner: Owner) -> None:
        """Note that a plugin was registered by hand."""

    def register_for(self, owner: Owner, plugin: object, name: str) -> str | None:
        """Register a plugin whose receivers belong to `owner`."""
        names = self.plugin_by_name
        if name in names:
            if names[name] is None:
                return None
            raise ValueError(f"Plugin name already registered: {name}={plugin}\n{names}")
        if self.get_name(plugin) is not None:
            raise ValueError(f"Plugin already registered under a different name: {name}={plugin}\n{names}")
        implementations = list(self.implementations_of(plugin, name))
        for hook_name, implementation in implementations:
            known = getattr(self.hook, hook_name, None)
            if known is not None and known.has_spec():
                self.verify(known, implementation)
        names[name] = plugin
        for hook_name, implementation in implementations:
            signal = getattr(self.hook, hook_name, None) or self._new_signal(hook_name)
            signal.add_implementation(implementation, owner)
        return name

    def implementations_of(self, plugin: object, name: str) -> Iterator[tuple[str, pluggy.HookImpl]]:
        """Yield what is marked with pluggy's marker on a plugin object, with the name of the signal that it is for."""
        for attribute in dir(plugin):
            options = self.parse_hookimpl_opts(plugin, attribute)
            if options is not None:
                normalized(options)
                method = getattr(plugin, attribute)
                yield options.get("specname") or attribute, pluggy.HookImpl(plugin, name, method, options)

    # -- calls ------------------------------------------------------------------------------------------------

    def run_dispatch(
        self, name: str, implementations: Sequence[pluggy.HookImpl], arguments: Mapping[str, object], firstresult: bool
    ) -> Any:
        """Carry out a call with hookcore's dispatch."""
        signal = getattr(self.hook, name, None)
        values = signal.dispatch_values() if isinstance(signal, Signal) else {}
        return run_implementations(name, implementations, arguments, firstresult, values)

    def monitoring_changed(self) -> None:
        """Compile every signal anew: monitors cost nothing unless they are there."""
        if hasattr(self, "hook"):
            for _, signal in self.signals():
                signal.watch(self.monitored)

    def add_hookcall_monitoring(self, before: Any, after: Any) -> Callable[[], None]:
        """Call `before` and `after` around every call and every send; as pluggy documents it. Returns an undo function."""
        with self._lock:
            return super().add_hookcall_monitoring(before, after)
