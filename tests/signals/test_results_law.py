"""Does a compiled send do what a plain loop over the receivers would do, for any mix of them?"""

from __future__ import annotations

import asyncio
import gc
import logging
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookcore import Signal, signal
from hookcore.signals.connecting.receiver import Owner

SENDERS = {"none": None, "class": int, "list": [1], "text": "a sender"}


class Drawn(NamedTuple):
    """What is drawn of one receiver."""

    answer: object  # None, a number, or an exception: to be returned if `returns`, else raised
    returns: bool
    kind: str  # function, method, instance, coroutine, dead method, wrapper
    sender: str
    owner: str | None
    place: str
    wants: str


DRAWN = st.builds(
    Drawn,
    answer=st.one_of(st.none(), st.none(), st.integers(0, 3), st.builds(LookupError, st.integers(0, 3))),
    returns=st.sampled_from([True, True, True, False]),
    kind=st.sampled_from(["function", "function", "method", "instance", "coroutine", "dead method", "wrapper"]),
    sender=st.sampled_from(["none", "none", *SENDERS]),
    owner=st.sampled_from([None, None, "active", "inactive"]),
    place=st.sampled_from(["", "", "", "tryfirst", "trylast"]),
    wants=st.sampled_from(["", "sender", "number", "sender, number", "**named", "number, **named"]),
)

DONE = {"sync": lambda outcome: outcome, "async": asyncio.run}


class Receiver:
    """One receiver made of what was drawn, and the note of its calls."""

    def __init__(self, index: int, drawn: Drawn, calls: list[tuple[int, object]]) -> None:
        self.drawn = drawn
        namespace: dict[str, Any] = {"respond": self.respond}
        first = "self, " if drawn.kind in ("method", "instance", "dead method") else ""
        body = "dict(locals())"
        if drawn.kind == "wrapper":
            wants = drawn.wants.replace(", **named", "").replace("**named", "")
            exec(f"def receive({wants}):\n    respond({body})\n    return (yield)", namespace)
        else:
            start = "async def" if drawn.kind == "coroutine" else "def"
            exec(f"{start} receive({first}{drawn.wants}):\n    return respond({body})", namespace)
        receive = namespace["receive"]
        self.keep: list[object] = []
        if drawn.kind in ("method", "dead method"):
            self.keep = [type("Holder", (), {"receive": receive})()]
            self.function = self.keep[0].receive
        elif drawn.kind == "instance":
            self.keep = [type("Holder", (), {"__call__": receive})()]
            self.function = self.keep[0]
        else:
            self.function = receive
        self.index, self.calls = index, calls

    def respond(self, arguments: dict[str, object]) -> object:
        """Note the call, then answer or fail as drawn."""
        arguments.pop("self", None)
        arguments.pop("respond", None)
        self.calls.append((self.index, arguments))
        return self.outcome()

    def outcome(self) -> object:
        """Answer or fail as drawn; wrappers only note."""
        if self.drawn.kind != "wrapper" and not self.drawn.returns and isinstance(self.drawn.answer, Exception):
            raise self.drawn.answer
        return self.drawn.answer

    def expected_arguments(self, sent: dict[str, object]) -> dict[str, object]:
        """What a call by name would pass."""
        wants = [name.strip() for name in self.drawn.wants.split(",") if name.strip()]
        got = {name: sent[name] for name in wants if not name.startswith("*")}
        if "**named" in wants and self.drawn.kind != "wrapper":
            got["named"] = {name: value for name, value in sent.items() if name not in got}
        return got


def model(receivers, sent, firstresult, method):
    """The reference: a loop. Return the calls in order, and the outcome or the exception."""
    meant = [
        receiver
        for receiver in receivers
        if receiver.drawn.kind != "dead method"
        and receiver.drawn.owner != "inactive"
        and (receiver.drawn.kind == "wrapper" or SENDERS[receiver.drawn.sender] in (None, sent["sender"]))
    ]
    groups = [
        [receiver for receiver in meant if receiver.drawn.place == place] for place in ("tryfirst", "", "trylast")
    ]
    ordered = [receiver for group in groups for receiver in group]
    wrappers = [receiver for receiver in ordered if receiver.drawn.kind == "wrapper"]
    plain = [receiver for receiver in ordered if receiver.drawn.kind != "wrapper"]
    if method != "__call__":
        plain.sort(key=lambda receiver: receiver.drawn.kind == "coroutine")
    calls = [(receiver.index, receiver.expected_arguments(sent)) for receiver in wrappers]
    pairs = []
    for receiver in plain:
        calls.append((receiver.index, receiver.expected_arguments(sent)))
        answered = True
        try:
            response = receiver.outcome()
        except LookupError as error:
            if "robust" not in method:
                return calls, error
            response, answered = error, False
        pairs.append((receiver.function, response))
        if firstresult and answered and response is not None:
            break
    if method != "__call__":
        return calls, pairs
    results = [response for _, response in pairs if response is not None]
    return calls, ((results[0] if results else None) if firstresult else results)


def connected(drawn, firstresult, untyped, register, calls):
    """Make a signal and connect what was drawn."""

    @signal(firstresult=firstresult)
    def declared(sender, number):
        """Documented."""

    sent = Signal() if untyped else declared
    owners = {"active": Owner("active", active=True), "inactive": Owner("inactive", active=False), None: None}
    receivers = []
    for index, each in enumerate(drawn):
        receiver = Receiver(index, each, calls)
        receivers.append(receiver)
        order = {each.place: True} if each.place else {}
        owner = owners[each.owner]
        if each.kind == "wrapper":
            register(sent, receiver.function, owner, wrapper=True, **order)
            continue
        sent._owner_of = lambda _, owner=owner: owner
        sent.connect(receiver.function, sender=SENDERS[each.sender], **order)
        sent._owner_of = None
        if each.kind == "dead method":
            if owner is not None:
                sent.disconnect(receiver.function, sender=SENDERS[each.sender])  # a plugin's receiver is kept alive
            receiver.function = None
            receiver.keep.clear()
    return sent, receivers


@pytest.mark.parametrize("method", ["send", "send_robust", "__call__", "asend", "asend_robust"])
@given(
    drawn=st.lists(DRAWN, max_size=8),
    repeated=st.sampled_from([1, 1, 1, 1, 9]),
    firstresult=st.booleans(),
    untyped=st.booleans(),
)
def test_a_send_does_what_a_loop_would_do(register, method, drawn, repeated, firstresult, untyped):
    """Calls, their arguments and order, and the outcome, for each sender: as by a plain loop."""
    firstresult = firstresult and not untyped
    if method == "__call__":
        drawn = [each._replace(kind="function") if each.kind == "coroutine" else each for each in drawn]
    calls: list[tuple[int, object]] = []
    sent, receivers = connected(drawn * repeated, firstresult, untyped, register, calls)
    if any(receiver.drawn.kind == "dead method" for receiver in receivers):
        gc.collect(0)
    logging.getLogger("hookcore").disabled = True
    try:
        for name, sender in SENDERS.items():
            arguments = {"sender": sender, "number": name}
            expected_calls, expected = model(receivers, {**arguments, "signal": sent}, firstresult, method)
            calls.clear()
            try:
                outcome = getattr(sent, method)(**arguments)
                if method.startswith("a"):
                    outcome = asyncio.run(outcome)
            except LookupError as error:
                outcome = error
            except BaseException as error:
                if not hasattr(error, "exceptions"):
                    raise
                outcome = error.exceptions[0]
            fails = isinstance(expected, LookupError) and not firstresult
            if fails and receivers[expected_calls[-1][0]].drawn.kind == "coroutine":
                # Side by side, coroutines behind the one that fails may have been called too, or not.
                assert isinstance(outcome, LookupError)
                assert calls[: len(expected_calls)] == expected_calls
            else:
                assert calls == expected_calls
                assert outcome is expected if isinstance(expected, LookupError) else outcome == expected
    finally:
        logging.getLogger("hookcore").disabled = False
