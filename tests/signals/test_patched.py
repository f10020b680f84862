"""What may people do to the functions and lists that a signal hands out? Patch them, keep them, change them."""

from __future__ import annotations

import functools
import weakref
from unittest import mock

import pytest

from hookcore import Signal, signal

METHODS = ["send", "send_robust", "asend", "asend_robust", "__call__"]
BLOCKING = ["send", "send_robust", "__call__"]

pytestmark = pytest.mark.usefixtures("carried_out")


@pytest.fixture
def sent() -> Signal:
    """Return a declared signal."""

    @signal
    def user_saved(sender, user=None):
        """A user was saved."""

    return user_saved


def first():
    """Answer."""
    return "first"


def second():
    """Answer."""
    return "second"


def answers(outcome):
    """Return the answers of a send or a call."""
    return [each[1] if isinstance(each, tuple) else each for each in outcome]


def by_patch_object(sent, method, value):
    """Patch as most do."""
    return mock.patch.object(sent, method, value)


class ByAssignment:
    """Patch by hand: put a value in, and put back what was there."""

    def __init__(self, sent, method, value):
        self.sent, self.method, self.value = sent, method, value

    def __enter__(self):
        self.original = getattr(self.sent, self.method)
        setattr(self.sent, self.method, self.value)

    def __exit__(self, *_):
        setattr(self.sent, self.method, self.original)


class ByDeleting(ByAssignment):
    """Patch by hand, and delete what was put in."""

    def __exit__(self, *_):
        delattr(self.sent, self.method)


class ByMonkeypatch(ByAssignment):
    """Patch with pytest's fixture."""

    def __enter__(self):
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(self.sent, self.method, self.value)

    def __exit__(self, *_):
        self.patch.undo()


@pytest.mark.parametrize("patch", [by_patch_object, ByAssignment, ByDeleting, ByMonkeypatch])
@pytest.mark.parametrize("sends_before", [0, 3])
@pytest.mark.parametrize("method", BLOCKING)
def test_a_value_from_outside_stays_until_it_is_removed(sent, patch, method, sends_before):
    """Whatever connects meanwhile; afterwards everybody is reached, and a change is heard."""
    sent.connect(first)
    for _ in range(sends_before):
        getattr(sent, method)(sender=None)
    fake = mock.Mock(return_value=["fake"])
    with patch(sent, method, fake):
        assert getattr(sent, method)(sender=1) == ["fake"]
        sent.connect(second)
        for _ in range(3):
            assert getattr(sent, method)(sender=1) == ["fake"]
        sent.disconnect(second)
        sent.connect(second)
        assert getattr(sent, method)(sender=1) == ["fake"]
    assert fake.call_count == 5
    for _ in range(3):
        assert answers(getattr(sent, method)(sender=None)) == ["first", "second"]
    sent.disconnect(first)
    for _ in range(3):
        assert answers(getattr(sent, method)(sender=None)) == ["second"]


@pytest.mark.parametrize("method", ["asend", "asend_robust"])
def test_a_patched_coroutine_function_is_an_async_mock(sent, method):
    """Before and after the first send."""
    with mock.patch.object(sent, method) as patched:
        assert isinstance(patched, mock.AsyncMock)
    sent.connect(first)
    with mock.patch.object(sent, method) as patched:
        assert isinstance(patched, mock.AsyncMock)


def test_receivers_can_be_patched(sent):
    """Afterwards those before are there again; also nested, and by hand."""
    sent.connect(first)
    sent.send(sender=None)
    with mock.patch.object(sent, "receivers", []):
        assert sent.send(sender=None) == []
        sent.connect(second)
        with mock.patch.object(sent, "receivers", []):
            assert sent.send(sender=None) == []
        assert answers(sent.send(sender=None)) == ["second"]
    for _ in range(3):
        assert answers(sent.send(sender=None)) == ["first"]
    before, sent.receivers = sent.receivers, []
    assert sent.send(sender=None) == []
    sent.receivers = before
    assert answers(sent.send(sender=None)) == ["first"]


CHANGES = {
    "clear": (lambda those: those.clear(), []),
    "slice": (lambda those: those.__setitem__(slice(None), []), []),
    "pop": (lambda those: those.pop(), ["first"]),
    "delete": (lambda those: those.__delitem__(0), ["second"]),
    "remove": (lambda those: those.remove(those[0]), ["second"]),
    "reverse": (lambda those: those.reverse(), ["second", "first"]),
    "insert": (lambda those: those.insert(0, those.pop()), ["second", "first"]),
    "sort": (lambda those: those.sort(key=lambda receiver: receiver.function is first), ["second", "first"]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_changing_the_list_of_receivers_changes_the_signal(sent, change):
    """As it does with Django's signals."""
    act, expected = CHANGES[change]
    sent.connect(first)
    sent.connect(second)
    for _ in range(3):
        sent.send(sender=None)
    act(sent.receivers)
    for _ in range(3):
        assert answers(sent.send(sender=None)) == expected


def test_an_entry_of_receivers_is_what_djangos_is(sent):
    """A weakly held method is given by its reference as a bound method; a function that is held strongly is itself."""

    class Mailer:
        def mail(self):
            return "mailed"

    mailer = Mailer()
    sent.connect(first)
    sent.connect(mailer.mail)
    sent.connect(second, weak=True)
    assert sent.receivers[0][1] is first
    assert sent.receivers[1][1]() == mailer.mail
    assert isinstance(sent.receivers[1][1], weakref.ref)
    assert sent.receivers[2][1]() is second


@pytest.mark.parametrize("method", BLOCKING)
@pytest.mark.parametrize("sends_before", [0, 1, 3])
def test_whatever_is_kept_reaches_whom_a_fresh_look_reaches(sent, method, sends_before):
    """Fetched at any time, in a partial, connected to another signal."""
    sent.connect(first)
    for _ in range(sends_before):
        getattr(sent, method)(sender=None)
    kept = [getattr(sent, method), functools.partial(getattr(sent, method), sender=None)]
    other = Signal()
    other.connect(getattr(sent, method))
    for changed, expected in [
        (lambda: sent.connect(second), ["first", "second"]),
        (lambda: sent.disconnect(first), ["second"]),
        (lambda: sent._mute(None), []),
        (lambda: sent._unmute(None), ["second"]),
        (lambda: sent.connect(first, sender=int), ["second"]),
    ]:
        changed()
        for _ in range(3):
            assert answers(kept[0](sender=None)) == expected
            assert answers(kept[1]()) == expected
            assert answers(other.send(sender=None)[0][1]) == expected
            assert answers(getattr(sent, method)(sender=None)) == expected
    for _ in range(3):
        assert answers(kept[0](sender=int)) == ["second", "first"]
