"""Throw-away environments into which pip installs plugins, a host to run in them, and a sentinel: what has run?"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from support import installing
from support.environments import install_wheels, pip

from hookcore.plugins.installed import Distribution

SIGNALS = '''\
from hookcore import signal

@signal
def ordered(sender: type, item: str) -> None:
    """Somebody ordered something."""
'''
HOST = """\
import json
import sys

import shop_signals
from hookcore import HookcoreError, PluginManager

command, arguments = sys.argv[1], json.loads(sys.argv[2])
plugins = PluginManager("shop", shop_signals, config="shop.toml")
answer = {}
try:
    if command == "start":
        plugins.start(**arguments)
        answer["answers"] = [response for _, response in shop_signals.ordered.send(sender=str, item="tea")]
        answer["plugins"] = [
            {"name": one.name, "distribution": one.distribution, "state": one.state, "reason": one.reason,
             "decided_by": one.decided_by} for one in plugins.report()
        ]
        plugins.stop()
    elif command == "lock":
        answer["path"] = plugins.lock(**arguments)
    elif command == "verify":
        answer["differences"] = [[one.plugin, one.problem, one.remedy] for one in plugins.verify()]
    elif command == "doctor":
        answer["hints"] = [[one.subject, one.problem, one.remedy] for one in plugins.doctor()]
except HookcoreError as error:
    answer["error"] = [type(error).__name__, str(error)]
answer["shop_modules"] = sorted(name for name in sys.modules if name.startswith(("shop_", "evil")))
print(json.dumps(answer))
"""


def leaves_a_trace(name: str) -> str:
    """Return source that says in the sentinel that it ran."""
    return f"import os\nwith open(os.environ['SENTINEL'], 'a') as file:\n    file.write({name!r} + '\\n')\n"


MAIL = (
    leaves_a_trace("mail")
    + """
from hookcore import receiver
from shop_mail.texts import GREETING
from shop_signals import ordered

try:
    from shop_mail import extra
except ImportError:
    extra = None

@receiver(ordered)
def send_mail(item):
    return GREETING + item
"""
)
SEARCH = (
    leaves_a_trace("search")
    + """
def index(item):
    return 'indexed ' + item

def purge(item):
    with open(os.environ['SENTINEL'], 'a') as file:
        file.write('purge\\n')
"""
)
STOCK = leaves_a_trace("stock")


class Wheels:
    """Builds wheels by hand, file for file as a build backend would, RECORD included."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def build(
        self,
        name: str,
        files: Mapping[str, str],
        *,
        version: str = "1.0",
        entry_points: str = "",
        requires: Sequence[str] = (),
    ) -> Path:
        """Write a wheel and return its path."""
        return installing.wheel(self.folder, name, version, entry_points=entry_points, modules=files, requires=requires)


class Environment:
    """A virtual environment with a host in it. What it runs says in `sentinel` that it ran."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.host = path / "host"
        self.sentinel = path / "sentinel"
        self.lock = self.host / "plugins.lock"
        self.site = next(path.glob("[Ll]ib/**/site-packages"))
        self.python = path / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    def install(self, *wheels: Path) -> None:
        """Install into the environment."""
        install_wheels(self.python, *wheels)

    def pip(self, *arguments: str | Path) -> None:
        """Let pip install into the environment, from what is given alone."""
        command = [*pip(self.python), "install", "--disable-pip-version-check", "--quiet", "--no-index"]
        subprocess.run([*command, *map(str, arguments)], check=True, cwd=self.path)

    def run(self, command: str, **arguments: object) -> Any:
        """Run a command of the host in a process of its own, and return what it answers."""
        ordinary = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        finished = subprocess.run(
            [str(self.python), "host.py", command, json.dumps(arguments)],
            check=True,
            capture_output=True,
            text=True,
            cwd=self.host,
            env={**ordinary, "SENTINEL": str(self.sentinel)},
        )
        return json.loads(finished.stdout)

    def start(self, **arguments: object) -> dict[str, Any]:
        """Start and stop the host, locked unless the arguments say otherwise; return its plugins by distribution."""
        answer = self.run("start", **{"locked": True, **arguments})
        return {plugin["distribution"]: plugin for plugin in answer["plugins"]} | {"answers": answer["answers"]}

    def ran(self) -> list[str]:
        """Return what has run since the last time that this was asked."""
        lines = self.sentinel.read_text().splitlines() if self.sentinel.exists() else []
        self.sentinel.unlink(missing_ok=True)
        return lines


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Wheels:
    """Give what builds wheels."""
    return Wheels(tmp_path_factory.mktemp("wheels"))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, wheels: Wheels) -> Path:
    """Give an environment with three honest plugins that pip installed, and a lock that approves them."""
    path = tmp_path_factory.mktemp("template") / "environment"
    venv.create(path, with_pip=False, symlinks=os.name != "nt")
    (path / "host").mkdir()
    environment = Environment(path)
    libraries = ("hookcore", "pluggy", "packaging", "hatchling")
    places = dict.fromkeys(str(Path(str(importlib.import_module(name).__file__)).parents[1]) for name in libraries)
    (environment.site / "libraries.pth").write_text("\n".join(places))
    for name, text in (("shop_signals.py", SIGNALS), ("host.py", HOST), ("shop.toml", "")):
        (environment.host / name).write_text(text)
    environment.pip(
        wheels.build(
            "shop-mail",
            {"shop_mail/__init__.py": MAIL, "shop_mail/texts.py": "GREETING = 'thanks for '\n", "shop_mail/a.txt": "A"},
            entry_points="[shop.plugins]\nmail = shop_mail\n",
        ),
        wheels.build(
            "shop-search",
            {"shop_search/__init__.py": "", "shop_search/receivers.py": SEARCH},
            entry_points="[shop.receivers]\nordered.index = shop_search.receivers:index\n",
        ),
        wheels.build(
            "shop-stock", {"shop_parts/stock.py": STOCK}, entry_points="[shop.plugins]\nstock = shop_parts.stock\n"
        ),
    )
    environment.run("lock")
    return path


@pytest.fixture
def environment(template: Path, tmp_path: Path) -> Environment:
    """Give a copy of the template, for one attack."""
    shutil.copytree(template, tmp_path / "environment", symlinks=True)
    return Environment(tmp_path / "environment")


class Installed:
    """A distribution in a directory of its own, with a RECORD that vouches for all its files; on no path."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.information = root / "thing-1.0.dist-info"
        self.information.mkdir(parents=True)

    def write(self, files: Mapping[str, str], *lines: str) -> Distribution:
        """Write the files and a RECORD of them, further lines of it as given."""
        installing.write(self.root, files)
        vouched = [installing.record_line(path, text) for path, text in files.items()]
        own = f"{self.information.name}/RECORD,,"
        (self.information / "RECORD").write_text("\n".join([*vouched, *lines, own]) + "\n", encoding="utf-8")
        return Distribution("thing", "1.0", "", (), str(self.information))


class Site:
    """A directory on `sys.path` in which distributions are installed with a RECORD that vouches for their files."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def install(self, name: str, files: Mapping[str, str], *, entry_points: str = "", version: str = "1.0") -> None:
        """Install a distribution of that name, or install it anew."""
        stem = name.replace("-", "_")
        for old in self.root.glob(f"{stem}-*.dist-info"):
            shutil.rmtree(old)
        installing.install(self.root, name, version, entry_points=entry_points, modules=files)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Give such a directory; when the test is over, the modules from it are forgotten."""
    root = tmp_path / "site"
    root.mkdir()
    monkeypatch.syspath_prepend(root)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = dict(sys.modules)
    yield Site(root)
    for name in set(sys.modules) - set(before):
        if str(root) in str(getattr(sys.modules[name], "__spec__", "")):
            del sys.modules[name]


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    """Give a distribution to write."""
    return Installed(tmp_path / "site")


@pytest.fixture(scope="session")
def trace() -> Callable[[str], str]:
    """Give `leaves_a_trace`, for code that an attacker wants to run."""
    return leaves_a_trace
