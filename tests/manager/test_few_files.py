"""Through how many files goes a start, or an `enable()`? Whoever carries the code on has to read them all."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from types import FrameType

import pytest

import hookcore
from hookcore.manager.records import PluginRecord

HOUSE = str(Path(hookcore.__path__[0]))
FILES_OF_A_START = 25
FILES_OF_AN_ENABLE = 12
FILES_ON_THE_WAY_OF_A_NAME = 5


def watch(call: Callable[[], object], seen: Callable[[FrameType], None]) -> None:
    """Show each function of ours that a call enters; none of a module that is imported, or of another test's rest."""

    def look(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(HOUSE) and code.co_name != "<module>":
            seen(frame)

    gc.collect()
    gc.disable()
    sys.setprofile(look)
    try:
        call()
    finally:
        sys.setprofile(None)
        gc.enable()


def files_of(call: Callable[[], object]) -> set[str]:
    """Return the files in which any function of ours runs."""
    files: set[str] = set()
    watch(call, lambda frame: files.add(frame.f_code.co_filename))
    return files


def stays_on_the_way_to(frame: FrameType | None) -> list[str]:
    """Return the files through which the calls go that lead to a frame, from the outermost on."""
    way: list[str] = []
    while frame is not None:
        if frame.f_code.co_filename.startswith(HOUSE):
            way.append(frame.f_code.co_filename)
        frame = frame.f_back
    return [file for file, _ in groupby(reversed(way))]


def carries(frame: FrameType, name: str) -> bool:
    """Tell whether a function is given a plugin: by its name, or as what is known of it."""
    for value in list(frame.f_locals.values()):
        if isinstance(value, str) and value == name:
            return True
        if isinstance(value, (PluginRecord, hookcore.InstalledPlugin)) and value.name == name:
            return True
    return False


@pytest.fixture
def manager(garden) -> hookcore.PluginManager:
    """A manager of two plugins, not started."""
    garden.install("ant")
    garden.install("bee")
    return garden.manager()


def test_a_start_goes_through_few_files(manager, monkeypatch):
    """Of the whole package; with the scan, the config and the signals that plugins connect to. Nobody reads a log."""
    monkeypatch.delitem(sys.modules, "logging")

    assert len(files_of(manager.start)) <= FILES_OF_A_START


def test_an_enable_goes_through_few_files(manager):
    """Of a plugin that was running before."""
    manager.start()
    manager.disable("bee")

    assert len(files_of(lambda: manager.enable("bee"))) <= FILES_OF_AN_ENABLE


def test_a_name_goes_one_way_through_an_enable(manager):
    """Through few files, and back to none that it has left: so it can be followed from the top of each to the next."""
    ways: list[list[str]] = []

    def follow(frame: FrameType) -> None:
        if carries(frame, "bee"):
            ways.append(stays_on_the_way_to(frame))

    manager.start()
    manager.disable("bee")
    watch(lambda: manager.enable("bee"), follow)
    assert max(map(len, ways)) in range(2, FILES_ON_THE_WAY_OF_A_NAME + 1)
    assert [way for way in ways if len(set(way)) < len(way)] == []
