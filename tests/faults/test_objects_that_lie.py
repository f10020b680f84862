"""What happens with receivers and plugins that raise, or say anything, when somebody looks at them?"""

from __future__ import annotations

import asyncio
import functools
import gc
import logging
import sys
import types
import weakref
from collections.abc import Callable, Iterator

import pluggy
import pytest
import werkzeug.local
import wrapt
from support import installing

from hookcore import PluginManager, ReceiverError, Signal, signal


class Answering:
    """A callable object for proxies to stand for."""

    def __call__(self, **kwargs):
        return "answer"


class RaisingClass:
    """A lazy receiver whose `__class__` raises."""

    @property
    def __class__(self):
        raise LookupError("not loaded yet")

    def __call__(self, **kwargs):
        raise LookupError("not loaded yet")


class RaisingAttributes:
    """One that raises for every attribute."""

    def __getattribute__(self, name):
        raise LookupError(name)

    def __call__(self, **kwargs):
        raise LookupError("not loaded yet")


class AnyAttribute:
    """One that has every attribute, and each is such a one again."""

    def __getattr__(self, name):
        return AnyAttribute()

    def __call__(self, **kwargs):
        raise LookupError("not loaded yet")


class AnyNamedAttribute:
    """One that has a name besides."""

    __name__ = "anything"

    def __getattr__(self, name):
        return AnyNamedAttribute()

    def __call__(self, **kwargs):
        raise LookupError("not loaded yet")


class LyingClass:
    """One that says that it is a method, and has none of a method's parts."""

    __class__ = types.MethodType

    def __call__(self, **kwargs):
        raise LookupError("not loaded yet")


class RaisingNames:
    """One whose names are no text."""

    __module__ = None
    __wrapped__ = property(lambda self: 1 / 0)

    def __init__(self):
        self.__name__ = self.__qualname__ = 7

    def __call__(self, **kwargs):
        raise LookupError("not loaded yet")


class RaisingComparison:
    """One whose `__eq__`, `__hash__` and `__bool__` raise."""

    def __eq__(self, other):
        raise LookupError("eq")

    def __hash__(self):
        raise LookupError("hash")

    def __bool__(self):
        raise LookupError("bool")

    def __call__(self, **kwargs):
        raise LookupError("not loaded yet")


class RaisingRepr:
    """One whose `__repr__` raises."""

    def __repr__(self):
        raise LookupError("repr")

    def __call__(self, **kwargs):
        raise LookupError("not loaded yet")


class RaisingSignature:
    """One whose signature raises."""

    @property
    def __signature__(self):
        raise LookupError("signature")

    def __call__(self, **kwargs):
        raise LookupError("not loaded yet")


class WrapsItself:
    """One that wraps itself."""

    def __init__(self):
        self.__wrapped__ = self

    def __call__(self, **kwargs):
        raise LookupError("not loaded yet")


def dead_proxy() -> object:
    """A weakref.proxy whose object is gone."""
    return weakref.proxy(Answering())


def unbound_local() -> object:
    """A proxy outside of its request."""
    return werkzeug.local.LocalProxy(werkzeug.local.LocalStack())


def partial_of_a_dead_proxy() -> object:
    """The same, a layer further in."""
    return functools.partial(dead_proxy())


LIARS: list[Callable[[], object]] = [
    RaisingClass,
    RaisingAttributes,
    AnyAttribute,
    AnyNamedAttribute,
    LyingClass,
    RaisingNames,
    RaisingComparison,
    RaisingRepr,
    RaisingSignature,
    WrapsItself,
    dead_proxy,
    unbound_local,
    partial_of_a_dead_proxy,
]


@pytest.fixture(params=LIARS, ids=lambda kind: kind.__name__)
def liar(request: pytest.FixtureRequest) -> list[object]:
    """Each of them, in a list: pytest itself must not look at it."""
    return [request.param()]


def declared() -> Signal:
    """A declared signal."""

    @signal
    def paid(sender, order):
        """An order was paid."""

    return paid


@pytest.fixture(params=[Signal, declared], ids=["untyped", "declared"])
def paid(request: pytest.FixtureRequest) -> Signal:
    """A signal of each kind."""
    return request.param()


def fine(sender, **kwargs):
    """A receiver beside it."""
    return "fine"


@pytest.mark.parametrize("weak", [None, False])
def test_a_receiver_that_cannot_be_looked_at_is_one_receivers_fault(paid, liar, weak, caplog):
    """It connects, its failure is its own response and is logged, the others are called; it can be disconnected."""
    paid.connect(liar[0], weak=weak)
    paid.connect(fine)

    for _ in range(2):
        caplog.clear()
        answers = paid.send_robust(sender=None, order="O1")

        (_, error), (_, answer) = answers
        assert isinstance(error, Exception)
        assert answer == "fine"
        assert [record.exc_info[1] for record in caplog.records] == [error]
        assert caplog.text

    assert paid.has_listeners()
    assert len(paid.receivers) == 2
    assert paid.disconnect(liar[0])
    assert [answer for _, answer in paid.send(sender=None, order="O1")] == ["fine"]


def test_a_receiver_that_cannot_be_looked_at_may_answer(paid):
    """A lazy receiver is called as soon as it can be."""
    stack = werkzeug.local.LocalStack()
    paid.connect(werkzeug.local.LocalProxy(stack))
    assert isinstance(paid.send_robust(sender=None, order="O1")[0][1], RuntimeError)

    stack.push(Answering())

    assert [answer for _, answer in paid.send(sender=None, order="O1")] == ["answer"]


@pytest.mark.parametrize("error", [LookupError, SystemExit, GeneratorExit, asyncio.CancelledError, BaseException])
def test_a_receiver_that_cannot_be_looked_at_any_more_is_one_receivers_fault(paid, error):
    """Whatever its attributes raise once it is connected: a lazy object whose import exits, say."""

    class Late:
        now = False

        def __getattribute__(self, name):
            if Late.now:
                raise error(name)
            return object.__getattribute__(self, name)

        def __call__(self, **kwargs):
            raise LookupError("not loaded yet")

    late = Late()
    paid.connect(late, weak=False)
    paid.connect(fine)
    Late.now = True

    (_, failure), (_, answer) = paid.send_robust(sender=None, order="O1")

    assert isinstance(failure, LookupError)
    assert answer == "fine"
    assert paid.disconnect(late)


class Wrapping:
    """A callable that names what it wants, and says that it wraps something."""

    def __init__(self, wrapped=None):
        self.__wrapped__ = wrapped or self

    def __call__(self, order):
        return "wrapping"


class WrappingWithoutEnd(Wrapping):
    """It wraps a new one at each look."""

    __wrapped__ = property(lambda self: WrappingWithoutEnd(), lambda self, wrapped: None)


class WrappingNothing(Wrapping):
    """To ask what it wraps raises."""

    __wrapped__ = property(lambda self: 1 / 0, lambda self, wrapped: None)


def each_other():
    """One that wraps one that wraps it."""
    outer = Wrapping()
    outer.__wrapped__ = Wrapping(outer)
    return outer


@pytest.mark.parametrize("make", [Wrapping, each_other, WrappingWithoutEnd, WrappingNothing])
def test_a_receiver_under_wrappers_without_an_end_is_connected(paid, make):
    """Nobody looks for its decorators for ever."""
    receiver = make()
    paid.connect(receiver)

    assert [answer for _, answer in paid.send(sender=None, order="O1")] == ["wrapping"]


def test_a_decorated_method_whose_instance_cannot_be_asked_is_one_receivers_fault(paid):
    """Such a method is held weakly, and looked for at each send."""

    @wrapt.decorator
    def decorated(wrapped, instance, args, kwargs):
        return wrapped(*args, **kwargs)

    class Lazy:
        is_there = True

        def __getattribute__(self, name):
            if name == "note" and not Lazy.is_there:
                raise LookupError("outside of a request")
            return object.__getattribute__(self, name)

        @decorated
        def note(self, order):
            return order

    lazy = Lazy()
    paid.connect(lazy.note)
    paid.connect(fine)
    assert [answer for _, answer in paid.send(sender=None, order="O1")] == ["O1", "fine"]
    Lazy.is_there = False

    (_, failure), (_, answer) = paid.send_robust(sender=None, order="O1")

    assert str(failure) == "outside of a request"
    assert answer == "fine"
    assert len(paid.receivers) == 2


class ComparesWithNothing:
    """A `dispatch_uid` whose `==` raises."""

    def __eq__(self, other):
        raise LookupError("eq")

    __hash__ = object.__hash__


def test_nobody_elses_uid_is_compared(paid):
    """Whoever disconnects something else does not meet it."""
    paid.connect(fine, dispatch_uid=ComparesWithNothing())

    assert not paid.disconnect(dispatch_uid="another")
    assert not paid.disconnect(fine)


class Wanting:
    """An object that names what it wants, as a method, and by keyword."""

    def __call__(self, order):
        return order

    def method(self, *, order):
        return order


@pytest.mark.parametrize("part", [lambda each: each, lambda each: each.method], ids=["instance", "method"])
def test_a_proxy_is_believed_about_its_arguments_while_its_object_lives(paid, part):
    """What is behind the proxy is asked."""
    wanting = part(Wanting())
    paid.connect(weakref.proxy(wanting))

    assert [answer for _, answer in paid.send(sender=None, order="O1")] == ["O1"]


@pytest.mark.parametrize("late", ["before the first send", "between two sends", "before a change"])
def test_a_receiver_that_dies_behind_its_proxy_is_one_receivers_fault(paid, late):
    """What a receiver wants is asked when it connects, and never again."""
    answering = Answering()
    paid.connect(weakref.proxy(answering))
    paid.connect(fine)
    if late != "before the first send":
        assert [answer for _, answer in paid.send(sender=None, order="O1")] == ["answer", "fine"]
    del answering
    gc.collect()
    if late == "before a change":
        paid.connect(lambda **kwargs: "new")

    (_, error), (_, answer), *_ = paid.send_robust(sender=None, order="O1")

    assert isinstance(error, ReferenceError)
    assert answer == "fine"


class Mute:
    """It cannot be called, and has no text."""

    def __repr__(self):
        raise LookupError("repr")


@pytest.mark.parametrize("uncallable", [Mute, object])
def test_what_cannot_be_called_is_refused_whatever_it_says(paid, uncallable):
    """The refusal can always be written."""
    with pytest.raises(ReceiverError, match="must be callable"):
        paid.connect(uncallable())


# -- a manager's plugins ----------------------------------------------------------------------------------------


class NoTruthValue:
    """An array's manner of comparison."""

    def __bool__(self):
        raise ValueError("the truth value is ambiguous")


class Comparing:
    """A plugin object whose `==` is anything but a comparison."""

    def __init__(self, answer):
        self.answer = answer

    def __eq__(self, other):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    __hash__ = object.__hash__


@pytest.mark.parametrize(
    "answer", [True, False, None, NoTruthValue(), LookupError("eq")], ids=lambda answer: type(answer).__name__
)
def test_plugins_are_told_apart_by_identity(answer):
    """Whatever a plugin object's `==` says or raises, it is one plugin, and the others are others."""
    plugins = PluginManager("shop")
    odd, other = Comparing(answer), Comparing(answer)

    assert plugins.register(odd, "odd") == "odd"
    assert plugins.register(other, "other") == "other"
    assert plugins.register(types.SimpleNamespace(), "plain") == "plain"
    assert (plugins.get_name(odd), plugins.get_name(other)) == ("odd", "other")
    assert plugins.is_registered(odd)
    assert plugins.get_hookcallers(odd) == []
    assert plugins.unregister(odd) is odd
    assert not plugins.is_registered(odd)
    assert plugins.is_registered(other)


ODD_PLUGIN = """
import weakref
from hookcore import receiver
from shop_signals import order_paid

class Odd:
    def __eq__(self, other):
        {equality}

    __hash__ = object.__hash__

plugin = Odd()

@receiver(order_paid)
def answer(number):
    return "odd"
"""


@pytest.mark.parametrize(
    "equality", ["raise LookupError('eq')", "return True", "return NotImplemented", "return [1, 2]"]
)
def test_a_plugin_that_compares_oddly_harms_no_other(shop, equality):
    """Each later plugin starts, and the odd one can be switched."""
    shop.install("a-odd", ODD_PLUGIN.format(equality=equality), entry_point="a_odd:plugin")
    manager = shop.start()

    assert {report.name: report.state for report in manager.report()} == {"a-odd": "active", "good": "active"}
    assert sorted(shop.pay()) == ["counted", "odd"]
    manager.disable("a-odd")
    assert shop.pay() == ["counted"]
    manager.enable("a-odd")
    assert sorted(shop.pay()) == ["counted", "odd"]


CONNECTS_A_DEAD_PROXY = """
import weakref
from shop_signals import order_paid

class Answering:
    def __call__(self, number):
        return "alive"

answering = Answering()
order_paid.connect(weakref.proxy(answering))
del answering
"""


def test_a_dead_proxy_that_a_plugin_connects_harms_no_start(shop):
    """Start, report, robust sends and stop go on."""
    shop.install("dead", CONNECTS_A_DEAD_PROXY)
    manager = shop.start()

    assert {report.state for report in manager.report()} == {"active"}
    answers = dict(enumerate(answer for _, answer in shop.signals.order_paid.send_robust(sender=None, number="1")))
    assert "counted" in answers.values()
    manager.disable("dead")
    assert shop.pay() == ["counted"]
    manager.enable("dead")
    manager.stop()
    manager.start()


IMPORTS_LATE = """
def __dir__():
    return ["late"]

def __getattr__(name):
    raise ImportError(name) if name == "late" else AttributeError(name)
"""
IDLE = {
    "a property raises": (
        "class Idle:\n    @property\n    def cursor(self): raise LookupError('no database')",
        "idle:Idle",
    ),
    "a property exits": ("import sys\nclass Idle:\n    @property\n    def cursor(self): sys.exit()", "idle:Idle"),
    "a proxy outside of its request": (
        "import werkzeug.local\nrequest = werkzeug.local.LocalProxy(werkzeug.local.LocalStack())",
        "idle",
    ),
    "a dead proxy": ("import weakref\nclass A: ...\ngone = weakref.proxy(A())", "idle"),
    "an attribute that is imported late": (IMPORTS_LATE, "idle"),
    "an object without a class": ("class A:\n    __class__ = property(lambda self: 1 / 0)\nclassless = A()", "idle"),
    "a signal's name": ("class A:\n    __class__ = property(lambda self: 1 / 0)\norder_paid = A()", "idle"),
}


@pytest.mark.parametrize(("source", "entry_point"), IDLE.values(), ids=IDLE)
def test_a_plugin_that_does_nothing_is_not_asked_why(shop, source, entry_point):
    """Its attributes may be code, which nobody runs to tell the operator what its author may have forgotten."""
    shop.install("idle", source, entry_point=entry_point)
    manager = shop.start()

    # pluggy before 1.7 looks for its marks with getattr(), which asks this one; its own fault is its own all the same.
    is_asked = source is IMPORTS_LATE and pluggy.__version__ < "1.7"
    expected = {"idle": "failed" if is_asked else "active", "good": "active"}
    assert {report.name: report.state for report in manager.report()} == expected
    manager.reload_config()
    assert shop.pay() == ["counted"]


HAS_A_LATE_OBJECT = """
import sys

class Late:
    now = False

    def __getattribute__(self, name):
        if Late.now:
            {error}
        return object.__getattribute__(self, name)

late = Late()

def ready():
    Late.now = True
"""


@pytest.mark.parametrize("error", ["raise LookupError", "sys.exit()"])
def test_what_a_plugin_keeps_is_not_asked_for_marks_if_it_will_not_be(shop, error):
    """It may be no more to be looked at when the plugin comes up again."""
    shop.install("late", HAS_A_LATE_OBJECT.format(error=error))
    manager = shop.start()
    manager.disable("late")
    manager.enable("late")

    assert {report.name: report.state for report in manager.report()} == {"late": "active", "good": "active"}


@pytest.mark.parametrize("error", [LookupError, SystemExit])
def test_what_is_registered_by_hand_is_looked_at_once(shop, error):
    """A later look at it may raise, as outside of its request: it alone fails then."""

    class Lazy:
        now = False

        def __getattribute__(self, name):
            if Lazy.now:
                raise error(name)
            return object.__getattribute__(self, name)

    manager = shop.manager()
    manager.register(Lazy(), name="lazy")
    Lazy.now = True
    manager.start()

    assert {report.name: report.state for report in manager.report()} == {"good": "active", "lazy": "failed"}
    assert shop.pay() == ["counted"]


@pytest.mark.parametrize("receiver", ["RaisingClass()", "gone"])
def test_a_receiver_that_is_imported_late_is_not_asked(shop, receiver):
    """What its entry point names may be a proxy, or an object without a class."""
    source = (
        "import weakref\nclass RaisingClass:\n    __class__ = property(lambda self: 1 / 0)\n"
        f"    def __call__(self, number): return 'late'\ngone = weakref.proxy(RaisingClass())\nreceiver = {receiver}\n"
    )
    installing.install(
        shop.site,
        "late",
        entry_points={"shop.receivers": {"order_paid.late": "late:receiver"}},
        modules={"late.py": source},
    )
    shop.start()

    answers = [answer for _, answer in shop.signals.order_paid.send_robust(sender=None, number="1")]
    assert "counted" in answers
    assert len(answers) == 2


# -- what failures say ------------------------------------------------------------------------------------------


class RaisesInStr(Exception):
    """Its text raises."""

    def __str__(self):
        raise LookupError("str")

    __repr__ = __str__


class RecursesInStr(Exception):
    """Its text has no end."""

    def __str__(self):
        return str(self)

    __repr__ = __str__


class ExitsInStr(Exception):
    """Its text ends the process."""

    def __str__(self):  # noqa: PLE0307
        sys.exit("from a text")

    __repr__ = __str__


class NoTextInStr(Exception):
    """Its text is none."""

    def __str__(self):
        return 7  # noqa: PLE0307

    __repr__ = __str__


class RaisesWhenAsked(Exception):
    """Whatever is asked of it raises, its class and its traceback too."""

    def __getattribute__(self, name):
        raise LookupError(name)


class RaisesForItsTraceback(Exception):
    """One attribute of every exception is code."""

    @property
    def __traceback__(self):
        raise LookupError("traceback")


class RaisesForItsClass(Exception):
    """To ask for its class raises."""

    @property
    def __class__(self):
        raise LookupError("class")


class SaysKeyboardInterrupt(Exception):
    """It passes for the user's Ctrl-C."""

    __class__ = KeyboardInterrupt


class SaysCancelled(Exception):
    """It passes for a cancellation."""

    __class__ = asyncio.CancelledError


class ExitsForItsTraceback(Exception):
    """One attribute of every exception ends the process."""

    @property
    def __traceback__(self):
        sys.exit("from a traceback")


class RecursionWithoutClass(RecursionError):
    """A RecursionError that cannot be looked at."""

    @property
    def __class__(self):
        raise LookupError("class")


class NamelessClass(type):
    """A class whose name raises."""

    def __getattribute__(cls, name):
        if name in ("__name__", "__qualname__", "__module__"):
            raise LookupError(name)
        return super().__getattribute__(name)


class Nameless(Exception, metaclass=NamelessClass):
    """Its class has no name."""


def nameless() -> Exception:
    """An instance of it, made by a function that has a name."""
    return Nameless()


def with_bad_notes() -> Exception:
    """Its notes raise."""
    error = LookupError("noted")
    error.__notes__ = [RaisingRepr()]
    return error


def deep_group() -> Exception:
    """A group in a group in a group …"""
    error: Exception = LookupError("innermost")
    for _ in range(3000):
        error = ExceptionGroup("deeper", [error])
    return error


def own_cause() -> Exception:
    """It is its own cause."""
    error = LookupError("circle")
    other = LookupError("other")
    error.__cause__, other.__cause__ = other, error
    return error


ERRORS = [
    *(RaisesInStr, RecursesInStr, ExitsInStr, NoTextInStr, RaisesWhenAsked, RaisesForItsTraceback),
    *(RaisesForItsClass, SaysKeyboardInterrupt, SaysCancelled, ExitsForItsTraceback, RecursionWithoutClass),
    *(nameless, with_bad_notes, deep_group, own_cause),
]


@pytest.fixture
def handler() -> Iterator[logging.Handler]:
    """What a host has: a handler with a formatter, whose own errors are raised."""
    written: list[str] = []

    class Writing(logging.Handler):
        def emit(self, record):
            written.append(self.format(record))

    made = Writing()
    made.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    made.written = written
    logging.getLogger("hookcore").addHandler(made)
    yield made
    logging.getLogger("hookcore").removeHandler(made)


@pytest.mark.parametrize("make", ERRORS, ids=lambda make: make.__name__)
def test_a_failure_without_a_text_leaves_a_robust_send_by_no_way(paid, make, handler):
    """It is the response, the log says which receiver failed, and the others are called."""
    error = make()

    def fail(**kwargs):
        raise error

    paid.connect(fail)
    paid.connect(fine)

    assert paid.send_robust(sender=None, order="O1") == [(fail, error), (fine, "fine")]
    [text] = handler.written
    assert "Error calling" in text
    assert "fail" in text


def failing_in(kind, error):
    """Return a receiver that raises an error: where it is awaited, before its yield, or behind it."""

    async def awaited(**kwargs):
        raise error

    def before(**kwargs):
        raise error
        yield

    def behind(**kwargs):
        yield
        raise error

    return {"awaited": awaited, "before the yield": before, "behind the yield": behind}[kind]


@pytest.mark.parametrize("kind", ["awaited", "before the yield", "behind the yield"])
@pytest.mark.parametrize("awaits", [False, True], ids=["send_robust", "asend_robust"])
@pytest.mark.parametrize("make", [*ERRORS, GeneratorExit, asyncio.CancelledError, SystemExit])
def test_an_odd_failure_is_contained_wherever_it_is_raised(paid, make, kind, awaits, handler):
    """In coroutines and wrappers, too, and whatever the error says that it is."""
    error = make()
    paid.connect(failing_in(kind, error), wrapper=kind != "awaited")
    paid.connect(fine)

    answers = []

    async def awaited():  # nothing is returned: before Python 3.13 asyncio.run() asks for the text of what is
        answers.extend(answer for _, answer in await paid.asend_robust(None, order="1"))

    if awaits:
        asyncio.run(awaited())
    else:
        answers.extend(answer for _, answer in paid.send_robust(None, order="1"))

    assert set(map(id, answers)) == {id(error), id("fine")}
    assert len(handler.written) == 1


def test_a_send_that_is_closed_is_closed(paid, handler):
    """GeneratorExit is the receiver's own only if it comes from further in than the send itself."""

    class Never:
        def __await__(self):
            yield self

    closed = []

    async def waits(**kwargs):
        try:
            await Never()
        finally:
            closed.append("closed")

    paid.connect(waits)
    sending = paid.asend_robust(sender=None, order="1")
    sending.send(None)
    with pytest.raises(GeneratorExit):
        sending.throw(GeneratorExit)

    assert closed == ["closed"]
    assert handler.written == []


@pytest.mark.parametrize("make", [lambda: weakref.proxy(Answering()), RaisingClass], ids=["dead", "classless"])
def test_what_a_wrapper_returns_is_not_asked(paid, make):
    """It is told from a list by its type."""

    def wrapper(**kwargs):
        yield
        return made

    made = make()
    paid.connect(wrapper, wrapper=True)

    [(_, answer)] = paid.send_robust(sender=None, order="1")
    assert answer is made


FAILS_WITH = """
import sys

class {name}(Exception):
    def __str__(self):
        {text}

    __repr__ = __str__

raise {name}()
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("RaisesInStr", "raise LookupError"),
        ("RecursesInStr", "return str(self)"),
        ("ExitsInStr", "sys.exit()"),
        ("NoTextInStr", "return 7"),
        ("Exits", "0\n\n    @property\n    def __traceback__(self):\n        sys.exit()"),
    ],
)
def test_a_plugin_that_fails_without_a_text_fails_alone(shop, name, text, handler):
    """The report and the log name plugin, phase and class."""
    shop.install("bad", FAILS_WITH.format(name=name, text=text))
    manager = shop.start()

    states = {report.name: report.state for report in manager.report()}
    assert states == {"bad": "failed", "good": "active"}
    [reason] = [report.reason for report in manager.report() if report.name == "bad"]
    assert name in reason
    assert name in "".join(handler.written)


def test_a_plugin_whose_failure_has_no_class_name_fails_alone(shop):
    """Its metaclass raises when it is asked."""
    source = (
        "class Meta(type):\n    __name__ = property(lambda kind: 1 / 0)\nclass Odd(Exception, metaclass=Meta): ...\n"
    )
    shop.install("bad", f"{source}raise Odd()")
    manager = shop.start()

    assert {report.name: report.state for report in manager.report()} == {"bad": "failed", "good": "active"}
    assert "Odd" in manager.report()[0].reason
