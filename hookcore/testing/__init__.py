"""Tools for the tests of hosts and plugins: with pytest, unittest, or none. docs/testing.md shows each.

The pytest plugin `hookcore` hands the same out as fixtures; see `hookcore.pytest_plugin`.
"""

from __future__ import annotations

from hookcore.testing.capturing import Recorder, capture
from hookcore.testing.distributions import make_distribution
from hookcore.testing.isolation import isolated, isolated_plugins
from hookcore.testing.switching import assert_receives, fake_plugin, muted, override_plugins, replaced

__all__ = [
    "Recorder",
    "assert_receives",
    "capture",
    "fake_plugin",
    "isolated",
    "isolated_plugins",
    "make_distribution",
    "muted",
    "override_plugins",
    "replaced",
]
