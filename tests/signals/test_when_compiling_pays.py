"""When is a send compiled, and what does a change put out of date? No more than it has to."""

from __future__ import annotations

import gc
import inspect
import sys
import threading

import pytest

from hookcore import Signal, signal
from hookcore.signals.sending import compiling, dispatch

OFTEN = dispatch.SENDS_BEFORE_COMPILING


@pytest.fixture
def sent() -> Signal:
    """Return a declared signal."""

    @signal
    def user_saved(sender, user=None):
        """A user was saved."""

    return user_saved


@pytest.fixture
def compiled(monkeypatch) -> list[object]:
    """Write down each plan that is compiled."""
    plans: list[object] = []
    original = compiling.compile_send

    def compile_send(header, runs, *, is_public):
        plans.append(runs)
        return original(header, runs, is_public=is_public)

    monkeypatch.setattr(compiling, "compile_send", compile_send)
    return plans


def is_compiled(function):
    """Tell whether a function is straight-line code."""
    return function.__code__.co_filename.startswith("<hookcore ")


def test_a_signal_that_is_left_alone_is_compiled_once(sent, compiled):
    """Not at its first sends; and a change puts the loop back."""
    sent.connect(lambda: 1)
    for _ in range(OFTEN):
        sent.send(sender=None)
    assert compiled == []
    assert not is_compiled(sent.send)
    for _ in range(OFTEN):
        sent.send(sender=None)
    assert len(compiled) == 1
    assert is_compiled(sent.send)
    sent.connect(lambda: 2)
    assert not is_compiled(sent.send)


def test_a_signal_that_changes_all_the_time_is_never_compiled(sent, compiled):
    """A hundred sends between two changes are too few to pay."""
    for _ in range(5):
        with sent.connected_to(lambda: 1):
            for _ in range(100):
                sent.send(sender=None)
    assert compiled == []


def test_what_dies_meanwhile_lets_nothing_be_compiled_in_a_loop(sent, compiled):
    """However many weak receivers go while others send."""

    class Mailer:
        def mail(self):
            return "mailed"

    mailers = [Mailer() for _ in range(200)]
    for mailer in mailers:
        sent.connect(mailer.mail)
    dying = threading.Thread(target=lambda: (mailers.clear(), gc.collect()))
    del mailer
    dying.start()
    for _ in range(OFTEN // 2):
        sent.send(sender=None)
    dying.join()
    assert sent.send(sender=None) == []
    assert len(compiled) <= 1


def test_a_change_for_one_sender_leaves_what_others_reach_alone(sent, compiled):
    """Neither planned nor compiled anew."""
    senders = [type(f"Sender{number}", (), {}) for number in range(20)]
    for number, sender in enumerate(senders):
        sent.connect((lambda number: lambda: number)(number), sender=sender)
    for sender in senders:
        for _ in range(OFTEN + 2):
            sent.send(sender=sender)
    plans, count = dict(sent._dispatch.plans), len(compiled)
    send = sent.send
    sent.connect(lambda: "more", sender=senders[3])
    assert sent.send is send
    assert [answer for _, answer in sent.send(sender=senders[3])] == [3, "more"]
    for number, sender in enumerate(senders):
        if number != 3:
            assert [answer for _, answer in sent.send(sender=sender)] == [number]
    changed = {key for key, plan in sent._dispatch.plans.items() if plans.get(key) is not plan}
    assert changed <= {id(senders[3])}
    assert len(compiled) == count


def test_many_receivers_are_compiled_piece_by_piece(sent, compiled):
    """No single send compiles more than one run of receivers."""
    for number in range(200):
        parameters = ("", "user", "sender", "sender, user")[number % 4] if number % 3 else "user"
        sent.connect(eval(f"lambda {parameters}: None"), dispatch_uid=number + 1)
    known = len(compiling._compiled_shapes)
    for _ in range(OFTEN + 12):
        sent.send(sender=None)
        now = len(compiling._compiled_shapes)
        assert now - known <= 2
        known = now
    assert is_compiled(sent.send)


def test_only_one_thread_compiles(sent, compiled):
    """The others go on in the loop."""
    sent.connect(lambda: 1)
    for _ in range(OFTEN):
        sent.send(sender=None)
    start = threading.Barrier(8)

    def send():
        start.wait()
        for _ in range(20):
            assert len(sent.send(sender=None)) == 1

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(compiled) == 1


def test_compiled_code_goes_with_its_function_where_nobody_counts(sent):
    """It says that it is nested: without the GIL other code is kept for ever."""
    for _ in range(OFTEN + 2):
        sent.send(sender=None)
    assert sent.send.__code__.co_flags & inspect.CO_NESTED


def test_where_nothing_can_be_imported_any_more_sends_go_on(sent, monkeypatch):
    """As in a `__del__` while Python is shutting down: what compiles is imported when that pays for the first time."""
    monkeypatch.delattr("hookcore.signals.sending.compiling")
    monkeypatch.setitem(sys.modules, "hookcore.signals.sending.compiling", None)
    sent.connect(lambda: 1)

    answers = [sent.send(sender=None) for _ in range(2 * OFTEN)]

    assert all(pairs[0][1] == 1 for pairs in answers)
    assert not is_compiled(sent.send)
