"""Which generated sources tracebacks and debuggers can show: those of functions that still exist.

`linecache` keeps what it is given for ever. Hosts whose receivers come and go have ever new sources, so those that
nobody runs any more are taken out of it now and then.
"""

from __future__ import annotations

import linecache
import weakref
from types import CodeType
from typing import Final

FEWEST_LOOKED_THROUGH: Final = 1024
GENERATED: Final = "<hookcore "
"""How the file names of generated sources begin."""


class ShownSources:
    """The sources in `linecache`, by file name, each with the code that had it last."""

    __slots__ = ("_codes", "_enough")

    def __init__(self) -> None:
        self._codes: dict[str, weakref.ref[CodeType]] = {}
        self._enough = FEWEST_LOOKED_THROUGH

    def show(self, code: CodeType, lines: list[str], size: int) -> None:
        """Let tracebacks find the source of `code` under its file name, for as long as the code exists."""
        name = code.co_filename
        self._codes[name] = weakref.ref(code)
        if name not in linecache.cache:
            linecache.cache[name] = (size, None, lines, name)
            if len(self._codes) > self._enough:
                self._take_out_the_dead()

    def _take_out_the_dead(self) -> None:
        for name, code in self._codes.copy().items():
            if code() is None:
                self._codes.pop(name, None)
                linecache.cache.pop(name, None)
        self._enough = max(FEWEST_LOOKED_THROUGH, 2 * len(self._codes))
