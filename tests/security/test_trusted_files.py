"""Who may change what a file says, and does anybody ever read half of one?"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from hookcore.plugins.trusted_files import who_else_may_write, write_whole

pytestmark = pytest.mark.skipif(os.name != "posix", reason="only on systems with owners and modes")
SOMEBODY_ELSE = 54321


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


def ways(folder: Path) -> dict[str, Path]:
    """Make files and links, some of which others can change; return the paths by which they are reached."""
    for name in ("ours", "theirs", "shared", "sticky", "ours/inner"):
        (folder / name).mkdir()
        for file in ("file", "open"):
            (folder / name / file).touch(mode=0o600)
    for path, mode in (("shared", 0o775), ("sticky", 0o1777), ("ours/open", 0o620), ("shared/open", 0o602)):
        (folder / path).chmod(mode)
    (folder / "shared" / "below").mkdir()
    (folder / "shared" / "below" / "file").touch(mode=0o600)
    (folder / "link").symlink_to("ours/file")
    (folder / "ours" / "out").symlink_to("../shared/file")
    (folder / "ours" / "relay").symlink_to(folder / "shared" / "link")
    (folder / "shared" / "link").symlink_to(folder / "ours" / "file")
    (folder / "ours" / "into").symlink_to(folder / "shared" / "below")
    (folder / "ours" / "round").symlink_to("round")
    return {str(path.relative_to(folder)): path for path in folder.rglob("*")}


@pytest.mark.parametrize(
    ("path", "opened"),
    [
        ("ours/file", None),
        ("ours/inner/file", None),
        ("ours/new", None),
        ("ours/inner/../file", None),
        ("link", None),
        ("sticky/file", None),
        ("ours/open", "ours/open"),
        ("shared/file", "shared"),
        ("shared/below/file", "shared"),
        ("shared/../ours/file", "shared"),
        ("ours/out", "shared"),
        ("ours/relay", "shared"),
        ("ours/into/file", "shared"),
        ("ours/into/../../ours/file", "shared"),
    ],
)
def test_who_else_may_write(tmp_path: Path, path: str, opened: str | None) -> None:
    """The file, its directory and all that leads there, each link followed to its end, as the system goes."""
    ways(tmp_path)
    problem = who_else_may_write(f"{tmp_path}/{path}")
    if opened is None:
        assert problem is None
    else:
        assert problem is not None
        place = problem.removeprefix("others may write ").partition(" (its mode is ")[0]
        assert os.path.realpath(place) == str(tmp_path / opened)


def test_a_way_without_an_end_is_an_error(tmp_path: Path) -> None:
    """A link to itself is told as the system tells it; what is not there yet may be written by nobody."""
    ways(tmp_path)
    with pytest.raises(OSError, match="symbolic"):
        who_else_may_write(str(tmp_path / "ours" / "round"))
    assert who_else_may_write(str(tmp_path / "nowhere" / "file")) is None
    assert who_else_may_write(str(tmp_path / "shared" / "nowhere" / "file")) is not None


@pytest.mark.skipif(os.geteuid() != 0, reason="only on an account that may give files away")
@pytest.mark.parametrize("path", ["ours/file", "ours", "sticky/file", "sticky", "link"])
def test_what_is_somebody_elses_may_be_changed(tmp_path: Path, path: str) -> None:
    """Whoever owns a file, a directory or a link on the way may change what is at its end, whatever its mode."""
    ways(tmp_path)
    os.chown(tmp_path / path, SOMEBODY_ELSE, -1, follow_symlinks=False)
    reached = tmp_path / (path if path.endswith(("file", "link")) else f"{path}/file")
    assert who_else_may_write(str(reached)) == f"{tmp_path / path} belongs to another user (uid {SOMEBODY_ELSE})"


def test_a_link_stays_where_it_is_written_through(tmp_path: Path) -> None:
    """What it leads to is replaced."""
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there/file")
    for content in (b"first", b"second"):
        write_whole(str(tmp_path / "link"), content, mode=0o600)
        assert (tmp_path / "there" / "file").read_bytes() == content
    assert (tmp_path / "link").is_symlink()


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_only_a_file_is_replaced(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """A pipe, a device or a directory stays what it is, also where a link leads to it."""
    make(tmp_path / "there")
    (tmp_path / "link").symlink_to("there")
    before = (tmp_path / "there").stat().st_mode
    for name in ("there", "link"):
        with pytest.raises(OSError, match="it is not a regular file"):
            write_whole(str(tmp_path / name), b"text", mode=0o600)
    assert (tmp_path / "there").stat().st_mode == before
    assert len(list(tmp_path.iterdir())) == 2


def test_a_file_keeps_its_permissions_and_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the umask is, and whoever writes it: else an operator would take a host's config away from the host."""
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "chown", lambda path, uid, gid: given.append((uid, gid)))
    file = tmp_path / "config"
    file.touch()
    file.chmod(0o664)
    before = os.umask(0o077)
    try:
        write_whole(str(file), b"new", mode=0o600)
    finally:
        os.umask(before)

    assert file.stat().st_mode & 0o777 == 0o664
    assert given == [(file.stat().st_uid, file.stat().st_gid)]


def test_a_file_of_somebody_elses_is_written_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If we may write there, but may not give files away."""

    def refused(path: str, uid: int, gid: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "chown", refused)
    file = tmp_path / "config"
    file.touch()
    write_whole(str(file), b"newer", mode=0o600)
    assert file.read_bytes() == b"newer"
