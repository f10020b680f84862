"""Which plugins does a name mean, wherever somebody says one?"""

from __future__ import annotations

import logging

import pytest

from hookcore import PluginStartError, UnknownPluginError

TRACKER = """
from dataclasses import dataclass
from hookcore import receiver
from garden_signals import watered

@dataclass
class Settings:
    text: str = "tracker"

def ready(settings):
    receiver(watered)(lambda: settings.text)
"""
AMBIGUOUS = (
    "means the plugin 'mail' of blog-mail 1.5, and not plugin 'tracker' of mail 1.5."
    " If you mean 'tracker', too, name it"
)


@pytest.fixture
def post(garden):
    """Give a garden with the plugin `mail` of `blog-mail`, and `tracker` of a distribution that is called `mail`."""
    garden.install("mail", TRACKER.replace("tracker", "mail"), distribution="blog-mail")
    garden.install("tracker", TRACKER, distribution="mail")
    return garden


@pytest.mark.parametrize("name", ["mail", "MAIL", "Mail"])
@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"mode": "explicit", "enable": ["NAME"]}, {"mail": "active", "tracker": "disabled"}),
        ({"disable": ["NAME"]}, {"mail": "disabled", "tracker": "active"}),
        ({"mode": "required", "required": ["NAME"]}, {"mail": "active", "tracker": "disabled"}),
    ],
    ids=["enable", "disable", "required"],
)
def test_a_name_means_the_plugin_that_bears_it(post, states, config, expected, name):
    """And not another one, whose distribution is called so."""
    said = {key: [name] if value == ["NAME"] else value for key, value in config.items()}

    assert states(post.start(said)) == expected


def test_a_required_plugin_is_not_replaced_by_a_distribution_of_its_name(post):
    """It is the plugin `mail` without which the host cannot do."""
    manager = post.manager({"required": ["mail"], "disable": ["blog-mail"]})

    with pytest.raises(PluginStartError, match="the required plugin 'mail' does not run: plugin 'mail'"):
        manager.start()


def test_settings_are_for_the_plugin_that_bears_the_name(post):
    """What is said of `mail` reaches no tracker."""
    post.start({"plugin": {"mail": {"settings": {"text": "letter"}}}})

    assert sorted(post.water()) == ["letter", "tracker"]


def test_a_running_manager_switches_the_plugin_that_bears_the_name(post, states):
    """disable(), enable() and set_blocked() mean the same."""
    manager = post.start()

    manager.disable("mail")
    assert states(manager) == {"mail": "disabled", "tracker": "active"}
    manager.enable("mail")
    manager.set_blocked("Mail")
    assert states(manager) == {"mail": "disabled", "tracker": "active"}


@pytest.mark.parametrize(
    ("config", "place"),
    [
        ({"disable": ["Mail"]}, "disable"),
        ({"mode": "explicit", "enable": ["Mail", "blog-mail"]}, "enable"),
        ({"required": ["Mail"]}, "required"),
        ({"plugin": {"Mail": {}}}, "plugin.Mail"),
    ],
)
def test_an_ambiguity_is_said(post, logged, config, place):
    """Which was meant, which was not, and what to write to mean that as well; once."""
    manager = post.start(config)
    manager.disable("tracker")

    assert logged(logging.WARNING) == [f"config mapping {place}: 'Mail' {AMBIGUOUS}"]


def test_an_ambiguity_in_a_call_is_said(post, logged):
    """Whoever calls may have meant the other one."""
    post.start().disable("mail")

    assert logged(logging.WARNING) == [f"'mail' {AMBIGUOUS}"]


def test_a_distributions_name_means_all_of_its_plugins_where_no_plugin_has_it(garden, states, logged):
    """That is no ambiguity."""
    garden.install(
        "one", {"pack.py": "", "pack2.py": ""}, distribution="pack", entry_points={"one": "pack", "two": "pack2"}
    )
    garden.install("other")
    manager = garden.start({"disable": ["Pack"]})

    assert states(manager) == {"one": "disabled", "other": "active", "two": "disabled"}
    manager.enable("pack")
    assert states(manager) == {"one": "active", "other": "active", "two": "active"}
    assert logged(logging.WARNING) == []


def test_a_name_that_is_there_is_no_glob(garden, states):
    """Whatever it looks like."""
    garden.install("odd", {"odd.py": "", "evil1.py": ""}, entry_points={"evil[1]": "odd", "evil1": "evil1"})

    assert states(garden.start({"disable": ["evil[1]"]})) == {"evil1": "active", "evil[1]": "disabled"}
    garden.managers[-1].stop()
    manager = garden.start({"mode": "explicit", "enable": ["Evil[1]"]})
    assert states(manager) == {"evil1": "disabled", "evil[1]": "active"}
    manager.disable("evil[1]")
    assert states(manager) == {"evil1": "disabled", "evil[1]": "disabled"}


@pytest.mark.parametrize("glob", ["b*", "B*", "b??", "[a-b]ee", "*"])
def test_globs_are_understood_in_every_list(garden, states, glob):
    """By the spelling that people use."""
    for name in ("bee", "bug"):
        garden.install(name)

    for config in (
        {"disable": [glob]},
        {"mode": "explicit", "enable": [glob]},
        {"mode": "required", "required": [glob]},
    ):
        with garden.manager(config) as manager:
            assert states(manager)["bee"] == ("disabled" if "disable" in config else "active")
    with garden.manager({"mute": ["water*", "[n]amed"]}):
        assert garden.water() == []


def test_a_table_may_be_for_a_glob(post):
    """The nearest name's settings win: the plugin's, then its distribution's, then a glob's."""
    tables = {
        "*": {"settings": {"text": "everybody"}},
        "m*": {"settings": {"text": "some"}},
        "blog-mail": {"settings": {"text": "letter"}},
    }
    post.start({"plugin": tables})

    assert sorted(post.water()) == ["everybody", "letter"]


@pytest.mark.parametrize("broken", ["disable", "fail"])
def test_a_required_glob_needs_every_plugin_that_it_fits(garden, broken):
    """One that runs is not enough."""
    garden.install("bee")
    garden.install("bug", "1 / 0\n" if broken == "fail" else "")
    manager = garden.manager({"required": ["b*"], "disable": ["bug"] if broken == "disable" else []})

    with pytest.raises(PluginStartError, match="'b\\*' does not run: plugin 'bug'") as caught:
        manager.start()
    assert "'bee'" not in str(caught.value)
    with pytest.raises(PluginStartError, match="the required plugin 'c\\*' is not installed"):
        manager.start(required=["c*"], disable=["*"], config={})


def test_of_plugins_that_claim_a_required_name_one_is_enough(garden, states):
    """The config has chosen it."""
    garden.install("mail", distribution="blog-mail")
    garden.install("mail", distribution="evil-mail")

    manager = garden.start({"required": ["mail"], "plugin": {"mail": {"distribution": "blog-mail"}}})

    assert [report.state for report in manager.report()] == ["active", "disabled"]


@pytest.mark.parametrize("name", ["be", "legacy-*", "", "*x*"])
def test_a_name_that_means_nothing_is_refused_by_a_running_manager(garden, name):
    """Also a glob: who calls wants something to happen."""
    garden.install("bee")
    manager = garden.start()

    for call in (manager.enable, manager.disable):
        with pytest.raises(UnknownPluginError, match="no plugin or distribution called"):
            call(name)
