"""Which module's import is running in this thread? What connects meanwhile came with it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Final, TypeVar

F = TypeVar("F", bound=Callable[..., object])

_BEGINNINGS: Final[set[CodeType]] = set()


def outside_of_imports(function: F) -> F:
    """Decorate what calls somebody else's code on its own account: the import further out is not that code's."""
    _BEGINNINGS.add(function.__code__)
    return function


def importing_module() -> str | None:
    """Return the innermost module that is being imported, or None. A script that is run is not imported."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        if code.co_name == "<module>":
            module = frame.f_globals.get("__name__")
            return module if isinstance(module, str) and module != "__main__" else None
        if code in _BEGINNINGS:
            return None
        frame = frame.f_back
    return None
