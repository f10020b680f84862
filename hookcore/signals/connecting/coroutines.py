"""Is a receiver a coroutine function? Asked once, when it connects, and answered as Django and Python's inspect do."""

from __future__ import annotations

import functools
import inspect
import sys
from types import FunctionType
from typing import Final

_IS_COROUTINE: Final = inspect.CO_COROUTINE


def is_coroutine_function(receiver: object) -> bool:
    """Tell whether calling the receiver gives a coroutine to await: it, or its class's `__call__`, says so.

    Said by `async def`, also below `functools.partial`; by `inspect.markcoroutinefunction` (Python 3.12); and by the
    mark of asyncio, which asgiref, `mock.AsyncMock` and Cython leave. A receiver that cannot be asked is none.
    """
    if type(receiver) is FunctionType:
        if receiver.__code__.co_flags & _IS_COROUTINE:
            return True
        if not receiver.__dict__:  # where marks would be
            return False
    try:
        while not _is_said_of(receiver):
            if isinstance(receiver, functools.partial):
                receiver = receiver.func
            else:
                return _is_said_of(_call_of(receiver))
        return True
    except Exception:  # proxies to what is gone, and objects that raise when they are looked at
        return False


def _is_said_of(function: object) -> bool:
    if inspect.iscoroutinefunction(function):
        return True
    asyncio = sys.modules.get("asyncio.coroutines")  # where nobody has imported it, nobody has left its mark
    mark = getattr(asyncio, "_is_coroutine", None)
    return mark is not None and getattr(function, "_is_coroutine", None) is mark


def _call_of(receiver: object) -> object:
    """Return what calling an object calls, below `functools.partialmethod` too."""
    kind = type(receiver)
    call = getattr(kind, "__call__", None)  # noqa: B004 - what it is is asked for, not whether it is there
    return getattr(vars(kind).get("__call__"), "func", call)
