"""What does `@signal(robust=True)` promise? In every way to send, a receiver's exception stays inside and is logged."""

from __future__ import annotations

import asyncio

import pytest

from hookcore import signal
from hookcore.signals.connecting.receiver import Owner

pytestmark = pytest.mark.usefixtures("carried_out")

METHODS = ["send", "send_robust", "asend", "asend_robust", "__call__"]


def sent(signal, method):
    """Send, awaited if need be."""
    outcome = getattr(signal, method)(sender=None)
    return asyncio.run(outcome) if method.startswith("a") else outcome


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("error", [LookupError("broken"), SystemExit(3), StopIteration(), RecursionError()], ids=repr)
@pytest.mark.parametrize("firstresult", [False, True])
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_receivers_exception_counts_as_no_answer(method, error, firstresult, wrapped, caplog):
    """The others answer; in pairs the exception is the response; the log names who failed."""

    @signal(robust=True, firstresult=firstresult)
    def asked(sender):
        """Ask."""

    def fails():
        raise error

    def answers():
        return "answer"

    def wrapper():
        return (yield)

    asked.connect(fails)
    asked.connect(answers)
    if wrapped:
        asked.connect(wrapper, wrapper=True)
    for _ in range(3):
        caplog.clear()
        outcome = sent(asked, method)
        if method == "__call__":
            assert outcome == ("answer" if firstresult else ["answer"])
        else:
            assert outcome == [(fails, error), (answers, "answer")]
        assert [record.name for record in caplog.records] == ["hookcore"]
        assert "fails" in caplog.text


@pytest.mark.parametrize("method", METHODS)
def test_a_wrappers_fault_is_contained_too(method, caplog):
    """Before its yield and behind it: the receivers' answers stay."""

    @signal(robust=True)
    def asked(sender):
        """Ask."""

    def before():
        raise LookupError("before")
        yield

    def behind():
        yield
        raise LookupError("behind")

    def answers():
        return "answer"

    asked.connect(before, wrapper=True)
    asked.connect(behind, wrapper=True)
    asked.connect(answers)
    for _ in range(3):
        outcome = sent(asked, method)
        if method == "__call__":
            assert outcome == ["answer"]
        else:
            assert outcome[0] == (answers, "answer")
            assert {receiver for receiver, _ in outcome[1:]} == {before, behind}


@pytest.mark.parametrize("method", METHODS)
def test_only_an_interrupt_reaches_the_host(method):
    """KeyboardInterrupt is nobody's fault."""

    @signal(robust=True)
    def asked(sender):
        """Ask."""

    def interrupted():
        raise KeyboardInterrupt

    asked.connect(interrupted)
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            sent(asked, method)


def test_a_failing_plugins_receiver_is_logged_with_its_plugin(caplog):
    """Whose it is stands in the log."""

    @signal(robust=True)
    def asked(sender):
        """Ask."""

    def fails():
        raise LookupError("broken")

    asked._owner_of = lambda _: Owner("tracker", active=True)
    asked.connect(fails)
    asked._owner_of = None
    assert asked(sender=None) == []
    assert "plugin 'tracker'" in caplog.text
