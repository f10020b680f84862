"""What managers and signals show: pluggy's and Django's names, and few of ours. A new one needs documentation."""

from __future__ import annotations

import pluggy

from hookcore import PluginManager, Signal

OURS = {
    "astart",
    "astop",
    "config_file",
    "disable",
    "doctor",
    "edit_config",
    "enable",
    "for_tenant",
    "explain",
    "lock",
    "observe",
    "plan",
    "plugin_of",
    "receivers",
    "reload_config",
    "report",
    "spec",
    "start",
    "stop",
    "timing",
    "variable",
    "verify",
}


def shown_by(manager):
    """Return the public names of a manager, those of its instance among them."""
    return {name for name in dir(manager) if not name.startswith("_")}


def test_a_manager_shows_pluggys_names_and_these_of_ours():
    """What the manager's parts ask of each other has a leading underscore."""
    from_pluggy = shown_by(pluggy.PluginManager("garden")) | {"list_plugin_distributions"}  # since pluggy 1.7

    assert shown_by(PluginManager("garden")) - from_pluggy == OURS


def test_a_manager_shows_all_that_pluggys_does():
    """Whoever uses pluggy's manager finds each of its names on ours."""
    assert shown_by(pluggy.PluginManager("garden")) <= shown_by(PluginManager("garden"))


def test_each_public_name_is_documented():
    """`help()` says something on each."""
    assert [name for name in sorted(OURS) if not (getattr(PluginManager, name).__doc__ or "").strip()] == []


DJANGOS = {
    *("connect", "disconnect", "send", "send_robust", "asend", "asend_robust", "has_listeners"),
    *("receivers", "lock", "use_caching", "sender_receivers_cache"),  # which test helpers for Django's signals touch
}
OURS_ON_SIGNALS = {"connected_to", "deprecated", "documentation", "forget", "is_muted", "muted"}


def test_a_signal_shows_djangos_names_pluggys_and_these_of_ours():
    """What the parts of a signal ask of each other has a leading underscore."""
    from_pluggy = shown_by(pluggy.HookCaller)

    for shown in (shown_by(Signal), shown_by(Signal()), shown_by(Signal(providing_args=["plant"]))):
        assert shown - from_pluggy == DJANGOS | OURS_ON_SIGNALS


def test_a_signal_shows_all_that_pluggys_hook_caller_does():
    """Whoever uses pluggy's hook callers finds each of their names on a signal."""
    assert shown_by(pluggy.HookCaller) <= shown_by(Signal)


def test_each_public_name_of_ours_on_a_signal_is_documented():
    """`help()` says something on each; of a slot its class says it."""
    slots = {name: text for base in Signal.__mro__ for name, text in _documented_slots(base)}

    undocumented = [
        name for name in OURS_ON_SIGNALS if not (slots.get(name) or getattr(Signal, name).__doc__ or "").strip()
    ]
    assert undocumented == []


def _documented_slots(base):
    slots = vars(base).get("__slots__", ())
    return slots.items() if isinstance(slots, dict) else ()
