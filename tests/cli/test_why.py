"""Does `why` say how far a plugin has come, and what has stopped it, naming file and line?"""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner

from hookcore import PluginManager, signal
from hookcore.cli import commands


def steps(shown: str) -> list[str]:
    """Return the steps that are shown, with their signs."""
    return [line[2:15].rstrip() for line in shown.splitlines() if line[2:3] in ("✓", "✗", "·") and "." not in line[:20]]


def test_an_active_plugin_has_come_all_the_way(shop):
    """Its receivers are shown with file and line."""
    shown = shop.run("why", "mail")

    assert shown.splitlines()[0] == "mail (shop-extras 1.0) is active"
    assert [one[3:] for one in steps(shown)] == [
        *("found", "decided", "verified", "needs met", "imported", "connected", "ready"),
    ]
    assert "✓  order_paid.thank" in shown
    assert "shop_extras.py:17" in shown


def test_a_disabled_plugin_was_decided_against(shop):
    """By a line of a file, and nothing is started to say that."""
    shop.config.write_text('\n\ndisable = ["old-stock"]\n')
    shown = shop.run("why", "old-stock")

    assert "✗  decided  disabled by 'old-stock' (shop.toml:3)" in shown
    assert "To let it run: " in shown
    assert "enable old-stock" in shown
    assert "imported" not in shown


def test_a_blocked_plugin_lacks_what_it_needs(shop):
    """Its own decision was for it."""
    shop.config.write_text('disable = ["old-stock"]\n')
    shown = shop.run("why", "more", status=1)

    assert '✓  decided    mode "auto" (default)' in shown
    assert "✗  needs met  requires shop-old, whose plugin 'old-stock' is disabled: " in shown
    assert "(shop.toml:1)" in shown


def test_a_plugin_that_the_lock_refuses_was_not_verified(shop):
    """The lock file is named, with the remedy."""
    shop.config.write_text("locked = true\n")
    (shop.folder / "plugins.lock").write_text("format = 1\n")
    shown = shop.run("why", "audit", status=1)

    assert '✓  decided   mode "auto" (default)' in shown
    assert "✗  verified  " in shown
    assert "plugins.lock" in shown
    assert "lock audit" in shown


def typed(shown: str) -> tuple[str, ...]:
    """Return the command that a screen says, as somebody would type it."""
    [said] = re.findall(r": (?:python -m hookcore\.cli|hookcore) ((?:enable|mute) .+)", " ".join(shown.split()))
    return tuple(said.split())


@pytest.mark.parametrize(
    ("config", "asked", "status"),
    [
        ('disable = ["old-stock"]\n', "old-stock", 0),
        ('disable = ["shop_old"]\n', "old-stock", 0),
        ('mode = "explicit"\nenable = ["audit"]\n', "old-stock", 0),
        ('disable = ["old-stock"]\n', "more", 1),
        ('mute = ["order_paid"]\n', "audit", 0),
        ('[plugin.mail]\ndisable = ["order_paid.thank"]\n', "mail", 0),
        ('[plugin.mail]\ndisable = ["order_paid.thank"]\n', "order_paid.thank", 0),
    ],
)
def test_a_remedy_that_is_shown_works_as_it_is_typed(shop, config, asked, status):
    """Whatever has stopped the plugin or the receiver: nothing of what is decided stops it then."""
    shop.config.write_text(config)
    shown = shop.run("why", asked, status=status)
    assert "  ✗  " in shown
    shop.run(*typed(shown))
    also = ["--no-import"] if asked in ("old-stock", "more") else []  # which fail when they are imported
    assert "  ✗  " not in shop.run("why", asked, *also)


@pytest.mark.parametrize(
    ("config", "variables", "place"),
    [
        ('disable = ["old-*"]\n', {}, "shop.toml:1"),
        ('mode = "required"\n', {}, "shop.toml:1"),
        ("", {"SHOP_PLUGINS_DISABLE": "old-stock"}, "SHOP_PLUGINS_DISABLE"),
        ("", {"SHOP_PLUGINS_MODE": "required"}, "SHOP_PLUGINS_MODE"),
    ],
)
def test_where_no_command_helps_none_is_shown(shop, config, variables, place):
    """A glob, a mode and the environment are for the operator to change; so `enable` says, too."""
    shop.config.write_text(config)
    shown = shop.run("why", "old-stock", **variables)
    assert f"To let it run, change what says so: {place}\n" in shown
    assert "old-stock would still not run" in shop.run("enable", "old-stock", status=1, **variables)


def test_what_a_plugin_needs_is_asked_about_where_no_command_enables_it(shop):
    """By `why`, which says what has stopped that one; and nobody says that it would run."""
    more = {"SHOP_PLUGINS_DISABLE": "old-stock"}
    assert "hookcore why shop-old\n" in shop.run("why", "more", status=1, **more)
    assert "more would still not run: requires shop-old" in shop.run("enable", "more", status=1, **more)


def test_a_distribution_that_is_no_plugin_here_is_told_from_one_that_is_missing(shop):
    """By where its entry points are; and by the environment in which nothing of that name is."""
    assert "with no entry point in shop.plugins. Its groups: " in shop.run("why", "hookcore", status=1)
    assert "show what there is in /" in shop.run("why", "zzzz", status=1)


def test_a_failed_plugin_is_shown_with_its_traceback(shop):
    """What moves cursors and colours is escaped."""
    shown = shop.run("why", "broken", status=1)

    assert "✗  imported   import: RuntimeError: no \\x1b[31mdatabase" in shown
    assert 'shop_broken.py", line 1, in <module>' in shown
    assert "\x1b" not in shown


def test_a_muted_signals_receivers_are_not_reached(shop):
    """By the glob on that line."""
    shop.config.write_text('mute = ["order_*"]\n')
    shown = shop.run("why", "audit")

    assert "✗  order_paid.note" in shown
    assert "signal 'order_paid' is muted by 'order_*' (shop.toml:1)" in shown


def test_a_receiver_may_be_asked_for_and_a_signal(shop):
    """One that is switched off by itself says by whom."""
    shop.config.write_text('[plugin.mail]\ndisable = ["order_paid.thank"]\n')

    assert "switched off by shop.toml:2" in shop.run("why", "order_paid.thank")
    assert "✓  order_paid.ask_for_stars" in shop.run("why", "order_paid")


def test_an_unknown_name_is_helped(shop):
    """Where the config says it, that is named."""
    assert "called 'mial'. Did you mean 'mail'?" in shop.run("why", "mial", status=1)
    assert "called 'ask_for_star'. Did you mean 'ask_for_stars'" in shop.run("why", "ask_for_star", status=1)
    shop.config.write_text('\ndisable = ["mial"]\n')
    assert "shop.toml:2: no plugin or distribution called 'mial'" in shop.run("why", "mial", status=1)


@pytest.mark.parametrize("name", ["audit", "broken"])
def test_without_import_the_steps_that_need_a_start_wait(shop, name):
    """Nobody knows then what they will come to."""
    assert "·  imported   the host has not been started" in shop.run("why", name, "--no-import")


def test_a_name_means_all_plugins_of_a_distribution(shop):
    """As it does in the config."""
    shown = shop.run("why", "shop-extras", "--no-import")

    assert [line.partition(" ")[0] for line in shown.splitlines() if line.endswith("is found")] == [
        *("audit", "broken", "mail", "old"),
    ]


def test_programs_get_json(shop):
    """Each step with its outcome."""
    document = json.loads(shop.run("why", "audit", "--json"))
    [plugin] = document["plugins"]

    assert (plugin["name"], plugin["state"]) == ("audit", "active")
    assert {step["outcome"] for step in plugin["steps"]} == {"done"}
    assert [one["name"] for one in document["receivers"]] == ["note"]


@signal
def bell_rung(sender: object) -> None:
    """A bell was rung."""


class Signals:
    bell_rung = bell_rung


class Cracked:
    def ready(self):
        bell_rung.connect(self.hear)

    def hear(self):
        raise LookupError("no clapper")


@pytest.fixture
def tower():
    """Give a host that runs, with a plugin that was left alone since it has failed twice."""
    plugins = PluginManager("tower", Signals)
    plugins.register(Cracked(), name="cracked")
    plugins.start(break_after=2, cool_down=500)
    for _ in range(2):
        bell_rung.send_robust(sender=object)
    yield plugins
    plugins.stop()


def test_a_plugin_that_is_left_alone_was_not_called(tower):
    """With the tracebacks of its last failures, when it is tried again, and how to try at once."""
    done = CliRunner().invoke(commands(tower), ["why", "cracked"], prog_name="plugins", env={"COLUMNS": "200"})
    assert done.exit_code == 1
    assert done.stdout.startswith("cracked (the host's own) is failed\n")
    assert "✓  ready\n" in done.stdout
    reason = (
        "breaker: 2 failures in a row, the last in bell_rung.hear: LookupError: no clapper; not called for 500 s more"
    )
    assert f"✗  called     {reason} (argument break_after)\n" in done.stdout
    assert done.stdout.count('raise LookupError("no clapper")\n') == 2
    assert (
        "Its author can mend that. To try it at once, in the running host: plugins.enable('cracked'). "
        "To run without it: TOWER_PLUGINS_DISABLE=cracked in the environment\n"
    ) in done.stdout
    assert "✗  bell_rung.hear" in done.stdout
    tower.enable("cracked")
    assert (
        CliRunner()
        .invoke(commands(tower), ["why", "cracked"])
        .stdout.startswith("cracked (the host's own) is active\n")
    )


def test_programs_are_told_of_one_that_is_left_alone(tower):
    """By `why` with its tracebacks, by `list` with the reason."""
    done = CliRunner().invoke(commands(tower), ["why", "cracked", "--json"])
    document = json.loads(done.stdout)
    [plugin] = document["plugins"]
    last = plugin["steps"][-1]
    assert (plugin["state"], last["name"], last["outcome"], last["decided_by"]) == (
        *("failed", "called", "stopped"),
        "argument break_after",
    )
    assert last["traceback"].count("LookupError: no clapper") == 2
    assert document["receivers"][0]["obstacle"] == "plugin 'cracked' has failed (breaker)"

    done = CliRunner().invoke(commands(tower), ["list", "--json"])
    [plugin] = json.loads(done.stdout)["plugins"]
    assert done.exit_code == 1
    assert plugin["state"] == "failed"
    assert plugin["reason"] == plugin["error"] == last["said"]
