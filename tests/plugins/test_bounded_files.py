"""Is a file that somebody else wrote read without waiting, and without end?"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from hookcore.plugins.bounded_files import MEBIBYTE, read_bounded


def directory(path: Path) -> None:
    """Make a directory there."""
    path.mkdir()


def pipe(path: Path) -> None:
    """Make a pipe there that nobody writes to."""
    os.mkfifo(path)


def device(path: Path) -> None:
    """Link to a device that has no end there."""
    path.symlink_to("/dev/zero")


def link_to_a_pipe(path: Path) -> None:
    """Link to a pipe there, over a second link."""
    os.mkfifo(path.with_suffix(".pipe"))
    path.with_suffix(".link").symlink_to(path.with_suffix(".pipe"))
    path.symlink_to(path.with_suffix(".link"))


def dangling_link(path: Path) -> None:
    """Link to nothing there."""
    path.symlink_to(path.with_suffix(".gone"))


def circle_of_links(path: Path) -> None:
    """Link to itself there."""
    path.symlink_to(path)


def sparse_file(path: Path) -> None:
    """Make a file of 200 GB there that takes no space."""
    with path.open("wb") as file:
        file.truncate(200 * 1000**3)


def unix_socket(path: Path) -> None:
    """Make a socket there."""
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


def nothing(path: Path) -> None:
    """Leave nothing there."""


NO_FILES: list[tuple[Callable[[Path], None], str]] = [
    (directory, "it is a directory"),
    (pipe, "it is a pipe, not a regular file"),
    (link_to_a_pipe, "it is a pipe, not a regular file"),
    (device, "it is a device, not a regular file"),
    (sparse_file, "it is larger than 1 MiB"),
    (dangling_link, "No such file or directory"),
    (nothing, "No such file or directory"),
    (circle_of_links, "Too many levels of symbolic links"),
    (unix_socket, "No such device or address"),
]


@pytest.mark.parametrize(("make", "words"), NO_FILES, ids=[make.__name__ for make, _ in NO_FILES])
def test_what_is_no_file_of_that_size_is_an_error_in_words(
    make: Callable[[Path], None], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a hang nor a full memory, and the error says what is there."""
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    make(Path("it"))
    with pytest.raises(OSError) as caught:  # noqa: PT011 - the words are compared below
        read_bounded("it", MEBIBYTE)
    assert caught.value.strerror == words


@pytest.mark.parametrize("size", [0, 1, 4096, MEBIBYTE - 1, MEBIBYTE])
def test_a_file_up_to_the_limit_is_read_whole(tmp_path: Path, size: int) -> None:
    """Also an empty one, and one that is as large as it may be."""
    content = os.urandom(size)
    (tmp_path / "it").write_bytes(content)
    assert read_bounded(tmp_path / "it", MEBIBYTE) == content


def test_a_file_whose_size_is_not_told_is_read_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of /proc say that they are empty: what is read of them counts."""
    if not Path("/proc/self/status").exists():
        pytest.skip("this system has no /proc")
    assert read_bounded("/proc/self/status", MEBIBYTE).startswith(b"Name:")
    with pytest.raises(OSError, match="larger than"):
        read_bounded("/proc/self/status", 10)


def test_a_path_that_can_not_be_one_is_an_error() -> None:
    """An environment variable or a RECORD may name anything."""
    with pytest.raises(ValueError, match="null"):
        read_bounded("a\0b", MEBIBYTE)
