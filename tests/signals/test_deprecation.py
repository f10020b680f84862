"""Who is warned when a signal or one of its arguments is deprecated?"""

from __future__ import annotations

import functools
import warnings
from unittest import mock

import pytest

from hookcore import Signal, signal


@pytest.fixture
def leaving() -> Signal:
    """Return a signal that is deprecated."""

    @signal(deprecated="use user_removed")
    def user_left(sender, user):
        """A user has left."""

    return user_left


@pytest.fixture
def saved() -> Signal:
    """Return a signal with deprecated arguments."""

    @signal(deprecated_arguments={"usr": "use user", "raw": "always false"})
    def user_saved(sender, user, usr=None, raw=False):
        """A user was saved."""

    return user_saved


def warned(connect):
    """Return the warnings that connecting gives."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        connect()
    return caught


def test_connecting_to_a_deprecated_signal_warns_at_the_receiver(leaving):
    """File and line are the receiver's: there is what must be changed."""

    def farewell(user):
        pass

    (warning,) = warned(lambda: leaving.connect(farewell))
    assert warning.category is DeprecationWarning
    assert "signal 'user_left' is deprecated: use user_removed" in str(warning.message)
    assert "farewell" in str(warning.message)
    assert (warning.filename, warning.lineno) == (__file__, farewell.__code__.co_firstlineno)


def test_naming_a_deprecated_argument_warns_and_leaving_it_out_does_not(saved):
    """Each deprecated argument that a receiver names is one warning."""

    def modern(user, **rest):
        pass

    def old(user, usr):
        pass

    def older(usr, *, raw):
        pass

    assert warned(lambda: saved.connect(modern)) == []
    (warning,) = warned(lambda: saved.connect(old))
    assert "argument 'usr' of signal 'user_saved' is deprecated: use user" in str(warning.message)
    assert len(warned(lambda: saved.connect(older))) == 2


def test_deprecated_signals_and_arguments_work(leaving, saved):
    """A warning is all: what was connected is called, with what it names."""

    def old(usr):
        return usr

    def farewell(user):
        return user

    warned(lambda: saved.connect(old))
    warned(lambda: leaving.connect(farewell))
    assert saved.send(sender=None, user=1, usr=2) == [(old, 2)]
    assert leaving.send(sender=None, user=1) == [(farewell, 1)]


def test_sending_a_deprecated_signal_does_not_warn(leaving):
    """It is the host that sends, and the host that deprecated."""
    assert leaving.send(sender=None, user=1) == []
    assert leaving(sender=None, user=1) == []


@pytest.mark.parametrize(
    "receiver",
    [
        functools.partial(lambda user: None),
        mock.Mock(),
        mock.AsyncMock(),
        type("Box", (), {"__init__": lambda s: None}),
    ],
    ids=lambda receiver: type(receiver).__name__,
)
def test_any_kind_of_receiver_can_be_warned_of(leaving, receiver):
    """Even one that has no file and no line."""
    (warning,) = warned(lambda: leaving.connect(receiver))
    assert "deprecated" in str(warning.message)


def test_as_an_error_the_warning_refuses_the_connection(leaving):
    """Where warnings are errors nothing is connected."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DeprecationWarning):
            leaving.connect(lambda user: None)
    assert leaving.receivers == []


def test_an_empty_reason_is_a_reason():
    """`deprecated=""` deprecates."""

    @signal(deprecated="")
    def user_left(sender):
        """Documented."""

    assert len(warned(lambda: user_left.connect(lambda: None))) == 1
