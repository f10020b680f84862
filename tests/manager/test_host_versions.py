"""Is a plugin kept from a host that it was not made for?"""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from hookcore import PluginManager, Signal
from hookcore.testing import make_distribution


@pytest.fixture
def plugin_that_requires(tmp_path):
    """Give what installs a host of version 2.5 and a plugin with requirements, starts, and returns its report."""

    def start(*requires: str, host: str = "2.5"):
        points = {"green_house.plugins": {"vine": "green_vine"}}
        modules = {"green_vine.py": "from hookcore import Signal\n"}
        with (
            make_distribution(tmp_path / "host", "Green.House", version=host),
            make_distribution(tmp_path / "vine", "vine", entry_points=points, modules=modules, requires=requires),
            PluginManager("green_house", SimpleNamespace(grown=Signal())) as plugins,
        ):
            [report] = plugins.report()
            return report

    return start


@pytest.mark.parametrize(
    "requirement",
    ["green-house>=2,<3", "Green_House==2.*", "green-house", "green-house>=9; python_version < '3'", "x>9"],
)
def test_a_plugin_for_this_host_runs(plugin_that_requires, requirement):
    """Whichever way the name is spelled; what does not hold here, or is about others, is no matter."""
    assert plugin_that_requires(requirement).state == "active"


@pytest.mark.parametrize("requirement", ["green-house>=3", "Green.House<2.5", "green-house (==1.0)"])
def test_a_plugin_for_another_version_of_the_host_is_blocked_with_the_reason(plugin_that_requires, requirement):
    """And is not imported, so that there is no ImportError to read."""
    report = plugin_that_requires(requirement)
    assert report.state == "blocked"
    assert report.reason == f"requires {requirement}, and green-house 2.5 is installed"
    assert report.error is None


def test_a_development_version_of_the_host_counts_as_what_it_is(plugin_that_requires):
    """As pip has it: it comes before the release."""
    assert plugin_that_requires("green-house>=2", host="2.5.dev3").state == "active"
    assert plugin_that_requires("green-house>=2.5", host="2.5.dev3").state == "blocked"


def test_a_host_whose_version_is_none_has_every_plugin(plugin_that_requires):
    """Metadata that nobody can compare keeps no plugin away."""
    assert plugin_that_requires("green-house>=3", host="unknown").state == "active"


def test_a_host_that_is_not_installed_has_every_plugin(tmp_path):
    """A script of its own has no version."""
    points = {"orchard.plugins": {"vine": "orchard_vine"}}
    with (
        make_distribution(
            tmp_path, "vine", entry_points=points, modules={"orchard_vine.py": ""}, requires=["orchard>=3"]
        ),
        PluginManager("orchard", SimpleNamespace(grown=Signal())) as plugins,
    ):
        assert [one.state for one in plugins.report()] == ["active"]
