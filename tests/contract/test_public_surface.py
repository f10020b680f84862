"""What a manager shows: pluggy's own names, and few of ours. A name that is added here needs documentation."""

from __future__ import annotations

import pluggy

from hookcore import PluginManager

OURS = {
    "astart",
    "astop",
    "disable",
    "doctor",
    "enable",
    "lock",
    "plan",
    "plugin_of",
    "reload_config",
    "report",
    "start",
    "stop",
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
