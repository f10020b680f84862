"""Twenty receivers that fit: the mypy plugin must report none of them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, TypeVar, assert_type

from hookcore import Signal, receiver, signal

T = TypeVar("T")


class User:
    name: str


class Admin(User): ...


@signal
def signed_up(sender: type[User], user: Admin, source: str = "web") -> str | None:
    """Somebody signed up."""


@signal
def left(sender: type[User], user: Admin) -> None:
    """Somebody left."""


@signal(firstresult=True)
def priced(sender: object, cents: int) -> float | None:
    """Say a price."""


@signal(filters="text")
def rendered(sender: object, text: str) -> str:
    """Change a text."""
    raise NotImplementedError


anything = Signal()


@receiver(signed_up)
def all_arguments(sender: type[User], user: Admin, source: str) -> str:  # 1
    return user.name + source


@receiver(signed_up)
def in_another_order(source: str, user: Admin) -> None: ...  # 2


@receiver(signed_up)
def no_arguments() -> str:  # 3
    return ""


@receiver(signed_up)
def a_wider_type(user: User, sender: object) -> str | None:  # 4
    return user.name


@receiver(signed_up)
def the_rest(user: Admin, **others: Any) -> None: ...  # 5


@receiver(signed_up)
def by_name_alone(*, source: str) -> str:  # 6
    return source


@receiver(signed_up)
def with_one_of_its_own(user: Admin, retries: int = 3) -> None: ...  # 7


@receiver(signed_up)
def with_the_signal(signal: object, user: User) -> None: ...  # 8


@receiver(signed_up)
async def later(user: Admin) -> str:  # 9
    return user.name


@receiver([signed_up, left])
def two_that_answer_differently(user: User) -> None: ...  # 10


@receiver((signed_up, anything))
def one_of_them_untyped(user: User) -> str | None:  # 11
    return None


@receiver(anything)
def of_an_untyped_one(whatever: int) -> int:  # 12
    return whatever


@receiver(priced)
def a_narrower_answer(cents: int) -> int:  # 13
    return cents


@receiver(priced, tryfirst=True)
def a_promoted_type(cents: float) -> float:  # 14
    return cents / 100


@receiver(rendered)
def filters(text: str) -> str:  # 15
    return text


@receiver(rendered, wrapper=True)
def wraps(text: str) -> Generator[None, str, str]:  # 16
    return (yield)


@receiver(signed_up)
def generic(user: T, sender: T) -> None: ...  # 17


class Greeter:
    def greet(self, user: User) -> str:
        return user.name

    def __call__(self, user: User) -> str:
        return user.name


signed_up.connect(Greeter().greet)  # 18
signed_up.connect(Greeter(), weak=False)  # 19
with left.connected_to(lambda user: print(user.name)):  # 20
    pass

assert_type(in_another_order("", Admin()), None)
kept: Callable[[int], int] = of_an_untyped_one
assert_type(of_an_untyped_one(1), int)
several: Sequence[Signal[..., Any, Any]] = [signed_up, anything]
