"""Is what a receiver will never get told when it connects, once, with what to write instead?"""

from __future__ import annotations

import functools
import logging

import pytest
import wrapt

from hookcore import ReceiverError, Signal, receiver, signal


@pytest.fixture
def paid() -> Signal:
    """A signal that sends what decorators like to look for."""

    @signal
    def order_paid(sender, order_id, raw=False, tenant=None):
        """An order was paid."""

    return order_paid


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture):
    """What was told at WARNING."""
    caplog.set_level(logging.WARNING, logger="hookcore")
    return lambda: [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


# -- arguments with a default that the signal does not send ------------------------------------------------------


def misspelled(order_idd: int = 0):
    """A function."""


async def misspelled_coroutine(order_idd: int = 0):
    """A coroutine function."""


def misspelled_keyword(*, order_idd=0):
    """By keyword only."""


def misspelled_beside_others(order_id, sender=None, order_idd=0, **kwargs):
    """With `**kwargs`."""


class Misspelled:
    """Methods, and an instance that is called."""

    def method(self, order_idd=0):
        """A method."""

    @classmethod
    def class_method(cls, order_idd=0):
        """A class method."""

    @staticmethod
    def static_method(order_idd=0):
        """A static method."""

    def __call__(self, order_idd=0):
        """The instance itself."""


class MisspelledInit:
    """A class that is called."""

    def __init__(self, order_idd=0):
        """Make one."""


def decorated(function):
    """A decorator as everybody writes it."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


@wrapt.decorator
def by_wrapt(wrapped, instance, args, kwargs):
    """A decorator of wrapt's."""
    return wrapped(*args, **kwargs)


HOLDER = Misspelled()
KINDS = {
    "function": misspelled,
    "coroutine": misspelled_coroutine,
    "keyword": misspelled_keyword,
    "beside others": misspelled_beside_others,
    "method": HOLDER.method,
    "class method": Misspelled.class_method,
    "static method": Misspelled.static_method,
    "instance": HOLDER,
    "class": MisspelledInit,
    "lambda": lambda order_idd=0: None,
    "partial": functools.partial(lambda prefix, order_idd=0: None, "prefix"),
    "functools.wraps": decorated(misspelled),
    "wrapt": by_wrapt(misspelled),
    "lru_cache": functools.lru_cache(misspelled),
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_argument_that_never_comes_is_told_with_the_nearest(paid, told, kind):
    """A misspelled argument with a default is silent for ever, so it is told at once, with signal and receiver."""
    paid.connect(KINDS[kind])
    paid.connect(KINDS[kind])
    paid.send(sender=None, order_id=7)

    [warning] = told()
    assert "'order_idd'" in warning
    assert "Did you mean 'order_id'?" in warning
    assert "order_paid(sender, order_id" in warning


def test_an_argument_that_nothing_resembles_is_told_too(paid, told):
    """Such as one of another host's signal, or one that Django's signals send."""
    paid.connect(lambda update_fields=None: None)

    [warning] = told()
    assert "'update_fields'" in warning
    assert "Did you mean" not in warning


def test_what_a_partial_gives_is_meant(paid, told):
    """An argument that is given already need not be sent."""
    paid.connect(functools.partial(misspelled, order_idd=5))
    paid.connect(functools.partial(functools.partial(misspelled_beside_others, order_idd=5)))

    assert told() == []


@pytest.mark.parametrize(
    "fitting",
    [
        lambda order_id=0: None,
        lambda signal=None, sender=None: None,
        lambda **kwargs: None,
        lambda *args: None,
        print,
        misspelled_beside_others.__class__,
    ],
    ids=["sent", "signal", "kwargs", "args", "builtin", "class"],
)
def test_what_fits_is_not_told(paid, told, fitting):
    """Nobody is warned of what is right."""
    if fitting is not misspelled_beside_others.__class__:
        paid.connect(fitting)

    assert told() == []


def test_an_untyped_signal_tells_nothing(told):
    """It may send anything."""
    Signal().connect(misspelled)

    assert told() == []


# -- decorators that look for what they are not given ------------------------------------------------------------


def skips_get(function):
    """Look with `get`."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return None if kwargs.get("raw") else function(*args, **kwargs)

    return wrapper


def skips_in(function):
    """Look with `in` and an index."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        if kwargs.get("raw"):
            return None
        return function(*args, **kwargs)

    return wrapper


def skips_pop(function):
    """Look with `pop`, by keyword alone."""

    @functools.wraps(function)
    def wrapper(**kwargs):
        return None if kwargs.pop("raw", False) else function(**kwargs)

    return wrapper


def skips_any(function):
    """Look for one of several."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        if any(kwargs.get(name) for name in ("raw", "loaded")):
            return None
        return function(*args, **kwargs)

    return wrapper


def skips_what(name):
    """Look for what the decorator is told."""

    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return None if kwargs.get(name) else function(*args, **kwargs)

        return wrapper

    return decorate


RAW = "raw"


def skips_constant(function):
    """Look for what a constant names."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return None if kwargs.get(RAW) else function(*args, **kwargs)

    return wrapper


async def answered(value):
    """Give an awaited value."""
    return value


def skips_async(function):
    """Look in a coroutine function."""

    @functools.wraps(function)
    async def wrapper(*args, **kwargs):
        return None if kwargs.get("raw") else await answered(function(*args, **kwargs))

    return wrapper


class Skips:
    """Look in a class."""

    def __init__(self, function):
        functools.update_wrapper(self, function)

    def __call__(self, *args, **kwargs):
        return None if kwargs.get("raw") else self.__wrapped__(*args, **kwargs)


@wrapt.decorator
def skips_wrapt(wrapped, instance, args, kwargs):
    """Look in what wrapt gives."""
    return None if kwargs.get("raw") else wrapped(*args, **kwargs)


SKIPPING = {
    "get": skips_get,
    "in": skips_in,
    "pop": skips_pop,
    "any": skips_any,
    "told": skips_what("raw"),
    "constant": skips_constant,
    "async": skips_async,
    "class": Skips,
    "wrapt": skips_wrapt,
    "under another": lambda function: decorated(skips_get(function)),
    "around another": lambda function: skips_get(decorated(function)),
}


@pytest.mark.parametrize("kind", SKIPPING)
def test_a_decorator_that_finds_nothing_is_told(paid, told, kind):
    """It looks for `raw`, which the function under it does not name and so is not given: it would never skip."""
    decorated = SKIPPING[kind](lambda order_id: order_id)
    paid.connect(decorated)

    [warning] = told()
    assert "'raw'" in warning
    assert "raw=None" in warning
    assert "skips" in warning.lower()


@pytest.mark.parametrize("kind", [kind for kind in SKIPPING if kind != "async"])
def test_a_decorator_that_is_given_what_it_looks_for_works(paid, told, kind):
    """With `raw` named by the function nothing is told, and the decorator skips."""
    decorated = SKIPPING[kind](lambda order_id, raw=False: order_id)
    paid.connect(decorated)

    assert [answer for _, answer in paid.send(sender=None, order_id=7, raw=True)] == [None]
    assert [answer for _, answer in paid.send(sender=None, order_id=7)] == [7]
    assert told() == []


def test_a_function_that_takes_everything_lets_its_decorator_find_it(paid, told):
    """As with Django's receivers."""
    paid.connect(skips_get(lambda order_id, **kwargs: order_id))

    assert [answer for _, answer in paid.send(sender=None, order_id=7, raw=True)] == [None]
    assert told() == []


def test_a_decorator_that_looks_for_two_is_told_both(paid, told):
    """One warning names them."""
    paid.connect(skips_what(("raw", "tenant"))(lambda order_id: order_id))

    [warning] = told()
    assert "'raw', 'tenant'" in warning


@pytest.mark.parametrize("decorate", [decorated, by_wrapt, functools.lru_cache, skips_what("colour")])
def test_a_decorator_that_only_hands_on_is_not_told(paid, told, decorate):
    """Nor one that looks for what nobody sends."""
    paid.connect(decorate(lambda order_id: order_id))

    assert told() == []


# -- methods ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["declared", "untyped", "named"])
@pytest.mark.parametrize("decorate", [lambda function: function, decorated, by_wrapt, skips_get, classmethod])
def test_a_method_in_a_class_body_is_refused_with_what_to_do(paid, kind, decorate):
    """`@receiver` there gets a function that wants `self`, which no send has."""
    sent = {"declared": paid, "untyped": Signal(), "named": Signal(providing_args=["order_id"])}[kind]

    with pytest.raises(ReceiverError, match=r"connect the bound method.*signal\.connect\(self\.method\)"):

        class Mailer:
            @receiver(sent)
            @decorate
            def method(self, order_id):
                """A method."""


def test_a_static_method_in_a_class_body_is_connected(paid):
    """It wants no instance."""

    class Mailer:
        @receiver(paid)
        @staticmethod
        def method(order_id):
            return order_id

    assert [answer for _, answer in paid.send(sender=None, order_id=7)] == [7]


def test_an_untyped_signal_may_send_an_argument_named_self():
    """What is written outside of classes is no method."""
    sent = Signal()
    sent.connect(lambda self: self)

    assert [answer for _, answer in sent.send(sender=None, self=3)] == [3]


def test_a_receiver_names_its_signal_by_keyword(paid):
    """`@receiver(signal=s)` is Django's, too."""

    @receiver(signal=paid)
    def one(order_id):
        return order_id

    @receiver(signal=[paid, paid], sender=Signal)
    def other(order_id):
        return -order_id

    assert [answer for _, answer in paid.send(sender=Signal, order_id=7)] == [7, -7]


# -- what pytest shows ------------------------------------------------------------------------------------------


def fail(order_id):
    """Fail as a receiver does."""
    raise LookupError(order_id)


@pytest.mark.parametrize("sends", [1, 300])
@pytest.mark.parametrize("method", ["send", "__call__"])
def test_pytest_shows_the_test_and_the_receiver(paid, method, sends):
    """A signal that is sent once and one that is compiled: neither puts frames of ours between the two."""
    connected = paid if method == "send" else Signal()
    connected.connect(fail)
    for _ in range(sends):
        with pytest.raises(LookupError) as raised:
            getattr(connected, method)(sender=None, order_id=7)

    assert [entry.name for entry in raised.traceback.filter(raised)][1:] == ["fail"]


def test_pytest_shows_the_send_that_does_not_fit(paid):
    """What is refused is refused at the test's own line."""
    with pytest.raises(TypeError) as raised:
        paid.send(sender=None, order_idd=7)

    assert len(raised.traceback.filter(raised)) == 1
