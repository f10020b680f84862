"""At whose line does a warning point? At that of whoever made the call: outside hookcore, and outside pluggy."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Final

from hookcore.signals.sending.shown import GENERATED

_OURS: Final = ("hookcore", "pluggy")


def level_of_caller() -> int:
    """Return the `stacklevel` by which a `warnings.warn` in the calling function points at who called hookcore.

    It is counted, since the first send after a change has one frame more than the next, and monitors add theirs.
    """
    level = 1
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _is_inside(frame):
        frame = frame.f_back
        level += 1
    return level


def _is_inside(frame: FrameType) -> bool:
    name = str(frame.f_globals.get("__name__", ""))
    return frame.f_code.co_filename.startswith(GENERATED) or name.partition(".")[0] in _OURS
