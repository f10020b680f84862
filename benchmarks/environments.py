"""Where do the start-up's contestants look? In throw-away directories of `sys.path` with metadata made by hand."""

from __future__ import annotations

import os
import time
from pathlib import Path

PROJECT = "benchmark"
PLUGINS = 20
_SETTLED = 3600  # seconds ago: anybody's cache may rely on times as old as that


def make_environment(path: Path, distributions: int) -> Path:
    """Fill `path` with so many distributions: 20 carry entry points of ours, and a third of the rest others'."""
    step = max(distributions // PLUGINS, 1)
    for number in range(distributions):
        info = path / f"distribution_{number}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(_metadata(number), encoding="utf-8")
        (info / "RECORD").write_text(f"{info.name}/METADATA,,\n", encoding="utf-8")
        if number % step == 0 and number // step < PLUGINS:
            (path / f"plugin_{number}.py").write_text("", encoding="utf-8")
            text = f"[{PROJECT}.plugins]\nplugin-{number} = plugin_{number}\n"
            text += f"[{PROJECT}.receivers]\nsaved.receive_{number} = plugin_{number}:receive\n"
        elif number % 3 == 0:
            text = f"[console_scripts]\ncommand-{number} = distribution_{number}:main\n"
        else:
            continue
        (info / "entry_points.txt").write_text(text, encoding="utf-8")
    settle(path)
    return path


def settle(path: Path) -> None:
    """Make the directory look as if it had been installed some time ago."""
    (path / "__pycache__").mkdir(exist_ok=True)
    then = time.time() - _SETTLED
    for folder, _, names in os.walk(path, topdown=False):
        for name in names:
            os.utime(Path(folder) / name, (then, then))
        os.utime(folder, (then, then))


def _metadata(number: int) -> str:
    headers = [
        "Metadata-Version: 2.1",
        f"Name: distribution-{number}",
        "Version: 1.0",
        f"Summary: Does what distribution {number} does",
        *(f"Classifier: Topic :: Topic {topic}" for topic in range(8)),
        "Requires-Dist: pluggy>=1.6",
        "Requires-Dist: colorama; sys_platform == 'win32'",
    ]
    return "\n".join(headers) + "\n\n" + "What it is good for is said here at some length.\n" * 40
