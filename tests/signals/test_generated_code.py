"""How does compiled code look in tracebacks and debuggers, and is it compiled once for a shape?"""

from __future__ import annotations

import gc
import inspect
import linecache
import traceback

import pytest

from hookcore import Signal, signal
from hookcore.signals.dispatch import printed_source


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
    assert f"receiver_{count if method == 'send' else 0}(user)" in generated.line


@pytest.mark.parametrize("method", ["send", "__call__"])
@pytest.mark.parametrize(("sender", "generated"), [(None, 1), (int, 2)])
def test_only_the_first_send_after_a_change_shows_lines_that_nobody_compiled(sent, method, sender, generated):
    """The stub that compiles is on the way once; for each sender that is waited for, likewise."""
    sent.connect(fails, sender=sender)
    counts = []
    for _ in range(2):
        with pytest.raises(LookupError) as caught:
            getattr(sent, method)(sender=sender, user=1)
        between = frames_of(caught.value)[1:-1]
        ours = [frame for frame in between if frame.filename.startswith("<hookcore ")]
        assert len(ours) == generated
        counts.append(len(between) - len(ours))
    assert counts == [generated, 0]


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
        sent.take_name(f"number_{number}")
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
    sent.send(sender=None, user=1)

    assert len(printed_source(sent.send).splitlines()) < 60


def test_debuggers_see_the_arguments_by_name(sent):
    """The frame of a send has the signal's parameters as its variables."""
    seen = {}

    def look():
        frame = inspect.currentframe().f_back
        seen.update(frame.f_locals)

    sent.connect(look)
    sent.send(sender=int, user="frida")
    assert seen["sender"] is int
    assert seen["user"] == "frida"
