"""What do `asend` and `asend_robust` do with coroutine and blocking receivers, and `send` with coroutine ones?"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import gc
import inspect
import subprocess
import sys
import threading
import traceback
import warnings
from pathlib import Path

import pytest

from hookcore import Signal, signal

pytestmark = pytest.mark.usefixtures("crossing")


@pytest.fixture(params=["declared", "untyped"])
def sent(request) -> Signal:
    """Return a signal of either kind."""

    @signal
    def user_saved(sender):
        """A user was saved."""

    return user_saved if request.param == "declared" else Signal()


def responses(outcome):
    """Return the responses of a send without the receivers."""
    return [response for _, response in outcome]


def connect_all(sent, *receivers):
    """Connect in this order."""
    for receiver in receivers:
        sent.connect(receiver)


def leaves(error):
    """Return the exceptions in a group, or the one."""
    return [leaf for inner in error.exceptions for leaf in leaves(inner)] if hasattr(error, "exceptions") else [error]


async def one():
    """Answer without suspending."""
    return 1


async def two():
    """Answer after a while."""
    await asyncio.sleep(0)
    return 2


def three():
    """Answer at once."""
    return 3


METHODS = ["asend", "asend_robust"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "receivers", [(), (one,), (two,), (three,), (one, two), (two, one), (one, three), (three, two, one)]
)
def test_an_awaited_send_answers_for_blocking_receivers_first_and_then_for_coroutines(sent, method, receivers):
    """Within each group in connection order, as in Django."""
    connect_all(sent, *receivers)
    values = {one: 1, two: 2, three: 3}
    ordered = [receiver for receiver in receivers if receiver is three]
    ordered += [receiver for receiver in receivers if receiver is not three]
    expected = [(receiver, values[receiver]) for receiver in ordered]

    for _ in range(2):
        assert asyncio.run(getattr(sent, method)(sender=None)) == expected


@pytest.mark.parametrize("method", ["send", "send_robust"])
def test_a_blocking_send_runs_coroutine_receivers_to_their_end(sent, method):
    """Behind the blocking ones, in an event loop of their own."""
    connect_all(sent, two, three, one)

    for _ in range(2):
        assert getattr(sent, method)(sender=None) == [(three, 3), (two, 2), (one, 1)]


def test_a_call_gives_what_connected_coroutine_receivers_return(sent):
    """As a send does: it runs them to their end."""
    sent.connect(one)

    assert sent(sender=None) == [1]


def test_a_call_hands_out_the_coroutines_of_what_is_registered_with_pluggys_mark(sent, register):
    """pluggy calls, and does not await: its users await for themselves. The sends await."""
    register(sent, one)
    (coroutine,) = sent(sender=None)

    assert asyncio.run(coroutine) == 1


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("wrapped", [lambda function: function, functools.partial])
def test_every_send_awaits_what_is_registered_with_pluggys_mark(sent, register, method, wrapped):
    """As it awaits what is connected, under whatever the function hides."""
    register(sent, wrapped(one))

    for _ in range(2):
        answered = getattr(sent, method)(sender=None)
        pairs = asyncio.run(answered) if inspect.isawaitable(answered) else answered
        assert [response for _, response in pairs] == [1]


@pytest.mark.parametrize("method", METHODS)
def test_coroutine_receivers_run_side_by_side(sent, method):
    """Two that wait for each other both end: neither waits until the other is done."""
    log = []

    async def main():
        first, second = asyncio.Event(), asyncio.Event()

        async def waits():
            log.append("waits")
            first.set()
            await second.wait()
            return "was told"

        async def tells():
            await first.wait()
            log.append("tells")
            second.set()
            return "told"

        connect_all(sent, waits, tells)
        return responses(await getattr(sent, method)(sender=None))

    assert asyncio.run(main()) == ["was told", "told"]
    assert log == ["waits", "tells"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("weak", [False, True])
@pytest.mark.parametrize("others", [(), (three,)])
def test_one_coroutine_receiver_is_awaited_in_the_task_of_the_sender(sent, method, weak, others):
    """No task is made for one, robust or not, held weakly or not, with blocking receivers beside it or none."""

    async def current():
        return asyncio.current_task()

    sent.connect(current, weak=weak)
    connect_all(sent, *others)

    async def main():
        return responses(await getattr(sent, method)(sender=None))[-1] is asyncio.current_task()

    assert asyncio.run(main())


@pytest.mark.skipif(sys.version_info < (3, 12), reason="only on Python 3.12 and newer")
@pytest.mark.parametrize("method", METHODS)
def test_several_coroutine_receivers_are_started_before_the_loop_turns(sent, method):
    """Each runs at once up to where it first suspends, in a task of its own; one that never does needs no turn."""
    log = []

    def receiver(name, suspends):
        async def receive():
            tasks.add(asyncio.current_task())
            log.append(name)
            if suspends:
                await asyncio.sleep(0)
                log.append(f"{name} goes on")

        return receive

    async def main():
        asyncio.get_running_loop().call_soon(log.append, "the loop turns")
        await getattr(sent, method)(sender=None)
        return asyncio.current_task()

    for names, expected in (
        ({"a": False, "b": False}, ["a", "b"]),
        ({"a": True, "b": False}, ["a", "b", "the loop turns", "a goes on"]),
    ):
        log.clear()
        tasks = set()
        sent.receivers = []
        connect_all(sent, *(receiver(name, suspends) for name, suspends in names.items()))
        assert asyncio.run(main()) not in tasks
        assert len(tasks) == 2
        assert log[: len(expected)] == expected


def test_each_of_several_coroutine_receivers_has_a_task_of_its_own(sent):
    """So that `asyncio.timeout` and `current_task` mean what they say."""
    for number in range(3):

        async def current():
            await asyncio.sleep(0)
            return asyncio.current_task()

        sent.connect(current, dispatch_uid=number + 1)

    async def main():
        tasks = responses(await sent.asend(sender=None))
        return len({*tasks, asyncio.current_task()})

    assert asyncio.run(main()) == 4


def test_blocking_receivers_of_an_awaited_send_do_not_run_in_the_event_loops_thread(sent):
    """A receiver that blocks blocks its own thread, one for all of a send."""
    connect_all(sent, threading.get_ident, lambda: threading.get_ident())
    sent.receivers = []
    sent.connect(lambda: threading.get_ident(), dispatch_uid="first")
    sent.connect(lambda: threading.get_ident(), dispatch_uid="second")

    async def main():
        return threading.get_ident(), responses(await sent.asend(sender=None))

    loop, threads = asyncio.run(main())
    assert len(set(threads)) == 1
    assert loop not in threads


# -- failures ----------------------------------------------------------------------------------------------------------


async def fails():
    """Fail at once."""
    raise LookupError("nobody home")


async def fails_later():
    """Fail after a while."""
    await asyncio.sleep(0)
    raise LookupError("nobody home")


def fails_blocking():
    """Fail in a thread."""
    raise LookupError("nobody home")


@pytest.mark.parametrize("failing", [fails, fails_later])
@pytest.mark.parametrize("others", [(), (two,), (one, two)])
def test_a_traceback_leads_from_the_awaited_send_to_the_receiver(sent, failing, others):
    """Between the two nothing but who waits for the receivers: nothing of how they are run."""
    connect_all(sent, *others, failing)

    async def main():
        with pytest.raises(LookupError) as caught:
            await sent.asend(sender=None)
        return traceback.extract_tb(caught.value.__traceback__)

    _, *waiting, receiver = asyncio.run(main())
    assert receiver.name == failing.__name__
    assert {Path(frame.filename).name for frame in waiting} <= {"dispatch.py", "loop.py", "concurrency.py"}


@pytest.mark.parametrize("failing", [fails, fails_later, fails_blocking])
@pytest.mark.parametrize("others", [(), (one,), (three,), (one, two, three)])
def test_an_exception_reaches_who_awaits(sent, failing, others):
    """As it was raised, by whichever receiver."""
    connect_all(sent, *others[:1], failing, *others[1:])
    with pytest.raises(LookupError, match="nobody home") as caught:
        asyncio.run(sent.asend(sender=None))
    assert traceback.extract_tb(caught.value.__traceback__)[-1].name == failing.__name__


@pytest.mark.parametrize("failing", [fails, fails_later, fails_blocking])
@pytest.mark.parametrize("others", [(), (one,), (three,), (one, two, three)])
def test_a_robust_awaited_send_records_a_failure_and_calls_the_others(sent, failing, others, caplog):
    """Logged with its traceback, and the response."""
    connect_all(sent, *others[:1], failing, *others[1:])
    outcome = dict(asyncio.run(sent.asend_robust(sender=None)))
    error = outcome.pop(failing)

    assert isinstance(error, LookupError)
    assert traceback.extract_tb(error.__traceback__)[-1].name == failing.__name__
    assert outcome == {receiver: {one: 1, two: 2, three: 3}[receiver] for receiver in others}
    assert [record.exc_info[1] for record in caplog.records] == [error]


def test_an_exception_cancels_the_coroutines_that_still_run(sent):
    """They are cancelled and waited for, with their `finally`; one that has not started never does."""
    log = []

    async def patient():
        log.append("patient")
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            log.append("cancelled")
            raise

    async def ended():
        log.append("ended")

    connect_all(sent, ended, patient, fails_later)
    with pytest.raises(LookupError):
        asyncio.run(sent.asend(sender=None))
    assert log == ["ended", "patient", "cancelled"]


def test_an_exception_cancels_nobody_in_a_robust_send(sent, caplog):
    """The others run to their end."""

    async def patient():
        for _ in range(5):
            await asyncio.sleep(0)
        return "patient"

    connect_all(sent, fails, patient, fails_later)
    first, second, third = responses(asyncio.run(sent.asend_robust(sender=None)))
    assert (type(first), second, type(third)) == (LookupError, "patient", LookupError)
    assert len(caplog.records) == 2


def test_several_exceptions_at_once_are_a_group_where_python_has_those(sent):
    """Those that had failed by then are all in it; before Python 3.11 it is the first."""

    async def fails_too():
        try:
            await asyncio.sleep(3600)
        finally:
            raise ValueError("while being cancelled")

    connect_all(sent, fails_too, fails_later)
    with pytest.raises(ExceptionGroup) as caught:
        asyncio.run(sent.asend(sender=None))
    assert [type(error) for error in leaves(caught.value)] == [ValueError, LookupError]


def test_a_failure_keeps_the_context_that_it_was_raised_in(sent):
    """Of several tasks too: neither a cause nor a context is put in or taken out."""
    reason = KeyError("why")

    async def fails_while_handling():
        await asyncio.sleep(0)
        try:
            raise reason
        except KeyError:
            raise LookupError("nobody home")  # noqa: B904 - the context is what this is about

    async def patient():
        await asyncio.sleep(3600)

    connect_all(sent, patient, fails_while_handling)
    with pytest.raises(LookupError) as caught:
        asyncio.run(sent.asend(sender=None))
    assert caught.value.__context__ is reason
    assert caught.value.__suppress_context__ is False


async def cancelled():
    """Fail as a receiver does that awaits something that somebody has cancelled."""
    raise asyncio.CancelledError("of its own")


@pytest.mark.parametrize("others", [(), (one,), (two, one)])
def test_a_receiver_that_is_cancelled_cancels_the_send(sent, others):
    """CancelledError of a receiver ends `asend` as any exception does."""
    connect_all(sent, *others, cancelled)

    async def main():
        with pytest.raises(asyncio.CancelledError):
            await sent.asend(sender=None)
        return "went on"

    assert asyncio.run(main()) == "went on"


@pytest.mark.parametrize("others", [(), (one,), (two, one), (three,)])
def test_a_robust_send_passes_a_cancellation_on_only_if_the_sending_task_was_cancelled(sent, others, caplog):
    """Else it is the failure of the receiver that raised it, which awaited something that was cancelled."""
    connect_all(sent, *others, cancelled)

    outcome = dict(asyncio.run(sent.asend_robust(sender=None)))

    assert isinstance(outcome.pop(cancelled), asyncio.CancelledError)
    assert outcome == {receiver: {one: 1, two: 2, three: 3}[receiver] for receiver in others}
    assert len(caplog.records) == 1


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("count", [1, 3])
def test_cancelling_the_send_cancels_its_receivers_and_waits_for_them(sent, method, count):
    """Whoever cancels the task that awaits a send finds all receivers ended."""
    log = []

    async def main():
        started = asyncio.Event()

        async def patient():
            started.set()
            try:
                await asyncio.sleep(3600)
            finally:
                await asyncio.sleep(0)
                log.append("ended")

        for number in range(count):
            sent.connect(patient, dispatch_uid=number + 1)
        task = asyncio.ensure_future(getattr(sent, method)(sender=None))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert log == ["ended"] * count

    asyncio.run(main())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("position", [0, 1, 2])
def test_an_interrupt_passes_and_leaves_no_coroutine_behind(sent, method, position):
    """KeyboardInterrupt in one of several: no warning of a coroutine never awaited, none of a task lost."""

    async def interrupted():
        raise KeyboardInterrupt

    receivers = [one, two]
    receivers.insert(position, interrupted)
    connect_all(sent, *receivers)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(getattr(sent, method)(sender=None))
        gc.collect()


def test_system_exit_is_recorded_by_an_awaited_robust_send(sent, caplog):
    """In a coroutine and in a thread."""

    async def leaves():
        raise SystemExit(3)

    def leaves_blocking():
        raise SystemExit(4)

    connect_all(sent, leaves, leaves_blocking, one)
    blocking, coroutine, last = responses(asyncio.run(sent.asend_robust(sender=None)))
    assert (blocking.code, coroutine.code, last) == (4, 3, 1)
    assert len(caplog.records) == 2


def test_a_blocking_send_inside_an_event_loop_says_what_to_write(sent):
    """Coroutine receivers cannot be run there; the error names `asend`, and leaves no coroutine behind."""
    sent.connect(one)

    async def main():
        with pytest.raises(RuntimeError, match=r"await .*\.asend"):
            sent.send(sender=None)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        asyncio.run(main())
        gc.collect()


def test_a_blocking_send_of_blocking_receivers_inside_an_event_loop_is_a_call(sent):
    """Nothing asynchronous is needed, so nothing is refused."""
    sent.connect(three)

    async def main():
        return responses(sent.send(sender=None))

    assert asyncio.run(main()) == [3]


def test_a_coroutine_that_is_never_awaited_starts_nobody(sent):
    """`asend` without `await` is the sender's mistake, which Python tells; no receiver's coroutine is made."""
    connect_all(sent, one, two)
    asyncio.run(sent.asend(sender=None))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        sent.asend(sender=None)
        gc.collect()
    assert len(caught) == 1


# -- context variables -------------------------------------------------------------------------------------------------

variable: contextvars.ContextVar[object] = contextvars.ContextVar("variable")
other: contextvars.ContextVar[object] = contextvars.ContextVar("other")


def run_in_new_context(function):
    """Run a test's body where the variables are as they were."""
    return contextvars.copy_context().run(function)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("suspends", [False, True])
def test_receivers_see_the_senders_context_and_the_sender_sees_theirs(sent, method, count, suspends):
    """Both ways, for blocking receivers in their thread and coroutine receivers in their tasks."""
    seen = []

    def blocking():
        seen.append(variable.get())
        variable.set("blocking")

    async def coroutine():
        if suspends:
            await asyncio.sleep(0)
        seen.append(variable.get())
        other.set(variable.get())

    sent.connect(blocking)
    for number in range(count):
        sent.connect(coroutine, dispatch_uid=number + 1)

    async def main():
        variable.set("sender")
        other.set("unchanged")
        await getattr(sent, method)(sender=None)
        return variable.get(), other.get()

    assert asyncio.run(main()) == ("blocking", "blocking")
    assert seen == ["sender", *["blocking"] * count]


@pytest.mark.parametrize("method", ["send", "send_robust"])
@pytest.mark.parametrize("count", [1, 2])
def test_a_blocking_send_shares_its_context_with_coroutine_receivers(sent, method, count):
    """What they set is there afterwards."""

    async def coroutine():
        await asyncio.sleep(0)
        variable.set([variable.get(), "seen"])

    for number in range(count):
        sent.connect(coroutine, dispatch_uid=number + 1)

    def body():
        variable.set("sender")
        getattr(sent, method)(sender=None)
        return variable.get()

    value = run_in_new_context(body)
    assert value in (["sender", "seen"], [["sender", "seen"], "seen"])


def test_a_change_of_one_coroutine_is_not_undone_by_another_that_changed_nothing(sent):
    """Of several tasks each may set a variable of its own, and each value arrives."""

    async def sets():
        await asyncio.sleep(0)
        variable.set("set")

    async def sets_other():
        other.set("set too")

    async def idle():
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    connect_all(sent, idle, sets, sets_other)
    sent.connect(idle, dispatch_uid="behind")

    async def main():
        variable.set("before")
        other.set("before")
        await sent.asend(sender=None)
        return variable.get(), other.get()

    assert asyncio.run(main()) == ("set", "set too")


def test_a_failing_receiver_leaves_what_it_has_set(sent):
    """The exception does not take back what was set before it, as for a call."""

    async def sets_and_fails():
        variable.set("set")
        raise LookupError

    connect_all(sent, sets_and_fails, two)

    async def main():
        variable.set("before")
        with pytest.raises(LookupError):
            await sent.asend(sender=None)
        return variable.get()

    assert asyncio.run(main()) == "set"


def test_nothing_of_ours_is_left_in_the_context(sent):
    """Counting nested sends, which is done in a context variable, is over with the send."""
    connect_all(sent, one, two, three)

    async def main():
        before = dict(contextvars.copy_context())
        for _ in range(3):
            await sent.asend(sender=None)
        return before == dict(contextvars.copy_context())

    assert asyncio.run(main())


@pytest.mark.parametrize("method", METHODS)
def test_many_coroutine_receivers_answer_in_order(sent, method):
    """Two hundred, of which every third suspends."""

    def make(number):
        async def receive():
            for _ in range(number % 3):
                await asyncio.sleep(0)
            return number

        return receive

    for number in range(200):
        sent.connect(make(number))
    assert responses(asyncio.run(getattr(sent, method)(sender=None))) == list(range(200))


def test_weakly_held_coroutine_methods_that_are_gone_are_not_started(sent):
    """Weak is weak for coroutine receivers too."""

    class Mailer:
        async def mail(self):
            return self

    keep, gone = Mailer(), Mailer()
    connect_all(sent, keep.mail, gone.mail)
    assert responses(asyncio.run(sent.asend(sender=None))) == [keep, gone]
    kept = sent.asend
    del gone
    gc.collect()
    assert responses(asyncio.run(kept(sender=None))) == [keep]
    assert responses(asyncio.run(sent.asend_robust(sender=None))) == [keep]


def test_asgiref_is_not_needed_at_all(for_subprocesses):
    """In a process where it cannot be imported, every crossing works."""
    program = """
import sys
sys.modules["asgiref"] = None
import asyncio
from hookcore import Signal
sent = Signal()
async def later(**named): return "later"
def now(**named): return "now"
sent.connect(later); sent.connect(now)
print([r for _, r in sent.send(sender=None)], [r for _, r in asyncio.run(sent.asend(sender=None))])
"""
    command = [sys.executable, "-W", "error", "-c", program]
    outcome = subprocess.run(command, capture_output=True, text=True, env=for_subprocesses)
    assert (outcome.stdout, outcome.stderr) == ("['now', 'later'] ['now', 'later']\n", "")


def test_a_historic_call_hands_the_coroutine_of_pluggys_mark_to_its_callback(register):
    """As pluggy does, also where the receiver comes later."""

    @signal(historic=True)
    def configured(sender):
        """The application was configured."""

    coroutines = []
    configured.call_historic(coroutines.append, {"sender": None})
    register(configured, one)

    assert [asyncio.run(each) for each in coroutines] == [1]
