"""Is the manager a pluggy manager, with plugins from both worlds on the same signals?

pluggy's own test suite runs against it as well: `tox run -e peers`.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.metadata
import types

import pluggy
import pytest

from hookcore import PluginError, PluginManager, Signal

hookimpl = pluggy.HookimplMarker("garden")
hookspec = pluggy.HookspecMarker("garden")

MARKS = """
import pluggy
from garden_signals import LOG
hookimpl = pluggy.HookimplMarker("garden")

{opening}

{indent}@hookimpl(tryfirst=True, specname="watered")
{indent}def a_first({self}plant):
{indent}    return "first"

{indent}@hookimpl(trylast=True, specname="watered")
{indent}def b_last({self}plant):
{indent}    return "last"

{indent}@hookimpl
{indent}def watered({self}plant):
{indent}    return "plain"

{indent}@hookimpl(wrapper=True, specname="watered")
{indent}def c_around({self}plant):
{indent}    LOG.append("around")
{indent}    result = yield
{indent}    LOG.append("around, after")
{indent}    return result

{indent}@hookimpl(hookwrapper=True, specname="watered")
{indent}def d_old_around({self}plant):
{indent}    LOG.append("old")
{indent}    outcome = yield
{indent}    LOG.append("old, after")
{indent}    outcome.force_result(outcome.get_result())

{indent}@hookimpl(optionalhook=True)
{indent}def of_another_version({self}plant):
{indent}    return "never"

{closing}
"""

CLASS_BESIDE_A_RECEIVER = """
from hookcore import receiver
from garden_signals import watered

@receiver(watered)
def answer(plant):
    return "bee"

class Bee:
    pass
"""

KINDS = {
    "module": ("bee", {"opening": "", "indent": "", "self": "", "closing": ""}),
    "class": ("bee:Bee", {"opening": "class Bee:", "indent": "    ", "self": "self, ", "closing": ""}),
    "instance": ("bee:bee", {"opening": "class Bee:", "indent": "    ", "self": "self, ", "closing": "bee = Bee()"}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_all_marks_work_on_plugins_of_all_kinds(garden, kind):
    """tryfirst, trylast, wrappers of both styles, specname and optionalhook: around calls, and around sends."""
    entry_point, parts = KINDS[kind]
    garden.install("bee", MARKS.format(**parts), entry_points=entry_point)
    manager = garden.start()

    for send in (lambda: manager.hook.watered(sender=None, plant="rose"), garden.water):
        garden.log.clear()
        assert send() == ["first", "plain", "last"]
        assert sorted(garden.log[:2]) == ["around", "old"]
        assert sorted(garden.log[2:]) == ["around, after", "old, after"]

    manager.disable("bee")
    garden.log.clear()
    assert manager.hook.watered(sender=None, plant="rose") == []
    assert garden.log == []
    manager.check_pending()


def test_the_hook_is_the_signal(garden):
    """`plugins.hook.NAME` is the very object in the host's module, and a `pluggy.HookCaller`."""
    manager = garden.manager()

    assert manager.hook.watered is garden.signals.watered
    assert isinstance(manager.hook.watered, pluggy.HookCaller)
    assert isinstance(manager, pluggy.PluginManager)


def test_registered_connected_and_installed_receivers_stand_side_by_side(garden):
    """One signal, three ways to it, and one order."""
    garden.install("bee")
    manager = garden.start()
    manager.register(types.SimpleNamespace(watered=hookimpl(lambda plant: "registered")))
    garden.signals.watered.connect(lambda plant: "connected")

    assert garden.water() == ["bee", "registered", "connected"]
    assert manager.hook.watered(sender=None, plant="rose") == ["bee", "registered", "connected"]
    assert manager.hook.watered.get_hookimpls()[-1].plugin_name == "bee"


def test_firstresult_signals_give_one_result(garden):
    """The first that is not None; a send stops there."""
    garden.install("ant", "import pluggy\n@pluggy.HookimplMarker('garden')\ndef named(plant): return None\n")
    garden.install("bee", "import pluggy\n@pluggy.HookimplMarker('garden')\ndef named(plant): return 'Rosa'\n")
    manager = garden.start()

    assert manager.hook.named(sender=None, plant="rose") == "Rosa"
    assert garden.signals.named.send(sender=None, plant="rose")[-1][1] == "Rosa"


def test_what_start_loaded_is_registered_under_its_name(garden):
    """All of pluggy's questions have answers."""
    garden.install("bee")
    manager = garden.start()
    module = importlib.import_module("bee")

    assert manager.get_plugin("bee") is module
    assert manager.get_name(module) == "bee"
    assert manager.has_plugin("bee")
    assert manager.is_registered(module)
    assert module in manager.get_plugins()
    assert manager.list_name_plugin() == [("bee", module)]
    assert [caller.name for caller in manager.get_hookcallers(module)] == ["watered"]

    manager.disable("bee")
    assert not manager.has_plugin("bee")
    manager.enable("bee")
    manager.stop()
    assert manager.list_name_plugin() == []


def test_the_distributions_of_what_start_loaded_are_listed(garden):
    """As pluggy lists those that it loaded itself, with the same facade around them."""
    garden.install("bee", distribution="honey-bee", version="2.5")
    garden.install("ant")
    manager = garden.start(disable=["ant"])
    module = importlib.import_module("honey_bee")

    [(plugin, facade)] = manager.list_plugin_distinfo()
    assert plugin is module
    assert (facade.project_name, facade.version) == ("honey-bee", "2.5")
    [(plugin, distribution)] = manager.list_plugin_distributions()
    assert plugin is module
    assert isinstance(distribution, importlib.metadata.Distribution)

    manager.disable("bee")
    assert manager.list_plugin_distinfo() == []


def test_pluggys_own_loading_of_entry_points_works(garden):
    """And stands in the same list."""
    garden.install("bee")
    manager = garden.manager()

    assert manager.load_setuptools_entrypoints("garden.plugins") == 1

    [(plugin, facade)] = manager.list_plugin_distinfo()
    assert plugin is importlib.import_module("bee")
    assert facade.project_name == "bee"


def test_a_distribution_that_was_uninstalled_meanwhile_is_left_out(garden):
    """The list is read when somebody asks."""
    garden.install("bee")
    manager = garden.start()
    for file in (garden.site / "bee-1.5.dist-info").iterdir():
        file.unlink()
    (garden.site / "bee-1.5.dist-info").rmdir()

    assert manager.list_plugin_distinfo() == []


def test_unregistering_an_installed_plugin_disables_it(garden, states):
    """With its shutdown; those that need it are blocked; nothing but enable() brings it back."""
    garden.install("bee")
    garden.install("cat", requires=["bee"])
    manager = garden.start()
    module = importlib.import_module("bee")

    assert manager.unregister(module) is module

    assert states(manager) == {"bee": "disabled", "cat": "blocked"}
    assert garden.log[-2:] == ["shutdown cat", "shutdown bee"]
    assert garden.water() == []
    manager.reload_config()
    assert states(manager) == {"bee": "disabled", "cat": "blocked"}
    manager.enable("bee")
    assert sorted(garden.water()) == ["bee", "cat"]


def test_unregister_by_name_and_of_nobody(garden):
    """As pluggy has it."""
    garden.install("bee")
    manager = garden.start()

    assert manager.unregister(name="bee") is importlib.import_module("bee")
    with pytest.raises(AssertionError):
        manager.unregister(object())


@pytest.mark.parametrize("name", ["bee", "Honey_Bee"])
def test_a_blocked_name_is_not_loaded(garden, report_of, name):
    """set_blocked() before the start is the host's own decision, and has its reason. Names are canonical here too."""
    garden.install("bee", distribution="honey-bee")
    manager = garden.manager()
    manager.set_blocked(name)
    manager.start()
    report = report_of(manager, "bee")

    assert (report.state, report.reason, report.decided_by) == (
        "disabled",
        "the host blocks its name",
        "argument set_blocked()",
    )
    assert garden.log == []

    assert manager.unblock(name)
    manager.enable("bee")
    assert garden.water() == ["bee"]


def test_a_blocked_name_is_a_name_and_no_glob(garden, states):
    """pluggy blocks what is called so, and nothing else; globs are the config's."""
    garden.install("bee")
    manager = garden.manager()
    manager.set_blocked("b*")

    manager.start()

    assert states(manager) == {"bee": "active"}


@pytest.mark.parametrize("name", ["bee", "Bee", "Honey_Bee"])
def test_blocking_a_running_plugin_takes_it_out(garden, report_of, name):
    """With its shutdown, under any name of it; the report says who did it."""
    garden.install("bee", distribution="honey-bee")
    manager = garden.start()

    manager.set_blocked(name)

    report = report_of(manager, "bee")
    assert (report.state, report.reason, report.decided_by) == (
        "disabled",
        "the host blocks its name",
        "argument set_blocked()",
    )
    assert garden.log[-1] == "shutdown bee"
    assert manager.is_blocked(name)
    assert not manager.has_plugin("bee")
    assert garden.water() == []
    with pytest.raises(PluginError, match="could not be enabled; it is disabled: the host blocks its name"):
        manager.enable("bee")


def test_a_plugin_that_was_blocked_comes_up_when_it_is_unblocked(garden, report_of):
    """Unless somebody else keeps it down."""
    garden.install("bee")
    manager = garden.start()
    manager.set_blocked("bee")

    assert manager.unblock("bee")

    assert report_of(manager, "bee").reason == 'mode "auto"'
    assert garden.water() == ["bee"]
    assert not manager.unblock("bee")

    manager.set_blocked("bee")
    manager.disable("bee")
    assert manager.unblock("bee")

    assert report_of(manager, "bee").decided_by == "argument disable()"
    assert garden.water() == []


def test_a_plugin_that_is_blocked_under_two_names_waits_for_both(garden):
    """Of its own and its distribution's one may be unblocked, and the other still holds."""
    garden.install("bee", distribution="honey-bee")
    manager = garden.start()
    manager.set_blocked("bee")
    manager.set_blocked("honey-bee")

    manager.unblock("bee")
    assert garden.water() == []

    manager.unblock("honey-bee")
    assert garden.water() == ["bee"]


def test_blocking_what_is_registered_by_hand_takes_it_out_too(garden):
    """Started or not, as with pluggy."""
    marker = pluggy.HookimplMarker("garden")
    manager = garden.manager()
    for _ in range(2):
        manager.register(types.SimpleNamespace(watered=marker(lambda plant: "host")), "wasp")
        manager.set_blocked("wasp")

        assert garden.water() == []
        assert manager.is_blocked("wasp")

        assert manager.unblock("wasp")
        manager.stop()
        manager.start()


def test_a_shutdown_may_block_names(garden, states):
    """Also while the manager stops: then it counts from the next start on."""
    garden.install("ant")
    garden.install("bee", "def shutdown(plugins):\n    plugins.set_blocked('ant')\n")
    garden.install("cat")
    manager = garden.start()

    manager.stop()
    assert states(manager) == {"ant": "stopped", "bee": "stopped", "cat": "stopped"}

    manager.start()
    assert states(manager) == {"ant": "disabled", "bee": "active", "cat": "active"}
    assert manager.unblock("ant")
    manager.disable("bee")
    assert states(manager) == {"ant": "disabled", "bee": "disabled", "cat": "active"}


def test_a_connected_receiver_is_shown_with_the_object_that_its_plugin_is_now(garden):
    """A class plugin that is disabled and enabled is another object, which `plugin` then names."""
    garden.install("bee", CLASS_BESIDE_A_RECEIVER, entry_points="bee:Bee")
    manager = garden.start()

    def shown():
        return [one.plugin for one in manager.hook.watered.get_hookimpls()]

    first = manager.get_plugin("bee")
    assert shown() == [first]
    manager.disable("bee")
    manager.enable("bee")

    assert manager.get_plugin("bee") is not first
    assert shown() == [manager.get_plugin("bee")]
    assert manager.get_hookcallers(manager.get_plugin("bee")) == [manager.hook.watered]


def test_monitoring_sees_calls_and_sends(garden):
    """Before and after, with name, receivers and arguments, of installed and registered plugins; until it is undone."""
    garden.install("bee")
    manager = garden.start()
    seen = []
    undo = manager.add_hookcall_monitoring(
        lambda name, found, arguments: seen.append((name, [one.plugin_name for one in found], dict(arguments))),
        lambda outcome, name, found, arguments: seen.append((name, outcome.get_result())),
    )

    assert manager.hook.watered(sender=None, plant="rose") == ["bee"]
    assert garden.water() == ["bee"]

    before = ("watered", ["bee"], {"sender": None, "plant": "rose"})
    assert seen[:2] == [before, ("watered", ["bee"])]
    assert seen[2] == before
    assert [response for _, response in seen[3][1]] == ["bee"]

    undo()
    garden.water()
    assert len(seen) == 4


@pytest.mark.parametrize("way", ["asend", "asend_robust"])
def test_monitoring_sees_what_awaited_sends_come_to(garden, way):
    """`after` is told when they are done, of several monitors the inner one first; what one forces, the sender gets."""
    manager = garden.start()
    seen = []

    async def sprinkle(plant):
        await asyncio.sleep(0)
        seen.append(plant)
        if plant == "cactus":
            raise ValueError("too wet")
        return "wet"

    garden.signals.watered.connect(sprinkle)
    for number in (1, 2):
        manager.add_hookcall_monitoring(
            lambda *_, number=number: seen.append(f"before {number}"),
            lambda outcome, *_, number=number: seen.append((number, outcome.exception or outcome.get_result()[0][1])),
        )
    send = getattr(garden.signals.watered, way)

    assert asyncio.run(send(sender=None, plant="rose")) == [(sprinkle, "wet")]
    assert seen == ["before 2", "before 1", "rose", (1, "wet"), (2, "wet")]
    if way == "asend":
        seen.clear()
        with pytest.raises(ValueError, match="too wet") as caught:
            asyncio.run(send(sender=None, plant="cactus"))
        assert seen == ["before 2", "before 1", "cactus", (1, caught.value), (2, caught.value)]

    manager.add_hookcall_monitoring(lambda *_: None, lambda outcome, *_: outcome.force_result("forced"))
    assert asyncio.run(send(sender=None, plant="rose")) == "forced"


def test_monitoring_is_told_of_an_awaited_send_that_is_cancelled(garden):
    """With the cancellation, which goes on."""
    manager = garden.start()
    garden.signals.watered.connect(sprinkle_forever)
    seen = []
    manager.add_hookcall_monitoring(lambda *_: None, lambda outcome, *_: seen.append(type(outcome.exception)))

    async def cancelled():
        task = asyncio.create_task(garden.signals.watered.asend(sender=None, plant="rose"))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert asyncio.run(cancelled())
    assert seen == [asyncio.CancelledError]


async def sprinkle_forever(plant):
    """Water a plant without end."""
    await asyncio.sleep(100)


def test_monitoring_outlasts_a_restart_and_leaves_other_managers_alone(garden):
    """What is watched is the manager, not the signal: after a stop its signals are somebody else's."""
    garden.install("bee")
    manager = garden.manager()
    seen = []
    manager.add_hookcall_monitoring(lambda name, *_: seen.append(name), lambda *_: None)
    manager.start()
    manager.stop()
    with garden.manager():
        garden.water()
        manager.add_hookcall_monitoring(lambda name, *_: seen.append(name), lambda *_: None)
        garden.water()
    assert seen == []

    manager.start()
    garden.water()
    assert seen == ["watered", "watered"]


def test_tracing_writes_calls_and_sends(garden):
    """pluggy's `enable_tracing()`."""
    garden.install("bee")
    manager = garden.start()
    lines = []
    manager.trace.root.setwriter(lines.append)
    undo = manager.enable_tracing()

    garden.water()
    undo()
    garden.water()

    text = "".join(lines)
    assert "watered [hook]" in text
    assert "plant: rose" in text
    assert text.count("watered [hook]") == 1


def test_a_subset_leaves_plugins_out(garden):
    """`subset_hook_caller` knows installed plugins as well."""
    garden.install("ant")
    garden.install("bee")
    manager = garden.start()

    subset = manager.subset_hook_caller("watered", [manager.get_plugin("ant")])

    assert subset(sender=None, plant="rose") == ["bee"]
    manager.disable("bee")
    assert subset(sender=None, plant="rose") == []


def test_extra_functions_take_part_in_one_call(garden):
    """`call_extra`, beside installed plugins."""
    garden.install("bee")
    manager = garden.start()

    results = manager.hook.watered.call_extra([lambda plant: f"extra {plant}"], {"sender": None, "plant": "rose"})

    assert sorted(results) == ["bee", "extra rose"]
    assert garden.water() == ["bee"]


def test_specifications_in_pluggys_way_make_signals(garden, report_of):
    """Host and plugins may be written for pluggy throughout; `send` works on top."""
    garden.write(
        "garden_hooks.py",
        "import pluggy\n\n@pluggy.HookspecMarker('garden')\ndef pruned(plant):\n    'Somebody cut a plant.'\n",
    )
    garden.install("bee", "import pluggy\n@pluggy.HookimplMarker('garden')\ndef pruned(plant): return plant\n")
    garden.install("cat", "import pluggy\n@pluggy.HookimplMarker('garden')\ndef pruned(plnat): ...\n")
    manager = garden.manager()
    manager.add_hookspecs(importlib.import_module("garden_hooks"))
    manager.start()

    assert manager.hook.pruned(plant="rose") == ["rose"]
    assert [response for _, response in manager.hook.pruned.send(plant="rose")] == ["rose"]
    assert "'plnat' (did you mean 'plant'?)" in report_of(manager, "cat").reason
    assert report_of(manager, "bee").receivers == ("pruned.pruned",)


@pytest.mark.parametrize("monitored", [False, True], ids=["as it is", "monitored"])
def test_pluggys_rules_for_wrong_arguments_hold_for_its_specifications(garden, monitored):
    """One that is missing is a warning and one too many is nothing, also while somebody watches."""
    garden.write(
        "garden_hooks.py",
        "import pluggy\n\n@pluggy.HookspecMarker('garden')\ndef pruned(plant, tool):\n    'Somebody cut a plant.'\n",
    )
    garden.install("bee", "import pluggy\n@pluggy.HookimplMarker('garden')\ndef pruned(plant): return plant\n")
    manager = garden.manager()
    manager.add_hookspecs(importlib.import_module("garden_hooks"))
    manager.start()
    seen = []
    if monitored:
        manager.add_hookcall_monitoring(lambda name, _, given: seen.append(dict(given)), lambda *_: None)

    for _ in range(2):
        assert manager.hook.pruned(plant="rose", tool="knife", weather="fine") == ["rose"]
        with pytest.warns(UserWarning, match="'tool'") as told:
            assert manager.hook.pruned(plant="rose") == ["rose"]
        assert told[0].filename == __file__
        assert manager.hook.pruned(plant="rose", tool="knife") == ["rose"]

    full = {"plant": "rose", "tool": "knife"}
    assert seen == ([{**full, "weather": "fine"}, {"plant": "rose"}, full] * 2 if monitored else [])


def test_a_namespace_may_hold_signals_and_specifications(garden):
    """What is given to the manager is read for both."""

    class Events:
        ping = Signal()

        @hookspec
        def pong(self, ball):
            """The ball came back."""

    from hookcore import PluginManager

    manager = PluginManager("garden", Events)

    assert manager.hook.pong.has_spec()
    assert manager.hook.ping is Events.ping


def test_pending_implementations_are_refused(garden):
    """check_pending() finds what the host does not send, and says nothing of declared signals, typed or not."""
    manager = garden.start()
    manager.register(types.SimpleNamespace(anything=hookimpl(lambda colour: colour)))
    manager.check_pending()
    manager.register(types.SimpleNamespace(waterd=hookimpl(lambda plant: plant)))

    with pytest.raises(pluggy.PluginValidationError, match="unknown hook 'waterd' in plugin"):
        manager.check_pending()


def test_registering_what_does_not_fit_is_refused_and_keeps_nothing(garden):
    """In pluggy's words, for pluggy's users."""
    manager = garden.start()

    with pytest.raises(pluggy.PluginValidationError, match="plnat"):
        manager.register(types.SimpleNamespace(watered=hookimpl(lambda plnat: None)), "mine")

    assert not manager.has_plugin("mine")
    assert garden.water() == []


def test_registering_by_hand_needs_no_start(garden):
    """A host may use the manager as pluggy's, and never start it."""
    manager = garden.manager()
    manager.register(types.SimpleNamespace(watered=hookimpl(lambda plant: "by hand")))

    assert manager.hook.watered(sender=None, plant="rose") == ["by hand"]
    assert garden.water() == ["by hand"]


def test_a_subclass_may_choose_what_is_marked(garden):
    """pytest's own way: parse_hookimpl_opts is overridden to find functions by their names."""
    from hookcore import PluginManager

    class ByPrefix(PluginManager):
        def parse_hookimpl_opts(self, plugin, name):
            return {} if name == "watered" else super().parse_hookimpl_opts(plugin, name)

    garden.install("bee", "def watered(plant): return 'unmarked'\n")
    with ByPrefix("garden", garden.signals):
        assert garden.water() == ["unmarked"]


def test_pending_names_with_a_leading_underscore_are_left_out(garden):
    """check_pending() says nothing of them, as pluggy has it."""
    manager = garden.start()
    manager.register(types.SimpleNamespace(_private=hookimpl(lambda plant: plant)))

    manager.check_pending()


@pytest.mark.parametrize("monitored", [False, True], ids=["as it is", "monitored"])
def test_a_warning_of_a_missing_argument_points_at_the_line_of_the_call(garden, monitored):
    """At the first call, which compiles, and at the later ones, called and called with more functions."""
    manager = garden.manager()
    manager.add_hookspecs(types.SimpleNamespace(pruned=hookspec(lambda plant, tool: None)))
    if monitored:
        manager.add_hookcall_monitoring(lambda *_: None, lambda *_: None)
    calls = [
        *(lambda: manager.hook.pruned(plant="rose"), lambda: manager.hook.pruned(plant="rose")),
        lambda: manager.hook.pruned.call_extra([], {"plant": "rose"}),
        lambda: manager.subset_hook_caller("pruned", [object()])(plant="rose"),
    ]

    for call in calls:
        with pytest.warns(UserWarning, match="'tool' which are declared in the hookspec") as warned:
            call()
        assert (warned[0].filename, warned[0].lineno) == (__file__, call.__code__.co_firstlineno)


@pytest.mark.parametrize("monitored", [False, True], ids=["as it is", "monitored"])
def test_a_fault_behind_the_yield_of_an_old_style_wrapper_is_a_warning_at_the_line_of_the_call(garden, monitored):
    """It names the plugin and the hook, and says what to do; the exception goes on."""
    manager = garden.manager()

    def around():
        yield
        raise ZeroDivisionError("no water")

    manager.add_hookspecs(types.SimpleNamespace(pruned=hookspec(lambda: None)))
    manager.register(types.SimpleNamespace(pruned=hookimpl(around, hookwrapper=True)), "bee")
    if monitored:
        manager.add_hookcall_monitoring(lambda *_: None, lambda *_: None)
    calls = [lambda: manager.hook.pruned(), lambda: manager.hook.pruned()]

    for call in calls:
        with (
            pytest.warns(
                pluggy.PluggyTeardownRaisedWarning, match="(?s)'bee' around hook 'pruned'.*no water"
            ) as warned,
            pytest.raises(ZeroDivisionError),
        ):
            call()
        assert (warned[0].filename, warned[0].lineno) == (__file__, call.__code__.co_firstlineno)


def test_a_specification_that_comes_while_the_past_is_heard_holds_for_the_rest_of_the_plugin(garden):
    """A receiver that does not fit it is refused, and nothing of the plugin is kept."""
    manager = garden.manager()
    manager.add_hookspecs(types.SimpleNamespace(configured=hookspec(lambda: None, historic=True)))
    manager.hook.configured.call_historic()

    def configured():
        manager.add_hookspecs(types.SimpleNamespace(pruned=hookspec(lambda plant: None)))

    bee = types.SimpleNamespace(configured=hookimpl(configured), pruned=hookimpl(lambda colour: colour))

    with pytest.raises(pluggy.PluginValidationError, match="colour"):
        manager.register(bee, "bee")
    assert not manager.is_registered(bee)
    assert manager.hook.configured.get_hookimpls() == manager.hook.pruned.get_hookimpls() == []
    assert manager.register(types.SimpleNamespace(pruned=hookimpl(lambda plant: plant)), "bee") == "bee"


@pytest.mark.parametrize("arguments", [("a", "b"), ("c", "b"), ("a", "unknown")])
def test_unregistering_an_object_under_another_ones_name_is_refused(arguments):
    """As by pluggy from 1.7 on, and nothing is taken out."""
    manager = PluginManager("garden")
    objects = {name: type(name, (), {})() for name in "abc"}
    manager.register(objects["a"], "a")
    manager.register(objects["b"], "b")
    plugin, name = arguments

    with pytest.raises(ValueError, match="do not agree"):
        manager.unregister(objects[plugin], name)
    assert manager.get_plugin("a") is objects["a"]
    assert manager.get_plugin("b") is objects["b"]
