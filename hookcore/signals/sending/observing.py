"""A receiver whose calls somebody watches, to measure them, say. Where nobody does, this is not even imported."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from hookcore.signals.connecting.receiver import Receiver
from hookcore.signals.sending.receiver_call import Step

__tracebackhide__ = True  # pytest leaves such frames out


class Watch(Protocol):
    """Watches the calls of one receiver, in any thread. What it raises, the call raises."""

    def begin(self) -> Any:
        """Note that a call begins; what is returned is given to its `end`."""
        ...

    def end(self, begun: Any, error: BaseException | None) -> None:
        """Note that this call has ended; with the exception, if it has raised one."""
        ...


class ObservedStep(Step):
    """A receiver to call whose calls are watched; a coroutine receiver's until it is done."""

    __slots__ = ("_begin", "_end", "_names", "_step")

    def __init__(self, step: Step, watch: Watch) -> None:
        for name in Step.__slots__:
            setattr(self, name, getattr(step, name))
        self.names = None  # so that each call comes by way of `call`
        self._names = step.names
        self._step = step
        self._begin = watch.begin
        self._end = watch.end

    def call(self, receiver: Callable[..., Any], given: Mapping[str, object], signal: object) -> Any:
        """Call the receiver, and note when that begins and ends."""
        names, end = self._names, self._end
        try:
            arguments = None if names is None else [given[name] for name in names]
        except KeyError:
            arguments = None
        begun = self._begin()
        try:
            response = self._step.call(receiver, given, signal) if arguments is None else receiver(*arguments)
        except BaseException as error:
            end(begun, error)
            raise
        if self.is_async:
            return _awaited(response, end, begun)
        end(begun, None)
        return response


async def _awaited(response: Awaitable[Any], end: Callable[[Any, BaseException | None], None], begun: Any) -> Any:
    try:
        answer = await response
    except BaseException as error:
        end(begun, error)
        raise
    end(begun, None)
    return answer


def observed(step: Step, receiver: Receiver, watch_of: Callable[[Receiver], Watch]) -> Step:
    """Return the step with the receiver's watch. Wrappers stand around other calls, and are left as they are."""
    return step if step.wraps else ObservedStep(step, watch_of(receiver))
