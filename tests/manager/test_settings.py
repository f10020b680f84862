"""What may the operator set for a plugin, and what is said where it does not fit?"""

from __future__ import annotations

import pytest

DATACLASS = """
from dataclasses import dataclass
from garden_signals import LOG

@dataclass
class Settings:
    hive: str
    bees: int = 3

def ready(settings):
    LOG.append((settings.hive, settings.bees))
"""

PYDANTIC = """
import pydantic
from garden_signals import LOG

class Settings(pydantic.BaseModel):
    hive: str
    bees: int = 3

def ready(settings):
    LOG.append((settings.hive, settings.bees))
"""

BOTH = pytest.mark.parametrize("source", [DATACLASS, PYDANTIC], ids=["dataclass", "pydantic"])


@BOTH
def test_settings_reach_the_plugin(garden, source):
    """Validated, with their defaults, before ready."""
    garden.install("bee", source)

    garden.start('[plugin.bee]\nsettings = { hive = "oak" }\n')

    assert garden.log == [("oak", 3)]


@BOTH
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("bees = 'many'", "plugin.bee.settings.bees"),
        ("hvie = 'oak'", "plugin.bee.settings.hvie is not known. Did you mean 'hive'?"),
    ],
    ids=["wrong type", "unknown"],
)
def test_what_does_not_fit_is_named_with_file_and_line(garden, report_of, logged, source, line, said):
    """The plugin fails in its settings; the others go on."""
    garden.install("bee", source)
    garden.install("cat")

    manager = garden.start(f"[plugin.bee.settings]\nhive = 'elm'\n{line}\n")
    report = report_of(manager, "bee")

    assert report.state == "failed"
    assert report.reason.startswith("settings: SettingsError: ")
    assert f"{garden.place(line)}: {said}" in report.reason
    assert garden.water() == ["cat"]


@BOTH
def test_a_missing_setting_is_named_with_the_place_of_the_table(garden, report_of, source):
    """There is no line for what is not there; the table has one."""
    garden.install("bee", source)

    report = report_of(garden.start("\n[plugin.bee.settings]\nbees = 4\n"), "bee")

    assert f"{garden.place('[plugin.bee.settings]')}: plugin.bee.settings.hive" in report.reason


def test_all_problems_are_listed(garden, report_of):
    """The operator mends the file once."""
    garden.install("bee", DATACLASS)

    error = report_of(garden.start("[plugin.bee.settings]\nbees = 'x'\ncolour = 1\n"), "bee").error

    assert len(error.problems) == 3
    assert error.plugin == "bee"


def test_settings_for_a_plugin_without_settings_fail_it(garden, report_of):
    """Nobody would read them."""
    garden.install("bee")

    report = report_of(garden.start("[plugin.bee]\nsettings.hive = 'oak'\n"), "bee")

    assert report.state == "failed"
    assert f"{garden.place('settings.hive')}: plugin.bee.settings.hive is not known" in report.reason
    assert "has no Settings" in report.reason


def test_settings_may_stand_under_the_distributions_name(garden):
    """Both names are the plugin's; of two that say the same key, the plugin's own counts."""
    garden.install("bee", DATACLASS, distribution="honey-bee")

    garden.start("[plugin.Honey_Bee.settings]\nhive = 'oak'\nbees = 7\n[plugin.bee.settings]\nhive = 'elm'\n")

    assert garden.log == [("elm", 7)]


def test_a_class_finds_the_settings_of_its_module_and_its_own(garden):
    """`Settings` stands in the class, or beside it."""
    garden.install(
        "bee",
        """
        from dataclasses import dataclass
        from garden_signals import LOG

        class Bee:
            @dataclass
            class Settings:
                hive: str = "inside"

            def __init__(self, settings):
                LOG.append(settings.hive)
        """,
        entry_points="bee:Bee",
    )

    garden.start()

    assert garden.log == ["inside"]


def test_settings_of_a_mapping_name_their_key(garden, report_of):
    """A host without a file gives a mapping; the place is the key then."""
    garden.install("bee", DATACLASS)

    report = report_of(garden.start({"plugin": {"bee": {"settings": {"hive": 1}}}}), "bee")

    assert "config mapping plugin.bee.settings.hive: plugin.bee.settings.hive must be a string, not 1" in report.reason
