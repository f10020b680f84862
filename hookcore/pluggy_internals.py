"""Every touch of a pluggy member with a leading underscore, and nothing else.

pluggy moves its insides between releases (1.7 moved modules). What hookcore needs of them is named here in public
words, one small method each; `tests/contract/test_pluggy_internals.py` holds a test for each touch and runs on the
lowest and the newest pluggy that hookcore allows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from types import SimpleNamespace
from typing import Any, Final, TypeAlias, cast

import pluggy
from pluggy._callers import _multicall
from pluggy._hooks import HookSpec, _SubsetHookCaller, normalize_hookimpl_opts

HookExecute: TypeAlias = Callable[[str, Sequence[pluggy.HookImpl], Mapping[str, object], bool], Any]

normalized = normalize_hookimpl_opts
"""Fill in the options that a marker left out, in place."""


def spec_of(function: Callable[..., object], name: str, namespace: object, options: pluggy.HookspecOpts) -> HookSpec:
    """Make pluggy's specification for a declared signal. pluggy itself reads the function out of a namespace."""
    spec = HookSpec(cast("Any", SimpleNamespace(**{name: function})), name, options)
    spec.namespace = cast("Any", namespace)
    return spec


def distribution_facade() -> Any:
    """Return the class with which pluggy dresses a distribution for users of pkg_resources."""
    try:
        place = import_module("pluggy._compat")  # from 1.7 on
    except ModuleNotFoundError:
        place = import_module("pluggy._manager")
    return place.DistFacade


class Caller(pluggy.HookCaller):
    """A hook caller whose receivers the subclass keeps. Each override is a place where pluggy would look inside."""

    __slots__ = ()

    def __init__(self, name: str, execute: HookExecute) -> None:
        # Not pluggy's own __init__: it would make a list of implementations beside ours.
        self.name = name  # type: ignore[misc]
        self.spec = None
        self._hookexec = execute  # type: ignore[misc]

    # -- what the subclass provides ---------------------------------------------------------------------------

    # Return pluggy's view of all active receivers, in pluggy's order: the caller goes through it backwards.
    _implementations: Callable[[], list[pluggy.HookImpl]]
    # Connect an implementation that pluggy registers.
    _add_implementation: Callable[[pluggy.HookImpl], None]
    # Disconnect all that belong to a plugin. Return whether there were any.
    _remove_implementations: Callable[[object], bool]

    @property
    def _past_calls(self) -> list[Any] | None:
        """The calls of a historic signal, pairs as pluggy keeps them, in a list that may be changed; else None."""
        raise NotImplementedError

    @_past_calls.setter
    def _past_calls(self, calls: list[Any] | None) -> None:
        raise NotImplementedError

    # -- what pluggy looks at ---------------------------------------------------------------------------------

    # How a call is carried out: the manager's way, monitoring included.
    _execute: HookExecute = cast("Any", pluggy.HookCaller)._hookexec

    @property  # type: ignore[misc]
    def _hookimpls(self) -> list[pluggy.HookImpl]:  # type: ignore[override, unused-ignore]
        return self._implementations()

    def get_hookimpls(self) -> list[pluggy.HookImpl]:
        """Get all registered hook implementations for this hook."""
        return self._implementations()

    def _add_hookimpl(self, hookimpl: pluggy.HookImpl) -> None:
        self._add_implementation(hookimpl)

    def _remove_plugin(self, plugin: object) -> None:
        if not self._remove_implementations(plugin):
            raise ValueError(f"plugin {plugin!r} not found")

    def _maybe_apply_history(self, method: pluggy.HookImpl) -> None:
        # A signal replays its history itself, when a receiver becomes active.
        return

    @property
    def _call_history(self) -> list[Any] | None:
        return self._past_calls

    # pluggy begins a history so, and pytest empties one.
    @_call_history.setter
    def _call_history(self, calls: list[Any] | None) -> None:  # type: ignore[override, unused-ignore]
        self._past_calls = calls


class SubsetCaller(_SubsetHookCaller):
    """pluggy's caller that leaves plugins out of another one's calls, whose name and specification it has."""

    __slots__ = ()

    # Return pluggy's view of the receivers that are left, in pluggy's order.
    implementations: Callable[[], list[pluggy.HookImpl]]

    @property  # type: ignore[misc]
    def _hookimpls(self) -> list[pluggy.HookImpl]:  # type: ignore[override, unused-ignore]
        return self.implementations()


class Registry(pluggy.PluginManager):
    """A plugin manager whose inner executor is watched, and whose tables have names that last."""

    _executor: HookExecute | None = None

    def __init__(self, project_name: str) -> None:
        super().__init__(project_name)
        # pluggy's table: a plugin by its name, None for a blocked name.
        self._plugin_by_name: Final[dict[str, Any]] = self._name2plugin
        # How hook callers reach the (possibly monitored) executor.
        self._execute: Final[HookExecute] = self._hookexec

    @property
    def _inner_hookexec(self) -> HookExecute:  # type: ignore[override, unused-ignore]
        return self._run_dispatch if self._executor is None else self._executor

    @_inner_hookexec.setter
    def _inner_hookexec(self, execute: HookExecute) -> None:
        # pluggy sets this when it starts (its own loop, which hookcore's dispatch replaces), and again whenever
        # monitoring or tracing is switched on or off.
        unwatched = execute is _multicall or execute == self._run_dispatch
        self._executor = None if unwatched else execute
        self._monitoring_changed()

    # Carry out a call, in place of pluggy's own loop.
    _run_dispatch: HookExecute
    # Do what must be done when monitoring was switched on or off.
    _monitoring_changed: Callable[[], None]
    # Return what says who watches the calls of a signal's receivers; None: nobody does.
    _watches_on: Callable[[str], Any]

    @property
    def _monitored(self) -> bool:
        """Whether somebody watches every call."""
        return self._executor is not None

    def list_plugin_distributions(self) -> list[tuple[Any, Any]]:
        """Return (plugin, importlib.metadata.Distribution) pairs, as pluggy does from 1.7 on."""
        pairs: list[Any] = list(self._plugin_distinfo)  # up to 1.6 with the facade
        return [(plugin, found._dist if isinstance(found, distribution_facade()) else found) for plugin, found in pairs]

    def list_plugin_distinfo(self) -> list[tuple[Any, Any]]:
        """Return the same pairs with pluggy's facade around the distribution, as pluggy does."""
        facade = distribution_facade()
        return [(plugin, facade(found)) for plugin, found in self.list_plugin_distributions()]

    def _verify_implementation(self, hook: pluggy.HookCaller, implementation: pluggy.HookImpl) -> None:
        """Check an implementation against its specification, with pluggy's warnings.

        Raises pluggy.PluginValidationError.
        """
        self._verify_hook(hook, implementation)
