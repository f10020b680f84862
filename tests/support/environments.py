"""Virtual environments into which real tools install, and small projects for them to install."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import hookcore

ASK = """
import json, sys
from support import importlib_says
from hookcore.plugins.discovery import installed_distributions
groups = ("host.plugins", "host.receivers")
found = sorted(installed_distributions(groups))
assert found == sorted(importlib_says.installed(groups)), (found, sorted(importlib_says.installed(groups)))
print(json.dumps([[one.name, one.version, [point.value for point in one.entry_points]] for one in found]))
"""
Answer = list[list[object]]


class Environment:
    """A virtual environment of its own, in which hookcore can be imported."""

    def __init__(self, path: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(path)], check=True)
        self.python = path / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        self.packages = next(path.glob("lib/python*/site-packages"), path / "Lib/site-packages")
        here = [
            Path(hookcore.__path__[0]).parent,
            Path(__file__).parent.parent,
            *(Path(entry) for entry in sys.path if entry.endswith("site-packages")),
        ]
        lines = [f"import site; site.addsitedir({str(folder)!r})" for folder in here]
        (self.packages / "here.pth").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def pip(self, *arguments: str) -> None:
        """Run pip on the environment: no index, no isolation, so that the tests need no network."""
        options = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
        found = os.environ | {"PATH": program_path()}  # build backends look there for meson, say
        subprocess.run([*pip(self.python), *arguments[:1], *options, *arguments[1:]], check=True, env=found)

    def uninstall(self, name: str) -> None:
        """Run `pip uninstall`."""
        subprocess.run([*pip(self.python), "uninstall", "-qy", name], check=True)

    def run(self, *arguments: str, folder: Path) -> None:
        """Run the environment's Python in a folder."""
        subprocess.run([str(self.python), *arguments], check=True, cwd=folder, capture_output=True)

    def output(self, program: str, *, path: Path | None = None) -> str:
        """Run a program in a fresh process, with a directory on its path, and return what it prints."""
        variables = os.environ | ({"PYTHONPATH": str(path)} if path is not None else {})
        command = [str(self.python), "-c", program]
        done = subprocess.run(command, capture_output=True, cwd="/", text=True, check=False, env=variables)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ask(self) -> Answer:
        """Ask a fresh process, and check that its answer is importlib.metadata's."""
        answer: Answer = json.loads(self.output(ASK))
        return answer

    def clear(self) -> None:
        """Remove what an earlier test left."""
        for left in [*self.packages.glob("*blog*"), *self.packages.glob("*easy*")]:
            shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)


def pip(python: Path) -> list[str]:
    """Return how the tests' own pip is started for an environment's Python; in one process, not `--python`'s two."""
    origin = importlib.util.find_spec("pip").origin  # type: ignore[union-attr]
    return [str(python), str(Path(str(origin)).parent)]


def uv() -> str | None:
    """Return the path of uv, if there is one: of the tests' own environment, or of the machine."""
    return shutil.which("uv", path=program_path())


def program_path() -> str:
    """Return where programs are looked for: beside the tests' own Python first, activated or not."""
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def install_wheels(python: Path, *wheels: Path) -> None:
    """Install wheels where it does not matter by what: uv needs a tenth of pip's time."""
    quick = uv()
    if quick is not None:
        command = [quick, "pip", "install", "--offline", "--no-cache", "--python", str(python)]
    else:
        command = [*pip(python), "install", "--disable-pip-version-check"]
    options = ["--quiet", "--no-index", "--no-deps"]
    variables = {name: value for name, value in os.environ.items() if name != "UV_COMPILE_BYTECODE"}  # tox's own wish
    subprocess.run([*command, *options, *map(str, wheels)], check=True, env=variables)


def project(folder: Path, version: str = "1.0", value: str = "blog_mail", backend: str = "hatchling") -> Path:
    """Write a plugin's source tree, for hatchling or for setuptools."""
    folder.mkdir(exist_ok=True)
    (folder / "blog_mail.py").write_text("")
    entry_points = f'[project.entry-points."host.plugins"]\nmail = "{value}"\n'
    builder = {"hatchling": "hatchling.build", "setuptools": "setuptools.build_meta"}[backend]
    (folder / "pyproject.toml").write_text(
        f'[build-system]\nrequires = ["{backend}"]\nbuild-backend = "{builder}"\n'
        f'[project]\nname = "blog-mail"\nversion = "{version}"\ndependencies = ["pluggy"]\n{entry_points}'
        '[tool.hatch.build.targets.wheel]\ninclude = ["blog_mail.py"]\n'
        '[tool.hatch.build]\ndev-mode-dirs = ["."]\n[tool.setuptools]\npy-modules = ["blog_mail"]\n'
    )
    (folder / "setup.py").write_text("from setuptools import setup\nsetup()\n")
    return folder


def skip_without(backend: str) -> None:
    """Skip where the tool that is to build is missing, or can't build by itself: setuptools makes wheels since 70.1."""
    try:
        found = importlib.util.find_spec(backend)  # not imported: it may warn then, and a warning is an error here
    except ModuleNotFoundError:
        found = None
    if found is None:
        pytest.skip(f"only on machines with {backend}")
    if backend == "setuptools" and int(importlib.metadata.version("setuptools").partition(".")[0]) <= 70:
        pytest.skip("only on machines with a newer setuptools")
