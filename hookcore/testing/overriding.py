"""How does something hold for the length of a block, a function of whichever kind, or each test of a class?"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, aclosing, contextmanager
from typing import Any, Generic, ParamSpec, TypeVar, cast
from unittest import TestCase

C = TypeVar("C", bound=Callable[..., Any])
P = ParamSpec("P")
T = TypeVar("T")


class Overriding(AbstractContextManager[T], Generic[T]):
    """A context manager that is a decorator, too: of functions, coroutine functions, generator functions of either
    kind, and classes of tests.

    `make` gives what is entered, anew each time. It may be entered again while it is. `from_set_up` says whether
    it holds in a `unittest.TestCase` from before `setUp` until all is cleaned up, or while the test's method runs.
    """

    def __init__(self, make: Callable[[], AbstractContextManager[T]], *, from_set_up: bool = False) -> None:
        self._make = make
        self._from_set_up = from_set_up
        self._entered: list[AbstractContextManager[T]] = []

    def __enter__(self) -> T:
        made = self._make()
        given = made.__enter__()
        self._entered.append(made)
        return given

    def __exit__(self, *error: Any) -> None:
        self._entered.pop().__exit__(*error)

    def __call__(self, decorated: C) -> C:
        """Let it hold for a test, or for each test of a class: what is called `test…` there."""
        made: Any = decorated
        if not isinstance(made, type):
            return cast("C", self._around_any(made))
        if self._from_set_up and issubclass(made, TestCase):
            setattr(made, "run", self._around(made.run))  # noqa: B010 - a method of somebody else's class
            return decorated
        for name in dir(made):
            if name.startswith("test") and callable(getattr(made, name)):
                setattr(made, name, self._around_any(getattr(made, name)))
        return decorated

    def _around_any(self, function: Callable[..., Any]) -> Callable[..., Any]:
        kinds = (
            (inspect.iscoroutinefunction, self._around_awaited),
            (inspect.isgeneratorfunction, self._around_generated),
            (inspect.isasyncgenfunction, self._around_generated_and_awaited),
        )
        return next((around for is_one, around in kinds if is_one(function)), self._around)(function)

    def _around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def held(*arguments: Any, **named: Any) -> Any:
            with self:
                return function(*arguments, **named)

        return held

    def _around_awaited(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        async def held(*arguments: Any, **named: Any) -> Any:
            with self:
                return await function(*arguments, **named)

        return held

    def _around_generated(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def held(*arguments: Any, **named: Any) -> Any:
            with self:
                return (yield from function(*arguments, **named))

        return held

    def _around_generated_and_awaited(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        async def held(*arguments: Any, **named: Any) -> Any:
            with self:
                async with aclosing(function(*arguments, **named)) as generated:
                    async for one in generated:
                        yield one

        return held


def overriding(*, from_set_up: bool = False) -> Callable[[Callable[P, Iterator[T]]], Callable[P, Overriding[T]]]:
    """Return what does as `contextlib.contextmanager`, whose decorators lose classes of tests, and end before a
    coroutine runs.
    """

    def of(block: Callable[P, Iterator[T]]) -> Callable[P, Overriding[T]]:
        managed = contextmanager(block)

        @functools.wraps(block)
        def make(*arguments: P.args, **named: P.kwargs) -> Overriding[T]:
            return Overriding(lambda: managed(*arguments, **named), from_set_up=from_set_up)

        return make

    return of
