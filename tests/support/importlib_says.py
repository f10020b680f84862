"""What does importlib.metadata of the running Python say of the machine? The measure of our own discovery."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Collection, Iterator

from hookcore.plugins import reference
from hookcore.plugins.installed import Distribution


def installed(groups: Collection[str]) -> Iterator[Distribution]:
    """Yield what importlib.metadata finds that has an entry point in one of `groups`; the first of a name counts.

    What a killed upgrade left is no installed distribution. Raises what importlib.metadata raises when metadata can't
    be read.
    """
    importlib.metadata.FastPath.__new__.cache_clear()  # type: ignore[attr-defined]  # it remembers directories
    seen: set[str] = set()
    for found in importlib.metadata.distributions():
        key = reference.key_of(found)
        if key in seen or key.startswith("~"):
            continue
        seen.add(key)
        if any(entry_point.group in groups for entry_point in found.entry_points):
            yield reference.read_distribution(found)
