"""Does pluggy still have the private parts that `hookcore/pluggy_internals.py` touches, and do they do what it needs?

One test for each touch, on pluggy alone, run with the lowest and the newest pluggy that hookcore allows: when pluggy
changes under us, the test that fails says which part moved. The last test holds this list complete.
"""

from __future__ import annotations

import ast
import importlib.metadata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pluggy
import pytest
from pluggy import _callers, _hooks

import hookcore
from hookcore.pluggy_internals import distribution_facade

INTERNALS = Path(hookcore.__path__[0]) / "pluggy_internals.py"
OUR_OWN = {  # what hookcore's subclasses add: not pluggy's
    "_add_implementation",
    "_execute",
    "_executor",
    "_implementations",
    "_monitored",
    "_monitoring_changed",
    "_past_calls",
    "_plugin_by_name",
    "_remove_implementations",
    "_run_dispatch",
    "_verify_implementation",
}

hookspec = pluggy.HookspecMarker("host")
hookimpl = pluggy.HookimplMarker("host")


class Specification:
    """A host's specification in pluggy's style."""

    @hookspec
    def greet(self, name: str) -> str:
        """Greet somebody."""

    @hookspec(historic=True)
    def started(self, at: int) -> None:
        """Say when it began."""


class Plugin:
    """A plugin in pluggy's style."""

    @hookimpl
    def greet(self, name: str) -> str:
        """Greet."""
        return f"hello {name}"


def manager() -> pluggy.PluginManager:
    """Return a manager of pluggy's own, with the specification."""
    made = pluggy.PluginManager("host")
    made.add_hookspecs(Specification)
    return made


def implementation(function: Callable[..., object], **options: bool) -> pluggy.HookImpl:
    """Return pluggy's record of an implementation."""
    filled: dict[str, Any] = dict(options)
    _hooks.normalize_hookimpl_opts(filled)
    return pluggy.HookImpl(object(), "plugin", function, filled)


class Watched(pluggy.HookCaller):
    """A hook caller that takes down what pluggy asks of it."""

    asked: list[str]

    def _add_hookimpl(self, hookimpl: pluggy.HookImpl) -> None:
        self.asked.append("_add_hookimpl")
        super()._add_hookimpl(hookimpl)

    def _remove_plugin(self, plugin: object) -> None:
        self.asked.append("_remove_plugin")
        super()._remove_plugin(plugin)

    def _maybe_apply_history(self, method: pluggy.HookImpl) -> None:
        self.asked.append("_maybe_apply_history")
        super()._maybe_apply_history(method)


def watched(made: pluggy.PluginManager) -> Watched:
    """Put a watched hook caller where the manager looks for the one called `greet`."""
    caller = Watched("greet", made._hookexec, Specification, {"firstresult": False, "historic": False})
    caller.asked = []
    made.hook.greet = caller
    return caller


def test_multicall_takes_name_implementations_arguments_and_firstresult():
    """`_multicall` is pluggy's loop: what a manager's inner executor is before anybody watches."""
    results = _callers._multicall("greet", [implementation(lambda name: name * 2)], {"name": "x"}, False)

    assert results == ["xx"]
    assert manager()._inner_hookexec is _callers._multicall


def test_a_hookspec_is_made_of_a_namespace_a_name_and_options():
    """`HookSpec(namespace, name, options)` reads the function out of the namespace, and its argument names."""

    def greet(name: str) -> str:
        """Greet somebody."""
        return name

    spec = _hooks.HookSpec(SimpleNamespace(greet=greet), "greet", {"firstresult": True, "historic": False})
    spec.namespace = Specification

    assert spec.function is greet
    assert spec.argnames == ("name",)
    assert spec.opts["firstresult"] is True


def test_normalize_hookimpl_opts_fills_in_what_is_left_out():
    """`normalize_hookimpl_opts` completes a mapping of options in place."""
    options: dict[str, Any] = {"tryfirst": True}
    _hooks.normalize_hookimpl_opts(options)

    assert options == {
        "tryfirst": True,
        "trylast": False,
        "wrapper": False,
        "hookwrapper": False,
        "optionalhook": False,
        "specname": None,
    }


def test_a_hook_caller_keeps_its_executor_in_hookexec():
    """`HookCaller._hookexec` is called with the name, the implementations, the arguments and `firstresult`."""
    calls: list[tuple[Any, ...]] = []

    def execute(name: str, found: Sequence[pluggy.HookImpl], arguments: Mapping[str, object], firstresult: bool) -> str:
        calls.append((name, len(found), dict(arguments), firstresult))
        return "executed"

    caller = pluggy.HookCaller("greet", execute, Specification, {"firstresult": True, "historic": False})

    assert caller._hookexec is execute
    assert caller(name="x") == "executed"
    assert calls == [("greet", 0, {"name": "x"}, True)]


def test_a_manager_registers_through_add_hookimpl_and_maybe_apply_history():
    """`register` hands each implementation to `_maybe_apply_history` and to `_add_hookimpl` of the hook caller."""
    made = manager()
    caller = watched(made)

    made.register(Plugin())

    assert sorted(caller.asked) == ["_add_hookimpl", "_maybe_apply_history"]


def test_a_manager_unregisters_through_remove_plugin():
    """`unregister` tells the hook caller in `_remove_plugin`, which raises ValueError for a plugin it does not have."""
    made = manager()
    caller = watched(made)
    plugin = Plugin()
    made.register(plugin)
    caller.asked.clear()

    made.unregister(plugin)

    assert caller.asked == ["_remove_plugin"]
    with pytest.raises(ValueError, match="not found"):
        caller._remove_plugin(plugin)


def test_hookimpls_holds_the_implementations_in_pluggys_order():
    """`HookCaller._hookimpls` is the list behind `get_hookimpls`: the last is called first."""
    made = manager()
    first, second = Plugin(), Plugin()
    made.register(first)
    made.register(second)

    assert [found.plugin for found in made.hook.greet._hookimpls] == [first, second]
    assert made.hook.greet.get_hookimpls() == made.hook.greet._hookimpls


def test_a_subset_hook_caller_lists_its_hookimpls_and_takes_the_rest_of_the_original():
    """`_SubsetHookCaller` is made of a caller and a set of plugins; `get_hookimpls` lists what `_hookimpls` holds."""

    class Subset(_hooks._SubsetHookCaller):
        @property
        def _hookimpls(self) -> list[pluggy.HookImpl]:
            return [found]

    found = implementation(lambda name: name)
    made = manager()
    subset = Subset(made.hook.started, frozenset())

    assert subset.get_hookimpls() == [found]
    assert subset.name == "started"
    assert subset.spec is made.hook.started.spec
    assert subset.is_historic()
    assert repr(subset) == "<_SubsetHookCaller 'started'>"


def test_call_history_says_whether_a_hook_is_historic():
    """`HookCaller._call_history` is None for a hook that is not historic, and a list for one that is."""
    made = manager()

    assert made.hook.greet._call_history is None
    assert made.hook.started._call_history == []
    assert made.hook.started.is_historic()


def test_inner_hookexec_is_set_when_monitoring_is_switched_on_and_off():
    """`PluginManager._inner_hookexec` is replaced by `add_hookcall_monitoring`, and put back by its undo."""
    made = manager()
    before = made._inner_hookexec

    undo = made.add_hookcall_monitoring(lambda *_: None, lambda *_: None)
    assert made._inner_hookexec is not before

    undo()
    assert made._inner_hookexec is before


def test_hookexec_of_a_manager_goes_through_its_inner_executor():
    """`PluginManager._hookexec` is what hook callers get, and it calls `_inner_hookexec`."""
    made = manager()
    made._inner_hookexec = lambda name, *_: f"inner {name}"

    assert made._hookexec("greet", [], {}, False) == "inner greet"


def test_name2plugin_maps_names_to_plugins_and_blocked_names_to_none():
    """`PluginManager._name2plugin` is the table behind `get_plugin` and `is_blocked`."""
    made = manager()
    plugin = Plugin()
    made.register(plugin, "here")
    made.set_blocked("there")

    assert made._name2plugin == {"here": plugin, "there": None}


def test_plugin_distinfo_pairs_plugins_with_their_distributions():
    """`PluginManager._plugin_distinfo` is the list behind `list_plugin_distinfo`."""
    made = manager()
    made._plugin_distinfo.append(("plugin", "distribution"))

    assert len(made.list_plugin_distinfo()) == 1


def test_the_facade_of_a_distribution_keeps_it():
    """`DistFacade` (in `pluggy._compat` from 1.7 on, in `pluggy._manager` before) holds a distribution in `_dist`."""
    facade = distribution_facade()
    distribution = importlib.metadata.distribution("pluggy")

    assert facade(distribution).project_name == "pluggy"
    assert facade(distribution)._dist is distribution
    assert facade.__name__ == "DistFacade"


def test_verify_hook_refuses_an_implementation_that_does_not_fit():
    """`PluginManager._verify_hook` raises `PluginValidationError` for an argument that the specification lacks."""
    made = manager()

    with pytest.raises(pluggy.PluginValidationError, match="nmae"):
        made._verify_hook(made.hook.greet, implementation(lambda nmae: nmae))


def private_parts_touched() -> set[str]:
    """Return the names with a leading underscore, and from private modules, that pluggy_internals.py uses."""
    found = set()
    for node in ast.walk(ast.parse(INTERNALS.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__"):
            found.add(node.attr)
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("_") and not node.name.startswith("__"):
            found.add(node.name)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pluggy._"):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Constant) and str(node.value).startswith("pluggy._"):
            found.add(node.value)
    return found - OUR_OWN


def test_each_private_part_that_is_touched_has_a_test_here():
    """Every private member of pluggy that pluggy_internals.py uses is named by a test of this file."""
    documented = " ".join(value.__doc__ for name, value in globals().items() if name.startswith("test_"))

    assert [name for name in sorted(private_parts_touched()) if name not in documented] == []
