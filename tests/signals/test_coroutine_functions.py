"""Which receivers are awaited: all that anybody has a way to call a coroutine function."""

from __future__ import annotations

import asyncio
import functools
import inspect
import sys
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest

from hookcore import Signal
from hookcore.signals.arguments.callables import is_coroutine_function


async def answer(**named: object) -> str:
    """Answer when awaited."""
    return "awaited"


def returns_coroutine(**named: object) -> Any:
    """Return a coroutine, and say nowhere that this is so."""
    return answer()


class Answers:
    """Has coroutine functions in every place where a class can keep one."""

    partial = functools.partialmethod(answer)

    async def method(self, **named: object) -> str:
        """Answer when awaited."""
        return "awaited"

    @classmethod
    async def class_method(cls, **named: object) -> str:
        """Answer when awaited."""
        return "awaited"

    @staticmethod
    async def static_method(**named: object) -> str:
        """Answer when awaited."""
        return "awaited"

    async def __call__(self, **named: object) -> str:
        """Answer when awaited."""
        return "awaited"


class PartialOnClass:
    """Its call is a coroutine function below `functools.partialmethod`."""

    async def answer(self, extra: int, **named: object) -> str:
        """Answer when awaited."""
        return "awaited"

    again = functools.partialmethod(answer, 1)


class CallByPartialMethod:
    """Its call itself is made by `functools.partialmethod`."""

    async def answer(self, extra: int, **named: object) -> str:
        """Answer when awaited."""
        return "awaited"

    __call__ = functools.partialmethod(answer, 1)


@functools.wraps(answer)
async def wrapped(**named: object) -> str:
    """Answer when awaited, through a decorator that is a coroutine function itself."""
    return await answer(**named)


def marked_for_asyncio(**named: object) -> Any:
    """Carry the mark that asgiref leaves before Python 3.12, and Cython always."""
    return answer()


class MarkedInstance:
    """Carries asyncio's mark, as asgiref's `sync_to_async` objects do before Python 3.12."""

    def __init__(self) -> None:
        self._is_coroutine = mark_of_asyncio()

    def __call__(self, **named: object) -> Any:
        """Answer with a coroutine."""
        return answer()


def mark_of_asyncio() -> object:
    """Return the mark, if this Python still has one."""
    return getattr(asyncio.coroutines, "_is_coroutine", None)


def marked_by_inspect(target: Any) -> Any:
    """Mark by Python 3.12's own function."""
    return inspect.markcoroutinefunction(target)  # type: ignore[attr-defined, unused-ignore]


def sync_to_async() -> Any:
    """Return what asgiref makes of a blocking function."""
    sync = pytest.importorskip("asgiref.sync", reason="asgiref comes with hookcore[async] only")
    return sync.sync_to_async(lambda **named: "awaited", thread_sensitive=False)


def wrapt_decorated() -> Any:
    """Return a coroutine function below a decorator made with wrapt."""
    wrapt = pytest.importorskip("wrapt", reason="wrapt comes with the tests of tox")

    @wrapt.decorator
    def decorator(function: Any, instance: object, arguments: Any, named: Any) -> Any:
        return function(*arguments, **named)

    return decorator(answer)


def needs_312(make: Callable[[], Any]) -> Any:
    """Give a case that only Python 3.12 and newer has."""
    is_older = sys.version_info < (3, 12)
    return pytest.param(make, marks=pytest.mark.skipif(is_older, reason="only on Python 3.12 and newer"))


def needs_mark(make: Callable[[], Any]) -> Any:
    """Give a case that only a Python has whose asyncio still has a mark."""
    has_none = mark_of_asyncio() is None
    return pytest.param(make, marks=pytest.mark.skipif(has_none, reason="only on Python whose asyncio has a mark"))


def with_mark(function: Any) -> Any:
    """Leave asyncio's mark on a function."""
    function._is_coroutine = mark_of_asyncio()
    return function


KINDS = {
    "async def": lambda: answer,
    "partial": lambda: functools.partial(answer),
    "partial of a partial": lambda: functools.partial(functools.partial(answer, extra=1), other=2),
    "bound method": lambda: Answers().method,
    "partial of a bound method": lambda: functools.partial(Answers().method),
    "class method": lambda: Answers.class_method,
    "static method": lambda: Answers.static_method,
    "partial method": lambda: PartialOnClass().again,
    "instance with an async call": Answers,
    "partial of an instance": lambda: functools.partial(Answers(), extra=1),
    "call made by partialmethod": CallByPartialMethod,
    "functools.wraps": lambda: wrapped,
    "AsyncMock": lambda: mock.AsyncMock(return_value="awaited"),
    "AsyncMock by autospec": lambda: mock.create_autospec(answer, return_value="awaited"),
    "asyncio's mark on a function": needs_mark(lambda: with_mark(marked_for_asyncio)),
    "asyncio's mark on an instance": needs_mark(MarkedInstance),
    "inspect's mark on a function": needs_312(lambda: marked_by_inspect(lambda **named: answer())),
    "inspect's mark on an instance": needs_312(lambda: marked_by_inspect(mock.Mock(side_effect=returns_coroutine))),
    "inspect's mark below a partial": needs_312(
        lambda: functools.partial(marked_by_inspect(lambda **named: answer()), extra=1)
    ),
    "asgiref's sync_to_async": sync_to_async,
    "wrapt": wrapt_decorated,
}


def cases() -> list[Any]:
    """Return each kind as a parameter of its own name."""
    return [
        pytest.param(*make.values, marks=make.marks, id=name) if hasattr(make, "marks") else pytest.param(make, id=name)
        for name, make in KINDS.items()
    ]


@pytest.mark.parametrize("make", cases())
def test_what_says_that_it_is_a_coroutine_function_is_awaited_by_every_send(make: Callable[[], Any]):
    """However it says so, its answer is what it returns when awaited."""
    receiver = make()
    sent = Signal()
    sent.connect(receiver, weak=False)

    assert is_coroutine_function(receiver)
    for _ in range(3):
        assert [response for _, response in sent.send(sender=None)] == ["awaited"]
        assert [response for _, response in sent.send_robust(sender=None)] == ["awaited"]
        assert [response for _, response in asyncio.run(sent.asend(sender=None))] == ["awaited"]
        assert [response for _, response in asyncio.run(sent.asend_robust(sender=None))] == ["awaited"]


class Raises:
    """Raises when its class, or any attribute, is looked at."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError("outside of its request")

    def __call__(self, **named: object) -> str:
        """Answer at once."""
        return "called"


NONE = {
    "a function": lambda: lambda **named: 1,
    "a partial": lambda: functools.partial(lambda **named: 1),
    "a builtin": lambda: print,
    "a class": lambda: dict,
    "a mock": mock.Mock,
    "a magic mock": mock.MagicMock,
    "a function that returns a coroutine": lambda: returns_coroutine,
    "an object that raises when it is looked at": Raises,
    "an instance": lambda: type("Plain", (), {"__call__": lambda self, **named: 1})(),
}


@pytest.mark.parametrize("kind", NONE)
def test_what_does_not_say_so_is_called(kind: str):
    """As by Django: a function that happens to return a coroutine is none; a mock has every attribute, and is none."""
    assert not is_coroutine_function(NONE[kind]())
