"""What does `@signal(filters=...)` do? Each receiver is given what the one before returned; the last is the answer."""

from __future__ import annotations

import asyncio

import pytest
from pluggy import HookimplMarker

from hookcore import Signal, SignalDeclarationError, signal

pytestmark = pytest.mark.usefixtures("carried_out")

hookimpl = HookimplMarker("example_app")


@pytest.fixture
def rendered() -> Signal:
    """Return a signal that filters its `text`."""

    @signal(filters="text")
    def rendered(sender, text, *, width=80):
        """Change a text."""

    return rendered


def shout(text):
    """Change it."""
    return text.upper()


def leave(text):
    """Leave it as it is."""


def wrap(text, width):
    """Change it by another argument."""
    return f"{text}/{width}"


async def mark_later(text):
    """Change it, awaited."""
    await asyncio.sleep(0)
    return f"<{text}>"


def thrice(send, **named):
    """Send three times, so that the compiled function is seen too, and return what came back each time."""
    (outcome,) = {repr(send(**named)) for _ in range(3)}
    assert outcome == repr(send(**named))
    return send(**named)


def test_each_receiver_gets_what_the_one_before_returned(rendered):
    """The call returns the last; None leaves the text; the pairs say who changed it to what."""
    for receiver in (shout, leave, wrap):
        rendered.connect(receiver)

    assert thrice(rendered, sender=None, text="a") == "A/80"
    assert rendered(None, "b", width=3) == "B/3"
    for send in (rendered.send, rendered.send_robust):
        assert thrice(send, sender=None, text="a") == [(shout, "A"), (leave, None), (wrap, "A/80")]


def test_without_receivers_the_answer_is_what_was_sent(rendered):
    """Nobody changes it."""
    assert thrice(rendered, sender=None, text="a") == "a"
    assert rendered.send(sender=None, text="a") == []


@pytest.mark.parametrize("changed", ["", 0, False, []])
def test_what_is_false_changes_the_text_too(rendered, changed):
    """Only None leaves it."""
    rendered.connect(lambda text: changed)

    assert thrice(rendered, sender=None, text="a") == changed


@pytest.mark.parametrize("count", [64, 65, 200])
def test_any_number_of_receivers_filters_one_after_the_other(rendered, count):
    """However the code is cut."""
    for number in range(count):
        rendered.connect((lambda number: lambda text: [*text, number])(number))

    for _ in range(6):
        assert rendered(sender=None, text=[]) == list(range(count))
        assert len(rendered.send(sender=None, text=[])) == count


def test_coroutine_receivers_filter_in_their_place(rendered):
    """Also between blocking ones: in `asend`, in `send` and in the call."""
    for receiver in (shout, mark_later, wrap):
        rendered.connect(receiver)
    pairs = [(shout, "A"), (mark_later, "<A>"), (wrap, "<A>/80")]

    assert rendered(sender=None, text="a") == "<A>/80"
    assert rendered.send(sender=None, text="a") == pairs
    assert asyncio.run(rendered.asend(sender=None, text="a")) == pairs
    assert asyncio.run(rendered.asend_robust(sender=None, text="a")) == pairs


def test_weak_receivers_and_those_that_wait_for_a_sender_filter_too(rendered):
    """As any receiver."""

    class Renderer:
        def render(self, text):
            return f"{text}!"

    renderer = Renderer()
    rendered.connect(renderer.render)
    rendered.connect(shout, sender=int)

    assert thrice(rendered, sender=int, text="a") == "A!"
    assert thrice(rendered, sender=str, text="a") == "a!"


@pytest.mark.parametrize("robust", [False, True])
def test_a_receiver_that_fails_leaves_the_text_in_a_robust_send(robust, caplog):
    """Its exception is its response."""

    @signal(filters="text", robust=robust)
    def rendered(sender, text):
        """Change a text."""

    def fails(text):
        raise LookupError(text)

    for receiver in (shout, fails, str.lower):
        rendered.connect(receiver if receiver is not str.lower else (lambda text: text + "?"))
    (_, _), (_, failure), (_, last) = rendered.send_robust(sender=None, text="a")
    assert isinstance(failure, LookupError)
    assert last == "A?"
    if robust:
        assert thrice(rendered, sender=None, text="a") == "A?"
        assert rendered.send(sender=None, text="a")[-1][1] == "A?"
    else:
        with pytest.raises(LookupError):
            rendered(sender=None, text="a")


def test_a_wrapper_sees_the_filtered_value(rendered):
    """What it returns is the answer; None leaves it, as a receiver does."""
    seen = []

    def frame():
        seen.append((yield))
        return f"[{seen[-1]}]" if seen[-1] != "LEFT" else None

    rendered.connect(shout)
    rendered.connect(frame, wrapper=True)

    assert thrice(rendered, sender=None, text="a") == "[A]"
    assert rendered.send(sender=None, text="a") == [(frame, "[A]")]
    assert rendered(sender=None, text="left") == "LEFT"
    assert rendered.send(sender=None, text="left") == [(shout, "LEFT")]
    assert set(seen) == {"A", "LEFT"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"filters": "txt"}, "Did you mean 'text'"),
        ({"filters": ""}, "none of its parameters"),
        ({"filters": 3}, "none of its parameters"),
        ({"filters": ["text"]}, "none of its parameters"),
        ({"filters": "sender"}, "the sender decides"),
        ({"filters": "text", "firstresult": True}, "exclude each other"),
        ({"filters": "text", "historic": True}, "exclude each other"),
    ],
)
def test_what_cannot_be_filtered_is_refused(options, words):
    """When it is declared, with the remedy."""
    with pytest.raises(SignalDeclarationError, match=words):

        @signal(**options)
        def rendered(sender, text):
            """Change a text."""
