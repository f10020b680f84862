"""A receiver whose calls somebody watches, to measure them, say. Where nobody does, this is not even imported."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from hookcore.signals.connecting.receiver import Receiver
from hookcore.signals.sending.receiver_call import Step

__tracebackhide__ = True  # pytest leaves such frames out


class Watch(Protocol):
    """Watches the calls of one receiver, in any thread. What it raises, the call raises.

    Both are called in the context (PEP 567) in which the receiver runs: a coroutine receiver's own, from its beginning
    until it is done.
    """

    def begin(self) -> Any:
        """Note that a call begins; what is returned is given to its `end`."""
        ...

    def end(self, begun: Any, error: BaseException | None, /) -> None:
        """Note that this call has ended; with the exception, if it has raised one."""
        ...


class _Nested:
    """Several watches of one receiver: the first begins first, and ends last."""

    __slots__ = ("_watches",)

    def __init__(self, watches: Sequence[Watch]) -> None:
        self._watches = watches

    def begin(self) -> list[tuple[Watch, Any]]:
        return [(watch, watch.begin()) for watch in self._watches]

    def end(self, begun: list[tuple[Watch, Any]], error: BaseException | None, /) -> None:
        for watch, token in reversed(begun):
            watch.end(token, error)


class ObservedStep(Step):
    """A receiver to call whose calls are watched; a coroutine receiver's until it is done.

    `watched` is what compiled code calls, with the receiver and its arguments.
    """

    __slots__ = ("_call", "_step", "_watch")

    def __init__(self, step: Step, watch: Watch) -> None:
        for name in Step.__slots__:
            setattr(self, name, getattr(step, name))
        self.names = None  # so that each call comes by way of `call`
        self._step = step
        self._watch = watch
        self.watched = self._call = watched_by(watch)

    def call(self, receiver: Callable[..., Any], given: Mapping[str, object], signal: object) -> Any:
        """Call the receiver, and note when that begins and ends."""
        if self.is_async:
            return self._awaited(receiver, given, signal)
        return self._call(self._step.call, receiver, given, signal)

    async def _awaited(self, receiver: Callable[..., Any], given: Mapping[str, object], signal: object) -> Any:
        watch = self._watch
        begun = watch.begin()
        try:
            answer = await self._step.call(receiver, given, signal)
        except BaseException as error:
            watch.end(begun, error)
            raise
        watch.end(begun, None)
        return answer


def watched_by(watch: Watch) -> Callable[..., Any]:
    """Return a function that is given another and its arguments, and makes that call under a watch."""
    begin, end = watch.begin, watch.end

    def watched(function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Any:
        begun = begin()
        try:
            response = function(*arguments, **named)
        except BaseException as error:
            end(begun, error)
            raise
        end(begun, None)
        return response

    return watched


def observed(step: Step, receiver: Receiver, watches_of: Callable[[Receiver], Sequence[Watch]]) -> Step:
    """Return the step with the receiver's watches. Wrappers stand around other calls, and are left as they are."""
    watches = () if step.wraps else watches_of(receiver)
    if not watches:
        return step
    return ObservedStep(step, watches[0] if len(watches) == 1 else _Nested(watches))
