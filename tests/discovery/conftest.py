"""Directories of `sys.path` with real metadata in them, and the two answers to compare."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from support import importlib_says, installing
from support.environments import Environment

from hookcore.plugins.discovery import installed_distributions
from hookcore.plugins.installed import Distribution

GROUPS = ("host.plugins", "host.receivers")


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
        info = installing.install(
            self.path, name, version, entry_points=entry_points, requires=requires, summary=summary
        )
        for file, content in (files or {}).items():
            self.put(f"{info.name}/{file}", content)
        return info


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
        """Return what importlib.metadata finds, read anew."""
        return sorted(importlib_says.installed(GROUPS))

    def assert_right(self) -> list[Distribution]:
        """Check that hookcore's answer is the reference's, to the last field, and return it."""
        found = self.found()
        assert found == self.expected()
        return found


@pytest.fixture(scope="session")
def world() -> World:
    """Give the machine as discovery sees it."""
    return World()


@pytest.fixture
def directory(tmp_path: Path, world: World) -> Iterator[Directory]:
    """Give an empty directory that is all of `sys.path`."""
    made = world.directory(tmp_path / "site-packages")
    with world.path(made.path):
        yield made


@pytest.fixture(scope="session")
def shared_environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Give one virtual environment for all tests into which real tools install."""
    return Environment(tmp_path_factory.mktemp("environment") / "v")


@pytest.fixture
def environment(shared_environment: Environment) -> Iterator[Environment]:
    """Give the environment, with nothing of another test in it."""
    shared_environment.clear()
    yield shared_environment
    shared_environment.clear()
