"""Which answer does a firstresult signal take, and who is not asked any more?"""

from __future__ import annotations

import asyncio

import pytest

from hookcore import Signal, signal
from hookcore.signals.connecting.receiver import Owner

pytestmark = pytest.mark.usefixtures("carried_out")


@pytest.fixture
def render() -> Signal:
    """Return a signal whose first answer wins."""

    @signal(firstresult=True)
    def render_body(sender, text="") -> str | None:
        """Return HTML for a text."""

    return render_body


def test_a_send_stops_at_the_first_answer(render):
    """The pairs say who was asked, the last of them who answered."""
    asked = []

    def silent():
        asked.append("silent")

    def answers(text):
        asked.append("answers")
        return text.upper()

    render.connect(silent)
    render.connect(answers)
    render.connect(lambda: asked.append("too late"))
    assert render.send(sender=None, text="hi") == [(silent, None), (answers, "HI")]
    assert asked == ["silent", "answers"]


def test_a_pluggy_call_gives_the_answer_itself(render):
    """In the signal's order, as a send. Without an answer it is None."""
    assert render(sender=None) is None
    render.connect(lambda: None)
    assert render(sender=None) is None
    render.connect(lambda: "early")
    render.connect(lambda: "late")
    render.connect(lambda: None)
    assert render(sender=None) == "early"


@pytest.mark.parametrize("answer", [False, 0, "", [], {}])
def test_what_is_false_is_an_answer(render, answer):
    """Only None is no answer."""
    render.connect(lambda: answer)
    render.connect(lambda: "too late")

    assert [response for _, response in render.send(sender=None)] == [answer]


@pytest.mark.parametrize("count", [1, 32, 33, 60, 100])
@pytest.mark.parametrize("answering", [0, 15, 16, 31, 32, 33, 59, 99])
def test_the_answer_is_found_among_many(render, count, answering):
    """Where the code is cut into pieces, an answer in one piece keeps the next from being asked."""
    asked = []

    def make(number):
        def receive():
            asked.append(number)
            return number if number >= answering else None

        return receive

    for number in range(count):
        render.connect(make(number))
    outcome = render.send(sender=None)
    reached = list(range(min(count, answering + 1)))
    assert asked == reached
    assert [response for _, response in outcome] == [number if number >= answering else None for number in reached]
    asked.clear()
    assert render.send_robust(sender=None) == outcome
    assert asked == reached


@pytest.mark.parametrize("count", [3, 40])
def test_an_exception_that_is_returned_is_an_answer(render, count):
    """Returning an exception object is answering; only raising it is failing. However many are connected."""
    answer = ValueError("an answer")
    for number in range(count):
        render.connect((lambda number: lambda: answer if number == 1 else None)(number))

    for send in (render.send, render.send_robust):
        assert [response for _, response in send(sender=None)] == [None, answer]


def test_a_robust_send_asks_the_next_one_after_a_failure(render, caplog):
    """A failure is recorded and is no answer."""

    def fails():
        raise LookupError("nobody home")

    render.connect(fails)
    render.connect(lambda: "answer")
    render.connect(lambda: "too late")
    (_, error), (_, answer) = render.send_robust(sender=None)
    assert isinstance(error, LookupError)
    assert answer == "answer"
    assert len(caplog.records) == 1


@pytest.mark.parametrize("count", [1, 40])
def test_a_robust_send_asks_on_after_failures_in_an_earlier_piece(render, count):
    """A failure at the end of one piece of code is no answer for the next."""

    def fails():
        raise LookupError("nobody home")

    for _ in range(count):
        render.connect(fails, dispatch_uid=object())
    render.connect(lambda: "answer")
    outcome = [response for _, response in render.send_robust(sender=None)]
    assert len(outcome) == count + 1
    assert outcome[-1] == "answer"


def test_an_exception_ends_the_asking(render):
    """A plain send raises what a receiver raised before anybody answered."""

    def fails():
        raise LookupError("nobody home")

    render.connect(fails)
    render.connect(lambda: "answer")
    with pytest.raises(LookupError):
        render.send(sender=None)


def test_tryfirst_is_asked_first(render):
    """Order decides who wins."""
    render.connect(lambda: "usual")
    render.connect(lambda: "last", trylast=True)
    render.connect(lambda: "first", tryfirst=True)

    assert [response for _, response in render.send(sender=None)] == ["first"]
    assert render(sender=None) == "first"


def test_receivers_that_are_gone_or_inactive_or_for_others_are_not_asked(render):
    """Weak references, owners and sender filters work where the first answer wins."""

    class Renderer:
        def render(self):
            return "gone"

    owner = Owner("asleep", active=False)
    renderer = Renderer()
    render.connect(renderer.render)
    render.connect(lambda: "other sender", sender=str)
    render._owner_of = lambda receiver: owner
    render.connect(lambda: "asleep")
    render._owner_of = None
    render.connect(lambda: "answer")
    assert [response for _, response in render.send(sender=int)] == ["gone"]
    del renderer
    assert [response for _, response in render.send(sender=int)] == ["answer"]
    assert [response for _, response in render.send(sender=str)] == ["other sender"]


def test_coroutine_receivers_are_asked_one_after_another(render):
    """Awaited, the first answer wins too: a coroutine behind it is never started, and leaves no warning behind."""
    asked = []

    async def silent():
        asked.append("silent")
        await asyncio.sleep(0)

    async def answers():
        asked.append("answers")
        return "answer"

    async def late():
        asked.append("late")

    for receiver in (silent, answers, late):
        render.connect(receiver)
    expected = [(silent, None), (answers, "answer")]
    assert asyncio.run(render.asend(sender=None)) == expected
    assert asyncio.run(render.asend_robust(sender=None)) == expected
    assert render.send(sender=None) == expected
    assert render.send_robust(sender=None) == expected
    assert asked == ["silent", "answers"] * 4


def test_blocking_receivers_are_asked_before_coroutine_receivers(render):
    """An answer of a blocking receiver keeps the coroutines from being started."""

    async def later():
        return "later"

    def now():
        return "now"

    render.connect(later)
    render.connect(now)
    assert asyncio.run(render.asend(sender=None)) == [(now, "now")]
    assert asyncio.run(render.asend_robust(sender=None)) == [(now, "now")]
    assert render.send(sender=None) == [(now, "now")]


def test_a_failed_coroutine_receiver_is_no_answer(render):
    """A robust awaited send asks on."""

    async def fails():
        raise LookupError("nobody home")

    async def answers():
        return "answer"

    render.connect(fails)
    render.connect(answers)
    (_, error), (_, answer) = asyncio.run(render.asend_robust(sender=None))
    assert isinstance(error, LookupError)
    assert answer == "answer"
