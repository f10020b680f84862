"""What is said when receivers send each other's signals without end?"""

from __future__ import annotations

import asyncio
import gc
import traceback

import pytest

from hookcore import HookcoreError, Signal, SignalRecursionError, signal

pytestmark = pytest.mark.usefixtures("carried_out")


@signal
def order_placed(sender):
    """An order was placed."""


@signal
def stock_changed(sender):
    """The stock has changed."""


def reorder(sender):
    """Place an order."""
    order_placed.send(sender=sender)


def take_from_stock(sender):
    """Change the stock."""
    stock_changed.send(sender=sender)


@pytest.fixture(autouse=True)
def _no_collection_on_a_full_stack():
    """Let no `__del__` of other tests' garbage run, and fail, where the stack is full."""
    gc.collect()
    gc.disable()
    yield
    gc.collect()
    gc.enable()


@pytest.fixture
def endless():
    """Connect two signals in a circle for one test."""
    with order_placed.connected_to(take_from_stock), stock_changed.connected_to(reorder):
        yield


def failure_of(send):
    """Return the recursion error of a send."""
    with pytest.raises(SignalRecursionError) as caught:
        send()
    return caught.value


@pytest.mark.usefixtures("endless")
def test_a_send_without_end_names_the_chain_of_receivers():
    """Both signals and both receivers are in the message, and in `chain`."""
    error = failure_of(lambda: order_placed.send(sender=None))

    assert isinstance(error, RecursionError)
    assert isinstance(error, HookcoreError)
    assert len(error.chain) == 2
    for name in ("order_placed", "stock_changed", f"{__name__}.reorder", f"{__name__}.take_from_stock"):
        assert name in str(error)


@pytest.mark.usefixtures("endless")
def test_the_error_is_short():
    """Not a thousand frames of the circle, and no chain of causes."""
    error = failure_of(lambda: order_placed.send(sender=None))

    assert len(traceback.format_exception(error)) < 50
    assert error.__cause__ is None
    assert error.__suppress_context__ is True


def test_a_signal_that_sends_itself_names_its_one_receiver():
    """The smallest circle."""

    def again():
        order_placed.send(sender=None)

    with order_placed.connected_to(again):
        error = failure_of(lambda: order_placed.send(sender=None))
    assert len(error.chain) == 1
    assert "again" in error.chain[0]


def test_a_signal_works_after_its_recursion_was_cut():
    """Nothing is left behind: the same signals send as before."""
    with order_placed.connected_to(take_from_stock), stock_changed.connected_to(reorder):
        failure_of(lambda: order_placed.send(sender=None))

    with order_placed.connected_to(take_from_stock):
        assert order_placed.send(sender=None) == [(take_from_stock, None)]


def test_recursion_through_pluggy_calls_is_explained_too():
    """The pluggy call, with declared and untyped signals, in a circle."""
    untyped = Signal()

    def calls():
        untyped.send(sender=None)

    def calls_back():
        order_placed(sender=None)

    untyped.connect(calls_back)
    with order_placed.connected_to(calls):
        error = failure_of(lambda: order_placed(sender=None))
    assert "calls_back" in str(error)


def test_recursion_through_sender_filters_weak_methods_and_wrappers_is_explained(register):
    """Whatever shape the compiled code has."""
    tried = Signal()

    class Clerk:
        def again(self, sender):
            tried.send(sender=sender)

    def wrapper():
        return (yield)

    clerk = Clerk()
    register(tried, wrapper, wrapper=True)
    tried.connect(clerk.again, sender=int)
    error = failure_of(lambda: tried.send(sender=int))
    assert "again" in str(error)


def test_a_receiver_that_recurses_on_its_own_keeps_its_own_error():
    """That is no matter of signals."""

    def deep():
        deep()

    with order_placed.connected_to(deep), pytest.raises(RecursionError) as caught:
        order_placed.send(sender=None)
    assert not isinstance(caught.value, SignalRecursionError)


@pytest.mark.usefixtures("endless")
def test_a_robust_send_records_the_recursion_once(caplog):
    """The outermost send records it, as the failure of its receiver; not each of the thousand inside."""
    with order_placed.connected_to(lambda: "last"):
        (receiver, error), (_, last) = order_placed.send_robust(sender=None)
    assert receiver is take_from_stock
    assert isinstance(error, SignalRecursionError)
    assert last == "last"
    assert len(caplog.records) == 1


def test_robust_sends_in_a_circle_are_recorded_once(caplog):
    """Even if every send on the way is a robust one, one failure is recorded, and it names the chain."""

    def again():
        order_placed.send_robust(sender=None)

    with order_placed.connected_to(again):
        ((_, error),) = order_placed.send_robust(sender=None)
    assert isinstance(error, SignalRecursionError)
    assert "again" in str(error)
    assert len(caplog.records) == 1


@pytest.mark.parametrize("count", [1, 2])
def test_awaited_sends_without_end_are_cut_and_named(count):
    """One coroutine receiver is awaited in place, several run as tasks, which no stack limit sees."""
    circle = Signal()

    async def again(**named):
        await circle.asend(sender=None)

    async def idle(**named):
        await asyncio.sleep(0)

    circle.connect(again)
    for number in range(count - 1):
        circle.connect(idle, dispatch_uid=number + 1)

    async def main():
        await circle.asend(sender=None)

    errors = []

    def flatten(error):
        if hasattr(error, "exceptions"):
            for inner in error.exceptions:
                flatten(inner)
        else:
            errors.append(error)

    try:
        asyncio.run(main())
    except BaseException as error:  # one error, or a group of them
        flatten(error)
    assert errors
    for error in errors:
        assert isinstance(error, SignalRecursionError)
        assert "again" in str(error)


@pytest.mark.filterwarnings("ignore:.*guarded:pytest.PytestUnraisableExceptionWarning")
def test_an_awaited_robust_send_without_end_is_recorded(caplog):
    """The recursion is a failure of the receiver; nothing is left waiting."""
    circle = Signal()

    async def again(**named):
        await circle.asend_robust(sender=None)

    circle.connect(again)
    ((_, error),) = asyncio.run(circle.asend_robust(sender=None))
    found = (type(error), len(caplog.records))
    del error
    caplog.clear()
    gc.collect()  # Python warns of the coroutine that it had no stack left to start: here, not in some other test
    assert found == (SignalRecursionError, 1)


def test_deep_sends_that_end_are_left_alone():
    """A few hundred sends inside each other are deep, and no error."""
    counted = Signal()

    def count(depth, **named):
        return counted.send(sender=None, depth=depth - 1) if depth else "bottom"

    counted.connect(count)
    outcome = counted.send(sender=None, depth=150)
    for _ in range(150):
        ((_, outcome),) = outcome
    assert outcome == [(count, "bottom")]
