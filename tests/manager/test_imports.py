"""Which connections outlive a stop, and which may another receiver at the same address inherit? None."""

from __future__ import annotations

from types import SimpleNamespace

from hookcore.manager.imports import ImportedConnections


def connection(function):
    """Return what is looked at of a connection."""
    return SimpleNamespace(function=function, from_pluggy=False, lazy=None)


def test_what_is_forgotten_does_not_last():
    """The identity of a receiver that is disconnected may be another one's tomorrow."""
    imported = ImportedConnections()
    receiver = connection(lambda: None)
    imported.note(receiver.function, __name__)
    assert imported.lasts(receiver)

    imported.forget(receiver)

    assert not imported.lasts(receiver)


def test_what_a_module_connected_that_is_gone_does_not_last():
    """An import that raised is taken back by Python, and will connect anew."""
    imported = ImportedConnections()
    receiver = connection(lambda: None)

    imported.note(receiver.function, "a_module_that_is_not_imported")

    assert not imported.lasts(receiver)
