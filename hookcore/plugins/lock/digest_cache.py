"""Which files were read before and found right? What has not been touched since need not be read again.

A file counts as untouched if device, inode, size, time of modification and time of change are the same; the last can't
be set back as the others can. The answers lie in the `__pycache__` beside the distribution, as plain text, and are
believed as far as a `.pyc` there would be. They only spare reading: what is imported is read and hashed in any case.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from hookcore.plugins.lock.recorded_files import RecordedFiles
from hookcore.plugins.trusted_files import read_own, write_whole

_FORM = "hookcore digests 1"
_LARGEST = 64 * 1024 * 1024  # bytes; a million files
_CLOCK_GRANULARITY = 2_000_000_000  # nanoseconds: a second change within them might leave the same times


class DigestCache:
    """What is known of one distribution's files. `now` tells the time in nanoseconds since 1970."""

    def __init__(self, recorded: RecordedFiles, now: Callable[[], int]) -> None:
        self._heading = f"{_FORM} {recorded.digest}"  # another RECORD, and nothing is known
        self._path = os.path.join(_cache_folder(recorded.root), f"{recorded.name}.hookcore-digests")
        self._now = now
        self._known = self._read()
        self._is_changed = False

    def knows(self, path: str, status: os.stat_result) -> bool:
        """Tell whether the file of this path and state was found to be as RECORD says."""
        return self._known.get(path) == _state(status)

    def note(self, path: str, status: os.stat_result) -> None:
        """Remember that the file was found to be as RECORD says, unless it was changed just now."""
        if self._now() - max(status.st_ctime_ns, status.st_mtime_ns) > _CLOCK_GRANULARITY:
            self._known[path] = _state(status)
            self._is_changed = True

    def store(self) -> None:
        """Write what is new. Where nothing may be written, the next start reads the files again."""
        if not self._is_changed or sys.dont_write_bytecode:
            return
        lines = [self._heading, *(f"{state} {path}" for path, state in self._known.items() if "\n" not in path)]
        try:
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            write_whole(self._path, "\n".join(lines).encode("utf-8", "surrogatepass"), mode=0o600, lasting=False)
        except OSError:
            return
        self._is_changed = False

    def _read(self) -> dict[str, str]:
        content = read_own(self._path, _LARGEST)
        if content is None:
            return {}
        heading, *lines = content.decode("utf-8", "replace").split("\n")
        if heading != self._heading:
            return {}
        split = (line.split(" ", 5) for line in lines)
        return {parts[5]: " ".join(parts[:5]) for parts in split if len(parts) == 6}


def _state(status: os.stat_result) -> str:
    return f"{status.st_dev} {status.st_ino} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"


def _cache_folder(root: str) -> str:
    import importlib.util

    return os.path.dirname(importlib.util.cache_from_source(os.path.join(root, "any.py")))
