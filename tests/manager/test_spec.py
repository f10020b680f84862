"""Does `spec()` say what a host declares?"""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from hookcore import PluginManager, Signal, signal


@pytest.fixture
def garden(monkeypatch):
    """Give a host's module of signals, declared and untyped."""
    module = ModuleType("garden.signals")

    @signal
    def watered(sender: type, litres: float = 1.0, *, bed: str, by: str = "hand") -> str | None:
        """A bed was watered."""

    @signal
    def opened() -> None:
        """The garden is open."""

    module.watered, module.opened = watered, opened
    module.seen, module.anything = Signal(providing_args=["bird"]), Signal()
    monkeypatch.setitem(sys.modules, "garden.signals", module)
    return module


def test_a_signal_has_a_signature_as_python_would_take_it(garden):
    """Types and defaults as they are written; what must be named stands behind a star where it has to."""
    assert [one.signature for one in PluginManager("garden", garden).spec()] == [
        "anything(sender, **named)",
        "opened() -> None",
        "seen(sender, bird)",
        "watered(sender: type, litres: float = 1.0, *, bed: str, by: str = 'hand') -> str | None",
    ]


def test_an_untyped_signal_has_a_module_and_no_documentation(garden):
    """It is imported from where the host keeps it, and nobody has said anything on it."""
    said = {one.name: (one.module, one.documentation) for one in PluginManager("garden", garden).spec()}
    assert said["seen"] == ("garden.signals", "")
    assert said["watered"] == (__name__, "A bed was watered.")


def test_a_signal_that_stands_in_no_module_has_none():
    """Nobody can import it."""
    [spec] = PluginManager("garden", {"seen": Signal()}).spec()
    assert spec.module is None
