"""Are a distribution's files as its RECORD says?"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator

from hookcore.plugins.lock.digest_cache import DigestCache
from hookcore.plugins.lock.recorded_files import RecordedFile, RecordedFiles
from hookcore.plugins.trusted_files import open_regular

_CHUNK = 1024 * 1024  # bytes


class FileChangedError(OSError):
    """A file holds something else than RECORD says."""


def file_problems(recorded: RecordedFiles, now: Callable[[], int] = time.time_ns) -> tuple[str, ...]:
    """Return a sentence for each file that is not as RECORD says, or that it does not vouch for."""
    cache = DigestCache(recorded, now)
    problems = (*recorded.problems, *_changed(recorded, cache))
    cache.store()
    return problems


def verified_content(file: RecordedFile) -> bytes:
    """Return what a file holds, read once and compared before it is returned.

    Raises FileChangedError if that is not what RECORD says, OSError if it can't be read.
    """
    with os.fdopen(open_regular(file.location), "rb") as opened:
        content = opened.read()
    if _digest_of(file, [content]) != file.digest:
        raise FileChangedError(_changed_sentence(file))
    return content


def _changed(recorded: RecordedFiles, cache: DigestCache) -> Iterator[str]:
    for file in recorded.files:
        try:
            if not cache.knows(file.path, os.stat(file.location)):
                cache.note(file.path, _state_of_verified(file))
        except FileChangedError as error:
            yield str(error)
        except FileNotFoundError:
            yield f"{file.location} is missing, and RECORD lists it"
        except (OSError, ValueError) as error:
            yield f"{file.location} can't be read ({getattr(error, 'strerror', None) or error})"


def _state_of_verified(file: RecordedFile) -> os.stat_result:
    """Read a file and compare it; return the state that it was in before and after."""
    descriptor = open_regular(file.location)
    with os.fdopen(descriptor, "rb") as opened:
        before = os.fstat(descriptor)
        digest = _digest_of(file, iter(lambda: opened.read(_CHUNK), b""))
        after = os.fstat(descriptor)
    if digest != file.digest or before.st_mtime_ns != after.st_mtime_ns or before.st_size != after.st_size:
        raise FileChangedError(_changed_sentence(file))
    return after


def _digest_of(file: RecordedFile, chunks: Iterator[bytes] | list[bytes]) -> str:
    import base64
    import hashlib

    hasher = hashlib.new(file.algorithm)
    for chunk in chunks:
        hasher.update(chunk)
    return base64.urlsafe_b64encode(hasher.digest()).rstrip(b"=").decode("ascii")


def _changed_sentence(file: RecordedFile) -> str:
    return f"{file.location} is not what was installed: its digest is not the one in RECORD"
