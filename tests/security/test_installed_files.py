"""Are a distribution's files as its RECORD says?"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hookcore.plugins.installed import Distribution
from hookcore.plugins.lock.installed_files import (
    FileChangedError,
    InstalledFiles,
    file_problems,
    installed_files,
    verified_content,
)
from hookcore.plugins.lock.verified_import import recorded_modules

Installed = Any  # the fixture's type lives in conftest.py
EMPTY = "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"


def recorded(distribution: Distribution) -> InstalledFiles:
    """Return a RECORD that is there."""
    found = installed_files(distribution)
    assert found is not None
    return found


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
        ("a\0b,sha256=abc,1", "{root}/a\\x00b can't be read ("),
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


@pytest.mark.parametrize("size", [0, 5, 7, 1024**3])
def test_a_file_of_another_size_is_not_read(installed: Installed, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even its first byte: a hole of a gigabyte would be read for seconds."""
    distribution = installed.write({"thing.txt": "honest"})
    (installed.root / "thing.txt").unlink()
    with (installed.root / "thing.txt").open("wb") as file:
        file.truncate(size)
    monkeypatch.setattr(os, "fdopen", lambda descriptor, mode: NeverRead(descriptor))
    (problem,) = file_problems(recorded(distribution))
    assert problem == f"{installed.root / 'thing.txt'} is not what was installed: its digest is not the one in RECORD"


class NeverRead:
    """An open file that lets nobody read more than whether it has ended."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def __enter__(self) -> NeverRead:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.descriptor)

    def read(self, size: int) -> bytes:
        """Return nothing."""
        raise AssertionError(f"{size} bytes were read")


@pytest.mark.parametrize("size", ["", "x", "-1", "9" * 5000, "²"])
def test_a_size_that_is_none_is_not_compared(installed: Installed, size: str) -> None:
    """The digest alone decides then, and a file that nobody could have installed is too large."""
    distribution = installed.write({}, f"thing.txt,{EMPTY},{size}")
    (installed.root / "thing.txt").touch()
    assert file_problems(recorded(distribution)) == ()
    with (installed.root / "thing.txt").open("wb") as file:
        file.truncate(200 * 1024**3)
    (problem,) = file_problems(recorded(distribution))
    assert problem == f"{installed.root / 'thing.txt'} can't be read (it is larger than 4096 MiB)"


@pytest.mark.parametrize(
    "row", ["thing/__pycache__/a.cpython-313.pyc,,", "../../cache/thing/a.cpython-313.pyc,,", "/cache/a.pyc,,", "a.pyc"]
)
def test_files_that_the_installer_compiled_are_passed_over(installed: Installed, row: str) -> None:
    """Wherever it put them (PYTHONPYCACHEPREFIX): they are not looked at, and not run."""
    assert file_problems(recorded(installed.write({"thing.py": ""}, row))) == ()


@pytest.mark.parametrize("path", ["thing/x\x1b[2K.py", "thing/\u202egnp.py", "thing/\x9b1A.py", "thing/a\u200bb.py"])
def test_no_path_moves_the_cursor(installed: Installed, path: str) -> None:
    """What does not print is shown as an escape, whatever is wrong with the file."""
    rows = [f"{path},sha256=abc,1", f"there-{path},sha256=abc,1", f"{path},,", f"{path},{path}=abc,1"]
    distribution = installed.write({f"there-{path}": "x"})
    (installed.information / "RECORD").write_text("\n".join(rows), encoding="utf-8")
    problems = file_problems(recorded(distribution))
    assert len(problems) == 4
    assert all(problem.isprintable() for problem in problems), problems


@pytest.mark.skipif(os.name != "posix", reason="only on systems with POSIX files")
@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda record: os.mkfifo(record), "it is a pipe, not a regular file"),
        (lambda record: record.symlink_to("/dev/zero"), "it is a device, not a regular file"),
        (lambda record: record.mkdir(), "it is a directory"),
        (lambda record: record.write_bytes(b"\xff"), "'utf-8' codec can't decode"),
        (lambda record: record.write_bytes(b"a" * 200_000), "field larger than field limit"),
        (lambda record: (record.touch(), os.truncate(record, 200 * 1024**3)), "it is larger than 64 MiB"),
    ],
    ids=["pipe", "device", "directory", "no text", "no CSV", "too large"],
)
def test_a_record_that_is_none_is_told(installed: Installed, spoil: Callable[[Path], object], problem: str) -> None:
    """It vouches for nothing, and nothing waits for it."""
    distribution = installed.write({"thing.py": ""})
    (installed.information / "RECORD").unlink()
    spoil(installed.information / "RECORD")
    (found,) = file_problems(recorded(distribution))
    assert found.startswith(f"RECORD can't be read ({problem}")


def test_a_distribution_without_record_has_none(tmp_path: Path) -> None:
    """A legacy install, or one that was lost; the lock treats it as it does editable ones."""
    assert installed_files(Distribution("thing", "1", "", (), str(tmp_path / "thing.egg-info"))) is None


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
    problems = file_problems(found)
    recorded_modules(found, "thing")
    assert len(problems) >= bool(found.files)
    assert not {name for name in set(sys.modules) - before if name.startswith("thing")}
