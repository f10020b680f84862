"""How does compiled code look in tracebacks and debuggers, and is it compiled once for a shape?"""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import gc
import inspect
import linecache
import subprocess
import sys
import traceback

import pytest

from hookcore import Signal, signal
from hookcore.signals.sending.compiling import printed_source

HAS_GIL = getattr(sys, "_is_gil_enabled", lambda: True)()
pytestmark = pytest.mark.usefixtures("compiled_at_once")


@pytest.fixture
def sent() -> Signal:
    """Return a declared signal."""

    @signal
    def user_saved(sender, user):
        """A user was saved."""

    return user_saved


def fails(user):
    """Fail as a receiver does."""
    raise LookupError(user)


def frames_of(error):
    """Return the frames of a traceback, from the test's own on."""
    return traceback.extract_tb(error.__traceback__)


@pytest.mark.parametrize("method", ["send", "__call__"])
@pytest.mark.parametrize("count", [0, 20])
def test_a_traceback_has_one_line_of_ours_which_names_the_receiver(sent, method, count):
    """The test, one generated line that calls the receiver, the receiver: nothing that says nothing."""
    for _ in range(count):
        sent.connect(lambda: None, dispatch_uid=object())
    sent.connect(fails)
    with pytest.raises(LookupError):
        getattr(sent, method)(sender=None, user=1)
    with pytest.raises(LookupError) as caught:
        getattr(sent, method)(sender=None, user=1)
    here, generated, receiver = frames_of(caught.value)
    assert (here.filename, receiver.filename, receiver.name) == (__file__, __file__, "fails")
    assert generated.filename.startswith("<hookcore user_saved(sender, user).")
    assert f"receiver_{count}(user)" in generated.line


@pytest.mark.parametrize("method", ["send", "__call__"])
@pytest.mark.parametrize(("sender", "generated"), [(None, 1), (int, 2)])
def test_once_it_is_compiled_a_send_shows_no_line_that_nobody_wrote_for_it(sent, method, sender, generated):
    """The loop is on the way until then; where receivers wait for a sender, one line more looks it up."""
    sent.connect(fails, sender=sender)
    for _ in range(3):
        with pytest.raises(LookupError) as caught:
            getattr(sent, method)(sender=sender, user=1)
    between = frames_of(caught.value)[1:-1]
    assert [frame.filename.startswith("<hookcore ") for frame in between] == [True] * generated


def test_a_failure_through_a_wrapper_shows_the_wrapper_and_the_receiver(sent, register):
    """Both are somebody's code, with file and line."""

    def wrapper():
        return (yield)

    register(sent, wrapper, wrapper=True)
    sent.connect(fails)
    sent.send_robust(sender=None, user=1)
    with pytest.raises(LookupError) as caught:
        sent.send(sender=None, user=1)
    names = [frame.name for frame in frames_of(caught.value) if frame.filename == __file__]
    assert "wrapper" in names
    assert names[-1] == "fails"


def test_the_source_of_a_compiled_send_can_be_read(sent):
    """By `linecache`, by `inspect`, and by `printed_source`, with names that speak."""
    sent.connect(fails)
    sent.send_robust(sender=None, user=1)
    send = sent.send_robust
    source = printed_source(send)

    assert source.startswith("def send(sender, user):\n")
    assert "response_0 = receiver_0(user)" in source
    assert inspect.getsource(send) == source
    assert linecache.getline(send.__code__.co_filename, 1) == "def send(sender, user):\n"
    assert send.__qualname__ == "user_saved(sender, user).send_robust"


def test_the_source_survives_that_the_line_cache_is_checked(sent):
    """`linecache.checkcache()`, which tools call, throws away only files that have changed."""
    sent.connect(lambda: None)
    sent.send(sender=None, user=1)
    linecache.checkcache()

    assert printed_source(sent.send)


@pytest.mark.skipif(not HAS_GIL, reason="only on Python with a GIL, which frees code")
def test_sources_that_no_function_has_any_more_are_taken_out_of_the_line_cache():
    """Where receivers come and go in ever new orders, what they leave behind stays within bounds."""

    def kept():
        return sum(name.startswith("<hookcore ") for name in linecache.cache)

    lasting = Signal(providing_args=["lasting"])
    lasting.connect(lambda lasting: 1)
    lasting.send(sender=None, lasting=1)
    fetched = lasting.send
    before = kept()
    for number in range(4000):
        sent = Signal(providing_args=[])
        sent._take_name(f"number_{number}")
        sent.send(sender=None)
        if number % 500 == 0:
            gc.collect()
    assert kept() < before + 2500
    assert printed_source(fetched).startswith("def send(sender, *, lasting):")
    assert printed_source(sent.send) == "def send(sender):\n    return []\n"


def test_receivers_are_not_in_the_source(sent):
    """The source depends on the shape alone: another receiver of the same shape has the same code."""

    def other(user):
        pass

    sources = []
    for receiver in (lambda user: None, other):
        with sent.connected_to(receiver):
            sent.send(sender=None, user=1)
            sources.append(printed_source(sent.send))
    assert sources[0] == sources[1]


def test_a_send_to_nobody_is_one_line(sent):
    """Nothing connected costs nothing."""
    sent.send(sender=None, user=1)

    assert printed_source(sent.send) == "def send(sender, user):\n    return []\n"


def test_what_is_off_leaves_no_trace_in_the_code(sent):
    """Without weak references, filters, failures to record or wrappers, there is nothing about them."""
    sent.connect(lambda user: None)
    sent.send(sender=None, user=1)
    source = printed_source(sent.send)
    for word in ("reference", "in_table", "failed", "wrapper", "mute", "watch", "active", "await"):
        assert word not in source


def test_a_hundred_receivers_make_no_monster_function(sent):
    """The longest generated function stays short."""
    for _ in range(100):
        sent.connect(lambda user: None, dispatch_uid=object())
    for _ in range(4):
        sent.send(sender=None, user=1)

    assert 1 < len(printed_source(sent.send).splitlines()) < 60


def test_debuggers_see_the_arguments_by_name(sent):
    """The frame of a send has the signal's parameters as its variables."""
    seen = {}

    def look():
        frame = inspect.currentframe().f_back
        seen.update(frame.f_locals)

    sent.connect(look)
    for _ in range(2):
        sent.send(sender=int, user="frida")
    assert seen["sender"] is int
    assert seen["user"] == "frida"


METHODS = ["send", "send_robust", "asend", "asend_robust", "__call__"]


@pytest.mark.parametrize("method", METHODS)
def test_a_compiled_function_looks_like_one_that_somebody_wrote(sent, method):
    """Tools that look at functions find what every function has."""
    sent.connect(lambda user: None)
    called = getattr(sent, method)(sender=None, user=1)
    if method.startswith("a"):
        asyncio.run(called)
    function = getattr(sent, method)

    assert function.__name__ == method.strip("_")
    assert function.__module__ == function.__globals__["__name__"]
    assert function.__module__.partition(".")[0] == "hookcore"
    assert function.__globals__["__builtins__"] == vars(builtins)
    assert function.__builtins__ == vars(builtins)
    assert inspect.getdoc(function) == "A user was saved."
    assert inspect.getsource(function)


def test_a_compiled_function_has_builtins_wherever_it_is_compiled():
    """A host that runs restricted code does not restrict what a send may use."""
    signal = Signal()
    signal.connect(lambda sender, signal: "answer")

    exec("answers = signal.send_robust(sender=None)", namespace := {"__builtins__": {}, "signal": signal})

    assert [answer for _, answer in namespace["answers"]] == ["answer"]
    assert signal.send_robust.__builtins__ == vars(builtins)


@pytest.mark.parametrize("method", ["send", "__call__"])
def test_pytest_hides_compiled_frames(sent, method):
    """In a test's traceback stand the test and the receiver."""
    sent.connect(fails)
    with contextlib.suppress(LookupError):
        getattr(sent, method)(sender=None, user=1)

    with pytest.raises(LookupError) as raised:
        getattr(sent, method)(sender=None, user=1)

    shown = [entry.name for entry in raised.traceback.filter(raised)]
    assert shown == ["test_pytest_hides_compiled_frames", "fails"]


AT_THE_END = """
import builtins, sys
from hookcore import Signal, signal

write = sys.stdout.write

@signal
def closed(sender, name):
    '''A host closes.'''

warm, never_sent, robust = Signal(), Signal(), Signal()

def receive(sender, **named):
    write(f"{sender} ")

def fail(sender, **named):
    raise LookupError("failed")

warm.connect(receive)
warm.send(sender="before")
never_sent.connect(receive)
robust.connect(fail)
robust.connect(receive)
closed.connect(lambda name: write(f"{name} "))
closed.connect(lambda name: write(f"{name} "), sender=closed)

def connect_and_send():
    closed.connect(lambda sender, name: write("late "))
    closed.send(sender=None, name="changed")

def misspell():
    try:
        closed.send(sender=None, nme="")
    except TypeError:
        write("told ")

class AtTheEnd:
    def __del__(self):
        for act in (
            lambda: warm.send(sender="warm"),
            lambda: never_sent.send(sender="new"),
            lambda: closed.send(sender=closed, name="closed"),
            lambda: closed(sender=None, name="called"),
            lambda: robust.send_robust(sender="robust"),
            connect_and_send,
            misspell,
        ):
            try:
                act()
            except BaseException as error:
                write(f"{type(error).__name__}: {error} ")

builtins.kept = AtTheEnd()  # goes after all modules
"""


def test_a_send_at_interpreter_shutdown_imports_nothing():
    """What sends in a finalizer, when Python imports nothing any more, reaches its receivers."""
    ended = subprocess.run([sys.executable, "-c", AT_THE_END], capture_output=True, text=True, check=True)

    assert ended.stdout == "before warm new closed closed called robust changed late told "
    assert ended.stderr == ""
