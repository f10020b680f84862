"""Which plugins does a name mean, wherever somebody says one?"""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest

from hookcore import PluginManager, PluginStartError, Signal, UnknownPluginError

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
TALKER = """
from hookcore import receiver
from garden_signals import watered

@receiver(watered)
def answer(plant):
    return "NAME"
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


LITERAL = """
from hookcore import receiver
from garden_signals import watered

def named(name):
    def answer(plant):
        return name
    answer.__name__ = name
    receiver(watered)(answer)

named("evil1")
named("evil[1]")
"""
EVERYBODY = ["evil1", "evil1", "evil[1]", "evil[1]"]
ONE_IS_OFF = ["evil1", "evil1"]


@pytest.fixture
def alike(garden):
    """Give a garden with two plugins of which one is called as a glob that fits the other; so are their receivers."""
    sources = {"odd.py": TALKER.replace("NAME", "evil[1]"), "even.py": TALKER.replace("NAME", "evil1")}
    garden.install("odd", sources, entry_points={"evil[1]": "odd", "evil1": "even"})
    return garden


@pytest.mark.parametrize(
    ("config", "runs"),
    [
        ({"disable": ["evil[1]"]}, "evil1"),
        ({"disable": ["EVIL[1]"]}, "evil1"),
        ({"mode": "explicit", "enable": ["evil[1]"]}, "evil[1]"),
        ({"mode": "required", "required": ["evil[1]"]}, "evil[1]"),
        ({"required": ["evil[1]"], "disable": ["evil1"]}, "evil[1]"),
        ({"plugin": {"evil[1]": {"disable": ["watered.answer"]}}}, "evil1"),
        ({"plugin": {"evil[1]": {"distribution": "odd"}}, "disable": ["evil1"]}, "evil[1]"),
    ],
    ids=lambda said: ".".join(said) if isinstance(said, dict) else said,
)
def test_a_plugins_name_is_no_glob_in_any_key(alike, config, runs):
    """Whatever it looks like, it means the plugin that bears it, and no other."""
    alike.start(config)

    assert alike.water() == [runs]


@pytest.mark.parametrize(
    ("variables", "runs"),
    [
        ({"DISABLE": "evil[1]"}, "evil1"),
        ({"MODE": "explicit", "ENABLE": "evil[1]"}, "evil[1]"),
        ({"MODE": "required", "REQUIRED": "evil[1]"}, "evil[1]"),
    ],
)
def test_a_plugins_name_is_no_glob_in_the_environment(alike, monkeypatch, variables, runs):
    """A variable says what the key says."""
    for name, value in variables.items():
        monkeypatch.setenv(f"GARDEN_PLUGINS_{name}", value)
    alike.start()

    assert alike.water() == [runs]


def test_a_plugins_name_is_no_glob_in_a_call(alike):
    """disable(), enable() and set_blocked() mean the same."""
    manager = alike.start()

    manager.disable("evil[1]")
    assert alike.water() == ["evil1"]
    manager.disable("evil1")
    manager.enable("evil[1]")
    assert alike.water() == ["evil[1]"]
    manager.enable("evil1")
    manager.set_blocked("evil[1]")
    assert alike.water() == ["evil1"]


def test_a_plugins_name_is_no_glob_in_the_lock(alike, states):
    """Who is approved is approved alone."""
    manager = alike.manager("locked = true\ndisable = ['evil1']\n")
    manager.lock()
    alike.say("locked = true\n")
    manager.start()

    assert states(manager) == {"evil1": "blocked", "evil[1]": "active"}


@pytest.mark.parametrize("table", ["bee", "b*"])
@pytest.mark.parametrize("late", [False, True])
def test_a_receivers_name_is_no_glob(garden, report_of, table, late):
    """Whether its function bears it or its entry point, and whatever connects first."""
    garden.install(
        "bee",
        {"bee.py": LITERAL, "late.py": "def hear(plant): return 'evil1'\ndef other(plant): return 'evil[1]'\n"},
        entry_points="bee",
        receivers={"watered.evil1": "late:hear", "watered.evil[1]": "late:other"},
    )
    config = {"plugin": {table: {"disable": ["watered.evil[1]"]}}}
    garden.config.write_text("", encoding="utf-8")
    manager = garden.manager(garden.config)
    if late:
        manager.start()
        assert sorted(garden.water()) == EVERYBODY
        garden.say(f"[plugin.'{table}']\ndisable = ['watered.evil[1]']\n")
        manager.reload_config()
    else:
        manager.start(config=config)

    assert sorted(garden.water()) == ONE_IS_OFF
    assert report_of(manager, "bee").disabled_receivers == ("watered.evil[1]",)


def test_a_receivers_name_is_a_glob_where_nobody_bears_it(garden):
    """It fits what looks like it."""
    garden.install("bee", LITERAL.replace('named("evil[1]")', ""))
    garden.start({"plugin": {"bee": {"disable": ["watered.evil[1]"]}}})

    assert garden.water() == []


def test_a_signals_name_is_no_glob():
    """One that pluggy's users may give it, and that no function could have."""
    signals = SimpleNamespace(**{"evil1": Signal(), "evil[1]": Signal()})
    manager = PluginManager("garden", signals, config={"mute": ["evil[1]"]})

    with manager:
        assert [vars(signals)[name].is_muted for name in ("evil1", "evil[1]")] == [False, True]


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
