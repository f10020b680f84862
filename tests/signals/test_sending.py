"""What does a send do, and what comes back?"""

from __future__ import annotations

import contextvars
import logging
import threading

import pytest

from hookcore import Signal, signal
from hookcore.signals import signal as signal_module

pytestmark = pytest.mark.usefixtures("carried_out")


def responses(outcome):
    """Return the responses of a send without the receivers."""
    return [response for _, response in outcome]


@pytest.fixture
def sent() -> Signal:
    """Return a declared signal."""

    @signal
    def user_saved(sender, user=None):
        """A user was saved."""

    return user_saved


def test_a_send_to_nobody_is_an_empty_list(sent):
    """Every send gives a new list, which the host may change."""
    first, second = sent.send(sender=None), sent.send(sender=None)
    assert first == second == []
    assert first is not second
    assert sent.send_robust(sender=None) == []
    assert sent(sender=None) == []


def test_a_send_returns_pairs_of_receiver_and_response(sent):
    """In the order of the calls, None included, with the very function that was connected."""

    def first(user):
        return user

    def second():
        return None

    sent.connect(first)
    sent.connect(second)
    assert sent.send(sender=None, user="frida") == [(first, "frida"), (second, None)]


def test_a_call_returns_the_answers(sent):
    """`signal(...)` gives what the receivers returned, in their order, and leaves out None."""
    sent.connect(lambda: 1)
    sent.connect(lambda: None)
    sent.connect(lambda: 3)

    assert sent(sender=None, user=1) == [1, 3]


def test_a_call_of_an_untyped_signal_takes_keywords_only(sent):
    """By position is an error, before and after the call is compiled; a declared signal takes what it declares."""
    sent.connect(lambda sender: sender)
    called = Signal()
    called.connect(lambda: 1)
    for _ in range(2):
        with pytest.raises(TypeError):
            called(None)
        assert called(sender=None) == [1]
        assert sent(2, user=3) == sent(2, 3) == [2]


def test_the_sender_may_be_given_by_position_or_by_name(sent):
    """Both ways of writing it reach the receiver."""

    def take(sender):
        return sender

    for each in (sent, Signal(), Signal(providing_args=["user"])):
        each.connect(take)
        named = {} if each is not sent and each._parameters.keyword_only == 0 else {"user": 1}
        assert responses(each.send("me", **named)) == ["me"]
        assert responses(each.send(sender="me", **named)) == ["me"]


def test_an_exception_ends_a_send_and_reaches_the_sender(sent):
    """As in Django: the receivers behind the one that raised are not called."""
    called = []

    def fails():
        raise LookupError("nobody home")

    sent.connect(lambda: called.append("first"))
    sent.connect(fails)
    sent.connect(lambda: called.append("last"))
    for send in (sent.send, sent.send):
        with pytest.raises(LookupError, match="nobody home"):
            send(sender=None)
    assert called == ["first", "first"]


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_what_is_no_exception_passes_through_a_send_too(sent, error):
    """Nothing is swallowed by a plain send."""

    def fails():
        raise error

    sent.connect(fails)
    with pytest.raises(type(error)) as caught:
        sent.send(sender=None)
    assert caught.value is error


def test_no_failure_is_logged_by_a_plain_send(sent, caplog):
    """Who gets the exception decides what to say about it."""

    def fails():
        raise ValueError

    sent.connect(fails)
    with caplog.at_level(logging.DEBUG), pytest.raises(ValueError):  # noqa: PT011 - the type is the whole message
        sent.send(sender=None)
    assert caplog.records == []


def test_receivers_get_the_very_objects_that_were_sent(sent):
    """Nothing is copied."""
    user = object()
    sent.connect(lambda user: user)

    assert responses(sent.send(sender=None, user=user))[0] is user


def test_the_signal_itself_is_offered_by_name():
    """A receiver that names `signal` gets it, from a declared and from an untyped one."""

    @signal
    def declared(sender):
        """Documented."""

    for each in (declared, Signal(), Signal(providing_args=[])):
        each.connect(lambda signal: signal)
        assert responses(each.send(sender=None)) == [each]
        assert each(sender=None) == [each]


def test_a_send_within_a_send_is_independent(sent):
    """A receiver may send the same signal; each send has its own result."""

    def echo(sender, user):
        return responses(sent.send(sender=None, user=user - 1)) if user else "done"

    sent.connect(echo)
    assert responses(sent.send(sender=None, user=2)) == [[["done"]]]


def test_blocking_receivers_run_in_the_thread_and_context_of_the_sender(sent):
    """A plain send is a plain call: what a receiver sets in a context variable, the sender sees."""
    variable = contextvars.ContextVar("variable", default="unset")

    def remember():
        variable.set("set")
        return threading.get_ident()

    sent.connect(remember)
    assert responses(sent.send(sender=None)) == [threading.get_ident()]
    assert variable.get() == "set"


def test_untyped_signals_send_any_name_even_those_of_methods():
    """Names such as `self`, `method` or `args` are the host's to use."""
    sent = Signal()
    names = dict.fromkeys(["self", "method", "args", "kwargs", "named", "receiver", "cls", "function"], 1)
    sent.connect(lambda **named: named)
    for _ in range(2):
        (response,) = responses(sent.send(sender=None, **names))
        assert {name: response[name] for name in names} == names


def test_untyped_signals_need_a_sender():
    """`send` without a sender is a mistake, as in Django; it says which signal was sent."""
    sent = Signal()
    for _ in range(2):
        with pytest.raises(TypeError, match="sender"):
            sent.send(user=1)
        sent.send(sender=None)


def test_a_send_that_was_kept_reaches_whom_a_fresh_one_reaches(sent):
    """`send = signal.send`, kept: whatever was compiled meanwhile, and whoever has connected."""
    sent.connect(lambda: "first")
    sent.send(sender=None)
    sent.send(sender=None)
    kept = sent.send
    sent.connect(lambda: "second")

    assert responses(kept(sender=None)) == ["first", "second"]
    assert responses(sent.send(sender=None)) == ["first", "second"]
    assert responses(kept(sender=None)) == ["first", "second"]


def test_a_stub_that_was_kept_before_the_first_send_is_always_fresh(sent):
    """Kept before anything was compiled, `send` compiles for whoever is connected when it is called."""
    kept = sent.send
    sent.connect(lambda: "first")
    assert responses(kept(sender=None)) == ["first"]
    sent.connect(lambda: "second")
    assert responses(kept(sender=None)) == ["first", "second"]


def test_five_ways_to_send_are_compiled_apart(sent):
    """A change of the receivers reaches each of them."""

    def finished(coroutine):
        with pytest.raises(StopIteration) as stop:
            coroutine.send(None)
        return stop.value.value

    async def later():
        return 1

    assert finished(sent.asend(sender=None)) == finished(sent.asend_robust(sender=None)) == []
    sent.connect(later)
    assert finished(sent.asend(sender=None)) == finished(sent.asend_robust(sender=None)) == [(later, 1)]
    sent.disconnect(later)
    sent.connect(lambda: 2)
    assert responses(sent.send(sender=None)) == responses(sent.send_robust(sender=None)) == sent(sender=None) == [2]


@pytest.mark.parametrize("count", [1, 2, 16, 17, 32, 33, 34, 48, 49, 100, 257])
@pytest.mark.parametrize("method", ["send", "send_robust", "__call__"])
def test_any_number_of_receivers_is_called_in_order(sent, count, method):
    """Code for many receivers is cut into pieces; nobody is lost or doubled at the seams."""
    for number in range(count):
        sent.connect((lambda number: lambda user: (number, user))(number))
    expected = [(number, "frida") for number in range(count)]

    outcome = getattr(sent, method)(sender=None, user="frida")
    assert (outcome if method == "__call__" else responses(outcome)) == expected


@pytest.mark.parametrize("count", [33, 100])
def test_an_exception_among_many_receivers_ends_the_send_there(sent, count):
    """The pieces of a long send stop where one receiver raised."""
    called = []

    def fails():
        raise ValueError("the last but one")

    for number in range(count - 2):
        sent.connect((lambda number: lambda: called.append(number))(number))
    sent.connect(fails)
    sent.connect(lambda: called.append("last"))
    with pytest.raises(ValueError, match="last but one"):
        sent.send(sender=None)
    assert called == list(range(count - 2))


@pytest.mark.parametrize("names", [None, ["number"]])
def test_what_fits_is_not_looked_at_name_by_name(monkeypatch, names):
    """Untyped signals too: the first send after a change costs little more than its calls."""
    untyped = Signal(providing_args=names)
    untyped.connect(lambda number: number, weak=False)

    def refuse(*_: object) -> None:
        raise AssertionError("looked at")

    monkeypatch.setattr(signal_module, "refuse_wrong_arguments", refuse)
    assert [answer for _, answer in untyped.send(sender=None, number=1)] == [1]
