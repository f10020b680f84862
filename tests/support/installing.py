"""Writes distributions file for file as pip leaves them: the one place where tests install what is no real package."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import dedent

EntryPoints = Mapping[str, Mapping[str, str]]
"""From groups to names to values."""


def install(
    site: Path,
    name: str,
    version: str = "1.0",
    *,
    entry_points: EntryPoints | str = "",
    modules: Mapping[str, str] | None = None,
    requires: Sequence[str] = (),
    summary: str = "",
) -> Path:
    """Write modules (path → source) and a `.dist-info` into a directory of `sys.path`, and return the latter's path.

    `entry_points` are those of all groups, or the text of `entry_points.txt`; an empty text: there is none.
    """
    metadata = [f"Name: {name}", f"Version: {version}", f"Summary: {summary}"]
    metadata += [f"Requires-Dist: {requirement}" for requirement in requires]
    info = f"{name.replace('-', '_').replace('.', '_')}-{version}.dist-info"
    return install_files(site, info, modules or {}, metadata=metadata, entry_points=entry_points)


def install_files(
    site: Path, info: str, modules: Mapping[str, str], *, metadata: Sequence[str], entry_points: EntryPoints | str
) -> Path:
    """Write modules and a folder `info` with this metadata, and a RECORD that lists them all."""
    files = {
        **{path: dedent(source) for path, source in modules.items()},
        f"{info}/METADATA": "\n".join(["Metadata-Version: 2.1", *metadata]) + "\n\nThe description.\n",
        f"{info}/INSTALLER": "pip\n",
    }
    text = entry_points if isinstance(entry_points, str) else entry_points_text(entry_points)
    if text:
        files[f"{info}/entry_points.txt"] = text
    files[f"{info}/RECORD"] = "".join(f"{file},,\n" for file in [*files, f"{info}/RECORD"])
    for file, content in files.items():
        target = site / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")
    importlib.invalidate_caches()
    return site / info


def entry_points_text(entry_points: EntryPoints) -> str:
    """Return the content of an `entry_points.txt`."""
    lines: list[str] = []
    for group, members in entry_points.items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in members.items())]
    return "\n".join(lines) + "\n"
