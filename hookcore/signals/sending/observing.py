"""A receiver whose calls somebody watches, to measure them, say. Where nobody does, this is not even imported."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Mapping, Sequence
from functools import partial
from typing import Any, Protocol, cast

from hookcore.signals.arguments.callables import attribute_of
from hookcore.signals.connecting.receiver import Gate, Receiver
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


class AwaitingWatch(Watch, Protocol):
    """A watch that takes part in how a coroutine receiver is awaited, to cut it short, say."""

    def awaiting(self, begun: Any, coroutine: Coroutine[Any, Any, Any], /) -> Coroutine[Any, Any, Any]:
        """Return what is awaited in a coroutine's place, in the call for which `begin` returned this."""
        ...


class DeferringWatch(Watch, Protocol):
    """A watch that keeps something of a send in which the call was put off until after the commit."""

    def put_off(self) -> Watch:
        """Return what watches the call when it is made. This is called in the send."""
        ...


def put_off(watches: Sequence[Watch]) -> Sequence[Watch]:
    """Return what watches a call that is put off now, when it is made."""
    return [watch if (put_off := getattr(watch, "put_off", None)) is None else put_off() for watch in watches]


class ObservedStep(Step):
    """A receiver to call by way of a function, `watched`, which is given what to call, and its arguments.

    With a gate it is called only while that lets calls through.
    """

    __slots__ = ("_call", "_gate", "_step")

    def __init__(self, step: Step, watched: Callable[..., Any], gate: Gate | None = None) -> None:
        for name in Step.__slots__:
            setattr(self, name, getattr(step, name))
        self.names = None  # so that each call comes by way of `call`
        self.watched = self._call = watched
        self._step = step
        self._gate = gate
        if gate is not None:
            self.reference = cast("Any", self.resolved)  # so that each send asks
            self.function = None

    def resolved(self) -> Callable[..., Any] | None:
        """Return what is to be called; None if it was held weakly and is gone, or is left alone."""
        step, gate = self._step, self._gate
        if gate is not None and gate.is_shut and not gate.lets_through():
            return None
        return step.target if step.reference is None else step.resolved()

    def call(self, receiver: Callable[..., Any], given: Mapping[str, object], signal: object) -> Any:
        """Call the receiver that way."""
        return self._call(self._step.call, receiver, given, signal)


def watched_by(watches: Sequence[Watch]) -> Callable[..., Any]:
    """Return a function that is given another and its arguments, and makes that call under some watches.

    The first of them begins first, and ends last.
    """
    begin, end = watches[0].begin, watches[0].end

    def watched(function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Any:
        begun = begin()
        try:
            response = function(*arguments, **named)
        except BaseException as error:
            end(begun, error)
            raise
        end(begun, None)
        return response

    return watched if len(watches) == 1 else partial(watched, watched_by(watches[1:]))


def awaited_by(watches: Sequence[Watch]) -> Callable[..., Coroutine[Any, Any, Any]]:
    """Return a coroutine function that does so with another one: under the watches until that is done."""
    watch = watches[0]
    awaiting = getattr(watch, "awaiting", _plainly)

    async def watched(function: Callable[..., Coroutine[Any, Any, Any]], /, *arguments: Any) -> Any:
        begun = watch.begin()
        try:
            answer = await awaiting(begun, function(*arguments))
        except BaseException as error:
            watch.end(begun, error)
            raise
        watch.end(begun, None)
        return answer

    return watched if len(watches) == 1 else partial(watched, awaited_by(watches[1:]))


def _plainly(begun: Any, coroutine: Coroutine[Any, Any, Any]) -> Coroutine[Any, Any, Any]:
    return coroutine


def _entered(gate: Gate, wrapper: Callable[..., Any], /, *arguments: Any, **named: Any) -> Any:
    """Enter a wrapper, or in its place one that does nothing: which call tries is for the others to say."""
    return _nothing() if gate.is_shut else wrapper(*arguments, **named)


def _nothing() -> Generator[None, Any, Any]:
    return (yield)


def observed(step: Step, receiver: Receiver, watches_of: Callable[[Receiver], Sequence[Watch]]) -> Step:
    """Return the step with the receiver's watches, and the gate of its owner.

    Wrappers stand around other calls, and are not watched; what is only put off here is watched when it is called.
    """
    gate = receiver.owner.gate if receiver.owner is not None else None
    if step.wraps:
        return step if gate is None else ObservedStep(step, partial(_entered, gate))
    if attribute_of(type(step.target), "is_called_later", False) is True or not (watches := watches_of(receiver)):
        return step
    return ObservedStep(step, awaited_by(watches) if step.is_async else watched_by(watches), gate)
