"""What may be a receiver? Anything that can be called."""

from __future__ import annotations

import asyncio
import functools
import gc
import operator
from unittest import mock

import pytest

from hookcore import ReceiverError, Signal, signal

pytestmark = pytest.mark.usefixtures("carried_out")


@pytest.fixture
def sent() -> Signal:
    """Return a declared signal."""

    @signal
    def user_saved(sender, user, created=False):
        """A user was saved."""

    return user_saved


def responses(outcome):
    """Return the responses of a send without the receivers."""
    return [response for _, response in outcome]


class Recorder:
    """A callable instance."""

    def __init__(self):
        self.seen = []

    def __call__(self, user):
        self.seen.append(user)
        return len(self.seen)

    def method(self, user):
        """Say whom it saw."""
        return ("method", user)

    @classmethod
    def class_method(cls, user):
        """Say whom the class saw."""
        return (cls.__name__, user)

    @staticmethod
    def static_method(user):
        """Say whom nobody in particular saw."""
        return ("static", user)


def test_lambdas_are_receivers(sent):
    """A lambda is held strongly like any function."""
    sent.connect(lambda user: user.upper())
    gc.collect()

    assert responses(sent.send(sender=None, user="frida")) == ["FRIDA"]


def test_methods_of_every_kind_are_receivers(sent):
    """Bound, class and static methods get the arguments that they name."""
    recorder = Recorder()
    for function in (recorder.method, Recorder.class_method, recorder.static_method):
        sent.connect(function)

    assert responses(sent.send(sender=None, user=1)) == [("method", 1), ("Recorder", 1), ("static", 1)]


def test_callable_instances_are_receivers(sent):
    """An instance with `__call__` is called with what `__call__` names."""
    recorder = Recorder()
    sent.connect(recorder)
    sent.send(sender=None, user=1)

    assert sent.send(sender=None, user=2) == [(recorder, 2)]
    assert recorder.seen == [1, 2]


def test_partials_are_receivers(sent):
    """What a partial has bound already is not asked for; it is held strongly."""

    def describe(prefix, user, suffix=""):
        return f"{prefix}{user}{suffix}"

    sent.connect(functools.partial(describe, "<"))
    sent.connect(functools.partial(describe, prefix="[", suffix="]"))
    gc.collect()

    assert responses(sent.send(sender=None, user="frida")) == ["<frida", "[frida]"]


def test_partials_of_partials_and_of_methods_are_receivers(sent):
    """However deep the binding goes."""
    recorder = Recorder()

    def describe(prefix, middle, user):
        return prefix + middle + user

    sent.connect(functools.partial(functools.partial(describe, "a"), "b"))
    sent.connect(functools.partial(recorder.method))
    assert responses(sent.send(sender=None, user="c")) == ["abc", ("method", "c")]


def test_partial_methods_are_receivers(sent):
    """A `functools.partialmethod` looked up on an instance is a partial."""

    class Mailer:
        def mail(self, template, user):
            return template, user

        welcome = functools.partialmethod(mail, "welcome")

    mailer = Mailer()
    sent.connect(mailer.welcome)
    assert responses(sent.send(sender=None, user="frida")) == [("welcome", "frida")]


def test_classes_are_receivers(sent):
    """Calling a class makes an instance; the class itself is held strongly."""

    class Welcome:
        def __init__(self, user):
            self.user = user

    sent.connect(Welcome)
    ((found, made),) = sent.send(sender=None, user="frida")
    assert found is Welcome
    assert (type(made), made.user) == (Welcome, "frida")


def test_dataclasses_and_named_tuples_are_receivers(sent):
    """Generated `__init__` and `__new__` are read like written ones."""
    import collections
    import dataclasses

    record = dataclasses.make_dataclass("Record", ["user", ("created", bool, False)])
    pair = collections.namedtuple("pair", ["sender", "user"])
    sent.connect(record)
    sent.connect(pair)
    assert responses(sent.send(None, "frida", True)) == [record("frida", True), pair(None, "frida")]


def test_builtins_without_a_signature_are_called_as_django_calls_them():
    """What tells nothing about itself gets everything by keyword, the signal included."""
    sent = Signal()
    sent.connect(dict)
    assert responses(sent.send(sender=None, user=1)) == [{"signal": sent, "sender": None, "user": 1}]


def test_bound_builtins_are_receivers():
    """A method of a list takes its one argument by position, under the name that Python gives it."""

    @signal
    def found(object):
        """Something was found."""

    things = []
    found.connect(things.append)
    found.send(object="ring")
    found.send("book")
    assert things == ["ring", "book"]


def test_builtins_of_untyped_signals_get_arguments_by_position_where_they_must():
    """A parameter that can only be given by position is given so."""
    found = Signal()
    things = []
    found.connect(things.append)
    found.send(sender=None, object="ring")
    found.send(sender=None, object="book", unasked=1)
    assert things == ["ring", "book"]


def test_a_builtin_that_does_not_fit_is_refused(sent):
    """A builtin's parameters are compared too where Python knows them."""
    with pytest.raises(ReceiverError, match="obj"):
        sent.connect(callable)


def test_operator_callables_are_receivers():
    """Callables written in C, with a signature of `*args` alone, are called without arguments that they cannot name."""
    sent = Signal()
    answer = operator.methodcaller("upper")
    sent.connect(lambda **named: answer("x"))

    assert responses(sent.send(sender=None)) == ["X"]


def test_mocks_are_receivers(sent):
    """A mock gets everything by keyword, as Django would call it, and is called once."""
    receiver = mock.Mock(return_value="mocked")
    sent.connect(receiver)

    assert sent.send(sender=None, user=1) == [(receiver, "mocked")]
    receiver.assert_called_once_with(signal=sent, sender=None, user=1, created=False)


def test_mocks_of_untyped_signals_are_called_as_django_calls_them():
    """The assertion that Django's users write holds: `signal`, `sender` and what was sent, all by keyword."""
    saved = Signal()
    receiver = mock.MagicMock()
    saved.connect(receiver)
    saved.send(sender=int, user=1)

    receiver.assert_called_once_with(signal=saved, sender=int, user=1)


def test_autospecced_mocks_get_what_the_original_names(sent):
    """`create_autospec` keeps the signature, and so what is wanted."""

    def welcome(user, created):
        pass

    receiver = mock.create_autospec(welcome)
    sent.connect(receiver)
    sent.send(None, "frida", True)
    receiver.assert_called_once_with("frida", True)


def test_async_mocks_are_coroutine_receivers(sent):
    """An `AsyncMock` is awaited."""
    receiver = mock.AsyncMock(return_value="awaited")
    sent.connect(receiver)

    assert responses(asyncio.run(sent.asend(sender=None, user=1))) == ["awaited"]
    receiver.assert_awaited_once()


def test_instances_with_a_coroutine_call_are_coroutine_receivers(sent):
    """`async def __call__` makes an instance a coroutine receiver, and so does a partial of a coroutine function."""

    class Later:
        async def __call__(self, user):
            return ("instance", user)

    async def later(prefix, user):
        return (prefix, user)

    instance = Later()
    sent.connect(instance)
    sent.connect(functools.partial(later, "partial"))
    sent.connect(functools.partial(functools.partial(later), "deeper"))
    assert responses(asyncio.run(sent.asend(sender=None, user=1))) == [("instance", 1), ("partial", 1), ("deeper", 1)]


def test_coroutine_methods_are_coroutine_receivers(sent):
    """A bound coroutine method is awaited, held weakly all the same."""

    class Later:
        async def hear(self, user):
            return user

    later = Later()
    sent.connect(later.hear)
    assert responses(asyncio.run(sent.asend(sender=None, user=1))) == [1]
    del later
    gc.collect()
    assert asyncio.run(sent.asend(sender=None, user=1)) == []


def test_an_instance_whose_class_fits_no_weak_reference_is_held_strongly(sent):
    """A callable without `__weakref__` cannot be held weakly, so it is held."""

    class Slotted:
        __slots__ = ()

        def __call__(self, user):
            return user

    sent.connect(Slotted())
    gc.collect()
    assert responses(sent.send(sender=None, user=1)) == [1]


def test_a_receiver_whose_comparison_lies_is_told_by_identity(sent):
    """Receivers equal to everything, or to nothing, or not hashable, connect and disconnect like others."""

    class Liar:
        __hash__ = None

        def __init__(self, name, equal):
            self.name, self.equal = name, equal

        def __eq__(self, other):
            return self.equal

        def __call__(self):
            return self.name

    receivers = [Liar("a", True), Liar("b", True), Liar("c", False)]
    for receiver in receivers:
        sent.connect(receiver)
    assert sent.disconnect(receivers[1]) is True
    assert responses(sent.send(sender=None, user=1)) == ["a", "c"]


def test_a_receiver_that_is_false_is_called(sent):
    """Truth is not asked of a receiver."""

    class Empty:
        def __len__(self):
            return 0

        def __call__(self):
            return "called"

        def method(self):
            return "method"

    empty = Empty()
    sent.connect(empty)
    sent.connect(empty.method)
    assert responses(sent.send(sender=None, user=1)) == ["called", "method"]


def test_a_decorated_receiver_is_called_through_its_decorator(sent):
    """The wrapper of a `functools.wraps` decorator is called with what the wrapped function names."""

    def twice(function):
        @functools.wraps(function)
        def wrapper(*arguments, **named):
            return [function(*arguments, **named), function(*arguments, **named)]

        return wrapper

    @twice
    def welcome(user):
        return user

    sent.connect(welcome)
    assert sent.send(sender=None, user="frida") == [(welcome, ["frida", "frida"])]


@pytest.mark.parametrize("untyped", [False, True])
def test_a_decorator_that_looks_into_its_keywords_finds_the_arguments_there(sent, untyped):
    """The idiom of Django's documentation for fixtures: the decorator reads `kwargs["raw"]` before it calls."""
    saved = Signal() if untyped else Signal(providing_args=["raw", "user"])

    def unless_raw(function):
        @functools.wraps(function)
        def wrapper(*arguments, **named):
            return "skipped" if named["raw"] else function(*arguments, **named)

        return wrapper

    @unless_raw
    def welcome(sender, user, **named):
        return user

    @unless_raw
    def welcome_raw(raw, user):
        return user

    saved.connect(welcome)
    saved.connect(welcome_raw)
    assert responses(saved.send(sender=None, raw=True, user=1)) == ["skipped", "skipped"]
    assert responses(saved.send(sender=None, raw=False, user=1)) == [1, 1]


def test_a_decorator_with_parameters_of_its_own_gets_those(sent):
    """A wrapper that names other parameters than the function it wraps is called with its own."""

    def names_only(function):
        @functools.wraps(function)
        def wrapper(sender, user):
            return function(user)

        return wrapper

    @names_only
    def welcome(who):
        return who

    sent.connect(welcome)
    assert responses(sent.send(sender=None, user="frida")) == ["frida"]


def test_a_decorator_that_takes_the_rest_gets_the_rest(sent):
    """`def wrapper(sender, **kwargs)` around a function that names less is called as it is written."""

    def by_name(function):
        @functools.wraps(function)
        def wrapper(sender, **named):
            return function(named["user"])

        return wrapper

    @by_name
    def welcome(user):
        return user

    sent.connect(welcome)
    assert responses(sent.send(sender=None, user="frida")) == ["frida"]


def test_a_cached_function_is_a_receiver(sent):
    """`functools.lru_cache` wraps in C; what the function names is passed."""
    calls = []

    @functools.lru_cache
    def load(user):
        calls.append(user)
        return user

    sent.connect(load)
    sent.send(sender=None, user=1)
    assert responses(sent.send(sender=None, user=1)) == [1]
    assert calls == [1]


def test_a_signal_can_be_sent_by_a_receiver_of_another(sent):
    """`other.send` is a callable like any other: a signal can be forwarded."""

    @signal
    def forwarded(sender, user):
        """Documented."""

    heard = []
    forwarded.connect(lambda user: heard.append(user))
    sent.connect(lambda sender, user: forwarded.send(sender=sender, user=user))
    sent.send(sender=None, user="frida")
    assert heard == ["frida"]
