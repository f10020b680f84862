"""Twelve receivers that do not fit: the mypy plugin must report each, at the marked line."""

from __future__ import annotations

from hookcore import receiver, signal


class User:
    name: str


class Admin(User): ...


@signal
def signed_up(sender: type[User], user: User, source: str = "web") -> str | None:
    """Somebody signed up."""


@signal
def left(sender: type[User], user: User) -> None:
    """Somebody left."""


@receiver(signed_up)  # expect-error
def misspells(usr: User) -> None: ...


@receiver(signed_up)  # expect-error
def wants_what_nobody_sends(user: User, colour: str) -> None: ...


@receiver(signed_up)  # expect-error
def wants_another_type(source: int) -> None: ...


@receiver(signed_up)  # expect-error
def wants_a_narrower_type(user: Admin) -> None: ...


@receiver(signed_up)  # expect-error
def wants_by_name_what_nobody_sends(*, users: list[User]) -> None: ...


@receiver(signed_up)  # expect-error
def answers_another_type(user: User) -> int:
    return 1


@receiver(signed_up)  # expect-error
async def answers_another_type_later(user: User) -> bytes:
    return b""


@receiver([signed_up, left])  # expect-error
def wants_what_one_of_two_sends(source: str) -> None: ...


@receiver([left, signed_up])  # expect-error
def answers_one_of_two_wrongly(user: User) -> int:
    return 1


class Greeter:
    def greet(self, visitor: User) -> str:
        return visitor.name

    @receiver(left)  # expect-error
    def of_the_class(self, user: User) -> None: ...


signed_up.connect(Greeter().greet)  # expect-error
with left.connected_to(lambda source: None):  # expect-error
    pass
