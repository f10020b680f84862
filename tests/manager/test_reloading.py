"""Does reload_config() change what it must, and nothing where it cannot?"""

from __future__ import annotations

import pytest

from hookcore import ConfigError

SETTLED = """
from dataclasses import dataclass
from hookcore import receiver
from garden_signals import LOG, watered

@dataclass
class Settings:
    hive: str = "none"

@receiver(watered)
def answer(plant):
    return "settled"

def ready(settings):
    LOG.append(f"ready {settings.hive}")

def shutdown():
    LOG.append("shutdown")
"""


def test_plugins_follow_the_file(garden, report_of):
    """What it disables goes, what it no longer disables comes; the reasons are the new ones."""
    garden.install("ant")
    garden.install("bee")
    manager = garden.start('disable = ["ant"]')

    garden.say('\ndisable = ["bee"]')
    manager.reload_config()

    assert garden.water() == ["ant"]
    assert report_of(manager, "bee").decided_by == f"{garden.config}:2"
    assert garden.log == ["import bee", "ready bee", "shutdown bee", "import ant", "ready ant"]


def test_a_plugin_that_stays_is_not_touched(garden, report_of):
    """Only its reason is new."""
    garden.install("bee")
    manager = garden.start("")

    garden.say('mode = "explicit"\nenable = ["bee"]')
    manager.reload_config()

    assert garden.log == ["import bee", "ready bee"]
    assert report_of(manager, "bee").reason == "enabled by 'bee'"
    assert report_of(manager, "bee").decided_by == f"{garden.config}:2"


def test_a_mapping_is_read_again_too(garden):
    """The host may change it and reload."""
    garden.install("bee")
    config = {}
    manager = garden.start(config)

    config["disable"] = ["bee"]
    manager.reload_config()

    assert garden.water() == []


def test_changed_settings_restart_their_plugin_and_no_other(garden, states):
    """Shutdown with the old ones, ready with the new ones, once each."""
    garden.install("bee", SETTLED)
    garden.install("cat")
    manager = garden.start("[plugin.bee]\nsettings.hive = 'oak'\n")
    for hive in ("elm", "ash"):
        garden.say(f"# moved\n\n[plugin.bee]\nsettings = {{ hive = '{hive}' }}\n")
        manager.reload_config()

    assert [line for line in garden.log if not line.endswith("cat")] == [
        *("ready oak", "shutdown", "ready elm", "shutdown", "ready ash"),
    ]
    assert [line for line in garden.log if line.endswith("cat")] == ["import cat", "ready cat"]
    assert sorted(garden.water()) == ["cat", "settled"]
    assert states(manager) == {"bee": "active", "cat": "active"}
    manager.stop()
    assert garden.log.count("shutdown") == 3


def test_the_same_settings_elsewhere_in_the_file_restart_nothing(garden):
    """Lines may move."""
    garden.install("bee", SETTLED)
    manager = garden.start("[plugin.bee]\nsettings.hive = 'oak'\n")

    garden.say("\n\n[plugin.bee.settings]\nhive = 'oak'\n")
    manager.reload_config()

    assert garden.log == ["ready oak"]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("disable = [", ":1:"),
        ("disabel = []", ":1: unknown key 'disabel'"),
        ("[plugin.bee]\nsettings.hive = 3", ":2: plugin.bee.settings.hive must be a string, not 3."),
        ("[plugin.bee]\nsettings.hvie = 'x'", ":2: plugin.bee.settings.hvie is not known. Did you mean 'hive'?"),
        ("mute = ['zzz']", ":1: mute names 'zzz'"),
        (
            "disable = ['bee']\nrequired = ['bee']",
            ":2: the required plugin 'bee' does not run: plugin 'bee' (bee 1.5) would be disabled: disabled by 'bee'",
        ),
        ("required = ['bea']", ":1: the required plugin 'bea' is not installed. Did you mean 'bee'?"),
    ],
)
def test_a_config_that_cannot_be_used_changes_nothing(garden, config, said):
    """Not the part of it that could be used either: the cat stays, though the new file disables it."""
    garden.install("bee", SETTLED)
    garden.install("cat")
    manager = garden.start("[plugin.bee]\nsettings.hive = 'oak'\n")
    before = manager.report()
    garden.say(config if config.startswith("disable") else f"disable = ['cat']  # and\n{config}")
    said = said if config.startswith("disable") else _one_line_further(said)

    with pytest.raises(ConfigError) as caught:
        manager.reload_config()

    assert f"{garden.config}{said}" in str(caught.value)
    assert manager.report() == before
    assert sorted(garden.water()) == ["cat", "settled"]
    assert [line for line in garden.log if not line.endswith("cat")] == ["ready oak"]

    garden.say("")
    manager.reload_config()  # and it goes on from where it was
    assert garden.log[-2:] == ["shutdown", "ready none"]


def _one_line_further(place):
    _, line, rest = place.split(":", 2)
    return f":{int(line) + 1}:{rest}"


def test_a_file_that_is_gone_changes_nothing(garden):
    """Nor one that cannot be read."""
    garden.install("bee")
    manager = garden.start("")
    garden.config.unlink()

    with pytest.raises(ConfigError, match="can't be read"):
        manager.reload_config()

    assert garden.water() == ["bee"]


def test_settings_that_make_the_plugins_own_code_raise_change_nothing(garden):
    """Whatever its `Settings` raises is a problem of the config's, and named with its place."""
    check = "\n    def __post_init__(self):\n        {'oak': 1}[self.hive]\n\n@receiver"
    garden.install("bee", SETTLED.replace("\n@receiver", check))
    manager = garden.start("[plugin.bee]\nsettings.hive = 'oak'\n")
    garden.say("[plugin.bee]\nsettings.hive = 'elm'\n")

    with pytest.raises(
        ConfigError, match=r"garden\.toml:2: plugin 'bee' \(bee 1\.5\) refuses its settings: .*KeyError"
    ):
        manager.reload_config()

    assert garden.log == ["ready oak"]


def test_all_problems_of_all_plugins_are_listed(garden):
    """The operator mends the file once."""
    garden.install("ant", SETTLED)
    garden.install("bee", SETTLED)
    manager = garden.start("")
    garden.say("required = ['zebra']\n[plugin.ant]\nsettings.hive = 1\n[plugin.bee]\nsettings.hive = 2\n")

    with pytest.raises(ConfigError) as caught:
        manager.reload_config()

    assert len(caught.value.problems) == 3


def test_a_failed_plugin_is_tried_again(garden, states):
    """The operator mended its settings, say."""
    garden.install("bee", SETTLED)
    manager = garden.start("[plugin.bee]\nsettings.hive = 1\n")
    assert states(manager) == {"bee": "failed"}

    garden.say("[plugin.bee]\nsettings.hive = 'oak'\n")
    manager.reload_config()

    assert states(manager) == {"bee": "active"}
    assert garden.log == ["ready oak"]
    assert manager.report()[0].error is None


def test_a_plugin_that_fails_in_a_reload_is_contained(garden, states):
    """As at the start: it failed, the others go on, and the reload has happened."""
    garden.install("bad", "1 / 0\n")
    garden.install("cat")
    manager = garden.start("disable = ['bad', 'cat']")

    garden.say("")
    manager.reload_config()

    assert states(manager) == {"bad": "failed", "cat": "active"}


def test_what_the_running_host_said_outlasts_a_reload(garden, states):
    """enable() and disable() count until stop()."""
    garden.install("ant")
    garden.install("bee")
    manager = garden.start("disable = ['ant']")
    manager.enable("ant")
    manager.disable("bee")

    garden.say("disable = ['ant', 'other-*']")
    manager.reload_config()

    assert states(manager) == {"ant": "active", "bee": "disabled"}


def test_those_that_need_a_restarted_plugin_follow_if_it_fails(garden, states):
    """The new settings are valid, and its `ready` raises all the same."""
    garden.install(
        "hive", SETTLED.replace('LOG.append(f"ready', 'settings.hive == "elm" and 1 / 0; LOG.append(f"ready')
    )
    garden.install("aphid", requires=["hive"])
    garden.install("worker", requires=["aphid"])
    manager = garden.start("[plugin.hive]\nsettings.hive = 'oak'\n")

    garden.say("[plugin.hive]\nsettings.hive = 'elm'\n")
    manager.reload_config()

    assert states(manager) == {"aphid": "blocked", "hive": "failed", "worker": "blocked"}
    assert garden.log[-2:] == ["shutdown worker", "shutdown aphid"]
    assert garden.water() == []
