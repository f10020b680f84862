"""Where does the index of a directory lie, and may it be believed? In the directory's `__pycache__`, and as far as a
`.pyc` there: it must belong to this process's user or to root, and nobody else may write it.

What is damaged or not to be believed is logged and counts as absent. Nothing here is fatal.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Collection, Iterable
from zlib import crc32

from hookcore.plugins.index.form import (
    BEGINNING,
    EMPTY,
    FORM,
    DamagedError,
    Text,
    heading_of,
    items_in,
    parts_of,
    records_in,
    runs_of,
    sizes_of,
    stamp_of,
    watched_in,
)
from hookcore.plugins.installed import Distribution
from hookcore.plugins.trusted_files import is_own

LARGEST = 32 * 1024 * 1024  # bytes; some 100,000 distributions
_FIRST_READ = 8192  # bytes; in most directories that is all of it, or as much as a host has plugins
_READING: int = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_NAME = f"hookcore.{sys.implementation.cache_tag}.{FORM}.index"  # releases that share a directory don't share this
_PLACE = f"__pycache__{os.sep}{_NAME}"


def path_of(prefix: str) -> str:
    """Return the path of the index of the directory below which paths begin with `prefix`."""
    if sys.pycache_prefix is not None:  # PYTHONPYCACHEPREFIX keeps every `__pycache__` out of the tree
        return os.path.join(sys.pycache_prefix, os.path.abspath(prefix).lstrip(os.sep), _NAME)
    return prefix + _PLACE


class IndexFile:
    """The index of a directory in one state: what it says, as long as it may be believed. Close it."""

    __slots__ = ("_descriptor", "_length", "_names", "_prefix", "_start", "afresh", "carriers", "has_keys")

    def __init__(self, prefix: str, descriptor: int) -> None:
        self._prefix = prefix
        self._descriptor = descriptor
        self.has_keys = False
        self.carriers: dict[str, Distribution] = {}
        self.afresh: list[str] = []

    def is_of(self, status: os.stat_result, groups: Iterable[str]) -> bool:
        """Tell whether the index is of the directory in that state, and read what it says of those `groups`.

        Raises ValueError, LookupError, OSError for a file that is not to be believed.
        """
        state = os.fstat(self._descriptor)
        if not stat.S_ISREG(state.st_mode):
            raise DamagedError("it is not a regular file")
        if not is_own(state):
            raise DamagedError("it belongs to another user, or others may write it")
        if state.st_size > LARGEST:
            raise DamagedError("it is too large")
        start = os.read(self._descriptor, min(state.st_size, _FIRST_READ))
        heading = heading_of(status)
        if not start.startswith(heading):
            if not start.startswith(BEGINNING.encode()):
                raise DamagedError("it is none of ours, or damaged")
            return False
        return start == heading + EMPTY or self._reads(start, len(heading), state.st_size, groups)

    def _reads(self, start: bytes, begin: int, length: int, groups: Iterable[str]) -> bool:
        self._start = start
        self._length = length
        table_at, table_checksum, records_at, names_at, names_checksum, end = sizes_of(start, begin)
        if end != length:
            raise DamagedError("it is not as long as it says")
        self._names = names_at, end - names_at, names_checksum
        self.has_keys = end > names_at
        watched, afresh, places = parts_of(bytes(self._part(table_at, records_at - table_at, table_checksum)))
        prefix = self._prefix
        if watched:
            for file, stamp in watched_in(watched):
                if stamp_of(prefix + file) != stamp:
                    return False
        if afresh:
            self.afresh = items_in(afresh)
        # those with several of the groups stand in one series, which is then listed for each of them
        for first, span, checksum in dict.fromkeys([run for group in groups for run in runs_of(group, places)]):
            keys, stamps, distributions = records_in(self._part(records_at + first, span, checksum), prefix)
            if [stamp_of(f"{distribution.origin}/entry_points.txt") for distribution in distributions] != stamps:
                return False
            self.carriers.update(zip(keys, distributions, strict=True))
        return True

    def keys(self) -> Collection[str]:
        """Return the names of all distributions in the directory. Raises ValueError, OSError."""
        return frozenset(items_in(self._part(*self._names)))

    def close(self) -> None:
        """Let the file go."""
        os.close(self._descriptor)

    def _part(self, at: int, length: int, checksum: int) -> Text:
        if length < 0 or at + length > self._length:
            raise DamagedError("it is cut short")
        if at + length <= len(self._start):
            part: Text = memoryview(self._start)[at : at + length]
        else:
            os.lseek(self._descriptor, at, os.SEEK_SET)
            part = os.read(self._descriptor, length)
        if crc32(part) != checksum:
            raise DamagedError("a checksum does not fit")
        return part


def open_index(prefix: str, status: os.stat_result, groups: Iterable[str]) -> IndexFile | None:
    """Return the index of a directory in that state, or None if there is none that may be believed."""
    try:
        descriptor = os.open(path_of(prefix), _READING)
    except OSError:
        return None
    index = IndexFile(prefix, descriptor)
    try:
        if index.is_of(status, groups):
            return index
    except (OSError, ValueError, LookupError) as error:
        log_distrust(prefix, error)
    index.close()
    return None


def log_distrust(prefix: str, error: Exception) -> None:
    """Say that an index is there and is not used."""
    import logging

    logging.getLogger("hookcore").warning(
        "The index of plugins %s is not used, and written anew if possible: %s", path_of(prefix), error
    )
