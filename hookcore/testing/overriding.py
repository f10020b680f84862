"""How does something hold for the length of a block, a function, a coroutine function, or each test of a class?"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar, cast

C = TypeVar("C", bound=Callable[..., Any])


class Overriding(AbstractContextManager[None]):
    """A context manager that is a decorator, too: of functions, coroutine functions and classes of tests.

    `make` gives what is entered, anew each time. It may be entered again while it is entered.
    """

    def __init__(self, make: Callable[[], AbstractContextManager[object]]) -> None:
        self._make = make
        self._entered: list[AbstractContextManager[object]] = []

    def __enter__(self) -> None:
        made = self._make()
        made.__enter__()
        self._entered.append(made)

    def __exit__(self, *error: Any) -> None:
        self._entered.pop().__exit__(*error)

    def __call__(self, decorated: C) -> C:
        """Let it hold for a test, or for each test of a class: what is called `test…` there."""
        made: Any = decorated
        if isinstance(made, type):
            for name in dir(made):
                if name.startswith("test") and callable(getattr(made, name)):
                    setattr(made, name, self(getattr(made, name)))
        else:
            made = self._around_awaited(made) if inspect.iscoroutinefunction(made) else self._around(made)
        return cast("C", made)

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
