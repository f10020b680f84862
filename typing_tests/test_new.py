"""Is what `hookcore new` writes as type checkers and formatters want it, whatever the signal is like?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.host_to_write_for import HOST, SIGNALS
from support.installing import write

BEGIN = """
import sys
from hookcore.cli.group import hookcore

for signal in sys.argv[1:]:
    name = f"shop-{signal.replace('_', '-')}"
    hookcore.main(["new", name, "--host", "shop.host:plugins", "--signal", signal], standalone_mode=False)
hookcore.main(["new", "--host-app", "front-desk"], standalone_mode=False)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a host and a plugin for each of its signals, and a host that was begun."""
    made = tmp_path_factory.mktemp("new")
    write(made, HOST)
    subprocess.run([sys.executable, "-c", BEGIN, *SIGNALS], cwd=made, check=True, stdout=subprocess.DEVNULL)
    return made


def projects_in(folder: Path) -> list[Path]:
    """Return the folders that were written."""
    found = sorted(path.parent for path in folder.glob("*/pyproject.toml"))
    assert len(found) == len(SIGNALS) + 1
    return found


def complaints(folder: Path, *command: str) -> str:
    """Return what a tool has to say; nothing if it finds nothing."""
    done = subprocess.run([sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("settings", ["", "plugins = hookcore.mypy\n"], ids=["mypy", "mypy with our plugin"])
def test_mypy_has_nothing_to_say(folder: Path, settings: str):
    """Strictly, receivers and tests."""
    projects = projects_in(folder)
    config = folder / "mypy.ini"
    config.write_text(f"[mypy]\nstrict = true\nmypy_path = {':'.join(map(str, [folder, *projects]))}\n{settings}")
    files = [str(file) for project in projects for file in project.rglob("*.py")]
    assert complaints(folder, "mypy", f"--config-file={config}", "--explicit-package-bases", *files) == ""


def test_pyright_has_nothing_to_say(folder: Path):
    """In the same way."""
    paths = [str(one) for one in [folder, *projects_in(folder)]]
    config = folder / "pyrightconfig.json"
    config.write_text(f'{{"include": ["*-*"], "extraPaths": {paths}}}'.replace("'", '"'))
    assert complaints(folder, "pyright", f"--project={config}", f"--pythonpath={sys.executable}") == ""


@pytest.mark.parametrize("rules", ["", "E,W,F,I,N,UP,B,C4,SIM,RUF,PT,PIE,RET,PGH,PLE,ISC,D1,T10,FA"])
def test_ruff_has_nothing_to_say(folder: Path, rules: str):
    """By its own rules, and by ours; each project on its own, as its author runs it."""
    options = ["--select", rules, "--ignore", "D104,D105,D107,E501"] if rules else []
    for project in projects_in(folder):
        assert complaints(project, "ruff", "check", "--no-cache", *options) == ""
        assert complaints(project, "ruff", "format", "--no-cache", "--diff") == ""
