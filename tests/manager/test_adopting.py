"""Do config, switches and `start()` hold for what pluggy's own loading loads, and for what a host registers by hand?"""

from __future__ import annotations

import sys
import types

import pluggy
import pytest

from hookcore import PluginManager, PluginStartError

MARKED = """
import pluggy
from garden_signals import LOG

hookimpl = pluggy.HookimplMarker("garden")
LOG.append("import NAME")

class Settings:
    pass

@hookimpl
def watered(plant):
    return "NAME"

def ready(plugins):
    LOG.append("ready NAME")

def shutdown():
    LOG.append("shutdown NAME")
""".replace("class Settings:\n    pass\n\n", "")

SPECS = """
import pluggy
hookspec = pluggy.HookspecMarker("garden")

@hookspec
def watered(plant):
    "A plant was watered."
"""


@pytest.fixture
def pluggy_host(garden):
    """A host of pluggy's that has changed one import: specifications, no declared signals, a group of its own."""
    garden.write("garden_specs.py", SPECS)
    for name in ("ant", "bee", "cat"):
        garden.install_files(
            f"{name}-1.0.dist-info",
            {f"{name}.py": MARKED.replace("NAME", name)},
            metadata=[f"Name: {name}", "Version: 1.0"],
            groups={"garden": {name: name}},
        )

    def make(config=None):
        manager = PluginManager("garden", config=config)
        manager.add_hookspecs(__import__("garden_specs"))
        garden.managers.append(manager)
        return manager

    garden.host = make
    return garden


def test_pluggys_own_loading_loads_what_it_did(pluggy_host):
    """The number, the names, the objects, the calls: as with pluggy's manager."""
    ours, pluggys = pluggy_host.host(), pluggy.PluginManager("garden")
    pluggys.add_hookspecs(sys.modules["garden_specs"])

    for manager in (ours, pluggys):
        assert manager.load_setuptools_entrypoints("garden") == 3
        assert manager.load_setuptools_entrypoints("garden") == 0
        assert sorted(manager.hook.watered(plant="rose")) == ["ant", "bee", "cat"]
        assert {name for name, _ in manager.list_name_plugin()} == {"ant", "bee", "cat"}
        assert {plugin.__name__ for plugin, _ in manager.list_plugin_distinfo()} == {"ant", "bee", "cat"}
        assert manager.unregister(name="bee") is sys.modules["bee"]
        assert sorted(manager.hook.watered(plant="rose")) == ["ant", "cat"]
    assert pluggy_host.log == ["import ant", "import bee", "import cat"]


@pytest.mark.parametrize("said", ["config", "environment", "set_blocked"])
def test_who_is_not_to_run_is_not_imported(pluggy_host, monkeypatch, states, said):
    """Config and environment decide before the import, and the report says so."""
    if said == "environment":
        monkeypatch.setenv("GARDEN_PLUGINS_DISABLE", "bee")
    manager = pluggy_host.host({"disable": ["bee"]} if said == "config" else None)
    if said == "set_blocked":
        manager.set_blocked("bee")

    assert manager.load_setuptools_entrypoints("garden") == 2

    assert "bee" not in sys.modules
    assert states(manager) == {"ant": "active", "bee": "disabled", "cat": "active"}
    assert sorted(manager.hook.watered(plant="rose")) == ["ant", "cat"]


def test_only_one_name_is_loaded_where_one_is_asked_for(pluggy_host, states):
    """As pluggy documents it; later calls add to the report."""
    manager = pluggy_host.host()

    assert manager.load_setuptools_entrypoints("garden", name="bee") == 1
    assert states(manager) == {"bee": "active"}
    assert manager.load_setuptools_entrypoints("garden") == 2
    assert states(manager) == {"ant": "active", "bee": "active", "cat": "active"}


@pytest.mark.parametrize(("config", "raises"), [(None, True), ({"strict": True}, True), ({"strict": False}, False)])
def test_a_fault_is_raised_unless_the_config_says_that_it_is_to_be_held(pluggy_host, states, logged, config, raises):
    """pluggy raises what the plugin raises."""
    pluggy_host.write("bee.py", "raise RuntimeError('sting')\n")
    manager = pluggy_host.host(config)

    if raises:
        with pytest.raises(RuntimeError, match="sting"):
            manager.load_setuptools_entrypoints("garden")
    else:
        assert manager.load_setuptools_entrypoints("garden") == 2
        assert states(manager) == {"ant": "active", "bee": "failed", "cat": "active"}
    assert "ant" in manager.hook.watered(plant="rose")
    assert states(manager)["bee"] == "failed"
    assert len(logged(40)) == 1


def test_what_is_loaded_can_be_switched_before_a_start(pluggy_host, states):
    """And the config be read again."""
    manager = pluggy_host.host()
    manager.load_setuptools_entrypoints("garden")

    manager.disable("bee")
    assert sorted(manager.hook.watered(plant="rose")) == ["ant", "cat"]
    manager.enable("bee")
    assert sorted(manager.hook.watered(plant="rose")) == ["ant", "bee", "cat"]
    assert states(manager) == {"ant": "active", "bee": "active", "cat": "active"}


@pytest.mark.parametrize("between", ["nothing", "a stop"])
@pytest.mark.parametrize("group", ["garden", "garden.plugins"])
def test_start_adopts_what_was_loaded(pluggy_host, states, between, group):
    """Each is imported once, made ready, and shut down; also where the group is the one that `start()` looks at."""
    if group == "garden.plugins":
        for name in ("ant", "bee", "cat"):
            pluggy_host.write(f"{name}-1.0.dist-info/entry_points.txt", f"[garden.plugins]\n{name} = {name}\n")
    manager = pluggy_host.host({"disable": ["cat"]})
    assert manager.load_setuptools_entrypoints(group) == 2
    if between == "a stop":
        manager.stop()

    manager.start()
    assert states(manager) == {"ant": "active", "bee": "active", "cat": "disabled"}
    assert sorted(manager.hook.watered(plant="rose")) == ["ant", "bee"]
    manager.disable("bee")
    manager.stop()

    assert pluggy_host.log == [
        *("import ant", "import bee", "ready ant", "ready bee"),
        *("shutdown bee", "shutdown ant"),
    ]
    assert manager.hook.watered(plant="rose") == []
    manager.start()
    assert sorted(manager.hook.watered(plant="rose")) == ["ant", "bee"]


def test_the_lock_holds_for_pluggys_own_loading(pluggy_host, states, tmp_path):
    """What nobody has approved is not imported."""
    (tmp_path / "garden.lock").write_text("")
    manager = pluggy_host.host({"locked": True, "lock": str(tmp_path / "garden.lock")})

    with pytest.raises(Exception, match="lock"):
        manager.load_setuptools_entrypoints("garden")

    assert not {"ant", "bee", "cat"} & set(sys.modules)


# -- by hand --------------------------------------------------------------------------------------------------


class Mine:
    """What a host brings itself."""

    class Settings:
        """Made by hand in the test."""

    def __init__(self, log):
        self.log = log

    @pluggy.HookimplMarker("garden")
    def watered(self, plant):
        return "mine"

    @pluggy.HookimplMarker("garden")
    def opened(self, gate):
        self.log.append(gate)

    def ready(self, plugins, settings):
        self.log.append(f"ready {getattr(settings, 'hive', settings)}")

    def shutdown(self):
        self.log.append("shutdown")


Mine.Settings = __import__("dataclasses").make_dataclass("Settings", [("hive", str, "oak")])


def test_a_plugin_that_is_registered_by_hand_takes_part_in_the_start(garden, states, report_of):
    """Settings, `ready`, `shutdown`, the report, and switches: as an installed one."""
    garden.install("bee")
    manager = garden.manager("[plugin.mine]\nsettings.hive = 'elm'\n")
    mine = Mine(garden.log)
    manager.register(mine, "mine")
    garden.signals.opened.send(sender=None, gate="north")

    manager.start()
    assert states(manager) == {"bee": "active", "mine": "active"}
    assert set(report_of(manager, "mine").receivers) == {"watered.watered", "opened.opened"}
    assert garden.log == ["north", "import bee", "ready bee", "ready elm"]
    assert sorted(garden.water()) == ["bee", "mine"]

    manager.disable("mine")
    assert garden.water() == ["bee"]
    assert states(manager)["mine"] == "disabled"
    garden.signals.opened.send(sender=None, gate="south")
    manager.enable("mine")
    assert sorted(garden.water()) == ["bee", "mine"]
    assert garden.log[4:] == ["shutdown", "south", "ready elm"]
    manager.stop()
    assert garden.water() == []
    manager.start()
    assert sorted(garden.water()) == ["bee", "mine"]
    assert garden.log.count("north") == 1


@pytest.mark.parametrize("said", ["disable", "set_blocked"])
def test_what_the_config_says_holds_for_what_is_registered_by_hand(garden, states, said):
    """A host brings it, and its operator does without."""
    garden.install("bee")
    manager = garden.manager({"disable": ["mi*"]} if said == "disable" else None)
    manager.register(Mine(garden.log), "mine")
    manager.start()
    if said == "set_blocked":
        manager.set_blocked("mine")

    assert "mine" not in garden.water()
    assert states(manager)["mine"] == "disabled"
    assert "ready oak" not in garden.log or said == "set_blocked"


def test_a_fault_of_what_is_registered_by_hand_is_contained(garden, states, logged):
    """Its `ready` raises: it fails alone, and `required` counts it."""
    garden.install("bee")
    manager = garden.manager()
    manager.register(types.SimpleNamespace(ready=lambda: 1 / 0), "mine")

    manager.start()
    assert states(manager) == {"bee": "active", "mine": "failed"}
    assert len(logged(40)) == 1
    manager.stop()
    with pytest.raises(PluginStartError, match="required plugin 'mine'"):
        manager.start(required=["mine"])


def test_what_is_unregistered_takes_part_no_more(garden, states):
    """pluggy's `unregister` takes it out, started or not."""
    garden.install("bee")
    manager = garden.manager()
    mine = Mine(garden.log)
    manager.register(mine, "mine")
    manager.start()

    assert manager.unregister(mine) is mine
    assert not manager.has_plugin("mine")
    assert garden.water() == ["bee"]
    manager.stop()
    manager.start()
    assert states(manager) == {"bee": "active"}


def test_a_module_that_is_registered_by_hand_owns_what_it_connects(garden):
    """`@receiver` in a module that the host brings as a plugin goes with the plugin."""
    garden.write("brought.py", "from hookcore import receiver\nfrom garden_signals import watered\n"
                 "@receiver(watered)\ndef answer(plant):\n    return 'brought'\n")  # fmt: skip
    manager = garden.manager()
    manager.register(__import__("brought"), "brought")
    manager.start()
    assert garden.water() == ["brought"]

    manager.disable("brought")
    assert garden.water() == []
    manager.enable("brought")
    assert garden.water() == ["brought"]
