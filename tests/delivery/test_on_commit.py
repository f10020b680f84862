"""Does a receiver with delivery="on_commit" run when its transaction is committed, and only then?"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

from hookcore import PluginManager, ReceiverError, Signal, signal
from hookcore.delivery import ask_first, ask_no_more


class Transaction:
    """A transaction of nobody's: open or not, with what waits for its commit."""

    def __init__(self) -> None:
        self.is_open = True
        self.waiting: list[Callable[[], object]] = []
        self.asked: list[dict[str, object]] = []

    def find(self, given):
        """Tell in which transaction a send is."""
        self.asked.append(dict(given))
        return self.waiting.append if self.is_open else None

    def commit(self) -> None:
        """Close it, and call what has waited."""
        self.is_open = False
        for function in self.waiting:
            function()

    def roll_back(self) -> None:
        """Close it, and forget what has waited."""
        self.is_open = False
        self.waiting.clear()


@pytest.fixture
def transaction() -> Iterator[Transaction]:
    """Give the transaction that every send is in."""
    one = Transaction()
    ask_first(one.find)
    yield one
    ask_no_more(one.find)


@signal
def order_paid(sender: object, number: str, amount: float) -> None:
    """An order was paid."""


@pytest.fixture
def told() -> Iterator[list[object]]:
    """Give a list for receivers to write to, and leave nobody connected."""
    before = order_paid.receivers
    yield []
    order_paid.receivers = before


def test_a_receiver_runs_after_the_commit_with_just_what_it_names(transaction, told):
    """A receiver runs after the commit with just what it names."""
    order_paid.connect(lambda number: told.append(number), delivery="on_commit")
    order_paid.send(sender=None, number="A-7", amount=1.0)
    assert told == []
    transaction.commit()
    assert told == ["A-7"]


def test_others_of_the_same_signal_run_in_the_send(transaction, told):
    """Others of the same signal run in the send."""
    order_paid.connect(lambda: told.append("late"), delivery="on_commit")
    order_paid.connect(lambda: told.append("inline"))
    order_paid.send(sender=None, number="A-7", amount=1.0)
    assert told == ["inline"]
    transaction.commit()
    assert told == ["inline", "late"]


def test_it_never_runs_after_a_rollback(transaction, told):
    """It never runs after a rollback."""
    order_paid.connect(lambda: told.append("late"), delivery="on_commit")
    order_paid.send(sender=None, number="A-7", amount=1.0)
    transaction.roll_back()
    assert told == []


def test_it_runs_at_once_where_no_transaction_is_open(told):
    """It runs at once where no transaction is open."""
    order_paid.connect(lambda number: told.append(number), delivery="on_commit")
    assert [response for _, response in order_paid.send(sender=None, number="A-7", amount=1.0)] == [None]
    assert told == ["A-7"]


def test_receivers_run_in_the_order_in_which_they_were_reached(transaction, told):
    """Receivers run in the order in which they were reached."""
    for number in range(3):
        order_paid.connect(lambda number=None, turn=number: told.append((turn, number)), delivery="on_commit")
    order_paid.send(sender=None, number="A", amount=1.0)
    order_paid.send(sender=None, number="B", amount=1.0)
    transaction.commit()
    assert told == [(turn, number) for number in "AB" for turn in range(3)]


def test_one_that_fails_hides_no_other_and_reaches_nobody(transaction, told, caplog):
    """One that fails hides no other and reaches nobody."""

    def fails() -> None:
        raise LookupError("no such mailbox")

    order_paid.connect(fails, delivery="on_commit")
    order_paid.connect(lambda: told.append("next"), delivery="on_commit")
    order_paid.send(sender=None, number="A-7", amount=1.0)
    with caplog.at_level(logging.ERROR, "hookcore"):
        transaction.commit()
    assert told == ["next"]
    assert "fails after commit (no such mailbox)" in caplog.text
    assert "in fails" in caplog.text, "with its traceback"


def test_also_one_that_runs_at_once_reaches_nobody_with_its_failure(told, caplog):
    """Also one that runs at once reaches nobody with its failure."""

    def fails() -> None:
        raise LookupError

    order_paid.connect(fails, delivery="on_commit")
    assert [response for _, response in order_paid.send(sender=None, number="A-7", amount=1.0)] == [None]


def test_the_users_ctrl_c_passes(told):
    """The users ctrl c passes."""

    def interrupted() -> None:
        raise KeyboardInterrupt

    order_paid.connect(interrupted, delivery="on_commit")
    with pytest.raises(KeyboardInterrupt):
        order_paid.send(sender=None, number="A-7", amount=1.0)


def test_a_coroutine_receiver_is_run_to_its_end(transaction, told):
    """A coroutine receiver is run to its end."""

    async def tell(number: str) -> None:
        told.append(number)

    order_paid.connect(tell, delivery="on_commit")
    order_paid.send(sender=None, number="A-7", amount=1.0)
    transaction.commit()
    assert told == ["A-7"]


def test_it_is_the_signal_itself_that_a_receiver_may_ask_for(transaction, told):
    """It is the signal itself that a receiver may ask for."""
    order_paid.connect(lambda **everything: told.append(everything), delivery="on_commit")
    order_paid.send(sender=None, number="A-7", amount=1.0)
    transaction.commit()
    assert told == [{"signal": order_paid, "sender": None, "number": "A-7", "amount": 1.0}]


def test_disconnecting_and_connecting_twice_mean_what_was_written(transaction, told):
    """Disconnecting and connecting twice mean what was written."""

    def receive() -> None:
        told.append("received")

    for _ in range(2):
        order_paid.connect(receive, delivery="on_commit")
    order_paid.send(sender=None, number="A-7", amount=1.0)
    transaction.commit()
    assert told == ["received"]
    assert order_paid.disconnect(receive)
    assert not order_paid.disconnect(receive)


def test_a_bound_method_is_held_until_it_has_run(transaction, told):
    """A bound method is held until it has run."""

    class Mail:
        def thank(self, number: str) -> None:
            told.append(number)

    order_paid.connect(Mail().thank, delivery="on_commit")
    order_paid.send(sender=None, number="A-7", amount=1.0)
    transaction.commit()
    assert told == ["A-7"]


def test_what_does_not_fit_is_refused_where_it_is_connected():
    """What does not fit is refused where it is connected."""
    with pytest.raises(ReceiverError, match="did you mean 'number'"):
        order_paid.connect(lambda numbr: None, delivery="on_commit")


def test_a_delivery_that_nobody_knows_names_the_nearest():
    """A delivery that nobody knows names the nearest."""
    with pytest.raises(ReceiverError, match=r"'on_comit'.*[Dd]id you mean 'on_commit'"):
        order_paid.connect(print, delivery="on_comit")


@pytest.mark.parametrize("delivery", [None, 3, ["on_commit"]])
def test_a_delivery_that_is_no_text_is_refused_with_those_that_there_are(delivery):
    """What type checkers refuse, for who has none."""
    with pytest.raises(ReceiverError, match=r"no delivery is called .*(There are: inline, on_commit|mean 'on_commit')"):
        order_paid.connect(print, delivery=delivery)


def test_a_wrapper_has_no_delivery():
    """A wrapper has no delivery."""

    def around():
        yield

    with pytest.raises(ReceiverError, match="without delivery='on_commit'"):
        order_paid.connect(around, wrapper=True, delivery="on_commit")


def test_an_untyped_signal_finds_the_transaction_by_what_it_sends(transaction, told):
    """An untyped signal finds the transaction by what it sends."""
    untyped = Signal()
    untyped.connect(lambda **kwargs: told.append(kwargs["using"]), delivery="on_commit")
    untyped.send(sender=None, using="replica")
    assert transaction.asked == [{"signal": untyped, "sender": None, "using": "replica"}]
    transaction.commit()
    assert told == ["replica"]


def test_also_a_compiled_send_defers(transaction, told):
    """Also a compiled send defers."""
    order_paid.connect(lambda number: told.append(number), delivery="on_commit")
    for number in range(300):
        order_paid.send(sender=None, number=number, amount=1.0)
    assert told == []
    transaction.commit()
    assert told == list(range(300))


class Post:
    """A plugin that sends letters, as long as it is open."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def ready(self) -> None:
        """Send them after commit."""
        order_paid.connect(self.send_letter, delivery="on_commit")

    def send_letter(self, number: str) -> None:
        """Send one, or fail."""
        if number == "lost":
            raise ConnectionError("the post is closed")
        self.sent.append(number)


@pytest.fixture
def post_office() -> Iterator[tuple[PluginManager, Post]]:
    """Give a running manager, and its plugin `post`."""
    plugins, post = PluginManager("shop", SimpleNamespace(order_paid=order_paid), discover=lambda _: ()), Post()
    plugins.register(post, name="post")
    with plugins:
        yield plugins, post


def test_a_plugin_that_is_switched_off_meanwhile_is_not_called_and_that_is_told(transaction, post_office, caplog):
    """Its `shutdown` was called: whom policy keeps from running does not run, whatever was sent before."""
    plugins, post = post_office
    order_paid.send(sender=None, number="A-7", amount=1.0)
    plugins.disable("post")
    transaction.commit()

    assert post.sent == []
    assert "send_letter of plugin 'post' is not called after commit" in caplog.text
    assert caplog.records[-1].plugin == "post"


def test_a_plugin_that_runs_again_by_then_is_called(transaction, post_office):
    """What counts is whether it runs when its time has come."""
    plugins, post = post_office
    order_paid.send(sender=None, number="A-7", amount=1.0)
    plugins.disable("post")
    plugins.enable("post")
    transaction.commit()

    assert post.sent == ["A-7"]


def test_a_failure_names_plugin_signal_and_receiver_in_fields(transaction, post_office, caplog):
    """As a failure in the send itself does."""
    order_paid.send(sender=None, number="lost", amount=1.0)
    transaction.commit()

    [record] = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert (record.plugin, record.signal, record.receiver) == ("post", "order_paid", "send_letter")
    assert "of plugin 'post' after commit (the post is closed)" in record.getMessage()
