"""Is `Signal` Django's to the letter, and what do those who look into Django's find there?"""

from __future__ import annotations

import gc
import importlib.util
import logging
import weakref
from pathlib import Path
from types import ModuleType
from unittest import mock

import pytest
from django.test import override_settings

from hookcore.integrations.django import Signal, receiver


def as_django() -> ModuleType:
    """Return the peers' test that compares any sequence of calls with Django's."""
    path = Path(__file__).parents[1] / "peers" / "as_django.py"
    spec = importlib.util.spec_from_file_location("as_django", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_any_sequence_of_calls_has_the_outcome_that_it_has_with_django():
    """The test of the peers, with this signal in place of hookcore's own."""
    compared = as_django()
    with mock.patch.object(compared.hookcore, "Signal", Signal):
        compared.test_any_sequence_of_calls_has_the_outcome_that_it_has_with_django()


def test_receivers_are_held_weakly():
    """Unless somebody says otherwise, and whatever they are."""
    signal = Signal()

    def local(**kwargs): ...

    signal.connect(local)
    gone = weakref.ref(local)
    assert [function for function, _ in signal.send(sender=None)] == [local]
    del local
    gc.collect()
    assert gone() is None
    assert signal.send(sender=None) == []


def test_kwargs_are_required_under_debug():
    """With Django's words; without DEBUG, as there, nothing is looked at."""
    with override_settings(DEBUG=True):
        with pytest.raises(ValueError, match="must accept keyword arguments"):
            receiver(Signal())(lambda sender: None)
        with pytest.raises(TypeError, match="must be callable"):
            Signal().connect(object())  # type: ignore[arg-type]


def test_each_receiver_is_called_with_the_signal_the_sender_and_all_that_is_sent():
    """Positionally, only the sender may be sent."""
    signal, told = Signal(), []

    @receiver([signal])
    def receive(**kwargs):
        told.append(kwargs)

    signal.send("me", number=7)
    assert told == [{"signal": signal, "sender": "me", "number": 7}]
    with pytest.raises(TypeError):
        signal.send(number=7)


def test_failures_of_a_robust_send_are_djangos(caplog):
    """Its logger, its words; what is no Exception passes."""
    signal = Signal()

    @receiver(signal)
    def fails(**kwargs):
        raise LookupError("no")

    with caplog.at_level(logging.ERROR):
        [(_, response)] = signal.send_robust(sender=None)
    assert isinstance(response, LookupError)
    [record] = caplog.records
    assert record.name == "django.dispatch"
    assert record.getMessage().startswith("Error calling ")

    @receiver(signal)
    def exits(**kwargs):
        raise SystemExit

    with pytest.raises(SystemExit):
        signal.send_robust(sender=None)


def test_who_patches_whom_a_send_reaches_is_asked():
    """As Sentry's integration does with Django's class."""
    signal, looked_at = Signal(), []
    ask = Signal._live_receivers

    def look(self, sender):
        blocking, coroutines = ask(self, sender)
        looked_at.extend(blocking)
        return blocking, coroutines

    def receive(**kwargs): ...

    signal.connect(receive)
    signal.send(sender=None)
    with mock.patch.object(Signal, "_live_receivers", look):
        signal.send(sender=None)
    assert looked_at == [receive]


def test_the_caching_attributes_are_there():
    """For those who clear them."""
    signal = Signal(use_caching=True)
    assert signal.use_caching
    signal.sender_receivers_cache.clear()
    with signal.lock:
        assert signal.receivers == []
