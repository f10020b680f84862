"""Does the manager do what pluggy's does, whatever is asked of it in whatever order?"""

from __future__ import annotations

import os
import warnings
from typing import Any

import pluggy
from hypothesis import given, settings
from hypothesis import strategies as st

from hookcore import PluginManager

PROJECT = "garden"
PLUGINS = ("ant", "bee", "cat", "dog")
HOOKS = ("watered", "chosen", "opened", "undeclared")

hookspec, hookimpl = pluggy.HookspecMarker(PROJECT), pluggy.HookimplMarker(PROJECT)


class Specifications:
    """The hooks of a host: a plain one, one with a first result, a historic one."""

    @hookspec
    def watered(self, plant, amount):
        """A plant is watered."""

    @hookspec(firstresult=True)
    def chosen(self, plant):
        """Choose."""

    @hookspec(historic=True)
    def opened(self, plant):
        """The garden is open."""


KINDS = ("answers", "answers", "is silent", "raises", "wraps", "wraps old", "replaces", "swallows")
IMPLEMENTATIONS = st.dictionaries(
    st.sampled_from(HOOKS),
    st.tuples(st.sampled_from(KINDS), st.sampled_from(["", "", "", "tryfirst", "trylast"])),
    min_size=1,
    max_size=3,
)
ACTS = st.one_of(
    st.tuples(st.just("register"), st.sampled_from(PLUGINS), IMPLEMENTATIONS),
    st.tuples(st.just("register"), st.sampled_from(PLUGINS), IMPLEMENTATIONS),
    st.tuples(st.just("unregister"), st.sampled_from(PLUGINS)),
    st.tuples(st.just("call"), st.sampled_from(HOOKS)),
    st.tuples(st.just("call"), st.sampled_from(HOOKS)),
    st.tuples(st.just("call historic"), st.just("opened")),
    st.tuples(st.just("call with more"), st.sampled_from(HOOKS)),
    st.tuples(st.just("call without"), st.sampled_from(HOOKS), st.sets(st.sampled_from(PLUGINS))),
    st.tuples(st.just("block"), st.sampled_from(PLUGINS)),
    st.tuples(st.just("unblock"), st.sampled_from(PLUGINS)),
    st.tuples(st.just("specify")),
    st.tuples(st.just("look"), st.sampled_from(HOOKS)),
)


def implementation(log: list[str], name: str, kind: str) -> Any:
    """Return a function of this kind, which writes down that it is called."""

    def answers(plant):
        log.append(f"{name} {plant}")
        if kind == "raises":
            raise LookupError(name)
        return None if kind == "is silent" else name

    def wraps(plant):
        log.append(f"{name} in {plant}")
        try:
            result = yield
        except LookupError as error:
            log.append(f"{name} sees {error}")
            if kind != "swallows":
                raise
            result = f"{name} for {error}"
        log.append(f"{name} out {result!r}")
        return [name] if kind == "replaces" else result

    def wraps_in_the_old_style(plant):
        log.append(f"{name} in {plant}")
        outcome = yield
        log.append(f"{name} out {outcome.exception!r}")

    return {"wraps old": wraps_in_the_old_style, "wraps": wraps, "replaces": wraps, "swallows": wraps}.get(
        kind, answers
    )


class Plugin:
    """Holds implementations."""


class Garden:
    """One manager, and what its plugins have written down."""

    def __init__(self, manager: pluggy.PluginManager) -> None:
        self.manager = manager
        self.log: list[str] = []
        self.plugins: dict[str, object] = {}

    def act(self, kind: str, *what: Any) -> object:
        """Do one thing; return what came of it in plain values."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                outcome = getattr(self, kind.replace(" ", "_"))(*what)
        except Exception as error:
            outcome = type(error).__name__, str(error) if isinstance(error, LookupError) else ""
        return outcome, list(self.log)

    def register(self, name: str, implementations: dict[str, tuple[str, str]]) -> object:
        """Register a new plugin object."""
        plugin = Plugin()
        for hook, (kind, place) in implementations.items():
            marks: dict[str, Any] = {place: True} if place else {}
            if kind == "wraps old":
                marks["hookwrapper"] = True
            elif kind in ("wraps", "replaces", "swallows") and hook != "opened":
                marks["wrapper"] = True
            elif kind in ("wraps", "replaces", "swallows"):
                kind = "answers"
            if kind == "wraps old" and hook == "opened":
                marks.pop("hookwrapper")
                kind = "answers"
            setattr(plugin, hook, hookimpl(**marks)(implementation(self.log, f"{name}'s", kind)))
        self.plugins.setdefault(name, plugin)
        return self.manager.register(plugin, name)

    def unregister(self, name: str) -> object:
        """Unregister by name."""
        self.plugins.pop(name, None)
        return self.manager.unregister(name=name) is not None

    def call(self, hook: str) -> object:
        """Call a hook."""
        more = {"amount": 1} if hook == "watered" else {}
        return getattr(self.manager.hook, hook)(plant="rose", **more)

    def call_historic(self, hook: str) -> object:
        """Call it so that it is remembered."""
        results: list[object] = []
        getattr(self.manager.hook, hook).call_historic(kwargs={"plant": "rose"}, result_callback=results.append)
        return results

    def call_with_more(self, hook: str) -> object:
        """Call with one more function."""
        more = {"amount": 1} if hook == "watered" else {}
        return getattr(self.manager.hook, hook).call_extra([lambda plant: "more"], {"plant": "rose", **more})

    def call_without(self, hook: str, names: set[str]) -> object:
        """Call without some plugins."""
        plugins = [plugin for name in sorted(names) if (plugin := self.manager.get_plugin(name)) is not None]
        more = {"amount": 1} if hook == "watered" else {}
        return self.manager.subset_hook_caller(hook, plugins)(plant="rose", **more)

    def block(self, name: str) -> object:
        """Block a name."""
        return self.manager.set_blocked(name)

    def unblock(self, name: str) -> object:
        """Unblock it."""
        return self.manager.unblock(name)

    def specify(self) -> object:
        """Add the specifications."""
        return self.manager.add_hookspecs(Specifications)

    def look(self, hook: str) -> object:
        """Look at what is there."""
        found = getattr(self.manager.hook, hook, None)
        return (
            [name for name, _ in self.manager.list_name_plugin()],
            [self.manager.is_blocked(name) for name in PLUGINS],
            [self.manager.has_plugin(name) for name in PLUGINS],
            None if found is None else [each.plugin_name for each in found.get_hookimpls()],
            None if found is None else (found.has_spec(), found.is_historic()),
        )


@settings(max_examples=int(os.environ.get("HOOKCORE_SEQUENCES", "100")))
@given(specified=st.booleans(), acts=st.lists(ACTS, max_size=14))
def test_any_sequence_of_calls_has_the_outcome_that_it_has_with_pluggy(specified, acts):
    """What comes back, what is raised, who is called in which order with what, and what is there afterwards."""
    theirs, ours = Garden(pluggy.PluginManager(PROJECT)), Garden(PluginManager(PROJECT))
    for act in ([("specify",)] if specified else []) + acts:
        expected = theirs.act(*act)
        assert ours.act(*act) == expected, act
