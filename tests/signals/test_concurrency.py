"""What an awaited send starts is over when it returns, and runs at the same place whatever else is installed."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest

from hookcore import AsyncReceiverError, Signal, signal
from hookcore.signals.sending.concurrency import in_thread, is_loop_running, run_coroutine, together

pytestmark = pytest.mark.usefixtures("crossing")

METHODS = ["asend", "asend_robust"]


def responses(outcome):
    """Return the responses of a send without the receivers."""
    return [response for _, response in outcome]


# -- threads ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_blocking_receivers_of_concurrent_sends_do_not_wait_for_each_other(method):
    """Four that block until all four run: they would wait for ever if they ran one after the other."""
    all_there = threading.Barrier(4, timeout=30)
    sent = Signal()

    def blocks(**named):
        return all_there.wait() >= 0

    sent.connect(blocks)

    async def main():
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(4))
        return await asyncio.gather(*(getattr(sent, method)(sender=None) for _ in range(4)))

    assert [responses(each) for each in asyncio.run(main())] == [[True]] * 4


def test_blocking_receivers_run_in_the_executor_of_the_loop():
    """The one that the application has chosen, which bounds how many threads there are."""
    sent = Signal()
    sent.connect(lambda **named: threading.current_thread().name, weak=False)

    async def main():
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2, thread_name_prefix="ours"))
        return [responses(each) for each in await asyncio.gather(*(sent.asend(sender=None) for _ in range(20)))]

    names = {name for (name,) in asyncio.run(main())}
    assert names <= {"ours_0", "ours_1"}


@pytest.mark.parametrize("method", METHODS)
def test_a_cancelled_send_waits_for_its_thread(method):
    """A thread cannot be stopped: the send ends when its receivers have, however often it is cancelled."""
    started, go_on, ended = threading.Event(), threading.Event(), []
    sent = Signal()

    def blocks(**named):
        started.set()
        go_on.wait(30)
        ended.append(True)

    sent.connect(blocks)

    async def main():
        task = asyncio.create_task(getattr(sent, method)(sender=None))
        while not started.is_set():
            await asyncio.sleep(0)
        for _ in range(3):
            task.cancel()
            await asyncio.sleep(0)
        assert not task.done()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ended == [True]

    asyncio.run(main())


def raising(error: BaseException):
    """Return a blocking receiver that raises this."""

    def receiver(**named):
        raise error

    return receiver


@pytest.mark.parametrize("error", [StopIteration(1), StopAsyncIteration(1), LookupError("x")], ids=repr)
def test_whatever_a_blocking_receiver_raises_ends_the_send(error: BaseException):
    """StopIteration, which no future takes, hangs nobody: it comes out as Python lets it out of a coroutine."""
    sent = Signal()
    sent.connect(raising(error), weak=False)

    async def main():
        await asyncio.wait_for(sent.asend(sender=None), 30)

    with pytest.raises((type(error), RuntimeError)) as caught:
        asyncio.run(main())
    assert error in (caught.value, caught.value.__cause__)


# -- cancelling ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("cancellations", [1, 2, 5])
@pytest.mark.parametrize("fails", [True, False])
def test_nothing_that_a_send_has_started_outlives_it(method: str, cancellations: int, fails: bool):
    """One fails, the other cleans up, and meanwhile the send is cancelled, again and again."""
    log = []
    sent = Signal()

    async def fails_soon(**named):
        await asyncio.sleep(0)
        if fails:
            raise LookupError("nobody home")

    async def cleans_up(**named):
        try:
            await asyncio.sleep(3600)
        finally:
            for _ in range(20):
                await asyncio.sleep(0)
            log.append("clean")

    sent.connect(fails_soon)
    sent.connect(cleans_up)

    async def main():
        unretrieved = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: unretrieved.append(context))
        task = asyncio.create_task(getattr(sent, method)(sender=None))
        for _ in range(4):
            await asyncio.sleep(0)
        for _ in range(cancellations):
            task.cancel()
            await asyncio.sleep(0)
        with pytest.raises(LookupError if fails and method == "asend" else asyncio.CancelledError):
            await task
        del task
        gc.collect()
        assert log == ["clean"]
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert unretrieved == []

    asyncio.run(main())


def test_a_cancellation_that_came_beside_a_failure_strikes_at_the_next_await():
    """As with `asyncio.TaskGroup`: the failure is raised, and the cancellation is not lost."""
    sent = Signal()

    async def fails(**named):
        await asyncio.sleep(0)
        raise LookupError("nobody home")

    async def cleans_up(**named):
        try:
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(0.01)

    sent.connect(fails)
    sent.connect(cleans_up)
    log = []

    async def sends():
        try:
            await sent.asend(sender=None)
        except LookupError:
            log.append("failed")
        await asyncio.sleep(0)
        log.append("never")

    async def main():
        task = asyncio.create_task(sends())
        for _ in range(4):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert log == ["failed"]


def test_a_timeout_around_a_send_is_a_timeout():
    """`asyncio.timeout` sees its own cancellation come back."""
    sent = Signal()

    async def patient(**named):
        await asyncio.sleep(3600)

    for number in range(3):
        sent.connect(patient, dispatch_uid=number + 1)

    async def main():
        async with asyncio.timeout(0.01):
            await sent.asend(sender=None)

    with pytest.raises(TimeoutError):
        asyncio.run(main())


# -- loops --------------------------------------------------------------------------------------------------------


def test_a_blocking_send_leaves_the_current_event_loop_of_its_thread_alone():
    """A loop that the application has set, and does not run right now, is still the current one afterwards."""
    sent = Signal()

    async def answers(**named):
        return 1

    sent.connect(answers)
    loop = asyncio.new_event_loop()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            asyncio.set_event_loop(loop)
            assert responses(sent.send(sender=None)) == [1]
            assert asyncio.get_event_loop_policy().get_event_loop() is loop
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def test_the_crossings_are_usable_by_themselves():
    """From a loop into a thread and back, with one context; an exception comes back as it was."""
    variable = contextvars.ContextVar("variable", default=0)

    async def set_to(value):
        variable.set(value)
        return await together([one(value), one(value + 1)])

    async def one(value):
        await asyncio.sleep(0)
        return value

    async def main():
        assert is_loop_running()
        await in_thread(variable.set, 3)
        assert variable.get() == 3
        with pytest.raises(LookupError):
            await in_thread(raising(LookupError()))
        return await in_thread(run_coroutine, set_to, 7), variable.get()

    assert asyncio.run(main()) == ([7, 8], 7)
    assert not is_loop_running()


async def later(**named):
    """Answer, awaited."""
    return "later"


@pytest.mark.parametrize("method", ["send", "__call__"])
def test_inside_a_running_loop_a_blocking_send_refuses_coroutine_receivers_before_anybody_is_called(method):
    """The error names the signal, the receiver and what to write."""
    log = []

    @signal
    def asked(sender):
        """Ask."""

    def wrapper():
        log.append("wrapper")
        return (yield)

    asked.connect(lambda: log.append("blocking"))
    asked.connect(later)
    asked.connect(wrapper, wrapper=True)

    async def main():
        with pytest.raises(AsyncReceiverError, match=r"asked.*later.*await asked\.asend"):
            getattr(asked, method)(sender=None)

    asyncio.run(main())
    assert log == []


def test_inside_a_running_loop_a_robust_send_gives_coroutine_receivers_this_error(caplog):
    """As their response, logged; the others' stay."""

    @signal
    def asked(sender):
        """Ask."""

    asked.connect(later)
    asked.connect(lambda: "now")

    async def main():
        return asked.send_robust(sender=None)

    (_, now), (receiver, refused) = asyncio.run(main())
    assert (now, receiver) == ("now", later)
    assert isinstance(refused, AsyncReceiverError)
    assert "later" in caplog.text
