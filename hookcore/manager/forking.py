"""What has to forget the parent's other threads in a child that is forked?"""

from __future__ import annotations

import os
from typing import Final, Protocol
from weakref import WeakSet


class Forgetful(Protocol):
    """Holds something of threads, a lock say, that are not there in a forked child."""

    def forget_other_threads(self) -> None:
        """Note that no other thread is there."""
        ...


FORGETFUL: Final[WeakSet[Forgetful]] = WeakSet()
"""All that are asked to, of every manager. They are not kept alive."""


def _forget_in_child() -> None:
    for one in list(FORGETFUL):
        one.forget_other_threads()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)
