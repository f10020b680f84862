"""Whose file is believed, and does anybody ever read half of one?"""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from hookcore.plugins.trusted_files import is_own, write_whole

pytestmark = pytest.mark.skipif(os.name != "posix", reason="only on systems with owners and modes")
SOMEBODY_ELSE = 54321


def status(owner: int, mode: int) -> os.stat_result:
    """Return the status of a regular file."""
    return os.stat_result((stat.S_IFREG | mode, 1, 1, 1, owner, 0, 0, 0, 0, 0))


def test_a_file_is_believed_if_it_is_ours_or_roots_and_nobody_else_may_write_it() -> None:
    """Whoever may write it may decide what it says."""
    ours = os.geteuid()
    assert [is_own(status(owner, 0o644)) for owner in (ours, 0)] == [True, True]
    assert [is_own(status(owner, 0o600)) for owner in (SOMEBODY_ELSE, SOMEBODY_ELSE + 1)] == [False, False]
    assert [is_own(status(ours, mode)) for mode in (0o664, 0o646, 0o666, 0o620)] == [False] * 4


def test_a_reader_has_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    """What is being read while another is written stays whole: it is another file under the same name."""
    file = tmp_path / "index"
    write_whole(str(file), b"old" * 1000, mode=0o600)
    with file.open("rb") as reader:
        assert reader.read(3) == b"old"
        write_whole(str(file), b"new", mode=0o600)
        assert reader.read() == b"old" * 999
    assert file.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [file]


def test_what_cannot_be_written_whole_leaves_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    """On a full disk, say; here the file would be longer than this process may write."""
    import resource
    import signal

    file = tmp_path / "index"
    write_whole(str(file), b"old", mode=0o600)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OSError, match="large"):
            write_whole(str(file), b"new" * 1000, mode=0o600)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]
