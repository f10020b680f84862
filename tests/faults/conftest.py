"""A shop with its signals, and real distributions beside it that go wrong: what the operator of a host meets."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any

import pytest
from support import installing

from hookcore import PluginManager, PluginReport

SIGNALS = '''
"""What the shop tells the world."""
from hookcore import signal

@signal
def order_paid(sender: object, number: str) -> None:
    """An order was paid."""

@signal
def order_sent(sender: object, number: str) -> None:
    """An order left the house."""
'''

GOOD = """
from hookcore import receiver
from shop_signals import order_paid

@receiver(order_paid)
def count(number):
    return "counted"
"""


class Shop:
    """A host in a directory of its own, whose plugins are installed as pip leaves them."""

    def __init__(self, folder: Path) -> None:
        self.site = folder / "site-packages"
        self.config = folder / "shop.toml"
        self.site.mkdir()
        (self.site / "shop_signals.py").write_text(SIGNALS, encoding="utf-8")
        self.managers: list[PluginManager] = []

    @property
    def signals(self) -> ModuleType:
        """The module that holds the shop's signals."""
        return importlib.import_module("shop_signals")

    def install(
        self,
        plugin: str,
        source: str | None,
        *,
        distribution: str | None = None,
        entry_point: str | None = None,
        requires: Sequence[str] = (),
        site: Path | None = None,
    ) -> None:
        """Install a distribution with one plugin, whose module has the source given (None: there is no module)."""
        distribution = distribution or plugin
        module = distribution.replace("-", "_")
        installing.install(
            site or self.site,
            distribution,
            "1.5",
            entry_points={"shop.plugins": {plugin: entry_point or module}},
            modules={} if source is None else {f"{module}.py": source},
            requires=requires,
        )

    def start(self, config: str | Mapping[str, Any] | None = None, **arguments: Any) -> PluginManager:
        """Start a manager with a config: the text of a file, a mapping, or none. It stops when the test ends."""
        manager = self.manager(config)
        manager.start(**arguments)
        return manager

    def manager(self, config: str | Mapping[str, Any] | None = None) -> PluginManager:
        """Make a manager, not started. It stops when the test ends."""
        if isinstance(config, str):
            self.config.write_text(dedent(config), encoding="utf-8")
        manager = PluginManager("shop", self.signals, config=self.config if isinstance(config, str) else config)
        self.managers.append(manager)
        return manager

    def pay(self) -> list[object]:
        """Send `order_paid`, and return the responses."""
        return [response for _, response in self.signals.order_paid.send(sender=None, number="A-7")]


def reported(manager: PluginManager, name: str) -> PluginReport:
    """Return the report of one plugin."""
    return next(report for report in manager.report() if report.name == name)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """A shop with one plugin, `good`, that does what it should."""
    made = Shop(tmp_path)
    made.install("good", GOOD)
    monkeypatch.syspath_prepend(made.site)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    for name in [name for name in os.environ if name.startswith("SHOP_")]:
        monkeypatch.delenv(name)
    before = set(sys.modules)
    yield made
    for manager in made.managers:
        manager.stop()
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__spec__", "")):
            del sys.modules[name]
