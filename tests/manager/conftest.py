"""A garden with its signals, and real distributions beside it: what the manager finds, decides about and brings up."""

from __future__ import annotations

import importlib
import logging
import os
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any

import pluggy
import pytest
from support import installing

import hookcore
from hookcore import PluginManager, PluginReport

SIGNALS = '''
"""What the garden tells the world."""
import pluggy

from hookcore import Signal, signal

LOG = []  # what plugins of the tests write down, in order


@signal
def watered(sender: object, plant: str) -> str | None:
    """Somebody watered a plant."""


@signal
def sown(sender: object, plant: str, depth: int = 1) -> None:
    """Somebody sowed a plant."""


@signal(firstresult=True)
def named(sender: object, plant: str) -> str | None:
    """Return the plant's Latin name."""


@signal(historic=True)
def opened(sender: object, gate: str) -> None:
    """A gate was opened."""


anything = Signal()
'''

# The usual plugin: it says who it is when a plant is watered, and writes down when it is made ready and shut down.
TALKER = """
from hookcore import receiver
from garden_signals import LOG, watered

LOG.append("import NAME")

@receiver(watered)
def answer(plant):
    return "NAME"

def ready():
    LOG.append("ready NAME")

def shutdown():
    LOG.append("shutdown NAME")
"""


class Garden:
    """A host in a directory of its own, whose plugins are installed as pip leaves them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.site = folder / "site-packages"
        self.site.mkdir()
        self.config = folder / "garden.toml"
        self.managers: list[PluginManager] = []
        self.write("garden_signals.py", SIGNALS)

    # -- what is installed ------------------------------------------------------------------------------------

    def write(self, path: str, source: str) -> Path:
        """Write a module into the directory of installed packages."""
        target = self.site / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(dedent(source), encoding="utf-8")
        importlib.invalidate_caches()
        return target

    def install(
        self,
        plugin: str,
        source: str | Mapping[str, str] | None = None,
        *,
        distribution: str | None = None,
        version: str = "1.5",
        entry_points: Mapping[str, str] | str | None = None,
        receivers: Mapping[str, str] | None = None,
        requires: Sequence[str] = (),
        summary: str = "",
    ) -> None:
        """Install a distribution, file for file as pip leaves it.

        `source` is the plugin's module (None: it talks as `TALKER` does), or a mapping from paths to sources.
        `entry_points` is the value of the plugin's entry point, or all of them; an empty mapping means none.
        """
        distribution = distribution or plugin
        module = distribution.replace("-", "_").replace(".", "_")
        if source is None:
            source = TALKER.replace("NAME", plugin)
        modules = {f"{module}.py": source} if isinstance(source, str) else dict(source)
        if entry_points is None:
            entry_points = module
        named = {plugin: entry_points} if isinstance(entry_points, str) else entry_points
        self.install_files(
            f"{module}-{version}.dist-info",
            modules,
            metadata=[f"Name: {distribution}", f"Version: {version}", f"Summary: {summary}"]
            + [f"Requires-Dist: {requirement}" for requirement in requires],
            groups={"garden.plugins": named, "garden.receivers": receivers or {}},
        )

    def install_files(
        self, info: str, modules: Mapping[str, str], *, metadata: Sequence[str], groups: Mapping[str, Mapping[str, str]]
    ) -> None:
        """Write modules and a `.dist-info` that lists them."""
        installing.install_files(self.site, info, modules, metadata=metadata, entry_points=groups)

    # -- the host ---------------------------------------------------------------------------------------------

    @property
    def signals(self) -> ModuleType:
        """The module that holds the garden's signals."""
        return importlib.import_module("garden_signals")

    @property
    def log(self) -> list[str]:
        """What the plugins have written down."""
        log: list[str] = self.signals.LOG
        return log

    def manager(self, config: str | Path | Mapping[str, Any] | None = None) -> PluginManager:
        """Make a manager, not started, with a config: the text of a file, a mapping, or none."""
        if isinstance(config, str):
            self.say(config)
            config = self.config
        manager = PluginManager("garden", self.signals, config=config)
        self.managers.append(manager)
        return manager

    def start(self, config: str | Path | Mapping[str, Any] | None = None, **arguments: Any) -> PluginManager:
        """Start a manager; it stops when the test ends."""
        manager = self.manager(config)
        manager.start(**arguments)
        return manager

    def say(self, config: str) -> None:
        """Write the config file."""
        self.config.write_text(dedent(config), encoding="utf-8")

    def place(self, text: str) -> str:
        """Return `file:line` of the first line of the config file that holds a text."""
        lines = self.config.read_text(encoding="utf-8").splitlines()
        return f"{self.config}:{next(number for number, line in enumerate(lines, 1) if text in line)}"

    def water(self) -> list[object]:
        """Send `watered`, and return the responses."""
        return [response for _, response in self.signals.watered.send(sender=None, plant="rose")]

    # -- elsewhere --------------------------------------------------------------------------------------------

    def run(self, code: str, *, python: str = sys.executable, **environment: str) -> str:
        """Run code in a fresh interpreter that sees the garden and its plugins, and return what it prints."""
        paths = [str(self.site), str(Path(hookcore.__path__[0]).parent), str(Path(pluggy.__path__[0]).parent)]
        known = {name: value for name, value in os.environ.items() if not name.startswith(("GARDEN_", "COV_"))}
        completed = subprocess.run(
            [python, "-c", dedent(code)],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            env={**known, "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1", **environment},
        )
        assert completed.returncode == 0, completed.stderr
        return completed.stdout


@pytest.fixture
def garden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Garden]:
    """A host with no plugins yet; what is imported from its directory is forgotten afterwards."""
    for name in [name for name in os.environ if name.startswith("GARDEN_")]:
        monkeypatch.delenv(name)
    made = Garden(tmp_path)
    monkeypatch.syspath_prepend(made.site)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)
    yield made
    for manager in made.managers:
        manager.stop()
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__spec__", "")):
            del sys.modules[name]


ReportOf = Callable[[PluginManager, str], PluginReport]


@pytest.fixture(scope="session")
def report_of() -> ReportOf:
    """Give a function that returns the report of one plugin."""

    def find(manager: PluginManager, name: str) -> PluginReport:
        [report] = [report for report in manager.report() if report.name == name]
        return report

    return find


@pytest.fixture(scope="session")
def states() -> Callable[[PluginManager], dict[str, str]]:
    """Give a function that returns the state of each plugin by its name."""
    return lambda manager: {report.name: report.state for report in manager.report()}


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Callable[[int], list[str]]:
    """Give a function that returns what hookcore has logged at a level."""
    caplog.set_level(logging.DEBUG, logger="hookcore")

    def messages(level: int) -> list[str]:
        return [one.getMessage() for one in caplog.records if one.name == "hookcore" and one.levelno == level]

    return messages


@pytest.fixture(scope="session")
def make_environment(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give a function that makes an empty virtual environment and returns its Python."""

    def make(name: str) -> Path:
        folder = tmp_path_factory.mktemp("environments") / name
        venv.create(folder, with_pip=False, symlinks=os.name != "nt")
        return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    return make
