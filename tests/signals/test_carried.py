"""May a signal be copied, pickled and forked? A declared signal is one, wherever it is carried."""

from __future__ import annotations

import copy
import os
import pickle
import threading

import pytest

from hookcore import Signal, signal


@signal
def user_saved(sender):
    """A user was saved."""


class Events:
    """A namespace of signals."""

    @signal
    def ended(sender):
        """It has ended."""


@pytest.mark.parametrize(
    "carry",
    [copy.copy, copy.deepcopy, *(lambda each, at=at: pickle.loads(pickle.dumps(each, at)) for at in range(6))],
)
@pytest.mark.parametrize("declared", [user_saved, Events.ended])
def test_a_declared_signal_that_is_carried_is_the_signal(carry, declared):
    """Also inside of what refers to it."""
    assert carry(declared) is declared
    assert carry({"signals": [declared]})["signals"][0] is declared


def test_what_nobody_could_find_again_is_not_pickled():
    """The error says why."""
    for undeclared in (Signal(), Signal(providing_args=["user"])):
        with pytest.raises(TypeError, match="declared in a module"):
            pickle.dumps(undeclared)
        assert copy.deepcopy(undeclared) is undeclared


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_child_that_is_forked_while_another_thread_changes_and_sends_can_go_on():
    """Whatever that thread held is free in the child."""
    sent = Signal()
    stopped = threading.Event()

    def receive(**named):
        return 1

    def work():
        while not stopped.is_set():
            sent.connect(receive, dispatch_uid="own")
            sent.send(sender=None)
            sent.disconnect(dispatch_uid="own")
            with sent.lock:
                pass

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(20):
            child = os.fork()
            if child == 0:
                answered = threading.Thread(target=lambda: (sent.connect(receive), sent.send(sender=None)))
                answered.start()
                answered.join(20)
                os._exit(0 if not answered.is_alive() and sent.has_listeners() else 1)
            assert os.waitpid(child, 0)[1] == 0
    finally:
        stopped.set()
        for thread in threads:
            thread.join()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_thread_that_forks_while_it_holds_the_lock_goes_on_with_it():
    """It lets go of it itself, in the child too."""
    sent = Signal()
    with sent.lock:
        child = os.fork()
    if child == 0:
        os._exit(0 if sent.lock.acquire(False) else 1)
    assert os.waitpid(child, 0)[1] == 0
