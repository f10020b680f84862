from __future__ import annotations

import asyncio

import pytest

from hookcore import Signal
from hookcore.testing import capture, muted

A, B = object(), object()


def test_each_send_is_written_down_in_whichever_way(shop):
    """`send`, `send_robust`, the call and the awaited ways count alike."""
    with capture(shop.order_paid) as sent:
        shop.order_paid.send(sender=A, number="1")
        shop.order_paid.send_robust(sender=A, number="2")
        shop.order_paid(sender=A, number="3")
        asyncio.run(shop.order_paid.asend(sender=A, number="4"))
        asyncio.run(shop.order_paid.asend_robust(sender=A, number="5"))
    assert [call["number"] for call in sent.calls] == ["1", "2", "3", "4", "5"]
    assert sent.count == 5
    assert sent.last["number"] == "5"
    assert sent.last["sender"] is A


def test_the_recorder_changes_no_answer_and_is_no_receiver(shop):
    """Pairs, first results and filtered values are the same with it."""
    shop.order_paid.connect(lambda: "thanks")
    shop.shipping_cost.connect(lambda: 4.5)
    shop.rendered.connect(lambda text: text.upper())
    with capture(shop.order_paid) as paid, capture(shop.shipping_cost) as cost, capture(shop.rendered) as rendered:
        assert [answer for _, answer in shop.order_paid.send(sender=A, number="1")] == ["thanks"]
        assert shop.shipping_cost(sender=A, number="1") == 4.5
        assert shop.rendered(sender=A, text="x") == "X"
    assert (paid.count, cost.count, rendered.count) == (1, 1, 1)
    assert rendered.last["text"] == "x"


def test_what_is_sent_afterwards_or_by_another_does_not_count(shop):
    """The block and the sender limit what is written down."""
    with capture(shop.order_paid, A) as sent:
        shop.order_paid(sender=B, number="1")
    shop.order_paid(sender=A, number="2")
    sent.assert_not_sent()
    assert shop.order_paid.receivers == []


def test_a_receiver_that_raises_was_sent_to(shop):
    """The exception comes through, and the send is written down."""

    def fail():
        raise KeyError("no")

    shop.order_paid.connect(fail)
    with capture(shop.order_paid) as sent, pytest.raises(KeyError):
        shop.order_paid(sender=A, number="1")
    assert sent.count == 1


def test_a_historic_signals_past_does_not_count(shop):
    """Who records from now on sees what is sent from now on."""
    shop.opened.send(sender=A, gate="north")
    with capture(shop.opened) as sent:
        shop.opened.send(sender=A, gate="south")
    assert [call["gate"] for call in sent.calls] == ["south"]


def test_a_muted_signal_reaches_no_recorder(shop):
    """Muted is muted."""
    with muted(shop.order_paid), capture(shop.order_paid) as sent:
        shop.order_paid(sender=A, number="1")
    sent.assert_not_sent()


def test_an_untyped_signal_is_recorded_too():
    """It sends whatever it is given."""
    anything = Signal()
    with capture(anything) as sent:
        anything.send(sender=A, colour="red")
    sent.assert_sent_once_with(colour="red")


def test_one_recorder_inside_another_counts_for_itself(shop):
    """Both see what is sent while both are there."""
    with capture(shop.order_paid) as outer:
        with capture(shop.order_paid) as inner:
            shop.order_paid(sender=A, number="1")
        shop.order_paid(sender=A, number="2")
    assert (outer.count, inner.count) == (2, 1)


def test_sent_once_with_compares_the_sender_where_it_is_given(shop):
    """It may be left away; given, it has to be the one."""
    with capture(shop.order_paid) as sent:
        shop.order_paid(sender=A, number="1", amount=2.0)
    sent.assert_sent_once_with(number="1", amount=2.0)
    sent.assert_sent_once_with(sender=A, number="1", amount=2.0)
    with pytest.raises(AssertionError, match="sender"):
        sent.assert_sent_once_with(sender=B, number="1", amount=2.0)


def message_of(assertion, **arguments):
    """Return what a failing assertion says."""
    with pytest.raises(AssertionError) as failed:
        assertion(**arguments)
    return str(failed.value).splitlines()


def test_a_failure_shows_the_arguments_that_differ(shop):
    """What was expected stands before what was sent; what is equal is left away."""
    with capture(shop.order_paid) as sent:
        shop.order_paid(sender=A, number="A-7", amount=2.0)
    said = message_of(sent.assert_sent_once_with, number="A-8", amount=2.0, currency="EUR")
    assert said[0] == "order_paid was sent with other arguments (- expected, + sent):"
    assert [line.strip() for line in said[1:] if "?" not in line] == [
        "- number='A-8'",
        "+ number='A-7'",
        "- currency='EUR'",
    ]


def test_a_failure_shows_where_a_long_value_differs(shop):
    """A dictionary of many lines is compared line by line."""
    with capture(shop.order_paid) as sent:
        shop.order_paid(sender=A, number=dict.fromkeys(range(9), "x" * 30))
    expected = dict.fromkeys(range(9), "x" * 30) | {4: "y"}
    said = message_of(sent.assert_sent_once_with, number=expected, amount=0.0)
    assert any(line.strip().startswith("- ") and "'y'" in line for line in said)
    assert sum(line.strip().startswith("+ ") for line in said) == 1


def test_a_failure_says_how_often_it_was_sent(shop):
    """And with what."""
    with capture(shop.order_paid) as sent:
        assert message_of(sent.assert_sent_once_with, number="1") == ["order_paid was sent not at all, not once"]
        assert message_of(lambda: sent.last) == ["order_paid was not sent"]
        for number in ("1", "2"):
            shop.order_paid(sender="me", number=number)
    assert message_of(sent.assert_not_sent) == [
        "order_paid was sent twice:",
        "    sender='me', number='1', amount=0.0",
        "    sender='me', number='2', amount=0.0",
    ]
