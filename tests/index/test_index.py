"""When does an index answer, and is its answer right?"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import hookcore

if TYPE_CHECKING:
    from .conftest import Directory, World

MAIL = (
    "[host.plugins]\nmail = blog_mail\n[console_scripts]\nmail = blog_mail:main\n[host.receivers]\ns.r = blog_mail:r\n"
)
OTHER = "[console_scripts]\nother = other:main\n"
PREFIX = Path(hookcore.__path__[0]).parent


def read_by_a_start(directory: Directory) -> tuple[set[str], set[str]]:
    """Return which files of the directory a fresh process opens to discover, and which modules that imports."""
    program = f"""
import sys
sys.path.insert(0, {str(PREFIX)!r})
import hookcore
from hookcore import discover
sys.path[:] = [{str(directory.path)!r}]
before = set(sys.modules)
opened = []
sys.addaudithook(lambda event, arguments: opened.append(str(arguments[0])) if event == "open" else None)
plugins = discover("host")
print(*opened, sep="\\n")
print("--")
print(*(set(sys.modules) - before), sep="\\n")
print("--")
print(*(plugin.name for plugin in plugins), sep="\\n")
"""
    command = [sys.executable, "-c", program]
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=directory.path).stdout
    opened, modules, plugins = (set(part.split()) for part in said.split("--"))
    assert plugins == {"mail"}
    return {os.path.basename(path) for path in opened}, modules


def test_a_warm_start_reads_the_index_and_nothing_else(directory: Directory, world: World) -> None:
    """No metadata is opened, no module is imported: the index has it all."""
    directory.install("blog-mail", entry_points=MAIL, requires=["pluggy"], summary="Sends mail")
    directory.install("other", entry_points=OTHER)
    directory.settle()
    world.assert_right()
    assert directory.index.exists()
    assert read_by_a_start(directory) == ({directory.index.name}, set())


def test_nothing_of_a_distribution_is_lost_in_the_index(directory: Directory, world: World) -> None:
    """Name, version, summary, requirements, origin, entry points of all groups: they come out as they went in."""
    requirements = ["pluggy>=1.6", 'colorama; sys_platform == "win32"']
    directory.install("Blog_Mail", "2.0", entry_points=MAIL, requires=requirements, summary="Sénds mail")
    directory.settle()
    cold = world.assert_right()
    (warm,) = world.assert_right()
    assert directory.index.exists()
    assert [warm] == cold
    assert (warm.name, warm.version, warm.summary, list(warm.requirements)) == (
        "Blog_Mail",
        "2.0",
        "Sénds mail",
        requirements,
    )
    assert [entry_point.group for entry_point in warm.entry_points] == [
        "host.plugins",
        "console_scripts",
        "host.receivers",
    ]


def install_another(directory: Directory) -> None:
    """Install a second plugin."""
    directory.install("another", entry_points="[host.plugins]\nanother = m\n")


def uninstall(directory: Directory) -> None:
    """Remove the plugin, as an uninstaller does."""
    for file in (directory.path / "blog_mail-1.0.dist-info").iterdir():
        file.unlink()
    (directory.path / "blog_mail-1.0.dist-info").rmdir()


def upgrade(directory: Directory) -> None:
    """Replace the plugin by its next version."""
    uninstall(directory)
    directory.install("blog-mail", "2.0", entry_points="[host.plugins]\nnew = m\n")


def edit_in_place(directory: Directory) -> None:
    """Edit its entry points by hand."""
    directory.put("blog_mail-1.0.dist-info/entry_points.txt", "[host.plugins]\nedited = m\n")


def forget_entry_points(directory: Directory) -> None:
    """Take its entry points away."""
    (directory.path / "blog_mail-1.0.dist-info/entry_points.txt").unlink()


def leave_a_second_version(directory: Directory) -> None:
    """Leave another version's metadata beside it, as a broken upgrade does."""
    directory.install("blog-mail", "0.9", entry_points="[host.plugins]\nold = m\n")


@pytest.mark.parametrize(
    "change", [install_another, uninstall, upgrade, edit_in_place, forget_entry_points, leave_a_second_version]
)
@pytest.mark.parametrize("settled", [True, False], ids=["long ago", "just now"])
def test_a_change_is_seen_at_the_next_start(
    directory: Directory, world: World, change: Callable[[Directory], None], settled: bool
) -> None:
    """Whatever was installed, removed, upgraded or edited by hand, the index does not hide it, then or later."""
    directory.install("blog-mail", entry_points=MAIL)
    directory.install("other", entry_points=OTHER)
    directory.settle()
    before = world.assert_right()
    assert directory.index.exists()
    change(directory)
    if settled:
        os.utime(directory.path, (1e9, 1e9))
    after = world.assert_right()
    assert after != before or change is leave_a_second_version
    directory.settle()
    assert world.assert_right() == world.assert_right() == after


def test_a_directory_that_changed_just_now_is_not_indexed(directory: Directory, world: World) -> None:
    """A second change might leave the same time, so it is scanned until the clock has moved on."""
    (directory.path / "__pycache__").mkdir()
    directory.install("blog-mail", entry_points=MAIL)
    world.assert_right()
    assert not directory.index.exists()
    directory.settle()
    world.assert_right()
    assert directory.index.exists()


def test_a_file_that_changed_just_now_keeps_its_directory_from_being_indexed(
    directory: Directory, world: World
) -> None:
    """The rule holds for each `entry_points.txt` whose time the index would rely on."""
    info = directory.install("blog-mail", entry_points=MAIL)
    directory.settle()
    os.utime(info / "entry_points.txt")
    world.assert_right()
    assert not directory.index.exists()


def test_a_time_in_the_future_is_not_relied_on(directory: Directory, world: World) -> None:
    """A clock that was set back must not make an index last for ever."""
    directory.install("blog-mail", entry_points=MAIL)
    directory.settle()
    os.utime(directory.path, (4e9, 4e9))
    world.assert_right()
    assert not directory.index.exists()


@pytest.mark.parametrize("said", ["off", "OFF", " off "])
def test_the_index_can_be_switched_off(
    directory: Directory, world: World, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    """With HOOKCORE_INDEX=off none is written, and one that is there is not read."""
    directory.install("blog-mail", entry_points=MAIL)
    directory.settle()
    monkeypatch.setenv("HOOKCORE_INDEX", said)
    world.assert_right()
    assert not directory.index.exists()
    monkeypatch.delenv("HOOKCORE_INDEX")
    world.assert_right()
    monkeypatch.setenv("HOOKCORE_INDEX", said)
    assert directory.index.name not in read_by_a_start(directory)[0]


def test_a_missing_folder_is_made_for_a_later_start(directory: Directory, world: World) -> None:
    """Making `__pycache__` changes the directory, so the index itself has to wait."""
    directory.install("blog-mail", entry_points=MAIL)
    directory.settle()
    (directory.path / "__pycache__").rmdir()
    os.utime(directory.path, (1e9, 1e9))
    world.assert_right()
    assert directory.index.parent.is_dir()
    assert not directory.index.exists()


def test_a_directory_where_nothing_is_installed_stays_as_it_is(directory: Directory, world: World) -> None:
    """No `__pycache__` appears in somebody's folder just because it is on `sys.path`."""
    for number in range(100):
        directory.put(f"letter-{number}.txt", "Dear Ada")
    os.utime(directory.path, (1e9, 1e9))
    world.assert_right()
    assert len(list(directory.path.iterdir())) == 100


def test_where_nothing_can_be_written_the_scan_answers(directory: Directory, world: World) -> None:
    """An index that can't be stored is no fault that anybody needs to hear of."""
    directory.install("blog-mail", entry_points=MAIL)
    directory.put("__pycache__", "a file")
    os.utime(directory.path, (1e9, 1e9))
    os.utime(directory.path / "blog_mail-1.0.dist-info/entry_points.txt", (1e9, 1e9))
    assert len(world.assert_right()) == 1


def test_a_directory_that_is_copied_takes_no_index_along(directory: Directory, world: World, tmp_path: Path) -> None:
    """The copy's index is of another directory, whatever its times say."""
    directory.install("blog-mail", entry_points=MAIL)
    directory.settle()
    world.assert_right()
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-a", str(directory.path), str(copy)], check=True)
    edited = copy / "blog_mail-1.0.dist-info" / "entry_points.txt"
    times = os.stat(edited)
    edited.write_text(edited.read_text().replace("blog_mail", "blog_post"))
    os.utime(edited, ns=(times.st_atime_ns, times.st_mtime_ns))
    with world.path(copy):
        (found,) = world.assert_right()
    assert found.entry_points[0].value == "blog_post"


def test_pythons_other_place_for_compiled_files_is_respected(
    directory: Directory, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With PYTHONPYCACHEPREFIX nothing of ours appears beside the packages either."""
    directory.install("blog-mail", entry_points=MAIL)
    directory.settle()
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "cache"))
    world.assert_right()
    world.assert_right()
    assert not directory.index.exists()
    assert [file.name for file in (tmp_path / "cache").rglob("*.index")] == [directory.index.name]


def test_a_distribution_whose_texts_would_break_the_form_is_read_each_time(directory: Directory, world: World) -> None:
    """Separators in a summary or a value end no field: such a distribution is not stored, and still found."""
    directory.install("odd", entry_points="[host.plugins]\nodd\x1fname = m\n", summary="one\x1etwo\x1fthree")
    directory.install("blog-mail", entry_points=MAIL)
    directory.settle()
    world.assert_right()
    assert directory.index.exists()
    assert [distribution.name for distribution in world.assert_right()] == ["blog-mail", "odd"]


def test_what_cannot_be_read_is_said_at_every_start(
    directory: Directory, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """An index does not make the complaint go away, nor does the complaint slow the others down."""
    broken = directory.install("broken", entry_points="[host.plugins]\nno equals sign\n")
    directory.install("blog-mail", entry_points=MAIL)
    directory.settle()
    for _ in range(3):
        caplog.clear()
        assert [distribution.name for distribution in world.found()] == ["blog-mail"]
        assert str(broken) in caplog.text
    assert directory.index.exists()
