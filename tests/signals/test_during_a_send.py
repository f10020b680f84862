"""What does a send that is running see of changes? The receivers that it began with."""

from __future__ import annotations

import asyncio
import inspect

import pytest

from hookcore import Signal
from hookcore.signals.connecting.receiver import Owner

pytestmark = pytest.mark.usefixtures("carried_out")

METHODS = ["send", "send_robust"]


@pytest.fixture
def sent() -> Signal:
    """Return a signal."""
    return Signal()


def responses(outcome):
    """Return the responses of a send without the receivers."""
    return [response for _, response in outcome]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("count", [0, 40])
def test_a_receiver_connected_during_a_send_hears_the_next_one(sent, method, count):
    """The running send goes on with whom it began."""

    def late(**named):
        return "late"

    def connects(**named):
        sent.connect(late)
        return "connects"

    for _ in range(count):
        sent.connect(lambda **named: "padding", dispatch_uid=object())
    sent.connect(connects)
    send = getattr(sent, method)
    assert responses(send(sender=None))[count:] == ["connects"]
    assert responses(getattr(sent, method)(sender=None))[count:] == ["connects", "late"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("count", [0, 40])
def test_a_receiver_disconnected_during_a_send_is_still_called_by_it(sent, method, count):
    """Its turn comes in the running send, and not in the next."""

    def victim(**named):
        return "victim"

    def disconnects(**named):
        return sent.disconnect(victim)

    sent.connect(disconnects)
    for _ in range(count):
        sent.connect(lambda **named: "padding", dispatch_uid=object())
    sent.connect(victim)
    first, *_, last = responses(getattr(sent, method)(sender=None))
    assert (first, last) == (True, "victim")
    assert responses(getattr(sent, method)(sender=None))[count + 1 :] == []


@pytest.mark.parametrize("method", METHODS)
def test_a_receiver_may_disconnect_itself(sent, method):
    """Once is once."""

    def once(**named):
        sent.disconnect(once)
        return "once"

    sent.connect(once)
    sent.connect(lambda **named: "always")
    assert responses(getattr(sent, method)(sender=None)) == ["once", "always"]
    assert responses(getattr(sent, method)(sender=None)) == ["always"]


def test_a_send_inside_a_send_sees_the_change(sent):
    """The inner send begins after the change, and ends before the outer goes on."""

    def late(**named):
        return "late"

    def sends(depth, **named):
        if depth:
            sent.connect(late)
            return responses(sent.send(sender=None, depth=0))
        return "innermost"

    sent.connect(sends)
    assert responses(sent.send(sender=None, depth=1)) == [["innermost", "late"]]


def test_muting_and_switching_owners_during_a_send_hold_for_the_next(sent):
    """Every change has the same snapshot."""
    owner = Owner("mail", active=True)

    def switches(**named):
        owner.active = False
        sent._owner_changed(owner)
        sent._mute("test")
        return "switches"

    sent.connect(switches)
    sent._owner_of = lambda receiver: owner
    sent.connect(lambda **named: "plugin")
    sent._owner_of = None
    assert responses(sent.send(sender=None)) == ["switches", "plugin"]
    assert sent.send(sender=None) == []
    sent._unmute("test")
    assert responses(sent.send(sender=None)) == ["switches"]
    sent._unmute("test")


def test_clearing_the_receivers_during_a_send_holds_for_the_next(sent):
    """`signal.receivers = []` is a change like any other."""

    def clears(**named):
        sent.receivers = []
        return "clears"

    sent.connect(clears)
    sent.connect(lambda **named: "still called")
    assert responses(sent.send(sender=None)) == ["clears", "still called"]
    assert sent.send(sender=None) == []


def test_an_awaited_send_reaches_whom_there_is_when_it_is_awaited(sent):
    """`asend` is a coroutine function: nothing of it runs before it is awaited."""

    async def first(**named):
        return "first"

    async def second(**named):
        return "second"

    async def main():
        sent.connect(first)
        await sent.asend(sender=None)
        waiting = sent.asend(sender=None)
        sent.connect(second)
        sent.disconnect(first)
        return responses(await waiting), responses(await sent.asend(sender=None))

    assert asyncio.run(main()) == (["second"], ["second"])


def test_a_coroutine_receiver_may_connect_and_disconnect_between_suspensions(sent):
    """The other coroutines of the send are not disturbed."""

    async def patient(**named):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return "patient"

    async def disconnects(**named):
        await asyncio.sleep(0)
        return sent.disconnect(patient)

    sent.connect(patient)
    sent.connect(disconnects)
    assert responses(asyncio.run(sent.asend(sender=None))) == ["patient", True]
    assert responses(asyncio.run(sent.asend(sender=None))) == [False]


def test_a_receiver_connected_while_another_connects_is_not_lost():
    """Reading a receiver's signature may run anybody's code, as a finalizer may: the next send knows what that did."""
    sent = Signal()

    class Connecting:
        @property
        def __signature__(self):
            sent.connect(other)
            return inspect.signature(other)

        def __call__(self, **named):
            return "connecting"

    def other(**named):
        return "other"

    connecting = Connecting()
    sent.connect(connecting)
    sent.send(sender=None)
    assert [response for _, response in sent.send(sender=None)] == ["other", "connecting"]
