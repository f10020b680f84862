"""Which plugins does one directory of `sys.path` hold? The index in its `__pycache__` knows; without one, a scan does.

The way that a warm start takes is in this file, `file.py` and `form.py`, and imports nothing else.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from hookcore.plugins.index.file import IndexFile, log_distrust, open_index
from hookcore.plugins.installed import Distribution

if TYPE_CHECKING:
    from hookcore.plugins.scan import Unreadable

_CLOCK_GRANULARITY = 2_000_000_000  # nanoseconds: a second change within them might leave the same time
_QUICKLY_LISTED = 32  # names: listing so few takes no longer than reading an index


class Held:
    """What a directory holds: by name, the distributions with entry points that were asked for. Close it.

    `unreadable` are those that may have such entry points, but whose metadata can't be read.
    """

    __slots__ = ("_index", "_keys", "_prefix", "carriers", "unreadable")

    def __init__(
        self,
        prefix: str,
        carriers: Mapping[str, Distribution],
        unreadable: Mapping[str, Unreadable],
        keys: Collection[str] = (),
        index: IndexFile | None = None,
    ) -> None:
        self.carriers = carriers
        self.unreadable = unreadable
        self._prefix = prefix
        self._keys = keys
        self._index = index

    def holds(self, key: str) -> bool:
        """Tell whether there is a distribution of that name, with or without entry points."""
        if self._index is not None and not self._keys:
            try:
                self._keys = self._index.keys()
            except (ValueError, OSError) as error:
                log_distrust(self._prefix, error)
                self._keys = _listed_keys(self._prefix)
        return key in self._keys

    def close(self) -> None:
        """Let the index go."""
        if self._index is not None:
            self._index.close()


def is_index_on() -> bool:
    """Tell whether indexes are read and written: HOOKCORE_INDEX=off says no."""
    return os.environ.get("HOOKCORE_INDEX", "").strip().lower() != "off"


def is_settled(status: os.stat_result) -> bool:
    """Tell whether a file or directory was left alone for so long that the next change will show in its time."""
    return time.time_ns() - status.st_mtime_ns > _CLOCK_GRANULARITY


def held_in(prefix: str, status: os.stat_result, groups: Collection[str], *, use_index: bool) -> Held | None:
    """Return what a directory holds of `groups`, or None if there is no distribution at all in it.

    Paths below the directory begin with `prefix`, and `status` is its state.
    """
    if use_index:
        index = open_index(prefix, status, groups)
        if index is not None:
            return _indexed(prefix, index, groups)
    try:
        children = os.listdir(prefix or ".")
    except OSError:
        return None
    has_metadata = "-info/" in "/".join([*children, ""]).lower()  # quicker than to ask each
    if use_index and _deserves_index(prefix, status, children, has_metadata):
        return _stored(prefix, status, children, groups)
    return _scanned(prefix, children, groups) if has_metadata else None


def _indexed(prefix: str, index: IndexFile, groups: Collection[str]) -> Held | None:
    if not index.has_keys:
        index.close()
        return None
    if not index.afresh:
        return Held(prefix, index.carriers, {}, (), index)
    carriers, unreadable = _read_afresh(prefix, index.afresh, groups)
    return Held(prefix, {**index.carriers, **carriers}, unreadable, (), index)


def _deserves_index(prefix: str, status: os.stat_result, children: Collection[str], has_metadata: bool) -> bool:
    """Tell whether an index would spare work, and might be written without leaving litter where no Python lives."""
    if not has_metadata and len(children) <= _QUICKLY_LISTED:
        return False
    if os.name == "posix" and (status.st_uid != os.geteuid() or status.st_mode & stat.S_IWOTH):
        return False
    return is_settled(status) and (has_metadata or "__pycache__" in children or _is_pythons_own(prefix))


def _is_pythons_own(prefix: str) -> bool:
    path = os.path.abspath(prefix)
    return any(path.startswith(f"{prefix}{os.sep}") for prefix in (sys.prefix, sys.base_prefix, sys.base_exec_prefix))


def _scanned(prefix: str, children: Collection[str], groups: Collection[str]) -> Held:
    from hookcore.plugins import scan

    keys = scan.keys_among(prefix, children)
    return Held(prefix, *scan.carriers_among(prefix, keys, groups), keys)


def _stored(prefix: str, status: os.stat_result, children: Collection[str], groups: Collection[str]) -> Held:
    from hookcore.plugins import scan
    from hookcore.plugins.index import writing as index_writing

    keys = scan.keys_among(prefix, children)
    contents = index_writing.contents_of(prefix, status, keys)
    if contents is None:
        return Held(prefix, *scan.carriers_among(prefix, keys, groups), keys)
    index_writing.store(prefix, status, contents)
    carriers, unreadable = _read_afresh(prefix, contents.afresh, groups)
    for stored in contents.stored:
        if any(entry_point.group in groups for entry_point in stored.distribution.entry_points):
            carriers[stored.key] = stored.distribution
    return Held(prefix, carriers, unreadable, keys)


def _read_afresh(
    prefix: str, children: Collection[str], groups: Collection[str]
) -> tuple[dict[str, Distribution], dict[str, Unreadable]]:
    from hookcore.plugins import scan

    return scan.carriers_among(prefix, {scan.key_in_name(child): child for child in children}, groups)


def _listed_keys(prefix: str) -> Collection[str]:
    from hookcore.plugins import scan

    try:
        return scan.keys_among(prefix, os.listdir(prefix or "."))
    except OSError:
        return ()
