"""Is an operator told what runs before us, and who may write where?"""

from __future__ import annotations

import os
import site
import sys
from pathlib import Path

import pytest

from hookcore.plugins.config.keys import Config
from hookcore.plugins.config.reading import read_config
from hookcore.plugins.config.sources import Source, Stated
from hookcore.plugins.lock.doctor import Hint, hints

LOCKED = read_config("app", {"locked": True, "lock": "x"}, environment={})


@pytest.fixture
def site_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty directory that is the only one on `sys.path` and the only one of the `site` module."""
    directory = tmp_path / "site-packages"
    directory.mkdir()
    monkeypatch.setattr(site, "getsitepackages", lambda: [str(directory), str(directory / "missing")])
    monkeypatch.setattr(site, "ENABLE_USER_SITE", False)
    monkeypatch.setattr(sys, "path", [str(directory)])
    return directory


def test_a_tidy_environment_needs_no_hint(site_directory: Path) -> None:
    """Path files that only add paths run nothing, and a locked or explicit config leaves nothing to chance."""
    (site_directory / "paths.pth").write_text("# import evil\n/some/where\nimportant\n")
    (site_directory / "unreadable.pth").mkdir()
    assert hints(LOCKED) == ()
    assert hints(read_config("app", {"mode": "explicit"}, environment={})) == ()


def test_each_line_of_a_path_file_that_runs_is_told(site_directory: Path) -> None:
    """As Python's own `site` decides which line is code: one that begins with `import` and a blank."""
    file = site_directory / "evil.pth"
    file.write_bytes(b"\xef\xbb\xbfimport evil\n/a/path\nimport\tother; other.run()\n import later\n\xff\n")
    assert [(hint.subject, hint.problem.rpartition(": ")[2]) for hint in hints(LOCKED)] == [
        (str(file), "'import evil'"),
        (str(file), repr("import\tother; other.run()")),
    ]


@pytest.mark.parametrize("module", ["sitecustomize", "usercustomize"])
def test_a_customizing_module_is_told_and_not_imported(site_directory: Path, module: str) -> None:
    """Python imports it at every start; we only look where it is."""
    file = site_directory / f"{module}.py"
    file.write_text("raise AssertionError('it ran')")
    assert hints(LOCKED) == (
        Hint(
            str(file),
            f"{module} runs at every start of Python, before anything can be verified",
            "Read it, and remove it if you didn't put it there.",
        ),
    )


@pytest.mark.skipif(os.name != "posix", reason="only on systems with POSIX permissions")
@pytest.mark.parametrize("mode", [0o777, 0o775])
@pytest.mark.parametrize("level", [0, 1])
def test_a_directory_that_others_may_write_is_told(site_directory: Path, mode: int, level: int) -> None:
    """Whoever writes an entry of `sys.path`, or a directory that leads there, can add plugins."""
    opened = (site_directory, site_directory.parent)[level]
    opened.chmod(mode)
    (hint,) = hints(LOCKED)
    assert hint.subject == str(site_directory)
    assert f"since others may write {opened} (its mode is {mode:o})" in str(hint)


@pytest.mark.skipif(os.name != "posix", reason="only on systems with POSIX files")
def test_what_is_odd_on_the_path_is_passed_over(
    site_directory: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nothing waits for a pipe; a current directory that is gone, and what is no text, are nobody's places."""
    os.mkfifo(site_directory / "pipe.pth")
    (site_directory / "endless.pth").symlink_to("/dev/zero")
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    (tmp_path / "site-packages").touch()
    odd: list[object] = ["", "relative", "\0", 3, None, b"bytes", str(tmp_path / "site-packages")]
    monkeypatch.setattr(sys, "path", [*odd, str(site_directory)])
    assert hints(LOCKED) == ()


def test_no_name_moves_the_cursor(site_directory: Path) -> None:
    """A wheel may bring files of any name, and lines of any text."""
    (site_directory / "x\x1b[1A\u202e.pth").write_text("import evil\x1b[2K\n")
    (hint,) = hints(LOCKED)
    assert str(hint).isprintable()


@pytest.mark.usefixtures("site_directory")
def test_a_config_that_runs_whatever_is_installed_is_told() -> None:
    """Neither locked nor explicit: who said so, and the two ways out."""
    (hint,) = hints(Config({"mode": Stated("auto", Source("file", "app.toml:1"))}))
    assert str(hint) == (
        'mode: whatever is installed may run: mode is "auto" (by app.toml:1) and nothing is locked. '
        'Write locked = true, or mode = "explicit" and name what may run under enable.'
    )
