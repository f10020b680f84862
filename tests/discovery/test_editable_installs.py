"""A disabled plugin's receivers don't run, whichever tool installed it as editable, and whoever imports its modules."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from support.environments import Environment, skip_without

pytestmark = pytest.mark.environments

BACKENDS = {
    "setuptools": ("setuptools", "setuptools.build_meta", ""),
    "hatchling": ("hatchling", "hatchling.build", ""),
    "hatchling, exact": ("hatchling", "hatchling.build", "[tool.hatch.build]\ndev-mode-exact = true\n"),
    "flit": ("flit_core", "flit_core.buildapi", ""),
    "poetry": ("poetry.core", "poetry.core.masonry.api", ""),
    "pdm": ("pdm.backend", "pdm.backend", ""),
    "pdm, editables": ("pdm.backend", "pdm.backend", '[tool.pdm.build]\neditable-backend = "editables"\n'),
    "scikit-build-core": ("scikit_build_core", "scikit_build_core.build", "[tool.scikit-build]\nwheel.cmake = false\n"),
    "meson-python": ("mesonpy", "mesonpy", ""),
}
RECEIVERS = """
from hookcore import receiver
from editable_host import saved

@receiver(saved)
def answer():
    return "answered"
"""
HOST = """
from hookcore import signal

@signal
def saved(sender: object) -> str:
    "Something was saved."
"""
ASK = """
import json, editable_host
from hookcore import PluginManager
manager = PluginManager("host", editable_host)
manager.start(disable=["mail"])
import blog_mail.receivers
disabled = editable_host.saved(sender=None)
manager.enable("mail")
print(json.dumps([disabled, editable_host.saved(sender=None), [report.state for report in manager.report()]]))
"""


def source_tree(folder: Path, builder: str, options: str) -> Path:
    """Write a project with a package and a receiver in it."""
    (folder / "blog_mail").mkdir(parents=True)
    (folder / "blog_mail" / "__init__.py").write_text('"""A plugin."""\n__version__ = "1.0"\n')
    (folder / "blog_mail" / "receivers.py").write_text(RECEIVERS)
    (folder / "blog_mail" / "plugin.py").write_text("from blog_mail import receivers\n")
    (folder / "pyproject.toml").write_text(
        f'[build-system]\nrequires = []\nbuild-backend = "{builder}"\n'
        '[project]\nname = "blog-mail"\nversion = "1.0"\ndescription = "A plugin"\n'
        f'[project.entry-points."host.plugins"]\nmail = "blog_mail.plugin"\n{options}'
    )
    if "setuptools" in builder:
        with (folder / "pyproject.toml").open("a") as file:
            file.write('[tool.setuptools]\npackages = ["blog_mail"]\n')
    files = ", ".join(f"'blog_mail/{name}.py'" for name in ("__init__", "receivers", "plugin"))
    (folder / "meson.build").write_text(
        "project('blog-mail', version: '1.0')\n"
        f"import('python').find_installation().install_sources({files}, subdir: 'blog_mail')\n"
    )
    return folder


NEEDS_OLDER_PATH_FILES = pytest.mark.skipif(
    sys.version_info >= (3, 15), reason="only on Python before 3.15, whose path files run before all paths are there"
)


@pytest.mark.parametrize(
    "tool",
    [
        pytest.param(tool, marks=NEEDS_OLDER_PATH_FILES) if tool in ("hatchling, exact", "pdm, editables") else tool
        for tool in BACKENDS
    ],
)
def test_a_disabled_plugin_is_silent_however_it_is_installed(
    environment: Environment, tmp_path: Path, tool: str
) -> None:
    """RECORD may list no more than what loads the package: then the entry points say whose it is."""
    module, builder, options = BACKENDS[tool]
    for part in (module, *(["editables"] if tool.startswith(("hatchling", "pdm")) else [])):
        skip_without(part)
    folder = source_tree(tmp_path / "source", builder, options)
    environment.pip("install", "-e", str(folder))
    said = json.loads(environment.output(ASK, path=host_in(tmp_path)))
    assert said == [[], ["answered"], ["active"]]


def host_in(folder: Path) -> Path:
    """Write the host's module into a directory of its own."""
    (folder / "host").mkdir()
    (folder / "host" / "editable_host.py").write_text(HOST)
    return folder / "host"
