"""How is a file read that somebody else wrote? Only if it is a regular one, and not larger than it can rightly be."""

from __future__ import annotations

import errno
import os
import stat

MEBIBYTE = 1 << 20

# A pipe without a writer is opened at once, and found to be none; a terminal does not become ours.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
_KINDS = (
    (stat.S_ISDIR, errno.EISDIR, "it is a directory"),
    (stat.S_ISFIFO, errno.EINVAL, "it is a pipe, not a regular file"),
    (stat.S_ISCHR, errno.EINVAL, "it is a device, not a regular file"),
    (stat.S_ISBLK, errno.EINVAL, "it is a device, not a regular file"),
)


def read_bounded(path: str | os.PathLike[str], limit: int) -> bytes:
    """Return what a regular file holds. Never waits for a writer, and never reads more than `limit` bytes and a bit.

    Raises OSError, whose `strerror` says in words what is wrong: there is no such file, it is a directory, pipe or
    device, or it is larger than `limit`. Raises ValueError if the path has a null character in it.
    """
    descriptor = os.open(path, _FLAGS)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise _not_regular(path, status.st_mode)
        content = b""
        if status.st_size <= limit:
            while len(content) <= limit and (more := os.read(descriptor, status.st_size + 4096)):  # it may be growing
                content += more
        if max(status.st_size, len(content)) > limit:
            raise OSError(errno.EFBIG, f"it is larger than {limit / MEBIBYTE:g} MiB", os.fspath(path))
        return content
    finally:
        os.close(descriptor)


def _not_regular(path: str | os.PathLike[str], mode: int) -> OSError:
    for is_kind, number, words in _KINDS:
        if is_kind(mode):
            return OSError(number, words, os.fspath(path))
    return OSError(errno.EINVAL, "it is not a regular file", os.fspath(path))
