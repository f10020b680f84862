"""Does a signal do what Django's does, whatever is asked of it in whatever order? `tox run -e peers` runs this too."""

from __future__ import annotations

import logging
import os
from typing import Any

import django.dispatch
from hypothesis import given, settings
from hypothesis import strategies as st

import hookcore

SENDERS = {"nobody": None, "int": int, "text": str, "error": LookupError}
KINDS = ("answers", "is silent", "raises", "method", "instance", "coroutine")
RECEIVERS = tuple(f"{kind} {number}" for kind in KINDS for number in range(2))

NAMES = st.sampled_from(RECEIVERS)
WHO = st.sampled_from(sorted(SENDERS))
UIDS = st.sampled_from([None, None, None, "one", "two"])
METHODS = st.sampled_from(["send", "send", "send_robust"])
ACTS = st.one_of(
    st.tuples(st.just("connect"), NAMES, WHO, UIDS, st.booleans()),
    st.tuples(st.just("connect"), NAMES, WHO, UIDS, st.booleans()),
    st.tuples(st.just("disconnect"), NAMES, WHO, UIDS),
    st.tuples(st.just("send"), METHODS, WHO),
    st.tuples(st.just("send"), METHODS, WHO),
    st.tuples(st.just("ask"), WHO),
    st.tuples(st.just("let go"), NAMES),
)


class Holder:
    """Has a method that receives, and receives itself."""

    def __init__(self, answer: str) -> None:
        self.answer = answer

    def method(self, **named: object) -> str:
        """Answer."""
        return self.answer

    def __call__(self, **named: object) -> str:
        """Answer."""
        return self.answer


def receiver(name: str) -> Any:
    """Return a receiver of the kind that its name says."""
    kind = name.rpartition(" ")[0]

    def answers(sender: object, **named: object) -> object:
        if kind == "raises":
            raise LookupError(name)
        return None if kind == "is silent" else (name, sorted(named))

    async def coroutine(sender: object, **named: object) -> object:
        return name

    return {"method": Holder(name), "instance": Holder(name), "coroutine": coroutine}.get(kind, answers)


class Station:
    """One signal, and the receivers that can be connected to it."""

    def __init__(self, signal: Any) -> None:
        self.signal = signal
        self.receivers = {name: receiver(name) for name in RECEIVERS}

    def _function(self, name: str) -> Any:
        found = self.receivers[name]
        return found.method if name.startswith("method") else found

    def act(self, kind: str, *what: Any) -> object:
        """Do one thing; return what came of it in plain values."""
        try:
            return getattr(self, kind.replace(" ", "_"))(*what)
        except Exception as error:
            return type(error).__name__, str(error)

    def connect(self, name: str, sender: str, uid: str | None, weak: bool) -> object:
        """Connect; what is weak is told, since the defaults differ."""
        return self.signal.connect(self._function(name), sender=SENDERS[sender], weak=weak, dispatch_uid=uid)

    def disconnect(self, name: str, sender: str, uid: str | None) -> object:
        """Disconnect."""
        return self.signal.disconnect(self._function(name), sender=SENDERS[sender], dispatch_uid=uid)

    def send(self, method: str, sender: str) -> object:
        """Send; return the names and responses."""
        pairs = getattr(self.signal, method)(sender=SENDERS[sender], number=7)
        return [repr(response) for _, response in pairs]

    def ask(self, sender: str) -> object:
        """Ask who listens."""
        return self.signal.has_listeners(SENDERS[sender]), len(self.signal.receivers)

    def let_go(self, name: str) -> None:
        """Let a receiver die, where it is held weakly; another of the name comes in its place."""
        self.receivers[name] = receiver(name)


@settings(max_examples=int(os.environ.get("HOOKCORE_SEQUENCES", "300")), deadline=None)
@given(acts=st.lists(ACTS, max_size=16), caching=st.booleans())
def test_any_sequence_of_calls_has_the_outcome_that_it_has_with_django(acts, caching):
    """What comes back, what is raised, in which order."""
    logging.disable(logging.CRITICAL)
    try:
        theirs = Station(django.dispatch.Signal(use_caching=False))
        ours = Station(hookcore.Signal(use_caching=caching))
        for act in acts:
            expected = theirs.act(*act)
            assert ours.act(*act) == expected, act
    finally:
        logging.disable(logging.NOTSET)
