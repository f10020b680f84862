"""Who said what, which voice wins, and does the report name it?"""

from __future__ import annotations

import logging
import re

import pytest

from hookcore import ConfigError


def test_with_no_config_the_default_decides(garden, report_of):
    """The mode is auto, and nobody said so."""
    garden.install("bee")

    report = report_of(garden.start(), "bee")

    assert (report.state, report.reason, report.decided_by) == ("active", 'mode "auto"', "default")


@pytest.mark.parametrize(
    ("config", "line", "state"),
    [
        ('disable = ["bee"]', "disable", "disabled"),
        ('disable = [\n  "ant",\n  "b*",\n]', '"b*"', "disabled"),
        ('disable = ["Honey.Bee"]', "disable", "disabled"),
        ('mode = "explicit"', "mode", "disabled"),
        ('mode = "explicit"\nenable = ["BEE"]', "enable", "active"),
        ('mode = "required"', "mode", "disabled"),
        ('mode = "required"\nrequired = ["honey*"]', "honey", "active"),
        ('enable = ["bee"]', "enable", "active"),
        ('enable = ["bee"]\ndisable = ["bee"]', "disable", "disabled"),
    ],
)
def test_the_file_decides_with_its_line(garden, report_of, config, line, state):
    """Each way to say it in the file, and the line that the report names."""
    garden.install("bee", distribution="honey-bee")

    report = report_of(garden.start(config), "bee")

    assert (report.state, report.decided_by) == (state, garden.place(line))


@pytest.mark.parametrize(
    ("environment", "states_then"),
    [
        ({"GARDEN_PLUGINS_DISABLE": "bee"}, ["active", "disabled"]),
        ({"GARDEN_PLUGINS_DISABLE": " Honey_Bee , cat "}, ["active", "disabled"]),
        ({"GARDEN_PLUGINS_DISABLE": "*"}, ["disabled", "disabled"]),
        ({"GARDEN_PLUGINS_DISABLE": ""}, ["active", "active"]),
        ({"GARDEN_PLUGINS_MODE": "explicit", "GARDEN_PLUGINS_ENABLE": "bee"}, ["disabled", "active"]),
        ({"GARDEN_PLUGINS_MODE": "explicit", "GARDEN_PLUGINS_ENABLE": "honey.bee,a*"}, ["active", "active"]),
        ({"GARDEN_PLUGINS_MODE": "explicit"}, ["disabled", "disabled"]),
        ({"GARDEN_PLUGINS_MODE": "required", "GARDEN_PLUGINS_ENABLE": "ant"}, ["disabled", "disabled"]),
        ({"GARDEN_PLUGINS_MODE": "required", "GARDEN_PLUGINS_REQUIRED": "ant"}, ["active", "disabled"]),
        (
            {
                "GARDEN_PLUGINS_MODE": "explicit",
                "GARDEN_PLUGINS_ENABLE": "bee",
                "GARDEN_PLUGINS_DISABLE": "honey-bee",
            },
            ["disabled", "disabled"],
        ),
    ],
)
def test_the_environment_decides(garden, monkeypatch, environment, states_then):
    """`*` disables all; exactly these, none, and safe mode; deny beats allow."""
    garden.install("ant")
    garden.install("bee", distribution="honey-bee")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert [report.state for report in garden.start().report()] == states_then


@pytest.mark.parametrize(
    ("variable", "value"), [("GARDEN_PLUGINS_DISABLE", "bee"), ("GARDEN_PLUGINS_MODE", "explicit")]
)
def test_the_report_names_the_variable(garden, report_of, monkeypatch, variable, value):
    """So that the operator knows where to look."""
    garden.install("bee")
    monkeypatch.setenv(variable, value)

    assert report_of(garden.start(), "bee").decided_by == variable


def test_the_environment_adds_to_the_file(garden, states, monkeypatch):
    """Lists of what to disable add up over all sources."""
    for name in ("ant", "bee", "cat", "dog"):
        garden.install(name)
    monkeypatch.setenv("GARDEN_PLUGINS_DISABLE", "bee")

    manager = garden.start('disable = ["ant"]', disable=["cat"])

    assert states(manager) == {"ant": "disabled", "bee": "disabled", "cat": "disabled", "dog": "active"}


def test_the_environments_file_stands_in_for_the_hosts(garden, states, monkeypatch):
    """`GARDEN_PLUGINS_CONFIG` names another file; the host's own is not read."""
    garden.install("ant")
    garden.install("bee")
    other = garden.folder / "other.toml"
    other.write_text('disable = ["bee"]\n', encoding="utf-8")
    monkeypatch.setenv("GARDEN_PLUGINS_CONFIG", str(other))

    manager = garden.start('disable = ["ant"]')

    assert states(manager) == {"ant": "active", "bee": "disabled"}
    assert manager.report()[1].decided_by == f"{other}:1"


def test_the_argument_config_stands_in_for_all_files(garden, states, monkeypatch):
    """start(config=...) is the strongest."""
    garden.install("ant")
    monkeypatch.setenv("GARDEN_PLUGINS_CONFIG", "no-such-file.toml")

    manager = garden.manager('disable = ["ant"]')
    manager.start(config={})

    assert states(manager) == {"ant": "active"}


@pytest.mark.parametrize(
    ("arguments", "decided_by", "state"),
    [
        ({"disable": ["bee"]}, "argument disable", "disabled"),
        ({"mode": "explicit"}, "argument mode", "disabled"),
        ({"mode": "explicit", "enable": ["bee"]}, "argument enable", "active"),
        ({"mode": "required", "required": ["bee"]}, "argument required", "active"),
        ({"plugin": {"bee": {"disable": ["watered.answer"]}}}, "garden.toml:1", "active"),
    ],
)
def test_arguments_of_start_decide(garden, report_of, arguments, decided_by, state):
    """They are the keys of the file."""
    garden.install("bee")

    report = report_of(garden.start('mode = "auto"', **arguments), "bee")

    assert report.state == state
    assert report.decided_by.endswith(decided_by)


def test_arguments_hold_until_stop(garden, states):
    """reload_config() keeps them; the next start() does not."""
    garden.install("bee")
    manager = garden.start(disable=["bee"])
    manager.reload_config()
    assert states(manager) == {"bee": "disabled"}

    manager.stop()
    manager.start()
    assert states(manager) == {"bee": "active"}


def test_a_config_may_be_a_path_object_or_a_mapping(garden, states):
    """Or None; and nothing is read that nobody named."""
    garden.install("bee")
    garden.say('disable = ["bee"]')

    for config, state in [(garden.config, "disabled"), ({"disable": ("bee",)}, "disabled"), (None, "active")]:
        with garden.manager(config) as manager:
            assert states(manager) == {"bee": state}


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ('disabel = ["bee"]', ":1: unknown key 'disabel'. Did you mean 'disable'?"),
        ('disable = "bee"', ":1: disable must be a list of names, not 'bee'. Write [\"bee\"]."),
        ("\nstrict = 1", ":2: strict must be true or false, not 1."),
        ("[plugin.bee]\nenable = true", ":2: unknown key 'plugin.bee.enable'. 'enable' is a key of the whole config"),
        ('mute = ["waterd"]', ":1: mute names 'waterd', which 'garden' does not send. Did you mean 'watered'?"),
        ("mode = auto", ":1:8: "),
    ],
)
def test_a_config_that_cannot_be_used_starts_nothing(garden, config, said):
    """A ConfigError with file, line and remedy; the manager can start when it is mended."""
    garden.install("bee")
    manager = garden.manager(config)

    with pytest.raises(ConfigError) as caught:
        manager.start()

    assert f"{garden.config}{said}" in str(caught.value)
    assert garden.log == []
    garden.say("")
    manager.start()
    assert garden.water() == ["bee"]


def test_an_unknown_argument_of_start_is_refused(garden):
    """With the right one."""
    with pytest.raises(ConfigError, match=r"argument disbale: unknown key 'disbale'\. Did you mean 'disable'\?"):
        garden.start(disbale=["bee"])


def test_a_file_that_is_not_there_is_named_with_who_named_it(garden, monkeypatch):
    """And the nearest file that is."""
    garden.say("")
    monkeypatch.setenv("GARDEN_PLUGINS_CONFIG", str(garden.folder / "gardn.toml"))

    with pytest.raises(ConfigError, match=r"GARDEN_PLUGINS_CONFIG can't be read.*Did you mean 'garden\.toml'\?"):
        garden.start()


def test_names_that_mean_nothing_are_told_once(garden, logged):
    """A warning with the source and the nearest name, at the start, and not at every switch."""
    garden.install("bee")
    garden.install("cat")
    manager = garden.start("disable = [\n 'bea',\n 'legacy-*',\n]\n[plugin.cta]\n[plugin.'old-*']\n")
    manager.disable("cat")
    manager.enable("cat")

    assert logged(logging.WARNING) == [
        f"{garden.config}:2: no plugin or distribution called 'bea' is installed. Did you mean 'bee'?",
        f"{garden.config}:5: no plugin or distribution called 'cta' is installed. Did you mean 'cat'?",
        f"{garden.config}:6: no plugin or distribution fits 'old-*', so its table does nothing",
    ]


def test_receivers_that_the_plugin_does_not_have_are_told(garden, logged):
    """A misspelled receiver would otherwise run, disabled as it is thought to be."""
    garden.install("bee")

    garden.install("cat")

    garden.start(
        "[plugin.bee]\ndisable = ['watered.anser', 'sown.*']\n[plugin.'*']\ndisable = ['watered.answer', 'watered.x']\n"
    )

    assert logged(logging.WARNING) == [
        f"{garden.config}:2: there is no receiver 'watered.anser'. Did you mean 'watered.answer'?",
        f"{garden.config}:4: there is no receiver 'watered.x'. Did you mean 'watered.answer'?",
    ]


def test_a_variable_that_is_no_key_is_told_once(garden, logged, monkeypatch):
    """With the nearest that is; nothing comes of it."""
    garden.install("bee")
    monkeypatch.setenv("GARDEN_PLUGINS_DISBLE", "bee")

    manager = garden.start()
    manager.disable("bee")
    manager.enable("bee")

    assert logged(logging.WARNING) == [
        "GARDEN_PLUGINS_DISBLE: no such variable is known, so it does nothing. Did you mean 'GARDEN_PLUGINS_DISABLE'?"
    ]


@pytest.mark.parametrize("mute", ["*ed", "watered", "[w]atered"])
def test_globs_mute_signals(garden, mute):
    """As names do."""
    garden.install("bee")
    garden.start(mute=[mute])

    assert garden.water() == []


@pytest.mark.parametrize("mute", ["post_*", "Watered"])
def test_what_mutes_no_signal_is_refused(garden, mute):
    """The host's signals are known, so that it can only be a slip."""
    with pytest.raises(
        ConfigError, match=f"argument mute: mute names {re.escape(repr(mute))}, which 'garden' does not send"
    ):
        garden.start(mute=[mute])


@pytest.mark.parametrize(
    ("variables", "warnings"),
    [
        (
            {"ENABLE": "bee"},
            [
                (
                    'GARDEN_PLUGINS_ENABLE: enable changes nothing in mode "auto", in which every plugin may run;'
                    ' nobody says mode = "explicit"'
                )
            ],
        ),
        (
            {"COOL_DOWN": "5"},
            ["GARDEN_PLUGINS_COOL_DOWN: cool_down changes nothing, since nobody says break_after = NUMBER of failures"],
        ),
        ({"COOL_DOWN": "5", "BREAK_AFTER": "off"}, []),
        ({"ENABLE": "bee", "MODE": "auto"}, []),
        ({"ENABLE": "bee", "MODE": "explicit"}, []),
        (
            {"DISABLE": "bee;cat"},
            [
                (
                    "GARDEN_PLUGINS_DISABLE: no plugin or distribution called 'bee;cat' is installed."
                    " Names have commas between them."
                )
            ],
        ),
        (
            {"DISABLE": "bee cat"},
            [
                (
                    "GARDEN_PLUGINS_DISABLE: no plugin or distribution called 'bee cat' is installed."
                    " Names have commas between them."
                )
            ],
        ),
    ],
    ids=str,
)
def test_what_changes_nothing_is_told(garden, logged, monkeypatch, variables, warnings):
    """Whoever said it believes that it does something."""
    garden.install("bee")
    for name, value in variables.items():
        monkeypatch.setenv(f"GARDEN_PLUGINS_{name}", value)
    garden.start()

    assert logged(logging.WARNING) == warnings
