"""What is left when connect, disconnect or send is interrupted at any line? What was, or what is to be."""

from __future__ import annotations

import gc
import sys

import pytest

from hookcore import Signal, signal


class Interrupted(BaseException):
    """Raised by the tracer."""


def interrupted_at(number, act):
    """Act, interrupted at the line of this number among hookcore's own. Return whether it was."""
    count = 0

    def trace(frame, event, argument):
        nonlocal count
        if not str(frame.f_globals.get("__name__", "")).startswith("hookcore"):
            return None
        if event == "line":
            count += 1
            if count == number:
                raise Interrupted
        return trace

    before = sys.gettrace()
    gc.disable()  # what it finds belongs to others, whose finalizers are not to be interrupted
    sys.settrace(trace)
    try:
        act()
    except Interrupted:
        return True
    finally:
        sys.settrace(before)
        gc.enable()
    return False


def first():
    """Answer."""
    return "first"


def second():
    """Answer."""
    return "second"


def third():
    """Answer."""
    return "third"


def answers(sent, sender=None):
    """Return the answers of a send."""
    return [answer for _, answer in sent.send(sender=sender)]


def declared():
    """Return a declared signal."""

    @signal
    def user_saved(sender):
        """A user was saved."""

    return user_saved


ACTS = {
    "connect": (lambda sent: sent.connect(second), {"second"}),
    "connect for a sender": (lambda sent: sent.connect(second, sender=int), {"second"}),
    "disconnect": (lambda sent: sent.disconnect(first), {"first"}),
    "send": (lambda sent: sent.send(sender=int), set()),
    "set receivers": (lambda sent: setattr(sent, "receivers", []), {"first"}),
}


@pytest.mark.parametrize("make", [Signal, declared])
@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("sends_before", [0, 3])
@pytest.mark.parametrize("waits", [False, True])
def test_an_interrupted_change_leaves_what_was_or_what_is_to_be(make, act, sends_before, waits, compiled_at_once):
    """And the next change is heard, by whoever sends."""
    change, concerned = ACTS[act]
    number, goes_on = 0, True
    while goes_on:
        number += 1
        sent = make()
        sent.connect(first)
        if waits:
            sent.connect(third, sender=str)
        for _ in range(sends_before):
            sent.send(sender=int)
            sent.send(sender=None)
        goes_on = interrupted_at(number, lambda sent=sent: change(sent))
        sent.lock.acquire()  # it is not held by what was interrupted
        sent.lock.release()
        connected = {receiver.function.__name__ for receiver in sent.receivers} - {"third"}
        for _ in range(3):
            assert set(answers(sent, int)) == connected
        assert {"first"} - concerned <= connected <= {"first"} | concerned
        sent.connect(third)
        for _ in range(3):
            assert set(answers(sent, int)) == {*connected, "third"}
        sent.disconnect(third)
        for _ in range(3):
            assert set(answers(sent, int)) == connected
    assert number > 1


@pytest.mark.parametrize("make", [Signal, declared])
def test_a_send_that_is_interrupted_while_it_compiles_leaves_nothing_stale(make, compiled_at_once):
    """For the sender that is waited for, too: whoever connects for all is reached by it."""
    number, goes_on = 0, True
    while goes_on:
        number += 1
        sent = make()
        sent.connect(first, sender=str)
        goes_on = interrupted_at(number, lambda sent=sent: sent.send(sender=str))
        sent.connect(second)
        for _ in range(3):
            assert answers(sent, int) == ["second"], number
        for _ in range(3):
            assert answers(sent, str) == ["first", "second"], number
    assert number > 1
