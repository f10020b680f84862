"""Whom does a call without some plugins reach? (pluggy's `subset_hook_caller`)"""

from __future__ import annotations

import sys
import textwrap

import pytest

from hookcore import PluginStartError

LATE = """
from garden_signals import LOG
LOG.append("import NAME")

def answer(plant):
    return "NAME"
"""
ROSE = {"plant": "rose"}
CALL = {"sender": None, **ROSE}


@pytest.fixture
def waiting(garden):
    """Two plugins that are nothing but receivers, which nobody has imported yet, and one that is up."""
    for name in ("early", "late"):
        source = LATE.replace("NAME", name)
        garden.install(name, source, entry_points={}, receivers={"watered.answer": f"{name}:answer"})
    garden.install("ant")
    return garden


# -- receivers that nobody has imported yet -------------------------------------------------------------------


@pytest.mark.parametrize("left_out", ["ant", "early"])
def test_a_subset_imports_what_it_reaches(waiting, left_out):
    """As the plain call does, and with functions for one call too."""
    manager = waiting.start()
    others = sorted({"ant", "early", "late"} - {left_out})

    subset = manager.subset_hook_caller("watered", [manager.get_plugin(left_out)])

    assert [found.plugin_name for found in subset.get_hookimpls()] == [name for name in others if name == "ant"]
    assert "late" not in sys.modules
    assert sorted(subset(**CALL)) == others
    assert sorted(subset.call_extra([lambda plant: "extra"], CALL)) == sorted([*others, "extra"])


def test_functions_for_one_call_come_with_what_the_subset_imports(waiting):
    """Also if that is the first call of all."""
    manager = waiting.start()
    subset = manager.subset_hook_caller("watered", [manager.get_plugin("ant")])

    assert sorted(subset.call_extra([lambda plant: "extra"], CALL)) == ["early", "extra", "late"]


def test_a_subset_neither_reaches_nor_imports_what_it_leaves_out(waiting):
    """Others import it later; then it is left out all the same."""
    manager = waiting.start()

    subset = manager.subset_hook_caller("watered", [manager.get_plugin("late")])
    assert sorted(subset(**CALL)) == ["ant", "early"]
    assert "late" not in sys.modules

    assert sorted(waiting.water()) == ["ant", "early", "late"]
    assert sorted(subset(**CALL)) == ["ant", "early"]


def test_a_muted_subset_imports_nothing(waiting):
    """Who reaches nobody needs nobody."""
    manager = waiting.start()
    subset = manager.subset_hook_caller("watered", [manager.get_plugin("ant")])
    with waiting.signals.watered.muted():
        subset(**CALL)

    assert "late" not in sys.modules


def test_a_fault_at_an_import_fails_that_plugin_and_the_subsets_call_goes_on(waiting, report_of, logged):
    """A plugin's fault is the plugin's fault, whoever calls."""
    waiting.install("bad", "1 / 0", entry_points={}, receivers={"watered.answer": "bad:answer"})
    manager = waiting.start()
    subset = manager.subset_hook_caller("watered", [manager.get_plugin("ant")])

    assert sorted(subset(**CALL)) == ["early", "late"]

    assert report_of(manager, "bad").state == "failed"
    assert report_of(manager, "bad").reason == "import: ZeroDivisionError: division by zero"
    assert len(logged(40)) == 1


def test_strict_lets_who_calls_a_subset_know(waiting):
    """But for the plugins that it leaves out."""
    waiting.install("bad", "1 / 0", entry_points={}, receivers={"watered.answer": "bad:answer"})
    manager = waiting.start("strict = true")
    without_bad = manager.subset_hook_caller("watered", [manager.get_plugin("bad")])
    without_ant = manager.subset_hook_caller("watered", [manager.get_plugin("ant")])

    assert sorted(without_bad(**CALL)) == ["ant", "early", "late"]
    with pytest.raises(PluginStartError, match="plugin 'bad'"):
        without_ant(**CALL)


# -- who is left out ------------------------------------------------------------------------------------------


def test_what_a_plugin_connects_under_any_name_is_left_out(garden):
    """It need not have an attribute that is called like the signal, and it may connect when the subset is there."""
    source = """
    import garden_signals

    def ready():
        garden_signals.watered.connect(answer)

    def answer(plant):
        return "bee"

    def also(plant):
        return "bee again"
    """
    garden.install("ant")
    garden.install("bee", source)
    manager = garden.start()
    bee = manager.get_plugin("bee")
    assert sorted(garden.water()) == ["ant", "bee"]

    subset = manager.subset_hook_caller("watered", [bee])
    garden.signals.watered.connect(bee.also)

    assert subset(**CALL) == ["ant"]
    assert sorted(garden.water()) == ["ant", "bee", "bee again"]


def test_a_plugin_that_is_made_anew_can_be_left_out(garden):
    """What its module has connected stays, and is the new object's."""
    source = """
    from hookcore import receiver
    from garden_signals import watered

    @receiver(watered)
    def answer(plant):
        return "bee"

    class Bee:
        pass
    """
    garden.install("ant")
    garden.install("bee", source, entry_points="bee:Bee")
    manager = garden.start()
    assert len(manager.hook.watered.get_hookimpls()) == 2
    manager.disable("bee")
    manager.enable("bee")

    assert manager.subset_hook_caller("watered", [manager.get_plugin("bee")])(**CALL) == ["ant"]


def test_nobodys_receivers_are_in_every_subset(garden):
    """Also if the plugin that is to be left out is not there, and pluggy says None."""
    garden.install("ant")
    garden.signals.watered.connect(lambda plant: "host")
    manager = garden.start()

    assert sorted(manager.subset_hook_caller("watered", [manager.get_plugin("owl")])(**CALL)) == ["ant", "host"]
    assert manager.subset_hook_caller("watered", [manager.get_plugin("ant")])(**CALL) == ["host"]


def test_a_subset_sends_the_defaults_of_the_declaration(garden):
    """As the plain call does, whatever pluggy's release does."""
    garden.install("ant")
    garden.signals.sown.connect(lambda plant, depth: depth)
    manager = garden.start()
    subset = manager.subset_hook_caller("sown", [manager.get_plugin("ant")])

    assert subset(**CALL) == [1]


@pytest.mark.parametrize("kind", [list, set, frozenset])
def test_plugins_that_say_they_are_equal_are_told_apart(garden, kind):
    """Nobody's receivers are left out for what a plugin says of itself."""
    marker = garden.signals.pluggy.HookimplMarker("garden")

    class Alike:
        def __init__(self, name):
            self.name = name

        def __eq__(self, other):
            return isinstance(other, Alike)

        def __hash__(self):
            return 1

        @marker
        def watered(self, plant):
            return self.name

    garden.install("ant")
    manager = garden.start()
    one, other = Alike("one"), Alike("other")
    manager.register(one, "one")
    manager.register(other, "other")

    subset = manager.subset_hook_caller("watered", kind([one]))

    assert sorted(subset(**CALL)) == sorted(subset(**CALL)) == ["ant", "other"]


@pytest.mark.parametrize("call", [lambda subset: subset(plant="rose"), lambda subset: subset.call_extra([], ROSE)])
def test_a_subset_warns_of_missing_arguments_where_it_is_called(garden, call):
    """pluggy's own warning, at the caller's line."""
    garden.install("ant")
    manager = garden.start()
    subset = manager.subset_hook_caller("watered", [manager.get_plugin("ant")])

    with pytest.warns(UserWarning, match="'sender' which are declared in the hookspec") as warned:
        call(subset)

    assert [one.filename for one in warned] == [__file__]


# -- historic signals -----------------------------------------------------------------------------------------

LISTENER = """
from hookcore import receiver
from garden_signals import LOG, opened

@receiver(opened)
def hear(gate):
    LOG.append(("NAME", gate))
    return "NAME"
"""


def call_historic(manager, left_out, gate, result_callback=None):
    """Open a gate, for all plugins but one."""
    subset = manager.subset_hook_caller("opened", [manager.get_plugin(left_out)])
    subset.call_historic(result_callback, {"sender": None, "gate": gate})


@pytest.fixture
def listening(garden):
    """Plugins that write down what they hear of a historic signal."""
    for name in ("ant", "bee", "cat"):
        garden.install(name, LISTENER.replace("NAME", name))
    return garden


def test_who_comes_later_hears_a_subsets_historic_call_once(listening):
    """As with pluggy: the subset says who is left out of the call itself."""
    manager = listening.start(disable=["cat"])
    call_historic(manager, "ant", "north")
    assert listening.log == [("bee", "north")]

    for _ in range(2):
        manager.enable("cat")
        manager.disable("cat")
    assert listening.log == [("bee", "north"), ("cat", "north")]


def test_who_was_left_out_never_hears_it(listening):
    """Not with the next call, and not when it is disabled and enabled; those calls it hears once."""
    manager = listening.start(disable=["cat"])
    call_historic(manager, "ant", "north")
    listening.signals.opened.call_historic(kwargs={"sender": None, "gate": "south"})
    manager.disable("ant")
    manager.enable("ant")

    assert [heard for heard in listening.log if heard[0] == "ant"] == [("ant", "south")]


def test_what_was_left_out_and_is_registered_anew_hears_it(garden):
    """As with pluggy: it is a registration of its own, and a later one."""
    marker = garden.signals.pluggy.HookimplMarker("garden")

    class Plugin:
        @marker
        def opened(self, gate):
            garden.log.append(gate)

    plugin = Plugin()
    manager = garden.start()
    manager.register(plugin)
    subset = manager.subset_hook_caller("opened", [plugin])
    subset.call_historic(kwargs={"sender": None, "gate": "north"})
    assert garden.log == []

    manager.unregister(plugin)
    manager.register(plugin)
    assert garden.log == ["north"]


def test_the_results_of_who_comes_later_are_handed_over_too(listening):
    """`result_callback` gets each once."""
    results = []
    manager = listening.start(disable=["cat"])
    call_historic(manager, "ant", "north", results.append)
    manager.enable("cat")

    assert results == ["bee", "cat"]


@pytest.mark.parametrize("left_out", ["ant", "late"])
def test_a_historic_call_imports_what_it_reaches_and_nothing_else(listening, left_out):
    """What it leaves out is not owed the call either, when somebody else imports it."""
    source = "from garden_signals import LOG\n\ndef hear(gate):\n    LOG.append(('late', gate))\n"
    listening.install("late", source, entry_points={}, receivers={"opened.hear": "late:hear"})
    manager = listening.start()

    call_historic(manager, left_out, "north")
    assert ("late" in sys.modules) is (left_out == "ant")
    listening.signals.opened.call_historic(kwargs={"sender": None, "gate": "south"})

    gates = ["south"] if left_out == "late" else ["north", "south"]
    assert [gate for name, gate in listening.log if name == "late"] == gates


@pytest.mark.parametrize("monitored", [False, True])
def test_monitors_see_a_subsets_historic_call(listening, monitored):
    """With those whom it reaches."""
    seen = []
    manager = listening.start()
    if monitored:
        manager.add_hookcall_monitoring(
            lambda name, found, arguments: seen.append((name, {one.plugin_name for one in found})), lambda *_: None
        )

    call_historic(manager, "ant", "north")

    assert seen == [("opened", {"bee", "cat"})] * monitored
    assert sorted(listening.log) == [("bee", "north"), ("cat", "north")]


def test_a_muted_historic_call_of_a_subset_reaches_who_comes_later(listening):
    """As the plain one: it is sent, and reaches nobody now."""
    manager = listening.start(disable=["cat"])
    with listening.signals.opened.muted():
        call_historic(manager, "ant", "north")
    assert listening.log == []

    manager.enable("cat")
    assert listening.log == [("cat", "north")]


def test_a_historic_subset_cannot_be_called_plainly(listening):
    """pluggy's own refusal; nor can one that is not historic be called as if it were."""
    manager = listening.start()
    opened = manager.subset_hook_caller("opened", [manager.get_plugin("ant")])
    watered = manager.subset_hook_caller("watered", [manager.get_plugin("ant")])

    with pytest.raises(AssertionError, match="use call_historic instead"):
        opened(sender=None, gate="north")
    with pytest.raises(AssertionError, match="'watered' is not historic"):
        watered.call_historic(kwargs=CALL)
    assert opened.is_historic()
    assert not watered.is_historic()


def test_what_a_plugin_connects_later_for_a_sender_is_left_out_too(garden):
    """Also if a call was made before, when the plugin had nothing to be left out."""
    garden.install("ant")
    source = """
        from garden_signals import watered

        def answer(plant):
            return "bee"

        def connect():
            watered.connect(answer, sender=int)
    """
    garden.install("bee", textwrap.dedent(source))
    manager = garden.start()
    bee = manager.get_plugin("bee")
    subset = manager.subset_hook_caller("watered", [bee])
    assert subset(sender=int, plant="rose") == ["ant"]

    bee.connect()

    assert sorted(manager.hook.watered(sender=int, plant="rose")) == ["ant", "bee"]
    assert subset(sender=int, plant="rose") == ["ant"]
