"""Who is connected, once or twice, and how does one get disconnected?"""

from __future__ import annotations

import pytest

from hookcore import HookcoreError, ReceiverError, Signal, receiver, signal
from hookcore.signals.connecting.receiver import Owner


def responses(sent):
    """Return the responses of a send without the receivers."""
    return [response for _, response in sent]


def test_connecting_twice_is_connecting_once():
    """As in Django, the same receiver for the same sender is one connection."""
    sent = Signal()

    def note(**named):
        return "noted"

    sent.connect(note)
    sent.connect(note)
    assert sent.send(sender=None) == [(note, "noted")]
    assert sent.disconnect(note) is True
    assert sent.send(sender=None) == []


def test_the_same_receiver_connects_once_for_each_sender():
    """One receiver may wait for several senders, and hears each send once for each connection that it matches."""
    sent = Signal()

    def note(sender, **named):
        return sender

    sent.connect(note, sender=int)
    sent.connect(note, sender=str)
    assert responses(sent.send(sender=int)) == [int]
    assert responses(sent.send(sender=str)) == [str]
    sent.connect(note)
    assert responses(sent.send(sender=int)) == [int, int]


def test_the_same_method_of_one_object_connects_once():
    """Each look at `object.method` makes a new bound method; they count as one."""
    sent = Signal()

    class Shop:
        def note(self, **named):
            return self

    first, second = Shop(), Shop()
    for shop in (first, first, second):
        sent.connect(shop.note)
    assert responses(sent.send(sender=None)) == [first, second]
    assert sent.disconnect(first.note) is True
    assert responses(sent.send(sender=None)) == [second]


def test_a_dispatch_uid_stands_for_the_receiver():
    """With a `dispatch_uid`, the first receiver that brings it stays, and the uid alone disconnects it."""
    sent = Signal()

    def first(**named):
        return 1

    def second(**named):
        return 2

    sent.connect(first, dispatch_uid="once")
    sent.connect(second, dispatch_uid="once")
    assert responses(sent.send(sender=None)) == [1]
    assert sent.disconnect(second) is False
    assert sent.disconnect(dispatch_uid="once") is True
    assert sent.send(sender=None) == []


def test_a_dispatch_uid_counts_for_each_sender_by_itself():
    """As in Django, the sender is part of what makes a connection."""
    sent = Signal()

    def note(**named):
        return 1

    sent.connect(note, sender=int, dispatch_uid="once")
    sent.connect(note, sender=str, dispatch_uid="once")
    assert sent.disconnect(dispatch_uid="once") is False
    assert sent.disconnect(sender=int, dispatch_uid="once") is True
    assert responses(sent.send(sender=str)) == [1]


@pytest.mark.parametrize("uid", ["name", 7, ("a", 1), frozenset({"x"}), int])
def test_any_hashable_is_a_dispatch_uid(uid):
    """Strings, numbers, tuples and classes do."""
    sent = Signal()
    sent.connect(lambda **named: 1, dispatch_uid=uid)
    sent.connect(lambda **named: 2, dispatch_uid=uid)

    assert responses(sent.send(sender=None)) == [1]


def test_a_uid_that_equals_a_receivers_id_is_not_that_receiver():
    """A uid is compared with uids: a number that happens to be an object's id disconnects nobody by accident."""
    sent = Signal()

    def note(**named):
        return 1

    sent.connect(note)
    assert sent.disconnect(dispatch_uid="note") is False
    assert responses(sent.send(sender=None)) == [1]


def test_disconnect_says_whether_it_did():
    """True if there was a connection, False if not, each time."""
    sent = Signal()

    def note(**named):
        return 1

    assert sent.disconnect(note) is False
    sent.connect(note, sender=int)
    assert sent.disconnect(note) is False
    assert sent.disconnect(note, sender=str) is False
    assert sent.disconnect(note, sender=int) is True
    assert sent.disconnect(note, sender=int) is False
    assert sent.disconnect() is False


def test_a_receiver_reconnects_at_the_end():
    """Disconnected and connected again, a receiver stands behind the others, as in Django."""
    sent = Signal()

    def first(**named):
        return 1

    def second(**named):
        return 2

    sent.connect(first)
    sent.connect(second)
    sent.disconnect(first)
    sent.connect(first)
    assert responses(sent.send(sender=None)) == [2, 1]


@pytest.mark.parametrize("thing", [None, 3, "name", object()])
def test_what_cannot_be_called_cannot_connect(thing):
    """A receiver is a callable; the error names signal and thing."""
    with pytest.raises(ReceiverError, match="must be callable") as caught:
        Signal().connect(thing)
    assert isinstance(caught.value, TypeError)
    assert isinstance(caught.value, HookcoreError)
    assert caught.value.receiver == repr(thing)


def test_a_receiver_that_wants_what_is_not_sent_is_refused():
    """The error names the signal, the receiver with file and line, the argument and the nearest right one."""

    @signal
    def user_signed_up(sender, user):
        """Documented."""

    def welcome(usr, user):
        pass

    with pytest.raises(ReceiverError, match="'usr' \\(did you mean 'user'\\?\\)") as caught:
        user_signed_up.connect(welcome)
    error = caught.value
    assert (error.signal, error.arguments) == ("user_signed_up", ("usr",))
    assert f"welcome ({__file__}:{welcome.__code__.co_firstlineno})" in error.receiver
    assert user_signed_up.receivers == []


def test_a_wanted_argument_that_looks_like_a_sent_one_is_shown_apart():
    """One of its letters is Cyrillic."""

    @signal
    def user_signed_up(sender, user):
        """Documented."""

    receiver = eval("lambda us\u0435r: None")
    with pytest.raises(ReceiverError, match=r"did you mean 'user', not 'us\\u0435r'\?\)"):
        user_signed_up.connect(receiver)


def test_an_unbound_method_is_refused_with_a_hint():
    """Connecting `Class.method` wants a `self` that nobody sends."""

    @signal
    def user_signed_up(sender, user):
        """Documented."""

    class Welcome:
        def mail(self, user):
            pass

    with pytest.raises(ReceiverError, match="bound method"):
        user_signed_up.connect(Welcome.mail)


def test_an_optional_argument_that_is_not_sent_is_no_misfit():
    """So a receiver serves newer and older hosts: what is not sent keeps its default."""

    @signal
    def user_signed_up(sender, user):
        """Documented."""

    def welcome(user, locale="en", *, silent=False):
        return user, locale, silent

    user_signed_up.connect(welcome)
    assert user_signed_up.send(sender=None, user="frida") == [(welcome, ("frida", "en", False))]


def test_waiting_for_a_sender_where_none_is_sent_is_refused():
    """`sender=` on a signal without a sender could never match."""

    @signal
    def ticked(count):
        """Documented."""

    with pytest.raises(ReceiverError, match="has none"):
        ticked.connect(lambda count: None, sender=int)


def test_an_untyped_signal_takes_any_callable():
    """There is nothing to compare with; a misfit shows when it is called, as for any function."""
    sent = Signal()
    sent.connect(lambda needed: needed)

    with pytest.raises(TypeError, match="needed"):
        sent.send(sender=None)
    assert responses(sent.send(sender=None, needed=1)) == [1]


def test_has_listeners_answers_for_a_sender():
    """True if a send by that sender would reach somebody."""
    sent = Signal()
    assert sent.has_listeners() is False
    sent.connect(str, sender=int)
    assert sent.has_listeners() is False
    assert sent.has_listeners(int) is True
    assert sent.has_listeners(sender=str) is False
    sent.connect(str)
    assert sent.has_listeners(str) is True
    assert sent.has_listeners() is True


def test_receivers_unpack_into_djangos_four_values():
    """Code that looks into `signal.receivers` finds what Django keeps there."""
    sent = Signal()

    def note(**named):
        pass

    async def note_later(**named):
        pass

    sent.connect(note)
    sent.connect(note_later, sender=int)
    first, second = sent.receivers
    (receiver_key, sender_key), found, sender, is_async = first
    assert (receiver_key, sender_key, found, sender, is_async) == (id(note), id(None), note, None, False)
    assert first[0] == (receiver_key, sender_key)
    assert first[1] is note
    assert (second[0], second[3]) == ((id(note_later), id(int)), True)
    assert second[2]() is int


def test_setting_receivers_replaces_and_restores_them():
    """Test helpers for Django's signals take the list away and put it back."""
    sent = Signal()

    def first(**named):
        return 1

    def second(sender, **named):
        return 2

    sent.connect(first)
    sent.connect(second, sender=int)
    taken, sent.receivers = sent.receivers, []
    assert sent.send(sender=int) == []
    assert sent.has_listeners(int) is False
    sent.connect(str, dispatch_uid="meanwhile")
    sent.receivers = taken
    assert sent.send(sender=int) == [(first, 1), (second, 2)]


def test_receivers_can_be_added_back_to_those_connected_meanwhile():
    """`signal.receivers += taken` is the other idiom of such helpers."""
    sent = Signal()

    def first(**named):
        return 1

    def second(**named):
        return 2

    sent.connect(first)
    taken = sent.receivers
    sent.receivers = []
    sent.connect(second)
    sent.receivers += taken
    assert responses(sent.send(sender=None)) == [2, 1]


def test_setting_receivers_leaves_those_of_inactive_owners_connected():
    """A helper that saw only the active receivers does not disconnect the others by restoring its list."""
    sent = Signal()
    owner = Owner("asleep", active=False)

    def note(**named):
        return "awake"

    sent._owner_of = lambda receiver: owner
    sent.connect(note)
    sent._owner_of = None
    taken, sent.receivers = sent.receivers, []
    sent.receivers = taken
    owner.active = True
    sent._owner_changed(owner)
    assert responses(sent.send(sender=None)) == ["awake"]


def test_receivers_of_an_inactive_owner_are_connected_and_not_called():
    """Connected is what code says; active is what policy says, at every switch."""
    sent = Signal()
    owner = Owner("mail", active=False)

    def note(**named):
        return "called"

    sent._owner_of = lambda receiver: owner
    sent.connect(note)
    for _ in range(3):
        assert sent.send(sender=None) == []
        assert sent() == []
        assert sent.receivers == []
        assert sent.has_listeners() is False
        assert len(sent._connections()) == 1
        owner.active = True
        sent._owner_changed(owner)
        assert responses(sent.send(sender=None)) == ["called"]
        assert sent() == ["called"]
        assert sent.has_listeners() is True
        owner.active = False
        sent._owner_changed(owner)


def test_the_decorator_connects_at_once_and_returns_the_function():
    """`@receiver(signal)` leaves the function as it was."""
    sent = Signal()

    @receiver(sent)
    def note(**named):
        return "noted"

    assert note() == "noted"
    assert sent.send(sender=None) == [(note, "noted")]


@pytest.mark.parametrize("kind", [list, tuple])
def test_the_decorator_takes_several_signals_and_the_options_of_connect(kind):
    """A list or a tuple of signals; sender, uid and order go to each."""
    first, second = Signal(), Signal()

    @receiver(kind([first, second]), sender=int, dispatch_uid="note", tryfirst=True)
    def note(signal, **named):
        return signal

    assert first.send(sender=int) == [(note, first)]
    assert second.send(sender=int) == [(note, second)]
    assert second.send(sender=str) == []
    assert first.disconnect(sender=int, dispatch_uid="note") is True


@pytest.mark.parametrize("thing", [None, "user_signed_up", int, [Signal(), "no signal"]])
def test_the_decorator_refuses_what_is_no_signal(thing):
    """`@receiver` without a signal, or with its name, is told what to write."""
    with pytest.raises(ReceiverError, match=r"write @receiver\(signals.NAME\)"):
        receiver(thing)


def test_the_decorator_connects_to_signals_of_others():
    """Whatever has a `connect` is a signal to the decorator."""

    class Foreign:
        connected = ()

        def connect(self, function, **options):
            self.connected = (function, options)

    foreign = Foreign()

    @receiver(foreign, sender=int)
    def note(**named):
        pass

    assert foreign.connected == (note, {"sender": int})


def test_connecting_to_one_signal_leaves_others_alone():
    """Each signal keeps its own receivers."""
    first, second = Signal(), Signal()
    first.connect(str)

    assert second.receivers == []
    assert second.disconnect(str) is False


def test_ten_thousand_receivers_connect_and_disconnect_in_any_order():
    """Every one of many is called once, and none after it has gone."""
    sent = Signal()
    functions = [(lambda number: lambda **named: number)(number) for number in range(10_000)]
    for function in functions:
        sent.connect(function)
    assert responses(sent.send(sender=None)) == list(range(10_000))
    for function in [*functions[1::2], *reversed(functions[2::2])]:
        assert sent.disconnect(function) is True
    assert responses(sent.send(sender=None)) == [0]
