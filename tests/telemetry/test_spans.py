"""Are sends and receivers spans, each below what it was made in, whichever way is sent?"""

from __future__ import annotations

import asyncio
import threading

import pytest
from opentelemetry import context, trace
from opentelemetry.sdk.trace import sampling
from support.telemetry import Told

from hookcore import receiver
from hookcore.delivery import ask_first, ask_no_more
from hookcore.integrations.opentelemetry import instrument


def by(way, signal, **given):
    """Send in one of the five ways."""
    made = getattr(signal, way)(sender=None, **given)
    return asyncio.run(_awaited(made)) if way.startswith("a") else made


async def _awaited(made):
    return await made


WAYS = ["send", "send_robust", "asend", "asend_robust", "__call__"]


@pytest.mark.parametrize("way", WAYS)
def test_receivers_are_children_of_their_send_and_current_while_they_run(shop, told, way):
    """Blocking ones, in a thread too, and coroutines; behind the send all is as it was before."""
    current = {}

    @receiver(shop.order_paid)
    def blocking(number):
        current["blocking"] = trace.get_current_span().name, threading.current_thread() is threading.main_thread()

    @receiver(shop.order_paid)
    async def coroutine(number):
        await asyncio.sleep(0)
        current["coroutine"] = trace.get_current_span().name, True

    before = context.get_current()
    by(way, shop.order_paid, number="A-7")
    assert context.get_current() is before
    assert told.tree() == ["send order_paid", *sorted(f"  receive order_paid.{name}" for name in current)]
    assert {name: span for name, (span, _) in current.items()} == {
        name: f"receive order_paid.{name}" for name in ("blocking", "coroutine")
    }
    assert current["blocking"][1] == (not way.startswith("a"))


def test_a_send_that_was_compiled_is_told_of_too(shop, told):
    """However often it was sent before and after."""
    shop.order_paid.connect(lambda number: None, weak=False)
    for _ in range(300):
        shop.order_paid.send(sender=None, number="A-7")
    assert len(told.spans()) == 600
    shop.undo()
    for _ in range(300):
        shop.order_paid.send(sender=None, number="A-7")
    assert told.spans() == []
    assert shop.order_paid._dispatch.live  # compiled as ever


def test_sends_that_receivers_make_are_below_them(shop, told):
    """As deep as they go."""

    @receiver(shop.order_paid)
    def ship(number):
        with told.tracer_provider.get_tracer("shop").start_as_current_span("pack"):
            shop.stock_changed.send(sender=None, number=number)

    @receiver(shop.stock_changed)
    def count(number):
        shop.order_seen.send(sender=None, number=number)

    shop.order_paid.send(sender=None, number="A-7")
    assert told.tree() == [
        "send order_paid",
        "  receive order_paid.ship",
        "    pack",
        "      send stock_changed",
        "        receive stock_changed.count",
        "          send order_seen",
    ]


def test_coroutines_that_run_side_by_side_keep_their_own_spans(shop, told):
    """What one leaves current while it waits is not the others' parent; nor is a send that it awaits."""

    async def waiting(name, seconds):
        with told.tracer_provider.get_tracer("shop").start_as_current_span(f"{name} {seconds}"):
            await asyncio.sleep(seconds / 100)
            await shop.stock_changed.asend(sender=None, number=name)
        await shop.stock_changed.asend(sender=None, number=name)

    @receiver(shop.order_paid)
    async def first(number):
        await waiting("first", 3)

    @receiver(shop.order_paid)
    async def second(number):
        await waiting("second", 1)
        await waiting("second", 4)

    @receiver(shop.stock_changed)
    async def slowly(number):
        await asyncio.sleep(0.02)

    @receiver(shop.stock_changed)
    async def fast(number):
        assert trace.get_current_span().name == "receive stock_changed.fast"

    async def send():
        before = context.get_current()
        await shop.order_paid.asend(sender=None, number="A-7")
        assert context.get_current() is before

    asyncio.run(send())
    send_stock = ["send stock_changed", *(f"  receive stock_changed.{name}" for name in ("slowly", "fast"))]

    def waited(name, seconds):
        return [f"    {name} {seconds}", *(f"      {one}" for one in send_stock), *(f"    {one}" for one in send_stock)]

    assert sorted(told.tree()[1:]) == sorted(
        [
            "  receive order_paid.first",
            *waited("first", 3),
            "  receive order_paid.second",
            *waited("second", 1),
            *waited("second", 4),
        ]
    )


def test_tasks_that_a_receiver_begins_are_below_it(shop, told):
    """They take its context along."""
    tracer = told.tracer_provider.get_tracer("shop")

    async def work():
        await asyncio.sleep(0)
        tracer.start_span("work").end()

    @receiver(shop.order_paid)
    async def busy(number):
        await asyncio.gather(work(), work())

    @receiver(shop.order_paid)
    async def idle(number):
        await asyncio.sleep(0.01)

    asyncio.run(_awaited(shop.order_paid.asend(sender=None, number="A-7")))
    assert told.tree() == [
        "send order_paid",
        "  receive order_paid.busy",
        "    work",
        "    work",
        "  receive order_paid.idle",
    ]


@pytest.mark.parametrize("way", WAYS)
def test_an_exception_is_recorded_with_its_receiver_and_goes_on_as_without(shop, told, way):
    """The send has failed, too, unless it is a robust one, which goes on."""
    error = ValueError("no such order")

    @receiver(shop.order_paid)
    def refuse(number):
        raise error

    if "robust" in way:
        assert [answer for _, answer in by(way, shop.order_paid, number="A-7")] == [error]
    else:
        with pytest.raises(ValueError, match="no such order") as caught:
            by(way, shop.order_paid, number="A-7")
        assert caught.value is error
    sent, received = told.spans()
    assert (received.name, received.status.status_code) == ("receive order_paid.refuse", trace.StatusCode.ERROR)
    assert received.status.description == "ValueError: no such order"
    assert received.attributes["error.type"] == "ValueError"
    [event] = received.events
    assert (event.name, event.attributes["exception.type"]) == ("exception", "ValueError")
    assert event.attributes["exception.message"] == "no such order"
    assert "in refuse" in event.attributes["exception.stacktrace"]
    assert sent.status.is_unset == ("robust" in way)


def test_a_robust_signal_is_no_failed_send_whichever_way_it_is_sent(shop, told):
    """Its receiver has failed."""
    shop.order_seen.connect(lambda number: 1 / 0, weak=False)
    shop.order_seen(sender=None, number="A-7")
    assert [span.status.is_unset for span in told.spans()] == [True, False]


def test_a_send_that_stops_at_the_first_answer_has_no_spans_of_who_was_not_asked(shop, told):
    """`firstresult`."""

    def never():
        raise AssertionError

    shop.shipping_cost.connect(lambda: 5, weak=False, dispatch_uid="flat")
    shop.shipping_cost.connect(never)
    assert shop.shipping_cost(sender=None) == 5
    assert len(told.spans()) == 2


def test_a_receiver_that_is_cancelled_ends_with_its_cancellation(shop, told):
    """It, and the send; whoever awaits that is cancelled as without."""

    @receiver(shop.order_paid)
    async def forever(number):
        try:
            await asyncio.sleep(100)
        finally:
            assert trace.get_current_span().name == "receive order_paid.forever"

    @receiver(shop.order_paid)
    async def soon(number):
        await asyncio.sleep(0)

    async def cancelled():
        task = asyncio.create_task(_awaited(shop.order_paid.asend(sender=None, number="A-7")))
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert asyncio.run(cancelled())
    sent, received, other = told.spans()
    assert [one.attributes.get("error.type") for one in (sent, received, other)] == [
        "asyncio.exceptions.CancelledError",
        "asyncio.exceptions.CancelledError",
        None,
    ]


def test_a_send_that_is_closed_ends_all_its_spans(shop, told):
    """An event loop that goes away throws GeneratorExit into what it leaves."""

    @receiver(shop.order_paid)
    async def forever(number):
        await Never()

    send = shop.order_paid.asend(sender=None, number="A-7")
    send.send(None)
    send.close()
    assert [span.attributes["error.type"] for span in told.spans()] == ["GeneratorExit", "GeneratorExit"]


class Never:
    """What is never done."""

    def __await__(self):
        yield


def test_a_coroutine_may_catch_what_is_thrown_into_it_and_go_on(shop, told):
    """A receiver with a timeout of its own."""

    @receiver(shop.order_paid)
    async def patient(number):
        try:
            async with asyncio.timeout(0.01):
                await asyncio.sleep(100)
        except TimeoutError:
            await asyncio.sleep(0)
            return "late"

    [(_, answer)] = asyncio.run(_awaited(shop.order_paid.asend(sender=None, number="A-7")))
    assert answer == "late"
    assert all(span.status.is_unset for span in told.spans())


def test_a_receiver_that_waits_for_the_commit_has_its_span_when_it_runs(shop, told):
    """Below the send that caused it, and current for what it does itself; with its exception."""
    kept = []
    ask_first(finder := lambda given: kept.append)
    try:

        def mail(number):
            shop.stock_changed.send(sender=None, number=number)
            raise ValueError(number)

        async def note(number):
            await asyncio.sleep(0)
            shop.stock_changed.send(sender=None, number=number)

        shop.order_paid.connect(mail, delivery="on_commit")
        shop.order_paid.connect(note, delivery="on_commit")
        tracer = told.tracer_provider.get_tracer("shop")
        with tracer.start_as_current_span("request"):
            shop.order_paid.send(sender=None, number="A-7")
            with tracer.start_as_current_span("commit"):
                for one in kept:
                    one()
                assert trace.get_current_span().name == "commit"
    finally:
        ask_no_more(finder)
    assert told.counts("hookcore.receiver.duration", "hookcore.receiver.name", "error.type") == {
        ("mail", "ValueError"): 1,
        ("note", None): 1,
    }
    assert told.tree() == [
        "request",
        "  send order_paid",
        "    receive order_paid.mail",
        "      send stock_changed",
        "    receive order_paid.note",
        "      send stock_changed",
        "  commit",
    ]


def test_what_is_not_sampled_is_told_of_by_metrics_alone(shop):
    """Sampling is the provider's; what receivers begin is not sampled either."""
    told = Told(sampler=sampling.ALWAYS_OFF)
    shop.undo()
    instrument(shop.plugins, **told.providers)

    @receiver(shop.order_paid)
    def ship(number):
        assert not trace.get_current_span().is_recording()
        raise ValueError

    shop.order_paid.send_robust(sender=None, number="A-7")
    assert told.spans() == []
    assert told.counts("hookcore.receiver.duration", "error.type") == {("ValueError",): 1}
