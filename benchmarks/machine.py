"""On what was it measured? CPython, the versions of all that takes part, the processors and how busy they are."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
from dataclasses import dataclass

PEERS = ("hookcore", "pluggy", "Django", "blinker", "psygnal", "stevedore", "asgiref")


@dataclass(frozen=True, slots=True)
class Machine:
    """What the figures depend on beside the code."""

    python: str
    compiler: str
    system: str
    processors: int
    versions: dict[str, str]


def this_machine() -> Machine:
    """Describe where this runs."""
    return Machine(
        f"{platform.python_implementation()} {platform.python_version()}",
        platform.python_compiler(),
        f"{platform.system()} {platform.machine()}",
        os.cpu_count() or 1,
        {name: importlib.metadata.version(name) for name in PEERS},
    )


def load() -> float | None:
    """Return how many processes wanted to run over the last minute, where the system tells."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def python_version() -> tuple[int, int]:
    """Return CPython's version, which some limits depend on."""
    return sys.version_info[0], sys.version_info[1]
