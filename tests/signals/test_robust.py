"""What does `send_robust` survive, what does it say about it, and what does it let pass?"""

from __future__ import annotations

import asyncio
import functools
import logging
import traceback
from unittest import mock

import pytest

from hookcore import Signal, signal

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


def fails(**named):
    """Fail as a receiver does."""
    raise LookupError("nobody home")


@pytest.mark.parametrize("untyped", [False, True])
def test_an_exception_becomes_the_response_and_the_others_are_called(sent, untyped):
    """One receiver's failure is one receiver's failure."""
    robust = Signal() if untyped else sent
    robust.connect(lambda **named: "first")
    robust.connect(fails)
    robust.connect(lambda **named: "last")

    (_, first), (receiver, error), (_, last) = robust.send_robust(sender=None)
    assert (first, receiver, last) == ("first", fails, "last")
    assert isinstance(error, LookupError)
    assert traceback.extract_tb(error.__traceback__)[-1].name == "fails"


def test_a_failure_is_logged_with_its_traceback(sent, caplog):
    """Under "hookcore", at the level of an error, naming receiver, signal, method and the exception."""
    sent.connect(fails)
    with caplog.at_level(logging.DEBUG):
        ((_, error),) = sent.send_robust(sender=None)

    (record,) = caplog.records
    assert (record.name, record.levelname) == ("hookcore", "ERROR")
    assert record.exc_info[1] is error
    assert record.getMessage() == f"Error calling {__name__}.fails in user_saved.send_robust() (nobody home)"


def test_a_failure_of_an_unnamed_signal_is_logged_in_djangos_words(caplog):
    """Who searches the logs for Django's sentence finds it."""
    robust = Signal()
    robust.connect(fails)
    with caplog.at_level(logging.DEBUG):
        robust.send_robust(sender=None)

    assert [record.getMessage() for record in caplog.records] == [
        "Error calling fails in Signal.send_robust() (nobody home)"
    ]


class WithoutName:
    """A callable instance, which has no `__qualname__`, nor `__name__`."""

    def __call__(self, **named):
        """Fail."""
        raise LookupError("nobody home")


class HostileName(WithoutName):
    """A receiver that makes an error of its own of being asked for its name, as some proxies do."""

    def __getattr__(self, name):
        """Refuse."""
        if name in ("__qualname__", "__module__"):
            raise RuntimeError(f"do not ask for {name}")
        raise AttributeError(name)


class Unprintable(WithoutName):
    """A receiver that cannot be printed."""

    def __repr__(self):
        """Refuse."""
        raise RuntimeError("do not print me")


@pytest.mark.parametrize(
    "receiver",
    [
        functools.partial(fails),
        functools.partial(functools.partial(fails), user=2),
        WithoutName(),
        HostileName(),
        Unprintable(),
        mock.Mock(side_effect=LookupError("nobody home")),
        functools.partial(WithoutName()),
        functools.partial(mock.Mock(side_effect=LookupError("nobody home"))),
        WithoutName().__call__,
        lambda **named: fails(),
    ],
    ids=lambda receiver: type(receiver).__name__,
)
@pytest.mark.parametrize("untyped", [False, True])
def test_a_receiver_without_a_name_may_fail_like_any_other(sent, receiver, untyped, caplog):
    """Partials, instances and mocks have no `__qualname__`: Django's `send_robust` crashes there, this one goes on."""
    robust = Signal() if untyped else sent
    robust.connect(receiver, weak=False)
    robust.connect(lambda: "last")

    with caplog.at_level(logging.ERROR, logger="hookcore"):
        error, last = responses(robust.send_robust(sender=None))
    assert isinstance(error, LookupError)
    assert last == "last"
    assert len(caplog.records) == 1


def test_an_error_that_cannot_be_printed_is_recorded_all_the_same(sent, caplog, monkeypatch):
    """An exception whose `__str__` raises is the response, and the send goes on."""

    class Unprintable(Exception):
        def __str__(self):
            raise RuntimeError("do not print me")

    def fails():
        raise Unprintable

    monkeypatch.setattr(logging, "raiseExceptions", False)  # how logging itself would complain is not the matter here
    logging.getLogger("hookcore").addHandler(silent := logging.NullHandler())
    logging.getLogger("hookcore").propagate = False
    try:
        sent.connect(fails)
        sent.connect(lambda: "last")
        error, last = responses(sent.send_robust(sender=None))
    finally:
        logging.getLogger("hookcore").propagate = True
        logging.getLogger("hookcore").removeHandler(silent)
    assert isinstance(error, Unprintable)
    assert last == "last"


def test_system_exit_is_recorded_as_a_failure(sent, caplog):
    """A receiver that calls `sys.exit()` does not take the host down, and the others are called."""

    def leaves():
        raise SystemExit(3)

    sent.connect(leaves)
    sent.connect(lambda: "last")
    error, last = responses(sent.send_robust(sender=None))
    assert isinstance(error, SystemExit)
    assert error.code == 3
    assert last == "last"
    assert len(caplog.records) == 1


@pytest.mark.parametrize("count", [0, 40])
def test_only_a_keyboard_interrupt_ends_a_robust_send(sent, count, caplog):
    """It is the operator's; nothing is logged."""
    error = KeyboardInterrupt()
    called = []

    def interrupted():
        raise error

    for _ in range(count):
        sent.connect(lambda: None, weak=False, dispatch_uid=object())
    sent.connect(interrupted)
    sent.connect(lambda: called.append("last"))
    with pytest.raises(type(error)) as caught:
        sent.send_robust(sender=None)
    assert caught.value is error
    assert called == []
    assert caplog.records == []


class PanicException(BaseException):
    """What an extension written in Rust raises when it panics."""


@pytest.mark.parametrize(
    "error", [asyncio.CancelledError(), GeneratorExit(), PanicException(), BaseExceptionGroup("all", [SystemExit()])]
)
def test_in_blocking_code_any_other_exception_can_only_be_the_receivers_own(sent, error, caplog):
    """It is its response, and is logged."""

    def ends():
        raise error

    sent.connect(ends)
    sent.connect(lambda: "last")
    for _ in range(3):
        assert responses(sent.send_robust(sender=None)) == [error, "last"]
    assert len(caplog.records) == 3


def test_a_receiver_that_does_not_fit_an_untyped_signal_is_a_failure_too():
    """A missing argument is a TypeError like any other, recorded for that receiver."""
    robust = Signal()
    robust.connect(lambda needed: needed)
    robust.connect(lambda: "last")
    error, last = responses(robust.send_robust(sender=None))

    assert isinstance(error, TypeError)
    assert "needed" in str(error)
    assert last == "last"


def test_wrong_arguments_are_the_senders_fault_and_are_raised(sent):
    """`send_robust` is robust against receivers, not against its own caller's mistakes."""
    sent.connect(lambda: 1)
    for _ in range(2):
        with pytest.raises(TypeError, match="usr"):
            sent.send_robust(sender=None, usr=1)
        sent.send_robust(sender=None)


def test_a_response_that_is_an_exception_is_returned_and_not_logged(sent, caplog):
    """A receiver may answer with an exception object; that is no failure."""
    answer = ValueError("an answer")
    sent.connect(lambda: answer)

    assert responses(sent.send_robust(sender=None)) == [answer]
    assert caplog.records == []


@pytest.mark.parametrize("count", [33, 70])
def test_failures_among_many_receivers_are_each_recorded(sent, count, caplog):
    """Every third of many fails, and every other answers."""

    def make(number):
        def receive():
            if number % 3 == 0:
                raise LookupError(number)
            return number

        return receive

    for number in range(count):
        sent.connect(make(number))
    found = [
        response.args[0] if isinstance(response, LookupError) else response
        for response in responses(sent.send_robust(sender=None))
    ]
    assert found == list(range(count))
    assert len(caplog.records) == len(range(0, count, 3))


def test_a_failure_keeps_the_cause_that_the_receiver_gave(sent):
    """`raise … from …` is left as it is, and nothing of ours is put before it."""
    cause = KeyError("why")

    def fails():
        raise LookupError("nobody home") from cause

    sent.connect(fails)
    (error,) = responses(sent.send_robust(sender=None))
    assert error.__cause__ is cause
    assert error.__context__ is cause or error.__context__ is None


def test_a_receivers_failure_is_no_context_of_the_next_ones(sent):
    """Each failure stands alone: the second is not "during handling of" the first."""

    def second():
        raise ValueError("second")

    sent.connect(fails)
    sent.connect(second)
    first, other = responses(sent.send_robust(sender=None))
    assert first.__context__ is None
    assert other.__context__ is None


def test_a_weakly_held_receiver_may_fail_like_any_other(sent):
    """Methods and instances that are held weakly are guarded too."""

    class Mailer:
        def mail(self):
            raise LookupError("nobody home")

    mailer = Mailer()
    sent.connect(mailer.mail)
    ((receiver, error),) = sent.send_robust(sender=None)
    assert receiver == mailer.mail
    assert isinstance(error, LookupError)


def test_a_receiver_waiting_for_a_sender_may_fail_like_any_other(sent):
    """The look-up by sender leads to guarded calls."""
    sent.connect(fails, sender=int)
    sent.connect(lambda: "last")
    error, last = responses(sent.send_robust(sender=int))

    assert isinstance(error, LookupError)
    assert last == "last"
