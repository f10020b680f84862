"""Is the answer importlib.metadata's after each change that real installers make? Asked of fresh processes."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import installing
from support.environments import Environment

if TYPE_CHECKING:
    from .conftest import Directory, World

pytestmark = pytest.mark.environments

Change = tuple[str, str]
"""A version, and the value of its entry point; an empty value: it has none."""

CHANGES: tuple[Change, ...] = (("1.0", ""), ("1.0", "blog_mail"), ("2.0", "blog_mail:new"), ("2.0", ""))


def files_of(change: Change) -> dict[str, str]:
    """Return the files of the distribution in some state, as a wheel holds them."""
    version, value = change
    return installing.distribution(
        installing.info_of("blog-mail", version),
        {"blog_mail.py": f"VERSION = {version!r}\n"},
        metadata=installing.metadata_of("blog-mail", version, summary="Mail"),
        entry_points=entry_points_of(value),
        more={"WHEEL": installing.WHEEL},
    )


def entry_points_of(value: str) -> str:
    """Return the content of an `entry_points.txt`; an empty value means that there is none."""
    return f"[host.plugins]\nmail = {value}\n" if value else ""


def wheel(folder: Path, change: Change) -> Path:
    """Write a wheel."""
    version, value = change
    modules = {"blog_mail.py": f"VERSION = {version!r}\n"}
    return installing.wheel(folder, "blog-mail", version, entry_points=entry_points_of(value), modules=modules)


def tree(folder: Path, change: Change) -> Path:
    """Write the files as an installer leaves them, into a new directory."""
    shutil.rmtree(folder, ignore_errors=True)
    installing.write(folder, files_of(change))
    return folder


def answer(change: Change) -> list[list[object]]:
    """Return what is to be found in some state."""
    return [["blog-mail", change[0], [change[1]]]] if change[1] else []


def tool(name: str) -> str:
    """Return the path of a program, or skip."""
    path = shutil.which(name, path=f"{Path(sys.executable).parent}:/usr/sbin:/sbin:/usr/bin:/bin")
    if path is None:
        pytest.skip(f"only on machines with {name}")
    return path


@pytest.mark.parametrize("installer", ["pip", "uv copy", "uv hardlink", "uv symlink", "uv clone"])
def test_after_each_change_by_an_installer_of_wheels(environment: Environment, tmp_path: Path, installer: str) -> None:
    """Installed, installed anew with an entry point, upgraded, installed anew without, removed."""
    program, _, mode = installer.partition(" ")

    def uv(command: str, *arguments: str) -> None:
        line = [tool("uv"), "pip", command, "--python", str(environment.python), *arguments]
        subprocess.run(line, check=True, env={"UV_CACHE_DIR": str(tmp_path / "cache"), "HOME": str(tmp_path)})

    for number, change in enumerate(CHANGES):
        path = wheel(tmp_path / str(number), change)
        if program == "pip":
            environment.pip("install", "--force-reinstall", str(path))
        else:
            options = ["--quiet", "--offline", "--no-deps", "--reinstall", "--link-mode", mode]
            uv("install", *options, str(path))
        assert environment.ask() == answer(change)
    if program == "pip":
        environment.uninstall("blog-mail")
    else:
        uv("uninstall", "--quiet", "blog-mail")
    assert environment.ask() == []


def by_cp(source: Path, target: Path) -> None:
    """Copy with all times as they were."""
    subprocess.run(["cp", "-a", f"{source}/.", str(target)], check=True)


def by_rsync(source: Path, target: Path) -> None:
    """Bring the target into the source's state, and remove what is not there."""
    subprocess.run([tool("rsync"), "-a", "--delete", f"{source}/", str(target)], check=True)


def by_unzip(source: Path, target: Path) -> None:
    """Unpack an archive over what is there."""
    archive = shutil.make_archive(str(source), "zip", source)
    subprocess.run([tool("unzip"), "-qo", archive, "-d", str(target)], check=True)


def by_git(source: Path, target: Path) -> None:
    """Check out another commit of a repository that holds installed packages."""
    git = [tool("git"), "-C", str(target), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    if not (target / ".git").exists():
        subprocess.run([*git, "init", "-q"], check=True)
    branch = source.name
    subprocess.run([*git, "checkout", "-q", "--orphan", f"state-{branch}"], check=True)
    subprocess.run([*git, "rm", "-rfq", "--ignore-unmatch", "."], check=True)
    by_cp(source, target)
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-qm", branch], check=True)


def by_dpkg(source: Path, target: Path) -> None:
    """Build a Debian package and install it below another root, over the one before."""
    dpkg, dpkg_deb = tool("dpkg"), tool("dpkg-deb")
    package = source.with_name(f"{source.name}-deb")
    by_copy = package / target.relative_to(target.anchor)
    by_copy.mkdir(parents=True)
    by_cp(source, by_copy)
    (package / "DEBIAN").mkdir()
    (package / "DEBIAN" / "control").write_text(
        f"Package: python3-blog-mail\nVersion: 1.{source.name}\nArchitecture: all\nMaintainer: x <x@example.org>\n"
        "Description: mail\n"
    )
    archive = source.with_suffix(".deb")
    subprocess.run([dpkg_deb, "--root-owner-group", "-b", str(package), str(archive)], check=True, capture_output=True)
    admin = target.parent / "dpkg"
    for folder in ("info", "updates", "triggers"):
        (admin / folder).mkdir(parents=True, exist_ok=True)
    for file in ("status", "available"):
        (admin / file).touch()
    options = [f"--admindir={admin}", "--instdir=/", "--force-not-root", "--force-all", f"--log={admin / 'log'}"]
    subprocess.run([dpkg, *options, "-i", str(archive)], check=True, capture_output=True)


@pytest.mark.parametrize("copy", [by_cp, by_rsync, by_unzip, by_git, by_dpkg])
def test_after_each_change_by_a_tool_that_copies_files(
    environment: Environment, tmp_path: Path, copy: Callable[[Path, Path], None]
) -> None:
    """The same changes; where the tool leaves files of the state before, both answers say so."""
    target = tmp_path / "packages"
    target.mkdir()
    (environment.packages / "blog_copied.pth").write_text(f"{target}\n")
    removes = copy not in (by_cp, by_unzip)  # those leave version 1.0 beside its successor
    for number, change in enumerate(CHANGES):
        copy(tree(tmp_path / "sources" / str(number), change), target)
        found = environment.ask()
        if removes or number < 2:
            assert found == answer(change)


FILES = sorted(file for file in files_of(CHANGES[1]) if "/" in file)


@pytest.mark.parametrize(
    "order", list(itertools.permutations(FILES)), ids=lambda order: "-".join(f[-6:] for f in order)
)
def test_at_each_moment_of_a_slow_installation_and_a_slow_removal(
    directory: Directory, world: World, order: tuple[str, ...]
) -> None:
    """A folder that is there before its files, and after them: the same answer, and found as soon as it can be."""
    texts = files_of(CHANGES[1])
    (directory.path / "blog_mail-1.0.dist-info").mkdir()
    world.assert_right()
    for file in order:
        directory.put(file, texts[file])
        found = world.assert_right()
    assert [(one.name, one.version) for one in found] == [("blog-mail", "1.0")]
    for file in order:
        (directory.path / file).unlink()
        world.assert_right()


def test_the_interpreters_own_directories(world: World) -> None:
    """What came with this Python, and what was installed beside the tests."""
    with world.path(*{sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}):
        world.assert_right()
