"""Hosts that built a plugin system of Django's signals have subclasses of its `Signal`: do these work on ours?"""

from __future__ import annotations

import asyncio
import gc
import operator
from functools import partial

import pytest

from hookcore import Signal, receiver

METHODS = ["send", "send_robust", "asend", "asend_robust"]


def sent(signal, method, **arguments):
    """Send in one of four ways; return who answered what."""
    outcome = getattr(signal, method)(**arguments)
    return asyncio.run(outcome) if method.startswith("a") else outcome


def one(sender, **kwargs):
    """A receiver."""
    return "one"


def two(sender, **kwargs):
    """Another, of a plugin that is not enabled."""
    return "two"


async def three(sender, **kwargs):
    """One that is awaited."""
    return "three"


ENABLED = {"one", "three"}


class ChoosingPairs(Signal):
    """Choose among the receivers, as Django's `_live_receivers` gives them since 5.0."""

    def _live_receivers(self, sender):
        blocking, awaited = super()._live_receivers(sender)
        return [each for each in blocking if each.__name__ in ENABLED], [
            each for each in awaited if each.__name__ in ENABLED
        ]


class ChoosingIterators(Signal):
    """The same with iterators."""

    def _live_receivers(self, sender):
        return tuple(
            filter(lambda each: each.__name__ in ENABLED, receivers) for receivers in super()._live_receivers(sender)
        )


class ChoosingOneRow(Signal):
    """The same in one row, as before."""

    def _live_receivers(self, sender):
        blocking, awaited = super()._live_receivers(sender)
        return filter(lambda each: each.__name__ in ENABLED, [*blocking, *awaited])


CHOOSING = [ChoosingPairs, ChoosingIterators, ChoosingOneRow]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", CHOOSING)
def test_every_way_to_send_calls_whom_a_subclass_chooses(kind, method, monkeypatch):
    """It is asked at every send, since what it asks itself may have changed."""
    signal = kind()
    for each in (one, two, three):
        signal.connect(each)

    for _ in range(300):  # often enough to be compiled, if it were
        assert signal._live_receivers(None)
    for _ in range(3):
        assert [answer for _, answer in sent(signal, method, sender=None)] == ["one", "three"]
    monkeypatch.setattr(f"{__name__}.ENABLED", {"two"})
    assert [answer for _, answer in sent(signal, method, sender=None)] == ["two"]
    monkeypatch.setattr(f"{__name__}.ENABLED", set())
    assert sent(signal, method, sender=None) == []
    assert not signal.has_listeners()


@pytest.mark.parametrize("kind", CHOOSING)
def test_a_call_in_pluggys_manner_obeys_too(kind):
    """There is one answer to who is reached."""
    signal = kind()
    signal.connect(one)
    signal.connect(two)

    assert signal(sender=None) == ["one"]


def test_a_subclass_may_return_others():
    """A receiver that was wrapped by the subclass, or was never connected, is called as it is."""

    class Logging(Signal):
        def _live_receivers(self, sender):
            blocking, awaited = super()._live_receivers(sender)
            return [partial(operator.call, each) for each in blocking], awaited

    signal = Logging()
    signal.connect(one)

    assert [answer for _, answer in signal.send(sender=None)] == ["one"]


@pytest.mark.parametrize("receivers", [0, 1, 2, 3])
def test_live_receivers_are_those_that_django_would_return(receivers):
    """For this sender and alive: the blocking ones, and the coroutine functions."""

    class Instance:
        def method(self, **kwargs):
            return "method"

    signal, instance, each = Signal(), Instance(), None
    connected = [one, three, instance.method][:receivers]
    for each in connected:
        signal.connect(each, sender=Signal)
    signal.connect(two, sender=Instance)

    assert signal._live_receivers(Signal) == (
        [each for each in connected if each is not three],
        [each for each in connected if each is three],
    )
    del instance, each
    connected.clear()
    gc.collect()
    assert len(signal._live_receivers(Signal)[0]) == min(receivers, 1)


class EventSignal(Signal):
    """A subclass with ways to send of its own, which go through the receivers themselves."""

    def connect(self, receiver, sender=None, weak=True, dispatch_uid=None):
        """Refuse what no plugin brings."""
        if receiver.__name__ == "refused":
            raise ValueError("no plugin's")
        return super().connect(receiver, sender, weak, dispatch_uid)

    def send(self, sender, **named):
        """Send to those that are enabled, in the order of their names."""
        if not self.receivers or self.sender_receivers_cache.get(sender) == "nobody":
            return []
        return [(each, each(signal=self, sender=sender, **named)) for each in self._sorted(sender)]

    def send_chained(self, sender, chain_kwarg_name, **named):
        """Hand on what each returns."""
        response = named.get(chain_kwarg_name)
        for each in self._sorted(sender):
            response = each(signal=self, sender=sender, **{**named, chain_kwarg_name: response})
        return response

    def _sorted(self, sender):
        receivers = [each for each in self._live_receivers(sender)[0] if each.__name__ != "disabled"]
        return sorted(receivers, key=lambda each: each.__name__)


def test_a_subclass_that_sends_in_its_own_way():
    """It finds its receivers, and what it does not override works on."""
    signal = EventSignal()

    @receiver(signal)
    def second(sender, text="", **kwargs):
        return f"{text}2"

    @receiver(signal, dispatch_uid="first")
    def first(sender, text="", **kwargs):
        return f"{text}1"

    @receiver(signal)
    def disabled(sender, **kwargs):
        return "disabled"

    def refused(**kwargs):
        """No plugin's."""

    with pytest.raises(ValueError, match="no plugin's"):
        signal.connect(refused)
    with pytest.raises(ValueError, match="no plugin's"), signal.connected_to(refused):
        pass

    assert [answer for _, answer in signal.send(None)] == ["1", "2"]
    assert signal.send_chained(None, "text", text="0") == "012"
    assert len(signal.send_robust(sender=None)) == 3


class Registry:
    """Where models are looked up by name, perhaps before they are there."""

    def __init__(self):
        self.models = {}
        self.waiting = []

    def when_there(self, name, act):
        """Act now or later."""
        if name in self.models:
            act(self.models[name])
        else:
            self.waiting.append((name, act))

    def add(self, model):
        """A model is there now."""
        self.models[model.__name__] = model
        for name, act in self.waiting:
            if name == model.__name__:
                act(model)


class ModelSignal(Signal):
    """Senders may be named before they are there, as in Django's model signals."""

    registry: Registry

    def _lazily(self, method, receiver, sender, **options):
        act = partial(method, receiver, **options)
        if isinstance(sender, str):
            return self.registry.when_there(sender, act)
        return act(sender)

    def connect(self, receiver, sender=None, weak=True, dispatch_uid=None):
        """Connect, when the sender is there."""
        self._lazily(super().connect, receiver, sender, weak=weak, dispatch_uid=dispatch_uid)

    def disconnect(self, receiver=None, sender=None, dispatch_uid=None):
        """Disconnect, likewise."""
        return self._lazily(super().disconnect, receiver, sender, dispatch_uid=dispatch_uid)


class Order:
    """A model."""


@pytest.fixture
def saved() -> ModelSignal:
    """A model signal with a registry."""
    signal = ModelSignal()
    signal.registry = Registry()
    return signal


def test_a_sender_may_be_named_before_it_is_there(saved):
    """`connect` and `disconnect` of the subclass are used by all that connects."""
    receiver(saved, sender="Order")(one)
    saved.connect(two, sender="Order")
    assert not saved.has_listeners(Order)

    saved.registry.add(Order)

    assert [answer for _, answer in saved.send(sender=Order)] == ["one", "two"]
    saved.disconnect(two, sender="Order")
    assert [answer for _, answer in saved.send(sender=Order)] == ["one"]


def test_connected_to_goes_through_the_subclass(saved):
    """A named sender is looked up at both ends of the block."""
    saved.registry.add(Order)

    with saved.connected_to(one, sender="Order"):
        assert [answer for _, answer in saved.send(sender=Order)] == ["one"]

    assert saved.send(sender=Order) == []


def test_connected_to_leaves_what_was_connected_before(saved):
    """Through a subclass as well."""
    saved.connect(one)

    with saved.connected_to(one):
        assert len(saved.send(sender=None)) == 1

    assert len(saved.send(sender=None)) == 1


# -- bound methods as senders -----------------------------------------------------------------------------------


class Checkout:
    """Something whose method sends."""

    def pay(self):
        """One of its methods."""

    def ship(self):
        """Another."""


@pytest.mark.parametrize("method", [*METHODS, "__call__"])
@pytest.mark.parametrize("others", [False, True])
def test_a_bound_method_as_sender_is_that_method_of_that_instance(method, others):
    """It is another object at each look, and the same sender."""
    signal, checkout, other = Signal(), Checkout(), Checkout()
    if others:
        signal.connect(two, sender=Order)
    for _ in range(150):  # often enough to be compiled
        sent(signal, method, sender=Order) if not method.startswith("a") else None
    signal.connect(one, sender=checkout.pay)

    for _ in range(150 if not method.startswith("a") else 2):
        assert len(sent(signal, method, sender=checkout.pay)) == 1
        assert sent(signal, method, sender=checkout.ship) == []
        assert sent(signal, method, sender=other.pay) == []
        assert len(sent(signal, method, sender=Order)) == others
    assert signal.has_listeners(checkout.pay)
    assert not signal.has_listeners(other.pay)
    assert signal.disconnect(one, sender=checkout.pay)
    assert sent(signal, method, sender=checkout.pay) == []


def test_a_bound_method_as_sender_goes_with_its_instance():
    """The connection lasts as long as the instance does, and no longer."""
    signal, checkout = Signal(), Checkout()
    signal.connect(one, sender=checkout.pay)
    gc.collect()
    assert len(signal.receivers) == 1

    del checkout
    gc.collect()

    assert signal.receivers == []
