"""Where plugins come from is an argument of the manager."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

from hookcore import Distribution, EntryPoint, InstalledPlugin, PluginManager, discover, receiver

if TYPE_CHECKING:
    import pytest

    from .conftest import Garden


def in_memory(name: str) -> InstalledPlugin:
    """Return the record of a plugin that no file knows of."""
    entry_point = EntryPoint("garden.plugins", name, f"{name}_in_memory")
    return InstalledPlugin(name, Distribution(name, "1", "", (), "", (entry_point,)), entry_point)


def test_a_host_may_say_where_its_plugins_come_from(garden: Garden, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are decided on, imported, connected and switched as installed ones are; and the installed may come too."""
    asked: list[str] = []

    def find(project: str) -> list[InstalledPlugin]:
        asked.append(project)
        return [in_memory("robot"), *discover(project), in_memory("android")]

    for name in ("robot", "android"):
        module = ModuleType(f"{name}_in_memory")
        exec(f"def answer(plant): return {name!r}", module.__dict__)
        module.__dict__["answer"] = receiver(garden.signals.watered)(module.__dict__["answer"])
        monkeypatch.setitem(sys.modules, module.__name__, module)
    garden.install("gnome")
    with PluginManager("garden", garden.signals, discover=find) as manager:
        assert asked == ["garden"]
        assert [report.name for report in manager.report()] == ["android", "gnome", "robot"]
        assert set(garden.water()) == {"android", "gnome", "robot"}
        manager.disable("robot")
        assert set(garden.water()) == {"android", "gnome"}
    assert [report.name for report in manager.plan(disable=["robot"]) if report.state == "found"] == [
        "android",
        "gnome",
    ]
