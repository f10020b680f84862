"""What is not found as importlib.metadata finds it, or as its author means it, is said: with its path, and once."""

from __future__ import annotations

import errno
import importlib.metadata
import logging
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hookcore import discover

if TYPE_CHECKING:
    from .conftest import Directory, World

GOOD = "[host.plugins]\ngood = good\n"


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Give what hookcore warned of."""
    caplog.set_level(logging.WARNING, logger="hookcore")
    return lambda: [record.getMessage() for record in caplog.records]


def names(project: str = "host") -> list[str]:
    """Return the names of the plugins that are found."""
    return [plugin.name for plugin in discover(project)]


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.EIO, errno.EACCES, errno.ESTALE, errno.ELOOP])
@pytest.mark.parametrize("function", ["open", "listdir", "stat", "read"])
def test_what_the_system_refuses_is_said(
    directory: Directory, monkeypatch: pytest.MonkeyPatch, said: Callable[[], list[str]], function: str, number: int
) -> None:
    """Too many open files, an I/O error, no permission: a warning with the path, never 'nothing is installed'."""
    directory.install("good", entry_points=GOOD)

    def refuse(*arguments: Any, **_: Any) -> Any:
        raise OSError(number, os.strerror(number), str(arguments[0]))

    with monkeypatch.context() as patched:
        patched.setattr(os, function, refuse)
        found = discover("host")
    assert found == ()
    (sentence,) = said()
    assert str(directory.path) in sentence
    assert os.strerror(number) in sentence


def test_too_many_open_files_are_said_by_a_process_that_has_no_more(directory: Directory) -> None:
    """Even where the `logging` module can't be read any more."""
    directory.install("good", entry_points=GOOD)
    program = (
        "import os, sys\nfrom hookcore import discover\n"
        f"sys.path.append({str(directory.path)!r})\n"
        "assert 'logging' not in sys.modules\n"
        "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))\n"
        "kept = []\n"
        "try:\n    while True: kept.append(os.open('/dev/null', os.O_RDONLY))\n"
        "except OSError: pass\n"
        "print(discover('host'))"
    )
    import hookcore

    path = os.pathsep.join([str(Path(hookcore.__path__[0]).parent), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert "Too many open files" in done.stderr, done.stderr
    assert str(directory.path) in done.stderr


def test_no_file_stays_open(directory: Directory) -> None:
    """However many directories and distributions there are."""
    for number in range(50):
        directory.install(f"good-{number}", entry_points=GOOD)
    before = set(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else set()
    discover("host")
    assert (set(os.listdir("/proc/self/fd")) if before else set()) == before


def test_nothing_is_asked_twice(directory: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    """One listing, one `entry_points.txt` each, METADATA of those that carry what was asked for."""
    directory.install("good", entry_points=GOOD)
    directory.install("other", entry_points="[console_scripts]\nx = m\n")
    directory.install("plain")
    asked: list[str] = []
    for function in ("open", "listdir"):
        real = getattr(os, function)

        def note(path: str, *arguments: Any, real: Any = real) -> Any:
            asked.append(os.path.relpath(path, directory.path))
            return real(path, *arguments)

        monkeypatch.setattr(os, function, note)
    assert names() == ["good"]
    assert sorted(asked) == sorted(
        [
            ".",
            "good-1.0.dist-info/entry_points.txt",
            "good-1.0.dist-info/METADATA",
            "good-1.0.dist-info/requires.txt",
            "other-1.0.dist-info/entry_points.txt",
            "plain-1.0.dist-info/entry_points.txt",
        ]
    )


@pytest.mark.parametrize(
    "group",
    [
        "conf_desk.plugin", "conf-desk.plugins", "Conf_Desk.Plugins", "conf.desk.plugins", "confdesk.plugins",
        "conf_desk.receiver", "CONF_DESK.RECEIVERS", "conf_desk_plugins", "conf_desk-plugins", "conf_desk:plugins",
        "conf_desk.pluggins", "conf_desk.plugns", "conf_desk.recievers", "conf_desk.plug-ins", "conf_desk.plugins.",
    ],
)  # fmt: skip
@pytest.mark.parametrize("beside", ["", "[conf_desk.plugins]\nright = right\n"])
def test_a_group_that_is_ours_but_for_its_spelling_is_said_with_the_right_name(
    directory: Directory, said: Callable[[], list[str]], group: str, beside: str
) -> None:
    """Case, separators, a plural, a slip in the last word; alone, or beside a group that is spelt right."""
    info = directory.install("desk-mail", entry_points=f"{beside}[{group}]\nmail = mail\n")
    assert names("conf_desk") == ["right"] * bool(beside)
    (sentence,) = said()
    right = "conf_desk.receivers" if "rec" in group.lower() else "conf_desk.plugins"
    assert (repr(group) in sentence, repr(right) in sentence, str(info) in sentence) == (True, True, True)


@pytest.mark.parametrize(
    "group",
    ["shop.themes", "shop.drivers", "shop.logins", "shopx.plugins", "shop", "workshop.plugins", "shop.plugins.extra",
     "shop.admin.plugins", "console_scripts", "hop.plugins"],
)  # fmt: skip
def test_a_group_of_somebody_elses_is_not_said(directory: Directory, said: Callable[[], list[str]], group: str) -> None:
    """Other groups of the same host, and those of hosts with similar names."""
    directory.install("other", entry_points=f"[{group}]\nx = m\n[shop.plugins]\ngood = good\n")
    directory.install("another", entry_points=f"[{group}]\nx = m\n")
    assert names("shop") == ["good"]
    assert said() == []


@pytest.mark.parametrize("leftover", ["~ood", "~-ood", "~~od"])
def test_what_a_killed_upgrade_left_is_passed_over_as_pip_does(
    directory: Directory, said: Callable[[], list[str]], leftover: str
) -> None:
    """pip puts a `~` in front of what it is about to remove."""
    os.rename(directory.install("good", entry_points=GOOD), directory.path / f"{leftover}-1.0.dist-info")
    assert names() == []
    (sentence,) = said()
    assert f"{leftover}-1.0.dist-info" in sentence
    directory.install("good", "2.0", entry_points=GOOD)
    assert names() == ["good"]


@pytest.mark.parametrize("emptied", ["", "1.0", "2.0"])
def test_two_of_one_name_in_one_directory_are_told_apart_by_their_paths(
    directory: Directory, world: World, said: Callable[[], list[str]], emptied: str
) -> None:
    """An upgrade that went half way: which of the two counts is the file system's choice, so it is said."""
    paths = [directory.install("good", version, entry_points=GOOD) for version in ("1.0", "2.0")]
    for file in (directory.path / f"good-{emptied}.dist-info").glob("*"):
        file.unlink()
    world.assert_right()
    assert len(said()) == 1
    assert all(str(path) in said()[0] for path in paths)


@pytest.mark.usefixtures("zip_archives_are_forgotten")
@pytest.mark.parametrize("archived", [False, True])
def test_latin_1_metadata_is_read(tmp_path: Path, world: World, archived: bool) -> None:
    """Whoever only loads entry points never notices it, as pluggy's loader doesn't."""
    metadata = "Metadata-Version: 2.1\nName: good\nVersion: 3\nSummary: Grüße\nRequires-Dist: x\n".encode("latin-1")
    if archived:
        place = tmp_path / "bundle.zip"
        with zipfile.ZipFile(place, "w") as bundle:
            bundle.writestr("good-3.dist-info/METADATA", metadata)
            bundle.writestr("good-3.dist-info/entry_points.txt", GOOD)
    else:
        directory = world.directory(tmp_path / "lib")
        place = directory.path
        directory.put("good-3.dist-info/METADATA", metadata)
        directory.put("good-3.dist-info/entry_points.txt", GOOD)
    with world.path(place):
        (found,) = world.found()
    assert (found.name, found.version, found.summary, found.requirements) == ("good", "3", "Grüße", ("x",))


@pytest.mark.usefixtures("zip_archives_are_forgotten")
@pytest.mark.parametrize("damage", [b"\xff\xfe[host.plugins]\nbad = bad\n", b"[host.plugins]\nno equals\n"])
def test_one_that_is_damaged_in_an_archive_takes_nobody_along(
    tmp_path: Path, world: World, said: Callable[[], list[str]], damage: bytes
) -> None:
    """It is said with its path, as in a directory."""
    archive = tmp_path / "bundle.zip"
    with zipfile.ZipFile(archive, "w") as bundle:
        for name, text in (("bad", damage), ("good", GOOD.encode())):
            bundle.writestr(f"{name}-1.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
            bundle.writestr(f"{name}-1.dist-info/entry_points.txt", text)
    with world.path(archive):
        assert [found.name for found in world.found()] == ["good"]
    (sentence,) = said()
    assert "bad-1.dist-info" in sentence


@pytest.mark.skipif(os.name != "posix", reason="only on systems with pipes and devices")
@pytest.mark.parametrize("file", ["entry_points.txt", "METADATA"])
@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda path: os.mkfifo(path), id="pipe"),
        pytest.param(lambda path: os.symlink("/dev/zero", path), id="device without an end"),
        pytest.param(lambda path: os.symlink("/dev/null", path), id="empty device"),
        pytest.param(lambda path: (path.touch(), os.truncate(path, 200 << 30)), id="sparse file"),
    ],
)
def test_what_is_no_file_of_a_right_size_is_said(
    directory: Directory, said: Callable[[], list[str]], file: str, make: Callable[[Path], object]
) -> None:
    """It keeps nobody waiting and fills no memory."""
    directory.install("good", entry_points=GOOD)
    place = directory.install("bad", entry_points="[host.plugins]\nbad = bad\n") / file
    place.unlink()
    make(place)
    assert names() == ["good"]
    (sentence,) = said()
    assert str(place) in sentence


UNPRINTABLE = [
    "\x1b[1A\x1b[2K",
    "\x9b2J",
    "\u202e",
    "\u2066",
    "\u200b",
    "\ufeff",
    "\x07",
    "\x7f",
    "\u2028",
    "\x85",
    "\xad",
]


@pytest.mark.parametrize("text", UNPRINTABLE)
def test_text_from_metadata_is_shown_as_text(directory: Directory, text: str) -> None:
    """Names, versions, summaries, requirements: what does not print is written as an escape."""
    inline = text not in ("\u2028", "\x85")  # these end a line of entry_points.txt
    name = f"x{text}y" if inline else "xy"
    directory.install(
        "good",
        entry_points=f"[host.plugins]\n{name} = good\n",
        summary=f"a{text}b",
        requires=[f"r{text}"],
    )
    (plugin,) = discover("host")
    distribution = plugin.distribution
    shown = [plugin.name, distribution.summary, *distribution.requirements, str(plugin), plugin.entry_point.value]  # type: ignore[union-attr]
    assert all(one.isprintable() for one in shown), shown
    assert distribution.summary == f"a{ascii(text)[1:-1]}b"


def test_a_vanished_current_directory_is_nobodys_fault(
    tmp_path: Path, directory: Directory, world: World, monkeypatch: pytest.MonkeyPatch, said: Callable[[], list[str]]
) -> None:
    """The import system, too, passes over it."""
    directory.install("good", entry_points=GOOD)
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with world.path("", directory.path):
        assert names() == ["good"]
    assert said() == []


class Finders:
    """Finders that raise, each in its way."""

    class AtOnce:
        """Raises when it is asked."""

        def find_distributions(self, *_: object, **__: object) -> Iterator[object]:
            """Fail."""
            raise RuntimeError("no network")

        def find_spec(self, *_: object) -> None:
            """Know no modules."""

    class Later(AtOnce):
        """Raises while its answer is read."""

        def find_distributions(self, *_: object, **__: object) -> Iterator[object]:
            """Fail after nothing."""
            yield from ()
            raise LookupError("no network")

    class Nonsense(AtOnce):
        """Offers what is no distribution."""

        def find_distributions(self, *_: object, **__: object) -> Iterator[object]:
            """Offer a number."""
            yield 42

    class Nothing(AtOnce):
        """Offers no iterable."""

        def find_distributions(self, *_: object, **__: object) -> Any:
            """Return None."""

    class Lazy:
        """Raises when it is looked at, whatever one asks."""

        def __getattr__(self, name: str) -> object:
            if name == "find_distributions":
                raise RuntimeError("no network")
            raise AttributeError(name)

        def __repr__(self) -> str:
            raise RuntimeError("no network")

        def find_spec(self, *_: object) -> None:
            """Know no modules."""

    class Exits(AtOnce):
        """Ends the process."""

        def find_distributions(self, *_: object, **__: object) -> Any:
            """Exit."""
            sys.exit("no network")

    class Unspeakable(AtOnce):
        """Raises what cannot be shown."""

        def find_distributions(self, *_: object, **__: object) -> Any:
            """Fail."""

            class UnspeakableError(Exception):
                def __str__(self) -> str:
                    raise RuntimeError

            raise UnspeakableError

        def __repr__(self) -> str:
            raise RuntimeError


@pytest.mark.parametrize(
    "finder",
    [
        Finders.AtOnce,
        Finders.Later,
        Finders.Nonsense,
        Finders.Nothing,
        Finders.Lazy,
        Finders.Exits,
        Finders.Unspeakable,
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_a_finder_that_raises_is_said(
    directory: Directory,
    monkeypatch: pytest.MonkeyPatch,
    said: Callable[[], list[str]],
    finder: Callable[[], object],
    first: bool,
) -> None:
    """What others find is found."""
    directory.install("good", entry_points=GOOD)
    monkeypatch.setattr(sys, "meta_path", [finder(), *sys.meta_path] if first else [*sys.meta_path, finder()])
    assert names() == ["good"]
    assert len(said()) == 1


def test_an_alarm_while_directories_are_looked_through_is_no_finders_fault(
    directory: Directory, monkeypatch: pytest.MonkeyPatch, said: Callable[[], list[str]]
) -> None:
    """It passes, as Ctrl-C does, and what is installed is not taken for missing."""

    class Alarm(BaseException):
        pass

    def ring(path: str) -> list[str]:
        raise Alarm

    directory.install("good", entry_points=GOOD)
    with monkeypatch.context() as patched:
        patched.setattr(os, "listdir", ring)
        with pytest.raises(Alarm):
            discover("host")
    assert (names(), said()) == (["good"], [])


@pytest.mark.parametrize("broken", ["unreadable", "without files", "no distribution"])
def test_one_broken_distribution_of_a_finder_takes_nobody_along(
    directory: Directory, monkeypatch: pytest.MonkeyPatch, said: Callable[[], list[str]], broken: str
) -> None:
    """Those that the finder offers before and after it are found."""

    class Offered(importlib.metadata.Distribution):
        def __init__(self, name: str) -> None:
            self.called = name

        def read_text(self, filename: str) -> str | None:
            """Return the content of a metadata file."""
            if self.called == "unreadable":
                raise OSError("no network")
            return {
                "METADATA": f"Name: {self.called}\nVersion: 3\n",
                "entry_points.txt": GOOD.replace("good =", f"{self.called.replace(' ', '-')} ="),
            }.get(filename)

        def locate_file(self, path: object) -> Path:  # type: ignore[override]
            """Return where a file would be, if there were one."""
            raise NotImplementedError

    class Finder(Finders.AtOnce):
        def find_distributions(self, *_: object, **__: object) -> Iterator[object]:
            """Offer three."""
            yield from (Offered("first"), "text" if broken == "no distribution" else Offered(broken), Offered("last"))

    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder()])
    assert names() == ["first", "last", *["without-files"] * (broken == "without files")]
    assert len(said()) == (broken != "without files")
