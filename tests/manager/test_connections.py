"""Does each connection of a plugin have a life of its own, whatever else the same function is connected to?"""

from __future__ import annotations

import importlib

import pytest


def test_what_ready_connects_goes_although_the_import_connected_the_same_function_elsewhere(garden):
    """Settings may skip a connection of `ready`; the one that the module's import made has nothing to do with it."""
    garden.install(
        "bee",
        """
        from dataclasses import dataclass
        from hookcore import receiver
        from garden_signals import sown, watered

        @receiver(watered)
        def answer(plant):
            return "bee"

        @dataclass
        class Settings:
            sowing: bool = True

        def ready(settings):
            if settings.sowing:
                sown.connect(answer)
        """,
    )
    manager = garden.start("")
    assert len(garden.signals.sown.send(None, plant="rose")) == 1

    garden.say("[plugin.bee]\nsettings.sowing = false\n")
    manager.reload_config()

    assert garden.signals.sown.send(None, plant="rose") == []
    assert garden.water() == ["bee"]


def test_a_marked_function_that_is_connected_as_well_is_both_after_every_switch(garden):
    """pluggy's mark and `@receiver` on one function are two connections, and both come back."""
    garden.install(
        "bee",
        """
        import pluggy
        from hookcore import receiver
        from garden_signals import sown, watered

        @receiver(sown)
        @receiver(watered)
        @pluggy.HookimplMarker("garden")
        def named(plant):
            return "bee"
        """,
    )
    manager = garden.start()
    for switch in (
        None,
        lambda: (manager.disable("bee"), manager.enable("bee")),
        lambda: (manager.stop(), manager.start()),
    ):
        if switch is not None:
            switch()
        assert garden.water() == ["bee"]
        assert [response for _, response in garden.signals.sown.send(None, plant="rose")] == ["bee"]
        assert garden.signals.named(sender=None, plant="rose") == "bee"


TEMPORARY = """
from garden_signals import watered

def connect_for_a_while():
    for _ in range(20):
        {temporary}

connect_for_a_while()

def ready():
    watered.connect(lambda plant: "bee")
"""


@pytest.mark.parametrize(
    "temporary",
    [
        "with watered.connected_to(lambda plant: 'temporary'): pass",
        "made = lambda plant: 'temporary'; watered.connect(made); watered.disconnect(made)",
        "watered.connect(lambda plant: 'temporary', dispatch_uid='t'); watered.disconnect(dispatch_uid='t')",
    ],
)
def test_what_an_import_connects_for_a_while_leaves_nothing(garden, temporary):
    """Its id is used again, by what `ready` connects: that is heard once, however often the plugin was switched."""
    garden.install("bee", TEMPORARY.format(temporary=temporary))
    manager = garden.start()

    for _ in range(4):
        manager.disable("bee")
        assert garden.water() == []
        manager.enable("bee")
        assert garden.water() == ["bee"]
    manager.stop()
    assert garden.water() == []
    assert garden.signals.watered._connections() == []


@pytest.mark.parametrize("imported", ["by the start", "before the start", "while it is disabled"])
def test_what_an_import_connects_stays_connected_over_every_switch(garden, imported):
    """Python imports a module once; so what its import connected waits, silent, until the plugin runs again."""
    garden.install("bee")
    if imported == "before the start":
        importlib.import_module("bee")
    manager = garden.start(disable=["bee"] if imported == "while it is disabled" else [])
    if imported == "while it is disabled":
        importlib.import_module("bee")
        manager.enable("bee")

    for _ in range(2):
        assert garden.water() == ["bee"]
        manager.disable("bee")
        assert garden.water() == []
        assert len(garden.signals.watered._connections()) == 1
        manager.enable("bee")
        manager.stop()
        assert garden.water() == []
        manager.start()


def test_a_connection_says_why_it_is_not_reached(garden):
    """One place answers: the plugin's state with its reason, a single receiver that is switched off, a death."""
    garden.install("bee")
    garden.install("cat")
    manager = garden.start("disable = ['bee']\n[plugin.cat]\ndisable = ['watered.*']\n")
    importlib.import_module("bee")
    obstacles = {one.owner.name: one.obstacle() for one in garden.signals.watered._connections()}

    assert obstacles["bee"] == "plugin 'bee' is disabled: disabled by 'bee'"
    assert obstacles["cat"] == f"switched off by {garden.place('watered')}"
    assert not garden.signals.watered.has_listeners()
    assert garden.signals.watered.receivers == []

    manager.enable("bee")
    assert [one.obstacle() for one in garden.signals.watered.receivers] == [None]
    manager.stop()
    assert {one.obstacle() for one in garden.signals.watered._connections()} == {
        "plugin 'bee' is stopped: the manager was stopped",
        "plugin 'cat' is stopped: the manager was stopped",
    }
