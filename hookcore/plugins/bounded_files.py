"""How is a file read that somebody else wrote? Only if it is a regular one, and not larger than it can rightly be."""

from __future__ import annotations

import os
import stat

MEBIBYTE = 1 << 20
LARGEST_METADATA = 16 * MEBIBYTE  # no `entry_points.txt` or METADATA is larger by right
LARGEST_RECORD = 64 * MEBIBYTE  # half a million files

READING: int = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
"""How such a file is opened: a pipe without a writer at once, to be refused; a terminal does not become ours."""

_DEVICE = "it is a device, not a regular file"
_KINDS = {"d": "it is a directory", "p": "it is a pipe, not a regular file", "c": _DEVICE, "b": _DEVICE}


def read_bounded(path: str | os.PathLike[str], limit: int) -> bytes:
    """Return what a regular file holds. Never waits for a writer, and never reads more than `limit` bytes and a bit.

    Raises OSError, whose `strerror` says in words what is wrong: there is no such file, it is a directory, pipe or
    device, or it is larger than `limit`. Raises ValueError if the path has a null character in it.
    """
    descriptor, size = open_bounded(path, limit)
    try:
        content = b""
        while len(content) <= limit and (more := os.read(descriptor, size + 4096)):  # it may be growing
            content += more
    finally:
        os.close(descriptor)
    if len(content) > limit:
        raise too_large(path, limit)
    return content


def open_bounded(path: str | os.PathLike[str], limit: int) -> tuple[int, int]:
    """Open a regular file to read, and return its descriptor and its size in bytes. Raises as `read_bounded` does."""
    descriptor = os.open(path, READING)
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_size <= limit:
        return descriptor, status.st_size
    os.close(descriptor)
    raise too_large(path, limit) if stat.S_ISREG(status.st_mode) else _not_regular(path, status.st_mode)


def too_large(path: str | os.PathLike[str], limit: int) -> OSError:
    """Return the error that says that a file is larger than `limit`, in bytes."""
    import errno  # only what is refused needs it

    return OSError(errno.EFBIG, f"it is larger than {limit / MEBIBYTE:g} MiB", os.fspath(path))


def _not_regular(path: str | os.PathLike[str], mode: int) -> OSError:
    import errno

    kind = stat.filemode(mode)[0]
    number = errno.EISDIR if kind == "d" else errno.EINVAL
    return OSError(number, _KINDS.get(kind, "it is not a regular file"), os.fspath(path))


def reason_of(error: OSError | ValueError) -> str:
    """Return in words why a file can't be read or written: the system's, without number and path."""
    return getattr(error, "strerror", None) or str(error)
