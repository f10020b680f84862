"""Mistakes of a host that sends: each marked line must be reported."""

from __future__ import annotations

from hookcore import signal


class User:
    """Somebody who signs up."""


@signal
def user_signed_up(sender: type[User], user: User) -> None:
    """A visitor created an account."""


@signal(firstresult=True)
def render_body(sender: type, text: str) -> str | None:
    """Return HTML for `text`."""


def send() -> None:
    user_signed_up.send(sender=User, user=User())
    user_signed_up.send(sender=User, usr=User())  # expect-error
    user_signed_up.send(sender=User)  # expect-error
    user_signed_up.send(sender=User, user="Ada")  # expect-error
    user_signed_up.send(sender=User, user=User(), major=True)  # expect-error
    user_signed_up.send(sender=str, user=User())  # expect-error
    user_signed_up.send_robust(sender=User, user=3)  # expect-error
    length: int = render_body.send(sender=User, text="x")[0][1]  # expect-error
    print(length)


def call() -> None:
    render_body(sender=User, text="x")
    render_body(sender=User)  # expect-error
    render_body(sender=User, txt="x")  # expect-error
    length: int | None = render_body(sender=User, text="x")  # expect-error
    print(length)


async def asend() -> None:
    await render_body.asend(sender=User, text="x")
    await render_body.asend(sender=User, text=b"x")  # expect-error
    await render_body.asend_robust(sender=User, txt="x")  # expect-error
