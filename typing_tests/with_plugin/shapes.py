"""Receivers of other shapes: each marked line is wrong, and the mypy plugin must report it, and no other."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar, overload

from hookcore import Signal, receiver, signal
from hookcore import receiver as on

P = ParamSpec("P")
T = TypeVar("T")


class User:
    name: str


@signal
def signed_up(sender: type[User], user: User, source: str = "web") -> str | None:
    """Somebody signed up."""


@signal
def left(sender: type[User], user: User) -> None:
    """Somebody left."""


def logged(function: Callable[P, T]) -> Callable[P, T]:
    return function


def cached(function: Callable[P, T]) -> Callable[P, T]:
    @functools.wraps(function)
    def call(*arguments: P.args, **named: P.kwargs) -> T:
        return function(*arguments, **named)

    return call


class Greeter:
    def __call__(self, visitor: User) -> str:
        return visitor.name

    @staticmethod
    def static(visitor: User) -> None: ...

    @classmethod
    def of_class(cls, visitor: User) -> None: ...

    @classmethod
    def of_class_rightly(cls, user: User) -> None: ...

    def __init__(self) -> None:
        signed_up.connect(self.later)  # expect-error

    def later(self, when: float) -> None: ...


signed_up.connect(Greeter())  # expect-error
signed_up.connect(Greeter.static)  # expect-error
signed_up.connect(Greeter.of_class)  # expect-error
signed_up.connect(Greeter().of_class_rightly)
signed_up.connect(receiver=lambda visitor: None)  # expect-error


@on(signed_up)
@logged
@cached
def through_decorators(user: User) -> None: ...


@on(signed_up)  # expect-error
@logged
@cached
def wrong_through_decorators(usr: User) -> None: ...


@receiver(left)  # expect-error
@receiver(signed_up)
def of_a_stack(source: str) -> None: ...


class Signals:
    @staticmethod
    @signal
    def held(sender: object, number: int) -> None:
        """A signal that a class holds."""


@receiver(Signals.held)  # expect-error
def of_a_class(numbr: int) -> None: ...


@receiver(signal=signed_up)  # expect-error
def by_keyword(usr: User) -> None: ...


@overload
def either(user: User) -> str: ...
@overload
def either(user: User, source: str) -> str: ...
def either(user: User, source: str = "") -> str:
    return user.name + source


signed_up.connect(either)
BOTH: Sequence[Signal[..., Any]] = [signed_up, left]


@receiver(BOTH)
def of_a_list_that_has_a_name(user: User) -> None: ...
