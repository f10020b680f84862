"""Real installed distributions for the tests of the plugins wing, and plain records where no files are needed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from support import installing
from support.installing import EntryPoints

from hookcore.plugins.installed import Distribution, EntryPoint, InstalledPlugin


class SitePackages:
    """A directory on `sys.path` into which a test installs distributions, file for file as pip leaves them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def install(
        self,
        name: str,
        version: str = "1.0",
        *,
        entry_points: EntryPoints | None = None,
        modules: Mapping[str, str] | None = None,
        requires: Sequence[str] = (),
        summary: str = "",
    ) -> Path:
        """Write the modules (path → source) and the `.dist-info`, and return the latter's path."""
        return installing.install(
            self.path,
            name,
            version,
            entry_points=entry_points or {},
            modules=modules,
            requires=requires,
            summary=summary,
        )


@pytest.fixture
def site_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SitePackages]:
    """Give an empty directory at the front of `sys.path`; what is imported from it is forgotten afterwards."""
    path = tmp_path / "site-packages"
    path.mkdir()
    monkeypatch.syspath_prepend(path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)
    yield SitePackages(path)
    for name in set(sys.modules) - before:
        if str(path) in str(getattr(sys.modules[name], "__spec__", "")):
            del sys.modules[name]


MakePlugin = Callable[..., InstalledPlugin]


@pytest.fixture(scope="session")
def make_plugin() -> MakePlugin:
    """Give a function that makes the record of an installed plugin, with no files behind it."""

    def make(
        name: str, distribution: str | None = None, *, requires: Sequence[str] = (), value: str = "module"
    ) -> InstalledPlugin:
        entry_point = EntryPoint("host.plugins", name, value)
        carrier = Distribution(distribution or name, "1.0", "", tuple(requires), "/site-packages", (entry_point,))
        return InstalledPlugin(name, carrier, entry_point)

    return make
