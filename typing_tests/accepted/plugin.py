"""What a plugin writes: receivers that name just what they want, blocking ones and coroutines."""

from __future__ import annotations

from typing import assert_type

from hookcore import Signal, receiver, signal


class User:
    """Somebody who signs up."""

    name = ""


@signal
def user_signed_up(sender: type[User], user: User) -> None:
    """A visitor created an account."""


@signal(firstresult=True)
def render_body(sender: type, text: str) -> str | None:
    """Return HTML for `text`."""


@receiver(user_signed_up)
def greet(user: User) -> str:
    """Greet; nobody asked for a response, and one does no harm."""
    return f"hello {user.name}"


@receiver(user_signed_up, sender=User, dispatch_uid="note", before="audit-log", delivery="on_commit")
async def note(sender: type[User], user: User) -> None:
    """Take it down."""


@receiver(render_body, tryfirst=True)
def shout(text: str) -> str:
    """Render it loud."""
    return text.upper()


@receiver(render_body)
async def whisper(text: str) -> str | None:
    """Render it low, in a coroutine."""
    return text.lower()


anything = Signal()


@receiver([user_signed_up, anything], weak=True)
def both(sender: object) -> None:
    """Hear two signals."""


assert_type(greet(User()), str)  # a receiver stays what it is; where the response counts, it is the signal's
assert_type(shout(""), str | None)
