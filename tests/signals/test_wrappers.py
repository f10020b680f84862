"""What do pluggy's wrappers, new and old, do around sends and calls?"""

from __future__ import annotations

import asyncio
import functools

import pytest

from hookcore import ReceiverError, Signal, receiver, signal

pytestmark = pytest.mark.usefixtures("carried_out")


@pytest.fixture
def sent() -> Signal:
    """Return a declared signal."""

    @signal
    def user_saved(sender, user=None):
        """A user was saved."""

    return user_saved


def noting(log, name):
    """Return a wrapper that notes when it is entered and left."""

    def wrapper():
        log.append(f"{name} in")
        try:
            return (yield)
        finally:
            log.append(f"{name} out")

    return wrapper


METHODS = ["send", "send_robust", "__call__"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("old", [False, True])
def test_wrappers_run_around_the_receivers(sent, register, method, old):
    """What stands before the yield runs before, the rest after; of two, the one that is called first is outside."""
    log = []

    def old_style(name):
        def wrapper():
            log.append(f"{name} in")
            yield
            log.append(f"{name} out")

        return wrapper

    make, marks = (old_style, {"hookwrapper": True}) if old else (lambda name: noting(log, name), {"wrapper": True})
    register(sent, make("first"), **marks)
    register(sent, make("second"), **marks)
    sent.connect(lambda: log.append("receiver"))
    getattr(sent, method)(sender=None)
    assert log == ["first in", "second in", "receiver", "second out", "first out"]


@pytest.mark.parametrize("method", METHODS)
def test_wrappers_get_the_arguments_that_they_name(sent, register, method):
    """As receivers do."""
    seen = []

    def wrapper(user):
        seen.append(user)
        return (yield)

    register(sent, wrapper, wrapper=True)
    getattr(sent, method)(sender=None, user="frida")
    assert seen == ["frida"]


def test_a_wrapper_sees_and_replaces_the_result(sent, register):
    """The yield gives what the receivers answered, in either spelling; in pairs, what it put there is the wrapper's."""

    def wrapper():
        result = yield
        return ["replaced", result]

    def receiver():
        return 1

    register(sent, wrapper, wrapper=True)
    sent.connect(receiver)
    assert sent.send(sender=None) == [(wrapper, "replaced"), (wrapper, [1])]
    assert sent.send_robust(sender=None) == [(wrapper, "replaced"), (wrapper, [1])]
    assert sent(sender=None) == ["replaced", [1]]


@pytest.mark.parametrize("method", ["send", "__call__"])
def test_a_wrapper_sees_and_may_swallow_an_exception(sent, register, method):
    """The exception is raised at the yield; a wrapper that returns all the same gives the result."""

    def fails():
        raise LookupError("nobody home")

    def wrapper():
        try:
            return (yield)
        except LookupError as error:
            return ["swallowed", str(error)]

    register(sent, wrapper, wrapper=True)
    sent.connect(fails)
    expected = ["swallowed", "nobody home"]
    if method == "send":
        expected = [(wrapper, answer) for answer in expected]
    assert getattr(sent, method)(sender=None) == expected


@pytest.mark.parametrize("method", ["send", "__call__"])
def test_a_wrapper_may_raise_something_else(sent, register, method):
    """What it raises instead goes on to the next wrapper and to the sender, with its cause."""

    def fails():
        raise LookupError("nobody home")

    def wrapper():
        try:
            return (yield)
        except LookupError as error:
            raise ValueError("translated") from error

    log = []
    register(sent, wrapper, wrapper=True)
    register(sent, noting(log, "other"), wrapper=True)
    sent.connect(fails)
    with pytest.raises(ValueError, match="translated") as caught:
        getattr(sent, method)(sender=None)
    assert isinstance(caught.value.__cause__, LookupError)
    assert log == ["other in", "other out"]


@pytest.mark.parametrize("method", ["send", "__call__"])
@pytest.mark.parametrize("error", [StopIteration("out"), GeneratorExit(), KeyboardInterrupt(), SystemExit(2)], ids=repr)
def test_any_exception_passes_through_a_wrapper_unchanged(sent, register, method, error):
    """Even a StopIteration, which Python would turn into a RuntimeError inside a generator."""
    log = []

    def fails():
        raise error

    register(sent, noting(log, "wrapper"), wrapper=True)
    sent.connect(fails)
    with pytest.raises(type(error)) as caught:
        getattr(sent, method)(sender=None)
    assert caught.value is error
    assert log == ["wrapper in", "wrapper out"]


@pytest.mark.parametrize("method", ["send", "__call__"])
def test_wrappers_that_do_not_yield_once_are_errors_that_name_them(sent, register, method):
    """No yield, or a second one: a RuntimeError in pluggy's words, with file and line."""

    def never():
        if False:
            yield

    def twice():
        yield
        yield

    for wrapper, words in ((never, "did not yield"), (twice, "has second yield")):
        register(sent, wrapper, wrapper=True)
        with pytest.raises(RuntimeError, match=words) as caught:
            getattr(sent, method)(sender=None)
        assert f"{wrapper.__name__!r} {__file__}:{wrapper.__code__.co_firstlineno}" in str(caught.value)
        sent.receivers = []


def test_a_robust_send_records_the_faults_of_wrappers(sent, register, caplog):
    """It fails before its yield or after, does not yield or yields twice: one more response, and a log entry."""

    def before():
        raise LookupError("before")
        yield

    def after():
        yield
        raise LookupError("after")

    def never():
        if False:
            yield

    def twice():
        yield
        yield

    def receiver():
        return "answer"

    for wrapper in (before, after, never, twice):
        register(sent, wrapper, wrapper=True)
    sent.connect(receiver)
    outcome = sent.send_robust(sender=None)
    assert outcome[0] == (receiver, "answer")
    failures = dict(outcome[1:])
    assert set(failures) == {before, after, never, twice}
    assert {type(error) for error in failures.values()} == {LookupError, RuntimeError}
    assert len(caplog.records) == 4


@pytest.mark.parametrize("error", [KeyboardInterrupt()], ids=repr)
def test_wrappers_of_a_robust_send_are_left_when_an_interrupt_passes(sent, register, error):
    """What must not be recorded goes through the wrappers, which clean up behind it, as in a plain send."""
    log = []

    def interrupted():
        raise error

    register(sent, noting(log, "outer"), wrapper=True)
    register(sent, noting(log, "inner"), wrapper=True)
    sent.connect(interrupted)
    with pytest.raises(type(error)) as caught:
        sent.send_robust(sender=None)
    assert caught.value is error
    assert log == ["outer in", "inner in", "inner out", "outer out"]


@pytest.mark.parametrize("count", [1, 5, 6, 7, 8, 13, 20])
@pytest.mark.parametrize("method", METHODS)
def test_any_number_of_wrappers_nests(sent, register, count, method):
    """Each sees what those inside it made of the answers; the outermost has the last word."""
    log = []

    def make(number):
        def wrapper():
            log.append(number)
            result = yield
            log.append(-number)
            return [*result, number]

        return wrapper

    wrappers = [make(number) for number in range(1, count + 1)]
    for wrapper in wrappers:
        register(sent, wrapper, wrapper=True)
    getattr(sent, method)(sender=None)
    log.clear()
    outcome = getattr(sent, method)(sender=None)
    inward = list(range(1, count + 1))
    assert log == [*inward, *(-number for number in reversed(inward))]
    assert outcome == (inward[::-1] if method == "__call__" else [(wrappers[0], number) for number in inward[::-1]])


def test_many_wrappers_around_many_receivers(sent, register):
    """Wrappers that leave the answers as they are leave the pairs as they are."""
    for number in range(40):
        sent.connect((lambda number: lambda: number)(number))
    for _ in range(9):
        register(sent, noting([], "wrapper"), wrapper=True)

    assert [response for _, response in sent.send(sender=None)] == list(range(40))
    assert [response for _, response in sent.send_robust(sender=None)] == list(range(40))
    assert sent(sender=None) == list(range(40))


def test_tryfirst_is_outermost_and_trylast_innermost_among_wrappers(sent, register):
    """Wrappers have an order of their own, around all receivers."""
    log = []
    register(sent, noting(log, "last"), wrapper=True, trylast=True)
    register(sent, noting(log, "usual"), wrapper=True)
    register(sent, noting(log, "first"), wrapper=True, tryfirst=True)
    sent.connect(lambda: log.append("receiver"), tryfirst=True)
    sent.send(sender=None)

    assert log[:4] == ["first in", "usual in", "last in", "receiver"]


@pytest.mark.parametrize("method", ["send", "send_robust"])
def test_wrappers_stand_around_receivers_that_are_weak_or_wait_for_a_sender(sent, register, method):
    """What is inside does not matter to what is around."""
    log = []

    class Mailer:
        def mail(self):
            return "mailed"

    mailer = Mailer()
    register(sent, noting(log, "wrapper"), wrapper=True)
    sent.connect(mailer.mail)
    sent.connect(lambda: "int", sender=int)
    assert [response for _, response in getattr(sent, method)(sender=int)] == ["mailed", "int"]
    assert [response for _, response in getattr(sent, method)(sender=str)] == ["mailed"]
    assert log == ["wrapper in", "wrapper out"] * 2


@pytest.mark.parametrize("method", ["asend", "asend_robust"])
def test_wrappers_stand_around_awaited_sends(sent, register, method, crossing):
    """They are entered before the first receiver and left when the last coroutine has ended."""
    log = []

    def now():
        log.append("now")
        return 1

    async def later():
        await asyncio.sleep(0)
        log.append("later")
        return 2

    register(sent, noting(log, "wrapper"), wrapper=True)
    sent.connect(later)
    sent.connect(later, dispatch_uid="again")
    sent.connect(now)
    outcome = asyncio.run(getattr(sent, method)(sender=None))
    assert outcome == [(now, 1), (later, 2), (later, 2)]
    assert log == ["wrapper in", "now", "later", "later", "wrapper out"]


def test_wrappers_stand_around_coroutine_receivers_of_a_blocking_send(sent, register, crossing):
    """The coroutines are run to their end before the wrapper is left."""
    log = []

    async def later():
        await asyncio.sleep(0)
        log.append("later")

    register(sent, noting(log, "wrapper"), wrapper=True)
    sent.connect(later)
    sent.send(sender=None)
    sent.send_robust(sender=None)
    assert log == ["wrapper in", "later", "wrapper out"] * 2


def test_wrappers_around_the_first_answer(register):
    """A wrapper is given the first answer, in either spelling."""

    @signal(firstresult=True)
    def render(sender):
        """Documented."""

    seen = []

    def wrapper():
        result = yield
        seen.append(result)
        return result

    def answers():
        return "answer"

    register(render, wrapper, wrapper=True)
    render.connect(answers)
    render.connect(lambda: "other", trylast=True)
    assert render(sender=None) == "answer"
    assert render.send(sender=None) == [(answers, "answer")]
    assert render.send_robust(sender=None) == [(answers, "answer")]
    assert seen == ["answer", "answer", "answer"]


def test_an_untyped_signal_has_wrappers_too(register):
    """Pluggy's wrappers name what they want of what was sent."""
    sent = Signal()
    seen = []

    def wrapper(user):
        seen.append(user)
        return (yield)

    register(sent, wrapper, wrapper=True)
    sent.send(sender=None, user=1, more=2)
    sent(sender=None, user=3)
    assert seen == [1, 3]


# -- wrappers that are connected ------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_a_wrapper_can_be_connected(sent, method):
    """`connect(..., wrapper=True)` and `@receiver(..., wrapper=True)`, without pluggy's marker."""
    log = []

    @receiver(sent, wrapper=True)
    def outer(user):
        log.append(f"outer in {user}")
        answers = yield
        log.append(answers)
        return answers

    def answering():
        return 1

    sent.connect(noting(log, "inner"), wrapper=True)
    sent.connect(answering)
    for _ in range(3):
        log.clear()
        assert getattr(sent, method)(sender=None, user=2) == ([1] if method == "__call__" else [(answering, 1)])
        assert log == ["outer in 2", "inner in", "inner out", [1]]


def generator(**named):
    """Yield once."""
    return (yield)


async def asynchronous_generator(**named):
    """Yield once, awaited."""
    yield


class Generating:
    """Has generators in all the places where a receiver can be."""

    def method(self, **named):
        """Yield once."""
        return (yield)

    def __call__(self, **named):
        """Yield once."""
        return (yield)


@pytest.mark.parametrize(
    "function",
    [
        generator,
        functools.partial(generator, some=1),
        functools.partial(functools.partial(generator, some=1), other=2),
        Generating().method,
        Generating(),
        lambda **named: (yield),
    ],
)
def test_a_generator_function_that_is_connected_as_a_receiver_is_refused(sent, function):
    """It would answer with a generator that nobody runs; the remedy is said."""
    for each in (sent, Signal()):
        with pytest.raises(ReceiverError, match="wrapper=True"):
            each.connect(function)


@pytest.mark.parametrize("function", [lambda: 1, print, Generating, functools.partial(print)])
def test_a_wrapper_that_is_no_generator_function_is_refused(sent, function):
    """It has no yield where the others could run."""
    with pytest.raises(ReceiverError, match="no generator function"):
        sent.connect(function, wrapper=True)


RETURNED = {
    "the same list": (lambda answers: answers, None),
    "a copy of it": (lambda answers: list(answers), None),
    "a list with one more": (lambda answers: [*answers, "more"], ["first", "second", "more"]),
    "the list, changed in place": (lambda answers: answers.append("more") or answers, ["first", "second", "more"]),
    "the list in another order": (lambda answers: answers[::-1], ["second", "first"]),
    "an empty list": (lambda answers: [], []),
    "a text": (lambda answers: "text", ["text"]),
    "nothing": (lambda answers: None, [None]),
    "pairs": (lambda answers: [("who", 1)], [("who", 1)]),
}


@pytest.mark.parametrize("returned", RETURNED)
@pytest.mark.parametrize("method", ["send", "send_robust", "asend", "asend_robust"])
def test_the_pairs_of_a_send_are_well_formed_whatever_a_wrapper_returns(sent, method, returned):
    """What it leaves as it is leaves the pairs; what it puts in its place was answered by the wrapper."""
    change, expected = RETURNED[returned]

    def wrapper():
        return change((yield))

    def first():
        return "first"

    def silent():
        return None

    def second():
        return "second"

    sent.connect(wrapper, wrapper=True)
    for each in (first, silent, second):
        sent.connect(each)
    for _ in range(3):
        outcome = getattr(sent, method)(sender=None)
        outcome = asyncio.run(outcome) if method.startswith("a") else outcome
        if expected is None:
            assert outcome == [(first, "first"), (silent, None), (second, "second")]
        else:
            assert outcome == [(wrapper, answer) for answer in expected]


@pytest.mark.parametrize("wrapper", [True, False])
@pytest.mark.parametrize("wrap", [lambda function: function, functools.partial], ids=["plain", "partial"])
def test_an_asynchronous_generator_is_refused_with_what_to_write(wrapper, wrap):
    """It is neither awaited nor a wrapper, which is a plain generator also around awaited sends."""
    with pytest.raises(ReceiverError, match="without `yield`"):
        Signal().connect(wrap(asynchronous_generator), wrapper=wrapper)
