"""Writes distributions file for file as pip leaves them, and wheels: what tests install that no build tool has made."""

from __future__ import annotations

import base64
import hashlib
import importlib
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import dedent

EntryPoints = Mapping[str, Mapping[str, str]]
"""From groups to names to values."""

WHEEL = "Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


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
    metadata = metadata_of(name, version, requires=requires, summary=summary)
    return install_files(site, info_of(name, version), modules or {}, metadata=metadata, entry_points=entry_points)


def install_files(
    site: Path, info: str, modules: Mapping[str, str], *, metadata: Sequence[str], entry_points: EntryPoints | str
) -> Path:
    """Write modules and a folder `info` with this metadata, and a RECORD that vouches for them all."""
    write(site, distribution(info, modules, metadata=metadata, entry_points=entry_points, more={"INSTALLER": "pip\n"}))
    importlib.invalidate_caches()
    return site / info


def wheel(
    folder: Path,
    name: str,
    version: str = "1.0",
    *,
    entry_points: EntryPoints | str = "",
    modules: Mapping[str, str] | None = None,
    requires: Sequence[str] = (),
    summary: str = "",
) -> Path:
    """Write a wheel that holds what `install` would install, and return its path."""
    info = info_of(name, version)
    metadata = metadata_of(name, version, requires=requires, summary=summary)
    files = distribution(info, modules or {}, metadata=metadata, entry_points=entry_points, more={"WHEEL": WHEEL})
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{info.removesuffix('.dist-info')}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
    return path


def distribution(
    info: str,
    modules: Mapping[str, str],
    *,
    metadata: Sequence[str],
    entry_points: EntryPoints | str,
    more: Mapping[str, str],
) -> dict[str, str]:
    """Return the content of each file: the modules, the folder `info` with `more` files in it, and its RECORD."""
    files = {
        **{path: dedent(source) for path, source in modules.items()},
        f"{info}/METADATA": "\n".join(["Metadata-Version: 2.1", *metadata]) + "\n\nThe description.\n",
        **{f"{info}/{name}": text for name, text in more.items()},
    }
    text = entry_points if isinstance(entry_points, str) else entry_points_text(entry_points)
    if text:
        files[f"{info}/entry_points.txt"] = text
    lines = [record_line(path, content) for path, content in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*lines, f"{info}/RECORD,,"]) + "\n"
    return files


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write files, with the directories that they need."""
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())


def info_of(name: str, version: str) -> str:
    """Return the name of a distribution's `.dist-info`."""
    return f"{name.replace('-', '_').replace('.', '_')}-{version}.dist-info"


def metadata_of(name: str, version: str, *, requires: Sequence[str] = (), summary: str = "") -> list[str]:
    """Return the lines of a METADATA, but for its first."""
    needed = [f"Requires-Dist: {requirement}" for requirement in requires]
    return [f"Name: {name}", f"Version: {version}", f"Summary: {summary}", *needed]


def entry_points_text(entry_points: EntryPoints) -> str:
    """Return the content of an `entry_points.txt`."""
    lines: list[str] = []
    for group, members in entry_points.items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in members.items())]
    return "\n".join(lines) + "\n"


def record_line(path: str, text: str | bytes) -> str:
    """Return the line by which a RECORD vouches for a file."""
    content = text.encode() if isinstance(text, str) else text
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{path},sha256={digest},{len(content)}"
