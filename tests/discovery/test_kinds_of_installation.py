"""Is each way of installing found, and each change of it seen? Real tools where there are any, else their traces."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.environments import Environment, project, skip_without, uv

if TYPE_CHECKING:
    from .conftest import Directory, World

MAIL = "[host.plugins]\nmail = blog_mail\n"


@pytest.mark.environments
def test_pip_installs_upgrades_and_removes(environment: Environment, tmp_path: Path) -> None:
    """Each is seen at the next start."""
    skip_without("hatchling")
    assert environment.ask() == []
    environment.pip("install", str(project(tmp_path / "one")))
    assert environment.ask() == [["blog-mail", "1.0", ["blog_mail"]]]
    environment.pip("install", "--upgrade", str(project(tmp_path / "two", "2.0", "blog_mail:new")))
    assert environment.ask() == [["blog-mail", "2.0", ["blog_mail:new"]]]
    environment.uninstall("blog-mail")
    assert environment.ask() == []


@pytest.mark.environments
@pytest.mark.parametrize("backend", ["hatchling", "setuptools"])
def test_pip_installs_editable(environment: Environment, tmp_path: Path, backend: str) -> None:
    """What `pip install -e` installs is found, and what a second one changes; so is metadata edited in place."""
    skip_without(backend)
    folder = project(tmp_path / "one", backend=backend)
    environment.pip("install", "-e", str(folder))
    assert environment.ask() == [["blog-mail", "1.0", ["blog_mail"]]]
    project(folder, "1.1", "blog_mail:again", backend)
    environment.pip("install", "-e", str(folder))
    assert environment.ask() == [["blog-mail", "1.1", ["blog_mail:again"]]]
    (info,) = environment.packages.glob("blog_mail*.dist-info")
    metadata = (info / "METADATA").read_text()
    (info / "METADATA").write_text(metadata.replace("Version: 1.1", "Version: 1.2"))
    assert environment.ask()[0][1] == "1.2"
    (info / "entry_points.txt").unlink()
    assert environment.ask() == []
    (info / "entry_points.txt").write_text(MAIL)
    os.utime(info, (1e9, 1e9))
    assert environment.ask() == [["blog-mail", "1.2", ["blog_mail"]]]


@pytest.mark.environments
def test_uv_installs(environment: Environment, tmp_path: Path) -> None:
    """uv's links and editable installs are as good as pip's."""
    program = uv()
    if program is None:
        pytest.skip("only on machines with uv")
    skip_without("hatchling")
    options = ["--quiet", "--offline", "--no-deps", "--no-build-isolation", "--python", str(environment.python)]
    for arguments, expected in (
        ([str(project(tmp_path / "one"))], ["blog-mail", "1.0", ["blog_mail"]]),
        (["-e", str(project(tmp_path / "two", "2.0", "blog_mail:new"))], ["blog-mail", "2.0", ["blog_mail:new"]]),
    ):
        subprocess.run([program, "pip", "install", *options, *arguments], check=True)
        assert environment.ask() == [expected]


@pytest.mark.environments
def test_setup_py_develops(environment: Environment, tmp_path: Path) -> None:
    """`setup.py egg_info` rewrites metadata in the source tree, in place: a start from there sees it each time."""
    skip_without("setuptools")
    folder = project(tmp_path / "one", backend="setuptools")
    (environment.packages / "blog_easy.pth").write_text(f"{folder}\n")
    environment.run("setup.py", "-q", "egg_info", folder=folder)
    assert environment.ask() == [["blog-mail", "1.0", ["blog_mail"]]]
    project(folder, "1.1", "blog_mail:again", "setuptools")
    environment.run("setup.py", "-q", "egg_info", folder=folder)
    assert environment.ask() == [["blog-mail", "1.1", ["blog_mail:again"]]]
    environment.run("setup.py", "-q", "develop", "--no-deps", folder=folder)
    assert environment.ask() == [["blog-mail", "1.1", ["blog_mail:again"]]]


def add_entry_points(info: Path) -> None:
    """Give the distribution its first entry points."""
    (info / "entry_points.txt").write_text(MAIL)


def change_requirements(info: Path) -> None:
    """Let the distribution need something else."""
    (info / "entry_points.txt").write_text(MAIL)
    (info / "requires.txt").write_text("other\n[mail]\nmore\n")


def change_version(info: Path) -> None:
    """Let the distribution be a later one."""
    (info / "entry_points.txt").write_text(MAIL)
    (info / "PKG-INFO").write_text("Metadata-Version: 1.0\nName: blog-mail\nVersion: 0.2\n")


@pytest.mark.parametrize("change", [add_entry_points, change_requirements, change_version])
@pytest.mark.parametrize("carries", [True, False])
def test_an_egg_link_leads_to_a_source_tree_that_changes_in_place(
    tmp_path: Path, world: World, change: Callable[[Path], None], carries: bool
) -> None:
    """What older `setup.py develop` left: a link, a path entry, and metadata whose directory stays as it is."""
    packages, source = world.directory(tmp_path / "site-packages"), world.directory(tmp_path / "source")
    packages.put("blog-mail.egg-link", f"{source.path}\n.")
    packages.put("easy-install.pth", f"{source.path}\n")
    info = source.path / "blog_mail.egg-info"
    source.put("blog_mail.egg-info/PKG-INFO", "Metadata-Version: 1.0\nName: blog-mail\nVersion: 0.1\n")
    if carries:
        source.put("blog_mail.egg-info/entry_points.txt", "[host.plugins]\nold = blog_mail\n")
        source.put("blog_mail.egg-info/requires.txt", "pluggy\n")
    with world.path(packages.path, source.path):
        before = world.assert_right()
        assert len(before) == carries
        time_of_directory = source.path.stat().st_mtime_ns
        change(info)
        assert source.path.stat().st_mtime_ns == time_of_directory
        after = world.assert_right()
        assert after != before


def test_an_egg_on_the_path_is_found(tmp_path: Path, world: World) -> None:
    """A directory `name.egg` with its metadata in `EGG-INFO`, as `easy_install` left them."""
    egg = world.directory(tmp_path / "blog_mail-1.0-py3.egg")
    egg.put("EGG-INFO/PKG-INFO", "Metadata-Version: 1.0\nName: Blog.Mail\nVersion: 1.0\n")
    egg.put("EGG-INFO/entry_points.txt", MAIL)
    with world.path(egg.path):
        world.assert_right()
        assert [found.name for found in world.found()] == ["Blog.Mail"]


@pytest.mark.usefixtures("zip_archives_are_forgotten")
@pytest.mark.parametrize("first", [True, False])
def test_a_zip_on_the_path_takes_its_turn(tmp_path: Path, world: World, directory: Directory, first: bool) -> None:
    """Its distributions are importlib.metadata's matter, and hide those of the same name behind them, and no others."""
    archive = tmp_path / "bundle.zip"
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr("blog_mail-2.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: blog-mail\nVersion: 2.0\n")
        bundle.writestr("blog_mail-2.0.dist-info/entry_points.txt", MAIL)
    directory.install("blog-mail", "1.0", entry_points=MAIL)
    directory.install("other", entry_points="[host.plugins]\nother = m\n")
    entries = (archive, directory.path) if first else (directory.path, archive)
    with world.path(*entries):
        found = world.assert_right()
        assert [(one.name, one.version) for one in found] == [
            ("blog-mail", "2.0" if first else "1.0"),
            ("other", "1.0"),
        ]


@pytest.mark.parametrize("first", [True, False])
def test_a_finder_of_somebody_elses_takes_its_turn(
    world: World, directory: Directory, monkeypatch: pytest.MonkeyPatch, first: bool
) -> None:
    """Where it stands on `sys.meta_path` decides which of two distributions of one name counts."""

    class Offered(importlib.metadata.Distribution):
        def read_text(self, filename: str) -> str | None:
            """Return the content of a metadata file."""
            return {"METADATA": "Name: Blog.Mail\nVersion: 3\n", "entry_points.txt": MAIL}.get(filename)

        def locate_file(self, path: object) -> Path:  # type: ignore[override]
            """Return where a file would be."""
            return Path("/nowhere", str(path))

    class Finder(importlib.metadata.DistributionFinder):
        def find_distributions(self, context: object = None) -> list[Offered]:  # type: ignore[override]
            """Offer the one distribution."""
            return [Offered()]

        def find_spec(self, *_: object) -> None:
            """Know no modules."""

    directory.install("blog-mail", "1.0", entry_points=MAIL)
    finders = [Finder(), *sys.meta_path] if first else [*sys.meta_path, Finder()]
    monkeypatch.setattr(sys, "meta_path", finders)
    assert [one.version for one in world.assert_right()] == ["3" if first else "1.0"]


def test_a_finder_that_raises_takes_nobody_along(
    world: World, directory: Directory, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its fault is logged, and what is installed in directories is found."""

    class Finder(importlib.metadata.DistributionFinder):
        def find_distributions(self, context: object = None) -> list[importlib.metadata.Distribution]:  # type: ignore[override]
            """Fail."""
            raise RuntimeError("no network")

        def find_spec(self, *_: object) -> None:
            """Know no modules."""

    directory.install("blog-mail", entry_points=MAIL)
    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])
    assert [one.name for one in world.found()] == ["blog-mail"]
    assert "no network" in caplog.text


@pytest.mark.parametrize("hiding", ["", MAIL.replace("mail =", "hiding ="), "[console_scripts]\nx = m\n"])
def test_a_shadowed_duplicate_does_not_count(tmp_path: Path, world: World, hiding: str) -> None:
    """The first of a name on `sys.path` wins, with entry points or without."""
    first, second = world.directory(tmp_path / "first"), world.directory(tmp_path / "second")
    first.install("Blog.Mail", "2.0", entry_points=hiding)
    second.install("blog-mail", "1.0", entry_points=MAIL)
    second.install("other", "1.0", entry_points="[host.plugins]\nother = m\n")
    with world.path(first.path, second.path):
        found = world.assert_right()
        assert {one.version for one in found if one.name != "other"} <= {"2.0"}


@pytest.mark.skipif(os.name != "posix", reason="only on systems with symbolic links for everybody")
def test_a_lib64_link_is_the_directory_that_it_leads_to(tmp_path: Path, world: World) -> None:
    """Each distribution is found once, at the name that comes first."""
    lib = world.directory(tmp_path / "lib")
    (tmp_path / "lib64").symlink_to("lib")
    lib.install("blog-mail", entry_points=MAIL)
    for entries in ((lib.path, tmp_path / "lib64"), (tmp_path / "lib64", lib.path)):
        with world.path(*entries):
            (found,) = world.assert_right()
            assert found.origin.startswith(str(entries[0]))
