"""How is a distribution installed that no build tool has made?"""

from __future__ import annotations

import base64
import hashlib
import importlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import dedent
from typing import TypeAlias

from hookcore.testing.overriding import overriding

EntryPoints: TypeAlias = Mapping[str, Mapping[str, str]]
"""From groups to names to values, as in pyproject.toml."""


@overriding()
def make_distribution(
    folder: str | os.PathLike[str],
    name: str,
    *,
    version: str = "1.0",
    entry_points: EntryPoints | None = None,
    modules: Mapping[str, str] | None = None,
    requires: Sequence[str] = (),
    summary: str = "",
) -> Iterator[Path]:
    """Install a distribution for the length of a block, file for file as pip leaves it; give the `.dist-info`'s path.

    Args:
        folder: where it is installed; it is first on `sys.path` meanwhile. Say `tmp_path`, or a temporary directory.
        name: the distribution's name.
        version: its version.
        entry_points: from groups to names to values: `{"shop.plugins": {"loyalty": "shop_loyalty"}}`.
        modules: from paths to sources: `{"shop_loyalty.py": "…"}`. They may be indented as the test is.
        requires: what it requires, as in pyproject.toml: `["shop>=2"]`.
        summary: its description in one line.

    What is imported from there is forgotten afterwards.
    """
    site = Path(folder).resolve()
    info = f"{name.replace('-', '_').replace('.', '_')}-{version}.dist-info"
    needed = [f"Requires-Dist: {requirement}" for requirement in requires]
    metadata = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", f"Summary: {summary}", *needed]
    groups = {group: members for group, members in (entry_points or {}).items() if members}
    files = {
        **{path: dedent(source) for path, source in (modules or {}).items()},
        f"{info}/METADATA": "\n".join([*metadata, "", ""]),
        f"{info}/INSTALLER": "pip\n",
        f"{info}/entry_points.txt": "".join(map(_section, groups.items())),
    }
    files[f"{info}/RECORD"] = "".join([*(_vouched(*file) for file in files.items()), f"{info}/RECORD,,\n"])
    for path, text in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_bytes(text.encode())
    sys.path.insert(0, str(site))
    importlib.invalidate_caches()
    try:
        yield site / info
    finally:
        sys.path.remove(str(site))
        for path in files:
            (site / path).unlink(missing_ok=True)
        importlib.invalidate_caches()
        for module, found in list(sys.modules.items()):
            if str(getattr(found, "__file__", None) or "").startswith(f"{site}{os.sep}"):
                sys.modules.pop(module, None)


def _section(group: tuple[str, Mapping[str, str]]) -> str:
    return "\n".join([f"[{group[0]}]", *(f"{name} = {value}" for name, value in group[1].items()), "", ""])


def _vouched(path: str, text: str) -> str:
    """Return the line by which a RECORD vouches for a file."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
    return f"{path},sha256={digest},{len(text.encode())}\n"
