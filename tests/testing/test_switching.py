from __future__ import annotations

import asyncio
import unittest
from dataclasses import dataclass
from types import ModuleType
from unittest.mock import AsyncMock, Mock

import pytest

from hookcore import ConfigError, ManagerStateError, PluginError, UnknownPluginError, receiver, signal
from hookcore.testing import (
    assert_receives,
    capture,
    fake_plugin,
    isolated_plugins,
    make_distribution,
    muted,
    override_plugins,
    replaced,
)

LOYALTY = """
    from dataclasses import dataclass
    from hookcore import receiver
    from shop_signals import order_paid

    @dataclass
    class Settings:
        points: int = 1
        fails: bool = False

    given = None

    def ready(settings):
        global given
        given = settings
        if settings.fails:
            raise RuntimeError("no such luck")

    @receiver(order_paid)
    def thank(number):
        return f"{given.points} points for {number}"
"""


@pytest.fixture
def plugins(shop, tmp_path):
    """A manager with one installed plugin."""
    points = {"shop.plugins": {"loyalty": "shop_loyalty"}}
    with (
        make_distribution(tmp_path, "shop-loyalty", entry_points=points, modules={"shop_loyalty.py": LOYALTY}),
        isolated_plugins("shop", shop, installed=["loyalty"]) as plugins,
    ):
        yield plugins


def answers(signal, **arguments):
    """Return what receivers answer."""
    return [answer for _, answer in signal.send(sender=None, **arguments)]


def test_several_signals_are_muted_at_once(shop):
    """And heard again."""
    shop.order_paid.connect(lambda: 1)
    shop.shipping_cost.connect(lambda: 2)
    with muted(shop.order_paid, shop.shipping_cost):
        assert (answers(shop.order_paid, number="1"), answers(shop.shipping_cost, number="1")) == ([], [])
    assert (answers(shop.order_paid, number="1"), answers(shop.shipping_cost, number="1")) == ([1], [2])


def test_a_plugin_is_disabled_for_a_while(shop, plugins):
    """By the manager, the module of the signals, or a signal."""
    for host in (plugins, shop, shop.order_paid):
        with override_plugins(host, disable=["loyalty"]):
            assert answers(shop.order_paid, number="1") == []
        assert answers(shop.order_paid, number="1") == ["1 points for 1"]


def test_a_plugin_is_enabled_for_a_while_whatever_was_said(shop, plugins):
    """And what was said holds again, so that a reload doesn't bring it up."""
    plugins.disable("loyalty")
    with override_plugins(plugins, enable=["shop-loyalty"]):
        assert answers(shop.order_paid, number="1") == ["1 points for 1"]
    plugins.reload_config()
    assert answers(shop.order_paid, number="1") == []


def test_what_the_config_disables_is_enabled_for_a_while(shop, plugins):
    """The reason that the report shows is the config's again."""
    plugins.stop()
    plugins.start(disable=["loyalty"])
    before = plugins.report()
    with override_plugins(plugins, enable=["loyalty"]):
        assert answers(shop.order_paid, number="1") == ["1 points for 1"]
    assert plugins.report() == before


def test_settings_are_others_for_a_while(shop, plugins):
    """The plugin is started anew with them, and with its own afterwards."""
    with override_plugins(plugins, settings={"loyalty": {"points": 7}}):
        assert answers(shop.order_paid, number="1") == ["7 points for 1"]
        with override_plugins(plugins, settings={"loyalty": {"fails": False}}):
            assert answers(shop.order_paid, number="1") == ["7 points for 1"]
    assert answers(shop.order_paid, number="1") == ["1 points for 1"]


def test_what_cannot_be_is_said_and_changes_nothing(shop, plugins):
    """A name that is none, settings that don't fit, and a plugin that does not come up."""
    with (
        pytest.raises(UnknownPluginError, match="Did you mean 'loyalty'"),
        override_plugins(plugins, disable=["loyalt"]),
    ):
        pass
    with pytest.raises(ConfigError, match="points"), override_plugins(plugins, settings={"loyalty": {"points": "x"}}):
        pass
    assert answers(shop.order_paid, number="1") == ["1 points for 1"]
    with (
        pytest.raises(PluginError, match="no such luck"),
        override_plugins(plugins, enable=["loyalty"], settings={"loyalty": {"fails": True}}),
    ):
        pass
    assert answers(shop.order_paid, number="1") == ["1 points for 1"]


@pytest.mark.usefixtures("plugins")
def test_overriding_decorates_and_looks_for_the_manager_when_the_test_runs(shop):
    """Where none runs it says so."""

    @override_plugins(shop, disable=["loyalty"])
    def plain():
        return answers(shop.order_paid, number="1")

    @override_plugins(shop, disable=["loyalty"])
    async def awaited():
        return await shop.order_paid.asend(sender=None, number="1")

    assert (plain(), asyncio.run(awaited())) == ([], [])
    assert answers(shop.order_paid, number="1") == ["1 points for 1"]


def test_without_a_manager_overriding_says_so(shop):
    """Instead of doing nothing."""
    with pytest.raises(ManagerStateError, match="no manager holds"), override_plugins(shop, disable=["loyalty"]):
        pass


@pytest.mark.usefixtures("plugins")
def test_a_receiver_is_replaced_by_a_mock(shop):
    """It is called with what the receiver wants, by each way to send, and the receiver is back afterwards."""
    import shop_loyalty

    with replaced(shop_loyalty.thank) as mock:
        assert answers(shop.order_paid, number="1") == [None]
        shop.order_paid(sender=None, number="2", amount=3.0)
    assert [call.args or tuple(call.kwargs.values()) for call in mock.mock_calls] == [("1",), ("2",)]
    assert answers(shop.order_paid, number="1") == ["1 points for 1"]


def test_a_replacement_may_be_given_and_awaited(shop):
    """A mock of one's own, and a coroutine function in a plain receiver's place."""

    @receiver(shop.order_paid)
    def thank(number):
        return "real"

    with replaced(thank, by=Mock(return_value="mock")):
        assert answers(shop.order_paid, number="1") == ["mock"]
    with replaced(thank, by=AsyncMock(return_value="awaited")):
        assert [answer for _, answer in asyncio.run(shop.order_paid.asend(sender=None, number="1"))] == ["awaited"]
    assert answers(shop.order_paid, number="1") == ["real"]


def test_a_bound_method_is_replaced_and_what_is_not_connected_cannot_be(shop):
    """A bound method is made anew at each look, and is the same receiver."""

    class Till:
        def ring(self):
            return "ring"

    till = Till()
    shop.order_paid.connect(till.ring)
    with replaced(till.ring, by=lambda: "mock"):
        assert answers(shop.order_paid, number="1") == ["mock"]
    assert answers(shop.order_paid, number="1") == ["ring"]
    with pytest.raises(LookupError, match="connected to no signal"), replaced(len):
        pass


def test_a_plugin_is_asserted_to_receive_or_the_reason_is_told(shop, plugins):
    """Inactive, unknown, muted, switched off, or never connected."""
    assert_receives("loyalty", shop.order_paid)

    def said(plugin="loyalty", signal=shop.order_paid):
        with pytest.raises(AssertionError) as failed:
            assert_receives(plugin, signal)
        return str(failed.value)

    assert said(signal=shop.opened) == "plugin 'loyalty' does not receive opened. It receives order_paid.thank"
    assert "knows no plugin 'loyalt'. It knows loyalty." in said("loyalt")
    assert_receives("shop_loyalty", shop.order_paid)  # the distribution's name, in another spelling
    with muted(shop.order_paid):
        assert "muted" in said()
    plugins.disable("loyalty")
    assert said() == "plugin 'loyalty' is disabled: disabled while running"
    plugins.stop()
    plugins.start(plugin={"loyalty": {"disable": ["order_paid.thank"]}})
    assert "switches it off" in said()


class Gifts:
    """A plugin as a class."""

    @dataclass
    class Settings:
        """What may be set."""

        gift: str = "pen"

    def __init__(self, settings):
        self.gift = settings.gift

    def ready(self, plugins):
        plugins.hook.order_paid.connect(self.give)

    def give(self):
        return self.gift


def test_a_class_is_a_plugin_for_a_while(shop, plugins):
    """It is made with its settings, readied, reported, and gone afterwards; the others run on."""
    with fake_plugin(plugins, Gifts, settings={"gift": "cup"}) as name:
        assert_receives(name, shop.order_paid)
        assert answers(shop.order_paid, number="1") == ["1 points for 1", "cup"]
        with fake_plugin(plugins, Gifts, name="more-gifts"):
            assert "pen" in answers(shop.order_paid, number="1")
    assert answers(shop.order_paid, number="1") == ["1 points for 1"]
    assert [one.name for one in plugins.report()] == ["loyalty"]


def test_a_module_and_an_instance_are_plugins_for_a_while(shop, plugins):
    """In mode `explicit`, too."""
    module = ModuleType("made_up")
    exec("def ready(plugins):\n    plugins.hook.order_paid.connect(lambda: 'module')", vars(module))
    plugins.stop()
    plugins.start(mode="explicit")
    with fake_plugin(plugins, module), fake_plugin(plugins, Mock(spec=["ready"], ready=lambda: None), name="mock"):
        assert answers(shop.order_paid, number="1") == ["module"]
    assert answers(shop.order_paid, number="1") == []


def test_a_fake_plugin_that_does_not_come_up_says_why(plugins):
    """Its own fault is the cause."""

    class Broken:
        def ready(self):
            raise RuntimeError("no such luck")

    with pytest.raises(AssertionError, match="no such luck"), fake_plugin(plugins, Broken):
        pass
    assert [one.state for one in plugins.report()] == ["active"]


def test_a_receiver_is_replaced_while_it_is_replaced(shop):
    """The inner one is called; then the outer one; then the receiver itself."""
    said = []

    def thank(number):
        said.append(number)

    shop.order_paid.connect(thank)
    with replaced(thank) as outer:
        with replaced(thank) as inner:
            shop.order_paid.send(sender=None, number="1")
        shop.order_paid.send(sender=None, number="2")
    shop.order_paid.send(sender=None, number="3")
    assert [one.kwargs or one.args for one in (inner.call_args, outer.call_args)] == [("1",), ("2",)]
    assert (inner.call_count, outer.call_count, said) == (1, 1, ["3"])


def test_a_method_is_replaced_for_each_instance_by_the_function_that_its_class_has(shop):
    """Nobody outside of the manager has the instance that it makes of a class."""
    with isolated_plugins("shop", shop) as plugins, fake_plugin(plugins, Gifts):
        with replaced(Gifts.give) as mock:
            assert answers(shop.order_paid, number="1") == [None]
        mock.assert_called_once_with()
        assert answers(shop.order_paid, number="1") == ["pen"]


def test_a_receiver_that_no_import_leads_to_is_replaced_by_its_name(shop):
    """A function within `ready`, as a report names it; a name that is nearly right is told."""

    class Thanks:
        """It receives with a function of its own."""

        def ready(self):
            """Connect."""

            @receiver(shop.order_paid)
            def thank():
                return "thanks"

    with isolated_plugins("shop", shop) as plugins, fake_plugin(plugins, Thanks):
        with replaced("order_paid.thank", by=lambda: "mock"):
            assert answers(shop.order_paid, number="1") == ["mock"]
        assert answers(shop.order_paid, number="1") == ["thanks"]
        with pytest.raises(LookupError, match=r"Did you mean 'order_paid\.thank'"), replaced("order_paid.thanks"):
            pass


@pytest.mark.parametrize("by_name", [True, False])
def test_a_receiver_that_no_send_has_imported_yet_is_replaced(shop, tmp_path, by_name):
    """It has an entry point of its own."""
    points = {"shop.receivers": {"order_paid.greet": "shop_greeter:greet"}}
    modules = {"shop_greeter.py": "def greet(number): return f'hello {number}'"}
    with (
        make_distribution(tmp_path, "shop-greeter", entry_points=points, modules=modules),
        isolated_plugins("shop", shop, installed=["shop-greeter"]),
    ):
        import shop_greeter

        with replaced("order_paid.greet" if by_name else shop_greeter.greet, by=lambda number: "mock"):
            assert answers(shop.order_paid, number="1") == ["mock"]
        assert answers(shop.order_paid, number="1") == ["hello 1"]


def test_what_is_no_signal_and_no_list_of_names_is_told(shop, plugins):
    """Not an error from somewhere within, or one about the first letter of a name."""
    with pytest.raises(TypeError, match=r"capture\(\) wants a signal itself.*'order_paid'"):
        capture("order_paid")
    with pytest.raises(TypeError, match=r"muted\(\) wants a signal itself"), muted("order_paid"):
        pass
    with pytest.raises(TypeError, match=r"assert_receives\(\) wants a signal itself"):
        assert_receives(shop.order_paid, "loyalty")
    with pytest.raises(TypeError, match=r"write \['loyalty'\]"), override_plugins(plugins, disable="loyalty"):
        pass
    with (
        pytest.raises(TypeError, match=r"installed is a list of names: write \['loyalty'\]"),
        isolated_plugins("shop", shop, installed="loyalty"),
    ):
        pass
    with (
        pytest.raises(TypeError, match="installed is a list of names, which are texts"),
        isolated_plugins("shop", shop, installed=[{"loyalty": {}}]),
    ):
        pass


@pytest.mark.usefixtures("plugins")
@pytest.mark.parametrize("tool", ["isolated_plugins", "replaced", "muted"])
def test_each_tool_decorates_classes_and_coroutine_functions(shop, tool):
    """A class stays one, so that its tests are found, and what is awaited runs while it holds."""
    import shop_loyalty

    @signal
    def rung(sender: object) -> str | None:
        """It was rung."""

    held = {
        "isolated_plugins": lambda: isolated_plugins("other", [rung]),
        "replaced": lambda: replaced(shop_loyalty.thank),
        "muted": lambda: muted(shop.order_paid),
    }[tool]

    def holds():
        if tool != "isolated_plugins":
            return answers(shop.order_paid, number="1")
        rung.connect(lambda: "heard", weak=False)  # taken back at the end of the block alone
        return answers(rung)

    expected = {"isolated_plugins": ["heard"], "replaced": [None], "muted": []}[tool]

    @held()
    class Tests(unittest.IsolatedAsyncioTestCase):
        """Two tests."""

        def test_plain(self):
            """In plain code."""
            assert holds() == expected

        async def test_awaited(self):
            """After a switch of tasks."""
            await asyncio.sleep(0)
            assert holds() == expected

    done = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Tests).run(done)
    assert (done.testsRun, done.failures, done.errors) == (2, [], [])
    assert answers(rung) == []
    assert answers(shop.order_paid, number="1") == ["1 points for 1"]
