"""What does a receiver hear that connects after a historic signal was sent?"""

from __future__ import annotations

import asyncio

import pytest

from hookcore import Signal, signal
from hookcore.signals.connecting.receiver import Owner


@pytest.fixture
def started() -> Signal:
    """Return a signal that keeps all its calls."""

    @signal(historic=True)
    def started(sender, port=80):
        """The host has started."""

    return started


def collecting():
    """Return a receiver and the list of what it heard."""
    heard = []

    def hear(port):
        heard.append(port)

    return hear, heard


def test_a_late_receiver_is_given_the_calls_that_it_missed(started):
    """Each once, oldest first, with the arguments that were sent; then each new one as it comes."""
    early, heard_early = collecting()
    late, heard_late = collecting()
    started.connect(early)
    started.send(sender=None, port=1)
    started.send(sender=None)
    started.connect(late)
    assert heard_late == [1, 80]
    started.send(sender=None, port=3)
    assert heard_early == heard_late == [1, 80, 3]


def test_a_send_of_a_historic_signal_returns_what_any_send_does(started):
    """Pairs of receiver and response, of those connected by then."""
    early, _ = collecting()
    assert started.send(sender=None) == []
    started.connect(early)
    assert started.send(sender=None) == [(early, None)]
    assert started.send_robust(sender=None) == [(early, None)]


def test_robust_and_awaited_sends_are_remembered_too(started):
    """Whichever way it was sent."""
    started.send_robust(sender=None, port=1)
    asyncio.run(started.asend(sender=None, port=2))
    asyncio.run(started.asend_robust(sender=None, port=3))
    started.call_historic(kwargs={"sender": None, "port": 4})
    late, heard = collecting()
    started.connect(late)
    assert heard == [1, 2, 3, 4]


def test_connecting_twice_replays_once(started):
    """The second connect is none."""
    started.send(sender=None, port=1)
    late, heard = collecting()
    started.connect(late)
    started.connect(late)
    assert heard == [1]


def test_a_late_receiver_for_one_sender_hears_that_senders_calls(started):
    """The sender filter holds for the past."""
    started.send(sender=int, port=1)
    started.send(sender=str, port=2)
    late, heard = collecting()
    started.connect(late, sender=int)
    assert heard == [1]


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_a_number_keeps_the_latest_calls(limit):
    """`historic=2` keeps two; older ones are let go."""

    @signal(historic=limit)
    def started(sender, port):
        """Documented."""

    for port in range(4):
        started.send(sender=None, port=port)
    late, heard = collecting()
    started.connect(late)
    assert heard == list(range(4))[-limit:]


def test_a_plugin_that_is_enabled_later_hears_what_it_missed(started):
    """Each call once, over switching off and on; what was sent meanwhile is caught up with."""
    owner = Owner("mail", active=False)
    late, heard = collecting()
    started.send(sender=None, port=1)
    started._owner_of = lambda receiver: owner
    started.connect(late)
    assert heard == []
    for expected in ([1, 2, 3], [1, 2, 3, 4, 5]):
        started.send(sender=None, port=2 if len(heard) == 0 else 4)
        owner.active = True
        started._owner_changed(owner)
        started._owner_changed(owner)
        started.send(sender=None, port=3 if len(heard) == 2 else 5)
        assert heard == expected
        owner.active = False
        started._owner_changed(owner)


def test_a_result_callback_gets_late_results_too(started):
    """pluggy's `call_historic`, with its callback for each result that is not None."""
    results = []
    started.connect(lambda port: port * 2)
    started.connect(lambda: None)
    started.call_historic(results.append, {"sender": None, "port": 4})
    assert results == [8]
    started.connect(lambda port: port * 3)
    assert results == [8, 12]


def test_calling_a_historic_signal_directly_is_refused(started):
    """pluggy's rule: it is called by `call_historic`, or sent."""
    with pytest.raises(AssertionError, match="call_historic"):
        started(sender=None)
    with pytest.raises(AssertionError, match="historic"):
        Signal().call_historic(kwargs={})


def test_a_coroutine_receiver_that_connects_late_is_run(started, crossing):
    """Its calls are awaited where it connects, none is dropped."""
    heard = []

    async def hear(port):
        await asyncio.sleep(0)
        heard.append(port)

    started.send(sender=None, port=1)
    started.send(sender=None, port=2)
    started.connect(hear)
    assert heard == [1, 2]


def test_a_receiver_that_connects_another_during_replay_is_served(started):
    """Replaying holds no lock that connecting needs."""
    inner, heard = collecting()
    started.send(sender=None, port=1)
    started.connect(lambda: started.connect(inner))
    assert heard == [1]
    started.send(sender=None, port=2)
    assert heard == [1, 2]


def test_a_receiver_that_fails_in_replay_tells_whoever_connects_it(started):
    """The exception comes out of `connect`."""

    def fails():
        raise LookupError("nobody home")

    started.send(sender=None)
    with pytest.raises(LookupError, match="nobody home"):
        started.connect(fails)


def test_wrong_arguments_are_not_remembered(started):
    """A send that was refused has not happened."""
    for _ in range(2):
        with pytest.raises(TypeError):
            started.send(sender=None, prot=1)
        started.send(sender=None, port=1)
    late, heard = collecting()
    started.connect(late)
    assert heard == [1, 1]


def test_a_call_that_is_sent_while_an_owner_is_switched_off_is_owed_to_it(started):
    """Whoever is switched off between two looks at the owners, as another thread does it, hears the call later."""
    hear, heard = collecting()
    other, _ = collecting()
    first, looks = Owner("first", active=True), []

    class Switching(Owner):
        @property
        def active(self):
            first.active = not looks and first.active
            return True

        @active.setter
        def active(self, value): ...

    owners = {hear: first, other: Switching("second", active=True)}
    for receiver in owners:
        started.connect(receiver)
    started._assign_owners(lambda found, function: owners[function])
    looks.append("from here on, a look at the second owner switches off the first")
    started.send(sender=None, port=1)
    started._owner_changed(first)
    looks.clear()
    first.active = True
    started._owner_changed(first)

    assert heard == [1]


def test_receivers_that_are_taken_out_and_set_again_hear_what_is_sent_from_then_on(started):
    """And not what was sent meanwhile."""
    receiver, heard = collecting()
    started.connect(receiver)
    before = started.receivers
    started.send(sender=None, port=1)
    started.receivers = []
    started.send(sender=None, port=2)
    started.receivers = before
    started.send(sender=None, port=3)
    assert heard == [1, 3]


def test_a_receiver_goes_on_where_a_tool_for_pluggy_sets_another_history(started):
    """Who connects later hears the calls that were set."""
    receiver, heard = collecting()
    started.connect(receiver)
    started.send(sender=None, port=1)
    started._call_history = [({"sender": None, "port": 7}, None), ({"sender": None, "port": 8}, None)]
    started.send(sender=None, port=9)
    late_receiver, late = collecting()
    started.connect(late_receiver)
    assert heard == [1, 9]
    assert late == [7, 8, 9]
