"""Real installed distributions for the tests of the plugins wing, and plain records where no files are needed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from hookcore.plugins.discovery import Distribution, EntryPoint, InstalledPlugin

EntryPoints = Mapping[str, Mapping[str, str]]


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
        info = self.path / f"{name.replace('-', '_')}-{version}.dist-info"
        metadata = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", f"Summary: {summary}"]
        metadata += [f"Requires-Dist: {requirement}" for requirement in requires]
        files = {
            **(modules or {}),
            f"{info.name}/METADATA": "\n".join(metadata) + "\n\nThe description.\n",
            f"{info.name}/entry_points.txt": entry_points_text(entry_points or {}),
            f"{info.name}/INSTALLER": "pip\n",
        }
        files[f"{info.name}/RECORD"] = "".join(f"{file},,\n" for file in [*files, f"{info.name}/RECORD"])
        for file, content in files.items():
            target = self.path / file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content, encoding="utf-8")
        return info


def entry_points_text(entry_points: EntryPoints) -> str:
    """Return the content of an `entry_points.txt`."""
    lines: list[str] = []
    for group, members in entry_points.items():
        lines.append(f"[{group}]")
        lines += [f"{name} = {value}" for name, value in members.items()]
    return "\n".join(lines) + "\n"


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
