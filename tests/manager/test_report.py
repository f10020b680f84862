"""What do report() and plugin_of() tell?"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import inspect

import pytest

from hookcore import PluginReport


def test_one_record_for_each_plugin_in_the_order_of_names(garden):
    """With everything that its metadata says, as written there."""
    garden.install("bee", summary="It hums.", distribution="Honey_Bee", version="2.0rc1")
    garden.install("Ant", "")

    manager = garden.start(disable=["ant"])

    assert manager.report() == (
        PluginReport("Ant", "Ant", "1.5", "", "disabled", "disabled by 'ant'", "argument disable", None, ()),
        PluginReport(
            *("bee", "Honey_Bee", "2.0rc1", "It hums.", "active", 'mode "auto"', "default", None),
            receivers=("watered.answer",),
        ),
    )


def test_records_are_frozen_and_do_not_change(garden):
    """A report is of its moment."""
    garden.install("bee")
    manager = garden.start()
    [before] = manager.report()
    manager.disable("bee")

    assert before.state == "active"
    with pytest.raises(AttributeError):
        before.state = "disabled"


def test_before_the_first_start_there_is_nothing_to_report(garden):
    """Nobody has looked yet."""
    garden.install("bee")

    assert garden.manager().report() == ()


def test_receivers_are_named_with_their_signals(garden, report_of):
    """Of all kinds: connected, marked (with specname and old wrappers), entry points, methods and instances."""
    garden.install(
        "bee",
        """
        import functools
        import pluggy
        from hookcore import receiver
        from garden_signals import anything, sown, watered
        hookimpl = pluggy.HookimplMarker("garden")

        @receiver([watered, sown])
        def both(plant): ...

        @hookimpl
        def named(plant): ...

        @hookimpl(specname="watered", hookwrapper=True)
        def around(plant):
            yield

        class Comb:
            def method(self): ...
            def __call__(self): ...

        comb = Comb()
        watered.connect(comb)
        watered.connect(comb.method)
        anything.connect(functools.partial(both, plant=None))
        """,
        receivers={"sown.late": "bee:both"},
    )

    assert report_of(garden.start(eager=True), "bee").receivers == (
        "anything.both",
        "named.named",
        "sown.late",
        "watered.Comb",
        "watered.around",
        "watered.both",
        "watered.method",
    )


def test_of_a_plugin_that_was_never_imported_the_metadata_tells(garden, report_of):
    """Its receiver entry points are known all the same."""
    garden.install("bee", receivers={"watered.answer": "bee:answer"})

    assert report_of(garden.start(disable=["bee"]), "bee").receivers == ("watered.answer",)
    assert garden.log == []


def test_plugin_of_knows_whose_a_receiver_is(garden):
    """However it is written and connected, and also when the plugin does not run."""
    garden.write("library.py", "def make():\n    return lambda plant: 'made'\n")
    garden.install(
        "bee",
        """
        import library
        import pluggy
        from garden_signals import watered
        hookimpl = pluggy.HookimplMarker("garden")

        def function(plant): ...

        made = library.make()
        watered.connect(made)

        class Bee:
            @hookimpl
            def watered(self, plant): ...

            @hookimpl(hookwrapper=True)
            def sown(self, plant):
                yield

            def method(self): ...

        """,
        entry_points={"Bee": "bee:Bee"},
    )
    manager = garden.start()
    bee = importlib.import_module("bee")
    plugin = manager.get_plugin("Bee")

    for receiver in (
        bee.function,
        bee.made,
        plugin.watered,
        plugin.sown,
        plugin.method,
        functools.partial(bee.function),
    ):
        assert manager.plugin_of(receiver) == "Bee"
    manager.disable("bee")
    assert manager.plugin_of(bee.function) == "Bee"
    assert manager.plugin_of(bee.made) == "Bee"
    manager.stop()
    assert manager.plugin_of(bee.function) == "Bee"


def test_plugin_of_somebody_elses_is_none(garden):
    """The host's, the standard library's, and things that are no receivers."""
    garden.install("bee")
    manager = garden.start()

    class Strange:
        def __eq__(self, other):
            return inspect.isfunction(other)

        __hash__ = None

        def __call__(self, plant): ...

    assert importlib.import_module("bee").answer == Strange()
    strange = Strange()
    garden.signals.watered.connect(strange)

    for receiver in (lambda: None, print, dataclasses.dataclass, strange, Strange(), 3, None):
        assert manager.plugin_of(receiver) is None


def test_plugin_of_names_plugins_that_were_registered_by_hand(garden):
    """By the name that pluggy knows."""
    marker = garden.signals.pluggy.HookimplMarker("garden")
    plugin = type("Plugin", (), {"watered": marker(lambda self, plant: "by hand")})()
    manager = garden.start()
    manager.register(plugin, "mine")

    assert manager.plugin_of(plugin.watered) == "mine"


def test_reports_may_be_asked_for_at_any_time(garden):
    """From a plugin's import on: what is not up yet is found."""
    garden.install(
        "bee",
        """
        from garden_signals import LOG

        def ready(plugins):
            LOG.append([report.state for report in plugins.report()])

        def shutdown(plugins):
            LOG.append([report.state for report in plugins.report()])
        """,
    )
    manager = garden.start()
    manager.stop()

    assert garden.log == [["active"], ["stopped"]]
