"""What if the index is not what we wrote? It is ignored, logged, written anew, and the answer is right all the same."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hookcore.plugins.index.composing import Contents, composed
from hookcore.plugins.index.form import EMPTY, FORM, DamagedError, heading_of, records_in, runs_of, sizes_of, stamp_of

if TYPE_CHECKING:
    from .conftest import Directory, World

MAIL = "[host.plugins]\nmail = blog_mail\n[host.receivers]\nsaved.index = blog_mail:index\n"
OTHER = "[console_scripts]\nother = other:main\n"


class Bomb:
    """Unpickling it leaves a file behind."""

    def __init__(self, sentinel: str) -> None:
        self.sentinel = sentinel

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        """Say what unpickling is to do."""
        return (open, (self.sentinel, "w"))


@pytest.fixture
def indexed(directory: Directory, world: World) -> Directory:
    """Give a directory with an index that has just answered."""
    directory.install("blog-mail", entry_points=MAIL, requires=["pluggy"])
    for number in range(30):
        directory.install(f"other-{number}", entry_points=OTHER)
    directory.settle()
    world.assert_right()
    assert directory.index.exists()
    assert len(world.assert_right()) == 1
    return directory


def cut_it_short(index: Path) -> None:
    """Leave half of it, as a full disk does."""
    index.write_bytes(index.read_bytes()[: index.stat().st_size // 2])


def empty_it(index: Path) -> None:
    """Leave nothing of it."""
    index.write_bytes(b"")


def append_to_it(index: Path) -> None:
    """Write something after its end."""
    index.write_bytes(index.read_bytes() + b"more")


def edit_it(index: Path) -> None:
    """Let an entry point name another module."""
    index.write_bytes(index.read_bytes().replace(b"blog_mail:index", b"evil_mail:index"))


def rename_a_group_in_it(index: Path) -> None:
    """Let the plugin vanish."""
    index.write_bytes(index.read_bytes().replace(b"host.plugins", b"most.plugins"))


def write_it_in_an_old_form(index: Path) -> None:
    """Let it say that it is of the form before."""
    index.write_bytes(index.read_bytes().replace(b"hookcore index %d " % FORM, b"hookcore index %d " % (FORM - 1), 1))


def pickle_into_it(index: Path) -> None:
    """Put a pickle there that does harm to whoever loads it."""
    index.write_bytes(pickle.dumps(Bomb(str(index.parent / "sentinel"))))


def make_it_huge(index: Path) -> None:
    """Make it larger than any index is; the file has holes, so that this takes no room."""
    os.truncate(index, 10 * 1024 * 1024 * 1024)


def make_it_a_folder(index: Path) -> None:
    """Put a folder in its place."""
    index.unlink()
    index.mkdir()


def make_it_a_pipe(index: Path) -> None:
    """Put a pipe in its place, which a reader would wait for."""
    index.unlink()
    os.mkfifo(index)


def make_it_a_device(index: Path) -> None:
    """Put a link to a file without end in its place."""
    index.unlink()
    index.symlink_to("/dev/zero")


def open_it_to_others(index: Path) -> None:
    """Let everybody write it."""
    index.chmod(0o666)


def open_it_to_the_group(index: Path) -> None:
    """Let the group write it."""
    index.chmod(0o664)


def give_it_away(index: Path) -> None:
    """Let it belong to another user."""
    if os.geteuid() != 0:
        pytest.skip("only on an account that may give files away")
    os.chown(index, 12345, 12345)


@pytest.mark.parametrize(
    "harm",
    [
        cut_it_short,
        empty_it,
        append_to_it,
        edit_it,
        rename_a_group_in_it,
        write_it_in_an_old_form,
        pickle_into_it,
        make_it_huge,
        make_it_a_pipe,
        make_it_a_device,
        open_it_to_others,
        open_it_to_the_group,
        give_it_away,
    ],
    ids=lambda harm: harm.__name__,
)
@pytest.mark.skipif(os.name != "posix", reason="only on systems with owners, modes and pipes")
def test_an_index_that_is_not_ours_is_not_believed(
    indexed: Directory, world: World, caplog: pytest.LogCaptureFixture, harm: Callable[[Path], None]
) -> None:
    """It is logged with its path, the answer comes from the metadata, and the next start has a good index again."""
    before = world.found()
    harm(indexed.index)
    assert world.assert_right() == before
    assert str(indexed.index) in caplog.text
    caplog.clear()
    assert world.assert_right() == before
    assert caplog.text == ""
    assert indexed.index.stat().st_mode & 0o777 == 0o644
    assert not (indexed.index.parent / "sentinel").exists()


def test_the_index_of_another_release_is_left_alone(
    directory: Directory, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Where two releases share a directory, each has its own, in its own form; neither undoes the other's."""
    directory.install("blog-mail", entry_points=MAIL)
    before = f"{FORM}.index"
    another = directory.put(f"__pycache__/{directory.index.name.replace(before, '1.index')}", b"hookcore index 1 0 0\n")
    directory.settle()
    assert world.assert_right() == world.assert_right()
    assert directory.index.exists()
    assert another.read_bytes() == b"hookcore index 1 0 0\n"
    assert caplog.text == ""


def test_a_folder_in_its_place_is_no_fault_of_the_start(indexed: Directory, world: World) -> None:
    """What can't be replaced is passed by, at every start."""
    before = world.found()
    make_it_a_folder(indexed.index)
    assert world.assert_right() == world.assert_right() == before


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_damage_makes_an_answer_wrong(indexed: Directory, world: World, tmp_path: Path, data: st.DataObject) -> None:
    """Wherever bytes are changed, inserted or lost, nothing raises, nothing hangs, and the answer is right."""
    behind = world.directory(tmp_path / "behind")
    for name in ("other-3", "blog-post"):  # the names in the index decide which of these counts
        behind.install(name, entry_points=MAIL)
    sound = indexed.index.read_bytes()
    at = data.draw(st.integers(0, len(sound) - 1) | st.integers(0, 400))
    lost = data.draw(st.integers(0, 40))
    put = data.draw(st.binary(max_size=40) | st.sampled_from([b"\x1e", b"\x1f", b"\n", b"0", b"f" * 30]))
    indexed.index.write_bytes(sound[:at] + put + sound[at + lost :])
    try:
        with world.path(indexed.path, behind.path):
            assert [found.name for found in world.assert_right()] == ["blog-mail", "blog-post"]
    finally:
        indexed.index.write_bytes(sound)


def test_damaged_names_are_found_to_be_when_they_are_asked_for(
    indexed: Directory, world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """They are read only where another directory comes behind; then the file names decide who hides whom."""
    behind = world.directory(tmp_path / "behind")
    behind.install("other-3", entry_points=MAIL)
    indexed.index.write_bytes(indexed.index.read_bytes().replace(b"other-3\x1f", b"other-x\x1f"))
    with world.path(indexed.path, behind.path):
        assert [found.name for found in world.assert_right()] == ["blog-mail"]
    assert "a checksum does not fit" in caplog.text


@pytest.mark.parametrize("text", [b"a\x1e", b"\x1e" * 7, b"\x1e" * 8 + b"a\x1e"])
def test_a_record_that_lacks_a_field_is_damaged(text: bytes) -> None:
    """Half a distribution is none, even if the checksum fits."""
    with pytest.raises(DamagedError):
        records_in(text, "")


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.binary(max_size=300).filter(lambda text: text != EMPTY), fits=st.booleans())
def test_no_text_after_a_right_heading_makes_an_answer_wrong(
    indexed: Directory, world: World, text: bytes, fits: bool
) -> None:
    """A file that begins as ours does, even with sizes and checksums that fit, is read within its bounds, or not."""
    heading = heading_of(os.stat(indexed.path))
    sound = indexed.index.read_bytes()
    sizes = b"%x %x 0 0 0\n" % (len(text), crc32(text)) if fits else b""
    indexed.index.write_bytes(heading + sizes + text)
    try:
        found = world.found()
        assert fits or found == world.expected()
    finally:
        indexed.index.write_bytes(sound)


def forged_index(
    path: Path, records: bytes, *, runs: bytes | None = None, watched: bytes = b"", afresh: bytes = b"", names: bytes
) -> bytes:
    """Return an index of the directory in which every length and checksum fits, whatever its parts say."""
    runs = b"0 %x %x" % (len(records), crc32(records)) if runs is None else runs
    table = b"%b\x1e%b\x1e\x1ehost.plugins\x1f%b\x1f\x1e" % (watched, afresh, runs)
    sizes = b"%x %x %x %x %x\n" % (len(table), crc32(table), len(records), len(names), crc32(names))
    return heading_of(os.stat(path)) + sizes + table + records + names


STAMP = b"the stamp of blog-mail"  # what stands for it where a record is made up
PIECES = st.sampled_from(
    [
        b"",
        b"evil",
        b"..",
        b"/",
        b"blog_mail-1.0.dist-info",
        STAMP,
        b"1.0",
        b"host.plugins",
        b"evil\x1f",
        b"\x00",
        b"\xff",
        b"host.plugins\x1fmail\x1fevil_module\x1f",
        b"no-1.0.dist-info",
        b"../../../../../../dev/zero",
        b"\x1e",
    ]
)
PARTS = st.one_of(st.binary(max_size=20), st.lists(PIECES, max_size=4).map(b"\x1f".join))
RECORDS = st.lists(st.lists(PARTS, min_size=8, max_size=8).map(lambda fields: b"".join(f + b"\x1e" for f in fields)))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    records=RECORDS.map(b"".join) | st.binary(min_size=1),
    runs=st.none() | st.sampled_from([b"0 ff 0", b"", b"0 1 0\x1f1 1 0", b"-1 1 1"]),
    watched=PARTS,
    afresh=PARTS,
    names=PARTS,
)
def test_no_index_that_fits_makes_a_start_fail(
    indexed: Directory,
    world: World,
    tmp_path: Path,
    records: bytes,
    watched: bytes,
    afresh: bytes,
    names: bytes,
    runs: bytes | None,
) -> None:
    """Whoever may write a right index decides what is found, and no more: nothing raises, hangs or is imported."""
    stamp = stamp_of(str(indexed.path / "blog_mail-1.0.dist-info" / "entry_points.txt")).encode()
    sound = indexed.index.read_bytes()
    records = records.replace(STAMP, stamp)
    indexed.index.write_bytes(
        forged_index(indexed.path, records, runs=runs, watched=watched, afresh=afresh, names=names)
    )
    behind = world.directory(tmp_path / "behind")
    behind.install("blog-post", entry_points=MAIL)
    before = set(sys.modules)
    try:
        with world.path(indexed.path, behind.path):
            world.found()
    finally:
        indexed.index.write_bytes(sound)
    assert not [name for name in set(sys.modules) - before if name.startswith("evil")]


def test_an_index_that_fits_is_read_to_its_records(indexed: Directory, world: World) -> None:
    """The control of the test above: what it makes up does get as far as being believed."""
    child, stamp = "blog_mail-1.0.dist-info", stamp_of(str(indexed.path / "blog_mail-1.0.dist-info/entry_points.txt"))
    fields = ["evil", child, stamp, "evil", "1.0", "", "", "host.plugins\x1fmail\x1fevil_module\x1f"]
    record = "".join(f"{field}\x1e" for field in fields).encode()
    indexed.index.write_bytes(forged_index(indexed.path, record, names=b"evil\x1f"))
    (found,) = world.found()
    assert (found.name, found.entry_points[0].value) == ("evil", "evil_module")


@pytest.mark.parametrize(
    "runs", [b"0 10 0\x1f0 10 0", b"10 10 0\x1f8 8 0", b"0 0 0", b"0 -1 0", b"-5 10 0", b"x 1 1", b"1 1", b""]
)
def test_a_table_cannot_ask_for_the_same_bytes_twice(runs: bytes) -> None:
    """However a table was made up, at most the whole file is read, and once: no start hangs over it."""
    table = b"\x1ehost.plugins\x1f" + runs + b"\x1f\x1e"
    with pytest.raises(DamagedError):
        list(runs_of("host.plugins", table))


def test_sizes_without_end_are_refused_early() -> None:
    """The second line is looked for where it must be, and not in the whole file."""
    with pytest.raises(DamagedError):
        sizes_of(b"heading\n" + b"1" * 5000 + b"\n", 8)


def test_the_index_of_nothing_is_known_by_heart() -> None:
    """Most directories of `sys.path` hold no distribution, and one comparison tells."""
    assert composed(b"", Contents([], [], [], [])) == EMPTY


@pytest.mark.skipif(os.name != "posix", reason="only on systems with modes")
@pytest.mark.parametrize(("of_directory", "of_index"), [(0o700, 0o600), (0o755, 0o644), (0o750, 0o640)])
def test_who_may_read_the_directory_may_read_the_index(
    directory: Directory, world: World, of_directory: int, of_index: int
) -> None:
    """Where the directory is its owner's alone, so is the index; nobody but the owner may ever write it."""
    directory.install("blog-mail", entry_points=MAIL)
    directory.path.chmod(of_directory)
    directory.settle()
    before = os.umask(0)
    try:
        world.assert_right()
    finally:
        os.umask(before)
    assert directory.index.stat().st_mode & 0o777 == of_index


@pytest.mark.skipif(os.name != "posix", reason="only on systems with modes")
def test_where_everybody_may_write_no_index_is_written(directory: Directory, world: World) -> None:
    """In a directory such as /tmp an index would be as little worth as what it describes."""
    directory.install("blog-mail", entry_points=MAIL)
    directory.path.chmod(0o777)
    directory.settle()
    world.assert_right()
    assert not directory.index.exists()


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only on an account that may give files away"
)
def test_in_another_users_directory_no_index_is_written(directory: Directory, world: World) -> None:
    """Root leaves nothing where somebody else could have put a link to any file of the system."""
    directory.install("blog-mail", entry_points=MAIL)
    directory.settle()
    os.chown(directory.path, 12345, 12345)
    assert len(world.assert_right()) == 1
    assert not directory.index.exists()


def test_two_starts_at_once_leave_a_whole_index(directory: Directory, world: World) -> None:
    """It is written beside its place and moved there: a reader sees all of it or nothing, and no other file stays."""
    directory.install("blog-mail", entry_points=MAIL)
    directory.settle()
    program = f"""
import sys
sys.path.insert(0, {str(Path(sys.modules["hookcore"].__path__[0]).parent)!r})
from hookcore import discover
sys.path[:] = [{str(directory.path)!r}]
for _ in range(50):
    assert len(discover("host")) == 1
"""
    running = [subprocess.Popen([sys.executable, "-W", "error", "-c", program]) for _ in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]
    assert [file.name for file in directory.index.parent.iterdir()] == [directory.index.name]
