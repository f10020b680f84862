"""What becomes of a plugin whose distribution requires another plugin's?"""

from __future__ import annotations

import pytest


def test_requirements_decide_the_order(garden):
    """What a distribution requires comes up before it and goes down after it, whatever the names say."""
    garden.install("ant", requires=["zoo>=1"])
    garden.install("zoo", requires=["moth"])
    garden.install("moth")

    manager = garden.start()
    manager.stop()

    assert garden.log == [
        *("import moth", "import zoo", "import ant"),
        *("ready moth", "ready zoo", "ready ant"),
        *("shutdown ant", "shutdown zoo", "shutdown moth"),
    ]


def test_a_plugin_that_needs_a_disabled_one_is_blocked(garden, report_of):
    """It is never imported, and its reason names the other one and who disabled it."""
    garden.install("bee", requires=["Hive_Box>1"])
    garden.install("hive", distribution="hive-box")

    manager = garden.start(disable=["hive"])
    report = report_of(manager, "bee")

    assert report.state == "blocked"
    assert report.reason == "requires hive-box, whose plugin 'hive' is disabled: disabled by 'hive'"
    assert report.decided_by == "argument disable"
    assert garden.log == []


@pytest.mark.parametrize("source", ["1 / 0\n", "def ready(): 1 / 0\n"], ids=["at import", "in ready"])
def test_a_plugin_that_needs_a_failed_one_is_blocked(garden, report_of, source):
    """Whether the other one fails at import or in ready, and through as many steps as there are."""
    garden.install("ant", requires=["bee"])
    garden.install("bee", requires=["hive"])
    garden.install("hive", source)
    garden.install("owl")

    manager = garden.start()

    assert report_of(manager, "bee").state == "blocked"
    assert "whose plugin 'hive' is failed" in report_of(manager, "bee").reason
    assert report_of(manager, "ant").state == "blocked"
    assert "whose plugin 'bee' is blocked" in report_of(manager, "ant").reason
    assert garden.water() == ["owl"]
    assert "ready ant" not in garden.log
    assert "ready bee" not in garden.log


def test_enabling_what_was_missing_brings_those_that_waited(garden, states):
    """And disabling it takes them along, in the right order."""
    garden.install("ant", requires=["hive"])
    garden.install("hive")
    manager = garden.start(disable=["hive"])
    assert states(manager) == {"ant": "blocked", "hive": "disabled"}

    manager.enable("hive")
    assert states(manager) == {"ant": "active", "hive": "active"}
    assert garden.log == ["import hive", "import ant", "ready hive", "ready ant"]

    manager.disable("hive")
    assert states(manager) == {"ant": "blocked", "hive": "disabled"}
    assert garden.log[-2:] == ["shutdown ant", "shutdown hive"]
    assert garden.water() == []


def test_enabling_one_that_still_misses_another_says_so(garden):
    """The error is that of the plugin that was asked for."""
    from hookcore import PluginError

    garden.install("ant", requires=["hive"])
    garden.install("hive")
    manager = garden.start(disable=["hive", "ant"])

    with pytest.raises(
        PluginError, match=r"plugin 'ant' \(ant 1\.5\) could not be enabled; it is blocked: requires hive"
    ):
        manager.enable("ant")


def test_a_plugin_that_fails_later_takes_those_that_need_it_down(garden, states):
    """A second `ready` that raises shuts down, in reverse order, who needs the plugin."""
    garden.install(
        "hive",
        """
        from garden_signals import LOG

        def ready():
            LOG.append("ready hive")
            if LOG.count("ready hive") == 2:
                1 / 0
        """,
    )
    garden.install("bee", requires=["hive"])
    manager = garden.start()
    manager.disable("hive")

    with pytest.raises(Exception, match="division by zero"):
        manager.enable("hive")

    assert states(manager) == {"bee": "blocked", "hive": "failed"}
    assert garden.water() == []


def test_distributions_that_require_each_other_load_by_name(garden):
    """pip allows circles; here they are no reason not to run."""
    garden.install("ant", requires=["bee"])
    garden.install("bee", requires=["ant"])

    garden.start()

    assert garden.log[:2] == ["import ant", "import bee"]


def test_requirements_that_no_plugin_fulfils_are_pips_business(garden, states):
    """A library that is not there shows at import, if at all; extras and other platforms do not count."""
    garden.install("bee", requires=["left-pad", "hive; extra == 'all'", "hive; python_version < '3'"])
    garden.install("hive")

    assert states(garden.start(disable=["hive"])) == {"bee": "active", "hive": "disabled"}
