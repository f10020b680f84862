"""Does a send go on whatever OpenTelemetry does, and does OpenTelemetry get on with what plugins are called?"""

from __future__ import annotations

import gc
import logging
import weakref

import pytest
from opentelemetry import trace
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter

from hookcore import ObservedReceiver, PluginManager, Signal, receiver
from hookcore.integrations.opentelemetry import HookcoreInstrumentor, instrument


class Broken(Exception):
    """What a provider raises."""


def fail(*_, **__):
    """Raise it."""
    raise Broken("no disk")


class BrokenAtStart(SpanProcessor):
    """A processor that fails when a span begins."""

    on_start = fail


class BrokenAtEnd(SpanProcessor):
    """A processor that fails when a span ends."""

    on_end = fail


class BrokenExporter(SpanExporter):
    """An exporter that fails."""

    export = fail


@pytest.mark.parametrize("processor", [BrokenAtStart, BrokenAtEnd, lambda: SimpleSpanProcessor(BrokenExporter())])
@pytest.mark.parametrize("fails", [False, True])
def test_a_broken_processor_or_exporter_breaks_no_send(shop, told, caplog, processor, fails):
    """Answers and exceptions are as without; what is current, too; the first failure is logged."""
    told.tracer_provider.add_span_processor(processor())
    error = ValueError("mine")

    @receiver(shop.order_paid)
    def ship(number):
        if fails:
            raise error
        return number

    before = trace.get_current_span()
    for number in ("A-7", "A-8"):
        assert shop.order_paid.send_robust(sender=None, number=number) == [(ship, error if fails else number)]
    assert trace.get_current_span() is before
    ours = [one for one in caplog.records if "OpenTelemetry failed" in one.message]
    assert len(ours) == (processor in (BrokenAtStart, BrokenAtEnd))
    if ours:
        assert (ours[0].name, ours[0].levelno, ours[0].exc_info[0]) == ("hookcore", logging.ERROR, Broken)


def test_a_broken_metric_does_not_keep_a_span_from_ending(shop, told, monkeypatch):
    """Each is told for itself."""
    monkeypatch.setattr("opentelemetry.sdk.metrics._internal.instrument.Histogram.record", fail)
    shop.order_paid.send(sender=None, number="A-7")
    assert told.tree() == ["send order_paid"]


def test_who_begins_a_span_below_one_that_could_not_begin_is_below_the_one_before(shop, told, monkeypatch):
    """Nothing is lost of the rest of a trace."""
    tracer = told.tracer_provider.get_tracer("shop")

    @receiver(shop.order_paid)
    def ship(number):
        trace.get_current_span().end()  # not the request's
        tracer.start_span("pack").end()

    with tracer.start_as_current_span("request"):
        begin = tracer.start_span
        kind = type(tracer)
        monkeypatch.setattr(kind, "start_span", lambda self, name, *a, **k: fail() if "order" in name else begin(name))
        shop.order_paid.send(sender=None, number="A-7")
    assert told.tree() == ["request", "  pack"]


def test_names_that_are_no_text_or_without_end_can_be_exported(told):
    """Who wrote them is nobody that the host can trust."""
    plugins = PluginManager("shop\udcff" + "x" * 1000, {"paid\udcff": Signal()})
    undo = instrument(plugins, **told.providers)
    watch_of = next(iter(plugins._watchers._asked.values()))
    named = ["n\udcff" + "o" * 100_000] * 5
    watch = watch_of(ObservedReceiver(*named))
    watch.end(watch.begin(), ValueError("text \udcff"))
    undo()
    [span] = told.spans()
    assert max(len(one) for one in [span.name, *span.attributes.values()]) <= 300
    assert span.attributes["hookcore.plugin.name"].startswith("n\\udcffoo")
    texts = [span.name, span.status.description, *span.attributes.values(), *span.events[0].attributes.values()]
    for point in told.points("hookcore.receiver.duration"):
        texts += point.attributes.values()
    assert [text for text in texts if text.encode("utf-8", "ignore").decode() != text] == []  # as OTLP wants it


def test_an_exception_whose_text_cannot_be_made_is_recorded_all_the_same(shop, told):
    """And reaches the sender."""

    class Mute(Exception):
        def __str__(self):
            raise RuntimeError("no text")

    @receiver(shop.order_paid)
    def ship(number):
        raise Mute

    with pytest.raises(Mute):
        shop.order_paid.send(sender=None, number="A-7")
    sent, received = told.spans()
    assert received.events[0].attributes["exception.message"] == "<its text could not be made>"
    assert received.attributes["error.type"].endswith("Mute")
    assert not sent.status.is_unset


def test_a_manager_is_instrumented_once(shop, told):
    """By the host and by the operator, say; after the undo it may be again."""
    assert instrument(shop.plugins) is shop.undo
    shop.order_paid.send(sender=None, number="A-7")
    assert len(told.spans()) == 1
    shop.undo()
    shop.undo()
    undo = instrument(shop.plugins, **told.providers)
    assert undo is not shop.undo
    shop.undo()  # an old one: nothing of its own is left
    shop.order_paid.send(sender=None, number="A-7")
    assert len(told.spans()) == 1


def test_an_instrumented_manager_is_kept_by_nobody(told):
    """Not by its signals, which live as long as the host's module."""
    paid = Signal()
    plugins = PluginManager("shop", {"paid": paid})
    instrument(plugins, **told.providers)
    plugins.start()
    paid.send(sender=None)
    plugins.stop()
    gone = weakref.ref(plugins)
    del plugins
    gc.collect()
    assert gone() is None


def test_the_instrumentor_instruments_managers_that_are_made_later(told):
    """Each, until it is told to stop; a second time changes nothing."""
    instrumentor = HookcoreInstrumentor()
    init = PluginManager.__init__
    instrumentor.instrument(**told.providers, skip_dep_check=True)
    try:
        HookcoreInstrumentor().instrument(meter_provider=NoOpMeterProvider())
        paid = Signal()
        with PluginManager("shop", {"paid": paid}) as plugins:
            paid.send(sender=None)
            assert told.tree() == ["send paid"]
            HookcoreInstrumentor().uninstrument()
            paid.send(sender=None)
            assert told.tree() == []
            assert plugins.project_name == "shop"
    finally:
        instrumentor.uninstrument()
    assert PluginManager.__init__ is init


def test_a_host_that_cannot_be_instrumented_from_outside_runs_all_the_same(told, monkeypatch, caplog):
    """Where the API is too old for us, say."""
    monkeypatch.setattr("opentelemetry.metrics.get_meter", fail)
    instrumentor = HookcoreInstrumentor()
    instrumentor.instrument(**told.providers)
    try:
        paid = Signal()
        with PluginManager("shop", {"paid": paid}):
            assert paid.send(sender=None) == []
    finally:
        instrumentor.uninstrument()
    [said] = [one.message for one in caplog.records if one.levelno == logging.ERROR]
    assert said == "the manager of 'shop' could not be instrumented; it goes on without"
    assert told.spans() == []
