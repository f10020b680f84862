"""Is it told which receivers take too long, while they do; and are coroutines cancelled that take longer still?"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import re
import subprocess
import sys
import threading
import time
import types
import weakref
from textwrap import dedent

import pytest
from pluggy import HookimplMarker

from hookcore import HookcoreError, PluginManager, ReceiverTimeoutError, signal
from hookcore.delivery import ask_first, ask_no_more

mill = HookimplMarker("mill")


@signal
def ground(sender: object, seconds: float) -> object:
    """Corn was ground."""


class Signals:
    ground = ground


class Stone:
    """Takes as long as it is told, by a coroutine if `ready` connects it."""

    @mill(specname="ground")
    def grind(self, seconds):
        turn(seconds)
        return seconds


class Wheel:
    def ready(self):
        ground.connect(self.roll)

    async def roll(self, seconds):
        await turn_softly(seconds)
        return seconds


def turn(seconds):
    """Block."""
    time.sleep(seconds)


async def turn_softly(seconds):
    """Wait."""
    await asyncio.sleep(seconds)


@pytest.fixture
def manager():
    """Give a manager that has not been started; it is stopped at the end, and no thread is left."""
    plugins = PluginManager("mill", Signals)
    yield plugins
    plugins.stop()
    wait_until(lambda: not watching())


def watching():
    """Return the threads that look."""
    return [one for one in threading.enumerate() if one.name == "hookcore watchdog"]


def wait_until(condition):
    """Wait for what comes soon."""
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def slow_ones(caplog):
    """Return the warnings that were told."""
    return [one for one in caplog.records if one.levelno == logging.WARNING and "receiver ground." in one.message]


# -- being told -------------------------------------------------------------------------------------------------


def test_a_slow_receiver_is_told_once_while_it_still_runs_with_its_stack(manager, caplog):
    """With plugin, signal and receiver as fields, and who said after how long."""
    manager.register(Stone(), name="stone")
    manager.start(slow_after=0.05)
    thread = threading.Thread(target=ground.send, args=(object,), kwargs={"seconds": 0.8})
    thread.start()
    wait_until(lambda: slow_ones(caplog))
    assert thread.is_alive()
    thread.join()
    [told] = slow_ones(caplog)
    assert told.message.startswith("receiver ground.grind of plugin 'stone' has run for 0.")
    assert told.message.endswith(" s, and still runs (slow_after: argument slow_after)")
    assert (told.plugin, told.signal, told.receiver) == ("stone", "ground", "grind")
    assert told.stack_info.startswith("Stack (most recent call last):\n")
    assert told.stack_info.endswith("time.sleep(seconds)")
    assert "in grind\n    turn(seconds)" in told.stack_info
    assert "hookcore/" not in told.stack_info


def test_a_coroutine_is_told_with_the_stack_of_what_it_waits_for(manager, caplog):
    """However deep: the thread is at something else by then."""
    manager.register(Wheel(), name="wheel")
    manager.start(slow_after=0.05)
    assert [answer for _, answer in asyncio.run(ground.asend(sender=object, seconds=0.3))] == [0.3]
    [told] = slow_ones(caplog)
    assert "in roll\n    await turn_softly(seconds)" in told.stack_info
    assert "in turn_softly\n    await asyncio.sleep(seconds)" in told.stack_info


def test_who_else_watches_a_coroutine_does_not_hide_its_stack(manager, caplog):
    """A tracer may take its steps itself, whenever it was let in."""

    @types.coroutine
    def step_by_step(coroutine):
        while True:
            try:
                awaited = coroutine.send(None)
            except StopIteration as done:
                return done.value
            yield awaited

    class Tracer:
        def begin(self):
            return None

        def end(self, begun, error):
            return None

        def awaiting(self, begun, coroutine):
            return step_by_step(coroutine)

    manager.register(Wheel(), name="wheel")
    manager.start(slow_after=0.05)
    manager.observe(lambda one: Tracer())
    asyncio.run(ground.asend(sender=object, seconds=0.3))
    [told] = slow_ones(caplog)
    assert "in turn_softly\n    await asyncio.sleep(seconds)" in told.stack_info


def test_a_coroutine_that_blocks_its_loop_is_told_with_the_stack_of_the_thread(manager, caplog):
    """There it is, and the whole loop with it."""

    class Rusty:
        def ready(self):
            ground.connect(self.roll)

        async def roll(self, seconds):
            turn(seconds)

    manager.register(Rusty(), name="rusty")
    manager.start(slow_after=0.05)
    asyncio.run(ground.asend(sender=object, seconds=0.3))
    [told] = slow_ones(caplog)
    assert "in roll\n    turn(seconds)" in told.stack_info
    assert told.stack_info.endswith("time.sleep(seconds)")


def test_a_blocking_receiver_of_an_awaited_send_is_told_with_the_stack_of_its_thread(manager, caplog):
    """It runs beside the loop."""
    manager.register(Stone(), name="stone")
    manager.start(slow_after=0.05)
    asyncio.run(ground.asend(sender=object, seconds=0.3))
    [told] = slow_ones(caplog)
    assert "in grind\n    turn(seconds)" in told.stack_info


def test_one_that_was_slow_but_has_ended_before_anybody_looked_is_told_at_its_end(manager, caplog, monkeypatch):
    """C code may hold the interpreter's lock all the while."""
    manager.register(Stone(), name="stone")
    monkeypatch.setattr("hookcore.manager.watchdog._SHORTEST", 60)
    monkeypatch.setattr("hookcore.manager.watchdog._LONGEST", 60)
    manager.start(slow_after=0.05)
    ground.send(sender=object, seconds=0.1)
    [told] = slow_ones(caplog)
    assert re.fullmatch(
        r"receiver ground\.grind of plugin 'stone' took \d+\.\d\d s \(slow_after: argument slow_after\)", told.message
    )
    assert (told.plugin, told.signal, told.receiver) == ("stone", "ground", "grind")


def test_one_that_raises_is_told_too_and_one_that_is_quick_is_not(manager, caplog):
    """What becomes of the call is another matter."""

    class Cracked:
        @mill(specname="ground")
        def crack(self, seconds):
            turn(seconds)
            raise LookupError

    manager.register(Cracked(), name="cracked")
    manager.start(slow_after=0.5)
    for seconds in (0.0, 0.6, 0.0):
        with pytest.raises(LookupError):
            ground.send(sender=object, seconds=seconds)
    assert len(slow_ones(caplog)) == 1


def test_a_plugins_own_word_wins_and_nobodys_receivers_are_left_alone(manager, caplog):
    """The host knows its own."""

    class Slower(Stone):
        pass

    def nobodys(seconds):
        turn(seconds)

    manager.register(Stone(), name="stone")
    manager.register(Slower(), name="slower")
    manager.start(slow_after=0.05, plugin={"slower": {"slow_after": 30}, "s*": {"slow_after": False}})
    ground.connect(nobodys)
    ground.send(sender=object, seconds=0.1)
    ground.disconnect(nobodys)
    assert slow_ones(caplog) == []
    manager.stop()
    manager.start(slow_after=30, plugin={"slower": {"slow_after": 0.05}})
    ground.send(sender=object, seconds=0.15)
    assert [one.plugin for one in slow_ones(caplog)] == ["slower"]


def test_what_is_delivered_after_commit_is_told_when_it_runs(manager, caplog):
    """Also a coroutine."""
    waiting = []
    finder = lambda given: waiting.append  # noqa: E731

    class Late:
        def ready(self):
            ground.connect(self.roll, delivery="on_commit")

        async def roll(self, seconds):
            await turn_softly(seconds)

    manager.register(Late(), name="late")
    manager.start(slow_after=0.05)
    ask_first(finder)
    try:
        ground.send(sender=object, seconds=0.2)
    finally:
        ask_no_more(finder)
    assert slow_ones(caplog) == []
    waiting[0]()
    [told] = slow_ones(caplog)
    assert "in roll\n    await turn_softly(seconds)" in told.stack_info


# -- the thread -------------------------------------------------------------------------------------------------


def test_there_is_a_thread_only_while_something_runs(manager, monkeypatch):
    """One for all calls, which comes with the first and goes soon after the last."""
    monkeypatch.setattr("hookcore.manager.watchdog._IDLE", 0.5)
    manager.register(Stone(), name="stone")
    manager.start(slow_after=0.02)
    assert watching() == []
    for _ in range(3):
        ground.send(sender=object, seconds=0)
        assert len(watching()) == 1
        assert watching()[0].daemon
        wait_until(lambda: not watching())


def test_where_no_thread_can_be_had_it_is_told_at_the_end(manager, caplog, monkeypatch):
    """Some systems allow a process only so many."""

    def refuse(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    manager.register(Stone(), name="stone")
    manager.start(slow_after=0.05)
    ground.send(sender=object, seconds=0.1)
    [told] = slow_ones(caplog)
    assert " took " in told.message


def test_a_filter_of_logging_that_raises_ends_one_thread_and_no_send(manager, caplog, monkeypatch):
    """Another one looks at the next call."""

    def refuse(record):
        raise LookupError

    monkeypatch.setattr(threading, "excepthook", lambda error: None)
    manager.register(Stone(), name="stone")
    manager.start(slow_after=0.05)
    logging.getLogger("hookcore").addFilter(refuse)
    try:
        ground.send(sender=object, seconds=0.2)
    finally:
        logging.getLogger("hookcore").removeFilter(refuse)
    wait_until(lambda: not watching())
    ground.send(sender=object, seconds=0.2)
    [told] = slow_ones(caplog)
    assert "and still runs" in told.message


def test_many_threads_wake_one(manager, monkeypatch):
    """While it comes and goes all the time, none of their calls is forgotten."""
    monkeypatch.setattr("hookcore.manager.watchdog._IDLE", 0.0)
    manager.register(Stone(), name="stone")
    manager.start(slow_after=0.04)
    most = 0

    def send():
        for _ in range(200):
            ground.send(sender=object, seconds=0)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        most = max(most, len(watching()))
    assert most < 20  # one, and those that are about to end


def test_a_manager_that_is_dropped_is_not_kept(monkeypatch):
    """Nor is its thread."""
    monkeypatch.setattr("hookcore.manager.watchdog._IDLE", 0.05)
    plugins = PluginManager("mill", Signals)
    plugins.register(Stone(), name="stone")
    plugins.start(slow_after=0.02)
    ground.send(sender=object, seconds=0)
    gone = weakref.ref(plugins)
    del plugins
    gc.collect()
    assert gone() is None
    wait_until(lambda: not watching())


def test_reloading_changes_how_long_they_may_take(caplog):
    """A call that runs meanwhile is told by what held when it began, or not at all."""
    config = {"slow_after": 30.0}
    plugins = PluginManager("mill", Signals, config=lambda: config)
    plugins.register(Stone(), name="stone")
    with plugins:
        ground.send(sender=object, seconds=0.1)
        config["slow_after"] = 0.05
        plugins.reload_config()
        ground.send(sender=object, seconds=0.1)
        assert len(slow_ones(caplog)) == 1
        config.clear()
        plugins.reload_config()
        ground.send(sender=object, seconds=0.1)
        assert len(slow_ones(caplog)) == 1
        wait_until(lambda: not watching())


PROGRAM = dedent(
    """
    import logging, os, sys, threading, time
    from pluggy import HookimplMarker
    from hookcore import PluginManager, signal

    logging.basicConfig(format="%(message)s", stream=sys.stdout)
    mill = HookimplMarker("mill")

    class Signals:
        @signal
        def ground(sender: object, seconds: float) -> None:
            "Corn was ground."

    class Stone:
        @mill(specname="ground")
        def grind(self, seconds):
            time.sleep(seconds)

    plugins = PluginManager("mill", Signals)
    plugins.register(Stone(), name="stone")
    plugins.start(slow_after=0.05)
    send = lambda seconds: Signals.ground.send(sender=1, seconds=seconds)
    """
)


def run(program: str) -> str:
    """Run a program after the host's, in a process of its own; return what it prints."""
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", PROGRAM + dedent(program)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_process_ends_though_the_thread_is_there():
    """And a receiver that hangs in a thread of its own does not keep it either."""
    began = time.monotonic()
    printed = run(
        """
        threading.Thread(target=send, args=(60,), daemon=True).start()
        time.sleep(1)
        """
    )
    assert printed.count("and still runs") == 1
    assert time.monotonic() - began < 30


def test_a_send_when_python_is_shutting_down_is_made():
    """No thread can be had there any more."""
    assert "was sent" in run("import atexit; atexit.register(lambda: (send(0.1), print('was sent')))")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only on systems that fork")
def test_a_forked_child_has_a_thread_of_its_own():
    """And tells nothing of the calls of the parent's threads, which are not there."""
    printed = run(
        """
        threading.Thread(target=send, args=(0.6,)).start()
        time.sleep(0.02)
        child = os.fork()
        if not child:
            before = [one.name for one in threading.enumerate()]
            send(0.3)
            print("child had", len(before), "thread and has", len(threading.enumerate()), flush=True)
            os._exit(0)
        os.waitpid(child, 0)
        for one in threading.enumerate():
            if one.name != "MainThread" and not one.daemon:
                one.join()
        """
    )
    assert "child had 1 thread and has 2" in printed
    assert printed.count("receiver ground.grind") == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only on systems that fork")
def test_a_fork_from_within_a_receiver_goes_on_in_both():
    """The call of the thread that forks is the child's, too. (No fork takes as long as `slow_after` here.)"""
    printed = run(
        """
        class Forks:
            def ready(self):
                Signals.ground.connect(self.fork)
            def fork(self, seconds):
                if seconds == 1:
                    self.child = os.fork()
                    time.sleep(1.5)
        forks = Forks()
        plugins.stop()
        plugins.register(forks, name="forks")
        plugins.start(slow_after=1, disable=["stone"])
        send(1)
        print("ended", flush=True)
        if not forks.child:
            os._exit(0)
        os.waitpid(forks.child, 0)
        """
    )
    assert printed.count("ended") == 2
    assert printed.count("receiver ground.fork") == 2


# -- cancelling -------------------------------------------------------------------------------------------------


def test_a_coroutine_that_takes_too_long_is_cancelled(manager):
    """Its failure names it, and shows where it was; the others of the send are not cancelled, if that is robust."""

    class Quick:
        def ready(self):
            ground.connect(self.roll)

        async def roll(self):
            await asyncio.sleep(0.2)
            return "quick"

    manager.register(Wheel(), name="wheel")
    manager.register(Quick(), name="quick")
    manager.start(plugin={"wheel": {"timeout": 0.05}})
    began = time.monotonic()
    quick, wheel = (answer for _, answer in asyncio.run(ground.asend_robust(sender=object, seconds=30)))
    assert time.monotonic() - began < 10
    assert quick == "quick"
    assert type(wheel) is ReceiverTimeoutError
    assert isinstance(wheel, (HookcoreError, TimeoutError))
    assert (wheel.plugin, wheel.signal, wheel.receiver) == ("wheel", "ground", "roll")
    assert str(wheel) == (
        "receiver ground.roll of plugin 'wheel' was cancelled: it had not ended after 0.05 s "
        "(timeout: argument plugin.wheel.timeout)"
    )
    names = []
    traceback = wheel.__cause__.__traceback__
    while traceback is not None:
        names.append(traceback.tb_frame.f_code.co_name)
        traceback = traceback.tb_next
    assert "turn_softly" in names


def test_in_a_plain_send_the_error_reaches_who_sends(manager):
    """Also from a blocking one, which runs coroutines to their end."""
    manager.register(Wheel(), name="wheel")
    manager.start(timeout=0.05)
    with pytest.raises(ReceiverTimeoutError):
        asyncio.run(ground.asend(sender=object, seconds=30))
    with pytest.raises(TimeoutError):
        ground.send(sender=object, seconds=30)


def test_a_receivers_own_timeout_and_a_cancellation_from_outside_stay_what_they_are(manager):
    """Only what was cancelled by us is told so."""

    class Own:
        def ready(self):
            ground.connect(self.roll)

        async def roll(self, seconds):
            if not seconds:
                raise TimeoutError("its own")
            await asyncio.sleep(seconds)

    manager.register(Own(), name="own")
    manager.start(timeout=10)
    with pytest.raises(TimeoutError, match=r"^its own$"):
        asyncio.run(ground.asend(sender=object, seconds=0))

    async def main():
        task = asyncio.ensure_future(ground.asend(sender=object, seconds=5))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(1):
            await ground.asend(sender=object, seconds=0.01)

    asyncio.run(main())


def test_blocking_receivers_are_not_cancelled(manager):
    """Nobody can: they are only told."""
    manager.register(Stone(), name="stone")
    manager.start(timeout=0.02)
    assert [answer for _, answer in asyncio.run(ground.asend(sender=object, seconds=0.1))] == [0.1]
    assert [answer for _, answer in ground.send(sender=object, seconds=0.1)] == [0.1]


def test_a_cancelled_receiver_has_failed_and_opens_the_breaker(manager):
    """As one that raises does."""
    manager.register(Wheel(), name="wheel")
    manager.start(timeout=0.02, slow_after=0.01, break_after=2, timing=True)
    for _ in range(3):
        asyncio.run(ground.asend_robust(sender=object, seconds=30))
    [report] = manager.report()
    assert report.state == "failed"
    assert report.reason.startswith("breaker: 2 failures in a row, the last in ground.roll: ReceiverTimeoutError: ")
    [measured] = manager.timing().receivers
    assert (measured.calls, measured.failures) == (2, 2)
