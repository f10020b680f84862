"""What do enable(), disable(), `mute` and single receivers' `disable` do while the host runs?"""

from __future__ import annotations

import gc
import importlib
import sys
import types
import weakref

import pytest

from hookcore import UnknownPluginError


def test_disable_shuts_a_plugin_down_and_enable_brings_it_back(garden, report_of):
    """With `shutdown` and `ready`, and without a second import."""
    garden.install("bee")
    manager = garden.start()

    manager.disable("bee")
    report = report_of(manager, "bee")
    assert (report.state, report.reason, report.decided_by) == (
        "disabled",
        "disabled while running",
        "argument disable()",
    )
    assert garden.water() == []
    assert not garden.signals.watered.has_listeners()

    manager.enable("bee")
    report = report_of(manager, "bee")
    assert (report.state, report.reason, report.decided_by) == ("active", "enabled while running", "argument enable()")
    assert garden.water() == ["bee"]
    assert garden.log == ["import bee", "ready bee", "shutdown bee", "ready bee"]


@pytest.mark.parametrize("name", ["welcome-email", "Welcome_Email", "blog-welcome-email", "Blog.Welcome.Email"])
def test_any_spelling_and_either_name_will_do(garden, states, name):
    """The plugin's name or its distribution's, in canonical form."""
    garden.install("welcome-email", distribution="blog-welcome-email")
    manager = garden.start()

    manager.disable(name)
    assert states(manager) == {"welcome-email": "disabled"}
    manager.enable(name)
    assert states(manager) == {"welcome-email": "active"}


def test_a_distributions_name_means_all_its_plugins(garden, states):
    """One distribution, two plugins."""
    garden.install(
        "insects",
        {"insects/__init__.py": "", "insects/ant.py": "", "insects/bee.py": ""},
        entry_points={"ant": "insects.ant", "bee": "insects.bee"},
    )
    manager = garden.start()

    manager.disable("insects")

    assert states(manager) == {"ant": "disabled", "bee": "disabled"}


def test_enable_overrules_the_config(garden, report_of):
    """Whatever it says, the running host's word counts; the plugin is imported then, and not earlier."""
    garden.install("bee")
    manager = garden.start(disable=["bee"])
    assert garden.log == []

    manager.enable("bee")

    assert report_of(manager, "bee").state == "active"
    assert garden.log == ["import bee", "ready bee"]


@pytest.mark.parametrize("call", ["enable", "disable"])
def test_switching_twice_is_switching_once(garden, call):
    """No second `ready`, no second `shutdown`."""
    garden.install("bee")
    manager = garden.start(disable=["bee"] if call == "enable" else [])

    getattr(manager, call)("bee")
    getattr(manager, call)("bee")

    assert garden.log == ["import bee", "ready bee", "shutdown bee"][: 2 if call == "enable" else 3]


@pytest.mark.parametrize("call", ["enable", "disable"])
def test_an_unknown_name_is_refused_with_the_nearest(garden, call):
    """Nothing is switched."""
    garden.install("welcome-email")
    manager = garden.start()

    with pytest.raises(UnknownPluginError, match=r"called 'welcome-mial' is installed.*Did you mean 'welcome-email'\?"):
        getattr(manager, call)("welcome-mial")

    assert garden.water() == ["welcome-email"]


@pytest.mark.parametrize("call", ["enable", "disable"])
def test_an_unknown_name_that_is_like_none_is_refused_with_where_to_look(garden, call):
    """There is no nearest one to name."""
    garden.install("bee")
    manager = garden.start()

    with pytest.raises(
        UnknownPluginError,
        match=r"called 'welcome-mail' is installed for 'garden'\. `hookcore list` or report\(\) shows",
    ):
        getattr(manager, call)("welcome-mail")
    with pytest.raises(UnknownPluginError, match=r"Single receivers are switched in the config: edit_config\(\), or"):
        getattr(manager, call)("watered.spoil")


def test_other_plugins_keep_running(garden):
    """Switching one plugin neither shuts down nor readies any other."""
    garden.install("ant")
    garden.install("bee")
    manager = garden.start()
    manager.disable("ant")
    manager.enable("ant")

    assert [line for line in garden.log if line.endswith("bee")] == ["import bee", "ready bee"]


def test_shutdown_runs_when_no_send_reaches_the_plugin_any_more(garden):
    """A plugin may close its files in `shutdown`: what it sends itself does not come back to it."""
    garden.install(
        "bee",
        """
        from hookcore import receiver
        from garden_signals import LOG, watered

        @receiver(watered)
        def answer(plant):
            return "bee"

        def shutdown():
            LOG.append(watered.send(sender=None, plant="rose"))
        """,
    )
    manager = garden.start()

    manager.disable("bee")

    assert garden.log == [[]]


def test_a_failing_shutdown_does_not_keep_a_plugin_running(garden, states):
    """It is disabled all the same."""
    garden.install(
        "bee",
        """
        from hookcore import receiver
        from garden_signals import watered

        @receiver(watered)
        def answer(plant):
            return "bee"

        def shutdown():
            1 / 0
        """,
    )
    manager = garden.start()

    manager.disable("bee")

    assert states(manager) == {"bee": "disabled"}
    assert garden.water() == []


@pytest.mark.parametrize("kind", ["closure", "class"])
def test_what_comes_up_again_is_called_once(garden, kind):
    """What `ready` or a class connects anew each time does not pile up."""
    garden.install(
        "bee",
        """
        import pluggy
        from garden_signals import watered

        def ready():
            watered.connect(lambda plant: "closure")

        class Bee:
            @pluggy.HookimplMarker("garden")
            def watered(self, plant):
                return "class"
        """,
        entry_points="bee" if kind == "closure" else "bee:Bee",
    )
    manager = garden.start()
    for _ in range(2):
        manager.disable("bee")
        assert garden.water() == []
        manager.enable("bee")

    assert garden.water() == [kind]


def test_a_function_that_is_connected_and_marked_is_not_connected_more_often_each_time(garden):
    """It is two receivers, and stays two."""
    garden.install(
        "bee",
        """
        import pluggy
        from hookcore import receiver
        import garden_signals

        @receiver(garden_signals.watered)
        @pluggy.HookimplMarker("garden")
        def watered(plant):
            return "bee"
        """,
    )
    manager = garden.start()
    for _ in range(2):
        manager.disable("bee")
        manager.enable("bee")

    assert garden.water() == ["bee", "bee"]


def test_nothing_keeps_the_instance_of_a_class_plugin_that_is_disabled(garden):
    """It may hold files and connections: when it is out, it is gone, whatever it has heard."""
    garden.install(
        "bee",
        """
        import pluggy

        class Bee:
            @pluggy.HookimplMarker("garden")
            def opened(self, gate): ...

            def ready(self, plugins):
                self.plugins = plugins
        """,
        entry_points="bee:Bee",
    )
    manager = garden.start()
    garden.signals.opened.call_historic(kwargs={"sender": None, "gate": "north"})
    instance = weakref.ref(manager.get_plugin("bee"))

    manager.disable("bee")
    gc.collect()

    assert instance() is None


def test_a_plugin_may_switch_another_one_from_ready(garden):
    """One after the other, when the start has brought all up."""
    garden.install("ant", "def ready(plugins):\n    plugins.disable('bee')\n    plugins.enable('bee')\n")
    garden.install("bee")

    garden.start()

    assert garden.log == ["import bee", "ready bee", "shutdown bee", "ready bee"]
    assert garden.water() == ["bee"]


def test_a_receiver_may_disable_its_own_plugin(garden):
    """The send that runs ends as it began; the next one does not reach it."""
    garden.install(
        "bee",
        """
        from hookcore import receiver
        from garden_signals import LOG, watered

        def ready(plugins):
            LOG.append(plugins)

        @receiver(watered)
        def first(plant):
            LOG[0].disable("bee")
            return "first"

        @receiver(watered)
        def second(plant):
            return "second"
        """,
    )
    garden.start()

    assert garden.water() == ["first", "second"]
    assert garden.water() == []


def test_ready_may_send_and_reaches_every_plugin(garden):
    """All are connected by then, those too whose `ready` comes later."""
    garden.install(
        "ant",
        "from garden_signals import LOG, watered\n\n"
        "def ready():\n    LOG.extend(answer for _, answer in watered.send(sender=None, plant='rose'))\n",
    )
    garden.install("bee")

    garden.start()

    assert garden.log == ["import bee", "bee", "ready bee"]


def test_new_settings_count_when_a_plugin_is_enabled_again(garden):
    """What the config said while it was disabled is read when it comes up."""
    garden.install(
        "bee",
        """
        from dataclasses import dataclass
        from garden_signals import LOG

        @dataclass
        class Settings:
            hive: str = "none"

        def ready(settings):
            LOG.append(settings.hive)
        """,
    )
    manager = garden.start("[plugin.bee]\nsettings.hive = 'oak'\n")
    manager.disable("bee")
    garden.say("[plugin.bee]\nsettings.hive = 'elm'\n")
    manager.reload_config()
    manager.enable("bee")

    assert garden.log == ["oak", "elm"]


# -- one receiver ---------------------------------------------------------------------------------------------

FOUR_RECEIVERS = """
import pluggy
from hookcore import receiver
from garden_signals import watered

@receiver(watered)
def first(plant):
    return "first"

@receiver(watered)
def second(plant):
    return "second"

class Third:
    @pluggy.HookimplMarker("garden")(specname="watered")
    def third(self, plant):
        return "third"

def _written_under_another_name(plant):
    return "fourth"
"""


@pytest.mark.parametrize("silenced", ["first", "second", "third", "fourth"])
def test_the_config_disables_single_receivers(garden, silenced):
    """By the name of the function, or of the entry point; the plugin's others run."""
    garden.install(
        "bee",
        FOUR_RECEIVERS,
        entry_points={"bee": "bee:Third"},
        receivers={"watered.fourth": "bee:_written_under_another_name"},
    )

    manager = garden.start(f"[plugin.bee]\ndisable = ['watered.{silenced}']\n")

    expected = [name for name in ("first", "second", "third", "fourth") if name != silenced]
    assert sorted(garden.water()) == sorted(expected)
    assert manager.report()[0].receivers == ("watered.first", "watered.fourth", "watered.second", "watered.third")


def test_a_silenced_receiver_is_still_its_plugins(garden):
    """plugin_of() says whose it is, running or not."""
    garden.install("bee")
    manager = garden.start({"plugin": {"bee": {"disable": ["watered.answer"]}}})

    assert manager.plugin_of(importlib.import_module("bee").answer) == "bee"
    assert garden.water() == []


def test_a_silenced_receiver_stays_silent_over_enable_disable_and_foreign_connects(garden):
    """No route brings it back but the config."""
    garden.install("bee")
    manager = garden.start({"plugin": {"bee": {"disable": ["watered.answer"]}}})
    manager.disable("bee")
    manager.enable("bee")
    answer = importlib.import_module("bee").answer
    garden.signals.watered.disconnect(answer)
    garden.signals.watered.connect(answer)

    assert garden.water() == []


def test_receivers_are_silenced_and_heard_again_by_a_reload(garden):
    """The plugin is neither shut down nor made ready for it."""
    garden.install("bee")
    manager = garden.start("")
    garden.say("[plugin.bee]\ndisable = ['watered.answer']\n")
    manager.reload_config()
    assert garden.water() == []

    garden.say("")
    manager.reload_config()
    assert garden.water() == ["bee"]
    assert garden.log == ["import bee", "ready bee"]


def test_what_is_silenced_while_the_plugin_is_disabled_is_silent_afterwards(garden):
    """The config of the moment counts when the plugin comes up."""
    garden.install("bee")
    manager = garden.start("")
    manager.disable("bee")
    garden.say("[plugin.bee]\ndisable = ['watered.answer']\n")
    manager.reload_config()
    manager.enable("bee")

    assert garden.water() == []


# -- signals --------------------------------------------------------------------------------------------------


def test_a_muted_signal_reaches_nobody(garden):
    """Neither plugins nor the host's own receivers, neither sends nor calls; from start to stop."""
    garden.install("bee")
    garden.signals.watered.connect(lambda plant: "host")
    manager = garden.start({"mute": ["watered"]})

    assert garden.water() == []
    assert manager.hook.watered(sender=None, plant="rose") == []
    assert not garden.signals.watered.has_listeners()

    manager.stop()
    assert garden.water() == ["host"]


@pytest.mark.parametrize("monitored", [False, True])
@pytest.mark.parametrize("muted_first", [False, True])
def test_a_muted_signal_reaches_nobody_through_a_subset_either(garden, monitored, muted_first):
    """Made before the mute or after, and with functions for one call too; unmuted, it reaches the rest."""
    garden.install("ant")
    garden.install("bee")
    manager = garden.start()
    if monitored:
        manager.add_hookcall_monitoring(lambda *call: None, lambda *call: None)
    call = {"sender": None, "plant": "rose"}

    subset = manager.subset_hook_caller("watered", [manager.get_plugin("ant")])
    with garden.signals.watered.muted():
        if muted_first:
            subset = manager.subset_hook_caller("watered", [manager.get_plugin("ant")])
        assert subset(**call) == []
        assert subset.call_extra([lambda plant: "extra"], call) == []
        assert manager.hook.watered.call_extra([lambda plant: "extra"], call) == []

    assert subset(**call) == ["bee"]
    assert sorted(subset.call_extra([lambda plant: "extra"], call)) == ["bee", "extra"]


def test_the_report_shows_what_is_muted_and_what_is_switched_off(garden, report_of):
    """Whoever muted it; and a receiver that is there under two names of one glob."""
    garden.install("bee")
    manager = garden.start("mute = ['so*']\n[plugin.bee]\ndisable = ['watered.*']\n")

    assert report_of(manager, "bee").disabled_receivers == report_of(manager, "bee").receivers == ("watered.answer",)
    assert report_of(manager, "bee").muted_receivers == ()
    with garden.signals.watered.muted():
        assert report_of(manager, "bee").muted_receivers == ("watered.answer",)
    assert report_of(manager, "bee").muted_receivers == ()


def test_mute_follows_the_config(garden):
    """A reload mutes and unmutes."""
    garden.install("bee")
    manager = garden.start("")
    garden.say('mute = ["watered", "sown"]')
    manager.reload_config()
    assert garden.water() == []

    garden.say('mute = ["sown"]')
    manager.reload_config()
    assert garden.water() == ["bee"]
    manager.stop()
    assert garden.signals.sown.has_listeners() is False
    garden.signals.sown.connect(lambda: None)
    assert garden.signals.sown.has_listeners()


def test_mute_by_config_and_by_hand_do_not_undo_each_other(garden):
    """Each asks for silence on its own account."""
    garden.install("bee")
    manager = garden.start("")

    with garden.signals.watered.muted():
        garden.say('mute = ["watered"]')
        manager.reload_config()
        garden.say("")
        manager.reload_config()
        assert garden.water() == []

    assert garden.water() == ["bee"]


def test_a_refused_start_leaves_nothing_muted(garden):
    """Whatever it had begun is taken back."""
    garden.signals.watered.connect(lambda plant: "host")
    with pytest.raises(Exception, match="nobody"):
        garden.start({"mute": ["watered"], "required": ["nobody"]})

    assert garden.water() == ["host"]


def test_what_the_host_registers_by_hand_is_not_the_policys(garden):
    """It runs while the manager does, waits over a stop, and is back at the next start."""
    marker = garden.signals.pluggy.HookimplMarker("garden")
    plugin = types.SimpleNamespace(watered=marker(lambda plant: "by hand"))
    manager = garden.manager({"mode": "explicit"})
    manager.register(plugin, "mine")

    manager.start()
    assert garden.water() == ["by hand"]
    manager.stop()
    assert garden.water() == []
    manager.start()
    assert garden.water() == ["by hand"]

    assert manager.unregister(plugin) is plugin
    assert garden.water() == []


def test_what_is_unregistered_while_stopped_does_not_come_back(garden):
    """pluggy looks at active receivers only; nothing of it stays."""
    marker = garden.signals.pluggy.HookimplMarker("garden")
    plugin = types.SimpleNamespace(watered=marker(lambda plant: "by hand"))
    manager = garden.start()
    manager.register(plugin, "mine")
    manager.stop()

    manager.unregister(name="mine")

    assert garden.signals.watered._connections() == []
    manager.start()
    assert garden.water() == []


def test_rounds_of_disable_and_enable_hold_no_memory(garden):
    """A plugin that connects at its import and in `ready`, and is registered by pluggy's marks: a thousand rounds."""
    garden.install(
        "bee",
        """
        from hookcore import receiver
        from garden_signals import watered
        import pluggy

        @receiver(watered)
        def answer(plant):
            return "answer"

        @pluggy.HookimplMarker("garden")
        def sown(plant):
            return None

        def ready(plugins):
            watered.connect(lambda plant: "ready")
        """,
    )
    manager = garden.start()

    def blocks_after(rounds: int) -> int:
        for _ in range(rounds):
            manager.disable("bee")
            manager.enable("bee")
        gc.collect()
        return sys.getallocatedblocks()

    blocks_after(50)
    before = blocks_after(50)

    assert blocks_after(1000) - before < 500
    assert sorted(garden.water()) == ["answer", "ready"]
