from __future__ import annotations

import asyncio
import os
import sys
import unittest
from types import ModuleType

import pytest

from hookcore import PluginManager, PluginStartError, SignalHeldError, UnknownPluginError, signal
from hookcore.testing import capture, isolated, isolated_plugins, make_distribution

LOYALTY = """
    from hookcore import receiver
    from shop_signals import opened, order_paid

    @receiver(order_paid)
    def thank(number):
        return f"thank you for {number}"

    @receiver(opened)
    def greet(gate):
        return gate
"""
POINTS = {"shop.plugins": {"loyalty": "shop_loyalty"}}


@pytest.fixture
def loyalty(tmp_path):
    """A plugin that is installed."""
    with make_distribution(tmp_path, "shop-loyalty", entry_points=POINTS, modules={"shop_loyalty.py": LOYALTY}):
        yield


def answers(signal, **arguments):
    """Return what receivers answer."""
    return [answer for _, answer in signal.send(sender=None, **arguments)]


def test_what_a_test_connects_is_gone_and_what_it_disconnects_is_back(shop):
    """Also in the order in which it was."""
    first, second = (lambda: 1), (lambda: 2)
    for one in (first, second):
        shop.order_paid.connect(one)
    with isolated("shop", shop):
        shop.order_paid.disconnect(first)
        shop.order_paid.connect(lambda: 3)
        assert answers(shop.order_paid, number="1") == [2, 3]
    assert answers(shop.order_paid, number="1") == [1, 2]


@pytest.mark.parametrize("kept", ["in a class of a module", "in a list"])
def test_signals_are_isolated_wherever_a_manager_finds_them(shop, kept):
    """Not only those that a module has itself."""

    class Tills:
        """What keeps a signal."""

        @signal
        def rung(sender: object):
            """It was rung."""

    Tills.__module__ = shop.__name__
    shop.Tills = Tills
    namespace = shop if kept == "in a class of a module" else [Tills.rung]
    with isolated_plugins("shop", namespace):
        Tills.rung.connect(lambda: 1)
        assert answers(Tills.rung) == [1]
    assert answers(Tills.rung) == []


def test_mutes_and_history_are_as_they_were(shop):
    """What was sent and muted meanwhile has no effect on what comes after."""
    shop.opened.send(sender=None, gate="north")
    with isolated("shop", shop):
        shop.opened.send(sender=None, gate="south")
        shop.order_paid.muted().__enter__()
    heard = []
    shop.opened.connect(lambda gate: heard.append(gate))
    shop.order_paid.connect(lambda: 1)
    assert heard == ["north"]
    assert answers(shop.order_paid, number="1") == [1]


def test_a_weakly_held_receiver_is_still_held_weakly(shop):
    """Restoring takes hold of nobody."""

    class Till:
        def ring(self):
            return "ring"

    till = Till()
    shop.order_paid.connect(till.ring)
    with isolated("shop", shop):
        assert answers(shop.order_paid, number="1") == ["ring"]
    assert answers(shop.order_paid, number="1") == ["ring"]
    del till
    assert answers(shop.order_paid, number="1") == []


@pytest.mark.usefixtures("loyalty")
def test_a_plugins_module_that_a_test_imports_is_forgotten(shop):
    """It runs for that test; the next one imports it anew and hears it the same."""
    for _ in range(2):
        with isolated("shop", shop):
            __import__("shop_loyalty")
            assert answers(shop.order_paid, number="1") == ["thank you for 1"]
        assert answers(shop.order_paid, number="1") == []
        assert "shop_loyalty" not in sys.modules


@pytest.mark.usefixtures("loyalty")
def test_receivers_belong_afterwards_to_whom_they_belonged(shop):
    """A module that was imported before runs before and after as it did, whichever manager had it meanwhile."""
    __import__("shop_loyalty")
    with isolated("shop", shop), PluginManager("shop", shop, config={"disable": ["loyalty"]}):
        assert answers(shop.order_paid, number="1") == []
    assert answers(shop.order_paid, number="1") == ["thank you for 1"]
    [receiver] = shop.order_paid.receivers
    assert receiver.owner is None


@pytest.mark.usefixtures("loyalty")
def test_each_test_starts_with_the_history_that_was_there(shop):
    """A plugin hears in the second test what it heard in the first."""
    shop.opened.send(sender=None, gate="north")
    for _ in range(2):
        with isolated_plugins("shop", shop, installed=["loyalty"]) as plugins:
            [report] = plugins.report()
            assert report.state == "active"
            with capture(shop.opened) as sent:
                assert answers(shop.opened, gate="south") == ["south"]
            assert sent.count == 1
    assert [arguments["gate"] for arguments, _ in shop.opened._past_calls] == ["north"]


def test_the_operators_variables_are_not_seen_and_come_back(shop, monkeypatch):
    """Neither those that are set before nor those that a test sets reach beyond."""
    monkeypatch.setenv("SHOP_PLUGINS_MODE", "nonsense")
    with isolated("shop", shop):
        with PluginManager("shop", shop):
            pass
        os.environ["SHOP_PLUGINS_DISABLE"] = "x"
    assert os.environ["SHOP_PLUGINS_MODE"] == "nonsense"
    assert "SHOP_PLUGINS_DISABLE" not in os.environ


def test_a_manager_that_a_test_forgets_to_stop_is_stopped(shop):
    """The next test can start its own."""
    with isolated("shop", shop):
        PluginManager("shop", shop).start()
    with PluginManager("shop", shop):
        pass


def test_where_the_host_runs_an_isolated_manager_says_who_holds_the_signals(shop):
    """Two managers cannot have one signal; and the one that runs goes on."""
    with PluginManager("shop", shop) as running:
        with pytest.raises(SignalHeldError, match="shop"), isolated_plugins("shop", shop):
            pass
        assert running.report() == ()


@pytest.mark.usefixtures("loyalty")
def test_no_plugin_is_found_that_nobody_asks_for(shop):
    """What happens to be installed on the machine has no part in a test."""
    with isolated_plugins("shop", shop) as plugins:
        assert plugins.report() == ()
    with isolated_plugins("shop", shop, installed=["Shop_Loyalty"]) as plugins:
        assert [one.name for one in plugins.report()] == ["loyalty"]
    with pytest.raises(LookupError, match=r"'loyaltea' is installed for 'shop'\. There are: loyalty"):
        isolated_plugins("shop", shop, installed=["loyaltea"]).__enter__()


def test_isolation_decorates_tests_and_classes_of_tests(shop):
    """Plain functions, coroutine functions and unittest's classes."""

    @isolated("shop", shop)
    def plain():
        shop.order_paid.connect(lambda: 1)
        return answers(shop.order_paid, number="1")

    @isolated("shop", shop)
    async def awaited():
        shop.order_paid.connect(lambda: 2)
        return [answer for _, answer in await shop.order_paid.asend(sender=None, number="1")]

    @isolated("shop", shop)
    class Tests(unittest.TestCase):
        def test_one(self):
            shop.order_paid.connect(lambda: 3)
            self.assertEqual(answers(shop.order_paid, number="1"), [3])  # noqa: PT009 - that is unittest's way

        test_two = test_one

    assert plain() == [1]
    assert asyncio.run(awaited()) == [2]
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Tests).run(result)
    assert (result.testsRun, result.failures, result.errors) == (2, [], [])
    assert answers(shop.order_paid, number="1") == []


PACKAGE = {
    "shop_parcel/__init__.py": "from shop_parcel import middle\n",
    "shop_parcel/middle.py": "from shop_parcel.inner import thank\n",
    "shop_parcel/inner.py": """
        from hookcore import receiver
        from shop_signals import order_paid

        @receiver(order_paid)
        def thank(number):
            return f"a parcel for {number}"
    """,
    "shop_parcel/tables.py": "",
}


@pytest.mark.parametrize("way", ["started", "imported"])
def test_a_package_whose_inner_module_connects_is_heard_in_each_test(shop, tmp_path, way):
    """Whoever has imported that module is forgotten with it; what has nothing of it stays as it is."""
    points = {"shop.plugins": {"parcel": "shop_parcel"}}
    with make_distribution(tmp_path, "shop-parcel", entry_points=points, modules=PACKAGE):
        for _ in range(3):
            with isolated_plugins("shop", shop, installed=["parcel"] if way == "started" else []):
                __import__("shop_parcel.tables")
                assert answers(shop.order_paid, number="1") == ["a parcel for 1"]
            assert answers(shop.order_paid, number="1") == []
        assert "shop_parcel.tables" in sys.modules
    assert "shop_parcel.tables" not in sys.modules


def test_isolation_decorates_generator_functions_of_either_kind(shop):
    """As those of fixtures are: it holds until they end, or are closed."""

    @isolated("shop", shop)
    def plain():
        shop.order_paid.connect(lambda: 1)
        yield answers(shop.order_paid, number="1")
        yield answers(shop.order_paid, number="1")

    @isolated("shop", shop)
    async def awaited():
        shop.order_paid.connect(lambda: 2)
        yield answers(shop.order_paid, number="1")
        yield answers(shop.order_paid, number="1")

    async def collect():
        return [one async for one in awaited()]

    assert list(plain()) == [[1], [1]]
    assert asyncio.run(collect()) == [[2], [2]]
    unfinished = plain()
    assert next(unfinished) == [1]
    unfinished.close()
    assert answers(shop.order_paid, number="1") == []


@pytest.mark.parametrize("kind", [unittest.TestCase, unittest.IsolatedAsyncioTestCase])
def test_what_set_up_connects_is_gone_after_the_test(shop, kind):
    """And what is connected until the last clean-up."""

    @isolated("shop", shop)
    class Tests(kind):
        def setUp(self):
            self.addCleanup(shop.order_paid.connect, lambda: "cleaned up")
            shop.order_paid.connect(lambda: "set up")

        def test_one(self):
            self.assertEqual(answers(shop.order_paid, number="1"), ["set up"])  # noqa: PT009 - that is unittest's way

        test_two = test_one

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Tests).run(result)
    assert (result.testsRun, result.failures, result.errors) == (2, [], [])
    assert answers(shop.order_paid, number="1") == []


def test_a_module_of_the_hosts_that_has_something_of_a_plugin_stays(shop, tmp_path):
    """Imported anew it would declare everything a second time; and what is no module in `sys.modules` hurts nobody."""
    inner = {"shop_parcel.py": PACKAGE["shop_parcel/inner.py"]}
    with make_distribution(tmp_path, "shop-parcel", modules=inner), isolated("shop", shop):
        parcel = __import__("shop_parcel")
        host, other = ModuleType("shop_signals.registry"), ModuleType("shop_helpers")
        host.thank = other.thank = parcel.thank
        sys.modules |= {"shop_signals.registry": host, "shop_helpers": other, "shop_blocked": None}
    assert {"shop_parcel", "shop_helpers"}.isdisjoint(sys.modules)
    assert sys.modules.pop("shop_signals.registry") is host
    assert sys.modules.pop("shop_blocked") is None


@pytest.mark.parametrize("number", range(2))
def test_managers_that_end_badly_or_later_leave_nothing(shop, number):
    """One that was started by awaiting, and one whose plugin refuses to go."""

    class Late:
        async def ready(self):
            shop.order_paid.connect(lambda: "late")

        async def shutdown(self): ...

    class Stubborn:
        def ready(self):
            shop.order_paid.connect(lambda: "stubborn")

        def shutdown(self):
            raise RuntimeError("no")

    async def start():
        plugins = PluginManager("shop", shop)
        plugins.register(Late(), name="late")
        await plugins.astart()
        assert answers(shop.order_paid, number="1") == ["late"]

    with isolated("shop", shop):
        asyncio.run(start())
    with isolated("shop", shop):
        plugins = PluginManager("shop", shop)
        plugins.register(Stubborn(), name="stubborn")
        plugins.start()
        assert answers(shop.order_paid, number="1") == ["stubborn"]
    assert answers(shop.order_paid, number="1") == []


def test_a_plugin_that_does_not_come_up_keeps_the_test_from_passing_without_it(shop, tmp_path):
    """With its reason, unless the test is about that."""
    source = {"shop_loyalty.py": "def ready(): raise RuntimeError('no such luck')"}
    with make_distribution(tmp_path, "shop-loyalty", entry_points=POINTS, modules=source):
        with (
            pytest.raises(PluginStartError, match="no such luck"),
            isolated_plugins("shop", shop, installed=["loyalty"]),
        ):
            pass
        with isolated_plugins("shop", shop, installed=["loyalty"], strict=False) as plugins:
            assert plugins.report()[0].state == "failed"


def test_settings_are_said_as_when_they_are_overridden(shop, tmp_path):
    """By the plugin's name."""
    source = """
        from dataclasses import dataclass
        from shop_signals import order_paid

        @dataclass
        class Settings:
            points: int = 1

        def ready(settings):
            order_paid.connect(lambda: settings.points, weak=False)
    """
    with (
        make_distribution(tmp_path, "shop-loyalty", entry_points=POINTS, modules={"shop_loyalty.py": source}),
        isolated_plugins("shop", shop, installed=["loyalty"], settings={"loyalty": {"points": 7}}),
    ):
        assert answers(shop.order_paid, number="1") == [7]
    with (
        pytest.raises(UnknownPluginError, match="called 'loyalty'"),
        isolated_plugins("shop", shop, settings={"loyalty": {"points": 7}}),
    ):
        pass


def test_a_plugin_that_is_not_installed_is_told_with_what_is_often_forgotten(shop):
    """The entry point is in the metadata once the distribution is installed again."""
    with (
        pytest.raises(LookupError, match=r"entry point in shop\.plugins\. .* installed again"),
        isolated_plugins("shop", shop, installed=["loyalty"]),
    ):
        pass
