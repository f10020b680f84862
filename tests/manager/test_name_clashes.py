"""What if two distributions claim one name, or one distribution is there twice?"""

from __future__ import annotations

import sys

import pytest

from hookcore import PluginError


@pytest.fixture
def clash(garden):
    """Two distributions, each with a plugin called `bee`, in two spellings."""
    garden.install("bee", distribution="honey-bee")
    garden.install("Bee", distribution="wild_bee")
    return garden


def by_distribution(manager):
    """Return the reports by the name of the distribution."""
    return {report.distribution: report for report in manager.report()}


def test_neither_runs_and_both_say_what_to_write(clash):
    """Nothing of either is imported; the reason is the remedy."""
    reports = by_distribution(clash.start())

    for report in reports.values():
        assert report.state == "blocked"
        assert "honey-bee 1.5 and wild_bee 1.5 both claim the name" in report.reason
        assert 'distribution = "honey-bee" or distribution = "wild_bee"' in report.reason
    assert clash.log == []


@pytest.mark.parametrize(("chosen", "runs"), [("honey-bee", "honey-bee"), ("Wild-Bee", "wild_bee")])
def test_what_the_remedy_says_works(clash, chosen, runs):
    """The config chooses one by its distribution's name, in any spelling; the other one is disabled, and says why."""
    reports = by_distribution(clash.start(f'[plugin.bee]\ndistribution = "{chosen}"\n'))

    assert {name for name, report in reports.items() if report.state == "active"} == {runs}
    [other] = [report for report in reports.values() if report.state != "active"]
    assert other.state == "disabled"
    assert f"gives the name 'bee' to the distribution '{chosen}'" in other.reason
    assert other.decided_by == clash.place("distribution")
    assert len(clash.water()) == 1


def test_the_one_that_was_chosen_can_be_switched_by_the_name(clash):
    """The name means both, and the other one cannot come up; who asks for that one is told why."""
    manager = clash.start({"plugin": {"bee": {"distribution": "honey-bee"}}})

    manager.disable("bee")
    assert clash.water() == []

    manager.enable("bee")
    assert clash.water() == ["bee"]
    with pytest.raises(PluginError, match=r"wild_bee 1\.5\) could not be enabled.*to the distribution 'honey-bee'"):
        manager.enable("wild-bee")


def test_disabling_one_by_its_distribution_settles_it_too(clash):
    """Of the plugins that may run, one is left."""
    reports = by_distribution(clash.start(disable=["wild-bee"]))

    assert reports["honey-bee"].state == "active"
    assert clash.water() == ["bee"]


@pytest.mark.parametrize(("disabled", "left"), [("wild-bee", "honey-bee"), ("Honey_Bee", "wild_bee")])
def test_disabling_one_by_its_distribution_while_running_settles_it_too(clash, disabled, left):
    """disable() means the plugins of that distribution, not whoever else claims their name."""
    manager = clash.start()

    manager.disable(disabled)

    reports = by_distribution(manager)
    assert {name for name, report in reports.items() if report.state == "active"} == {left}
    [other] = [report for report in reports.values() if report.distribution != left]
    assert (other.state, other.reason, other.decided_by) == ("disabled", "disabled while running", "argument disable()")


def test_disabling_the_one_that_was_not_chosen_leaves_the_chosen_one_alone(clash):
    """Nothing of it is shut down."""
    manager = clash.start({"plugin": {"bee": {"distribution": "honey-bee"}}})

    manager.disable("wild-bee")

    assert clash.water() == ["bee"]
    assert clash.log == ["import bee", "ready bee"]


@pytest.mark.parametrize("name", ["wild-bee", "bee"])
def test_enabling_one_takes_no_other_down(clash, name):
    """The error says what to write instead; nothing has changed, and nothing is shut down."""
    manager = clash.start(disable=["wild-bee"])

    with pytest.raises(PluginError, match=r"would take down plugin 'bee' \(honey-bee 1\.5\): .*To choose one, write"):
        manager.enable(name)

    reports = by_distribution(manager)
    assert (reports["wild_bee"].state, reports["wild_bee"].reason) == ("disabled", "disabled by 'wild-bee'")
    assert clash.water() == ["bee"]
    assert clash.log == ["import bee", "ready bee"]
    manager.disable("honey-bee")
    manager.enable("wild-bee")
    assert clash.water() == ["Bee"]


def test_receivers_of_the_one_that_was_not_chosen_are_silent(clash):
    """Also when somebody imports it."""
    clash.start({"plugin": {"bee": {"distribution": "honey-bee"}}})

    __import__("wild_bee")

    assert clash.water() == ["bee"]


def test_after_a_restart_with_the_other_choice_the_other_one_runs(clash):
    """Owners are told apart by distribution too: no receiver of one becomes the other's."""
    manager = clash.start({"plugin": {"bee": {"distribution": "honey-bee"}}})
    manager.stop()
    clash.start({"plugin": {"bee": {"distribution": "wild-bee"}}})

    assert clash.water() == ["Bee"]


def test_what_a_library_made_for_one_is_not_the_others_after_a_restart(garden):
    """Their receivers are written in no module of theirs: the owner of then tells whose they are."""
    garden.write("library.py", "def make(text):\n    return lambda plant: text\n")
    for distribution in ("honey-bee", "wild-bee"):
        source = (
            f"import library\nfrom garden_signals import watered\nwatered.connect(library.make('{distribution}'))\n"
        )
        garden.install("bee", source, distribution=distribution)
    for chosen in ("honey-bee", "wild-bee", "honey-bee"):
        with garden.manager({"plugin": {"bee": {"distribution": chosen}}}):
            assert garden.water() == [chosen]
    assert garden.water() == []


def test_a_distribution_that_is_found_twice_counts_once(garden, monkeypatch):
    """The first on `sys.path` wins, as importlib.metadata has it."""
    garden.install("bee", version="1.5")
    other = garden.folder / "older"
    other.mkdir()
    monkeypatch.setattr(garden, "site", other)
    garden.install("bee", "raise RuntimeError('shadowed')\n", version="1.0")
    monkeypatch.setattr(sys, "path", [*sys.path, str(other)])

    [report] = garden.start().report()

    assert (report.version, report.state) == ("1.5", "active")


def test_two_of_one_distributions_name_are_told_apart_by_their_paths(garden):
    """Their metadata says the same; where it lies does not."""
    garden.install("bee", distribution="hive", entry_points={"bee": "hive"})
    for number in (1, 2):
        garden.install_files(
            f"swarm{number}-1.5.dist-info",
            {},
            metadata=["Name: hive", "Version: 1.5"],
            groups={"garden.plugins": {"wasp": "hive"}},
        )
    wasps = [report for report in garden.start().report() if report.name == "wasp"]
    assert [report.state for report in wasps] == ["blocked", "blocked"]
    for reason in {report.reason for report in wasps}:
        assert reason.count("hive 1.5 in ") == 2
        assert "swarm1-1.5.dist-info" in reason
        assert "swarm2-1.5.dist-info" in reason
