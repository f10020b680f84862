"""What may an entry point name, and which arguments do `__init__`, `ready` and `shutdown` get?"""

from __future__ import annotations

import importlib

import pytest

MARKED_CLASS = """
import pluggy
from garden_signals import LOG
hookimpl = pluggy.HookimplMarker("garden")

class Bee:
    made = 0

    def __init__(self{arguments}):
        type(self).made += 1
        self.given = [{given}]

    @hookimpl
    def watered(self, plant):
        return f"bee {{self.made}}"

    def ready(self, plugins):
        LOG.append(f"ready of {{plugins.project_name}}")
"""


def test_a_module_is_a_plugin(garden):
    """Its marked functions, its `@receiver`s, its `ready` and `shutdown`."""
    garden.install(
        "bee",
        """
        import pluggy
        from garden_signals import LOG

        @pluggy.HookimplMarker("garden")
        def watered(plant):
            return f"marked {plant}"
        """,
    )

    manager = garden.start()

    assert garden.water() == ["marked rose"]
    assert manager.get_plugin("bee") is importlib.import_module("bee")


def test_a_class_is_instantiated(garden):
    """Once each time it comes up; the instance is the plugin."""
    garden.install("bee", MARKED_CLASS.format(arguments="", given=""), entry_points="bee:Bee")

    manager = garden.start()
    bee = importlib.import_module("bee").Bee

    assert isinstance(manager.get_plugin("bee"), bee)
    assert garden.water() == ["bee 1"]
    assert garden.log == ["ready of garden"]

    manager.disable("bee")
    manager.enable("bee")
    assert garden.water() == ["bee 2"]


@pytest.mark.parametrize(
    ("arguments", "given", "expected"),
    [
        ("", "", []),
        (", settings", "settings", ["settings"]),
        (", plugins", "plugins", ["plugins"]),
        (", settings, plugins", "plugins, settings", ["plugins", "settings"]),
        (", *, settings=None, depth=3", "settings, depth", ["settings", 3]),
        (", **named", "*sorted(named)", ["plugins", "settings"]),
        (", plugins, /, **named", "plugins, *named", ["plugins", "settings"]),
    ],
)
def test_a_class_is_given_what_its_init_names(garden, arguments, given, expected):
    """`settings` and `plugins`, by name: in any order, or all with `**kwargs`."""
    source = "import dataclasses\n\n@dataclasses.dataclass\nclass Settings:\n    depth: int = 2\n"
    garden.install("bee", source + MARKED_CLASS.format(arguments=arguments, given=given), entry_points="bee:Bee")
    manager = garden.start()
    plugin = manager.get_plugin("bee")
    settings = importlib.import_module("bee").Settings

    found = ["plugins" if one is manager else "settings" if isinstance(one, settings) else one for one in plugin.given]

    assert found == expected


def test_an_instance_is_a_plugin(garden):
    """It is there already, and is the same each time."""
    source = MARKED_CLASS.format(arguments="", given="") + "\n\nbee = Bee()\n"
    garden.install("bee", source, entry_points="bee:bee")

    manager = garden.start()
    manager.disable("bee")
    manager.enable("bee")

    assert manager.get_plugin("bee") is importlib.import_module("bee").bee
    assert garden.water() == ["bee 1"]


def test_something_nested_may_be_a_plugin(garden):
    """An entry point's attribute may have dots."""
    garden.install(
        "bee", "class Hive:\n    class Bee:\n        def ready(self): print()\n", entry_points="bee:Hive.Bee"
    )

    assert type(garden.start().get_plugin("bee")).__qualname__ == "Hive.Bee"


@pytest.mark.parametrize(
    ("signature", "body"),
    [
        ("plugins, settings", "plugins, settings"),
        ("settings, plugins", "plugins, settings"),
        ("plugins", "plugins, 'settings'"),
        ("settings=None", "'plugins', settings"),
        ("*, settings, plugins", "plugins, settings"),
        ("**named", "named['plugins'], named['settings']"),
        ("", "'plugins', 'settings'"),
        ("*rest", "'plugins', 'settings'"),
    ],
)
def test_ready_and_shutdown_name_the_arguments_that_they_want(garden, signature, body):
    """In any order, by keyword or position, or none at all."""
    garden.install(
        "bee",
        f"""
        from dataclasses import dataclass
        from garden_signals import LOG

        @dataclass
        class Settings:
            depth: int = 2

        def ready({signature}):
            LOG.append(({body}))

        def shutdown({signature}):
            LOG.append(({body}))
        """,
    )
    manager = garden.start()
    manager.stop()
    module = importlib.import_module("bee")

    for plugins, settings in garden.log:
        assert plugins in (manager, "plugins")
        assert settings in (module.Settings(), "settings")
    assert len(garden.log) == 2


def test_settings_cannot_be_had_without_a_class_of_that_name(garden, report_of):
    """Often it has another name; who gets None fails later, where nothing says why. Who has a default keeps it."""
    garden.install("bee", "class BeeSettings: ...\ndef ready(settings): ...\n")
    garden.install("wasp", "from garden_signals import LOG\ndef ready(settings='none'): LOG.append(settings)\n")

    manager = garden.start()

    assert "It has no `Settings`" in report_of(manager, "bee").reason
    assert garden.log == ["none"]


def test_receivers_need_no_plugin_object(garden, report_of):
    """A distribution with receiver entry points only is a plugin that is named after it."""
    garden.install(
        "honey-bee",
        "def answer(plant): return 'bee'\ndef count(plant): return 'counted'\n",
        entry_points={},
        receivers={"watered.answer": "honey_bee:answer", "sown.count": "honey_bee:count"},
    )

    manager = garden.start()

    assert garden.water() == ["bee"]
    assert report_of(manager, "honey-bee").receivers == ("sown.count", "watered.answer")
    assert repr(manager.get_plugin("honey-bee")) == "<receivers of 'honey-bee'>"
    manager.disable("honey-bee")
    assert garden.water() == []
    manager.enable("honey-bee")
    assert garden.water() == ["bee"]


def test_receiver_entry_points_beside_a_plugin_are_the_plugins(garden, report_of):
    """Of the same distribution: they follow the plugin."""
    garden.install("bee", "def answer(plant): return 'bee'\n", receivers={"watered.greeting": "bee:answer"})

    manager = garden.start()

    assert report_of(manager, "bee").receivers == ("watered.greeting",)
    assert manager.plugin_of(importlib.import_module("bee").answer) == "bee"
    manager.disable("bee")
    assert garden.water() == []


def test_a_receiver_that_is_connected_twice_is_called_once(garden):
    """By `@receiver` and by an entry point: it is one receiver."""
    garden.install("bee", receivers={"watered.answer": "bee:answer"})

    garden.start()

    assert garden.water() == ["bee"]


def test_untyped_signals_receive_too(garden):
    """A plain `Signal()` is declared as well, with marks and with connect."""
    garden.install(
        "bee",
        """
        import pluggy
        from hookcore import receiver
        import garden_signals

        @pluggy.HookimplMarker("garden")
        def anything(color):
            return f"marked {color}"

        @receiver(garden_signals.anything)
        def connected(color):
            return f"connected {color}"
        """,
    )
    manager = garden.start()

    responses = [response for _, response in garden.signals.anything.send(None, color="red")]

    assert sorted(responses) == ["connected red", "marked red"]
    manager.check_pending()
