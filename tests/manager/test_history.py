"""Does every receiver of a historic signal hear each call once, whenever its plugin comes and goes?"""

from __future__ import annotations

import gc
import importlib
import types

import pytest

LISTENERS = {
    "connected": """
        from hookcore import receiver
        from garden_signals import LOG, opened

        @receiver(opened)
        def hear(gate):
            LOG.append(gate)
    """,
    "connected in ready": """
        from garden_signals import LOG, opened

        def hear(gate):
            LOG.append(gate)

        def ready():
            opened.connect(hear)
    """,
    "marked": """
        import pluggy
        from garden_signals import LOG

        @pluggy.HookimplMarker("garden")
        def opened(gate):
            LOG.append(gate)
    """,
    "instance": """
        import pluggy
        from garden_signals import LOG

        class Bee:
            @pluggy.HookimplMarker("garden")
            def opened(self, gate):
                LOG.append(gate)

        bee = Bee()
    """,
    "entry point": """
        from garden_signals import LOG

        def hear(gate):
            LOG.append(gate)
    """,
}


@pytest.fixture(params=LISTENERS)
def listening(request, garden):
    """A plugin that writes down each gate, connected in one of the ways that there are."""
    garden.install(
        "bee",
        LISTENERS[request.param],
        entry_points={"bee": "bee:bee"} if request.param == "instance" else None,
        receivers={"opened.hear": "bee:hear"} if request.param == "entry point" else {},
    )
    return garden


def open_gate(garden, gate):
    """Send the historic signal."""
    garden.signals.opened.call_historic(kwargs={"sender": None, "gate": gate})


def test_a_plugin_hears_what_was_sent_before_it_came(listening):
    """In order, and then what is sent."""
    open_gate(listening, "north")
    open_gate(listening, "south")
    listening.start()
    open_gate(listening, "east")

    assert listening.log == ["north", "south", "east"]


def test_it_hears_what_it_missed_while_it_was_disabled_once(listening):
    """Nothing twice, nothing lost."""
    manager = listening.start()
    open_gate(listening, "north")
    manager.disable("bee")
    open_gate(listening, "south")
    assert listening.log == ["north"]

    manager.enable("bee")
    assert listening.log == ["north", "south"]
    manager.disable("bee")
    manager.enable("bee")
    open_gate(listening, "east")
    assert listening.log == ["north", "south", "east"]


def test_the_same_over_stop_and_start(listening):
    """A stopped plugin misses nothing, and hears nothing twice."""
    manager = listening.start()
    open_gate(listening, "north")
    manager.stop()
    open_gate(listening, "south")
    manager.start()
    open_gate(listening, "east")

    assert listening.log == ["north", "south", "east"]


def test_a_new_instance_hears_everything(garden):
    """A class plugin is made anew when it is enabled: a new receiver, which has heard nothing."""
    garden.install("bee", LISTENERS["instance"], entry_points={"bee": "bee:Bee"})
    manager = garden.start()
    open_gate(garden, "north")
    manager.disable("bee")
    manager.enable("bee")

    assert garden.log == ["north", "north"]


def test_a_receiver_entry_point_of_a_class_plugin_hears_nothing_twice(garden):
    """The instance is made anew; the function that the entry point names is not."""
    source = LISTENERS["entry point"] + "\n" + " " * 8 + "class Bee:\n" + " " * 12 + "pass\n"
    garden.install("bee", source, entry_points={"bee": "bee:Bee"}, receivers={"opened.hear": "bee:hear"})
    manager = garden.start()
    open_gate(garden, "north")
    manager.disable("bee")
    manager.enable("bee")
    open_gate(garden, "south")

    assert garden.log == ["north", "south"]


def test_one_claimant_of_a_name_hears_what_the_other_one_has_heard(garden):
    """Their receivers have one name, and are two."""
    for distribution in ("honey-bee", "wild-bee"):
        garden.install(
            "bee",
            f"from garden_signals import LOG\n\ndef hear(gate):\n    LOG.append(('{distribution}', gate))\n",
            distribution=distribution,
            receivers={"opened.hear": f"{distribution.replace('-', '_')}:hear"},
        )
    choice = "[plugin.bee]\ndistribution = '{}'\n"
    manager = garden.start(choice.format("honey-bee"))
    open_gate(garden, "north")

    garden.say(choice.format("wild-bee"))
    manager.reload_config()

    assert garden.log == [("honey-bee", "north"), ("wild-bee", "north")]


def test_what_ready_makes_anew_each_time_is_forgotten_each_time(garden):
    """It is a new receiver, which hears everything; of those before it nothing is kept."""
    garden.install(
        "bee",
        """
        import weakref
        from garden_signals import LOG, opened

        MADE = []

        def ready():
            def hear(gate):
                LOG.append(gate)

            opened.connect(hear)
            MADE.append(weakref.ref(hear))
        """,
    )
    manager = garden.start()
    open_gate(garden, "north")
    for _ in range(3):
        manager.disable("bee")
        manager.enable("bee")
    gc.collect()

    assert garden.log == ["north"] * 4
    *earlier, last = importlib.import_module("bee").MADE
    assert [reference() for reference in earlier] == [None] * 3
    assert last() is not None


def test_one_function_for_several_senders_hears_each_of_them_once(garden):
    """What counts is the connection: one that `ready` makes only now has heard nothing yet."""
    garden.install(
        "bee",
        """
        from garden_signals import LOG, opened

        SENDERS = [int]

        def hear(gate):
            LOG.append(gate)

        def ready():
            for sender in SENDERS:
                opened.connect(hear, sender=sender)
        """,
    )
    manager = garden.start()
    garden.signals.opened.send(sender=int, gate="north")
    garden.signals.opened.send(sender=str, gate="south")
    manager.disable("bee")
    importlib.import_module("bee").SENDERS.append(str)
    manager.enable("bee")

    assert garden.log == ["north", "south"]


def test_another_function_under_the_same_dispatch_uid_hears_everything(garden):
    """The name says that there is one connection, not that it is the same receiver; the one before may live on."""
    garden.install(
        "bee",
        """
        from garden_signals import LOG, opened

        MADE = []

        def ready():
            MADE.append(lambda gate: LOG.append(gate))
            opened.connect(MADE[-1], dispatch_uid="hear")
        """,
    )
    manager = garden.start()
    open_gate(garden, "north")
    manager.disable("bee")
    manager.enable("bee")

    assert garden.log == ["north", "north"]


def test_what_cannot_be_held_weakly_begins_anew(garden):
    """Remembering it would keep it for ever, or mistake another for it."""
    garden.install(
        "bee",
        """
        from garden_signals import LOG, opened

        class Ear:
            __slots__ = ()

            def __call__(self, gate):
                LOG.append(gate)

        ear = Ear()

        def ready():
            opened.connect(ear)
        """,
    )
    manager = garden.start()
    open_gate(garden, "north")
    manager.disable("bee")
    manager.enable("bee")

    assert garden.log == ["north", "north"]


def test_what_ready_connects_hears_nothing_twice_under_the_next_manager(garden):
    """The signal outlives its managers, and remembers."""
    garden.install("bee", LISTENERS["connected in ready"])
    garden.start()
    open_gate(garden, "north")
    garden.managers.pop()
    gc.collect()
    open_gate(garden, "south")
    garden.start()

    assert garden.log == ["north", "south"]


def test_a_silenced_receiver_hears_it_when_the_config_lets_it(garden):
    """What one receiver missed because the config disabled it is not lost either."""
    garden.install("bee", LISTENERS["connected"])
    silent = "[plugin.bee]\ndisable = ['opened.hear']\n"
    manager = garden.start(silent)
    open_gate(garden, "north")
    assert garden.log == []

    garden.say("")
    manager.reload_config()
    assert garden.log == ["north"]

    garden.say(silent)
    manager.reload_config()
    open_gate(garden, "south")
    assert garden.log == ["north"]

    garden.say("")
    manager.reload_config()
    assert garden.log == ["north", "south"]


def test_a_plugin_that_fails_on_what_it_missed_is_failed(garden, states):
    """The replay runs its code: the fault is its own, and the others go on."""
    garden.install(
        "bad",
        """
        from hookcore import receiver
        from garden_signals import opened

        @receiver(opened)
        def hear(gate):
            1 / 0
        """,
    )
    garden.install("bee", LISTENERS["connected"])
    open_gate(garden, "north")

    manager = garden.start()

    assert states(manager) == {"bad": "failed", "bee": "active"}
    assert manager.report()[0].reason == "connect: ZeroDivisionError: division by zero"
    assert garden.log == ["north"]


def test_a_plugin_that_failed_on_what_it_missed_hears_the_rest_when_it_comes_up_again(garden, states):
    """From the call on which it failed; and another receiver of it, whose turn had not come, all of it."""
    garden.install(
        "bee",
        """
        from hookcore import receiver
        from garden_signals import LOG, opened

        @receiver(opened)
        def hear(gate):
            LOG.append(gate)
            if LOG == ["north", "east"]:
                raise RuntimeError(gate)

        @receiver(opened)
        def hear_too(gate):
            LOG.append(f"{gate} too")
        """,
    )
    manager = garden.manager()
    for gate in ("north", "east", "south"):
        open_gate(garden, gate)
    manager.start()
    assert states(manager) == {"bee": "failed"}
    open_gate(garden, "west")
    assert garden.log == ["north", "east"]
    for _ in range(2):
        manager.enable("bee")
        manager.disable("bee")
    assert sorted(garden.log) == sorted(
        ["north", "east", *("east", "south", "west"), *("north too", "east too", "south too", "west too")]
    )
    manager.stop()


def test_what_was_registered_by_hand_misses_nothing_either(garden):
    """It waits over a stop, and hears at the next start what was sent meanwhile, once."""
    marker = garden.signals.pluggy.HookimplMarker("garden")
    plugin = types.SimpleNamespace(opened=marker(lambda gate: garden.log.append(gate)))
    manager = garden.start()
    manager.register(plugin)
    open_gate(garden, "north")
    manager.stop()
    open_gate(garden, "south")
    manager.start()

    assert garden.log == ["north", "south"]


def test_what_is_registered_by_hand_again_hears_everything_again(garden):
    """As with pluggy: each registration is one of its own, also of the same function."""
    marker = garden.signals.pluggy.HookimplMarker("garden")
    plugin = types.SimpleNamespace(opened=marker(lambda gate: garden.log.append(gate)))
    manager = garden.start()
    open_gate(garden, "north")
    for _ in range(20):
        manager.register(plugin)
        manager.unregister(plugin)

    assert garden.log == ["north"] * 20
