"""Does plan() say what a start would do, and do nothing?"""

from __future__ import annotations

import sys

import pytest

from hookcore import ConfigError, PluginStartError


@pytest.fixture
def planned(garden):
    """Give a garden of three plugins, one of which needs another one."""
    garden.install("ant", requires=["bee"])
    garden.install("bee", receivers={"watered.later": "bee:later"})
    garden.install("cat")
    return garden


def told(reports):
    """Return what reports tell of each plugin."""
    return {one.name: (one.state, one.reason, one.decided_by) for one in reports}


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"disable": ["bee"]},
        {"mode": "explicit", "enable": ["cat"]},
        {"mode": "required", "required": ["bee"]},
        {"config": {"disable": ["*"]}},
    ],
    ids=str,
)
def test_a_plan_is_what_a_start_does(planned, arguments):
    """The same states but for those that come up, the same reasons and sources."""
    manager = planned.manager("disable = ['cat']")

    plan = manager.plan(**arguments)
    manager.start(**arguments)

    expected = {
        name: ("found" if state == "active" else state, *rest)
        for name, (state, *rest) in told(manager.report()).items()
    }
    assert told(plan) == expected
    assert plan.refusals == ()


def test_a_plan_imports_nothing_and_changes_nothing(planned):
    """No plugin is imported, no signal is taken, and the manager can start."""
    manager = planned.manager("mute = ['watered']\n[plugin.bee]\ndisable = ['watered.l*']")

    plan = manager.plan()

    assert not {"ant", "bee", "cat"} & sys.modules.keys()
    assert planned.signals.watered._holder is None
    assert not planned.signals.watered.is_muted
    assert manager.report() == ()
    assert [report.receivers for report in plan] == [(), ("watered.later",), ()]
    assert plan[1].disabled_receivers == plan[1].muted_receivers == ("watered.later",)


def test_a_plan_beside_a_running_manager_is_that_of_a_fresh_start(planned, states):
    """What enable() and disable() said is gone then."""
    manager = planned.start("disable = ['cat']")
    manager.enable("cat")
    manager.disable("ant")

    assert {one.name: one.state for one in manager.plan()} == {"ant": "found", "bee": "found", "cat": "disabled"}
    assert states(manager) == {"ant": "disabled", "bee": "active", "cat": "active"}


def test_a_plan_says_why_the_host_would_refuse(planned):
    """In the words of the start."""
    manager = planned.manager("required = ['ant', 'dog']\ndisable = ['bee']")

    first, second = manager.plan().refusals

    assert first.startswith(
        f"{planned.config}:1: the required plugin 'ant' does not run: plugin 'ant' (ant 1.5) would be"
    )
    assert second == f"{planned.config}:1: the required plugin 'dog' is not installed."
    with pytest.raises(PluginStartError):
        manager.start()


def test_a_plan_of_what_is_no_config_is_refused(planned):
    """As the start would."""
    with pytest.raises(ConfigError, match="argument mode: mode must be"):
        planned.manager().plan(mode="atuo")


def test_a_plan_has_what_a_start_would_adopt(planned):
    """What is loaded as pluggy does, in a group of its own name, and what is registered by hand."""
    planned.install_files(
        *("dragonfly-1.0.dist-info", {"dragonfly.py": ""}),
        metadata=["Name: dragonfly", "Version: 1.0"],
        groups={"pond": {"dragonfly": "dragonfly"}},
    )
    manager = planned.manager("required = ['dragonfly', 'eel']\ndisable = ['cat']")
    manager.load_setuptools_entrypoints("pond")
    manager.register(object(), name="eel")

    plan = manager.plan()

    assert [one.name for one in plan] == ["ant", "bee", "cat", "dragonfly", "eel"]
    assert not plan.refusals
    manager.start()
    assert [(one.name, one.state) for one in manager.report()] == [
        (one.name, "active" if one.state == "found" else one.state) for one in plan
    ]
    manager.stop()


def test_a_plan_asks_the_lock(planned):
    """What the lock file does not approve would be blocked."""
    planned.write("../plugins.lock", "format = 1\n")

    plan = planned.manager("locked = true").plan()

    assert {report.state for report in plan} == {"blocked"}
