"""pluggy's side of the manager: plugin objects and specifications with pluggy's markers, kept as signals and receivers.

pluggy's own manager makes a `HookCaller` for each hook; here each is a `Signal`, so that what plugins register and what
they connect is one thing.
"""

from __future__ import annotations

from _thread import RLock  # that of threading, whose import costs as much as a tenth of ours
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from inspect import CO_GENERATOR
from types import FunctionType, MemberDescriptorType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import pluggy

from hookcore.manager.namespaces import declared_signals, module_name
from hookcore.manager.ownership import Hold, Ownership, RegisteredOwner
from hookcore.pluggy_internals import Registry, normalized
from hookcore.signals.arguments.callables import attribute_of, is_a, yields
from hookcore.signals.arguments.fitting import refuse_handed_out
from hookcore.signals.arguments.parameters import ANYTHING
from hookcore.signals.arguments.wanted import misfits
from hookcore.signals.as_pluggy.implementations import (
    PlannedCall,
    implementation_of,
    receiver_of_marked,
    told_when_done,
    wanted_by_marked,
)
from hookcore.signals.connecting.receiver import Owner, Receiver
from hookcore.signals.signal import Signal

if TYPE_CHECKING:
    from hookcore.signals.sending.observing import Watch
    from hookcore.signals.sending.tenants import Tenants

__tracebackhide__ = True  # pytest leaves such frames out

_OPTIONS = len(pluggy.HookimplOpts.__annotations__)
_BARE = (object, ModuleType)  # what these have is never marked
_PLAIN_DIR = (object.__dir__, ModuleType.__dir__, type.__dir__)

MarkedFunction: TypeAlias = tuple[str, Callable[..., Any], Any]
"""A name (of the attribute, or of the signal that it is for), the function as the plugin hands it out, bound to it, and
the marker's options."""


class Registration(Registry):
    """A `pluggy.PluginManager` whose hooks are signals.

    `_turn` gives what is held while what is registered changes: the manager's lock, if nobody waits who has it.
    """

    _tenants: Tenants | None = None
    """For which tenants sends are made, if the host has said which plugins are active for one."""

    def __init__(self, project_name: str, *namespaces: object) -> None:
        self._lock = RLock()
        self._turn: Callable[[], AbstractContextManager[object]] = nullcontext  # nobody knows the manager yet
        self._declared: dict[str, Signal[..., Any]] = {}
        self._owners: dict[int, Owner] = {}  # of what is registered, by the plugin object's identity
        self._specifications = 0  # how many there have been
        self._watches_of: Callable[[str, Receiver], Sequence[Watch]] | None = None  # what watches receivers' calls
        super().__init__(project_name)
        vars(self.hook)["_manager"] = self  # who keeps only `manager.hook` keeps all, as with pluggy
        specified = [namespace for namespace in namespaces if any(self._marked_specifications(namespace))]
        self._declared = declared_signals(namespaces, specified)
        self._host_modules = frozenset(module_name(namespace) for namespace in namespaces)
        self._ownership = Ownership(self._host_modules)
        self._hold = Hold(self, self._declared.values(), self._ownership, self._tenants)
        self._owner_of = self._hold.owner_of  # one for all signals
        vars(self.hook).update(self._declared)
        for namespace in specified:
            self.add_hookspecs(namespace)

    # -- hooks ------------------------------------------------------------------------------------------------

    def _signals(self) -> Iterator[tuple[str, Signal[..., Any]]]:
        """Yield the name of each signal, and the signal."""
        for name, hook in list(vars(self.hook).items()):
            if isinstance(hook, Signal):
                yield name, hook

    def _sent_signals(self) -> dict[str, Signal[..., Any]]:
        """Return the signals that the host declares or specifies, by name: those that plugins may rely on.

        pluggy also makes a hook for whatever a plugin registers by hand, misspelled or not.
        """
        return {name: signal for name, signal in self._signals() if self._sent_signal(name) is not None}

    def _sent_signal(self, name: str) -> Signal[..., Any] | None:
        """Return the signal of a name that the host declares or specifies, or None."""
        signal = getattr(self.hook, name, None)
        return signal if isinstance(signal, Signal) and (name in self._declared or signal.has_spec()) else None

    def _new_signal(self, name: str) -> Signal[..., Any]:
        signal: Signal[..., Any] = Signal.__new__(Signal)
        signal._set_up(name, ANYTHING)
        signal._pluggy_order = True
        signal._execute = self._execute
        signal._owner_of = self._owner_of
        setattr(self.hook, name, signal)
        if self._watches_of is not None:
            signal._observe(self._watches_on(name))
        if self._monitored:
            signal._watch(True)
        if self._tenants is not None:
            signal._send_for(self._tenants)
        return signal

    def add_hookspecs(self, module_or_class: Any) -> None:
        """Take the specifications that are marked with pluggy's `HookspecMarker` in a module or class.

        Raises ValueError if there are none, as pluggy does.
        """
        found = dict(self._marked_specifications(module_or_class))
        if not found:
            raise ValueError(f"did not find any {self.project_name!r} hooks in {module_or_class!r}")
        with self._turn():
            for name, options in found.items():
                signal = getattr(self.hook, name, None) or self._new_signal(name)
                signal.set_specification(module_or_class, options)
                self._specifications += 1
                for implementation in signal.get_hookimpls():
                    self._verify_implementation(signal, implementation)

    def _marked_specifications(self, module_or_class: Any) -> Iterator[tuple[str, pluggy.HookspecOpts]]:
        for name in dir(module_or_class):
            options = self.parse_hookspec_opts(module_or_class, name)
            if options is not None:
                yield name, options

    # -- plugins ----------------------------------------------------------------------------------------------

    def register(self, plugin: object, name: str | None = None) -> str | None:
        """Register a plugin object by hand; as pluggy documents it. It stays registered over stop and start.

        The manager holds the host's signals from then on, started or not, until `stop()`. Returns None if the name is
        blocked. Raises ValueError if the name or the plugin is registered already, pluggy.PluginValidationError if an
        implementation does not fit, and SignalHeldError if another manager holds a signal; nothing of the plugin is
        kept then.
        """
        if plugin is None:
            return None
        plugin_name = name or self.get_canonical_name(plugin)
        registered = None
        with self._turn():
            takes_hold = self._take_hold()
            try:
                registered = self._register_for(RegisteredOwner(plugin_name, plugin=plugin))
            finally:
                if takes_hold and registered is None:
                    self._hold.release()
        return registered

    def _take_hold(self) -> bool:
        """Hold the host's signals, if it declares any; return whether that was different before."""
        takes_hold = bool(self._declared) and not self._hold.is_taken
        if takes_hold:
            self._hold.take()
        return takes_hold

    def _register_for(self, owner: Owner, marked: Iterable[MarkedFunction] | None = None) -> str | None:
        """Register the plugin of an owner, whose receivers will be its: what is `marked` on it."""
        plugin, name, names = owner.plugin, owner.registered_as, self._plugin_by_name
        if name in names:
            if names[name] is None:
                return None
            raise ValueError(f"Plugin name already registered: {name}={plugin}\n{names}")
        if self.get_name(plugin) is not None:
            raise ValueError(f"Plugin already registered under a different name: {name}={plugin}\n{names}")
        specifications = self._specifications
        receivers = [
            (hook_name, function, self._receiver_for(owner, hook_name, function, options))
            for hook_name, function, options in (self._marked_functions(plugin) if marked is None else marked)
        ]
        functions = [function for _, function, _ in receivers]
        if isinstance(owner, RegisteredOwner):
            self._hold.remember(owner, functions)
        if not _are_written_in(plugin, functions):
            self._ownership.borrowers.add(owner)
        names[name] = plugin
        self._owners[id(plugin)] = owner
        for hook_name, _, receiver in receivers:
            signal = getattr(self.hook, hook_name, None) or self._new_signal(hook_name)
            if self._specifications != specifications:  # by an earlier one that has just heard the past
                try:
                    self._verify_again(signal, receiver)
                except pluggy.PluginValidationError:
                    self._release_owner(owner)
                    raise
            signal._add_receiver(receiver)
        return name

    def _verify_again(self, signal: Signal[..., Any], receiver: Receiver) -> None:
        implementation = implementation_of(receiver)
        if signal.spec is not None and implementation is not None:
            self._verify_implementation(signal, implementation)

    def _release_owner(self, owner: Owner) -> None:
        """Take out what was registered for an owner. What its modules have connected is not looked at."""
        plugin, name = owner.plugin, owner.registered_as
        registered = [(signal, receiver) for receiver, signal in owner.connections.items() if receiver.from_pluggy]
        for signal, receiver in registered:
            signal._drop([receiver], remember=False)
        if self._plugin_by_name.get(name) is plugin and plugin is not None:
            del self._plugin_by_name[name]
        self._owners.pop(id(plugin), None)

    def _registered_owners(self) -> list[RegisteredOwner]:
        """Return the owners of all that is registered by hand."""
        owners = [owner for owner in self._owners.values() if isinstance(owner, RegisteredOwner)]
        return [owner for owner in owners if self._owner_of_plugin(owner.plugin) is owner]

    def _owner_of_plugin(self, plugin: object) -> Owner | None:
        """Return the owner for which this very object is registered, or None.

        pluggy compares plugins with `==`, which is the plugins' own code and may raise or say anything.
        """
        owner = self._owners.get(id(plugin))
        return owner if owner is not None and self._plugin_by_name.get(owner.registered_as) is plugin else None

    def unregister(self, plugin: Any = None, name: str | None = None) -> Any:
        """Take a plugin out again, and return it; as pluggy documents it."""
        if name is None:
            assert plugin is not None, "one of name or plugin needs to be specified"
            assert self.get_name(plugin) is not None, "plugin is not registered"
        found = self.get_plugin(name) if plugin is None and name is not None else plugin
        owner = self._owner_of_plugin(found) if found is not None else None
        if owner is not None:
            self._release_owner(owner)
        return found

    def get_name(self, plugin: object) -> str | None:
        """Return the name under which this very object is registered, or None; as pluggy documents it."""
        owner = self._owner_of_plugin(plugin)
        return owner.registered_as if owner is not None else None

    def is_registered(self, plugin: object) -> bool:
        """Tell whether this very object is registered; as pluggy documents it."""
        return self.get_name(plugin) is not None

    def _marked_functions(self, plugin: object) -> Iterator[MarkedFunction]:
        """Yield what is marked with pluggy's marker on a plugin object: for which signal, bound as the plugin hands it
        out, with the marker's options."""
        mark = f"{self.project_name}_impl"
        is_pluggys = type(self).parse_hookimpl_opts is pluggy.PluginManager.parse_hookimpl_opts
        kept = _attributes_of(plugin) if is_pluggys else None
        for attribute in dir(plugin) if kept is None else _perhaps_marked(kept, mark):
            if kept is not None and type(kept[attribute]) is FunctionType:
                options = getattr(kept[attribute], mark)
            else:  # pluggy is the judge, whose look takes longer
                options = self.parse_hookimpl_opts(plugin, attribute)
            if options is not None and isinstance(options, dict):
                if len(options) < _OPTIONS:
                    normalized(cast("pluggy.HookimplOpts", options))
                yield options["specname"] or attribute, getattr(plugin, attribute), options

    def _receiver_for(
        self, owner: Owner, hook_name: str, function: Callable[..., Any], options: pluggy.HookimplOpts
    ) -> Receiver:
        """Return the receiver that a marked function becomes. pluggy itself judges all that does not plainly fit."""
        wanted = wanted_by_marked(function, options)
        signal = getattr(self.hook, hook_name, None)
        if signal is not None and (spec := signal.spec) is not None:
            plain = not (spec.warn_on_impl or spec.warn_on_impl_args)
            if options["wrapper"] or options["hookwrapper"]:
                plain = plain and options["wrapper"] != options["hookwrapper"] and _may_wrap(function, signal)
            if not plain or misfits(wanted, signal._parameters.names):
                implementation = pluggy.HookImpl(owner.plugin, owner.registered_as, function, options)
                self._verify_implementation(signal, implementation)
        receiver = receiver_of_marked(function, options, hook_name, owner, wanted)
        if receiver.is_async and (declared := getattr(signal, "__wrapped__", None)) is not None:
            refuse_handed_out(function, hook_name, declared)
        return receiver

    def get_hookcallers(self, plugin: object) -> list[pluggy.HookCaller] | None:
        """Return the signals that a plugin receives, or None if it is not registered; as pluggy documents it."""
        owner = self._owner_of_plugin(plugin)
        if owner is None:
            return None
        return list(dict.fromkeys(owner.connections.values())) if owner.active else []

    def check_pending(self) -> None:
        """Raise pluggy.PluginValidationError for an implementation, not optional, of a hook that nobody specified.

        As pluggy has it, which leaves out names with a leading underscore; a signal that the host declares without
        naming its arguments is specified enough.
        """
        sent = self._sent_signals()
        for name, signal in self._signals():
            for implementation in [] if name in sent or name.startswith("_") else signal.get_hookimpls():
                if not implementation.optionalhook:
                    plugin = implementation.plugin
                    raise pluggy.PluginValidationError(plugin, f"unknown hook {name!r} in plugin {plugin!r}")

    # -- calls ------------------------------------------------------------------------------------------------

    def subset_hook_caller(self, name: str, remove_plugins: Iterable[object]) -> pluggy.HookCaller:
        """Return what calls a hook but for the receivers of some plugins; as pluggy documents it."""
        from hookcore.signals.subset_caller import Subset  # few ask for one

        return Subset(getattr(self.hook, name), remove_plugins)

    def _run_dispatch(
        self, name: str, implementations: Sequence[pluggy.HookImpl], arguments: Mapping[str, object], firstresult: bool
    ) -> Any:
        """Carry out a call with hookcore's dispatch."""
        if type(implementations) is PlannedCall:
            return implementations.run(arguments)
        signal = getattr(self.hook, name, None)
        if not isinstance(signal, Signal):
            signal = Signal()  # a name that no hook has
        return signal._carry_out(name, implementations, arguments, firstresult)

    def _monitoring_changed(self) -> None:
        """Compile every signal anew: monitors cost nothing unless they are there."""
        if hasattr(self, "hook"):
            for name, signal in self._signals():
                if self._carries_out(name):
                    signal._watch(self._monitored)

    def _observe(self, watches_of: Callable[[str, Receiver], Sequence[Watch]] | None) -> None:
        """Let a function say what watches each receiver of each signal, those that come later too; None: nobody."""
        self._watches_of = watches_of
        for name, signal in self._signals():
            if self._carries_out(name):
                signal._observe(self._watches_on(name))

    def _watches_on(self, name: str) -> Callable[[Receiver], Sequence[Watch]] | None:
        """Return what says who watches each receiver of the signal of this name, or None."""
        return None if self._watches_of is None else partial(self._watches_of, name)

    def _carries_out(self, name: str) -> bool:
        """Tell whether the calls of a signal go through this manager: a declared one may be held by another."""
        return name not in self._declared or self._hold.is_taken

    def add_hookcall_monitoring(self, before: Any, after: Any) -> Callable[[], None]:
        """Call `before` and `after` around every call and every send, until the returned function is called.

        Of a send that is awaited `after` is told when that is done, in the task that awaits it.
        """
        with self._turn():
            return super().add_hookcall_monitoring(before, told_when_done(after))


def _may_wrap(function: object, signal: Signal[..., Any]) -> bool:
    """Tell whether a function plainly is one that pluggy lets wrap a signal's calls."""
    return yields(function) == CO_GENERATOR and not signal.is_historic()


def _are_written_in(plugin: object, functions: Iterable[object]) -> bool:
    """Tell whether functions are plainly a plugin object's own: its methods, or written in the module that it is."""
    module = plugin.__name__ if type(plugin) is ModuleType else None
    for function in functions:
        if type(function) is MethodType:
            if function.__self__ is not plugin:
                return False
        elif module is None or attribute_of(function, "__module__") != module:
            return False
    return True


def _attributes_of(plugin: object) -> dict[str, object] | None:
    """Return what a plugin and its classes keep under each name, evaluating nothing. None if nobody can tell."""
    own = getattr(plugin, "__dict__", {})
    if type(plugin).__dir__ not in _PLAIN_DIR or "__dir__" in own:
        return None
    kept: dict[str, object] = {}
    for kind in reversed((plugin if isinstance(plugin, type) else type(plugin)).__mro__):
        if kind not in _BARE:
            kept.update(vars(kind))
    kept.update(own)
    return kept


def _perhaps_marked(kept: Mapping[str, object], mark: str) -> list[str]:
    """Return under which names there is what may be marked. Of a slot nobody knows what is in it."""
    found: list[str] = []
    for name, value in kept.items():
        kind = type(value)
        if kind is FunctionType:
            may_be = hasattr(value, mark)  # a look at its `__dict__` would make one
        else:
            may_be = kind is MemberDescriptorType or (_passes_for_function(value) and _is_marked(value, mark))
        if may_be:
            found.append(name)
    return sorted(found)


def _passes_for_function(value: object) -> bool:
    try:
        return hasattr(type(value), "__get__") or isinstance(value, (FunctionType, MethodType))
    except KeyboardInterrupt:
        raise
    except BaseException:  # `isinstance` asks for `__class__`, which a proxy makes up
        return False


def _is_marked(value: object, mark: str) -> bool:
    return any(is_a(attribute_of(one, mark), (dict,)) for one in (value, attribute_of(value, "__func__")))
