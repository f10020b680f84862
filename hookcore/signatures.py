"""Which parameters does a function take? Asked without evaluating what they are annotated with."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any

_OPTIONS: dict[str, Any] = {}
if sys.version_info >= (3, 14):  # where annotations are code that runs when they are asked for (PEP 649, PEP 749)
    from annotationlib import Format

    _OPTIONS["annotation_format"] = Format.FORWARDREF


def signature_of(function: Callable[..., object], *, follow_wrapped: bool = True) -> inspect.Signature:
    """Return a function's signature; an annotation may name what only type checkers import.

    Raises what `inspect.signature` raises: ValueError where there is none, TypeError for what is no callable.
    """
    return inspect.signature(function, follow_wrapped=follow_wrapped, **_OPTIONS)
