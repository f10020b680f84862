"""What is a callable, under partials, methods and decorators: which function, of which kind, of what name?

To look at somebody else's object may run code of its own, so every look is guarded, or is one past what that code says.
"""

from __future__ import annotations

import functools
import inspect
import sys
from types import FunctionType, MethodType
from typing import Any, Final

from hookcore.tracebacks import guarded

GENERATORS: Final = inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR


def attribute_of(receiver: object, name: str, default: object = None) -> Any:
    """Return an attribute of a receiver, or the default also where the look at it raises."""
    try:
        return getattr(receiver, name, default)
    except KeyboardInterrupt:
        raise
    except BaseException:  # a proxy may make anything of the question
        return default


def is_a(receiver: object, kinds: tuple[type, ...]) -> bool:
    """Tell whether a receiver is, or says that it is, one of these kinds; not if to ask raises."""
    return guarded(isinstance, receiver, kinds, otherwise=False)  # it asks for `__class__`, which a proxy makes up


def is_bare(receiver: object) -> bool:
    """Tell whether a receiver is a function that no decorator has wrapped, as nearly all are."""
    return type(receiver) is FunctionType and not hasattr(receiver, "__wrapped__")


# -- what is under it -------------------------------------------------------------------------------------------------


def unbound(receiver: Any) -> object:
    """Return what is behind partials and methods."""
    while issubclass(kind := type(receiver), functools.partial) or kind is MethodType:
        receiver = receiver.__func__ if kind is MethodType else attribute_of(receiver, "func")
    return receiver


def unwrap(receiver: object) -> object:
    """Return the function under partials, wrappers and methods: the thing that somebody wrote in a module.

    Where to look at a wrapper raises, as at a proxy outside of its request, the wrapper itself is returned.
    """
    seen: set[int] = set()
    while id(receiver) not in seen:
        seen.add(id(receiver))
        receiver = unbound(receiver)
        if inspect.getattr_static(receiver, "__wrapped__", None) is not None:  # some give any attribute
            receiver = attribute_of(receiver, "__wrapped__", receiver)
    return receiver


def given_by_partials(receiver: Any) -> set[str]:
    """Return the names of the arguments that partials around a receiver give it by keyword."""
    given: set[str] = set()
    while issubclass(type(receiver), functools.partial):
        given.update(attribute_of(receiver, "keywords") or ())
        receiver = attribute_of(receiver, "func")
    return given


# -- of which kind ----------------------------------------------------------------------------------------------------


def yields(receiver: object) -> int:
    """Tell whether a receiver is a generator function (`CO_GENERATOR`), an asynchronous one, or none (0)."""
    function = receiver if type(receiver) is FunctionType else unbound(receiver)
    if type(function) is not FunctionType:
        function = attribute_of(type(function), "__call__")
    return function.__code__.co_flags & GENERATORS if type(function) is FunctionType else 0


def is_coroutine_function(receiver: object) -> bool:
    """Tell whether calling the receiver gives a coroutine to await: it, or its class's `__call__`, says so.

    Said by `async def`, also below `functools.partial`; by `inspect.markcoroutinefunction` (Python 3.12); and by the
    mark of asyncio, which asgiref, `mock.AsyncMock` and Cython leave. A receiver that cannot be asked is none.
    """
    function = receiver.__func__ if type(receiver) is MethodType else receiver
    if type(function) is FunctionType:
        if function.__code__.co_flags & inspect.CO_COROUTINE:
            return True
        for name in function.__dict__:
            if name.startswith("_"):  # as all these marks do, and pluggy's do not
                break
        else:
            return False
    # Proxies to what is gone, and objects that raise when they are looked at, are none.
    return guarded(_says_so_anywhere, receiver, otherwise=False)


def _says_so_anywhere(receiver: object) -> bool:
    called = unbound(receiver)
    return any(map(_says_it_is_one, (receiver, called, _call_of(called))))


def _says_it_is_one(function: object) -> bool:
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


# -- of what name -----------------------------------------------------------------------------------------------------


def qualified_name(receiver: object) -> str:
    """Return `module.qualname` of a receiver, whatever kind of callable it is."""
    inner = unwrap(receiver)
    return f"{attribute_of(inner, '__module__') or '?'}.{own_name(inner)}"


def own_name(receiver: object) -> str:
    """Return the `__qualname__` of a receiver, or of its class."""
    inner = unwrap(receiver)
    name = attribute_of(inner, "__qualname__")
    return name if type(name) is str else attribute_of(type(inner), "__qualname__", "?")


def describe(receiver: object) -> str:
    """Name a receiver for a person: `module.qualname (file:line)`."""
    line = line_of(receiver)
    name = qualified_name(receiver)
    return f"{name} ({line[0]}:{line[1]})" if line is not None else name


def line_of(receiver: object) -> tuple[str, int] | None:
    """Return the file and line where a receiver was written, or None where there is no Python code."""
    function = unwrap(receiver)
    if type(function) is not FunctionType:
        return None
    return function.__code__.co_filename, function.__code__.co_firstlineno
