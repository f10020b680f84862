"""Run pluggy's and Django's own tests against hookcore: `tox run -e peers`.

Their source distributions come from the package index and are unpacked in a working directory; none of their code is
kept. pluggy's tests run once with the lowest pluggy that hookcore allows and once with the one that is installed,
Django's with the Django that is installed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from importlib.metadata import requires, version
from pathlib import Path

from packaging.requirements import Requirement

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Run:
    """One peer in one version: which of its files to run, and what to put in front of the installed packages."""

    peer: str
    version: str
    tests: tuple[str, ...]
    ahead: Path | None = None

    @property
    def title(self) -> str:
        """What the output calls this run."""
        return f"{self.peer} {self.version}"


def lowest_pluggy() -> str:
    """Return the lowest pluggy that the installed hookcore allows, from hookcore's own metadata."""
    for line in requires("hookcore") or ():
        requirement = Requirement(line)
        if requirement.name == "pluggy":
            return next(clause.version for clause in requirement.specifier if clause.operator == ">=")
    raise LookupError("hookcore's metadata names no pluggy")


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
    pip("download", "--no-deps", "--no-binary", name, "--dest", str(download), f"{name}=={release}")
    [archive] = download.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(download, filter="data")
    [folder] = (entry for entry in download.iterdir() if entry.is_dir())
    return folder


def runs(work: Path) -> list[Run]:
    """Return what there is to run: the releases are worked out, not written down."""
    lowest, newest = lowest_pluggy(), version("pluggy")
    found = [Run("pluggy", newest, ("testing",))]
    if lowest != newest:
        found.insert(0, Run("pluggy", lowest, ("testing",), installed_ahead("pluggy", lowest, work)))
    found.append(Run("Django", version("Django"), ("tests/dispatch/tests.py", "tests/signals/tests.py")))
    return found


def carry_out(run: Run, work: Path) -> bool:
    """Run one peer's tests in a process of their own; return whether all went as the README says."""
    folder = unpacked(run.peer, run.version, work)
    paths = [HERE, run.ahead, folder / "tests" if run.peer == "Django" else None]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(str(path) for path in paths if path is not None),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    command = [sys.executable, "-m", "pytest", "-p", "in_their_place", "-p", "no:cacheprovider", "-ra"]
    command += [f"--peer={run.peer}", f"--peer-version={run.version}", f"--rootdir={folder}"]
    if run.peer == "Django":
        command += ["-c", str(HERE / "django.ini")]
    print(f"\n== {run.title} ==", flush=True)
    finished = subprocess.run([*command, *run.tests], cwd=folder, env=environment, check=False)
    return finished.returncode == 0


def main() -> int:
    """Run every peer; return 0 if all went as the README says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="directory to download and unpack in")
    parser.add_argument("--peer", choices=("pluggy", "Django"), help="only this one")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    chosen = [run for run in runs(arguments.work) if arguments.peer in (None, run.peer)]
    failed = [run.title for run in chosen if not carry_out(run, arguments.work)]
    if failed:
        print(f"not as tests/peers/README.md says: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
