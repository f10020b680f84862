"""The five ways to send. `send` and its three relatives are Django's, and give pairs; the call gives answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final


class Method:
    """One way to send: the attribute that holds it, at which place in `METHODS`, and what is special about it."""

    __slots__ = ("attribute", "awaits", "index", "label", "pairs", "robust")

    def __init__(self, index: int, attribute: str, *, pairs: bool, robust: bool = False, awaits: bool = False) -> None:
        self.index = index
        self.attribute = attribute
        self.label = attribute.strip("_")
        self.pairs = pairs
        self.robust = robust
        self.awaits = awaits


SEND: Final = Method(0, "send", pairs=True)
CALL: Final = Method(4, "__call__", pairs=False)
METHODS: Final[Sequence[Method]] = (
    SEND,
    Method(1, "send_robust", pairs=True, robust=True),
    Method(2, "asend", pairs=True, awaits=True),
    Method(3, "asend_robust", pairs=True, robust=True, awaits=True),
    CALL,
)
