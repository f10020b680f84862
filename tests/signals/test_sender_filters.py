"""Which sends reach a receiver that waits for a sender?"""

from __future__ import annotations

import asyncio

import pluggy
import pytest

from hookcore import Signal, signal

pytestmark = pytest.mark.usefixtures("carried_out")


class Unhashable:
    """Equal to everything, and not hashable."""

    __hash__ = None

    def __eq__(self, other):
        """Say yes."""
        return True


class Unweakrefable:
    """An object that no weak reference can point to."""

    __slots__ = ("__dict__",)


class Hostile:
    """An object that makes an error of being compared, hashed, or asked for its truth or length."""

    def refuse(self, *_):
        """Refuse."""
        raise RuntimeError("do not touch me")

    __eq__ = __hash__ = __bool__ = __len__ = refuse


SENDERS = {
    "class": int,
    "instance": object.__new__(type("Plain", (), {})),
    "unhashable": Unhashable(),
    "unweakrefable": Unweakrefable(),
    "hostile": Hostile(),
    "string": "a sender",
    "number": 10**20,
    "tuple": (1, 2),
    "list": [1],
    "dict": {"a": 1},
    "false": False,
    "empty": "",
    "function": len,
    "module": pytest,
}


def responses(outcome):
    """Return the responses of a send without the receivers."""
    return [response for _, response in outcome]


@pytest.fixture(params=["untyped", "declared"])
def sent(request) -> Signal:
    """Return a signal of either kind."""

    @signal
    def declared(sender):
        """Documented."""

    return declared if request.param == "declared" else Signal()


@pytest.mark.parametrize("kind", SENDERS)
def test_anything_can_be_waited_for(sent, kind):
    """Class, instance, unhashable, unweakrefable: the very object is meant, whatever it says of itself."""
    sender = SENDERS[kind]

    def receive():
        return "heard"

    sent.connect(receive, sender=sender)
    for _ in range(2):
        assert sent.send(sender=sender) == [(receive, "heard")]
        assert sent.send_robust(sender=sender) == [(receive, "heard")]
        assert sent(sender=sender) == ["heard"]
        assert asyncio.run(sent.asend(sender=sender)) == [(receive, "heard")]
        assert sent.has_listeners(sender) is True
        for other in ("nobody", None, Unhashable(), Hostile()):
            assert sent.send(sender=other) == []
            assert sent(sender=other) == []
            assert sent.has_listeners(other) is False
    assert sent.disconnect(receive, sender=sender) is True
    assert sent.send(sender=sender) == []


def test_equal_senders_are_different_senders(sent):
    """Identity counts, as in Django."""
    first, second = [1], [1]
    sent.connect(lambda: "first", sender=first)

    assert responses(sent.send(sender=first)) == ["first"]
    assert sent.send(sender=second) == []


def test_a_subclass_is_another_sender(sent):
    """Who waits for a class hears that class, not those derived from it, as in Django."""
    sent.connect(lambda: "heard", sender=int)

    assert sent.send(sender=bool) == []
    assert len(sent.send(sender=int)) == 1


def test_none_waits_for_all_and_is_a_sender_that_only_they_hear(sent):
    """`sender=None` filters nothing; a send by None reaches just those."""
    sent.connect(lambda: "all")
    sent.connect(lambda: "int", sender=int)

    assert responses(sent.send(sender=None)) == ["all"]
    assert responses(sent.send(sender=int)) == ["all", "int"]


def test_an_unweakrefable_sender_is_held_so_that_its_id_stays_its_own(sent):
    """An object that cannot be watched is kept, for no other object may come to its address."""
    sent.connect(lambda: "heard", sender=[1])
    strangers = [[1] for _ in range(100)]

    assert [sent.send(sender=stranger) for stranger in strangers] == [[]] * 100


def test_a_thousand_senders_have_a_receiver_each(sent):
    """Each hears its own, connected and disconnected in any order."""
    senders = [type(f"Sender{number}", (), {}) for number in range(1000)]

    def make(number):
        return lambda: number

    receivers = [make(number) for number in range(1000)]
    for sender, receiver in zip(senders, receivers, strict=True):
        sent.connect(receiver, sender=sender)
    assert [responses(sent.send(sender=sender)) for sender in senders] == [[number] for number in range(1000)]
    for number in range(0, 1000, 2):
        assert sent.disconnect(receivers[number], sender=senders[number])
    assert [len(sent.send(sender=sender)) for sender in senders] == [0, 1] * 500
    assert sent.send(sender=None) == []


def test_connecting_for_another_sender_reaches_a_sender_that_was_sent_before(sent):
    """What was compiled for a sender is renewed when receivers change."""
    sent.connect(lambda: "int", sender=int)
    sent.send(sender=int)
    sent.send(sender=str)
    sent.connect(lambda: "str", sender=str)
    sent.connect(lambda: "all")

    assert responses(sent.send(sender=int)) == ["int", "all"]
    assert responses(sent.send(sender=str)) == ["str", "all"]


def test_coroutine_receivers_wait_for_senders_too(sent):
    """Awaited and blocking sends filter alike."""

    async def later():
        return "later"

    sent.connect(later, sender=int)
    sent.connect(lambda: "now", sender=str)
    assert responses(asyncio.run(sent.asend(sender=int))) == ["later"]
    assert responses(asyncio.run(sent.asend_robust(sender=int))) == ["later"]
    assert responses(asyncio.run(sent.asend(sender=str))) == ["now"]
    assert responses(sent.send(sender=int)) == ["later"]
    assert asyncio.run(sent.asend(sender=None)) == []


def test_the_sender_may_come_by_position_or_by_name_in_any_place():
    """The declared signal's sender need not be its first parameter."""

    @signal
    def moved(path, sender, *, late=False):
        """Documented."""

    moved.connect(lambda path: path, sender=int)
    for _ in range(2):
        assert responses(moved.send("a", int)) == ["a"]
        assert responses(moved.send(sender=int, path="b", late=True)) == ["b"]
        assert moved.send("c", str) == []
        assert moved(path="d", sender=int) == ["d"]


def test_nobody_hears_a_sender_once_a_specification_says_that_there_is_none():
    """pluggy lets plugins come before the specification, and so may a receiver that waits for a sender."""

    class Specifications:
        @pluggy.HookspecMarker("garden")
        def watered(self, plant):
            """Somebody watered a plant."""

    sent = Signal()
    sent._take_name("watered")
    sent.connect(lambda **named: "int", sender=int)
    sent.connect(lambda plant: plant)
    sent.set_specification(Specifications, {"firstresult": False, "historic": False})

    assert sent(plant="rose") == ["rose"]
    assert [response for _, response in sent.send(plant="rose")] == ["rose"]


def test_a_pluggy_call_of_an_untyped_signal_without_a_sender_reaches_those_for_all():
    """pluggy's calls have no sender unless one is given."""
    sent = Signal()
    sent.connect(lambda **named: "all")
    sent.connect(lambda **named: "int", sender=int)

    assert sent() == ["all"]
    assert sent(user=1) == ["all"]
    assert sent(sender=int, user=1) == ["all", "int"]
