"""Are a distribution's files as its RECORD says, and when is a file not read again?"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hookcore.plugins.discovery import Distribution
from hookcore.plugins.lock.recorded_files import RecordedFiles, read_record
from hookcore.plugins.lock.verified_import import recorded_modules
from hookcore.plugins.lock.verify import FileChangedError, file_problems, verified_content

Installed = Any  # the fixture's type lives in conftest.py
EMPTY = "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"


def recorded(distribution: Distribution) -> RecordedFiles:
    """Return a RECORD that is there."""
    found = read_record(distribution)
    assert found is not None
    return found


def later() -> int:
    """Tell a time at which everything was written long ago."""
    return time.time_ns() + 60_000_000_000


@pytest.fixture
def writing_bytecode(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let what Python and we know of files be written beside them, as it is unless somebody forbids it."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    return


def test_files_that_are_as_recorded_have_no_problem(installed: Installed) -> None:
    """Subdirectories, paths with commas, and files that the installer compiled, which have no digest."""
    files = {"thing/__init__.py": "x = 1\n", "thing/a,b.txt": "", "../bin/thing": "#!"}
    quoted = [f'"thing/a,b.txt",{EMPTY},0', "thing/__pycache__/__init__.cpython-313.pyc,,"]
    distribution = installed.write({path: text for path, text in files.items() if "," not in path}, *quoted)
    (installed.root / "thing" / "a,b.txt").touch()
    assert file_problems(recorded(distribution)) == ()
    assert len(recorded(distribution).files) == 3


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("missing.py,sha256=abc,1", "{root}/missing.py is missing, and RECORD lists it"),
        ("other.py,,", "RECORD gives no digest for 'other.py'"),
        ("other.py", "RECORD gives no digest for 'other.py'"),
        ("other.py,md5=abc,1", "RECORD can't vouch for 'other.py': 'md5' is none of sha256, sha384, sha512"),
        ("other.py,sha256=abc,1", "{root}/other.py is not what was installed: its digest is not the one in RECORD"),
        ("folder,sha256=abc,1", "{root}/folder can't be read ("),
        ("/dev/zero,sha256=abc,1", "/dev/zero can't be read ("),
        ("fifo,sha256=abc,1", "{root}/fifo can't be read ("),
        ("a\0b,sha256=abc,1", "RECORD can't be read (it holds a null character)"),
    ],
)
@pytest.mark.skipif(os.name != "posix", reason="only on systems with POSIX files")
def test_a_file_that_is_not_as_recorded_is_named(installed: Installed, line: str, problem: str) -> None:
    """Each with what is wrong; and nothing waits for a pipe or reads a device without end."""
    distribution = installed.write({}, line)
    (installed.root / "other.py").touch()
    (installed.root / "folder").mkdir()
    os.mkfifo(installed.root / "fifo")
    (found,) = file_problems(recorded(distribution))
    assert found.startswith(problem.replace("{root}", str(installed.root)))


def test_a_file_is_compared_when_it_is_read(installed: Installed) -> None:
    """What is returned to be compiled is what was compared, however it was changed since the first look."""
    distribution = installed.write({"thing.py": "x = 1\n"})
    (file,) = recorded(distribution).files
    assert verified_content(file) == b"x = 1\n"
    (installed.root / "thing.py").write_text("x = 2\n")
    with pytest.raises(FileChangedError, match=r"thing\.py is not what was installed"):
        verified_content(file)


def spoiled_but_known(installed: Installed) -> tuple[Distribution, Path]:
    """Return a distribution with a changed file that a forged cache claims to know, and that cache's path."""
    distribution = installed.write({"thing.txt": "honest"})
    assert file_problems(recorded(distribution), later) == ()
    (cache,) = (installed.root / "__pycache__").iterdir()
    before = (installed.root / "thing.txt").stat()
    (installed.root / "thing.txt").write_text("spoilt")
    after = (installed.root / "thing.txt").stat()
    line = f"{after.st_dev} {after.st_ino} {after.st_size} {after.st_mtime_ns} {after.st_ctime_ns} thing.txt"
    heading, known = cache.read_text().split("\n")
    assert (
        known == f"{before.st_dev} {before.st_ino} {before.st_size} {before.st_mtime_ns} {before.st_ctime_ns} thing.txt"
    )
    cache.write_text(f"{heading}\n{line}")
    return distribution, cache


@pytest.mark.usefixtures("writing_bytecode")
def test_a_file_that_is_known_is_not_read_again(installed: Installed) -> None:
    """The second start asks for each file's state only; here a cache that lies shows that nothing was read."""
    distribution, cache = spoiled_but_known(installed)
    assert file_problems(recorded(distribution), later) == ()
    assert cache.stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("writing_bytecode")
def test_a_known_file_that_changes_is_read_again(installed: Installed) -> None:
    """Size and time of modification can be set back; the time of change can't."""
    distribution = installed.write({"thing.txt": "honest"})
    assert file_problems(recorded(distribution), later) == ()
    file = installed.root / "thing.txt"
    before = file.stat()
    file.write_text("spoilt")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    (problem,) = file_problems(recorded(distribution), later)
    assert "is not what was installed" in problem


@pytest.mark.usefixtures("writing_bytecode")
@pytest.mark.skipif(os.name != "posix", reason="only on systems with POSIX permissions")
@pytest.mark.parametrize(
    "spoil",
    [
        lambda cache: cache.chmod(0o660),
        lambda cache: cache.chmod(0o602),
        lambda cache: cache.write_bytes(cache.read_bytes()[10:]),
        lambda cache: cache.write_bytes(cache.read_bytes()[:-4]),
        lambda cache: cache.write_bytes(b"\xff" * 100),
        lambda cache: cache.write_bytes(cache.read_bytes().replace(b"sha256:", b"sha256:0")),
        lambda cache: (cache.unlink(), os.mkfifo(cache)),
        lambda cache: (cache.unlink(), cache.mkdir()),
    ],
    ids=["group", "others", "beheaded", "truncated", "no text", "other RECORD", "a pipe", "a directory"],
)
def test_a_cache_that_is_not_to_be_believed_is_not(installed: Installed, spoil: Callable[[Path], object]) -> None:
    """One that others may write, that is damaged, or that speaks of another RECORD; the files are read instead."""
    distribution, cache = spoiled_but_known(installed)
    spoil(cache)
    (problem,) = file_problems(recorded(distribution), later)
    assert "is not what was installed" in problem


@pytest.mark.usefixtures("writing_bytecode")
@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only on an account that may give files away"
)
def test_a_cache_of_another_user_is_not_believed(installed: Installed) -> None:
    """Who could write it could also have written the plugin, but need not be trusted with our reading."""
    distribution, cache = spoiled_but_known(installed)
    os.chown(cache, 12345, -1)
    (problem,) = file_problems(recorded(distribution), later)
    assert "is not what was installed" in problem


@pytest.mark.usefixtures("writing_bytecode")
def test_a_file_that_was_changed_just_now_is_not_remembered(installed: Installed) -> None:
    """Within the clock's granularity a second change might leave the same times."""
    distribution = installed.write({"thing.txt": "honest"})
    assert file_problems(recorded(distribution)) == ()
    assert not (installed.root / "__pycache__").exists()


def test_nothing_is_written_where_python_writes_no_bytecode(
    installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`PYTHONDONTWRITEBYTECODE` means: leave these directories alone."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    distribution = installed.write({"thing.txt": "honest"})
    assert file_problems(recorded(distribution), later) == ()
    assert not (installed.root / "__pycache__").exists()


def test_a_distribution_without_record_has_none(tmp_path: Path) -> None:
    """A legacy install, or one that was lost; the lock treats it as it does editable ones."""
    assert read_record(Distribution("thing", "1", "", (), str(tmp_path / "thing.egg-info"))) is None
    assert read_record(Distribution("thing", "1", "", (), "\0")) is None


paths = st.sampled_from(
    ["thing/__init__.py", "../x", "/", "..", "", "thing.py", "a/b/c.py", "/dev/full", '"', "é.py", "\0"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(), st.lists(st.tuples(paths, st.text(max_size=5)), max_size=4)))
def test_any_text_is_a_record_or_told_to_be_none(installed: Installed, content: bytes | list[tuple[str, str]]) -> None:
    """No RECORD makes verifying fail in another way than with a sentence: none waits, imports or escapes."""
    if not isinstance(content, bytes):
        lines = [f"{path},sha256={text},1" for path, text in content]
        content = "\n".join(lines).encode("utf-8", "surrogatepass")
    installed.write({})
    (installed.information / "RECORD").write_bytes(content)
    before = set(sys.modules)
    found = recorded(Distribution("thing", "1.0", "", (), str(installed.information)))
    problems = file_problems(found, lambda: 0)
    recorded_modules(found, "thing")
    assert len(problems) >= bool(found.files)
    assert not {name for name in set(sys.modules) - before if name.startswith("thing")}
