"""Does `list` show what is installed, and what becomes of it, without importing any?"""

from __future__ import annotations

import json


def test_each_plugin_is_shown_with_its_state_and_who_decided_it(shop):
    """One line each, wherever there is no terminal to be too narrow."""
    shop.config.write_text('disable = ["old*"]\n')

    assert shop.run("list", status=1).splitlines() == [
        'audit      found     shop-extras 1.0  mode "auto" (default)',
        'broken     found     shop-extras 1.0  mode "auto" (default)',
        'mail       found     shop-extras 1.0  mode "auto" (default)',
        (
            "more       blocked   shop-more 2.0    requires shop-old, whose plugin 'old-stock' is disabled: "
            "disabled by 'old*' (shop.toml:1)"
        ),
        "old        disabled  shop-extras 1.0  disabled by 'old*' (shop.toml:1)",
        "old-stock  disabled  shop-old 0.1     disabled by 'old*' (shop.toml:1)",
    ]


def test_no_plugin_is_imported(shop):
    """That of `broken` would raise."""
    program = (
        "-c",
        (
            "import sys; from hookcore.cli import main\ntry: main()\n"
            "finally: print([name for name in sys.modules if name.startswith('shop_')])"
        ),
    )

    assert shop.run("list", program=program).splitlines()[-1] == "[]"


def test_what_takes_long_to_import_is_not(shop):
    """Each of these takes as long as a good part of the whole command."""
    heavy = ["asyncio", "logging", "packaging", "rich", "subprocess", "tomlkit", "tomllib"]
    program = f"import hookcore.cli.listing, sys; print([name for name in {heavy} if name in sys.modules])"

    assert shop.run(program=("-c", program)) == "[]\n"


def test_a_narrow_terminal_has_the_cells_below_each_other(shop):
    """And no line is longer than it is wide."""
    shop.config.write_text('disable = ["old*"]\n')
    lines = shop.run("list", status=1, COLUMNS="40").splitlines()
    narrowest = shop.run("list", status=1, COLUMNS="30").splitlines()

    assert lines[:2] == ["audit      found     shop-extras 1.0", '    mode "auto" (default)']
    assert narrowest[:3] == ["audit  found", "    shop-extras 1.0", '    mode "auto" (default)']
    assert max(map(len, lines)) <= 40
    assert max(map(len, narrowest)) <= 30


def test_programs_get_json_in_a_versioned_form(shop):
    """With what the table leaves out."""
    document = json.loads(shop.run("list", "--json", SHOP_PLUGINS_DISABLE="mail"))

    assert document["format"] == 1
    assert document["refusals"] == document["slips"] == []
    mail = next(one for one in document["plugins"] if one["name"] == "mail")
    assert mail == {
        "name": "mail",
        "distribution": "shop-extras",
        "version": "1.0",
        "summary": "Mail \\x1b[31m!",
        "state": "disabled",
        "reason": "disabled by 'mail'",
        "decided_by": "SHOP_PLUGINS_DISABLE",
        "error": None,
        "receivers": [],
        "disabled_receivers": [],
        "muted_receivers": [],
    }


def test_what_the_host_would_refuse_and_likely_mistakes_are_said(shop):
    """Then the exit status is 1, too."""
    shop.config.write_text('required = ["backup"]\ndisable = ["mial"]\n')
    shown = shop.run("list", status=1)

    assert "The host would refuse to start:\n- shop.toml:1: the required plugin 'backup' is not installed." in shown
    assert "Likely mistakes:\n" in shown
    assert "shop.toml:2: no plugin or distribution called 'mial' is installed. Did you mean 'mail'?" in shown


def test_a_host_that_runs_is_shown_as_it_runs(shop):
    """The manager that a context manager gives is started already."""
    shown = shop.run("list", status=1, HOOKCORE_HOST="shop.host:opened")

    assert "broken     failed   shop-extras 1.0  import: RuntimeError: no \\x1b[31mdatabase\n" in shown
    assert "audit receives order_paid.note" in shown
    assert shown.startswith("opened\n")
    assert "closed\n" in shown


def test_the_same_commands_are_in_the_hosts_own_command_line(shop):
    """Whatever HOOKCORE_HOST says."""
    shown = shop.run("plugins", "list", program=("-m", "shop.host"), HOOKCORE_HOST="nonsense")

    assert shown == shop.run("list")
