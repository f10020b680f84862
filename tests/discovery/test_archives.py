"""Zip archives on `sys.path`: their turn among directories and finders, and what of them can't be read."""

from __future__ import annotations

import errno
import gc
import importlib.metadata
import os
import struct
import sys
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hookcore import discover
from hookcore.plugins import reference
from hookcore.plugins.provided_modules import modules_of

if TYPE_CHECKING:
    from .conftest import Directory, World

GOOD = "[host.plugins]\ngood = good\n"

pytestmark = pytest.mark.usefixtures("zip_archives_are_forgotten")  # the reference keeps them open


def archive(path: Path, *names: str, ending: str = "1.0.dist-info", metadata: str = "Name: {}\nVersion: 1.0\n") -> Path:
    """Write an archive with distributions of these names."""
    with zipfile.ZipFile(path, "w") as bundle:
        for name in names:
            file = "METADATA" if ending.endswith("dist-info") else "PKG-INFO"
            folder = f"{name}{'-' * (ending[0] != '.')}{ending}"
            bundle.writestr(f"{folder}/{file}", metadata.format(name).encode("latin-1"))
            bundle.writestr(f"{folder}/entry_points.txt", GOOD)
    return path


def put_a_finder(monkeypatch: pytest.MonkeyPatch, find: Callable[[], Iterator[object]], *, first: bool) -> None:
    """Put a finder of somebody else's on `sys.meta_path`."""

    class Finder(importlib.metadata.DistributionFinder):
        def find_distributions(self, context: object = None) -> Iterator[importlib.metadata.Distribution]:  # type: ignore[override]
            """Offer distributions."""
            return find()  # type: ignore[return-value]

        def find_spec(self, *_: object) -> None:
            """Know no modules."""

    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path] if first else [*sys.meta_path, Finder()])


@pytest.mark.parametrize("first", [True, False])
def test_a_finder_of_somebody_elses_is_asked_in_its_own_turn(
    tmp_path: Path, world: World, directory: Directory, monkeypatch: pytest.MonkeyPatch, first: bool
) -> None:
    """Once, and not when an archive is looked into: else it would hide the directories behind that."""
    asked: list[None] = []

    class Offered(importlib.metadata.Distribution):
        def read_text(self, filename: str) -> str | None:
            """Return the content of a metadata file."""
            return {"METADATA": "Name: blog-mail\nVersion: 3\n", "entry_points.txt": GOOD}.get(filename)

        def locate_file(self, path: object) -> Path:  # type: ignore[override]
            """Return where a file would be."""
            return Path("/nowhere", str(path))

    def find() -> Iterator[object]:
        asked.append(None)
        yield Offered()

    put_a_finder(monkeypatch, find, first=first)
    directory.install("blog-mail", "1.0", entry_points=GOOD)
    with world.path(archive(tmp_path / "bundle.zip", "other"), directory.path):
        found = world.found()
        assert len(asked) == 1
        assert found == world.expected()
    assert [(one.name, one.version) for one in found] == [("blog-mail", "3" if first else "1.0"), ("other", "1.0")]


@pytest.mark.parametrize("first", [True, False])
def test_a_finder_that_raises_takes_no_archive_along(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, first: bool
) -> None:
    """It is said once, however many archives there are."""

    def find() -> Iterator[object]:
        raise LookupError("no network")

    put_a_finder(monkeypatch, find, first=first)
    with world.path(archive(tmp_path / "one.zip", "one"), archive(tmp_path / "two.zip", "two")):
        assert [found.name for found in world.found()] == ["one", "two"]
    assert [record.getMessage().count("no network") for record in caplog.records] == [1]


@pytest.mark.parametrize("number", [errno.EMFILE, errno.EIO, errno.EACCES])
def test_an_archive_that_the_system_refuses_is_said(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, number: int
) -> None:
    """importlib.metadata, too, finds nothing there, and says nothing. At the next look it may be found."""

    def refuse(path: str, *_: object) -> object:
        raise OSError(number, os.strerror(number), path)

    bundle = archive(tmp_path / "bundle.zip", "mail")
    with world.path(bundle):
        with monkeypatch.context() as patched:
            patched.setattr(reference, "open", refuse, raising=False)
            assert world.found() == []
        (record,) = caplog.records
        assert str(bundle) in record.getMessage()
        assert os.strerror(number) in record.getMessage()
        assert [found.name for found in world.found()] == ["mail"]


def test_a_damaged_archive_is_said(tmp_path: Path, world: World, caplog: pytest.LogCaptureFixture) -> None:
    """One that was not copied to its end; a file that is no archive is nobody's fault."""
    bundle = archive(tmp_path / "bundle.zip", "mail")
    bundle.write_bytes(bundle.read_bytes()[:-30])
    notes, nothing = tmp_path / "notes.txt", tmp_path / "nothing.zip"
    notes.write_text("PK")
    nothing.write_bytes(b"")
    with world.path(notes, nothing, bundle):
        assert world.found() == []
    (record,) = caplog.records
    assert str(bundle) in record.getMessage()


ABOVE_THE_LIMIT = 17 << 20


def bomb(path: Path, file: str, *, compression: int = zipfile.ZIP_DEFLATED, says: int | None = None) -> Path:
    """Write an archive with a plugin, of whose files one is huge, whatever size the archive `says` it has."""
    files = {"METADATA": "Name: mail\nVersion: 1.0\n\n", "entry_points.txt": GOOD + "#", "RECORD": "good.py,,\n"}
    with zipfile.ZipFile(path, "w", compression) as bundle:
        for name, text in files.items():
            more = ABOVE_THE_LIMIT * (4 if name == "RECORD" else 1)
            bundle.writestr(f"mail-1.0.dist-info/{name}", text + "x" * more if name == file else text)
        if says is not None:
            bundle.getinfo(f"mail-1.0.dist-info/{file}").file_size = says
    return path


def archive_with_a_huge_directory(path: Path) -> Path:
    """Write what looks like an archive of half a million files."""
    beginning = b"PK\3\4"
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, ABOVE_THE_LIMIT, len(beginning), 0)
    path.write_bytes(beginning + bytes(ABOVE_THE_LIMIT) + end)
    return path


def most_memory_of(call: Callable[[], object]) -> int:
    """Return how many bytes a call takes at most."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "write",
    [
        lambda path: bomb(path, "entry_points.txt"),
        lambda path: bomb(path, "entry_points.txt", says=30),
        lambda path: bomb(path, "entry_points.txt", says=30, compression=zipfile.ZIP_BZIP2),
        lambda path: bomb(path, "METADATA"),
        lambda path: bomb(path, "METADATA", says=30),
        lambda path: bomb(path, "METADATA", says=30, compression=zipfile.ZIP_LZMA),
        archive_with_a_huge_directory,
    ],
    ids=["entry points", "lying", "bzip2", "metadata", "lying metadata", "lzma", "directory"],
)
def test_what_is_huge_in_an_archive_is_said_and_not_read(
    tmp_path: Path, world: World, caplog: pytest.LogCaptureFixture, write: Callable[[Path], Path]
) -> None:
    """Whatever the archive says of its size; and what lies elsewhere is found."""
    bundle, other = write(tmp_path / "bundle.zip"), archive(tmp_path / "other.zip", "other")
    with world.path(bundle, other):
        assert most_memory_of(discover_nothing_but_other) < ABOVE_THE_LIMIT // 2
    assert {str(bundle) in record.getMessage() for record in caplog.records} == {True}


def discover_nothing_but_other() -> None:
    """Find the plugin that is not in the bomb."""
    assert [plugin.distribution.name for plugin in discover("host")] == ["other"]


@pytest.mark.parametrize("says", [None, 30])
def test_a_huge_list_of_files_in_an_archive_is_as_good_as_absent(
    tmp_path: Path, world: World, says: int | None
) -> None:
    """Who asks which modules are the plugin's learns those of its entry points."""
    with world.path(bomb(tmp_path / "bundle.zip", "RECORD", says=says)):
        (plugin,) = discover("host")
    assert most_memory_of(lambda: modules_of(plugin.distribution)) < ABOVE_THE_LIMIT // 2
    assert modules_of(plugin.distribution) == {"good"}


def test_an_archive_is_read_anew_and_closed(tmp_path: Path, world: World) -> None:
    """Also where another one of the same time is in its place, and with warnings as errors."""
    bundle = archive(tmp_path / "bundle.zip", "one")
    with world.path(bundle), warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [found.name for found in world.found()] == ["one"]
        time = bundle.stat().st_mtime_ns
        archive(bundle, "two")
        os.utime(bundle, ns=(time, time))
        assert [found.name for found in world.found()] == ["two"]
        gc.collect()


@pytest.mark.parametrize("ending", ["1.0.dist-info", "1.0.egg-info", ".egg-info"])
def test_latin_1_metadata_is_read_under_each_name(tmp_path: Path, world: World, ending: str) -> None:
    """Older tools wrote PKG-INFO; and the name by which it hides others is its own."""
    text = "Name: {}\nVersion: 1.0\nSummary: Grüße\n"
    with world.path(archive(tmp_path / "bundle.zip", "mail", ending=ending, metadata=text)):
        (found,) = world.found()
        assert (found.name, found.summary) == ("mail", "Grüße")
    hiding = world.directory(tmp_path / "lib")
    hiding.install("mail", "2.0", entry_points=GOOD)
    with world.path(hiding.path, tmp_path / "bundle.zip"):
        assert [found.version for found in world.found()] == ["2.0"]


def test_what_a_killed_upgrade_left_is_passed_over_in_an_archive_too(
    tmp_path: Path, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Who packs a directory packs that, too."""
    bundle = archive(tmp_path / "bundle.zip", "~ail", metadata="Name: mail\nVersion: 0.9\n")
    lib = world.directory(tmp_path / "lib")
    lib.install("mail", entry_points=GOOD)
    with world.path(bundle, lib.path):
        assert [found.version for found in world.found()] == ["1.0"]
    (record,) = caplog.records
    assert "~ail-1.0.dist-info" in record.getMessage()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="only on systems with pipes")
def test_a_pipe_on_the_path_keeps_nobody_waiting(tmp_path: Path, world: World, directory: Directory) -> None:
    """Python's import system passes over it, too; importlib.metadata waits for somebody who writes."""
    os.mkfifo(tmp_path / "pipe")
    directory.install("good", entry_points=GOOD)
    with world.path(tmp_path / "pipe", "/dev/null", directory.path):
        assert [plugin.name for plugin in discover("host")] == ["good"]


@pytest.mark.parametrize("entry", ["{}", "{}/", "{}//", "{}/."])
def test_an_egg_may_be_written_in_any_way(tmp_path: Path, world: World, entry: str) -> None:
    """importlib.metadata sees no egg in a path that ends in a slash."""
    egg = world.directory(tmp_path / "mail-1.0.egg")
    egg.put("EGG-INFO/PKG-INFO", "Name: mail\nVersion: 1.0\n")
    egg.put("EGG-INFO/entry_points.txt", GOOD)
    with world.path(entry.format(egg.path)):
        assert len(world.assert_right()) == (entry == "{}")
