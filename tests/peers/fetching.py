"""Where do the peers' tests come from? From their source distributions, by pip, into a working directory."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path


def pip(*arguments: str) -> None:
    """Run pip in this environment."""
    subprocess.run([sys.executable, "-m", "pip", "--quiet", *arguments], check=True)


def installed_ahead(name: str, release: str, work: Path) -> Path:
    """Install one release of a package into a directory of its own, to be put ahead of what is installed."""
    target = work / f"{name}-{release}-installed"
    if not target.exists():
        pip("install", "--no-deps", "--target", str(target), f"{name}=={release}")
    return target


def unpacked(name: str, release: str, work: Path) -> Path:
    """Fetch and unpack the source distribution of one release; return the folder that it unpacks to."""
    download = work / f"{name}-{release}-download"
    if not list(download.glob("*.tar.gz")):
        pip("download", "--no-deps", "--no-binary", name, "--dest", str(download), f"{name}=={release}")
    [archive] = download.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(download, filter="data")
    [folder] = (entry for entry in download.iterdir() if entry.is_dir())
    return folder
