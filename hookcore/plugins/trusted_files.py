"""May what a file says be believed, and how is one written so that nobody ever reads half of it?

A file of ours is believed as far as a `.pyc` beside it would be: it must belong to whoever runs this process (or to
root), and nobody else may write it.
"""

from __future__ import annotations

import os
import stat

_BLOCKED_BY_NOTHING: int = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


def open_regular(path: str) -> int:
    """Open a file to read and return its descriptor. Never waits, whatever is there. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | _BLOCKED_BY_NOTHING)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path} is not a regular file")
    return descriptor


def read_own(path: str, limit: int) -> bytes | None:
    """Return what one of our own files holds, or None if it is not there, too long, or not to be believed."""
    try:
        descriptor = open_regular(path)
    except (OSError, ValueError):
        return None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        return file.read(limit) if is_own(status) and status.st_size <= limit else None


def is_own(status: os.stat_result) -> bool:
    """Tell whether a file belongs to this process's user or to root, and nobody else may write it."""
    if os.name != "posix":  # other systems' permissions don't show here
        return True
    return (status.st_uid == 0 or status.st_uid == os.geteuid()) and not status.st_mode & _OTHERS_MAY_WRITE


def anyone_may_write(path: str) -> bool:
    """Tell whether every user of the machine may change the file at `path`, or put another one in its place."""
    if os.name != "posix":
        return False
    folders = {os.path.dirname(place) for place in (os.path.abspath(path), os.path.realpath(path))}  # it may be a link
    modes = [os.stat(folder).st_mode for folder in folders]
    is_open_folder = any(mode & stat.S_IWOTH and not mode & stat.S_ISVTX for mode in modes)
    return is_open_folder or bool(os.stat(path).st_mode & stat.S_IWOTH)


def write_whole(path: str, content: bytes, *, mode: int, lasting: bool = True) -> None:
    """Replace the file at `path` in one step: a reader sees the old content or the new. Raises OSError.

    Unless it is to be `lasting`, it may be lost or damaged if the machine stops: then its reader has to notice.
    """
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name}.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BLOCKED_BY_NOTHING, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            if lasting:
                os.fsync(descriptor)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
