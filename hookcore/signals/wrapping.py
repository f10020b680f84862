"""What a send does with wrappers when it is not just a call: one never yields, yields twice, or is thrown into.

A wrapper is a generator with one yield (pluggy's documented "new-style hook wrapper"): what stands before the yield
runs before the receivers, the yield returns their result or raises their exception, and what the generator returns
becomes the result of the send.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from types import CodeType
from typing import Any, NoReturn, TypeAlias, cast

Wrapper: TypeAlias = Generator[None, Any, Any]


def _refuse(wrapper: Wrapper, fault: str) -> NoReturn:
    code: CodeType = cast("Any", wrapper).gi_code
    raise RuntimeError(f"wrap_controller at {code.co_name!r} {code.co_filename}:{code.co_firstlineno} {fault}")


def did_not_yield(wrapper: Wrapper) -> NoReturn:
    """Say that a wrapper returned without yielding. The words are pluggy's, whose users look for them."""
    _refuse(wrapper, "did not yield")


def yielded_twice(wrapper: Wrapper) -> NoReturn:
    """Close a wrapper that yields again, and say so."""
    wrapper.close()
    _refuse(wrapper, "has second yield")


def throw_into(wrapper: Wrapper, error: BaseException) -> Any:
    """Raise the receivers' exception at the wrapper's yield. Return what the wrapper makes of it, or raise."""
    try:
        wrapper.throw(error)
    except StopIteration as stop:
        return stop.value
    except RuntimeError as changed:
        if isinstance(error, StopIteration) and changed.__cause__ is error:
            # PEP 479 turns a StopIteration that passes through a generator into a RuntimeError.
            wrapper.close()
            raise error from error.__cause__
        raise
    yielded_twice(wrapper)


class Faulty:
    """Stands for a wrapper that failed before its yield: `error` is how."""

    __slots__ = ("error",)

    def __init__(self, error: object) -> None:
        self.error = error


def entered(
    failed: Callable[[object, BaseException], object],
    receiver: Callable[..., Wrapper],
    /,
    *arguments: object,
    **named: object,
) -> Wrapper | Faulty:
    """Run a wrapper up to its yield. A fault is recorded, and the send goes on without the wrapper."""
    try:
        wrapper = receiver(*arguments, **named)
        try:
            next(wrapper)
        except StopIteration:
            did_not_yield(wrapper)
    except (Exception, SystemExit) as error:
        return Faulty(failed(receiver, error))
    return wrapper


def left(
    failed: Callable[[object, BaseException], object],
    receiver: Callable[..., Wrapper],
    wrapper: Wrapper | Faulty,
    result: Any,
) -> Any:
    """Run a wrapper from its yield to its end. A fault becomes one more pair behind the receivers' own."""
    if isinstance(wrapper, Faulty):
        return [*result, (receiver, wrapper.error)]
    try:
        try:
            wrapper.send(result)
        except StopIteration as stop:
            return stop.value
        yielded_twice(wrapper)
    except (Exception, SystemExit) as error:
        return [*result, (receiver, failed(receiver, error))]


def passed_by(wrapper: Wrapper | Faulty, error: BaseException) -> Any:
    """Raise at a wrapper's yield what a robust send does not record, so that the wrapper cleans up behind it."""
    if isinstance(wrapper, Faulty):
        raise error
    return throw_into(wrapper, error)


NAMES = {
    "did_not_yield": did_not_yield,
    "yielded_twice": yielded_twice,
    "throw_into": throw_into,
    "entered": entered,
    "left": left,
    "passed_by": passed_by,
}
"""The names by which generated code calls these."""
