"""Is the answer importlib.metadata's in every environment?"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import importlib_says

from hookcore.plugins.discovery import installed_distributions

if TYPE_CHECKING:
    from .conftest import Directory, World

STEMS = st.sampled_from(["a", "a-1.0", "A-2.0", "a_b-1", "a.b-1.0.post1", "a__b-2", "c-1", "c-1-extra", "d e-1", "é-1"])
ENDINGS = st.sampled_from([".dist-info", ".egg-info", ".dist-info", ".egg", ".DIST-INFO", ".egg-link"])
ENTRY_POINTS = st.lists(
    st.sampled_from(
        [
            "[host.plugins]",
            "[host.receivers]",
            "[console_scripts]",
            "# host.plugins",
            "p = m",
            "q=m.n:a",
            "s.r = m:r [x]",
            "host.plugins = no",
        ]
    ),
    max_size=6,
).map("\n".join)
METADATA = st.builds(
    "Metadata-Version: 2.1\nName: {}\nVersion: {}\n{}\n\nText\n".format,
    st.sampled_from(["a", "A.b", "c"]),
    st.sampled_from(["1.0", "2"]),
    st.sampled_from(["", "Summary: x", "Summary: x\n  y", "Requires-Dist: b\nRequires-Dist: c", "License: x\n y"]),
)
DISTRIBUTIONS = st.fixed_dictionaries(
    {"METADATA": METADATA},
    optional={
        "entry_points.txt": ENTRY_POINTS,
        "PKG-INFO": METADATA,
        "requires.txt": st.sampled_from(["x\n[extra]\ny\n"]),
        "direct_url.json": st.sampled_from(['{"dir_info": {"editable": true}, "url": "file:///x"}']),
    },
)
NAMES = st.builds("{}{}".format, STEMS, ENDINGS) | st.sampled_from(["EGG-INFO", "egg-info"])
DIRECTORIES = st.dictionaries(NAMES, DISTRIBUTIONS, max_size=6)
ENVIRONMENTS = st.lists(st.tuples(st.sampled_from(["lib", "src", "x.egg"]), DIRECTORIES), max_size=4)


def write(directory: Directory, distributions: dict[str, dict[str, str]]) -> None:
    """Put the metadata files into the directory."""
    for name, files in distributions.items():
        for file, content in files.items():
            directory.put(f"{name}/{file}", content)


@settings(max_examples=120)
@given(environment=ENVIRONMENTS, change=DIRECTORIES, data=st.data())
def test_the_answer_is_the_references(
    world: World,
    environment: list[tuple[str, dict[str, dict[str, str]]]],
    change: dict[str, dict[str, str]],
    data: st.DataObject,
) -> None:
    """Names of every kind, in several directories, some twice, as they are and after a change in place."""
    with tempfile.TemporaryDirectory() as root:
        directories = [world.directory(Path(root, name)) for name, _ in environment]
        for directory, (_, distributions) in zip(directories, environment, strict=True):
            write(directory, distributions)
        with world.path(*(directory.path for directory in directories)):
            world.assert_right()
            if directories:
                changed = data.draw(st.sampled_from(directories))
                write(changed, change)
                world.assert_right()


def test_this_environment_is_read_as_the_reference_reads_it() -> None:
    """Whatever is installed for these tests, and in Python's own directories: each group in it."""
    import importlib.metadata

    installed = importlib.metadata.distributions()
    groups = sorted({entry_point.group for found in installed for entry_point in found.entry_points})
    assert "pytest11" in groups
    for group in groups:
        expected = sorted(importlib_says.installed([group]))
        assert sorted(installed_distributions([group])) == expected
    assert sorted(installed_distributions(groups)) == sorted(importlib_says.installed(groups))


def test_many_distributions_are_as_right_as_few(directory: Directory, world: World) -> None:
    """With more than one read takes: plugins among hundreds of others, and groups of every kind."""
    for number in range(400):
        texts = [f"[group-{number % 70}]\nx = m\n"]
        if number % 20 == 0:
            texts.append(f"[host.plugins]\nplugin-{number} = m{number}\n")
        if number % 30 == 0:
            texts.append(f"[host.receivers]\nsaved.r{number} = m{number}:r\n")
        directory.install(f"dist-{number}", entry_points="".join(texts), summary="x" * number)
    found = world.assert_right()
    assert len(found) == len({number for number in range(400) if number % 20 == 0 or number % 30 == 0})


@pytest.mark.parametrize("entry", ["{}", "{}/", "{}/.", "{}//", "{}/../lib", "."])
def test_an_entry_may_be_written_in_any_way(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch, entry: str
) -> None:
    """Origins read as pathlib writes them, whatever stands on `sys.path`."""
    directory = world.directory(tmp_path / "lib")
    directory.install("blog-mail", entry_points="[host.plugins]\nmail = m\n")
    monkeypatch.chdir(directory.path)
    with world.path(entry.format(directory.path)):
        assert len(world.assert_right()) == 1
    with world.path(""):
        assert len(world.assert_right()) == 1
