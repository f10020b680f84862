"""Who keeps a receiver alive, and what happens when it or a sender dies?"""

from __future__ import annotations

import gc
import sys
import weakref

import pytest

from hookcore import Signal, signal
from hookcore.signals.connecting.receiver import Owner

HAS_GIL = getattr(sys, "_is_gil_enabled", lambda: True)()
pytestmark = pytest.mark.usefixtures("carried_out")


class Mailer:
    """Something with receivers of its own."""

    def mail(self, **named):
        """Say who answers."""
        return self

    def __call__(self, **named):
        """Say who answers."""
        return self


class Sender:
    """Something that sends."""


@pytest.fixture
def sent() -> Signal:
    """Return a signal."""
    return Signal()


def responses(outcome):
    """Return the responses of a send without the receivers."""
    return [response for _, response in outcome]


def test_plain_functions_are_held_strongly(sent):
    """A nested function or a lambda stays connected though nobody else holds it: where Django's users were hurt."""

    def make():
        def receive(**named):
            return "held"

        sent.connect(receive)
        sent.connect(lambda **named: "held too")

    make()
    gc.collect()
    assert responses(sent.send(sender=None)) == ["held", "held too"]


@pytest.mark.parametrize("get", [lambda mailer: mailer.mail, lambda mailer: mailer], ids=["method", "instance"])
@pytest.mark.parametrize("sent_before", [False, True])
def test_methods_and_instances_are_held_weakly(sent, get, sent_before):
    """They go with their object, whether or not a send was compiled before."""
    mailer = Mailer()
    sent.connect(get(mailer))
    if sent_before:
        assert responses(sent.send(sender=None)) == [mailer]
    del mailer
    gc.collect()
    assert sent.send(sender=None) == []
    assert sent() if False else sent(sender=None) == []
    assert sent.receivers == []
    assert sent.has_listeners() is False


def test_weak_true_holds_a_plain_function_weakly(sent):
    """Django's default, when it is asked for."""

    def receive(**named):
        return "alive"

    sent.connect(receive, weak=True)
    assert responses(sent.send(sender=None)) == ["alive"]
    del receive
    gc.collect()
    assert sent.send(sender=None) == []


def test_weak_false_holds_anything_strongly(sent):
    """An object that nobody else holds lives as long as it is connected."""
    sent.connect(Mailer().mail, weak=False)
    sent.connect(Mailer(), weak=False)
    gc.collect()

    assert len(sent.send(sender=None)) == 2


def test_weak_true_for_what_can_have_no_weak_reference_is_an_error(sent):
    """Asking for the impossible is told, as by `weakref` itself."""

    class Slotted:
        __slots__ = ()

        def __call__(self):
            pass

    with pytest.raises(TypeError, match="weak reference"):
        sent.connect(Slotted(), weak=True)
    assert sent.receivers == []


def test_a_plugins_receivers_are_held_strongly(sent):
    """What has an owner lives as long as the plugin, whatever it is and whatever `weak` says."""
    sent._owner_of = lambda receiver: Owner("mail", active=True)
    sent.connect(Mailer().mail)
    sent.connect(Mailer(), weak=True)
    gc.collect()

    assert len(sent.send(sender=None)) == 2


def test_receivers_that_get_an_owner_later_are_held_from_then_on(sent):
    """A manager that takes over a signal holds what it finds to be a plugin's."""
    mailer = Mailer()
    sent.connect(mailer.mail)
    owner = Owner("mail", active=True)
    sent._assign_owners(lambda receiver, before: owner)
    del mailer
    gc.collect()

    assert len(sent.send(sender=None)) == 1


def test_a_receiver_that_dies_leaves_the_others(sent):
    """In order, each once."""
    mailers = [Mailer() for _ in range(5)]
    for mailer in mailers:
        sent.connect(mailer.mail)
    assert responses(sent.send(sender=None)) == mailers
    del mailers[1], mailers[2], mailer
    gc.collect()
    assert responses(sent.send(sender=None)) == mailers
    assert len(sent._connections()) == 3


def test_a_dead_receivers_id_is_not_taken_for_another_one(sent):
    """A new object at the old address is a new receiver: it connects, and was not connected before."""
    connected = 0
    for _ in range(200):
        mailer = Mailer()
        assert sent.disconnect(mailer.mail) is False
        assert sent.disconnect(mailer) is False
        sent.connect(mailer.mail)
        sent.connect(mailer)
        assert responses(sent.send(sender=None)) == [mailer, mailer]
        connected += 1
        del mailer
        assert sent.send(sender=None) == []
    assert connected == 200
    assert sent._connections() == []


def test_a_dead_receiver_in_a_restored_list_keeps_no_other_away(sent):
    """Helpers for Django's signals put back a list that they took: who died meanwhile leaves the place to others."""
    mailer = Mailer()
    sent.connect(mailer, dispatch_uid="mailer")
    taken, sent.receivers = sent.receivers, []
    del mailer
    assert sent.send(sender=None) == []
    sent.receivers = taken
    successor = Mailer()
    sent.connect(successor, dispatch_uid="mailer")
    assert responses(sent.send(sender=None)) == [successor]


def test_a_dead_senders_id_is_not_taken_for_another_one(sent):
    """A new object at the old address is a new sender: it reaches nobody who waited for the old one."""
    met = set()

    def receive(sender, **named):
        return sender

    recycled = 0
    for _ in range(200):
        sender = Sender()
        recycled += id(sender) in met
        met.add(id(sender))
        assert sent.send(sender=sender) == []
        sent.connect(receive, sender=sender)
        assert responses(sent.send(sender=sender)) == [sender]
        assert sent.has_listeners(sender) is True
        del sender
    assert recycled or not HAS_GIL, "the test needs an id that is used again"
    assert sent.receivers == []


def test_a_send_that_was_fetched_before_the_sender_died_does_not_take_another_one_for_it(sent):
    """`signal.send` is looked up before its arguments are made: a sender that dies in between is out of the table."""

    def receive(**named):
        return "heard"

    for _ in range(200):
        sender = Sender()
        sent.connect(receive, sender=sender)
        sent.send(sender=sender)
        kept, address = sent.send, id(sender)
        del sender
        others = [Sender() for _ in range(100)]  # something else may have come to the address of the first
        other = next((other for other in others if id(other) == address), None)
        if other is not None:
            assert kept(sender=other) == []
            return
    pytest.fail("the test needs an id that is used again")


def test_a_send_that_was_fetched_before_a_receiver_died_reaches_the_others(sent):
    """One receiver's death takes nobody else out of the table of its sender."""
    sender = Sender()
    mailer, other = Mailer(), Mailer()
    sent.connect(mailer.mail, sender=sender)
    sent.connect(other.mail, sender=sender)
    sent.connect(lambda **named: "everybody's")
    sent.send(sender=sender)
    kept = sent.send
    del mailer
    gc.collect()
    assert responses(kept(sender=sender)) == [other, "everybody's"]
    assert responses(sent.send(sender=sender)) == [other, "everybody's"]


def test_receivers_die_between_being_compiled_and_being_called(sent):
    """A kept send skips who is gone."""
    mailer, other = Mailer(), Mailer()
    sent.connect(mailer.mail)
    sent.connect(mailer)
    sent.connect(other.mail)
    for method in ("send", "send_robust", "__call__"):
        getattr(sent, method)(sender=None)
    kept = [sent.send, sent.send_robust, lambda **named: [(None, each) for each in call(**named)]]
    call = sent.__call__
    del mailer
    gc.collect()
    for send in kept:
        assert responses(send(sender=None)) == [other]


def test_a_receiver_that_dies_during_a_send_before_its_turn_is_not_called(sent):
    """Weak is weak: what an earlier receiver let go is gone."""
    mailers = [Mailer()]
    sent.connect(lambda **named: mailers.clear())
    sent.connect(mailers[0].mail)
    assert responses(sent.send(sender=None)) == [None]


def test_disconnecting_lets_a_receiver_go(sent):
    """After disconnect nothing of ours keeps it, with a sender or without, whichever way it was sent before."""
    for options in ({}, {"sender": Sender}, {"dispatch_uid": "once"}):

        def receive(**named):
            return "held"

        sent.connect(receive, **options)
        for method in ("send", "send_robust", "__call__"):
            assert len(getattr(sent, method)(sender=Sender)) == 1
            assert len(getattr(sent, method)(sender=Sender, also=1)) == 1
        found = weakref.ref(receive)
        options.pop("weak", None)
        if "dispatch_uid" in options:
            sent.disconnect(**options)
        else:
            sent.disconnect(receive, **options)
        del receive
        gc.collect()
        assert found() is None


def test_disconnecting_lets_a_receiver_go_at_once(sent):
    """No garbage collection is needed where there is no cycle."""
    gc.disable()
    try:

        def receive(**named):
            return "held"

        sent.connect(receive, sender=Sender)
        sent.send(sender=Sender)
        sent.send(sender=int)
        found = weakref.ref(receive)
        sent.disconnect(receive, sender=Sender)
        del receive
        assert found() is None
    finally:
        gc.enable()


def test_a_signal_lets_its_receivers_go_when_it_is_gone():
    """A signal that nobody holds is collected with all that it held."""
    sent = Signal()

    def receive(**named):
        return "held"

    sent.connect(receive)
    sent.connect(receive, sender=Sender)
    sent.send(sender=Sender)
    found, gone = weakref.ref(receive), weakref.ref(sent)
    del receive, sent
    gc.collect()
    assert found() is None
    assert gone() is None


def test_a_sender_is_not_kept_alive(sent):
    """Neither by waiting for it nor by having been sent by it."""
    sender = Sender()
    sent.connect(lambda **named: None, sender=sender)
    sent.send(sender=sender)
    found = weakref.ref(sender)
    del sender
    gc.collect()
    assert found() is None
    assert sent._connections() == []


def test_an_object_may_disconnect_itself_when_it_dies(sent):
    """`__del__` that disconnects is a habit of careful people; the receiver is gone already."""

    class Careful:
        def __init__(self):
            self.itself = self
            sent.connect(self.hear)

        def hear(self, **named):
            return "heard"

        def __del__(self):
            sent.disconnect(self.hear)

    for _ in range(20):
        Careful()
    gc.collect()
    assert sent.send(sender=None) == []


def test_an_owner_that_is_asked_may_let_receivers_die(sent):
    """Whatever dies or disconnects while a send is compiled, on the same thread, compiling goes on."""
    mailers = [Mailer() for _ in range(10)]

    class Whimsical(Owner):
        __slots__ = ()

        @property
        def active(self):
            mailers.clear()
            sent.disconnect(doomed)
            return True

        @active.setter
        def active(self, value):
            pass

    def doomed(**named):
        return "doomed"

    def receive(**named):
        return "heard"

    sent._owner_of = lambda receiver: Whimsical("whim", active=True)
    sent.connect(receive)
    sent._owner_of = None
    for mailer in mailers:
        sent.connect(mailer.mail)
    del mailer
    sent.connect(doomed)
    sent.send(sender=None)
    assert responses(sent.send(sender=None)) == ["heard"]


def test_declared_signals_treat_weak_receivers_alike():
    """The declared form has the same rules."""

    @signal
    def declared(sender, user):
        """Documented."""

    class Welcome:
        def hear(self, user):
            return user

    welcome = Welcome()
    declared.connect(welcome.hear)
    assert responses(declared.send(sender=None, user=1)) == [1]
    del welcome
    gc.collect()
    assert declared.send(sender=None, user=1) == []
