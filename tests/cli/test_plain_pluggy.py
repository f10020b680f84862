"""Do the commands work on a host in pluggy's own style, whose manager is hookcore's?"""

from __future__ import annotations

import json

import pytest
from support.installing import write

HOST = """
import sys

import pluggy
from hookcore import PluginManager

class Specs:
    @pluggy.HookspecMarker("plain")
    def watered(self, plant):
        \"\"\"Somebody watered a plant.\"\"\"

def plugins():
    manager = PluginManager("plain")
    manager.add_hookspecs(Specs)
    manager.load_setuptools_entrypoints("plain")
    return manager

if __name__ == "__main__":
    answers = plugins().hook.watered(plant="rose")
    sys.exit("wasp" in str(answers))
"""


@pytest.fixture
def plain(shop):
    """Give a host that does nothing but what pluggy's documentation says."""
    write(shop.folder, {"plain_host.py": HOST})
    shop.variables["HOOKCORE_HOST"] = "plain_host:plugins"
    return shop


def test_list_shows_what_is_loaded_and_what_is_not(plain):
    """Config and environment decide there, too."""
    assert plain.run("list", PLAIN_PLUGINS_DISABLE="wasp").splitlines() == [
        'bee   active    plain-bee 1.0  mode "auto" (default)',
        "wasp  disabled  plain-bee 1.0  disabled by 'wasp' (PLAIN_PLUGINS_DISABLE)",
        "bee receives watered.watered",
    ]


def test_signals_and_why_say_who_receives(plain):
    """A hook is a signal, and what implements it a receiver."""
    assert plain.run("signals").splitlines()[:2] == ["watered(plant)", "  Somebody watered a plant."]
    shown = plain.run("why", "bee")

    assert "bee (plain-bee 1.0) is active" in shown
    assert "✓  watered.watered  of bee, " in shown


def test_lock_verify_and_switches_know_what_is_loaded(plain):
    """The environment may name a config file, which the host's own code has none of."""
    plain.variables["PLAIN_PLUGINS_CONFIG"] = "shop.toml"
    shown = plain.run("lock")

    assert "plugin 'bee': it is new: plain-bee 1.0 brought it" in shown
    assert plain.run("verify") == "All plugins that may run are what the lock file approves.\n"
    assert "wasp is found → disabled: disabled by 'wasp' (shop.toml:1)" in plain.run("disable", "wasp")
    plain.config.write_text('required = ["wasp"]\ndisable = ["bea"]\n')
    assert "shop.toml:2: no plugin or distribution called 'bea' is installed. Did you mean 'bee'?" in plain.run(
        "doctor", status=1
    )
    assert "the required plugin 'wasp' does not run" in plain.run("disable", "wasp", status=1)


def test_bisect_leaves_on_what_is_required(plain):
    """So all that can be left out here is the bee."""
    plain.variables["PLAIN_PLUGINS_REQUIRED"] = "wasp"
    shown = plain.run("bisect", "--", str(plain.python), "plain_host.py", status=1)

    assert "The command is bad without any of the 1 plugins that can be left out" in shown


def test_what_the_host_registers_itself_is_the_hosts_own(plain):
    """No distribution brings it."""
    more = HOST.replace("    return manager", '    manager.register(Specs(), "ours")\n    return manager')
    write(plain.folder, {"plain_host.py": more})

    assert plain.run("why", "ours").startswith("ours (the host's own) is active\n")


def test_time_and_bisect_run_it(plain):
    """By the same variables."""
    document = json.loads(plain.run("time", "--json", "--", str(plain.python), "plain_host.py", status=1))
    assert {one["plugin"]: one["calls"] for one in document["receivers"]} == {"bee": 1, "wasp": 1}
    shown = plain.run("bisect", "--", str(plain.python), "plain_host.py", status=1)

    assert "It is wasp (plain-bee 1.0)" in shown


def test_a_plugin_for_a_hook_is_written_by_hand(plain):
    """Since there is nothing to import: the sentence says how."""
    said = plain.run("new", "plain-cat", "--signal", "watered", status=2)
    assert "signal 'watered' can't be imported from plain_host by its name. Write by hand what receives" in said
    assert "pluggy.HookimplMarker('plain')(specname='watered')" in said
