"""Mistakes of whoever connects: each marked line must be reported."""

from __future__ import annotations

from hookcore import receiver, signal


@signal(firstresult=True)
def render_body(sender: type, text: str) -> str | None:
    """Return HTML for `text`."""


@receiver(render_body)
def fits(text: str) -> str:
    """Render."""
    return text


@receiver(render_body)  # expect-error
def answers_a_number(text: str) -> int:
    """Render, and return what nobody asked for."""
    return len(text)


@receiver(render_body)  # expect-error
async def answers_a_number_later(text: str) -> int:
    """Do so in a coroutine."""
    return len(text)


@receiver(render_body, try_first=True)  # expect-error
def misspells_an_option(text: str) -> str:
    """Render."""
    return text


@receiver("render_body")  # expect-error
def names_a_signal_by_its_name(text: str) -> str:
    """Render."""
    return text


render_body.connect("not a callable")  # expect-error
render_body.connect(fits, weakly=True)  # expect-error
