"""A receiver that is connected before it is imported: known by its name, imported when a send first reaches it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class LazyFunction:
    """Stands for a receiver that nobody has imported yet.

    `load` imports it and returns it, or returns None if that failed and was dealt with. It is called in the thread that
    sends, and no lock is held meanwhile: importing takes locks of its own, and a module may send while it is imported.
    """

    __slots__ = ("load", "name")

    def __init__(self, name: str, load: Callable[[], Callable[..., Any] | None]) -> None:
        self.name = name
        self.load = load

    def __repr__(self) -> str:
        return f"<receiver {self.name!r}, not imported yet>"
