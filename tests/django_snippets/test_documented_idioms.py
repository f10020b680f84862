"""Do the idioms that Django's documentation of signals teaches work with only the imports changed?"""

from __future__ import annotations

import asyncio
import logging

import pytest

from hookcore import Signal, receiver  # was: from django.dispatch import Signal, receiver


class PizzaStore:
    """Sends a signal from a method, with itself or its class as the sender."""

    pizza_done = Signal()

    def bake(self, toppings, size):
        """Bake one, and tell."""
        return self.pizza_done.send(sender=self.__class__, toppings=toppings, size=size)

    async def bake_later(self, toppings, size):
        """Bake one in an event loop, and tell."""
        return await self.pizza_done.asend(sender=self.__class__, toppings=toppings, size=size)


def test_a_method_sends_with_its_class_as_sender():
    """`signal.send(sender=self.__class__, …)` gives a list of pairs of receiver and response."""

    def count_toppings(sender, toppings, **kwargs):
        assert sender is PizzaStore
        return len(toppings)

    PizzaStore.pizza_done.connect(count_toppings)
    try:
        assert PizzaStore().bake(["olives", "capers"], size=30) == [(count_toppings, 2)]
    finally:
        PizzaStore.pizza_done.disconnect(count_toppings)


def test_sync_and_async_receivers_answer_the_same_asend():
    """One `asend` reaches a plain function and a coroutine function."""

    def smell(sender, **kwargs):
        return "good"

    async def deliver(sender, size, **kwargs):
        await asyncio.sleep(0)
        return f"{size} cm delivered"

    PizzaStore.pizza_done.connect(smell)
    PizzaStore.pizza_done.connect(deliver)
    try:
        responses = asyncio.run(PizzaStore().bake_later(["olives"], size=30))
    finally:
        PizzaStore.pizza_done.disconnect(smell)
        PizzaStore.pizza_done.disconnect(deliver)

    assert dict(responses) == {smell: "good", deliver: "30 cm delivered"}


def test_a_list_of_signals_is_received_by_one_function():
    """`@receiver([first, second])` connects to both; `signal` says which one was sent."""
    started, finished = Signal(), Signal()
    seen = []

    @receiver([started, finished])
    def note(sender, signal, **kwargs):
        seen.append(signal)

    started.send(sender=None)
    finished.send(sender=None)

    assert seen == [started, finished]


def test_a_dispatch_uid_connects_once_however_often_the_module_is_imported():
    """The documented guard against duplicate signals: any hashable `dispatch_uid`."""
    request_finished = Signal()
    calls = []

    for _ in range(3):  # as if the module that connects were imported three times

        def close_connections(sender, **kwargs):
            calls.append(sender)

        request_finished.connect(close_connections, dispatch_uid="close_connections")

    request_finished.send(sender="worker")

    assert calls == ["worker"]
    assert request_finished.disconnect(dispatch_uid="close_connections") is True


def test_a_robust_send_returns_the_error_and_logs_it(caplog: pytest.LogCaptureFixture):
    """`send_robust` gives the exception as the response, with its traceback, and the other receivers are called."""
    signal = Signal()

    def fails(sender, **kwargs):
        raise ValueError("out of dough")

    def works(sender, **kwargs):
        return "fine"

    signal.connect(fails)
    signal.connect(works)
    with caplog.at_level(logging.ERROR, logger="hookcore"):  # was: "django.dispatch"
        (_, error), (_, answer) = signal.send_robust(sender=None)

    assert isinstance(error, ValueError)
    assert error.__traceback__ is not None
    assert answer == "fine"
    assert [record.exc_info[1] for record in caplog.records] == [error]


def test_a_bound_method_is_held_weakly_unless_weak_is_false():
    """The documented rule for methods holds: the default is a weak reference, `weak=False` keeps the object."""
    signal = Signal()

    class Listener:
        def hear(self, sender, **kwargs):
            return "heard"

    signal.connect(Listener().hear)
    assert signal.send(sender=None) == []

    signal.connect(Listener().hear, weak=False)
    assert [answer for _, answer in signal.send(sender=None)] == ["heard"]


def test_has_listeners_spares_the_work_of_preparing_a_send():
    """The documented way to prepare costly arguments only if somebody listens."""
    signal = Signal()
    assert not signal.has_listeners(PizzaStore)

    def listen(sender, **kwargs):
        return "listening"

    signal.connect(listen, sender=PizzaStore)

    assert signal.has_listeners(PizzaStore)
    assert not signal.has_listeners(dict)


def test_a_signal_subclass_may_extend_connect_and_send():
    """Projects that subclass `Signal`, as Django's own model signals do, keep working."""

    class LoudSignal(Signal):
        connected = 0

        def connect(self, receiver, *args, **kwargs):
            type(self).connected += 1
            return super().connect(receiver, *args, **kwargs)

    signal = LoudSignal(use_caching=True)

    @receiver(signal)
    def note(sender, **kwargs):
        return "noted"

    assert LoudSignal.connected == 1
    assert signal.send(sender=PizzaStore) == [(note, "noted")]
