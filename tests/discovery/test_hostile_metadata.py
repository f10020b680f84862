"""What if metadata are not what an installer wrote? One distribution's fault takes nobody along, and runs nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hookcore import discover

if TYPE_CHECKING:
    from .conftest import Directory, World

PLUGIN = b"[host.plugins]\nmail = evil_mail\n"
HEADERS = b"Name: hostile\nVersion: 1\nSummary: Says nothing\n"
GOOD = "[host.plugins]\ngood = good\n"
ENTRY_POINT_LINES = st.sampled_from(
    [
        b"[host.plugins]",
        b"[host.receivers]",
        b"mail = evil_mail",
        b"s.r=evil_mail:r [x]",
        b"# no",
        b"no equals",
        b"[",
        b"=",
        b"\xff",
        b"\x00",
        b"\xef\xbb\xbf[host.plugins]",
        b"evil = evil_mail; import evil_mail",
        b" = ",
        b"a" * 70000,
        b"\r",
    ]
)
HEADER_LINES = st.sampled_from(
    [
        b"Name: hostile",
        b"Name: good",
        b"Name:",
        b"Version: 1",
        b"Version: evil_mail",
        b"Summary: a",
        b"  folded",
        b"",
        b"\xff",
        b"Requires-Dist: good",
        b"Requires-Dist: ;;;",
        b"From x",
        b"\x00",
        b"no colon",
        b"Name: \xc3\xa4",
        b"a" * 70000,
        b"\r",
    ]
)


def text_of(lines: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Generate texts of such lines, and texts of anything."""
    ends = st.sampled_from([b"\n", b"\r\n", b"\r", b"\x0c"])
    return ends.flatmap(lambda end: st.lists(lines | st.binary(max_size=8), max_size=8).map(end.join))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    entry_points=text_of(ENTRY_POINT_LINES) | st.just(PLUGIN),
    metadata=text_of(HEADER_LINES) | st.just(HEADERS.replace(b"\n", b"\r\n")),
)
@example(entry_points=PLUGIN, metadata=HEADERS)
@example(entry_points=PLUGIN, metadata=HEADERS.replace(b"\n", b"\r\n"))
@example(entry_points=PLUGIN, metadata=b"\xff")
def test_no_metadata_take_the_others_along(
    directory: Directory, world: World, entry_points: bytes, metadata: bytes
) -> None:
    """Whatever two files hold: nothing raises or is imported, and the honest plugin is found."""
    directory.install("good", entry_points=GOOD)
    directory.put("evil_mail.py", "raise AssertionError('it ran')")
    directory.put("hostile-1.0.dist-info/METADATA", metadata)
    directory.put("hostile-1.0.dist-info/entry_points.txt", entry_points)
    before = set(sys.modules)
    answer = world.found()
    assert [
        plugin.name for plugin in discover("host") if plugin.distribution.origin.endswith("good-1.0.dist-info")
    ] == ["good"]
    assert not [name for name in set(sys.modules) - before if name.startswith(("evil", "good"))]
    try:
        expected = world.expected()
    except Exception:  # the reference gives up on all of them; ours leaves out the one
        expected = [found for found in answer if found.name == "good"][:1]
    assert answer == expected


def test_long_files_are_read_to_their_end(directory: Directory, world: World) -> None:
    """What counts may stand behind more than one read takes."""
    scripts = "".join(f"script-{number} = m:main\n" for number in range(10_000))
    requires = [f"library-{number}" for number in range(10_000)]
    directory.install("long", entry_points=f"[console_scripts]\n{scripts}{GOOD}", requires=requires)
    (found,) = world.assert_right()
    assert (found.entry_points[-1].group, found.requirements[-1]) == ("host.plugins", "library-9999")


@pytest.mark.skipif(os.name != "posix", reason="only on systems with pipes and devices")
@pytest.mark.parametrize("file", ["entry_points.txt", "METADATA"])
@pytest.mark.parametrize("kind", ["pipe", "folder", "dangling link", "loop"])
def test_metadata_that_are_no_file_keep_nobody_waiting(
    directory: Directory, world: World, file: str, kind: str
) -> None:
    """A pipe has no writer, a link no end: the honest plugin is found all the same."""
    directory.install("good", entry_points=GOOD)
    info = directory.install("hostile", entry_points="[host.plugins]\nmail = evil_mail\n")
    place = info / file
    place.unlink()
    make = {
        "pipe": os.mkfifo,
        "folder": os.mkdir,
        "dangling link": lambda path: os.symlink("nowhere", path),
        "loop": lambda path: os.symlink(Path(path).name, path),
    }
    make[kind](place)
    assert "good" in [found.name for found in world.found()]


@pytest.mark.skipif(os.name != "posix", reason="only on systems with pipes")
def test_what_somebody_writes_into_a_pipe_is_no_metadata(directory: Directory) -> None:
    """Whoever has the pipe may write another text each time."""
    info = directory.install("hostile", entry_points=GOOD)
    (info / "entry_points.txt").unlink()
    os.mkfifo(info / "entry_points.txt")
    end = os.open(info / "entry_points.txt", os.O_RDWR | os.O_NONBLOCK)
    try:
        os.write(end, GOOD.encode())
        assert discover("host") == ()
    finally:
        os.close(end)
