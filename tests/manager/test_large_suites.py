"""A distribution may bring thousands of plugins: what it costs to start them grows with their number, and no faster."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from hookcore import Distribution, EntryPoint, InstalledPlugin
from hookcore.plugins import provided_modules
from hookcore.plugins.installed import plugins_of

if TYPE_CHECKING:
    import pytest

    from .conftest import Garden

RECEIVER = """
from hookcore import receiver
from garden_signals import watered

@receiver(watered)
def answer(plant):
    return NUMBER
"""


def install_suite(garden: Garden) -> None:
    """Install a distribution of a dozen plugins, each of which answers its number."""
    sources = {f"suite/m{number}.py": RECEIVER.replace("NUMBER", str(number)) for number in range(12)}
    garden.install(
        "suite",
        {"suite/__init__.py": "", **sources},
        entry_points={f"p{number}": f"suite.m{number}" for number in range(12)},
    )


def test_the_list_of_a_suites_files_is_read_once(garden: Garden, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not once for each of its plugins; and not at all before there is code that no entry point names."""
    read: list[str] = []
    real = provided_modules.read_bounded

    def count(path: Any, limit: int) -> bytes:
        read.append(str(path))
        return real(path, limit)

    monkeypatch.setattr(provided_modules, "read_bounded", count)
    install_suite(garden)
    manager = garden.start()
    assert sorted(garden.water(), key=str) == sorted(range(12), key=str)
    assert not [path for path in read if path.endswith("RECORD")]

    assert manager.plugin_of(garden.install) is None
    assert len([path for path in read if path.endswith("RECORD")]) == 1


def test_a_plugin_is_told_apart_without_a_look_at_all_others_of_its_distribution() -> None:
    """It is a key in many tables: its hash is that of its name, however many entry points there are."""
    looked_at: list[str] = []

    class Noted(str):
        __slots__ = ()

        def __hash__(self) -> int:
            looked_at.append(self)
            return super().__hash__()

    entry_points = tuple(EntryPoint("garden.plugins", f"p{number}", Noted(f"m{number}")) for number in range(50))
    suite = Distribution("suite", "1", "", (), "/nowhere", entry_points)
    plugins = [InstalledPlugin(one.name, suite, one) for one in entry_points]
    assert len(dict.fromkeys(plugins)) == 50
    assert looked_at == []


def test_each_receiver_goes_to_the_plugin_whose_module_contains_it_most_closely() -> None:
    """Found by going up from its module, not by asking each plugin."""
    plugins = [EntryPoint("garden.plugins", name, name) for name in ("suite", "suite.inner", "other")]
    receivers = [
        EntryPoint("garden.receivers", f"watered.{number}", f"{module}:r")
        for number, module in enumerate(("suite.inner.deep.m", "suite.innermost", "suite", "elsewhere", "other.m"))
    ]
    suite = Distribution("suite", "1", "", (), "/nowhere", (*plugins, *receivers))
    shares = {plugin.name: [one.name for one in plugin.receivers] for plugin in plugins_of("garden", [suite])}
    assert shares == {
        "suite": ["watered.1", "watered.2", "watered.3"],
        "suite.inner": ["watered.0"],
        "other": ["watered.4"],
    }


def test_whose_a_function_is_costs_no_look_at_what_others_have_connected(garden: Garden) -> None:
    """Nobody's function is nobody's at once: only connections of borrowed functions are looked through."""
    install_suite(garden)
    manager = garden.start()
    looked_at: list[str] = []

    def look(frame: Any, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_name in ("identity_of", "written"):
            looked_at.append(frame.f_code.co_name)

    sys.setprofile(look)
    try:
        assert manager.plugin_of(garden.install) is None
    finally:
        sys.setprofile(None)
    assert looked_at == ["identity_of"]
