"""Are a distribution's files as its RECORD says? Each is a regular file of RECORD's size before it is read at all."""

from __future__ import annotations

import os
from collections.abc import Iterator

from hookcore.names import printable
from hookcore.plugins.bounded_files import MEBIBYTE, open_bounded
from hookcore.plugins.lock.recorded_files import RecordedFile, RecordedFiles

_LARGEST = 4096 * MEBIBYTE


class FileChangedError(OSError):
    """A file holds something else than RECORD says."""


def file_problems(recorded: RecordedFiles) -> tuple[str, ...]:
    """Return a sentence for each file that is not as RECORD says, or that it does not vouch for."""
    changed = (problem for problem in map(_problem, recorded.files) if problem)
    return (*recorded.problems, *changed)


def verified_content(file: RecordedFile) -> bytes:
    """Return what a file holds, read once and compared before it is returned.

    Raises FileChangedError if that is not what RECORD says, OSError if it can't be read.
    """
    return b"".join(_chunks(file))


def _problem(file: RecordedFile) -> str | None:
    try:
        for _ in _chunks(file):
            pass
    except FileChangedError as error:
        return str(error)
    except FileNotFoundError:
        return f"{printable(file.location)} is missing, and RECORD lists it"
    except (OSError, ValueError) as error:
        return f"{printable(file.location)} can't be read ({getattr(error, 'strerror', None) or error})"
    return None


def _chunks(file: RecordedFile) -> Iterator[bytes]:
    """Yield what a file holds, and raise FileChangedError instead of ending if that is not what RECORD says."""
    import base64
    import hashlib

    hasher = hashlib.new(file.algorithm)
    descriptor, size = open_bounded(file.location, _LARGEST)
    with os.fdopen(descriptor, "rb") as opened:
        left = size if file.size in (None, size) else 0
        while left > 0 and (chunk := opened.read(min(left, MEBIBYTE))):
            left -= len(chunk)
            hasher.update(chunk)
            yield chunk
        digest = base64.urlsafe_b64encode(hasher.digest()).rstrip(b"=").decode()
        if digest != file.digest or opened.read(1):
            location = printable(file.location)
            raise FileChangedError(f"{location} is not what was installed: its digest is not the one in RECORD")
