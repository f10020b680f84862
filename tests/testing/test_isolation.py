from __future__ import annotations

import asyncio
import os
import sys
import unittest

import pytest

from hookcore import PluginManager, SignalHeldError, signal
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
