"""Who answered a signal, and what: the pairs that a send returns, kept for whoever wants to show them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Reaction:
    """One receiver's response to one send: what it returned, or the exception that it failed with."""

    signal: str
    receiver: Callable[..., Any]
    response: object

    @property
    def failed(self) -> bool:
        """Whether the receiver raised instead of returning. A contained `sys.exit()` counts too."""
        return isinstance(self.response, BaseException)


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Result]):
    """What a service did, and how receivers reacted to it, in order."""

    result: Result
    reactions: tuple[Reaction, ...]


class Reactions:
    """Collects the reactions to the sends of one service."""

    def __init__(self) -> None:
        self._reactions: list[Reaction] = []

    def note(self, signal: str, pairs: Iterable[tuple[Callable[..., Any], object]]) -> None:
        """Remember what a send of `signal` returned."""
        self._reactions.extend(Reaction(signal, receiver, response) for receiver, response in pairs)

    def first_answer(self, kind: type[Result]) -> Result | None:
        """Return the first response that is a `kind`; other responses, failures among them, are no answers."""
        return next((reaction.response for reaction in self._reactions if isinstance(reaction.response, kind)), None)

    def of(self, result: Result) -> Outcome[Result]:
        """Return `result` together with everything noted so far."""
        return Outcome(result, tuple(self._reactions))
