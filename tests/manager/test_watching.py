"""Does `observe` tell of each call of a receiver, and of no other?"""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
import weakref

import pytest
from pluggy import HookimplMarker

from hookcore import ObservedReceiver, PluginManager, SignalHeldError, signal


@signal
def rung(sender: object, number: int) -> int | None:
    """A bell was rung."""


class Signals:
    rung = rung


chapel = HookimplMarker("chapel")


class Plugin:
    @chapel(specname="rung")
    def hear(self, number):
        return 10 // number

    def ready(self):
        rung.connect(self.listen)

    async def listen(self, number):
        seen.append(variable.get())
        await asyncio.sleep(0)
        return 10 // number


class Wrapping:
    @chapel(specname="rung", wrapper=True)
    def around(self):
        return (yield)


variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="nothing")
seen: list[str] = []


class Watch:
    """Writes down what it is told."""

    def __init__(self, told, name, plugin=None):
        self.told, self.name, self.plugin = told, name, plugin

    def begin(self):
        self.told.append(f"{self.name} begins")
        return len(self.told)

    def end(self, begun, error):
        self.told.append(f"{self.name} ends with {type(error).__name__}" if error else f"{self.name} ends")


@pytest.fixture
def manager():
    """Give a manager with a plugin that has a blocking and a coroutine receiver."""
    seen.clear()
    plugins = PluginManager("chapel", Signals)
    plugins.register(Plugin(), name="ringer")
    plugins.start()
    yield plugins
    plugins.stop()


def test_each_call_begins_and_ends(manager):
    """Whether it answers or raises, blocking or awaited."""
    told: list[str] = []
    manager.observe(lambda one: Watch(told, one.receiver.rpartition(".")[2]))

    rung.send(sender=object, number=2)
    with pytest.raises(ZeroDivisionError):
        rung.send(sender=object, number=0)
    assert told == [
        *("hear begins", "hear ends", "listen begins", "listen ends"),
        *("hear begins", "hear ends with ZeroDivisionError"),
    ]
    told.clear()

    asyncio.run(rung.asend_robust(sender=object, number=0))
    assert told == [
        *("hear begins", "hear ends with ZeroDivisionError", "listen begins", "listen ends with ZeroDivisionError"),
    ]


def test_who_watches_is_told_whose_receiver_it_is(manager):
    """By the names that a report shows; a receiver of nobody's has no plugin."""
    asked = set()
    manager.observe(asked.add)

    def nobodys(number):
        return number

    rung.connect(nobodys)
    rung.send(sender=object, number=1)
    rung.disconnect(nobodys)

    names = {(one.signal, one.receiver.rpartition(".")[2], one.plugin, one.distribution, one.version) for one in asked}
    assert names == {
        ("rung", "hear", "ringer", None, None),
        ("rung", "listen", "ringer", None, None),
        ("rung", "nobodys", None, None, None),
    }
    assert all(type(one) is ObservedReceiver for one in asked)


def test_several_watch_one_inside_the_other_until_they_stop(manager):
    """The first begins first and ends last; each stops alone, and stopping twice does nothing more."""
    told: list[str] = []
    only_blocking = lambda one, name: Watch(told, name) if "hear" in one.receiver else None  # noqa: E731
    stops = [manager.observe(lambda one, name=name: only_blocking(one, name)) for name in ("outer", "inner")]

    rung.send(sender=object, number=1)
    assert told == ["outer begins", "inner begins", "inner ends", "outer ends"]
    told.clear()
    stops[0]()
    stops[0]()
    rung.send(sender=object, number=1)
    assert told == ["inner begins", "inner ends"]
    told.clear()
    stops[1]()
    rung.send(sender=object, number=1)
    assert told == []


def test_a_coroutine_is_watched_in_its_own_context(manager):
    """What `begin` sets, the receiver sees, and `end` may reset it: a tracer makes its span current so."""

    class Sets:
        def begin(self):
            return variable.set("set")

        def end(self, begun, error):
            variable.reset(begun)

    manager.observe(lambda one: Sets())
    asyncio.run(rung.asend(sender=object, number=1))
    rung.send(sender=object, number=1)
    assert seen == ["set", "set"]
    assert variable.get() == "nothing"


def test_a_coroutine_that_never_began_was_not_called(manager):
    """Who fails at once lets nobody begin that comes behind, and nobody is warned of a coroutine left alone."""
    told: list[str] = []
    manager.observe(lambda one: Watch(told, one.receiver.rpartition(".")[2]))

    async def fails(number):
        raise ZeroDivisionError

    rung.connect(fails, before="ringer")
    with pytest.raises(ZeroDivisionError):
        asyncio.run(rung.asend(sender=object, number=1))
    rung.disconnect(fails)
    assert told[:3] == ["hear begins", "hear ends", "fails begins"]
    assert "fails ends with ZeroDivisionError" in told
    assert ("listen begins" in told) == ("listen ends with CancelledError" in told)  # Python 3.11 starts it as well


def test_wrappers_are_left_alone_and_what_nobody_watches_is_compiled(manager):
    """A send of which no receiver is watched is what it was."""
    manager.register(Wrapping(), name="wrapping")
    asked = []
    manager.observe(asked.append)
    for _ in range(300):
        rung.send(sender=object, number=1)
    assert {one.plugin for one in asked} == {"ringer"}

    manager.unregister(name="ringer")
    manager.unregister(name="wrapping")

    def nobodys(number):
        return number

    rung.connect(nobodys)
    for _ in range(300):
        rung.send(sender=object, number=1)
    assert 0 in rung._dispatch.live
    rung.disconnect(nobodys)


def test_who_observes_before_a_start_is_told_after_it():
    """And no more when the signals are somebody else's."""
    told: list[str] = []
    first, second = PluginManager("chapel", Signals), PluginManager("chapel", Signals)
    first.observe(lambda one: Watch(told, "first"))
    for plugins in (first, second):
        plugins.register(Plugin(), name="ringer")
        plugins.start()
        rung.send(sender=object, number=1)
        with pytest.raises(SignalHeldError):
            PluginManager("tower", Signals).start()
        plugins.stop()
    assert told == ["first begins", "first ends"] * 2


def test_observing_keeps_no_manager_alive():
    """A manager that is dropped is gone, and watches nothing."""
    told: list[str] = []
    plugins = PluginManager("chapel", Signals)
    plugins.observe(lambda one: Watch(told, "gone"))
    plugins.start()
    gone = weakref.ref(plugins)
    del plugins
    gc.collect()
    assert gone() is None

    def nobodys(number):
        return number

    rung.connect(nobodys)
    rung.send(sender=object, number=1)
    rung.disconnect(nobodys)
    assert told == []


def test_calls_of_threads_are_told_apart(manager):
    """What `begin` returned comes back to the `end` of the same call."""
    ended = []
    barrier = threading.Barrier(4)

    class Own:
        def begin(self):
            barrier.wait(10)
            return threading.get_ident()

        def end(self, begun, error):
            ended.append(begun == threading.get_ident())

    manager.observe(lambda one: Own() if "hear" in one.receiver else None)
    threads = [threading.Thread(target=rung.send_robust, args=(object,), kwargs={"number": 1}) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended == [True] * 4


def test_what_is_no_function_is_refused(manager):
    """At once, and not at the first send."""
    with pytest.raises(TypeError, match=r"observe\(\) takes a function that is given an ObservedReceiver, not 5"):
        manager.observe(5)


def test_a_watch_without_begin_and_end_is_told_with_the_receiver(manager):
    """Whoever wrote `watch_of` learns what it has to return."""
    manager.observe(lambda one: "a watch")
    with pytest.raises(
        TypeError, match=r"what watches rung\..*hear has begin\(\) and end\(\), or is None, not 'a watch'"
    ):
        rung.send(sender=object, number=1)


@signal
def asked(sender: object, question: str, *, politely: bool = False) -> str | None:
    """Somebody asks something."""


class Asking:
    asked = asked


@pytest.mark.parametrize(("way", "index"), [("send", 0), ("send_robust", 1), ("__call__", 4)])
def test_a_watched_send_is_compiled_and_means_the_same(way, index):
    """Each receiver is given what it wants, weakly held ones and those that fail too, and each call is watched."""
    told: list[str] = []
    plugins = PluginManager("asking", Asking)
    plugins.observe(lambda one: Watch(told, one.receiver))

    class Weakly:
        def method(self, question):
            return question.upper()

    def by_keyword(*, politely):
        return f"politely: {politely}"

    def everything(**given):
        return sorted(given)[0]

    def nothing():
        return None

    def fails(question):
        raise LookupError(question)

    kept = Weakly()
    plugins.start()
    receivers = [kept.method, by_keyword, everything, nothing, *([fails] if way == "send_robust" else [])]
    for each in receivers:
        asked.connect(each)
    sends = [str(getattr(asked, way)(sender=object, question="why", politely=True)) for _ in range(300)]
    compiled = index in asked._dispatch.live
    for each in receivers:
        asked.disconnect(each)
    plugins.stop()

    assert compiled
    assert len(set(sends)) == 1
    once = [line for each in receivers for line in (f"{each.__name__} begins", f"{each.__name__} ends")]
    assert told == [f"{line} with LookupError" if line == "fails ends" else line for line in once] * 300
