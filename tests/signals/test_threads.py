"""Is a receiver ever lost, called twice or called too late while threads connect, switch and send at once?"""

from __future__ import annotations

import sys
import threading
import weakref
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from hookcore import Signal, signal
from hookcore.signals.connecting.receiver import Owner

CHANGERS = 8
SENDERS = 8
ROUNDS = 150


class Kept:
    """An object with a receiver, which lives as long as the test."""

    def receive(self, **named):
        """Say who answers."""
        return "kept method"


class Passing:
    """An object with a receiver, which dies in the middle."""

    def __init__(self, name):
        self.name = name

    def receive(self, **named):
        """Say who answers."""
        return self.name


@pytest.fixture(autouse=True)
def _switching_all_the_time() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def run(functions: list[Callable[[], None]]) -> None:
    """Run functions, a thread each, all beginning together. Raise what the first of them raised."""
    barrier = threading.Barrier(len(functions))
    failures: list[BaseException] = []

    def body(function: Callable[[], None]) -> None:
        try:
            barrier.wait()
            function()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=body, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


class House:
    """A signal, who is always there, and what each thread does to the others."""

    def __init__(self, sent: Signal) -> None:
        self.signal = sent
        self.kept = Kept()
        self.sending = True
        self.changing = CHANGERS
        self.lock = threading.Lock()
        sent.connect(lambda: "kept function", dispatch_uid="kept")
        sent.connect(self.kept.receive)
        sent.connect(lambda: "kept for int", sender=int, dispatch_uid="kept for int")

    def answers(self, sender: object = int, method: str = "send") -> Counter[object]:
        """Send, and count the answers. Nobody answers twice, and who is always there is always there."""
        outcome = getattr(self.signal, method)(sender=sender)
        counted = Counter(outcome if method == "__call__" else [response for _, response in outcome])
        expected = {"kept function", "kept method", *(["kept for int"] if sender is int else [])}
        assert expected <= set(counted), f"lost: {expected - set(counted)}"
        assert max(counted.values()) == 1, f"doubled: {counted.most_common(1)}"
        assert ("kept for int" in counted) == (sender is int), "called for another sender"
        return counted

    def ended(self) -> None:
        """Let the senders stop when the last changer has ended."""
        with self.lock:
            self.changing -= 1

    def connecting(self, number: int, sender: object) -> None:
        """Connect and disconnect; after each the next send of this thread knows."""

        def receive(**named):
            return number

        for _ in range(ROUNDS):
            self.signal.connect(receive, sender=sender)
            assert number in self.answers(), "not called after connect"
            assert self.signal.disconnect(receive, sender=sender) is True
            assert number not in self.answers(), "called after disconnect"
        self.ended()

    def switching(self, number: int) -> None:
        """Switch an owner off and on; after each the next send of this thread knows."""
        owner = Owner(f"plugin-{number}", active=True)

        def receive(**named):
            return number

        self.signal.connect(receive)
        self.signal._assign_owners(lambda found, function: owner if function is receive else found.owner)
        for _ in range(ROUNDS):
            owner.active = False
            self.signal._owner_changed(owner)
            assert number not in self.answers(), "called while its owner was off"
            owner.active = True
            self.signal._owner_changed(owner)
            assert number in self.answers(), "not called while its owner was on"
        self.ended()

    def dying(self, number: int) -> None:
        """Connect a method, for an own sender too, and let object and sender die."""
        for round in range(ROUNDS):
            name = (number, round)
            passing, sender = Passing(name), Passing(None)
            self.signal.connect(passing.receive)
            self.signal.connect(passing.receive, sender=sender)
            assert name in self.answers(), "not called after connect"
            outcome = [response for _, response in self.signal.send(sender=sender)]
            assert outcome.count(name) == 2, "the sender's own connection was lost"
            gone = weakref.ref(passing)
            del outcome, sender, passing
            if gone() is None:  # else another thread holds it, in the answers that it got
                assert name not in self.answers(), "called after its death"
        self.ended()

    def muting_another(self, number: int) -> None:
        """Replace all that a signal of its own has, while it is being sent by nobody else."""
        own = Signal()
        for round in range(ROUNDS):
            own.connect(self.kept.receive)
            taken, own.receivers = own.receivers, []
            assert own.send(sender=None) == []
            own.receivers = taken
            assert len(own.send(sender=None)) == 1, (number, round)
            own.disconnect(self.kept.receive)
        self.ended()

    def sending_on(self, method: str) -> None:
        """Send as long as somebody changes."""
        while self.changing > 0:
            self.answers(int, method)
            self.answers(str, method)


@pytest.mark.parametrize("kind", ["declared", "untyped"])
def test_threads_that_connect_disconnect_switch_and_die_disturb_no_send(kind):
    """Eight threads change and eight send, switching as often as Python can: nothing lost, doubled or stale."""

    @signal
    def declared(sender):
        """Documented."""

    house = House(declared if kind == "declared" else Signal())
    changers = [
        lambda: house.connecting(1, None),
        lambda: house.connecting(2, int),
        lambda: house.connecting(3, None),
        lambda: house.switching(4),
        lambda: house.switching(5),
        lambda: house.dying(6),
        lambda: house.dying(7),
        lambda: house.muting_another(8),
    ]
    methods = ["send", "send_robust", "__call__", "send"] * 2

    def safely(change):
        def body():
            try:
                change()
            except BaseException:
                house.changing = 0
                raise

        return body

    run([*map(safely, changers), *((lambda method=method: house.sending_on(method)) for method in methods)])
    assert set(house.answers()) == {"kept function", "kept method", "kept for int", 4, 5}
    assert len(house.signal._connections()) == 5


def test_one_receiver_connected_by_many_threads_is_connected_once():
    """Whoever comes first connects it; nobody doubles it, and of the disconnects one says that it did."""
    sent = Signal()

    def receive(**named):
        return "once"

    for _ in range(20):
        run([lambda: sent.connect(receive)] * 8)
        assert sent.send(sender=None) == [(receive, "once")]
        said = []
        run([lambda said=said: said.append(sent.disconnect(receive))] * 8)
        assert sorted(said) == [False] * 7 + [True]
        assert sent.send(sender=None) == []


class Past:
    """A historic signal, a way to send it, and what each receiver has heard."""

    def __init__(self, way: str) -> None:
        @signal(historic=True)
        def started(sender, number):
            """Documented."""

        self.signal = started
        self.way = way
        self.heard: list[list[int]] = []

    def connect(self) -> Callable[..., object]:
        """Connect one more receiver, and return it."""
        self.heard.append(mine := [])
        receiver = lambda number: mine.append(number)  # noqa: E731 - each is another one
        self.signal.connect(receiver)
        return receiver

    def send(self, numbers: range) -> None:
        """Send each number."""
        for number in numbers:
            if self.way == "send":
                self.signal.send(sender=None, number=number)
            else:
                self.signal.call_historic(kwargs={"sender": None, "number": number})


@pytest.mark.parametrize("way", ["send", "call_historic"])
def test_a_historic_signal_gives_each_call_once_to_each_receiver(way):
    """Sends and connects at once: whether replayed or live, no call is lost and none is doubled."""
    past = Past(way)

    def connects():
        for _ in range(80):
            past.connect()

    sending = [range(start, start + 60) for start in (0, 100, 200)]
    run([*(lambda numbers=numbers: past.send(numbers) for numbers in sending), *[connects] * 5])
    expected = sorted(number for numbers in sending for number in numbers)
    assert [sorted(each) for each in past.heard] == [expected] * 400


def test_many_signals_share_their_compiled_shapes_safely():
    """Threads that compile the same and new shapes at once each get what they asked for."""

    def body(seed):
        for number in range(40):
            namespace = {}
            exec(f"def receive(sender, shape_{seed % 4}_{number}):\n    return shape_{seed % 4}_{number}", namespace)
            sent = Signal(providing_args=[f"shape_{seed % 4}_{number}"])
            sent.connect(namespace["receive"])
            ((_, response),) = sent.send(sender=None, **{f"shape_{seed % 4}_{number}": (seed, number)})
            assert response == (seed, number)

    run([lambda seed=seed: body(seed) for seed in range(8)])


@pytest.mark.parametrize("way", ["send", "call_historic"])
def test_a_historic_signal_gives_each_call_once_to_who_is_switched(way):
    """Sends and switches at once: whoever is off hears later what it has missed, all of it and once."""
    past, owners = Past(way), [Owner(f"plugin-{index}", active=True) for index in range(5)]
    for owner in owners:
        receiver = past.connect()
        past.signal._assign_owners(
            lambda found, function, of=(receiver, owner): of[1] if function is of[0] else found.owner
        )

    def switches(owner):
        for active in (False, True) * 150:
            owner.active = active
            past.signal._owner_changed(owner)

    sending = [range(start, start + 150) for start in (0, 200, 400)]
    run(
        [
            *(lambda numbers=numbers: past.send(numbers) for numbers in sending),
            *(lambda owner=owner: switches(owner) for owner in owners),
        ]
    )
    expected = sorted(number for numbers in sending for number in numbers)
    assert [sorted(each) for each in past.heard] == [expected] * 5
