"""Are receivers left alone of a plugin that fails again and again, and tried with one call after a while?"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import subprocess
import sys
import threading
import time

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from pluggy import HookimplMarker

from hookcore import PluginManager, signal
from hookcore.delivery import ask_first, ask_no_more
from hookcore.manager import breaker

forge = HookimplMarker("forge")


@signal
def struck(sender: object, blow: int) -> object:
    """The iron was struck."""


@signal(firstresult=True)
def asked(sender: object, blow: int) -> object:
    """Who knows the answer?"""


@signal(filters="blow")
def tempered(sender: object, blow: int) -> int:
    """Receivers make something else of a blow."""


@signal(historic=True)
def lit(sender: object, blow: int) -> object:
    """The fire was lit."""


class Signals:
    struck, asked, tempered, lit = struck, asked, tempered, lit


class Anvil:
    """Fails for a blow of 0, and writes down each."""

    def __init__(self):
        self.blows = []

    @forge(specname="struck")
    def hear(self, blow):
        self.blows.append(blow)
        return 10 // blow

    @forge(specname="asked")
    def answer(self, blow):
        return 10 // blow

    @forge(specname="tempered")
    def temper(self, blow):
        return 10 // blow

    def shutdown(self):
        self.blows.append("shutdown")


class Bellows:
    """Never fails."""

    @forge(specname="asked")
    def answer(self, blow):
        return "bellows" if blow else None


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    """Stop the time."""
    one = Clock()
    monkeypatch.setattr(breaker, "monotonic", one)
    return one


@pytest.fixture
def manager():
    """Give a manager with a plugin that may fail and one that does not; it is stopped at the end."""
    plugins = PluginManager("forge", Signals)
    plugins.anvil = Anvil()
    plugins.register(Bellows(), name="bellows")
    plugins.register(plugins.anvil, name="anvil")
    yield plugins
    plugins.stop()
    for name, _ in plugins.list_name_plugin():
        plugins.unregister(name=name)


def strike(*blows):
    """Send blows robustly; return who answered each."""
    return [[response for _, response in struck.send_robust(sender=object, blow=blow)] for blow in blows]


def of(plugins, name):
    """Return the report of a plugin."""
    return next(one for one in plugins.report() if one.name == name)


# -- opening ----------------------------------------------------------------------------------------------------


def test_a_plugin_that_fails_so_often_in_a_row_is_left_alone(manager, clock, caplog):
    """It has failed, by its report, with the reason, for how long, and who said so; the others go on."""
    manager.start(break_after=3, cool_down=30)
    strike(0, 0)
    assert of(manager, "anvil").state == "active"
    strike(0)
    clock.now += 4
    report = of(manager, "anvil")
    assert (report.state, report.decided_by) == ("failed", "argument break_after")
    assert report.reason == (
        "breaker: 3 failures in a row, the last in struck.hear: ZeroDivisionError: "
        f"{report.error}; not called for 26 s more"
    )
    assert type(report.error) is ZeroDivisionError

    assert strike(1, 0) == [[], []]
    assert manager.anvil.blows == [0, 0, 0]
    assert asked(sender=object, blow=1) == "bellows"
    assert of(manager, "bellows").state == "active"
    told = [one for one in caplog.records if "(breaker:" in one.message]
    assert [(one.levelname, one.plugin, one.signal, one.receiver) for one in told] == [
        ("ERROR", "anvil", "struck", "hear")
    ]
    assert told[0].message.startswith("plugin 'anvil' (anvil) has failed (breaker: 3 failures in a row, ")
    assert told[0].message.endswith("): its receivers are not called for 30 seconds; then one call tries")
    assert "10 // blow" in told[0].exc_text


def test_failures_count_in_a_row_and_over_all_receivers_of_the_plugin(manager, clock):
    """One that works begins a new row."""
    manager.start(break_after=3)
    strike(0, 0, 1, 0, 0)
    assert of(manager, "anvil").state == "active"
    with pytest.raises(ZeroDivisionError):
        asked(sender=object, blow=0)
    assert of(manager, "anvil").state == "failed"


@pytest.mark.parametrize("send", [struck.send, struck, struck.send_robust])
def test_it_counts_however_it_is_sent(manager, clock, send):
    """Also where the exception reaches who sends, and in compiled sends."""
    manager.start(break_after=2)
    for _ in range(300):
        send(sender=object, blow=5)
    for _ in range(2):
        try:
            send(sender=object, blow=0)
        except ZeroDivisionError:
            continue
    assert of(manager, "anvil").state == "failed"
    assert [each for each in send(sender=object, blow=1) if each not in ((), None)] == []


def test_filters_pass_over_who_is_left_alone(manager, clock):
    """What they filter goes on as it is."""
    manager.start(break_after=1)
    assert tempered(sender=object, blow=2) == 5
    with pytest.raises(ZeroDivisionError):
        tempered(sender=object, blow=0)
    assert tempered(sender=object, blow=2) == 2


def test_wrappers_of_a_plugin_are_left_alone_with_it(manager, clock):
    """They stand around others, so that their failures are not counted."""
    entered = []

    def around(blow):
        entered.append(blow)
        return (yield)

    manager.anvil.ready = lambda: struck.connect(around, wrapper=True)
    manager.start(break_after=1)
    strike(1, 0, 1)
    clock.now += 60
    assert strike(2, 5) == [[5], [2]]  # it is a receiver that tries
    assert entered == [1, 0, 5]


def test_a_wrapper_that_is_left_alone_changes_nothing(manager, clock):
    """Neither answers nor what is raised, in the loop and compiled."""

    @forge(specname="struck", wrapper=True)
    def around(blow):
        try:
            return [*(yield), "wrapped"]
        except ZeroDivisionError:
            return ["caught"]

    manager.anvil.around = around

    def host(blow):
        return 8 // blow

    manager.unregister(name="anvil")
    manager.register(manager.anvil, name="anvil")
    struck.connect(host)
    try:
        manager.start(break_after=2)
        assert [struck(sender=object, blow=2) for _ in range(300)][-1] == [5, 4, "wrapped"]
        for _ in range(2):
            assert struck(sender=object, blow=0) == ["caught"]
        assert of(manager, "anvil").state == "failed"
        assert [struck(sender=object, blow=2) for _ in range(300)][-1] == [4]
        assert [response for _, response in struck.send(sender=object, blow=2)] == [4]
        with pytest.raises(ZeroDivisionError):
            struck(sender=object, blow=0)
        clock.now += 60
        assert struck(sender=object, blow=2) == [5, 4]  # as it was entered the plugin was still left alone
        assert struck(sender=object, blow=2) == [5, 4, "wrapped"]
    finally:
        struck.disconnect(host)


def test_who_only_passes_on_what_a_nested_send_raised_is_not_at_fault(manager, clock):
    """The guilty one is left alone, and not who sends to it."""

    class Smith:
        @forge(specname="lit")
        def send_on(self, blow):
            return asked(sender=object, blow=blow)

        @forge(specname="tempered", tryfirst=True)
        def hide(self, blow):
            try:
                asked(sender=object, blow=blow)
            except ZeroDivisionError:
                raise LookupError from None

    manager.register(Smith(), name="smith")
    manager.start(break_after=1)
    with pytest.raises(ZeroDivisionError):
        lit.send(sender=object, blow=0)
    assert (of(manager, "anvil").state, of(manager, "smith").state) == ("failed", "active")

    manager.enable("anvil")
    with pytest.raises(LookupError):
        tempered(sender=object, blow=0)
    assert of(manager, "smith").state == "failed"


def test_an_exception_that_is_raised_again_is_a_failure_again(manager, clock):
    """Some libraries keep one instance, and raise it each time."""
    kept = LookupError()

    def hear(blow):
        raise kept

    manager.anvil.ready = lambda: lit.connect(hear)
    manager.start(break_after=2)
    for _ in range(2):
        with pytest.raises(LookupError):
            lit.send(sender=object, blow=0)
    assert of(manager, "anvil").state == "failed"


@pytest.mark.parametrize("error", [KeyboardInterrupt, GeneratorExit, asyncio.CancelledError])
def test_an_interruption_is_nobodys_failure(manager, clock, error):
    """Ctrl-C is the user's."""

    def interrupted(blow):
        raise error

    manager.anvil.ready = lambda: struck.connect(interrupted)
    manager.start(break_after=1)
    with pytest.raises(error):
        struck.send(sender=object, blow=1)
    assert of(manager, "anvil").state == "active"


def test_sys_exit_is_a_failure(manager, clock):
    """As everywhere where plugins' code is called."""
    manager.anvil.ready = lambda: lit.connect(lambda blow: sys.exit(3))
    manager.start(break_after=1)
    with pytest.raises(SystemExit):
        lit.send(sender=object, blow=1)
    assert of(manager, "anvil").state == "failed"


# -- trying -----------------------------------------------------------------------------------------------------


def test_one_call_tries_and_closes_it(manager, clock, caplog):
    """From then on the plugin is as if nothing had been."""
    caplog.set_level(logging.INFO, "hookcore")
    manager.start(break_after=2, cool_down=30)
    strike(0, 0)
    clock.now += 29.9
    assert strike(1) == [[]]
    clock.now += 0.1
    assert of(manager, "anvil").reason.endswith("; the next call tries")
    assert strike(5) == [[2]]
    strike(0)
    assert strike(1) == [[10]]
    assert of(manager, "anvil").state == "active"
    told = [one for one in caplog.records if "is called again" in one.message]
    assert [(one.message, one.receiver) for one in told] == [
        ("plugin 'anvil' (anvil) is called again: struck.hear was tried, and works", "hear")
    ]


def test_one_call_that_fails_opens_it_for_as_long_again(manager, clock):
    """The failures go on to be counted; the tracebacks of the last three are kept."""
    manager.start(break_after=2, cool_down=30)
    strike(0, 0)
    for _ in range(3):
        clock.now += 30
        strike(0, 0, 0)
    report = of(manager, "anvil")
    assert manager.anvil.blows == [0] * 5
    assert report.reason.startswith("breaker: 5 failures in a row, ")
    assert report.reason.endswith("; not called for 30 s more")
    [explanation] = manager.explain("anvil")
    assert explanation.state == "failed"
    last = explanation.steps[-1]
    assert (last.name, last.outcome, last.said, last.decided_by) == (
        *("called", "stopped"),
        *(report.reason, "argument break_after"),
    )
    assert last.traceback.count("Traceback (most recent call last)") == 3


def test_an_interrupted_try_says_nothing(manager, clock):
    """The next call tries."""

    def hear(blow):
        raise KeyboardInterrupt if blow == 3 else LookupError

    manager.anvil.ready = lambda: lit.connect(hear)
    manager.start(break_after=1, cool_down=30)
    with pytest.raises(LookupError):
        lit.send(sender=object, blow=1)
    clock.now += 30
    with pytest.raises(KeyboardInterrupt):
        lit.send(sender=object, blow=3)
    assert of(manager, "anvil").reason.endswith("; the next call tries")


def test_of_all_threads_one_tries(manager, clock):
    """The others go on without the plugin, at once."""
    entered, goes_on = threading.Semaphore(0), threading.Event()

    def hear(blow):
        if blow == 0:
            raise LookupError
        entered.release()
        goes_on.wait(10)

    manager.anvil.ready = lambda: lit.connect(hear)
    manager.start(break_after=1, cool_down=30)
    with pytest.raises(LookupError):
        lit.send(sender=object, blow=0)
    clock.now += 30
    reached = []
    threads = [threading.Thread(target=lambda: reached.append(len(lit.send(sender=object, blow=1)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert entered.acquire(timeout=10)
    while len(reached) < 7:
        time.sleep(0.001)
    assert of(manager, "anvil").reason.endswith("; one call tries right now")
    goes_on.set()
    for thread in threads:
        thread.join(10)
    assert sorted(reached) == [0] * 7 + [1]
    assert not entered.acquire(blocking=False)
    assert of(manager, "anvil").state == "active"


def test_a_try_that_is_given_up_before_it_begins_leaves_another_one(manager, clock):
    """A blocking send inside an event loop asks who is there, and is refused."""

    async def listen(blow):
        raise LookupError

    manager.anvil.ready = lambda: lit.connect(listen)
    manager.start(break_after=1, cool_down=30)

    async def main():
        await lit.asend_robust(sender=object, blow=1)
        assert of(manager, "anvil").state == "failed"
        assert lit.send(sender=object, blow=1) == []  # nobody is left for whom it would have to wait
        clock.now += 30
        with pytest.raises(RuntimeError, match="listen"):
            lit.send(sender=object, blow=1)
        clock.now += 30
        return await lit.asend_robust(sender=object, blow=1)

    assert len(asyncio.run(main())) == 1


def waiting_in(futures):
    """Return a coroutine receiver that fails at a blow of 0, and else waits in a future of its own."""

    async def listen(blow):
        if blow == 0:
            raise LookupError
        futures.append(asyncio.get_running_loop().create_future())
        return await futures[-1]

    return listen


def test_a_try_that_never_ends_leaves_another_one(manager, clock):
    """When it has had as long as the plugin is left alone; what becomes of it then decides nothing."""
    futures = []
    manager.anvil.ready = lambda: lit.connect(waiting_in(futures))
    manager.start(break_after=1, cool_down=30)

    async def main():
        await lit.asend_robust(sender=object, blow=0)
        clock.now += 30
        hangs = asyncio.ensure_future(lit.asend_robust(sender=object, blow=1))
        await asyncio.sleep(0)
        clock.now += 29
        assert await lit.asend_robust(sender=object, blow=1) == []
        clock.now += 1
        await lit.asend_robust(sender=object, blow=0)
        futures[0].set_result(None)
        await hangs
        assert of(manager, "anvil").state == "failed"

    asyncio.run(main())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only on systems that fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")  # threads of other tests
def test_a_forked_child_tries_for_itself(manager):
    """Whatever a thread of its parent was at."""

    def hear(blow):
        if blow == 0:
            raise LookupError

    manager.anvil.ready = lambda: lit.connect(hear)
    manager.start(break_after=1, cool_down=0.2)
    lit.send_robust(sender=object, blow=0)
    with manager._plugins.named("anvil")[0].breaker._lock:  # as if another thread had it
        child = os.fork()
        if not child:
            importlib.import_module("signal").alarm(30)  # which kills it, if it hangs
            time.sleep(0.3)
            lit.send_robust(sender=object, blow=1)
            os._exit(0 if of(manager, "anvil").state == "active" else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert of(manager, "anvil").state == "failed"


def test_what_began_before_it_opened_does_not_close_it(manager, clock):
    """Slow calls that end well meanwhile say nothing of the failing ones, nor does their failure."""
    futures = []
    manager.anvil.ready = lambda: lit.connect(waiting_in(futures))
    manager.start(break_after=2, cool_down=30)

    async def main():
        slow = [asyncio.ensure_future(lit.asend_robust(sender=object, blow=1)) for _ in range(2)]
        await asyncio.sleep(0)
        for _ in range(2):
            await lit.asend_robust(sender=object, blow=0)
        futures[0].set_result("late")
        await slow[0]
        assert of(manager, "anvil").state == "failed"
        clock.now += 30
        again = asyncio.ensure_future(lit.asend_robust(sender=object, blow=1))
        await asyncio.sleep(0)
        futures[2].set_result("tried")
        await again
        assert of(manager, "anvil").state == "active"
        await lit.asend_robust(sender=object, blow=0)
        futures[1].set_exception(LookupError())
        await slow[1]
        assert of(manager, "anvil").state == "active"

    asyncio.run(main())


# -- switching --------------------------------------------------------------------------------------------------


def test_enable_tries_at_once_and_disable_takes_down(manager, clock):
    """Whoever switches a plugin begins anew; its shutdown is called, though it was left alone."""
    manager.start(break_after=1)
    strike(0)
    manager.enable("anvil")
    assert of(manager, "anvil").state == "active"
    assert strike(1) == [[10]]

    strike(0)
    manager.disable("anvil")
    assert of(manager, "anvil").state == "disabled"
    assert manager.anvil.blows[-1] == "shutdown"
    manager.enable("anvil")
    assert strike(1) == [[10]]


def test_a_stop_is_a_stop_and_the_next_start_begins_anew(manager, clock):
    """Without a breaker if none is asked for."""
    manager.start(break_after=1)
    strike(0)
    manager.stop()
    assert of(manager, "anvil").state == "stopped"
    assert manager.anvil.blows == [0, "shutdown"]
    manager.start()
    strike(0, 0, 0)
    assert of(manager, "anvil").state == "active"


@pytest.mark.parametrize("key", ["break_after", "slow_after", "timeout"])
def test_after_a_stop_nothing_is_watched(manager, key):
    """Also if the config says so of one plugin."""
    manager.start(plugin={"anvil": {key: 5}})
    assert manager._watchers
    manager.stop()
    assert not manager._watchers


def test_reloading_tries_again_and_follows_the_config(clock):
    """What it says of one plugin wins over what it says of all."""
    config = {"break_after": 2, "plugin": {"anvil": {"break_after": 1}}}
    plugins = PluginManager("forge", Signals, config=lambda: config)
    plugins.register(Anvil(), name="anvil")
    with plugins:
        strike(0)
        assert of(plugins, "anvil").decided_by == "config mapping plugin.anvil.break_after"
        plugins.reload_config()
        assert of(plugins, "anvil").state == "active"
        config["plugin"] = {}
        plugins.reload_config()
        strike(0)
        assert of(plugins, "anvil").state == "active"
        strike(0)
        assert of(plugins, "anvil").decided_by == "config mapping break_after"
        del config["break_after"]
        plugins.reload_config()
        strike(0, 0, 0)
        assert of(plugins, "anvil").state == "active"
        assert plugins._plugins.records[0].owner.gate is None  # which would be asked at each call


def test_a_required_plugin_is_left_alone_too(manager, clock):
    """`required` says what a start demands; what is up then goes on."""
    manager.start(break_after=1, required=["anvil"], strict=True)
    strike(0)
    assert of(manager, "anvil").state == "failed"
    manager.reload_config()
    assert of(manager, "anvil").state == "active"


def test_who_receives_says_why_a_send_does_not_reach_it(manager, clock):
    """As it does of whatever else is in the way."""
    manager.start(break_after=1)
    strike(0)
    obstacles = {one.plugin: one.obstacle for one in manager.receivers()}
    assert obstacles == {"anvil": "plugin 'anvil' has failed (breaker)", "bellows": None}


def test_a_call_of_a_historic_signal_is_passed_over_like_any_other(manager, clock):
    """Who connects later hears all the same."""
    heard = []
    manager.anvil.ready = lambda: lit.connect(lambda blow: heard.append(10 // blow))
    manager.start(break_after=1)
    lit.send_robust(sender=object, blow=0)
    lit.send_robust(sender=object, blow=1)
    assert heard == []
    late = []

    def come_late(blow):
        late.append(blow)

    lit.connect(come_late)
    lit.disconnect(come_late)
    assert late == [0, 1]


def test_what_is_delivered_after_commit_counts_when_it_is_called(manager, clock, caplog):
    """Not when it is put off; and whoever is left alone by then is not called, which is told."""
    waiting = []
    finder = lambda given: waiting.append  # noqa: E731
    ask_first(finder)
    try:
        manager.anvil.ready = lambda: lit.connect(manager.anvil.hear, delivery="on_commit")
        manager.start(break_after=2)
        for _ in range(4):
            lit.send(sender=object, blow=0)
        assert of(manager, "anvil").state == "active"
        for commit in waiting:
            commit()
    finally:
        ask_no_more(finder)
    assert manager.anvil.blows == [0, 0]
    assert of(manager, "anvil").state == "failed"
    told = [one.message for one in caplog.records if "is not called after commit" in one.message]
    assert len(told) == 2
    assert told[0].endswith(": the plugin is left alone for a while, since its receivers have failed")


def test_a_coroutine_after_commit_counts_when_it_has_ended(manager, clock):
    """It fails long after the call that has made it."""

    async def listen(blow):
        await asyncio.sleep(0)
        return 10 // blow

    manager.anvil.ready = lambda: lit.connect(listen, delivery="on_commit")
    manager.start(break_after=2)
    lit.send(sender=object, blow=0)
    assert of(manager, "anvil").state == "active"
    lit.send(sender=object, blow=0)
    assert of(manager, "anvil").state == "failed"


def test_a_tenants_send_counts_and_passes_over(clock):
    """Which plugins a tenant has is another matter."""
    plugins = PluginManager("forge", Signals, active_for={"here": frozenset({"anvil"}), "there": frozenset()}.get)
    plugins.register(Anvil(), name="anvil")
    plugins.start(break_after=1)
    with plugins.for_tenant("there"):
        assert strike(0) == [[]]
    with plugins.for_tenant("here"):
        strike(0)
        assert strike(1) == [[]]
    assert of(plugins, "anvil").state == "failed"
    plugins.stop()


def test_a_plugin_that_switches_itself_off_when_it_fails_does_not_hang(manager, clock):
    """The manager's lock is free while a send counts, in whichever thread."""

    def hear(blow):
        done = threading.Thread(target=manager.report)
        done.start()
        done.join(10)
        manager.disable("bellows")
        manager.enable("bellows")
        raise LookupError

    manager.anvil.ready = lambda: lit.connect(hear)
    manager.start(break_after=1)
    lit.send_robust(sender=object, blow=0)
    assert of(manager, "anvil").state == "failed"


def test_nobody_pays_who_does_not_ask():
    """Neither guard is imported, and nothing is watched."""
    program = (
        "import sys, hookcore\n"
        "class Signals:\n"
        "    @hookcore.signal\n"
        "    def s(sender: object) -> None:\n"
        "        'When.'\n"
        "with hookcore.PluginManager('forge', Signals):\n"
        "    Signals.s.send(sender=1)\n"
        "print(*[name for name in sys.modules if name.startswith('hookcore')])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"hookcore.manager.breaker", "hookcore.manager.watchdog", "hookcore.manager.watching"} & set(
        done.stdout.split()
    )
    assert "hookcore.signals.sending.observing" not in done.stdout.split()


# -- installed plugins -------------------------------------------------------------------------------------------


def test_an_installed_plugin_is_left_alone_by_a_line_of_the_config_file(garden, caplog):
    """Plugins that need it go on."""
    garden.install(
        "moody",
        """
        from hookcore import receiver
        from garden_signals import LOG, watered

        @receiver(watered)
        def answer(plant):
            raise LookupError(plant)

        def shutdown():
            LOG.append("shutdown moody")
        """,
    )
    garden.install("needy", requires=["moody"])
    config = """
        cool_down = 500
        [plugin.Moody]
        break_after = 2
    """
    manager = garden.start(config)
    for _ in range(2):
        with pytest.raises(LookupError):
            garden.water()
    assert garden.water() == ["needy"]
    report = of(manager, "moody")
    assert (report.state, report.decided_by) == ("failed", garden.place("break_after"))
    assert report.reason.endswith("the last in watered.answer: LookupError: rose; not called for 500 s more")
    assert of(manager, "needy").state == "active"
    assert "plugin 'moody' (moody 1.5) has failed (breaker: " in caplog.text

    garden.say(config.replace("break_after = 2", "break_after = 9"))
    manager.reload_config()
    assert of(manager, "moody").state == "active"
    manager.stop()
    assert "shutdown moody" in garden.log


# -- the life of a breaker --------------------------------------------------------------------------------------


class BreakerMachine(RuleBasedStateMachine):
    """Coroutines begin, end and are cancelled in any order, while time passes and the plugin is switched."""

    LIMIT, COOL_DOWN = 2, 10.0

    def __init__(self):
        super().__init__()
        self.clock, self.loop, self.begun = Clock(), asyncio.new_event_loop(), []
        self.before, breaker.monotonic = breaker.monotonic, self.clock
        self.plugins = PluginManager("forge", Signals)
        self.plugins.register(self, name="anvil")
        self.plugins.start(break_after=self.LIMIT, cool_down=self.COOL_DOWN)
        self.failures, self.due, self.trial, self.era, self.is_shut = 0, 0.0, None, 0, False
        self.calls = []  # the task, the future that ends it, and what it was when it began: an era, or "trial"

    def ready(self):
        struck.connect(self.listen)

    async def listen(self):
        future = self.loop.create_future()
        self.begun.append(future)
        return await future

    def run(self):
        async def rest():
            for _ in range(5):
                await asyncio.sleep(0)

        self.loop.run_until_complete(rest())

    @rule()
    def send(self):
        """A send calls the receiver, or leaves it alone."""
        expected = not self.is_shut or self.clock.now >= self.due
        before = len(self.begun)
        task = self.loop.create_task(struck.asend_robust(sender=object, blow=1))
        self.run()
        assert len(self.begun) - before == expected
        if expected:
            call = [task, self.begun[-1], "trial" if self.is_shut else self.era]
            self.calls.append(call)
            if self.is_shut:
                self.trial, self.due = call, self.clock.now + self.COOL_DOWN
        else:
            assert task.result() == []

    @precondition(lambda self: self.calls)
    @rule(data=st.data(), outcome=st.sampled_from(["answers", "fails", "is cancelled"]))
    def end(self, data, outcome):
        """One call ends."""
        call = self.calls.pop(data.draw(st.integers(0, len(self.calls) - 1)))
        task, future, begun = call
        if outcome == "is cancelled":
            task.cancel()
        elif outcome == "fails":
            future.set_exception(LookupError())
        else:
            future.set_result(1)
        self.run()
        assert task.done()
        if call is self.trial:
            self.trial = None
            if outcome == "answers":
                self.is_shut, self.failures, self.era = False, 0, self.era + 1
            elif outcome == "fails":
                self.failures += 1
                self.due = self.clock.now + self.COOL_DOWN
            else:
                self.due = self.clock.now
        elif begun == self.era and not self.is_shut:
            if outcome == "answers":
                self.failures = 0
            elif outcome == "fails":
                self.failures += 1
                if self.failures >= self.LIMIT:
                    self.is_shut, self.due = True, self.clock.now + self.COOL_DOWN

    @rule(seconds=st.sampled_from([1.0, 5.0, 10.0]))
    def wait(self, seconds):
        """Time passes."""
        self.clock.now += seconds

    def _begin_anew(self):
        if self.is_shut:
            self.era += 1
        self.is_shut, self.failures, self.trial = False, 0, None

    @rule()
    def enable(self):
        """Somebody wants it to be tried at once."""
        self.plugins.enable("anvil")
        self._begin_anew()

    @rule()
    def switch_off_and_on(self):
        """It comes up anew."""
        self.plugins.disable("anvil")
        assert of(self.plugins, "anvil").state == "disabled"
        self.plugins.enable("anvil")
        self._begin_anew()

    @invariant()
    def the_report_says_so(self):
        """Nobody is surprised."""
        report = of(self.plugins, "anvil")
        assert report.state == ("failed" if self.is_shut else "active")
        if self.is_shut:
            assert report.reason.startswith(f"breaker: {self.failures} failures in a row, the last in struck.listen")
            assert ("right now" in report.reason) == (self.trial is not None)

    def teardown(self):
        """Leave nothing behind."""
        for task, _, _ in self.calls:
            task.cancel()
        self.run()
        self.loop.close()
        self.plugins.stop()
        breaker.monotonic = self.before


BreakerMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestBreakerMachine = BreakerMachine.TestCase
