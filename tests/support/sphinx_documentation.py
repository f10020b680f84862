"""A project with a small documentation that sphinx-build builds."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

SIGNALS = '''\
from __future__ import annotations

from collections.abc import Sequence

from hookcore import Signal, signal
from shop import models
from shop.models import Order


@signal(deprecated_arguments={"code": "say *number*"})
def order_paid(sender: type[Order], number: str, prices: Sequence[models.Price | int] = (), code: str = "a\\n") -> None:
    """An :class:`~shop.models.Order` was paid, after :signal:`shipping_cost`.

    Sent after the bank has *confirmed* it.

    :param number: what stands on the receipt
    :type number: str
    """


@signal(firstresult=True, robust=True)
def shipping_cost(sender: type, amount: float = 1.0, *, where: str) -> float | None:
    """Say what shipping costs."""


@signal(filters="text", deprecated="use `receipt_`_ *now*")
def receipt(sender: type, text: str, made_by: object = object()) -> str:
    """Change what a receipt says."""


@signal(historic=True)
def opened(sender: type) -> None:
    """The shop is open."""


seen = Signal(providing_args=["number"])
anything = Signal()
'''.replace(":signal:", ":hookcore:signal:")
MODELS = """\
class Order:
    pass


class Price:
    pass
"""
APP = """\
from contextlib import contextmanager

from hookcore import PluginManager
from shop import signals


plugins = PluginManager("shop", signals)


def make():
    return plugins


@contextmanager
def making():
    yield plugins
"""


class Documentation:
    """A project `shop` with its documentation."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self._environment = environment
        self.write("shop/__init__.py", "")
        self.write("shop/models.py", MODELS)
        self.write("shop/signals.py", SIGNALS)
        self.write("shop/app.py", APP)
        self.configure()

    def configure(self, *extensions: str, more: str = "") -> None:
        """Write conf.py, with some extensions beside ours."""
        named = ["hookcore.integrations.sphinx", *extensions]
        text = f"import sys\nsys.path.insert(0, {str(self.folder)!r})\nproject = 'Shop'\nextensions = {named}\n{more}\n"
        self.write("docs/conf.py", text)

    def write(self, name: str, text: str) -> Path:
        """Write a file of the project."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        return path

    def run(self, *options: str, builder: str = "html") -> subprocess.CompletedProcess[str]:
        """Run sphinx-build."""
        docs, out = self.folder / "docs", self.folder / builder
        command = [sys.executable, "-m", "sphinx", "--no-color", "-b", builder, *options, str(docs), str(out)]
        return subprocess.run(
            command, env=dict(self._environment), cwd=self.folder, capture_output=True, text=True, check=False
        )

    def build(self, *options: str, builder: str = "html") -> str:
        """Build with warnings as errors, and return what the index page is then."""
        done = self.run("-W", "--keep-going", *options, builder=builder)
        assert done.returncode == 0, done.stderr
        made = self.folder / builder / f"index.{'txt' if builder == 'text' else 'html'}"
        return made.read_text(encoding="utf-8") if made.exists() else ""

    def warnings(self, *options: str) -> list[str]:
        """Build, and return what Sphinx warns of; places are given from the project's folder on, without their kind,
        which Sphinx shows from 8 on."""
        shutil.rmtree(self.folder / "dummy", ignore_errors=True)
        done = self.run("-q", *options, builder="dummy")
        assert done.returncode == 0, done.stderr
        return re.sub(r" \[[\w.]+\]$", "", done.stderr.replace(f"{self.folder}/", ""), flags=re.MULTILINE).splitlines()
