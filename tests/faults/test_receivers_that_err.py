"""What happens when receivers go wrong, go away, or change who is connected, while a signal is sent?"""

from __future__ import annotations

import functools
import gc
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from hookcore import Signal, SignalRecursionError


class Failing:
    """A callable instance: it has no `__qualname__`, over which Django's own `send_robust` stumbles."""

    def __call__(self, sender, **kwargs):
        raise LookupError("instance")

    def method(self, sender, **kwargs):
        raise LookupError("method")


def fail(text, sender, **kwargs):
    """Fail with the text given."""
    raise LookupError(text)


@pytest.mark.parametrize(
    "receiver",
    [functools.partial(fail, "partial"), Failing(), Failing().method, functools.partial(Failing())],
    ids=["partial", "instance", "method", "partial-of-instance"],
)
def test_a_robust_send_survives_any_callable(receiver, caplog):
    """The exception is the response and is logged, whatever kind of callable raises it; the others are called."""
    signal = Signal()
    signal.connect(receiver, weak=False)
    signal.connect(lambda sender, **kwargs: "fine")

    (_, error), (_, answer) = signal.send_robust(sender=None)

    assert isinstance(error, LookupError)
    assert answer == "fine"
    assert [record.exc_info[1] for record in caplog.records] == [error]


@pytest.mark.parametrize("passing", [KeyboardInterrupt])
def test_a_robust_send_lets_pass_what_is_not_the_receivers(passing):
    """Ctrl-C belongs to the host."""
    signal = Signal()

    def receiver(sender, **kwargs):
        raise passing

    signal.connect(receiver)
    with pytest.raises(passing):
        signal.send_robust(sender=None)


@pytest.fixture
def no_garbage() -> Iterator[None]:
    """Keep what other tests left from being finalized where the stack ends: finalizers need some of it, too."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_garbage")
def test_endless_recursion_is_told_with_the_chain_of_receivers():
    """Two receivers that send each other's signals: the error names both, and the next send works."""
    ping, pong = Signal(), Signal()

    def answer_ping(sender, depth=0, **kwargs):
        if not stopped:
            pong.send(sender=sender)

    def answer_pong(sender, **kwargs):
        ping.send(sender=sender)

    stopped: list[bool] = []
    ping.connect(answer_ping)
    pong.connect(answer_pong)

    with pytest.raises(SignalRecursionError) as error:
        ping.send(sender=None)
    chain = " ".join(error.value.chain)
    assert "answer_ping" in chain
    assert "answer_pong" in chain

    stopped.append(True)
    assert ping.send(sender=None) == [(answer_ping, None)]


def test_dead_receivers_and_senders_go_without_a_trace():
    """A weakly held receiver and a filtered sender that are gone leave nothing behind."""
    signal = Signal()
    instance, sender = Failing(), Failing()
    signal.connect(instance.method)
    signal.connect(lambda sender, **kwargs: "for one sender", sender=sender)
    del instance, sender
    gc.collect()

    assert signal.send(sender=None) == []
    assert not signal.has_listeners()
    assert signal.receivers == []


def test_a_recycled_id_never_matches():
    """Senders that live one after the other, often at one address, are never taken for each other."""
    signal = Signal()
    for number in range(200):
        sender = Failing()
        signal.connect(lambda sender, number=number, **kwargs: number, sender=sender)
        assert [response for _, response in signal.send(sender=sender)] == [number]
        del sender

    assert signal.send(sender=Failing()) == []


def test_a_send_goes_on_with_the_receivers_that_it_began_with():
    """Connecting and disconnecting during a send count from the next send on."""
    signal = Signal()

    def joins(sender, **kwargs):
        signal.disconnect(leaves)
        signal.connect(late)
        return "joins"

    def leaves(sender, **kwargs):
        return "leaves"

    def late(sender, **kwargs):
        return "late"

    signal.connect(joins)
    signal.connect(leaves)

    assert [response for _, response in signal.send(sender=None)] == ["joins", "leaves"]
    assert [response for _, response in signal.send(sender=None)] == ["joins", "late"]


def test_many_threads_lose_no_receiver_and_call_none_twice():
    """Threads connect and disconnect while others send: the one that stays is called once by each send."""
    signal = Signal()
    problems: list[object] = []

    def stays(sender, **kwargs):
        return "stays"

    signal.connect(stays)

    def churn() -> None:
        def comes_and_goes(sender, **kwargs):
            return "goes"

        try:
            for _ in range(150):
                signal.connect(comes_and_goes)
                if not signal.disconnect(comes_and_goes):
                    problems.append("a receiver was lost")
        except Exception as error:
            problems.append(error)

    def send() -> None:
        try:
            for _ in range(300):
                receivers = [receiver for receiver, _ in signal.send(sender=None)]
                if receivers.count(stays) != 1 or len(receivers) != len(set(receivers)):
                    problems.append(receivers)
        except Exception as error:
            problems.append(error)

    run_together(*(churn, send) * 4)

    assert problems == []
    assert signal.send(sender=None) == [(stays, "stays")]


def test_many_threads_switch_plugins_while_others_send(shop):
    """Threads enable and disable a plugin while others send: it is reached once or not at all, and at the end once."""
    manager = shop.start()
    problems: list[object] = []

    def switch() -> None:
        try:
            for _ in range(40):
                manager.disable("good")
                manager.enable("good")
        except Exception as error:
            problems.append(error)

    def send() -> None:
        try:
            for _ in range(200):
                responses = shop.pay()
                if responses not in ([], ["counted"]):
                    problems.append(responses)
        except Exception as error:
            problems.append(error)

    run_together(*(switch, send) * 3)

    assert problems == []
    assert shop.pay() == ["counted"]


def run_together(*targets: Callable[[], None]) -> None:
    """Run each target in a thread of its own, with switches as often as Python can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=target) for target in targets]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
