"""What a send does with wrappers: they are entered before the receivers, and left after them, the last one first.

A wrapper is a generator with one yield (pluggy's documented "new-style hook wrapper"): what stands before the yield
runs before the receivers, the yield returns their answers or raises their exception, and what the generator returns
becomes the answer of the send.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from operator import is_
from types import CodeType
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias, cast

if TYPE_CHECKING:
    from hookcore.signals.sending.methods import Pairs, Way
    from hookcore.signals.sending.receiver_call import Step

__tracebackhide__ = True  # pytest leaves such frames out

Wrapper: TypeAlias = Generator[None, Any, Any]
Entered: TypeAlias = list[tuple[Callable[..., Any], "Wrapper | BaseException"]]
"""The wrappers that stand around a send, outermost first; for one that failed before its yield, and was logged, how."""


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


def enter(way: Way, steps: Sequence[Step], given: dict[str, Any], entered: Entered) -> None:
    """Run wrappers up to their yields, outermost first, and put them into `entered`.

    A robust send logs the fault of a wrapper, and goes on without it.
    """
    for step in steps:
        receiver = step.target if step.reference is None else step.resolved()
        if receiver is None:
            continue
        try:
            wrapper = step.call(receiver, given, way.signal)
            try:
                next(wrapper)
            except StopIteration:
                did_not_yield(wrapper)
        except BaseException as error:
            if not way.robust:
                raise
            wrapper = way.failed(receiver, error)
        entered.append((receiver, wrapper))


def leave(way: Way, entered: Entered, pairs: Pairs, answer: Any, failure: BaseException | None) -> Any:
    """Run wrappers from their yields to their ends, innermost first. Return what the send gives back.

    Each is sent what the receivers, and the wrappers inside it, answered, or has their `failure` raised at its yield.
    """
    faults: Pairs = []
    for receiver, wrapper in reversed(entered):
        if isinstance(wrapper, BaseException):
            faults.append((receiver, wrapper))
            continue
        before = copied(answer) if way.pairs else None
        try:
            value = throw_into(wrapper, failure) if failure is not None else _finish(wrapper, answer)
        except BaseException as error:
            if way.robust and failure is None and not issubclass(type(error), KeyboardInterrupt):
                faults.append((receiver, way.failed(receiver, error)))
            else:
                failure = error
            continue
        if way.filters is not None and value is None:
            value = answer  # as a receiver, which leaves the text with None
        if way.pairs and (failure is not None or not is_unchanged(before, value)):
            pairs = answered_by(receiver, value, way.firstresult or way.filters is not None)
        answer, failure = value, None
    if failure is not None:
        raise failure
    return [*pairs, *faults] if way.pairs else answer


def _finish(wrapper: Wrapper, answer: Any) -> Any:
    try:
        wrapper.send(answer)
    except StopIteration as stop:
        return stop.value
    yielded_twice(wrapper)


def copied(answer: Any) -> Any:
    """Return what a wrapper is about to be sent, as it is before the wrapper can change it."""
    return answer[:] if type(answer) is list else answer


def is_unchanged(before: Any, value: Any) -> bool:
    """Tell whether a wrapper returned what it was sent: the very object, or a list of the very same objects."""
    if type(before) is list and _is_list(value):
        return len(before) == len(value) and all(map(is_, before, value))
    return before is value


def answered_by(wrapper: Callable[..., Any], value: Any, is_one: bool) -> Pairs:
    """Return as pairs what a wrapper has put in the place of the answers."""
    return [(wrapper, each) for each in value] if _is_list(value) and not is_one else [(wrapper, value)]


def _is_list(value: Any) -> bool:
    return issubclass(type(value), list)  # `isinstance` would ask what a wrapper returned
