"""What a historic signal has sent, so that whoever connects later hears it too: each receiver every call, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


class PastCall:
    """One call: its place in the row, its arguments, and who wants its results (pluggy's `result_callback`)."""

    __slots__ = ("arguments", "number", "on_result")

    def __init__(self, number: int, arguments: Mapping[str, object], on_result: Callable[[Any], None] | None) -> None:
        self.number = number
        self.arguments = arguments
        self.on_result = on_result


class History:
    """The calls of one historic signal, oldest first.

    `limit` is how many are kept; None keeps all, as pluggy does. Numbers count on when old calls are dropped, so a
    receiver that remembers the last number it has seen is never given a call twice.
    """

    __slots__ = ("_calls", "last_number", "limit")

    def __init__(self, limit: int | None) -> None:
        self.limit = limit
        self.last_number = 0
        self._calls: list[PastCall] = []

    def record(self, arguments: Mapping[str, object], on_result: Callable[[Any], None] | None = None) -> PastCall:
        """Keep one call. The caller holds the signal's lock."""
        self.last_number += 1
        call = PastCall(self.last_number, arguments, on_result)
        self._calls.append(call)
        if self.limit is not None:
            del self._calls[: -self.limit]
        return call

    def after(self, number: int) -> list[PastCall]:
        """Return the kept calls that came after call `number`."""
        return [call for call in self._calls if call.number > number]
