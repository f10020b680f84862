"""Does a packed application find its plugins? docs/packaging.md says what each tool needs; two of them are run here."""

from __future__ import annotations

import os
import subprocess
import sys
import zipapp
from pathlib import Path

import pluggy
import pytest
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
    "packed_mail.py": (
        "from hookcore import receiver\nfrom packed_host.signals import saved\n"
        "@receiver(saved)\ndef answer():\n    return 'mail'\n"
    ),
    "packed_late.py": "def late():\n    return 'late'\n",
    "packed_mail-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: packed-mail\nVersion: 1.0\n",
    "packed_mail-1.0.dist-info/entry_points.txt": (
        "[packed_host.plugins]\nmail = packed_mail\n[packed_host.receivers]\nsaved.late = packed_late:late\n"
    ),
    "packed_mail-1.0.dist-info/RECORD": "packed_mail.py,,\npacked_late.py,,\n",
    "run.py": "from packed_host.main import main\nmain()\n",
}
EXPECTED = "['active'] ['mail', 'late']"


@pytest.fixture
def application(tmp_path: Path) -> Path:
    """Give a directory with a host and its plugin."""
    folder = tmp_path / "application"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
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
@pytest.mark.parametrize("carries_plugins", [True, False])
def test_an_executable_of_pyinstaller_finds_its_plugins(
    application: Path, tmp_path: Path, carries_plugins: bool
) -> None:
    """With their metadata and modules, even if docstrings are stripped; without, nothing is installed for it."""
    skip_without("PyInstaller")
    options = ["--log-level", "ERROR", "--optimize", "2", "--onedir", "--distpath", str(tmp_path / "dist")]
    options += ["--workpath", str(tmp_path / "work"), "--specpath", str(tmp_path)]
    if carries_plugins:
        options += [
            "--copy-metadata",
            "packed-mail",
            "--hidden-import",
            "packed_mail",
            "--hidden-import",
            "packed_late",
        ]
    paths = [str(application), *(str(Path(package.__path__[0]).parent) for package in (hookcore, pluggy))]
    program = "import PyInstaller.__main__; PyInstaller.__main__.run()"
    path = os.pathsep.join(paths)
    run(sys.executable, "-c", program, *options, str(application / "run.py"), PYTHONPATH=path, HOME=str(tmp_path))
    assert run(str(tmp_path / "dist" / "run" / "run")) == (EXPECTED if carries_plugins else "[] []")
