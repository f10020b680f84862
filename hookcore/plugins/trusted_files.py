"""Who may change what a file says, and how is one written so that nobody ever reads half of it?"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator

_CREATED = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


def who_else_may_write(path: str) -> str | None:
    """Return a sentence about who else may change the file or directory at `path`, or put another in its place.

    None if nobody may: it, and each directory and link on the way to it, belongs to this process's user or to root, and
    nobody else may write it (or, in a directory such as /tmp, only beside it). What is not there is not looked at.
    Raises OSError if the way has no end, or nobody knows where it begins.
    """
    if os.name != "posix":  # other systems' permissions don't show here
        return None
    with contextlib.suppress(FileNotFoundError):
        os.stat(path)  # the system counts the links of a way without an end
    for place, status in _way_to(path if os.path.isabs(path) else os.path.join(os.getcwd(), path)):
        if status.st_uid not in (0, os.geteuid()):
            return f"{place} belongs to another user (uid {status.st_uid})"
        is_shared_safely = stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX
        if status.st_mode & _OTHERS_MAY_WRITE and not stat.S_ISLNK(status.st_mode) and not is_shared_safely:
            return f"others may write {place} (its mode is {stat.S_IMODE(status.st_mode):o})"
    return None


def _way_to(path: str) -> Iterator[tuple[str, os.stat_result]]:
    """Yield all that the system goes through to reach `path`: directories, links, what those lead to, and the end."""
    folder = os.path.dirname(path)
    if folder != path:
        yield from _way_to(folder)
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return
    yield path, status
    if stat.S_ISLNK(status.st_mode):
        yield from _way_to(os.path.join(folder, os.readlink(path)))


def write_whole(path: str, content: bytes, *, mode: int) -> None:
    """Replace the file at `path` in one step: a reader sees the old content or the new. Raises OSError.

    `mode` are the permissions of a new one, less what the umask takes; another keeps its own, and its owner, if we may
    give it that. A link at `path` stays, and what it leads to is replaced.
    """
    path = os.path.realpath(path)
    if os.path.exists(path) and not os.path.isfile(path):
        raise OSError(errno.EINVAL, "it is not a regular file", path)
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name}.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(temporary, _CREATED, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        if os.path.exists(path):
            _copy_rights(path, temporary)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _copy_rights(path: str, to: str) -> None:
    status = os.stat(path)
    if os.name == "posix":
        with contextlib.suppress(PermissionError):
            os.chown(to, status.st_uid, status.st_gid)
    os.chmod(to, stat.S_IMODE(status.st_mode))
