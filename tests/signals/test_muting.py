"""How is a signal silenced, or a receiver connected, for a while?"""

from __future__ import annotations

import gc
import threading

import pluggy
import pytest

from hookcore import Signal, SignalArgumentError, signal
from hookcore.signals.connecting.receiver import Owner

pytestmark = pytest.mark.usefixtures("carried_out")


def responses(outcome):
    """Return the responses of a send without the receivers."""
    return [response for _, response in outcome]


@pytest.fixture
def sent() -> Signal:
    """Return a declared signal with a receiver."""

    @signal
    def user_saved(sender):
        """A user was saved."""

    user_saved.connect(lambda: "heard")
    return user_saved


def test_a_muted_signal_reaches_nobody(sent):
    """Whichever way it is sent, until the block ends."""
    with sent.muted():
        assert sent.send(sender=None) == []
        assert sent.send_robust(sender=None) == []
        assert sent(sender=None) == []
        assert sent.has_listeners() is False
    assert responses(sent.send(sender=None)) == ["heard"]
    assert sent.has_listeners() is True


def test_a_muted_signal_reaches_nobody_by_pluggys_rules_either(register):
    """Not when an argument is missing, which pluggy only warns of, nor with functions for one call."""
    heard = []

    class Specifications:
        @pluggy.HookspecMarker("garden")
        def watered(self, plant, tool):
            """Somebody watered a plant."""

    sent = Signal()
    sent._take_name("watered")
    sent.set_specification(Specifications, {"firstresult": False, "historic": False})
    register(sent, lambda plant: heard.append(plant))
    with sent.muted():
        assert sent(plant="rose", tool="can") == []
        with pytest.warns(UserWarning, match="'tool'"):
            assert sent(plant="rose") == []
        assert sent.call_extra([lambda plant: heard.append(plant)], {"plant": "rose", "tool": "can"}) == []
    assert heard == []
    sent.call_extra([lambda plant: heard.append(f"extra {plant}")], {"plant": "rose", "tool": "can"})
    assert heard == ["extra rose", "rose"]


def test_mutes_nest(sent):
    """As often as it was muted it must be let go."""
    with sent.muted():
        with sent.muted():
            pass
        assert sent.send(sender=None) == []
    assert len(sent.send(sender=None)) == 1


def test_a_block_that_fails_unmutes(sent):
    """An exception passes, and the signal is back."""
    with pytest.raises(LookupError), sent.muted():
        raise LookupError
    assert len(sent.send(sender=None)) == 1


def test_a_muted_signal_still_checks_its_arguments(sent):
    """Silence hides no mistake."""
    with sent.muted(), pytest.raises(SignalArgumentError):
        sent.send(sender=None, wrong=1)


def test_receivers_connect_and_disconnect_while_a_signal_is_muted(sent):
    """What is connected is not changed by muting, and can be."""

    def late():
        return "late"

    with sent.muted():
        sent.connect(late)
        assert sent.send(sender=None) == []
        assert len(sent.receivers) == 2
    assert responses(sent.send(sender=None)) == ["heard", "late"]
    with sent.muted():
        sent.disconnect(late)
    assert responses(sent.send(sender=None)) == ["heard"]


def test_muting_holds_in_all_threads(sent):
    """It is the signal that is muted, not the thread."""
    outcomes = []
    with sent.muted():
        thread = threading.Thread(target=lambda: outcomes.append(sent.send(sender=None)))
        thread.start()
        thread.join()
    assert outcomes == [[]]


def test_a_receiver_is_connected_for_the_length_of_a_block(sent):
    """`connected_to` is how a test listens."""

    def listen():
        return "listening"

    with sent.connected_to(listen):
        assert responses(sent.send(sender=None)) == ["heard", "listening"]
    assert responses(sent.send(sender=None)) == ["heard"]


def test_connected_to_disconnects_when_the_block_fails(sent):
    """An exception passes, and the receiver is gone."""

    def listen():
        return "listening"

    with pytest.raises(LookupError), sent.connected_to(listen):
        raise LookupError
    assert responses(sent.send(sender=None)) == ["heard"]


def test_connected_to_leaves_connected_what_was(sent):
    """A block within a block, or around a connection that stays, takes nothing away."""

    def listen():
        return "listening"

    with sent.connected_to(listen):
        with sent.connected_to(listen):
            pass
        assert responses(sent.send(sender=None)) == ["heard", "listening"]
    sent.connect(listen)
    with sent.connected_to(listen):
        pass
    assert responses(sent.send(sender=None)) == ["heard", "listening"]


def test_connected_to_takes_a_sender_and_an_order(sent):
    """The options of connect that make sense for a while."""

    def listen():
        return "listening"

    with sent.connected_to(listen, sender=int, tryfirst=True):
        assert responses(sent.send(sender=int)) == ["listening", "heard"]
        assert responses(sent.send(sender=str)) == ["heard"]
    assert responses(sent.send(sender=int)) == ["heard"]


def test_connected_to_holds_its_receiver(sent):
    """A method of an object that nobody else holds listens for the length of the block."""

    class Listener:
        def listen(self):
            return "listening"

    with sent.connected_to(Listener().listen):
        assert responses(sent.send(sender=None)) == ["heard", "listening"]


def test_connected_to_survives_that_somebody_else_disconnects(sent):
    """The block ends quietly where there is nothing left to do."""

    def listen():
        return "listening"

    with sent.connected_to(listen):
        sent.disconnect(listen)
    assert responses(sent.send(sender=None)) == ["heard"]


def test_connected_to_is_a_decorator_for_tests(sent):
    """As any context manager made by contextlib."""

    def listen():
        return "listening"

    @sent.connected_to(listen)
    def in_between():
        return responses(sent.send(sender=None))

    assert in_between() == ["heard", "listening"]
    assert responses(sent.send(sender=None)) == ["heard"]


def test_helpers_for_djangos_signals_can_take_receivers_away_and_give_them_back():
    """Set `receivers`, hold `lock`, clear `sender_receivers_cache`: the way such helpers mute a Django signal."""
    sent = Signal()
    sent.connect(lambda **named: "heard", dispatch_uid="one")
    taken, sent.receivers = sent.receivers, []
    assert sent.send(sender=None) == []

    sent.receivers = taken
    with sent.lock:
        sent.sender_receivers_cache.clear()

    assert [response for _, response in sent.send(sender=None)] == ["heard"]


def test_helpers_for_djangos_signals_can_have_the_dead_cleared():
    """`_clear_dead_receivers()` is there, and afterwards nothing of a dead receiver is kept."""

    class Holder:
        def receive(self, **named):
            """Take anything."""

    sent, holder = Signal(), Holder()
    sent.connect(holder.receive)
    del holder
    gc.collect()

    sent._clear_dead_receivers()

    assert sent.receivers == []


def test_a_receiver_that_was_taken_away_before_its_import_is_not_imported():
    """What nobody reaches stays unimported until the list is put back."""
    sent, imported = Signal(), []

    def load():
        imported.append("module")
        return lambda **named: "heard"

    sent._connect_lazily("hear", load, Owner("ear", active=True))
    taken, sent.receivers = sent.receivers, []
    assert sent.send(sender=None) == []
    assert imported == []

    sent.receivers = taken
    assert responses(sent.send(sender=None)) == ["heard"]
    assert imported == ["module"]
