"""Directories of `sys.path` with real metadata in them, old enough to be indexed, and the two answers to compare."""

from __future__ import annotations

import importlib.metadata
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from hookcore.plugins import reference
from hookcore.plugins.discovery import Distribution, installed_distributions
from hookcore.plugins.index.form import FORM

GROUPS = ("host.plugins", "host.receivers")
LONG_AGO = 10  # seconds; what was changed less than two ago is not indexed


class Directory:
    """An entry of `sys.path`, and what a test does to it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)

    def put(self, name: str, content: str | bytes) -> Path:
        """Write a file below the directory."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def install(
        self,
        name: str,
        version: str = "1.0",
        *,
        entry_points: str = "",
        requires: Sequence[str] = (),
        summary: str = "",
        files: Mapping[str, str] | None = None,
    ) -> Path:
        """Write a `.dist-info` as an installer leaves it, and return its path."""
        info = f"{name.replace('-', '_')}-{version}.dist-info"
        headers = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", f"Summary: {summary}"]
        headers += [f"Requires-Dist: {requirement}" for requirement in requires]
        self.put(f"{info}/METADATA", "\n".join(headers) + "\n\nThe description.\n")
        if entry_points:
            self.put(f"{info}/entry_points.txt", entry_points)
        for file, content in (files or {}).items():
            self.put(f"{info}/{file}", content)
        return self.path / info

    def settle(self) -> None:
        """Make everything look as if it had been changed long ago, one second before the last time this was said."""
        (self.path / "__pycache__").mkdir(exist_ok=True)
        then = time.time() - LONG_AGO
        for folder, _, names in os.walk(self.path, topdown=False):
            for name in names:
                os.utime(Path(folder) / name, (then, then), follow_symlinks=False)
            os.utime(folder, (then, then))

    @property
    def index(self) -> Path:
        """Where the directory's index lies, if it has one."""
        return self.path / "__pycache__" / f"hookcore.{sys.implementation.cache_tag}.{FORM}.index"


class World:
    """The machine as discovery sees it: what is on `sys.path`, and what hookcore and the reference say of it."""

    groups = GROUPS

    def directory(self, path: Path) -> Directory:
        """Return a directory, made if it is missing."""
        return Directory(path)

    @contextmanager
    def path(self, *entries: str | Path) -> Iterator[None]:
        """Let `sys.path` be these entries."""
        before = sys.path[:]
        sys.path[:] = [str(entry) for entry in entries]
        try:
            yield
        finally:
            sys.path[:] = before

    def found(self) -> list[Distribution]:
        """Return what hookcore finds."""
        return sorted(installed_distributions(GROUPS))

    def expected(self) -> list[Distribution]:
        """Return what importlib.metadata finds, read anew: it, too, remembers directories by their time."""
        importlib.metadata.FastPath.__new__.cache_clear()  # type: ignore[attr-defined]
        return sorted(reference.installed(GROUPS))

    def assert_right(self) -> list[Distribution]:
        """Check that hookcore's answer is the reference's, to the last field, and return it."""
        found = self.found()
        assert found == self.expected()
        return found


@pytest.fixture(scope="session")
def world() -> World:
    """Give the machine as discovery sees it."""
    return World()


@pytest.fixture(autouse=True)
def no_switch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the index be on, whatever the tests' own environment says."""
    monkeypatch.delenv("HOOKCORE_INDEX", raising=False)


@pytest.fixture
def directory(tmp_path: Path, world: World) -> Iterator[Directory]:
    """Give an empty directory that is all of `sys.path`."""
    made = world.directory(tmp_path / "site-packages")
    with world.path(made.path):
        yield made
