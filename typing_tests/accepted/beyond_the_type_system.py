"""What no checker sees without the mypy plugin, as docs/plugins.md says: wrong receivers, which are accepted."""

from __future__ import annotations

from hookcore import receiver, signal


@signal(firstresult=True)
def render_body(sender: type, text: str) -> str | None:
    """Return HTML for `text`."""


@signal
def user_signed_up(sender: type, name: str) -> None:
    """A visitor created an account."""


@receiver(render_body)
def misspells(txt: str) -> str:
    """Only the answer is looked at."""
    return txt


@receiver(render_body)
def wants_another_type(text: int) -> str:
    """The same."""
    return str(text)


@receiver([render_body, user_signed_up])
def answers_one_of_two_wrongly(sender: type) -> int:
    """Of several signals, nothing is looked at."""
    return 1


def answers_a_number(text: str) -> int:
    """Connected by hand, nothing is looked at but that it can be called."""
    return len(text)


render_body.connect(answers_a_number)
