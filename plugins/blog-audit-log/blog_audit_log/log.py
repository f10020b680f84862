"""How a signal becomes a line of JSON."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hookcore import Signal

LONGEST_TEXT = 80
"""How many characters of a text the log keeps."""


class AuditLog:
    """A file of JSON lines (one object a line, UTF-8), that is only ever added to. Safe to use from many threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def write_line(self, signal: Signal[..., Any], sender: object, **arguments: object) -> None:
        """Receive any signal: add the line for this send."""
        line = json.dumps(
            {
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "signal": signal.name,
                "sender": describe(sender),
                "arguments": {name: describe(value) for name, value in arguments.items()},
            },
            ensure_ascii=False,
        )
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")


def describe(value: object) -> object:
    """Return what the log says of `value`: plain values as they are, rows by type and id, the rest by their type.

    A row's other columns stay out, and a text is cut off: the log says what happened, it is no copy of the blog.
    """
    if isinstance(value, str):
        return value if len(value) <= LONGEST_TEXT else f"{value[:LONGEST_TEXT]}…"
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, type):
        return f"{value.__module__}.{value.__qualname__}"
    if isinstance(value, Mapping):
        return {str(key): describe(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [describe(item) for item in value]
    identity = getattr(value, "id", None)
    name = type(value).__qualname__
    return {"type": name, "id": identity} if isinstance(identity, int | str) else {"type": name}
