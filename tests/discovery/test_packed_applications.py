"""Does a packed application find its plugins? docs/packaging.md says what each tool needs; two of them are run here."""

from __future__ import annotations

import os
import subprocess
import sys
import zipapp
from pathlib import Path

import pluggy
import pytest
from support import installing
from support.environments import skip_without

import hookcore

pytestmark = pytest.mark.environments

FILES = {
    "packed_host/__init__.py": "",
    "packed_host/signals.py": "from hookcore import signal\n@signal\ndef saved(sender: object) -> str:\n    'Saved.'\n",
    "packed_host/main.py": (
        "from hookcore import PluginManager\nfrom packed_host import signals\n"
        "def main():\n"
        "    with PluginManager('packed_host', signals) as plugins:\n"
        "        print([report.state for report in plugins.report()], signals.saved(sender=None))\n"
    ),
    "run.py": "from packed_host.main import main\nmain()\n",
}
PLUGIN = {
    "packed_mail.py": (
        "from hookcore import receiver\nfrom packed_host.signals import saved\n"
        "@receiver(saved)\ndef answer():\n    return 'mail'\n"
    ),
    "packed_late.py": "def late():\n    return 'late'\n",
}
ENTRY_POINTS = {
    "packed_host.plugins": {"mail": "packed_mail"},
    "packed_host.receivers": {"saved.late": "packed_late:late"},
}
EXPECTED = "['active'] ['mail', 'late']"


@pytest.fixture
def application(tmp_path: Path) -> Path:
    """Give a directory with a host and its plugin."""
    folder = tmp_path / "application"
    installing.write(folder, FILES)
    installing.install(folder, "packed-mail", modules=PLUGIN, entry_points=ENTRY_POINTS)
    return folder


def run(*command: str, **environment: str) -> str:
    """Run a program away from all sources, and return what it prints."""
    known = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", env=known | environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_zipapp_finds_its_plugins(application: Path, tmp_path: Path) -> None:
    """Host, plugin and metadata lie in the archive."""
    archive = tmp_path / "application.pyz"
    zipapp.create_archive(application, archive, main="packed_host.main:main")
    libraries = {str(Path(package.__path__[0]).parent) for package in (hookcore, pluggy)}
    assert run(sys.executable, str(archive), PYTHONPATH=os.pathsep.join(sorted(libraries))) == EXPECTED


@pytest.mark.skipif(sys.version_info >= (3, 15), reason="only on Python that PyInstaller supports")
def test_an_executable_of_pyinstaller_finds_its_plugins(application: Path, tmp_path: Path) -> None:
    """With their metadata and modules, even if docstrings are stripped; without, nothing is installed for it."""
    skip_without("PyInstaller")
    options = ["--log-level", "ERROR", "--optimize", "2", "--onedir", "--distpath", str(tmp_path / "dist")]
    options += ["--workpath", str(tmp_path / "work"), "--specpath", str(tmp_path), str(application / "run.py")]
    carried = ["--copy-metadata", "packed-mail", "--hidden-import", "packed_mail", "--hidden-import", "packed_late"]
    paths = [str(application), *(str(Path(package.__path__[0]).parent) for package in (hookcore, pluggy))]
    # One process makes both: it looks through the standard library once.
    program = f"""
from PyInstaller.__main__ import run
run([*{options}, "--name", "carrying", *{carried}])
run([*{options}, "--name", "bare"])
"""
    run(sys.executable, "-c", program, PYTHONPATH=os.pathsep.join(paths), HOME=str(tmp_path))
    assert run(str(tmp_path / "dist" / "carrying" / "carrying")) == EXPECTED
    assert run(str(tmp_path / "dist" / "bare" / "bare")) == "[] []"
