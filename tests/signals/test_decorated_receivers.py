"""What people put around functions: is it believed about its arguments, and is it there when the receiver is called?"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import functools
import gc
import inspect
import threading
import weakref
from typing import NamedTuple
from unittest import mock

import cachetools
import pytest
import wrapt

from hookcore import ReceiverError, Signal, signal


@pytest.fixture
def paid() -> Signal:
    """A signal of which nearly every receiver here wants `order`, and some `raw`."""

    @signal
    def order_paid(sender, order, raw=False):
        """An order was paid."""

    return order_paid


def plain(order):
    """Answer with what it got."""
    return order


def logged(function):
    """The decorator of everybody's own."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


class Logged:
    """The same as a class."""

    def __init__(self, function):
        functools.update_wrapper(self, function)
        self._function = function

    def __call__(self, *args, **kwargs):
        return self._function(*args, **kwargs)


@wrapt.decorator
def wrapped_by_wrapt(wrapped, instance, args, kwargs):
    """What agents and retry libraries are made of."""
    return wrapped(*args, **kwargs)


@contextlib.contextmanager
def transaction():
    """A context manager that is a decorator too."""
    yield


def with_database(function):
    """Inject an argument, and say so."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function("database", *args, **kwargs)

    order = inspect.Parameter("order", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    wrapper.__signature__ = inspect.Signature([order])
    return wrapper


def with_database_and_the_rest(function):
    """Inject an argument, and take all others."""

    @functools.wraps(function)
    def wrapper(order, **kwargs):
        return function("database", order)

    kinds = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.VAR_KEYWORD
    names = "order", "others"
    wrapper.__signature__ = inspect.Signature(
        [inspect.Parameter(name, kind) for name, kind in zip(names, kinds, strict=True)]
    )
    return wrapper


@functools.singledispatch
def by_type(order, raw):
    """Answer for what is no text."""
    raise AssertionError("not this one")


@by_type.register
def _(order: str, raw):
    return order


@with_database
def injected(database, order):
    """Get what the decorator says nothing of."""
    assert database == "database"
    return order


@with_database_and_the_rest
def injected_with_the_rest(database, order):
    """The same."""
    assert database == "database"
    return order


@functools.lru_cache
def cached(order):
    """Answer, and remember it."""
    return order


@functools.cache
def cached_keyword(*, order):
    """The same by keyword."""
    return order


class Meta(type):
    """A class that says itself what calling its classes does."""

    def __call__(cls, order):
        return order


class MadeByMeta(metaclass=Meta):
    """Called through `Meta`."""


class Tuple(NamedTuple):
    """A receiver that makes a value."""

    order: str


@dataclasses.dataclass
class Data:
    """Another."""

    order: str


class Shop:
    """Methods of every kind, under everything that people put around methods."""

    def __init__(self):
        self.cache = {}

    def base(self, prefix, order):
        return order

    with_prefix = functools.partialmethod(base, "prefix")

    @functools.singledispatchmethod
    def by_type(self, order, raw):
        raise AssertionError("not this one")

    @by_type.register
    def _(self, order: str, raw):
        return order

    @cachetools.cachedmethod(lambda self: self.cache)
    def cached(self, order):
        return order

    @cachetools.cachedmethod(lambda self: self.cache, lock=lambda self: threading.Lock())
    def cached_and_locked(self, order):
        return order

    @functools.lru_cache  # noqa: B019
    def remembered(self, order):
        return order

    @wrapt.synchronized
    def synchronized(self, order):
        return order

    @wrapped_by_wrapt
    def wrapped(self, order):
        return order

    @wrapped_by_wrapt
    @classmethod
    def wrapped_class_method(cls, order):
        return order

    @wrapped_by_wrapt
    @staticmethod
    def wrapped_static_method(order):
        return order

    @classmethod
    @functools.wraps(plain)
    def class_method(cls, order):
        return order

    @staticmethod
    def static_method(order):
        return order

    @transaction()
    def in_transaction(self, order):
        return order

    @logged
    def logged(self, order):
        return order

    __call__ = functools.partialmethod(base, "called")


SHOP = Shop()

BELIEVED = {
    "singledispatch": by_type,
    "partial of singledispatch": functools.partial(by_type, raw=True),
    "singledispatchmethod": SHOP.by_type,
    "cachetools.cached": cachetools.cached({})(plain),
    "cachetools.cachedmethod": SHOP.cached,
    "cachetools.cachedmethod with a lock": SHOP.cached_and_locked,
    "lru_cache": cached,
    "cache, by keyword": cached_keyword,
    "lru_cache on a method": SHOP.remembered,
    "__signature__": injected,
    "__signature__ with **": injected_with_the_rest,
    "__signature__ under a decorator": logged(injected),
    "partialmethod": SHOP.with_prefix,
    "partialmethod as __call__": SHOP,
    "classmethod": SHOP.class_method,
    "staticmethod": SHOP.static_method,
    "staticmethod of the class": Shop.static_method,
    "staticmethod object": staticmethod(plain),
    "unbound method with an instance": functools.partial(Shop.base, SHOP, "prefix"),
    "functools.wraps": logged(plain),
    "functools.wraps twice": logged(logged(plain)),
    "functools.wraps on a method": SHOP.logged,
    "decorator class": Logged(plain),
    "decorator class around functools.wraps": Logged(logged(plain)),
    "context manager": transaction()(plain),
    "context manager on a method": SHOP.in_transaction,
    "context manager around functools.wraps": transaction()(logged(plain)),
    "wrapt.decorator": wrapped_by_wrapt(plain),
    "wrapt.synchronized": wrapt.synchronized(plain),
    "wrapt on a method": SHOP.wrapped,
    "wrapt on a class method": SHOP.wrapped_class_method,
    "wrapt on a static method": SHOP.wrapped_static_method,
    "wrapt around functools.wraps": wrapped_by_wrapt(logged(plain)),
    "functools.wraps around wrapt": logged(wrapped_by_wrapt(plain)),
    "partial of wrapt": functools.partial(wrapped_by_wrapt(plain)),
    "lambda under wraps": logged(lambda order: order),
    "metaclass": MadeByMeta,
    "autospec": mock.create_autospec(plain, side_effect=plain),
}


@pytest.mark.parametrize("kind", BELIEVED)
def test_a_decorated_receiver_is_believed_about_its_arguments(paid, kind):
    """It gets what it says that it wants, however it says so, and is called with its decorators on."""
    paid.connect(BELIEVED[kind], weak=False)

    assert [answer for _, answer in paid.send(sender=None, order="O1")] == ["O1"]
    assert [answer for _, answer in paid.send_robust(sender=None, order="O1")] == ["O1"]


@pytest.mark.parametrize("kind", [Tuple, Data])
def test_a_class_is_believed_about_its_arguments(paid, kind):
    """A class's generated `__init__`, `__new__` or metaclass is asked."""
    paid.connect(kind)

    assert paid.send(sender=None, order="O1")[0][1] == kind("O1")


@pytest.mark.parametrize("receiver", [print, dict, mock.Mock(return_value=1), mock.MagicMock(), mock.Mock(spec=plain)])
def test_what_says_nothing_of_its_arguments_gets_all_of_them(paid, receiver):
    """Builtins and mocks without a signature are called as Django calls them."""
    with mock.patch("builtins.print"):
        paid.connect(receiver)
        paid.send(sender=None, order="O1")

    if isinstance(receiver, mock.Mock) and receiver._mock_methods is None:
        receiver.assert_called_once_with(signal=paid, sender=None, order="O1", raw=False)


def test_a_wrapped_function_that_wants_what_is_not_sent_is_refused(paid):
    """A decorator hides no misfit."""
    for decorate in (logged, Logged, wrapped_by_wrapt, transaction(), functools.lru_cache):
        with pytest.raises(ReceiverError, match="order_id"):
            paid.connect(decorate(lambda order_id: None))


# -- methods that are held weakly -------------------------------------------------------------------------------


class Counter:
    """A method under each kind of decorator, and what the decorators saw."""

    def __init__(self):
        self.seen = []

    @wrapt.decorator
    def counted(wrapped, instance, args, kwargs):  # noqa: N805
        instance.seen.append("wrapt")
        return wrapped(*args, **kwargs)

    def noted(function):  # noqa: N805
        @functools.wraps(function)
        def wrapper(self, *args, **kwargs):
            self.seen.append("wraps")
            return function(self, *args, **kwargs)

        return wrapper

    @counted
    def by_wrapt(self, order):
        return order

    @noted
    def by_wraps(self, order):
        return order

    @counted
    @noted
    def by_both(self, order):
        return order

    @counted
    async def awaited(self, order):
        return order

    @wrapt.synchronized
    def locked(self, order):
        with contextlib.ExitStack() as stack:
            lock = self._synchronized_lock
            other = threading.Thread(
                target=lambda: self.seen.append("free" if lock.acquire(blocking=False) else "locked")
            )
            stack.callback(other.join)
            other.start()
        return order


METHODS = {"by_wrapt": ["wrapt"], "by_wraps": ["wraps"], "by_both": ["wrapt", "wraps"], "locked": ["locked"]}


@pytest.mark.parametrize("weak", [None, True, False])
@pytest.mark.parametrize("name", METHODS)
def test_a_method_is_called_with_its_decorators_on(paid, name, weak):
    """Held weakly or strongly, it stays decorated, and is one connection however often it is fetched."""
    counter = Counter()
    paid.connect(getattr(counter, name), weak=weak)
    paid.connect(getattr(counter, name), weak=weak)

    ((receiver, answer),) = paid.send(sender=None, order="O1")

    assert answer == "O1"
    assert counter.seen == METHODS[name]
    assert receiver(order="O2") == "O2"
    assert paid.disconnect(getattr(counter, name))
    assert not paid.has_listeners()


@pytest.mark.parametrize("name", METHODS)
def test_a_decorated_method_goes_with_its_instance(paid, name):
    """It keeps its instance no longer than a plain method does."""
    counter = Counter()
    gone = weakref.ref(counter)
    paid.connect(getattr(counter, name))
    paid.send(sender=None, order="O1")

    del counter
    gc.collect()

    assert gone() is None
    assert paid.send(sender=None, order="O2") == []


def test_a_decorated_coroutine_method_is_awaited(paid):
    """wrapt's method of a coroutine function is one."""
    counter = Counter()
    paid.connect(counter.awaited)

    assert [answer for _, answer in asyncio.run(paid.asend(sender=None, order="O1"))] == ["O1"]
    assert counter.seen == ["wrapt"]


def test_two_decorated_methods_around_one_function_are_two_receivers(paid):
    """What a class keeps under two names is two receivers, each with its own decorators."""

    @wrapt.decorator
    def twice(wrapped, instance, args, kwargs):
        return 2 * wrapped(*args, **kwargs)

    class Three:
        def one(self, order):
            return order

        two = wrapped_by_wrapt(one)
        three = twice(one)

    instance = Three()
    for name in ("one", "two", "three"):
        paid.connect(getattr(instance, name))

    assert [answer for _, answer in paid.send(sender=None, order="O1")] == ["O1", "O1", "O1O1"]


@dataclasses.dataclass(slots=True)
class Slotted:
    """An instance that can have no weak reference."""

    name: str

    def answer(self, order):
        return self.name

    @wrapped_by_wrapt
    def wrapped(self, order):
        return self.name


@pytest.mark.parametrize("name", ["answer", "wrapped"])
def test_a_method_of_what_cannot_be_held_weakly_is_held_strongly(paid, name):
    """An instance with `__slots__` is connected all the same."""
    paid.connect(getattr(Slotted("slotted"), name))
    gc.collect()

    assert [answer for _, answer in paid.send(sender=None, order="O1")] == ["slotted"]


def test_a_decorated_local_function_is_held_strongly(paid):
    """What passes for a function is held as one."""
    paid.connect(wrapped_by_wrapt(lambda order: order))
    gc.collect()

    assert paid.has_listeners()
